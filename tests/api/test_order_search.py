"""`GET /orders?search=`: the same search through the API, for sellers, buyers and moderators."""

from __future__ import annotations

import pytest

from orders.models import Shipment
from orders.searching import forget_statistics
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem
from tests.api.test_reading import pages, statements
from tests.fair import Fair


@pytest.fixture(autouse=True)
def _fresh_statistics() -> None:
    forget_statistics()


def found(caller: Caller, query: str) -> list[str]:
    status, body = caller.get(f"orders?{query}")
    assert status == 200, body
    return [row["id"] for row in body["results"]]


def test_orders_are_found_by_each_key(fair: Fair, seller: Caller, buyer: Caller, arbitrator: Caller):
    order = fair.paid(reference="SF-2041")
    fair.do("seller.ship", on=order, waybill="LP00123CN")
    fair.do("buyer.place_order", on=fair.other_listing, as_=fair.buyer_actor(fair.other_buyer))
    parcel = Shipment.objects.get(order_id=order.id).public_id

    keys = (
        order.public_id,
        f"%23{order.number}",
        "SF-2041",
        "LP00123CN",
        "ada+buyer",
        "paper+lamp",
        parcel,
        "sf-20",
        "lamp",
    )
    for caller in (seller, buyer, arbitrator):
        for typed in keys:
            expected = [order.public_id]
            assert [one for one in found(caller, f"search={typed}") if one in expected] == expected, typed
    assert len(found(arbitrator, "search=lamp")) == 2
    assert len(found(arbitrator, f"search=lamp&store={fair.other_store.public_id}")) == 1
    assert len(found(seller, "search=lamp")) == len(found(buyer, "search=lamp")) == 1


def test_strangers_find_nothing(fair: Fair, stranger: Caller):
    order = fair.paid(reference="SF-2041")
    other = Caller(fair.storefront_key(storefront=fair.other_storefront), **{"Piepowder-Buyer": "customer-1"})

    for typed in (
        order.public_id,
        str(order.number),
        f"%23{order.number}",
        "SF-2041",
        "ada",
        "lamp",
        fair.buyer.public_id,
        fair.store.public_id,
    ):
        assert found(stranger, f"search={typed}") == []
        assert found(other, f"search={typed}") == []
    for narrow in (
        f"store={fair.store.public_id}",
        f"buyer={fair.buyer.public_id}",
        f"item={fair.listings['lamp'].public_id}",
        "reference=SF-2041",
    ):
        assert found(stranger, narrow) == []
        assert found(other, narrow) == []


def test_a_buyer_finds_his_own_orders_only(fair: Fair, buyer: Caller):
    fair.placed(buyer=fair.other_buyer)
    order = fair.placed()

    assert found(buyer, "search=lamp") == found(buyer, "") == [order.public_id]


def test_filters_go_with_a_search(fair: Fair, seller: Caller):
    lamp, palace = fair.paid("lamp"), fair.paid("palace")
    fair.do("buyer.request_cancellation", on=palace)
    dispute = fair.disputed()

    assert found(seller, "cancellation=true") == [palace.public_id]
    assert found(seller, "dispute=true") == [dispute.order.public_id]
    assert found(seller, "total_from=500+USD") == [palace.public_id]
    assert found(seller, "total_from=120+USD&total_to=200+USD&country=US") == [lamp.public_id]
    assert found(seller, "search=ada&state=awaiting_shipment&sort=due") == [lamp.public_id, palace.public_id]
    assert found(seller, "overdue=true") == found(seller, "due_before=2020-01-01") == []
    assert len(found(seller, "due_before=2090-01-01&placed_from=2020-01-01&paid_from=2020-01-01")) == 2
    assert found(seller, "shipped_from=2020-01-01") == [dispute.order.public_id]
    assert found(seller, f"item={fair.listings['palace'].public_id}&search=palace") == [palace.public_id]


def test_pages_of_a_search_are_whole_while_orders_come(fair: Fair, seller: Caller):
    made = [fair.paid().public_id for _order in range(7)]

    for query in ("orders?search=lamp", "orders?search=ada+buyer&state=awaiting_shipment", "orders?country=US"):
        assert [row["id"] for row in pages(seller, query, 3)] == made[::-1]
    assert {row["id"] for row in pages(seller, "orders?sort=due", 3)} == set(made)
    first = seller.get("orders?search=lamp&limit=4")[1]
    fair.paid()
    rest = seller.get(f"orders?search=lamp&limit=4&cursor={first['next_cursor']}")[1]
    assert [row["id"] for row in first["results"] + rest["results"]] == made[::-1]


@pytest.mark.parametrize(
    "typed", ["%25", "_", "%27%27", "%5C", "a%27+OR+1%3D1", "%F0%9F%99%82", "%3A*", "%26", "%23", "9" * 100]
)
def test_hostile_texts_find_nothing(typed: str, fair: Fair, seller: Caller):
    fair.paid()

    assert found(seller, f"search={typed}") == []


@pytest.mark.parametrize(
    "query",
    [
        "search=%00",
        "search=" + "a" * 10_000,
        "sort=up",
        "total_from=5",
        "total_from=1+USD&total_to=1+EUR",
        "dispute=perhaps",
        "item=ord_1",
    ],
)
def test_what_makes_no_sense_is_told(query: str, fair: Fair, seller: Caller):
    seller.get(f"orders?{query}")
    assert_problem(seller, 422, "invalid")


def test_a_search_costs_the_same_for_one_order_and_for_sixty(fair: Fair, seller: Caller, arbitrator: Caller):
    queries = [
        "orders?search=lamp&limit=100",
        "orders?search=ada+buyer&state=awaiting_shipment&limit=100",
        "orders?search=%231&limit=100",
    ]
    fair.paid()
    one = [statements(caller, query) for query in queries for caller in (seller, arbitrator)]
    for _order in range(59):
        fair.paid()

    assert [statements(caller, query) for query in queries for caller in (seller, arbitrator)] == one
    assert max(one) <= 6
