"""Amounts that the marketplace's rules found hard: a sale that a bank, a moderator and the platform each paid a part of."""

from __future__ import annotations

import pytest

from tests.court import Court

GIVEN = {
    "listings": {
        "item": {"price": "20.00 USD", "delivery": [{"days": 5}]},
        "palace": {"price": "900.00 USD", "delivery": [{"days": 5}]},
    }
}


@pytest.fixture
def court() -> Court:
    """1,656.00 USD in the seller's balance, 144.00 USD of commission; and an order of 40.00 USD that was paid."""
    court = Court(given=GIVEN)
    court.do("buyer.place_order", on="palace", quantity=2)
    for verb in ("buyer.pay", "seller.ship", "buyer.confirm_receipt"):
        court.do(verb)
    court.advance("20d")
    court.do("buyer.place_order", on="item", quantity=2)
    court.do("buyer.pay")
    return court


def balance(court: Court, account: str) -> int:
    return sum(minor for (_store, kind, _currency), minor in court.memory.balances.items() if kind == account)


def test_a_chargeback_regained_before_the_release_pays_its_commission_once(court: Court) -> None:
    court.do("seller.ship")
    court.do("buyer.confirm_receipt")
    court.do("bank.chargeback", reason="not_received", network="visa", amount="10.00 USD")
    court.do("bank.decide", winner="buyer")
    court.do("bank.reopen")
    court.do("seller.pay_pre_arbitration_fee")
    court.do("bank.decide", winner="seller")
    assert (court.row("order").commission_minor, balance(court, "commission")) == (80, 144_80)

    court.advance("60d")

    order = court.row("order")
    assert (order.release, order.escrow_minor, order.refunded_minor) == ("released", 0, 0)
    assert (order.commission_minor, balance(court, "commission")) == (320, 147_20)
    assert balance(court, "available") == 1_656_00 + 36_80


def stolen_card(court: Court) -> None:
    """The platform bears 10.00 of the order's 40.00 USD (A70-3)."""
    court.do("bank.chargeback", reason="stolen_card", network="visa", amount="10.00 USD")
    court.do("bank.decide", winner="buyer")
    assert (court.row("order").borne_minor, balance(court, "chargeback_loss")) == (10_00, -10_00)


def test_what_the_platform_bore_of_an_order_that_was_never_shipped_in_full_comes_back_to_it(court: Court) -> None:
    court.do("seller.ship", quantity=1)
    stolen_card(court)

    court.advance("60d")

    order = court.row("order")
    assert (order.state, order.refunded_minor, order.escrow_minor) == ("closed", 40_00, 0)
    assert (balance(court, "escrow"), balance(court, "chargeback_loss")) == (0, 0)
    assert balance(court, "available") == 1_656_00


def test_what_the_platform_bore_stays_the_sellers_when_a_dispute_takes_the_rest(court: Court) -> None:
    court.do("seller.ship")
    stolen_card(court)
    court.do("buyer.open_dispute", reason="quality", refund="30.00 USD")
    court.do("seller.accept_dispute")

    court.advance("60d")

    order = court.row("order")
    assert (order.state, order.release, order.escrow_minor) == ("completed", "released", 0)
    assert (order.refunded_minor, order.borne_minor, order.commission_minor) == (40_00, 10_00, 80)
    assert balance(court, "available") == 1_656_00 + 9_20
