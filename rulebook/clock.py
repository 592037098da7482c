"""The only place that asks what time it is. Everything inside a docket reads the docket's moment instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+)\s*([dhms])")


class Clock(Protocol):
    """Something that knows the moment, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is moved: scenarios, replays, tests."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        return self.moment

    def move_to(self, moment: datetime) -> None:
        """Forward only: a clock that goes back would fire deadlines before their causes."""
        if moment < self.moment:
            raise ValueError(
                f"the clock stands at {self.moment.isoformat()} and does not go back to {moment.isoformat()}"
            )
        self.moment = moment.astimezone(UTC)


system = SystemClock()


def now() -> datetime:
    """The present moment, in UTC."""
    return system.now()


def parse_duration(text: object) -> timedelta:
    """``12d``, ``3d 4h``, ``30m``, ``-400d``. ValueError for anything else."""
    raw = str(text).strip()
    sign, body = (-1, raw[1:]) if raw.startswith("-") else (1, raw)
    parts = _PART.findall(body)
    if raw == "0":
        return timedelta(0)
    if not parts or _PART.sub("", body).strip():
        raise ValueError(f"{raw!r} is not a length of time: write it like 12d, 3d 4h or 30m (units d h m s)")
    try:
        return timedelta(seconds=sign * sum(int(number) * _UNITS[unit] for number, unit in parts))
    except OverflowError:
        raise ValueError(f"{raw!r} is longer than any calendar") from None


def duration_text(delta: timedelta) -> str:
    """The inverse of `parse_duration`: ``15d 23h 59m``; ``0d`` for nothing. Fractions of a second are dropped."""
    seconds = int(delta.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    parts = []
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return sign + (" ".join(parts) or "0d")
