"""Chargebacks: what a bank or a wallet takes back for its cardholder, and what the bank decides (A69-A70).

How it comes in and is answered: `fought`; how it ends: `borne`; its facts: `charged`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from disputes import conditions as c
from disputes.models.charged import ChargebackRecord
from disputes.models.fought import FoughtChargeback
from disputes.states import ChargebackState
from finance import movements
from orders.models import Order
from orders.states import OrderState
from rulebook.docket import Many, Ref, brings
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.rule import BANK, SELLER, Opening, rule

State = ChargebackState

INTAKE = Opening("A69-1", name="chargeback", otherwise="A69-1", source=OrderState.values, conditions=[c.was_paid])
DECISION = Opening(
    "A69-2",
    name="decide",
    otherwise="A69-2",
    source=ChargebackState.values,
    conditions=[c.not_linked, c.undecided, c.fee_was_paid],
)
AT_THE_BANK = [State.RECEIVED, State.AWAITING_EVIDENCE, State.REPRESENTED]
GRAVE = ("V-16", "V-18", "V-20")
"""False shipping, false trade, improper gain: with a serious penalty for one of them no query protects (A70-10)."""


class Chargeback(FoughtChargeback):
    """One request of one bank about one order. While it is undecided the order's money stays where it is (A69-2)."""

    KIND, PREFIX, ROOT, NUMBERED = "chargeback", "cbk", ("order", "order_id"), True

    class Meta(ChargebackRecord.Meta):
        abstract = False

    # ------------------------------------------------------------------ the bank's decision

    def decide(self, docket: Any, winner: str) -> None:
        """As the bank said: who won."""
        DECISION.law.check(self, docket)
        if self.state == State.PRE_ARBITRATION:
            (self.win_finally if winner == "seller" else self.lose_finally)(docket)
        elif winner == "seller":
            self.win(docket)
        elif not c.stolen(self, docket):
            self.lose(docket)
        else:
            self._lose_stolen(docket)

    @rule(
        "A69-2",
        source=AT_THE_BANK,
        target=State.WON,
        by=BANK,
        otherwise="A69-2",
        cancels="chargeback_evidence",
        says=_("The bank decided for the seller: nothing is taken."),
    )
    def win(self, docket: Any) -> None:
        """The hold ends."""
        self._end(docket, won=True)

    @rule(
        "A69-2",
        source=AT_THE_BANK,
        target=State.LOST,
        by=BANK,
        otherwise="A69-2",
        cancels="chargeback_evidence",
        needs=["balances"],
        says=_("The bank decided for the cardholder: {taken} is taken back, from the seller."),
    )
    def lose(self, docket: Any) -> None:
        """As a refund that the seller bears."""
        self._lose_to_seller(docket)

    def _lose_stolen(self, docket: Any) -> None:
        """Who bears a stolen card follows from what the seller asked and showed, in this order (A70-3 … A70-10)."""
        order = self.order
        if any(article in GRAVE for article in order.store.grave):
            self.lose_for_violation(docket)
        elif self.proof_missing:
            self.lose_unproven(docket)
        elif order.requested_country and order.address_check != "safe":
            self.lose_unchecked(docket)
        elif c.sent_untold(self, docket) and not any(paper["waybill"] for paper in self.papers):
            self.lose_not_shown(docket)
        elif order.address_check == "safe":
            self.lose_checked(docket)
        else:
            self.lose_shipped(docket)

    @rule(
        "A70-10",
        source=AT_THE_BANK,
        target=State.LOST,
        by=BANK,
        cancels="chargeback_evidence",
        needs=["balances"],
        says=_("A stolen card; a serious violation is in force, so the seller bears {taken}, whatever was asked."),
    )
    def lose_for_violation(self, docket: Any) -> None:
        """False shipping, false trade, improper gain: no query protects."""
        docket.because(grave=", ".join(article for article in self.order.store.grave if article in GRAVE))
        self._lose_to_seller(docket)

    @rule(
        "A70-9",
        source=AT_THE_BANK,
        target=State.LOST,
        by=BANK,
        cancels="chargeback_evidence",
        needs=["balances"],
        says=_("A stolen card; shipping was not proved when asked, so the seller bears {taken}."),
    )
    def lose_unproven(self, docket: Any) -> None:
        """Ruled on what is known: nothing."""
        self._lose_to_seller(docket)

    @rule(
        "A70-7",
        source=AT_THE_BANK,
        target=State.LOST,
        by=BANK,
        cancels="chargeback_evidence",
        needs=["balances"],
        says=_("A stolen card; another address was asked for and not found safe: the seller bears {taken}."),
    )
    def lose_unchecked(self, docket: Any) -> None:
        """The address was not queried, or unsafe, and it was shipped all the same."""
        docket.because(check=self.order.address_check or "not asked", asked=self.order.requested_country)
        self._lose_to_seller(docket)

    @rule(
        "A70-8",
        source=AT_THE_BANK,
        target=State.LOST,
        by=BANK,
        cancels="chargeback_evidence",
        says=_("A stolen card; the address was asked for and safe: the platform bears {taken}."),
    )
    def lose_checked(self, docket: Any) -> None:
        """The seller did what he should."""
        self._lose_to_platform(docket)

    @rule(
        "A70-5",
        source=AT_THE_BANK,
        target=State.LOST,
        by=BANK,
        cancels="chargeback_evidence",
        needs=["balances"],
        says=_("A stolen card; the waybill was never shown: the seller bears {taken}."),
    )
    def lose_not_shown(self, docket: Any) -> None:
        """Treated as not shipped."""
        self._lose_to_seller(docket, everything=True)

    @rule(
        "A70-3",
        source=AT_THE_BANK,
        target=State.LOST,
        by=BANK,
        cancels="chargeback_evidence",
        says=_("A stolen card; shipped to the order's address with the waybill told: the platform bears {taken}."),
    )
    def lose_shipped(self, docket: Any) -> None:
        """Nothing the seller could have seen."""
        self._lose_to_platform(docket)

    # ------------------------------------------------------------------ pre-arbitration

    @rule(
        "A70-13",
        source=[State.WON, State.LOST],
        target=State.PRE_ARBITRATION,
        by=BANK,
        otherwise="A70-13",
        conditions=[c.not_linked, c.about_a_sale, c.scheme_has_a_procedure, c.not_final],
        also=["A70-14"],
        says=_("Contested again: pre-arbitration. The seller prepays {fee} until {due}, or accepts."),
    )
    def reopen(self, docket: Any) -> None:
        """One side contests the result: the card body decides, against its fee; the platform only passes papers."""
        docket.also_under("A70-14")
        fee = self.fee_for(docket)
        self.fee_minor, self.fee_currency, self.fee_paid_at = fee.minor, fee.currency, None
        self.was_lost, self.reopened_at, self.ended_at = self.state == State.LOST, docket.at, None
        self.order.open_chargebacks += 1
        rules = docket.rules_for(self.order).cb
        due, lead = docket.working_days(rules.prearb_days), timedelta(hours=rules.reminder_hours)
        docket.set_deadline(self, "pre_arbitration_fee", due, "A70-13", remind=lead)
        docket.because(fee=fee, due=due)
        docket.notify("seller", self.store_id, "pre_arbitration", self, fee=fee, due=due)

    @rule("A70-13", source=State.PRE_ARBITRATION, deadline="pre_arbitration_fee_reminder", quiet=True)
    def remind_of_fee(self, docket: Any) -> None:
        """The time to prepay ends soon; unpaid, the seller has accepted."""
        due = docket.deadline(self, "pre_arbitration_fee").due_at
        docket.notify("seller", self.store_id, "pre_arbitration_reminder", self, fee=self.fee, due=due)

    @rule(
        "A70-13",
        source=State.PRE_ARBITRATION,
        by=SELLER,
        otherwise="A70-13",
        conditions=[c.fee_is_due],
        meets="pre_arbitration_fee",
        needs=["balances"],
        also=["A70-20"],
        says=_("The seller prepaid {fee}, and empowers the platform to pass it on."),
    )
    def prepay(self, docket: Any) -> None:
        """The fee goes through to the scheme; paying it is the seller's consent."""
        docket.also_under("A70-20")
        fee = self.fee
        assert fee is not None
        available = Money(docket.balance(self.store_id, "available", fee.currency), fee.currency)
        if available.minor < fee.minor:
            raise Refused("A70-13", _("The fee is {fee} and {available} is available."), fee=fee, available=available)
        docket.because(fee=fee)
        self.fee_paid_at = docket.at
        movements.prepay_fee(docket, self.store_id, self.order_id, fee)

    @rule(
        "A70-13",
        source=State.PRE_ARBITRATION,
        target=State.LOST,
        deadline="pre_arbitration_fee",
        needs=["balances"],
        says=_("The fee was not prepaid until {due}: the seller accepts; {taken} is taken back."),
    )
    def lose_unpaid(self, docket: Any) -> None:
        """No prepayment is acceptance."""
        docket.because(due=docket.at)
        self._lose_to_seller(docket)

    @rule(
        "A70-16",
        source=State.PRE_ARBITRATION,
        target=State.WON,
        by=BANK,
        otherwise="A69-2",
        needs=["balances"],
        says=_("The card body decided for the seller: nothing is taken, and the fee of {fee} comes back."),
    )
    def win_finally(self, docket: Any) -> None:
        """The fee comes back; what had been taken before is regained."""
        assert self.fee is not None
        docket.because(fee=self.fee)
        movements.return_fee(docket, self.store_id, self.order_id, self.fee)
        if self.was_lost:
            self._regain(docket)
        self._end(docket, won=True)

    @rule(
        "A70-15",
        source=State.PRE_ARBITRATION,
        target=State.LOST,
        by=BANK,
        otherwise="A69-2",
        needs=["balances"],
        says=_("The card body decided for the cardholder: {taken} is taken back, and the fee stays."),
    )
    def lose_finally(self, docket: Any) -> None:
        """The amount is taken, the prepaid fee is not taken twice."""
        self._lose_to_seller(docket)


brings(Order, chargebacks=Many(Chargeback, by="order_id", when=lambda order: order.chargebacks_count > 0))
brings(Chargeback, order=Ref(Order, at="order_id"))
