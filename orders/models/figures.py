"""What an order counts for its store (A56, A58, the service indicators): its facts as measures, and what takes them out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from orders import conditions as c
from orders.models.record import OrderRecord
from orders.states import CloseReason, OrderState
from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.models.base import Measure
from rulebook.rule import MODERATOR, rule
from stores.models import Listing

NEVER_SHIPPED = (CloseReason.NOT_SHIPPED, CloseReason.CANCELLED_BY_SILENCE)


class CountedOrder(OrderRecord):
    """The figures of an order follow from its facts alone; the docket books what changed, on the day where it belongs."""

    class Meta(OrderRecord.Meta):
        abstract = True

    def measures(self, docket: Any) -> list[Measure]:
        """Nothing before payment. Names, and the moment that each is dated at:

        orders, units, sales (USD, minor) and lines: payment · ended, defective: end · cancelled_seller, cancelled_buyer: closing ·
        due_to_ship, shipped_in_time, unfulfilled: end of the handling period or closing · online_due, online_hours, online_days:
        payment · promise_due, promise_kept: end of the promise · decided, judged: see below · plus_late.
        """
        if self.paid_at is None:
            return []
        return [*self._sold(), *self._ended(docket), *self._shipped(docket), *self._promised(docket), *self._judged()]

    def _sold(self) -> list[Measure]:
        assert self.paid_at is not None
        at, lines = self.paid_at, len(self.lines)
        if self.excluded_at is not None:  # A58-1: its sales are not scored
            return [("orders", at, 1)]
        return [("orders", at, 1), ("units", at, self.units), ("lines", at, lines), ("sales", at, self.paid_usd_minor)]

    def _ended(self, docket: Any) -> list[Measure]:
        """Of the order defect rate: paid orders that ended, and those among them with a bad experience."""
        if self.ended_at is None:
            return []
        found = [("ended", self.ended_at, 1)]
        if self.is_defective(docket):
            found.append(("defective", self.ended_at, 1))
        if self.cancelled_for:
            found.append((f"cancelled_{self.cancelled_for}", self.ended_at, 1))
        return found

    def is_defective(self, docket: Any) -> bool:
        """A bad experience of the buyer, however many: the seller's cancellation, shipping timeout, a lost dispute or
        chargeback, low stars or a low score. An abnormal order is nobody's experience (A58-1)."""
        return self.excluded_at is None and bool(
            self.cancelled_for == "seller"
            or self.close_reason in NEVER_SHIPPED
            or self.losses
            or any(review.is_bad(docket) for review in self.reviews)
        )

    def _shipped(self, docket: Any) -> list[Measure]:
        """Non-fulfilment (V-15) and the online rates (A38O-1), of all orders but those that the buyer gave up, or that were
        paid with a stolen card: the seller was told to wait (A70-2)."""
        assert self.paid_at is not None
        found: list[Measure] = []
        unfulfilled = self.close_reason in NEVER_SHIPPED or self.cancelled_for == "seller"
        if self.handling_due_at is not None and (unfulfilled or self.shipped_at is not None):
            at = min(self.handling_due_at, self.closed_at) if unfulfilled and self.closed_at else self.handling_due_at
            found.append(("due_to_ship", at, 1))
            if not unfulfilled:
                found.append(("shipped_in_time", at, 1))
            elif self.excluded_at is None:
                found.append(("unfulfilled", at, 1))
        if self.cancelled_for == "buyer" or self.close_reason == CloseReason.FRAUD_RISK:
            return found
        found.append(("online_due", self.paid_at, 1))
        if self.first_scan_at is not None:
            rules = docket.rulebook.at(self.paid_at).online_rate
            if self.first_scan_at <= self.paid_at + timedelta(hours=rules.hours):
                found.append(("online_hours", self.paid_at, 1))
            if self.first_scan_at <= natural_days(self.paid_at, rules.days):
                found.append(("online_days", self.paid_at, 1))
        return found

    def _promised(self, docket: Any) -> list[Measure]:
        """Kept when shipped in the handling time and there in the promised days after it (PLUS-20, PLUS-21)."""
        found: list[Measure] = [("plus_late", self.plus_ends(docket), 1)] if self.plus_late else []
        if self.shipped_at is None:
            if self.close_reason in NEVER_SHIPPED and self.closed_at is not None:
                found.append(("promise_due", self.closed_at, 1))
            return found
        due = self.promised_at
        found.append(("promise_due", due, 1))
        there = self.arrived_at
        if there is not None and there <= due:
            found.append(("promise_kept", due, 1))
        return found

    @property
    @formula("PLUS-20")
    def promised_at(self) -> datetime:
        """PLUS-20, AS-3: by when it is there: the template's days as promised with the order, from the last parcel."""
        assert self.shipped_at is not None
        return natural_days(self.shipped_at, self.promised_days)

    @formula("PLUS-2")
    def plus_ends(self, docket: Any) -> datetime:
        """PLUS-18: until when a Plus order has to be delivered, from payment."""
        assert self.paid_at is not None
        return natural_days(self.paid_at, docket.rulebook.at(self.paid_at, store=self.store_id).plus.delivery_max)

    def _judged(self) -> list[Measure]:
        """The denominators of dispute rates, each order once, at the last moment that puts it there: completed or disputed;
        completed, settled in a dispute or sent to arbitration."""
        received = self.completed_at
        found: list[Measure] = []
        for name, other in (("decided", self.disputed_at), ("judged", self.judged_at)):
            moments = [moment for moment in (received, other) if moment is not None]
            if moments:
                found.append((name, max(moments), 1))
        return found

    def lose(self, what: str) -> None:
        """An upper app tells: a dispute, a chargeback went against the seller."""
        if what not in self.losses:
            self.losses = sorted([*self.losses, what])

    def win_back(self, what: str) -> None:
        """It was overturned."""
        self.losses = [loss for loss in self.losses if loss != what]

    @formula("A38-1", "A38-3")
    def exempt(self, docket: Any) -> None:
        """A38-1, A38-3: the trouble lay with the platform's logistics; the four indicators skip the order."""
        if not (self.online or self.worry_free):
            return
        docket.also_under("A38-3" if self.worry_free else "A38-1")
        self.exemptions = list(EXEMPT)

    @property
    def loss_at(self) -> datetime:
        """A38-2: when the loss arose that the carrier is asked for: the end of the dispute, else the shipping."""
        return self.judged_at or self.shipped_at or self.placed_at

    # ------------------------------------------------------------------ abnormal orders

    @rule(
        "A58-1",
        source=list(OrderState.values),
        by=MODERATOR,
        otherwise="A58-1",
        conditions=[c.not_excluded],
        also=["A58-2", "A58-3", "A58-4"],
        says=_("Abnormal: its sale and its reviews do not count, and nothing of it against the store. {reason}"),
    )
    def exclude(self, docket: Any, *, ground: str, reason: str) -> None:
        """Sales and reviews of an abnormal order are not scored. ground: the rule that says in what way it is abnormal."""
        docket.also_under(ground)
        docket.because(ground=ground, reason=reason)
        self.excluded_at, self.excluded_ground = docket.at, ground
        self._count_product(docket, -1)
        docket.notify("seller", self.store_id, "order_excluded", self, reason=reason)

    @rule(
        "A58-1",
        source=list(OrderState.values),
        by=MODERATOR,
        otherwise="A58-1",
        conditions=[c.excluded],
        says=_("It counts again. {reason}"),
    )
    def include(self, docket: Any, *, reason: str) -> None:
        """The exclusion was wrong."""
        docket.because(reason=reason)
        self.excluded_at, self.excluded_ground = None, ""
        self._count_product(docket, 1)

    def _count_product(self, docket: Any, sign: int) -> None:
        """The products' own sales, for search and lists."""
        if self.paid_at is None:
            return
        for line in self.lines:
            docket.increment(Listing, line.listing_id, "units_sold", sign * line.quantity)
            docket.increment(Listing, line.listing_id, "orders_count", sign)


EXEMPT = ("shipping_score", "dispute_rate", "arbitration_rate", "seller_liable_rate")
"""The four indicators of A38-1."""
