"""What moderators do in a dispute: propose, rule; and what a ruling means for money and standing (A43, A45)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from disputes import conditions as c
from disputes.models.offer import Offer
from disputes.models.record import COVER_PAID, DisputeRecord
from disputes.models.ruling import Ruling
from disputes.models.settled import SettledDispute
from disputes.states import FOR_A_RULING, OPEN_TO_OFFERS, DisputeState, Liable, OfferState, Outcome, Reason
from rulebook.calendars import day_start, local_day
from rulebook.citations import formula
from rulebook.docket import tie
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money, convert
from rulebook.refusals import Refused
from rulebook.rule import BUYER, CAUSE, MODERATOR, SELLER, rule

State = DisputeState

INSTANT = timedelta(microseconds=1)


class RuledDispute(SettledDispute):
    """The platform's part."""

    class Meta(DisputeRecord.Meta):
        abstract = True

    # ------------------------------------------------------------------ proposals of all three sides

    def propose(
        self, docket: Any, side: str, refund: Money, return_goods: bool, text: str, article: str = "A41-1"
    ) -> Offer:
        """A side's current proposal takes the place of its proposal before. Called inside a transition."""
        self.judge_amount(refund, article)
        if return_goods and not refund.minor:
            raise Refused(article, _("Goods go back against a refund; this offers none."))
        current = self.current_offer(side)
        if current is not None:
            current.state = OfferState.REPLACED
        offer = make(
            Offer,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.order_id,
            dispute_id=self.id,
            side=side,
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
        docket.because(refund=refund, return_goods=return_goods)
        return offer

    def judge_amount(self, refund: Money, article: str) -> None:
        """Nobody gets more than was paid and has not gone back."""
        if refund.currency != self.currency or refund.minor > self.order.refundable.minor:
            raise Refused(
                article,
                _("{refund} is more than the {left} that are left of the payment."),
                refund=refund,
                left=self.order.refundable,
            )

    @rule(
        "A43-2",
        source=OPEN_TO_OFFERS,
        by=MODERATOR,
        otherwise="A43-2",
        also=["A43-3"],
        says=_("The platform proposes {refund}: {text}"),
    )
    def intervene(self, docket: Any, *, refund: Money, return_goods: bool, text: str) -> Offer:
        """The platform steps in with a proposal. It binds only when both take it; the clocks go on."""
        offer = self.propose(docket, MODERATOR, refund, return_goods, text, article="A43-2")
        docket.also_under("A43-3")
        docket.because(text=text)
        self.suggestion_accepted_by = ""
        for audience in self.both_sides:
            docket.notify(*audience, "platform_suggests", self, refund=refund, text=text)
        return offer

    @rule(
        "A43-2",
        source=OPEN_TO_OFFERS,
        by=[BUYER, SELLER],
        otherwise="A43-2",
        conditions=[c.platform_suggested, c.not_taken_by_this_side],
        needs=["balances"],
        says=_("The {side} takes the platform's proposal of {refund}."),
    )
    def accept_suggestion(self, docket: Any) -> None:
        """It binds when the second side takes it."""
        offer, side = self.current_offer(MODERATOR), docket.actor.kind
        assert offer is not None
        docket.because(side=side, refund=offer.refund)
        if not self.suggestion_accepted_by:
            self.suggestion_accepted_by = side
            docket.notify(*self.other_side(side), "suggestion_taken", self, refund=offer.refund)
            return
        offer.state = OfferState.ACCEPTED
        self.settle_by_agreement(docket, Outcome.REFUND_AGREED, offer.refund, offer.return_goods)

    def settle_by_agreement(self, docket: Any, outcome: str, refund: Money, return_goods: bool) -> None:
        """Parties that agree settle between themselves; what the cover would have paid is the seller's then (A48-12)."""
        if self.covered:
            docket.also_under("A48-12")
            self.covered, self.not_covered_under = False, "A48-12"
        self.settle(docket, outcome, refund, return_goods)

    # ------------------------------------------------------------------ ruling

    @rule(
        "A45-2",
        source=FOR_A_RULING,
        by=MODERATOR,
        otherwise="A45-2",
        conditions=[c.no_ruling_waits, c.no_appeal_waits],
        needs=["balances"],
        leads=True,
        says=_("Decided by a moderator: {refund} to the buyer, liable: {liable}."),
    )
    def decide(
        self,
        docket: Any,
        *,
        refund: Money,
        liable: str,
        counterfeit: bool,
        return_goods: bool,
        reason: str,
        cause: str = "",
    ) -> Ruling:
        """A moderator rules. Above the limit nothing moves until another one approves."""
        self._judge_ruling(refund, liable, return_goods, counterfeit)
        if liable == Liable.PLATFORM and self.covered and refund.minor:
            c.account_is_open(self, docket)
        ruling = make(
            Ruling,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.order_id,
            dispute_id=self.id,
            refund_minor=refund.minor,
            currency=self.currency,
            return_goods=return_goods,
            liable=liable,
            counterfeit=counterfeit,
            compensation_minor=self.compensation_for_counterfeit(docket).minor if counterfeit else 0,
            cause=cause,
            about=self.reason,
            category=self.order.lines[0].category,
            claimed_usd_minor=convert(self.refund, "USD", docket.rulebook.at(docket.at).exchange.usd).minor,
            waited_seconds=int((docket.at - (self.escalated_at or self.opened_at)).total_seconds()),
            reason=reason,
            made_by=docket.actor.id,
            made_by_name=docket.actor.name,
            made_at=docket.at,
        )
        tie(ruling, dispute=self)
        ruling.appeals = []
        self.rulings_count += 1
        docket.add(ruling, self.rulings)
        docket.because(refund=refund, liable=liable)
        ruling.propose(docket)
        if self._needs_a_second(docket, ruling.moves):
            self.proposed_ruling_id = ruling.id
            docket.because(waits_for_second=True)
            docket.notify("moderator", None, "ruling_to_approve", self, refund=ruling.moves)
        return ruling

    def _judge_ruling(self, refund: Money, liable: str, return_goods: bool, counterfeit: bool) -> None:
        """What no ruling may say. The goods of a contested return have been sent: they need not come back once more."""
        self.judge_amount(refund, "A45-2")
        goods_return = return_goods or self.state == State.RETURN_CONTESTED
        if refund.minor and liable == Liable.BUYER and not goods_return:
            raise Refused("A45-2", _("When the buyer is liable, nothing is refunded unless the goods come back."))
        if return_goods and not refund.minor:
            raise Refused("A45-2", _("Goods go back against a refund; this ruling has none."))
        if counterfeit and liable != Liable.SELLER:
            raise Refused(
                "AS-5", _("Nobody but the seller is liable for a counterfeit; he pays what comes on top, too.")
            )

    @formula("AS-5")
    def compensation_for_counterfeit(self, docket: Any) -> Money:
        """AS-5: so many times the price of the goods on top of the refund; freight is outside of it."""
        return Money(self.order.goods_minor * docket.rules_for(self.order).fake.multiplier, self.currency)

    @rule(CAUSE, source=FOR_A_RULING, says=_("The ruling was sent back: the case is open for another."))
    def wait_for_another_ruling(self, docket: Any) -> None:
        """A second moderator did not let the ruling through."""
        self.proposed_ruling_id = None

    def _needs_a_second(self, docket: Any, amount: Money) -> bool:
        limit: Money = docket.rules_for(self.order).dispute.four_eyes_above
        return convert(amount, limit.currency, docket.rulebook.at(docket.at).exchange.usd).minor > limit.minor

    def carry_out(self, docket: Any, ruling: Ruling) -> None:
        """A ruling in force becomes the dispute's end."""
        self.proposed_ruling_id = None
        if ruling.counterfeit:
            self.rule_counterfeit(docket, ruling=ruling)
        elif not ruling.refund_minor:
            self.reject_claim(docket, ruling=ruling)
        elif ruling.liable == Liable.LOGISTICS and self.worry_free:
            self.refund_for_carrier(docket, ruling=ruling)
        elif ruling.liable == Liable.PLATFORM and self.covered:
            self.refund_from_cover(docket, ruling=ruling)
        elif ruling.liable == Liable.SELLER and self.reason == Reason.UNDISCLOSED_FEE:
            self.refund_for_untold_charges(docket, ruling=ruling)
        else:
            self.refund_by_ruling(docket, ruling=ruling)

    @rule(
        "A45-2",
        source=FOR_A_RULING,
        by=MODERATOR,
        needs=["balances"],
        also=["AS-4", "A46-3"],
        says=_("Ruled: {refund} goes back to the buyer, borne by the {liable}."),
    )
    def refund_by_ruling(self, docket: Any, *, ruling: Ruling) -> None:
        """The platform found somebody liable: the ruling is carried out from his money."""
        docket.because(refund=ruling.refund, liable=ruling.liable)
        if self.reason == Reason.LATE_DELIVERY:
            docket.also_under("AS-4")
        self._blame(docket, ruling.liable)
        platform = ruling.refund if ruling.liable == Liable.PLATFORM else Money(0, self.currency)
        self.settle(docket, Outcome.REFUND_RULED, ruling.refund, ruling.return_goods, by_platform=platform)

    @rule(
        "A37-4",
        source=FOR_A_RULING,
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
        self.settle(docket, Outcome.REFUND_RULED, ruling.refund, ruling.return_goods)

    def _blame(self, docket: Any, liable: str) -> None:
        """Whose fault a ruling finds: the seller's counts against him, the carrier's frees the order from the indicators."""
        if liable == Liable.SELLER:
            self.seller_at_fault = True
            self.order.lose("dispute")
        elif liable == Liable.LOGISTICS:
            self.order.exempt(docket)

    @rule(
        "A38-5",
        source=FOR_A_RULING,
        by=MODERATOR,
        needs=["balances"],
        says=_("Ruled: {refund} goes back to the buyer; worry-free logistics bear {by_platform}."),
    )
    def refund_for_carrier(self, docket: Any, *, ruling: Ruling) -> None:
        """Worry-free logistics pay up to their cap; what is above it stays with the seller."""
        cap = self.worry_free_cap(docket)
        by_platform = self._up_to(docket, cap, ruling.refund)
        docket.because(refund=ruling.refund, by_platform=by_platform, cap=cap)
        self._blame(docket, ruling.liable)
        self.settle(
            docket,
            Outcome.REFUND_RULED,
            ruling.refund,
            ruling.return_goods,
            by_platform=by_platform,
            account="logistics",
        )

    def worry_free_cap(self, docket: Any) -> Money:
        """What worry-free logistics pay at most for the order's line (A38-5)."""
        caps = docket.rules_for(self.order).worryfree.cap
        cap: Money = caps.priority if self.order.method == "priority" else caps.standard
        return cap

    @rule(
        "A47-1",
        source=FOR_A_RULING,
        by=MODERATOR,
        conditions=[c.account_is_open],
        needs=["balances"],
        also=["A46-2"],
        says=_("Ruled: {refund} goes back to the buyer; the after-sale cover bears {by_platform}."),
    )
    def refund_from_cover(self, docket: Any, *, ruling: Ruling) -> None:
        """The cover pays for the goods, up to its cap for an order and for the store in a month; what is above stays with
        the seller. It is free of charge (A46-2), and does not free the seller from the rules (A46-3)."""
        left: Money = self.left_this_month(docket)
        cap = min(docket.rules_for(self.order).ppas.cap_usd, left, key=lambda limit: limit.minor)
        items = Money(min(ruling.refund_minor, self.order.goods_minor), self.currency)
        by_platform = self._up_to(docket, cap, items)
        docket.because(refund=ruling.refund, by_platform=by_platform, cap=cap)
        self.settle(docket, Outcome.REFUND_RULED, ruling.refund, ruling.return_goods, by_platform=by_platform)

    @formula("A47-1")
    def left_this_month(self, docket: Any) -> Money:
        """A47-1: of the month's limit for this store, in USD; months are those of platform time."""
        zone = docket.rules.platform.tz
        first = local_day(docket.at, zone).replace(day=1)
        paid = docket.counted_since(self.store_id, COVER_PAID, day_start(first, zone) - INSTANT)
        limit = convert(
            docket.rules_for(self.order).ppas.monthly_cap, "USD", docket.rulebook.at(docket.at).exchange.usd
        )
        return Money(max(0, limit.minor - paid), "USD")

    def _up_to(self, docket: Any, cap: Money, refund: Money) -> Money:
        """Of a refund, what a cap covers at the rate of the ruling's day."""
        limit = convert(cap, self.currency, docket.rulebook.at(docket.at).exchange.usd)
        return Money(min(refund.minor, limit.minor), self.currency)

    @rule(
        "AS-5",
        source=FOR_A_RULING,
        by=MODERATOR,
        needs=["balances"],
        also=["A45-2"],
        says=_("Ruled: counterfeit. {refund} goes back to the buyer, and {compensation} on top, from the seller."),
    )
    def rule_counterfeit(self, docket: Any, *, ruling: Ruling) -> None:
        """The goods are fake: the buyer gets his money back and several times the price on top, at once; on top once
        only, also when a contested return brings a second ruling."""
        docket.because(refund=ruling.refund, compensation=ruling.compensation)
        self._blame(docket, Liable.SELLER)
        missing = Money(max(0, ruling.compensation_minor - self.compensated_minor), self.currency)
        self.compensated_minor += missing.minor
        self.order.pay_on_top(docket, missing)
        docket.notify("moderator", None, "counterfeit_found", self)
        self.settle(docket, Outcome.REFUND_RULED, ruling.refund, ruling.return_goods)

    @rule(
        "AS-4",
        source=FOR_A_RULING,
        by=MODERATOR,
        needs=["balances"],
        says=_("Ruled: nothing goes back to the buyer."),
    )
    def reject_claim(self, docket: Any, *, ruling: Ruling) -> None:
        """The platform arbitrated and found for the seller."""
        nothing = Money(0, self.currency)
        self.resolve(docket, outcome=Outcome.REFUND_REJECTED, refund=nothing, by_platform=nothing)
