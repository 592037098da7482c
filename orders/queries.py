"""Orders as lists read them: one search and one set of filters for the portal, the console and the API.

    found = find_orders(of_store(store.id), "paper lamp", Filters(country="BR"), page=Page(after=place))
    found.rows           # orders with the columns of a list; what else is asked of them is a query of its own
    found.newer, found.older            # places to go on from, None at an end

What was typed is looked up as a whole code first (the store's number, the storefront's, a waybill, the storefront's
reference of the buyer, any public id), else as words of the buyer's name and the items, or as a code's beginning. All of
that stands in one index (`orders.search_sql`); no query counts a large table or skips rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.base import ModelState

from orders.models import Order
from orders.searching import (
    COLUMNS,
    DUE,
    NEWEST,
    NO_FILTERS,
    Condition,
    Filters,
    Place,
    Scope,
    Search,
    loose,
    of_item,
    whole_code,
)
from rulebook.ids import parse_id
from rulebook.models.base import PREFIXES

__all__ = [
    "DUE", "EVERYTHING", "FIRST", "NEWEST", "NO_FILTERS", "Filters", "Found", "Page", "Place", "Scope", "count_orders", "find_orders",
    "of_store", "of_stores", "plan_of", "tidy",
]  # fmt: skip

LONGEST_SEARCH = 120
COUNTED_TO = 99

EVERYTHING = Scope()


def of_store(store: UUID) -> Scope:
    return Scope(stores=frozenset({store}))


def of_stores(stores: frozenset[UUID]) -> Scope:
    return Scope(stores=stores)


@dataclass(frozen=True)
class Page:
    """At most one of `after` and `before`; neither: the first page."""

    after: Place | None = None
    before: Place | None = None
    limit: int = 50


FIRST = Page()


@dataclass(frozen=True)
class Found:
    """rows in the list's order. unfinished: the page ends where looking ended, and goes on from there.

    exactly: what was typed is a whole code of all rows.
    """

    rows: list[Order]
    newer: Place | None = None
    older: Place | None = None
    unfinished: bool = False
    exactly: bool = False


# ------------------------------------------------------------------ finding


def find_orders(
    scope: Scope, text: str = "", filters: Filters = NO_FILTERS, *, sort: str = NEWEST, page: Page = FIRST
) -> Found:
    """A page of the orders in the scope that fit. One statement, or two when what was typed is no whole code."""
    text = tidy(text)
    if not text:
        return _page(Search(scope, filters, sort), page)
    named = _named(text, scope, filters, sort)
    if named is not None:
        return replace(_page(named, page), exactly=not text.lower().startswith(_OF_MANY))
    if any(letter.isdecimal() for letter in text):
        exact = Search(scope, filters, sort, (whole_code(text),))
        found = _page(exact, page)
        if found.rows or (page != FIRST and _page(exact, FIRST).rows) or text.startswith("#"):
            return replace(found, exactly=True)
    return _page(Search(scope, filters, sort, (loose(text),)), page)


def tidy(text: str) -> str:
    """What was typed, as far as anything can be found by it: no NUL, no half characters, no more than an order's texts."""
    return " ".join(text.replace("\x00", " ").split())[:LONGEST_SEARCH].encode(errors="ignore").decode().strip()


def _named(text: str, scope: Scope, filters: Filters, sort: str) -> Search | None:
    """What a public id says: an order's, a store's, a buyer's, an item's, or of anything of an order; or ``#123``."""
    if (number := _NUMBER.fullmatch(text)) and scope.stores is not None:
        return Search(scope, filters, sort, where=(("o.number = %s", [int(number[1])]),))
    prefix = text.partition("_")[0].lower() if "_" in text else ""
    try:
        identity = parse_id(text, prefix or None) if prefix or len(text) >= 32 else None
    except ValueError:
        return None
    if identity is None or (prefix and prefix not in PREFIXES):
        return None
    if prefix == "lst":
        return Search(scope, filters, sort, (of_item(identity),))
    if prefix == "sto" and filters.store in (None, identity):
        return Search(scope, replace(filters, store=identity), sort)
    where = _about(prefix, identity)
    return None if where is None else Search(scope, filters, sort, where=(where,))


def _about(prefix: str, identity: UUID) -> Condition | None:
    model = PREFIXES.get(prefix, Order)
    if model is Order:
        return "o.id = %s", [identity]
    if prefix == "byr":
        return "o.buyer_id = %s", [identity]
    if any(column.column == "order_id" for column in model._meta.concrete_fields):
        return f"o.id = (SELECT order_id FROM {model._meta.db_table} WHERE id = %s)", [identity]
    return None


_OF_MANY = ("sto_", "byr_", "lst_")
"""Ids of things that many orders have."""
_NUMBER = re.compile(r"# ?([0-9]{1,9})", re.ASCII)
"""As the unique index of a store's numbers has it; where no store is given they are looked up among the codes."""


def _page(search: Search, page: Page) -> Found:
    backwards = page.before is not None
    position = page.before or page.after
    rows = [_order(row) for row in _run(*search.rows(position, backwards, page.limit + 1))]
    more, rows = len(rows) > page.limit, rows[: page.limit]
    if backwards:
        rows.reverse()
    newer, older = (more, True) if backwards else (position is not None, more)
    found = Found(rows, _place(search, rows[:1]) if newer else None, _place(search, rows[-1:]) if older else None)
    if more or not search.windowed:
        return found
    for end in _run(*search.looked_to(position, backwards)):
        place = Place(*end)
        return (
            replace(found, unfinished=True, newer=place) if backwards else replace(found, unfinished=True, older=place)
        )
    return found


def _place(search: Search, rows: Sequence[Order]) -> Place | None:
    return next((Place(getattr(row, search.key), row.id) for row in rows), None)


def _run(sql: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _order(row: Sequence[Any]) -> Order:
    """An order with the columns of a list, made without the model's constructor as the docket's source makes its own."""
    order = Order.__new__(Order)
    order.__dict__.update(zip(COLUMNS, row, strict=True))
    order._state = state = ModelState()
    state.adding, state.db = False, "default"
    return order


# ------------------------------------------------------------------ counts, plans


def count_orders(scope: Scope, views: Mapping[str, tuple[Filters, str]]) -> dict[str, int]:
    """How many orders each view has, up to `COUNTED_TO` + 1, in one statement. views: name to filters and sorting."""
    if not views:
        return {}
    parts: list[str] = []
    params: list[Any] = []
    for filters, sort in views.values():
        inner, values = Search(scope, filters, sort).ids(None, False)
        parts.append(f"(SELECT count(*) FROM ({inner} LIMIT {COUNTED_TO + 1}) AS capped)")
        params += values
    return dict(zip(views, _run(f"SELECT {', '.join(parts)}", params)[0], strict=True))


def plan_of(
    scope: Scope, text: str = "", filters: Filters = NO_FILTERS, *, sort: str = NEWEST, exact: bool = False
) -> list[str]:
    """What PostgreSQL does for a first page: lines of EXPLAIN (ANALYZE). exact: when it is looked up as a whole code."""
    words = (whole_code(text) if exact else loose(text),) if text else ()
    search = (_named(text, scope, filters, sort) if text else None) or Search(scope, filters, sort, words)
    sql, params = search.rows(None, False, FIRST.limit + 1)
    return [line for (line,) in _run(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {sql}", params)]
