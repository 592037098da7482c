"""The order: placed, paid, cancelled (A32-A33); what comes after is in `shipping`, `ending` and `figures`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from finance import movements
from orders import conditions as c
from orders.models.cancellation import Cancellation
from orders.models.claim import CarrierClaim
from orders.models.extension import Extension
from orders.models.line import OrderLine
from orders.models.record import OrderRecord
from orders.models.review import Review
from orders.models.shipment import Shipment
from orders.models.shipping import ShippedOrder
from orders.states import UNSHIPPED, CloseReason, OrderState
from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.docket import Many, Ref, brings, tie
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money, convert
from rulebook.rule import BANK, BUYER, CAUSE, SELLER, Opening, rule
from stores.models import Store

State = OrderState

REVIEWING = Opening(
    "A53-1",
    name="review",
    otherwise="A53-1",
    source=OrderState.values,
    conditions=[c.has_ended_shipped, c.within_review_time, c.not_reviewed_by_this_side],
)


class Order(ShippedOrder):
    """What one buyer bought from one store. Facts that rules need are columns or counters here; no rule counts rows.

    Two machines: `state`, and `release` of the order's money. `*_minor` are minor units of `currency`.
    """

    KIND, PREFIX, NUMBERED = "order", "ord", True

    class Meta(OrderRecord.Meta):
        abstract = False

    # ------------------------------------------------------------------ placing and paying

    @rule(
        "A32-1",
        source=State.AWAITING_PAYMENT,
        by=BUYER,
        creates=True,
        conditions=[c.store_takes_orders, c.listings_are_live, c.delivered_there, c.in_stock],
        says=_("Placed for {total}, quantity {units}; to be paid until {due}."),
    )
    def place(self, docket: Any) -> None:
        """The buyer orders: stock is taken, and the time to pay begins."""
        if self.flash_minutes is None:
            due = natural_days(self.placed_at, docket.rules_for(self).order.unpaid_close_days)
        else:
            docket.also_under("A32-2")
            least = docket.rules_for(self).order.flash_close_minutes
            due = self.placed_at + timedelta(minutes=max(least, self.flash_minutes))
        for line in self.lines:
            line.listing.stock -= line.quantity
        docket.because(units=self.units, total=self.total, due=due)
        lead = timedelta(hours=docket.rules_for(self).order.payment_reminder_hours)
        docket.set_deadline(self, "payment", due, "A32-2" if self.flash_minutes else "A32-1", remind=lead)
        docket.notify("seller", self.store_id, "order_placed", self, total=self.total)

    @rule(
        "A34-1",
        source=State.AWAITING_PAYMENT,
        target=State.AWAITING_SHIPMENT,
        by=BUYER,
        otherwise="A32",
        meets="payment",
        says=_("Paid {paid}; to be shipped within {days} days, until {due}."),
    )
    def pay(self, docket: Any, *, method: str, network: str) -> None:
        """The money is there: it goes into escrow, and the handling period begins."""
        self.paid_at, self.payment_method, self.payment_network = docket.at, method, network
        self.paid_minor += self.total_minor
        self.escrow_minor = self.total_minor
        self.paid_usd_minor = convert(self.total, "USD", docket.rulebook.at(docket.at).exchange.usd).minor
        due = self.handling_due_at = natural_days(docket.at, self.handling_days)
        docket.because(paid=self.total, days=self.handling_days, due=due)
        if self.total_minor:
            movements.capture(docket, self.store_id, self.id, self.total)
        self._count_product(docket, 1)
        self.start_handling(docket)
        if self.plus:
            self._start_plus(docket)
        docket.notify("seller", self.store_id, "order_paid", self, paid=self.total, due=due)

    def _start_plus(self, docket: Any) -> None:
        """PLUS-16, PLUS-18: two days to ship, some more to arrive, both from payment."""
        hours = docket.rules_for(self).plus.ship_hours
        docket.set_deadline(self, "plus_shipping", docket.at + timedelta(hours=hours), "PLUS-17")
        docket.set_deadline(self, "plus_delivery", self.plus_ends(docket), "PLUS-18")

    @rule("PRE-7", source=State.AWAITING_PAYMENT, deadline="payment_reminder", quiet=True)
    def remind_of_payment(self, docket: Any) -> None:
        """The time to pay ends soon: the buyer is told how to pay, and to beware of anybody who asks for it elsewhere."""
        due = docket.deadline(self, "payment")
        docket.notify("buyer", self.buyer_id, "payment_reminder", self, total=self.total, due=due.due_at)

    @rule("A32-1", source=list(State.values), by=BANK, says=_("{amount} arrived late and goes back to the buyer."))
    def return_late_money(self, docket: Any, *, amount: Money) -> None:
        """Money that arrives for an order which no longer waits for it goes back."""
        docket.because(amount=amount)
        movements.capture(docket, self.store_id, self.id, amount)
        movements.refund(docket, self.store_id, self.id, amount)
        self.paid_minor += amount.minor
        self.refunded_minor += amount.minor
        docket.notify("buyer", self.buyer_id, "refund_sent", self, amount=amount)

    @rule(
        "A32-1",
        source=State.AWAITING_PAYMENT,
        target=State.CLOSED,
        deadline="payment",
        conditions=[c.ordinary_sale],
        says=_("Closed: not paid within the time to pay, which ended on {due}."),
    )
    def close_unpaid(self, docket: Any) -> None:
        """Not paid in time: the order is closed and its stock is free again."""
        self._close_unpaid(docket)

    @rule(
        "A32-2",
        source=State.AWAITING_PAYMENT,
        target=State.CLOSED,
        deadline="payment",
        conditions=[c.flash_sale],
        says=_("Closed: not paid within the flash sale's time, which ended on {due}."),
    )
    def close_unpaid_flash_sale(self, docket: Any) -> None:
        """Not paid within the flash sale's own time."""
        self._close_unpaid(docket)

    def _close_unpaid(self, docket: Any) -> None:
        docket.because(due=docket.at)
        self._close(docket, CloseReason.UNPAID)

    # ------------------------------------------------------------------ cancelling

    @rule(
        "A33-1",
        source=UNSHIPPED,
        by=BUYER,
        otherwise="A33-1",
        conditions=[c.no_open_cancellation],
        says=_("The buyer asked to cancel."),
    )
    def open_cancellation(self, docket: Any, *, reason: str) -> Cancellation:
        """The buyer asks to cancel. The handling period goes on."""
        cancellation = make(
            Cancellation, id=new_id(), store_id=self.store_id, order_id=self.id, reason=reason, requested_at=docket.at
        )
        tie(cancellation, order=self)
        self.cancellations_count += 1
        docket.add(cancellation, self.cancellations)
        cancellation.request(docket)
        return cancellation

    @rule(
        CAUSE,
        source=UNSHIPPED,
        target=State.CLOSED,
        by=SELLER,
        cancels="handling",
        says=_("Closed: both sides agreed to cancel; {refunded} goes back to the buyer."),
    )
    def close_cancelled(self, docket: Any) -> None:
        """Cancelled by agreement: everything paid goes back."""
        self._refund_everything(docket)
        self._close(docket, CloseReason.CANCELLED_BY_AGREEMENT)

    @rule(
        CAUSE,
        source=UNSHIPPED,
        target=State.CLOSED,
        cancels="handling",
        says=_("Closed: the seller did not answer the request to cancel; {refunded} goes back to the buyer."),
    )
    def close_unanswered(self, docket: Any) -> None:
        """Silence about the request counted as agreed."""
        self._refund_everything(docket)
        self._close(docket, CloseReason.CANCELLED_BY_SILENCE)

    @formula("PRE-2", "PRE-10")
    def blame(self, docket: Any, reason: str) -> None:
        """PRE-2, PRE-10: whose reason a cancellation is. What is out of stock is always the seller's, whatever was chosen."""
        seller = reason in docket.rules_for(self).cancel.seller_reasons or self.shortage_at is not None
        docket.also_under("PRE-2" if self.shortage_at is None else "PRE-10")
        self.cancelled_for = "seller" if seller else "buyer"


brings(
    Order,
    store=Ref(Store, at="store_id"),
    lines=Many(OrderLine, by="order_id"),
    shipments=Many(Shipment, by="order_id", when=lambda order: order.parcels > 0),
    cancellations=Many(Cancellation, by="order_id", when=lambda order: order.cancellations_count > 0),
    extensions=Many(Extension, by="order_id", when=lambda order: order.extensions_count > 0),
    reviews=Many(Review, by="order_id", when=lambda order: order.reviews_count > 0),
    claims=Many(CarrierClaim, by="order_id", when=lambda order: order.claims_count > 0),
)
for child in (OrderLine, Shipment, Cancellation, Extension, Review, CarrierClaim):
    brings(child, order=Ref(Order, at="order_id"))
