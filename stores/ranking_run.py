"""The ranking run: counts what the places of listings are made of, and keeps it where the search reads it.

A listing waits to be counted (`SearchDue`) when it is new, when something changed that a search sees (the database notes that
itself), and at the begin of every day. Each batch is a transaction of its own, so that no act waits long for the run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from rulebook.amending import current_rulebook
from rulebook.clock import now
from rulebook.docket.postgres import PostgresSource
from rulebook.rules import Rulebook, Rules
from stores.indicators import indicators
from stores.models import CategoryFigures, DeliveryTemplate, Listing, SearchDue, SearchEntry, ServiceScore, Store
from stores.models.ranking import SearchWord
from stores.ranking import conversion, description, service, service_total, total, usual_of
from stores.states import ListingState

BATCH = 1_000
STORES_AT_ONCE = 25
READ = (
    "id",
    "store_id",
    "title",
    "category",
    "description",
    "pictures",
    "delivery",
    "template_id",
    "attributes",
    "units_sold",
    "orders_count",
    "reviews_count",
    "stars_sum",
)


def run(moment: datetime | None = None, rulebook: Rulebook | None = None) -> dict[str, int]:
    """Everything at once: for a day's beginning, a demonstration, a test."""
    at, book = moment or now(), rulebook or current_rulebook()
    return {**begin_day(at, book), "listings": count_due(book, seconds=None)}


def begin_day(at: datetime, rulebook: Rulebook) -> dict[str, int]:
    """What listings are measured against, what stores are worth, which words there are; all listings wait to be counted."""
    return {
        "categories": count_categories(at),
        "stores": count_services(at, rulebook),
        "words": learn_words(),
        "waiting": all_due(at),
    }


def count_categories(at: datetime) -> int:
    """One statement, for categories and for all of them together."""
    table = CategoryFigures._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
        cursor.execute(
            f"INSERT INTO {table} (category, listings, sold, orders, reviews, stars, at)"
            " SELECT CASE GROUPING(category) WHEN 1 THEN '*' ELSE category END, count(*), count(*) FILTER (WHERE orders_count > 0),"
            " coalesce(sum(greatest(orders_count, 0)), 0), coalesce(sum(reviews_count), 0), coalesce(sum(stars_sum), 0), %s"
            f" FROM {Listing._meta.db_table} WHERE state = %s AND category <> '*' GROUP BY GROUPING SETS ((category), ())",
            [at, ListingState.LIVE],
        )
        return int(cursor.rowcount)


def count_services(at: datetime, rulebook: Rulebook) -> int:
    """The service ability of every store that was opened; a constant number of statements for so many stores."""
    counted, last = 0, None
    rows = Store.objects.exclude(opened_at=None).order_by("id")
    while stores := list((rows if last is None else rows.filter(id__gt=last))[:STORES_AT_ONCE]):
        ServiceScore.objects.bulk_create(
            _served(stores, at, rulebook),
            update_conflicts=True,
            unique_fields=["store_id"],
            update_fields=["value", "parts", "at"],
        )
        counted, last = counted + len(stores), stores[-1].id
    return counted


def _served(stores: Sequence[Store], at: datetime, rulebook: Rulebook) -> list[ServiceScore]:
    """The indicators by the rules in force for each store; the factor by the same rules for all (A31-1)."""
    rules = rulebook.at(at)
    codes = [code for code in rules.search.service if code in indicators()]
    spans = []
    for store in stores:
        own = rulebook.at(at, store=store.id, category=store.category)
        for code in codes:
            one = indicators()[code]
            spans += [one.span(store.id, names, at, own) for names in (one.above, one.below)]
    sums = iter(PostgresSource().sums(spans))
    found = []
    for store in stores:
        parts = service({code: (next(sums), next(sums)) for code in codes}, rules)
        found.append(ServiceScore(store_id=store.id, value=service_total(parts), parts=parts, at=at))
    return found


def learn_words() -> int:
    """The words of titles, categories and brands as they are written."""
    table, listings = SearchWord._meta.db_table, Listing._meta.db_table
    words = "to_tsvector('pg_catalog.simple', stores_words(title || ' ' || category || ' ' || brand))"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
        cursor.execute(
            f"INSERT INTO {table} (word, listings) SELECT word, ndoc FROM ts_stat(%s) WHERE length(word) BETWEEN 3 AND 80",
            [f"SELECT {words} FROM {listings} WHERE state = '{ListingState.LIVE.value}'"],
        )
        return int(cursor.rowcount)


def all_due(at: datetime) -> int:
    """Every listing online waits to be counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {SearchDue._meta.db_table} (listing_id, at) SELECT id, %s FROM {Listing._meta.db_table} WHERE state = %s"
            " ORDER BY id ON CONFLICT DO NOTHING",
            [at, ListingState.LIVE],
        )
        return int(cursor.rowcount)


def count_due(rulebook: Rulebook | None = None, *, seconds: float | None = 10.0) -> int:
    """Count listings that wait, batch by batch, for so many seconds (None: until none is left). How many were counted."""
    book, began, counted = rulebook or current_rulebook(), time.monotonic(), 0
    rules, usual = book.at(now()), {row.category: row for row in CategoryFigures.objects.all()}
    while seconds is None or time.monotonic() - began < seconds:
        done = _count_batch(rules, usual)
        counted += done
        if done < BATCH:
            break
    return counted


def _count_batch(rules: Rules, usual: dict[str, CategoryFigures]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        due = SearchDue._meta.db_table
        cursor.execute(
            f"DELETE FROM {due} WHERE listing_id IN (SELECT listing_id FROM {due} ORDER BY listing_id LIMIT %s"
            " FOR UPDATE SKIP LOCKED) RETURNING listing_id",
            [BATCH],
        )
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            _keep(cursor, [_counted(listing, rules, usual) for listing in _listings(ids)])
        return len(ids)


def _listings(ids: Sequence[UUID]) -> list[Listing]:
    """With their templates, in two statements."""
    rows = list(Listing.objects.filter(id__in=ids).only(*READ))
    wanted = {row.template_id for row in rows if row.template_id}
    templates = DeliveryTemplate.objects.in_bulk(wanted) if wanted else {}
    for row in rows:
        if row.template_id:
            row.template = templates[row.template_id]
    return rows


def _counted(listing: Listing, rules: Rules, usual: dict[str, CategoryFigures]) -> tuple[UUID, int, int, int]:
    return (
        listing.id,
        total(description(listing, rules)),
        total(conversion(listing, usual_of(usual, listing.category, rules), rules)),
        listing.units_sold,
    )


def _keep(cursor: Any, rows: Sequence[tuple[UUID, int, int, int]]) -> None:
    """Only what differs is written; none of these columns is in an index."""
    cursor.execute(
        f"UPDATE {SearchEntry._meta.db_table} e SET description = v.description, conversion = v.conversion, units_sold = v.units"
        " FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::bigint[]) AS v(id, description, conversion, units)"
        " WHERE e.listing_id = v.id AND (e.description, e.conversion, e.units_sold)"
        " IS DISTINCT FROM (v.description, v.conversion, v.units)",
        [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], []],
    )
