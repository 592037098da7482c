"""Placing, paying, cancelling, receiving; and what moderators say of abnormal orders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from finance.models import Payment
from finance.models.payment import PaymentState
from finance.providers import provider
from orders.models import Cancellation, Order
from orders.placing import draft_order
from orders.states import OrderState
from rulebook.actions import action
from rulebook.docket import Docket
from rulebook.ids import new_id
from rulebook.inputs import Amount, Anything, Choice, Reference, Rows, Text, Whole
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.refusals import Invalid, NotFound
from stores.models import Listing
from stores.states import METHODS

CANCEL_REASONS = {
    "out_of_stock": _("Out of stock"),
    "cannot_ship": _("The seller cannot ship it"),
    "wrong_price": _("The price was wrong"),
    "address_not_served": _("The seller does not deliver there"),
    "seller_reason": _("Another reason of the seller"),
    "changed_mind": _("I changed my mind"),
    "wrong_order": _("I ordered the wrong thing"),
    "cheaper_elsewhere": _("It is cheaper elsewhere"),
    "other": _("Something else"),
}


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
        "remark": Text(label=_("Wishes"), longest=400, default="", help=_("Several wishes on one order (PRE-8).")),
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
    remark: str,
) -> Order:
    """Order from one store (A32-1). The time to pay begins."""
    if address is not None and not isinstance(address, dict):
        raise Invalid({"address": [_now("Send the address as an object of texts.")]})
    wanted = [(listing, quantity)]
    if lines:
        others = docket.lock_all(Listing, sorted({row["listing"] for row in lines}))
        found: dict[UUID, Listing] = {other.id: other for other in others}
        if any(not other.may_be_seen_by_buyer(docket.actor) for other in others):
            raise NotFound(_now("There is no such listing."))
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
        remark=remark,
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
    if order.total_minor:
        payment = make(
            Payment,
            id=new_id(),
            state=PaymentState.CAPTURED,
            store_id=order.store_id,
            order_id=order.id,
            amount_minor=order.total_minor,
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


@action(
    "bank.late_payment",
    on=Order,
    may="be_bank",
    label=_("Money that arrived late"),
    needs=["balances"],
    inputs={"amount": Amount(label=_("Amount"), least=1)},
)
def late_payment(docket: Docket, order: Order, *, amount: Money) -> Order:
    """Money for an order, whatever its state (A32-1): in time it pays the order, else it goes back."""
    if amount.currency != order.currency:
        raise Invalid({"amount": [_now("The order is in {currency}.").format(currency=order.currency)]})
    if order.state == OrderState.AWAITING_PAYMENT and amount.minor == order.total_minor:
        order.pay(docket, method="transfer", network="")
    else:
        order.return_late_money(docket, amount=amount)
    return order


GROUNDS = {
    "A58-2": _("Unlike ordinary trade"),
    "A58-3": _("Disturbs the platform or other merchants"),
    "A58-4": _("Of no use to other shoppers"),
}


@action(
    "moderator.exclude_order",
    on=Order,
    may="moderate_reviews",
    opens=Order.exclude,
    label=_("Exclude as abnormal"),
    inputs={
        "ground": Choice(label=_("Ground"), options=GROUNDS, default="A58-2"),
        "reason": Text(label=_("Reasons"), help=_("The seller reads them.")),
    },
)
def exclude_order(docket: Docket, order: Order, *, ground: str, reason: str) -> Order:
    """The order's sale and reviews count no more (A58-1)."""
    order.exclude(docket, ground=ground, reason=reason)
    return order


@action(
    "moderator.include_order",
    on=Order,
    may="moderate_reviews",
    opens=Order.include,
    label=_("Count it again"),
    inputs={"reason": Text(label=_("Reasons"))},
)
def include_order(docket: Docket, order: Order, *, reason: str) -> Order:
    """The exclusion was wrong (A58-1)."""
    order.include(docket, reason=reason)
    return order


@action(
    "moderator.hold_order",
    on=Order,
    may="watch_cards",
    opens=Order.hold_for_risk,
    label=_("Hold the money"),
    inputs={"reason": Text(label=_("Reasons"), help=_("The seller reads them."))},
)
def hold_order(docket: Docket, order: Order, *, reason: str) -> Order:
    """The card may be stolen: nothing of this order is released until somebody has looked (A62-6)."""
    order.hold_for_risk(docket, reason=reason)
    return order


@action(
    "moderator.clear_order",
    on=Order,
    may="watch_cards",
    opens=Order.clear_risk,
    label=_("Lift the hold"),
    inputs={"reason": Text(label=_("Reasons"))},
)
def clear_order(docket: Docket, order: Order, *, reason: str) -> Order:
    """Nothing was wrong (A62-6)."""
    order.clear_risk(docket, reason=reason)
    return order


@action(
    "moderator.confirm_stolen_card",
    on=Order,
    may="watch_cards",
    opens=Order.close_for_stolen_card,
    needs=["balances"],
    irreversible=True,
    label=_("Close: stolen card"),
    inputs={"reason": Text(label=_("Reasons"), help=_("Both sides read them."))},
)
def confirm_stolen_card(docket: Docket, order: Order, *, reason: str) -> Order:
    """A stolen card, nothing shipped: close and return the money (A70-2)."""
    order.close_for_stolen_card(docket, reason=reason)
    return order
