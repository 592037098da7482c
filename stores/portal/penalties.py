"""Penalties at the sellers' door: the list, one with its points and its reasons, the appeal; and what calls for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rulebook.articles import article, label
from rulebook.docket import Docket
from rulebook.timeline import subject_timeline, why_it_stands
from stores.models import Penalty, Store
from stores.models.penalty import STANDING
from stores.portal import desk
from stores.portal.doors import ActPage, Way, action_bar, find, store_staff_required
from stores.portal.paging import page_of
from stores.portal.words import PENALTIES, SEVERITIES, word
from stores.states import PenaltyState

APPEALS_SHOWN = 20
STATES: dict[str, tuple[str, Any]] = {
    PenaltyState.IN_FORCE: ("risk", gettext_lazy("In force")),
    PenaltyState.APPEALED: ("wait", gettext_lazy("Appealed: being decided")),
    PenaltyState.UPHELD: ("risk", gettext_lazy("In force; the appeal failed")),
    PenaltyState.OVERTURNED: ("done", gettext_lazy("Lifted on appeal")),
    PenaltyState.EXPIRED: ("wait", gettext_lazy("Expired")),
}

desk.deadline("appeal", label=gettext_lazy("Appeal"), then=gettext_lazy("then the decision is final"), watched=True)
desk.deadline("expiry", label=gettext_lazy("Points expire"), then=gettext_lazy("then they no longer count"))


def confirmed(store: Store) -> QuerySet[Penalty]:
    """Those that came into force: what one moderator proposes is nobody else's to read (V-22)."""
    return Penalty.objects.filter(store=store).exclude(state=PenaltyState.PROPOSED)


def page_url(penalty: Penalty) -> str:
    return reverse("portal:penalty", args=[penalty.public_id])


def state_of(penalty: Penalty) -> dict[str, str]:
    tone, label = STATES.get(penalty.state, ("", ""))
    return {"state": str(penalty.state), "tone": tone, "label": str(label)}


def points_text(penalty: Penalty) -> str:
    return ngettext("{n} point", "{n} points", penalty.points).format(n=penalty.points)


# ------------------------------------------------------------------ the list


@store_staff_required
def penalties(request: Any) -> HttpResponse:
    """Penalties in force, or all, newest first; and where the store's points stand."""
    everything = request.GET.get("view") == "all"
    rows = confirmed(request.store)
    page = page_of(rows if everything else rows.filter(state__in=STANDING), request.GET, "-proposed_at", "-id")
    worklist = {
        "id": "penalties",
        "title": _("Penalties"),
        "sorted_by": _("newest first"),
        "filters": [
            {"label": _("In force"), "url": "?view=now", "active": not everything, "count": None},
            {"label": _("All"), "url": "?view=all", "active": everything, "count": None},
        ],
        "columns": [
            {"label": _("Penalty")},
            {"label": _("State")},
            {"label": _("Points"), "num": True},
            {"label": _("Rule")},
            {"label": _("Since")},
        ],
        "rows": [_row(penalty) for penalty in page.rows],
        "pager": page.pager,
        "empty": {
            "title": _("No penalties") if everything else _("No penalty is in force"),
            "text": _(
                "When a violation is found, two moderators look at it before anything follows. It appears here with its "
                "reasons, its points, and the moment until which you can appeal."
            ),
            "url": "" if everything else "?view=all",
            "action": _("See all penalties"),
            "icon": "done",
        },
    }
    context = {
        "nav_current": "store",
        "crumbs": [{"label": _("Store"), "url": reverse("portal:store")}, {"label": _("Penalties")}],
        "worklist": worklist,
        "points": points_of(request.store),
    }
    return render(request, "stores/portal/penalties.html", context)


def points_of(store: Store) -> list[dict[str, Any]]:
    """The three accounts, each counted on its own (V-1)."""
    return [
        {"label": _("Trade and other violations"), "points": store.points},
        {"label": _("Rights of others and prohibited goods"), "points": store.points_ip},
        {"label": _("Listing quality"), "points": store.points_quality},
    ]


def _row(penalty: Penalty) -> dict[str, Any]:
    shown = state_of(penalty)
    return {
        "id": penalty.public_id,
        "title": penalty.name,
        "subtitle": word(PENALTIES, penalty.kind_code),
        "url": page_url(penalty),
        "cells": [
            {"kind": "state", "value": shown["state"], "tone": shown["tone"], "label": shown["label"]},
            {"kind": "text", "value": str(penalty.points)},
            {"kind": "text", "value": label(penalty.article)},
            {"kind": "moment", "value": penalty.in_force_at or penalty.proposed_at},
        ],
    }


# ------------------------------------------------------------------ one penalty


def _found(request: Any, penalty: str) -> tuple[Penalty, Docket]:
    found, docket = find(request, Penalty, penalty)
    if found.state == PenaltyState.PROPOSED:
        raise Http404
    return found, docket


def _facts(penalty: Penalty, docket: Docket) -> dict[str, Any]:
    rows = sorted(docket.waiting_for(penalty), key=lambda row: row.due_at)
    rule = article(penalty.article)
    return {
        "nav_current": "store",
        "penalty": penalty,
        "shown": state_of(penalty),
        "sanction": word(PENALTIES, penalty.kind_code),
        "severity": word(SEVERITIES, penalty.severity) if penalty.severity else "",
        "points_text": points_text(penalty),
        "broken": {"id": rule.id, "title": rule.title, "text": rule.summary, "kind": ""},
        "deadlines": [chip for row in rows if (chip := desk.chip(row))],
    }


def _crumbs(penalty: Penalty, *more: str) -> list[dict[str, str]]:
    crumbs = [
        {"label": _("Store"), "url": reverse("portal:store")},
        {"label": _("Penalties"), "url": reverse("portal:penalties")},
        {"label": penalty.name, **({"url": page_url(penalty)} if more else {})},
    ]
    return [*crumbs, *({"label": here} for here in more)]


@store_staff_required
def penalty(request: Any, penalty: str) -> HttpResponse:
    """What was found, under which rule, what follows, and the appeal."""
    found, docket = _found(request, penalty)
    way = Way(reverse("portal:appeal_penalty", args=[found.public_id]), _("Appeal against the penalty"))
    context = {
        **_facts(found, docket),
        "crumbs": _crumbs(found),
        "actions": action_bar(
            request, found, docket, {"seller.appeal_penalty": way}, closed=found.state == PenaltyState.IN_FORCE
        ),
        "why": why_it_stands(found.id, named=False),
        "timeline": [_told(row) for row in subject_timeline(found.id) if row["act"] != "penalty.propose"],
    }
    return render(request, "stores/portal/penalty.html", context)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Which of the platform's people decided is the platform's own knowledge."""
    if row["actor"]["kind"] == "moderator":
        row["actor"] = {**row["actor"], "name": _("Platform")}
    return row


@store_staff_required
def appeal_penalty(request: Any, penalty: str) -> HttpResponse:
    """Once, within the time: somebody who had no part in it looks again."""
    found, docket = _found(request, penalty)
    return ActPage(
        request,
        found,
        docket,
        "seller.appeal_penalty",
        "stores/portal/penalty_act.html",
        {
            **_facts(found, docket),
            "crumbs": _crumbs(found, _("Appeal")),
            "back_url": page_url(found),
            "act_title": _("Appeal against penalty {name}").format(name=found.name),
            "act_lead": _(
                "A moderator who did not confirm it looks again. Warnings and ranking measures rest meanwhile; "
                "everything else stays in force. You may appeal once."
            ),
        },
        submit=_("File the appeal"),
        done=_("Your appeal was filed; you are told how it is decided."),
        then=page_url(found),
        helps={"text": _("Say what was overlooked and what is new. You cannot add to it later.")},
    ).respond()


@desk.more_todos
def to_appeal(request: Any) -> Iterable[desk.Todo]:
    """Penalties against which the store may still appeal."""
    rows = {row.subject_id: row for row in desk.watched_for(request, "appeal", Penalty.KIND)[:APPEALS_SHOWN]}
    if not rows:
        return
    found = Penalty.objects.in_bulk(list(rows))
    for identity, row in rows.items():
        penalty = found[identity]
        page = page_url(penalty)
        yield desk.Todo(
            title=_("Read penalty {name}; you may appeal").format(name=penalty.name),
            detail=f"{word(PENALTIES, penalty.kind_code)} · {points_text(penalty)} · {penalty.reason[:160]}",
            url=page,
            act=_("Read the penalty"),
            look_url=page,
            may="answer_disputes",
            deadline=desk.chip(row),
            due_at=row.due_at,
        )
