"""When advice fits: questions about an order and its conversation, answered from what its bundle holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from orders.advice.registry import Facts
from orders.states import UNSHIPPED, OrderState, ShipmentState, ThreadKind

CHEAP_METHODS = frozenset({"simple", "economy"})
"""Ways of shipping without a registered number all the way."""


def in_state(*states: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.order is not None and facts.order.state in states


def asks_about_product(facts: Facts) -> bool:
    return facts.order is None and facts.kind in ("", ThreadKind.PRODUCT)


def buyers_own_reason(facts: Facts) -> bool:
    """A request to cancel is open, and its reason tells the seller nothing about himself."""
    order = facts.order
    if order is None or order.open_cancellation_id is None:
        return False
    asked = next((item for item in order.cancellations if item.id == order.open_cancellation_id), None)
    return asked is not None and asked.reason not in facts.rules.cancel.seller_reasons


def under_way(facts: Facts) -> bool:
    order = facts.order
    return order is not None and order.units_shipped > 0 and order.delivered_at is None and order.ended_at is None


def waits_at_post_office(facts: Facts) -> bool:
    return facts.order is not None and any(
        parcel.state == ShipmentState.AWAITING_PICKUP for parcel in facts.order.shipments
    )


def receipt_ends_soon(facts: Facts) -> bool:
    order = facts.order
    if order is None or order.state != OrderState.SHIPPED or order.receipt_due_at is None:
        return False
    return _ends_soon(order.receipt_due_at, facts, timedelta(days=facts.rules.order.receipt_reminder_days))


def delay_is_likely(facts: Facts) -> bool:
    order = facts.order
    if order is None or order.state not in UNSHIPPED or order.handling_due_at is None:
        return False
    return _ends_soon(order.handling_due_at, facts, timedelta(hours=facts.rules.order.handling_reminder_hours))


def _ends_soon(due: datetime, facts: Facts, lead: timedelta) -> bool:
    """What is over ends no more, though the order may still stand: with a dispute, or a card in doubt."""
    return facts.at < due <= facts.at + lead


def cheap_and_unshipped(facts: Facts) -> bool:
    return in_state(*UNSHIPPED)(facts) and facts.order.method in CHEAP_METHODS
