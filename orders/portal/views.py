"""Orders at the sellers' door: the list, the order, shipping, cancelling, messages, the packing slip."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from finance.portal.effects import preview_of
from orders.models import Cancellation, Order, Shipment
from orders.portal import reading
from orders.portal.words import CANCEL_REASONS, CLOSE_REASONS, KINDS
from orders.states import OrderState
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.ids import parse_id
from rulebook.models import Deadline, Notice
from rulebook.models.deadline import DeadlineStatus
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text
from rulebook.templatetags.piepowder import state_label
from rulebook.timeline import why_it_stands
from stores.portal import desk
from stores.portal.doors import ActPage, Way, action_bar, find, forbidden, new_key, overdue, store_staff_required
from stores.portal.linking import subject_url
from stores.portal.paging import Page, page_of
from stores.portal.words import METHODS, word

TABS = (
    OrderState.AWAITING_SHIPMENT, OrderState.PARTIALLY_SHIPPED, OrderState.SHIPPED, OrderState.AWAITING_PAYMENT, OrderState.COMPLETED,
    OrderState.CLOSED,
)  # fmt: skip
FOUND_AT_MOST = 50
LONGEST_SEARCH = 80
SHOWN_DEADLINES = ("handling", "receipt", "payment", "release")


# ------------------------------------------------------------------ the list


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
    context = {"nav_current": "orders", "worklist": _worklist(page, asked), "asked": asked, "filtered": any(asked.values())}
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
    ids |= set(Shipment.objects.filter(waybill__in=spellings, store_id=store.id).values_list("order_id", flat=True)[:FOUND_AT_MOST])
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
        "filters": [{"label": label, "url": _query({**kept, "state": code}), "active": asked["state"] == code, "count": None} for code, label in tabs],
        "columns": [{"label": _("Order")}, {"label": _("State")}, {"label": _("Due")}, {"label": _("Total"), "num": True}, {"label": _("To")},
                    {"label": _("Placed")}],
        "rows": [_row(order, due.get(order.id)) for order in page.rows],
        "pager": page.pager,
        "empty": _empty(asked),
    }  # fmt: skip


def _query(values: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in values.items() if value})
    return f"?{query.urlencode()}"


def _soonest(ids: list[Any]) -> dict[Any, Deadline]:
    """The orders' own next deadlines, in one statement."""
    rows = Deadline.objects.filter(root_id__in=ids, root_kind="order", subject_kind="order", status=DeadlineStatus.PENDING, name__in=SHOWN_DEADLINES)
    found: dict[Any, Deadline] = {}
    for row in rows.order_by("-due_at", "id") if ids else ():
        found[row.root_id] = row
    return found


def _row(order: Order, due: Deadline | None) -> dict[str, Any]:
    shown = reading.state_of(order)
    ended = word(CLOSE_REASONS, order.close_reason) if order.close_reason else ""
    return {
        "id": order.public_id, "title": order.name, "subtitle": order.buyer_name, "url": reading.page_url(order),
        "cells": [
            {"kind": "state", "value": shown["state"], "tone": shown["tone"], "label": shown["label"], "note": ended},
            {"kind": "due", "value": desk.chip(due)},
            {"kind": "money", "value": order.total},
            {"kind": "text", "value": order.country, "note": ngettext("{n} item", "{n} items", order.units).format(n=order.units)},
            {"kind": "moment", "value": order.placed_at},
        ],
    }  # fmt: skip


def _empty(asked: dict[str, Any]) -> dict[str, str]:
    if any(asked.values()):
        return {
            "title": _("No order fits"),
            "text": _("Search by the number, by the order's id, by a waybill, or by the storefront's own number, as they are written there."),
            "url": reverse("portal:orders"), "action": _("Show all orders"), "icon": "orders",
        }  # fmt: skip
    return {
        "title": _("No orders yet"),
        "text": _("An order appears here as soon as a buyer has placed it; once it is paid, with the day by which it must be shipped."),
        "url": reverse("portal:listings"), "action": _("See your listings"), "icon": "orders",
    }  # fmt: skip


# ------------------------------------------------------------------ one order


@store_staff_required
def order(request: Any, order: str) -> HttpResponse:
    """The order with its parcels, its money, its story and its talk."""
    found, docket = find(request, Order, order)
    scans = reading.scans_of(found)
    unread = desk.unread_messages(request).get(found.id, [])
    context = {
        **_facts(found, docket),
        "crumbs": [{"label": _("Orders"), "url": reverse("portal:orders")}, {"label": found.name}],
        "actions": _ways(request, found, docket),
        "lines": reading.lines_of(found),
        "parcels": reading.parcels_of(found, scans),
        "table": reading.money_of(found) if found.paid_at else None,
        "timeline": reading.story(found, scans),
        "thread": reading.thread(reading.messages_of(found)),
        "unread": unread,
        "reply": _reply(request, found, docket),
        "dispute_url": _dispute_url(found),
        "why": why_it_stands(found.id),
        "settling": bool(overdue(docket, found)),
    }
    return render(request, "orders/portal/order.html", context)


def _facts(order: Order, docket: Docket) -> dict[str, Any]:
    """What every page about the order shows on top."""
    asked = next((item for item in order.cancellations if item.id == order.open_cancellation_id), None)
    return {
        "nav_current": "orders", "order": order, "shown": reading.state_of(order), "deadlines": reading.deadlines_of(order, docket),
        "country": reading.country_name(order.country), "method": word(METHODS, order.method),
        "close_reason": word(CLOSE_REASONS, order.close_reason) if order.close_reason else "",
        "cancellation": asked, "cancel_reason": word(CANCEL_REASONS, asked.reason) if asked else "",
    }  # fmt: skip


def _ways(request: Any, order: Order, docket: Docket) -> dict[str, Any]:
    """Shipping, and, where the buyer asks for it, cancelling."""
    left = order.units - order.units_shipped
    ship = ngettext("Ship {n} item", "Ship {n} items", left).format(n=left)
    bar = action_bar(request, order, docket, {"seller.ship": Way(reverse("portal:ship", args=[order.public_id]), ship)},
                     closed=reading.is_unshipped(order))  # fmt: skip
    if order.open_cancellation_id is None:
        return bar
    asked = next(item for item in order.cancellations if item.id == order.open_cancellation_id)
    ways = {
        "seller.agree_cancellation": Way(
            reverse("portal:agree_cancellation", args=[asked.public_id]),
            _("Agree to cancel and refund {paid}").format(paid=money_text(order.refundable)), danger=True,
        ),
        "seller.decline_cancellation": Way(reverse("portal:decline_cancellation", args=[asked.public_id]), _("Decline, and go on with the order")),
    }  # fmt: skip
    more = action_bar(request, asked, docket, ways)
    return {"open": [*bar["open"], *more["open"]], "closed": [*bar["closed"], *more["closed"]]}


def _dispute_url(order: Order) -> str:
    """Disputes are an upper app's: known here by their id alone."""
    which = order.open_dispute_id or order.settled_dispute_id
    return subject_url("dispute", which) if which else ""


def _reply(request: Any, order: Order, docket: Docket) -> Any:
    return _message_page(request, order, docket).form(initial={"key": new_key()}) if request.actor.may("answer_buyers") else None


@store_staff_required
def packing_slip(request: Any, order: str) -> HttpResponse:
    """What goes into the parcel: made for paper, without money."""
    found, _docket = find(request, Order, order)
    context = {**_facts(found, _docket), "lines": reading.lines_of(found), "address": address_lines(found), "printed_at": now()}
    return render(request, "orders/portal/packing_slip.html", context)


def address_lines(order: Order) -> list[str]:
    """The address as it is written on a parcel, from whatever parts the storefront gave."""
    first = ("name", "company", "street", "line1", "line2", "district", "postcode", "postal_code", "zip", "city", "region", "state", "phone")
    given = {str(name): str(value) for name, value in order.address.items() if isinstance(value, str | int) and str(value).strip()}
    rest = [name for name in given if name not in first and name != "country"]
    lines = [given[name] for name in (*first, *rest) if name in given]
    if order.buyer_name and order.buyer_name not in lines:
        lines.insert(0, order.buyer_name)
    return [*lines, reading.country_name(order.country)]


# ------------------------------------------------------------------ acts


@store_staff_required
def ship(request: Any, order: str) -> HttpResponse:
    """Hand a parcel to the carrier: all that is left, or a part."""
    found, docket = find(request, Order, order)
    left = found.units - found.units_shipped
    return ActPage(
        request, found, docket, "seller.ship", "orders/portal/act.html",
        {**_facts(found, docket), **_way_back(found, _("Ship")), "lines": reading.lines_of(found), "act_title": _("Ship order {order}").format(order=found.name)},
        submit=_("Ship"), done=_("The shipment of order {order} was recorded; the buyer was told.").format(order=found.name),
        then=reading.page_url(found), hide=("method",) if left > 1 else ("method", "quantity"), require=("waybill",),
        helps={
            "waybill": _("As the carrier wrote it: the buyer and the platform trace the parcel by it."),
            "quantity": _("Of {left} that are left. Leave it empty when this parcel holds all of them.").format(left=left),
        } if left > 1 else {"waybill": _("As the carrier wrote it: the buyer and the platform trace the parcel by it.")},
    ).respond()  # fmt: skip


@store_staff_required
def agree_cancellation(request: Any, cancellation: str) -> HttpResponse:
    """Cancel by agreement: first what that does, then the deed."""
    asked, order, docket = _asked_to_cancel(request, cancellation)
    title = _("Cancel order {order} and refund {paid}?").format(order=order.name, paid=money_text(order.refundable))

    def preview(rehearsal: Rehearsal) -> dict[str, Any]:
        sentence = _("You agree to the buyer's request. The order is closed and everything that was paid goes back.")
        return preview_of(rehearsal, title=title, sentence=sentence, currency=order.currency, kinds=KINDS)

    return ActPage(
        request, asked, docket, "seller.agree_cancellation", "orders/portal/act.html",
        {**_facts(order, docket), **_way_back(order, _("Agree to cancel")), "act_title": title, "danger": True},
        submit=_("Agree and refund"), confirm=_("Agree and refund {paid}").format(paid=money_text(order.refundable)), preview=preview,
        done=_("Order {order} was cancelled; the buyer gets everything back.").format(order=order.name), then=reading.page_url(order),
    ).respond()  # fmt: skip


@store_staff_required
def decline_cancellation(request: Any, cancellation: str) -> HttpResponse:
    """Go on with the order; the handling period has been running all the time."""
    asked, order, docket = _asked_to_cancel(request, cancellation)
    return ActPage(
        request, asked, docket, "seller.decline_cancellation", "orders/portal/act.html",
        {
            **_facts(order, docket), **_way_back(order, _("Decline")),
            "act_title": _("Decline the request to cancel order {order}?").format(order=order.name),
            "act_lead": _("You go on with the order. The handling period has been running all the time and ends when it was to end."),
        },
        submit=_("Decline, and go on with the order"), then=reading.page_url(order),
        done=_("The request was declined; the buyer was told. Ship order {order} in time.").format(order=order.name),
    ).respond()  # fmt: skip


def _asked_to_cancel(request: Any, text: str) -> tuple[Cancellation, Order, Docket]:
    asked, docket = find(request, Cancellation, text)
    order = docket.held.get(asked.order_id)
    if not isinstance(order, Order):
        raise Http404
    return asked, order, docket


def _way_back(order: Order, here: str) -> dict[str, Any]:
    crumbs = [
        {"label": _("Orders"), "url": reverse("portal:orders")}, {"label": order.name, "url": reading.page_url(order)}, {"label": here},
    ]  # fmt: skip
    return {"crumbs": crumbs, "back_url": reading.page_url(order)}


@store_staff_required
def message(request: Any, order: str) -> HttpResponse:
    """Write to the buyer; what he wrote before counts as read then."""
    found, docket = find(request, Order, order)
    return _message_page(request, found, docket).respond()


def _message_page(request: Any, order: Order, docket: Docket) -> ActPage:
    return ActPage(
        request, order, docket, "seller.message", "orders/portal/act.html",
        {
            **_facts(order, docket), **_way_back(order, _("Message")),
            "act_title": _("Write to the buyer of order {order}").format(order=order.name), "thread_of": order,
        },
        submit=_("Send to the buyer"), done=_("Your message was sent."), then=f"{reading.page_url(order)}#messages", watch=False,
        helps={"text": _("The buyer reads it in the storefront. It is kept and cannot be taken back.")},
        after=lambda _done: _mark_read(request, order),
    )  # fmt: skip


@require_POST
@store_staff_required
def read_messages(request: Any, order: str) -> HttpResponse:
    """Nothing to answer: the messages leave the list of things to do."""
    found, _docket = find(request, Order, order)
    if not request.actor.may("answer_buyers"):
        return forbidden(request)
    _mark_read(request, found)
    return redirect(f"{reading.page_url(found)}#messages")


def _mark_read(request: HttpRequest, order: Order) -> None:
    rows: QuerySet[Notice] = Notice.objects.filter(root_id=order.id, audience_kind="seller", audience_id=order.store_id)
    rows.filter(code="message_received", read_at__isnull=True).update(read_at=now())


