"""What the store is told about the money of an order that it has not got yet."""

from __future__ import annotations

from typing import Any

from orders.portal.reading import money_of
from tests.court import Court


def _note(court: Court) -> Any:
    (held,) = [row for row in money_of(court.row("order"))["rows"] if "note" in row]
    return held["note"]


def test_the_note_beside_the_money_names_what_holds_it():
    """A62-1, A62-6."""
    court = Court()
    court.do("buyer.place_order")
    court.do("buyer.pay")
    assert _note(court) == "Until the order is completed and the waiting time is over."
    court.do("seller.ship")
    court.do("buyer.confirm_receipt")
    assert _note(court) == "Until the waiting time after completion is over."

    court.do("moderator.hold_order", reason="The card is strange.")

    assert _note(court) == "Held while its payment is looked into."


def test_an_order_that_was_refunded_after_its_completion_holds_nothing():
    """A62-1: no money waits, so no waiting time is named."""
    court = Court()
    court.do("buyer.place_order")
    court.do("buyer.pay")
    court.do("seller.ship")
    court.advance("10d")
    court.do("buyer.confirm_receipt")
    court.do("buyer.open_dispute", reason="quality", refund="100.00 USD")

    court.do("seller.accept_dispute")

    assert court.read("order.state") == "closed"
    assert _note(court) == ""
