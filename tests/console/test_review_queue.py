"""Moderating reviews: the queue of reported ones, one review with its context, abnormal orders, profiles."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order, Review
from rulebook.models import Case, JournalEntry, Notice
from rulebook.models.tally import Total
from rulebook.samples import sample
from rulebook.telling import notice_sentence
from tests.fair import Fair

QUEUE = "/console/reviews/"


def reviewed(fair: Fair, stars: int = 1, *, listing: str = "lamp", **inputs: Any) -> Review:
    return fair.do("buyer.review", on=fair.completed(listing), stars=stars, **inputs)


def reported(fair: Fair, stars: int = 1, **inputs: Any) -> Review:
    review = reviewed(fair, stars, **inputs)
    fair.do("seller.report_review", on=review, reason="An insult.")
    return fair.fresh(review)


def address(review: Review, verb: str = "") -> str:
    return f"{QUEUE}{review.public_id}/{verb and verb + '/'}"


def waiting(page: Any) -> list[str]:
    return [row["id"] for row in page.context["rows"]]


def decide(client: Client, review: Review, verb: str, **fields: str) -> Any:
    sent = {"reason": "Read and weighed.", "version": str(review.version), "confirmed": "yes", **fields}
    return client.post(address(review, verb), sent)


@pytest.fixture
def lister(fair: Fair, enter: Any) -> Client:
    """The listing reviewer moderates reviews, too."""
    return enter(fair.moderators["listing_reviewer"])


# ------------------------------------------------------------------ the queue


def test_reported_reviews_wait_in_the_order_of_their_reports(fair: Fair, arbitrator: Client) -> None:
    reviewed(fair, 1)
    first, second = reported(fair), reported(fair, 2)

    page = arbitrator.get(QUEUE)

    assert waiting(page) == [first.public_id, second.public_id]
    assert "An insult." in page.content.decode()
    assert set(Case.objects.filter(kind="review", open=True).values_list("lane", flat=True)) == {"reviews"}


def test_reported_reviews_stand_on_the_worklist_and_are_dealt(fair: Fair, arbitrator: Client) -> None:
    review = reported(fair)

    rows = arbitrator.get(reverse("admin:worklist"), {"view": "reviews"}).context["worklist"]["rows"]
    dealt = arbitrator.post(reverse("admin:next_case"))

    assert [row["url"] for row in rows] == [address(review)]
    assert dealt["Location"] == address(review)


def test_who_may_not_decide_about_reviews_is_dealt_none(fair: Fair, enter: Any) -> None:
    reported(fair)

    answer = enter(fair.moderators["finance_officer"]).post(reverse("admin:next_case"))

    assert answer["Location"] == reverse("admin:worklist")


def test_an_empty_queue_says_so(arbitrator: Client) -> None:
    assert "No reported review waits" in arbitrator.get(QUEUE).content.decode()


def test_several_are_kept_or_hidden_with_one_reason(fair: Fair, arbitrator: Client) -> None:
    kept, hidden, left = reported(fair), reported(fair), reported(fair)

    arbitrator.post(f"{QUEUE}decide/", {"picked": [kept.public_id], "verb": "keep", "reason": "Plain words."})
    arbitrator.post(f"{QUEUE}decide/", {"picked": [hidden.public_id], "verb": "hide", "reason": "An address."})

    assert waiting(arbitrator.get(QUEUE)) == [left.public_id]
    assert fair.fresh(kept).state == "published"
    assert fair.fresh(hidden).state == "hidden"
    assert fair.fresh(hidden).moderation_reason == "An address."
    reasons = JournalEntry.objects.filter(subject_id=hidden.id, act="review.hide").values_list("reason", flat=True)
    assert list(reasons) == ["An address."]


def test_a_bulk_decision_without_reason_comes_back_with_all_that_was_picked(fair: Fair, arbitrator: Client) -> None:
    review = reported(fair)

    answer = arbitrator.post(f"{QUEUE}decide/", {"picked": [review.public_id], "verb": "hide", "reason": " "})

    assert answer.status_code == 422
    assert answer.context["picked"] == {review.public_id}
    assert fair.fresh(review).state == "published"


def test_one_refusal_among_several_is_told_and_the_others_go_through(fair: Fair, arbitrator: Client) -> None:
    gone, good = reported(fair), reported(fair)
    fair.do("moderator.delete_review", on=gone, reason="An attack.")

    answer = arbitrator.post(
        f"{QUEUE}decide/",
        {"picked": [gone.public_id, "rev_strange", good.public_id], "verb": "hide", "reason": "Unfit."},
        follow=True,
    )

    said = [str(note) for note in answer.context["messages"]]
    assert len([note for note in said if gone.public_id in note or "rev_strange" in note]) == 2
    assert "1 review is hidden." in said
    assert fair.fresh(good).state == "hidden"


@pytest.mark.parametrize(
    ("verb", "told"),
    [("keep", "review_report_declined"), ("hide", "review_report_upheld"), ("delete", "review_report_upheld")],
)
def test_who_reported_is_told_what_came_of_it(verb: str, told: str, fair: Fair) -> None:
    """A58-1, A59-1."""
    by_seller, by_stranger, unasked = reported(fair), reviewed(fair), reviewed(fair)
    stranger = fair.buyer_actor(fair.other_buyer)
    fair.do("buyer.report_review", on=by_stranger, as_=stranger, reason="An insult.")

    for review in (by_seller, by_stranger, unasked):
        fair.do(f"moderator.{verb}_review", on=review, reason="We looked.")

    notices = Notice.objects.filter(code__startswith="review_report_").order_by("id")
    assert [(one.code, one.subject_id, one.audience_kind, one.audience_id) for one in notices] == [
        (told, by_seller.id, "seller", fair.store.id),
        (told, by_stranger.id, "buyer", stranger.id),
    ]
    said = [notice_sentence(one) for one in notices]
    assert all("We looked." in one for one in said)
    assert by_stranger.public_id in said[1] and by_stranger.order.name not in said[1]  # the order is not his
    assert Notice.objects.filter(code="review_moderated", audience_id=fair.buyer.id).count() == 3


@pytest.mark.parametrize("verb", ["delete", "restore", "", "x"])
def test_in_bulk_nothing_else_is_done(fair: Fair, arbitrator: Client, verb: str) -> None:
    review = reported(fair)

    answer = arbitrator.post(f"{QUEUE}decide/", {"picked": [review.public_id], "verb": verb, "reason": "No."})

    assert answer.status_code == 404


def test_any_number_of_reports_costs_the_same_statements(fair: Fair, arbitrator: Client) -> None:
    def cost(where: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert arbitrator.get(where).status_code == 200
        return len(asked)

    review = reported(fair)
    places = (QUEUE, address(review), f"/console/store/{fair.store.public_id}/profile/")
    few = [cost(place) for place in places]
    for number in range(6):
        reported(fair, 1 + number % 5, photos=[sample("photo.jpg")])

    assert [cost(place) for place in places] == few
    assert max(few) <= 26


# ------------------------------------------------------------------ one review


def test_a_review_is_read_with_its_order_the_stores_figures_and_what_else_the_author_wrote(
    fair: Fair, arbitrator: Client
) -> None:
    other = reviewed(fair, 2, text="Late.")
    review = reported(fair, 1, text="Thieves!", described=1)
    fair.do("seller.reply_to_review", on=review, text="We are not.")

    page = arbitrator.get(address(review))
    text = page.content.decode()

    for words in ("Thieves!", "We are not.", "An insult.", "Late.", "Paper lamp", "Ada Buyer", "Goods as described"):
        assert words in text
    assert [row["id"] for row in page.context["others"]] == [other.public_id]
    assert [act["verb"] for act in page.context["acts"]] == ["keep", "hide", "delete"]


def test_to_keep_is_offered_only_while_a_report_waits(fair: Fair, arbitrator: Client) -> None:
    page = arbitrator.get(address(reviewed(fair)))

    assert [act["verb"] for act in page.context["acts"]] == ["hide", "delete"]


def test_hiding_and_showing_again_moves_the_figures_there_and_back(fair: Fair, lister: Client) -> None:
    """A58-1: what is hidden does not count; shown again it counts on the day of its writing."""
    review = reported(fair, 1)

    def negative() -> int:
        return sum(Total.objects.filter(store_id=fair.store.id, name="negative").values_list("value", flat=True))

    assert negative() == 1
    assert decide(lister, review, "hide")["Location"] == f"{address(review)}#main"
    assert negative() == 0
    assert decide(lister, fair.fresh(review), "restore").status_code == 302
    assert negative() == 1
    assert fair.fresh(review).moderation_reason == "Read and weighed."


def test_deleting_is_looked_at_before_and_takes_the_scores_along(fair: Fair, arbitrator: Client) -> None:
    """A59-1, A59-2."""
    review = reported(fair, 1, described=2)
    sent = {"reason": "A personal attack.", "version": str(review.version)}

    preview = arbitrator.post(address(review, "delete"), sent)
    assert "Delete this review?" in preview.content.decode()
    assert fair.fresh(review).state == "published"
    arbitrator.post(address(review, "delete"), {**sent, "confirmed": "yes"})

    gone = fair.fresh(review)
    assert (gone.state, gone.described) == ("deleted", None)
    assert "personal attack" in arbitrator.get(address(review)).content.decode()


def test_somebody_elses_decision_in_between_is_shown_and_nothing_is_done(fair: Fair, arbitrator: Client) -> None:
    review = reported(fair)
    fair.do("moderator.keep_review", on=review, reason="It stands.")

    answer = decide(arbitrator, review, "hide", reason="Mine.")

    assert answer.status_code == 412
    assert "Mine." in answer.content.decode()
    assert fair.fresh(review).state == "published"


def test_a_reason_is_needed(fair: Fair, arbitrator: Client) -> None:
    review = reported(fair)

    assert decide(arbitrator, review, "hide", reason="").status_code == 422
    assert fair.fresh(review).state == "published"


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("arbitrator", True),
        ("senior_arbitrator", True),
        ("listing_reviewer", True),
        ("kyc_reviewer", False),
        ("finance_officer", False),
        ("policy_manager", False),
        ("auditor", False),
    ],
)
def test_who_decides_about_reviews_and_abnormal_orders(fair: Fair, enter: Any, role: str, may: bool) -> None:
    review = reported(fair)
    client = enter(fair.moderators[role])
    order = review.order.public_id

    assert client.get(QUEUE).context["may"] is may
    assert bool(client.get(address(review)).context["acts"]) is may
    bulk = client.post(f"{QUEUE}decide/", {"picked": [review.public_id], "verb": "keep", "reason": "It stands."})
    assert bulk.status_code == (302 if may else 403)
    assert decide(client, fair.fresh(review), "hide").status_code == (302 if may else 403)
    excluded = client.post(
        f"/console/order/{order}/abnormal/decide/",
        {"act": "exclude", "ground": "A58-2", "reason": "Made up.", "confirmed": "yes"},
    )
    assert excluded.status_code == (302 if may else 403)
    assert (fair.fresh(review).state == "hidden") is may


def test_nobody_else_comes_in(fair: Fair, client: Client, enter: Any) -> None:
    review = reported(fair, photos=[sample("photo.jpg")])
    for who in (client, enter(fair.staff["owner"])):
        for place in ("", f"{review.public_id}/", f"{review.public_id}/photos/{review.photos[0]['sha256']}/"):
            assert who.get(f"{QUEUE}{place}").status_code == 302


def test_a_moderator_sees_the_pictures_of_what_was_taken_out_of_sight(fair: Fair, arbitrator: Client) -> None:
    review = reported(fair, photos=[sample("photo.jpg")])
    fair.do("moderator.delete_review", on=review, reason="Unfit.")
    picture = f"{address(review)}photos/{review.photos[0]['sha256']}/"

    served = arbitrator.get(picture)

    assert served["Content-Type"] == "image/jpeg"
    assert "sandbox" in served["Content-Security-Policy"]
    assert picture in arbitrator.get(address(review)).content.decode()
    assert arbitrator.get(f"{address(review)}photos/{'0' * 64}/").status_code == 404


def test_strange_addresses_lead_nowhere(fair: Fair, arbitrator: Client) -> None:
    for place in ("reviews/x/", "reviews/rev_0/", "store/x/profile/", "order/x/abnormal/"):
        assert arbitrator.get(f"/console/{place}").status_code == 404
    assert arbitrator.post(address(reported(fair), "burn"), {"reason": "x"}).status_code == 404


def test_all_reviews_are_listed_and_filtered(fair: Fair, arbitrator: Client) -> None:
    reviewed(fair, 5, text="Bright.")
    reported(fair, 1, text="Dull.")
    register = reverse("admin:orders_review_changelist")

    def found(query: str) -> str:
        return str(arbitrator.get(f"{register}?{query}").content.decode())

    assert "Bright." in found("") and "Dull." in found("")
    assert "Dull." not in found("stars=5")
    assert "Bright." not in found("reported_at__isempty=0")
    assert "Bright." in found(f"q={fair.store.public_id}")
    assert "Bright." not in found(f"q={fair.other_store.public_id}")


# ------------------------------------------------------------------ abnormal orders


def test_an_abnormal_order_leaves_the_figures_and_comes_back(fair: Fair, arbitrator: Client) -> None:
    """A58-1 to A58-4."""
    review = reviewed(fair, 5)
    order = review.order
    page = f"/console/order/{order.public_id}/"
    shown = arbitrator.get(f"{page}abnormal/")
    assert len(shown.context["form"].fields["ground"].choices) == 3

    def totals() -> dict[str, int]:
        rows = Total.objects.filter(store_id=fair.store.id, name__in=["positive", "units", "sales"])
        return {name: value for name, value in rows.values_list("name", "value") if value}

    counted = totals()
    assert counted["positive"] == 1
    answer = arbitrator.post(
        f"{page}abnormal/decide/",
        {
            "act": "exclude",
            "ground": "A58-3",
            "reason": "Bought by the seller's cousin.",
            "confirmed": "yes",
            "version": str(fair.fresh(order).version),
        },
    )
    assert answer["Location"] == page
    assert totals() == {}
    assert Order.objects.get(pk=order.pk).excluded_ground == "A58-3"
    assert "Not counted: the order was found abnormal." in arbitrator.get(page).content.decode()

    arbitrator.post(
        f"{page}abnormal/decide/",
        {
            "act": "include",
            "reason": "No cousin.",
            "confirmed": "yes",
            "version": str(fair.fresh(order).version),
        },
    )
    assert totals() == counted


def test_a_ground_and_a_reason_are_needed(fair: Fair, arbitrator: Client) -> None:
    order = fair.completed()

    answer = arbitrator.post(
        f"/console/order/{order.public_id}/abnormal/decide/", {"act": "exclude", "confirmed": "yes"}
    )

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"ground", "reason"}


# ------------------------------------------------------------------ profiles


def test_moderators_read_any_stores_profile(fair: Fair, enter: Any) -> None:
    """A56-1: what everybody reads, auditors included."""
    review = reviewed(fair, 4, text="Nice.")
    hidden = reviewed(fair, 1)
    fair.do("moderator.hide_review", on=hidden, reason="Unfit.")

    page = enter(fair.moderators["auditor"]).get(f"/console/store/{fair.store.public_id}/profile/")

    assert waiting(page) == [review.public_id]
    assert "Lin Lighting Ltd" in page.content.decode()
    assert "100.0 %" in page.content.decode()
