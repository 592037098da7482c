"""Threads that meet: each with its own connection, halted at a chosen point until all others have come as far as they can.

No sleeping and hoping: a party goes on when every other one has arrived at the point, has ended, or waits for a lock in
PostgreSQL. So the same thing happens every time, with the lock and without it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, connections

from rulebook.docket import postgres
from rulebook.docket.docket import Docket

PATIENCE = 20.0
"""Seconds after which a meeting is a failure of the test."""


@dataclass
class Party:
    """One who takes part. `result` is what it returned or the exception that ended it."""

    name: str
    work: Callable[[], Any]
    pid: int = 0
    arrived: int = 0
    done: bool = False
    result: Any = None
    thread: threading.Thread | None = None


@dataclass
class Meeting:
    """`at_point` is called from the patched place; the first `points` arrivals of each party wait for the others."""

    points: int = 1
    parties: list[Party] = field(default_factory=list)
    turn: threading.Condition = field(default_factory=threading.Condition)

    def hold(self, works: list[Callable[[], Any]]) -> list[Any]:
        """Run all at once; the results in order, exceptions among them."""
        self.parties = [Party(f"party {number}", work) for number, work in enumerate(works)]
        for party in self.parties:
            party.thread = threading.Thread(target=self._run, args=(party,), name=party.name, daemon=True)
            party.thread.start()
        for party in self.parties:
            assert party.thread is not None
            party.thread.join(PATIENCE * 2)
            assert not party.thread.is_alive(), f"{party.name} never came to an end"
        return [party.result for party in self.parties]

    def _run(self, party: Party) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                party.pid = cursor.fetchone()[0]
            party.result = party.work()
        except BaseException as error:
            party.result = error
        finally:
            party.done = True
            connections.close_all()

    def at_point(self) -> None:
        """The patched place calls this."""
        me = next((party for party in self.parties if party.thread is threading.current_thread()), None)
        if me is None or me.arrived >= self.points:
            return
        me.arrived += 1
        number, until = me.arrived, time.monotonic() + PATIENCE
        watcher = connection.copy()
        try:
            while not all(self._as_far_as_it_can(other, number, watcher) for other in self.parties if other is not me):
                if time.monotonic() > until:
                    raise TimeoutError(f"{me.name} waited in vain: {self.parties}")
                time.sleep(0.005)
        finally:
            watcher.close()

    @staticmethod
    def _as_far_as_it_can(party: Party, number: int, watcher: Any) -> bool:
        if party.done or party.arrived >= number:
            return True
        if not party.pid:
            return False
        with watcher.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [party.pid])
            return bool(cursor.fetchone()[0])


@contextmanager
def meeting_at(target: Any, name: str, *, after: bool = False, points: int = 1) -> Iterator[Meeting]:
    """A meeting before (or after) each call of `target.name`."""
    meeting, real = Meeting(points), getattr(target, name)

    def patched(*args: Any, **kwargs: Any) -> Any:
        if not after:
            meeting.at_point()
        answer = real(*args, **kwargs)
        if after:
            meeting.at_point()
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, name, patched)
        yield meeting


def once_loaded() -> Any:
    """Where the acts' locks are held and everything is loaded: the moment is read. Without locks all come here at once."""
    return meeting_at(Docket, "read_now")


LOCKS = (" FOR NO KEY UPDATE OF r SKIP LOCKED", " FOR NO KEY UPDATE", " FOR SHARE")
GUARD = " AND t.version = v.held"


@contextmanager
def without_locks(*, and_without_versions: bool = True) -> Iterator[None]:
    """The control arm: rows are read without locks, and (by default) written without looking at their version."""
    real = postgres._run

    def unlocked(statements: Any, expected: Any = ()) -> Any:
        bare = []
        for sql, values in statements:
            for words in (*LOCKS, *([GUARD] if and_without_versions else [])):
                sql = sql.replace(words, "")
            bare.append((sql, values))
        return real(bare, expected)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "_run", unlocked)
        yield


def kinds(results: list[Any]) -> list[str]:
    """What came of each: ``done`` or the exception's name, sorted."""
    return sorted(type(result).__name__ if isinstance(result, BaseException) else "done" for result in results)


