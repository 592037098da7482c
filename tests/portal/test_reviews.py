"""Reviews at the sellers' door: what is listed, with which figures, and what the store may do about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Review
from rulebook.clock import now, parse_duration
from rulebook.models import Notice
from rulebook.samples import sample
from tests.fair import Fair, build_fair

HOME = "/portal/reviews/"


@pytest.fixture(autouse=True)
def _kept(kept: Any) -> None:
    """Photos stay in memory."""


def reviewed(fair: Fair, stars: int = 5, *, listing: str = "lamp", **inputs: Any) -> Review:
    return fair.do("buyer.review", on=fair.completed(listing), stars=stars, **inputs)


def ids(page: Any) -> list[str]:
    return [row["id"] for row in page.context["rows"]]


def figures(page: Any) -> dict[str, str]:
    return {figure["code"]: figure["value"] for figure in page.context["summary"]["figures"]}


# ------------------------------------------------------------------ the list


def test_a_store_without_reviews_reads_no_rate_rather_than_nought(owner: Client) -> None:
    """A56-5, FB-19."""
    page = owner.get(HOME)

    assert figures(page)["positive_rate"] == "no rate yet"
    assert figures(page)["average_stars"] == "no score yet"
    assert "A store without reviews is not taken for a bad one" in page.content.decode()


def test_the_figures_stand_on_top_each_with_its_formula_and_rule(fair: Fair, owner: Client) -> None:
    for stars in (5, 4, 3, 1):
        reviewed(fair, stars, described=4, communication=5, shipping=2)

    page = owner.get(HOME)

    assert figures(page) == {
        "positive_rate": "66.7 %",
        "average_stars": "3.3 of 5",
        "described": "4.0 of 5",
        "communication": "5.0 of 5",
        "shipping": "2.0 of 5",
        "reply_rate": "0.0 %",
        "feedback_score": "1",
    }
    assert all(figure["formula"] and figure["rule"] for figure in page.context["summary"]["figures"])
    assert {row["stars"]: row["count"] for row in page.context["summary"]["stars"]} == {5: 1, 4: 1, 3: 1, 2: 0, 1: 1}
    assert "3 stars are in neither" in page.content.decode()


def test_reviews_are_listed_newest_first_and_filtered(fair: Fair, owner: Client) -> None:
    low, middle, high = (reviewed(fair, stars) for stars in (1, 3, 5))
    fair.do("seller.reply_to_review", on=middle, text="Sorry.")
    hidden = reviewed(fair, 2)
    fair.do("moderator.hide_review", on=hidden, reason="Unfit words.")
    given = fair.do("seller.review_buyer", on=high.order, stars=5)

    assert ids(owner.get(HOME)) == [row.public_id for row in (hidden, high, middle, low)]
    assert ids(owner.get(f"{HOME}?view=unanswered")) == [low.public_id]
    assert ids(owner.get(f"{HOME}?view=moderated")) == [hidden.public_id]
    assert ids(owner.get(f"{HOME}?view=given")) == [given.public_id]
    assert ids(owner.get(f"{HOME}?stars=5")) == [high.public_id]
    assert ids(owner.get(f"{HOME}?stars=5&view=unanswered")) == []


def test_strange_filters_show_the_list_all_the_same(fair: Fair, owner: Client) -> None:
    review = reviewed(fair)

    for query in ("stars=9", "stars=x", "period=99", "view=none", "after=x", "before=%00", "stars=&period="):
        assert ids(owner.get(f"{HOME}?{query}")) == [review.public_id]


def test_any_number_of_reviews_costs_the_same_statements(fair: Fair, owner: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert owner.get(HOME).status_code == 200
        return len(asked)

    reviewed(fair, 1)
    owner.get(HOME)
    one = cost()
    for stars in (1, 2, 3, 4, 5, 1, 2, 3):
        reviewed(fair, stars, text="Words.", photos=[sample("photo.jpg")])

    assert cost() == one
    assert one <= 22


def test_pages_walk_through_all_reviews_and_back(fair: Fair, owner: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("orders.portal.reviews.PER_PAGE", 2)
    made = [reviewed(fair).public_id for _number in range(5)][::-1]

    first = owner.get(HOME)
    second = owner.get(HOME + first.context["pager"]["older"])
    third = owner.get(HOME + second.context["pager"]["older"])

    assert ids(first) + ids(second) + ids(third) == made
    assert third.context["pager"]["older"] == ""
    assert ids(owner.get(HOME + second.context["pager"]["newer"])) == ids(first)


def test_another_stores_reviews_are_not_there(fair: Fair, sign_in: Callable[..., Client]) -> None:
    review = reviewed(fair, 1, photos=[sample("photo.jpg")])
    stranger = sign_in(fair.stranger)

    assert ids(stranger.get(HOME)) == []
    for place in ("", "reply/", "report/", f"photos/{review.photos[0]['sha256']}/"):
        assert stranger.get(f"{HOME}{review.public_id}/{place}").status_code == 404


# ------------------------------------------------------------------ replying


def test_a_reply_is_written_in_place_and_leads_back_to_the_list(fair: Fair, owner: Client) -> None:
    """A57-1."""
    review = reviewed(fair, 2, text="Broken.")
    row = owner.get(f"{HOME}?view=unanswered").context["rows"][0]

    answer = owner.post(row["reply_url"], {"text": "We sent another.", "version": review.version}, follow=True)

    assert answer.redirect_chain[-1][0] == f"{HOME}?view=unanswered#{review.public_id}"
    shown = owner.get(HOME).context["rows"][0]
    assert shown["reply"]["text"] == "We sent another."
    assert "reply_form" not in shown
    assert figures(owner.get(HOME))["reply_rate"] == "100.0 %"
    assert Notice.objects.filter(code="review_replied", audience_id=review.buyer_id).exists()


def test_good_reviews_offer_no_reply(fair: Fair, owner: Client) -> None:
    for stars, offered in ((3, True), (4, False), (5, False)):
        review = reviewed(fair, stars)
        row = next(row for row in owner.get(HOME).context["rows"] if row["id"] == review.public_id)
        assert ("reply_form" in row) is offered


def test_a_second_reply_is_refused_with_its_rule(fair: Fair, owner: Client) -> None:
    review = reviewed(fair, 1)
    fair.do("seller.reply_to_review", on=review, text="Once.")

    answer = owner.post(f"{HOME}{review.public_id}/reply/", {"text": "Twice."})

    assert answer.status_code == 409
    assert "one is all" in answer.content.decode()
    assert Review.objects.get().reply == "Once."


@pytest.mark.parametrize(("length", "status"), [(1000, 302), (1001, 409)])
def test_a_reply_ends_at_a_thousand_characters(fair: Fair, owner: Client, length: int, status: int) -> None:
    review = reviewed(fair, 1)
    shown = owner.get(HOME).content.decode()
    assert 'maxlength="1000"' in shown
    assert "data-pp-count" in shown

    answer = owner.post(f"{HOME}{review.public_id}/reply/", {"text": "x" * length})

    assert answer.status_code == status
    if status == 409:
        assert "x" * length in answer.content.decode(), "nothing typed is lost"


def test_a_second_press_of_the_same_button_does_nothing_more(fair: Fair, owner: Client) -> None:
    review = reviewed(fair, 1)
    form = owner.get(HOME).context["rows"][0]["reply_form"]
    sent = {"text": "Sorry.", "key": form["key"].value(), "version": form["version"].value()}

    answers = [owner.post(f"{HOME}{review.public_id}/reply/", sent).status_code for _press in range(2)]

    assert answers == [302, 302]
    assert Notice.objects.filter(code="review_replied").count() == 1


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("owner", True),
        ("manager", True),
        ("support", True),
        ("fulfilment", False),
        ("finance", False),
        ("read_only", False),
    ],
)
def test_who_may_answer_buyers_may_reply_and_report(
    fair: Fair, sign_in: Callable[..., Client], role: str, may: bool
) -> None:
    review = reviewed(fair, 1)
    client = sign_in(role)
    row = client.get(HOME).context["rows"][0]

    assert ("reply_form" in row) is may
    assert ("report_url" in row) is may
    assert client.post(f"{HOME}{review.public_id}/reply/", {"text": "Sorry."}).status_code == (302 if may else 403)
    assert client.post(f"{HOME}{review.public_id}/report/", {"reason": "Rude."}).status_code == (302 if may else 403)
    assert client.post(f"/portal/orders/{review.order.public_id}/review/", {"stars": "5"}).status_code == (
        302 if may else 403
    )


# ------------------------------------------------------------------ reporting and moderation


def test_a_report_waits_for_the_platform_and_its_answer_is_read_here(fair: Fair, owner: Client) -> None:
    """A59-1."""
    review = reviewed(fair, 1, text="You are thieves.")
    owner.post(f"{HOME}{review.public_id}/report/", {"reason": "An insult."})
    assert "Reported; the platform looks at it." in owner.get(HOME).content.decode()

    fair.do("moderator.delete_review", on=review, reason="A personal attack.")

    shown = owner.get(HOME).content.decode()
    assert "You are thieves." not in shown
    assert "A personal attack." in shown
    assert "Deleted by the platform" in shown
    assert owner.post(f"{HOME}{review.public_id}/report/", {"reason": "Again."}).status_code == 409


def test_a_hidden_review_is_read_by_the_store_with_the_reason_but_not_its_photos(fair: Fair, owner: Client) -> None:
    review = reviewed(fair, 1, text="Never again.", photos=[sample("photo.jpg")])
    address = f"{HOME}{review.public_id}/photos/{review.photos[0]['sha256']}/"
    assert owner.get(address)["Content-Type"] == "image/jpeg"

    fair.do("moderator.hide_review", on=review, reason="The address of the seller is in it.")

    row = owner.get(HOME).context["rows"][0]
    assert row["text"] == "Never again."
    assert row["moderation"]["reason"] == "The address of the seller is in it."
    assert row["photos"] == []
    assert owner.get(address).status_code == 404


@pytest.mark.parametrize("sha", ["0" * 64, "x", "..%2f..%2fetc"])
def test_no_picture_is_served_but_the_reviews_own(fair: Fair, owner: Client, sha: str) -> None:
    review = reviewed(fair, 1, photos=[sample("photo.jpg")])

    assert owner.get(f"{HOME}{review.public_id}/photos/{sha}/").status_code == 404


def test_a_notice_leads_to_the_review(fair: Fair, owner: Client) -> None:
    review = reviewed(fair, 1)

    page = owner.get(f"{HOME}{review.public_id}/")

    assert ids(page) == [review.public_id]
    assert f"/portal/reviews/{review.public_id}/" in owner.get("/portal/notices/").content.decode()


# ------------------------------------------------------------------ on the order's page


def test_the_orders_page_has_both_reviews_and_the_form_until_its_last_day(fair: Fair, owner: Client) -> None:
    """A52-5, A53-1."""
    order = fair.completed()
    address = f"/portal/orders/{order.public_id}/"
    shown = owner.get(address).context["reviews"]
    assert shown["until"] == order.review_until
    assert "form" in shown
    assert set(shown["form"].fields) == {"stars", "text", "key"}, "the three scores are the buyers' alone (A52-4)"

    answer = owner.post(shown["url"], {"stars": "4", "text": "Paid at once."})
    fair.do("buyer.review", on=order, stars=5)

    assert answer["Location"] == f"{address}#reviews"
    shown = owner.get(address).context["reviews"]
    assert {row["side"] for row in shown["rows"]} == {"seller", "buyer"}
    assert "form" not in shown
    assert fair.fresh(fair.buyer).reviews_count == 1


def test_an_order_that_has_not_ended_has_no_reviews(fair: Fair, owner: Client) -> None:
    assert owner.get(f"/portal/orders/{fair.shipped().public_id}/").context["reviews"] is None


def test_stars_are_needed_and_the_form_says_so(fair: Fair, owner: Client) -> None:
    """FB-12."""
    order = fair.completed()

    answer = owner.post(f"/portal/orders/{order.public_id}/review/", {"text": "Nice."})

    assert answer.status_code == 422
    assert "Nice." in answer.content.decode()
    assert not Review.objects.exists()


def test_after_the_last_day_the_form_is_gone_and_the_page_says_since_when(db: Any, client: Client) -> None:
    fair = build_fair(begin=now() - parse_duration("40d"))
    order = fair.completed()
    client.force_login(fair.staff["owner"])

    page = client.get(f"/portal/orders/{order.public_id}/")

    assert "form" not in page.context["reviews"]
    assert "the time to review ended" in page.content.decode()
    assert client.get(f"/portal/orders/{order.public_id}/review/").context["closed"]


# ------------------------------------------------------------------ what buyers see


def test_the_preview_shows_what_anybody_reads(fair: Fair, owner: Client) -> None:
    """A56-1…A56-4."""
    shown = reviewed(fair, 5, text="Bright.")
    hidden = reviewed(fair, 1, text="Dull.")
    fair.do("moderator.hide_review", on=hidden, reason="Unfit.")
    given = fair.do("seller.review_buyer", on=shown.order, stars=4)

    page = owner.get(f"{HOME}what-buyers-see/")
    text = page.content.decode()

    assert ids(page) == [shown.public_id]
    assert "Lin Lighting Ltd" in text
    assert "100.0 %" in text
    assert "A*** B***" in text
    assert "Ada Buyer" not in text
    assert [period.code for period in page.context["profile"].history] == ["1", "3", "6", "all"]
    assert ids(owner.get(f"{HOME}what-buyers-see/?direction=given&period=3")) == [given.public_id]
