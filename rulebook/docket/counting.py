"""Counting for stores: what is summed over which span, and how both sources keep it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """The first of a name; one that is pending already is enough."""
    if not calls:
        return []
    form = shape(Deadline)
    once: dict[tuple[UUID, UUID, str], Call] = {}
    for call in calls:
        once.setdefault((call.store_id, call.id, call.name), call)
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


# ------------------------------------------------------------------ reading

Piece = tuple[str, UUID, str, Any, Any]
"""What is summed in one go: of a table, a store and a name, what is later than one bound and not later than the other."""
TICK = timedelta(microseconds=1)
"""Moments are no finer, so that ``at < end`` is ``at <= end - TICK``."""


class Reading:
    """Spans, taken apart so that what they have in common is read once.

    Whole days come from their sums. Of the day in which an edge lies the shorter part is read event by event: either what is
    inside, or what is not, to be taken from the day's sum. At the latest edge, the moment of looking, that is always what lies
    ahead: hardly anything. What is open at the beginning comes from the sums of all time.
    """

    def __init__(self, spans: Sequence[Span], zone: ZoneInfo) -> None:
        self.zone = zone
        self.looked_at = max((span.until for span in spans if span.until is not None), default=None)
        self.pieces: dict[Piece, int] = {}
        self.parts: list[list[tuple[int, int]]] = [self._parts(span) for span in spans]

    def _parts(self, span: Span) -> list[tuple[int, int]]:
        """The numbers of the span's pieces, each with what it counts."""
        cuts = self._cut(span)
        return [
            (self.pieces.setdefault((table, span.store_id, name, after, to), len(self.pieces)), sign * weight)
            for name, weight in span.names.items()
            for table, after, to, sign in cuts
        ]

    def _cut(self, span: Span) -> list[tuple[str, Any, Any, int]]:
        since, until = span.since, span.until
        if since is None:
            whole: tuple[str, Any, Any, int] = ("total", None, None, 1)
            return [whole] if until is None else [whole, ("tally", until, None, -1)]
        first, last = local_day(since, self.zone), local_day(until, self.zone) if until is not None else None
        if until is not None and first == last:
            return [("tally", since, until, 1)]
        begins, end = day_start(first, self.zone), day_end(first, self.zone)
        if since - begins < end - since:
            found, after = [("tally", begins - TICK, since, -1)], first - timedelta(days=1)
        else:
            found, after = [("tally", since, end - TICK, 1)], first
        if until is None or last is None:
            return [*found, ("daycount", after, None, 1)]
        begins, end = day_start(last, self.zone), day_end(last, self.zone)
        if until == self.looked_at or end - until < until - begins:
            return [*found, ("daycount", after, last, 1), ("tally", until, end - TICK, -1)]
        return [*found, ("daycount", after, last - timedelta(days=1), 1), ("tally", begins - TICK, until, 1)]

    def statement(self) -> Statement:
        """One, whatever is asked: (number of the piece, sum). Each piece is a range of an index and is looked up by itself:
        the planner would start workers for all of them together, which takes longer than reading them."""
        selects: list[str] = []
        params: list[Any] = []
        for model, kind, cut in (
            (Tally, "timestamptz", "t.at > coalesce(p.after, '-infinity') AND t.at <= coalesce(p.upto, 'infinity')"),
            (DayCount, "date", "t.day > coalesce(p.after, '-infinity') AND t.day <= coalesce(p.upto, 'infinity')"),
            (Total, "text", "p.after IS NULL"),
        ):
            rows = [(number, *piece[1:]) for piece, number in self.pieces.items() if piece[0] == model._meta.model_name]
            if not rows:
                continue
            selects.append(
                f"SELECT p.number, s.value FROM unnest(%s::int[], %s::uuid[], %s::text[], %s::{kind}[], %s::{kind}[])"
                " AS p(number, store_id, name, after, upto) CROSS JOIN LATERAL (SELECT sum(t.value)::bigint AS value"
                f" FROM {shape(model).table} t WHERE t.store_id = p.store_id AND t.name = p.name AND {cut}) AS s"
                " WHERE s.value IS NOT NULL"
            )
            params += [list(column) for column in zip(*rows, strict=True)]
        return " UNION ALL ".join(selects), params

    def told(self, rows: Iterable[Sequence[Any]]) -> list[int]:
        """The sum of each span."""
        found = {number: int(value) for number, value in rows}
        return [sum(found.get(number, 0) * weight for number, weight in parts) for parts in self.parts]
