"""Disputes that the platform decides first: the after-sale cover, worry-free logistics, contracts (A42, A45-A50)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from disputes import conditions as c
from disputes.models.record import SHORT_PARCELS, DisputeRecord
from disputes.models.ruled import RuledDispute
from disputes.states import (
    ABOUT_THE_GOODS,
    BEFORE_A_MODERATOR,
    CAUSED_ON_THE_WAY,
    DisputeState,
    PlatformFirst,
    Reason,
)
from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.rule import BUYER, MODERATOR, SELLER, SYSTEM, rule
from stores.models import Store
from stores.states import StoreState

State = DisputeState

OUTSIDE = {
    Reason.COUNTERFEIT: "A48-7",
    Reason.UNDISCLOSED_FEE: "A48-10",
    Reason.NOT_RECEIVED: "A50-2",
    Reason.LATE_DELIVERY: "A50-2",
    Reason.DAMAGED: "A50-2",
    Reason.CUSTOMS: "A50-2",
    Reason.MISSING_ITEMS: "A50-3",
    Reason.NO_REASON_RETURN: "A50-4",
    Reason.OTHER: "A50-1",
}
"""Reasons that the cover leaves to the seller, each with its rule (A48-3: he must answer them in good faith)."""

GROUNDS = {
    "A48-7": _("Fake or infringing goods"),
    "A48-8": _("Prohibited or restricted goods"),
    "A48-10": _("Not shipped by the agreed method"),
    "A48-11": _("Goods of another kind, or of far lower value"),
    "A48-12": _("The parties had agreed"),
    "A48-13": _("The seller pointed the buyer to the platform's money"),
    "A48-14": _("The seller admitted his fault and asked for a dispute"),
    "A48-15": _("The listing was wrong, misleading or unclear"),
    "A42-1": _("Not a case of the cover, nor of worry-free logistics"),
}
"""What a moderator may find on looking closer."""

VIOLATIONS = frozenset({"A48-7", "A48-8", "A48-15"})
"""Grounds that are a violation of their own: somebody looks at the store's listings, too."""


class CoveredDispute(RuledDispute):
    """The lane in which the seller is not asked, and its ways out."""

    class Meta(DisputeRecord.Meta):
        abstract = True

    # ------------------------------------------------------------------ the way in

    @formula("AS-7")
    def lane_at_filing(self, docket: Any) -> str:
        """Which platform-first group it belongs to, if any (AS-7); the two tests are independent (A45-4, A50-2)."""
        types = docket.rules_for(self.order).dispute.platform_first_types
        if self.order.worry_free and self.reason in CAUSED_ON_THE_WAY and PlatformFirst.WORRY_FREE in types:
            return str(PlatformFirst.WORRY_FREE)
        if self.order.covered and PlatformFirst.COVER in types:
            self.not_covered_under = self.excluded_by(docket)
            return "" if self.not_covered_under else str(PlatformFirst.COVER)
        return ""

    @formula(
        "A46-1", "A47-1", "A48-9", "A50-1", "A50-2", "A50-3", "A50-4", "A50-5", "A48-1", "A48-3", "A48-7", "A48-10"
    )
    def excluded_by(self, docket: Any) -> str:
        """The rule that keeps a dispute of an eligible order out of the cover; empty: it is covered.

        Eligibility was frozen when the order was placed, and is looked at again now (A47-1).
        """
        store, rules = self.order.store, docket.rules_for(self.order).ppas
        in_force = set(rules.exclusions)
        if store.state == StoreState.CLOSED and "A50-5" in in_force:
            return "A50-5"
        if not store.aftersale_cover:
            return "A48-1"
        if self.reason not in ABOUT_THE_GOODS:
            ground = OUTSIDE[Reason(self.reason)]
            return ground if ground in in_force else "A50-1"
        since = natural_days(docket.at, -rules.short_window_days)
        if "A48-9" in in_force and docket.counted_since(store.id, SHORT_PARCELS, since) >= rules.short_count:
            return "A48-9"
        if store.points >= rules.max_trade_points or not self.left_this_month(docket).minor:
            return "A47-1"
        return ""

    @rule(
        "A38-4",
        source=[State.AWAITING_SELLER],
        target=State.PLATFORM_REVIEW,
        by=BUYER,
        creates=True,
        also=["A45-4"],
        says=_("Opened: {refund} claimed, {reason}. The platform decides at once, as worry-free logistics promise."),
    )
    def open_with_logistics(self, docket: Any) -> None:
        """A worry-free order whose trouble lies on the way: the platform steps in at once."""
        docket.also_under("A45-4")
        self._open_with_platform(docket)

    @rule(
        "A46-1",
        source=[State.AWAITING_SELLER],
        target=State.PLATFORM_REVIEW,
        by=BUYER,
        creates=True,
        also=["A45-3", "A46-2"],
        says=_(
            "Opened: {refund} claimed, {reason}. The after-sale cover takes it: the platform decides, free for the "
            "seller."
        ),
    )
    def open_with_cover(self, docket: Any) -> None:
        """Goods not as listed, from a covered store: the platform deals with it, and pays what the cover reaches."""
        docket.also_under("A45-3")
        self.covered = True
        self._open_with_platform(docket)

    def _open_with_platform(self, docket: Any) -> None:
        self.judge_claim(self.refund)
        self.to_be_decided(docket)
        docket.because(refund=self.refund, reason=self.reason)
        self.filed(docket)

    @rule(
        "A45-1",
        source=[*BEFORE_A_MODERATOR, State.PLATFORM_REVIEW],
        target=State.PLATFORM_REVIEW,
        by=MODERATOR,
        otherwise="A45-1",
        conditions=[c.not_taken_over],
        cancels=["seller_response", "negotiation"],
        also=["A45-5"],
        says=_("Taken over by the platform, which decides first: {reason}"),
    )
    def take_over(self, docket: Any, *, reason: str) -> None:
        """A dispute that a rule or a contract gives to the platform; the clocks stop, the parties may still agree."""
        if not self.platform_first:
            docket.also_under("A45-5")
            self.platform_first = PlatformFirst.CONTRACT
        docket.because(reason=reason)
        self.to_be_decided(docket)
        for audience in self.both_sides:
            docket.notify(*audience, "dispute_taken_over", self, reason=reason)

    # ------------------------------------------------------------------ the ways out

    @rule(
        "A42-1",
        source=State.PLATFORM_REVIEW,
        target=State.ARBITRATION,
        by=MODERATOR,
        otherwise="A42-1",
        conditions=[c.no_ruling_waits],
        cancels=["cooperation"],
        also=["A48-7", "A48-8", "A48-10", "A48-11", "A48-12", "A48-13", "A48-14", "A48-15"],
        says=_("Not a case of the cover or of worry-free logistics: it goes to arbitration. {reason}"),
    )
    def declare_not_covered(self, docket: Any, *, ground: str, reason: str, received: Money | None) -> None:
        """The platform found that the dispute belongs to the ordinary way: to arbitration at once, without new clocks.

        ground: the rule that takes it out. The seller is liable again as in any dispute (A50-1). received: the worth of
        what came, for A48-11.
        """
        docket.because(ground=ground, reason=reason)
        docket.also_under(ground)
        if ground == "A48-11" and received is not None:
            self._judge_worth(docket, received)
        self._leave_the_lane(docket, ground)
        if ground in VIOLATIONS:
            docket.notify("moderator", None, "cover_left_for_violation", self, ground=ground)

    def _judge_worth(self, docket: Any, received: Money) -> None:
        """A48-11: what came counts as something else altogether when it is worth far less than what was bought."""
        ratio, bought = docket.rules_for(self.order).ppas.value_gap_ratio, Money(self.order.goods_minor, self.currency)
        docket.because(received=received, bought=bought, ratio=ratio)
        if received.minor >= bought.minor * ratio:
            raise Refused(
                "A48-11",
                _("{received} is no very large gap to the {bought} that was bought; only less than {ratio} of it is."),
                received=received,
                bought=bought,
                ratio=ratio,
            )

    @formula("A50-1")
    def _leave_the_lane(self, docket: Any, ground: str) -> None:
        """On the ordinary way from here; a ruling that counted on the cover and waits for its second person falls."""
        self._let_the_ruling_fall(docket)
        self.covered, self.not_covered_under, self.platform_first = False, ground, ""
        self.to_be_decided(docket)
        self.arbitrated_at = self.order.judged_at = docket.at
        for audience in self.both_sides:
            docket.notify(*audience, "dispute_escalated", self)

    # ------------------------------------------------------------------ the seller's help (A48-4, A48-5)

    @rule(
        "A48-4",
        source=State.PLATFORM_REVIEW,
        by=MODERATOR,
        otherwise="A48-4",
        conditions=[c.in_the_cover],
        says=_("The seller is asked for help until {due}: {text}"),
    )
    def request_help(self, docket: Any, *, text: str) -> None:
        """Product data, an analysis, a clearer listing: the seller gives it in some working days."""
        rules = docket.rules_for(self.order).ppas
        due, lead = docket.working_days(rules.coop_days), timedelta(hours=rules.coop_reminder_hours)
        self.help_asked_at, self.help_question, self.help_answer = docket.at, text, ""
        docket.set_deadline(self, "cooperation", due, "A48-5", remind=lead)
        docket.because(text=text, due=due)
        docket.notify("seller", self.store_id, "help_requested", self, text=text, due=due)

    @rule("A48-4", source=State.PLATFORM_REVIEW, deadline="cooperation_reminder", quiet=True)
    def remind_of_help(self, docket: Any) -> None:
        """The time to help ends soon; silence is a refusal."""
        due = docket.deadline(self, "cooperation").due_at
        docket.notify("seller", self.store_id, "help_reminder", self, due=due)

    @rule(
        "A48-4",
        source=State.PLATFORM_REVIEW,
        by=SELLER,
        otherwise="A48-4",
        conditions=[c.help_was_asked],
        meets="cooperation",
        says=_("The seller helped: {text}"),
    )
    def cooperate(self, docket: Any, *, text: str) -> None:
        """The seller gives what was asked."""
        docket.because(text=text)
        self.help_answer = text
        docket.notify("moderator", None, "help_given", self)

    @rule(
        "A48-5",
        source=State.PLATFORM_REVIEW,
        target=State.ARBITRATION,
        by=SYSTEM,
        deadline="cooperation",
        conditions=[c.in_the_cover],
        says=_("The seller did not help until {due}: the cover ends here, and the cost is his."),
    )
    def end_cover_for_silence(self, docket: Any) -> None:
        """No answer in time is a refusal: the dispute leaves the cover."""
        docket.because(due=docket.at)
        self._leave_the_lane(docket, "A48-5")

    # ------------------------------------------------------------------ abuse (A48-2, A48-6, A49)

    @rule(
        "A49-1",
        source=[State.PLATFORM_REVIEW],
        target=State.ARBITRATION,
        by=MODERATOR,
        otherwise="A49-1",
        conditions=[c.abuse_may_be_found],
        cancels=["cooperation"],
        also=["A48-6", "A48-1"],
        says=_("The cover was abused: {text} It ends for the store, and this dispute goes on without it."),
    )
    def report_abuse_early(self, docket: Any, *, text: str, authority: str) -> None:
        """Found before anything was paid."""
        self._abused(docket, text, authority)
        self._leave_the_lane(docket, "A48-6")

    @rule(
        "A49-1",
        source=[State.RESOLVED, State.AWAITING_RETURN, State.RETURN_IN_TRANSIT, State.RETURN_CONTESTED],
        by=MODERATOR,
        otherwise="A49-1",
        conditions=[c.abuse_may_be_found],
        needs=["balances"],
        also=["A48-2", "A48-6", "A49-2"],
        says=_("The cover was abused: {text} {reclaimed} come back from the seller."),
    )
    def report_abuse(self, docket: Any, *, text: str, authority: str) -> None:
        """Shoddy, swapped, short or fake goods, collusion: what the platform paid on this order comes back from the
        seller, and what it was to pay when the goods are back is his."""
        docket.also_under("A48-2")
        self._abused(docket, text, authority)
        still = self.order.borne_by_account.get(self.platform_account, 0)
        amount = Money(min(self.platform_paid_minor, still), self.currency)
        docket.because(reclaimed=amount)
        if amount.minor:
            self.order.reclaim(docket, amount, self.platform_account)
        self.platform_paid_minor = self.agreed_by_platform_minor = 0
        self.covered, self.not_covered_under = False, "A48-6"
        docket.notify("seller", self.store_id, "cover_reclaimed", self, amount=amount, text=text)

    def _abused(self, docket: Any, text: str, authority: str) -> None:
        docket.also_under("A48-6")
        docket.because(text=text)
        if authority:
            docket.also_under("A49-2")
            docket.because(authority=authority)
        self.abused_at, self.told_authority = docket.at, authority
        docket.call(Store, self.store_id, self.store_id, "cover_abused")
