"""Finding orders: every key, the filters, views that were saved, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import OrderLine, Shipment
from orders.models.search import OrderSearch
from orders.models.views import SavedView
from orders.queries import DUE, EVERYTHING, Filters, Page, Place, count_orders, find_orders, of_store, plan_of
from orders.searching import forget_statistics
from rulebook.clock import now
from rulebook.ids import public_id
from tests.fair import Fair

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture(autouse=True)
def _fresh_statistics() -> None:
    forget_statistics()


def found(client: Client, **asked: Any) -> list[str]:
    answer = client.get("/portal/orders/", asked)
    assert answer.status_code == 200, asked
    return [row["title"] for row in answer.context["worklist"]["rows"]]


def named(fair: Fair, name: str, **inputs: Any) -> Any:
    """An order of a buyer with this name, whose reference is that of his storefront."""
    type(fair.buyer).objects.filter(pk=fair.buyer.pk).update(name=name)
    fair.buyer.refresh_from_db()
    return fair.paid(**inputs)


# ------------------------------------------------------------------ keys


def test_an_order_is_found_by_each_of_its_codes_however_they_are_written(fair: Fair, owner: Client) -> None:
    fair.paid("lantern")
    order = fair.paid(reference="SF-2041/b")
    fair.do("seller.ship", on=order, waybill="LP 00123-CN")
    parcel = Shipment.objects.get(order_id=order.id)
    line = OrderLine.objects.get(order_id=order.id)

    for typed in (
        order.public_id,
        order.public_id.upper(),
        str(order.id),
        f"#{order.number}",
        f" # {order.number} ",
        str(order.number),
        "SF-2041/b",
        "sf2041B",
        "LP 00123-CN",
        "lp00123cn",
        parcel.public_id,
        line.public_id,
        fair.listings["lamp"].public_id,
    ):
        assert found(owner, q=typed) == [order.name], typed
    assert len(found(owner, q=fair.buyer.public_id)) == 2
    assert len(found(owner, q=fair.buyer.reference)) == 2


def test_a_code_is_found_by_its_beginning_when_nothing_is_called_that(fair: Fair, owner: Client) -> None:
    order = fair.paid(reference="SF-2041")
    fair.paid(reference="SG-2041")
    fair.do("seller.ship", on=order, waybill="LP00123CN")

    assert found(owner, q="SF-20") == [order.name]
    assert found(owner, q="LP0012") == [order.name]
    assert found(owner, q="LP9912") == []


def test_a_whole_number_comes_before_everything_that_begins_with_it(fair: Fair, owner: Client) -> None:
    first = fair.paid()
    fair.paid(reference=f"{first.number}0000")

    assert found(owner, q=str(first.number)) == [first.name]


def test_words_of_buyer_and_item_find_an_order_without_case_accents_and_order(fair: Fair, owner: Client) -> None:
    zoe = named(fair, "Zoë Łukasz-Müller", listing="lamp")
    named(fair, "Ada Buyer", listing="lantern")

    for typed in (
        "zoe",
        "ZOË",
        "muller zoe",
        "zoe lamp",
        "paper zoe",
        "Müll",
        "łukasz",
        "zoe müller lamp",
    ):
        assert found(owner, q=typed) == [zoe.name], typed
    for typed in ("zo lamp stone", "oe", "zoe lantern"):
        assert found(owner, q=typed) == [], typed
    assert len(found(owner, q="lam")) == 1
    assert len(found(owner, q="l")) == 0


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("李明先生的灯笼", ["李明", "先生", "灯笼", "明先生的灯", "李明先生的灯笼"]),
        ("Ёлкин Иван", ["елкин", "ИВАН"]),
        ("김민수", ["민수", "김민"]),
    ],
)
def test_other_scripts_are_found_where_words_have_no_spaces_too(
    name: str, typed: list[str], fair: Fair, owner: Client
) -> None:
    order = named(fair, name)
    named(fair, "Ada Buyer")

    for text in typed:
        assert found(owner, q=text) == [order.name], text
    assert found(owner, q="灯明") == []


def test_another_stores_orders_are_found_by_nothing(fair: Fair, sign_in: Callable[..., Client]) -> None:
    order = fair.paid(reference="SF-2041")
    fair.do("seller.ship", on=order, waybill="LP00123CN")
    parcel, stranger = Shipment.objects.get(order_id=order.id), sign_in(fair.stranger)

    for typed in (
        order.public_id, str(order.id), str(order.number), f"#{order.number}", "SF-2041", "SF-20", "LP00123CN", "Ada", "lamp",
        parcel.public_id, fair.buyer.public_id, fair.buyer.reference, fair.listings["lamp"].public_id, fair.store.public_id,
    ):  # fmt: skip
        assert found(stranger, q=typed) == [], typed
    assert found(stranger, item=fair.listings["lamp"].public_id) == []
    assert found(stranger, store=fair.store.public_id) == []


@pytest.mark.parametrize(
    "typed",
    ["%", "_", "100%", "'", "' OR 1=1 --", "\\", "\\'", "a & b | !c <-> d:*", "x\x00y", "𝒜🙂🙂", "🙂", "((((", ":*", "''''",
     "ord_", "ord_x", "_", "byr_00000000000000000000000000", "zzz_00000000000000000000000000", "#", "# ", "#99999999999", "²", "٣",
     "9" * 40, "a" * 10_000, "a " * 5_000, "'^' 9", "%s", "%(x)s", "{}", "\u202e"],
)  # fmt: skip
def test_hostile_texts_find_nothing_and_break_nothing(typed: str, fair: Fair, owner: Client) -> None:
    fair.paid(reference="SF-2041")

    assert found(owner, q=typed) == []


def test_nothing_typed_shows_everything(fair: Fair, owner: Client) -> None:
    order = fair.paid()

    assert found(owner, q="   ") == [order.name]
    assert find_orders(of_store(fair.store.id), "\x00").rows[0].id == order.id


# ------------------------------------------------------------------ what the database keeps


def test_each_order_has_one_search_row_whichever_way_it_is_written(fair: Fair) -> None:
    """Few rows are written in messages, from forty on by COPY: lines may come before their order."""
    few = [fair.paid() for _order in range(2)]
    many = fair.do("buyer.place_order", on=fair.listings["lamp"], quantity=45)

    rows = {row.id: str(row.words) for row in OrderSearch.objects.all()}

    assert {order.id for order in (*few, many)} == set(rows)
    assert all("'lamp'" in words and "'ada'" in words for words in rows.values())


def test_lines_that_are_written_before_their_order_are_found_all_the_same(fair: Fair) -> None:
    order = fair.paid()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_ordersearch")
        cursor.execute("CREATE TEMP TABLE o ON COMMIT DROP AS SELECT * FROM orders_order WHERE id = %s", [order.id])
        cursor.execute(
            "CREATE TEMP TABLE l ON COMMIT DROP AS SELECT * FROM orders_orderline WHERE order_id = %s", [order.id]
        )
        cursor.execute("UPDATE o SET id = gen_random_uuid(), number = 77")
        cursor.execute("UPDATE l SET id = gen_random_uuid(), order_id = (SELECT id FROM o)")
        cursor.execute("INSERT INTO orders_orderline SELECT * FROM l")
        assert OrderSearch.objects.count() == 0
        cursor.execute("INSERT INTO orders_order SELECT * FROM o")

    assert "'#77'" in str(OrderSearch.objects.get().words)


def test_a_parcel_keeps_the_waybill_that_it_had(fair: Fair, owner: Client) -> None:
    order = fair.shipped()
    Shipment.objects.filter(order_id=order.id).update(waybill="NEW-1")

    assert found(owner, q="NEW-1") == found(owner, q=f"WB{order.number}") == [order.name]


# ------------------------------------------------------------------ filters


def test_filters_narrow_the_list_and_go_together(fair: Fair, owner: Client) -> None:
    lamp, palace = fair.paid("lamp", country="BR"), fair.paid("palace", country="FR")
    placed, dispute = fair.placed("lantern"), fair.disputed()
    fair.do("buyer.request_cancellation", on=palace)
    disputed = dispute.order.name

    assert found(owner, state="awaiting_shipment") == [palace.name, lamp.name]
    assert found(owner, country="br") == [lamp.name]
    assert found(owner, least="500", currency="USD") == [palace.name]
    assert found(owner, least="100.01", most="200", currency="usd") == [lamp.name]
    assert found(owner, least="1", currency="EUR") == []
    assert found(owner, dispute="1") == [disputed]
    assert found(owner, cancellation="1") == [palace.name]
    assert found(owner, item=fair.listings["lantern"].public_id) == [disputed, placed.name]
    assert found(owner, item=fair.listings["lantern"].public_id, state="shipped") == [disputed]
    assert found(owner, q="lantern", state="awaiting_payment") == [placed.name]
    assert found(owner, q="ada", country="FR", least="1") == [palace.name]
    assert found(owner, method="express") == []
    assert found(owner, q="ada", method="express") == []


def test_what_is_due_is_sorted_by_its_deadline(fair: Fair, owner: Client) -> None:
    soon, later = fair.paid("lamp"), fair.paid("lamp")
    _due_at(soon, now() + timedelta(hours=30))
    _due_at(later, now() + timedelta(hours=60))
    urgent, over = fair.paid("lamp"), fair.paid("lamp")
    _due_at(urgent, now() + timedelta(minutes=50))
    _due_at(over, now() - timedelta(seconds=5))
    fair.placed()

    assert found(owner, sort="due") == [over.name, urgent.name, soon.name, later.name]
    assert found(owner, due="overdue") == [over.name]
    assert found(owner, due="soon") == [urgent.name]
    assert found(owner, q="lamp", sort="due") == [over.name, urgent.name, soon.name, later.name]
    ends = find_orders(of_store(fair.store.id), filters=Filters(due_before=now() + timedelta(hours=40)), sort=DUE)
    assert [row.id for row in ends.rows] == [over.id, urgent.id, soon.id]


def _due_at(order: Any, at: Any) -> None:
    type(order).objects.filter(pk=order.pk).update(handling_due_at=at)


def test_nonsense_in_a_filter_is_left_out(fair: Fair, owner: Client) -> None:
    order = fair.paid()

    for nonsense in (
        {"state": "sunk"}, {"due": "never"}, {"since": "yesterday"}, {"until": "0001-01-01"}, {"country": "1"}, {"country": "é1"},
        {"least": "x"}, {"least": "1e9", "currency": "USD"}, {"currency": "XXXX"}, {"item": "ord_1"}, {"item": "\x00"}, {"sort": "up"},
        {"dispute": "maybe"}, {"least": "9" * 400}, {"method": "balloon"},
    ):  # fmt: skip
        assert found(owner, **nonsense) == [order.name], nonsense


# ------------------------------------------------------------------ pages


def test_pages_of_a_search_stay_while_orders_are_added(
    fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.asking.PER_PAGE", 3)
    names = [fair.paid().name for _order in range(7)][::-1]

    first = owner.get("/portal/orders/?q=lamp")
    fair.paid()
    second = owner.get("/portal/orders/" + first.context["worklist"]["pager"]["older"])
    fair.paid()
    third = owner.get("/portal/orders/" + second.context["worklist"]["pager"]["older"])
    back = owner.get("/portal/orders/" + third.context["worklist"]["pager"]["newer"])

    shown = [[row["title"] for row in page.context["worklist"]["rows"]] for page in (first, second, third, back)]
    assert shown == [names[:3], names[3:6], names[6:], names[3:6]]
    assert "q=lamp" in third.context["worklist"]["pager"]["newer"]


def test_a_filter_without_an_index_looks_at_so_many_orders_and_says_so(
    fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.searching.LOOKED_AT", 4)
    wanted = fair.paid("lamp", country="BR")
    for _order in range(9):
        fair.paid("lamp")

    pages, address = [], "?country=BR"
    while address:
        page = owner.get(f"/portal/orders/{address}").context["worklist"]
        pages.append([row["title"] for row in page["rows"]])
        address = page["pager"]["older"]

    assert pages == [[], [], [wanted.name]]
    back = find_orders(
        of_store(fair.store.id), filters=Filters(country="BR"), page=Page(before=Place(wanted.placed_at, wanted.id))
    )
    assert back.unfinished
    assert back.newer is not None


# ------------------------------------------------------------------ views


def test_built_in_views_count_what_is_in_them_up_to_a_hundred(
    fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fair.placed()
    fair.disputed()
    fair.do("buyer.request_cancellation", on=fair.paid())

    tabs = {str(tab["label"]): tab for tab in owner.get("/portal/orders/").context["worklist"]["filters"]}

    assert {name: tab["count"] for name, tab in tabs.items()} == {
        "All": None, "To ship today": 0, "Overdue": 0, "Unpaid": 1, "Waiting for receipt": 1, "With dispute": 1,
        "Cancellation asked for": 1,
    }  # fmt: skip
    for name, tab in tabs.items():
        page = owner.get(f"/portal/orders/{tab['url']}").context["worklist"]
        assert [one["active"] for one in page["filters"]].count(True) == 1, name
        assert next(one for one in page["filters"] if one["active"])["label"] == tab["label"]
        assert tab["count"] in (None, len(page["rows"])), name
    monkeypatch.setattr("orders.queries.COUNTED_TO", 0)
    assert count_orders(of_store(fair.store.id), {"all": (Filters(), "newest")}) == {"all": 1}


def test_a_view_is_saved_for_one_person_in_one_store_and_forgotten(
    fair: Fair, owner: Client, sign_in: Callable[..., Client]
) -> None:
    query = "country=BR&after=x&nonsense=1&q=lamp&state="

    answer = owner.post("/portal/orders/views/save/", {"name": "  Lamps to Brazil ", "query": query})

    view = SavedView.objects.get()
    assert (view.name, view.query, view.scope) == ("Lamps to Brazil", "q=lamp&country=BR", fair.store.public_id)
    assert answer["Location"] == f"/portal/orders/?{view.query}"
    tab = owner.get(answer["Location"]).context["worklist"]["filters"][-1]
    assert (tab["label"], tab["active"]) == ("Lamps to Brazil", True)
    other = sign_in("manager")
    assert all(tab["label"] != view.name for tab in other.get("/portal/orders/").context["worklist"]["filters"])
    other.post(f"/portal/orders/views/{view.id}/forget/")
    assert SavedView.objects.count() == 1
    owner.post("/portal/orders/views/save/", {"name": "Lamps to Brazil", "query": "country=FR"})
    assert SavedView.objects.get().query == "country=FR"
    owner.post(f"/portal/orders/views/{view.id}/forget/")
    assert SavedView.objects.count() == 0


def test_a_view_that_says_nothing_is_not_saved_and_there_are_not_too_many(fair: Fair, owner: Client) -> None:
    for name, query in (
        ("", "country=BR"),
        ("\x00", "country=BR"),
        ("All", ""),
        ("All", "state=sunk"),
        ("Long", "q=" + "a" * 9000),
    ):
        owner.post("/portal/orders/views/save/", {"name": name, "query": query})
    assert [view.name for view in SavedView.objects.all()] == ["Long"]
    for number in range(25):
        owner.post("/portal/orders/views/save/", {"name": f"View {number}", "query": "country=BR"})

    assert SavedView.objects.count() == 20
    assert owner.get("/portal/orders/").status_code == 200


# ------------------------------------------------------------------ what it costs


ASKED = (
    "", "?q=lamp", "?q=ada+buyer", "?q=%231", "?state=shipped", "?country=US", "?sort=due", "?due=today&sort=due", "?dispute=1",
    "?unread=1", "?q=lamp&country=US",
)  # fmt: skip


def test_each_list_costs_the_same_for_one_row_and_for_sixty(fair: Fair, owner: Client) -> None:
    fair.paid()
    fair.disputed()
    one = {address: _cost(owner, address) for address in ASKED}
    for _order in range(58):
        fair.paid()

    sixty = {address: _cost(owner, address) for address in ASKED}

    assert {address: cost for address, cost in sixty.items() if cost > one[address]} == {}
    assert max(one.values()) <= 10


def _cost(client: Client, address: str) -> int:
    client.get(f"/portal/orders/{address}")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/portal/orders/{address}").status_code == 200
    return len(asked)


def test_searches_go_through_their_index(fair: Fair) -> None:
    """With twenty thousand orders that nobody placed: rare words by the index of words, frequent ones and
    plain lists along an index that has their order, and nothing by reading all orders."""
    order = fair.paid(reference="SF-2041")
    _crowd(order, 20_000)
    scope = of_store(fair.store.id)

    for text, exact in (
        ("SF-2041", True),
        (str(order.number), True),
        ("nobody1234", False),
        ("Person1500 lamp", False),
    ):
        for whose in (scope, EVERYTHING):
            plan = "\n".join(plan_of(whose, text, exact=exact))
            assert "order_search_words" in plan, plan
            assert "Seq Scan on orders_order" not in plan, plan
    for filters, sort in ((Filters(), "newest"), (Filters(state="shipped"), "newest"), (Filters(), DUE)):
        plan = "\n".join(plan_of(scope, filters=filters, sort=sort))
        assert "Seq Scan on orders_order" not in plan, plan
    for text in (order.public_id, f"#{order.number}", public_id("shp", order.id), public_id("lst", order.id)):
        plan = "\n".join(plan_of(scope, text))
        assert "Seq Scan on orders_order" not in plan, plan
    assert [row.id for row in find_orders(scope, "SF-2041").rows] == [order.id]
    assert len(find_orders(scope, "lamp").rows) == 50


def _crowd(order: Any, count: int) -> None:
    """Copies of an order with its line, each with a buyer's name and a number of its own."""
    _copy(
        "orders_order",
        count,
        f"id = '{order.id}'",
        id="md5('o' || g)::uuid",
        number="g + 1000",
        buyer_name="'Person' || g",
        external_id="'X' || g",
        placed_at="placed_at - g * interval '1 minute'",
    )
    _copy(
        "orders_orderline", count, f"order_id = '{order.id}'", id="md5('l' || g)::uuid", order_id="md5('o' || g)::uuid"
    )
    with connection.cursor() as cursor:
        for table in ("orders_order", "orders_orderline", "orders_ordersearch", "orders_shipment"):
            cursor.execute(f"ANALYZE {table}")


def _copy(table: str, count: int, which: str, **own: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
        columns = [name for (name,) in cursor.fetchall()]
        cells = ", ".join(own.get(name, name) for name in columns)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {cells} FROM {table}, generate_series(1, %s) AS g WHERE {which}",
            [count],
        )
