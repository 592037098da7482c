"""What a store's profile and a product's reviews tell, to whom, and at which price."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Review
from rulebook.calendars import calendar_months
from rulebook.clock import now, parse_duration
from rulebook.samples import sample
from rulebook.zones import platform_zone
from stores.models import Store
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem
from tests.api.test_reading import pages
from tests.api.test_schema import keeps_to
from tests.fair import Fair, build_fair


def reviewed(fair: Fair, stars: int = 5, listing: str = "lamp", **inputs: Any) -> Review:
    return fair.do("buyer.review", on=fair.completed(listing), stars=stars, **inputs)


def profile(caller: Caller, fair: Fair) -> dict[str, Any]:
    status, found = caller.get(f"stores/{fair.store.public_id}/profile")
    assert status == 200, found
    keeps_to("StoreProfile", found)
    return found


def records(caller: Caller, fair: Fair, query: str = "") -> list[dict[str, Any]]:
    status, page = caller.get(f"stores/{fair.store.public_id}/reviews?{query}")
    assert status == 200, page
    keeps_to("PublicReviewsPage", page)
    return list(page["results"])


# ------------------------------------------------------------------ figures


def test_a_store_without_reviews_has_no_rate_rather_than_a_bad_one(fair: Fair, buyer: Caller) -> None:
    """A56-2, A56-5, FB-19."""
    found = profile(buyer, fair)

    assert found["summary"]["name"] == "Lin's lights"
    assert found["summary"]["company"] == "Lin Lighting Ltd"
    assert datetime.fromisoformat(found["summary"]["member_since"]) == fair.store.seller.registered_at
    assert found["summary"]["positive_rate"]["value"] is None
    assert found["credit"]["reply_rate"]["value"] is None
    assert [row["positive_rate"] for row in found["history"]] == [None] * 4
    product = buyer.get(f"listings/{fair.listings['lamp'].public_id}/reviews")[1]
    keeps_to("ProductReviewsPage", product)
    assert product["rating"]["average"] is None
    assert product["rating"]["text"].startswith("No review yet. That is no bad sign")


def test_the_figures_follow_from_the_reviews(fair: Fair, buyer: Caller) -> None:
    """A55-3, A56: three stars are in neither term of the rates; averages go half up."""
    for stars in (5, 5, 4, 3, 1):
        reviewed(fair, stars, described=stars, communication=5)

    found = profile(buyer, fair)

    assert found["summary"]["positive_rate"]["value"] == "75.0"
    assert found["credit"]["negative_rate"]["value"] == "25.0"
    assert found["credit"]["average_stars"]["value"] == "3.6"
    assert found["credit"]["feedback_score"]["value"] == "2"
    assert found["rating"]["described"]["value"] == "3.6"
    assert found["rating"]["communication"]["value"] == "5.0"
    assert found["rating"]["shipping"]["value"] is None
    assert found["stars"] == {"5": 2, "4": 1, "3": 1, "2": 0, "1": 1}
    assert [row["period"] for row in found["history"]] == ["1", "3", "6", "all"]
    assert {(row["positive"], row["neutral"], row["negative"]) for row in found["history"]} == {(3, 1, 1)}


def test_the_reply_rate_counts_critical_reviews_that_got_their_reply(fair: Fair, buyer: Caller) -> None:
    """FB-20: stars 1 to 3; hidden ones leave it, replied to or not."""
    critical = [reviewed(fair, stars) for stars in (1, 2, 3, 5)]
    for review in critical[:2]:
        fair.do("seller.reply_to_review", on=review, text="Sorry.")
    assert profile(buyer, fair)["credit"]["reply_rate"]["value"] == "66.7"

    fair.do("moderator.hide_review", on=critical[0], reason="Unfit.")

    assert profile(buyer, fair)["credit"]["reply_rate"]["value"] == "50.0"


def test_the_history_looks_back_to_the_second(db: None) -> None:
    """A56-3: what was published exactly three months ago is out; a second before that moment comes it is in."""
    fair = build_fair(begin=now() - parse_duration("200d"))
    published = reviewed(fair).published_at
    months_later = calendar_months(published, 3, zone=platform_zone())
    caller = Caller(fair.storefront_key(), **{"Piepowder-Buyer": fair.buyer.reference})

    for moment, expected in ((months_later - timedelta(seconds=1), 1), (months_later, 0)):
        with time_machine.travel(moment, tick=False):
            rows = {row["period"]: row["positive"] for row in profile(caller, fair)["history"]}
            assert len(records(caller, fair, "period=3")) == expected
        assert rows == {"1": 0, "3": expected, "6": 1, "all": 1}


# ------------------------------------------------------------------ records


def test_the_records_are_all_that_the_store_got_and_all_that_it_gave(fair: Fair, buyer: Caller) -> None:
    """A56-4."""
    got = [reviewed(fair, stars) for stars in (1, 5)]
    gave = fair.do("seller.review_buyer", on=got[0].order, stars=4, text="Pays.")

    assert [row["id"] for row in records(buyer, fair)] == [row.public_id for row in reversed(got)]
    assert [row["id"] for row in records(buyer, fair, "direction=given")] == [gave.public_id]
    assert [row["id"] for row in records(buyer, fair, "stars=1")] == [got[0].public_id]
    _status, problem = buyer.get(f"stores/{fair.store.public_id}/reviews?period=2")
    assert_problem(buyer, 422, "invalid")
    assert "1, 3, 6, all" in problem["errors"]["period"][0]


def test_authors_are_known_by_initials_and_orders_not_at_all(fair: Fair, buyer: Caller) -> None:
    review = reviewed(fair, 5, text="Bright.")
    fair.do("seller.review_buyer", on=review.order, stars=4)

    rows = [*records(buyer, fair), *records(buyer, fair, "direction=given")]

    assert [row["author"] for row in rows] == ["A*** B***", ""]
    text = buyer.last.content.decode()
    for secret in ("Ada", "Owner of Lin", review.order.public_id, fair.buyer.public_id):
        assert secret not in text


def test_hidden_and_deleted_reviews_are_shown_to_nobody(fair: Fair, buyer: Caller, arbitrator: Caller) -> None:
    """A58-1, A59-1."""
    hidden, deleted, shown = (reviewed(fair, stars) for stars in (1, 1, 4))
    fair.do("moderator.hide_review", on=hidden, reason="Unfit.")
    fair.do("moderator.delete_review", on=deleted, reason="An attack.")

    for caller in (buyer, arbitrator):
        assert [row["id"] for row in records(caller, fair)] == [shown.public_id]
    product = buyer.get(f"listings/{fair.listings['lamp'].public_id}/reviews")[1]
    assert [row["id"] for row in product["results"]] == [shown.public_id]
    assert product["rating"] == {**product["rating"], "average": "4.0", "count": 1, "text": ""}


def test_the_words_and_pictures_of_a_deleted_review_are_for_moderators_alone(
    fair: Fair, buyer: Caller, seller: Caller, arbitrator: Caller
) -> None:
    """A59-1."""
    review = reviewed(fair, 1, text="An insult", photos=[sample("insult.jpg")])
    photo = f"reviews/{review.public_id}/photos/{review.shown_photos[0]}"
    paths = [
        f"reviews/{review.public_id}",
        f"reviews?order={review.order.public_id}",
        f"orders/{review.order.public_id}",
    ]

    def read(caller: Caller) -> list[tuple[str, int]]:
        one, listed, order = (caller.get(path)[1] for path in paths)
        found = [one, listed["results"][0], order["reviews"][0]]
        return [(row["text"], len(row["photos"])) for row in found]

    assert [read(caller) for caller in (buyer, seller, arbitrator)] == [[("An insult", 1)] * 3] * 3

    fair.do("moderator.delete_review", on=review, reason="An attack.")

    assert [read(caller) for caller in (buyer, seller)] == [[("", 0)] * 3] * 2
    assert read(arbitrator) == [("An insult", 1)] * 3
    assert [caller.get(photo)[0] for caller in (buyer, seller, arbitrator)] == [404, 404, 200]


def test_pages_show_every_review_once(fair: Fair, buyer: Caller) -> None:
    made = [reviewed(fair).public_id for _number in range(5)][::-1]

    for path in (f"stores/{fair.store.public_id}/reviews", f"listings/{fair.listings['lamp'].public_id}/reviews"):
        assert [row["id"] for row in pages(buyer, path, 2)] == made


# ------------------------------------------------------------------ who reads


def test_storefronts_sellers_and_moderators_read_any_opened_store(
    fair: Fair, buyer: Caller, seller: Caller, stranger: Caller, arbitrator: Caller
) -> None:
    """FB-9: reviews are public."""
    reviewed(fair)
    listing = fair.listings["lamp"].public_id

    for caller in (buyer, seller, stranger, arbitrator):
        assert profile(caller, fair)["stars"]["5"] == 1
        assert len(records(caller, fair)) == 1
        assert len(caller.get(f"listings/{listing}/reviews")[1]["results"]) == 1


def test_carriers_and_banks_do_not(fair: Fair) -> None:
    for kind in ("carrier", "bank"):
        caller = Caller(fair.provider_key(kind))
        for path in (f"stores/{fair.store.public_id}/profile", f"listings/{fair.listings['lamp'].public_id}/reviews"):
            caller.get(path)
            assert_problem(caller, 403, "forbidden")


def test_what_has_not_opened_is_known_to_its_own_people_only(
    fair: Fair, buyer: Caller, seller: Caller, stranger: Caller, arbitrator: Caller
) -> None:
    Store.objects.filter(pk=fair.store.pk).update(opened_at=None)
    path = f"stores/{fair.store.public_id}/profile"

    assert [caller.get(path)[0] for caller in (buyer, stranger)] == [404, 404]
    assert [caller.get(path)[0] for caller in (seller, arbitrator)] == [200, 200]
    for strange in ("sto_x", fair.buyer.public_id, "x"):
        assert buyer.get(f"stores/{strange}/profile")[0] == 404
        assert buyer.get(f"listings/{strange}/reviews")[0] == 404


def test_a_keys_scopes_are_kept(fair: Fair) -> None:
    narrow = Caller(fair.storefront_key(scopes=("orders",)), **{"Piepowder-Buyer": fair.buyer.reference})
    wide = Caller(fair.storefront_key(scopes=("reviews",)), **{"Piepowder-Buyer": fair.buyer.reference})

    assert narrow.get(f"stores/{fair.store.public_id}/profile")[0] == 403
    assert wide.get(f"stores/{fair.store.public_id}/profile")[0] == 200


# ------------------------------------------------------------------ pictures


def test_pictures_of_published_reviews_are_for_everybody_of_hidden_ones_for_the_author_of_all_for_moderators(
    fair: Fair, buyer: Caller, seller: Caller, stranger: Caller, arbitrator: Caller
) -> None:
    """FB-8, FB-9, A58-1."""
    review = reviewed(fair, 1, photos=[sample("photo.jpg")])
    other = Caller(
        fair.storefront_key(storefront=fair.other_storefront), **{"Piepowder-Buyer": fair.other_buyer.reference}
    )
    (address,) = records(buyer, fair)[0]["photos"]
    path = address.removeprefix("/api/v1/")
    everybody = (buyer, other, seller, stranger, arbitrator)

    assert [caller.get(path)[0] for caller in everybody] == [200] * 5
    assert buyer.last["Content-Type"] == "image/jpeg"
    assert buyer.last["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in buyer.last["Content-Security-Policy"]
    for verb, author in (("hide", 200), ("delete", 404)):
        fair.do(f"moderator.{verb}_review", on=review, reason="Unfit.")
        assert [caller.get(path)[0] for caller in everybody] == [author, 404, 404, 404, 200]


def test_no_other_file_is_served(fair: Fair, buyer: Caller) -> None:
    review = reviewed(fair, 1, photos=[sample("photo.jpg")])
    dispute = fair.disputed()
    evidence = fair.do("buyer.add_evidence", on=dispute, text="Look.", file=sample("one.jpg"))

    for name in (evidence.sha256, evidence.file_key, "0" * 64, "..%2F..%2Fmanage.py"):
        assert buyer.get(f"reviews/{review.public_id}/photos/{name}")[0] == 404


# ------------------------------------------------------------------ several files through the API


def test_a_review_is_sent_with_several_photos(fair: Fair, buyer: Caller) -> None:
    """FB-8."""
    order = fair.completed()

    status, made = buyer.form(
        f"orders/{order.public_id}/review",
        {"stars": "4", "text": "Bright.", "photos": [sample("one.jpg"), sample("photo.jpg")]},
    )

    assert status == 201, made
    assert len(made["photos"]) == 2
    assert len(records(buyer, fair)[0]["photos"]) == 2


def test_one_photo_is_a_list_of_one_and_none_is_none(fair: Fair, buyer: Caller) -> None:
    one = buyer.form(f"orders/{fair.completed().public_id}/review", {"stars": "4", "photos": sample("one.jpg")})
    none = buyer.form(f"orders/{fair.completed().public_id}/review", {"stars": "4", "photos": ""})
    plain = buyer.post(f"orders/{fair.completed().public_id}/review", {"stars": 4})

    assert [answer[0] for answer in (one, none, plain)] == [201] * 3
    assert [len(answer[1]["photos"]) for answer in (one, none, plain)] == [1, 0, 0]


def test_too_many_photos_and_other_files_are_refused(fair: Fair, buyer: Caller) -> None:
    path = f"orders/{fair.completed().public_id}/review"

    buyer.form(path, {"stars": "4", "photos": [sample(f"{number}.jpg") for number in range(6)]})
    assert assert_problem(buyer, 409, "refused")["rule"] == "FB-8"
    buyer.form(path, {"stars": "4", "photos": [sample("one.jpg"), sample("letter.pdf")]})
    assert "letter.pdf is not a picture" in assert_problem(buyer, 422, "invalid")["errors"]["photos"][0]
    buyer.form(path, {"stars": ["4", "5"]})
    assert assert_problem(buyer, 422, "invalid")["errors"]["stars"] == ["Send this once."]
    buyer.post(path, {"stars": 4, "photos": ["one.jpg"]})
    assert "photos" in assert_problem(buyer, 422, "invalid")["errors"]


def test_the_same_photos_with_the_same_key_are_the_same_request(fair: Fair, buyer: Caller) -> None:
    path = f"orders/{fair.completed().public_id}/review"

    def send(*names: str) -> tuple[int, Any]:
        return buyer.form(path, {"stars": "4", "photos": [sample(name) for name in names]}, **{"Idempotency-Key": "k1"})

    first, again, other = send("one.jpg", "photo.jpg"), send("one.jpg", "photo.jpg"), send("photo.jpg")

    assert (first[0], again[0], other[0]) == (201, 201, 422)
    assert again[1] == first[1]


# ------------------------------------------------------------------ cost


@pytest.mark.parametrize("what", ["profile", "reviews", "product"])
def test_any_number_of_reviews_costs_the_same_statements(fair: Fair, buyer: Caller, what: str) -> None:
    path = {
        "profile": f"stores/{fair.store.public_id}/profile",
        "reviews": f"stores/{fair.store.public_id}/reviews",
        "product": f"listings/{fair.listings['lamp'].public_id}/reviews",
    }[what]

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert buyer.get(path)[0] == 200
        return len(asked)

    reviewed(fair)
    cost()
    one = cost()
    for stars in (1, 2, 3, 4, 5):
        reviewed(fair, stars, photos=[sample("photo.jpg")])

    assert cost() == one
    assert one <= 8
