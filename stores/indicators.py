"""Indicators: what a store's tallies amount to. One definition serves the pages, the API, stories and the rules.

An indicator has a code, a formula in words, the rule that makes it, and sums over a window: names of tallies with weights
above and below the line. Upper apps register theirs in their `indicators` module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_noop as _

from rulebook.calendars import calendar_months, natural_days
from rulebook.citations import cite
from rulebook.docket.counting import Span
from rulebook.money import Money
from rulebook.rules import Rules

Window = Callable[[datetime, Rules], datetime | None]
"""From the moment of looking to where the window begins; what happened exactly there is out."""


def days(key: str) -> Window:
    """So many natural days, by a parameter's key."""
    return lambda at, rules: natural_days(at, -rules.value(key))


def months(key: str) -> Window:
    """So many calendar months of platform time, by a parameter's key."""
    return lambda at, rules: calendar_months(at, -rules.value(key), zone=rules.platform.tz)


def ever(at: datetime, rules: Rules) -> None:
    """All time."""
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """above: names of tallies with their weights. below: what it is divided by; none for plain sums. unit: ``percent``,
    ``average``, ``count`` or ``money`` (USD). shift: tallies are dated so much before the moment that counts.
    higher_is_better, part: for showing. base: a figure of the store from before it was counted. roots: the kind whose ids
    its tallies name."""

    code: str
    rule: str
    title: str
    formula: str
    unit: str
    window: Window
    above: Mapping[str, int]
    below: Mapping[str, int] = field(default_factory=dict)
    shift: Callable[[Rules], timedelta] | None = None
    higher_is_better: bool = True
    window_text: str = ""
    base: Callable[[Any], int] | None = None
    part: str = "shipping"
    roots: str = "order"

    def span(self, store_id: UUID, names: Mapping[str, int], at: datetime, rules: Rules) -> Span:
        since = self.window(at, rules)
        move = self.shift(rules) if self.shift else timedelta(0)
        return Span(store_id, names, since - move if since else None, at - move)

    def value(self, above: int, below: int, rules: Rules) -> Decimal | int | Money | None:
        """The figure as shown; None without data."""
        if self.unit == "money":
            return Money(above, "USD")
        if self.unit == "count":
            return above
        if below <= 0:
            return None
        ratio = Decimal(above * (100 if self.unit == "percent" else 1)) / below
        return rounded(ratio, rules)


def rounded(value: Decimal, rules: Rules) -> Decimal:
    """A56-8: half up, to the decimals of the rulebook."""
    step = Decimal(1).scaleb(-rules.review.round["decimals"])
    return value.quantize(step, ROUND_HALF_UP)


_INDICATORS: dict[str, Indicator] = {}


def indicator(code: str, *, rule: str, also: Iterable[str] = (), **fields: Any) -> Indicator:
    """Register one; its rules are thereby cited."""
    for rule_id in (rule, *also):
        cite(rule_id, f"indicator {code}")
    _INDICATORS[code] = Indicator(code=code, rule=rule, **fields)
    return _INDICATORS[code]


@lru_cache(maxsize=1)
def _read_all() -> None:
    autodiscover_modules("indicators")


def indicators() -> Mapping[str, Indicator]:
    """All of them, by code, in the order of the apps."""
    _read_all()
    return _INDICATORS


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator of a store at a moment."""

    indicator: Indicator
    value: Decimal | int | Money | None
    above: int
    below: int
    since: datetime | None


def figures(
    source: Any, store: Any, at: datetime, rules: Rules, codes: Sequence[str] | None = None
) -> dict[str, Figure]:
    """Several indicators of a store, in one statement. rules: those in force for the store at the moment."""
    wanted = list(indicators()) if codes is None else codes
    return told(wanted, iter(source.sums(asked(wanted, store, at, rules))), store, at, rules)


def asked(codes: Iterable[str], store: Any, at: datetime, rules: Rules) -> list[Span]:
    """The sums that indicators are made of, for whoever asks for more in the same statement."""
    wanted = (indicators()[code] for code in codes)
    return [one.span(store.id, names, at, rules) for one in wanted for names in (one.above, one.below) if names]


def told(codes: Iterable[str], sums: Iterator[int], store: Any, at: datetime, rules: Rules) -> dict[str, Figure]:
    """The indicators of the sums that were `asked` for; no more of them is taken."""
    found = {}
    for code in codes:
        one = indicators()[code]
        above = next(sums) + (one.base(store) if one.base else 0)
        below = next(sums) if one.below else 0
        found[code] = Figure(one, one.value(above, below, rules), above, below, one.window(at, rules))
    return found


indicator(
    "live_listings",
    rule="A16-2",
    title=_("Listings online"),
    formula=_("Listings whose state is live"),
    unit="count",
    window=ever,
    above={"live_listings": 1},
    window_text=_("now"),
    part="sales",
    roots="listing",
)
