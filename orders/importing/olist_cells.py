"""The cells of Olist's tables: moments, amounts, ids."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
DAY = timedelta(days=1)


class Unusable(ValueError):
    """A row that cannot be mapped: the kind of reason, and the detail."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


def moment(text: str) -> datetime:
    """``2017-10-02 10:56:33`` or, month first, ``10/2/2017 10:56``: São Paulo's time, summer time included; in UTC."""
    if "/" in text:
        day_text, _, time_text = text.partition(" ")
        month, day, year = day_text.split("/")
        hour, minute, *rest = (time_text or "0:00").split(":")
        local = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(rest[0]) if rest else 0, tzinfo=ZONE
        )
    else:
        local = datetime.fromisoformat(text)
        if local.tzinfo is not None:
            raise ValueError("Olist writes local times")
        local = local.replace(tzinfo=ZONE)
    if local.year < 2000:
        raise ValueError("before there were marketplaces")
    return local.astimezone(UTC)


def moment_cell(text: str, column: str, latest: datetime | None) -> datetime | None:
    """None for an empty cell. Unusable when it is no moment, or lies after `latest`."""
    if not text:
        return None
    try:
        found = moment(text)
    except (ValueError, OverflowError):
        raise Unusable("not a moment", f"{column} {text[:40]!r}") from None
    if latest is not None and found > latest:
        raise Unusable("lies in the future", f"{column} {text[:40]}")
    return found


def needed(found: datetime | None, column: str) -> datetime:
    if found is None:
        raise Unusable("a moment is missing", column)
    return found


def whole_days(delta: timedelta) -> int:
    """Rounded up, at least one."""
    return max(1, -(-delta // DAY))


def minor(text: str, column: str) -> int:
    whole, _, fraction = text.partition(".")
    if (
        text.isascii()
        and whole.isdigit()
        and len(whole) <= 10
        and len(fraction) <= 2
        and (fraction.isdigit() or not fraction)
    ):
        return int(whole) * 100 + int(fraction.ljust(2, "0"))
    try:
        cents = Decimal(text) * 100
        if cents.is_finite() and 0 <= cents < 10**12 and cents == cents.to_integral_value():
            return int(cents)
    except InvalidOperation:
        pass
    raise Unusable("not an amount", f"{column} {text[:40]!r}")


_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def known(text: str, column: str) -> str:
    if not _ID.fullmatch(text):
        raise Unusable("not an id", f"{column} {text[:40]!r}")
    return text


def plain(text: str) -> str:
    return " ".join("".join(char for char in text if char.isprintable()).split())[:60].title()
