"""How a store's listings rank: places, factors without weights, what would raise them, and what nobody finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stores import ranking_run
from stores.models import Listing
from tests.fair import Fair


def test_a_seller_sees_his_places_and_what_would_raise_them(fair: Fair, owner: Client):
    ranking_run.run()

    answer = owner.get("/portal/store/ranking/?q=lamp")
    text = answer.content.decode()

    assert [(hit["title"], hit["place"], hit["of"]) for hit in answer.context["hits"]] == [("Paper lamp", "2", "2")]
    for words in ("Add 5 pictures.", "in the title", "no reviews yet, which counts as neutral"):
        assert words in text


def test_weights_scores_and_other_sellers_listings_are_not_shown(fair: Fair, owner: Client):
    """A31-1."""
    answer = owner.get("/portal/store/ranking/?q=lamp")

    assert "Copy of a lamp" not in answer.content.decode()
    assert "Weight" not in answer.content.decode()
    for hit in answer.context["hits"]:
        assert hit["points"] == hit["sum"] == ""
        assert all("weight" not in factor and "points" not in factor for factor in hit["factors"])


def test_what_nobody_finds_is_named_with_the_reason(fair: Fair, owner: Client):
    Listing.objects.filter(pk=fair.listings["lamp"].pk).update(stock=0)
    Listing.objects.filter(pk=fair.listings["lantern"].pk).update(state="removed")
    fair.do("moderator.demote_listing", on=fair.listings["palace"], degree="blocked", reason="Duplicate.")

    hidden = owner.get("/portal/store/ranking/").context["hidden"]

    assert {row["title"]: row["why"] for row in hidden} == {
        "Paper lamp": "It is out of stock.",
        "Stone lantern": "It is not online.",
        "Doll's palace": "It is blocked from searches.",
    }


def test_a_demoted_listing_says_so_without_the_figure(fair: Fair, owner: Client):
    fair.do("moderator.demote_listing", on=fair.listings["lamp"], degree="product_demoted", reason="Stuffed.")

    text = owner.get("/portal/store/ranking/?q=paper").content.decode()

    assert "Search cheating was found in this listing" in text
    assert "0.50" not in text


def test_a_stranger_sees_his_own_only(fair: Fair, sign_in: Callable[..., Client]):
    hits = sign_in(fair.stranger).get("/portal/store/ranking/?q=lamp").context["hits"]
    assert [hit["title"] for hit in hits] == ["Copy of a lamp"]


@pytest.mark.parametrize("role", ["owner", "manager", "fulfilment", "support", "finance", "read_only"])
def test_everybody_of_the_store_may_look(fair: Fair, sign_in: Callable[..., Client], role: str):
    assert sign_in(role).get("/portal/store/ranking/").status_code == 200


@pytest.mark.parametrize("query", ["q=%00", "q=%F0%9F%94%A5", "country=XYZ", "q=" + "a%20" * 900, "category=nothing"])
def test_odd_questions_get_a_page(fair: Fair, owner: Client, query: str):
    assert owner.get(f"/portal/store/ranking/?{query}").status_code == 200


def test_a_page_costs_the_same_with_one_hit_or_many(fair: Fair, owner: Client):
    def cost(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner.get(f"/portal/store/ranking/?q={query}").status_code == 200
        return len(captured)

    cost("paper")
    assert cost("paper") == cost("home+garden")


def test_the_rulebooks_pages_show_weights_to_staff_only(fair: Fair, owner: Client):
    """A31-1."""
    staff = Client()
    staff.force_login(fair.moderators["policy_manager"])

    for page in ("/rules/A31-2/", "/rules/values/?group=search"):
        assert "search.weights" in staff.get(page).content.decode()
        for reader in (owner, Client()):
            answer = reader.get(page)
            assert answer.status_code == 200
            assert "search.weights" not in answer.content.decode()
