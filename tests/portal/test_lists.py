"""Lists: filters, search, pages by position, statement and its file; and how many statements each page costs."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from finance.portal.export import safe
from finance.portal.views import bounds
from rulebook.clock import now, parse_duration
from tests.fair import Fair, build_fair
from tests.portal.test_acts import funded
from tests.portal.test_pages import addresses, story

pytestmark = pytest.mark.usefixtures("kept")


def titles(answer: Any) -> list[str]:
    return [row["title"] for row in answer.context["worklist"]["rows"]]


# ------------------------------------------------------------------ orders


def test_orders_are_shown_by_state(fair: Fair, owner: Client) -> None:
    waiting, shipped = fair.paid(), fair.shipped()

    assert titles(owner.get("/portal/orders/")) == [shipped.name, waiting.name]
    assert titles(owner.get("/portal/orders/?state=shipped")) == [shipped.name]
    assert titles(owner.get("/portal/orders/?state=closed")) == []
    assert titles(owner.get("/portal/orders/?state=nonsense")) == [shipped.name, waiting.name]


def test_an_order_is_found_by_each_of_its_numbers(fair: Fair, owner: Client) -> None:
    fair.paid()
    order = fair.paid(reference="SF-2041")
    fair.do("seller.ship", on=order, waybill="LP00123CN")

    for asked in (
        str(order.number),
        f"%23{order.number}",
        order.public_id,
        order.public_id.upper(),
        str(order.id),
        "SF-2041",
        "LP00123CN",
        "lp00123cn",
    ):
        assert titles(owner.get(f"/portal/orders/?q={asked}")) == [order.name], asked
    for nothing in ("SF-2042", "99999999999999999999", "ord_x", "x%00", "x" * 5000, "' OR 1=1 --", "²"):
        assert titles(owner.get(f"/portal/orders/?q={nothing}")) == [], nothing


def test_another_stores_numbers_find_nothing(fair: Fair, sign_in: Callable[..., Client]) -> None:
    order = fair.paid(reference="SF-2041")
    stranger = sign_in(fair.stranger)

    for asked in (order.public_id, str(order.number), "SF-2041"):
        assert titles(stranger.get(f"/portal/orders/?q={asked}")) == []


def test_orders_are_shown_by_the_readers_days(owner: Client, fair: Fair) -> None:
    order = fair.paid()
    local = order.placed_at + timedelta(hours=8)  # platform time, in which this reader reads
    today, tomorrow = local.date(), local.date() + timedelta(days=1)

    assert titles(owner.get(f"/portal/orders/?since={today}&until={today}")) == [order.name]
    assert titles(owner.get(f"/portal/orders/?since={tomorrow}")) == []
    assert titles(owner.get("/portal/orders/?since=never&until=0001-01-01")) == [order.name]


def test_pages_go_on_where_the_last_one_ended_and_back_again(
    fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.asking.PER_PAGE", 3)
    names = [fair.paid().name for _order in range(8)][::-1]

    first = owner.get("/portal/orders/?state=awaiting_shipment")
    second = owner.get("/portal/orders/" + first.context["worklist"]["pager"]["older"])
    third = owner.get("/portal/orders/" + second.context["worklist"]["pager"]["older"])
    back = owner.get("/portal/orders/" + third.context["worklist"]["pager"]["newer"])

    assert [titles(page) for page in (first, second, third, back)] == [names[:3], names[3:6], names[6:], names[3:6]]
    assert first.context["worklist"]["pager"]["newer"] == ""
    assert third.context["worklist"]["pager"]["older"] == ""
    assert "state=awaiting_shipment" in second.context["worklist"]["pager"]["older"]


@pytest.mark.parametrize("position", ["x", "%00", "bjE", "bjF-bjI", "ZDIwMjYtMDEtMDF-bjE", "9" * 500, "ZHh-dXg", "dXg"])
def test_a_position_that_makes_no_sense_shows_the_first_page(position: str, fair: Fair, owner: Client) -> None:
    order = fair.paid()

    for way in ("after", "before"):
        assert titles(owner.get(f"/portal/orders/?{way}={position}")) == [order.name]


# ------------------------------------------------------------------ home


def test_the_home_lists_what_waits_by_its_deadline(fair: Fair, owner: Client) -> None:
    fair.paid("lamp")  # 7 days
    dispute = fair.disputed()  # 5 days

    todos = owner.get("/portal/").context["todos"]

    assert [todo["title"] for todo in todos] == [f"Answer the claim of dispute {dispute.name}", "Ship order #1"]
    assert todos[0]["deadline"]["due_at"] == dispute.opened_at + timedelta(days=5)
    assert todos[0]["deadline"]["then"].replace("\xa0", " ") == "then 20.00 USD go back to the buyer"


def test_who_may_not_do_it_is_offered_a_look(fair: Fair, sign_in: Callable[..., Client]) -> None:
    order = fair.paid()

    todo = sign_in("read_only").get("/portal/").context["todos"][0]

    assert (todo["act"], todo["url"]) == ("Look at it", f"/portal/orders/{order.public_id}/")


def test_a_new_store_sees_what_is_done_and_what_waits_for_whom(fair: Fair, sign_in: Callable[..., Client]) -> None:
    page = sign_in(fair.stranger).get("/portal/")

    assert [step["done"] for step in page.context["steps"]] == [True, True, True, True, False]
    assert page.context["todos"] == []


def test_many_waiting_orders_do_not_push_the_money_out_of_sight(fair: Fair, owner: Client) -> None:
    for _order in range(10):
        fair.paid()

    page = owner.get("/portal/")

    assert len(page.context["todos"]) == 8
    assert page.context["more"] == [{"label": "Orders", "url": "/portal/orders/", "count": 2}]
    counts = {entry["key"]: entry["count"] for entry in page.context["nav"]}
    assert (counts["todo"], counts["orders"], counts["disputes"]) == (10, 10, 0)


# ------------------------------------------------------------------ statement


@pytest.fixture
def earlier(db: Any) -> Fair:
    return build_fair(begin=now() - parse_duration("20d"))


def test_the_statement_holds_every_movement_of_the_sellers_money(earlier: Fair) -> None:
    funded(earlier)
    client = Client()
    client.force_login(earlier.staff["finance"])

    movements = client.get("/portal/statement/").context["movements"]

    assert [movement["text"] for movement in movements] == [
        "Money of an order released",
        "A buyer paid",
        "Deposit paid",
    ]
    assert {leg["account"]: str(leg["amount"]) for leg in movements[0]["legs"]} == {
        "Available": "92.00 USD",
        "Held for orders": "-100.00 USD",
        "Commission": "8.00 USD",
    }
    assert movements[0]["order"] == "Order #1"


def test_the_statements_file_has_the_same_as_plain_numbers(earlier: Fair) -> None:
    funded(earlier)
    client = Client()
    client.force_login(earlier.staff["read_only"])

    answer = client.get("/portal/statement.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["Account"], row["Amount"], row["Currency"]) for row in rows] == [
        ("Deposit", "10000.00", "CNY"),
        ("Held for orders", "100.00", "USD"),
        ("Held for orders", "-100.00", "USD"),
        ("Commission", "8.00", "USD"),
        ("Available", "92.00", "USD"),
    ]


def test_a_long_statement_is_written_in_batches_without_a_gap(earlier: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finance.portal.export.AT_ONCE", 2)
    for _order in range(5):
        earlier.paid()
    client = Client()
    client.force_login(earlier.staff["finance"])

    rows = list(csv.DictReader(io.StringIO(b"".join(client.get("/portal/statement.csv")).decode("utf-8-sig"))))

    assert len({row["Transaction"] for row in rows}) == len(rows) == 6


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_no_text_of_the_file_is_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe("Refund - to the buyer") == "Refund - to the buyer"


def test_a_month_is_that_of_platform_time(earlier: Fair) -> None:
    assert bounds(date(2026, 12, 1)) == (datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC))
    client = Client()
    client.force_login(earlier.staff["finance"])
    earlier.paid()
    assert client.get("/portal/statement/?month=2019-05").context["movements"] == []
    for nonsense in ("2026-13", "x", "0000-00", "99999-01", "\x00"):
        assert client.get("/portal/statement/", {"month": nonsense}).status_code == 200
        assert client.get("/portal/statement.csv", {"month": nonsense}).status_code == 200


# ------------------------------------------------------------------ what a page costs


def cost(client: Client, address: str) -> int:
    client.get(address)  # what is read once a process is read
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200, address
    return len(asked)


def test_a_list_costs_the_same_for_one_row_and_for_fifty(fair: Fair, owner: Client) -> None:
    fair.paid()
    fair.disputed()
    one = {
        address: cost(owner, address)
        for address in (
            "/portal/orders/",
            "/portal/disputes/",
            "/portal/disputes/?view=all",
            "/portal/",
            "/portal/statement/",
            "/portal/notices/",
        )
    }
    for _order in range(49):
        fair.paid()
    for _dispute in range(5):
        fair.disputed()

    fifty = {address: cost(owner, address) for address in one}

    assert fifty == one
    assert one["/portal/orders/"] <= 9
    assert one["/portal/"] <= 16


def test_pages_of_one_thing_cost_a_constant_number_of_statements(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    before = (
        cost(owner, f"/portal/disputes/{dispute.public_id}/"),
        cost(owner, f"/portal/orders/{dispute.order.public_id}/"),
    )
    for number in range(5):
        fair.do("buyer.add_evidence", on=dispute, text=f"Look {number}.")
        fair.do("buyer.message", on=dispute.order, text="And this?")
        fair.do("seller.make_offer", on=dispute, refund="1.00 USD", text="")
    after = (
        cost(owner, f"/portal/disputes/{dispute.public_id}/"),
        cost(owner, f"/portal/orders/{dispute.order.public_id}/"),
    )

    assert all(late - early <= 4 for early, late in zip(before, after, strict=True)), (
        "only levels that had nothing before"
    )
    again = (
        cost(owner, f"/portal/disputes/{dispute.public_id}/"),
        cost(owner, f"/portal/orders/{dispute.order.public_id}/"),
    )
    for number in range(5):
        fair.do("seller.add_evidence", on=dispute, text=f"See {number}.")
        fair.do("seller.message", on=dispute.order, text="It is.")
    assert (
        cost(owner, f"/portal/disputes/{dispute.public_id}/"),
        cost(owner, f"/portal/orders/{dispute.order.public_id}/"),
    ) == again
    assert max(again) <= 15


def test_no_page_asks_for_everything(fair: Fair, owner: Client) -> None:
    for address in addresses(story(fair), fair):
        assert cost(owner, address) <= 15, address
