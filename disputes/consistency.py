"""Whether like cases are decided alike: each moderator's rulings by reason over a period, beside those of the others.

Two statements, however many moderators, reasons and rulings there are. What counts is who made a ruling that came into
force, in the period in which it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy

from disputes.states import Reason

FEW = 10
"""With fewer rulings on either side a difference says nothing."""
UNLIKELY = 1.96
"""Standard errors from which on chance alone would explain a difference in one of twenty comparisons."""
VERY_UNLIKELY = 2.58

SQL = """
SELECT grouping(r.made_by, r.about), r.made_by, r.about, max(r.made_by_name) AS name, count(*) AS rulings,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY r.waited_seconds) AS median_wait, avg(r.waited_seconds) AS mean_wait,
       count(*) FILTER (WHERE r.refund_minor > 0) AS for_buyer,
       avg(least(1.0, r.refund_minor::numeric / d.refund_minor)) AS share,
       count(*) FILTER (WHERE r.appeals_count > 0) AS appealed,
       count(*) FILTER (WHERE r.state = 'overturned') AS overturned
  FROM disputes_ruling r JOIN disputes_dispute d ON d.id = r.dispute_id
 WHERE r.made_at >= %s AND r.made_at < %s AND r.in_force_at IS NOT NULL
 GROUP BY GROUPING SETS ((r.made_by, r.about), (r.about), (r.made_by), ())
"""

OF_PERSON, OF_REASON, OF_ALL = 1, 2, 3
"""What `grouping` says of a row: all reasons of a moderator, all moderators on a reason, everything; else 0."""

BY_WEEK = """
SELECT floor(extract(epoch FROM r.made_at - %s) / 604800)::int AS week, count(*),
       count(*) FILTER (WHERE r.refund_minor > 0)
  FROM disputes_ruling r
 WHERE r.made_at >= %s AND r.made_at < %s AND r.in_force_at IS NOT NULL
 GROUP BY 1 ORDER BY 1
"""

SAYS: dict[str, Any] = {
    "few": gettext_lazy("too few to compare"),
    "alike": gettext_lazy("like the others"),
    "apart": gettext_lazy("differs from the others"),
    "far": gettext_lazy("differs clearly"),
}


@dataclass(slots=True)
class Cell:
    """Rulings of one moderator about one reason, or of several cells together. Waits in seconds; shares from 0 to 1.

    peers, difference, says: the others' share for the buyer, how far this one is from it, and what that is worth.
    """

    rulings: int = 0
    for_buyer: int = 0
    median_wait: float | None = None
    mean_wait: float = 0.0
    share: float = 0.0
    appealed: int = 0
    overturned: int = 0
    peers: float | None = None
    peers_count: int = 0
    says: str = "few"

    @property
    def buyer_share(self) -> float:
        return self.for_buyer / self.rulings if self.rulings else 0.0

    @property
    def appeal_rate(self) -> float:
        return self.appealed / self.rulings if self.rulings else 0.0

    @property
    def overturn_rate(self) -> float | None:
        """Of those appealed against; a ruling that nobody questions proves nothing."""
        return self.overturned / self.appealed if self.appealed else None

    @property
    def difference(self) -> float | None:
        return None if self.peers is None else self.buyer_share - self.peers

    @property
    def word(self) -> str:
        return str(SAYS[self.says])


@dataclass(slots=True)
class Moderator:
    """total: of all his reasons; its peers' share is what the others would have reached on the same mix of cases."""

    id: UUID | None
    name: str
    total: Cell = field(default_factory=Cell)
    by_reason: dict[str, Cell] = field(default_factory=dict)


@dataclass(slots=True)
class Week:
    begins: datetime
    rulings: int
    for_buyer: int


@dataclass(slots=True)
class Figures:
    since: datetime
    until: datetime
    moderators: list[Moderator]
    reasons: dict[str, Cell]
    weeks: list[Week]
    total: Cell


def consistency(since: datetime, until: datetime) -> Figures:
    """Rulings made from `since`, before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, [since, until])
        rows = cursor.fetchall()
        cursor.execute(BY_WEEK, [since, since, until])
        weeks = {week: (count, won) for week, count, won in cursor.fetchall()}
    return figured(since, until, rows, weeks)


def figured(since: datetime, until: datetime, rows: Iterable[Sequence[Any]], weeks: Any) -> Figures:
    """The figures from their sums; pure. rows: of `SQL`; the first column tells what is summed over."""
    people: dict[UUID | None, Moderator] = {}
    reasons: dict[str, Cell] = {}
    medians: dict[Any, float | None] = {}
    for over, made_by, about, name, *sums in rows:
        cell = _cell(sums)
        if over == OF_REASON:
            reasons[about] = cell
        elif over in (OF_PERSON, OF_ALL):
            medians[over, made_by] = cell.median_wait
        else:
            person = people.setdefault(made_by, Moderator(made_by, name))
            person.name = max(person.name, name)
            person.by_reason[about] = cell
    for person in people.values():
        for about, cell in person.by_reason.items():
            _compare(cell, reasons[about])
        person.total = _together(person.by_reason.values(), medians.get((OF_PERSON, person.id)))
        _compare_mix(person)
    order = {reason: place for place, reason in enumerate(Reason.values)}
    return Figures(
        since,
        until,
        sorted(people.values(), key=lambda one: (-one.total.rulings, one.name)),
        dict(sorted(reasons.items(), key=lambda item: order.get(item[0], 99))),
        _weeks(since, until, weeks),
        _together(reasons.values(), medians.get((OF_ALL, None))),
    )


def _cell(sums: Sequence[Any]) -> Cell:
    rulings, median_wait, mean_wait, for_buyer, share, appealed, overturned = sums
    return Cell(
        rulings, for_buyer, float(median_wait or 0), float(mean_wait or 0), float(share or 0), appealed, overturned
    )


def _together(cells: Iterable[Cell], median_wait: float | None) -> Cell:
    """Sums, and means by weight; a median of medians would be none, so it comes along."""
    cells = list(cells)
    count = sum(cell.rulings for cell in cells)
    if not count:
        return Cell()
    return Cell(
        rulings=count,
        for_buyer=sum(cell.for_buyer for cell in cells),
        median_wait=median_wait,
        mean_wait=sum(cell.mean_wait * cell.rulings for cell in cells) / count,
        share=sum(cell.share * cell.rulings for cell in cells) / count,
        appealed=sum(cell.appealed for cell in cells),
        overturned=sum(cell.overturned for cell in cells),
    )


def _compare(cell: Cell, everybody: Cell) -> None:
    """Beside the others' rulings about the same reason: two shares, and whether chance explains their difference."""
    others, won = everybody.rulings - cell.rulings, everybody.for_buyer - cell.for_buyer
    cell.peers_count = others
    if not others:
        return
    cell.peers = won / others
    pooled = everybody.for_buyer / everybody.rulings
    error = sqrt(pooled * (1 - pooled) * (1 / cell.rulings + 1 / others))
    cell.says = verdict(cell.buyer_share - cell.peers, error, min(cell.rulings, others))


def _compare_mix(person: Moderator) -> None:
    """All reasons together: what the others would have decided on his cases, so that another mix is no difference."""
    cells = [cell for cell in person.by_reason.values() if cell.peers is not None]
    count = sum(cell.rulings for cell in cells)
    if not count:
        return
    expected = sum(cell.peers * cell.rulings for cell in cells if cell.peers is not None)
    spread = sum(
        cell.rulings * cell.peers * (1 - cell.peers) * (1 + cell.rulings / cell.peers_count)
        for cell in cells
        if cell.peers is not None
    )
    total = person.total
    total.peers, total.peers_count = expected / count, sum(cell.peers_count for cell in cells)
    reached = sum(cell.for_buyer for cell in cells) / count
    total.says = verdict(reached - total.peers, sqrt(spread) / count, min(count, total.peers_count))


def verdict(difference: float, error: float, least: int) -> str:
    """Key of `SAYS`. error: the standard error of the difference; least: the smaller number of rulings compared."""
    if least < FEW:
        return "few"
    if error <= 0:
        return "far" if difference else "alike"
    apart = abs(difference) / error
    return "far" if apart >= VERY_UNLIKELY else "apart" if apart >= UNLIKELY else "alike"


def _weeks(since: datetime, until: datetime, weeks: Any) -> list[Week]:
    length = timedelta(days=7)
    count = -((since - until) // length)
    return [Week(since + number * length, *weeks.get(number, (0, 0))) for number in range(count)]
