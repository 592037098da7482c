"""The list of orders at the sellers' door: filtered, searched, page by page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import Order, Shipment
from orders.portal import reading
from orders.portal.words import CLOSE_REASONS
from orders.states import OrderState
from rulebook.ids import parse_id
from rulebook.models import Deadline
from rulebook.models.deadline import DeadlineStatus
from rulebook.templatetags.piepowder import state_label
from stores.portal import desk
from stores.portal.doors import store_staff_required
from stores.portal.paging import Page, page_of
from stores.portal.words import word

TABS = (
    OrderState.AWAITING_SHIPMENT,
    OrderState.PARTIALLY_SHIPPED,
    OrderState.SHIPPED,
    OrderState.AWAITING_PAYMENT,
    OrderState.COMPLETED,
    OrderState.CLOSED,
)
FOUND_AT_MOST = 50
LONGEST_SEARCH = 80
SHOWN_DEADLINES = ("handling", "receipt", "payment", "release")


@store_staff_required
def orders(request: Any) -> HttpResponse:
    """All orders, newest first: by state, by day, or found by a number."""
    asked = _asked(request.GET)
    rows = Order.objects.filter(store=request.store)
    if asked["q"]:
        rows = rows.filter(id__in=_found(request.store, asked["q"]))
    if asked["state"]:
        rows = rows.filter(state=asked["state"])
    if asked["since"]:
        rows = rows.filter(placed_at__gte=_midnight(asked["since"]))
    if asked["until"]:
        rows = rows.filter(placed_at__lt=_midnight(asked["until"] + timedelta(days=1)))
    page = page_of(rows, request.GET, "-placed_at", "-id")
    context = {
        "nav_current": "orders",
        "worklist": _worklist(page, asked),
        "asked": asked,
        "filtered": any(asked.values()),
    }
    return render(request, "orders/portal/orders.html", context)


def _asked(query: QueryDict) -> dict[str, Any]:
    """What the reader filters by; what makes no sense is left out."""
    state = query.get("state", "")
    return {
        "q": query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
        "state": state if state in OrderState.values else "",
        "since": _day(query.get("since", "")),
        "until": _day(query.get("until", "")),
    }


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 9000 else None


def _midnight(day: date) -> datetime:
    """The reader's: he filters by the days that he sees."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())


def _found(store: Any, text: str) -> set[Any]:
    """Orders by id, number, the storefront's own number, or a waybill; each through its index."""
    try:
        return {parse_id(text, Order.PREFIX)}
    except ValueError:
        pass
    mine = Order.objects.filter(store=store)
    ids = set(mine.filter(external_id=text).exclude(external_id="").values_list("id", flat=True)[:FOUND_AT_MOST])
    spellings = {text, text.upper(), text.replace(" ", "").upper()}
    ids |= set(
        Shipment.objects.filter(waybill__in=spellings, store_id=store.id).values_list("order_id", flat=True)[
            :FOUND_AT_MOST
        ]
    )
    number = text.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        ids |= set(mine.filter(number=int(number)).values_list("id", flat=True))
    return ids


def _worklist(page: Page, asked: dict[str, Any]) -> dict[str, Any]:
    due = _soonest([order.id for order in page.rows])
    tabs = [("", _("All"))] + [(code, state_label(code)) for code in TABS]
    kept = {name: str(value) for name, value in asked.items() if value and name != "state"}
    return {
        "id": "orders",
        "title": _("Orders"),
        "sorted_by": _("day of order, newest first"),
        "filters": [
            {"label": label, "url": _query({**kept, "state": code}), "active": asked["state"] == code, "count": None}
            for code, label in tabs
        ],
        "columns": [
            {"label": _("Order")},
            {"label": _("State")},
            {"label": _("Due")},
            {"label": _("Total"), "num": True},
            {"label": _("To")},
            {"label": _("Placed")},
        ],
        "rows": [_row(order, due.get(order.id)) for order in page.rows],
        "pager": page.pager,
        "empty": _empty(asked),
    }


def _query(values: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in values.items() if value})
    return f"?{query.urlencode()}"


def _soonest(ids: list[Any]) -> dict[Any, Deadline]:
    """The orders' own next deadlines, in one statement."""
    rows = Deadline.objects.filter(
        root_id__in=ids,
        root_kind="order",
        subject_kind="order",
        status=DeadlineStatus.PENDING,
        name__in=SHOWN_DEADLINES,
    )
    found: dict[Any, Deadline] = {}
    for row in rows.order_by("-due_at", "id") if ids else ():
        found[row.root_id] = row
    return found


def _row(order: Order, due: Deadline | None) -> dict[str, Any]:
    shown = reading.state_of(order)
    ended = word(CLOSE_REASONS, order.close_reason) if order.close_reason else ""
    return {
        "id": order.public_id,
        "title": order.name,
        "subtitle": order.buyer_name,
        "url": reading.page_url(order),
        "cells": [
            {"kind": "state", "value": shown["state"], "tone": shown["tone"], "label": shown["label"], "note": ended},
            {"kind": "due", "value": desk.chip(due)},
            {"kind": "money", "value": order.total},
            {
                "kind": "text",
                "value": order.country,
                "note": ngettext("{n} item", "{n} items", order.units).format(n=order.units),
            },
            {"kind": "moment", "value": order.placed_at},
        ],
    }


def _empty(asked: dict[str, Any]) -> dict[str, str]:
    if any(asked.values()):
        return {
            "title": _("No order fits"),
            "text": _(
                "Search by the number, by the order's id, by a waybill, or by the storefront's own number, "
                "as they are written there."
            ),
            "url": reverse("portal:orders"),
            "action": _("Show all orders"),
            "icon": "orders",
        }
    return {
        "title": _("No orders yet"),
        "text": _(
            "An order appears here as soon as a buyer has placed it; once it is paid, "
            "with the day by which it must be shipped."
        ),
        "url": reverse("portal:listings"),
        "action": _("See your listings"),
        "icon": "orders",
    }
