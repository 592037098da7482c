"""What the history of a listing's price makes staff look at: a swapped product (PRE-5), sales gathered cheaply (PRE-6).

Pure functions; a suspicion decides nothing. Prices of different currencies are compared at the dated rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.money import Money, convert
from rulebook.rules import Rules


@dataclass(frozen=True, slots=True)
class Priced:
    """A price from a moment on, until the next one; orders: how many were placed at it."""

    since: datetime
    price: Money
    orders: int = 0


@dataclass(frozen=True, slots=True)
class Suspicion:
    """rule: why staff look. ratio: how much the price moved, against the limit. before: what it is compared with."""

    rule: str
    ratio: Decimal
    limit: Decimal
    before: Priced
    after: Priced


def suspicions(history: Sequence[Priced], rules: Rules) -> list[Suspicion]:
    """Of the latest price, given all before it in order of time; the rules of its moment."""
    found = (changed_much(history, rules), ramped(history, rules))
    return [one for one in found if one is not None]


@formula("PRE-5")
def changed_much(history: Sequence[Priced], rules: Rules) -> Suspicion | None:
    """The latest price differs from the one before by at least `swap.price_change_ratio` of it, up or down: the product may be
    another one. From nothing to something is no ratio, and always much."""
    if len(history) < 2:
        return None
    before, after = history[-2], history[-1]
    old, new = _minor(before, after, rules), after.price.minor
    limit = rules.swap.price_change_ratio
    if old == new:
        return None
    ratio = Decimal(abs(new - old)) / old if old else Decimal("Infinity")
    return Suspicion("PRE-5", ratio, limit, before, after) if ratio >= limit else None


@formula("PRE-6")
def ramped(history: Sequence[Priced], rules: Rules) -> Suspicion | None:
    """The latest price is at least `swap.ramp_ratio` times one that held, and sold, in the `swap.ramp_days` before; or it is as
    deep a discount on one that did. Of several the furthest away is named.

    A price held in those days when it ended after their begin; the edge itself is outside.
    """
    if len(history) < 2:
        return None
    after, limit = history[-1], rules.swap.ramp_ratio
    begin = natural_days(after.since, -rules.swap.ramp_days)
    found: list[tuple[Decimal, Priced]] = []
    for row, following in pairwise(history):
        if following.since > begin and row.orders > 0:
            found.append((_apart(_minor(row, after, rules), after.price.minor), row))
    if not found:
        return None
    ratio, before = max(found, key=lambda one: one[0])
    return Suspicion("PRE-6", ratio, limit, before, after) if ratio >= limit else None


def _apart(one: int, other: int) -> Decimal:
    """The greater over the smaller."""
    low, high = sorted((one, other))
    if low == high:
        return Decimal(1)
    return Decimal(high) / low if low else Decimal("Infinity")


def _minor(row: Priced, after: Priced, rules: Rules) -> int:
    return convert(row.price, after.price.currency, rules.exchange.usd).minor
