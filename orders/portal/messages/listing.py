"""The list of all conversations: filters, search, pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Order, Thread
from orders.portal.messages.waiting import address, query, unread_talks
from orders.states import ThreadKind
from stores.portal import desk
from stores.portal.doors import store_staff_required
from stores.portal.paging import Page, page_of

PER_PAGE = 25
LONGEST_SEARCH = 80

KINDS: dict[str, Any] = {
    ThreadKind.ORDER: gettext_lazy("Orders"),
    ThreadKind.PRODUCT: gettext_lazy("Products"),
    ThreadKind.DISPUTE: gettext_lazy("Disputes"),
}
ICONS = {ThreadKind.ORDER: "orders", ThreadKind.PRODUCT: "info", ThreadKind.DISPUTE: "disputes"}
UNREAD = "unread"


@store_staff_required
def messages(request: Any) -> HttpResponse:
    """Every conversation, newest first."""
    return render(request, "orders/portal/messages.html", list_of(request))


def _asked(query: Mapping[str, str]) -> dict[str, str]:
    show = query.get("show", "")
    return {
        "show": show if show in {*KINDS, UNREAD} else "",
        "q": query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
    }


def list_of(request: Any, current: Thread | None = None) -> dict[str, Any]:
    asked = _asked(request.GET)
    rows = Thread.objects.filter(store_id=request.store.id)
    if asked["show"] == UNREAD:
        rows = rows.filter(seller_unread__gt=0)
    elif asked["show"]:
        rows = rows.filter(kind=asked["show"])
    if asked["q"]:
        rows = rows.filter(_found(request.store, asked["q"]))
    page: Page = page_of(rows, request.GET, "-last_at", "-id", per_page=PER_PAGE)
    kept = {name: value for name, value in request.GET.items() if name in ("show", "q", "after", "before")}
    return {
        "nav_current": "messages",
        "asked": asked,
        "filtered": any(asked.values()),
        "filters": _filters(request, asked),
        "talks": [_row(thread, kept, current) for thread in page.rows],
        "pager": page.pager,
        "list_url": reverse("portal:messages"),
    }


def _found(store: Any, text: str) -> Q:
    """By the beginning of the buyer's name, or by an order's number."""
    number = text.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        orders = Order.objects.filter(store=store, number=int(number)).values_list("id", flat=True)
        return Q(order_id__in=list(orders))
    return Q(buyer_name__istartswith=text)


def _filters(request: Any, asked: dict[str, str]) -> list[dict[str, Any]]:
    waiting = unread_talks(request)
    tabs = [("", _("All"), None), (UNREAD, _("Unread"), desk.counted(waiting) or None)]
    tabs += [(code, str(label), None) for code, label in KINDS.items()]
    return [
        {
            "label": label,
            "url": f"{reverse('portal:messages')}{query({'show': code, 'q': asked['q']})}",
            "active": asked["show"] == code,
            "count": count,
        }
        for code, label, count in tabs
    ]


def _row(thread: Thread, kept: Mapping[str, str], current: Thread | None) -> dict[str, Any]:
    here = current is not None and current.pk == thread.pk
    return {
        "id": thread.public_id,
        "url": address(thread, kept),
        "current": here,
        "who": thread.buyer_name or _("Unnamed buyer"),
        "title": thread.title,
        "icon": ICONS.get(ThreadKind(thread.kind), "message"),
        "kind": {"order": _("Order"), "product": _("Product"), "dispute": _("Dispute")}.get(thread.kind, ""),
        "at": thread.last_at,
        "text": thread.last_text or (_("Pictures") if thread.messages_count else ""),
        "ours": thread.last_by == "seller",
        "unread": 0 if here and current is not None and not current.seller_unread else thread.seller_unread,
    }
