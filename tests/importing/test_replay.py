"""Replaying: what a real past becomes under the rules, in memory and in the database."""

import csv
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from finance.models import Balance
from orders.importing import olist, runs
from orders.importing.history import Act, PastLine, PastListing, PastOrder, PastStore
from orders.importing.made_up import write_made_up
from orders.importing.replay import Early, StoreReplay
from orders.importing.tables import Rejects
from orders.models import Order, Review
from rulebook.clock import VirtualClock, now
from rulebook.docket import Docket
from rulebook.docket.memory import MemorySource
from rulebook.ids import new_id
from rulebook.models import Deadline, JournalEntry, Notice
from rulebook.rules import Rulebook
from stores.models import Buyer, Store

PLACED = datetime(2017, 7, 10, 12, 0, tzinfo=UTC)
PRESENT = VirtualClock(datetime(2026, 3, 1, tzinfo=UTC))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_store(*orders):
    listings = {"p1": PastListing("Phone p1", "phones-telecommunications", 10_000, sold=99)}
    return PastStore("s1", "Curitiba s1", "BR", "BRL", listings, list(orders))


def an_order(identity="o1", *acts, handling=4, **fields):
    moments = [(PLACED + after, act) for after, act in acts]
    return PastOrder(
        identity, f"c{identity}", [PastLine("p1", 1, 10_000)], 2000, handling, 19, PLACED, moments, "", **fields
    )


def replayed(store, rulebook=None, early=Early.REFUSE):
    """The tally, and the docket with all that was made."""
    with Docket.open(clock=PRESENT, source=MemorySource(rulebook), rulebook=rulebook) as docket:
        tally = StoreReplay(docket, store, "olist", new_id(), early).run()
    return tally, docket


def order_of(docket):
    return next(obj for obj in docket.new if isinstance(obj, Order))


def test_a_delivered_order_completes_by_time_and_its_money_is_released():
    tally, docket = replayed(a_store(an_order("o1", (HOUR, Act.PAY), (2 * DAY, Act.SHIP), (9 * DAY, Act.DELIVER))))

    order = order_of(docket)
    assert (order.state, order.decided_under, order.release) == ("completed", "A35-4", "released")
    assert order.completed_at == PLACED + 2 * DAY + 75 * DAY  # Brazil's window is longer than the promised 19 days
    assert order.released_at == order.completed_at + 15 * DAY
    assert tally.money == {
        ("clearing", "BRL"): -12_000,
        ("escrow", "BRL"): 0,
        ("commission", "BRL"): 960,
        ("available", "BRL"): 11_040,
        ("clearing", "CNY"): -1_000_000,
        ("deposit", "CNY"): 1_000_000,
    }
    assert tally.faults == []


def test_each_act_is_done_by_its_own_people_at_its_own_moment():
    _tally, docket = replayed(a_store(an_order("o1", (HOUR, Act.PAY), (2 * DAY, Act.SHIP), (9 * DAY, Act.DELIVER))))

    told = [
        (entry.act, entry.actor_kind, entry.door, entry.effective_at - PLACED)
        for entry in docket.journal
        if entry.act.startswith(("order.", "shipment.scan"))
    ]
    assert told == [
        ("order.place", "buyer", "import", timedelta(0)),
        ("order.pay", "buyer", "import", HOUR),
        ("order.ship_rest", "seller", "import", 2 * DAY),
        ("shipment.scan", "carrier", "import", 2 * DAY),  # handed over: the carrier has it
        ("shipment.scan", "carrier", "import", 9 * DAY),
        ("order.complete_by_time", "system", "sweeper", 77 * DAY),
        ("order.release_money", "system", "sweeper", 92 * DAY),
    ]
    assert {entry.recorded_at for entry in docket.journal} == {PRESENT.now()}
    assert docket.notices == []  # nobody is told what happened years ago


@pytest.mark.parametrize(
    ("shipped", "rule", "refused"),
    [
        (4 * DAY + HOUR - timedelta(seconds=1), "A35-4", 0),
        (4 * DAY + HOUR, "A34-3", 1),
        (4 * DAY + HOUR + timedelta(seconds=1), "A34-3", 1),
    ],
)
def test_a_parcel_after_the_handling_period_comes_too_late(shipped, rule, refused):
    tally, docket = replayed(a_store(an_order("o1", (HOUR, Act.PAY), (shipped, Act.SHIP), (30 * DAY, Act.DELIVER))))

    assert order_of(docket).decided_under == rule
    assert tally.refused == ({("seller.ship", "A34"): 1} if refused else {})
    assert tally.not_reached == ({"carrier.scan": 1} if refused else {})
    assert (tally.late, tally.late_shipped) == (refused, refused)


def test_a_cancelled_order_is_refunded_in_full():
    tally, docket = replayed(a_store(an_order("o1", (HOUR, Act.PAY), (2 * HOUR, Act.CANCEL), (2 * HOUR, Act.AGREE))))

    order = order_of(docket)
    assert (order.close_reason, order.decided_under, order.refunded_minor) == (
        "cancelled_by_agreement",
        "A33-3",
        12_000,
    )
    assert tally.money["clearing", "BRL"] == 0


def test_a_cancellation_after_shipping_is_refused_and_counted():
    acts = [(HOUR, Act.PAY), (DAY, Act.SHIP), (2 * DAY, Act.CANCEL), (2 * DAY, Act.AGREE)]

    tally, docket = replayed(a_store(an_order("o1", *acts)))

    assert order_of(docket).decided_under == "A35-4"
    assert tally.refused == {("buyer.request_cancellation", "A33-1"): 1}
    assert tally.not_reached == {"seller.agree_cancellation": 1}


def test_an_order_that_nobody_paid_is_closed_and_a_late_payment_is_refused():
    tally, docket = replayed(a_store(an_order("o1", (20 * DAY, Act.PAY))))

    assert (order_of(docket).close_reason, order_of(docket).decided_under) == ("unpaid", "A32-1")
    assert tally.refused == {("buyer.pay", "A32"): 1}


def test_the_rulebooks_longest_handling_time_applies_and_can_be_overridden():
    past = a_store(an_order("o1", (HOUR, Act.PAY), (25 * DAY, Act.SHIP), handling=1057))

    tally, docket = replayed(past)
    strict, _ = replayed(past, Rulebook({"order.stocking_days_max": 10}))

    assert order_of(docket).handling_days == 30
    assert (tally.shortened, tally.longest_handling, tally.late) == (1, 1057, 0)
    assert (strict.shortened, strict.late) == (1, 1)


def test_acts_and_deadlines_of_all_orders_come_in_time_order():
    first = an_order("o1", (HOUR, Act.PAY))  # its handling period ends after 4 days and an hour
    second = an_order("o2", (5 * DAY, Act.PAY), (6 * DAY, Act.SHIP))

    _tally, docket = replayed(a_store(first, second))

    moments = [entry.effective_at for entry in docket.journal]
    assert moments == sorted(moments)


# ---------------------------------------------------------------------- both modes


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("olist")
    write_made_up(folder, 300, seed=4)
    return olist.read(folder, Rejects(None), now()).stores


def quietly(count):
    pass


@pytest.mark.django_db
def test_both_modes_tell_the_same(stores):
    memory = runs.in_memory(stores, "olist", Rulebook(), quietly, clock=PRESENT).tally
    database = runs.into_database(stores, "olist", {}, quietly, clock=PRESENT).tally

    assert database == memory
    assert memory.faults == []


@pytest.mark.django_db
def test_the_database_holds_what_was_counted(stores):
    tally = runs.into_database(stores, "olist", {}, quietly, clock=PRESENT).tally
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert Order.objects.count() == tally.orders
    assert JournalEntry.objects.count() == tally.entries
    held = {}
    for row in Balance.objects.all():
        held[row.kind, row.currency] = held.get((row.kind, row.currency), 0) + row.amount_minor
    assert held == tally.money
    assert not Deadline.objects.filter(status="pending", due_at__lte=PRESENT.now()).exists()
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_a_second_run_adds_nothing_and_says_so(stores):
    first = runs.into_database(stores, "olist", {}, quietly, clock=PRESENT)
    counted = [model.objects.count() for model in (Store, Order, Buyer, JournalEntry, Deadline)]

    second = runs.into_database(stores, "olist", {}, quietly, clock=PRESENT)

    assert (second.skipped, second.skipped_orders, second.tally.orders) == (len(stores), first.tally.orders, 0)
    assert [model.objects.count() for model in (Store, Order, Buyer, JournalEntry, Deadline)] == counted


@pytest.mark.django_db
def test_a_store_that_has_more_orders_now_is_named(stores):
    small = PastStore(stores[0].id, stores[0].name, "BR", "BRL", stores[0].listings, stores[0].orders[:1])
    runs.into_database([small], "olist", {}, quietly, clock=PRESENT)

    again = runs.into_database(stores[:1], "olist", {}, quietly, clock=PRESENT)

    assert again.grown == {stores[0].name: len(stores[0].orders) - 1}


@pytest.mark.django_db
def test_a_customer_of_two_stores_is_one_buyer(stores):
    one, other = an_order("o1"), an_order("o1")
    second = PastStore("s2", "Salvador s2", "BR", "BRL", a_store().listings, [other])

    runs.into_database([a_store(one), second], "olist", {}, quietly, clock=PRESENT)

    assert Buyer.objects.count() == 1
    assert Order.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_and_run_again_it_neither_doubles_nor_loses(tmp_path):
    write_made_up(tmp_path, 1500, seed=6)
    stores = olist.read(tmp_path, Rejects(None), now()).stores
    expected = runs.in_memory(stores, "olist", Rulebook(), quietly, early=Early.WAIT).tally

    running = start_import(tmp_path)
    wait_until(lambda: Store.objects.count() >= 8, running)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=60)
    broken_off = Store.objects.count()
    half = Deadline.objects.filter(status="pending", due_at__lte=now()).count()
    out, _ = start_import(tmp_path).communicate(timeout=120)

    assert 8 <= broken_off < expected.stores
    assert half == 0
    assert f"Already there: {broken_off:,} stores" in out
    assert Store.objects.count() == expected.stores
    assert Order.objects.count() == expected.orders
    assert Review.objects.count() == expected.reviews > 0
    assert JournalEntry.objects.count() == expected.entries
    assert runs.books_hold(list(Store.objects.values_list("id", flat=True))) == []
    held = dict.fromkeys(expected.money, 0)
    for row in Balance.objects.all():
        held[row.kind, row.currency] += row.amount_minor
    assert held == expected.money


def start_import(folder):
    settings = connection.settings_dict
    password = f":{quote(settings['PASSWORD'])}" if settings.get("PASSWORD") else ""
    host = quote(str(settings["HOST"]), safe="")
    address = (
        f"postgresql://{settings['USER']}{password}@/{settings['NAME']}?host={host}&port={settings['PORT'] or 5432}"
    )
    command = [
        sys.executable,
        "manage.py",
        "import_orders",
        str(folder),
        "--format",
        "olist",
        "--rejects",
        str(folder / "rejects"),
    ]
    environment = {**os.environ, "DATABASE_URL": address, "PIEPOWDER_ENV": "test"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_until(true, running):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if true():
            return
        if running.poll() is not None:
            pytest.fail(f"the import ended too early: {running.communicate()[0]}")
        time.sleep(0.02)
    pytest.fail("the import did not get that far")


# ---------------------------------------------------------------------- the command


def test_the_command_reports_and_writes_the_rejects(tmp_path, capsys):
    counts = write_made_up(tmp_path, 400, seed=8, full=True, reviews=False)

    call_command("import_orders", tmp_path, "--format", "olist", "--memory", "--rejects", tmp_path / "rejects.csv")

    said = capsys.readouterr().out
    assert "Note: order_reviews.csv is missing" in said
    assert "Ledger verified" in said
    assert "Closed for late shipping (A34-3):" in said
    with (tmp_path / "rejects.csv").open(newline="") as file:
        assert (
            sum(row["reason"].startswith("order without item lines") for row in csv.DictReader(file))
            == counts.without_lines
        )


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--set", "order.nope=3"], "no parameter 'order.nope'"),
        (["--set", "nonsense"], "write it as KEY=VALUE"),
        (["--set", "order.stocking_days_max=soon"], "is not a value in natural days"),
    ],
)
def test_a_wrong_override_is_refused_before_anything_is_read(extra, words, tmp_path):
    with pytest.raises(CommandError) as refusal:
        call_command("import_orders", tmp_path, "--format", "olist", "--memory", *extra)

    assert words in str(refusal.value)


def test_an_override_that_changes_nothing_is_said(tmp_path, capsys):
    write_made_up(tmp_path, 50)

    call_command(
        "import_orders",
        tmp_path,
        "--format",
        "olist",
        "--memory",
        "--set",
        "order.stocking_days=10",
        "--set",
        "release.wait_days=3",
        "--rejects",
        tmp_path / "rejects.csv",
    )

    said = capsys.readouterr().out
    assert "order.stocking_days was overridden, but nothing here depends on it" in said
    assert "release.wait_days was overridden" not in said


def test_a_wrong_folder_is_an_error_of_one_line(tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        call_command(
            "import_orders", tmp_path / "nowhere", "--format", "olist", "--memory", "--rejects", tmp_path / "r.csv"
        )
