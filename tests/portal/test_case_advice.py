"""Advice on the pages of disputes and chargebacks: each guidance rule where it helps, and nowhere else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from disputes import advice
from orders.advice import all_advice
from tests.fair import Fair
from tests.portal.test_acts import text_of

pytestmark = pytest.mark.usefixtures("kept")

OF_CASES = {"A43-1", "AS-8", "AS-9", "AS-10", "AS-12", "PLUS-28", *(f"A71-{number}" for number in range(1, 8))}


def shown(client: Client, dispute: object) -> set[str]:
    page = client.get(reverse("portal:dispute", args=[dispute.public_id]))  # type: ignore[attr-defined]
    return {one["code"] for one in page.context["advice"]}


def test_every_guidance_rule_of_cases_has_its_text() -> None:
    assert {one.rule for one in all_advice()} >= OF_CASES


def test_a_fresh_claim_shows_how_to_settle_it_and_its_words_can_be_sent(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()

    assert shown(owner, dispute) == {"settle_if_you_can", "find_the_motive", "stay_polite", "refund_here"}
    page = text_of(owner.get(reverse("portal:dispute", args=[dispute.public_id])))
    assert "Settle if you can" in page and "?use=settle_if_you_can" in page
    letter = owner.get(reverse("portal:message", args=[dispute.order.public_id]) + "?use=settle_if_you_can")
    assert "we would like to settle this" in text_of(letter)


def test_a_claim_of_a_parcel_that_has_not_come_says_first_where_it_is(fair: Fair, owner: Client) -> None:
    assert "tell_where_it_is" in shown(owner, fair.disputed(reason="not_received"))


def test_with_a_moderator_there_is_nothing_to_advise_but_to_pay_here(fair: Fair, owner: Client) -> None:
    assert shown(owner, fair.escalated()) == {"refund_here"}


def test_goods_on_their_way_back_are_filmed_when_they_come(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed(return_goods=True)
    fair.do("seller.accept_dispute", on=dispute)
    assert shown(owner, dispute) == {"film_the_opening"}
    fair.do("buyer.ship_return", on=dispute, waybill="RR555000111US")
    assert shown(owner, dispute) == {"film_the_opening"}
    fair.do("seller.confirm_return", on=dispute)
    assert shown(owner, dispute) == {"fewer_disputes"}


def test_a_chargeback_shows_what_helps_against_its_kind(fair: Fair, owner: Client) -> None:
    found = fair.do("bank.chargeback", on=fair.shipped(), reason="not_received", network="visa")

    page = owner.get(reverse("portal:chargeback", args=[found.public_id]))

    assert [one["rule"] for one in page.context["advice"]] == ["A71-2", "A71-4", "A71-5", "A71-6", "A71-7"]
    assert "Promise realistic times" in text_of(page) and "?use=talk_and_solve" in text_of(page)


def test_a_banks_decision_leaves_what_helps_next_time(fair: Fair, owner: Client) -> None:
    found = fair.do("bank.chargeback", on=fair.shipped(), reason="not_as_described", network="visa")
    fair.do("bank.decide", on=found, winner="buyer")

    page = owner.get(reverse("portal:chargeback", args=[found.public_id]))

    assert [one["rule"] for one in page.context["advice"]] == ["A71-1", "A71-3"]
    assert advice.CHARGEBACK in next(one for one in all_advice() if one.code == "return_policy").shown
