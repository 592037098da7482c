"""The worklist: the list itself, and the next case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_GET

from rulebook.actors import Actor
from rulebook.admin.base import LIST_COOKIE, actor_of, page
from rulebook.admin.cases import (
    CASE_KINDS,
    COUNTED_TO,
    DUE,
    HELD_FOR,
    LANES,
    VIEWS,
    Position,
    capped,
    deal,
    escalated,
    holder_of,
    names_of,
    page_of,
)
from rulebook.admin.saved import MOST_VIEWS, saving, views_of
from rulebook.admin.wanted import SORTS, Wanted, asked_for, panel, position_in
from rulebook.clock import now
from rulebook.ids import parse_id
from rulebook.models import Case, CaseView
from rulebook.models.case import FOR_A_MODERATOR
from rulebook.money import Money
from rulebook.posting import posted_from

# ------------------------------------------------------------------ the list


@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """Every open case of a view; the address holds view, filters, order and position."""
    wanted = asked_for(request)
    place = position_in(request.GET)
    found, earlier, later = page_of(wanted.rows(), place["after"], place["before"], sort=wanted.order)
    in_views, in_lanes = wanted.counted()
    saved = list(views_of(wanted.actor)[:MOST_VIEWS])
    table = _table(found, wanted, in_views, saved)
    if found:
        table["pager"] = _pager(wanted, found, earlier, later)
    context: dict[str, Any] = {
        "title": _("Worklist"),
        "worklist": table,
        "panel": panel(wanted, in_lanes),
        "held_minutes": HELD_FOR // timedelta(minutes=1),
        **saving(wanted, saved),
    }
    answer = page(request, "console/worklist.html", context)
    answer.set_cookie(
        LIST_COOKIE,
        _left_at(request),
        path=reverse("admin:index"),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return answer


def _left_at(request: HttpRequest) -> str:
    """The list's own address, as this page was asked for; too long a one is not kept."""
    said = request.GET.urlencode()
    return said if len(said) <= 1500 else ""


def _pager(wanted: Wanted, found: list[Case], earlier: bool, later: bool) -> dict[str, str]:
    by_due = wanted.order == DUE
    return {
        "newer": wanted.url(before=Position.of(found[0])) if earlier else "",
        "older": wanted.url(after=Position.of(found[-1])) if later else "",
        "newer_label": _("More urgent") if by_due else _("Higher"),
        "older_label": _("Less urgent") if by_due else _("Lower"),
        "note": "",
    }


COLUMNS = (
    (gettext_noop("Case"), False),
    (gettext_noop("Due"), False),
    (gettext_noop("Value"), True),
    (gettext_noop("Store and buyer"), False),
    (gettext_noop("Lane and state"), False),
    (gettext_noop("Held by"), False),
)

SAID_BY_STATE = ("arbitration", "platform", "second", "seller", "parties", "buyer")
"""Lanes that the state tells already."""
URGENT_TONES = {"overdue": "risk", "mine": "turn", "asked": "turn", "seniors": "due"}


def _table(found: list[Case], wanted: Wanted, every: Mapping[str, int], saved: list[CaseView]) -> dict[str, Any]:
    return {
        "id": "cases",
        "title": _("Cases: {view}").format(view=VIEWS[wanted.view]),
        "sorted_by": str(SORTS[wanted.order]).lower(),
        "count_text": _counted(every[wanted.view]),
        "filters": [*_tabs(wanted, every, saved), *_saved_tabs(wanted, saved)],
        "columns": [{"label": _(label), "num": num} for label, num in COLUMNS],
        "rows": rows_of(found, wanted.actor, wanted.moment),
        "bulk": bulk_buttons(),
        "bulk_query": wanted.query(),
        "pager": None,
        "empty": _empty(wanted),
    }


def _tabs(wanted: Wanted, every: Mapping[str, int], saved: list[CaseView]) -> list[dict[str, Any]]:
    """The built-in views, each with the filters that are set."""
    shown = wanted.query()
    own = any(view.query == shown for view in saved)
    return [
        {
            "label": label,
            "url": wanted.url(view="" if name == "todo" else name),
            "active": name == wanted.view and not own,
            "count": capped(every[name]),
            "tone": URGENT_TONES.get(name, "") if every[name] else "",
        }
        for name, label in VIEWS.items()
    ]


def _saved_tabs(wanted: Wanted, saved: list[CaseView]) -> list[dict[str, Any]]:
    shown = wanted.query()
    return [
        {
            "label": view.name,
            "url": f"{reverse('admin:worklist')}?{view.query}",
            "active": view.query == shown,
            "count": None,
        }
        for view in saved
    ]


def bulk_buttons() -> list[dict[str, str]]:
    """What the bar below a selection does; the address is the bulk page's."""
    url = reverse("admin:bulk")
    return [
        {"label": _("Decide together …"), "name": "do", "value": "decide", "url": url, "key": "d"},
        {"label": _("Take"), "name": "do", "value": "take", "url": url, "key": "t"},
        {"label": _("Give back"), "name": "do", "value": "give_back", "url": url, "key": "g"},
        {"label": _("Give to a colleague …"), "name": "do", "value": "assign", "url": url, "key": "r"},
        {"label": _("Escalate …"), "name": "do", "value": "escalate", "url": url, "key": "e"},
        {"label": _("The whole list …"), "name": "whole", "value": "yes", "url": url},
    ]


def _counted(count: int) -> str:
    if count > COUNTED_TO:
        return _("more than {count} cases").format(count=COUNTED_TO)
    return ngettext("{count} case", "{count} cases", count).format(count=count)


def rows_of(found: list[Case], actor: Actor, moment: datetime) -> list[dict[str, Any]]:
    """Cases as `base/_worklist.html` shows them; two statements at most."""
    names = names_of(case.holder_id for case in found if case.holder_id != actor.id)
    up = set(escalated().filter(case_id__in=[case.id for case in found])) if found else set()
    return [row_of(case, actor, names, moment, escalated=case.id in up) for case in found]


def row_of(
    case: Case, actor: Actor, names: Mapping[UUID, str], moment: datetime, *, escalated: bool = False
) -> dict[str, Any]:
    kind = CASE_KINDS[case.kind]
    return {
        "id": str(case.id),
        "title": kind.title(case),
        "subtitle": kind.topic(case),
        "url": kind.url(case),
        "cells": [
            {"kind": "due", "value": {"name": "", "due_at": case.due_at} if case.due_at else None},
            _value(case),
            {"kind": "text", "value": case.store_name, "note": case.party},
            {
                "kind": "state",
                "value": case.state,
                "tone": "turn" if case.lane in FOR_A_MODERATOR else "wait",
                "label": _("Second approval") if case.lane == "second" else "",
                "note": _("Escalated") if escalated else "" if case.lane in SAID_BY_STATE else LANES.get(case.lane, ""),
            },
            {"kind": "person", "value": holder_of(case, actor, names, moment)},
        ],
    }


def _value(case: Case) -> dict[str, Any]:
    """What is at stake; in dollars below when it is in another currency, as it is sorted."""
    if not case.value_minor:
        return {"kind": "text", "value": "", "num": True}
    value = {"kind": "money", "value": Money(case.value_minor, case.currency)}
    if case.currency != "USD" and case.value_usd_minor:
        value["note"] = _("about {amount}").format(amount=Money(case.value_usd_minor, "USD"))
    return value


def _empty(wanted: Wanted) -> dict[str, str]:
    if set(wanted.values) - {"view", "sort"}:
        return {
            "title": _("No case fits these filters"),
            "text": _("Take one of them away, or look at all open cases."),
            "url": wanted.url(**dict.fromkeys(set(wanted.values) - {"view", "sort"}, "")),
            "action": _("Show the view without filters"),
        }
    texts = {
        "todo": (
            _("Nothing waits for a moderator"),
            _(
                "Cases come here when the parties could not agree in time, or when the rules send "
                "them to the platform at once."
            ),
        ),
        "mine": (
            _("You hold no case"),
            _("Take the next case: it is yours for {minutes} minutes, and colleagues are not given it.").format(
                minutes=HELD_FOR // timedelta(minutes=1)
            ),
        ),
        "asked": (_("Nobody waits for your answer"), _("What colleagues ask you about a case appears here.")),
        "seniors": (
            _("No case is escalated"),
            _("Cases appear here when a moderator asks for a senior arbitrator; nobody else is dealt them."),
        ),
        "overdue": (_("Nothing is overdue"), _("Cases whose time is over appear here until they are decided.")),
        "all": (_("No case is open"), _("Disputes appear here from the moment a buyer opens them.")),
    }
    title, text = texts[wanted.view]
    everything = {"url": wanted.url(view="all"), "action": _("See all open cases")}
    return {"title": title, "text": text, **(everything if wanted.view != "all" else {"url": "", "action": ""})}


# ------------------------------------------------------------------ dealing


@posted_from("admin:worklist")
def next_case(request: HttpRequest) -> HttpResponse:
    """Deal the most urgent case and open it."""
    actor = actor_of(request)
    try:
        skip = parse_id(request.POST["skip"]) if request.POST.get("skip") else None
    except ValueError:
        skip = None
    case = deal(actor, now(), skip=skip)
    if case is None:
        messages.info(request, _("No other case waits for a moderator now."))
        return redirect("admin:worklist")
    return HttpResponseRedirect(CASE_KINDS[case.kind].url(case))
