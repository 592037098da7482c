"""One conversation: its messages, what it is about, its pictures, and the reply."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders import advice
from orders.models import Message, Order, Thread
from orders.portal import reading
from orders.portal.messages.listing import list_of
from orders.portal.messages.waiting import address, mark_read, query
from orders.portal.messages.writing import MessagePage, known_of
from rulebook.docket import Docket
from rulebook.files import Damaged, StoredFile
from rulebook.rehearsal import look
from rulebook.serving import file_response
from stores.models import Listing
from stores.portal import desk
from stores.portal.doors import find, identity_of, store_staff_required
from stores.portal.linking import subject_url
from stores.portal.paging import page_of

SHOWN = 40
"""Messages of a page; the newest first to be loaded."""


@store_staff_required
def thread(request: Any, thread: str) -> HttpResponse:
    """Its messages, what it is about, and the reply. Opening it is reading it."""
    found, docket = find(request, Thread, thread)
    if request.method == "GET":
        mark_read(request, [found])
    order, book = _order_of(found, request)
    subject = _about(found, order, book)
    helps = advice.Facts(docket.at, docket.rules_for(order or found), order, str(found.kind))
    page = MessagePage(
        request,
        found,
        docket,
        "seller.write",
        "orders/portal/messages.html",
        list_of(request, found),
        submit=_("Send to the buyer"),
        done=_("Your message was sent."),
        then=f"{address(found, {name: request.GET.get(name, '') for name in ('show', 'q')})}#reply",
        watch=False,
        known=known_of(order, book, store=request.store.name, buyer=found.buyer_name, about=found.title),
        advised=advice.fitting(advice.THREAD, helps),
        facts=helps,
    )
    kept = {name: request.GET.get(name, "") for name in ("show", "q", "after", "before")}
    page.context = {
        **page.context,
        **_messages(found, request),
        "talk": found,
        "who": found.buyer_name or _("Unnamed buyer"),
        "about": subject,
        "advice": page.shown_advice(),
        "back_url": reverse("portal:messages") + query(kept),
        "crumbs": [{"label": _("Messages"), "url": reverse("portal:messages")}, {"label": found.title}],
    }
    if request.method == "POST":
        return page.respond()
    page.context["form"] = page.first_form() if request.actor.may("answer_buyers") else None
    return render(request, page.template, {**page.context, "submit": page.submit})


def _messages(thread: Thread, request: Any) -> dict[str, Any]:
    """The latest, or, by `?earlier=`, those before a position."""
    rows = Message.objects.filter(thread_id=thread.id)
    asked = QueryDict(mutable=True)
    if "earlier" in request.GET:
        asked["after"] = request.GET["earlier"]
    page = page_of(rows, asked, "-sent_at", "-id", per_page=SHOWN)
    older = QueryDict(page.older.removeprefix("?")).get("after", "")
    return {
        "thread": reading.thread(page.rows[::-1], reader=request.user.id),
        "earlier_url": f"?earlier={older}" if older else "",
        "latest_url": request.path if page.newer else "",
    }


def _order_of(thread: Thread, request: Any) -> tuple[Order | None, Docket | None]:
    if thread.order_id is None:
        return None, None
    book = look(Order, [thread.order_id], request.actor)
    found = book.held.get(thread.order_id)
    return (found, book) if isinstance(found, Order) else (None, None)


def _about(thread: Thread, order: Order | None, book: Docket | None) -> list[dict[str, Any]]:
    """What the talk is about, the nearest first: cards for `orders/portal/_about.html`."""
    if order is not None and book is not None:
        nearest, whole = _dispute_card(thread, order, book), _order_card(order, book)
        return [*nearest, {**whole, "deadlines": []} if nearest else whole]  # what counts in a dispute is its own time
    if thread.listing_id is not None:
        return _listing_card(thread)
    return []


def _order_card(order: Order, book: Docket) -> dict[str, Any]:
    return {
        "icon": "orders",
        "title": _("Order {name}").format(name=order.name),
        "url": reading.page_url(order),
        "shown": reading.state_of(order),
        "deadlines": reading.deadlines_of(order, book),
        "amount": order.total,
        "lines": [f"{line.quantity} × {line.title}" for line in order.lines[:3]],
        "more": max(0, len(order.lines) - 3),
    }


def _dispute_card(thread: Thread, order: Order, book: Docket) -> list[dict[str, Any]]:
    """Disputes are an upper app's: known here by what the order's bundle holds."""
    dispute = next((one for one in order.__dict__.get("disputes", ()) if one.id == thread.dispute_id), None)
    if dispute is None:
        return []
    rows = [row for row in book.pending.get(order.id, {}).values() if row.subject_id == dispute.id]
    return [
        {
            "icon": "disputes",
            "title": _("Dispute {name}").format(name=dispute.name),
            "url": subject_url("dispute", dispute.id),
            "shown": {"state": str(dispute.state), "tone": "", "label": ""},
            "deadlines": [chip for row in sorted(rows, key=lambda row: row.due_at) if (chip := desk.chip(row))],
            "amount": dispute.refund,
            "lines": [],
        }
    ]


def _listing_card(thread: Thread) -> list[dict[str, Any]]:
    listing = Listing.objects.filter(id=thread.listing_id).first() if thread.listing_id else None
    if listing is None:
        return []
    return [
        {
            "icon": "info",
            "title": listing.title,
            "url": reverse("portal:listing", args=[listing.public_id]),
            "shown": {"state": str(listing.state), "tone": "", "label": ""},
            "deadlines": [],
            "amount": listing.price,
            "lines": [],
        }
    ]


@store_staff_required
def message_file(request: Any, message: str, number: int) -> HttpResponse:
    """A picture of a message: only to staff of the store that the talk is with."""
    stores = [member.store_id for member in request.memberships]
    found = Message.objects.filter(pk=identity_of(Message, message), store_id__in=stores).first()
    return picture(found, number)


def picture(message: Message | None, number: int) -> HttpResponse:
    """The file of that number; 404 when there is none, or it is no longer what was sent."""
    if message is None or not 1 <= number <= len(message.files):
        raise Http404
    try:
        return file_response(StoredFile.of(message.files[number - 1]))
    except Damaged:
        raise Http404 from None
