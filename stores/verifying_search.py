"""Proving what listings are found by: each search row recomputed from its listing and template.

What the ranking run counts (description, conversion, units sold) is as of the last midnight and is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from rulebook.verifying import Fault

FACTS = {
    "store_id": "l.store_id",
    "offered": "l.state = 'live' AND l.stock > 0",
    "category": "l.category",
    "price_minor": "l.price_minor",
    "currency": "l.currency",
    "countries": "stores_countries(l.delivery, t.entries)",
    "blocked": "stores_codes(l.blocked_countries)",
    "cheating": "l.cheating",
    "plus_late_at": "l.plus_late_at",
    "published_at": "l.published_at",
    "words": "stores_search_words(l.title, l.category, l.brand, l.attributes)",
}
"""Columns of a search row that the database keeps in step, and what they are made of."""
_WRONG = ", ".join(
    f"CASE WHEN (e.{column}) IS DISTINCT FROM ({made}) THEN '{column}' END" for column, made in FACTS.items()
)
SQL = f"""
SELECT coalesce(l.id, e.listing_id), l.id IS NULL, e.listing_id IS NULL, array_to_string(wrong.columns, ', ')
FROM stores_listing l FULL JOIN stores_searchentry e ON e.listing_id = l.id
    LEFT JOIN stores_deliverytemplate t ON t.id = l.template_id
    CROSS JOIN LATERAL (SELECT array_remove(ARRAY[{_WRONG}], NULL) AS columns) AS wrong
WHERE l.id IS NULL OR e.listing_id IS NULL OR wrong.columns <> '{{}}'
"""


def verify_listings_search() -> Iterator[Fault]:
    """Every search row that is not as its listing has it, every one without a listing, every listing without one."""
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        while rows := cursor.fetchmany(1000):
            for identity, alone, without, columns in rows:
                said = "there is no such listing" if alone else "it is missing" if without else f"wrong: {columns}"
                yield Fault(f"search row of listing {identity}", said)
