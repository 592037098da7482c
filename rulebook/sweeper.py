"""The sweeper: claims what is due in batches and runs it. Any number of processes may; losing one loses nothing."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from rulebook.actors import SYSTEM
from rulebook.clock import Clock, system
from rulebook.docket.docket import Docket
from rulebook.docket.driving import mark_stuck, settle
from rulebook.docket.postgres import PostgresSource
from rulebook.models.deadline import Deadline, DeadlineStatus
from rulebook.refusals import Stale
from rulebook.rules import Rulebook

log = logging.getLogger("piepowder.sweeper")

BATCH = 2000
"""Roots: more costs longer locks and memory, fewer costs commits."""


@dataclass(frozen=True, slots=True)
class Swept:
    """Of one batch: how many roots were claimed, how many deadlines settled, how many entries written."""

    roots: int = 0
    deadlines: int = 0
    entries: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(self.roots + other.roots, self.deadlines + other.deadlines, self.entries + other.entries)


def sweep_batch(
    *,
    clock: Clock = system,
    source: Any = None,
    stores: Collection[UUID] | None = None,
    limit: int = BATCH,
    rulebook: Rulebook | None = None,
    isolate: bool = True,
) -> Swept:
    """Claim up to `limit` roots that have something due, run it, write it in one transaction. Nothing due: all zero."""
    try:
        return _sweep(clock, source, stores, limit, rulebook, isolate)
    except (DatabaseError, Stale):
        if not isolate or source is not None:
            raise
        log.exception("a batch could not be written; its roots are taken one by one")
        return _one_by_one(clock, stores, limit, rulebook)


def _sweep(clock: Clock, source: Any, stores: Any, limit: int, rulebook: Rulebook | None, isolate: bool) -> Swept:
    with undisturbed, Docket.open(actor=SYSTEM, clock=clock, source=source, rulebook=rulebook) as docket:
        now = clock.now()
        roots = docket.source.claim(docket, now, limit, stores)
        if not roots:
            return Swept()
        settled = settle(docket, roots, now, isolate=isolate)
        return Swept(len(roots), settled, len(docket.journal))


class _Undisturbed:
    """A batch makes ten thousands of objects that live until it is written: looking for garbage meanwhile costs a quarter.

    A story is such a batch, too. Batches of several threads nest: the last one to end switches the collector on again, if it was on.
    """

    def __init__(self) -> None:
        self.lock, self.depth, self.was_on = threading.Lock(), 0, False

    def __enter__(self) -> None:
        with self.lock:
            if self.depth == 0:
                self.was_on = gc.isenabled()
                gc.disable()
            self.depth += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.depth -= 1
            if self.depth == 0 and self.was_on:
                gc.enable()


undisturbed = _Undisturbed()


def _one_by_one(clock: Clock, stores: Any, limit: int, rulebook: Rulebook | None) -> Swept:
    """What a batch's writing refused is found by taking each root alone; the one that fails again is set aside."""
    total = Swept()
    due = Deadline.objects.filter(status=DeadlineStatus.PENDING, due_at__lte=clock.now()).order_by("due_at", "id")
    if stores is not None:
        due = due.filter(Q(store_id__in=stores) | Q(root_id__in=stores))
    seen: set[UUID] = set()
    for row in due[:limit]:
        if row.root_id in seen:
            continue
        seen.add(row.root_id)
        total += sweep_root(row, clock, rulebook)
    return total


def sweep_root(row: Deadline, clock: Clock = system, rulebook: Rulebook | None = None) -> Swept:
    """Run what is due on the deadline's root alone; what cannot be written is set aside with its error."""
    try:
        return _sweep_root(row, clock, rulebook)
    except (DatabaseError, Stale) as failure:
        log.exception("%s %s could not be written", row.root_kind, row.root_id)
        _set_aside(row.root_id, clock.now(), f"{type(failure).__name__}: {failure}")
        return Swept()


@transaction.atomic
def _set_aside(root_id: UUID, now: datetime, error: str) -> None:
    """Mark what is due on the root as stuck; locked, so that what somebody has met meanwhile stays met."""
    due = Deadline.objects.filter(root_id=root_id, status=DeadlineStatus.PENDING, due_at__lte=now).order_by("id")
    for row in due.select_for_update(no_key=True):
        mark_stuck(row, now, error)
        row.save(update_fields=["status", "error", "attempts", "retry_at"])


def _sweep_root(row: Deadline, clock: Clock, rulebook: Rulebook | None) -> Swept:
    from rulebook.models.base import KINDS

    with Docket.open(actor=SYSTEM, clock=clock, rulebook=rulebook) as docket:
        root = docket.lock(KINDS[row.root_kind], row.root_id)
        settled = settle(docket, [root.id], docket.at)
        return Swept(1, settled, len(docket.journal))


def revive(now: datetime) -> int:
    """Give stuck deadlines whose waiting time is over another try."""
    return Deadline.objects.filter(status=DeadlineStatus.STUCK, retry_at__lte=now).update(status=DeadlineStatus.PENDING)


def sweep_all(
    *, clock: Clock = system, limit: int = BATCH, rulebook: Rulebook | None = None, workers: int = 1
) -> Swept:
    """Batches until nothing is due. workers: threads with a connection each; while one waits for PostgreSQL another counts."""
    revive(clock.now())
    if workers == 1:
        return _sweep_until_empty(clock, limit, rulebook)

    def work() -> Swept:
        try:
            return _sweep_until_empty(clock, limit, rulebook)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        parts = [future.result() for future in [pool.submit(work) for _worker in range(workers)]]
    return sum(parts, Swept())


def _sweep_until_empty(clock: Clock, limit: int, rulebook: Rulebook | None) -> Swept:
    total = Swept()
    while True:
        batch = sweep_batch(clock=clock, limit=limit, rulebook=rulebook)
        if not batch.roots:
            return total
        total += batch


__all__ = ["BATCH", "PostgresSource", "Swept", "revive", "sweep_all", "sweep_batch", "sweep_root"]
