"""Prices that staff look at: swapped products, sales gathered cheaply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rulebook.citations import citations
from rulebook.money import Money
from rulebook.rules import Rulebook
from stores.suspicions import Priced, changed_much, ramped, suspicions

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = Rulebook().at(NOON)


def history(*rows: tuple[str, str, int]) -> list[Priced]:
    """Days before noon, price, orders."""
    return [Priced(NOON - timedelta(days=float(days)), Money.parse(price), orders) for days, price, orders in rows]


@pytest.mark.parametrize(
    ("before", "after", "suspect"),
    [
        ("100.00 USD", "149.99 USD", False),
        ("100.00 USD", "150.00 USD", True),
        ("100.00 USD", "50.01 USD", False),
        ("100.00 USD", "50.00 USD", True),
        ("100.00 USD", "100.00 USD", False),
        ("0.00 USD", "0.01 USD", True),
        ("0.00 USD", "0.00 USD", False),
        ("100.00 USD", "92.00 EUR", False),
        ("100.00 USD", "138.00 EUR", True),
    ],
)
def test_half_of_the_price_up_or_down_looks_like_another_product(before: str, after: str, suspect: bool):
    """PRE-5."""
    found = changed_much(history(("9", before, 0), ("0", after, 0)), RULES)

    assert (found is not None) is suspect
    if found:
        assert (found.rule, found.limit) == ("PRE-5", RULES.swap.price_change_ratio)


def test_the_first_price_is_never_suspect():
    assert suspicions([], RULES) == []
    assert suspicions(history(("0", "5.00 USD", 9)), RULES) == []


@pytest.mark.parametrize(
    ("rows", "suspect"),
    [
        ((("20", "10.00 USD", 5), ("0", "19.99 USD", 0)), False),
        ((("20", "10.00 USD", 5), ("0", "20.00 USD", 0)), True),
        ((("20", "10.00 USD", 0), ("0", "20.00 USD", 0)), False),  # nothing was sold at it
        ((("20", "10.00 USD", 5), ("0", "5.00 USD", 0)), True),  # very deep discount
        ((("90", "10.00 USD", 5), ("30", "15.00 USD", 5), ("0", "20.00 USD", 0)), False),  # it ended at the edge
        ((("90", "10.00 USD", 5), ("29.999", "15.00 USD", 5), ("0", "20.00 USD", 0)), True),
        ((("25", "10.00 USD", 5), ("15", "14.00 USD", 5), ("5", "18.00 USD", 5), ("0", "22.00 USD", 0)), True),
        ((("20", "0.00 USD", 1), ("0", "0.01 USD", 0)), True),
    ],
)
def test_sales_at_half_the_price_in_the_days_before_look_gathered(rows: tuple, suspect: bool):
    """PRE-6."""
    assert (ramped(history(*rows), RULES) is not None) is suspect


def test_the_furthest_price_is_named_and_both_suspicions_may_arise():
    rows = history(("20", "8.00 USD", 5), ("10", "10.00 USD", 5), ("0", "24.00 USD", 0))

    swap, ramp = suspicions(rows, RULES)

    assert (swap.rule, swap.before) == ("PRE-5", rows[1])
    assert (ramp.rule, ramp.before, ramp.ratio) == ("PRE-6", rows[0], 3)


def test_the_rules_are_cited():
    assert {"PRE-5", "PRE-6"} <= citations().keys()
