"""Searching and listing orders against the hand-written statement of somebody who knows which key was typed, in turn.

Both give the same columns of the same rows; ours makes orders of them and says where the pages before and after begin.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.benching.crowd import Crowd
from orders.models import Order, OrderLine, Shipment
from orders.queries import (
    DUE,
    EVERYTHING,
    NEWEST,
    NO_FILTERS,
    Filters,
    Page,
    Place,
    Scope,
    find_orders,
    of_store,
    plan_of,
)
from orders.searching import COLUMNS
from rulebook.ids import public_id

TURNS = 41
_O = ", ".join(f"o.{name}" for name in COLUMNS)
_NEWEST = "ORDER BY o.placed_at DESC, o.id DESC LIMIT 51"
_PAGE = "SELECT id FROM orders_ordersearch s WHERE {} ORDER BY placed_at DESC, id DESC LIMIT 51"
_OF_PAGE = f"SELECT {_O} FROM ({{}}) AS p JOIN orders_order o ON o.id = p.id {_NEWEST}"


@dataclass(frozen=True)
class Case:
    """What is asked of us, and the statement that answers the same by hand."""

    title: str
    sql: str
    params: Sequence[Any]
    text: str = ""
    filters: Filters = NO_FILTERS
    scope: Scope = EVERYTHING
    sort: str = NEWEST
    page: Page = field(default_factory=Page)
    exact: bool = False


@dataclass(frozen=True)
class Figure:
    """Milliseconds, medians. ratio: the median of the turns' own ratios."""

    case: Case
    rows: int
    ours: float
    theirs: float
    ratio: float
    spread: float
    statements: int
    plan: list[str]


def search_cases(crowd: Crowd) -> list[Case]:
    """Each key that an order can be found by: in the largest store, and where it matters in all of them."""
    store, one = crowd.store, _somebody(crowd)
    number, reference = str(one.number), one.external_id
    parcel = Shipment.objects.filter(order_id=one.pk).values_list("waybill", flat=True)[0]
    looks, kind = OrderLine.objects.filter(order_id=one.pk).values_list("title", flat=True)[0].lower().split()[:2]
    mine: dict[str, Any] = {"scope": of_store(store)}
    exact: dict[str, Any] = {"exact": True}
    of = f"SELECT {_O} FROM orders_order o WHERE store_id = %s AND"
    by_waybill = f"SELECT {_O} FROM orders_shipment p JOIN orders_order o ON o.id = p.order_id WHERE p.waybill = %s"
    return [
        Case("id", f"{of} id = %s", [store, one.pk], public_id("ord", one.pk), **mine),
        Case("number, as #123", f"{of} number = %s", [store, one.number], f"#{number}", **mine),
        Case(
            "123: any number it may be",
            _ANY_NUMBER,
            [store, one.number, store, number, store, number],
            number,
            **exact,
            **mine,
        ),
        Case("waybill", f"{by_waybill} AND p.store_id = %s", [parcel, store], parcel, **exact, **mine),
        Case("waybill, all stores", by_waybill, [parcel], parcel, **exact),
        Case("storefront's number", f"{of} external_id = %s", [store, reference], reference, **exact, **mine),
        _by_words("buyer's name", one.buyer_name, store),
        _by_words("buyer's name, all stores", one.buyer_name),
        _by_words("item: a frequent word", kind, store),
        _by_words("item: a frequent word, all stores", kind),
        _by_words("item: two words", f"{looks} {kind}", store),
        _by_words("item: two words, all stores", f"{looks} {kind}"),
        _by_words("nothing fits", "unheard thing", store),
    ]


_ANY_NUMBER = (
    f"SELECT {_O} FROM orders_order o WHERE o.id IN (SELECT id FROM orders_order WHERE store_id = %s AND number = %s"
    " UNION ALL SELECT id FROM orders_order WHERE store_id = %s AND external_id = %s"
    f" UNION ALL SELECT order_id FROM orders_shipment WHERE store_id = %s AND waybill = %s) {_NEWEST}"
)


def _by_words(title: str, text: str, store: UUID | None = None) -> Case:
    """Whole words, the last of them perhaps a beginning, as the index of words has them."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode().split()
    query = " & ".join([*plain[:-1], f"{plain[-1]}:*"])
    if store is None:
        return Case(title, _OF_PAGE.format(_PAGE.format("words @@ %s::tsquery")), [query], text)
    page = _PAGE.format("store_id = %s AND words @@ %s::tsquery")
    return Case(title, _OF_PAGE.format(page), [store, query], text, scope=of_store(store))


def list_cases(crowd: Crowd) -> list[Case]:
    """The list of the largest store, filtered and paged, and the console's of all stores."""
    store, middle = crowd.store, _somebody(crowd)
    place = Place(middle.placed_at, middle.pk)
    of = f"SELECT {_O} FROM orders_order o WHERE store_id = %s"
    due = "AND state IN ('awaiting_shipment', 'partially_shipped') ORDER BY handling_due_at, id LIMIT 51"

    def filtered(title: str, condition: str, *params: Any, **filters: Any) -> Case:
        sql = f"{of} AND {condition} {_NEWEST}"
        return Case(title, sql, [store, *params], filters=Filters(**filters), scope=of_store(store))

    return [
        Case("newest", f"{of} {_NEWEST}", [store], scope=of_store(store)),
        Case(
            "newest, from the middle",
            f"{of} AND (placed_at, id) < (%s, %s) {_NEWEST}",
            [store, place.at, place.id],
            scope=of_store(store),
            page=Page(after=place),
        ),
        filtered("of one state", "state = %s", "shipped", state="shipped"),
        filtered("of one country", "country = %s", "FR", country="FR"),
        filtered("with a dispute", "open_dispute_id IS NOT NULL", dispute=True),
        filtered("cancellation asked for", "open_cancellation_id IS NOT NULL", cancellation=True),
        Case("to ship, soonest first", f"{of} {due}", [store], scope=of_store(store), sort=DUE),
        Case("all stores, newest", _OF_PAGE.format(_PAGE.format("true")), []),
        Case("all stores, to ship, soonest", f"SELECT {_O} FROM orders_order o WHERE true {due}", [], sort=DUE),
    ]


def _somebody(crowd: Crowd) -> Order:
    """An order of the largest store, from the middle of its days, that was shipped."""
    shipped = Order.objects.filter(store_id=crowd.store, state="completed").exclude(external_id="")
    middle = crowd.placed_in_the_middle
    order = shipped.filter(placed_at__gte=middle).order_by("placed_at", "id").first()
    assert order is not None
    return order


def measure(cases: Sequence[Case], rounds: int) -> list[Figure]:
    return [_measure(case, rounds) for case in cases]


def _measure(case: Case, rounds: int) -> Figure:
    def ours() -> list[Any]:
        return find_orders(case.scope, case.text, case.filters, sort=case.sort, page=case.page).rows

    def theirs() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(case.sql, case.params)
            return list(cursor.fetchall())

    ours()  # the statistics of words are read once a process
    with CaptureQueriesContext(connection) as asked:
        rows = ours()
    ids = [row.id for row in rows]
    if ids != [row[0] for row in theirs()][:50]:
        raise AssertionError(f"{case.title}: not the same rows")
    figures = [(_timed(ours), _timed(theirs)) for _round in range(rounds * TURNS)]
    ratios = [one / other for one, other in figures]
    by_round = [median(ratios[first : first + TURNS]) for first in range(0, len(ratios), TURNS)]
    return Figure(
        case,
        len(rows),
        median(one for one, _other in figures) * 1000,
        median(other for _one, other in figures) * 1000,
        median(ratios),
        (max(by_round) - min(by_round)) / median(by_round),
        len(asked),
        plan_of(case.scope, case.text, case.filters, sort=case.sort, exact=case.exact),
    )


def _timed(call: Callable[[], Any]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began
