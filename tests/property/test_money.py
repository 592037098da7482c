"""Arithmetic of money, over all the numbers that Hypothesis thinks of."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from finance.movements import commission_share
from orders.models import Order
from rulebook.models.base import make
from rulebook.money import Money, convert, half_up, spread
from rulebook.rules import Rulebook
from tests.court import BEGIN

AMOUNT = st.integers(min_value=0, max_value=10**12)
SIGNED = st.integers(min_value=-(10**12), max_value=10**12)


@given(SIGNED, st.integers(min_value=1, max_value=10**9))
def test_half_up_is_the_nearest_whole_and_halves_go_away_from_zero(numerator: int, denominator: int) -> None:
    rounded, exact = half_up(numerator, denominator), Fraction(numerator, denominator)

    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)
    assert half_up(-numerator, denominator) == -rounded


@given(SIGNED, st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=20))
def test_spread_parts_sum_to_the_whole_and_none_is_off_by_a_unit(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)

    assert sum(parts) == total
    if sum(weights):
        assert all(
            abs(part - Fraction(total * weight, sum(weights))) < 1 for part, weight in zip(parts, weights, strict=True)
        )
        assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if not weight)


@given(SIGNED, st.sampled_from(["USD", "JPY", "KWD", "CNY", "BRL"]))
def test_money_is_read_as_it_is_written(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.parse(str(money)) == money


PARTS = st.lists(st.integers(min_value=1, max_value=1_000), min_size=1, max_size=12)


@given(st.integers(min_value=1, max_value=10**9), st.integers(min_value=0, max_value=10_000), PARTS)
def test_refunded_in_whatever_parts_a_sale_leaves_no_commission(gross: int, bps: int, weights: list[int]) -> None:
    taken = left = half_up(gross * bps, 10_000)
    remaining, given_back = gross, 0
    for part in filter(None, spread(gross, weights)):
        share = commission_share(Money(part, "USD"), Money(left, "USD"), Money(remaining, "USD")).minor
        assert 0 <= share <= min(part, left)
        left, remaining, given_back = left - share, remaining - part, given_back + share

    assert (remaining, left, given_back) == (0, 0, taken)


LINES = st.lists(
    st.tuples(st.integers(min_value=0, max_value=10**7), st.integers(min_value=0, max_value=3_000)),
    min_size=1,
    max_size=8,
)


@given(LINES, st.integers(min_value=0, max_value=10**6))
def test_commission_of_many_lines_with_freight_is_the_exact_rate_rounded_once(
    lines: list[tuple[int, int]], freight: int
) -> None:
    goods = sum(price for price, _rate in lines)
    order = make(
        Order,
        currency="USD",
        goods_minor=goods,
        freight_minor=freight,
        rate_weight=sum(price * rate for price, rate in lines),
    )
    order.__dict__["lines"] = []
    commission = order.commission_on(order.total).minor

    if goods:
        exact = sum((price + Fraction(freight * price, goods)) * Fraction(rate, 10_000) for price, rate in lines)
        assert abs(commission - exact) <= Fraction(1, 2)
    assert 0 <= commission <= order.total_minor


@given(AMOUNT, st.sampled_from(["USD", "CNY", "EUR", "JPY", "BRL"]))
def test_conversion_to_its_own_currency_is_nothing_and_there_and_back_is_near(minor: int, currency: str) -> None:
    rates = Rulebook().at(BEGIN).exchange.usd
    money = Money(minor, currency)

    assert convert(money, currency, rates) == money
    back = convert(convert(money, "USD", rates), currency, rates)
    step = convert(Money(1, "USD"), currency, rates).minor + 1
    assert abs(back.minor - minor) <= step
