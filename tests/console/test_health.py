"""A store's health in the console: the same figures that its staff read, for every moderator."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rulebook.actors import PLATFORM_ROLES
from stores.indicators import indicators


def address(fair, code="", **query):
    args = [fair.store.public_id, code] if code else [fair.store.public_id]
    return reverse("admin:indicator" if code else "admin:health", args=args, query=query or None)


def test_every_indicator_is_shown_with_its_formula_and_its_rule(fair, arbitrator):
    fair.completed("lantern")

    page = arbitrator.get(address(fair)).content.decode()

    for code, one in indicators().items():
        assert address(fair, code) in page
        assert f"/rules/{one.rule}/" in page


def test_a_figure_opens_the_orders_behind_it(fair, arbitrator):
    order = fair.completed("lantern")
    fair.do("buyer.review", on=order, stars=1, text="Broken.")

    page = arbitrator.get(address(fair, "negative_rate")).content.decode()

    assert "100.0 %" in page
    assert reverse("admin:order", args=[order.public_id]) in page


def test_an_indicator_of_listings_opens_listings(fair, arbitrator):
    page = arbitrator.get(address(fair, "live_listings")).content.decode()

    listing = fair.listings["lamp"]
    assert "Paper lamp" in page
    assert reverse("admin:stores_listing_change", args=[listing.pk]) in page


def test_the_file_can_be_taken_home(fair, arbitrator):
    order = fair.completed("lantern")

    answer = arbitrator.get(reverse("admin:indicator_csv", args=[fair.store.public_id, "orders"]))

    assert order.public_id in b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_every_role_of_the_platform_reads_it(fair, enter, role):
    client = enter(fair.moderators[role])

    assert client.get(address(fair)).status_code == 200
    assert client.get(address(fair, "odr")).status_code == 200


def test_nobody_else_does(fair, enter, client):
    for person in (client, enter(fair.staff["owner"])):
        assert person.get(address(fair)).status_code == 302
        assert person.get(address(fair, "odr")).status_code == 302


def test_the_stores_page_leads_there(fair, arbitrator):
    page = arbitrator.get(reverse("admin:store", args=[fair.store.public_id])).content.decode()

    assert address(fair) in page


@pytest.mark.parametrize("text", ["sto_zzz", "ord_1", "x"])
def test_what_is_no_store_is_not_found(fair, arbitrator, text):
    assert arbitrator.get(reverse("admin:health", args=[text])).status_code == 404
    assert arbitrator.get(address(fair, "glory")).status_code == 404


def test_the_number_of_statements_does_not_depend_on_what_was_sold(fair, arbitrator):
    def statements(path):
        with CaptureQueriesContext(connection) as seen:
            assert arbitrator.get(path).status_code == 200
        return len(seen)

    paths = [address(fair), address(fair, "odr"), address(fair, "orders")]
    for stars in (2, 5):
        fair.do("buyer.review", on=fair.completed("lantern"), stars=stars, text="Hm.")
    before = [statements(path) for path in paths]
    for _ in range(5):
        fair.do("buyer.review", on=fair.completed("lantern"), stars=1, text="Hm.")

    assert [statements(path) for path in paths] == before
