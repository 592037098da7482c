"""A store's indicators and the orders behind them through the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stores.indicators import indicators
from tests.api.conftest import Caller
from tests.fair import Fair


def test_all_indicators_are_read_at_once(fair: Fair, seller: Caller) -> None:
    fair.completed("lantern")

    status, answer = seller.get(f"stores/{fair.store.public_id}/figures")

    assert status == 200
    assert [one["code"] for one in answer["results"]] == list(indicators())
    by_code = {one["code"]: one for one in answer["results"]}
    assert (by_code["odr"]["value"], by_code["odr"]["above"], by_code["odr"]["below"]) == ("0.0", 0, 1)
    assert by_code["gmv_180d"]["value"] == "100.00"
    assert by_code["positive_rate"]["value"] is None
    assert by_code["non_fulfilment_rate"]["limits"][0] == {"level": "excellent", "limit": "1"}
    assert all(one["formula"] and one["rule"] and one["rule_label"] for one in answer["results"])


def test_one_indicator_alone_and_the_orders_behind_it(fair: Fair, seller: Caller) -> None:
    bad, good = fair.completed("lantern"), fair.completed("lantern")
    fair.do("buyer.review", on=bad, stars=1, text="Broken.")
    fair.do("buyer.review", on=good, stars=5, text="Fine.")
    store = f"stores/{fair.store.public_id}"

    _status, answer = seller.get(f"{store}/figures?code=positive_rate")
    _status, above = seller.get(f"{store}/figures/positive_rate/orders")
    _status, below = seller.get(f"{store}/figures/positive_rate/orders?side=below")

    assert [one["value"] for one in answer["results"]] == ["50.0"]
    assert [row["id"] for row in above["results"]] == [good.public_id]
    assert {row["id"] for row in below["results"]} == {good.public_id, bad.public_id}
    assert all(row["kind"] == "order" and row["value"] == 1 for row in below["results"])


def test_the_orders_come_page_by_page(fair: Fair, seller: Caller) -> None:
    orders = [fair.paid("lantern") for _ in range(5)]
    path = f"stores/{fair.store.public_id}/figures/orders/orders?limit=2"

    found, cursor = [], ""
    while True:
        _status, page = seller.get(f"{path}&cursor={cursor}" if cursor else path)
        found += [row["id"] for row in page["results"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert len(found) == len(set(found)) == 5
    assert set(found) == {order.public_id for order in orders}


@pytest.mark.parametrize("query", ["cursor=x", "cursor=zz-11", "limit=0", "side=left", "nonsense=1"])
def test_what_makes_no_sense_is_told(fair: Fair, seller: Caller, query: str) -> None:
    status, _answer = seller.get(f"stores/{fair.store.public_id}/figures/odr/orders?{query}")

    assert status == 422


def test_an_unknown_indicator_is_told(fair: Fair, seller: Caller) -> None:
    store = f"stores/{fair.store.public_id}"

    assert seller.get(f"{store}/figures?code=glory")[0] == 422
    assert seller.get(f"{store}/figures/glory/orders")[0] == 404


def test_strangers_find_no_store_and_buyers_may_not_look(
    fair: Fair, stranger: Caller, buyer: Caller, arbitrator: Caller
) -> None:
    for path in ("figures", "figures/odr/orders"):
        address = f"stores/{fair.store.public_id}/{path}"
        assert stranger.get(address)[0] == 404
        assert buyer.get(address)[0] == 403
        assert arbitrator.get(address)[0] == 200


def test_the_number_of_statements_does_not_depend_on_what_was_sold(fair: Fair, seller: Caller) -> None:
    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert seller.get(f"stores/{fair.store.public_id}/{path}")[0] == 200
        return len(seen)

    paths = ["figures", "figures/orders/orders"]
    fair.paid("lantern")
    seller.get("stores")  # the key's first use of the day is noted
    before = [statements(path) for path in paths]
    for _ in range(5):
        fair.paid("lantern")

    assert [statements(path) for path in paths] == before
