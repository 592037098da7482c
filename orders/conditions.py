"""What may stand in the way of an order's transitions. Each looks at loaded facts only."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from rulebook.refusals import Refused
from stores.states import DepositStatus, ListingState, StoreState


def store_takes_orders(order: Any, docket: Any) -> None:
    """A22-1, A73-4: a store that leaves, is suspended or has lost its deposit takes no new orders."""
    store = order.store
    if store.state != StoreState.OPEN:
        raise Refused("A22-1", _("The store is {state} and takes no new orders."), state=store.state)
    if store.deposit_status == DepositStatus.EXHAUSTED and store.deposit_required_minor:
        raise Refused("A73-4", _("The store's deposit is used up; it takes no orders until it is paid again."))


def listings_are_live(order: Any, docket: Any) -> None:
    """A16-1: only what is online can be bought."""
    for line in order.lines:
        if line.listing.state != ListingState.LIVE:
            raise Refused("A16-1", _("{title} is not online."), title=line.title)


def delivered_there(order: Any, docket: Any) -> None:
    """A37-3: every line must have a delivery promise for the country and method."""
    for line in order.lines:
        if line.listing.promise(order.method or None, order.country) is None:
            raise Refused(
                "A37-3", _("{title} is not delivered to {country} that way."), title=line.title, country=order.country
            )


def in_stock(order: Any, docket: Any) -> None:
    """PRE-9: what is not there cannot be sold."""
    for line in order.lines:
        if line.listing.stock < line.quantity:
            raise Refused(
                "PRE-9",
                _("{title}: {stock} in stock, {wanted} asked for."),
                title=line.title,
                stock=line.listing.stock,
                wanted=line.quantity,
            )


def ordinary_sale(order: Any, docket: Any) -> bool:
    return order.flash_minutes is None


def flash_sale(order: Any, docket: Any) -> bool:
    return order.flash_minutes is not None


def no_open_dispute(order: Any, docket: Any) -> None:
    """A35-4, A62-1: an open dispute stops receipt and release."""
    if order.open_dispute_id is not None:
        raise Refused("A35-4", _("A dispute about this order is open. It must be settled or withdrawn first."))


def no_open_cancellation(order: Any, docket: Any) -> None:
    if order.open_cancellation_id is not None:
        raise Refused("A33-1", _("A request to cancel this order is open already."))


def open_cancellation(order: Any, docket: Any) -> bool:
    return order.open_cancellation_id is not None


def nothing_shipped(order: Any, docket: Any) -> bool:
    return bool(order.units_shipped == 0)


def something_shipped(order: Any, docket: Any) -> bool:
    return bool(order.units_shipped > 0)


def nothing_holds_the_money(order: Any, docket: Any) -> None:
    """A62-1: no open dispute, and no hold on the order or the store."""
    no_open_dispute(order, docket)
    if order.completed_at is None:
        raise Refused("A62-1", _("The order is not completed."))
