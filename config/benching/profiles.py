"""A store's profile with so many reviews against one with ten, in the same database, in turn: what a request takes, and what the
figures alone take. Reviews and all that they count are made by the database itself; nothing here is an act.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.benching.fairground import START
from orders.models import Review
from orders.profiles import profile_of
from rulebook.amending import current_rulebook
from rulebook.calendars import calendar_months
from rulebook.clock import VirtualClock, now
from rulebook.docket import Docket
from rulebook.docket.postgres import PostgresSource
from rulebook.ids import new_id
from rulebook.models import DayCount, Tally, Total
from rulebook.money import Money
from rulebook.zones import platform_zone
from stores.enrolment import enrol_listing, enrol_seller, enrol_store
from stores.health import rules_of
from stores.indicators import figures
from stores.keys import make_key
from stores.models import Store, Storefront

FEW, DAYS, BATCH, TURNS = 10, 400, 100_000, 21
"""Reviews of the small store; the days over which all of them are spread."""
BUSY = 0.1
"""Of the reviews of the third store so many lie on the day of looking, and as many on each day where a window begins."""

REVIEWS = """
INSERT INTO {review} (id, version, counted, store_id, order_id, buyer_id, listing_id, state, side, author, stars, points, described,
    communication, shipping, text, photos, merged, in_score, published_at, reply, replied_at, supplement, supplement_photos,
    moderated_under, moderation_reason, report_reason)
SELECT {id}, 1, '[]', %(store)s, gen_random_uuid(), gen_random_uuid(), %(listing)s, 'published', 'buyer', 'Ada B',
    stars, CASE WHEN stars > 3 THEN 1 WHEN stars = 3 THEN 0 ELSE -1 END, stars, 5, greatest(1, stars - 1), 'Came as shown.', '[]', false,
    true, at, CASE WHEN answered THEN 'Thank you.' ELSE '' END, CASE WHEN answered THEN at + interval '1 day' END, '', '[]', '', '', ''
FROM (SELECT (ARRAY[5, 5, 5, 5, 5, 5, 4, 4, 3, 2, 1])[1 + n %% 11] AS stars, n %% 23 < 10 AS answered,
    CASE WHEN n %% 100 < %(busy)s * cardinality(%(edges)s::timestamptz[])
        THEN (%(edges)s::timestamptz[])[1 + n %% cardinality(%(edges)s::timestamptz[])]
            + (n / %(count)s::float8) * interval '24 hours'
        ELSE %(now)s - (n / %(count)s::float8) * interval '{spread} days' END AS at
    FROM generate_series(%(first)s, %(last)s) AS n) AS drawn WHERE at <= %(now)s
"""
COUNTED = """
INSERT INTO {tally} (id, store_id, name, at, value, root_id)
SELECT {tally_id}, r.store_id, m.name, r.published_at, m.value, r.order_id FROM {review} r CROSS JOIN LATERAL (VALUES
    ('stars_' || r.stars, 1), ('feedback', r.points),
    (CASE r.points WHEN 1 THEN 'positive' WHEN 0 THEN 'neutral' ELSE 'negative' END, 1),
    ('described_' || r.described, 1), ('communication_' || r.communication, 1), ('shipping_' || r.shipping, 1),
    (CASE WHEN r.points <= 0 THEN 'answerable' END, 1),
    (CASE WHEN r.points <= 0 AND r.replied_at IS NOT NULL THEN 'answered' END, 1)) AS m(name, value)
WHERE r.store_id = %(store)s AND m.name IS NOT NULL AND m.value <> 0
ORDER BY r.published_at
"""
SUMMED = """
INSERT INTO {days} (id, store_id, name, day, value) SELECT gen_random_uuid(), store_id, name, (at AT TIME ZONE %(zone)s)::date, sum(value)
    FROM {tally} WHERE store_id = %(store)s GROUP BY 2, 3, 4 ORDER BY 4 ON CONFLICT DO NOTHING;
INSERT INTO {total} (id, store_id, name, value) SELECT gen_random_uuid(), store_id, name, sum(value)
    FROM {tally} WHERE store_id = %(store)s GROUP BY 2, 3 ON CONFLICT DO NOTHING
"""
_ID = "(lpad(to_hex((extract(epoch FROM {at}) * 1000)::bigint), 12, '0') || substr(md5(random()::text), 1, 20))::uuid"
PARTS = {
    "review": Review._meta.db_table,
    "tally": Tally._meta.db_table,
    "days": DayCount._meta.db_table,
    "total": Total._meta.db_table,
    "spread": str(DAYS),
    "id": _ID.format(at="at"),
    "tally_id": _ID.format(at="r.published_at"),
}


@dataclass(frozen=True)
class Stall:
    """A store as it was filled."""

    title: str
    id: UUID
    reviews: int


@dataclass(frozen=True)
class Figures:
    """Of one way of looking: milliseconds of each turn, by store in the order of `fill`."""

    what: str
    taken: list[list[float]]

    def ratio(self, stall: int) -> float:
        """To the store with ten reviews."""
        return median(self._ratios(stall))

    def spread(self, rounds: int) -> float:
        """Of the rounds' own medians, of the store with many."""
        ratios = self._ratios(1)
        by_round = [median(ratios[first : first + TURNS]) for first in range(0, rounds * TURNS, TURNS)]
        return (max(by_round) - min(by_round)) / median(by_round)

    def _ratios(self, stall: int) -> list[float]:
        return [many / few for many, few in zip(self.taken[stall], self.taken[0], strict=True)]


def fill(reviews: int) -> list[Stall]:
    """Three stores: with ten reviews, with so many, and with so many of which many lie on the days that are read one by one."""
    with Docket.open(clock=VirtualClock(START - timedelta(days=1000))) as docket:
        seller = enrol_seller(docket, name="Bench", registered_at=docket.at)
        stores = [
            enrol_store(docket, seller, name=f"Stall {n}", categories=["home-garden"], opened_at=docket.at)
            for n in range(3)
        ]
        goods = [
            enrol_listing(docket, store, title="Lamp", price=Money(10_000, "USD"), stock=10_000_000).id
            for store in stores
        ]
    with connection.cursor() as run:  # reviews of orders that nobody placed, in a database that is thrown away
        run.execute(f"ALTER TABLE {PARTS['review']} DROP CONSTRAINT orders_review_of_its_store")
    at = now()
    stalls = [
        _reviewed(f"{FEW} reviews", stores[0].id, goods[0], FEW, at, []),
        _reviewed(f"{reviews:,} reviews", stores[1].id, goods[1], reviews, at, []),
        _reviewed(f"{reviews:,} reviews, busy days", stores[2].id, goods[2], reviews, at, _edges(at)),
    ]
    with connection.cursor() as run:
        run.execute("VACUUM ANALYZE")
    return stalls


def _edges(at: datetime) -> list[datetime]:
    """The days in which the windows of the history begin, and the day of looking."""
    rules = current_rulebook().at(at)
    zone = platform_zone()
    begins = [
        calendar_months(at, -int(months), zone=zone) for months in rules.review.history_windows if months != "all"
    ]
    return [moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) for moment in [*begins, at]]


def _reviewed(title: str, store: UUID, listing: UUID, count: int, at: datetime, edges: list[datetime]) -> Stall:
    params: dict[str, Any] = {
        "store": store, "listing": listing, "count": count, "now": at, "edges": edges, "busy": round(100 * BUSY),
        "zone": platform_zone().key,
    }  # fmt: skip
    with connection.cursor() as run:
        for first in range(1, count + 1, BATCH):
            run.execute(REVIEWS.format(**PARTS), {**params, "first": first, "last": min(count, first + BATCH - 1)})
        run.execute(COUNTED.format(**PARTS), params)
        run.execute(SUMMED.format(**PARTS), params)
        run.execute(f"SELECT count(*) FROM {PARTS['review']} WHERE store_id = %s", [store])
        return Stall(title, store, int(run.fetchone()[0]))


def measure(stalls: list[Stall], turns: int) -> list[Figures]:
    """Each way of looking at each store, in turn."""
    storefront = Storefront.objects.create(name=f"Bench {new_id()}")
    key = make_key(kind="storefront", name="bench", storefront=storefront)[1]
    client = Client(headers={"Authorization": f"Bearer {key}", "Piepowder-Buyer": "Bench"})
    stores = [Store.objects.select_related("seller").get(pk=stall.id) for stall in stalls]

    def get(store: Store, rest: str) -> None:
        answer = client.get(f"/api/v1/stores/{store.public_id}/{rest}")
        if answer.status_code != 200:
            raise AssertionError(answer.content)

    ways: dict[str, Callable[[Store], object]] = {
        "GET profile, the whole request": lambda store: get(store, "profile"),
        "its figures and history": lambda store: profile_of(store, now()),
        "every indicator of the store": lambda store: figures(PostgresSource(), store, now(), rules_of(store, now())),
        "GET reviews, newest": lambda store: get(store, "reviews"),
        "GET reviews of one star, 6 months": lambda store: get(store, "reviews?stars=1&period=6"),
    }
    return [Figures(what, _in_turn(way, stores, turns)) for what, way in ways.items()]


def _in_turn(way: Callable[[Store], object], stores: list[Store], turns: int) -> list[list[float]]:
    taken: list[list[float]] = [[] for _store in stores]
    for turn in range(turns + 1):
        for store, milliseconds in zip(stores, taken, strict=True):
            began = perf_counter()
            way(store)
            if turn:  # the first fills caches
                milliseconds.append(1_000 * (perf_counter() - began))
    return taken


def plan(stall: Stall) -> str:
    """How the database reads what the profile shows."""
    store = Store.objects.select_related("seller").get(pk=stall.id)
    with CaptureQueriesContext(connection) as captured:
        profile_of(store, now())
    sql = next(one["sql"] for one in captured if PARTS["days"] in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql.replace("%", "%%"), None)
        return "\n".join(row[0] for row in cursor.fetchall())
