"""The list of orders at the sellers' door: searched, filtered, page by page, and the views that a person has saved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders import asking
from orders.asking import Asked
from orders.models import Order
from orders.portal import reading
from orders.portal.words import CLOSE_REASONS
from orders.queries import Found, count_orders, find_orders, of_store
from orders.searching import LOOKED_AT
from rulebook.clock import now
from rulebook.models import Deadline
from rulebook.models.deadline import DeadlineStatus
from rulebook.posting import posted_from
from stores.portal import desk
from stores.portal.doors import store_staff_required
from stores.portal.words import word

SHOWN_DEADLINES = ("handling", "receipt", "payment", "release")


@store_staff_required
def orders(request: Any) -> HttpResponse:
    """All orders, newest first, or what was asked for."""
    wanted, scope = asking.asked(request.GET), of_store(request.store.id)
    moment, zone = now(), timezone.get_current_timezone()
    found = find_orders(
        scope, wanted.text, wanted.filters(moment, zone), sort=wanted.sort, page=asking.page_asked(request.GET)
    )
    counts = count_orders(scope, asking.counted_views(moment, zone))
    saved = asking.saved_views(request.user, request.store.public_id)
    context = {
        "nav_current": "orders",
        "worklist": worklist(wanted, found, [row(order, due) for order, due in with_deadlines(found.rows)])
        | {
            "filters": asking.tabs(wanted, saved, {name: desk.counted(number) for name, number in counts.items()}),
            "bulk": [
                {"label": label, "name": "paper", "value": paper, "url": reverse("portal:packing_slips")}
                for paper, label in (("a4", _("Packing slips, A4")), ("label", _("Packing slips, labels")))
            ],
        },
        "panel": asking.panel(wanted),
        "may_ship": request.actor.may("ship_orders"),
        **saving(wanted, saved),
    }
    return render(request, "orders/portal/orders.html", context)


@store_staff_required
@posted_from("portal:orders")
def save_view(request: Any) -> HttpResponse:
    view = asking.save_view(
        request.user, request.store.public_id, request.POST.get("name", ""), request.POST.get("query", "")
    )
    return _saved(request, reverse("portal:orders"), view)


@store_staff_required
@posted_from("portal:orders")
def forget_view(request: Any, view: UUID) -> HttpResponse:
    asking.forget_view(request.user, request.store.public_id, view)
    return redirect("portal:orders")


def _saved(request: Any, page: str, view: Any) -> HttpResponse:
    """Back to the list, with the view or with why there is none."""
    if view is None:
        messages.warning(
            request,
            _("Not saved: a view needs a name and a filter, and {most} is the most.").format(most=asking.MOST_VIEWS),
        )
        return redirect(page)
    messages.success(request, _("Saved as “{name}”.").format(name=view.name))
    return redirect(f"{page}?{view.query}")


# ------------------------------------------------------------------ what a list shows, here and in the console


def with_deadlines(orders: list[Order]) -> list[tuple[Order, Deadline | None]]:
    """Each with its own next deadline, in one statement."""
    rows = Deadline.objects.filter(
        root_id__in=[order.id for order in orders],
        root_kind="order",
        subject_kind="order",
        status=DeadlineStatus.PENDING,
        name__in=SHOWN_DEADLINES,
    )
    soonest = {row.root_id: row for row in (rows.order_by("-due_at", "-id") if orders else ())}
    return [(order, soonest.get(order.id)) for order in orders]


def worklist(wanted: Asked, found: Found, rows: list[dict[str, Any]]) -> dict[str, Any]:
    due = wanted.sort == "due"
    return {
        "id": "orders",
        "title": _("Orders"),
        "sorted_by": _("what must be shipped first") if due else _("day of order, newest first"),
        "columns": [
            {"label": _("Order")},
            {"label": _("State")},
            {"label": _("Due")},
            {"label": _("Total"), "num": True},
            {"label": _("To")},
            {"label": _("Placed")},
        ],
        "rows": rows,
        "pager": pager(wanted, found),
        "empty": _empty(wanted, found),
    }


def pager(wanted: Asked, found: Found) -> dict[str, str]:
    def address(way: str, place: Any) -> str:
        return "" if place is None else f"?{'&'.join(filter(None, (wanted.query, f'{way}={place}')))}"

    due = wanted.sort == "due"
    looked = _("Looked at {count} orders and found no more that fit.").format(count=f"{LOOKED_AT:,}")
    return {
        "newer": address("before", found.newer),
        "older": address("after", found.older),
        "newer_label": _("Due sooner") if due else "",
        "older_label": _("Due later") if due else _("Look further") if found.unfinished and found.older else "",
        "note": looked if found.unfinished else "",
    }


def row(order: Order, due: Deadline | None) -> dict[str, Any]:
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


def saving(wanted: Asked, saved: list[Any]) -> dict[str, Any]:
    """For `orders/_save_view.html`: the list's own query, and the saved view that it is."""
    return {"query": wanted.query, "shown_view": next((view for view in saved if view.query == wanted.query), None)}


def _empty(wanted: Asked, found: Found) -> dict[str, str]:
    if found.unfinished and found.older is not None:
        return {
            "title": _("No order fits yet"),
            "text": _("Looked at {count} orders. Older ones have not been looked at.").format(count=f"{LOOKED_AT:,}"),
            "url": pager(wanted, found)["older"],
            "action": _("Look further"),
            "icon": "orders",
        }
    if wanted.values:
        return {
            "title": _("No order fits"),
            "text": _(
                "Search by the number, by any id, by a waybill, by the storefront's own number, or by words of the "
                "buyer's name and of the items; the last word may be a beginning."
            ),
            "url": "?",
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
