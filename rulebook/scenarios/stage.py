"""The stage: a virtual clock, a source, and the story's own people and things. Nothing else that is in the database is seen."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection

from rulebook.actors import BANK, BUYER, CARRIER, MODERATOR, NOBODY, SELLER, SYSTEM, Actor
from rulebook.amending import amendment_value
from rulebook.calendars import day_end, local_day
from rulebook.clock import VirtualClock
from rulebook.docket.docket import Docket
from rulebook.docket.memory import MemorySource
from rulebook.docket.postgres import PostgresSource
from rulebook.ids import new_id
from rulebook.models import Amendment
from rulebook.models.base import KINDS
from rulebook.rules import Rulebook
from rulebook.sweeper import sweep_batch

Builder = Callable[["Stage", str, dict[str, Any]], None]
Reader = Callable[["Stage", list[str], Any], Any]
Default = Callable[["Stage"], Any]

GIVEN: dict[str, tuple[Builder, dict[str, dict[str, Any]], frozenset[str]]] = {}
READERS: dict[str, Reader] = {}
ATTRIBUTE_READERS: dict[tuple[str, str], Reader] = {}
PERSON_READERS: dict[str, Reader] = {}
DEFAULTS: dict[str, dict[str, Default]] = {}
MISSED: set[str] = set()
"""Actions whose refusal may be about what is missing: nothing is supplied where one is expected."""
MEANT: dict[str, dict[str, Any]] = {}


def given(kind: str, *, default: dict[str, dict[str, Any]] | None = None, fields: str) -> Callable[[Builder], Builder]:
    """Register how a kind of `given` entries is built (in order of registration), the default people, and the known fields."""

    def register(builder: Builder) -> Builder:
        GIVEN[kind] = (builder, default or {}, frozenset(fields.split()))
        return builder

    return register


def reads(first: str) -> Callable[[Reader], Reader]:
    """Register a reader of paths that begin with this word (``money``, ``ledger`` …)."""

    def register(reader: Reader) -> Reader:
        READERS[first] = reader
        return reader

    return register


def reads_of(kind: str, attribute: str) -> Callable[[Reader], Reader]:
    """Register a reader of ``NAME.attribute…`` for names of a kind."""

    def register(reader: Reader) -> Reader:
        ATTRIBUTE_READERS[kind, attribute] = reader
        return reader

    return register


def reads_person(kind: str) -> Callable[[Reader], Reader]:
    """Register a reader of ``NAME…`` for people of a kind who are no object of the story; the path begins with the name."""

    def register(reader: Reader) -> Reader:
        PERSON_READERS[kind] = reader
        return reader

    return register


def by_default(action: str, *, unless_refused: bool = False, **inputs: Default) -> None:
    """What the player supplies for inputs that a step does not name. unless_refused: not where a refusal is expected, for what is
    missing may be the reason for it."""
    DEFAULTS.setdefault(action, {}).update(inputs)
    if unless_refused:
        MISSED.add(action)


def means(action: str, **fields: Any) -> None:
    """Of several objects that a verb may act on, the one that a step means without naming it: the newest with these values."""
    MEANT[action] = fields


@cache
def discover() -> None:
    """Import every app's `staging` module, lower apps first."""
    for app in ("stores", "finance", "orders", "disputes"):
        if apps.is_installed(app):
            import_module(f"{app}.staging")


@cache
def _as_it_stands() -> Rulebook:
    """Without overrides; all stories that change nothing read the same one, and what one of them read is known to the next."""
    return Rulebook()


class Stage:
    """Names are the story's; each stands for an object (kind, id) or for a person who acts."""

    def __init__(self, start: datetime, overrides: Mapping[str, Any] | None = None, *, memory: bool) -> None:
        self.start = start
        self.clock = VirtualClock(start)
        self.overrides = dict(overrides or {})
        self.rulebook = Rulebook(self.overrides) if self.overrides else _as_it_stands()
        self.memory = MemorySource(self.rulebook) if memory else None
        self.objects: dict[str, tuple[str, UUID]] = {}
        self.made: dict[str, list[str]] = {}
        self.actors: dict[str, dict[str, Actor]] = {
            kind: {} for kind in (BUYER, SELLER, MODERATOR, CARRIER, BANK, NOBODY)
        }
        self.stores: set[UUID] = set()
        self.daily_until = start
        self._next_midnight: datetime | None = None
        for kind in (CARRIER, BANK):
            self.actors[kind][kind] = Actor(kind=kind, id=new_id(), name=kind, roles=frozenset({kind}), door="scenario")

    # ------------------------------------------------------------------ dockets

    def source(self) -> Any:
        return self.memory or PostgresSource()

    def docket(self, actor: Actor = SYSTEM, at: datetime | None = None) -> Any:
        """A docket for building what is given; `at` may lie before the start."""
        clock = VirtualClock(at) if at is not None else self.clock
        return Docket.open(actor=actor, clock=clock, source=self.source(), rulebook=self.rulebook)

    def look(self, kind: str, identity: UUID) -> tuple[Any, Docket]:
        """The object as it stands, with its bundle, on a docket that nobody writes."""
        docket = Docket(self.source(), SYSTEM, self.clock, self.rulebook)
        docket.source.bring(docket, KINDS[kind], [identity], lock=False)
        docket.at = self.clock.now()
        return docket.held[identity], docket

    def find(self, model: type, **filters: Any) -> list[Any]:
        return self.source().find(model, **filters)

    # ------------------------------------------------------------------ names

    def name(self, kind: str, identity: UUID, name: str | None = None) -> str:
        """Give an object its name: the one asked for, else its kind, and for more of them without a name kind2, kind3 …"""
        if name is None:
            free = (kind if count == 1 else f"{kind}{count}" for count in itertools.count(1))
            name = next(one for one in free if one not in self.objects)
        self.objects[name] = (kind, identity)
        self.made.setdefault(kind, []).append(name)
        return name

    def newest(self, kind: str) -> UUID | None:
        names = self.made.get(kind)
        return self.objects[names[-1]][1] if names else None

    def identity(self, name: str, kind: str | None = None) -> UUID:
        """Of the object of that name; a kind used as a name is the newest of that kind."""
        found = self.objects.get(name)
        if found is None and kind in (None, name) and (newest := self.newest(name)) is not None:
            return newest
        if found is None or (kind is not None and found[0] != kind):
            raise KeyError(name)
        return found[1]

    def people(self) -> dict[str, Actor]:
        return {name: actor for group in self.actors.values() for name, actor in group.items()}

    # ------------------------------------------------------------------ time

    def moment(self, since: timedelta) -> datetime:
        return self.start + since

    def run_until(self, until: datetime) -> None:
        """Reach a moment: every deadline due at or before it fires, at its own due moment and in due order; daily work runs."""
        while True:
            due = self.source().next_due(self.own())
            daily = self._next_daily(until)
            if daily is not None and (due is None or daily <= due):
                self.clock.move_to(max(daily, self.clock.now()))
                self.daily_until, self._next_midnight = daily, None
                run_daily_on_stage(self, daily)
                continue
            if due is None or due > until:
                break
            self.clock.move_to(max(due, self.clock.now()))
            sweep_batch(
                clock=self.clock, source=self.source(), stores=self.own(), rulebook=self.rulebook, isolate=False
            )
        self.clock.move_to(max(until, self.clock.now()))

    def own(self) -> set[UUID] | None:
        """Whose deadlines fire: the story's stores, and its things that have no store. In memory nobody else is there."""
        return None if self.memory else self.stores | {identity for _kind, identity in self.objects.values()}

    def _next_daily(self, until: datetime) -> datetime | None:
        if not DAILY:
            return None
        if self._next_midnight is None:  # asked for between any two deadlines, and the same all day long
            zone = self.rulebook.at(self.start).platform.tz
            self._next_midnight = day_end(local_day(self.daily_until, zone), zone)
        return self._next_midnight if self._next_midnight <= until else None

    def after_act(self) -> None:
        """On the database, deferred constraints speak now, not at a commit that never comes."""
        if self.memory is None:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    def amend(self) -> None:
        """Take the story's approved amendments into its rulebook."""
        standing = [
            amendment
            for name in self.made.get("amendment", ())
            for amendment in self.find(Amendment, id=self.identity(name))
        ]
        self.rulebook = Rulebook(
            self.overrides, [amendment_value(row) for row in standing if str(row.state) in {"approved", "in_force"}]
        )
        self._next_midnight = None
        if self.memory is not None:
            self.memory._rulebook = self.rulebook


DAILY: list[Callable[[Stage, datetime], None]] = []


def run_daily_on_stage(stage: Stage, moment: datetime) -> None:
    """Daily work that apps registered for stories; it reaches the story's own stores only."""
    for work in DAILY:
        work(stage, moment)
