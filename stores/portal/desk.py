"""The seller's desk: what waits for the store, and the way about. Upper apps put in what is theirs.

desk.deadline("handling", label=_("Ship"), then=_("then the order is closed"), todo="orders")
@desk.todos("handling")            # rows of that name become to-dos
@desk.panel(20)                    # a part of the home page
desk.place("orders", _("Orders"), "portal:orders", position=20)
@desk.counter("messages")          # how much waits at a place without a deadline
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from rulebook.clock import now
from rulebook.docket.waiting import REMINDER
from rulebook.models import Deadline, Notice
from rulebook.models.deadline import DeadlineStatus

COUNTED_TO = 99
"""Counts stop here: "99+" says enough, and costs the same whatever waits."""
IN_THE_BAR = 5
"""Entries of the way about that a phone's bar holds, the one for the others included."""
NOTICES_LOOKED_AT = 200
"""An unread notice further back than this no longer calls for attention."""
SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Todo:
    """One thing to do. may: the permission that the act asks for; who has it not is offered a look at it."""

    title: str
    detail: Any
    url: str
    act: str
    look_url: str
    may: str
    deadline: dict[str, Any] | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class _Words:
    label: Any
    then: Any
    place: str
    watched: bool


@dataclass(frozen=True)
class _Place:
    key: str
    label: Any
    url_name: str
    position: int


Provider = Callable[[HttpRequest, list[Deadline]], Iterable[Todo]]
Panel = Callable[[HttpRequest], dict[str, Any] | None]

_WORDS: dict[str, _Words] = {}
_PROVIDERS: dict[str, Provider] = {}
_MORE: list[Callable[[HttpRequest], Iterable[Todo]]] = []
_PANELS: list[tuple[int, Panel]] = []
_PLACES: dict[str, _Place] = {}
_COUNTERS: dict[str, Callable[[Any], int]] = {}


def deadline(name: str, *, label: Any, then: Any, todo: str = "", watched: bool = False) -> None:
    """How a deadline is written. todo: it waits for the store, and counts at this place of the way about. watched: it may
    be something to do, which is told by a closer look (`watched_for`)."""
    _WORDS[name] = _Words(label, then, todo, watched)


def todos(name: str) -> Callable[[Provider], Provider]:
    """The function makes to-dos of the store's pending deadlines of this name."""

    def register(provider: Provider) -> Provider:
        _PROVIDERS[name] = provider
        return provider

    return register


def more_todos(provider: Callable[[HttpRequest], Iterable[Todo]]) -> Callable[[HttpRequest], Iterable[Todo]]:
    """Things to do that no deadline drives."""
    _MORE.append(provider)
    return provider


def panel(position: int) -> Callable[[Panel], Panel]:
    """A part of the home page: the function returns its context with the key `template`, or None."""

    def register(function: Panel) -> Panel:
        _PANELS.append((position, function))
        _PANELS.sort(key=lambda entry: entry[0])
        return function

    return register


def place(key: str, label: Any, url_name: str, *, position: int) -> None:
    """An entry of the way about."""
    _PLACES[key] = _Place(key, label, url_name, position)


def counter(key: str) -> Callable[[Callable[[Any], int]], Callable[[Any], int]]:
    """The function says how much waits at this place without a deadline, up to `COUNTED_TO` + 1; asked once a page."""

    def register(function: Callable[[Any], int]) -> Callable[[Any], int]:
        _COUNTERS[key] = function
        return function

    return register


# ------------------------------------------------------------------ reading


def chip(row: Deadline | None, *, name: str = "", then: str = "") -> dict[str, Any] | None:
    """A deadline for `base/_deadline_chip.html`; a reminder of one is none."""
    if row is None or row.name.endswith(REMINDER):
        return None
    words = _WORDS.get(row.name)
    return {
        "name": name or str(words.label if words else row.name.replace("_", " ").capitalize()),
        "due_at": row.due_at,
        "then": then or str(words.then if words else ""),
        "rule": row.rule,
        "standing": row.status,
    }


def waiting(request: Any) -> list[Deadline]:
    """The store's pending deadlines that wait for it, soonest first, at most one more than are counted."""
    return [row for row in _pending(request) if _WORDS[row.name].place][: COUNTED_TO + 1]


def watched_for(request: Any, name: str, kind: str) -> list[Deadline]:
    """The store's pending deadlines of this name on things of this kind, soonest first."""
    return [row for row in _pending(request) if row.name == name and row.subject_kind == kind]


def _pending(request: Any) -> list[Deadline]:
    """Asked once a request."""
    if not hasattr(request, "_pending"):
        names = [name for name, words in _WORDS.items() if words.place or words.watched]
        rows = Deadline.objects.filter(store_id=request.store.id, status=DeadlineStatus.PENDING, name__in=names)
        request._pending = list(rows.order_by("due_at", "id")[: 2 * COUNTED_TO])
    found: list[Deadline] = request._pending
    return found


def unread(request: Any) -> list[Any]:
    """Of the store's newest notices those that nobody has marked as read, newest first: id, code and root. Asked once a
    request, and it walks along the index of the audience only.
    """
    if not hasattr(request, "_unread"):
        rows = Notice.objects.filter(audience_id=request.store.id, audience_kind="seller").order_by("-id")
        latest = rows.values_list("id", "code", "root_id", "read_at", named=True)[:NOTICES_LOOKED_AT]
        request._unread = [row for row in latest if row.read_at is None]
    found: list[Any] = request._unread
    return found


def all_todos(request: HttpRequest) -> list[Todo]:
    """Everything that waits for the store, by deadline; what has none comes last."""
    by_name: dict[str, list[Deadline]] = defaultdict(list)
    for row in waiting(request):
        by_name[row.name].append(row)
    found = [todo for name, rows in by_name.items() if name in _PROVIDERS for todo in _PROVIDERS[name](request, rows)]
    found += [todo for provider in _MORE for todo in provider(request)]
    return sorted(found, key=lambda todo: todo.due_at or datetime.max.replace(tzinfo=now().tzinfo))


def more_of(request: HttpRequest, shown: int) -> list[dict[str, Any]]:
    """What waits beyond the to-dos that are shown: how many at which place, with its list."""
    beyond: dict[str, int] = defaultdict(int)
    for row in waiting(request)[shown:]:
        beyond[_WORDS[row.name].place] += 1
    return [
        {"label": _PLACES[key].label, "url": reverse(_PLACES[key].url_name), "count": counted(number)}
        for key, number in beyond.items()
    ]


def panels(request: HttpRequest) -> list[dict[str, Any]]:
    return [shown for _position, function in _PANELS if (shown := function(request)) is not None]


def navigation(request: Any) -> list[dict[str, Any]]:
    """The way about with what waits at each place."""
    counts: dict[str, int] = defaultdict(int)
    urgent: set[str] = set()
    moment = now()
    for row in waiting(request):
        for key in ("todo", _WORDS[row.name].place):
            counts[key] += 1
            if row.due_at - moment <= SOON:
                urgent.add(key)
    for key, function in _COUNTERS.items():
        counts[key] = function(request)
        counts["todo"] += counts[key]
    counts["todo"] += 1 if _deposit_waits(request, waiting(request)) else 0
    return [
        {
            "key": entry.key,
            "label": entry.label,
            "url": reverse(entry.url_name),
            "count": counted(counts[entry.key]),
            "waiting": counts[entry.key],
            "tone": "risk" if entry.key in urgent else "turn",
        }
        for entry in sorted(_PLACES.values(), key=lambda entry: entry.position)
    ]


def folded(places: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What a phone's bar has no room for, behind its last entry, with what waits there; None when all of them fit."""
    if len(places) <= IN_THE_BAR:
        return None
    rest = places[IN_THE_BAR - 1 :]
    return {
        "shown": IN_THE_BAR - 1,
        "rest": rest,
        "count": counted(sum(entry.get("waiting", 0) for entry in rest)),
        "tone": "risk" if any(entry.get("waiting") and entry.get("tone") == "risk" for entry in rest) else "turn",
    }


def _deposit_waits(request: Any, rows: list[Deadline]) -> bool:
    """A deposit that is short and has no deadline of its own among the rows."""
    return bool(request.store.deposit_missing.minor) and all(row.name != "deposit_top_up" for row in rows)


def counted(number: int) -> str | int:
    return f"{COUNTED_TO}+" if number > COUNTED_TO else number
