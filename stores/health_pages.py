"""What the pages of a store's health show; portal and console draw them from the same values.

A door says how it addresses its pages: `here` (the overview), `page_of` (one indicator's), `link` (a root's).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rulebook.ids import public_id
from rulebook.models.base import KINDS
from rulebook.money import Money
from rulebook.rules import Rules
from rulebook.spreadsheets import MARK, safe, writer
from rulebook.templatetags.piepowder import money, state_label
from stores import health
from stores.charts import Bars, bars
from stores.health import LEVELS, PARTS, Day, Event, LeftOut, Named, Standing
from stores.indicators import Figure, Indicator, indicators
from stores.models import Store

PER_PAGE = 50
HOME = ("positive_rate", "odr", "on_time_rate", "dispute_rate")
"""What a seller wants to know every day."""

Link = Callable[[str, UUID], str]


@dataclass(frozen=True)
class Door:
    """How a door addresses the pages."""

    here: str
    page: Callable[[str], str]
    table: Callable[[str, str], str]
    link: Link


# ------------------------------------------------------------------ all indicators


def overview(store: Store, at: datetime, door: Door) -> dict[str, Any]:
    """Every indicator, part by part; two statements."""
    rules = health.rules_of(store, at)
    found = health.figures_now(store, at)
    days = health.by_day(store.id, list(indicators().values()), at)
    rows = [
        {**row(figure, rules, at), "url": door.page(code), "chart": chart(figure.indicator, days[code], rules)}
        for code, figure in found.items()
    ]
    return {
        "parts": [
            {"title": PARTS.get(part, part), "key": part, "rows": [one for one in rows if one["part"] == part]}
            for part in _parts(found)
        ],
        "days": health.DAYS_SHOWN,
        "rated": health.is_rated(found, rules),
        "min_orders": rules.svc.min_orders,
        "orders": found["orders"].above if "orders" in found else 0,
    }


def _parts(found: Mapping[str, Figure]) -> list[str]:
    used = dict.fromkeys(figure.indicator.part for figure in found.values())
    return [*(part for part in PARTS if part in used), *(part for part in used if part not in PARTS)]


def card(store: Store, at: datetime, door: Door) -> list[dict[str, Any]]:
    """The few figures of the home page; one statement."""
    rules = health.rules_of(store, at)
    codes = [code for code in HOME if code in indicators()]
    return [
        {**row(figure, rules, at), "url": door.page(code)}
        for code, figure in health.figures_now(store, at, codes).items()
    ]


def row(figure: Figure, rules: Rules, at: datetime) -> dict[str, Any]:
    """One indicator as a line of a table."""
    one = figure.indicator
    stands = health.standing(one.code, figure.value, rules)
    return {
        "code": one.code,
        "part": one.part,
        "title": _(one.title),
        "formula": _(one.formula),
        "rule": one.rule,
        "value": health.value_text(one, figure.value),
        "empty": figure.value is None,
        "of": of_text(figure),
        "window": window_text(figure, at),
        "since": figure.since,
        "stands": stands,
        "limits": limits_text(stands, one) if stands else "",
    }


def of_text(figure: Figure) -> str:
    """What is divided by what."""
    one = figure.indicator
    if not one.below:
        return ""
    if one.unit == "average":
        return ngettext("{sum} stars in {n} review", "{sum} stars in {n} reviews", figure.below).format(
            sum=f"{figure.above:,}", n=f"{figure.below:,}"
        )
    return _("{above} of {below}").format(above=f"{figure.above:,}", below=f"{figure.below:,}")


def window_text(figure: Figure, at: datetime) -> str:
    """How far it looks back, by the value in force."""
    if figure.since is None:
        return _(figure.indicator.window_text) if figure.indicator.window_text else _("all time")
    days, rest = divmod(at - figure.since, timedelta(days=1))
    if rest or "month" in figure.indicator.window_text:
        return _(figure.indicator.window_text)
    return ngettext("{n} day", "{n} days", days).format(n=days)


def limits_text(stands: Standing, one: Indicator) -> str:
    """``excellent from 95 %, good from 90 %, pass from 80 %``."""
    unit = " %" if one.unit == "percent" else ""
    said = []
    for name, limit, high in stands.limits:
        if name in health.REACHED:
            word = str(LEVELS[name][0]).lower()
            text = _("{level} from {limit}") if high else _("{level} up to {limit}")
            said.append(text.format(level=word, limit=f"{limit.normalize():f}{unit}"))
    return ", ".join(said)


# ------------------------------------------------------------------ days


def chart(one: Indicator, days: list[Day], rules: Rules) -> dict[str, Any]:
    """Bars of the days: what is divided by behind, what counts in front; of averages the average itself."""
    if one.unit == "average":
        drawn: Bars = bars([float(day.value(one, rules) or 0) for day in days], top=5)
    else:
        drawn = bars([max(day.above, 0) for day in days], [max(day.below, 0) for day in days] if one.below else ())
    busy = [day for day in days if day.above or day.below]
    return {
        "drawn": drawn,
        "text": _spoken(one, busy, len(days), rules),
        "both": bool(one.below) and one.unit != "average",
    }


def _spoken(one: Indicator, busy: list[Day], count: int, rules: Rules) -> str:
    """The chart for who does not see it; the table has every day."""
    if not busy:
        return _("{title}: nothing in {count} days").format(title=_(one.title), count=count)
    above, below = sum(day.above for day in busy), sum(day.below for day in busy)
    total = _plain(one, above)
    if one.below and one.unit != "average":
        total = _("{above} of {below}").format(above=f"{above:,}", below=f"{below:,}")
    return _("{title} by day, {count} days: {total} on {busy} days").format(
        title=_(one.title), count=count, total=total, busy=len(busy)
    )


def day_rows(one: Indicator, days: list[Day], rules: Rules) -> list[dict[str, Any]]:
    """The chart as a table, newest first, without the days on which nothing was."""
    return [
        {
            "day": day.day,
            "above": _plain(one, day.above),
            "below": f"{day.below:,}" if one.below else "",
            "value": health.value_text(one, day.value(one, rules)),
        }
        for day in reversed(days)
        if day.above or day.below
    ]


def _plain(one: Indicator, value: int) -> str:
    return money(Money(value, "USD")) if one.unit == "money" else f"{value:,}"


# ------------------------------------------------------------------ one indicator


def find(code: str) -> Indicator:
    """404 for a code that nobody registered."""
    one = health.known(code)
    if one is None:
        raise Http404
    return one


def detail(store: Store, code: str, at: datetime, asked: QueryDict, door: Door) -> dict[str, Any]:
    """One indicator with its days and the orders behind it: a constant number of statements."""
    one, rules = find(code), health.rules_of(store, at)
    figure = health.figures_now(store, at, [code])[code]
    days = health.by_day(store.id, [one], at)[code]
    spans = health.spans_of(one, store.id, at, rules)
    side = asked.get("side", "above")
    side = side if side in spans else "above"
    page = health.page_of(spans[side], after=asked.get("after", ""), before=asked.get("before", ""), limit=PER_PAGE)
    skipped = health.left_out(store, one, spans, rules)
    names = health.named(one.roots, [event.root_id for event in page.events] + [out.root_id for out in skipped])
    return {
        "figure": {**row(figure, rules, at), "before": one.base(store) if one.base else 0},
        "side": side,
        "chart": chart(one, days, rules),
        "days": day_rows(one, days, rules),
        "days_shown": health.DAYS_SHOWN,
        "headings": sides(one),
        "many": bool(one.below),
        "worklist": _list(one, side, spans, page, names, rules, door),
        "csv_url": door.table(code, side),
        "left_out": [_left_out(out, names.get(out.root_id), one, door) for out in skipped],
        "left_out_most": len(skipped) >= PER_PAGE,
    }


def sides(one: Indicator) -> dict[str, str]:
    """What the two sides of the line are called."""
    if not one.below:
        return {"above": _("Counted")}
    return {"above": _("Counted"), "below": _("Divided by")}


def _list(
    one: Indicator,
    side: str,
    spans: Mapping[str, Any],
    page: health.Page,
    names: Mapping[UUID, Named],
    rules: Rules,
    door: Door,
) -> dict[str, Any]:
    shift = health.shift_of(one, rules)
    heads = sides(one)
    here = door.page(one.code)
    turn = {
        name: f"{here}?side={side}&{way}={place}" if place else ""
        for name, way, place in (("newer", "before", page.newer), ("older", "after", page.older))
    }
    return {
        "id": "behind",
        "title": _("Listings behind it") if one.roots == "listing" else _("Orders behind it"),
        "sorted_by": _("moment, newest first"),
        "filters": [
            {"label": heads[name], "url": f"{here}?side={name}", "active": name == side, "count": None}
            for name in spans
        ]
        if len(spans) > 1
        else [],
        "columns": [
            {"label": _("Listing") if one.roots == "listing" else _("Order")},
            {"label": _("Counted at")},
            {"label": _("Counts")},
            {"label": _("State")},
            {"label": _("Price") if one.roots == "listing" else _("Total"), "num": True},
        ],
        "rows": [_row(one, event, names.get(event.root_id), shift, door) for event in page.events],
        "pager": turn,
        "empty": {
            "title": _("Nothing counts here now"),
            "text": _("What makes the figure is listed as soon as it falls into the window."),
            "icon": "orders",
        },
    }


def _row(one: Indicator, event: Event, name: Named | None, shift: timedelta, door: Door) -> dict[str, Any]:
    known = name or Named(public_id(KINDS[one.roots].PREFIX, event.root_id))
    return {
        "id": health.write(event),
        "title": known.name,
        "subtitle": known.note,
        "url": door.link(one.roots, event.root_id),
        "cells": [
            {"kind": "moment", "value": event.at + shift},
            {"kind": "text", "value": counts_text(one, event.value)},
            {"kind": "state", "value": known.state, "tone": "", "label": ""},
            {"kind": "money", "value": known.amount},
        ],
    }


def counts_text(one: Indicator, value: int) -> str:
    """What one event adds: a number, an amount, or stars."""
    return money(Money(value, "USD")) if one.unit == "money" else f"{value:,}"


def _left_out(out: LeftOut, name: Named | None, one: Indicator, door: Door) -> dict[str, Any]:
    return {
        "name": name.name if name else public_id(KINDS[one.roots].PREFIX, out.root_id),
        "note": name.note if name else "",
        "url": door.link(one.roots, out.root_id),
        "at": out.at,
        "rule": out.rule,
        "text": out.text,
    }


# ------------------------------------------------------------------ for spreadsheets


def table(store: Store, code: str, at: datetime, side: str) -> Iterator[str]:
    """Everything behind one side of an indicator, newest first, written while it is read."""
    one, rules = find(code), health.rules_of(store, at)
    spans = health.spans_of(one, store.id, at, rules)
    shift = health.shift_of(one, rules)
    lines = writer()
    yield MARK
    yield lines.writerow(
        [_("Id"), _("Name"), _("Counted at (UTC)"), _("Counts"), _("State"), _("Amount"), _("Currency")]
    )
    for events in health.all_of(spans[side if side in spans else "above"]):
        names = health.named(one.roots, [event.root_id for event in events])
        for event in events:
            yield lines.writerow(_line(one, event, names.get(event.root_id), shift))


def _line(one: Indicator, event: Event, name: Named | None, shift: timedelta) -> list[Any]:
    known = name or Named("")
    value = Decimal(event.value).scaleb(-2) if one.unit == "money" else event.value
    return [
        public_id(KINDS[one.roots].PREFIX, event.root_id),
        safe(known.name),
        (event.at + shift).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        str(value),
        state_label(known.state) if known.state else "",
        known.amount.amount if known.amount else "",
        known.amount.currency if known.amount else "",
    ]
