"""Searching through a storefront's key: what is found, in which order, page by page, and what it costs."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from rulebook.actions import perform
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.money import Money
from stores import ranking_run
from stores.enrolment import enrol_listing
from stores.models import Buyer, DeliveryTemplate, Listing, Store
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem
from tests.api.test_schema import keeps_to
from tests.fair import Fair


def offered(store: Store, *titles: str, **fields: Any) -> list[Listing]:
    with Docket.open() as docket:
        held = docket.lock(Store, store.id)
        made = [
            enrol_listing(
                docket,
                held,
                **{"price": Money(10_00, "USD"), "stock": 5, "published_at": now(), **fields, "title": title},
            )
            for title in titles
        ]
    return made


def search(caller: Caller, **asked: Any) -> Any:
    status, page = caller.get(f"search/listings?{urlencode(asked)}")
    assert status == 200, page
    return page


def titles(caller: Caller, **asked: Any) -> list[str]:
    return [hit["title"] for hit in search(caller, **asked)["results"]]


def all_pages(caller: Caller, limit: int = 3, **asked: Any) -> list[str]:
    found, cursor = [], ""
    while cursor is not None:
        page = search(caller, limit=limit, cursor=cursor, **asked)
        found += [hit["id"] for hit in page["results"]]
        cursor = page["next_cursor"]
    return found


def test_a_hit_shows_the_listing_its_promise_rating_and_badges(fair: Fair, buyer: Caller):
    hit = search(buyer, q="paper", country="de")["results"][0]

    assert (hit["kind"], hit["id"], hit["title"]) == ("listing", fair.listings["lamp"].public_id, "Paper lamp")
    assert hit["price"] == {"amount": "138.00", "currency": "USD"}
    assert hit["store"] == fair.store.public_id
    assert hit["store_name"] == "Lin's lights"
    assert hit["promise"]["country"] == "DE"
    assert (hit["promise"]["days"], hit["promise"]["fee"]) == (20, "6.50 USD")
    assert hit["rating"] is None
    assert hit["badges"] == ["on_time"]
    keeps_to("SearchPage", search(buyer, q="paper"))


def test_weights_scores_and_findings_of_cheating_stay_with_the_platform(fair: Fair, buyer: Caller):
    fair.do("moderator.demote_listing", on=fair.listings["lamp"], degree="product_demoted", reason="Stuffed title.")

    page = search(buyer, limit=1)

    said = json.dumps(page)
    for secret in ("score", "weight", "relevance", "cheating", "demoted", "conversion"):
        assert secret not in said
    cursor = page["next_cursor"]
    with pytest.raises(ValueError):  # what it holds can't be read
        json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "lamp"}, {"Paper lamp", "Copy of a lamp"}),
        ({"q": "LAMPS"}, {"Paper lamp", "Copy of a lamp"}),
        ({"q": "the lamp"}, {"Paper lamp", "Copy of a lamp"}),
        ({"q": "lamp paper"}, {"Paper lamp"}),
        ({"q": "doll's palace"}, {"Doll's palace"}),
        ({"q": "home garden palace"}, {"Doll's palace"}),
        ({"q": "lamp", "category": "toys"}, set()),
        ({"q": "lamp", "max_price": "100.00 USD"}, {"Copy of a lamp"}),
        ({"q": "lamp", "min_price": "120.00 EUR"}, {"Paper lamp"}),
        ({"q": "lamp", "plus": "true"}, set()),
        ({"q": "submarine"}, set()),
    ],
)
def test_words_and_filters_narrow_what_is_found(fair: Fair, buyer: Caller, asked: dict[str, str], found: set[str]):
    assert set(titles(buyer, **asked)) == found


def test_a_misspelt_word_is_read_as_the_known_one_on_every_page(fair: Fair, buyer: Caller):
    ranking_run.run()

    page = search(buyer, q="papr lampp", limit=1)
    wide = search(buyer, q="lampp", limit=1)

    assert page["corrected"] == "paper lamp"
    assert [hit["title"] for hit in page["results"]] == ["Paper lamp"]
    assert search(buyer, q="lampp", limit=1, cursor=wide["next_cursor"])["corrected"] == "lamp"
    assert len(all_pages(buyer, limit=1, q="lampp")) == 2


def test_only_what_can_be_bought_is_found(fair: Fair, buyer: Caller):
    ids = {hit["title"] for hit in search(buyer)["results"]}
    assert ids == {"Paper lamp", "Stone lantern", "Doll's palace", "Copy of a lamp"}

    Listing.objects.filter(pk=fair.listings["lamp"].pk).update(stock=0)
    Listing.objects.filter(pk=fair.listings["lantern"].pk).update(state="removed")
    Store.objects.filter(pk=fair.other_store.pk).update(state="suspended")
    assert titles(buyer) == ["Doll's palace"]

    Store.objects.filter(pk=fair.other_store.pk).update(state="exiting")
    Listing.objects.filter(pk=fair.listings["lamp"].pk).update(stock=1)
    assert set(titles(buyer)) == {"Doll's palace", "Paper lamp"}

    Store.objects.filter(pk=fair.store.pk).update(deposit_status="exhausted")
    assert titles(buyer) == []

    Store.objects.filter(pk=fair.store.pk).update(deposit_status="sufficient", restrictions=["listings_removed"])
    assert titles(buyer) == []


def test_goods_are_found_where_they_are_delivered_and_not_blocked(fair: Fair, buyer: Caller):
    (local,) = offered(fair.store, "Heavy anvil", delivery=[{"country": "FR", "days": 9}])

    assert titles(buyer, q="anvil", country="FR") == ["Heavy anvil"]
    assert titles(buyer, q="anvil", country="US") == []
    assert titles(buyer, q="anvil") == []  # the buyer's own country
    visitor = Caller(fair.storefront_key())
    assert titles(visitor, q="anvil") == ["Heavy anvil"]

    fair.do("moderator.block_listing_countries", on=local, countries=["FR"], reason="Undeclared.")
    assert titles(visitor, q="anvil", country="FR") == []
    fair.do("moderator.block_countries", on=fair.store, countries=["IT"], reason="Undeclared.")
    assert titles(visitor, q="paper", country="IT") == []
    assert titles(visitor, q="paper", country="ES") == ["Paper lamp"]


def test_a_templates_promises_are_followed_as_they_change(fair: Fair, buyer: Caller):
    told = {"carrier_charges": "included", "duties": "buyer", "vat": "none"}
    entry = {"country": "FR", "days": 9, "fee": "2.00 USD", **told}
    inputs = {"name": "France", "entries": [entry]}
    template = perform(
        "seller.create_delivery_template", actor=fair.seller_actor(), on=fair.store, inputs=inputs
    ).object
    fair.do("seller.use_delivery_template", on=fair.listings["lamp"], template=template.public_id)

    assert titles(buyer, q="paper", country="FR") == ["Paper lamp"]
    assert titles(buyer, q="paper", country="US") == []

    fair.do("seller.change_delivery_template", on=template, entries=[{**entry, "country": "US"}])
    assert DeliveryTemplate.objects.count() == 1
    assert titles(buyer, q="paper", country="FR") == []
    assert search(buyer, q="paper", country="US")["results"][0]["promise"]["fee"] == "2.00 USD"


def test_sorting_by_price_newness_and_sales(fair: Fair, buyer: Caller):
    offered(fair.store, "Cheap kite", price=Money(500, "JPY"))
    offered(fair.store, "Dear kite", price=Money(900, "USD"))
    fair.paid("lantern")
    ranking_run.run()

    assert titles(buyer, q="kite", sort="price") == ["Cheap kite", "Dear kite"]
    assert set(titles(buyer, sort="newest")[:2]) == {"Cheap kite", "Dear kite"}
    assert titles(buyer, sort="sales")[0] == "Stone lantern"


def test_the_first_page_counts_the_hits_by_category_and_names_no_more_than_the_rulebook_says(fair: Fair, buyer: Caller):
    for number in range(25):
        offered(fair.store, f"Kite {number}", category=f"kites-{number:02d}")

    page = search(buyer, limit=5)

    assert page["categories"][0] == {"category": "home-garden", "hits": 4}
    assert len(page["categories"]) == 20
    assert search(buyer, limit=5, cursor=page["next_cursor"])["categories"] == []


def test_pages_hold_every_hit_once_though_all_score_the_same(fair: Fair, buyer: Caller):
    made = offered(fair.store, *["Wooden top"] * 10)

    found = all_pages(buyer, q="top")

    assert found == sorted((listing.public_id for listing in made), reverse=True)


@pytest.mark.parametrize("sort", ["relevance", "price", "newest", "sales"])
def test_pages_stay_whole_while_listings_come_go_and_change(fair: Fair, buyer: Caller, sort: str):
    made = offered(fair.store, *[f"Wooden top {'x' * number}" for number in range(12)])
    ranking_run.run()
    first = search(buyer, q="top", limit=4, sort=sort)
    seen = {hit["id"] for hit in first["results"]}
    gone = next(listing for listing in made if listing.public_id not in seen)

    offered(fair.store, "New wooden top")
    Listing.objects.filter(pk=gone.pk).update(state="removed")
    found = [hit["id"] for hit in first["results"]]
    cursor = first["next_cursor"]
    while cursor:
        page = search(buyer, q="top", limit=4, sort=sort, cursor=cursor)
        found += [hit["id"] for hit in page["results"]]
        cursor = page["next_cursor"]

    assert len(found) == len(set(found))
    assert {listing.public_id for listing in made if listing != gone} <= set(found)
    assert gone.public_id not in found


def test_cursors_that_are_made_up_changed_or_of_another_search_are_refused(fair: Fair, buyer: Caller):
    cursor = search(buyer, limit=1)["next_cursor"]

    for wrong in ("x", "AAAA", cursor[:-4], "A" + cursor[1:], "é", "=" * 50, "A" * 1990):
        _status, problem = buyer.get(f"search/listings?{urlencode({'limit': 1, 'cursor': wrong})}")
        assert_problem(buyer, 422, "invalid")
        assert "cursor" in problem["errors"]
    assert buyer.get(f"search/listings?{urlencode({'q': 'lamp', 'cursor': cursor})}")[0] == 422


@pytest.mark.parametrize(
    "hostile",
    [
        "' OR 1=1 --",
        "lamp & ! | ( ) <-> :* 'quoted' \\",
        '"; DROP TABLE stores_listing; --',
        "🔥🔥🔥",
        "مصباح ورقي",
        "\u202elamp\u202c",
        "%s %(x)s {} {0}",
        "a" * 200,
        " ".join("abcdefghij"[n % 10] for n in range(100)),
        "ﬁ ＬＡＭＰ Ⅳ ß İ",
        "-- /* */ $$ \t\n",
        "1e309 0x41 1..2 http://a.b/c?d=e user@example.com",
    ],
)
def test_hostile_words_find_something_or_nothing(fair: Fair, buyer: Caller, hostile: str):
    search(buyer, q=hostile)


def test_words_in_any_script_are_found(fair: Fair, buyer: Caller):
    offered(fair.store, "مصباح ورقي جميل", "Лампа настольная", "हिन्दी दीपक", "🔥 Fire lantern")
    for words, title in (
        ("ورقي", "مصباح ورقي جميل"),
        ("ЛАМПА", "Лампа настольная"),
        ("दीपक", "हिन्दी दीपक"),
        ("🔥 fire", "🔥 Fire lantern"),
        ("ＰＡＰＥＲ", "Paper lamp"),
    ):
        assert titles(buyer, q=words) == [title]


def test_more_than_a_search_can_hold_is_told(fair: Fair, buyer: Caller):
    buyer.get(f"search/listings?{urlencode({'q': 'lamp ' * 1000})}")
    assert_problem(buyer, 422, "invalid")
    buyer.get("search/listings?q=a%00b")
    assert_problem(buyer, 422, "invalid")
    for wrong in (
        "country=USA",
        "country=U1",
        "sort=best",
        "limit=101",
        "limit=0",
        "min_price=cheap",
        "min_price=1.00 XAU",
    ):
        buyer.get(f"search/listings?{wrong}")
        assert_problem(buyer, 422, "invalid")
    buyer.get("search/listings?q=a&q=b")
    assert_problem(buyer, 422, "invalid")


def test_only_storefronts_search_and_a_visitor_need_not_be_named(
    fair: Fair, seller: Caller, arbitrator: Caller, carrier: Caller
):
    before = Buyer.objects.count()

    assert len(search(Caller(fair.storefront_key()), q="lamp")["results"]) == 2
    assert Buyer.objects.count() == before
    for caller in (seller, arbitrator, carrier):
        caller.get("search/listings")
        assert_problem(caller, 403, "forbidden")
    nobody = Caller("pp_nobody")
    nobody.get("search/listings")
    assert_problem(nobody, 401, "not_authenticated")
    narrow = Caller(fair.storefront_key(scopes=("orders",)))
    narrow.get("search/listings")
    assert_problem(narrow, 403, "forbidden")


def test_the_number_of_statements_does_not_depend_on_what_is_found(fair: Fair, buyer: Caller):
    def cost(**asked: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            search(buyer, **asked)
        return len(captured)

    search(buyer)
    few = cost(q="paper", limit=100)
    offered(fair.store, *[f"Paper kite {number}" for number in range(60)])
    offered(fair.other_store, *[f"Paper kite {number}" for number in range(20)])

    assert len(search(buyer, q="paper", limit=100)["results"]) == 81
    assert cost(q="paper", limit=100) == few
    assert few <= 8


def test_weights_are_for_the_platforms_people_only(fair: Fair, buyer: Caller, seller: Caller, arbitrator: Caller):
    """A31-1."""

    def keys(caller: Caller) -> set[str]:
        return {row["key"] for row in caller.get("rules/A31-2")[1]["parameters"]}

    assert "search.weights" in keys(arbitrator)
    for caller in (buyer, seller):
        assert not keys(caller) & {"search.weights", "search.cheating_multiplier", "search.service", "svc.ranking"}
