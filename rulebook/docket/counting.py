"""Counting for stores: what is summed over which span, and how both sources keep it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rulebook.calendars import day_end, day_start, local_day
from rulebook.docket.effects import Call, TallyDraft
from rulebook.docket.speaking import Statement, insert, shape
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.models.deadline import Deadline, DeadlineStatus
from rulebook.models.tally import DayCount, Tally, Total


@dataclass(frozen=True, slots=True)
class Span:
    """Sum of a store's tallies, each name with its weight, later than `since` and not later than `until`.

    None: since ever, or whatever is entered.
    """

    store_id: UUID
    names: Mapping[str, int]
    since: datetime | None = None
    until: datetime | None = None


def called(call: Call) -> Deadline:
    """The deadline that a call is."""
    kind = call.model.KIND  # type: ignore[attr-defined]
    return make(
        Deadline,
        id=new_id(),
        store_id=call.store_id,
        root_kind=kind,
        root_id=call.id,
        subject_kind=kind,
        subject_id=call.id,
        name=call.name,
        due_at=call.at,
        rule=call.rule,
        status=DeadlineStatus.PENDING.value,
        set_at=call.at,
    )


def writing_calls(calls: Sequence[Call]) -> list[Statement]:
    """One that is pending already is enough."""
    if not calls:
        return []
    form = shape(Deadline)
    once = {(call.store_id, call.id, call.name): call for call in calls}
    sql, params = insert(form.table, form.columns, [form.row(called(once[key])) for key in sorted(once)])
    return [(f"{sql} ON CONFLICT DO NOTHING", params)]


def writing_counts(drafts: Sequence[TallyDraft], zone: ZoneInfo) -> list[Statement]:
    """The sums of days and of all time, each row once, in order of their keys."""
    if not drafts:
        return []
    days: dict[tuple[UUID, str, Any], int] = defaultdict(int)
    totals: dict[tuple[UUID, str], int] = defaultdict(int)
    for draft in drafts:
        days[draft.store_id, draft.name, local_day(draft.at, zone)] += draft.value
        totals[draft.store_id, draft.name] += draft.value
    statements: list[Statement] = []
    for model, columns, kinds, sums in (
        (DayCount, ["id", "store_id", "name", "day", "value"], ["uuid", "uuid", "text", "date", "bigint"], days),
        (Total, ["id", "store_id", "name", "value"], ["uuid", "uuid", "text", "bigint"], totals),
    ):
        keys = sorted(key for key, value in sums.items() if value)
        if not keys:
            continue
        table = shape(model).table
        rows = [(new_id(), *key, sums[key]) for key in keys]  # type: ignore[index]
        arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
        sql = f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"
        conflict = ", ".join(columns[1:-1])
        statements.append(
            (
                f"{sql} ON CONFLICT ({conflict}) DO UPDATE SET value = {table}.value + excluded.value",
                [list(column) for column in zip(*rows, strict=True)],
            )
        )
    return statements


TALLY_COLUMNS = ["id", "store_id", "name", "at", "value", "root_id"]


def tally_rows(drafts: Sequence[TallyDraft]) -> list[list[Any]]:
    return [[new_id(), draft.store_id, draft.name, draft.at, draft.value, draft.root_id] for draft in drafts]


def reading(spans: Sequence[Span], zone: ZoneInfo) -> Statement:
    """One statement for all spans: (number of the span, sum). Full days come from their sums, the two days of the edges from
    the events themselves, what is open at the beginning from the sums of all time."""
    parts: list[str] = []
    params: list[Any] = []

    def add(table: str, number: int, span: Span, where: str, *values: Any) -> None:
        names = list(span.names)
        parts.append(
            f"SELECT %s::int AS span, t.value * w.weight AS value FROM {table} t"
            " JOIN unnest(%s::text[], %s::bigint[]) AS w(name, weight) USING (name) WHERE t.store_id = %s" + where
        )
        params.extend([number, names, [span.names[name] for name in names], span.store_id, *values])

    tally, days, total = shape(Tally).table, shape(DayCount).table, shape(Total).table
    for number, span in enumerate(spans):
        if span.since is None:
            add(total, number, span, "")
            if span.until is not None:  # what is dated later does not count yet
                add(
                    tally,
                    number,
                    Span(span.store_id, {n: -w for n, w in span.names.items()}),
                    " AND t.at > %s",
                    span.until,
                )
            continue
        first = local_day(span.since, zone)
        if span.until is None:
            add(days, number, span, " AND t.day > %s", first)
            add(tally, number, span, " AND t.at > %s AND t.at < %s", span.since, day_end(first, zone))
            continue
        last = local_day(span.until, zone)
        if first == last:
            add(tally, number, span, " AND t.at > %s AND t.at <= %s", span.since, span.until)
            continue
        add(days, number, span, " AND t.day > %s AND t.day < %s", first, last)
        add(tally, number, span, " AND t.at > %s AND t.at < %s", span.since, day_end(first, zone))
        add(tally, number, span, " AND t.at >= %s AND t.at <= %s", day_start(last, zone), span.until)
    return f"SELECT span, sum(value)::bigint FROM ({' UNION ALL '.join(parts)}) AS found GROUP BY span", params
