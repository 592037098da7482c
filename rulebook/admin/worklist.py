"""The worklist's pages: the list itself, the next case, the overview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_POST

from rulebook.actors import Actor
from rulebook.admin.base import actor_of, page
from rulebook.admin.cases import (
    CASE_KINDS,
    COUNTED_TO,
    FOR_A_MODERATOR,
    HELD_FOR,
    VIEWS,
    Position,
    capped,
    cases,
    counts,
    deal,
    give_back,
    hold,
    holder_of,
    names_of,
    page_of,
)
from rulebook.clock import now
from rulebook.ids import parse_id
from rulebook.models import Case, Deadline
from rulebook.models.deadline import DeadlineStatus
from rulebook.money import Money


@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """Every open case of a view; the address holds view and position."""
    actor, moment = actor_of(request), now()
    view = request.GET.get("view", "todo")
    view = view if view in VIEWS else "todo"
    kind = request.GET.get("kind", "")
    after, before = (Position.read(request.GET.get(name, "")) for name in ("after", "before"))
    found, earlier, later = page_of(cases(view, kind, actor, moment), after, before)
    every = counts({name: cases(name, kind, actor, moment) for name in VIEWS})
    context: dict[str, Any] = {
        "title": _("Worklist"),
        "worklist": _table(found, view, kind, every, actor, moment),
        "has_next": bool(every["todo"]),
        "held_minutes": HELD_FOR // timedelta(minutes=1),
    }
    if found:
        context["worklist"]["pager"] = {
            "newer": _address(view, kind, before=Position.of(found[0])) if earlier else "",
            "older": _address(view, kind, after=Position.of(found[-1])) if later else "",
            "newer_label": _("More urgent"),
            "older_label": _("Less urgent"),
            "note": "",
        }
    return page(request, "console/worklist.html", context)


def _address(view: str, kind: str = "", **position: Position) -> str:
    said = {"view": view, **({"kind": kind} if kind else {}), **{name: str(place) for name, place in position.items()}}
    return f"{reverse('admin:worklist')}?{urlencode(said)}"


COLUMNS = (
    (gettext_noop("Case"), False),
    (gettext_noop("Due"), False),
    (gettext_noop("Claimed"), True),
    (gettext_noop("Store and buyer"), False),
    (gettext_noop("State"), False),
    (gettext_noop("Held by"), False),
)

URGENT_TONES = {"overdue": "risk", "mine": "turn"}


def _table(
    found: list[Case], view: str, kind: str, every: Mapping[str, int], actor: Actor, moment: datetime
) -> dict[str, Any]:
    names = names_of(case.holder_id for case in found)
    return {
        "id": "cases",
        "title": _("Cases: {view}").format(view=VIEWS[view]),
        "sorted_by": _("due time"),
        "count_text": _counted(every[view]),
        "filters": [
            {
                "label": label,
                "url": _address(name, kind),
                "active": name == view,
                "count": capped(every[name]),
                "tone": URGENT_TONES.get(name, "") if every[name] else "",
            }
            for name, label in VIEWS.items()
        ],
        "columns": [{"label": _(label), "num": num} for label, num in COLUMNS],
        "rows": [row_of(case, actor, names, moment) for case in found],
        "pager": None,
        "empty": _empty(view),
    }


def _counted(count: int) -> str:
    if count > COUNTED_TO:
        return _("more than {count} cases").format(count=COUNTED_TO)
    return ngettext("{count} case", "{count} cases", count).format(count=count)


def row_of(case: Case, actor: Actor, names: Mapping[UUID, str], moment: datetime) -> dict[str, Any]:
    """A case as `base/_worklist.html` shows it."""
    kind = CASE_KINDS[case.kind]
    for_moderators = case.lane in FOR_A_MODERATOR
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
                "tone": "turn" if for_moderators else "wait",
                "label": _("Second approval") if case.lane == "second" else "",
            },
            {"kind": "person", "value": holder_of(case, actor, names, moment)},
        ],
    }


def _value(case: Case) -> dict[str, Any]:
    """What is claimed; most kinds of cases claim nothing."""
    if not case.value_minor:
        return {"kind": "text", "value": ""}
    return {"kind": "money", "value": Money(case.value_minor, case.currency)}


def _empty(view: str) -> dict[str, str]:
    everything = {"url": _address("all"), "action": _("See all open cases")}
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
        "overdue": (_("Nothing is overdue"), _("Cases whose time is over appear here until they are decided.")),
        "all": (_("No case is open"), _("Disputes appear here from the moment a buyer opens them.")),
    }
    title, text = texts.get(view, (_("This view is empty"), _("No open case is in this lane now.")))
    return {"title": title, "text": text, **(everything if view != "all" else {"url": "", "action": ""})}


@require_POST
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


@require_POST
def take(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Hold a case, or give it back (``give_back``)."""
    actor = actor_of(request)
    case = Case.objects.filter(id=case_id).first()
    if case is None:
        raise Http404
    if "give_back" in request.POST:
        give_back(case.id, actor)
    elif not hold(case.id, actor, now()):
        messages.warning(request, _("A colleague took this case a moment ago."))
    return HttpResponseRedirect(CASE_KINDS[case.kind].url(case))


def overview(request: HttpRequest) -> dict[str, Any]:
    """The console's first page: how much waits in each lane, what is most urgent, what is stuck."""
    actor, moment = actor_of(request), now()
    wanted: dict[str, QuerySet[Any]] = {name: cases(name, "", actor, moment) for name in VIEWS}
    wanted["stuck"] = Deadline.objects.filter(status=DeadlineStatus.STUCK)
    every = counts(wanted)
    urgent, _earlier_ones, _more = page_of(cases("todo", "", actor, moment), None, None, 8)
    table = _table(urgent, "todo", "", every, actor, moment)
    table.update(filters=[], id="urgent", title=_("Most urgent"), count_text="")
    lanes = (*FOR_A_MODERATOR, "overdue", "mine")
    return {
        "figures": [
            {
                "label": VIEWS[name],
                "count": capped(every[name]),
                "url": _address(name),
                "bad": name == "overdue" and every[name],
            }
            for name in lanes
        ],
        "stuck": capped(every["stuck"]),
        "worklist": table,
        "has_next": bool(every["todo"]),
    }
