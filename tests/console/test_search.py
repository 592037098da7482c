"""The search as moderators see it: breakdown, weights, and what is done about cheating."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from stores import ranking_run
from stores.models import Listing
from tests.fair import Fair


@pytest.fixture
def reviewer(fair: Fair, enter) -> Client:
    return enter(fair.moderators["listing_reviewer"])


def test_each_hit_shows_factors_weights_points_and_multipliers(fair: Fair, reviewer: Client):
    ranking_run.run()
    fair.do("moderator.demote_listing", on=fair.listings["lamp"], degree="product_demoted", reason="Stuffed.")

    answer = reviewer.get("/console/search/?q=lamp")
    text = answer.content.decode()

    assert answer.status_code == 200
    assert [hit["title"] for hit in answer.context["hits"]] == ["Copy of a lamp", "Paper lamp"]
    assert [factor["weight"] for factor in answer.context["hits"][0]["factors"]] == ["0.20", "0.30", "0.25", "0.25"]
    for words in (
        "Description quality",
        "Conversion ability",
        "× 0.50",
        "A31-2",
        "no reviews yet, which counts as neutral",
    ):
        assert words in text


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%F0%9F%94%A5",
        "q=%27%3B--",
        "sort=nonsense&country=XYZ",
        "q=" + "a%20" * 900,
        "category=%00",
        "q=lampp",
    ],
)
def test_odd_questions_get_a_page(fair: Fair, reviewer: Client, query: str):
    assert reviewer.get(f"/console/search/?{query}").status_code == 200
    assert reviewer.get(f"/console/search/{fair.listings['lamp'].public_id}/?{query}").status_code == 200


def test_a_reviewer_lowers_a_listing_after_a_preview_and_restores_it(fair: Fair, reviewer: Client):
    lamp = fair.listings["lamp"]
    here = f"/console/search/{lamp.public_id}/"
    sent = {"degree": "blocked", "reason": "A copy of another.", "version": str(fair.fresh(lamp).version)}

    preview = reviewer.post(f"{here}demote_listing/", sent)
    assert preview.status_code == 200
    assert fair.fresh(lamp).cheating == "none"
    done = reviewer.post(f"{here}demote_listing/", {**sent, "confirmed": "yes"}, follow=True)

    assert fair.fresh(lamp).cheating == "blocked"
    assert "It is blocked from searches." in done.content.decode()
    back = {"reason": "It was none.", "version": str(fair.fresh(lamp).version), "confirmed": "yes"}
    reviewer.post(f"{here}restore_ranking/", back)
    assert fair.fresh(lamp).cheating == "none"


def test_others_look_and_lower_nothing(fair: Fair, arbitrator: Client):
    here = f"/console/search/{fair.listings['lamp'].public_id}/"

    assert arbitrator.get("/console/search/").status_code == 200
    assert arbitrator.get(here).status_code == 200
    assert arbitrator.post(f"{here}demote_listing/", {"degree": "blocked", "reason": "x"}).status_code == 403
    assert arbitrator.get("/console/search/lst_nonsense/").status_code == 404
    assert Listing.objects.get(pk=fair.listings["lamp"].pk).cheating == "none"


def test_sellers_and_strangers_do_not_come_in(fair: Fair, enter):
    assert enter(fair.staff["owner"]).get("/console/search/").status_code in (302, 403)


def test_a_page_costs_the_same_with_one_hit_or_many(fair: Fair, reviewer: Client):
    def cost(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reviewer.get(f"/console/search/?q={query}").status_code == 200
        return len(captured)

    cost("paper")
    assert cost("paper") == cost("home+garden")
