"""The message centre: all conversations of a store, one of them beside the list, its pictures, and the reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders import advice
from orders.models import Message, Order, Thread
from orders.portal import reading
from orders.portal.words import SCANS
from orders.states import ThreadKind
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.files import Damaged, StoredFile
from rulebook.models import Notice
from rulebook.refusals import NotDone, Refused
from rulebook.rehearsal import look
from rulebook.serving import file_response
from stores.models import Listing
from stores.portal import desk
from stores.portal.doors import ActPage, find, forbidden, identity_of, new_key, store_staff_required
from stores.portal.linking import subject_url
from stores.portal.paging import Page, page_of
from stores.portal.words import METHODS

PER_PAGE, SHOWN = 25, 40
"""Conversations of a list's page; messages of a conversation's page, the newest first to be loaded."""
LONGEST_SEARCH = 80
FOUND_AT_MOST = 50
TODOS = 20
PICTURES = "image/jpeg,image/png,image/webp,image/gif"

KINDS: dict[str, Any] = {
    ThreadKind.ORDER: gettext_lazy("Orders"),
    ThreadKind.PRODUCT: gettext_lazy("Products"),
    ThreadKind.DISPUTE: gettext_lazy("Disputes"),
}
ICONS = {ThreadKind.ORDER: "orders", ThreadKind.PRODUCT: "info", ThreadKind.DISPUTE: "disputes"}
UNREAD = "unread"

desk.place("messages", gettext_lazy("Messages"), "portal:messages", position=25)


# ------------------------------------------------------------------ what waits


def _unread(request: Any) -> QuerySet[Thread]:
    """Newest first, along the index of unread conversations."""
    return Thread.objects.filter(store_id=request.store.id, seller_unread__gt=0).order_by("-last_at", "-id")


def _unread_of(request: Any) -> list[Thread]:
    """Those that are new, at most one more than are counted: one narrow statement a page."""
    if not hasattr(request, "_unread_talks"):
        rows = _unread(request).only("id", "title", "buyer_name", "seller_unread")
        request._unread_talks = list(rows[: desk.COUNTED_TO + 1])
    found: list[Thread] = request._unread_talks
    return found


@desk.counter("messages")
def unread_talks(request: Any) -> int:
    """Conversations with something new in them."""
    return len(_unread_of(request))


@desk.more_todos
def to_read(request: Any) -> Iterable[desk.Todo]:
    """What buyers wrote and nobody has read yet."""
    for thread in _unread_of(request)[:TODOS]:
        page = _address(thread)
        yield desk.Todo(
            title=ngettext("Read {n} message: {title}", "Read {n} messages: {title}", thread.seller_unread).format(
                n=thread.seller_unread, title=thread.title
            ),
            detail=thread.buyer_name,
            url=page,
            act=_("Read and answer"),
            look_url=page,
            may="answer_buyers",
        )


def mark_read(request: Any, threads: Iterable[Thread]) -> None:
    """The reader saw them as they stood; what has come since stays unread. Only who may answer reads for the store."""
    seen = [thread for thread in threads if thread.seller_unread]
    if not seen or not request.actor.may("answer_buyers"):
        return
    for thread in seen:
        Thread.objects.filter(pk=thread.pk, version=thread.version).update(seller_unread=0)
        thread.seller_unread = 0
    told = Notice.objects.filter(root_id__in=[thread.pk for thread in seen], audience_kind="seller")
    told.filter(code="message_received", read_at__isnull=True).update(read_at=now())
    request.__dict__.pop("_unread_talks", None)


def threads_of(order: Order) -> list[Thread]:
    """The order's own conversation and those of its disputes."""
    if order.thread_id is None and not order.disputes_count:
        return []
    return list(Thread.objects.filter(order_id=order.id).order_by("-last_at", "-id")[:FOUND_AT_MOST])


# ------------------------------------------------------------------ the list


@store_staff_required
def messages(request: Any) -> HttpResponse:
    """Every conversation, newest first."""
    return render(request, "orders/portal/messages.html", _list(request))


def _asked(query: Mapping[str, str]) -> dict[str, str]:
    show = query.get("show", "")
    return {
        "show": show if show in {*KINDS, UNREAD} else "",
        "q": query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
    }


def _list(request: Any, current: Thread | None = None) -> dict[str, Any]:
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
            "url": f"{reverse('portal:messages')}{_query({'show': code, 'q': asked['q']})}",
            "active": asked["show"] == code,
            "count": count,
        }
        for code, label, count in tabs
    ]


def _query(values: Mapping[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in values.items() if value})
    return f"?{query.urlencode()}" if query else ""


def _address(thread: Thread, kept: Mapping[str, str] | None = None) -> str:
    return reverse("portal:thread", args=[thread.public_id]) + _query(kept or {})


def _row(thread: Thread, kept: Mapping[str, str], current: Thread | None) -> dict[str, Any]:
    here = current is not None and current.pk == thread.pk
    return {
        "id": thread.public_id,
        "url": _address(thread, kept),
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


# ------------------------------------------------------------------ one conversation


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
        _list(request, found),
        submit=_("Send to the buyer"),
        done=_("Your message was sent."),
        then=f"{_address(found, {name: request.GET.get(name, '') for name in ('show', 'q')})}#reply",
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
        "back_url": reverse("portal:messages") + _query(kept),
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


# ------------------------------------------------------------------ writing


@dataclass
class MessagePage(ActPage):
    """The page of a message to the buyer: with advice whose words can be taken over, and pictures.

    known: facts for the words of advice.
    """

    known: Mapping[str, Any] = field(default_factory=dict)
    advised: list[advice.Advice] = field(default_factory=list)
    facts: advice.Facts | None = None

    def respond(self) -> HttpResponse:
        chosen = advice.advice(self.request.POST.get("use", "")) if self.request.method == "POST" else None
        if chosen is None or not chosen.words:
            return super().respond()
        if not self.request.actor.may("answer_buyers"):
            return forbidden(self.request)
        typed = self.request.POST.dict()
        words = chosen.words_for(dict(self.known))
        typed["text"] = "\n\n".join(part for part in (typed.get("text", "").strip(), words) if part)
        return self._page(self.form(initial=typed))

    def first_form(self) -> forms.Form:
        """The empty form, or the one that `?use=` asks for."""
        chosen = advice.advice(self.request.GET.get("use", ""))
        text = chosen.words_for(dict(self.known)) if chosen is not None and chosen.words else ""
        return self.form(initial={"key": new_key(), "text": text})

    def form(self, *args: Any, **kwargs: Any) -> forms.Form:
        made = super().form(*args, **kwargs)
        text, files = made.fields["text"], made.fields["files"]
        text.required = not self.request.FILES  # pictures alone are a message
        text.error_messages["required"] = _("Write something, or add a picture.")
        text.help_text = _(
            "The buyer reads it in the storefront. It is kept and cannot be taken back. Write in English."
        )
        text.widget.attrs["rows"] = 5
        files.widget.attrs["accept"] = PICTURES
        if self.request.FILES:
            files.help_text = _("Choose them again: browsers do not keep chosen files. Up to five, 5 MB each.")
        return made

    def shown_advice(self) -> list[dict[str, Any]]:
        return [advice.shown(found, self.facts) for found in self.advised] if self.facts else []

    def _refused(self, form: forms.Form, problem: NotDone, *, status: int = 0, closed: bool = False) -> HttpResponse:
        """What is wrong with a picture stands beside the pictures."""
        if not isinstance(problem, Refused) or problem.rule != "FB-5":
            return super()._refused(form, problem, status=status, closed=closed)
        form.add_error("files", _picture_refused(problem))
        return self._page(form, problem.status)


def _picture_refused(problem: Refused) -> str:
    if "name" in problem.facts:
        return _("{name} is larger than {most} MB. Save it smaller, then choose it again (FB-5).").format(
            name=problem.facts["name"], most=int(problem.facts["most"]) // (1024 * 1024)
        )
    return _("A message carries {most} pictures at most. Send the others with the next one (FB-5).").format(
        most=problem.facts["most"]
    )


def known_of(order: Order | None, book: Docket | None, *, store: str, buyer: str, about: str) -> dict[str, Any]:
    """Facts for the words of advice, as far as there are any. book: holds the order."""
    known: dict[str, Any] = {"hello": advice.greeting(buyer), "store": store, "about": about}
    if order is None or book is None:
        return known
    parcel = next((parcel for parcel in reversed(order.shipments) if parcel.delivered_at is None), None)
    payment = book.deadline(order, "payment")
    return {
        **known,
        "order": order.name,
        "total": order.total,
        "method": str(METHODS.get(order.method, order.method)).lower(),
        "promised": order.promised_days,
        "receipt_due": order.receipt_due_at,
        "payment_due": payment.due_at if payment else None,
        "waybill": parcel.waybill if parcel else None,
        "last_scan": _last_scan(parcel) if parcel else None,
    }


def _last_scan(parcel: Any) -> str | None:
    if parcel.last_scan_at is None:
        return None
    where = f", {parcel.last_place}" if parcel.last_place else ""
    return f"{str(SCANS.get(parcel.state, parcel.state)).lower()}{where}"


def letter_page(
    request: Any, order: Order, docket: Docket, template: str, context: dict[str, Any], **more: Any
) -> MessagePage:
    """Writing to the buyer from an order's own page."""
    facts = advice.Facts(docket.at, docket.rules_for(order), order, ThreadKind.ORDER)
    page = MessagePage(
        request,
        order,
        docket,
        "seller.message",
        template,
        context,
        submit=_("Send to the buyer"),
        done=_("Your message was sent."),
        watch=False,
        known=known_of(order, docket, store=request.store.name, buyer=order.buyer_name, about=order.name),
        advised=advice.fitting(advice.THREAD, facts),
        facts=facts,
        **more,
    )
    page.context = {**context, "advice": page.shown_advice()}
    return page
