"""Proving what orders are found by: each search row recomputed from its order, lines, buyer and parcels.

A row may know more waybills than its order has: one that was corrected is still looked for by its old code. Nothing else may differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from finance.verifying import faulty
from orders.search_sql import TOLD
from rulebook.verifying import Fault

SQL = f"""
SELECT id, told.id IS NULL, kept.id IS NULL, told.store_id <> kept.store_id, told.placed_at <> kept.placed_at, missing, surplus
FROM (SELECT o.*, o.terms || coalesce(p.codes, '{{}}') AS all_terms FROM ({TOLD}) AS o LEFT JOIN (
        SELECT order_id, array_agg('~' || orders_search_code(waybill)) AS codes FROM orders_shipment
        WHERE orders_search_code(waybill) IS NOT NULL GROUP BY order_id) AS p ON p.order_id = o.id) AS told
    FULL JOIN orders_ordersearch AS kept USING (id)
    CROSS JOIN LATERAL (SELECT tsvector_to_array(kept.words) AS has) AS row
    CROSS JOIN LATERAL (SELECT
        ARRAY(SELECT DISTINCT term FROM unnest(all_terms) AS term WHERE term <> ALL (has)) AS missing,
        ARRAY(SELECT term FROM unnest(has) AS term WHERE term <> ALL (all_terms) AND term NOT LIKE '~%%') AS surplus) AS compared
WHERE told.id IS NULL OR kept.id IS NULL OR (told.store_id, told.placed_at) <> (kept.store_id, kept.placed_at)
    OR missing <> '{{}}' OR surplus <> '{{}}'
"""
SHOWN = 5
"""Words of a fault that are named."""


def verify_orders_search() -> Iterator[Fault]:
    """Every search row that is not as its order has it, every one without an order, every order without one."""
    for identity, alone, without, other_store, other_moment, missing, surplus in faulty(SQL):
        where = f"search row of order {identity}"
        if alone:
            yield Fault(where, "there is no such order, or it has no lines")
        elif without:
            yield Fault(where, "it is missing")
        else:
            if other_store or other_moment:
                yield Fault(where, f"its {'store' if other_store else 'moment'} is not the order's")
            if missing:
                yield Fault(where, f"it lacks {_some(missing)}")
            if surplus:
                yield Fault(where, f"it holds {_some(surplus)}, which the order does not")


def _some(words: list[str]) -> str:
    more = len(words) - SHOWN
    return ", ".join(sorted(words)[:SHOWN]) + (f" and {more} more" if more > 0 else "")
