"""Lists of disputes and returns: what waits for the store first, soonest first; then the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.models import Dispute
from disputes.portal import reading
from disputes.portal.words import FREIGHT
from disputes.states import OPEN, DisputeState
from rulebook.models import Deadline
from rulebook.models.deadline import DeadlineStatus
from stores.portal import desk
from stores.portal.doors import store_staff_required
from stores.portal.paging import page_of
from stores.portal.words import word

ANSWER, OPEN_ONES, ALL = "answer", "open", "all"
MINE = ("seller_response", "cooperation")
"""Deadlines of disputes that the store meets by answering."""
BACK, COMING, BEFORE = "back", "coming", "before"
RETURNING = (DisputeState.AWAITING_RETURN, DisputeState.RETURN_IN_TRANSIT)
RETURN_DEADLINES = ("return_shipment", "return_receipt")
NO_RETURNS: dict[str, Any] = {
    BACK: gettext_lazy("Nothing is on its way to you"),
    COMING: gettext_lazy("Nothing comes back"),
    BEFORE: gettext_lazy("Nothing came back yet"),
}

Found = tuple[list[Dispute], dict[Any, Deadline], dict[str, str]]


@store_staff_required
def disputes(request: Any) -> HttpResponse:
    """Claims that wait for an answer, soonest first; all open ones; all."""
    counts = sum(1 for row in desk.waiting(request) if row.name in MINE)
    view = request.GET.get("view", ANSWER if counts else OPEN_ONES)
    view = view if view in (ANSWER, OPEN_ONES, ALL) else OPEN_ONES
    found, due, pager = _by_deadline(request, MINE) if view == ANSWER else _listed(request, only_open=view == OPEN_ONES)
    tabs = [
        (ANSWER, _("Yours to answer"), desk.counted(counts) or None),
        (OPEN_ONES, _("Open"), None),
        (ALL, _("All"), None),
    ]
    worklist = {
        "id": "disputes",
        "title": _("Disputes"),
        "sorted_by": _("due time") if view == ANSWER else _("day of opening, newest first"),
        "filters": _tabs(tabs, view),
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


def _tabs(tabs: Sequence[tuple[str, str, Any]], view: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": f"?view={code}", "active": view == code, "count": count, "tone": "turn"}
        for code, label, count in tabs
    ]


def _by_deadline(request: Any, names: Sequence[str]) -> Found:
    """By the deadlines of these names: the page walks along them."""
    rows = Deadline.objects.filter(
        store_id=request.store.id, status=DeadlineStatus.PENDING, name__in=names, subject_kind="dispute"
    )
    page = page_of(rows, request.GET, "due_at", "id")
    due = {row.subject_id: row for row in page.rows}
    by_id = {dispute.id: dispute for dispute in Dispute.objects.filter(id__in=list(due)).select_related("order")}
    return [by_id[row.subject_id] for row in page.rows if row.subject_id in by_id], due, page.pager


def _listed(request: Any, *, only_open: bool) -> Found:
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


# ------------------------------------------------------------------ returns


@store_staff_required
def returns(request: Any) -> HttpResponse:
    """What comes back and by when: parcels to look at first, then what buyers still have to post, then what is over."""
    counts = sum(1 for row in desk.waiting(request) if row.name == "return_receipt")
    view = request.GET.get("view", BACK if counts else COMING)
    view = view if view in (BACK, COMING, BEFORE) else COMING
    if view == BEFORE:
        found, due, pager = _past_returns(request)
    else:
        found, due, pager = _by_deadline(request, ("return_receipt",) if view == BACK else RETURN_DEADLINES)
    tabs = [
        (BACK, _("On their way to you"), desk.counted(counts) or None),
        (COMING, _("All that come back"), None),
        (BEFORE, _("Earlier ones"), None),
    ]
    worklist = {
        "id": "returns",
        "title": _("Returns"),
        "sorted_by": _("day of opening, newest first") if view == BEFORE else _("due time"),
        "filters": _tabs(tabs, view),
        "columns": [
            {"label": _("Return")},
            {"label": _("State")},
            {"label": _("Due")},
            {"label": _("Refund"), "num": True},
            {"label": _("Waybill")},
            {"label": _("Way back")},
        ],
        "rows": [_return_row(dispute, due.get(dispute.id)) for dispute in found],
        "pager": pager,
        "empty": {
            "title": NO_RETURNS[view],
            "text": _(
                "Goods come back when a dispute is settled or ruled that way, and with Plus without a reason. "
                "Each stands here with the moment until which you can confirm or contest it."
            ),
            "url": reverse("portal:return_address"),
            "action": _("Set where returns go"),
            "icon": "parcel",
        },
    }
    return render(
        request, "stores/portal/list.html", {"nav_current": "returns", "worklist": worklist, "heading": _("Returns")}
    )


def _past_returns(request: Any) -> Found:
    rows = Dispute.objects.filter(store=request.store).exclude(return_freight_by="").exclude(state__in=RETURNING)
    page = page_of(rows.select_related("order"), request.GET, "-opened_at", "-id")
    return page.rows, {}, page.pager


def _return_row(dispute: Dispute, due: Deadline | None) -> dict[str, Any]:
    shown = reading.state_of(dispute)
    return {
        "id": dispute.public_id,
        "title": dispute.name,
        "subtitle": f"{dispute.get_reason_display()} · {dispute.order.name} · {dispute.order.buyer_name}",
        "url": f"{reading.page_url(dispute)}#return",
        "cells": [
            {"kind": "state", "value": shown["state"], "tone": shown["tone"], "label": shown["label"]},
            {"kind": "due", "value": desk.chip(due)},
            {"kind": "money", "value": dispute.agreed_refund or dispute.refund},
            {"kind": "text", "value": dispute.return_waybill or _("not sent yet")},
            {"kind": "text", "value": word(FREIGHT, dispute.return_freight_by)},
        ],
    }
