"""Conversations with something new in them: counted, put on the list of things to do, and marked as read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.models import Order, Thread
from rulebook.clock import now
from rulebook.models import Notice
from stores.portal import desk

FOUND_AT_MOST = 50
TODOS = 20

desk.place("messages", gettext_lazy("Messages"), "portal:messages", position=25)


def query(values: Mapping[str, str]) -> str:
    """As the end of an address; what is empty is left out."""
    said = QueryDict(mutable=True)
    said.update({name: value for name, value in values.items() if value})
    return f"?{said.urlencode()}" if said else ""


def address(thread: Thread, kept: Mapping[str, str] | None = None) -> str:
    """Of a conversation's page. kept: what the list beside it shows."""
    return reverse("portal:thread", args=[thread.public_id]) + query(kept or {})


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
        page = address(thread)
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
