"""`import_orders --verify`: do the stores' profiles say what follows from the tables?

One side is what everybody is shown: indicators and history, read from the store's counters. The other is worked out here
from the orders as `retelling` tells them, by the definitions (A55, A56, the service indicators), order by order.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from orders.importing.olist import CURRENCY
from orders.importing.replay import Early
from orders.importing.retelling import DAY, Life, Retold, retell
from orders.profiles import EVER, KINDS, history
from rulebook.rules import Rulebook, Rules
from stores.indicators import figures
from stores.models import Store

NONE = "no figure"
CODES = (
    "items_sold",
    "orders",
    "gmv_180d",
    "gmv_365d",
    "odr",
    "non_fulfilment_rate",
    "shipped_on_time_rate",
    "cancelled_by_seller",
    "cancelled_by_buyer",
    "online_rate_72h",
    "online_rate_7d",
    "on_time_rate",
    "dispute_rate",
    "arbitration_rate",
    "seller_liable_rate",
    "positive_rate",
    "negative_rate",
    "average_stars",
    "reviews",
    "feedback_score",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one store, as it is shown and as the tables give it."""

    store: str
    figure: str
    shown: str
    worked_out: str

    def __str__(self) -> str:
        return f"{self.store}  {self.figure}: shown {self.shown}, by the tables {self.worked_out}"


@dataclass(slots=True)
class Check:
    """The figures of every store of a folder, from both sides, as of one moment. seconds: what the checking took."""

    path: Path
    rulebook: Rulebook
    present: datetime
    early: Early
    as_of: datetime | None = None
    seconds: float = 0.0
    retold: Retold = field(init=False)
    at: datetime = field(init=False)
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        began = time.perf_counter()
        self.retold = retell(self.path, self.rulebook, self.present, self.early)
        self.at = self.as_of or self.retold.last
        self.seconds += time.perf_counter() - began

    def look(self, identity: str, source: Any, store: Store) -> None:
        """Read the figures that the store shows. identity: the tables' id of it."""
        began = time.perf_counter()
        rules = self.rulebook.at(self.at, store=store.id, category=store.category)
        self.shown[identity] = shown_figures(source, store, self.at, rules)
        self.names[identity] = store.name
        self.seconds += time.perf_counter() - began

    def differences(self) -> Iterator[Difference]:
        """Every figure that differs, store by store. A store that is not there differs as a whole."""
        law = self.rulebook.at(self.at)
        for identity, lives in self.retold.lives.items():
            if identity not in self.shown:
                yield Difference(identity, "store", "not there", f"{len(lives)} orders")
                continue
            shown, right = self.shown[identity], worked_out(lives, self.at, law)
            for name, value in right.items():
                if shown[name] != value:
                    yield Difference(f"{self.names[identity]} ({identity})", name, shown[name], value)


def shown_figures(source: Any, store: Store, at: datetime, rules: Rules) -> dict[str, str]:
    """As pages and API show them."""
    found = figures(source, store, at, rules, CODES)
    texts = {code: NONE if figure.value is None else str(figure.value) for code, figure in found.items()}
    _stars, periods = history(source, store.id, at, rules)
    for period in periods:
        texts |= {f"{kind}, {period.code}": str(getattr(period, kind)) for kind in KINDS}
    return texts


# ------------------------------------------------------------------ by the definitions


def worked_out(lives: Sequence[Life], at: datetime, law: Rules) -> dict[str, str]:
    """The same figures from the orders alone. Windows are half-open: what is exactly as old as the window is long is out."""
    return {
        **_sales(lives, at, law),
        **_service(lives, at, law),
        **_shipping(lives, at, law),
        **_reviews(lives, at, law),
    }


def _sales(lives: Sequence[Life], at: datetime, law: Rules) -> dict[str, str]:
    paid = [life for life in lives if life.paid_at is not None and life.paid_at <= at]
    rate = Decimal(str(law.exchange.usd[CURRENCY]))
    found = {"items_sold": str(sum(life.units for life in paid))}
    found["orders"] = str(sum(_in(life.paid_at, at - law.svc.window_days * DAY, at) for life in paid))
    for days in law.sales.windows:
        cents = sum(
            int((life.amount_minor / rate).quantize(Decimal(1), ROUND_HALF_UP))
            for life in paid
            if _in(life.paid_at, at - days * DAY, at)
        )
        found[f"gmv_{days}d"] = f"{cents // 100}.{cents % 100:02d} USD"
    return found


def _service(lives: Sequence[Life], at: datetime, law: Rules) -> dict[str, str]:
    """An order's bad experience counts at the order's end, whenever its review comes."""
    since, odr_since = at - law.svc.window_days * DAY, at - law.svc.odr_days * DAY
    ended = [life for life in lives if life.paid_at is not None and _in(life.ended_at, odr_since, at)]
    bad = [life for life in ended if life.unshipped_at or 0 < life.stars <= law.svc.bad_score]
    due = [
        life for life in lives if life.handling_ends and not life.cancelled_at and _in(life.handling_ends, since, at)
    ]
    unshipped = [life for life in due if life.shipped_at is None]
    received = sum(_in(life.completed_at, since, at) for life in lives)
    return {
        "odr": _per_cent(len(bad), len(ended)),
        "non_fulfilment_rate": _per_cent(len(unshipped), len(due)),
        "shipped_on_time_rate": _per_cent(len(due) - len(unshipped), len(due)),
        "cancelled_by_seller": "0",
        "cancelled_by_buyer": str(sum(_in(life.cancelled_at, since, at) for life in lives)),
        **{code: _per_cent(0, received) for code in ("dispute_rate", "arbitration_rate", "seller_liable_rate")},
    }


def _shipping(lives: Sequence[Life], at: datetime, law: Rules) -> dict[str, str]:
    """Online rates look at orders for which the time is over; the carrier had a parcel when it was handed over."""
    found = {}
    for code, span in (
        ("online_rate_72h", timedelta(hours=law.online_rate.hours)),
        ("online_rate_7d", law.online_rate.days * DAY),
    ):
        since, until = at - law.svc.window_days * DAY - span, at - span
        due = [life for life in lives if not life.cancelled_at and _in(life.paid_at, since, until)]
        known = [life for life in due if life.shipped_at and life.paid_at and life.shipped_at <= life.paid_at + span]
        found[code] = _per_cent(len(known), len(due))
    since = at - law.plus.badge_window_days * DAY
    promised, kept = 0, 0
    for life in lives:
        if life.shipped_at is None:
            promised += _in(life.unshipped_at, since, at)
            continue
        ends, there = life.shipped_at + life.promised_days * DAY, life.delivered_at
        if _in(ends, since, at):
            promised += 1
            kept += there is not None and there <= ends
    found["on_time_rate"] = _per_cent(kept, promised)
    return found


def _reviews(lives: Sequence[Life], at: datetime, law: Rules) -> dict[str, str]:
    """A55-3, A56: 4 and 5 stars are positive and a point, 1 and 2 negative and one less, 3 neither."""
    got = [(life.reviewed_at, life.stars) for life in lives if life.reviewed_at is not None and life.reviewed_at <= at]
    positive, _neutral, negative = _kinds(got, months_before(at, law.review.rate_months, law.platform.tz))
    all_time = _kinds(got, None)
    found = {
        "positive_rate": _per_cent(positive, positive + negative),
        "negative_rate": _per_cent(negative, positive + negative),
        "average_stars": _rounded(sum(stars for _moment, stars in got), len(got)),
        "reviews": str(len(got)),
        "feedback_score": str(all_time[0] - all_time[2]),
    }
    for window in law.review.history_windows:
        since = None if window == EVER else months_before(at, int(window), law.platform.tz)
        found |= {f"{kind}, {window}": str(number) for kind, number in zip(KINDS, _kinds(got, since), strict=True)}
    return found


def _kinds(reviews: Sequence[tuple[datetime, int]], since: datetime | None) -> tuple[int, int, int]:
    """How many are positive, neutral and negative, of those later than `since`."""
    stars = [stars for moment, stars in reviews if since is None or moment > since]
    return sum(one >= 4 for one in stars), stars.count(3), sum(one <= 2 for one in stars)


def months_before(at: datetime, months: int, zone: str) -> datetime:
    """The same day and hour of platform time so many months earlier; the month's last day if it has no such day."""
    local = at.astimezone(ZoneInfo(zone))
    year, month = local.year, local.month - months
    while month < 1:
        year, month = year - 1, month + 12
    for day in range(local.day, 0, -1):
        try:
            return local.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def _in(moment: datetime | None, since: datetime, until: datetime) -> bool:
    return moment is not None and since < moment <= until


def _per_cent(above: int, below: int) -> str:
    return _rounded(100 * above, below)


def _rounded(above: int, below: int) -> str:
    """Half up to one decimal (A56-8)."""
    return str((Decimal(above) / below).quantize(Decimal("0.1"), ROUND_HALF_UP)) if below else NONE
