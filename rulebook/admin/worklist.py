"""The worklist's pages: the list itself, its saved views, the next case, the overview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_POST

from rulebook.actors import Actor
from rulebook.admin.base import LIST_COOKIE, actor_of, page
from rulebook.admin.cases import (
    CASE_KINDS,
    COUNTED_TO,
    DUE,
    ESCALATED,
    HELD_FOR,
    LANES,
    VIEWS,
    Position,
    allowed,
    capped,
    cases,
    counts,
    deal,
    escalated,
    give_back,
    hold,
    holder_of,
    names_of,
    page_of,
    questions,
)
from rulebook.admin.desk import asked_of
from rulebook.admin.wanted import SORTS, Wanted, panel, position_in, wanted_of
from rulebook.clock import now
from rulebook.ids import parse_id
from rulebook.models import Case, CaseView, Deadline
from rulebook.models.case import FOR_A_MODERATOR
from rulebook.models.deadline import DeadlineStatus
from rulebook.money import Money

MOST_VIEWS = 30
"""Saved views of one person."""


# ------------------------------------------------------------------ the list


@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """Every open case of a view; the address holds view, filters, order and position."""
    wanted = asked_for(request)
    place = position_in(request.GET)
    found, earlier, later = page_of(wanted.rows(), place["after"], place["before"], sort=wanted.order)
    in_views, in_lanes = wanted.counted()
    saved = list(_views_of(wanted.actor)[:MOST_VIEWS])
    table = _table(found, wanted, in_views, saved)
    if found:
        table["pager"] = _pager(wanted, found, earlier, later)
    context: dict[str, Any] = {
        "title": _("Worklist"),
        "worklist": table,
        "panel": panel(wanted, in_lanes, capped),
        "has_next": True,
        "held_minutes": HELD_FOR // timedelta(minutes=1),
        **_saving(wanted, saved),
    }
    answer = page(request, "console/worklist.html", context)
    answer.set_cookie(LIST_COOKIE, _left_at(request), path=reverse("admin:index"), httponly=True, samesite="Lax")
    return answer


def asked_for(request: HttpRequest, query: QueryDict | None = None) -> Wanted:
    zone = timezone.get_current_timezone()
    return wanted_of(request.GET if query is None else query, actor_of(request), now(), zone)


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


# ------------------------------------------------------------------ saved views


def _views_of(actor: Actor) -> QuerySet[CaseView]:
    assert actor.id is not None
    return CaseView.objects.filter(user_id=actor.id)


def _saving(wanted: Wanted, saved: list[CaseView]) -> dict[str, Any]:
    """For `console/_views.html`: the saved view that is shown, or what may be saved."""
    query = wanted.query()
    return {
        "query": query if set(wanted.values) - {"view"} else "",
        "shown_view": next((view for view in saved if view.query == query), None),
    }


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list's filters under a name; a name that is there already gets the new ones."""
    wanted = asked_for(request, QueryDict(request.POST.get("query", "")[:2000]))
    name, query, owner = _name_in(request), wanted.query(), wanted.actor.id
    assert owner is not None
    if not name or not query or len(query) > 500:
        messages.warning(request, _("Not saved: a view needs a name and a filter."))
        return redirect(wanted.url())
    mine = _views_of(wanted.actor)
    there = mine.filter(name__iexact=name).update(name=name, query=query)
    if not there and mine.count() >= MOST_VIEWS:
        messages.warning(request, _("Not saved: {most} views is the most. Remove one.").format(most=MOST_VIEWS))
        return redirect(wanted.url())
    if not there:
        with transaction.atomic():
            mine.get_or_create(name=name, defaults={"query": query, "user_id": owner})
    messages.success(request, _("Saved as “{name}”.").format(name=name))
    return redirect(wanted.url())


@require_POST
def change_view(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Rename or remove (``remove``) one's own view."""
    view = _views_of(actor_of(request)).filter(id=view_id).first()
    if view is None:
        raise Http404
    back = f"{reverse('admin:worklist')}?{view.query}"
    if "remove" in request.POST:
        view.delete()
        messages.success(request, _("“{name}” is removed; the filters stay as they are.").format(name=view.name))
        return redirect(back)
    name = _name_in(request)
    try:
        with transaction.atomic():
            view.name = name or view.name
            view.save(update_fields=["name"])
    except IntegrityError:
        messages.warning(request, _("You have another view of this name."))
    return redirect(back)


def _name_in(request: HttpRequest) -> str:
    return " ".join(request.POST.get("name", "").replace("\x00", "").split())[:60]


# ------------------------------------------------------------------ dealing


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
        give_back(case.id, actor, now())
    elif not hold(case.id, actor, now()):
        messages.warning(request, _("A colleague took this case a moment ago."))
    return HttpResponseRedirect(CASE_KINDS[case.kind].url(case))


# ------------------------------------------------------------------ the overview


def overview(request: HttpRequest) -> dict[str, Any]:
    """The console's first page: what waits for the reader, what is overdue in which lane, what is most urgent."""
    actor, moment = actor_of(request), now()
    mine = allowed(actor, cases("todo", "", actor, moment))
    late = Q(due_at__lte=moment)
    wanted: dict[str, QuerySet[Any]] = {
        "mine": cases("mine", "", actor, moment),
        "asked": questions(actor),
        "seniors": cases("seniors", "", actor, moment),
        "todo": cases("todo", "", actor, moment),
        "stuck": Deadline.objects.filter(status=DeadlineStatus.STUCK),
        **{f"open_{lane}": cases(lane, "", actor, moment) for lane in FOR_A_MODERATOR},
        **{f"late_{lane}": cases(lane, "", actor, moment).filter(late) for lane in FOR_A_MODERATOR},
    }
    every = counts(wanted)
    urgent, _earlier_ones, _more = page_of(mine, None, None, 8)
    return {
        "figures": _figures(every, actor),
        "lanes": [
            {
                "label": LANES[lane],
                "url": _list_url(view="all", lane=lane),
                "open": capped(every[f"open_{lane}"]),
                "late": capped(every[f"late_{lane}"]),
                "late_url": _list_url(view="overdue", lane=lane),
            }
            for lane in FOR_A_MODERATOR
        ],
        "questions": asked_of(actor) if every["asked"] else [],
        "stuck": capped(every["stuck"]),
        "worklist": {
            "id": "urgent",
            "title": _("Most urgent"),
            "columns": [{"label": _(label), "num": num} for label, num in COLUMNS[:-1]],
            "rows": [{**row, "cells": row["cells"][:-1]} for row in rows_of(urgent, actor, moment)],
            "bare": True,
            "pager": None,
            "empty": {
                "title": _("Nothing waits for you"),
                "text": _("Cases that your role decides appear here, the most urgent first."),
                "url": _list_url(view="all"),
                "action": _("See all open cases"),
            },
        },
        "has_next": bool(urgent),
    }


def _figures(every: Mapping[str, int], actor: Actor) -> list[dict[str, Any]]:
    """What waits for the reader himself."""
    late = sum(every[f"late_{lane}"] for lane in FOR_A_MODERATOR)
    shown = [
        (VIEWS["mine"], every["mine"], _list_url(view="mine"), False),
        (VIEWS["asked"], every["asked"], "#questions" if every["asked"] else _list_url(view="asked"), False),
        (LANES["second"], every["open_second"], _list_url(view="all", lane="second"), False),
        (LANES["appeals"], every["open_appeals"], _list_url(view="all", lane="appeals"), False),
        (VIEWS["seniors"], every["seniors"], _list_url(view="seniors"), actor.may(ESCALATED)),
        (VIEWS["overdue"], late, _list_url(view="overdue"), True),
    ]
    return [
        {"label": label, "count": capped(count), "url": url, "bad": bad and bool(count)}
        for label, count, url, bad in shown
    ]


def _list_url(**said: str) -> str:
    query = "&".join(f"{name}={quote(value)}" for name, value in said.items())
    return f"{reverse('admin:worklist')}?{query}"
