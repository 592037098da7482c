"""The order: placed, paid, shipped, received, and its money released (A32-A36, A62)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from finance import movements
from orders import conditions as c
from orders.models.cancellation import Cancellation
from orders.models.line import OrderLine
from orders.models.message import Message
from orders.models.record import OrderRecord
from orders.models.shipment import Shipment
from orders.states import ENDED, UNSHIPPED, CloseReason, OrderState, ReleaseState
from rulebook.calendars import natural_days
from rulebook.docket import Many, Ref, brings, tie
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.rule import BUYER, CAUSE, SELLER, rule
from stores.models import Listing, Store

State = OrderState
Release = ReleaseState


class Order(OrderRecord):
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
        docket.set_deadline(self, "payment", due, "A32-2" if self.flash_minutes else "A32-1")
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
        self.paid_minor = self.escrow_minor = self.total_minor
        due = natural_days(docket.at, self.handling_days)
        docket.because(paid=self.paid, days=self.handling_days, due=due)
        if self.paid_minor:
            movements.capture(docket, self.store_id, self.id, self.paid)
        docket.set_deadline(self, "handling", due)
        docket.notify("seller", self.store_id, "order_paid", self, paid=self.paid, due=due)

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

    # ------------------------------------------------------------------ shipping

    def ship(self, docket: Any, *, waybill: str, method: str | None, quantity: int | None) -> Shipment:
        """The seller hands over a parcel: a part of what is left, or all of it."""
        left = self.units - self.units_shipped
        number = left if quantity is None else quantity
        whole = number >= left or self.state not in UNSHIPPED
        return (self.ship_rest if whole else self.ship_part)(docket, waybill=waybill, method=method, quantity=number)

    @rule(
        "A34-1",
        source=UNSHIPPED,
        target=State.PARTIALLY_SHIPPED,
        by=SELLER,
        otherwise="A34",
        says=_("Shipped in part: {shipped} of {units} items."),
    )
    def ship_part(self, docket: Any, *, waybill: str, method: str | None, quantity: int) -> Shipment:
        """A part is on its way; the handling period goes on for the rest."""
        shipment = self._hand_over(docket, waybill, method, quantity)
        docket.because(shipped=self.units_shipped, units=self.units, waybill=waybill)
        docket.notify("buyer", self.buyer_id, "order_partly_shipped", self, waybill=waybill)
        return shipment

    @rule(
        "A35-1",
        source=UNSHIPPED,
        target=State.SHIPPED,
        by=SELLER,
        otherwise="A34",
        meets="handling",
        says=_("Shipped in full; to be received within {days} days, until {due}."),
    )
    def ship_rest(self, docket: Any, *, waybill: str, method: str | None, quantity: int) -> Shipment:
        """All is on its way: the receipt window begins, the larger of the promise and the platform's default."""
        shipment = self._hand_over(docket, waybill, method, quantity)
        table = docket.rules_for(self).delivery.default_days
        self.receipt_days = max(self.promised_days, table[self.country, self.service_class])
        self.shipped_at = docket.at
        self.receipt_due_at = natural_days(docket.at, self.receipt_days)
        docket.because(days=self.receipt_days, promised=self.promised_days, due=self.receipt_due_at, waybill=waybill)
        if self.open_cancellation_id is not None:
            next(item for item in self.cancellations if item.id == self.open_cancellation_id).be_overtaken(docket)
        docket.set_deadline(self, "receipt", self.receipt_due_at)
        docket.notify("buyer", self.buyer_id, "order_shipped", self, waybill=waybill, due=self.receipt_due_at)
        return shipment

    @property
    def service_class(self) -> str:
        """The row of the receipt windows' table: a local warehouse has its own, priority goes as the standard line."""
        if self.local_warehouse:
            return "local_warehouse"
        return "standard" if self.method == "priority" else self.method

    def _hand_over(self, docket: Any, waybill: str, method: str | None, quantity: int) -> Shipment:
        if not waybill:
            raise Refused("A37-7", _("A parcel needs the carrier's waybill number, so that it can be traced."))
        if method is not None and method != self.method:
            raise Refused(
                "A37-6", _("The buyer chose {chosen}; another method needs the buyer's consent."), chosen=self.method
            )
        left = self.units - self.units_shipped
        if not 1 <= quantity <= left:
            raise Refused(
                "A34-1", _("{left} items are left to ship, {quantity} were declared."), left=left, quantity=quantity
            )
        shipment = make(
            Shipment,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.id,
            waybill=waybill,
            method=self.method,
            quantity=quantity,
            shipped_at=docket.at,
        )
        tie(shipment, order=self)
        self.parcels += 1
        self.units_shipped += quantity
        for line in self.lines:
            taken = min(quantity, line.quantity - line.quantity_shipped)
            line.quantity_shipped += taken
            quantity -= taken
        docket.add(shipment, self.shipments)
        return shipment

    @rule(
        "A33-5",
        source=UNSHIPPED,
        target=State.CLOSED,
        deadline="handling",
        conditions=[c.open_cancellation, c.nothing_shipped],
        says=_(
            "Closed: the seller neither answered the request to cancel nor shipped within {days} days, which ended on {due}; "
            "{refunded} goes back."
        ),
    )
    def cancel_by_silence(self, docket: Any) -> None:
        """Silent about the request and nothing shipped until the handling period ended."""
        self._overtime(docket, CloseReason.CANCELLED_BY_SILENCE)

    @rule(
        "A33-6",
        source=UNSHIPPED,
        target=State.CLOSED,
        deadline="handling",
        conditions=[c.open_cancellation, c.something_shipped],
        says=_(
            "Closed: with a request to cancel open, {shipped} of {units} items were shipped within {days} days, which ended on "
            "{due}; {refunded} goes back."
        ),
    )
    def cancel_part_shipped(self, docket: Any) -> None:
        """Part shipped and not complete within the handling period: the buyer gets everything back."""
        self._overtime(docket, CloseReason.CANCELLED_BY_SILENCE)

    @rule(
        "A34-3",
        source=UNSHIPPED,
        target=State.CLOSED,
        deadline="handling",
        conditions=[c.no_open_cancellation],
        says=_(
            "Closed: the {days}-day handling period ended on {due} with {shipped} of {units} items shipped; {refunded} goes back."
        ),
    )
    def close_unshipped(self, docket: Any) -> None:
        """Not fully shipped when the handling period ended: close, refund the buyer in full."""
        self._overtime(docket, CloseReason.NOT_SHIPPED)

    def _overtime(self, docket: Any, reason: str) -> None:
        docket.because(days=self.handling_days, due=docket.at, shipped=self.units_shipped, units=self.units)
        if self.open_cancellation_id is not None:
            next(item for item in self.cancellations if item.id == self.open_cancellation_id).lapse(docket)
        self._refund_everything(docket)
        self._close(docket, reason)

    # ------------------------------------------------------------------ receiving

    @rule(
        "A35-5",
        source=State.SHIPPED,
        target=State.COMPLETED,
        by=BUYER,
        otherwise="A35",
        meets="receipt",
        conditions=[c.no_open_dispute],
        says=_("Received: the buyer confirmed."),
    )
    def confirm(self, docket: Any) -> None:
        """The buyer has the goods."""
        self._complete(docket)

    @rule(
        "A35-4",
        source=State.SHIPPED,
        target=State.COMPLETED,
        deadline="receipt",
        conditions=[c.no_open_dispute],
        says=_("Completed: neither confirmed nor disputed within the {days}-day receipt window, which ended on {due}."),
    )
    def complete_by_time(self, docket: Any) -> None:
        """The receipt window ended without a word of the buyer."""
        docket.because(days=self.receipt_days, due=self.receipt_due_at)
        self._complete(docket)

    @rule(
        CAUSE,
        source=State.SHIPPED,
        target=State.COMPLETED,
        cancels="receipt",
        says=_("Completed with the end of the dispute."),
    )
    def complete_with_dispute(self, docket: Any) -> None:
        """A dispute that leaves the seller something ends the order; the rest follows the release clock from here."""
        self._complete(docket)

    def _complete(self, docket: Any) -> None:
        self.completed_at, self.decided_under = docket.at, docket.rule
        self.release_due_at = natural_days(docket.at, docket.rules_for(self).release.wait_days)
        docket.because(release=self.release_due_at)
        docket.set_deadline(self, "release", self.release_due_at, "A62-1")
        docket.notify("seller", self.store_id, "order_completed", self, release=self.release_due_at)
        docket.notify("buyer", self.buyer_id, "order_completed", self)
        docket.announce("order.completed", self)

    @rule(
        "A62-1",
        field="release",
        source=[Release.HELD],
        target=Release.RELEASED,
        deadline="release",
        needs=["balances"],
        conditions=[c.nothing_holds_the_money],
        says=_("Released: {gross} less {commission} commission; {net} to the seller."),
    )
    def release_money(self, docket: Any) -> None:
        """The waiting time after completion is over: the order's money is the seller's, less commission (A67)."""
        gross = self.escrow
        commission = self.commission_on(self.gross_left)
        docket.also_under("A67-1")
        docket.because(gross=gross, commission=commission, net=gross - commission)
        if gross.minor:
            movements.release(docket, self.store_id, self.id, gross, commission)
        self.commission_minor, self.escrow_minor, self.released_at = commission.minor, 0, docket.at
        docket.notify("seller", self.store_id, "money_released", self, net=gross - commission)

    # ------------------------------------------------------------------ what a dispute does to it

    @rule(
        CAUSE,
        source=[State.SHIPPED, State.COMPLETED],
        target=State.CLOSED,
        cancels=["receipt", "release"],
        says=_("Closed: everything paid went back to the buyer ({refunded})."),
    )
    def close_refunded(self, docket: Any) -> None:
        """The buyer got everything back from the seller."""
        docket.because(refunded=self.refunded)
        self._close(docket, CloseReason.REFUNDED)

    def go_on(self, docket: Any) -> None:
        """A dispute ended and the order stands: deadlines that passed meanwhile are due at once."""
        if self.state == State.SHIPPED and docket.deadline(self, "receipt") is None and self.receipt_due_at:
            docket.set_deadline(self, "receipt", max(docket.at, self.receipt_due_at), "A35-4")
        elif (
            self.state == State.COMPLETED and self.release == Release.HELD and docket.deadline(self, "release") is None
        ):
            docket.set_deadline(self, "release", max(docket.at, self.release_due_at), "A62-1")

    def pay_back(self, docket: Any, amount: Money, article: str = "A63-4") -> None:
        """A refund that the seller bears: from the order's escrow, after the release from the article's sources."""
        if not amount.minor:
            return
        if amount.minor > self.refundable.minor:
            raise Refused(
                article,
                _("{amount} is more than the {left} that was paid and not refunded."),
                amount=amount,
                left=self.refundable,
            )
        before = self.gross_left
        held = Money(min(amount.minor, self.escrow_minor), self.currency)
        if held.minor:
            self.escrow_minor -= held.minor
            movements.refund(docket, self.store_id, self.id, held)
        rest = amount - held
        if rest.minor:
            left = Money(self.commission_minor, self.currency)
            share = movements.refund_after_release(
                docket, self.store_id, self.id, rest, article, commission_left=left, gross_left=before - held
            )
            self.commission_minor -= share.minor
        self.refunded_minor += amount.minor
        docket.notify("buyer", self.buyer_id, "refund_sent", self, amount=amount)

    def pay_back_by_platform(self, docket: Any, amount: Money, account: str = "compensation") -> None:
        """A refund at the platform's cost: the order's escrow and the commission stay as they are."""
        if amount.minor:
            movements.compensate(docket, self.store_id, self.id, amount, account)
            self.refunded_minor += amount.minor
            self.borne_minor += amount.minor
            docket.notify("buyer", self.buyer_id, "refund_sent", self, amount=amount)

    def _refund_everything(self, docket: Any) -> None:
        amount = self.refundable
        docket.because(refunded=amount)
        self.pay_back(docket, amount)

    @rule(
        CAUSE,
        field="release",
        source=[Release.HELD, Release.FROZEN],
        target=Release.REFUNDED,
        says=_("Nothing is left to release."),
    )
    def end_release(self, docket: Any) -> None:
        """All the money went back."""

    def _close(self, docket: Any, reason: str) -> None:
        self.close_reason, self.closed_at, self.decided_under = reason, docket.at, docket.rule
        for line in self.lines:
            docket.increment(Listing, line.listing_id, "stock", line.quantity - line.quantity_shipped)
        if self.paid_at and self.release in (Release.HELD, Release.FROZEN):
            self.end_release(docket)
        docket.notify("seller", self.store_id, "order_closed", self, reason=reason)
        docket.notify("buyer", self.buyer_id, "order_closed", self, reason=reason)
        docket.announce("order.closed", self)

    # ------------------------------------------------------------------ words

    @rule("FB-2", source=list(State.values), by=[BUYER, SELLER], says=_("Message sent."))
    def message(self, docket: Any, *, text: str) -> Message:
        """One side writes to the other; the platform keeps it (FB-3)."""
        actor = docket.actor
        message = make(
            Message,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.id,
            dispute_id=self.open_dispute_id,
            sender=actor.kind,
            sender_id=actor.id,
            sender_name=actor.name,
            text=text,
            sent_at=docket.at,
        )
        tie(message, order=self)
        self.messages_count += 1
        docket.add(message)
        other = ("seller", self.store_id) if actor.kind == BUYER else ("buyer", self.buyer_id)
        docket.notify(*other, "message_received", self)
        return message

    @property
    def is_over(self) -> bool:
        return self.state in ENDED


brings(
    Order,
    store=Ref(Store, at="store_id"),
    lines=Many(OrderLine, by="order_id"),
    shipments=Many(Shipment, by="order_id", when=lambda order: order.parcels > 0),
    cancellations=Many(Cancellation, by="order_id", when=lambda order: order.cancellations_count > 0),
)
for child in (OrderLine, Shipment, Cancellation, Message):
    brings(child, order=Ref(Order, at="order_id"))
