"""From the shop window to the seller's bank, by HTTP alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from rulebook.clock import now
from rulebook.sweeper import sweep_all
from tests.api.conftest import Caller
from tests.fair import Fair


@pytest.fixture
def travel() -> time_machine.Traveller:
    with time_machine.travel(now(), tick=False) as traveller:
        yield traveller


def later(travel: time_machine.Traveller, days: int) -> None:
    travel.shift(timedelta(days=days))
    sweep_all()


def test_a_sale_goes_from_the_listing_to_the_sellers_bank(
    fair: Fair, buyer: Caller, seller: Caller, carrier: Caller, bank: Caller, travel
):
    listing = buyer.get("listings")[1]["results"][-1]
    order = buyer.done("orders", {"listing": listing["id"], "quantity": 2, "country": "US", "reference": "W-1"})
    assert order["state"] == "awaiting_payment"
    assert buyer.last.headers["Location"] == f"/api/v1/orders/{order['id']}"
    assert [due["name"] for due in order["deadlines"]] == ["payment"]

    order = buyer.done(f"orders/{order['id']}/pay", {"with": "card", "network": "visa"})
    assert (order["state"], order["escrow"]) == ("awaiting_shipment", {"amount": "282.50", "currency": "USD"})

    shipment = seller.done(f"orders/{order['id']}/ship", {"waybill": "WB-1"})
    assert shipment["order"] == order["id"]
    assert carrier.done(f"shipments/{shipment['id']}/scan", {"event": "delivered"})["state"] == "delivered"
    assert buyer.done(f"orders/{order['id']}/confirm_receipt")["state"] == "completed"

    later(travel, 30)
    assert seller.get(f"orders/{order['id']}")[1]["release"] == "released"
    store = seller.get("stores")[1]["results"][0]["id"]
    balances = {row["account"]: row["amount"] for row in seller.get(f"stores/{store}/balances")[1]["results"]}
    assert balances["available"] == {"amount": "259.90", "currency": "USD"}

    withdrawal = seller.done("withdrawals", {"amount": balances["available"]})
    assert withdrawal["store"] == store
    assert bank.done(f"withdrawals/{withdrawal['id']}/settle_withdrawal")["state"] == "paid"
    statement = seller.get(f"stores/{store}/statement")[1]["results"]
    assert [row["kind"] for row in statement[:4]] == ["withdrawal_paid", "withdrawal", "release", "payment"]


def test_a_dispute_is_answered_negotiated_and_decided(
    fair: Fair, buyer: Caller, seller: Caller, arbitrator: Caller, travel
):
    order = fair.shipped("lantern")
    claim = {
        "order": order.public_id,
        "reason": "damaged",
        "refund": {"amount": "40.00", "currency": "USD"},
        "text": "Broken.",
    }
    dispute = buyer.done("disputes", claim)
    assert {due["name"] for due in dispute["deadlines"]} == {"seller_response", "negotiation"}
    assert "withdraw_dispute" in dispute["actions"]["open"]

    dispute = seller.done(f"disputes/{dispute['id']}/reject_dispute", {"text": "It left whole."})
    assert dispute["state"] == "negotiating"
    seller.done(f"disputes/{dispute['id']}/make_offer", {"refund": {"amount": "10.00", "currency": "USD"}})
    assert buyer.get(f"disputes/{dispute['id']}")[1]["offer"] == {"amount": "10.00", "currency": "USD"}

    status, problem = buyer.post(f"disputes/{dispute['id']}/escalate")
    assert (status, problem["rule"], problem["rule_label"]) == (409, "A41-2", "Article 41")
    assert problem["not_before"] == {due["name"]: due["due_at"] for due in dispute["deadlines"]}["negotiation"]

    later(travel, 7)
    ruling = arbitrator.done(
        f"disputes/{dispute['id']}/rule",
        {"refund": {"amount": "25.00", "currency": "USD"}, "liable": "seller", "reason": "The photos show it."},
    )
    assert ruling["state"] == "in_force"
    dispute = seller.get(f"disputes/{dispute['id']}")[1]
    assert (dispute["state"], dispute["outcome"]) == ("resolved", "refund_ruled")
    assert [nested["reason"] for nested in dispute["rulings"]] == ["The photos show it."]
    journal = buyer.get(f"orders/{order.public_id}/journal?limit=100")[1]["results"]
    ruled = next(entry for entry in journal if entry["act"] == "dispute.refund_by_ruling")
    assert ruled["rule"] == "A45-2"
    assert "25.00" in ruled["sentence"]
    assert ruled["actor"] == {"kind": "moderator", "name": ""}
    assert all(
        entry["actor"]["name"] for entry in arbitrator.get(f"orders/{order.public_id}/journal?limit=100")[1]["results"]
    )


def test_a_ruling_that_waits_for_a_second_moderator_is_the_platforms_secret(
    fair: Fair, buyer: Caller, seller: Caller, arbitrator: Caller, travel
):
    dispute = fair.disputed("900.00 USD", "palace")
    later(travel, 0)
    seller.done(f"disputes/{dispute.public_id}/reject_dispute", {"text": "No."})
    later(travel, 7)
    ruling = arbitrator.done(
        f"disputes/{dispute.public_id}/rule",
        {"refund": {"amount": "900.00", "currency": "USD"}, "reason": "Not a palace."},
    )
    assert ruling["state"] == "proposed"

    for party in (buyer, seller):
        assert party.get(f"rulings/{ruling['id']}")[0] == 404
        assert party.get(f"disputes/{dispute.public_id}")[1]["rulings"] == []
        acts = [entry["act"] for entry in party.get(f"orders/{fair_order(dispute)}/journal?limit=100")[1]["results"]]
        assert not {"dispute.decide", "ruling.propose"} & set(acts)
    assert arbitrator.post(f"rulings/{ruling['id']}/approve_ruling")[1]["rule"] == "A45-2"

    Caller(fair.moderator_key(fair.second)).done(f"rulings/{ruling['id']}/approve_ruling")

    assert seller.get(f"disputes/{dispute.public_id}")[1]["rulings"][0]["id"] == ruling["id"]
    acts = [entry["act"] for entry in buyer.get(f"orders/{fair_order(dispute)}/journal?limit=100")[1]["results"]]
    assert "dispute.decide" in acts


def fair_order(dispute) -> str:
    return dispute.order.public_id


def test_the_seller_agrees_to_cancel_and_the_money_goes_back(fair: Fair, buyer: Caller, seller: Caller):
    order = fair.paid()
    cancellation = buyer.done("cancellations", {"order": order.public_id, "reason": "changed_mind"})
    assert seller.get("cancellations?state=requested")[1]["results"][0]["id"] == cancellation["id"]

    seller.done(f"cancellations/{cancellation['id']}/agree_cancellation")

    assert buyer.get(f"orders/{order.public_id}")[1]["close_reason"] == "cancelled_by_agreement"


def test_both_sides_write_to_each_other(fair: Fair, buyer: Caller, seller: Caller):
    order = fair.paid()
    buyer.done(f"orders/{order.public_id}/message", {"text": "When?"})
    seller.done("messages", {"order": order.public_id, "text": "Tomorrow."})

    thread = seller.get(f"messages?order={order.public_id}")[1]["results"]

    assert [(message["sender"], message["text"]) for message in thread] == [("seller", "Tomorrow."), ("buyer", "When?")]
