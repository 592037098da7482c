"""What moderators read and answer of conversations: support talks, the parties' talks, words that steer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from orders import advice
from orders.models import Message, Order, Thread
from orders.portal.messages import picture
from orders.portal.messages.writing import PAPERS
from orders.portal.reading import attachments
from orders.states import ThreadKind, ThreadState
from rulebook.actions import actions, offer, perform
from rulebook.actors import Actor
from rulebook.admin.acting import forbidden
from rulebook.admin.base import actor_of, page
from rulebook.admin.cases import CASE_KINDS, CaseKind, holder_of, names_of
from rulebook.admin.finding import held, identity_of
from rulebook.admin.texts import insert, refuse_open_variables
from rulebook.articles import article
from rulebook.docket import Docket
from rulebook.forms import form_for, inputs_of, show_not_done
from rulebook.ids import new_id, public_id
from rulebook.models import Case
from rulebook.pages import figures_of
from rulebook.posting import posted_from
from rulebook.refusals import Forbidden, NotDone, Refused
from rulebook.timeline import why_it_stands
from stores.models import Store
from stores.portal.paging import page_of

ANSWER, CLOSE = "moderator.answer_chat", "moderator.close_chat"
SHOWN = 200
"""The latest messages of a talk or an order."""
LOOKED_AT = 500
"""The average of ratings is that of so many latest talks."""

KINDS: dict[str, Any] = {
    ThreadKind.PRODUCT: gettext_lazy("About a product"),
    ThreadKind.ORDER: gettext_lazy("About an order"),
    ThreadKind.DISPUTE: gettext_lazy("About a dispute"),
    ThreadKind.SUPPORT: gettext_lazy("With support"),
}
SIDES: dict[str, Any] = {
    "buyer": gettext_lazy("Buyer"),
    "seller": gettext_lazy("Seller"),
    "moderator": gettext_lazy("Platform"),
}


def topic(case: Case) -> str:
    return case.topic.replace("_", " ").capitalize()


CASE_KINDS["support"] = CaseKind(
    label=gettext_lazy("Support"),
    prefix=Thread.PREFIX,
    page="talk",
    title=lambda case: _("Talk with {name}").format(name=case.party or _("a buyer")),
    topic=topic,
    may="answer_support",
)


# ------------------------------------------------------------------ messages as moderators see them


def rows_of(found: Iterable[Message], reader: UUID | None = None) -> list[dict[str, Any]]:
    """For `base/_messages.html`, with pictures, and with the words that steer."""
    return [_said(message, reader) for message in found]


def _said(message: Message, reader: UUID | None) -> dict[str, Any]:
    role = str(SIDES.get(message.sender, message.sender))
    by = message.sender_name or role
    return {
        "id": message.public_id,
        "zone": f"files-{message.public_id}",
        "at": message.sent_at,
        "by": by,
        "who": _("You") if reader is not None and message.sender_id == reader else by,
        "role": role if message.sender_name else "",
        "side": message.sender,
        "own": message.sender == "moderator",
        "text": message.text,
        "note": _note(message),
        "files": attachments(message, by=by, page="admin:message_file"),
    }


def _note(message: Message) -> str:
    if message.forgotten_at:
        return _("Its time of keeping is over; what it said was removed.")
    if message.steers:
        return _("May steer the buyer: “{phrase}” (PRE-10, A48-13).").format(phrase=message.steers)
    return _("Not in English, it seems (FB-4).") if message.advice else ""


def talk_of(order: Order) -> list[dict[str, Any]]:
    """What the parties wrote about an order and in its disputes, oldest first."""
    if order.thread_id is None and not order.disputes_count:
        return []
    rows = Message.objects.filter(order_id=order.id).order_by("-sent_at", "-id")[:SHOWN]
    return rows_of(list(rows)[::-1])


@require_GET
def message_file(request: HttpRequest, message_id: str, number: int) -> HttpResponse:
    """A picture of a message, to whoever may read the console."""
    return picture(Message.objects.filter(pk=identity_of(Message, message_id)).first(), number)


def laws(docket: Docket, found: Any, ids: Iterable[str]) -> list[dict[str, Any]]:
    """Rules as `base/_rule_text.html` shows them."""
    in_force = docket.rules_for(found)
    entries = [article(rule_id) for rule_id in ids]
    return [
        {"id": one.id, "title": one.title, "text": one.summary, "kind": "", "figures": figures_of(one.id, in_force)}
        for one in entries
    ]


def case_head(found: Any, docket: Docket, actor: Actor) -> dict[str, Any]:
    """Who has it in hand, for `orders/admin/_holder.html`."""
    row = Case.objects.filter(subject_id=found.id).first()
    holder = holder_of(row, actor, names_of([row.holder_id]), docket.at) if row else ""
    return {"row": row, "holder": holder, "held_by_me": bool(row and holder and row.holder_id == actor.id)}


def words_at(place: str, docket: Docket, found: Any) -> list[dict[str, Any]]:
    facts = advice.Facts(docket.at, docket.rules_for(found))
    return [advice.shown(one, facts) for one in advice.fitting(place, facts)]


def taken_over(request: HttpRequest, known: dict[str, Any]) -> dict[str, Any] | None:
    """What was typed with the words of advice below it; None when no advice was asked for."""
    chosen = advice.advice(request.POST.get("use", ""))
    if chosen is None or not chosen.words:
        return None
    typed: dict[str, Any] = request.POST.dict()
    typed["text"] = "\n\n".join(part for part in (typed.get("text", "").strip(), chosen.words_for(known)) if part)
    return typed


# ------------------------------------------------------------------ talks


@require_GET
def talk(request: HttpRequest, talk_id: str) -> HttpResponse:
    """A conversation: support's with the reply, the parties' to be read."""
    found, docket = held(request, Thread, talk_id)
    if found.moderator_unread and actor_of(request).may("answer_support"):
        Thread.objects.filter(pk=found.pk, version=found.version).update(moderator_unread=0)
    return _show_talk(request, found, docket)


def _show_talk(
    request: HttpRequest,
    found: Thread,
    docket: Docket,
    *,
    form: forms.Form | None = None,
    refusal: Any = None,
    status: int = 200,
) -> HttpResponse:
    actor, support = actor_of(request), found.kind == ThreadKind.SUPPORT
    rows = Message.objects.filter(thread_id=found.id).order_by("-sent_at", "-id")[:SHOWN]
    may = support and actor.may("answer_support") and found.state == ThreadState.OPEN
    context: dict[str, Any] = {
        "title": found.title or str(KINDS[ThreadKind(found.kind)]),
        "talk": found,
        "support": support,
        "kind": KINDS[ThreadKind(found.kind)],
        "case": {
            "title": found.title or _("Talk with support"),
            "id": found.public_id,
            "line": [KINDS[ThreadKind(found.kind)], found.buyer_name],
            "state": found.state,
            "state_tone": "turn" if support and may and found.last_by in ("", "buyer") else "",
            "why": why_it_stands(found.id) if found.state == ThreadState.CLOSED else None,
            **(case_head(found, docket, actor) if support else {}),
        },
        "is_open": support and found.state == ThreadState.OPEN,
        "thread": rows_of(list(rows)[::-1], actor.id),
        "links": _links(found),
        "rules": laws(docket, found, ("FB-14", "FB-15", "FB-16") if support else ("FB-3", "FB-4", "PRE-10")),
        "words": words_at(advice.SUPPORT, docket, found) if may else [],
        "form": (form or _reply_form()) if may else None,
        "may_close": may and offer(found, actions()[CLOSE], docket).open,
        "has_role": actor.may("answer_support"),
        "refusal": refusal,
        "crumbs": [
            {"label": _("Support"), "url": reverse("admin:support")}
            if support
            else {"label": _("Conversations"), "url": reverse("admin:orders_thread_changelist")},
            {"label": found.title or found.public_id},
        ],
    }
    return page(request, "orders/admin/talk.html", context, status=status)


def _links(found: Thread) -> list[dict[str, str]]:
    links = []
    if found.dispute_id:
        links.append({"label": _("Dispute"), "url": reverse("admin:case", args=[public_id("dsp", found.dispute_id)])})
    if found.order_id:
        links.append({"label": _("Order"), "url": reverse("admin:order", args=[public_id("ord", found.order_id)])})
    if found.kind != ThreadKind.SUPPORT:
        links.append({"label": _("Store"), "url": reverse("admin:store", args=[public_id("sto", found.store_id)])})
    return links


def _reply_form(*args: Any, **kwargs: Any) -> forms.Form:
    made = form_for(actions()[ANSWER])(*args, **{"initial": {"key": str(new_id())}, **kwargs})
    made.fields["key"] = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    del made.fields["version"]
    made.fields["text"].required = not (len(args) > 1 and args[1])  # pictures alone are an answer
    made.fields["files"].label = _("Pictures and PDFs")
    made.fields["files"].help_text = _("Up to five, 5 MB each.")
    made.fields["files"].widget.attrs["accept"] = PAPERS
    made.fields["text"].help_text = _("The buyer reads it in the chat. It is kept and cannot be taken back.")
    return made


@posted_from("admin:talk", "talk_id")
def talk_reply(request: HttpRequest, talk_id: str) -> HttpResponse:
    """Answer the buyer, end the talk (``end``), or take prepared words over (``use``)."""
    actor = actor_of(request)
    found, docket = held(request, Thread, talk_id)
    if not actor.may("answer_support"):
        return forbidden(request, _("Your role does not answer in the support chat."))
    typed = taken_over(request, {"hello": advice.greeting(found.buyer_name)})
    if typed is not None:
        return _show_talk(request, found, docket, form=_reply_form(initial=typed))
    if "insert" in request.POST:
        return _show_talk(
            request, found, docket, form=_reply_form(initial=insert(request.POST.dict(), found.id, actor))
        )
    ending = "end" in request.POST
    form = _reply_form(request.POST, request.FILES)
    if not ending and (not form.is_valid() or refuse_open_variables(form)):
        return _show_talk(request, found, docket, form=form, status=422)
    inputs = {} if ending else inputs_of(form)
    key = request.POST.get("key") if ending else inputs.pop("key", None)
    version = int(request.POST.get("version") or 0) if ending and request.POST.get("version", "").isdecimal() else None
    try:
        perform(CLOSE if ending else ANSWER, actor=actor, on=found.id, inputs=inputs, key=key or None, version=version)
    except Refused as refusal:
        shown = {"sentence": refusal.sentence, "rule": "", "not_before": refusal.not_before}
        return _show_talk(request, found, docket, form=form, refusal=shown, status=refusal.status)
    except Forbidden as problem:
        return forbidden(request, problem.sentence)
    except NotDone as problem:
        if ending:
            return _show_talk(request, found, docket, refusal={"sentence": problem.sentence}, status=problem.status)
        show_not_done(form, problem)
        return _show_talk(request, found, docket, form=form, status=problem.status)
    messages.success(request, _("The talk has ended; the buyer may rate it.") if ending else _("Your answer was sent."))
    return HttpResponseRedirect(reverse("admin:talk", args=[found.public_id]) + "#decide")


@require_GET
def support(request: HttpRequest) -> HttpResponse:
    """All talks with buyers, newest first, and how they were rated."""
    talks = Thread.objects.filter(kind=ThreadKind.SUPPORT)
    latest = list(talks.order_by("-last_at", "-id").values_list("state", "last_by", "rating")[:LOOKED_AT])
    ratings = [rating for _state, _by, rating in latest if rating is not None]
    waiting = sum(1 for state, by, _rating in latest if state == ThreadState.OPEN and by in ("", "buyer"))
    found = page_of(talks, request.GET, "-last_at", "-id")
    context = {
        "title": _("Support"),
        "waiting": waiting,
        "waiting_url": f"{reverse('admin:worklist')}?view=support",
        "average": f"{sum(ratings) / len(ratings):.1f}" if ratings else "–",
        "rated": len(ratings),
        "looked_at": len(latest),
        "worklist": {
            "id": "talks",
            "title": _("Talks with buyers"),
            "sorted_by": _("latest word"),
            "filters": [],
            "columns": [
                {"label": _("Buyer")},
                {"label": _("Topic")},
                {"label": _("State")},
                {"label": _("Rating")},
                {"label": _("Latest word")},
            ],
            "rows": [_talk_row(row) for row in found.rows],
            "pager": found.pager,
            "empty": {
                "title": _("No talks yet"),
                "text": _("Buyers open a talk with support from the storefront, within the hours of the chat."),
            },
        },
    }
    return page(request, "orders/admin/support.html", context)


def _talk_row(found: Thread) -> dict[str, Any]:
    waits = found.state == ThreadState.OPEN and found.last_by in ("", "buyer")
    return {
        "id": found.public_id,
        "title": found.buyer_name or _("Unnamed buyer"),
        "subtitle": found.last_text,
        "url": reverse("admin:talk", args=[found.public_id]),
        "cells": [
            {"kind": "text", "value": found.topic},
            {
                "kind": "state",
                "value": found.state,
                "tone": "turn" if waits else "",
                "label": _("Waits") if waits else "",
            },
            {"kind": "text", "value": _("{stars} of 5").format(stars=found.rating) if found.rating else ""},
            {"kind": "moment", "value": found.last_at},
        ],
    }


# ------------------------------------------------------------------ words that steer


@require_GET
def steering(request: HttpRequest) -> HttpResponse:
    """Sellers' messages that tell a buyer which reason to choose (PRE-10), or whose money he will get (A48-13): newest first."""
    found = page_of(Message.objects.exclude(steers=""), request.GET, "-sent_at", "-id")
    stores = Store.objects.in_bulk({row.store_id for row in found.rows})
    worklist = {
        "id": "steering",
        "title": _("Messages that steer"),
        "sorted_by": _("newest first"),
        "filters": [],
        "columns": [{"label": _("Store")}, {"label": _("Words")}, {"label": _("Message")}, {"label": _("Sent")}],
        "rows": [
            {
                "id": row.public_id,
                "title": str(stores[row.store_id].name) if row.store_id in stores else _("unknown"),
                "subtitle": row.sender_name,
                "url": reverse("admin:talk", args=[public_id(Thread.PREFIX, row.thread_id)]) + f"#{row.public_id}",
                "cells": [
                    {"kind": "text", "value": row.steers},
                    {"kind": "text", "value": row.text[:240]},
                    {"kind": "moment", "value": row.sent_at},
                ],
            }
            for row in found.rows
        ],
        "pager": found.pager,
        "empty": {
            "title": _("No such message"),
            "text": _(
                "When a seller writes words that tell the buyer which reason for cancelling to choose, or that the platform "
                "will pay, the message appears here."
            ),
        },
    }
    return page(request, "orders/admin/steering.html", {"title": _("Messages that steer"), "worklist": worklist})
