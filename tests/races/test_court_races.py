"""Court and bank at the same instant: rulings, settlements, returns, chargebacks, the deposit. As in `test_races`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from disputes.models import Appeal, Chargeback, Dispute, Ruling
from finance.models import Balance, Leg, Transaction, Withdrawal
from orders.models import Order
from rulebook.clock import parse_duration
from rulebook.docket.postgres import PostgresSource
from rulebook.models import JournalEntry
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.sweeper import sweep_all, sweep_batch
from stores.models import Store
from tests.fair import Fair
from tests.races.meeting import kinds, meeting_at, once_loaded, without_locks
from tests.races.test_races import BOTH, Forgetful, act, acts_of, arm, books_balance

pytestmark = pytest.mark.django_db(transaction=True)

ALL = "100.00 USD"
"""What a lantern costs."""


def refunds(order_id: Any) -> list[int]:
    """What went back to the buyer of an order, movement by movement, in minor units."""
    rows = Transaction.objects.filter(
        order_id=order_id, kind__in=["refund", "refund_after_release", "refund_by_platform"]
    )
    return [
        sum(leg.amount_minor for leg in Leg.objects.filter(transaction_id=row.id, kind="clearing", currency="USD"))
        for row in rows.order_by("effective_at", "id")
    ]


def refusal(results: list[Any]) -> Refused:
    return next(result for result in results if isinstance(result, Refused))


def balance(fair: Fair, account: str, currency: str = "USD") -> int:
    row = Balance.objects.filter(store_id=fair.store.id, kind=account, currency=currency).first()
    return row.amount_minor if row else 0


# ------------------------------------------------------------------ a ruling, and whoever settles at that moment


@BOTH
def test_one_rules_for_the_seller_and_one_for_the_buyer_and_one_ruling_is_in_force(fair: Fair, locked: bool) -> None:
    dispute = fair.escalated("60.00 USD")
    one, two = fair.moderator_actor("arbitrator"), fair.moderator_actor(fair.second)

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "moderator.rule", dispute, actor=one, refund="0.00 USD", liable="buyer", reason="No."),
                act(fair, "moderator.rule", dispute, actor=two, refund="60.00 USD", liable="platform", reason="Yes."),
            ]
        )

    in_force = Ruling.objects.filter(dispute=dispute, state="in_force")
    ends = acts_of(dispute.order_id, "dispute.resolve")
    if locked:
        assert kinds(results) == ["Refused", "done"]
        assert refusal(results).rule == "A45-2"
        assert (in_force.count(), ends, books_balance()) == (1, ["dispute.resolve"], True)
        assert sum(refunds(dispute.order_id)) == in_force.get().refund_minor == fair.fresh(dispute).ruled_refund_minor
    else:
        assert (kinds(results), in_force.count(), ends) == (["done"] * 2, 2, ["dispute.resolve"] * 2)


@BOTH
def test_a_ruling_and_the_sellers_yes_to_the_buyers_offer_end_it_once(fair: Fair, locked: bool) -> None:
    dispute = fair.escalated("60.00 USD")
    fair.do("buyer.make_offer", on=dispute, refund="30.00 USD")

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "moderator.rule", dispute, refund="60.00 USD", reason="All that was asked."),
                act(fair, "seller.accept_offer", dispute),
            ]
        )

    if locked:
        assert kinds(results) == ["Refused", "done"]
        assert refunds(dispute.order_id) == [fair.fresh(dispute).ruled_refund_minor]
        assert books_balance()
    else:
        assert (kinds(results), sorted(refunds(dispute.order_id))) == (["done"] * 2, [3000, 6000])
        assert not books_balance()


@BOTH
def test_the_seller_accepts_while_a_moderator_takes_the_dispute_over_and_rules(fair: Fair, locked: bool) -> None:
    dispute = fair.disputed("40.00 USD")
    moderator = fair.moderator_actor()
    take_over = act(fair, "moderator.take_over", dispute, actor=moderator, reason="By contract.")
    decide = act(fair, "moderator.rule", dispute, actor=moderator, refund="40.00 USD", reason="All.")

    def take_over_and_rule() -> Any:
        take_over()
        return decide()

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold([act(fair, "seller.accept_dispute", dispute), take_over_and_rule], last=1)

    if locked:
        assert kinds(results) == ["Refused", "done"]
        assert refunds(dispute.order_id) == [4000]
    else:  # taken over although it was settled, and paid once more
        assert (kinds(results), refunds(dispute.order_id)) == (["done"] * 2, [4000] * 2)


@BOTH
def test_when_both_sides_take_the_proposal_at_once_it_binds_and_binds_once(fair: Fair, locked: bool) -> None:
    dispute = fair.disputed("60.00 USD")
    fair.do("moderator.intervene", on=dispute, suggest_refund="25.00 USD", text="Halfway.")

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [act(fair, "seller.accept_suggestion", dispute), act(fair, "buyer.accept_suggestion", dispute)]
        )

    dispute = fair.fresh(dispute)
    assert kinds(results) == ["done", "done"]
    if locked:
        assert (dispute.state, dispute.outcome, refunds(dispute.order_id)) == ("resolved", "refund_agreed", [2500])
        assert books_balance()
    else:  # each took it for the first word, and nothing came of two
        assert (dispute.state, refunds(dispute.order_id)) == ("awaiting_seller", [])


@BOTH
def test_the_second_side_takes_the_proposal_twice_at_once_and_it_binds_once(fair: Fair, locked: bool) -> None:
    dispute = fair.disputed("60.00 USD")
    fair.do("moderator.intervene", on=dispute, suggest_refund="25.00 USD", text="Halfway.")
    fair.do("seller.accept_suggestion", on=dispute)

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold([act(fair, "buyer.accept_suggestion", dispute) for _ in range(2)])

    if locked:
        assert (kinds(results), refunds(dispute.order_id), books_balance()) == (["Refused", "done"], [2500], True)
        assert refusal(results).rule == "A43-2"
    else:
        assert (kinds(results), refunds(dispute.order_id), books_balance()) == (["done"] * 2, [2500] * 2, False)


@BOTH
def test_the_same_side_appeals_twice_at_once_and_one_appeal_is_heard(fair: Fair, locked: bool) -> None:
    dispute = fair.escalated("60.00 USD")
    ruling = fair.do("moderator.rule", on=dispute, refund="60.00 USD", reason="All.")

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold([act(fair, "seller.appeal", ruling, text="New facts.") for _ in range(2)])

    appeals = Appeal.objects.filter(ruling=ruling).count()
    if locked:
        assert (kinds(results), refusal(results).rule, appeals) == (["Refused", "done"], "V-22", 1)
    else:
        assert (kinds(results), appeals) == (["done"] * 2, 2)


def test_without_any_lock_the_database_knows_that_a_side_appeals_once(fair: Fair) -> None:
    ruling = fair.do("moderator.rule", on=fair.escalated("60.00 USD"), refund="60.00 USD", reason="All.")

    with without_locks(), once_loaded() as meeting:
        results = meeting.hold([act(fair, "seller.appeal", ruling, text="New facts.") for _ in range(2)])

    assert kinds(results) == ["IntegrityError", "done"]
    assert "appeal_once_per_side" in str(next(one for one in results if isinstance(one, Exception)))
    assert Appeal.objects.filter(ruling=ruling).count() == 1


# ------------------------------------------------------------------ the goods come back, or the time for it ends


@BOTH
def test_at_the_last_moment_for_a_return_the_sweeper_and_the_buyer_do_not_both_have_it(
    fair: Fair, locked: bool
) -> None:
    dispute = fair.disputed("60.00 USD", return_goods=True)
    dispute = fair.do("seller.accept_dispute", on=dispute)
    assert dispute.state == "awaiting_return"
    fair.clock.move_to(fair.clock.now() + parse_duration("10d"))

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "buyer.ship_return", dispute, waybill="RR200000001US"),
                lambda: sweep_batch(clock=fair.clock),
            ]
        )
    sweep_all(clock=fair.clock)

    acts = acts_of(dispute.order_id, "dispute.lapse", "dispute.ship_return")
    dispute = fair.fresh(dispute)
    assert (kinds(results), dispute.state) == (["Refused", "done"], "lapsed")  # at the end of the time it is over
    assert acts == (["dispute.lapse"] if locked else ["dispute.lapse"] * 2)
    assert (dispute.return_waybill, refunds(dispute.order_id)) == ("", [])


# ------------------------------------------------------------------ the bank beside the court (A70-18)


@BOTH
def test_the_bank_takes_all_while_a_moderator_refunds_all_and_the_buyer_has_it_once(fair: Fair, locked: bool) -> None:
    dispute = fair.escalated(ALL)
    chargeback = fair.do("bank.chargeback", on=dispute.order, reason="not_received", network="visa")

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "bank.decide", chargeback, winner="buyer"),
                act(fair, "moderator.rule", dispute, refund=ALL, reason="All."),
            ]
        )

    order, chargeback = Order.objects.get(pk=dispute.order_id), fair.fresh(chargeback)
    if locked:
        assert (kinds(results), refunds(order.id), books_balance()) == (["Refused", "done"], [10000], True)
        first_was_the_bank = not isinstance(results[0], Refused)
        assert refusal(results).rule == ("A45-2" if first_was_the_bank else "A70-18")
        follower = fair.fresh(dispute) if first_was_the_bank else chargeback
        assert follower.decided_under == "A70-18"
        assert (order.state, order.refunded_minor, order.open_chargebacks) == ("closed", 10000, 0)
        assert order.open_dispute_id is None
        assert not Ruling.objects.filter(dispute=dispute).exists() or not first_was_the_bank
    else:
        assert (kinds(results), refunds(order.id)) == (["done"] * 2, [10000] * 2)
        assert not books_balance()


@BOTH
def test_the_providers_word_sent_four_times_at_once_is_carried_out_once(fair: Fair, locked: bool) -> None:
    order = fair.shipped("lantern")
    chargeback = fair.do("bank.chargeback", on=order, reason="not_received", network="visa")
    provider = fair.actor_for("bank.decide")
    decide = act(fair, "bank.decide", chargeback, actor=provider, key="evt-1", winner="buyer")

    with ExitStack() as stack:
        if locked:
            meeting = stack.enter_context(meeting_at((PostgresSource, "claim_key"), after=True))
        else:
            stack.enter_context(without_locks())
            stack.enter_context(Forgetful())
            meeting = stack.enter_context(once_loaded())
        results = meeting.hold([decide] * 4)

    if not locked:
        assert (kinds(results), refunds(order.id)) == (["done"] * 4, [10000] * 4)
        return
    assert set(kinds(results)) <= {"Busy", "done"}
    done = [result for result in results if not isinstance(result, BaseException)]
    assert sum(not result.replayed for result in done) == 1
    again = decide()
    assert (again.replayed, again.answer) == (True, done[0].answer)
    assert (refunds(order.id), fair.fresh(order).open_chargebacks, books_balance()) == ([10000], 0, True)
    assert acts_of(order.id, "chargeback.lose") == ["chargeback.lose"]


def test_the_providers_word_under_two_numbers_is_refused_the_second_time(fair: Fair) -> None:
    order = fair.shipped("lantern")
    chargeback = fair.do("bank.chargeback", on=order, reason="not_received", network="visa")
    provider = fair.actor_for("bank.decide")

    with once_loaded() as meeting:
        results = meeting.hold(
            [act(fair, "bank.decide", chargeback, actor=provider, key=f"evt-{n}", winner="buyer") for n in range(2)]
        )

    assert (kinds(results), refusal(results).rule, refunds(order.id)) == (["Refused", "done"], "A69-2", [10000])


@BOTH
def test_a_card_and_a_wallet_take_the_same_money_at_once_and_it_goes_once(fair: Fair, locked: bool) -> None:
    order = fair.shipped("lantern")
    rows = [
        fair.do("bank.chargeback", on=order, reason="not_received", network=network) for network in ("visa", "paypal")
    ]

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold([act(fair, "bank.decide", row, winner="buyer") for row in rows])

    order = fair.fresh(order)
    if locked:
        assert (kinds(results), refusal(results).rule) == (["Refused", "done"], "A70-18")
        assert (refunds(order.id), order.open_chargebacks, books_balance()) == ([10000], 0, True)
        assert {row.state for row in Chargeback.objects.filter(order=order)} == {"lost"}
    else:
        assert (kinds(results), refunds(order.id), books_balance()) == (["done"] * 2, [10000] * 2, False)


# ------------------------------------------------------------------ money that was released


def released(fair: Fair) -> tuple[Order, Money]:
    """An order whose 92.00 USD are in the seller's free balance."""
    order = fair.completed("lantern")
    fair.advance("15d")
    return fair.fresh(order), Money(92_00, "USD")


def acts_in_order(fair: Fair, *names: str) -> list[str]:
    return [row.act for row in JournalEntry.objects.filter(store_id=fair.store.id, act__in=names).order_by("number")]


def test_a_withdrawal_and_a_chargeback_at_once_count_in_the_order_of_the_journal(fair: Fair) -> None:
    order, whole = released(fair)
    parties: list[Callable[[], Any]] = [
        act(fair, "bank.chargeback", order, reason="not_received", network="visa"),
        act(fair, "seller.request_withdrawal", fair.store, amount=str(whole)),
    ]

    with once_loaded() as meeting:
        results = meeting.hold(parties)

    acts = acts_in_order(fair, "chargeback.open", "withdrawal.request")
    if acts[0] == "chargeback.open":
        assert (acts, kinds(results), refusal(results).rule) == (["chargeback.open"], ["Refused", "done"], "A69-2")
        assert balance(fair, "available") == whole.minor
    else:  # the money had left before the bank asked for it
        assert (acts, kinds(results)) == (["withdrawal.request", "chargeback.open"], ["done", "done"])
        assert balance(fair, "in_transit") == whole.minor
    assert books_balance()


@BOTH
def test_money_that_a_bank_asks_back_is_not_paid_out_beside_it(fair: Fair, locked: bool) -> None:
    """The seller's rule has read what is held when the bank comes in: with locks it waits for him, else it does not."""
    order, whole = released(fair)

    with arm(locked), meeting_at((PostgresSource, "bring_totals"), after=True) as meeting:
        results = meeting.hold(
            [
                act(fair, "bank.chargeback", order, reason="not_received", network="visa"),
                act(fair, "seller.request_withdrawal", fair.store, amount=str(whole)),
            ]
        )

    acts = acts_in_order(fair, "chargeback.open", "withdrawal.request")
    if locked:
        assert acts in (["withdrawal.request", "chargeback.open"], ["chargeback.open"])
        assert kinds(results) == (["done", "done"] if len(acts) == 2 else ["Refused", "done"])
    else:  # held, and paid out all the same
        assert (acts, kinds(results)) == (["chargeback.open", "withdrawal.request"], ["done", "done"])
    assert Withdrawal.objects.count() == len(acts) - 1


# ------------------------------------------------------------------ one deposit, two orders


def counterfeits(fair: Fair) -> list[Ruling]:
    """Two rulings that wait for their second moderator: each takes 800.00 USD beside the order, 5,760.00 CNY of the deposit."""
    orders = [fair.shipped("lantern", quantity=4) for _ in range(2)]
    disputes = [
        fair.do("buyer.open_dispute", on=order, reason="counterfeit", refund="400.00 USD", text="Fake.")
        for order in orders
    ]
    for dispute in disputes:
        fair.do("seller.reject_dispute", on=dispute, text="It is not.")
    fair.advance("7d")
    return [
        fair.do("moderator.rule", on=dispute, refund="400.00 USD", counterfeit=True, reason="The brand says so.")
        for dispute in disputes
    ]


@BOTH
def test_two_orders_take_from_one_deposit_at_once_and_it_gives_no_more_than_it_has(fair: Fair, locked: bool) -> None:
    rulings = counterfeits(fair)
    assert (balance(fair, "deposit", "CNY"), balance(fair, "available"), balance(fair, "owed")) == (10_000_00, 0, 0)

    with arm(locked), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "moderator.approve_ruling", rulings[0], actor=fair.moderator_actor(fair.second)),
                act(fair, "moderator.approve_ruling", rulings[1], actor=fair.moderator_actor("senior_arbitrator")),
            ]
        )
    sweep_all(clock=fair.clock)

    assert kinds(results) == ["done", "done"]
    paid = Transaction.objects.filter(order_id__in=[ruling.order_id for ruling in rulings], kind="counterfeit")
    legs = Leg.objects.filter(transaction_id__in=[row.id for row in paid], kind="deposit", currency="CNY")
    taken = sorted(-leg.amount_minor for leg in legs)
    if locked:  # the second finds 4,240.00 CNY, which are 588.89 USD, and owes what is missing
        assert taken == [4_240_00, 5_760_00]
        assert (balance(fair, "deposit", "CNY"), balance(fair, "owed")) == (0, -211_11)
        store = Store.objects.get(pk=fair.store.pk)
        assert (store.deposit_paid_minor, store.deposit_status) == (0, "exhausted")
        assert acts_of(fair.store.id, "store.fall_short") == ["store.fall_short"]
    else:
        assert taken == [5_760_00, 5_760_00]
        assert balance(fair, "deposit", "CNY") == -1_520_00
    assert books_balance()


def test_without_any_lock_the_database_lets_no_deposit_fall_below_zero(fair: Fair) -> None:
    rulings = counterfeits(fair)

    with without_locks(), once_loaded() as meeting:
        results = meeting.hold(
            [
                act(fair, "moderator.approve_ruling", ruling, actor=fair.moderator_actor(fair.second))
                for ruling in rulings
            ]
        )

    assert kinds(results) == ["IntegrityError", "done"]
    assert balance(fair, "deposit", "CNY") == 4_240_00
    assert Dispute.objects.filter(id__in=[ruling.dispute_id for ruling in rulings], state="resolved").count() == 1
    assert books_balance()
