"""Time in both modes: late is late although nobody swept; what is due fires once, in order, dated at its moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.models import Order
from rulebook.clock import VirtualClock, parse_duration
from rulebook.docket.docket import Docket
from rulebook.models import Deadline
from rulebook.refusals import Refused
from rulebook.rule import rules_for_deadline, rules_of
from rulebook.sweeper import revive, sweep_all, sweep_batch
from tests.court import BEGIN, Court

MODES = pytest.mark.parametrize(
    "memory", [pytest.param(True, id="memory"), pytest.param(False, id="database", marks=pytest.mark.django_db)]
)
QUICK = {"listings": {"item": {"delivery": [{"days": 5}]}}}

# what is done too late: the story before, the length of the period, the act, its rule, the end that came first
LATE: dict[str, tuple[list[tuple[str, dict[str, Any]]], str, str, dict[str, Any], str, dict[str, Any]]] = {
    "pay": (
        [("buyer.place_order", {})],
        "20d",
        "buyer.pay",
        {},
        "A32",
        {"order.state": "closed", "order.decided_under": "A32-1"},
    ),
    "ship": (
        [("buyer.place_order", {}), ("buyer.pay", {})],
        "7d",
        "seller.ship",
        {},
        "A34",
        {"order.state": "closed", "order.decided_under": "A34-3"},
    ),
    "agree": (
        [("buyer.place_order", {}), ("buyer.pay", {}), ("buyer.request_cancellation", {})],
        "7d",
        "seller.agree_cancellation",
        {},
        "A33",
        {"cancellation.state": "lapsed", "order.decided_under": "A33-5"},
    ),
    "confirm": (
        [("buyer.place_order", {}), ("buyer.pay", {}), ("seller.ship", {})],
        "45d",
        "buyer.confirm_receipt",
        {},
        "A35",
        {"order.state": "completed", "order.decided_under": "A35-4"},
    ),
    "reject": (
        [
            ("buyer.place_order", {}),
            ("buyer.pay", {}),
            ("seller.ship", {}),
            ("buyer.open_dispute", {"reason": "quality", "refund": "100.00 USD"}),
        ],
        "5d",
        "seller.reject_dispute",
        {},
        "A40",
        {"dispute.state": "resolved", "dispute.decided_under": "A40-2", "order.state": "closed"},
    ),
    "revise": (
        [
            ("buyer.place_order", {}),
            ("buyer.pay", {}),
            ("seller.ship", {}),
            ("buyer.open_dispute", {"reason": "quality", "refund": "100.00 USD"}),
            ("seller.reject_dispute", {}),
        ],
        "7d",
        "buyer.revise_dispute",
        {"refund": "1.00 USD"},
        "A39-4",
        {"dispute.state": "arbitration"},
    ),
}


@MODES
@pytest.mark.parametrize("late", ["0", "1s", "400d"])
@pytest.mark.parametrize("what", LATE)
def test_an_act_meets_the_overdue_deadline_first(what: str, late: str, memory: bool) -> None:
    before, period, verb, inputs, rule, end = LATE[what]
    court = Court(memory=memory, given=QUICK)
    for name, values in before:
        court.do(name, **values)
    court.jump(period)
    court.jump(late)

    with pytest.raises(Refused) as refusal:
        court.do(verb, **inputs)

    assert refusal.value.rule == rule
    assert {path: str(court.read(path)) for path in end} == end
    entry = entries(court)[-1]
    assert entry.recorded_at == court.now
    assert BEGIN + parse_duration(period) in {entry.effective_at for entry in entries(court)}
    if late != "400d":
        assert entry.effective_at == BEGIN + parse_duration(period)
    assert court.read("ledger.balanced") is True


@MODES
@pytest.mark.parametrize("what", LATE)
def test_an_act_a_second_before_the_end_is_in_time(what: str, memory: bool) -> None:
    before, period, verb, inputs, _rule, _end = LATE[what]
    court = Court(memory=memory, given=QUICK)
    for name, values in before:
        court.do(name, **values)
    court.stage.clock.move_to(BEGIN + parse_duration(period) - timedelta(seconds=1))

    court.do(verb, **inputs)

    assert entries(court)[-1].effective_at == court.now


def entries(court: Court) -> list[Any]:
    """The journal of the shop's book."""
    if court.memory is not None:
        found = court.memory.journal
    else:
        from rulebook.models import JournalEntry

        found = JournalEntry.objects.filter(store_id__in=court.stage.stores)
    return sorted((entry for entry in found if entry.store_id in court.stage.stores), key=lambda entry: entry.number)


@MODES
def test_a_late_act_on_what_the_outage_changed_twice_meets_both_changes(memory: bool) -> None:
    """Shipped, received by time, released: a dispute long after finds all of it done at its own day."""
    court = Court(memory=memory, given=QUICK)
    for verb in ("buyer.place_order", "buyer.pay", "seller.ship"):
        court.do(verb)
    court.jump("100d")

    with pytest.raises(Refused, match="A39-1"):
        court.do("buyer.open_dispute", reason="quality", refund="1.00 USD")

    assert court.read("order.completed_at") == BEGIN + timedelta(days=45)
    assert court.read("order.released_at") == BEGIN + timedelta(days=60)
    assert str(court.read("money.shop.available")) == "92.00 USD"


# ------------------------------------------------------------------ after an outage


def sweep(court: Court, **how: Any) -> None:
    while sweep_batch(clock=court.stage.clock, source=court.memory, rulebook=court.stage.rulebook, **how).roots:
        pass


@MODES
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_after_an_outage_everything_is_caught_up_in_due_order_and_dated_at_its_day(memory: bool, limit: int) -> None:
    court = Court(
        memory=memory,
        given={"listings": {name: {"handling": name[1:], "delivery": [{"days": 5}]} for name in ("h9d", "h2d", "h4d")}},
    )
    for listing in ("h9d", "h2d", "h4d"):
        court.do("buyer.place_order", on=listing, named=f"of_{listing}")
        court.do("buyer.pay", on=f"of_{listing}")
    court.do("buyer.place_order", on="h9d", named="unpaid")
    court.do("buyer.place_order", on="h9d", named="sent")
    court.do("buyer.pay", on="sent")
    court.do("seller.ship", on="sent")
    known = len(entries(court))
    court.jump("90d")

    sweep(court, limit=limit)

    moments = {name: court.read(f"{name}.closed_at") for name in ("of_h2d", "of_h4d", "of_h9d", "unpaid")}
    assert {name: (moment - BEGIN).days for name, moment in moments.items()} == {
        "of_h2d": 2,
        "of_h4d": 4,
        "of_h9d": 9,
        "unpaid": 20,
    }
    assert (court.read("sent.completed_at") - BEGIN).days == 45
    assert (court.read("sent.released_at") - BEGIN).days == 60
    late = entries(court)[known:]
    assert {entry.recorded_at for entry in late} == {court.now}
    if limit == 1000:
        assert [entry.effective_at for entry in late] == sorted(entry.effective_at for entry in late)
    assert court.read("ledger.balanced") is True


@MODES
def test_nothing_fires_early_and_nothing_twice(memory: bool) -> None:
    court = Court(memory=memory)
    court.do("buyer.place_order")
    court.stage.clock.move_to(BEGIN + timedelta(days=20) - timedelta(microseconds=1))
    known = len(entries(court))

    sweep(court)
    assert (court.read("order.state"), len(entries(court))) == ("awaiting_payment", known)

    court.stage.clock.move_to(BEGIN + timedelta(days=20))
    sweep(court)
    sweep(court)
    court.jump("50d")
    sweep(court)
    assert (court.read("order.state"), len(entries(court))) == ("closed", known + 1)


# ------------------------------------------------------------------ one bad subject


@pytest.fixture
def bad(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """Put an order's id in: its close fails, after it has changed half of it."""
    sick: set[Any] = set()
    law = rules_of(Order)["close_unpaid"]
    healthy = law.call

    def call(order: Any, docket: Docket) -> Any:
        if order.id not in sick:
            return healthy(order, docket)
        order.refunded_minor = 99
        docket.notify("buyer", order.buyer_id, "half_done", order)
        docket.set_deadline(order, "release", docket.at)
        raise ZeroDivisionError("sick")

    monkeypatch.setattr(law, "call", call)
    return sick


@MODES
def test_one_bad_subject_is_set_aside_whole_and_the_rest_goes_through(memory: bool, bad: set[Any]) -> None:
    court = Court(memory=memory)
    names = [f"o{number}" for number in range(5)]
    for name in names:
        court.do("buyer.place_order", named=name)
    bad.add(court.stage.identity("o2"))
    court.jump("21d")

    sweep(court)

    assert [str(court.read(f"{name}.state")) for name in names] == [
        "closed",
        "closed",
        "awaiting_payment",
        "closed",
        "closed",
    ]
    assert court.row("order", "o2").refunded_minor == 0
    assert "half_done" not in court.read("notices.buyer")
    (row,) = stuck(court)
    assert (row.name, row.subject_id, row.attempts) == ("payment", court.stage.identity("o2"), 1)
    assert "ZeroDivisionError: sick" in row.error
    assert row.retry_at > court.now


def stuck(court: Court) -> list[Any]:
    if court.memory is not None:
        return [row for rows in court.memory.pending.values() for row in rows.values() if row.status == "stuck"]
    return list(Deadline.objects.filter(status="stuck"))


@pytest.mark.django_db
def test_a_stuck_deadline_is_tried_again_with_longer_and_longer_waits_and_dated_at_its_day(bad: set[Any]) -> None:
    court = Court(memory=False)
    court.do("buyer.place_order")
    bad.add(court.stage.identity("order"))
    court.jump("20d")
    waits = []
    for _ in range(9):
        sweep_all(clock=court.stage.clock)
        (row,) = stuck(court)
        waits.append((row.retry_at - court.now) // timedelta(minutes=1))
        assert sweep_all(clock=court.stage.clock).deadlines == 0
        court.stage.clock.move_to(row.retry_at)

    bad.clear()
    sweep_all(clock=court.stage.clock)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert court.read("order.closed_at") == BEGIN + timedelta(days=20)
    assert stuck(court) == []


@pytest.mark.django_db
def test_what_the_database_refuses_is_found_and_set_aside_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    court = Court(memory=False)
    names = [f"o{number}" for number in range(4)]
    for name in names:
        court.do("buyer.place_order", named=name)
    law, sick = rules_of(Order)["close_unpaid"], court.stage.identity("o1")
    healthy = law.call

    def call(order: Any, docket: Docket) -> None:
        healthy(order, docket)
        if order.id == sick:
            order.__dict__["close_reason"] = "boredom"

    monkeypatch.setattr(law, "call", call)
    court.jump("20d")

    sweep_all(clock=court.stage.clock)

    assert [str(court.read(f"{name}.state")) for name in names] == ["closed", "awaiting_payment", "closed", "closed"]
    rows = stuck(court)  # all that was due on the order: its end, and the reminder that nobody swept either
    assert {row.name for row in rows} == {"payment", "payment_reminder"}
    assert {row.subject_id for row in rows} == {sick}
    assert all("order_close_reason_known" in row.error for row in rows)

    monkeypatch.setattr(law, "call", healthy)
    court.jump("1h")
    assert revive(court.now) == 2
    sweep_all(clock=court.stage.clock)
    assert court.read("o1.closed_at") == BEGIN + timedelta(days=20)


@MODES
def test_an_act_goes_on_although_another_deadline_of_the_same_order_is_stuck(
    memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    court = Court(memory=memory)
    for verb in ("buyer.place_order", "buyer.pay", "seller.ship"):
        court.do(verb)
    law = rules_of(Order)["complete_by_time"]
    monkeypatch.setattr(law, "call", lambda *_: 1 / 0)
    court.jump("46d")

    court.do("buyer.message", text="Is it lost?")

    assert court.read("order.state") == "shipped"
    assert [row.name for row in stuck(court)] == ["receipt"]


def test_a_deadline_that_nobody_s_law_answers_ends_as_met() -> None:
    court = Court(
        given=QUICK, rulebook={"delivery.default_days": 6, "dispute.response_days": 30, "dispute.negotiation_days": 40}
    )
    for verb in ("buyer.place_order", "buyer.pay", "seller.ship"):
        court.do(verb)
    court.do("buyer.open_dispute", reason="quality", refund="1.00 USD")

    court.advance("6d")

    assert court.read("order.deadline.receipt") is None
    assert rules_for_deadline(Order, "receipt")


def test_a_clock_of_a_story_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        VirtualClock(BEGIN).move_to(BEGIN - timedelta(seconds=1))
