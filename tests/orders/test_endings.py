"""How orders and parcels end when something else was still open."""

from __future__ import annotations

import pytest

from orders.admin.parcels import what_follows
from rulebook.money import Money
from rulebook.refusals import Refused
from tests.court import Court


def test_a_request_to_cancel_ends_with_an_order_that_was_falsely_shipped():
    """V-17: nothing stays open on a closed order."""
    court = Court(given={"listings": {"item": {"handling": "30d"}}}, rulebook={"order.cancel_silent_hours": 240})
    court.do("buyer.place_order", quantity=2)
    court.do("buyer.pay")
    court.do("seller.ship", quantity=1)
    court.advance("10d")
    court.do("buyer.request_cancellation", reason="changed_mind")

    court.do("moderator.find_false_shipping", reason="The carrier knows of no such parcel.")

    assert (court.read("order.state"), court.read("order.decided_under")) == ("closed", "V-17")
    assert court.read("cancellation.state") == "lapsed"
    assert court.read("cancellation.deadline.cancellation_answer") is None
    assert court.row("order").open_cancellation_id is None


def test_a_scan_that_is_told_late_does_not_bring_a_returned_parcel_back():
    """PRE-13: an event told late changes no newer state."""
    court = Court()
    court.do("buyer.place_order")
    court.do("buyer.pay")
    court.do("seller.ship")
    shipped = court.now
    court.advance("10d")
    court.do("carrier.scan", event="delivered")
    court.advance("5d")
    court.do("carrier.scan", event="returned")

    court.do("carrier.scan", event="in_transit", occurred_at=shipped.isoformat())

    assert court.read("shipment.state") == "returned"
    assert court.read("shipment.delivered_at") is not None


def test_a_carriers_payment_in_another_currency_is_refused_for_its_currency():
    """A38-2."""
    court = Court()
    court.do("buyer.place_order")
    court.do("buyer.pay")
    court.do("seller.ship")
    court.do("seller.complain_carrier", text="Where is it")

    with pytest.raises(Refused) as refusal:
        court.do("carrier.answer_claim", amount="1.00 EUR", text="")

    assert refusal.value.rule == "A38-2"
    assert "USD" in refusal.value.sentence and "more than" not in refusal.value.sentence


def test_a_moderator_is_told_that_an_order_which_has_ended_is_not_refunded_for_a_false_parcel():
    """V-17: only an order that still runs is closed."""
    court = Court()
    court.do("buyer.place_order")
    court.do("buyer.pay")
    court.do("seller.ship")
    assert "goes back to the buyer" in what_follows(court.row("order"))
    court.do("buyer.confirm_receipt")
    court.advance("10d")
    assert "stays as it is" in what_follows(court.row("order"))

    court.do("moderator.find_false_shipping", reason="The carrier knows of no such parcel.")

    assert court.read("order.state") == "completed"
    assert court.read("buyer.refunded", "0.00 USD") == Money(0, "USD")
