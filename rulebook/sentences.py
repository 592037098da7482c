"""One sentence for every transition and every refusal, made from rule and facts where it is read, in the reader's language and zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from string import Formatter
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_currency
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rulebook.articles import label as rule_label
from rulebook.money import Money

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")
_MONEY = re.compile(r"-?\d+(\.\d+)? [A-Z]{3}")
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")

REFUSALS: dict[str, str] = {
    "": gettext_noop("This is not possible under {rule}."),
    "wrong_state": gettext_noop("This is not possible while the {kind} is {state}."),
}
"""Refusal code to template. Apps add theirs with `say`."""


def say(**templates: str) -> None:
    """Register refusal templates by code."""
    REFUSALS.update(templates)


_STATES: dict[tuple[str, str], str] = {}


def name_states(kind: str, words: Mapping[str, str]) -> None:
    """Register how states of a kind are said after "is"; a code's own words serve where none are."""
    _STATES.update({(kind, state): said for state, said in words.items()})


def refusal_sentence(refusal: Any) -> str:
    """What stood in the way, under which rule, and from when on it will be possible."""
    parts = [_("{text} ({rule})").format(text=refusal_text(refusal).rstrip("."), rule=rule_label(refusal.rule)) + "."]
    if refusal.not_before is not None:
        parts.append(_("It will be possible from {moment}.").format(moment=moment_text(refusal.not_before)))
    return " ".join(parts)


def refusal_text(refusal: Any) -> str:
    """What stood in the way, alone: for pages that set rule and moment beside it."""
    template = REFUSALS.get(refusal.says, refusal.says or REFUSALS[""])
    facts = {**refusal.facts, "rule": rule_label(refusal.rule)}
    said = _STATES.get((facts.get("kind", ""), str(facts.get("state", ""))))
    return fill(template, facts if said is None else {**facts, "state": translation.gettext(said)})


def why(entry: Any, *, zone: tzinfo | None = None) -> str:
    """Why the entry's subject stands as it does: ``Closed under Article 34: the 7-day handling period ended on …``."""
    from rulebook.models.base import KINDS
    from rulebook.rule import rules_of

    kind, _dot, name = entry.act.partition(".")
    law = rules_of(KINDS[kind]).get(name) if kind in KINDS else None
    template = law.says if law is not None and law.says else gettext_noop("{act} under {rule}.")
    facts = {
        **entry.facts,
        "rule": rule_label(entry.rule),
        "act": name.replace("_", " ").capitalize(),
        "at": entry.effective_at,
    }
    return fill(template, facts, zone=zone)


def fill(template: str, facts: Mapping[str, Any], *, zone: tzinfo | None = None) -> str:
    """The template in the reader's language with the facts written his way; a fact that is not there shows as a dash."""
    words = {
        name: fact_text(facts.get(name), zone) for _literal, name, _spec, _conv in Formatter().parse(template) if name
    }
    return translation.gettext(template).format(**words)


def fact_text(value: Any, zone: tzinfo | None = None) -> str:
    """A fact as people read it: moments with their zone, money with its currency, codes as words."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return moment_text(value, zone)
    if isinstance(value, Money):
        return money_text(value)
    if not isinstance(value, str):
        return str(value)
    try:
        if _INSTANT.fullmatch(value):
            return moment_text(datetime.fromisoformat(value.replace("Z", "+00:00")), zone)
        if _MONEY.fullmatch(value):
            return money_text(Money.parse(value))
    except ValueError:  # somebody's own words that only look like one: "100 PCS"
        return value
    return value.replace("_", " ") if _CODE.fullmatch(value) else str(value)


def moment_text(moment: datetime, zone: tzinfo | None = None) -> str:
    """``7 March 2026, 14:00 UTC+8``: absolute, in the reader's zone, with the zone written out."""
    local = moment.astimezone(zone or timezone.get_current_timezone())
    offset = local.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign, minutes = ("+", minutes) if minutes >= 0 else ("−", -minutes)
    written = f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "") if minutes else "UTC"
    seconds = ":ss" if local.second else ""
    return f"{format_datetime(local, f'd MMMM y, HH:mm{seconds}', locale=_locale())} {written}"


def money_text(money: Money) -> str:
    """``138.00 USD`` in the reader's number format, code behind."""
    from decimal import Decimal

    return format_currency(
        Decimal(money.amount), money.currency, format="#,##0.00\u00a0¤¤", locale=_locale(), currency_digits=True
    )


def _locale() -> str:
    return translation.to_locale(translation.get_language() or "en")


__all__ = [
    "REFUSALS",
    "UTC",
    "fact_text",
    "fill",
    "moment_text",
    "money_text",
    "refusal_sentence",
    "refusal_text",
    "say",
    "why",
]
