"""What orders and listings are found by can be proved, and every row that was damaged is found."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from orders.models import Order, OrderLine, OrderSearch, Shipment
from orders.verifying_search import verify_orders_search
from stores.models import SearchEntry
from stores.verifying_search import verify_listings_search
from tests.fair import Fair, build_fair


@pytest.fixture
def fair(db: Any) -> Fair:
    fair = build_fair()
    order = fair.paid("lantern", reference="SF-2041/b")
    fair.do("seller.ship", on=order, waybill="LP 00123-CN")
    fair.paid("lamp", quantity=2)
    return fair


def faults() -> list[str]:
    return [str(fault) for fault in (*verify_orders_search(), *verify_listings_search())]


def damage(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # without the triggers that keep the rows
        cursor.execute(sql, params)
        cursor.execute("SET LOCAL session_replication_role = origin")
        assert cursor.rowcount != 0


def test_a_fair_that_nobody_tampered_with_is_found_as_it_is(fair: Fair) -> None:
    assert OrderSearch.objects.count() == 2
    assert (
        SearchEntry.objects.count() == len(fair.listings) + SearchEntry.objects.exclude(store_id=fair.store.id).count()
    )
    assert faults() == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE orders_ordersearch SET words = ts_delete(words, 'lantern') WHERE words @@ 'lantern'", "lacks lantern"),
        ("UPDATE orders_ordersearch SET words = ts_delete(words, '~lp00123cn') WHERE words @@ 'lantern'", "lacks ~lp00123cn"),
        ("UPDATE orders_ordersearch SET words = ts_delete(words, '=sf2041b') WHERE words @@ 'lantern'", "lacks =sf2041b"),
        ("UPDATE orders_ordersearch SET words = words || 'sofa'::tsvector WHERE words @@ 'lantern'", "holds sofa"),
        ("UPDATE orders_ordersearch SET words = '' WHERE words @@ 'lantern'", "and "),
        ("UPDATE orders_ordersearch SET store_id = gen_random_uuid() WHERE words @@ 'lantern'", "its store"),
        ("UPDATE orders_ordersearch SET placed_at = placed_at - interval '1 second' WHERE words @@ 'lantern'", "its moment"),
        ("DELETE FROM orders_ordersearch WHERE words @@ 'lantern'", "it is missing"),
        ("UPDATE orders_order SET external_id = 'other' WHERE external_id <> ''", "lacks =other"),
        ("UPDATE stores_searchentry SET price_minor = price_minor + 1 WHERE words @@ 'lantern'", "wrong: price_minor"),
        ("UPDATE stores_searchentry SET words = strip(words), offered = NOT offered WHERE words @@ 'lantern'", "offered, words"),
        ("DELETE FROM stores_searchentry WHERE words @@ 'lantern'", "it is missing"),
    ],
)  # fmt: skip
def test_a_row_that_was_damaged_is_found(fair: Fair, sql: str, said: str) -> None:
    damage(sql)

    assert said in faults()[0]


def test_rows_of_what_is_not_there_are_found(fair: Fair) -> None:
    damage("UPDATE orders_ordersearch SET id = gen_random_uuid() WHERE words @@ 'lantern'")
    damage("UPDATE stores_searchentry SET listing_id = gen_random_uuid() WHERE words @@ 'lantern'")

    found = faults()

    assert len(found) == 4
    assert any("there is no such order" in fault for fault in found)
    assert any("there is no such listing" in fault for fault in found)


def test_a_waybill_that_was_corrected_may_stand_in_the_row_beside_the_new_one(fair: Fair) -> None:
    Shipment.objects.update(waybill="LP 00456-CN")

    assert "'~lp00123cn'" in str(OrderSearch.objects.get(id=Order.objects.get(external_id="SF-2041/b").id).words)
    assert faults() == []


def test_a_line_that_is_added_is_looked_for_in_the_row(fair: Fair) -> None:
    line = OrderLine.objects.first()
    damage("UPDATE orders_orderline SET title = title || ' of brass' WHERE id = %s", line.pk)

    assert "lacks brass, of" in faults()[0]


def test_the_command_says_what_it_looked_at_and_fails_on_a_fault(fair: Fair) -> None:
    out = StringIO()
    call_command("verify_search", stdout=out)
    assert "2 orders" in out.getvalue()

    damage("DELETE FROM orders_ordersearch")

    with pytest.raises(CommandError, match="2 faults"):
        call_command("verify_search", stdout=out)
