"""The health of a store, read for pages and API: its indicators, how they stand, their days, and what lies behind them.

Each question is one statement, whatever the store sells. Upper apps tell in their `behind` modules how the roots of tallies
are named, and which were taken out under which rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rulebook.amending import current_rulebook
from rulebook.calendars import local_day
from rulebook.docket.counting import Span
from rulebook.docket.postgres import PostgresSource
from rulebook.docket.speaking import run, shape
from rulebook.models.tally import DayCount, Tally
from rulebook.money import Money
from rulebook.rules import Rules
from rulebook.zones import platform_zone
from stores.indicators import Figure, Indicator, figures, indicators
from stores.models import Listing, Store

DAYS_SHOWN = 90
"""How far back the charts go."""

PARTS: dict[str, Any] = {
    "shipping": gettext_lazy("Orders and shipping"),
    "disputes": gettext_lazy("Disputes"),
    "reviews": gettext_lazy("Reviews"),
    "sales": gettext_lazy("Sales"),
}


def rules_of(store: Store, at: datetime) -> Rules:
    return current_rulebook().at(at, store=store.id, category=store.category)


def figures_now(store: Store, at: datetime, codes: Sequence[str] | None = None) -> dict[str, Figure]:
    """The store's figures; one statement."""
    return figures(PostgresSource(), store, at, rules_of(store, at), codes)


# ------------------------------------------------------------------ how a figure stands

LIMITS: Mapping[str, str] = {
    "not_as_described_rate": "snad_rate",
    "seller_liable_rate": "seller_liability_rate",
    "described": "dsr_described",
    "communication": "dsr_communication",
    "shipping": "dsr_shipping",
}
"""Indicators whose limits bear another name in the rulebook's table."""

LEVELS: dict[str, tuple[Any, str]] = {
    "excellent": (gettext_lazy("Excellent"), "done"),
    "good": (gettext_lazy("Good"), "done"),
    "pass": (gettext_lazy("Pass"), "wait"),
    "general": (gettext_lazy("Beyond the limit"), "due"),
    "serious": (gettext_lazy("Seriously beyond"), "risk"),
    "especially_serious": (gettext_lazy("Far beyond"), "risk"),
}
REACHED, CROSSED = ("excellent", "good", "pass"), ("general", "serious", "especially_serious")


@dataclass(frozen=True, slots=True)
class Standing:
    """A figure against its limits. level: the best one reached, or the worst violation limit crossed; empty without data."""

    level: str
    limits: tuple[tuple[str, Decimal, bool], ...]
    rule: str

    @property
    def word(self) -> str:
        return str(LEVELS[self.level][0]) if self.level else ""

    @property
    def tone(self) -> str:
        return LEVELS[self.level][1] if self.level else ""


def standing(code: str, value: Any, rules: Rules) -> Standing | None:
    """How a figure stands against the rulebook's limits; None where there are none. Nothing follows from it by itself."""
    if code == "on_time_rate":
        least = Decimal(rules.plus.badge_on_time_percent) / 100
        level = "" if value is None else "pass" if value >= least else "general"
        return Standing(level, (("pass", least, True),), "PLUS-21")
    row = rules.svc.thresholds.get(LIMITS.get(code, code))
    if row is None:
        return None
    high = row["better"] == "high"
    limits = tuple((name, Decimal(str(row[name])), high) for name in LEVELS if name in row)
    return Standing(_level(value, limits, high), limits, "OPS22-5-2")


def _level(value: Any, limits: Iterable[tuple[str, Decimal, bool]], high: bool) -> str:
    """A level is reached at its limit; a violation begins strictly beyond its own."""
    if value is None:
        return ""
    known = {name: limit for name, limit, _high in limits}
    for name in REACHED:
        if name in known and (value >= known[name] if high else value <= known[name]):
            return name
    crossed = [name for name in CROSSED if name in known and (value < known[name] if high else value > known[name])]
    return crossed[-1] if crossed else "general"


def is_rated(found: Mapping[str, Figure], rules: Rules) -> bool:
    """OPS22-5-2: a store with few orders is not rated."""
    return "orders" in found and found["orders"].above >= rules.svc.min_orders


# ------------------------------------------------------------------ by day


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    above: int
    below: int

    def value(self, one: Indicator, rules: Rules) -> Any:
        return one.value(self.above, self.below, rules)


def by_day(store_id: UUID, wanted: Sequence[Indicator], at: datetime) -> dict[str, list[Day]]:
    """Each indicator's sums of the last platform days, the present one included, oldest first; one statement for all."""
    last = local_day(at, platform_zone())
    first = last - timedelta(days=DAYS_SHOWN - 1)
    names = sorted({name for one in wanted for name in (*one.above, *one.below)})
    sql = f"SELECT name, day, value FROM {shape(DayCount).table} WHERE store_id = %s AND name = ANY(%s) AND day >= %s AND day <= %s"
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for name, day, value in run([(sql, [store_id, names, first, last])])[0]:
        found[name][day] = int(value)
    days = [first + timedelta(days=number) for number in range(DAYS_SHOWN)]
    return {
        one.code: [Day(day, _sum(found, one.above, day), _sum(found, one.below, day)) for day in days] for one in wanted
    }


def _sum(found: Mapping[str, Mapping[date, int]], names: Mapping[str, int], day: date) -> int:
    return sum(weight * found[name].get(day, 0) for name, weight in names.items() if name in found)


# ------------------------------------------------------------------ what lies behind


@dataclass(frozen=True, slots=True)
class Event:
    """What counts: so much at this moment, because of this root."""

    at: datetime
    root_id: UUID
    value: int


Position = tuple[datetime, UUID]

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_TICK = timedelta(microseconds=1)


def tick(moment: datetime) -> int:
    """Microseconds since 1970, as records keep the moments of what they count."""
    return (moment - _EPOCH) // _TICK


def write(event: Event) -> str:
    """An event's place in the list, for addresses."""
    return f"{tick(event.at):x}-{event.root_id.hex}"


def read(text: str) -> Position | None:
    """A place that `write` wrote; None for anything else."""
    moment, _sign, identity = text.partition("-")
    try:
        return _EPOCH + int(moment[:16], 16) * _TICK, UUID(hex=identity)
    except (ValueError, OverflowError):
        return None


def behind(
    span: Span, *, after: Position | None = None, before: Position | None = None, limit: int = 50
) -> list[Event]:
    """The events that make a sum, newest first: those older than `after`, or (newest last) newer than `before`.

    What was taken back is left out. Each name's part ends at the limit, so that a page costs the same however long the list.
    """
    return _events(span, "<>", after, before, limit)


def taken_back(span: Span, *, limit: int = 50) -> list[Event]:
    """What once counted in the span and does no more, newest first."""
    return _events(span, "=", None, None, limit)


def _events(span: Span, sign: str, after: Position | None, before: Position | None, limit: int) -> list[Event]:
    place, order = (before, "ASC") if before is not None else (after, "DESC")
    parts: list[str] = []
    params: list[Any] = []
    for name, weight in span.names.items():
        where, values = ["store_id = %s", "name = %s"], [span.store_id, name]
        for condition, moment in (("at > %s", span.since), ("at <= %s", span.until)):
            if moment is not None:
                where.append(condition)
                values.append(moment)
        if place is not None:  # the first condition bounds the range of the index
            way = ">" if before is not None else "<"
            where += [f"at {way}= %s", f"(at, root_id) {way} (%s, %s)"]
            values += [place[0], *place]
        source = f"FROM {shape(Tally).table} WHERE {' AND '.join(where)}"
        if sign == "=":  # nothing is taken back without a row below zero, and there are few of these
            source = f"{source} AND (at, root_id) IN (SELECT at, root_id {source} AND value < 0)"
            values = [*values, *values]
        parts.append(
            f"(SELECT at, root_id, sum(value)::bigint * %s AS value {source} GROUP BY at, root_id"
            f" HAVING sum(value) {sign} 0 ORDER BY at {order}, root_id {order} LIMIT %s)"
        )
        params += [weight, *values, limit]
    sql = (
        f"SELECT at, root_id, sum(value)::bigint FROM ({' UNION ALL '.join(parts)}) AS found GROUP BY at, root_id"
        f" ORDER BY at {order}, root_id {order} LIMIT %s"
    )
    rows = run([(sql, [*params, limit])])[0] if parts else []
    return [Event(at, root_id, int(value)) for at, root_id, value in rows]


@dataclass(frozen=True, slots=True)
class Page:
    """events: newest first. newer, older: places of the neighbours; empty where there are none."""

    events: list[Event]
    newer: str
    older: str


def page_of(span: Span, *, after: str = "", before: str = "", limit: int = 50) -> Page:
    """A page of what is behind a sum; a place that makes no sense means the first one."""
    back = read(before) if before and not after else None
    on = read(after) if after else None
    found = behind(span, after=on, before=back, limit=limit + 1)
    more = len(found) > limit
    del found[limit:]
    if back is not None:
        found.reverse()
    newer, older = (more, True) if back is not None else (on is not None, more)
    return Page(
        found,
        write(found[0]) if found and newer else "",
        write(found[-1]) if found and older else "",
    )


def all_of(span: Span, batch: int = 500) -> Iterator[list[Event]]:
    """Everything behind a sum in batches by position."""
    place: Position | None = None
    while found := behind(span, after=place, limit=batch):
        yield found
        place = (found[-1].at, found[-1].root_id)


def spans_of(one: Indicator, store_id: UUID, at: datetime, rules: Rules) -> dict[str, Span]:
    """The spans of the two sides of the line: ``above``, and ``below`` where it is divided."""
    sides = {"above": one.above, **({"below": one.below} if one.below else {})}
    return {side: one.span(store_id, names, at, rules) for side, names in sides.items()}


def shift_of(one: Indicator, rules: Rules) -> timedelta:
    """How much later than its date a tally counts."""
    return one.shift(rules) if one.shift else timedelta(0)


# ------------------------------------------------------------------ how roots are named, and which were taken out


@dataclass(frozen=True, slots=True)
class Named:
    """A root as lists show it."""

    name: str
    note: str = ""
    amount: Money | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A root that an indicator skips: under which rule, in words, and when it would have counted."""

    root_id: UUID
    at: datetime
    rule: str
    text: str


Namer = Callable[[Iterable[UUID]], Mapping[UUID, Named]]
Leaver = Callable[[Store, Indicator, Mapping[str, Span], Rules], Sequence[LeftOut]]
_NAMERS: dict[str, Namer] = {}
_LEAVERS: list[Leaver] = []


def names(kind: str) -> Callable[[Namer], Namer]:
    """The function names roots of a kind, many in one statement."""

    def register(namer: Namer) -> Namer:
        _NAMERS[kind] = namer
        return namer

    return register


def leaves_out(leaver: Leaver) -> Leaver:
    """The function tells what an indicator skips, newest first, in a constant number of statements."""
    _LEAVERS.append(leaver)
    return leaver


@lru_cache(maxsize=1)
def _read_all() -> None:
    autodiscover_modules("behind")


def named(kind: str, ids: Iterable[UUID]) -> Mapping[UUID, Named]:
    _read_all()
    wanted = list(dict.fromkeys(ids))
    return _NAMERS[kind](wanted) if wanted and kind in _NAMERS else {}


def left_out(store: Store, one: Indicator, spans: Mapping[str, Span], rules: Rules) -> list[LeftOut]:
    """What the indicator skips in its window, newest first."""
    _read_all()
    found = [row for leaver in _LEAVERS for row in leaver(store, one, spans, rules)]
    return sorted(found, key=lambda row: (row.at, row.root_id), reverse=True)


@names("listing")
def _listings(ids: Iterable[UUID]) -> Mapping[UUID, Named]:
    rows = Listing.objects.filter(id__in=list(ids))
    return {row.id: Named(row.title, row.category.replace("-", " "), row.price, str(row.state)) for row in rows}


def known(code: str) -> Indicator | None:
    return indicators().get(code)


def value_text(one: Indicator, value: Any) -> str:
    """The figure without its unit's frills: ``97.5 %``, ``4.6``, ``1,204``; a word without data."""
    from rulebook.sentences import money_text

    if value is None:
        return _("no data")
    if isinstance(value, Money):
        return money_text(value)
    return f"{value} %" if one.unit == "percent" else f"{value:,}" if isinstance(value, int) else str(value)
