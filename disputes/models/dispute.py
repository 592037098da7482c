"""The dispute: a buyer's claim about one order, answered, negotiated, decided (A39-A45)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from disputes import conditions as c
from disputes.models.evidence import Evidence
from disputes.models.offer import Offer
from disputes.models.record import DisputeRecord
from disputes.models.ruling import Ruling
from disputes.states import (
    BEFORE_A_MODERATOR,
    CAUSED_ON_THE_WAY,
    FOR_A_RULING,
    OPEN,
    OPEN_TO_OFFERS,
    DisputeState,
    Liable,
    OfferState,
    Outcome,
    Reason,
)
from orders.models import Order
from orders.states import OrderState
from rulebook.calendars import natural_days
from rulebook.docket import Many, Ref, brings, tie
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money, convert
from rulebook.refusals import Refused
from rulebook.rule import BUYER, MODERATOR, SELLER, SYSTEM, Opening, rule

State = DisputeState

OPENING = Opening(
    "A39-1",
    name="open_dispute",
    otherwise="A39",
    source=OrderState.values,
    conditions=[c.not_settled_before, c.no_other_open, c.fully_shipped, c.within_the_window],
)


class Dispute(DisputeRecord):
    """Changed only by the transitions below, through `actions`. Amounts are minor units of the order's currency."""

    KIND, PREFIX, ROOT, NUMBERED = "dispute", "dsp", ("order", "order_id"), True

    class Meta(DisputeRecord.Meta):
        abstract = False

    # ------------------------------------------------------------------ filing

    @rule(
        "A39-1",
        source=[State.AWAITING_SELLER],
        by=BUYER,
        creates=True,
        says=_(
            "Opened: {refund} claimed, {reason}. The seller answers until {answer_due}; the parties may agree until {negotiation_due}."
        ),
    )
    def open(self, docket: Any) -> None:
        """The buyer asks for money back; the seller's time to answer and the negotiation period begin."""
        self._claim(docket, self.refund, self.return_goods)
        rules = docket.rules_for(self.order)
        answer = self._ask_for_answer(docket, rules)
        talks = docket.set_deadline(
            self, "negotiation", natural_days(docket.at, rules.dispute.negotiation_days), "A41-1"
        )
        docket.because(refund=self.refund, reason=self.reason, answer_due=answer.due_at, negotiation_due=talks.due_at)
        self._filed(docket)

    @rule(
        "A38-4",
        source=[State.AWAITING_SELLER],
        target=State.PLATFORM_REVIEW,
        by=BUYER,
        creates=True,
        says=_("Opened: {refund} claimed, {reason}. The platform decides at once, as worry-free logistics promise."),
    )
    def open_with_platform(self, docket: Any) -> None:
        """A worry-free order whose trouble lies on the way: the platform steps in at once."""
        self._claim(docket, self.refund, self.return_goods)
        self._to_be_decided(docket)
        docket.because(refund=self.refund, reason=self.reason)
        self._filed(docket)

    def _ask_for_answer(self, docket: Any, rules: Any) -> Any:
        """The seller's time to answer begins, or begins anew."""
        due = natural_days(docket.at, rules.dispute.response_days)
        lead = timedelta(hours=rules.dispute.response_reminder_hours)
        return docket.set_deadline(self, "seller_response", due, "A40-1", remind=lead)

    @rule("A40-1", source=State.AWAITING_SELLER, deadline="seller_response_reminder", quiet=True)
    def remind_seller(self, docket: Any) -> None:
        """The time to answer ends soon; silence pays the claim."""
        due = docket.deadline(self, "seller_response").due_at
        docket.notify("seller", self.store_id, "seller_response_reminder", self, refund=self.refund, due=due)

    def file(self, docket: Any) -> None:
        """File it in the lane of its reason."""
        platform_first = self.order.worry_free and self.reason in CAUSED_ON_THE_WAY
        (self.open_with_platform if platform_first else self.open)(docket)

    def _claim(self, docket: Any, refund: Money, return_goods: bool) -> None:
        if return_goods:
            raise Refused(
                "A44-1", _("Claims with a return of the goods are not taken yet; claim a refund without a return.")
            )
        if refund.currency != self.currency or refund.minor > self.order.refundable.minor:
            raise Refused(
                "A39-1", _("{refund} is more than the {paid} that was paid."), refund=refund, paid=self.order.refundable
            )

    def _filed(self, docket: Any) -> None:
        order = self.order
        order.open_dispute_id, order.disputed_at = self.id, docket.at
        order.disputes_count += 1
        docket.notify(
            "seller", self.store_id, "dispute_opened", self, refund=self.refund, reason=self.reason, order=order.name
        )

    def _to_be_decided(self, docket: Any) -> None:
        self.escalated_at = docket.at
        self.decide_by_at = natural_days(docket.at, docket.rules.dispute.ruling_latest_days)

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
        self._claim(docket, claimed, self.return_goods if return_goods is None else return_goods)
        self.refund_minor, self.text, self.revisions = claimed.minor, text or self.text, self.revisions + 1
        row = self._ask_for_answer(docket, docket.rules_for(self.order))
        docket.because(refund=claimed, due=row.due_at)
        docket.notify("seller", self.store_id, "dispute_revised", self, refund=claimed)

    @rule(
        "A39-4",
        source=OPEN_TO_OFFERS,
        target=State.WITHDRAWN,
        by=BUYER,
        otherwise="A39-4",
        cancels=["seller_response", "negotiation"],
        says=_("Withdrawn by the buyer; the order goes on."),
    )
    def withdraw(self, docket: Any) -> None:
        """The buyer takes the claim back; within the window another may follow."""
        self.outcome = Outcome.WITHDRAWN
        self._end(docket)
        self.order.go_on(docket)
        docket.notify("seller", self.store_id, "dispute_withdrawn", self)

    # ------------------------------------------------------------------ answering

    @rule(
        "A40-1",
        source=BEFORE_A_MODERATOR,
        target=State.RESOLVED,
        by=SELLER,
        otherwise="A40",
        meets="seller_response",
        cancels="negotiation",
        needs=["balances"],
        says=_("Accepted by the seller: {refund} goes back to the buyer."),
    )
    def accept(self, docket: Any) -> None:
        """The seller does what the buyer asks."""
        docket.because(refund=self.refund)
        self._resolve(docket, Outcome.REFUND_AGREED, self.refund)

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

        text: the seller's reasons, 1 to 4,000 characters; the buyer and the moderator read them.
        """
        self.answer, self.answered_at = text, docket.at
        talks = docket.deadline(self, "negotiation")
        docket.because(due=talks.due_at if talks else None)
        docket.notify("buyer", self.order.buyer_id, "dispute_rejected", self, text=text)

    @rule(
        "A40-2",
        source=State.AWAITING_SELLER,
        target=State.RESOLVED,
        by=SYSTEM,
        deadline="seller_response",
        cancels="negotiation",
        needs=["balances"],
        says=_("The seller gave no answer until {due}: the buyer's claim of {refund} is carried out."),
    )
    def resolve_by_silence(self, docket: Any) -> None:
        """The seller gave no answer in time: the buyer's request is carried out in full."""
        docket.because(refund=self.refund, due=docket.at)
        self.order.lose("dispute")
        self._resolve(docket, Outcome.REFUND_AS_CLAIMED, self.refund)

    # ------------------------------------------------------------------ negotiating

    @rule("A41-1", source=OPEN_TO_OFFERS, by=SELLER, otherwise="A41", says=_("The seller offers {refund}."))
    def make_offer(self, docket: Any, *, refund: Money, return_goods: bool, text: str = "") -> Offer:
        """What the seller would settle for; it takes the place of an offer before."""
        if return_goods:
            raise Refused(
                "A44-1", _("Offers with a return of the goods are not taken yet; offer a refund without a return.")
            )
        if refund.currency != self.currency or refund.minor > self.order.refundable.minor:
            raise Refused(
                "A41-1", _("{refund} is more than the {paid} that was paid."), refund=refund, paid=self.order.refundable
            )
        current = self.seller_offer
        if current is not None:
            current.state = OfferState.REPLACED
        offer = make(
            Offer,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.order_id,
            dispute_id=self.id,
            side=SELLER,
            refund_minor=refund.minor,
            currency=self.currency,
            return_goods=return_goods,
            text=text,
            made_at=docket.at,
            made_by=docket.actor.name,
        )
        tie(offer, dispute=self)
        self.offers_count += 1
        docket.add(offer, self.offers)
        docket.because(refund=refund)
        docket.notify("buyer", self.order.buyer_id, "offer_made", self, refund=refund)
        return offer

    @rule(
        "A41-1",
        source=OPEN_TO_OFFERS,
        target=State.RESOLVED,
        by=BUYER,
        otherwise="A41",
        conditions=[c.has_offer],
        cancels=["seller_response", "negotiation"],
        needs=["balances"],
        says=_("The buyer took the seller's offer: {refund} goes back."),
    )
    def accept_offer(self, docket: Any) -> None:
        """Taking the other side's offer settles the dispute for good."""
        offer = self.seller_offer
        assert offer is not None
        offer.state = OfferState.ACCEPTED
        docket.because(refund=offer.refund)
        self._resolve(docket, Outcome.REFUND_AGREED, offer.refund)

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
        self._to_be_decided(docket)
        self.arbitrated_at = self.order.judged_at = docket.at
        docket.notify("moderator", None, "dispute_escalated", self)
        docket.notify("seller", self.store_id, "dispute_escalated", self)
        docket.notify("buyer", self.order.buyer_id, "dispute_escalated", self)

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
    def add_evidence(self, docket: Any, *, text: str, file: Any) -> Evidence:
        """A side shows something; both have equal say until the end."""
        rules = docket.rules_for(self.order)
        if self.evidence_count >= rules.dispute.evidence_max_files * 2:
            raise Refused("A43-3", _("This dispute holds as much evidence as it can take."))
        evidence = make(
            Evidence,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.order_id,
            dispute_id=self.id,
            side=docket.actor.kind,
            text=text,
            added_at=docket.at,
            added_by=docket.actor.name,
            **(file.columns() if file is not None else {}),
        )
        tie(evidence, dispute=self)
        self.evidence_count += 1
        docket.add(evidence)
        docket.because(side=docket.actor.kind, sha256=evidence.sha256)
        return evidence

    # ------------------------------------------------------------------ deciding

    @rule(
        "A45-2",
        source=FOR_A_RULING,
        by=MODERATOR,
        otherwise="A45-2",
        conditions=[c.no_ruling_waits],
        needs=["balances"],
        leads=True,
        says=_("Decided by a moderator: {refund} to the buyer, liable: {liable}."),
    )
    def decide(
        self, docket: Any, *, refund: Money, liable: str, counterfeit: bool, return_goods: bool, reason: str
    ) -> Ruling:
        """A moderator rules. Above the limit nothing moves until another one approves."""
        if return_goods or counterfeit:
            raise Refused("A44-1" if return_goods else "AS-5", _("Rulings of this kind are not made yet."))
        if refund.currency != self.currency or refund.minor > self.order.refundable.minor:
            raise Refused(
                "A45-2", _("{refund} is more than the {paid} that was paid."), refund=refund, paid=self.order.refundable
            )
        if refund.minor and liable == Liable.BUYER:
            raise Refused("A45-2", _("When the buyer is liable, nothing is refunded."))
        ruling = make(
            Ruling,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.order_id,
            dispute_id=self.id,
            refund_minor=refund.minor,
            currency=self.currency,
            liable=liable,
            reason=reason,
            made_by=docket.actor.id,
            made_by_name=docket.actor.name,
            made_at=docket.at,
        )
        tie(ruling, dispute=self)
        self.rulings_count += 1
        docket.add(ruling, self.rulings)
        docket.because(refund=refund, liable=liable)
        ruling.propose(docket)
        if self._needs_a_second(docket, refund):
            self.proposed_ruling_id = ruling.id
            docket.because(waits_for_second=True)
            docket.notify("moderator", None, "ruling_to_approve", self, refund=refund)
        return ruling

    def _needs_a_second(self, docket: Any, refund: Money) -> bool:
        limit: Money = docket.rules.dispute.four_eyes_above
        return convert(refund, limit.currency, docket.rulebook.at(docket.at).exchange.usd).minor > limit.minor

    def carry_out(self, docket: Any, ruling: Ruling) -> None:
        """A ruling in force becomes the dispute's end."""
        self.proposed_ruling_id = None
        if not ruling.refund_minor:
            self.reject_claim(docket)
        elif ruling.liable == Liable.LOGISTICS and self.order.worry_free:
            self.refund_for_carrier(docket, ruling=ruling)
        elif ruling.liable == Liable.SELLER and self.reason == Reason.UNDISCLOSED_FEE:
            self.refund_for_untold_charges(docket, ruling=ruling)
        else:
            self.refund_by_ruling(docket, ruling=ruling)

    @rule(
        "A45-2",
        source=FOR_A_RULING,
        target=State.RESOLVED,
        by=MODERATOR,
        needs=["balances"],
        says=_("Ruled: {refund} goes back to the buyer, borne by the {liable}."),
    )
    def refund_by_ruling(self, docket: Any, *, ruling: Ruling) -> None:
        """The platform found somebody liable: the ruling is carried out from his money."""
        docket.because(refund=ruling.refund, liable=ruling.liable)
        self._blame(docket, ruling.liable)
        platform = ruling.refund if ruling.liable == Liable.PLATFORM else Money(0, self.currency)
        self._resolve(docket, Outcome.REFUND_RULED, ruling.refund, by_platform=platform)

    @rule(
        "A37-4",
        source=FOR_A_RULING,
        target=State.RESOLVED,
        by=MODERATOR,
        also=["A37-5"],
        needs=["balances"],
        says=_("Ruled: charges were not told beforehand; {refund} goes back to the buyer, borne by the seller."),
    )
    def refund_for_untold_charges(self, docket: Any, *, ruling: Ruling) -> None:
        """The buyer was not told of all charges and may undo the trade; what was not told is the seller's (A37-5)."""
        docket.also_under("A37-5")
        docket.because(refund=ruling.refund, told=self.order.charges)
        self._blame(docket, ruling.liable)
        self._resolve(docket, Outcome.REFUND_RULED, ruling.refund)

    def _blame(self, docket: Any, liable: str) -> None:
        """Whose fault a ruling finds: the seller's counts against him, the carrier's takes the order out of the indicators."""
        if liable == Liable.SELLER:
            self.seller_at_fault = True
            self.order.lose("dispute")
        elif liable == Liable.LOGISTICS:
            self.order.exempt(docket)

    @rule(
        "A38-5",
        source=FOR_A_RULING,
        target=State.RESOLVED,
        by=MODERATOR,
        needs=["balances"],
        says=_("Ruled: {refund} goes back to the buyer; worry-free logistics bear {by_platform}."),
    )
    def refund_for_carrier(self, docket: Any, *, ruling: Ruling) -> None:
        """Worry-free logistics pay up to their cap; what is above it stays with the seller."""
        caps = docket.rules.worryfree.cap
        cap = caps.priority if self.order.method == "priority" else caps.standard
        limit = convert(cap, self.currency, docket.rulebook.at(docket.at).exchange.usd)
        by_platform = Money(min(ruling.refund_minor, limit.minor), self.currency)
        docket.because(refund=ruling.refund, by_platform=by_platform, cap=cap)
        self._blame(docket, ruling.liable)
        self._resolve(docket, Outcome.REFUND_RULED, ruling.refund, by_platform=by_platform, account="logistics")

    @rule(
        "AS-4",
        source=FOR_A_RULING,
        target=State.RESOLVED,
        by=MODERATOR,
        needs=["balances"],
        says=_("Ruled: nothing goes back to the buyer."),
    )
    def reject_claim(self, docket: Any) -> None:
        """The platform arbitrated and found for the seller."""
        self._resolve(docket, Outcome.REFUND_REJECTED, Money(0, self.currency))

    # ------------------------------------------------------------------ ending

    def _resolve(
        self, docket: Any, outcome: str, refund: Money, by_platform: Money | None = None, account: str = "compensation"
    ) -> None:
        """One end for all ways: the money moves, the order closes or goes on, both sides are told."""
        order = self.order
        self.outcome, self.ruled_refund_minor = outcome, refund.minor
        order.settled_dispute_id, order.judged_at = self.id, docket.at
        if self.reason == Reason.NOT_RECEIVED and refund.minor:  # A53-2: shown, and out of the rates
            order.not_rated = True
        self._end(docket)
        platform = by_platform or Money(0, self.currency)
        whole = refund.minor > 0 and not platform.minor and refund.minor >= order.refundable.minor
        order.pay_back_by_platform(docket, platform, account)
        order.pay_back(docket, refund - platform, "A45-2")
        if whole:
            order.close_refunded(docket)
        elif order.state == OrderState.SHIPPED:
            order.complete_with_dispute(docket)
        else:
            order.go_on(docket)
        for audience in (("seller", self.store_id), ("buyer", order.buyer_id)):
            docket.notify(*audience, "dispute_resolved", self, outcome=outcome, refund=refund)

    def _end(self, docket: Any) -> None:
        self.ended_at, self.decided_under = docket.at, docket.rule
        self.order.open_dispute_id = None
        for offer in self.offers:
            if offer.state == OfferState.CURRENT:
                offer.state = OfferState.LAPSED


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
