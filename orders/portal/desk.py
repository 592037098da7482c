"""What of orders waits for the store, and how its sales go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.models import Order
from rulebook.clock import now
from rulebook.models import Deadline
from rulebook.money import Money
from rulebook.sentences import money_text
from stores.portal import desk
from stores.portal.linking import names

SALES_LOOKED_AT = 5000
"""Sales of a month are summed over this many orders; a store that sells more reads its statement."""

desk.place("orders", gettext_lazy("Orders"), "portal:orders", position=20)
desk.deadline("payment", label=gettext_lazy("Buyer pays"), then=gettext_lazy("then the order is closed"))
desk.deadline(
    "handling",
    label=gettext_lazy("Ship in full"),
    todo="orders",
    then=gettext_lazy("then the order is closed and the buyer gets everything back"),
)
desk.deadline("receipt", label=gettext_lazy("Buyer confirms"), then=gettext_lazy("then the order is completed"))
desk.deadline(
    "release", label=gettext_lazy("Money released"), then=gettext_lazy("then the money is yours, less commission")
)


@names("order")
def order_names(identities: Iterable[UUID]) -> dict[UUID, str]:
    rows = Order.objects.filter(id__in=list(identities)).values_list("id", "number")
    return {identity: f"#{number}" for identity, number in rows if number}


@desk.todos("handling")
def to_ship(request: HttpRequest, rows: list[Deadline]) -> Iterable[desk.Todo]:
    """Orders to ship; where the buyer asked to cancel, that question comes first."""
    orders = Order.objects.in_bulk([row.root_id for row in rows])
    for row in rows:
        order = orders.get(row.root_id)
        if order is not None:
            yield _to_answer(order, row) if order.open_cancellation_id else _to_ship(order, row)


def _to_ship(order: Order, row: Deadline) -> desk.Todo:
    page = reverse("portal:order", args=[order.public_id])
    left = order.units - order.units_shipped
    return desk.Todo(
        title=_("Ship order {order}").format(order=order.name),
        detail=ngettext("{n} item to {who}", "{n} items to {who}", left).format(
            n=left, who=order.buyer_name or order.country
        )
        + f" · {money_text(order.paid)}",
        url=reverse("portal:ship", args=[order.public_id]),
        act=_("Enter the shipment"),
        look_url=page,
        may="ship_orders",
        deadline=desk.chip(row),
        due_at=row.due_at,
    )


def _to_answer(order: Order, row: Deadline) -> desk.Todo:
    page = reverse("portal:order", args=[order.public_id])
    return desk.Todo(
        title=_("Answer the request to cancel order {order}, or ship it").format(order=order.name),
        detail=_("{who} asks to cancel; {paid} was paid").format(
            who=order.buyer_name or _("The buyer"), paid=money_text(order.paid)
        ),
        url=page,
        act=_("Read and answer"),
        look_url=page,
        may="answer_buyers",
        deadline=desk.chip(row, name=_("Agree, decline or ship")),
        due_at=row.due_at,
    )


@desk.panel(40)
def sales(request: Any) -> dict[str, Any] | None:
    """Orders placed and paid in the last 7 and 30 days, by currency; None before the first."""
    week, month = now() - timedelta(days=7), now() - timedelta(days=30)
    latest = (
        Order.objects.filter(store=request.store, placed_at__gte=month)
        .order_by("-placed_at", "-id")
        .values("id")[:SALES_LOOKED_AT]
    )
    rows = list(
        Order.objects.filter(id__in=latest)
        .values("currency")
        .order_by("currency")
        .annotate(
            month=Count("id"),
            week=Count("id", filter=Q(placed_at__gte=week)),
            month_paid=Sum("paid_minor"),
            week_paid=Sum("paid_minor", filter=Q(placed_at__gte=week)),
        )
    )
    if not rows:
        return None
    return {
        "template": "orders/portal/_sales.html",
        "columns": [_("Last 7 days"), _("Last 30 days")],
        "sales": [
            {
                "currency": row["currency"],
                "week": row["week"],
                "month": row["month"],
                "week_paid": Money(row["week_paid"] or 0, row["currency"]),
                "month_paid": Money(row["month_paid"] or 0, row["currency"]),
            }
            for row in rows
        ],
        "most": SALES_LOOKED_AT if sum(row["month"] for row in rows) >= SALES_LOOKED_AT else 0,
    }
