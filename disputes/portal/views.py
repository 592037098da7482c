"""Disputes at the sellers' door: the list, the dispute, the answers, evidence."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from disputes.models import Dispute, Evidence
from disputes.portal import reading
from disputes.states import OPEN
from finance.portal.effects import preview_of
from orders.models import Message
from orders.portal import reading as order_reading
from orders.portal.words import KINDS
from rulebook.docket import Docket
from rulebook.files import Damaged
from rulebook.models import Deadline
from rulebook.models.deadline import DeadlineStatus
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import moment_text, money_text
from rulebook.serving import file_response
from rulebook.timeline import why_it_stands
from stores.portal import desk
from stores.portal.doors import ActPage, Way, action_bar, find, identity_of, overdue, store_staff_required
from stores.portal.paging import page_of

ANSWER, OPEN_ONES, ALL = "answer", "open", "all"
LONGEST_EVIDENCE = 4000


# ------------------------------------------------------------------ the list


@store_staff_required
def disputes(request: Any) -> HttpResponse:
    """Claims that wait for an answer, soonest first; all open ones; all."""
    counts = sum(1 for row in desk.waiting(request) if row.name == "seller_response")
    view = request.GET.get("view", ANSWER if counts else OPEN_ONES)
    view = view if view in (ANSWER, OPEN_ONES, ALL) else OPEN_ONES
    found, due, pager = _to_answer(request) if view == ANSWER else _listed(request, only_open=view == OPEN_ONES)
    tabs = [
        (ANSWER, _("Yours to answer"), desk.counted(counts) or None),
        (OPEN_ONES, _("Open"), None),
        (ALL, _("All"), None),
    ]
    worklist = {
        "id": "disputes",
        "title": _("Disputes"),
        "sorted_by": _("due time") if view == ANSWER else _("day of opening, newest first"),
        "filters": [
            {"label": label, "url": f"?view={code}", "active": view == code, "count": count, "tone": "turn"}
            for code, label, count in tabs
        ],
        "columns": [
            {"label": _("Dispute")},
            {"label": _("State")},
            {"label": _("Due")},
            {"label": _("Claimed"), "num": True},
            {"label": _("Order")},
            {"label": _("Opened")},
        ],
        "rows": [_row(dispute, due.get(dispute.id)) for dispute in found],
        "pager": pager,
        "empty": _empty(view),
    }
    return render(
        request, "stores/portal/list.html", {"nav_current": "disputes", "worklist": worklist, "heading": _("Disputes")}
    )


def _to_answer(request: Any) -> tuple[list[Dispute], dict[Any, Deadline], dict[str, str]]:
    """By the deadline to answer: the page walks along the deadlines."""
    rows = Deadline.objects.filter(store_id=request.store.id, status=DeadlineStatus.PENDING, name="seller_response")
    page = page_of(rows, request.GET, "due_at", "id")
    due = {row.subject_id: row for row in page.rows}
    by_id = {dispute.id: dispute for dispute in Dispute.objects.filter(id__in=list(due)).select_related("order")}
    return [by_id[row.subject_id] for row in page.rows if row.subject_id in by_id], due, page.pager


def _listed(request: Any, *, only_open: bool) -> tuple[list[Dispute], dict[Any, Deadline], dict[str, str]]:
    rows = Dispute.objects.filter(store=request.store).select_related("order")
    page = page_of(rows.filter(state__in=OPEN) if only_open else rows, request.GET, "-opened_at", "-id")
    ids = [dispute.order_id for dispute in page.rows]
    pending = Deadline.objects.filter(
        root_id__in=ids, root_kind="order", subject_kind="dispute", status=DeadlineStatus.PENDING
    )
    due = {row.subject_id: row for row in pending.order_by("-due_at", "id")} if ids else {}
    return page.rows, due, page.pager


def _row(dispute: Dispute, due: Deadline | None) -> dict[str, Any]:
    shown = reading.state_of(dispute)
    return {
        "id": dispute.public_id,
        "title": dispute.name,
        "subtitle": dispute.get_reason_display(),
        "url": reading.page_url(dispute),
        "cells": [
            {"kind": "state", "value": shown["state"], "tone": shown["tone"], "label": shown["label"]},
            {"kind": "due", "value": desk.chip(due)},
            {"kind": "money", "value": dispute.refund},
            {"kind": "text", "value": dispute.order.name, "note": dispute.order.buyer_name},
            {"kind": "moment", "value": dispute.opened_at},
        ],
    }


def _empty(view: str) -> dict[str, str]:
    if view == ANSWER:
        return {
            "title": _("No claim waits for your answer"),
            "text": _(
                "When a buyer opens a dispute, it appears here with the moment until which you can answer. "
                "Silence pays the claim."
            ),
            "url": "?view=open",
            "action": _("See all open disputes"),
            "icon": "done",
        }
    return {
        "title": _("No disputes") if view == ALL else _("No open disputes"),
        "text": _("Buyers can open one about an order that was shipped; you are told at once."),
        "url": "?view=all" if view == OPEN_ONES else "",
        "action": _("See all disputes"),
        "icon": "disputes",
    }


# ------------------------------------------------------------------ one dispute


@store_staff_required
def dispute(request: Any, dispute: str) -> HttpResponse:
    """Claim, answer, offers, evidence, talk and story on one page."""
    found, docket = find(request, Dispute, dispute)
    order = found.order
    scans = order_reading.scans_of(order)
    shown = reading.galleries(found)
    context = {
        **_facts(found, docket),
        "crumbs": [{"label": _("Disputes"), "url": reverse("portal:disputes")}, {"label": found.name}],
        "actions": action_bar(request, found, docket, _ways(found), closed=found.is_open),
        "theirs": [piece for piece in shown["buyer"] if piece["url"]],
        "their_words": [piece for piece in shown["buyer"] if piece["text"]],
        "ours": [piece for piece in shown["seller"] if piece["url"]],
        "our_words": [piece for piece in shown["seller"] if piece["text"]],
        "offers": reading.offers_of(found),
        "rulings": reading.rulings_of(found),
        "rules": reading.rules_in_force(found),
        "thread": order_reading.thread(
            order_reading.messages_of(order), reader=request.user.id, cite=_citing(request, found)
        ),
        "timeline": order_reading.story(order, scans),
        "why": why_it_stands(found.id),
        "settling": bool(overdue(docket, found)),
        "may_write": request.actor.may("answer_buyers"),
        "message_url": reverse("portal:message", args=[order.public_id]),
    }
    return render(request, "disputes/portal/dispute.html", context)


def _citing(request: Any, dispute: Dispute) -> Any:
    """Makes the address where a message is shown as evidence; nothing while no evidence is taken from this reader."""
    if not dispute.is_open or not request.actor.may("answer_disputes"):
        return None
    page = reverse("portal:add_evidence", args=[dispute.public_id])
    return lambda message: f"{page}?message={message.public_id}"


def _facts(dispute: Dispute, docket: Docket) -> dict[str, Any]:
    """What every page about the dispute shows on top."""
    return {
        "nav_current": "disputes",
        "dispute": dispute,
        "shown": reading.state_of(dispute),
        "deadlines": reading.deadlines_of(dispute, docket),
        "order_line": reading.order_line(dispute.order),
        "reason": dispute.get_reason_display(),
    }


def _ways(dispute: Dispute) -> dict[str, Way]:
    def way(name: str, label: str, **more: Any) -> Way:
        return Way(reverse(f"portal:{name}", args=[dispute.public_id]), label, **more)

    return {
        "seller.accept_dispute": way(
            "accept_dispute", _("Accept and refund {refund}").format(refund=money_text(dispute.refund)), danger=True
        ),
        "seller.reject_dispute": way("reject_dispute", _("Reject the claim")),
        "seller.make_offer": way("make_offer", _("Offer another amount")),
        "seller.add_evidence": way("add_evidence", _("Add evidence")),
        "seller.escalate": way("escalate_dispute", _("Ask the platform to decide")),
    }


@store_staff_required
def evidence(request: Any, dispute: str, evidence: str) -> HttpResponse:
    """A file that one side showed: only to those who may see the dispute."""
    found, _docket = find(request, Dispute, dispute)
    piece = (
        Evidence.objects.filter(pk=identity_of(Evidence, evidence), dispute_id=found.id).exclude(file_key="").first()
    )
    if piece is None:
        raise Http404
    try:
        return file_response(piece)
    except Damaged:
        raise Http404 from None


# ------------------------------------------------------------------ answers


@store_staff_required
def accept_dispute(request: Any, dispute: str) -> HttpResponse:
    """Do what the buyer asks: first what that does, then the deed."""
    found, docket = find(request, Dispute, dispute)
    refund = money_text(found.refund)

    def preview(rehearsal: Rehearsal) -> dict[str, Any]:
        sentence = _("You accept the claim. The dispute ends for good and the money goes back to the buyer at once.")
        title = _("Accept the claim and refund {refund}?").format(refund=refund)
        return preview_of(rehearsal, title=title, sentence=sentence, currency=found.currency, kinds=KINDS)

    return ActPage(
        request,
        found,
        docket,
        "seller.accept_dispute",
        "disputes/portal/act.html",
        {
            **_facts(found, docket),
            **_way_back(found, _("Accept")),
            "act_title": _("Accept the claim of dispute {name}").format(name=found.name),
            "danger": True,
        },
        submit=_("See what this does"),
        confirm=_("Accept and refund {refund}").format(refund=refund),
        preview=preview,
        done=_("The claim was accepted; {refund} go back to the buyer.").format(refund=refund),
        then=reading.page_url(found),
        helps={"text": _("The journal keeps them as your reason.")},
        labels={"text": _("Your words")},
    ).respond()


@store_staff_required
def reject_dispute(request: Any, dispute: str) -> HttpResponse:
    """Refuse the claim with reasons, and with another offer if one likes."""
    found, docket = find(request, Dispute, dispute)
    return ActPage(
        request,
        found,
        docket,
        "seller.reject_dispute",
        "disputes/portal/act.html",
        {
            **_facts(found, docket),
            **_way_back(found, _("Reject")),
            "act_title": _("Reject the claim of dispute {name}").format(name=found.name),
            "act_lead": _(
                "The buyer and, later, the moderator read your reasons. Afterwards you can both still agree; "
                "if you do not, the platform decides."
            ),
        },
        submit=_("Reject the claim"),
        done=_("The claim was rejected; the buyer was told your reasons."),
        then=reading.page_url(found),
        currency=found.currency,
        hide=("offer_return",),
        require=("text",),
        helps={
            "text": _("Say which facts and which evidence speak against the claim. At most 4,000 characters."),
            "offer_refund": _("In {currency}, at most {most}. Left out: no offer.").format(
                currency=found.currency, most=money_text(found.order.refundable)
            ),
        },
    ).respond()


@store_staff_required
def make_offer(request: Any, dispute: str) -> HttpResponse:
    """Offer a settlement; it takes the place of the one before."""
    found, docket = find(request, Dispute, dispute)
    return ActPage(
        request,
        found,
        docket,
        "seller.make_offer",
        "disputes/portal/act.html",
        {
            **_facts(found, docket),
            **_way_back(found, _("Offer")),
            "act_title": _("Offer a refund in dispute {name}").format(name=found.name),
            "act_lead": _("If the buyer takes it, the dispute ends for good and the money goes back at once."),
        },
        submit=_("Make the offer"),
        done=_("Your offer was made; the buyer was told."),
        then=reading.page_url(found),
        currency=found.currency,
        hide=("return_goods",),
        helps={
            "refund": _("In {currency}, at most {most}.").format(
                currency=found.currency, most=money_text(found.order.refundable)
            )
        },
    ).respond()


@store_staff_required
def add_evidence(request: Any, dispute: str) -> HttpResponse:
    """Show something: a file, words, or both."""
    found, docket = find(request, Dispute, dispute)
    return ActPage(
        request,
        found,
        docket,
        "seller.add_evidence",
        "disputes/portal/act.html",
        {
            **_facts(found, docket),
            **_way_back(found, _("Evidence")),
            "act_title": _("Add evidence to dispute {name}").format(name=found.name),
            "act_lead": _("The buyer and the moderator see it. It cannot be taken back."),
        },
        submit=_("Add the evidence"),
        done=_("Your evidence was added."),
        initial={"text": _quoted(request.GET.get("message", ""), found)},
        then=f"{reading.page_url(found)}#evidence-ours",
        watch=False,
    ).respond()


def _quoted(text: str, dispute: Dispute) -> str:
    """A message of the parties as evidence: who, when, and the words; pictures by their fingerprints."""
    if not text:
        return ""
    message = Message.objects.filter(pk=identity_of(Message, text), order_id=dispute.order_id).first()
    if message is None:
        raise Http404
    who = message.sender_name or message.sender
    lines = [
        _("Message of {who} ({side}), {at}:").format(who=who, side=message.sender, at=moment_text(message.sent_at))
    ]
    lines += [message.text] if message.text else []
    lines += [
        _("Picture {name}, SHA-256 {sha}").format(name=file["file_name"], sha=file["sha256"]) for file in message.files
    ]
    return "\n".join(lines)[:LONGEST_EVIDENCE]


@store_staff_required
def escalate_dispute(request: Any, dispute: str) -> HttpResponse:
    """Neither side may skip ahead: the page says from when on."""
    found, docket = find(request, Dispute, dispute)
    return ActPage(
        request,
        found,
        docket,
        "seller.escalate",
        "disputes/portal/act.html",
        {
            **_facts(found, docket),
            **_way_back(found, _("Platform")),
            "act_title": _("Ask the platform to decide dispute {name}").format(name=found.name),
        },
        submit=_("Ask the platform to decide"),
        done=_("The platform decides."),
        then=reading.page_url(found),
    ).respond()


def _way_back(dispute: Dispute, here: str) -> dict[str, Any]:
    crumbs = [
        {"label": _("Disputes"), "url": reverse("portal:disputes")},
        {"label": dispute.name, "url": reading.page_url(dispute)},
        {"label": here},
    ]
    return {"crumbs": crumbs, "back_url": reading.page_url(dispute)}
