"""The rulebook in force: the files' values and the database's approved amendments."""

from __future__ import annotations

import time
from typing import Any

from rulebook.rules import AmendmentValue, Rulebook

FRESH_FOR = 20.0
"""Seconds. An amendment is announced days before it comes into force, so nobody misses one by reading it a little later."""

_cache: list[tuple[float, Rulebook]] = []


def amendment_value(amendment: Any) -> AmendmentValue:
    """The rulebook's form of an amendment record."""
    return AmendmentValue.from_text(
        amendment.parameter, amendment.value, amendment.in_force_from, amendment.scope or None
    )


def current_rulebook() -> Rulebook:
    """As of now; read again from the database when older than `FRESH_FOR`, or after `forget`."""
    if _cache and time.monotonic() - _cache[0][0] < FRESH_FOR:
        return _cache[0][1]
    rulebook = Rulebook(amendments=standing_amendments())
    _cache[:] = [(time.monotonic(), rulebook)]
    return rulebook


def standing_amendments() -> list[AmendmentValue]:
    """All that are approved, whether in force already or announced."""
    from rulebook.models import Amendment

    standing = Amendment.objects.filter(state__in=["approved", "in_force"]).order_by("in_force_from", "id")
    return [amendment_value(amendment) for amendment in standing]


def forget() -> None:
    """Read the amendments anew at the next docket."""
    _cache.clear()
