"""Running what is due: the same code for the sweeper, for an action that comes first, for scenarios and replays."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID

from rulebook.actors import SYSTEM
from rulebook.docket.counting import Span
from rulebook.docket.docket import Docket, subject_of
from rulebook.docket.waiting import CANCELLED, FIRED, MET, PENDING, REMINDER, STUCK
from rulebook.models.base import KINDS
from rulebook.models.deadline import Deadline
from rulebook.refusals import Missing, NotDone
from rulebook.rule import rules_for_deadline

log = logging.getLogger("piepowder.deadlines")

Follower = Callable[[Docket, Any], None]
_FOLLOWERS: dict[str, list[Follower]] = defaultdict(list)

BACK_OFF = timedelta(minutes=1)
LONGEST_BACK_OFF = timedelta(hours=1)


def follow(event: str) -> Callable[[Follower], Follower]:
    """Register a follower of an event that lower apps announce; it calls a transition, cited like any other."""

    def register(follower: Follower) -> Follower:
        _FOLLOWERS[event].append(follower)
        return follower

    return register


def settle(docket: Docket, roots: Iterable[UUID], until: datetime, *, isolate: bool = True) -> int:
    """Run everything due on these roots at or before `until`, in due order, and what that makes due in turn.

    Each act carries its own due moment. isolate: a failing one is marked stuck and the rest goes on (else it raises).
    Returns how many deadlines were settled.
    """
    heap = [item for root in roots for item in _due(docket, root, until)]
    if not heap:
        return 0
    heapify(heap)
    asker, reason = docket.actor, docket.reason
    docket.actor, docket.reason = SYSTEM, ""
    _bring_what_they_need(docket, heap)
    settled = 0
    try:
        while heap:
            due_at, _, row = heappop(heap)
            if row.status != PENDING or row.due_at != due_at:
                continue
            docket.at = due_at
            _run(docket, row, isolate)
            settled += 1
            for item in _due(docket, row.root_id, until):
                if item[2].set_at >= due_at and item[2] is not row:
                    heappush(heap, item)
    finally:
        docket.actor, docket.reason, docket.at = asker, reason, until
    return settled


def _due(docket: Docket, root: UUID, until: datetime) -> list[tuple[datetime, int, Deadline]]:
    return [
        (row.due_at, row.id.int, row)
        for row in docket.pending.get(root, {}).values()
        if row.due_at <= until and row.status == PENDING
    ]


def _bring_what_they_need(docket: Docket, heap: list[tuple[datetime, int, Deadline]]) -> None:
    stores = {
        row.store_id
        for _, _, row in heap
        if any("balances" in law.needs for law in rules_for_deadline(KINDS[row.subject_kind], row.name))
    }
    if stores:
        docket.source.bring_balances(docket, stores)


def _run(docket: Docket, row: Deadline, isolate: bool) -> None:
    while True:
        try:
            with docket.act([row.root_id]):
                _fire(docket, row)
            return
        except Missing as need:
            bring_missing(docket, need)
        except Exception as failure:
            if not isolate:
                raise
            log.exception("deadline %s of %s %s is stuck", row.name, row.subject_kind, row.subject_id)
            docket.dirty = True
            docket.before_change(row)
            mark_stuck(row, docket.recorded_at, f"{type(failure).__name__}: {failure}")
            return


def _fire(docket: Docket, row: Deadline) -> None:
    """Carry out the one law of this deadline that applies now; when none does, it was answered meanwhile."""
    subject = subject_of(docket, row)
    if subject is None:
        raise LookupError(f"the {row.subject_kind} {row.subject_id} was not brought with its {row.root_kind}")
    if row.name.endswith(REMINDER) and _comes_too_late(docket, row):
        docket.end_deadline(row, CANCELLED)
        return
    for law in rules_for_deadline(type(subject), row.name):
        if law.applies(subject, docket):
            docket.end_deadline(row, FIRED)
            assert law.call is not None
            law.call(subject, docket)
            run_followers(docket)
            return
    docket.end_deadline(row, MET)


def _comes_too_late(docket: Docket, row: Deadline) -> bool:
    """A reminder of what is over by the time that anybody could read it (the sweeper was away)."""
    main = docket.pending.get(row.root_id, {}).get((row.subject_id, row.name.removesuffix(REMINDER)))
    return main is None or main.due_at <= docket.recorded_at


def run_followers(docket: Docket) -> None:
    """Tell the followers what was announced, in order; what they announce comes after."""
    while docket.announced:
        event, subject = docket.announced.pop(0)
        for follower in _FOLLOWERS.get(event, ()):
            follower(docket, subject)


def bring_missing(docket: Docket, need: Missing) -> None:
    """Bring what a rule turned out to need."""
    what, *which = need.what
    if what == "balances":
        docket.source.bring_balances(docket, which)
    elif what == "totals":
        docket.source.bring_totals(docket, which)
    elif what == "counts":
        store_id, name, since = which
        docket.counts[store_id, name, since] = docket.source.sums([Span(store_id, {name: 1}, since)])[0]
    else:
        raise LookupError(f"nobody knows how to bring {need.what}")


def mark_stuck(row: Deadline, now: datetime, error: str) -> None:
    """Set aside with its error, to be tried again later; moderators see it."""
    row.attempts += 1
    row.status, row.error = STUCK, error[:2000]
    row.retry_at = now + min(BACK_OFF * 2 ** min(row.attempts - 1, 10), LONGEST_BACK_OFF)


__all__ = ["NotDone", "bring_missing", "follow", "mark_stuck", "run_followers", "settle"]
