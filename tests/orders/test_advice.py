"""Advice about a period that ends soon is given while it runs, and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders.advice import fits
from orders.advice.registry import Facts
from tests.court import Court


@pytest.mark.parametrize(("hours_left", "soon"), [(25, False), (24, True), (1 / 3600, True), (0, False), (-72, False)])
def test_a_delay_is_told_of_before_the_handling_period_ends(hours_left, soon):
    """PLUS-22. A card in doubt lets the time to ship stand still, and its end may have passed."""
    court = Court(rulebook={"order.handling_reminder_hours": 24})
    court.do("buyer.place_order")
    court.do("buyer.pay")
    order = court.row("order")
    at = order.handling_due_at - timedelta(hours=hours_left)

    assert fits.delay_is_likely(Facts(at, court.stage.rulebook.at(at), order)) is soon


def test_nobody_is_asked_to_hurry_about_a_receipt_window_that_ended_during_a_dispute():
    """PRE-14."""
    court = Court(given={"listings": {"item": {"delivery": [{"days": 5}]}}})
    court.do("buyer.place_order")
    court.do("buyer.pay")
    court.do("seller.ship")
    court.jump("44d")
    court.do("buyer.open_dispute", reason="not_received", refund="100.00 USD")
    order = court.row("order")

    def ends_soon() -> bool:
        return fits.receipt_ends_soon(Facts(court.now, court.stage.rulebook.at(court.now), order))

    assert ends_soon()
    court.advance("1d")
    assert court.read("order.state") == "shipped"
    assert not ends_soon()
