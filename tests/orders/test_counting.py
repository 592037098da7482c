"""What counts for a store, and what does not."""

from __future__ import annotations

from tests.court import Court


def test_a_hidden_review_does_not_keep_the_buyers_next_one_from_counting():
    """A55-1: where reviews of some days are merged, one of them counts; one that nobody sees is none."""
    court = Court(rulebook={"review.merge_days": 5})
    for order in ("one", "other"):
        court.do("buyer.place_order", named=order)
        court.do("buyer.pay", on=order)
        court.do("seller.ship", on=order)
        court.do("buyer.confirm_receipt", on=order)
    court.do("buyer.review", on="one", named="first", stars=5)
    court.do("moderator.hide_review", on="first", reason="It is about another store.")

    court.do("buyer.review", on="other", named="second", stars=4)

    assert court.read("second.counts") is True
    assert court.read("shop.metric.reviews") == 1


def test_an_order_that_was_closed_for_a_stolen_card_is_not_one_that_no_carrier_saw():
    """A70-2, A38O-1: no fault of the seller, who was told to wait."""
    court = Court()
    court.do("buyer.place_order")
    court.do("buyer.pay")
    court.do("moderator.hold_order", reason="The address of the card is another.")
    court.do("moderator.confirm_stolen_card", reason="The bank says so.")

    court.advance("8d")

    assert court.read("shop.metric.online_rate_72h") is None
    assert court.read("shop.metric.online_rate_7d") is None
