"""Proving what is counted: sums from events, events from what the records say, what they say from their facts.

Four proofs, each read at the same moment: the sums of days and of all time are those of their tallies; what each record says
that it counts is what its root's tallies amount to; and what it says is what its facts give when they are asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from rulebook.actors import SYSTEM
from rulebook.clock import system
from rulebook.docket import Docket
from rulebook.docket.postgres import PostgresSource
from rulebook.docket.speaking import shape
from rulebook.models.base import KINDS, Aggregate, Measure, Measured
from rulebook.models.tally import DayCount, Tally, Total
from rulebook.verifying import Fault, one_moment
from rulebook.zones import platform_zone

CHUNK = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class Counted:
    """How much was looked at."""

    sums: int = 0
    records: int = 0
    asked: int = 0


def verify_tallies(sample: int | None = None, counted: Counted | None = None) -> Iterator[Fault]:
    """Every fault. sample: of the records' facts, only so many of each kind are asked again (default: all)."""
    counted = counted if counted is not None else Counted()
    with one_moment():
        yield from sums_of_days(counted)
        yield from sums_of_all_time(counted)
        yield from records_agree(counted)
        yield from facts_agree(sample, counted)


def _rows(sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(1000):
            yield from rows


def measured() -> list[type[Aggregate]]:
    """The kinds that count for their stores."""
    return [model for model in KINDS.values() if issubclass(model, Measured)]


# ------------------------------------------------------------------ sums


def sums_of_days(counted: Counted) -> Iterator[Fault]:
    days, tally = shape(DayCount).table, shape(Tally).table
    zone = platform_zone().key
    found = _rows(
        f"SELECT store_id, name, day, coalesce(d.value, 0), coalesce(t.value, 0) FROM {days} d FULL JOIN"
        f" (SELECT store_id, name, (at AT TIME ZONE %s)::date AS day, sum(value) AS value FROM {tally} GROUP BY 1, 2, 3) t"
        " USING (store_id, name, day) WHERE coalesce(d.value, 0) <> coalesce(t.value, 0)",
        [zone],
    )
    for store, name, day, stands, comes in found:
        yield Fault(f"{name} of {store} on {day}", f"the day says {stands}, its tallies sum to {comes}")
    counted.sums += _count(days)


def sums_of_all_time(counted: Counted) -> Iterator[Fault]:
    total, tally = shape(Total).table, shape(Tally).table
    found = _rows(
        f"SELECT store_id, name, coalesce(s.value, 0), coalesce(t.value, 0) FROM {total} s FULL JOIN"
        f" (SELECT store_id, name, sum(value) AS value FROM {tally} GROUP BY 1, 2) t"
        " USING (store_id, name) WHERE coalesce(s.value, 0) <> coalesce(t.value, 0)"
    )
    for store, name, stands, comes in found:
        yield Fault(f"{name} of {store}", f"the total says {stands}, its tallies sum to {comes}")
    counted.sums += _count(total)


def _count(table: str) -> int:
    return int(next(_rows(f"SELECT count(*) FROM {table}"))[0])


# ------------------------------------------------------------------ records


def records_agree(counted: Counted) -> Iterator[Fault]:
    """By root, name and moment: what the records of one root say together, and its tallies."""
    said = " UNION ALL ".join(_said(model) for model in measured())
    counted.records += sum(_count(shape(model).table) for model in measured())
    if not said:
        return
    found = _rows(
        "SELECT root_id, name, tick, coalesce(s.value, 0), coalesce(t.value, 0) FROM"
        f" (SELECT store_id, root_id, name, tick, sum(value) AS value FROM ({said}) AS one GROUP BY 1, 2, 3, 4) s FULL JOIN"
        " (SELECT store_id, root_id, name, (extract(epoch FROM at) * 1000000)::bigint AS tick, sum(value) AS value"
        f" FROM {shape(Tally).table} GROUP BY 1, 2, 3, 4) t"
        " USING (store_id, root_id, name, tick) WHERE coalesce(s.value, 0) <> coalesce(t.value, 0)"
    )
    for root, name, tick, says, comes in found:
        yield Fault(f"{name} of {root} at {tick} µs", f"its records say {says}, its tallies sum to {comes}")


def _said(model: Any) -> str:
    """The `counted` column of a kind, a row for each entry."""
    root = model.ROOT[1] if model.ROOT else "id"
    return (
        f'SELECT r.store_id, r."{root}" AS root_id, e.entry->>0 AS name, (e.entry->>1)::bigint AS tick,'
        f" (e.entry->>2)::bigint AS value FROM {shape(model).table} r"
        " CROSS JOIN LATERAL jsonb_array_elements(r.counted) AS e(entry)"
    )


# ------------------------------------------------------------------ facts


def facts_agree(sample: int | None, counted: Counted) -> Iterator[Fault]:
    """What each record counts follows from its facts alone: asked again, it says the same."""
    for model in measured():
        for ids in _chunks(model, sample):
            docket = Docket(PostgresSource(), SYSTEM, system, PostgresSource().rulebook(system.now()))
            docket.source.bring(docket, model, ids, lock=False)
            for identity in ids:
                record = docket.held.get(identity)
                if record is None:
                    continue
                counted.asked += 1
                says = ticks(record.measures(docket))
                if says != [list(entry) for entry in record.counted]:
                    yield Fault(
                        f"{model.KIND} {record.public_id}", f"it counts {record.counted}, its facts give {says}"
                    )


def ticks(measures: Iterable[Measure]) -> list[list[Any]]:
    """Measures in the form in which a record keeps them."""
    return [[name, (at - _EPOCH) // _TICK, value] for name, at, value in measures if value]


def _chunks(model: Any, sample: int | None) -> Iterator[list[UUID]]:
    """Newest first: what was written last is the likeliest to be wrong."""
    rows, last, left = model.objects.order_by("-id"), None, sample
    while left is None or left > 0:
        size = CHUNK if left is None else min(CHUNK, left)
        ids = list((rows if last is None else rows.filter(id__lt=last)).values_list("id", flat=True)[:size])
        if not ids:
            return
        yield ids
        last, left = ids[-1], None if left is None else left - len(ids)
