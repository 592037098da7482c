"""What can be done about an order, in the order of its life."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop as _

from finance.models import Payment
from finance.models.payment import PaymentState
from finance.providers import provider
from orders.models import Cancellation, Message, Order, Shipment
from orders.placing import draft_order
from orders.states import SCANS
from rulebook.actions import action
from rulebook.docket import Docket
from rulebook.ids import new_id
from rulebook.inputs import Anything, Choice, Reference, Rows, Text, Whole
from rulebook.models.base import make
from rulebook.refusals import Invalid, NotFound
from stores.models import Listing
from stores.states import METHODS

CANCEL_REASONS = (
    "out_of_stock",
    "cannot_ship",
    "wrong_price",
    "address_not_served",
    "seller_reason",
    "changed_mind",
    "wrong_order",
    "cheaper_elsewhere",
    "other",
)


@action(
    "buyer.place_order",
    on=Listing,
    may="be_buyer",
    creates=Order,
    label=_("Place an order"),
    primary=True,
    inputs={
        "quantity": Whole(label=_("Quantity"), default=1, most=100_000),
        "method": Choice(label=_("Delivery method"), options=METHODS, default=None),
        "country": Text(label=_("Country"), longest=2, default="", help=_("Where to; left out: the buyer's country.")),
        "lines": Rows(
            label=_("Further lines"),
            default=None,
            help=_("More listings of the same store."),
            fields={
                "listing": Reference(prefix="lst"),
                "quantity": Whole(default=1, most=100_000),
            },
        ),
        "address": Anything(label=_("Address"), default=None),
        "reference": Text(label=_("The storefront's own order number"), longest=64, default=""),
    },
)
def place_order(
    docket: Docket,
    listing: Listing,
    *,
    quantity: int,
    method: str | None,
    country: str,
    lines: list[dict[str, Any]] | None,
    address: Any,
    reference: str,
) -> Order:
    """Order from one store (A32-1). The time to pay begins."""
    if address is not None and not isinstance(address, dict):
        raise Invalid({"address": ["Send the address as an object of texts."]})
    wanted = [(listing, quantity)]
    if lines:
        others = docket.lock_all(Listing, sorted({row["listing"] for row in lines}))
        found: dict[UUID, Listing] = {other.id: other for other in others}
        if any(not other.may_be_seen_by_buyer(docket.actor) for other in others):
            raise NotFound("There is no such listing.")
        wanted += [(found[row["listing"]], row["quantity"]) for row in lines]
    order = draft_order(
        docket,
        wanted,
        buyer_id=docket.actor.id,
        buyer_name=docket.actor.name,
        country=country.upper() or docket.actor.country,
        method=method,
        address=address,
        external_id=reference,
    )
    order.place(docket)
    return order


@action(
    "buyer.pay",
    on=Order,
    may="be_buyer",
    opens=Order.pay,
    label=_("Pay"),
    primary=True,
    inputs={
        "with": Choice(label=_("Means of payment"), options=("card", "paypal"), default="card"),
        "network": Choice(label=_("Card network"), options=("visa", "mastercard", "paypal", "other"), default="visa"),
    },
)
def pay(docket: Docket, order: Order, **inputs: Any) -> Order:
    """The provider has captured the buyer's money (A34-1: the handling period begins)."""
    method = inputs["with"]
    network = "paypal" if method == "paypal" else inputs["network"]
    order.pay(docket, method=method, network=network)
    if order.paid_minor:
        payment = make(
            Payment,
            id=new_id(),
            state=PaymentState.CAPTURED,
            store_id=order.store_id,
            order_id=order.id,
            amount_minor=order.paid_minor,
            currency=order.currency,
            method=method,
            network=network,
            started_at=docket.at,
        )
        answer = provider.start(payment.id, payment.amount, method, network)
        payment.provider, payment.reference, payment.captured_at = answer.provider, answer.reference, docket.at
        docket.add(payment)
    return order


@action(
    "buyer.request_cancellation",
    on=Order,
    may="be_buyer",
    opens=Order.open_cancellation,
    creates=Cancellation,
    label=_("Ask to cancel"),
    inputs={"reason": Choice(label=_("Reason"), options=CANCEL_REASONS, default="other")},
)
def request_cancellation(docket: Docket, order: Order, *, reason: str) -> Cancellation:
    """Ask the seller to cancel (A33-1); the shipping clock goes on."""
    return order.open_cancellation(docket, reason=reason)


@action(
    "seller.agree_cancellation",
    on=Cancellation,
    may="answer_buyers",
    opens=Cancellation.agree,
    irreversible=True,
    label=_("Agree and refund"),
)
def agree_cancellation(docket: Docket, cancellation: Cancellation) -> Cancellation:
    """Agree: the order is closed and refunded in full (A33-3)."""
    cancellation.agree(docket)
    return cancellation


@action(
    "seller.decline_cancellation", on=Cancellation, may="answer_buyers", opens=Cancellation.decline, label=_("Decline")
)
def decline_cancellation(docket: Docket, cancellation: Cancellation) -> Cancellation:
    """Go on with the order (A33-4)."""
    cancellation.decline(docket)
    return cancellation


@action(
    "seller.ship",
    on=Order,
    may="ship_orders",
    opens=(Order.ship_rest, Order.ship_part),
    creates=Shipment,
    label=_("Ship"),
    primary=True,
    inputs={
        "waybill": Text(label=_("Waybill number"), longest=60, lines=1, default=""),
        "method": Choice(
            label=_("Delivery method"), options=METHODS, default=None, help=_("Left out: the one the buyer chose.")
        ),
        "quantity": Whole(label=_("Items in this parcel"), default=None, help=_("Left out: all that is left.")),
    },
)
def ship(docket: Docket, order: Order, *, waybill: str, method: str | None, quantity: int | None) -> Shipment:
    """Hand a parcel to the carrier (A34-1); with the last one the receipt window begins (A35-1)."""
    return order.ship(docket, waybill=waybill, method=method, quantity=quantity)


@action(
    "carrier.scan",
    on=Shipment,
    may="be_carrier",
    opens=Shipment.scan,
    label=_("Scan"),
    inputs={"event": Choice(label=_("Event"), options=SCANS)},
)
def scan(docket: Docket, shipment: Shipment, *, event: str) -> Shipment:
    """A carrier tells where a parcel is."""
    shipment.scan(docket, event=event)
    return shipment


@action(
    "buyer.confirm_receipt",
    on=Order,
    may="be_buyer",
    opens=Order.confirm,
    label=_("Confirm receipt"),
    primary=True,
    irreversible=True,
)
def confirm_receipt(docket: Docket, order: Order) -> Order:
    """The goods are there (A35-5); the money is released after the waiting time (A62-1)."""
    order.confirm(docket)
    return order


MESSAGE = {"text": Text(label=_("Message"), longest=4000)}


@action(
    "buyer.message",
    on=Order,
    may="be_buyer",
    opens=Order.message,
    creates=Message,
    label=_("Write to the seller"),
    inputs=MESSAGE,
)
def message_seller(docket: Docket, order: Order, *, text: str) -> Message:
    """Write to the seller (FB-2)."""
    return order.message(docket, text=text)


@action(
    "seller.message",
    on=Order,
    may="answer_buyers",
    opens=Order.message,
    creates=Message,
    label=_("Write to the buyer"),
    inputs=MESSAGE,
)
def message_buyer(docket: Docket, order: Order, *, text: str) -> Message:
    """Write to the buyer (FB-2)."""
    return order.message(docket, text=text)
