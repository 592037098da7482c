"""Searching in the database: the order, what moves it, and that Python explains what SQL computed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rulebook.actions import perform
from rulebook.amending import current_rulebook
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.models import JournalEntry, Notice
from rulebook.money import Money
from rulebook.refusals import Forbidden, Refused
from rulebook.rules import AmendmentValue, Rulebook
from stores import ranking_run
from stores.enrolment import enrol_listing
from stores.models import Listing, SearchDue, SearchEntry, ServiceScore, Store
from stores.search import Wanted, find, places_of, words_of
from stores.search_explained import explain, why_hidden
from tests.fair import Fair, build_fair

WHOLE: dict[str, Any] = {
    "description": "x" * 500,
    "pictures": list("abcde"),
    "attributes": {str(number): "x" for number in range(5)},
}


@pytest.fixture
def fair(db: None) -> Fair:
    return build_fair()


def rules() -> Any:
    return current_rulebook().at(now())


def offer(fair: Fair, title: str, store: Store | None = None, **fields: Any) -> Listing:
    with Docket.open() as docket:
        held = docket.lock(Store, (store or fair.store).id)
        return enrol_listing(
            docket, held, **{"price": Money(10_00, "USD"), "stock": 5, "published_at": now(), **fields, "title": title}
        )


def order(text: str = "", in_force: Any = None, **fields: Any) -> list[str]:
    """Titles as they are found, the best first."""
    found = find(Wanted(text=text, **fields), in_force or rules(), limit=100)
    titles = dict(Listing.objects.values_list("id", "title"))
    return [titles[hit.listing_id] for hit in found.hits]


def scores(text: str = "") -> dict[str, int]:
    found = find(Wanted(text=text), rules(), limit=100)
    titles = dict(Listing.objects.values_list("id", "title"))
    return {titles[hit.listing_id]: hit.key for hit in found.hits}


# ------------------------------------------------------------------ the factors move the order


def test_the_better_description_stands_first(fair: Fair):
    offer(fair, "Poor kite")
    offer(fair, "Rich kite", **WHOLE)
    ranking_run.run()

    assert order("kite") == ["Rich kite", "Poor kite"]


def test_a_word_in_the_title_fits_better_than_one_in_category_or_attributes(fair: Fair):
    offer(fair, "Thing one", attributes={"For": "kites"})
    offer(fair, "Thing two", category="kite-shop")
    offer(fair, "Kite")

    assert order("kite") == ["Kite", "Thing two", "Thing one"]


def test_the_name_of_a_category_fits_all_its_goods(fair: Fair):
    offer(fair, "Thing", category="kite-shop")

    assert scores("kite shop")["Thing"] == scores()["Thing"]


def test_sales_raise_and_bad_stars_lower_while_none_is_neutral(fair: Fair):
    """FB-19."""
    for title in ("Sold kite", "New kite", "Bad kite", "Good kite", "Usual kite"):
        offer(fair, title)
    Listing.objects.filter(title="Sold kite").update(orders_count=9, units_sold=9)
    Listing.objects.filter(title="Bad kite").update(reviews_count=10, stars_sum=30)
    Listing.objects.filter(title="Good kite").update(reviews_count=10, stars_sum=50)
    Listing.objects.filter(title="Usual kite").update(reviews_count=80, stars_sum=320)
    ranking_run.run()

    found = scores("kite")
    assert found["Sold kite"] > found["New kite"]
    assert found["Good kite"] > found["New kite"] > found["Bad kite"]
    assert found["Usual kite"] - _title("Usual kite") == found["New kite"] - _title("New kite")


def _title(title: str) -> int:
    """What its longer title brings a listing."""
    return round(1e9 * 0.2 * round(10_000 * 0.2 * len(title) / 40) / 10_000)


def test_a_store_that_serves_well_stands_before_one_that_does_not(fair: Fair):
    offer(fair, "Good kite")
    offer(fair, "Bad kite", store=fair.other_store)
    offer(fair, "Free kite", store=fair.other_store, orders_count=5)
    for store, value in ((fair.store, 9_000), (fair.other_store, 1_000)):
        ServiceScore.objects.update_or_create(store_id=store.id, defaults={"value": value, "at": now()})

    assert order("kite")[0] == "Good kite"


def test_the_run_counts_every_store_by_its_own_indicators(fair: Fair):
    for _order in range(3):
        fair.completed("lantern")
    fair.disputed(refund="20.00 USD")

    ranking_run.run()

    score = ServiceScore.objects.get(store_id=fair.store.id)
    parts = {part["code"]: part for part in score.parts}
    assert set(parts) == {"on_time_rate", "odr", "dispute_rate", "positive_rate"}
    assert parts["dispute_rate"]["count"] == 4
    assert parts["dispute_rate"]["figure"] == 25
    assert parts["dispute_rate"]["value"] < 0.5
    assert parts["positive_rate"]["figure"] is None
    assert ServiceScore.objects.get(store_id=fair.other_store.id).value == 5_000


# ------------------------------------------------------------------ multipliers


def plus(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(plus=True, plus_since=now())


def test_the_plus_badge_raises_what_has_it(fair: Fair):
    """PLUS-10."""
    offer(fair, "Plus kite")
    offer(fair, "Late kite", plus_late_at=now())
    before = scores("kite")
    plus(fair.store)
    Listing.objects.filter(title="Late kite").update(plus_late_at=now())  # late after the store joined

    after = scores("kite")

    assert after["Plus kite"] == pytest.approx(before["Plus kite"] * 1.2, abs=2)
    assert after["Late kite"] == before["Late kite"]
    assert order("kite", plus=True) == ["Plus kite"]
    Store.objects.filter(pk=fair.store.pk).update(restrictions=["not_in_plus"])
    assert scores("kite") == before


@pytest.mark.parametrize(("degree", "left"), [("product_demoted", 0.5), ("store_demoted", 0.2)])
def test_cheating_lowers_the_listing(fair: Fair, degree: str, left: float):
    """A31-2."""
    kite = offer(fair, "Kite")
    before = scores("kite")["Kite"]

    fair.do("moderator.demote_listing", on=kite, degree=degree, reason="Stuffed title.")

    assert scores("kite")["Kite"] == pytest.approx(before * left, abs=2)


def test_a_blocked_listing_is_not_found_until_it_is_restored(fair: Fair):
    kite = offer(fair, "Kite")
    before = scores("kite")

    blocked = fair.do("moderator.demote_listing", on=kite, degree="blocked", reason="Duplicate.")
    assert order("kite") == []
    assert "blocked" in why_hidden(Listing.objects.select_related("store").get(pk=kite.pk), Wanted(), rules())

    fair.do("moderator.restore_ranking", on=blocked, reason="It was none.")
    assert scores("kite") == before


def test_a_demoted_store_lowers_all_its_goods_and_nobody_elses(fair: Fair):
    offer(fair, "Own kite")
    offer(fair, "Other kite", store=fair.other_store)
    before = scores("kite")
    Store.objects.filter(pk=fair.store.pk).update(restrictions=["search_demoted"])

    after = scores("kite")

    assert after["Own kite"] == pytest.approx(before["Own kite"] * 0.2, abs=2)
    assert after["Other kite"] == before["Other kite"]


def test_demoting_is_journalled_told_and_refused_twice(fair: Fair):
    kite = fair.do("moderator.demote_listing", on=offer(fair, "Kite"), degree="product_demoted", reason="Stuffed.")

    entry = JournalEntry.objects.filter(subject_id=kite.id).latest("number")
    assert (entry.rule, entry.reason, entry.facts["degree"]) == ("A31-2", "Stuffed.", "product_demoted")
    assert Notice.objects.filter(code="listing_demoted", audience_id=fair.store.id).count() == 1
    with pytest.raises(Refused) as refusal:
        fair.do("moderator.demote_listing", on=kite, degree="product_demoted", reason="Again.")
    assert refusal.value.rule == "A31-2"
    with pytest.raises(Refused):
        fair.do("moderator.restore_ranking", on=fair.listings["lamp"], reason="None.")


def test_only_listing_reviewers_lower_listings(fair: Fair):
    for role in ("arbitrator", "kyc_reviewer", "finance_officer", "auditor"):
        with pytest.raises(Forbidden):
            perform(
                "moderator.demote_listing",
                actor=fair.moderator_actor(role),
                on=fair.listings["lamp"],
                inputs={"degree": "blocked", "reason": "No."},
            )


# ------------------------------------------------------------------ one method for all


def test_weights_count_from_their_date_on(fair: Fair):
    """A31-1: dated parameters."""
    offer(fair, "A kite of forty characters, for the wind", **WHOLE)
    ranking_run.run()
    only = "{description: 1, relevance: 0, conversion: 0, service: 0}"
    later = Rulebook(amendments=[AmendmentValue.from_text("search.weights", only, now(), None)]).at(now())

    found = find(Wanted(text="kite"), later)

    assert [hit.key for hit in found.hits] == [1_000_000_000]


def test_an_amendment_for_one_store_changes_nobodys_place(fair: Fair):
    """A31-1: one method for all."""
    before = scores()
    only = AmendmentValue.from_text(
        "search.weights",
        "{description: 1, relevance: 0, conversion: 0, service: 0}",
        now(),
        {"store": str(fair.store.id)},
    )

    found = find(Wanted(), Rulebook(amendments=[only]).at(now()), limit=100)

    assert sorted(hit.key for hit in found.hits) == sorted(before.values())


def test_python_explains_exactly_what_the_database_computed(fair: Fair):
    plus(fair.store)
    offer(fair, "Brass kite", **WHOLE, orders_count=7, reviews_count=3, stars_sum=11)
    offer(fair, "Kite", brand="Brass", store=fair.other_store)
    fair.do("moderator.demote_listing", on=offer(fair, "Brass bird kite"), degree="product_demoted", reason="x")
    Store.objects.filter(pk=fair.other_store.pk).update(restrictions=["search_demoted"])
    ranking_run.run()

    for text in ("", "kite", "brass kite", "home garden", "kites brass bird"):
        found = find(Wanted(text=text), rules(), limit=100)
        explained = explain([hit.listing_id for hit in found.hits], found.words, rules())
        assert len(explained) == len(found.hits) > 0
        for hit in found.hits:
            one = explained[hit.listing_id]
            assert one.fine == hit.key == pytest.approx(one.score.value * 1e9, abs=2)
            for factor in one.score.factors:
                if factor.parts and factor.code != "relevance":
                    weights = sum(part.weight for part in factor.parts)
                    whole = sum(part.value * part.weight for part in factor.parts) / weights
                    assert factor.value == pytest.approx(whole, abs=0.0001)


def test_own_places_are_those_among_everybodys(fair: Fair):
    offer(fair, "First kite", **WHOLE)
    offer(fair, "Second kite", store=fair.other_store, description="x" * 400)
    offer(fair, "Third kite")
    ranking_run.run()

    places = places_of(fair.store.id, Wanted(text="kite"), words_of("kite"), rules(), limit=10)

    assert [(place.place, place.of) for place in places] == [(1, 3), (3, 3)]


# ------------------------------------------------------------------ the search's rows follow


def test_only_what_a_search_sees_makes_a_listing_wait_to_be_counted(fair: Fair):
    ranking_run.run()
    assert not SearchDue.objects.exists()

    fair.paid("lamp")  # takes a piece from the stock
    assert not SearchDue.objects.exists()

    Listing.objects.filter(pk=fair.listings["lamp"].pk).update(description="Made of paper.")
    assert SearchDue.objects.filter(listing_id=fair.listings["lamp"].pk).exists()
    assert ranking_run.count_due() == 1
    assert not SearchDue.objects.exists()


def test_the_words_follow_an_edited_title(fair: Fair):
    Listing.objects.filter(pk=fair.listings["lamp"].pk).update(title="Silk moon")

    assert order("moon") == ["Silk moon"]
    assert order("paper") == []


def test_odd_data_does_not_stop_a_listing_from_being_written(fair: Fair):
    for number, odd in enumerate(("text", ["a"], None, 5, {"a": {"b": ["c"]}})):
        offer(fair, f"Odd {number}", attributes=odd)
    Listing.objects.filter(title="Odd 0").update(delivery={}, blocked_countries={})
    ranking_run.run()

    assert len(order("odd")) == 5


def test_the_run_changes_only_what_differs_and_finds_every_listing(fair: Fair):
    for number in range(30):
        offer(fair, f"Kite {number}", description="x" * number)

    assert ranking_run.run()["listings"] == 34
    before = list(SearchEntry.objects.order_by("pk").values())
    assert ranking_run.run()["listings"] == 34
    assert list(SearchEntry.objects.order_by("pk").values()) == before


def test_a_search_costs_the_same_few_statements_whatever_it_finds(fair: Fair):
    def cost(text: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            find(Wanted(text=text), rules())
        return len(captured)

    rules()
    offer(fair, "Kite")
    few = cost("kite")
    for number in range(40):
        offer(fair, f"Kite {number}")

    assert cost("kite") == few == 2
    assert cost("nothing of the kind") <= 5


def test_many_hits_are_asked_for_apart_and_few_together_with_the_same_answer(
    fair: Fair, monkeypatch: pytest.MonkeyPatch
):
    for number in range(30):
        offer(fair, f"Kite {number % 3} red", category=("toys", "sports", "garden")[number % 3], units_sold=number)
    ranking_run.run()
    for wanted in (
        Wanted(text="kite"),
        Wanted(text="red kite", sort="sales"),
        Wanted(text="kite 2", category="garden"),
    ):
        together = find(wanted, rules(), limit=7)
        monkeypatch.setattr("stores.search.FEW", -1)

        apart = find(wanted, rules(), limit=7)

        monkeypatch.undo()
        assert together == apart
        assert together.hits and together.categories


def test_a_search_for_words_goes_by_their_index(fair: Fair):
    for number in range(3):
        offer(fair, f"Kite {number}")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stores_searchentry (listing_id, store_id, offered, category, price_minor, currency, countries, blocked,"
            " cheating, units_sold, description, conversion, words) SELECT gen_random_uuid(), %s, true, 'toys', 1, 'USD', '{*}',"
            " '{}', 'none', 0, 5000, 5000, stores_search_words('thing ' || n, 'toys', '', '{}') FROM generate_series(1, 5000) AS n",
            [fair.store.id],
        )
        cursor.execute("ANALYZE stores_searchentry")
        with CaptureQueriesContext(connection) as captured:
            find(Wanted(text="kite"), rules())
        cursor.execute("EXPLAIN " + next(one["sql"] for one in captured if "ORDER BY key" in one["sql"]))
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Bitmap Index Scan on search_words" in plan
    assert "Seq Scan on stores_searchentry" not in plan
