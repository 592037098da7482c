"""The health of a store at the sellers' door: indicators, their limits, the orders behind them."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rulebook.models import DayCount
from stores import health
from stores.indicators import indicators
from tests.fair import Fair

pytestmark = pytest.mark.usefixtures("kept")


def html(client: Client, address: str, expected: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == expected, answer.status_code
    return answer.content.decode()


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_every_indicator_is_shown_with_its_formula_and_its_rule(fair: Fair, owner: Client) -> None:
    fair.completed("lantern")

    page = html(owner, "/portal/health/")

    for code, one in indicators().items():
        assert f'href="/portal/health/{code}/"' in page, code
        assert f'href="/rules/{one.rule}/"' in page, code


def test_a_figure_opens_the_orders_behind_it(fair: Fair, owner: Client) -> None:
    bad, good = fair.completed("lantern"), fair.completed("lantern")
    fair.do("buyer.review", on=bad, stars=1, text="Broken.")
    fair.do("buyer.review", on=good, stars=5, text="Fine.")

    page = html(owner, "/portal/health/negative_rate/")

    assert "50.0 %" in page
    assert "1 of 2" in page
    assert f"/portal/orders/{bad.public_id}/" in page
    assert f"/portal/orders/{good.public_id}/" not in page
    below = html(owner, "/portal/health/negative_rate/?side=below")
    assert f"/portal/orders/{bad.public_id}/" in below
    assert f"/portal/orders/{good.public_id}/" in below


def test_a_deleted_review_is_no_longer_behind_the_figure_and_is_told_as_left_out(fair: Fair, owner: Client) -> None:
    order = fair.completed("lantern")
    review = fair.do("buyer.review", on=order, stars=1, text="Broken.")
    fair.do("moderator.hide_review", on=review, reason="Not about the goods.")

    page = html(owner, "/portal/health/negative_rate/")

    assert "no data" in page
    assert "Nothing counts here now" in page
    assert "Not counted" in page
    assert order.name in page


def test_an_abnormal_order_is_told_as_not_counted_under_its_rule(fair: Fair, owner: Client) -> None:
    order = fair.completed("lantern")
    fair.do("moderator.exclude_order", on=order, reason="Bought by the seller's cousin.", ground="A58-2")

    page = html(owner, "/portal/health/items_sold/")

    assert "not counted:" in page
    assert 'href="/rules/A58-1/"' in page


def test_what_the_platforms_logistics_caused_is_told_as_not_counted(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed(reason="not_received")
    order = dispute.order
    type(order).objects.filter(pk=order.pk).update(exemptions=["dispute_rate"])

    page = html(owner, "/portal/health/not_received_rate/")

    assert 'href="/rules/A38-1/"' in page.split("Not counted")[1]


def test_the_list_is_read_page_by_page_and_every_order_stands_on_one_page(
    fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [fair.paid("lantern") for _ in range(7)]
    monkeypatch.setattr("stores.health_pages.PER_PAGE", 3)

    seen, address = [], "/portal/health/orders/"
    for _ in range(3):
        answer = owner.get(address)
        seen.append([row["title"] for row in answer.context["worklist"]["rows"]])
        address = answer.context["worklist"]["pager"]["older"]
    back = owner.get(answer.context["worklist"]["pager"]["newer"]).context["worklist"]

    assert [len(page) for page in seen] == [3, 3, 1]
    assert sorted(name for page in seen for name in page) == sorted(order.name for order in orders)
    assert not address
    assert [row["title"] for row in back["rows"]] == seen[1]


@pytest.mark.parametrize("place", ["x", "zz-1", "-", "f" * 40 + "-" + "0" * 32, "1-" + "0" * 31 + "x", "%00"])
def test_a_place_that_makes_no_sense_shows_the_first_page(fair: Fair, owner: Client, place: str) -> None:
    order = fair.paid("lantern")

    assert order.name in html(owner, f"/portal/health/orders/?after={place}")
    assert order.name in html(owner, f"/portal/health/orders/?before={place}&side=nowhere")


def test_the_file_has_every_order_with_its_moment(fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [fair.paid("lamp", quantity=2) for _ in range(5)]
    monkeypatch.setattr(health.all_of, "__defaults__", (2,))

    answer = owner.get("/portal/health/items_sold/orders.csv")
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert answer["Content-Disposition"] == 'attachment; filename="lins-lights-items_sold-above.csv"'
    assert sorted(line[0] for line in lines[1:]) == sorted(order.public_id for order in orders)
    assert {line[3] for line in lines[1:]} == {"2"}


def test_what_lies_on_the_edge_of_the_window_is_out(fair: Fair) -> None:
    order = fair.paid("lantern")
    store, edge = fair.store, order.paid_at + timedelta(days=30)

    shown = {
        moment: health.figures_now(store, moment, ["orders"])["orders"].above
        for moment in (edge - timedelta(microseconds=1), edge)
    }

    assert list(shown.values()) == [1, 0]
    for moment, count in shown.items():
        rules = health.rules_of(store, moment)
        spans = health.spans_of(indicators()["orders"], store.id, moment, rules)
        assert len(health.behind(spans["above"])) == count


def test_the_chart_has_a_bar_for_each_day_and_a_table_says_the_same(fair: Fair, owner: Client) -> None:
    order = fair.paid("lantern")
    fair.paid("lantern")

    answer = owner.get("/portal/health/orders/")
    (day,) = answer.context["days"]

    assert day["above"] == "2"
    assert DayCount.objects.get(store_id=fair.store.id, name="orders", day=day["day"]).value == 2
    assert answer.context["chart"]["drawn"].front.count("M") == 1
    assert "by day, 90 days: 2 on 1 days" in answer.context["chart"]["text"]
    assert order.name in answer.content.decode()


def test_figures_beyond_their_limits_say_so_in_a_word(fair: Fair, owner: Client) -> None:
    order = fair.shipped("lantern")
    fair.do("buyer.open_dispute", on=order, refund="20.00 USD", reason="not_as_described", text="Look.")

    page = html(owner, "/portal/health/")

    assert "Far beyond" in page
    assert "is not rated" in page


@pytest.mark.parametrize(
    ("code", "value", "level"),
    [
        ("non_fulfilment_rate", "1.0", "excellent"),
        ("non_fulfilment_rate", "5.0", "pass"),
        ("non_fulfilment_rate", "5.1", "general"),
        ("non_fulfilment_rate", "15.0", "general"),
        ("non_fulfilment_rate", "15.1", "serious"),
        ("online_rate_72h", "95.0", "excellent"),
        ("online_rate_72h", "79.9", "general"),
        ("online_rate_72h", "29.9", "especially_serious"),
        ("described", "4.4", "pass"),
        ("described", "4.3", "general"),
        ("communication", "4.3", "general"),
        ("on_time_rate", "90.0", "pass"),
        ("on_time_rate", "89.9", "general"),
    ],
)
def test_a_level_is_reached_at_its_limit_and_a_violation_begins_beyond_it(
    fair: Fair, code: str, value: str, level: str
) -> None:
    stands = health.standing(code, Decimal(value), health.rules_of(fair.store, fair.clock.now()))

    assert stands is not None
    assert stands.level == level


def test_the_number_of_statements_does_not_depend_on_what_was_sold(fair: Fair, owner: Client) -> None:
    addresses = ["/portal/health/", "/portal/health/odr/", "/portal/health/positive_rate/?side=below", "/portal/"]
    for stars in (2, 5):
        fair.do("buyer.review", on=fair.completed("lantern"), stars=stars, text="Fine.")
    before = [statements(owner, address) for address in addresses]
    for _ in range(6):
        fair.do("buyer.review", on=fair.completed("lantern"), stars=2, text="Hm.")

    after = [statements(owner, address) for address in addresses]

    assert after == before
    assert before[0] <= 9
    assert before[1] <= 13


def test_home_shows_the_figures_of_every_day(fair: Fair, owner: Client) -> None:
    fair.completed("lantern")

    page = html(owner, "/portal/")

    for code in ("positive_rate", "odr", "on_time_rate", "dispute_rate"):
        assert f"/portal/health/{code}/" in page


def test_an_unknown_indicator_is_not_found(owner: Client) -> None:
    assert owner.get("/portal/health/glory/").status_code == 404
    assert owner.get("/portal/health/glory/orders.csv").status_code == 404


def test_another_store_has_figures_of_its_own(fair: Fair, sign_in: Callable[..., Any]) -> None:
    order = fair.paid("lantern")

    assert order.name not in html(sign_in(fair.stranger), "/portal/health/orders/")
