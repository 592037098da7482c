"""Rules of deciding at their edges: what a refusal says, which scope a value is read in, what a contested return allows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rulebook.money import Money, convert
from rulebook.refusals import Refused
from rulebook.rules import AmendmentValue, Rulebook
from tests.court import BEGIN, Court

AT_ONCE: dict[str, Any] = {"listings": {"item": {"price": "100.00 USD", "delivery": [{"days": 5}]}}}
"""Disputes can be opened as soon as the goods are shipped (A39-2)."""


def shipped(given: dict[str, Any] | None = None, *amended: tuple[str, str]) -> Court:
    """amended: parameters and their values for the store of the story alone."""
    court = Court(given={**AT_ONCE, **(given or {})})
    if amended:
        shop = {"store": str(court.stage.identity("shop"))}
        values = [AmendmentValue.from_text(key, value, BEGIN, shop) for key, value in amended]
        court.stage.rulebook = Rulebook(amendments=values)
    court.do("buyer.place_order")
    court.do("buyer.pay")
    court.do("seller.ship")
    return court


def escalated(given: dict[str, Any] | None = None, *amended: tuple[str, str], **claim: Any) -> Court:
    court = shipped(given, *amended)
    court.do("buyer.open_dispute", **{"reason": "quality", "refund": "80.00 USD", **claim})
    if court.read("dispute.state") == "awaiting_seller":
        court.do("seller.reject_dispute")
        court.advance("7d")
    return court


def refusal(court: Court, name: str, **inputs: Any) -> str:
    with pytest.raises(Refused) as refused:
        court.do(name, **inputs)
    return refused.value.sentence


# ------------------------------------------------------------------ what a refusal says


def test_proof_of_shipping_is_refused_in_words_where_no_card_was_stolen():
    """A70-9."""
    court = shipped()
    court.do("bank.chargeback", reason="not_received", network="visa")
    court.do("seller.submit_chargeback_evidence", text="Sent.")

    said = refusal(court, "moderator.request_shipping_proof", text="The slip.")

    assert said.startswith("Proof of shipping is asked for only where a card was reported stolen")


def test_who_has_to_wait_for_the_other_sides_appeal_is_not_told_that_the_time_is_over():
    """V-22."""
    court = escalated()
    court.do("moderator.rule", refund="40.00 USD", reason="Half of it.")
    court.do("seller.appeal", text="It is whole.")
    court.advance("8d")

    said = refusal(court, "buyer.appeal", text="All of it.")

    assert said.startswith("An appeal of the other side is being decided")


def test_a_claim_above_what_is_left_is_refused_with_what_is_left():
    """A39-1: a part went back by the bank before, so that less can be claimed than was paid."""
    court = shipped()
    court.do("bank.chargeback", reason="not_received", network="visa", amount="30.00 USD")
    court.do("bank.decide", winner="buyer")

    said = refusal(court, "buyer.open_dispute", reason="quality", refund="80.00 USD").replace("\N{NO-BREAK SPACE}", " ")

    assert said.startswith("80.00 USD is more than the 70.00 USD that are left of the payment")


def test_the_time_to_appeal_is_longer_by_what_the_other_sides_appeal_took():
    """V-22: also when that one was decided before the time was over."""
    court = escalated()
    court.do("moderator.rule", refund="40.00 USD", reason="Half of it.")
    until = court.read("ruling.appeal_until")
    court.do("seller.appeal", text="It is whole.")
    court.advance("2d")

    court.do("moderator.decide_appeal", by="second", uphold=True, reason="It is not.")

    assert court.read("ruling.appeal_until") == court.read("ruling.deadline.appeal") == until + timedelta(days=2)


# ------------------------------------------------------------------ values for one store


def test_the_limit_above_which_two_decide_may_be_another_for_a_store():
    court = escalated(None, ("dispute.four_eyes_above", "5.00 USD"))

    court.do("moderator.rule", refund="40.00 USD", reason="Half of it.")

    assert court.read("ruling.state") == "proposed"


def test_the_time_for_evidence_may_be_another_for_a_store():
    court = escalated(None, ("dispute.evidence_days", "9"))

    assert court.read("dispute.evidence_until") == court.read("dispute.escalated_at") + timedelta(days=9)


def test_the_cap_of_worry_free_logistics_may_be_another_for_a_store():
    """A38-5."""
    delivery = {"listings": {"item": {"price": "100.00 USD", "delivery": [{"days": 5, "worry_free": True}]}}}
    court = escalated(delivery, ("worryfree.cap.standard", "10.00 USD"), reason="damaged")

    court.do("moderator.rule", refund="40.00 USD", liable="logistics", reason="The carrier let it fall.")

    assert str(court.read("money.shop.logistics")) == "10.00 USD"


def test_the_month_of_the_cover_may_be_limited_in_another_currency():
    """A47-1: what the cover paid is counted in USD."""
    covered = {"stores": {"shop": {"aftersale_cover": True}}}
    court = escalated(covered, ("ppas.monthly_cap", "70.00 CNY"))

    court.do("moderator.rule", refund="40.00 USD", liable="platform", reason="Not as the page shows.")

    rates = court.stage.rulebook.at(court.now).exchange.usd
    assert court.read("money.shop.compensation") == convert(Money.parse("70.00 CNY"), "USD", rates)


# ------------------------------------------------------------------ a contested return


def test_goods_that_came_back_may_be_paid_for_although_the_buyer_is_liable():
    """A45-2: the goods of a contested return were sent; a change of mind stays the buyer's, and no fault of the seller."""
    court = shipped({"stores": {"shop": {"plus": True}}})
    court.do("buyer.confirm_receipt")
    court.do("buyer.open_dispute", reason="no_reason_return", refund="100.00 USD")
    court.do("buyer.ship_return")
    court.do("seller.contest_return", text="Nothing came.")

    court.do("moderator.rule", refund="100.00 USD", liable="buyer", reason="The post's slip shows it.")

    assert court.read("dispute.state") == "resolved"
    assert str(court.read("buyer.refunded")) == "100.00 USD"


def test_without_the_goods_nothing_is_refunded_where_the_buyer_is_liable():
    court = escalated()

    said = refusal(court, "moderator.rule", refund="40.00 USD", liable="buyer", reason="It was his doing.")

    assert "nothing is refunded unless the goods come back" in said
