"""Searching 200,000 listings: the search, and a whole request of it, against the SQL that somebody would write by hand for the ids
alone on the same index. Each query is asked of all three in turn."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from config.benching.fairground import START
from rulebook.amending import current_rulebook
from rulebook.clock import VirtualClock, now
from rulebook.docket import Docket
from rulebook.ids import new_id
from rulebook.rules import Rules
from stores import ranking_run
from stores.enrolment import enrol_seller, enrol_store
from stores.keys import make_key
from stores.models import Listing, Storefront
from stores.search import Found, Wanted, find, words_of

CATEGORIES = ("home-garden", "toys", "electronics", "jewelry", "shoes", "sports", "tools", "beauty")
VOCABULARY = 4_000
COLUMNS = (
    "id, version, counted, store_id, state, title, category, price_minor, currency, stock, description, pictures, delivery, brand,"
    " attributes, special_kind, local_warehouse, hall, published_at, blocked_countries, units_sold, orders_count,"
    " reviews_count, stars_sum, cheating, returnable"
)
DELIVERY = (
    '[{"country": "*", "method": "standard", "days": 20, "fee": "0.00 USD", "duties": "included", "vat": "included"}]'
)

BY_HAND = """
SELECT e.listing_id FROM stores_searchentry e JOIN stores_store s ON s.id = e.store_id
    LEFT JOIN stores_servicescore v ON v.store_id = e.store_id
WHERE e.offered AND e.words @@ %(all)s::tsquery AND e.cheating <> 'blocked' AND s.state = 'open'
    AND NOT (s.deposit_status = 'exhausted' AND s.deposit_required_minor > 0) AND NOT s.restrictions ? 'listings_removed'
    AND e.countries && '{{US,*}}' AND NOT e.blocked && '{{US}}' AND NOT s.blocked_countries ? 'US'
ORDER BY round(1e9::float8 * LEAST(CASE e.cheating WHEN 'none' THEN 1::float8 WHEN 'product_demoted' THEN 0.5::float8 ELSE 0.2::float8 END,
        CASE WHEN s.restrictions ? 'search_demoted' THEN 0.2::float8 ELSE 1 END)
    * (CASE WHEN s.plus AND NOT s.restrictions ? 'not_in_plus' AND (e.plus_late_at IS NULL OR e.plus_late_at <= s.plus_since)
        THEN 1.2::float8 ELSE 1 END)
    * (0.2::float8 * e.description / 10000 + 0.3::float8 * (({relevance}) / {count})
        + 0.25::float8 * e.conversion / 10000 + 0.25::float8 * coalesce(v.value, 5000) / 10000))::bigint DESC, e.listing_id DESC
LIMIT 25
"""
WORD = (
    "CASE WHEN e.words @@ %(title{n})s::tsquery THEN 1::float8"
    " WHEN e.words @@ %(category{n})s::tsquery THEN 0.9::float8 ELSE 0.6::float8 END"
)


@dataclass(frozen=True)
class Figures:
    """Of one query: its words, how many it finds, milliseconds of each way by round, statements of a request."""

    query: str
    hits: int
    ours: list[float]
    request: list[float]
    by_hand: list[float]
    statements: int

    @property
    def ratio(self) -> float:
        return median(ours / theirs for ours, theirs in zip(self.ours, self.by_hand, strict=True))

    @property
    def ratio_of_request(self) -> float:
        return median(ours / theirs for ours, theirs in zip(self.request, self.by_hand, strict=True))


def measure(listings: int = 200_000, stores: int = 500, rounds: int = 7) -> dict[str, Any]:
    """Figures of every query, the plan of a rare one, and how fast listings were counted for the ranking."""
    vocabulary = fill(listings, stores)
    began = perf_counter()
    ranking_run.run()
    counted = listings / (perf_counter() - began)
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE stores_searchentry, stores_store, stores_servicescore, stores_listing, stores_searchword"
        )
    storefront = Storefront.objects.create(name=f"Bench {new_id()}")
    client = Client(
        headers={"Authorization": f"Bearer {make_key(kind='storefront', name='bench', storefront=storefront)[1]}"}
    )
    asked = queries(vocabulary)
    return {
        "queries": [_measured(client, query, rounds) for query in asked],
        "plan": plan(asked[-1]),
        "counted_per_second": counted,
    }


def queries(vocabulary: list[str]) -> list[str]:
    """One to three words, from the commonest to the rarest."""
    word = vocabulary.__getitem__
    return [
        word(0),
        f"{word(0)} {word(1)}",
        f"{word(0)} {word(1)} {word(2)}",
        word(40),
        f"{word(3)} {word(60)}",
        f"{word(0)} {word(5)} {word(400)}",
        word(2_000),
    ]


# ------------------------------------------------------------------ goods


def fill(listings: int, stores: int, seed: int = 7) -> list[str]:
    """Stores by a docket; their listings straight into the table, where the triggers see them all the same. The words used, the
    commonest first: the second half as often as the first, the third a third as often, and so on."""
    dice = random.Random(seed)
    vocabulary = _vocabulary(dice)
    weights = [1 / (rank + 1) for rank in range(VOCABULARY)]
    with Docket.open(clock=VirtualClock(START - timedelta(days=100))) as docket:
        seller = enrol_seller(docket, name="Bench", registered_at=docket.at)
        ids = [
            enrol_store(docket, seller, name=f"Stall {number}", categories=["home-garden"], opened_at=docket.at).id
            for number in range(stores)
        ]
    with connection.cursor() as cursor:
        for first in range(0, listings, 10_000):
            with cursor.copy(f"COPY {Listing._meta.db_table} ({COLUMNS}) FROM STDIN") as copy:
                for _number in range(first, min(first + 10_000, listings)):
                    copy.write_row(_row(dice, dice.choice(ids), vocabulary, weights))
    return vocabulary


def _vocabulary(dice: random.Random) -> list[str]:
    letters, words = "bcdfghjklmnprstvwz", dict[str, int]()
    while len(words) < VOCABULARY:
        words[
            "".join(dice.choice(letters) + dice.choice("aeiou") for _part in range(dice.randint(2, 4)))
            + dice.choice("nrtk")
        ] = 1
    return list(words)


def _row(dice: random.Random, store: UUID, vocabulary: list[str], weights: list[float]) -> list[Any]:
    title = " ".join(dict.fromkeys(dice.choices(vocabulary, weights, k=dice.randint(4, 10))))
    orders = int(dice.paretovariate(0.8)) - 1 if dice.random() < 0.5 else 0
    reviews = orders // 3
    stars = sum(dice.choices((5, 4, 3, 2, 1), (60, 25, 8, 4, 3), k=min(reviews, 200))) if reviews else 0
    return [
        new_id(), 1, "[]", store, "live" if dice.random() < 0.95 else "removed", title, dice.choice(CATEGORIES),
        dice.randint(100, 50_000), "USD", dice.randint(0, 40), " ".join(dice.choices(vocabulary, k=dice.randint(0, 60))),
        str([f"https://img.example/{n}.jpg" for n in range(dice.randint(0, 6))]).replace("'", '"'), DELIVERY, "",
        f'{{"Material": "{dice.choice(vocabulary)}", "Colour": "{dice.choice(vocabulary)}"}}', "none", "", "none",
        START - timedelta(minutes=dice.randint(0, 500_000)), "[]", orders, orders, min(reviews, 200), stars, "none", True,
    ]  # fmt: skip


# ------------------------------------------------------------------ the three ways


def _measured(client: Client, query: str, rounds: int) -> Figures:
    rules, hand = current_rulebook().at(now()), _hand(query)
    expected = [hit.listing_id for hit in _ours(query, rules).hits]
    if expected != _run(hand):
        raise AssertionError(f"{query}: the hand-written statement finds something else")
    address = f"/api/v1/search/listings?{urlencode({'q': query, 'country': 'US'})}"
    asked: list[str] = []

    def noted(execute: Any, sql: str, *more: Any) -> Any:
        asked.append(sql)
        return execute(sql, *more)

    with connection.execute_wrapper(noted):
        answer = client.get(address)
    if len(answer.json()["results"]) != len(expected):
        raise AssertionError(f"{query}: the request finds something else")
    times: tuple[list[float], list[float], list[float]] = ([], [], [])
    for _round in range(rounds):
        for way, taken in zip(
            (lambda: _ours(query, rules), lambda: client.get(address), lambda: _run(hand)), times, strict=True
        ):
            began = perf_counter()
            way()
            taken.append(1_000 * (perf_counter() - began))
    hits = _hits(hand)
    return Figures(query, hits, *times, len(asked))


def _ours(query: str, rules: Rules) -> Found:
    return find(Wanted(text=query, country="US"), rules)


def _hand(query: str) -> tuple[str, dict[str, str]]:
    """The statement with its words worked out beforehand."""
    words = words_of(query)
    params = {"all": " & ".join(f"({word.query()})" for word in words)}
    for number, word in enumerate(words):
        params |= {f"title{number}": word.query("A"), f"category{number}": word.query("B")}
    parts = " + ".join(WORD.format(n=number) for number in range(len(words)))
    return BY_HAND.format(relevance=parts, count=len(words)), params


def _run(hand: tuple[str, dict[str, str]]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(*hand)
        return [row[0] for row in cursor.fetchall()]


def _hits(hand: tuple[str, dict[str, str]]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM stores_searchentry e WHERE e.offered AND e.words @@ %(all)s::tsquery", hand[1]
        )
        return int(cursor.fetchone()[0])


def plan(query: str) -> str:
    """How the database carries out our own statement."""
    with CaptureQueriesContext(connection) as captured:
        _ours(query, current_rulebook().at(now()))
    sql = next(one["sql"] for one in captured if "ORDER BY key" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql.replace("%", "%%"), None)
        return "\n".join(row[0] for row in cursor.fetchall())
