"""Every movement of money as a worked example: the story, the balance of every account, the books balance."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from finance import movements
from finance.accounts import Account, may_hold, shown
from rulebook.docket import Docket
from rulebook.ids import new_id
from rulebook.money import Money
from stores.models import Store
from tests.court import Court

ORDER = new_id()


def usd(text: str) -> Money:
    return Money.parse(f"{text} USD")


class Books:
    """One store's books in memory; what a test does not name is zero."""

    def __init__(self) -> None:
        self.court = Court()
        self.store = self.court.row("store", "shop")

    def move(self, movement: Any, *args: Any, **named: Any) -> Any:
        with self.court.stage.docket() as docket:
            docket.lock(Store, self.store.id)
            docket.source.bring_balances(docket, {self.store.id})
            return movement(docket, self.store.id, ORDER, *args, **named)

    def stand_at(self, **amounts: str) -> bool:
        found = {kind: shown(kind, self._minor(kind), "USD").amount for kind in Account.values}
        expected = {kind: amounts.get(kind, "0.00") for kind in Account.values}
        assert found == expected
        assert self._balance()
        return True

    def _minor(self, kind: str) -> int:
        return self.court.memory.balances.get((self.store.id, kind, "USD"), 0)

    def _balance(self) -> bool:
        sums: dict[Any, int] = defaultdict(int)
        for posting in self.court.memory.postings:
            for _kind, minor, currency in posting.legs:
                sums[posting.id, currency] += minor
        return not any(sums.values()) and self.court.read("ledger.balanced") is True


@pytest.fixture
def books() -> Books:
    return Books()


def test_a_payment_lies_in_escrow(books: Books) -> None:
    books.move(movements.capture, usd("100.00"))

    assert books.stand_at(clearing="100.00", escrow="100.00")


def test_a_refund_before_the_release_leaves_escrow(books: Books) -> None:
    books.move(movements.capture, usd("100.00"))

    books.move(movements.refund, usd("20.00"))

    assert books.stand_at(clearing="80.00", escrow="80.00")


def test_the_release_parts_the_money_between_commission_and_seller(books: Books) -> None:
    books.move(movements.capture, usd("80.00"))

    books.move(movements.release, usd("80.00"), usd("6.40"))

    assert books.stand_at(clearing="80.00", commission="6.40", available="73.60")


def test_a_refund_after_the_release_takes_its_share_of_the_commission(books: Books) -> None:
    books.move(movements.capture, usd("100.00"))
    books.move(movements.release, usd("100.00"), usd("8.00"))

    share = books.move(
        movements.refund_after_release, usd("20.00"), "A63-4", commission_left=usd("8.00"), gross_left=usd("100.00")
    )

    assert share == usd("1.60")
    assert books.stand_at(clearing="80.00", commission="6.40", available="73.60")


def test_what_the_seller_no_longer_has_becomes_his_debt(books: Books) -> None:
    books.move(movements.capture, usd("100.00"))
    books.move(movements.release, usd("100.00"), usd("8.00"))
    books.move(_withdraw, usd("82.00"))

    books.move(
        movements.refund_after_release, usd("20.00"), "A63-4", commission_left=usd("8.00"), gross_left=usd("100.00")
    )

    assert books.stand_at(clearing="80.00", commission="6.40", in_transit="82.00", owed="8.40")


def test_a_debt_is_paid_off_before_anything_becomes_available(books: Books) -> None:
    test_what_the_seller_no_longer_has_becomes_his_debt(books)
    books.move(movements.capture, usd("50.00"))

    books.move(movements.release, usd("50.00"), usd("4.00"))

    assert books.stand_at(clearing="130.00", commission="10.40", in_transit="82.00", available="37.60")


def test_the_last_refund_gives_back_all_the_commission_that_is_left(books: Books) -> None:
    books.move(movements.capture, usd("99.99"))
    books.move(movements.release, usd("99.99"), usd("8.00"))
    first = books.move(
        movements.refund_after_release, usd("33.33"), "A63-4", commission_left=usd("8.00"), gross_left=usd("99.99")
    )

    last = books.move(
        movements.refund_after_release,
        usd("66.66"),
        "A63-4",
        commission_left=usd("8.00") - first,
        gross_left=usd("66.66"),
    )

    assert first + last == usd("8.00")
    assert books.stand_at()


def test_a_refund_borne_by_the_platform_leaves_escrow_alone(books: Books) -> None:
    books.move(movements.capture, usd("100.00"))

    books.move(movements.compensate, usd("20.00"))

    assert books.stand_at(clearing="80.00", escrow="100.00", compensation="20.00")


def test_a_reversal_mirrors_the_transaction_and_points_at_it(books: Books) -> None:
    books.move(movements.capture, usd("100.00"))
    wrong = books.court.memory.postings[-1]

    with books.court.stage.docket() as docket:
        movements.reverse(docket, wrong)

    mirror = books.court.memory.postings[-1]
    assert mirror.reverses_id == wrong.id
    assert mirror.kind == "reversal_of_payment"
    assert books.stand_at()


def test_legs_that_do_not_sum_to_zero_are_not_taken(books: Books) -> None:
    with pytest.raises(ValueError, match="does not balance"), books.court.stage.docket() as docket:
        docket.post("wrong", books.store.id, {"clearing": usd("-1.00"), "escrow": usd("0.99")})


def test_no_currency_pays_for_another(books: Books) -> None:
    with pytest.raises(ValueError, match="does not balance"), books.court.stage.docket() as docket:
        docket.post("wrong", books.store.id, {"clearing": usd("-1.00"), "escrow": Money.parse("1.00 EUR")})


@pytest.mark.parametrize("kind", [kind for kind in Account.values if kind != "clearing"])
def test_each_account_keeps_to_its_side_of_zero(kind: str) -> None:
    side = -1 if kind in ("owed", "compensation", "logistics", "chargeback_loss") else 1

    assert may_hold(kind, side) and may_hold(kind, 0) and not may_hold(kind, -side)


def _withdraw(docket: Docket, store_id: Any, _order: Any, amount: Money) -> None:
    docket.post("withdrawal", store_id, {"available": -amount, "in_transit": amount})
