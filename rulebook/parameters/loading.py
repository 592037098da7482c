"""From the YAML files to parameters, refusing whatever a reader could misread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from rulebook.articles import is_known
from rulebook.parameters.parameter import REPEALED, Parameter, ParameterError
from rulebook.parameters.units import UNITS, coerce
from rulebook.reading_yaml import parse

ORIGINS = ("article", "ours")
DEFAULT_ZONE = "Asia/Shanghai"

_NEEDED = {"rule", "unit", "values", "help"}
_FIELDS = {*_NEEDED, "also", "keys", "origin", "off", "choices", "min", "max", "groups", "exact", "staff"}


def read_parameters(files: Mapping[str, str]) -> dict[str, Parameter]:
    """Parameters by full key, from file texts by group. Raises `ParameterError`, naming file and key."""
    documents = {group: _document(group, text) for group, text in files.items()}
    zone = platform_zone(documents.get("platform", {}))
    return {
        f"{group}.{key}": _parameter(group, key, entry, zone)
        for group, document in documents.items()
        for key, entry in document.items()
    }


def platform_zone(platform: Mapping[str, Any]) -> ZoneInfo:
    """The zone in which the dates of the files begin: the first value of `platform.tz`."""
    values = platform.get("tz", {}).get("values", {})
    return ZoneInfo(next(iter(values.values()), DEFAULT_ZONE))


def _document(group: str, text: str) -> dict[str, Any]:
    try:
        return parse(text) or {}
    except yaml.YAMLError as problem:
        raise ParameterError(f"{group}.yaml: {problem}") from problem


def _parameter(group: str, key: str, entry: Any, zone: ZoneInfo) -> Parameter:
    where = f"{group}.yaml: {key}"
    if not isinstance(entry, Mapping):
        raise ParameterError(f"{where}: an entry is a mapping with rule, unit, values and help")
    if strange := sorted(set(entry) - _FIELDS):
        raise ParameterError(f"{where}: unknown field {strange[0]!r}; fields are {', '.join(sorted(_FIELDS))}")
    _check_words(where, entry)
    shape = Parameter(
        key=f"{group}.{key}",
        rule=entry["rule"],
        also=tuple(entry.get("also", ())),
        unit=entry["unit"],
        help=entry["help"],
        keys=tuple(entry.get("keys", ())),
        origin=entry.get("origin", "article"),
        may_be_off=entry.get("off", False),
        choices=tuple(entry.get("choices", ())),
        least=entry.get("min"),
        most=entry.get("max"),
        exact=entry.get("exact", False),
        staff=entry.get("staff", False),
        groups={name: tuple(members) for name, members in entry.get("groups", {}).items()},
    )
    return _with_versions(where, shape, entry.get("values"), zone)


def _check_words(where: str, entry: Mapping[str, Any]) -> None:
    for rule_id in [entry.get("rule"), *entry.get("also", ())]:
        if not rule_id or not is_known(rule_id):
            raise ParameterError(f"{where}: the rulebook has no rule {rule_id!r}")
    if entry.get("unit") not in UNITS:
        raise ParameterError(f"{where}: unknown unit {entry.get('unit')!r}; units are {', '.join(UNITS)}")
    if entry.get("origin", "article") not in ORIGINS:
        raise ParameterError(f"{where}: the origin is one of {', '.join(ORIGINS)}, not {entry['origin']!r}")
    if not entry.get("help"):
        raise ParameterError(f"{where}: a line of help is missing")


def _with_versions(where: str, shape: Parameter, values: Any, zone: ZoneInfo) -> Parameter:
    if not isinstance(values, Mapping) or not values:
        raise ParameterError(f"{where}: there are no values")
    for day in values:
        if not isinstance(day, date):
            raise ParameterError(f"{where}: {day!r} is not a date such as 2010-01-01")
    if list(values) != sorted(values):
        raise ParameterError(f"{where}: the dates are not in order")
    versions = tuple((_begin(day, zone), _value(where, shape, raw)) for day, raw in values.items())
    return Parameter(**{**shape.__dict__, "versions": versions})


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _value(where: str, shape: Parameter, raw: Any) -> Any:
    if raw is None:
        return REPEALED
    try:
        if not shape.is_table:
            return coerce(shape, raw)
        if not isinstance(raw, Mapping):
            raise ValueError(f"a table by {', '.join(shape.keys)} is a mapping of them to values")
        rows = {_whole_row(shape, row): cell for row, cell in coerce(shape, raw).items()}
        return shape.table(rows)
    except ValueError as problem:
        raise ParameterError(f"{where}: {problem}") from problem


def _whole_row(shape: Parameter, row: tuple[str, ...]) -> tuple[str, ...]:
    return row + ("*",) * (len(shape.keys) - len(row))
