"""A key repeated with the same request gives the first answer again; with another request it is invalid."""

from __future__ import annotations

import pytest

from orders.models import Order
from rulebook.samples import sample
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem
from tests.fair import Fair

KEY = {"Idempotency-Key": "b1946ac9-1"}


def test_the_same_request_twice_is_done_once_and_answered_twice(fair: Fair, buyer: Caller):
    body = {"listing": fair.listings["lamp"].public_id}
    first = buyer.done("orders", body, **KEY)
    assert "Idempotent-Replayed" not in buyer.last.headers

    again = buyer.done("orders", body, **KEY)

    assert again == first
    assert buyer.last.headers["Idempotent-Replayed"] == "true"
    assert buyer.last.status_code == 201
    assert buyer.last.headers["Location"] == f"/api/v1/orders/{first['id']}"
    assert Order.objects.count() == 1


def test_the_first_answer_stands_although_the_object_went_on(fair: Fair, buyer: Caller):
    order = fair.placed()
    paid = buyer.done(f"orders/{order.public_id}/pay", **KEY)
    fair.do("seller.ship", on=order, waybill="W10")

    assert buyer.done(f"orders/{order.public_id}/pay", **KEY) == paid


def test_a_key_with_another_body_or_at_another_address_is_invalid(fair: Fair, buyer: Caller):
    order = buyer.done("orders", {"listing": fair.listings["lamp"].public_id}, **KEY)

    buyer.post("orders", {"listing": fair.listings["lamp"].public_id, "quantity": 2}, **KEY)
    assert_problem(buyer, 422, "invalid")
    buyer.post(f"orders/{order['id']}/pay", **KEY)
    assert_problem(buyer, 422, "invalid")
    assert Order.objects.count() == 1


def test_a_refusal_leaves_the_key_free(fair: Fair, seller: Caller, buyer: Caller):
    order = fair.placed()
    assert seller.post(f"orders/{order.public_id}/ship", {"waybill": "W10"}, **KEY)[0] == 409
    fair.do("buyer.pay", on=order)

    assert seller.done(f"orders/{order.public_id}/ship", {"waybill": "W10"}, **KEY)


def test_buyers_of_one_storefront_do_not_share_their_keys(fair: Fair):
    storefront = fair.storefront_key()
    ada, eve = (Caller(storefront, **{"Piepowder-Buyer": name}) for name in ("ada", "eve"))
    body = {"listing": fair.listings["lamp"].public_id}

    first, second = ada.done("orders", body, **KEY), eve.done("orders", body, **KEY)

    assert first["id"] != second["id"]
    assert first["buyer"] != second["buyer"]


@pytest.mark.parametrize("key", ["", " ", "x" * 121, "a b", "caf\u00e9", "\x7f"])
def test_a_key_that_cannot_be_kept_is_invalid(fair: Fair, buyer: Caller, key: str):
    buyer.post("orders", {"listing": fair.listings["lamp"].public_id}, **{"Idempotency-Key": key})
    assert "Idempotency-Key" in assert_problem(buyer, 422, "invalid")["errors"]


def test_a_file_is_part_of_the_request(fair: Fair, buyer: Caller, files):
    dispute = fair.disputed()
    path = f"disputes/{dispute.public_id}/add_evidence"

    first = buyer.form(path, {"text": "Look.", "file": sample("one.jpg")}, **KEY)
    again = buyer.form(path, {"text": "Look.", "file": sample("one.jpg")}, **KEY)
    other = buyer.form(path, {"text": "Look.", "file": sample("two.jpg")}, **KEY)

    assert first[0] == 201
    assert again == first
    assert other[0] == 422
