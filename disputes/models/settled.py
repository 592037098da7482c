"""How a dispute ends: settled, ruled, or after the goods came back (A44); and the money that moves with it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from disputes import conditions as c
from disputes.models.record import BEFORE_AN_AGREEMENT, CLOCKS, DisputeRecord
from disputes.states import (
    FOR_A_RULING,
    OPEN,
    OPEN_TO_OFFERS,
    UNDECIDED,
    DisputeState,
    Liable,
    OfferState,
    Outcome,
    Reason,
    RulingState,
)
from finance import movements
from orders.carriers import waybill_matches, written_waybill
from orders.states import OrderState, ReleaseState
from rulebook.calendars import lasting, natural_days
from rulebook.citations import formula
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.rule import BUYER, CARRIER, CAUSE, SELLER, SYSTEM, rule

State = DisputeState

AFTER_AN_AGREEMENT = (State.AWAITING_RETURN, State.RETURN_IN_TRANSIT, State.RETURN_CONTESTED)
"""The goods are on their way back or doubted: nothing of what was agreed or ruled has been paid."""


class SettledDispute(DisputeRecord):
    """The end, and the way there when goods have to come back first."""

    class Meta(DisputeRecord.Meta):
        abstract = True

    # ------------------------------------------------------------------ agreed: now, or against the goods

    def settle(
        self,
        docket: Any,
        outcome: str,
        refund: Money,
        return_goods: bool,
        by_platform: Money | None = None,
        account: str = "compensation",
    ) -> None:
        """What was agreed or ruled is carried out: at once, or when the goods are back. Called inside the transition that
        decides. by_platform: the part of the refund that the platform bears, from its `account`."""
        platform = by_platform or Money(0, self.currency)
        self._let_the_ruling_fall(docket)
        self._let_offers_go()
        if return_goods:
            self.agreed_refund_minor, self.agreed_outcome = refund.minor, outcome
            self.agreed_by_platform_minor, self.platform_account = platform.minor, account
            self.await_return(docket)
        else:
            self.resolve(docket, outcome=outcome, refund=refund, by_platform=platform, account=account)

    @rule(
        CAUSE,
        source=OPEN,
        target=State.RESOLVED,
        cancels=CLOCKS,
        says=_("Ended: {refund} goes back to the buyer."),
    )
    def resolve(
        self, docket: Any, *, outcome: str, refund: Money, by_platform: Money, account: str = "compensation"
    ) -> None:
        """One end for all ways: the money moves, the order closes or goes on, both sides are told."""
        order = self.order
        docket.because(refund=refund, outcome=outcome)
        self.outcome, self.ruled_refund_minor = outcome, refund.minor
        order.settled_dispute_id, order.judged_at = self.id, docket.at
        not_received = self._leave_out_of_the_rates(refund)
        self._end(docket)
        all_refunded = refund.minor > 0 and not by_platform.minor and refund.minor >= order.refundable.minor
        if by_platform.minor:
            self.platform_paid_minor, self.platform_account = by_platform.minor, account
            order.pay_back_by_platform(docket, by_platform, account)
        before = order.commission_minor
        order.pay_back(docket, refund - by_platform, "A45-2" if outcome == Outcome.REFUND_RULED else "A63-4")
        self._note_what_the_seller_bore(refund - by_platform, before - order.commission_minor)
        if all_refunded and not order.escrow_minor:  # what the platform bore of a chargeback is the seller's still
            order.close_refunded(docket)
        elif order.state == OrderState.SHIPPED:
            order.complete_with_dispute(docket)
        else:
            order.go_on(docket)
            if not_received:  # A53-2: its own time to review, beside that of the completion before
                order.open_reviews(docket)
        for chargeback in order.__dict__.get("chargebacks", ()):
            if chargeback.state in UNDECIDED:
                chargeback.follow_dispute(docket, refunded=refund.minor > 0)
        for audience in self.both_sides:
            docket.notify(*audience, "dispute_resolved", self, outcome=outcome, refund=refund)

    def _leave_out_of_the_rates(self, refund: Money) -> bool:
        """A53-2: what is written about goods that were refunded as not received is shown, and touches no rate."""
        not_received = self.reason == Reason.NOT_RECEIVED and refund.minor > 0
        self.order.not_rated = self.order.not_rated or not_received
        return not_received

    def _note_what_the_seller_bore(self, amount: Money, commission_back: int) -> None:
        """On the ruling that this carries out: the last one that came into force."""
        in_force = [
            (one.in_force_at, one) for one in self.rulings if one.state != RulingState.OVERTURNED and one.in_force_at
        ]
        if in_force:
            ruling = max(in_force, key=lambda pair: pair[0])[1]
            ruling.seller_bore_minor, ruling.commission_back_minor = amount.minor, commission_back

    def _end(self, docket: Any) -> None:
        self.ended_at, self.decided_under = docket.at, docket.rule
        self.order.open_dispute_id = None
        self._let_offers_go()

    def _let_the_ruling_fall(self, docket: Any) -> None:
        """One that still waits for its second moderator has lost its object."""
        for ruling in self.rulings:
            if ruling.id == self.proposed_ruling_id and ruling.state == RulingState.PROPOSED:
                ruling.fall(docket)
        self.proposed_ruling_id = None

    def _let_offers_go(self) -> None:
        for offer in self.offers:
            if offer.state == OfferState.CURRENT:
                offer.state = OfferState.LAPSED

    # ------------------------------------------------------------------ the goods come back (A44)

    @rule(
        CAUSE,
        source=[*OPEN_TO_OFFERS, State.RETURN_CONTESTED],
        target=State.AWAITING_RETURN,
        cancels=BEFORE_AN_AGREEMENT,
        says=_("Agreed: {refund} against the goods; the buyer posts them and enters the waybill until {due}."),
    )
    def await_return(self, docket: Any) -> None:
        """The buyer has some days to post the goods and to say so (A44-1)."""
        rules = docket.rules_for(self.order)
        docket.also_under("A44-1")
        self.order.judged_at = docket.at
        self.return_address = self._address_for_returns(docket)
        self.return_freight_by = self._who_pays_the_way_back(docket, rules)
        due = natural_days(docket.at, rules.return_.ship_days)
        lead = lasting(rules.return_.reminder_days)
        docket.set_deadline(self, "return_shipment", due, "A44-1", remind=lead)
        docket.because(refund=self.agreed_refund, due=due, freight=self.return_freight_by)
        for audience in self.both_sides:
            docket.notify(*audience, "return_agreed", self, refund=self.agreed_refund, due=due)

    @formula("PLUS-27")
    def _address_for_returns(self, docket: Any) -> dict[str, str]:
        """PLUS-27: the store's return address; without one, that of the registration."""
        store = self.order.store
        if store.return_address:
            return dict(store.return_address)
        docket.also_under("PLUS-27")
        return dict(store.registered_address)

    @formula("PLUS-11", "AS-6")
    def _who_pays_the_way_back(self, docket: Any, rules: Any) -> str:
        """PLUS-11: with Plus the platform; else as the table of reasons and their causes says (AS-6)."""
        if self.order.plus:
            docket.also_under("PLUS-11")
            return "platform"
        return str(rules.dispute.reasons[self.reason]["return_paid_by"])

    @rule("A44-1", source=State.AWAITING_RETURN, deadline="return_shipment_reminder", quiet=True)
    def remind_to_send(self, docket: Any) -> None:
        """The time to post the goods ends soon."""
        due = docket.deadline(self, "return_shipment").due_at
        docket.notify("buyer", self.order.buyer_id, "return_shipment_reminder", self, due=due)

    @rule(
        "A44-1",
        source=State.AWAITING_RETURN,
        target=State.RETURN_IN_TRANSIT,
        by=BUYER,
        otherwise="A44",
        meets="return_shipment",
        also=["PLUS-23"],
        says=_("Sent back under {waybill}; the seller confirms or contests until {due}."),
    )
    def ship_return(self, docket: Any, *, waybill: str) -> None:
        """The goods are on their way back; the seller's time to receive them begins."""
        if not waybill:
            raise Refused("A44-1", _("Enter the waybill number of the return, so that it can be traced."))
        rules = docket.rules_for(self.order)
        if not waybill_matches(rules, "", waybill):
            raise Refused("A44-1", _("{waybill} does not look like a waybill number."), waybill=waybill)
        if self.order.plus:
            docket.also_under("PLUS-23")
            days = rules.plus.verdict_days
        else:
            days = rules.return_.receive_days
        self.return_waybill, self.return_shipped_at = written_waybill(waybill), docket.at
        due = natural_days(docket.at, days)
        lead = lasting(rules.return_.reminder_days)
        docket.set_deadline(self, "return_receipt", due, "PLUS-25" if self.order.plus else "A44-4", remind=lead)
        docket.because(waybill=self.return_waybill, due=due)
        docket.notify("seller", self.store_id, "return_sent", self, waybill=self.return_waybill, due=due)

    @rule("A44-3", source=State.RETURN_IN_TRANSIT, deadline="return_receipt_reminder", quiet=True)
    def remind_of_return(self, docket: Any) -> None:
        """The seller's time to confirm or contest ends soon; silence counts as receipt."""
        due = docket.deadline(self, "return_receipt").due_at
        docket.notify("seller", self.store_id, "return_receipt_reminder", self, due=due)

    @rule(
        "PLUS-11",
        source=[State.RETURN_IN_TRANSIT, State.RETURN_CONTESTED, State.RESOLVED],
        by=CARRIER,
        otherwise="PLUS-11",
        conditions=[c.platform_pays_the_way_back],
        says=_("The carrier billed {amount} for the way back; the platform pays it."),
    )
    def bill_return(self, docket: Any, *, amount: Money) -> None:
        """The way back is free for both sides."""
        self.return_freight_minor += amount.minor
        docket.because(amount=amount)
        movements.compensate(docket, self.store_id, self.order_id, amount, "logistics")

    @rule(
        "A44-3",
        source=State.RETURN_IN_TRANSIT,
        by=SELLER,
        otherwise="A44",
        meets="return_receipt",
        needs=["balances"],
        says=_("The seller has the goods back."),
    )
    def confirm_return(self, docket: Any) -> None:
        """The goods are back: what was agreed is paid."""
        self._pay_what_was_agreed(docket)

    @rule(
        "A44-4",
        source=State.RETURN_IN_TRANSIT,
        deadline="return_receipt",
        conditions=[c.ordinary_return],
        needs=["balances"],
        says=_("Neither confirmed nor contested until {due}: it counts as received."),
    )
    def receive_by_silence(self, docket: Any) -> None:
        """The seller said nothing in time."""
        docket.because(due=docket.at)
        self._pay_what_was_agreed(docket)

    @rule(
        "PLUS-25",
        source=State.RETURN_IN_TRANSIT,
        deadline="return_receipt",
        conditions=[c.plus_return],
        needs=["balances"],
        says=_("No verdict of the seller until {due}: the buyer's request is carried out."),
    )
    def receive_plus_by_silence(self, docket: Any) -> None:
        """With Plus the seller gives his verdict sooner; silence pays."""
        docket.because(due=docket.at)
        self._pay_what_was_agreed(docket)

    @formula("PLUS-12")
    def _pay_what_was_agreed(self, docket: Any) -> None:
        """The refund that waited for the goods; its share of the commission goes back with it, with Plus too."""
        if self.order.plus:
            docket.also_under("PLUS-12")
        assert self.agreed_refund is not None
        left = self.order.refundable.minor
        refund = Money(min(self.agreed_refund.minor, left), self.currency)
        platform = Money(min(self.agreed_by_platform_minor, refund.minor), self.currency)
        self.resolve(
            docket,
            outcome=self.agreed_outcome,
            refund=refund,
            by_platform=platform,
            account=self.platform_account or "compensation",
        )

    @rule(
        "A44-5",
        source=State.RETURN_IN_TRANSIT,
        target=State.RETURN_CONTESTED,
        by=SELLER,
        otherwise="A44",
        meets="return_receipt",
        also=["PLUS-26"],
        says=_("The seller contests the return: {text}"),
    )
    def contest_return(self, docket: Any, *, text: str) -> None:
        """Not arrived, or the wrong goods came: the platform decides, and films of the opening help (PLUS-28)."""
        if not text:
            raise Refused("A44-5", _("Say what is wrong with the return: whether nothing came, or what came instead."))
        if self.order.plus:
            docket.also_under("PLUS-26")
        docket.because(text=text)
        self.return_contest = text
        self.to_be_decided(docket)
        self.arbitrated_at = self.order.judged_at = docket.at
        docket.notify("moderator", None, "return_contested", self)
        docket.notify("buyer", self.order.buyer_id, "return_contested", self)

    def to_be_decided(self, docket: Any) -> None:
        """A moderator has it from here: until when evidence is asked for, and when the platform means to rule."""
        rules = docket.rules_for(self.order).dispute
        self.escalated_at = docket.at
        self.evidence_until = natural_days(docket.at, rules.evidence_days)
        self.decide_by_at = docket.working_days(rules.ruling_target_days)
        docket.set_deadline(self, "ruling", natural_days(docket.at, rules.ruling_latest_days), "A41-2")

    @rule("A41-2", source=FOR_A_RULING, deadline="ruling", quiet=True)
    def wait_too_long(self, docket: Any) -> None:
        """Nobody has decided it in the longest time that the platform allows itself."""
        docket.notify("moderator", None, "ruling_overdue", self, since=self.escalated_at)

    @rule(
        "A44-2",
        source=State.AWAITING_RETURN,
        target=State.LAPSED,
        deadline="return_shipment",
        says=_("Nothing was sent back until {due}: the buyer keeps the goods, the seller the money."),
    )
    def lapse(self, docket: Any) -> None:
        """No return notice in time: the refund process ends, and the order is complete."""
        docket.because(due=docket.at)
        order = self.order
        self.outcome, order.settled_dispute_id, order.judged_at = Outcome.RETURN_NOT_SENT, self.id, docket.at
        self._end(docket)
        if order.state == OrderState.SHIPPED:
            order.complete_with_dispute(docket)
        else:
            order.go_on(docket)
        for audience in self.both_sides:
            docket.notify(*audience, "return_not_sent", self)

    # ------------------------------------------------------------------ ended from elsewhere

    @rule(
        "A70-18",
        source=OPEN,
        target=State.RESOLVED,
        by=SYSTEM,
        cancels=CLOCKS,
        says=_("Ended: the bank decided first, and its decision holds here too."),
    )
    def follow_bank(self, docket: Any, *, refunded: Money) -> None:
        """The first decision ends both: nothing more is paid here. refunded: what the bank took for the buyer."""
        outcome = Outcome.REFUND_RULED if refunded.minor else Outcome.REFUND_REJECTED
        docket.because(refund=refunded)
        self._follow(docket, outcome, refunded)
        for audience in self.both_sides:
            docket.notify(*audience, "dispute_resolved", self, outcome=outcome, refund=refunded)

    @rule(
        "V-17",
        source=OPEN,
        target=State.RESOLVED,
        by=SYSTEM,
        cancels=CLOCKS,
        says=_("Ended: the order was closed and everything paid went back."),
    )
    def follow_order(self, docket: Any) -> None:
        """The order was closed in another way, and the buyer has everything back."""
        self._follow(docket, Outcome.REFUND_RULED, Money(0, self.currency))
        for audience in self.both_sides:
            docket.notify(*audience, "dispute_ended_with_order", self)

    def _follow(self, docket: Any, outcome: str, refunded: Money) -> None:
        self.outcome, self.ruled_refund_minor = outcome, refunded.minor
        self.order.settled_dispute_id, self.order.judged_at = self.id, docket.at
        self._leave_out_of_the_rates(refunded)
        self._let_the_ruling_fall(docket)
        self._end(docket)

    # ------------------------------------------------------------------ corrected on appeal

    def correct(self, docket: Any, ruling: Any, *, refund: Money, for_seller: bool) -> None:
        """An appeal succeeded: the buyer should have got `refund`. What he got too much he keeps, at the platform's cost;
        what he got too little comes from the seller as under A45-2. for_seller: the appeal was his."""
        self.seller_at_fault = not for_seller or (refund.minor > 0 and ruling.liable == Liable.SELLER)
        if self.seller_at_fault:
            self.order.lose("dispute")
        else:
            self.order.win_back("dispute")
        if self.state in AFTER_AN_AGREEMENT:
            self._correct_what_is_due(docket, refund)
            if for_seller:  # what came on top for a fake did not wait for the goods
                self._make_good(docket, ruling, Money(0, self.currency))
            return
        more = refund.minor - ruling.refund_minor
        if more > 0:
            if self.state != State.LAPSED:  # nothing is paid against goods that were not sent back (A44-2)
                self._pay_more(docket, Money(more, self.currency), refund)
        elif for_seller:
            self._make_good(docket, ruling, Money(-more, self.currency))

    def _correct_what_is_due(self, docket: Any, refund: Money) -> None:
        if not refund.minor:
            self.settle(docket, Outcome.REFUND_REJECTED, refund, return_goods=False)
            return
        self.agreed_refund_minor = refund.minor
        self.agreed_by_platform_minor = min(self.agreed_by_platform_minor, refund.minor)

    def _pay_more(self, docket: Any, more: Money, refund: Money) -> None:
        order = self.order
        amount = Money(min(more.minor, order.refundable.minor), self.currency)
        whole = amount.minor > 0 and amount.minor >= order.refundable.minor and not order.borne_minor
        order.pay_back(docket, amount, "A45-2")
        self.outcome, self.ruled_refund_minor = Outcome.REFUND_RULED, refund.minor
        self._leave_out_of_the_rates(amount)
        if whole and order.state in (OrderState.SHIPPED, OrderState.COMPLETED):
            order.close_refunded(docket)

    def _make_good(self, docket: Any, ruling: Any, less: Money) -> None:
        bore = Money(min(less.minor, ruling.seller_bore_minor), self.currency)
        commission = Money(0, self.currency)
        if ruling.commission_back_minor and ruling.seller_bore_minor:
            commission = movements.commission_share(
                bore, Money(ruling.commission_back_minor, self.currency), Money(ruling.seller_bore_minor, self.currency)
            )
        total = bore + ruling.compensation
        if not total.minor:
            return
        order = self.order
        movements.make_good(docket, self.store_id, order.id, total, commission)
        if order.release != ReleaseState.REFUNDED:  # a sale that was undone stays so, and pays no commission
            order.borne_minor += bore.minor
            order.commission_minor += commission.minor
        docket.notify("seller", self.store_id, "made_good", self, amount=total - commission)
