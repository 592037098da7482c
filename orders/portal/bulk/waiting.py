"""The table of orders that wait for their shipment, ready to be filled in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order, OrderLine
from orders.portal.bulk.columns import FILLED_IN, LABELS
from orders.portal.bulk.sheet import MOST_ROWS
from orders.states import UNSHIPPED
from rulebook.models import Deadline
from rulebook.models.deadline import DeadlineStatus
from stores.portal.words import METHODS, word

AT_ONCE = 500


def rows(store: Any) -> Iterator[list[str]]:
    """Header and orders, those that were placed first on top; as many as one file may bring back."""
    yield [str(label) for label in LABELS.values()]
    left, last = MOST_ROWS, None
    while left and (batch := _batch(store, last, min(AT_ONCE, left))):
        items, due = _items(batch), _due(batch)
        for order in batch:
            yield _row(order, items[order.id], due.get(order.id))
        left, last = left - len(batch), batch[-1]


def waiting(store: Any) -> int:
    """How many there are, counted no further than one file goes."""
    return Order.objects.filter(store=store, state__in=UNSHIPPED).values("id")[: MOST_ROWS + 1].count()


def _batch(store: Any, last: Order | None, size: int) -> list[Order]:
    found = Order.objects.filter(store=store, state__in=UNSHIPPED)
    if last is not None:
        found = found.filter(placed_at__gte=last.placed_at).exclude(placed_at=last.placed_at, id__lte=last.id)
    return list(found.order_by("placed_at", "id")[:size])


def _items(orders: list[Order]) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=[order.id for order in orders]).order_by("id"):
        if left := line.quantity - line.quantity_shipped:
            found[line.order_id].append(f"{left} × {line.title}")
    return found


def _due(orders: list[Order]) -> dict[Any, str]:
    """Until when each is to be shipped, in the reader's zone with its offset, which spreadsheets can sort."""
    found = Deadline.objects.filter(
        root_id__in=[order.id for order in orders],
        root_kind="order",
        name="handling",
        status__in=[DeadlineStatus.PENDING, DeadlineStatus.STUCK],
    )
    zone = timezone.get_current_timezone()
    return {
        root_id: due_at.astimezone(zone).strftime("%Y-%m-%d %H:%M %z")
        for root_id, due_at in found.values_list("root_id", "due_at")
    }


def _row(order: Order, items: list[str], due: str | None) -> list[str]:
    return [
        order.name,
        order.public_id,
        order.buyer_name,
        order.country,
        "; ".join(items) or _("Nothing is left"),
        word(METHODS, order.method),
        due or "",
        *("" for _column in FILLED_IN),
    ]
