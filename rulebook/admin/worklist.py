"""The moderators' worklist: what waits for whom, most urgent first, and who has it in hand.

Reads the case table alone. Holding a case is bookkeeping of the list and no court record: it is not journalled, and an
act on a case asks for no hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_POST

from rulebook.actors import Actor
from rulebook.admin.base import actor_of, page
from rulebook.clock import now
from rulebook.ids import parse_id, public_id
from rulebook.models import Case, Deadline
from rulebook.models.deadline import DeadlineStatus
from rulebook.money import Money

PER_PAGE = 50
COUNTED_TO = 100
"""Counts stop here: "100+" says enough, and costs the same whatever waits."""
HELD_FOR = timedelta(minutes=30)
FOR_A_MODERATOR = ("arbitration", "platform", "second")
CANDIDATES = 20

LANES: dict[str, Any] = {
    "arbitration": gettext_lazy("Arbitration"),
    "second": gettext_lazy("Second approval"),
    "platform": gettext_lazy("Platform review"),
    "seller": gettext_lazy("With the seller"),
    "parties": gettext_lazy("Between the parties"),
}
"""Whose turn it is, in the order of the list's views."""


@dataclass(frozen=True)
class CaseKind:
    """How an app's cases appear. conflicts: of these subjects, those that the actor may not decide (his own rulings)."""

    label: Any
    prefix: str
    page: str
    title: Callable[[Case], str]
    topic: Callable[[Case], str]
    conflicts: Callable[[Actor, Iterable[UUID]], set[UUID]]

    def url(self, case: Case) -> str:
        return reverse(f"admin:{self.page}", args=[public_id(self.prefix, case.subject_id)])


CASE_KINDS: dict[str, CaseKind] = {}
"""Kind of case to how it appears; upper apps add theirs."""


# ------------------------------------------------------------------ which


def cases(view: str, kind: str, actor: Actor, moment: datetime) -> QuerySet[Case]:
    """The open cases of a view. An unknown view is the moderators' own."""
    rows = Case.objects.filter(open=True)
    if kind in CASE_KINDS:
        rows = rows.filter(kind=kind)
    if view in LANES:
        return rows.filter(lane=view)
    if view == "mine":
        return rows.filter(holder_id=actor.id, held_until__gt=moment)
    if view == "overdue":
        return rows.filter(due_at__lte=moment)
    return rows if view == "all" else rows.filter(lane__in=FOR_A_MODERATOR)


VIEWS: dict[str, Any] = {
    "todo": gettext_lazy("For moderators"), **LANES, "mine": gettext_lazy("Held by you"), "overdue": gettext_lazy("Overdue"),
    "all": gettext_lazy("All open"),
}  # fmt: skip


def counts(querysets: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each has, up to `COUNTED_TO` + 1, in one statement."""
    parts, params = [], []
    for rows in querysets.values():
        sql, values = rows.order_by().values("pk")[: COUNTED_TO + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS capped)")
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(querysets, cursor.fetchone(), strict=True))


def capped(count: int) -> str | int:
    """``100+`` beyond what is counted."""
    return f"{COUNTED_TO}+" if count > COUNTED_TO else count


# ------------------------------------------------------------------ pages by position


@dataclass(frozen=True)
class Position:
    """A row's place in the order (due time, id); cases without a due time come last."""

    due_at: datetime | None
    id: UUID

    @classmethod
    def read(cls, text: str) -> Position | None:
        due, _sign, identity = text.rpartition("~")
        try:
            return cls(parse_datetime(due) if due else None, UUID(identity))
        except ValueError:
            return None

    @classmethod
    def of(cls, case: Case) -> Position:
        return cls(case.due_at, case.id)

    def __str__(self) -> str:
        return f"{self.due_at.isoformat() if self.due_at else ''}~{self.id}"


def page_of(rows: QuerySet[Case], after: Position | None, before: Position | None, size: int = PER_PAGE) -> tuple[list[Case], bool, bool]:
    """Rows after (or before) a position, and whether there are more before and after them. At most two statements."""
    if before is not None:
        found = _earlier(rows, before, size + 1)
        return found[:size][::-1], len(found) > size, True
    found = _later(rows, after, size + 1)
    return found[:size], after is not None, len(found) > size


def _later(rows: QuerySet[Case], after: Position | None, size: int) -> list[Case]:
    found: list[Case] = []
    dated = rows.filter(due_at__isnull=False).order_by("due_at", "id")
    if after is None:
        found = list(dated[:size])
    elif after.due_at is not None:
        found = list(dated.filter(due_at__gte=after.due_at).exclude(due_at=after.due_at, id__lte=after.id)[:size])
    if len(found) < size:
        undated = rows.filter(due_at__isnull=True).order_by("id")
        if after is not None and after.due_at is None:
            undated = undated.filter(id__gt=after.id)
        found += undated[: size - len(found)]
    return found


def _earlier(rows: QuerySet[Case], before: Position, size: int) -> list[Case]:
    found: list[Case] = []
    if before.due_at is None:
        found = list(rows.filter(due_at__isnull=True, id__lt=before.id).order_by("-id")[:size])
    if len(found) < size:
        dated = rows.filter(due_at__isnull=False).order_by("-due_at", "-id")
        if before.due_at is not None:
            dated = dated.filter(due_at__lte=before.due_at).exclude(due_at=before.due_at, id__gte=before.id)
        found += dated[: size - len(found)]
    return found


# ------------------------------------------------------------------ holding


def deal(actor: Actor, moment: datetime, *, skip: UUID | None = None) -> Case | None:
    """Give the actor the most urgent case that waits for a moderator and that nobody works on, and hold it for him.

    Two who ask at once get two cases. skip: the subject just looked at. When all others are taken, one of his own again.
    """
    free = Q(holder_id__isnull=True) | Q(held_until__lte=moment) | Q(held_until__isnull=True)
    rows = cases("todo", "", actor, moment).exclude(subject_id=skip)
    waiting = rows.filter(free).order_by("due_at", "id")
    after = None
    while batch := _later(waiting, after, CANDIDATES):
        for case in _may_decide(actor, batch):
            if hold(case.id, actor, moment):
                return case
        after = Position.of(batch[-1])
    return rows.filter(holder_id=actor.id, held_until__gt=moment).order_by("due_at", "id").first()


def _may_decide(actor: Actor, batch: list[Case]) -> list[Case]:
    conflicts: set[UUID] = set()
    for name, kind in CASE_KINDS.items():
        subjects = [case.subject_id for case in batch if case.kind == name and case.lane == "second"]
        if subjects:
            conflicts |= kind.conflicts(actor, subjects)
    return [case for case in batch if case.subject_id not in conflicts]


def hold(case_id: UUID, actor: Actor, moment: datetime) -> bool:
    """Take a case that nobody else holds; False when somebody was quicker."""
    free = Q(holder_id__isnull=True) | Q(held_until__lte=moment) | Q(held_until__isnull=True) | Q(holder_id=actor.id)
    with transaction.atomic():
        row = Case.objects.select_for_update(skip_locked=True).filter(free, id=case_id, open=True).first()
        if row is None:
            return False
        row.holder_id, row.held_until = actor.id, moment + HELD_FOR
        row.save(update_fields=["holder_id", "held_until"])
    return True


def give_back(case_id: UUID, actor: Actor) -> bool:
    """Let go of a case that the actor holds."""
    return bool(Case.objects.filter(id=case_id, holder_id=actor.id).update(holder_id=None, held_until=None))


def holder_of(case: Case, actor: Actor, names: Mapping[UUID, str], moment: datetime) -> str:
    """``you``, a name, or nothing when nobody works on it now."""
    if case.holder_id is None or case.held_until is None or case.held_until <= moment:
        return ""
    return _("you") if case.holder_id == actor.id else names.get(case.holder_id, _("a colleague"))


def names_of(people: Iterable[UUID | None]) -> dict[UUID, str]:
    """Who they are; no statement for nobody."""
    wanted = {identity for identity in people if identity is not None}
    if not wanted:
        return {}
    return {user.pk: str(user) for user in get_user_model().objects.filter(pk__in=wanted)}


# ------------------------------------------------------------------ pages


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
    context = {
        "title": _("Worklist"), "worklist": _table(found, view, kind, every, actor, moment),
        "has_next": bool(every["todo"]), "held_minutes": HELD_FOR // timedelta(minutes=1),
    }  # fmt: skip
    if found:
        context["worklist"]["pager"] = {
            "newer": _address(view, kind, before=Position.of(found[0])) if earlier else "",
            "older": _address(view, kind, after=Position.of(found[-1])) if later else "",
            "newer_label": _("More urgent"), "older_label": _("Less urgent"), "note": "",
        }  # fmt: skip
    return page(request, "console/worklist.html", context)


def _address(view: str, kind: str = "", **position: Position) -> str:
    said = {"view": view, **({"kind": kind} if kind else {}), **{name: str(place) for name, place in position.items()}}
    return f"{reverse('admin:worklist')}?{urlencode(said)}"


COLUMNS = (
    (gettext_noop("Case"), False), (gettext_noop("Due"), False), (gettext_noop("Claimed"), True), (gettext_noop("Store and buyer"), False),
    (gettext_noop("State"), False), (gettext_noop("Held by"), False),
)  # fmt: skip

URGENT_TONES = {"overdue": "risk", "mine": "turn"}


def _table(found: list[Case], view: str, kind: str, every: Mapping[str, int], actor: Actor, moment: datetime) -> dict[str, Any]:
    names = names_of(case.holder_id for case in found)
    return {
        "id": "cases",
        "title": _("Cases: {view}").format(view=VIEWS[view]),
        "sorted_by": _("due time"),
        "count_text": _counted(every[view]),
        "filters": [
            {
                "label": label, "url": _address(name, kind), "active": name == view, "count": capped(every[name]),
                "tone": URGENT_TONES.get(name, "") if every[name] else "",
            }
            for name, label in VIEWS.items()
        ],
        "columns": [{"label": _(label), "num": num} for label, num in COLUMNS],
        "rows": [row_of(case, actor, names, moment) for case in found],
        "pager": None,
        "empty": _empty(view),
    }  # fmt: skip


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
            {"kind": "money", "value": Money(case.value_minor, case.currency)},
            {"kind": "text", "value": case.store_name, "note": case.party},
            {
                "kind": "state", "value": case.state, "tone": "turn" if for_moderators else "wait",
                "label": _("Second approval") if case.lane == "second" else "",
            },
            {"kind": "person", "value": holder_of(case, actor, names, moment)},
        ],
    }  # fmt: skip


def _empty(view: str) -> dict[str, str]:
    everything = {"url": _address("all"), "action": _("See all open cases")}
    texts = {
        "todo": (_("Nothing waits for a moderator"), _("Cases come here when the parties could not agree in time, or when the rules send "
                   "them to the platform at once.")),
        "mine": (_("You hold no case"), _("Take the next case: it is yours for {minutes} minutes, and colleagues are not given it."
                 ).format(minutes=HELD_FOR // timedelta(minutes=1))),
        "overdue": (_("Nothing is overdue"), _("Cases whose time is over appear here until they are decided.")),
        "all": (_("No case is open"), _("Disputes appear here from the moment a buyer opens them.")),
    }  # fmt: skip
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
    lanes = ("arbitration", "second", "platform", "overdue", "mine")
    return {
        "figures": [{"label": VIEWS[name], "count": capped(every[name]), "url": _address(name), "bad": name == "overdue" and every[name]}
                    for name in lanes],
        "stuck": capped(every["stuck"]), "worklist": table, "has_next": bool(every["todo"]),
    }  # fmt: skip
