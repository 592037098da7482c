"""The moderators' list of orders: the search of all stores, its filters and views."""

import pytest
from django.urls import reverse

from orders.models.views import SavedView
from orders.searching import forget_statistics


@pytest.fixture(autouse=True)
def _fresh_statistics():
    forget_statistics()


def titles(answer):
    return [row["title"] for row in answer.context["worklist"]["rows"]]


def test_orders_of_all_stores_are_found_and_one_that_is_typed_whole_opens(fair, arbitrator):
    order = fair.paid(reference="SF-2041")
    other = fair.do("buyer.place_order", on=fair.other_listing, as_=fair.buyer_actor(fair.other_buyer))
    page = reverse("admin:orders")

    assert titles(arbitrator.get(page)) == [other.name, order.name]
    assert titles(arbitrator.get(page, {"q": "lamp"})) == [other.name, order.name]
    assert titles(arbitrator.get(page, {"q": "#1"})) == [other.name, order.name]
    assert titles(arbitrator.get(page, {"q": "lamp", "store": fair.other_store.public_id})) == [other.name]
    assert titles(arbitrator.get(page, {"q": fair.store.public_id})) == [order.name]
    assert titles(arbitrator.get(page, {"q": fair.buyer.public_id, "country": "US"})) == [order.name]
    for typed in (order.public_id, "SF-2041", str(order.id)):
        assert arbitrator.get(page, {"q": typed})["Location"] == reverse("admin:order", args=[order.public_id])
    rows = arbitrator.get(page).context["worklist"]["rows"]
    assert [row["subtitle"] for row in rows] == ["Rival", "Lin's lights"]


def test_every_view_of_the_console_opens(fair, arbitrator):
    fair.disputed()
    page = reverse("admin:orders")

    for tab in arbitrator.get(page).context["worklist"]["filters"]:
        answer = arbitrator.get(page + tab["url"])
        assert answer.status_code == 200
        assert [one["label"] for one in answer.context["worklist"]["filters"] if one["active"]] == [tab["label"]]


def test_the_search_box_stands_on_the_overview(fair, arbitrator):
    assert f'action="{reverse("admin:orders")}"' in arbitrator.get(reverse("admin:index")).content.decode()


def test_views_are_the_moderators_own(fair, arbitrator, second):
    save = reverse("admin:save_order_view")
    arbitrator.post(save, {"name": "Brazil", "query": f"country=BR&store={fair.store.public_id}"})
    view = SavedView.objects.get()

    assert (view.scope, view.query) == ("console", f"country=BR&store={fair.store.public_id}")
    second.post(reverse("admin:forget_order_view", args=[view.id]))
    assert SavedView.objects.count() == 1
    assert arbitrator.get(save)["Location"] == reverse("admin:orders")
    arbitrator.post(reverse("admin:forget_order_view", args=[view.id]))
    assert SavedView.objects.count() == 0


def test_sellers_do_not_get_in(fair, enter):
    for name in ("admin:orders", "admin:save_order_view"):
        assert enter(fair.staff["owner"]).get(reverse(name)).status_code == 302
