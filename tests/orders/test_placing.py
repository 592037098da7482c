"""What an order is placed for, when its lines differ: method, freight, currency, rates, stock."""

from __future__ import annotations

from typing import Any

import pytest

from rulebook.refusals import Invalid, Refused
from rulebook.rules import AmendmentValue, Rulebook
from tests.court import BEGIN, Court


def test_lines_without_a_method_all_go_by_the_first_lines():
    """A37-3: freight and days are those of the way that the order takes."""
    dear_first = [{"method": "express", "fee": "30.00 USD", "days": 3}, {"method": "standard", "fee": "5.00 USD"}]
    court = Court(given={"listings": {"item": {}, "vase": {"delivery": dear_first}}})

    order = court.do("buyer.place_order", lines=[{"listing": court.row("listing", "vase").public_id}])

    assert (order.method, str(order.freight), order.promised_days) == ("standard", "5.00 USD", 20)


def test_a_line_that_is_not_delivered_by_the_first_lines_method_stands_in_the_way():
    """A37-3."""
    court = Court(given={"listings": {"item": {}, "vase": {"delivery": [{"method": "express", "days": 3}]}}})

    with pytest.raises(Refused) as refusal:
        court.do("buyer.place_order", lines=[{"listing": court.row("listing", "vase").public_id}])

    assert refusal.value.rule == "A37-3"


def test_the_same_listing_in_two_lines_sells_no_more_than_there_is():
    """PRE-9."""
    court = Court(given={"listings": {"item": {"stock": 5}}})
    again: list[dict[str, Any]] = [{"listing": court.row("listing", "item").public_id, "quantity": 3}]

    with pytest.raises(Refused) as refusal:
        court.do("buyer.place_order", quantity=3, lines=again)

    assert refusal.value.rule == "PRE-9"
    assert court.read("item.stock") == 5
    court.do("buyer.place_order", quantity=2, lines=again)
    assert court.read("item.stock") == 0


def test_a_fee_in_another_currency_is_charged_at_the_dated_rate():
    """A37-3: a template's promises may serve listings of several currencies."""
    court = Court(
        given={
            "rates": {"EUR": "0.80"},
            "listings": {"item": {"price": "40.00 EUR", "delivery": [{"fee": "10.00 USD"}]}},
        }
    )

    order = court.do("buyer.place_order")

    assert (str(order.freight), str(order.total)) == ("8.00 EUR", "48.00 EUR")


def test_each_line_takes_the_commission_of_its_own_category():
    """A67-1: an amendment for one category reaches its lines, wherever they stand in the order."""
    court = Court(given={"listings": {"item": {}, "chair": {"category": "furniture"}}})
    dearer = AmendmentValue.from_text("commission.rate", "20", BEGIN, {"category": "furniture"})
    court.stage.rulebook = Rulebook(amendments=[dearer])

    court.do("buyer.place_order", lines=[{"listing": court.row("listing", "chair").public_id}])

    assert [line.commission_bps for line in court.rows("line")] == [800, 2000]


def test_nothing_is_sold_in_a_currency_without_a_rate():
    court = Court(given={"listings": {"item": {"price": "40.00 CHF"}}})

    with pytest.raises(Invalid, match="no rate for CHF"):
        court.do("buyer.place_order")
