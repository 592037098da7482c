"""The orders behind a store's indicators: how they are named, and which were taken out under which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from orders.models import Order, Review
from rulebook.actors import BUYER
from rulebook.docket.counting import Span
from rulebook.rules import Rules
from stores import health
from stores.health import LeftOut, Named
from stores.indicators import Indicator
from stores.models import Store

MOST = 50
"""So many of the newest that an indicator skips are shown."""

EXEMPTIONS: Mapping[str, tuple[str, str]] = {
    "dispute_rate": ("dispute_rate", "disputed_at"),
    "not_received_rate": ("dispute_rate", "disputed_at"),
    "not_as_described_rate": ("dispute_rate", "disputed_at"),
    "arbitration_rate": ("arbitration_rate", "judged_at"),
    "seller_liable_rate": ("seller_liable_rate", "judged_at"),
}
"""Indicator to the exemption that an order has, and the moment at which it would have counted."""


@health.names("order")
def order_names(ids: Iterable[UUID]) -> Mapping[UUID, Named]:
    return {row.id: _named(row) for row in Order.objects.filter(id__in=list(ids))}


def _named(order: Order) -> Named:
    return Named(order.name, order.buyer_name, order.total, str(order.state))


@health.leaves_out
def skipped_orders(store: Store, one: Indicator, spans: Mapping[str, Span], rules: Rules) -> Sequence[LeftOut]:
    """Two kinds: what the platform's logistics caused never counts (A38-1, A38-3); what counted and was taken back."""
    if one.roots != "order":
        return ()
    exempt = _exempt(store, one, spans["above"], rules)
    known = {row.root_id for row in exempt}
    events = [event for event in health.taken_back(spans["above"], limit=MOST) if event.root_id not in known]
    orders = Order.objects.in_bulk([event.root_id for event in events]) if events else {}
    taken = [LeftOut(event.root_id, event.at, *_why(orders.get(event.root_id), one)) for event in events]
    return [*exempt, *taken]


def _exempt(store: Store, one: Indicator, span: Span, rules: Rules) -> list[LeftOut]:
    if one.code in ("shipping", "odr"):
        low = {"shipping__lte": rules.logistics.low_score} | _within("published_at", span)
        rows: Any = Review.objects.filter(
            store_id=store.id, side=BUYER, order__exemptions__contains="shipping_score", **low
        )
        rows = rows.exclude(order__exemptions=[]).select_related("order")
        found = [(row.order, row.published_at) for row in rows.order_by("-published_at")[:MOST]]
    elif one.code in EXEMPTIONS:
        name, column = EXEMPTIONS[one.code]
        rows = Order.objects.filter(store=store, exemptions__contains=name, **_within(column, span))
        found = [(row, getattr(row, column)) for row in rows.exclude(exemptions=[]).order_by(f"-{column}")[:MOST]]
    else:
        return []
    return [LeftOut(order.id, at, *_by_logistics(order)) for order, at in found]


def _within(column: str, span: Span) -> dict[str, Any]:
    bounds = {f"{column}__gt": span.since, f"{column}__lte": span.until, f"{column}__isnull": False}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _by_logistics(order: Order) -> tuple[str, str]:
    if order.worry_free:
        return "A38-3", _("The cause lay with worry-free logistics.")
    return "A38-1", _("The cause lay with the platform's online logistics.")


def _why(order: Order | None, one: Indicator) -> tuple[str, str]:
    if order is not None and order.excluded_at is not None:
        return "A58-1", _(
            "The order is abnormal: its sale and its reviews do not count, and nothing of it against the store."
        )
    if order is not None and order.not_rated and one.part == "reviews":
        return "A53-2", _("Refunded as not received: left out of the rates.")
    if order is not None and order.exemptions:
        return _by_logistics(order)
    return one.rule, _("Taken back: withdrawn, deleted, hidden or decided otherwise since.")
