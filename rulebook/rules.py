"""The rules as they stand at a moment, for a store, a category, a country: what the code reads its numbers from.

rules = rulebook.at(moment, store=order.store_id, category="home-garden", country="US")
rules.dispute.response_days                       # 5
rules.commission.rate["home-garden"]              # 800 basis points
rules.return_.ship_days                           # a Python word gets an underscore
"""

from __future__ import annotations

import keyword
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from rulebook.parameters import (
    REPEALED,
    Parameter,
    Structure,
    Table,
    all_parameters,
    coerce,
    parameter,
    split_key,
    to_json,
)
from rulebook.parameters.loading import platform_zone
from rulebook.parameters.units import merged, table_keys

ALWAYS = datetime.min.replace(tzinfo=UTC)
SCOPES = ("store", "category", "country")  # the strongest first


@dataclass(frozen=True)
class AmendmentValue:
    """A value that holds from an instant on, for everybody or inside a scope.

    value: as written (`8` for 8 per cent, `50.00 USD`). scope: any of store, category, country; all named must match,
    a category takes in its sub-categories.
    """

    key: str
    table_key: tuple[str, ...] | None
    value: Any
    in_force_from: datetime
    scope: Mapping[str, str] | None = None

    @classmethod
    def from_text(
        cls, text: str, value: Any, in_force_from: datetime, scope: Mapping[str, str] | None = None
    ) -> AmendmentValue:
        """From the written key: `commission.rate[home-garden]`. Raises `UnknownParameter`."""
        key, named = split_key(text)
        return cls(key, named or None, value, in_force_from, scope)


@dataclass(frozen=True)
class _Change:
    """One step in the history of a parameter: a new value, or (rows) some cells or entries of it."""

    at: datetime
    value: Any = None
    rows: Mapping[tuple[str, ...], Any] | None = None
    scope: Mapping[str, str] = field(default_factory=dict)

    def apply(self, old: Any, shape: Parameter) -> Any:
        if self.rows is not None:
            if isinstance(old, Table):
                return old.with_rows(self.rows)
            return shape.table(Table(shape.keys, {}).with_rows(self.rows).rows)
        return merged(old, self.value)

    def rank(self, context: Mapping[str, str | None]) -> tuple[bool, int, bool] | None:
        """How strongly it speaks about the context; None if it does not."""
        depth = 0
        for name, wanted in self.scope.items():
            here = context.get(name)
            if here is None or not (here == wanted or (name == "category" and here.startswith(wanted + "/"))):
                return None
            if name == "category":
                depth = wanted.count("/") + 1
        return "store" in self.scope, depth, "country" in self.scope


class Rulebook:
    """All parameters with their histories, overridden and amended; immutable. Ask it with `at`.

    overrides: full key (also `commission.rate[home-garden]`) → value as written, in force at every moment. For a table
    a mapping sets the rows it names, anything else sets all. A mapping of dates to values gives a history.
    Raises `UnknownParameter` and `ValueError`.
    """

    def __init__(self, overrides: Mapping[str, Any] | None = None, amendments: Iterable[AmendmentValue] = ()) -> None:
        histories, instants = _written()
        self._general: dict[str, list[_Change]] = dict(
            histories
        )  # a history that changes is replaced, never changed in place
        self._scoped: dict[str, list[_Change]] = defaultdict(list)
        for text, raw in (overrides or {}).items():
            self._override(text, raw)
        for amendment in amendments:
            self._amend(amendment)
        own = [changes for key, changes in self._general.items() if changes is not histories[key]]
        every = (*own, *self._scoped.values())
        for changes in every:
            changes.sort(key=lambda change: change.at)  # stable: of two at once the later-named wins
        self._instants = sorted(instants.union(change.at for changes in every for change in changes) - {ALWAYS})
        self._views: dict[Any, Rules] = {}
        self.scoped = bool(self._scoped)
        """Whether anything depends on a store, a category or a country at all."""

    def at(
        self, moment: datetime, *, store: object = None, category: str | None = None, country: str | None = None
    ) -> Rules:
        """The rules in force at the moment (aware); the same object for all moments between two changes."""
        place = bisect_right(self._instants, moment)
        which = (place, store, category, country) if self.scoped else place
        found = self._views.get(which)
        if found is None:
            found = self._open(which, place, {"store": store, "category": category, "country": country})
        return found

    def key_changes(self, key: str) -> list[datetime]:
        """The instants at which the parameter changes for anybody, in order."""
        parameter(key)
        return sorted({change.at for change in (*self._general[key], *self._scoped.get(key, ()))} - {ALWAYS})

    def keys_read(self) -> set[str]:
        """The parameters that anybody has read so far: an override of another one changed nothing."""
        return {key for rules in self._views.values() for key in rules._values}

    def resolve(self, key: str, moment: datetime, context: Mapping[str, str | None]) -> Any:
        """The value of one parameter; `Rules` remembers it. Raises `UnknownParameter` and `NoValueThen`."""
        if key not in self._scoped and self._general.get(key) is _written()[0].get(key):
            return _as_written(key, moment)
        shape = parameter(key)
        value = _applied(self._general[key], shape, moment)
        speaking = [
            (rank, change)
            for change in self._scoped.get(key, ())
            if change.at <= moment and (rank := change.rank(context)) is not None
        ]
        for _, change in sorted(speaking, key=lambda ranked: ranked[0]):
            value = change.apply(value, shape)
        return shape.checked(value, moment)

    def _open(self, which: Any, place: int, context: Mapping[str, object]) -> Rules:
        if len(self._views) > 20_000:  # stores × categories × countries that one process happened to meet
            self._views.clear()
        moment = self._instants[place - 1] if place else ALWAYS
        named = {name: None if here is None else str(here) for name, here in context.items()}  # ids of stores too
        found = self._views[which] = Rules(self, moment, named)
        return found

    def _override(self, text: str, raw: Any) -> None:
        key, named = split_key(text)
        shape = parameter(key)
        if isinstance(raw, Mapping) and raw and not named and all(isinstance(day, date) for day in raw):
            history = [_change(shape, named, value, _instant(day), {}) for day, value in raw.items()]
            self._general[key] = [*history]
            return
        change = _change(shape, named, raw, ALWAYS, {})
        kept = self._general[key] if _is_part(shape, change) else []
        self._general[key] = [
            *(_Change(old.at, change.apply(old.value, shape)) for old in kept if old.value is not REPEALED),
            *([] if kept else [change]),
        ]

    def _amend(self, amendment: AmendmentValue) -> None:
        shape = parameter(amendment.key)
        scope = {name: str(wanted) for name, wanted in (amendment.scope or {}).items() if wanted}
        if strange := sorted(set(scope) - set(SCOPES)):
            raise ValueError(f"{amendment.key}: {strange[0]!r} is no scope; scopes are {', '.join(SCOPES)}")
        change = _change(shape, amendment.table_key or (), amendment.value, amendment.in_force_from, scope)
        if scope:
            self._scoped[amendment.key].append(change)
        else:
            self._general[amendment.key] = [*self._general[amendment.key], change]


class Rules:
    """The rules of one moment and scope. Groups are attributes, values attributes of those."""

    def __init__(self, rulebook: Rulebook, moment: datetime, context: Mapping[str, str | None]) -> None:
        self._rulebook, self._moment, self._context = rulebook, moment, context
        self._values: dict[str, Any] = {}
        self._shown: dict[str, Any] = {}

    def value(self, key: str) -> Any:
        """The value by its full key. Raises `UnknownParameter` and `NoValueThen`."""
        try:
            return self._values[key]
        except KeyError:
            value = self._values[key] = self._rulebook.resolve(key, self._moment, self._context)
            return value

    def shown(self, key: str) -> Any:
        """The value as JSON holds it."""
        try:
            return self._shown[key]
        except KeyError:
            shown = self._shown[key] = to_json(self.value(key))
            return shown

    def reading(self, log: dict[str, Any]) -> Rules:
        """The same rules; each value read through them is noted in `log`, by key, as JSON holds it.

        Of a table only the cells that were looked up: `commission.rate[home-garden]`.
        """
        return _ReadingRules(self, log)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _remember(self, name, _member(self, "", name))


class _ReadingRules(Rules):
    def __init__(self, rules: Rules, log: dict[str, Any]) -> None:
        self._rules, self._log = rules, log

    def value(self, key: str) -> Any:
        value = self._rules.value(key)
        if isinstance(value, Table):
            return _ReadingTable(key, value, self._log)
        self._log[key] = self._rules.shown(key)
        return value

    def shown(self, key: str) -> Any:
        return self._rules.shown(key)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _member(self, "", name)  # not remembered: the two would hold each other, and there is one for every act

    def reading(self, log: dict[str, Any]) -> Rules:
        return _ReadingRules(self._rules, log)


class _ReadingTable(Table):
    __slots__ = ("_key", "_log", "_table")

    def __init__(self, key: str, table: Table, log: dict[str, Any]) -> None:
        self.keys, self.rows, self._rows = table.keys, table.rows, table._rows
        self._key, self._table, self._log = key, table, log

    def __getitem__(self, named: Any) -> Any:
        value = self._table[named]
        shown = ",".join(map(str, named)) if isinstance(named, tuple) else str(named)
        self._log[f"{self._key}[{shown}]"] = to_json(value)
        return value


class _Group:
    """Parameters under one prefix: `rules.listing`, `rules.listing.cap`."""

    def __init__(self, rules: Rules, prefix: str) -> None:
        self._rules, self._prefix = rules, prefix

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _remember(self, name, _member(self._rules, self._prefix, name))


def _member(rules: Rules, prefix: str, name: str) -> Any:
    path, is_group = _meant(prefix, name)
    return _Group(rules, path) if is_group else rules.value(path)


@lru_cache(maxsize=4096)
def _meant(prefix: str, name: str) -> tuple[str, bool]:
    """What an attribute of a group stands for: the full key or prefix, and whether it is one."""
    path = f"{prefix}.{_plain_name(name)}" if prefix else _plain_name(name)
    return path, path in _groups() and path not in all_parameters()


def _remember(owner: Rules | _Group, name: str, value: Any) -> Any:
    owner.__dict__[name] = value  # the next read does not come this way again
    return value


def _plain_name(name: str) -> str:
    """`return_` → `return`: Python keeps some words for itself."""
    return name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name


@lru_cache(maxsize=1)
def _written() -> tuple[dict[str, list[_Change]], frozenset[datetime]]:
    """The histories as the files give them, in order, and the instants at which anything changes; shared by all rulebooks."""
    histories = {
        key: sorted((_Change(at, value) for at, value in found.versions), key=lambda change: change.at)
        for key, found in all_parameters().items()
    }
    return histories, frozenset(change.at for changes in histories.values() for change in changes)


@lru_cache(maxsize=8192)
def _as_written(key: str, moment: datetime) -> Any:
    """A value that nobody amended, the same for all rulebooks; asked for at the few instants at which something changes."""
    shape = parameter(key)
    return shape.checked(_applied(_written()[0][key], shape, moment), moment)


def _applied(history: Iterable[_Change], shape: Parameter, moment: datetime) -> Any:
    value: Any = REPEALED
    for change in history:
        if change.at <= moment:
            value = change.apply(value, shape)
    return value


@lru_cache(maxsize=1)
def _groups() -> frozenset[str]:
    """The prefixes that are no parameters themselves. Built whole: a thread must never see half of it."""
    parts = (key.split(".") for key in all_parameters())
    return frozenset(".".join(names[:depth]) for names in parts for depth in range(1, len(names)))


def _change(shape: Parameter, named: tuple[str, ...], raw: Any, at: datetime, scope: Mapping[str, str]) -> _Change:
    if named:
        cell = coerce(shape, raw, named)
        return _Change(at, rows=dict.fromkeys(table_keys(shape, named), cell), scope=scope)
    value = coerce(shape, raw)
    return _Change(at, rows=value, scope=scope) if shape.is_table else _Change(at, value, scope=scope)


def _is_part(shape: Parameter, change: _Change) -> bool:
    """Whether it leaves something of the old value standing."""
    return isinstance(change.value, Structure) if change.rows is None else () not in change.rows


def _instant(day: date) -> datetime:
    """A written date begins at 00:00 platform time; a written moment is itself."""
    if isinstance(day, datetime):
        return day.astimezone(UTC)
    return datetime.combine(day, time(), platform_zone({})).astimezone(UTC)


__all__ = ["AmendmentValue", "Rulebook", "Rules"]
