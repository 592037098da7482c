"""Threads that meet: each with its own connection, halted at a point until all others came as far as they can.

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
from django.core.management import call_command
from django.db import connection, connections

from rulebook import actions, sweeper
from rulebook.docket import speaking

PATIENCE = 50.0
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
    last: Party | None = None

    def hold(self, works: list[Callable[[], Any]], *, last: int | None = None) -> list[Any]:
        """Run all at once; the results in order, exceptions among them. last: who lets all others end first."""
        self.parties = [Party(f"party {number}", work) for number, work in enumerate(works)]
        self.last = None if last is None else self.parties[last]
        for party in self.parties:
            party.thread = threading.Thread(target=self._run, args=(party,), name=party.name, daemon=True)
            party.thread.start()
        try:
            for party in self.parties:
                assert party.thread is not None
                party.thread.join(PATIENCE * 2)
                assert not party.thread.is_alive(), f"{party.name} never came to an end"
        finally:
            self._send_home()
        return [party.result for party in self.parties]

    def _send_home(self) -> None:
        """Who is still there holds locks, and the emptying of the tables would wait for them: his connection is ended."""
        late = [party for party in self.parties if party.thread is not None and party.thread.is_alive()]
        for party in late:
            if party.pid:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(%s)", [party.pid])
        for party in late:
            assert party.thread is not None
            party.thread.join(PATIENCE)

    def _run(self, party: Party) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                party.pid = cursor.fetchone()[0]
            party.result = party.work()
        except BaseException as error:
            party.result = error
        finally:
            try:
                connections.close_all()  # what was left open is rolled back by it
            finally:
                party.done = True

    def at_point(self) -> None:
        """The patched place calls this."""
        me = next((party for party in self.parties if party.thread is threading.current_thread()), None)
        if me is None or me.arrived >= self.points:
            return
        me.arrived += 1
        number, until = me.arrived, time.monotonic() + PATIENCE
        watcher = connection.copy()
        try:
            while not all(
                self._as_far_as_it_can(other, number, watcher, me is self.last)
                for other in self.parties
                if other is not me
            ):
                if time.monotonic() > until:
                    raise TimeoutError(f"{me.name} waited in vain: {self.parties}")
                time.sleep(0.005)
        finally:
            watcher.close()

    @staticmethod
    def _as_far_as_it_can(party: Party, number: int, watcher: Any, to_the_end: bool) -> bool:
        if party.done or (party.arrived >= number and not to_the_end):
            return True
        if not party.pid:
            return False
        with watcher.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [party.pid])
            return bool(cursor.fetchone()[0])


@contextmanager
def meeting_at(*places: tuple[Any, str], after: bool = False) -> Iterator[Meeting]:
    """A meeting before (or after) what is called there: (module or class, name of its function)."""
    meeting = Meeting()
    with pytest.MonkeyPatch.context() as patch:
        for target, name in places:
            patch.setattr(target, name, _stopping(getattr(target, name), meeting, after))
        yield meeting


def _stopping(real: Callable[..., Any], meeting: Meeting, after: bool) -> Callable[..., Any]:
    def patched(*args: Any, **kwargs: Any) -> Any:
        if not after:
            meeting.at_point()
        answer = real(*args, **kwargs)
        if after:
            meeting.at_point()
        return answer

    return patched


def once_loaded() -> Any:
    """Where an act or a batch holds its locks and all is loaded, before anything is judged."""
    return meeting_at((actions, "settle"), (sweeper, "settle"))


LOCKS = (" FOR NO KEY UPDATE OF r SKIP LOCKED", " FOR NO KEY UPDATE", " FOR SHARE")
GUARD = " AND t.version = v.held"


@contextmanager
def without_locks(*, and_without_versions: bool = True) -> Iterator[None]:
    """The control arm: rows are read without locks, and (by default) written without looking at their version."""
    real = speaking.run

    def unlocked(statements: Any, expected: Any = ()) -> Any:
        bare = []
        for sql, values in statements:
            for words in (*LOCKS, *([GUARD] if and_without_versions else [])):
                sql = sql.replace(words, "")
            bare.append((sql, values))
        return real(bare, expected)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speaking, "run", unlocked)
        yield


NETS = {
    "deadline_one_pending_per_subject_and_name": "rulebook_deadline",
    "balance_has_the_sign_of_its_kind": "finance_balance",
    "offer_one_current_per_side": "disputes_offer",
    "appeal_once_per_side": "disputes_appeal",
}
"""Constraints that would stop a race's damage where the locks have failed."""


@contextmanager
def without_nets() -> Iterator[None]:
    """The second nets are down, too: the damage shows. At the end the tables are empty and the nets up again."""
    with connection.cursor() as cursor:
        put_up = [_take_down(cursor, name, table) for name, table in NETS.items()]
    try:
        yield
    finally:
        call_command("flush", interactive=False, verbosity=0)
        with connection.cursor() as cursor:
            for statement in put_up:
                cursor.execute(statement)


def _take_down(cursor: Any, name: str, table: str) -> str:
    cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
    found = cursor.fetchone()
    if found:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        return f"ALTER TABLE {table} ADD CONSTRAINT {name} {found[0]}"
    cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
    (definition,) = cursor.fetchone()
    cursor.execute(f"DROP INDEX {name}")
    return str(definition)


def kinds(results: list[Any]) -> list[str]:
    """What came of each: ``done`` or the exception's name, sorted."""
    return sorted(type(result).__name__ if isinstance(result, BaseException) else "done" for result in results)
