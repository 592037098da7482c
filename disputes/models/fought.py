"""A chargeback comes in, and the seller answers it, or does not (A69-1 … A70-5, A70-9, A70-11, A70-12)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from disputes import conditions as c
from disputes.models.borne import EndingChargeback
from disputes.models.charged import ChargebackRecord
from disputes.states import Borne, ChargebackState
from orders.carriers import written_waybill
from orders.states import ENDED
from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.refusals import Refused
from rulebook.rule import BANK, MODERATOR, SELLER, rule

State = ChargebackState


class FoughtChargeback(EndingChargeback):
    """Up to the bank's word."""

    class Meta(ChargebackRecord.Meta):
        abstract = True

    # ------------------------------------------------------------------ intake

    def receive(self, docket: Any) -> None:
        """Into the branch that its reason and the order's state choose."""
        order = self.order
        if self.amount_minor > order.paid_minor:
            raise Refused(
                "A69-1", _("{amount} is more than the {paid} that was paid."), amount=self.amount, paid=order.paid
            )
        order.chargebacks_count += 1
        order.open_chargebacks += 1
        if not c.stolen(self, docket):
            self.open(docket)
        elif c.nothing_went_out(self, docket):
            self.close_unshipped(docket)
        elif c.sent_untold(self, docket):
            self.ask_for_waybill(docket)
        else:
            self.let_the_platform_check(docket)

    @formula("A69-1")
    def _note_intake(self, docket: Any) -> None:
        """A69-1: in time as a rule, later in special cases; what comes still later is flagged, for the card side decides."""
        rules = docket.rules_for(self.order).cb
        paid_at = self.order.paid_at
        if docket.at >= natural_days(paid_at, rules.window_special_days):
            self.intake = "beyond"
        elif docket.at >= natural_days(paid_at, rules.window_days):
            self.intake = "special"
        docket.because(amount=self.amount, reason=self.reason, network=self.network, code=self.code, intake=self.intake)

    @rule(
        "A69-2",
        source=State.RECEIVED,
        target=State.AWAITING_EVIDENCE,
        by=BANK,
        creates=True,
        also=["A69-1", "A70-1", "A70-11"],
        says=_("Chargeback of {amount}: {reason}. The seller answers until {due}."),
    )
    def open(self, docket: Any) -> None:
        """About the goods, or something else: the money is held, and the seller has some working days to answer."""
        self._note_intake(docket)
        due = self._ask(docket, docket.rules_for(self.order).cb.appeal_days, "A70-11")
        docket.because(due=due)
        docket.notify(
            "seller", self.store_id, "chargeback_opened", self, amount=self.amount, reason=self.reason, due=due
        )

    @rule(
        "A70-3",
        source=State.RECEIVED,
        by=BANK,
        creates=True,
        also=["A69-2"],
        says=_("Chargeback of {amount}, a stolen card; the parcel is on its way. The platform checks."),
    )
    def let_the_platform_check(self, docket: Any) -> None:
        """A stolen card, shipped and told: the seller waits."""
        self._note_intake(docket)
        docket.notify("seller", self.store_id, "chargeback_checked", self, amount=self.amount)
        docket.notify("moderator", None, "chargeback_checked", self, amount=self.amount)

    @rule(
        "A70-4",
        source=State.RECEIVED,
        target=State.AWAITING_EVIDENCE,
        by=BANK,
        creates=True,
        says=_("Chargeback of {amount}, a stolen card; the waybill is missing. The seller sends it until {due}."),
    )
    def ask_for_waybill(self, docket: Any) -> None:
        """A stolen card, shipped without the delivery notice: the seller shows the waybill."""
        self._note_intake(docket)
        due = self._ask(docket, docket.rules_for(self.order).cb.stolen_proof_days, "A70-5")
        docket.because(due=due)
        docket.notify(
            "seller", self.store_id, "chargeback_opened", self, amount=self.amount, reason=self.reason, due=due
        )

    @rule(
        "A70-2",
        source=State.RECEIVED,
        target=State.CLOSED,
        by=BANK,
        creates=True,
        needs=["balances"],
        says=_("A stolen card, and nothing was shipped: the order is closed and the money returned."),
    )
    def close_unshipped(self, docket: Any) -> None:
        """Nothing went out: the platform closes the order at once; no fault of the seller."""
        self._note_intake(docket)
        order = self.order
        self.borne_by, self.taken_minor = Borne.NOBODY, order.refundable.minor
        order.pay_back(docket, order.refundable, "chargeback")
        self._end(docket)
        if order.state not in ENDED:
            order.close_charged_back(docket)

    def _ask(self, docket: Any, days: int, article: str) -> datetime:
        """The seller's time to show something."""
        due = docket.working_days(days)
        lead = timedelta(hours=docket.rules_for(self.order).cb.reminder_hours)
        docket.set_deadline(self, "chargeback_evidence", due, article, remind=lead)
        return due

    @rule("A70-11", source=State.AWAITING_EVIDENCE, deadline="chargeback_evidence_reminder", quiet=True)
    def remind(self, docket: Any) -> None:
        """The time to answer ends soon; silence loses it."""
        due = docket.deadline(self, "chargeback_evidence").due_at
        docket.notify("seller", self.store_id, "chargeback_reminder", self, amount=self.amount, due=due)

    # ------------------------------------------------------------------ the seller's part

    @rule(
        "A70-11",
        source=State.AWAITING_EVIDENCE,
        target=State.REPRESENTED,
        by=SELLER,
        otherwise="A70-11",
        meets="chargeback_evidence",
        also=["A70-4", "A70-9"],
        says=_("The seller answered; the bank decides. {text}"),
    )
    def represent(self, docket: Any, *, text: str, waybill: str, files: list[Any]) -> None:
        """Proof of shipping and delivery, the listing as it was, the talk: it goes to the bank.

        files: checked and kept; one paper for each, the words with the first.
        """
        if c.stolen(self, docket):
            docket.also_under("A70-9" if self.proof_asked_at else "A70-4")
        shown = written_waybill(waybill) if waybill else ""
        papers = [
            {
                "text": "" if number else text,
                "waybill": "" if number else shown,
                "at": docket.at.isoformat(),
                "by": docket.actor.name,
                **(file.columns() if file is not None else {}),
            }
            for number, file in enumerate(files or [None])
        ]
        self.papers = [*self.papers, *papers]
        self.represented_at, self.proof_missing = docket.at, False
        docket.because(text=text, waybill=shown, sha256=" ".join(paper.get("sha256", "") for paper in papers).strip())
        docket.notify("moderator", None, "chargeback_answered", self)

    @rule(
        "A70-9",
        source=[State.RECEIVED, State.REPRESENTED],
        target=State.AWAITING_EVIDENCE,
        by=MODERATOR,
        otherwise="A70-9",
        conditions=[c.about_a_stolen_card],
        says=_("The platform asks for proof of shipping and delivery until {due}: {text}"),
    )
    def ask_for_proof(self, docket: Any, *, text: str) -> None:
        """An address changed outside the platform, or another doubt: the seller proves what he did."""
        self.proof_asked_at = docket.at
        due = self._ask(docket, docket.rules_for(self.order).cb.check_days, "A70-9")
        docket.because(text=text, due=due)
        docket.notify("seller", self.store_id, "chargeback_proof_asked", self, text=text, due=due)

    # ------------------------------------------------------------------ silence

    @rule(
        "A70-12",
        source=State.AWAITING_EVIDENCE,
        target=State.LOST,
        deadline="chargeback_evidence",
        conditions=[c.not_stolen],
        needs=["balances"],
        says=_("No answer of the seller until {due}: taken as waived; {taken} goes back to the cardholder."),
    )
    def lose_by_silence(self, docket: Any) -> None:
        """Who files nothing waives."""
        docket.because(due=docket.at)
        self._lose_to_seller(docket)

    @rule(
        "A70-5",
        source=State.AWAITING_EVIDENCE,
        target=State.LOST,
        deadline="chargeback_evidence",
        conditions=[c.stolen, c.no_proof_asked, c.sent_untold],
        needs=["balances"],
        says=_("No waybill until {due}: treated as not shipped; {taken} goes back to the cardholder."),
    )
    def lose_untold(self, docket: Any) -> None:
        """No waybill in time: treated as not shipped, the order is closed, and the seller bears it."""
        docket.because(due=docket.at)
        self._lose_to_seller(docket, everything=True)

    @rule(
        "A70-3",
        source=State.AWAITING_EVIDENCE,
        target=State.RECEIVED,
        deadline="chargeback_evidence",
        conditions=[c.stolen, c.no_proof_asked, c.sent_with_notice],
        says=_("The delivery notice was filled in meanwhile; the platform checks."),
    )
    def go_on_with_notice(self, docket: Any) -> None:
        """The waybill came as the delivery notice: as if shipped and told."""

    @rule(
        "A70-9",
        source=State.AWAITING_EVIDENCE,
        target=State.RECEIVED,
        deadline="chargeback_evidence",
        conditions=[c.stolen, c.proof_was_asked],
        says=_("No proof until {due}: ruled on what is known."),
    )
    def go_on_without_proof(self, docket: Any) -> None:
        """What was asked for is missing; the seller bears it if the bank takes the money."""
        docket.because(due=docket.at)
        self.proof_missing = True
