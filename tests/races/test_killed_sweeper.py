"""Kill -9 of the sweeper in the middle of its work: nothing fires twice, nothing is lost, the books balance."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from rulebook.clock import parse_duration
from rulebook.docket.effects import GENESIS, entry_hash
from rulebook.models import Deadline, JournalEntry
from tests.fair import Fair, build_fair
from tests.races.test_races import acts_of, books_balance

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
POINTS = ["claimed", "written", "committed", "claimed:2", "written:2", "committed:2", "written", "claimed"]


RUNNING: list[Sweeper] = []


@pytest.fixture(autouse=True)
def none_left(transactional_db: None) -> Iterator[None]:
    """Torn down before the database is."""
    yield
    while RUNNING:
        RUNNING.pop().make_sure_it_ended()


class Sweeper:
    """A process of its own on the test's database."""

    def __init__(self, fair: Fair, point: str) -> None:
        arguments = [str(connection.settings_dict["NAME"]), fair.clock.now().isoformat(), "4", point]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", settings.SETTINGS_MODULE),
        }
        self.connected_before = connected()
        RUNNING.append(self)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.races.sweep_and_halt", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def make_sure_it_ended(self) -> None:
        """After a failure: one that hangs in its transaction would stop the emptying of the tables for good."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(60)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(60) == -signal.SIGKILL

    def end(self) -> None:
        assert [self.says(), self.says()] == ["began", "ended"]
        assert self.process.wait(60) == 0


def connected() -> set[int]:
    """The other processes of PostgreSQL that serve this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return {row[0] for row in cursor.fetchall()}


def others_are_gone(but: set[int]) -> None:
    """PostgreSQL has noticed that the dead one's connection is closed, and has rolled back.

    but: who was connected before it (a live server's thread of an earlier test).
    """
    until = time.monotonic() + 60
    while connected() - but:
        assert time.monotonic() < until, "a killed sweeper's connection lives on"
        time.sleep(0.02)


@pytest.fixture
def due() -> tuple[Fair, list[Any]]:
    """Thirty orders whose handling time is over, and six nobody paid."""
    fair = build_fair()
    orders = [fair.paid() for _ in range(30)]
    orders += [fair.placed() for _ in range(6)]
    fair.clock.move_to(fair.clock.now() + parse_duration("20d"))
    return fair, orders


def still_due() -> int:
    """Orders that wait for their end; the reminders beside them go with it."""
    return Deadline.objects.filter(status="pending", name__in=["handling", "payment"]).count()


def check(orders: list[Any]) -> None:
    assert not Deadline.objects.filter(status__in=["pending", "stuck"]).exists()
    closings = [acts_of(order.id, "order.close_unshipped", "order.close_unpaid") for order in orders]
    assert [len(found) for found in closings] == [1] * len(orders)
    assert books_balance()
    previous: dict[Any, tuple[int, str]] = {}
    for entry in JournalEntry.objects.order_by("store_id", "number"):
        number, before = previous.get(entry.store_id, (0, GENESIS))
        assert (entry.number, entry.previous_hash, entry.hash) == (number + 1, before, entry_hash(entry))
        previous[entry.store_id] = (entry.number, entry.hash)


def test_a_sweeper_killed_at_every_point_of_its_work(due: tuple[Fair, list[Any]]) -> None:
    fair, orders = due
    left = []
    for point in POINTS:
        sweeper = Sweeper(fair, point)
        assert [sweeper.says(), sweeper.says()] == ["began", "halted"]
        sweeper.kill()
        others_are_gone(sweeper.connected_before)
        left.append(still_due())

    Sweeper(fair, "none").end()

    # what was claimed or written and not committed is still there; what was committed is done
    assert left == [36, 36, 32, 28, 24, 16, 16, 16]
    check(orders)


def test_a_sweeper_killed_at_any_moment(due: tuple[Fair, list[Any]]) -> None:
    fair, orders = due
    chance, before = random.Random(1807), connected()
    for _ in range(4):
        sweeper = Sweeper(fair, "none")
        assert sweeper.says() == "began"
        time.sleep(chance.uniform(0.0, 0.06))
        sweeper.process.send_signal(signal.SIGKILL)
        sweeper.process.wait(60)
    others_are_gone(before)

    Sweeper(fair, "none").end()

    check(orders)


def test_a_second_sweeper_goes_on_beside_one_that_hangs(due: tuple[Fair, list[Any]]) -> None:
    fair, orders = due
    hanging = Sweeper(fair, "claimed")
    assert [hanging.says(), hanging.says()] == ["began", "halted"]

    Sweeper(fair, "none").end()
    assert still_due() == 4

    hanging.kill()
    others_are_gone(hanging.connected_before)
    Sweeper(fair, "none").end()
    check(orders)
