"""Work of the day: at midnight of platform time, once, in order, caught up after an outage; and its loop."""

import signal
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError

from rulebook import daily
from rulebook.loops import Loop
from rulebook.models import Checkpoint, DailyRun, Deadline, Heartbeat, IdempotencyKey
from tests.others import held_by_another

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # 00:00 of 2 March in China
DAY = timedelta(days=1)


@pytest.fixture
def work(monkeypatch):
    """Only the test's own work is registered; what it did is listed."""
    daily._read_all()
    done = []
    monkeypatch.setattr(daily, "_WORK", {})

    @daily.daily("count")
    def count(moment):
        done.append(moment)
        return {"number": len(done)}

    return done


def test_it_runs_at_midnight_of_platform_time_and_not_a_second_before(work):
    daily.run_daily(MIDNIGHT - timedelta(seconds=1))
    assert work == [MIDNIGHT - DAY]  # new work begins with the midnight before

    daily.run_daily(MIDNIGHT)
    assert work == [MIDNIGHT - DAY, MIDNIGHT]


def test_it_runs_once_however_often_it_is_asked_for(work):
    for minutes in range(0, 60, 10):
        daily.run_daily(MIDNIGHT + timedelta(minutes=minutes))

    assert work == [MIDNIGHT]
    assert DailyRun.objects.get().report == {"number": 1}


def test_after_an_outage_every_midnight_is_caught_up_in_order(work):
    daily.run_daily(MIDNIGHT)

    daily.run_daily(MIDNIGHT + 5 * DAY + timedelta(hours=3))

    assert work == [MIDNIGHT + days * DAY for days in range(6)]


def test_new_work_does_not_begin_with_the_year_one(work):
    daily.run_daily(MIDNIGHT)

    assert len(work) == 1


def test_what_failed_is_written_down_leaves_nothing_behind_and_holds_up_only_its_own(work):
    daily.run_daily(MIDNIGHT)

    @daily.daily("breaks")
    def breaks(moment):
        IdempotencyKey.objects.create(caller="x", key=str(moment), digest="", answer={}, created_at=moment)
        raise RuntimeError("no")

    ran = daily.run_daily(MIDNIGHT + DAY)

    row = DailyRun.objects.get(name="breaks")
    assert ran == daily.Ran(done=1, failed=1)
    assert (row.done_at, row.error) == (None, "RuntimeError: no")
    assert not IdempotencyKey.objects.exists()
    assert work[-1] == MIDNIGHT + DAY


def test_what_failed_is_tried_again_after_a_pause_and_before_the_next_day_of_its_name(work, monkeypatch):
    fail = [True]

    @daily.daily("breaks")
    def breaks(moment):
        if fail:
            raise RuntimeError("no")
        work.append(("breaks", moment))

    daily.run_daily(MIDNIGHT)
    daily.run_daily(MIDNIGHT + DAY)
    fail.clear()

    assert daily.run_daily(MIDNIGHT + DAY + timedelta(seconds=1)).failed == 0
    assert ("breaks", MIDNIGHT + DAY) not in work
    daily.run_daily(MIDNIGHT + DAY + timedelta(hours=2))
    assert [item for item in work if isinstance(item, tuple)] == [("breaks", MIDNIGHT), ("breaks", MIDNIGHT + DAY)]
    assert set(DailyRun.objects.values_list("error", flat=True)) == {""}


@pytest.mark.django_db(transaction=True)
def test_what_another_process_is_at_is_passed_by_and_the_midnight_after_it_waits(work):
    daily._plan("count", MIDNIGHT)
    daily._plan("count", MIDNIGHT + DAY)

    with held_by_another(DailyRun, moment=MIDNIGHT):
        daily.run_daily(MIDNIGHT + DAY)
        assert work == []

    daily.run_daily(MIDNIGHT + DAY)
    assert work == [MIDNIGHT, MIDNIGHT + DAY]


def test_keys_are_forgotten_after_thirty_days():
    for age in (29, 30, 31):
        IdempotencyKey.objects.create(caller="x", key=str(age), digest="", answer={}, created_at=MIDNIGHT - age * DAY)

    assert daily.forget_keys(MIDNIGHT) == {"deleted": 1}
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"29", "30"}


def test_the_sweep_does_the_work_of_the_day(capsys):
    call_command("sweep", "--once", "--workers=1")

    assert "0 failed" in capsys.readouterr().out
    assert Checkpoint.objects.count() == 1
    assert set(DailyRun.objects.filter(done_at__isnull=False).values_list("name", flat=True)) >= {
        "checkpoint",
        "forget_idempotency_keys",
    }


def test_a_loop_that_turns_each_second_looks_for_daily_work_only_now_and_then(work):
    look = daily.now_and_then(timedelta(seconds=30))
    for seconds in (0, 1, 29):
        look(MIDNIGHT - timedelta(seconds=30) + timedelta(seconds=seconds))
    assert work == [MIDNIGHT - DAY]

    look(MIDNIGHT)
    assert work == [MIDNIGHT - DAY, MIDNIGHT]


# ------------------------------------------------------------------ the loop


@pytest.fixture
def loop(monkeypatch):
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr("rulebook.loops.close_old_connections", lambda: None)
    yield Loop("sweeper", 0.001)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_loop_that_is_told_to_stop_finishes_its_turn(loop, number):
    turns = []

    def work():
        signal.raise_signal(number)
        turns.append("finished")
        return True

    loop.run(work)

    assert turns == ["finished"]


def test_a_loop_shows_that_it_lives(loop):
    loop.run(lambda: loop.stopping.set() or False)

    assert Heartbeat.objects.get().name.startswith("sweeper:")


def test_a_loop_outlives_a_database_that_is_away_for_a_while(loop, monkeypatch):
    monkeypatch.setattr("rulebook.loops.connection.close", lambda: None)
    monkeypatch.setattr("rulebook.loops.LONGEST_PAUSE", 0.001)
    answers = [OperationalError("gone"), OperationalError("still gone"), None]

    def work():
        answer = answers.pop(0)
        if answer:
            raise answer
        loop.stopping.set()
        return False

    loop.run(work)

    assert answers == []


def test_a_loop_outlives_a_database_that_is_away_for_a_day(loop, monkeypatch):
    monkeypatch.setattr("rulebook.loops.connection.close", lambda: None)
    pauses = []
    monkeypatch.setattr(loop.stopping, "wait", pauses.append)

    def work():
        if len(pauses) == 2880:
            loop.stopping.set()
        raise OperationalError("gone")

    loop.run(work)

    assert pauses[:6] == [1, 2, 4, 8, 16, 30]
    assert set(pauses[5:]) == {30}


def test_a_sweep_settles_what_is_due_and_says_how_much(capsys):
    from tests.fair import build_fair

    begin = datetime.now(UTC) - timedelta(days=10)
    fair = build_fair(begin=begin)
    order = fair.placed()
    assert Deadline.objects.filter(subject_id=order.id, status="pending").exists()
    Deadline.objects.filter(subject_id=order.id).update(due_at=begin + timedelta(days=1))

    call_command("sweep", "--once", "--workers=1")

    assert "1 deadlines of 1 subjects" in capsys.readouterr().out
    assert fair.fresh(order).state == "closed"


def test_an_id_of_a_host_with_a_long_name_fits_its_column():
    assert len(Loop("x" * 100, 1.0).name) <= 60
