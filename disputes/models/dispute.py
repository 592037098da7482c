"""The dispute: a buyer's claim about one order, answered and negotiated (A39-A41).

Its other transitions: `covered` (the platform first), `ruled` (moderators), `settled` (returns and the end).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from disputes import conditions as c
from disputes.models.covered import CoveredDispute
from disputes.models.evidence import Evidence
from disputes.models.offer import Offer
from disputes.models.record import BEFORE_AN_AGREEMENT, DisputeRecord
from disputes.models.ruling import Ruling
from disputes.states import (
    BEFORE_A_MODERATOR,
    OPEN,
    OPEN_TO_OFFERS,
    DisputeState,
    OfferState,
    Outcome,
    PlatformFirst,
)
from orders.models import Order
from orders.states import OrderState
from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.docket import Many, Ref, brings, tie
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.rule import BUYER, SELLER, SYSTEM, Opening, rule

State = DisputeState

OPENING = Opening(
    "A39-1",
    name="open_dispute",
    otherwise="A39",
    source=OrderState.values,
    conditions=[c.not_settled_before, c.no_other_open, c.fully_shipped, c.within_the_window],
)
PLUS_RETURN = Opening(
    "PLUS-7",
    name="return_without_reason",
    otherwise="A39",
    source=OrderState.values,
    conditions=[c.not_settled_before, c.no_other_open, c.fully_shipped, c.within_the_return_window],
)
LATE = Opening(
    "AS-3",
    name="claim_late_delivery",
    otherwise="AS-3",
    source=OrderState.values,
    conditions=[c.not_settled_before, c.may_be_late, c.no_other_open, c.arrived_late, c.claim_time_left],
)


class Dispute(CoveredDispute):
    """Changed only by the transitions below, through `actions`. Amounts are minor units of the order's currency."""

    KIND, PREFIX, ROOT, NUMBERED = "dispute", "dsp", ("order", "order_id"), True

    class Meta(DisputeRecord.Meta):
        abstract = False

    # ------------------------------------------------------------------ filing

    def file(self, docket: Any) -> None:
        """File it in the lane that it belongs to (A45-1)."""
        self.judge_words(docket, self.text)
        if self.without_reason:
            self.open_plus_return(docket)
            return
        self.platform_first = self.lane_at_filing(docket)
        if self.platform_first == PlatformFirst.WORRY_FREE:
            self.open_with_logistics(docket)
        elif self.platform_first == PlatformFirst.COVER:
            self.open_with_cover(docket)
        else:
            self.open(docket)

    @rule(
        "A39-1",
        source=[State.AWAITING_SELLER],
        by=BUYER,
        creates=True,
        also=["A39-4", "A41-1"],
        says=_(
            "Opened: {refund} claimed, {reason}. The seller answers until {answer_due}; the parties may agree until "
            "{negotiation_due}."
        ),
    )
    def open(self, docket: Any) -> None:
        """The buyer asks for money back; the seller's time to answer and the negotiation period begin."""
        self.judge_claim(self.refund)
        if self.not_covered_under:
            docket.also_under(self.not_covered_under)
        rules = docket.rules_for(self.order)
        answer = self._ask_for_answer(docket, rules)
        talks = docket.set_deadline(
            self, "negotiation", natural_days(docket.at, rules.dispute.negotiation_days), "A41-1"
        )
        docket.because(refund=self.refund, reason=self.reason, answer_due=answer.due_at, negotiation_due=talks.due_at)
        self.filed(docket)

    @rule(
        "PLUS-7",
        source=[State.AWAITING_SELLER],
        by=BUYER,
        creates=True,
        also=["PLUS-23"],
        says=_("A return without reason, as Plus promises: {refund} against the goods. Nobody has to agree."),
    )
    def open_plus_return(self, docket: Any) -> None:
        """Most Plus goods may be sent back without a reason for some time after receipt."""
        self.judge_claim(self.refund)
        docket.because(refund=self.refund, reason=self.reason)
        self.filed(docket)
        self.settle(docket, Outcome.REFUND_AS_CLAIMED, self.refund, return_goods=True)

    @formula("AS-11")
    def _ask_for_answer(self, docket: Any, rules: Any) -> Any:
        """The seller's time to answer begins, or begins anew (AS-11: as under A40-1)."""
        due = natural_days(docket.at, rules.dispute.response_days)
        lead = timedelta(hours=rules.dispute.response_reminder_hours)
        return docket.set_deadline(self, "seller_response", due, "A40-1", remind=lead)

    @rule("A40-1", source=State.AWAITING_SELLER, deadline="seller_response_reminder", quiet=True)
    def remind_seller(self, docket: Any) -> None:
        """The time to answer ends soon; silence pays the claim."""
        due = docket.deadline(self, "seller_response").due_at
        docket.notify("seller", self.store_id, "seller_response_reminder", self, refund=self.refund, due=due)

    def judge_words(self, docket: Any, text: str) -> None:
        """Statements are read by people: they have an end."""
        most = docket.rules_for(self.order).dispute.text_max_chars
        if len(text) > most:
            raise Refused(
                "A40-1",
                _("A statement in a dispute has {most} characters at most; this one has {length}."),
                most=most,
                length=len(text),
            )

    def judge_claim(self, refund: Money) -> None:
        """Nobody claims more than was paid."""
        self.judge_amount(refund, "A39-1")

    def filed(self, docket: Any) -> None:
        """What every filing does, in whatever lane: the order knows of it, and the seller is told."""
        order = self.order
        order.open_dispute_id, order.disputed_at = self.id, docket.at
        order.disputes_count += 1
        rules = docket.rules_for(order, order.shipped_at)
        spared = c.spared_the_wait(order, rules)
        if spared and docket.at < natural_days(order.shipped_at, rules.dispute.wait_days):
            docket.also_under(spared)
        told = {"refund": self.refund, "reason": self.reason, "order": order.name}
        if self.without_reason:
            docket.notify("seller", self.store_id, "return_opened", self, **told)
        elif self.platform_first:
            docket.notify("seller", self.store_id, "dispute_opened_with_platform", self, **told)
        else:
            docket.notify("seller", self.store_id, "dispute_opened", self, **told)

    @rule(
        "A40-1",
        source=BEFORE_A_MODERATOR,
        target=State.AWAITING_SELLER,
        by=BUYER,
        otherwise="A39-4",
        says=_("Revised to {refund}; the seller answers until {due}."),
    )
    def revise(self, docket: Any, *, refund: Money | None, return_goods: bool | None, text: str) -> None:
        """The buyer changes the claim: the answer clock starts again, the negotiation period runs on."""
        claimed = refund or self.refund
        self.judge_claim(claimed)
        self.judge_words(docket, text)
        self.refund_minor, self.text, self.revisions = claimed.minor, text or self.text, self.revisions + 1
        if return_goods is not None:
            self.return_goods = return_goods
        if self.suggestion_accepted_by == BUYER:  # his newer word
            self.suggestion_accepted_by = ""
        row = self._ask_for_answer(docket, docket.rules_for(self.order))
        docket.because(refund=claimed, due=row.due_at)
        docket.notify("seller", self.store_id, "dispute_revised", self, refund=claimed)

    @rule(
        "A39-4",
        source=OPEN_TO_OFFERS,
        target=State.WITHDRAWN,
        by=BUYER,
        otherwise="A39-4",
        cancels=BEFORE_AN_AGREEMENT,
        says=_("Withdrawn by the buyer; the order goes on."),
    )
    def withdraw(self, docket: Any) -> None:
        """The buyer takes the claim back; within the window another may follow."""
        self._let_the_ruling_fall(docket)
        self.outcome = Outcome.WITHDRAWN
        self._end(docket)
        self.order.go_on(docket)
        docket.notify("seller", self.store_id, "dispute_withdrawn", self)

    # ------------------------------------------------------------------ answering

    @rule(
        "A40-1",
        source=BEFORE_A_MODERATOR,
        by=SELLER,
        otherwise="A40",
        meets="seller_response",
        needs=["balances"],
        says=_("Accepted by the seller: {refund} goes back to the buyer."),
    )
    def accept(self, docket: Any) -> None:
        """The seller does what the buyer asks; a claim with a return waits for the goods."""
        docket.because(refund=self.refund)
        self.settle_by_agreement(docket, Outcome.REFUND_AGREED, self.refund, self.return_goods)

    @rule(
        "A41-1",
        source=State.AWAITING_SELLER,
        target=State.NEGOTIATING,
        by=SELLER,
        otherwise="A40",
        meets="seller_response",
        says=_("Rejected by the seller; the parties may agree until {due}."),
    )
    def reject(self, docket: Any, *, text: str) -> None:
        """The seller refuses the claim; the parties may agree until the negotiation period, counted from filing, ends.

        text: the seller's reasons; the buyer and the moderator read them.
        """
        self.judge_words(docket, text)
        self.answer, self.answered_at = text, docket.at
        talks = docket.deadline(self, "negotiation")
        docket.because(due=talks.due_at if talks else None)
        docket.notify("buyer", self.order.buyer_id, "dispute_rejected", self, text=text)

    @rule(
        "A40-2",
        source=State.AWAITING_SELLER,
        by=SYSTEM,
        deadline="seller_response",
        needs=["balances"],
        says=_("The seller gave no answer until {due}: the buyer's claim of {refund} is carried out."),
    )
    def resolve_by_silence(self, docket: Any) -> None:
        """The seller gave no answer in time: the buyer's request is carried out, and it counts against the seller."""
        docket.because(refund=self.refund, due=docket.at)
        self.order.lose("dispute")
        self.seller_at_fault = True
        self.settle(docket, Outcome.REFUND_AS_CLAIMED, self.refund, self.return_goods)

    # ------------------------------------------------------------------ negotiating

    @rule("A41-1", source=OPEN_TO_OFFERS, by=SELLER, otherwise="A41", says=_("The seller offers {refund}."))
    def make_offer(self, docket: Any, *, refund: Money, return_goods: bool, text: str = "") -> Offer:
        """What the seller would settle for; it takes the place of an offer before."""
        offer = self.propose(docket, SELLER, refund, return_goods, text)
        docket.notify("buyer", self.order.buyer_id, "offer_made", self, refund=refund)
        return offer

    @rule("A41-1", source=OPEN_TO_OFFERS, by=BUYER, otherwise="A41", says=_("The buyer would settle for {refund}."))
    def make_counter_offer(self, docket: Any, *, refund: Money, return_goods: bool, text: str = "") -> Offer:
        """What the buyer would settle for, beside his claim, which stands."""
        offer = self.propose(docket, BUYER, refund, return_goods, text)
        docket.notify("seller", self.store_id, "offer_made", self, refund=refund)
        return offer

    @rule(
        "A41-1",
        source=OPEN_TO_OFFERS,
        by=BUYER,
        otherwise="A41",
        conditions=[c.has_offer],
        needs=["balances"],
        says=_("The buyer took the seller's offer: {refund} goes back."),
    )
    def accept_offer(self, docket: Any) -> None:
        """Taking the other side's offer settles the dispute for good."""
        self._take(docket, SELLER)

    @rule(
        "A41-1",
        source=OPEN_TO_OFFERS,
        by=SELLER,
        otherwise="A41",
        conditions=[c.buyer_has_offered],
        needs=["balances"],
        says=_("The seller took the buyer's offer: {refund} goes back."),
    )
    def accept_counter_offer(self, docket: Any) -> None:
        """The seller settles for what the buyer offers."""
        self._take(docket, BUYER)

    def _take(self, docket: Any, side: str) -> None:
        offer = self.current_offer(side)
        assert offer is not None
        offer.state = OfferState.ACCEPTED
        docket.because(refund=offer.refund)
        self.settle_by_agreement(docket, Outcome.REFUND_AGREED, offer.refund, offer.return_goods)

    @rule(
        "A41-2",
        source=BEFORE_A_MODERATOR,
        target=State.ARBITRATION,
        by=SYSTEM,
        deadline="negotiation",
        cancels="seller_response",
        says=_("No agreement within the negotiation period, which ended on {due}: the platform decides."),
    )
    def escalate(self, docket: Any) -> None:
        """The negotiation period ended without agreement: the platform decides."""
        docket.because(due=docket.at)
        self.to_be_decided(docket)
        self.arbitrated_at = self.order.judged_at = docket.at
        docket.notify("moderator", None, "dispute_escalated", self)
        for audience in self.both_sides:
            docket.notify(*audience, "dispute_escalated", self)

    @rule(
        "A41-2",
        source=BEFORE_A_MODERATOR,
        target=State.ARBITRATION,
        by=[BUYER, SELLER],
        otherwise="A41-2",
        conditions=[c.negotiation_is_over],
    )
    def escalate_early(self, docket: Any) -> None:
        """Neither side may skip ahead."""

    @rule("A43-3", source=OPEN, by=[BUYER, SELLER], otherwise="A43", says=_("Evidence added by the {side}."))
    def add_evidence(self, docket: Any, *, text: str, file: Any, shows: str = "other") -> Evidence:
        """A side shows something; both have equal say until the end.

        file: checked and kept, or None. shows: what it is; a film of the opening helps against swapped goods (PLUS-28).
        """
        rules = docket.rules_for(self.order)
        self.judge_words(docket, text)
        side, most = docket.actor.kind, rules.dispute.evidence_max_files
        shown = self.evidence_by_side.get(side, 0)
        if shown >= most:
            raise Refused("A43-3", _("Each side may show {most} pieces of evidence; these are all used."), most=most)
        evidence = make(
            Evidence,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.order_id,
            dispute_id=self.id,
            side=side,
            kind_code=shows,
            late=self.evidence_until is not None and docket.at >= self.evidence_until,
            text=text,
            added_at=docket.at,
            added_by=docket.actor.name,
            **(file.columns() if file is not None else {}),
        )
        tie(evidence, dispute=self)
        self.evidence_count += 1
        self.evidence_by_side = {**self.evidence_by_side, side: shown + 1}
        docket.add(evidence)
        docket.because(side=side, sha256=evidence.sha256)
        return evidence


brings(Order, disputes=Many(Dispute, by="order_id", when=lambda order: order.disputes_count > 0))
brings(
    Dispute,
    order=Ref(Order, at="order_id"),
    offers=Many(Offer, by="dispute_id", when=lambda dispute: dispute.offers_count > 0),
    rulings=Many(Ruling, by="dispute_id", when=lambda dispute: dispute.rulings_count > 0),
)
brings(Offer, dispute=Ref(Dispute, at="dispute_id"))
brings(Ruling, dispute=Ref(Dispute, at="dispute_id"))
brings(Evidence, dispute=Ref(Dispute, at="dispute_id"))
