"""The statements behind `orders.queries`: which index a list of orders walks along, and where a page begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connection

from orders.states import UNSHIPPED

LOOKED_AT = 10_000
"""Where no index serves a filter, a page looks at this many orders and says so if it found too few among them."""
FEW = 3_000
"""As many rows as these are fetched and sorted sooner than they are met on a walk along the newest orders."""

NEWEST, DUE = "newest", "due"
"""How a list is sorted: by the moment of placing, newest first; by the end of the handling period, soonest first."""

COLUMNS = (
    "id", "version", "store_id", "number", "state", "release", "close_reason", "buyer_id", "buyer_name", "country", "method",
    "external_id", "currency", "goods_minor", "freight_minor", "units", "units_shipped", "open_dispute_id",
    "open_cancellation_id", "placed_at", "paid_at", "handling_due_at",
)  # fmt: skip
"""What a list shows of an order."""

Condition = tuple[str, list[Any]]
"""SQL and its values. ``o`` is the order, ``s`` its search row."""


@dataclass(frozen=True)
class Scope:
    """Whose orders can be found at all. stores: None stands for all of them."""

    stores: frozenset[UUID] | None = None
    buyer: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Moments are half-open: `…_from` is included, `…_before` is not. item: a listing. `*_minor` go with `currency`.

    unread: a message of the buyer that nobody at the store has read. due: of orders that are still to be shipped.
    """

    state: str = ""
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    paid_from: datetime | None = None
    paid_before: datetime | None = None
    shipped_from: datetime | None = None
    shipped_before: datetime | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    dispute: bool = False
    cancellation: bool = False
    unread: bool = False
    country: str = ""
    method: str = ""
    currency: str = ""
    least_minor: int | None = None
    most_minor: int | None = None
    item: UUID | None = None
    store: UUID | None = None
    buyer: UUID | None = None
    reference: str = ""


NO_FILTERS = Filters()


@dataclass(frozen=True)
class Place:
    """A row's place in the list's order."""

    at: datetime
    id: UUID

    @classmethod
    def read(cls, text: str) -> Place | None:
        """What `str` wrote; None for anything else, whoever made it up."""
        found = _PLACE.fullmatch(text)
        if found is None:
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=int(found[1], 16)), UUID(found[2]))
        except OverflowError:
            return None

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1):x}-{self.id.hex}"


_PLACE = re.compile(r"([0-9a-f]{1,15})-([0-9a-f]{32})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Words:
    """What the search row's words must hold. terms: the words in it, ``:*`` after a beginning. few: a whole code."""

    call: str
    typed: str
    terms: tuple[str, ...] = ()
    few: bool = False


def whole_code(typed: str) -> Words:
    return Words("orders_search_exact(%s)", typed, few=True)


def loose(typed: str) -> Words:
    """Words, the last of which may be a beginning, or a code's beginning."""
    words = _WORD.findall(typed.lower())[:8]
    return Words("orders_search_loose(%s)", typed, (*words[:-1], *(f"{word}:*" for word in words[-1:])))


def of_item(listing: UUID) -> Words:
    return Words("%s::tsquery", f"'^{listing.hex}'", (f"^{listing.hex}",))


_WORD = re.compile(r"\w+")


@dataclass
class Search:
    """One list, as statements. words: every one must be held. where: conditions on the order that leave a handful.

    It goes one of these ways:

    - along an index of the order (a store's newest, one state's, what is to be shipped, a buyer's);
    - few rows hold the words: all of them through the index of words, then sorted;
    - many do: along the newest search rows, until the page is full;
    - a filter that no index serves: along the newest orders, `LOOKED_AT` at most.

    The planner is not left the choice between the second and the third: it takes a word of which it knows nothing for
    a rather frequent one, and would walk through a million rows to find the one that holds it.
    """

    scope: Scope
    filters: Filters = NO_FILTERS
    sort: str = NEWEST
    words: tuple[Words, ...] = ()
    where: tuple[Condition, ...] = ()
    rare: bool = field(init=False)
    spine: str = field(init=False)
    windowed: bool = field(init=False)
    _of_order: list[Condition] = field(init=False)

    def __post_init__(self) -> None:
        asked = self.filters
        if asked.item is not None:
            self.words = (*self.words, of_item(asked.item))
        narrow = [*_narrowing(self.scope, asked), *self.where]
        everywhere = self.scope.stores is None and asked.store is None
        residual, served = _residual(asked), _served(asked, self.sort)
        self._of_order = [*narrow, *residual, *served]
        self.rare = bool(self.words) and min(map(expected, self.words)) <= FEW
        sparse = _sparse(asked)
        by_search = not narrow and self.sort == NEWEST and (bool(self.words) or (everywhere and not sparse))
        self.spine = "s" if by_search and not (self.rare and self._of_order) else "o"
        in_vain = bool(residual) or (everywhere and bool(served))
        self.windowed = in_vain and not (self.words or narrow or sparse or self.sort == DUE)

    @property
    def key(self) -> str:
        return "handling_due_at" if self.sort == DUE else "placed_at"

    # ------------------------------------------------------------------ statements

    def rows(self, position: Place | None, backwards: bool, limit: int) -> Condition:
        """The orders of a page. Those that the page does not show are not read whole."""
        if self.spine == "o" and not self.windowed:
            sql, params = self.ids(position, backwards, _COLUMNS)
            return f"{sql} LIMIT %s", [*params, limit]
        inner, params = self.ids(position, backwards)
        return (
            f"SELECT {_COLUMNS} FROM orders_order o WHERE o.id = ANY (ARRAY({inner} LIMIT %s))"
            f" ORDER BY {self._order('o', backwards)}",
            [*params, limit],
        )

    def ids(self, position: Place | None, backwards: bool, columns: str = "") -> Condition:
        """All that fit, in order."""
        if self.windowed:
            return self._in_window(position, backwards)
        if self.rare and self.spine == "s":
            return self._sorted(position, backwards)
        conditions = [*self._of_spine(self.spine, position, backwards), *self._of_order]
        if self.rare:
            conditions.append(self._held_by())
            sources = _TABLES["o"]
        elif self.words and self.spine == "o":
            conditions += _holding(self.words)
            sources = f"{_TABLES['o']} JOIN {_TABLES['s']} ON s.id = o.id"
        else:
            conditions += _holding(self.words)
            joined = self.spine == "s" and self._of_order
            sources = f"{_TABLES['s']} JOIN {_TABLES['o']} ON o.id = s.id" if joined else _TABLES[self.spine]
        text, values = _all_of(conditions)
        order = self._order(self.spine, backwards)
        return f"SELECT {columns or f'{self.spine}.id'} FROM {sources} WHERE {text} ORDER BY {order}", values

    def looked_to(self, position: Place | None, backwards: bool) -> Condition:
        """Key and id of the last order that a windowed page looked at; no row when there were no more."""
        text, values = self._window(position, backwards)
        return f"SELECT key, id FROM ({text}) AS looked OFFSET %s", [*values, LOOKED_AT - 1]

    # ------------------------------------------------------------------ their parts

    def _sorted(self, position: Place | None, backwards: bool) -> Condition:
        text, values = _all_of([*self._of_spine("s", position, backwards), *_holding(self.words)])
        return (
            f"WITH hits AS MATERIALIZED (SELECT s.id, s.placed_at FROM {_TABLES['s']} WHERE {text})"
            f" SELECT hits.id FROM hits ORDER BY {self._order('hits', backwards)}",
            values,
        )

    def _held_by(self) -> Condition:
        text, values = _all_of([*self._of_stores("s"), *_holding(self.words)])
        return f"o.id = ANY (ARRAY(SELECT s.id FROM {_TABLES['s']} WHERE {text}))", values

    def _in_window(self, position: Place | None, backwards: bool) -> Condition:
        """Each order of the window is looked up by itself: the planner would rather read all that fit, wherever they are."""
        window, params = self._window(position, backwards)
        text, values = _all_of(self._of_order)
        way = "DESC" if self._descends(backwards) else "ASC"
        return (
            f"SELECT w.id FROM ({window}) AS w"
            f" CROSS JOIN LATERAL (SELECT 1 FROM {_TABLES['o']} WHERE o.id = w.id AND {text} OFFSET 0) AS fits"
            f" ORDER BY w.key {way}, w.id {way}",
            [*params, *values],
        )

    def _window(self, position: Place | None, backwards: bool) -> Condition:
        """The next orders along the spine, whether they fit or not."""
        spine = self.spine
        text, values = _all_of(self._of_spine(spine, position, backwards))
        return (
            f"SELECT {spine}.id, {spine}.{self.key} AS key FROM {_TABLES[spine]} WHERE {text}"
            f" ORDER BY {self._order(spine, backwards)} LIMIT %s",
            [*values, LOOKED_AT],
        )

    def _of_spine(self, spine: str, position: Place | None, backwards: bool) -> list[Condition]:
        """The store, the days of placing, and where the page begins: the index's own range."""
        found = self._of_stores(spine)
        found += _between(f"{spine}.placed_at", self.filters.placed_from, self.filters.placed_before)
        if position is not None:
            sign = "<" if self._descends(backwards) else ">"
            found.append((f"({spine}.{self.key}, {spine}.id) {sign} (%s, %s)", [position.at, position.id]))
        return found

    def _of_stores(self, spine: str) -> list[Condition]:
        found = [] if self.scope.stores is None else [_one_of(f"{spine}.store_id", self.scope.stores)]
        return found if self.filters.store is None else [*found, (f"{spine}.store_id = %s", [self.filters.store])]

    def _descends(self, backwards: bool) -> bool:
        return (self.sort == NEWEST) != backwards

    def _order(self, spine: str, backwards: bool) -> str:
        way = "DESC" if self._descends(backwards) else "ASC"
        return f"{spine}.{self.key} {way}, {spine}.id {way}"


_COLUMNS = ", ".join(f"o.{name}" for name in COLUMNS)
_TABLES = {"s": "orders_ordersearch s", "o": "orders_order o"}
_TO_SHIP = f"o.state IN ({', '.join(repr(str(state)) for state in UNSHIPPED)})"
"""Spelled as the partial indexes of what is to be shipped have it."""
_UNREAD = "o.id IN (SELECT t.order_id FROM orders_thread t WHERE t.seller_unread > 0 AND t.store_id = o.store_id)"


def _narrowing(scope: Scope, asked: Filters) -> list[Condition]:
    """What leaves a handful of orders, through an index of the order's own."""
    found: list[Condition] = [("o.buyer_id = %s", [buyer]) for buyer in (scope.buyer, asked.buyer) if buyer is not None]
    if asked.reference:
        found.append(("o.external_id = %s", [asked.reference]))
    return found


def _served(asked: Filters, sort: str) -> list[Condition]:
    """What an index serves beside the store: the state, open questions, what is due."""
    found: list[Condition] = [("o.state = %s", [asked.state])] if asked.state else []
    if sort == DUE or asked.due_from is not None or asked.due_before is not None:
        found += [(_TO_SHIP, []), ("o.handling_due_at IS NOT NULL", [])]
        found += _between("o.handling_due_at", asked.due_from, asked.due_before)
    if asked.dispute:
        found.append(("o.open_dispute_id IS NOT NULL", []))
    if asked.cancellation:
        found.append(("o.open_cancellation_id IS NOT NULL", []))
    if asked.unread:
        found.append((_UNREAD, []))
    return found


def _sparse(asked: Filters) -> bool:
    """An index of its own leaves few orders, so that none is looked at in vain."""
    due = asked.due_from is not None or asked.due_before is not None
    return due or asked.dispute or asked.cancellation or asked.unread


def _residual(asked: Filters) -> list[Condition]:
    """What no index serves."""
    found: list[Condition] = [
        *_between("o.paid_at", asked.paid_from, asked.paid_before),
        *_between("o.shipped_at", asked.shipped_from, asked.shipped_before),
    ]
    for column, value in (("country", asked.country), ("method", asked.method), ("currency", asked.currency)):
        if value:
            found.append((f"o.{column} = %s", [value]))
    for sign, minor in ((">=", asked.least_minor), ("<=", asked.most_minor)):
        if minor is not None:
            found.append((f"o.goods_minor + o.freight_minor {sign} %s", [minor]))
    return found


def _holding(words: Iterable[Words]) -> list[Condition]:
    return [(f"s.words @@ {one.call}", [one.typed]) for one in words]


def _between(column: str, first: datetime | None, end: datetime | None) -> list[Condition]:
    return [(f"{column} {sign} %s", [at]) for sign, at in ((">=", first), ("<", end)) if at is not None]


def _one_of(column: str, values: Iterable[UUID]) -> Condition:
    """One value by ``=``, so that the index's order can be walked."""
    given = sorted(values)
    return (f"{column} = %s", list(given)) if len(given) == 1 else (f"{column} = ANY (%s)", [given])


def _all_of(conditions: Sequence[Condition]) -> Condition:
    text = " AND ".join(text for text, _values in conditions)
    return text or "true", [value for _text, values in conditions for value in values]


# ------------------------------------------------------------------ how frequent words are


KEPT_FOR = 600
"""Seconds for which a process trusts what it read of the statistics."""


@dataclass
class _Statistics:
    """rows: of the table. often: of the most frequent words, the part of the rows that hold it."""

    rows: float = 0
    often: dict[str, float] = field(default_factory=dict)
    until: float = 0


_statistics = _Statistics()


def expected(words: Words) -> float:
    """At most so many rows hold them all, as PostgreSQL's statistics have it; a word that they do not name is rare.

    In a database that was never analysed all words are: that costs time in a large table and nothing else.
    """
    if words.few:
        return 0
    known = _known()
    parts = [
        sum(part for word, part in known.often.items() if word.startswith(term[:-2]))
        if term.endswith(":*")
        else known.often.get(term, 0)
        for term in words.terms
    ]
    return known.rows * min(parts, default=0)


def _known() -> _Statistics:
    if _statistics.until <= monotonic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'orders_ordersearch'::regclass")
            (_statistics.rows,) = cursor.fetchone()
            cursor.execute(
                "SELECT word, part FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS t (word, part)"
                " WHERE schemaname = current_schema() AND tablename = 'orders_ordersearch' AND attname = 'words'"
                " AND word IS NOT NULL"
            )
            _statistics.often = dict(cursor.fetchall())
        _statistics.until = monotonic() + KEPT_FOR
    return _statistics


def forget_statistics() -> None:
    """After the table was filled or analysed."""
    _statistics.until = 0
