"""Races on PostgreSQL. Each is run twice: with the locks it must end well, without them the damage must show."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from disputes.models import Dispute, Ruling
from finance.models import Balance, Leg, Transaction, Withdrawal
from orders.models import Message, Order
from rulebook import checkpoints, sweeper
from rulebook.actions import perform
from rulebook.clock import parse_duration
from rulebook.docket import postgres, writing
from rulebook.docket.postgres import PostgresSource
from rulebook.models import Checkpoint, Deadline, JournalEntry
from rulebook.money import Money
from rulebook.refusals import Busy, Refused, Stale
from rulebook.sweeper import sweep_batch
from rulebook.verifying import verify_checkpoints
from tests.fair import Fair
from tests.races.meeting import kinds, meeting_at, once_loaded, without_locks

pytestmark = pytest.mark.django_db(transaction=True)


def act(
    fair: Fair,
    name: str,
    on: Any,
    *,
    actor: Any = None,
    key: str | None = None,
    version: int | None = None,
    **inputs: Any,
) -> Callable[[], Any]:
    who = actor or fair.actor_for(name)
    return lambda: perform(name, actor=who, on=on.id, inputs=inputs, clock=fair.clock, key=key, version=version)


def acts_of(root: Any, *names: str) -> list[str]:
    return [entry.act for entry in JournalEntry.objects.filter(root_id=root, act__in=names).order_by("number")]


def books_balance(*, exactly: bool = True) -> bool:
    """Every transaction sums to zero, every balance is the sum of its legs, what is in escrow is what orders hold."""
    sums: dict[Any, int] = {}
    totals: dict[Any, int] = {}
    for leg in Leg.objects.all():
        sums[leg.transaction_id, leg.currency] = sums.get((leg.transaction_id, leg.currency), 0) + leg.amount_minor
        totals[leg.store_id, leg.kind, leg.currency] = (
            totals.get((leg.store_id, leg.kind, leg.currency), 0) + leg.amount_minor
        )
    balances = {(row.store_id, row.kind, row.currency): row.amount_minor for row in Balance.objects.all()}
    escrow: dict[Any, int] = {}
    for order in Order.objects.all():
        key = (order.store_id, "escrow", order.currency)
        escrow[key] = escrow.get(key, 0) + order.escrow_minor
    right = all(value == 0 for value in sums.values()) and all(
        balances.get(key, 0) == value for key, value in totals.items()
    )
    return right and (not exactly or all(balances.get(key, 0) == value for key, value in escrow.items()))


BOTH = pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])


def arm(locked: bool) -> Any:
    return nullcontext() if locked else without_locks()


# ------------------------------------------------------------------ two moderators, one case


@BOTH
def test_two_moderators_rule_and_one_ruling_stands(fair: Fair, locked: bool) -> None:
    dispute = fair.escalated("60.00 USD")
    one, two = fair.moderator_actor("arbitrator"), fair.moderator_actor(fair.second)

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "moderator.rule", dispute, actor=one, refund="60.00 USD", reason="All that was asked."),
                act(fair, "moderator.rule", dispute, actor=two, refund="10.00 USD", reason="A little."),
            ]
        )

    refunds = Transaction.objects.filter(order_id=dispute.order_id, kind="refund").count()
    if locked:
        assert kinds(results) == ["Refused", "done"]
        assert next(result.rule for result in results if isinstance(result, Refused)) == "A45-2"
        assert (Ruling.objects.filter(dispute=dispute).count(), refunds, books_balance()) == (1, 1, True)
    else:
        assert kinds(results) == ["done", "done"]
        assert (Ruling.objects.filter(dispute=dispute).count(), refunds, books_balance()) == (2, 2, False)


def test_without_the_row_lock_versions_and_constraints_still_stop_the_second_moderator(fair: Fair) -> None:
    dispute = fair.escalated("60.00 USD")
    one, two = fair.moderator_actor("arbitrator"), fair.moderator_actor(fair.second)

    with without_locks(and_without_versions=False), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "moderator.rule", dispute, actor=one, refund="60.00 USD", reason="All."),
                act(fair, "moderator.rule", dispute, actor=two, refund="10.00 USD", reason="Little."),
            ]
        )

    assert kinds(results) in (["Stale", "done"], ["IntegrityError", "done"])  # whichever PostgreSQL comes to first
    assert Transaction.objects.filter(order_id=dispute.order_id, kind="refund").count() == 1
    assert books_balance()


def test_the_page_of_the_slower_moderator_is_stale(fair: Fair) -> None:
    dispute = fair.escalated("60.00 USD")
    shown = dispute.version
    one, two = fair.moderator_actor("arbitrator"), fair.moderator_actor(fair.second)

    with once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "moderator.rule", dispute, actor=one, version=shown, refund="60.00 USD", reason="All."),
                act(fair, "moderator.rule", dispute, actor=two, version=shown, refund="10.00 USD", reason="Little."),
            ]
        )

    assert kinds(results) == ["Stale", "done"]
    assert (
        next(result for result in results if isinstance(result, Stale)).version
        == Dispute.objects.get(pk=dispute.pk).version
    )


@BOTH
def test_two_second_moderators_approve_and_the_money_moves_once(fair: Fair, locked: bool) -> None:
    dispute = fair.escalated("900.00 USD", listing="palace")
    ruling = fair.do("moderator.rule", on=dispute, refund="900.00 USD", reason="Everything.")
    two, three = fair.moderator_actor(fair.second), fair.moderator_actor("senior_arbitrator")

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "moderator.approve_ruling", ruling, actor=two),
                act(fair, "moderator.approve_ruling", ruling, actor=three),
            ]
        )

    moved = Transaction.objects.filter(order_id=dispute.order_id, kind="refund").count()
    assert (kinds(results), moved) == ((["Refused", "done"], 1) if locked else (["done", "done"], 2))
    assert books_balance() is locked


# ------------------------------------------------------------------ confirm, dispute, and the receipt window's end


@BOTH
def test_confirming_and_disputing_at_once_never_both_count_for_the_same_state(fair: Fair, locked: bool) -> None:
    order = fair.shipped("lantern")

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "buyer.confirm_receipt", order),
                act(fair, "buyer.open_dispute", order, reason="quality", refund="20.00 USD"),
            ],
            last=0,
        )

    order = fair.fresh(order)
    if locked and kinds(results) == ["Refused", "done"]:  # the dispute came first
        assert (order.state, order.open_dispute_id is not None) == ("shipped", True)
    elif locked:  # the receipt came first; a completed order may be disputed
        assert kinds(results) == ["done", "done"]
        assert order.state == "completed"
        assert order.open_dispute_id is not None
        assert acts_of(order.id, "order.confirm", "dispute.open") == ["order.confirm", "dispute.open"]
    else:  # received although the dispute was open
        assert kinds(results) == ["done", "done"]
        assert acts_of(order.id, "order.confirm", "dispute.open") == ["dispute.open", "order.confirm"]


@BOTH
@pytest.mark.parametrize("rival", ["buyer.confirm_receipt", "buyer.open_dispute"])
def test_at_the_end_of_the_receipt_window_the_sweeper_and_the_buyer_do_not_both_complete(
    fair: Fair, rival: str, locked: bool
) -> None:
    order = fair.shipped("lantern")
    fair.clock.move_to(order.receipt_due_at)
    inputs = {"reason": "quality", "refund": "20.00 USD"} if rival == "buyer.open_dispute" else {}

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold([act(fair, rival, order, **inputs), lambda: sweep_batch(clock=fair.clock)])

    completions = acts_of(order.id, "order.confirm", "order.complete_by_time")
    order = fair.fresh(order)
    if locked:
        assert completions == ["order.complete_by_time"]
        assert kinds(results) == (["Refused", "done"] if rival == "buyer.confirm_receipt" else ["done", "done"])
        assert (order.state, order.completed_at) == ("completed", order.receipt_due_at)
    else:
        assert completions == ["order.complete_by_time"] * 2


# ------------------------------------------------------------------ money


def earned(fair: Fair) -> Money:
    """92.00 USD in the seller's free balance."""
    fair.completed("lantern")
    fair.advance("15d")
    return Money(92_00, "USD")


@BOTH
def test_six_withdrawals_of_the_whole_balance_and_one_goes_out(fair: Fair, locked: bool) -> None:
    whole = earned(fair)

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [act(fair, "seller.request_withdrawal", fair.store, amount=str(whole)) for _ in range(6)]
        )

    if locked:
        assert kinds(results) == ["Refused"] * 5 + ["done"]
        assert {result.rule for result in results if isinstance(result, Refused)} <= {"A66-1", "A66-3"}
    else:  # the rule let all six through; the database's CHECK is the second net
        assert kinds(results) == ["IntegrityError"] * 5 + ["done"]
        assert all(
            "balance_has_the_sign_of_its_kind" in str(result)
            for result in results
            if isinstance(result, IntegrityError)
        )
    assert Withdrawal.objects.count() == 1
    assert books_balance()


@BOTH
def test_the_seller_accepts_at_the_moment_when_silence_pays(fair: Fair, locked: bool) -> None:
    dispute = fair.disputed("40.00 USD")
    fair.clock.move_to(fair.clock.now() + parse_duration("5d"))

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold([act(fair, "seller.accept_dispute", dispute), lambda: sweep_batch(clock=fair.clock)])

    paid = Transaction.objects.filter(order_id=dispute.order_id, kind="refund").count()
    if locked:
        assert kinds(results) == ["Refused", "done"]
        assert (fair.fresh(dispute).decided_under, paid, books_balance()) == ("A40-2", 1, True)
    else:
        assert (paid, books_balance()) == (2, False)


# ------------------------------------------------------------------ one key, many times


class Forgetful:
    """The control arm of idempotency: keys are neither claimed nor kept."""

    def __enter__(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(PostgresSource, "claim_key", lambda *_: None)
        self.patch.setattr(PostgresSource, "keep_answer", lambda *_: None)

    def __exit__(self, *_: Any) -> None:
        self.patch.undo()


@BOTH
@pytest.mark.parametrize("verb", ["buyer.message", "buyer.place_order"])
def test_the_same_key_eight_times_at_once_has_one_effect(fair: Fair, verb: str, locked: bool) -> None:
    order = fair.paid()
    on = order if verb == "buyer.message" else fair.listings["lamp"]
    inputs = {"text": "Where is it?"} if verb == "buyer.message" else {"quantity": 2}
    model = Message if verb == "buyer.message" else Order
    before = model.objects.count()

    with nullcontext() if locked else Forgetful(), meeting_at((PostgresSource, "claim_key"), after=True) as meeting:
        results = meeting.hold([act(fair, verb, on, key="once-only", **inputs) for _ in range(8)])

    made = model.objects.count() - before
    if not locked:
        assert (kinds(results), made) == (["done"] * 8, 8)
        return
    assert made == 1
    assert set(kinds(results)) <= {"Busy", "done"}
    answers = [result.answer for result in results if not isinstance(result, BaseException)]
    assert all(answer == answers[0] for answer in answers)
    assert sum(not result.replayed for result in results if not isinstance(result, Busy)) == 1
    again = act(fair, verb, on, key="once-only", **inputs)()
    assert (again.replayed, again.answer, model.objects.count() - before) == (True, answers[0], 1)


# ------------------------------------------------------------------ two sweepers


@BOTH
def test_two_sweepers_fire_each_deadline_once(fair: Fair, locked: bool) -> None:
    orders = [fair.paid() for _ in range(6)]
    fair.clock.move_to(fair.clock.now() + parse_duration("7d"))

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold([lambda: sweep_batch(clock=fair.clock, limit=100) for _ in range(2)])

    closings = [len(acts_of(order.id, "order.close_unshipped")) for order in orders]
    assert kinds(results) == ["done", "done"]
    if locked:
        assert closings == [1] * 6
        assert sum(result.roots for result in results) == 10  # each root was claimed by one of them
        assert books_balance()
    else:
        assert closings == [2] * 6


def test_two_sweepers_share_a_queue_that_is_longer_than_a_batch(fair: Fair) -> None:
    orders = [fair.paid() for _ in range(8)]
    fair.clock.move_to(fair.clock.now() + parse_duration("7d"))

    def sweep() -> int:
        roots = 0
        while batch := sweep_batch(clock=fair.clock, limit=3).roots:
            roots += batch
        return roots

    with once_loaded() as meeting:
        results = meeting.hold([sweep, sweep])
    sweep_batch(clock=fair.clock)

    assert [len(acts_of(order.id, "order.close_unshipped")) for order in orders] == [1] * 8
    assert min(results) >= 3
    assert books_balance()


def test_a_batch_locks_from_the_orders_down_to_the_sellers(fair: Fair) -> None:
    """Each of them locks along what lies below: the other way round two sweepers could wait for each other."""
    now = fair.clock.now()
    for root in (fair.store.seller, fair.store, fair.paid()):
        Deadline.objects.create(
            store_id=fair.store.id,
            root_kind=root.KIND,
            root_id=root.id,
            subject_kind=root.KIND,
            subject_id=root.id,
            name="of_no_law",
            due_at=now,
            rule="A34-1",
            set_at=now,
        )

    with CaptureQueriesContext(connection) as asked:
        assert sweep_batch(clock=fair.clock).roots == 3

    claims = [query["sql"] for query in asked if "SKIP LOCKED" in query["sql"]]
    assert [re.findall(r'JOIN "(\w+)"', sql) for sql in claims] == [
        ["orders_order"],
        ["stores_store"],
        ["stores_seller"],
    ]


def test_what_was_settled_meanwhile_is_not_set_aside_as_stuck(fair: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    order = fair.placed()
    row = Deadline.objects.get(subject_id=order.id, name="payment")
    fair.clock.move_to(row.due_at)

    def cannot_be_written(*_: Any) -> None:
        raise DatabaseError("no space left")

    monkeypatch.setattr(sweeper, "_sweep_root", cannot_be_written)
    with meeting_at((sweeper, "mark_stuck")) as meeting:
        results = meeting.hold([lambda: sweeper.sweep_root(row, fair.clock), act(fair, "buyer.pay", order)])

    row.refresh_from_db()
    assert kinds(results) == ["Refused", "done"]
    assert (fair.fresh(order).state, row.status) == ("closed", "fired")


# ------------------------------------------------------------------ two seals


def test_two_checkpoints_at_once_are_chained_one_to_the_other(fair: Fair) -> None:
    checkpoints.take()

    with meeting_at((checkpoints, "signature_of")) as meeting:
        results = meeting.hold([checkpoints.take, checkpoints.take])

    assert kinds(results) == ["done", "done"]
    assert Checkpoint.objects.values("previous").distinct().count() == 3
    assert list(verify_checkpoints()) == []


def test_the_locks_that_the_control_arm_removes_are_the_ones_that_are_there() -> None:
    """Should the source write its locks otherwise, this fails before a control arm would pass for nothing."""
    import inspect

    text = inspect.getsource(postgres) + inspect.getsource(writing)
    for words in (" FOR NO KEY UPDATE OF r SKIP LOCKED", " FOR NO KEY UPDATE", " FOR SHARE", " AND t.version = v.held"):
        assert words in text
