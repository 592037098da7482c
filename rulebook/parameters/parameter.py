"""One parameter: what it is counted in, whose rule it is, and which value it had since when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from rulebook.parameters.tables import ANY, Table


class ParameterError(ValueError):
    """A parameter file that is wrong; the message names file and key."""


class UnknownParameter(LookupError):
    """A key that the rulebook does not hold; the message names the nearest known ones."""


class NoValueThen(LookupError):
    """The parameter has no value at the asked moment: repealed, or not begun yet. The message names both."""


class _Repealed:
    def __repr__(self) -> str:
        return "REPEALED"


REPEALED: Final = _Repealed()


@dataclass(frozen=True)
class Parameter:
    """versions: (first instant in UTC, value) in order; a value is what `coerce` makes of the file's, or REPEALED.

    keys: what a table is read by. exact: the table has no row for "any other". also: further rules that it serves. staff: for
    the platform's own people only (A31-1).
    """

    key: str
    rule: str
    unit: str
    help: str
    versions: tuple[tuple[datetime, Any], ...] = ()
    keys: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    origin: str = "article"
    may_be_off: bool = False
    choices: tuple[str, ...] = ()
    least: int | Decimal | None = None
    most: int | Decimal | None = None
    exact: bool = False
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    staff: bool = False

    @property
    def is_table(self) -> bool:
        return bool(self.keys)

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]

    def at(self, moment: datetime) -> Any:
        """The value that the rulebook itself has at the moment, amendments aside. Raises `NoValueThen`."""
        place = bisect_right(self.versions, moment, key=lambda version: version[0])
        return self.checked(self.versions[place - 1][1] if place else REPEALED, moment)

    def checked(self, value: Any, moment: datetime) -> Any:
        """The value, unless it is REPEALED: then `NoValueThen`."""
        if value is REPEALED:
            first = self.versions[0][0] if self.versions else moment
            when = f"before {first:%d %B %Y, %H:%M}" if moment < first else f"from {moment:%d %B %Y, %H:%M} on"
            raise NoValueThen(f"{self.key} ({self.rule}) has no value {when} (UTC)")
        return value

    def table(self, rows: Mapping[tuple[str, ...], Any]) -> Table:
        """A complete table of this parameter. Raises `ValueError` if a row for `*` is missing or not allowed."""
        rest = (ANY,) * len(self.keys)
        if not self.exact and rest not in rows:
            raise ValueError(f"a table needs a row for {', '.join(rest)}, which stands for all others")
        return Table(self.keys, rows)
