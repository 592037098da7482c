"""Chargebacks at the sellers' door: what the bank says, what is held, what proof helps, the answer, the fee, who bears it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes import advice
from disputes.models import Chargeback
from disputes.portal.words import BORNE, CHARGEBACKS, FAMILIES, INTAKE, PROOFS
from disputes.states import UNDECIDED, ChargebackReason, ChargebackState
from finance.portal.effects import preview_of
from orders.portal import reading as order_reading
from orders.states import ReleaseState
from rulebook.articles import article
from rulebook.docket import Docket
from rulebook.files import Damaged, StoredFile
from rulebook.models import Deadline
from rulebook.models.deadline import DeadlineStatus
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text
from rulebook.serving import file_response
from rulebook.timeline import subject_timeline, why_it_stands
from stores.portal import desk
from stores.portal.doors import ActPage, Way, action_bar, find, overdue, store_staff_required
from stores.portal.paging import page_of
from stores.portal.words import word

DUE, OPEN_ONES, ALL = "due", "open", "all"
MINE = ("chargeback_evidence", "pre_arbitration_fee")
KINDS = {"order": gettext_lazy("Order"), "chargeback": gettext_lazy("Chargeback")}
RULES: dict[str, tuple[str, ...]] = {
    ChargebackState.AWAITING_EVIDENCE: ("A70-11", "A70-12"),
    ChargebackState.PRE_ARBITRATION: ("A70-13", "A70-15", "A70-16", "A70-20"),
}
RULES_OF_STOLEN: dict[str, tuple[str, ...]] = {
    ChargebackState.RECEIVED: ("A70-3",),
    ChargebackState.AWAITING_EVIDENCE: ("A70-4", "A70-5", "A70-9"),
}


# ------------------------------------------------------------------ the list


@store_staff_required
def chargebacks(request: Any) -> HttpResponse:
    """What waits for the store, soonest first; all undecided ones; all."""
    counts = sum(1 for row in desk.waiting(request) if row.name in MINE)
    view = request.GET.get("view", DUE if counts else OPEN_ONES)
    view = view if view in (DUE, OPEN_ONES, ALL) else OPEN_ONES
    found, due, pager = _by_deadline(request) if view == DUE else _listed(request, only_open=view == OPEN_ONES)
    tabs = [
        (DUE, _("Your turn"), desk.counted(counts) or None),
        (OPEN_ONES, _("Undecided"), None),
        (ALL, _("All"), None),
    ]
    worklist = {
        "id": "chargebacks",
        "title": _("Chargebacks"),
        "sorted_by": _("due time") if view == DUE else _("day of arrival, newest first"),
        "filters": [
            {"label": label, "url": f"?view={code}", "active": view == code, "count": count, "tone": "turn"}
            for code, label, count in tabs
        ],
        "columns": [
            {"label": _("Chargeback")},
            {"label": _("State")},
            {"label": _("Due")},
            {"label": _("Amount"), "num": True},
            {"label": _("Order")},
            {"label": _("Arrived")},
        ],
        "rows": [_row(one, due.get(one.id)) for one in found],
        "pager": pager,
        "empty": _empty(view),
    }
    return render(
        request,
        "stores/portal/list.html",
        {"nav_current": "chargebacks", "worklist": worklist, "heading": _("Chargebacks")},
    )


def _by_deadline(request: Any) -> tuple[list[Chargeback], dict[Any, Deadline], dict[str, str]]:
    rows = Deadline.objects.filter(store_id=request.store.id, status=DeadlineStatus.PENDING, name__in=MINE)
    page = page_of(rows, request.GET, "due_at", "id")
    due = {row.subject_id: row for row in page.rows}
    by_id = {one.id: one for one in Chargeback.objects.filter(id__in=list(due)).select_related("order")}
    return [by_id[row.subject_id] for row in page.rows if row.subject_id in by_id], due, page.pager


def _listed(request: Any, *, only_open: bool) -> tuple[list[Chargeback], dict[Any, Deadline], dict[str, str]]:
    rows = Chargeback.objects.filter(store=request.store).select_related("order")
    page = page_of(rows.filter(state__in=UNDECIDED) if only_open else rows, request.GET, "-received_at", "-id")
    ids = [one.id for one in page.rows]
    pending = Deadline.objects.filter(
        root_id__in=[one.order_id for one in page.rows], subject_kind="chargeback", status=DeadlineStatus.PENDING
    )
    due = {row.subject_id: row for row in pending.order_by("-due_at", "id")} if ids else {}
    return page.rows, due, page.pager


def _row(one: Chargeback, due: Deadline | None) -> dict[str, Any]:
    shown = state_of(one)
    return {
        "id": one.public_id,
        "title": one.name,
        "subtitle": f"{one.get_reason_display()} · {one.get_network_display()}",
        "url": page_url(one),
        "cells": [
            {"kind": "state", "value": shown["state"], "tone": shown["tone"], "label": shown["label"]},
            {"kind": "due", "value": desk.chip(due)},
            {"kind": "money", "value": one.amount},
            {"kind": "text", "value": one.order.name, "note": one.order.buyer_name},
            {"kind": "moment", "value": one.received_at},
        ],
    }


def _empty(view: str) -> dict[str, str]:
    return {
        "title": _("No chargeback waits for you") if view == DUE else _("No chargebacks"),
        "text": _(
            "When a cardholder asks the bank or the wallet for the money back, it appears here with the moment until "
            "which you can show why it is yours."
        ),
        "url": "?view=all" if view != ALL else "",
        "action": _("See all chargebacks"),
        "icon": "done" if view == DUE else "bank",
    }


# ------------------------------------------------------------------ one chargeback


def page_url(one: Chargeback) -> str:
    return reverse("portal:chargeback", args=[one.public_id])


def state_of(one: Chargeback) -> dict[str, str]:
    tone, label = CHARGEBACKS.get(one.state, ("", ""))
    if one.state == ChargebackState.LOST and one.borne_by == "platform":
        tone, label = "wait", _("Lost; the platform bears it")
    elif one.state == ChargebackState.PRE_ARBITRATION and one.fee_paid_at is not None:
        tone, label = "wait", _("The card body decides")
    return {"state": str(one.state), "tone": tone, "label": str(label)}


@store_staff_required
def chargeback(request: Any, chargeback: str) -> HttpResponse:
    """What the bank says, what it means for the money, what helps, and how it ended."""
    found, docket = find(request, Chargeback, chargeback)
    bar = action_bar(request, found, docket, _ways(found), closed=found.state in UNDECIDED)
    context = {
        **facts(found, docket),
        "crumbs": [{"label": _("Chargebacks"), "url": reverse("portal:chargebacks")}, {"label": found.name}],
        "actions": bar,
        "held": held_of(found),
        "outcome": outcome_of(found),
        "papers": papers_of(found),
        "waiting": waiting_of(found),
        "rules": rules_of(found),
        "settling": bool(overdue(docket, found)),
        "why": why_it_stands(found.id, named=False),
        "timeline": [order_reading.told(row) for row in subject_timeline(found.id)],
        "advice": advice.of_chargeback(found, docket),
        "write_url": reverse("portal:message", args=[found.order.public_id])
        if request.actor.may("answer_buyers")
        else "",
    }
    return render(request, "disputes/portal/chargeback.html", context)


def _ways(one: Chargeback) -> dict[str, Way]:
    """The one act that belongs to where the chargeback stands."""
    if one.state == ChargebackState.AWAITING_EVIDENCE:
        page = reverse("portal:answer_chargeback", args=[one.public_id])
        return {"seller.submit_chargeback_evidence": Way(page, _("Answer the chargeback"))}
    if one.state == ChargebackState.PRE_ARBITRATION and one.fee is not None and one.fee_paid_at is None:
        label = _("Prepay {fee}").format(fee=money_text(one.fee))
        page = reverse("portal:prepay_fee", args=[one.public_id])
        return {
            "seller.pay_pre_arbitration_fee": Way(page, label, hint=_("Or do nothing: then you accept."), danger=True)
        }
    return {}


def facts(one: Chargeback, docket: Docket) -> dict[str, Any]:
    """What every page about the chargeback shows on top."""
    family = docket.rules_for(one.order).cb.reason_codes.get(one.reason, {})
    rows = sorted(docket.waiting_for(one), key=lambda row: row.due_at)
    return {
        "nav_current": "chargebacks",
        "chargeback": one,
        "shown": state_of(one),
        "deadlines": [chip for row in rows if (chip := desk.chip(row))],
        "order_line": {"name": one.order.name, "url": reverse("portal:order", args=[one.order.public_id])},
        "reason": one.get_reason_display(),
        "network": one.get_network_display(),
        "says": word(FAMILIES, one.reason),
        "intake": word(INTAKE, one.intake),
        "proofs": [word(PROOFS, code) for code in family.get("proof", ())],
    }


def held_of(one: Chargeback) -> str:
    """What is held, and where."""
    if not one.is_open:
        return ""
    amount = money_text(one.amount)
    if one.was_lost:
        return _("{amount} were taken back already; they come back to you if you win.").format(amount=amount)
    if one.order.release in (ReleaseState.RELEASED, ReleaseState.ADVANCED):
        return _("{amount} of your available money cannot be withdrawn until it is decided.").format(amount=amount)
    return _("The order's money stays held until it is decided.")


def waiting_of(one: Chargeback) -> str:
    """Why there is nothing to do, where there is nothing."""
    if one.state == ChargebackState.RECEIVED:
        return _(
            "A card was reported stolen after you had shipped and filled in the notice. The platform checks; you wait. "
            "If it asks for proof, you are told at once."
        )
    if one.state == ChargebackState.REPRESENTED:
        return _("Your answer is with the bank. You are told how it decides.")
    if one.state == ChargebackState.PRE_ARBITRATION and one.fee_paid_at is not None:
        return _("The fee was passed on, and the card body decides; the platform only passes papers.")
    return ""


def outcome_of(one: Chargeback) -> dict[str, Any] | None:
    """Who bears it, how much was taken, and under which rule."""
    if one.is_open:
        return None
    rule = article(one.decided_under) if one.decided_under else None
    return {
        "title": state_of(one)["label"],
        "borne": word(BORNE, one.borne_by) if one.borne_by else _("It follows what was decided elsewhere"),
        "taken": one.taken if one.taken_minor else None,
        "rule": rule,
        "rule_text": rule.summary if rule is not None else "",
        "at": one.ended_at,
    }


def papers_of(one: Chargeback) -> list[dict[str, Any]]:
    """What the store showed the bank, oldest first."""
    return [_paper(one, number, paper) for number, paper in enumerate(one.papers, 1)]


def _paper(one: Chargeback, number: int, paper: dict[str, Any]) -> dict[str, Any]:
    has_file = bool(paper.get("file_key"))
    return {
        "id": str(number),
        "text": paper.get("text", ""),
        "waybill": paper.get("waybill", ""),
        "at": paper["at"],
        "by": paper.get("by", ""),
        "files": [
            {
                "id": str(number),
                "name": paper["file_name"],
                "by": paper.get("by", ""),
                "at": paper["at"],
                "size": paper["size"],
                "url": reverse("portal:chargeback_paper", args=[one.public_id, number]),
                "is_picture": StoredFile.of(paper).is_picture,
                "alt": paper["file_name"],
            }
        ]
        if has_file
        else [],
    }


def rules_of(one: Chargeback) -> list[dict[str, str]]:
    stolen = one.reason == ChargebackReason.STOLEN_CARD
    ids = RULES_OF_STOLEN.get(one.state, ()) if stolen else ()
    found = [article(rule_id) for rule_id in ids or RULES.get(one.state, ())]
    return [{"id": rule.id, "title": rule.title, "text": rule.summary, "kind": ""} for rule in found]


@store_staff_required
def paper(request: Any, chargeback: str, number: int) -> HttpResponse:
    """A file that the store showed the bank."""
    found, _docket = find(request, Chargeback, chargeback)
    if not 1 <= number <= len(found.papers) or not found.papers[number - 1].get("file_key"):
        raise Http404
    try:
        return file_response(StoredFile.of(found.papers[number - 1]), wanted=request.headers.get("Range", ""))
    except Damaged:
        raise Http404 from None


# ------------------------------------------------------------------ acts


def _way_back(one: Chargeback, here: str) -> dict[str, Any]:
    crumbs = [
        {"label": _("Chargebacks"), "url": reverse("portal:chargebacks")},
        {"label": one.name, "url": page_url(one)},
        {"label": here},
    ]
    return {"crumbs": crumbs, "back_url": page_url(one)}


@store_staff_required
def answer(request: Any, chargeback: str) -> HttpResponse:
    """Show the bank why the money is yours."""
    found, docket = find(request, Chargeback, chargeback)
    return ActPage(
        request,
        found,
        docket,
        "seller.submit_chargeback_evidence",
        "disputes/portal/chargeback_act.html",
        {
            **facts(found, docket),
            **_way_back(found, _("Answer")),
            "act_title": _("Answer chargeback {name}").format(name=found.name),
            "act_lead": _("One answer: it goes to the bank, which decides. Send everything that helps with it."),
        },
        submit=_("Send the answer to the bank"),
        done=_("Your answer was sent to the bank; you are told how it decides."),
        then=page_url(found),
        helps={
            "text": _("What happened, in the order in which it happened, with days. Banks read English."),
            "waybill": _("As the carrier wrote it, if the order's own parcels do not show it."),
            "files": _("Up to 5: pictures, PDF or plain text. Name them by what they show."),
        },
    ).respond()


@store_staff_required
def prepay(request: Any, chargeback: str) -> HttpResponse:
    """Go on to the card body against its fee: first what paying means."""
    found, docket = find(request, Chargeback, chargeback)
    fee = money_text(found.fee) if found.fee is not None else ""
    sentence = _(
        "The card body decides once and for all. Paying empowers the platform to collect {fee} from your available "
        "money and pass it on; it is not the platform's income. If you win, the fee comes back and nothing is taken; if "
        "you lose, the fee and {amount} are gone."
    ).format(fee=fee, amount=money_text(found.amount))
    title = _("Prepay {fee} for pre-arbitration?").format(fee=fee)

    def preview(rehearsal: Rehearsal) -> dict[str, Any]:
        currency = found.fee.currency if found.fee is not None else found.currency
        return preview_of(rehearsal, title=title, sentence=sentence, currency=currency, kinds=KINDS)

    return ActPage(
        request,
        found,
        docket,
        "seller.pay_pre_arbitration_fee",
        "disputes/portal/chargeback_act.html",
        {**facts(found, docket), **_way_back(found, _("Fee")), "act_title": title, "act_lead": "", "danger": True},
        submit=_("See what this does"),
        confirm=_("Prepay {fee} and go on").format(fee=fee),
        preview=preview,
        done=_("The fee was paid and passed on; the card body decides."),
        then=page_url(found),
    ).respond()
