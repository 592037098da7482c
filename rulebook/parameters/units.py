"""Units: what a written value may look like, what it becomes, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from django.utils.translation import gettext, ngettext

from rulebook.money import Money
from rulebook.parameters.parameter import Parameter
from rulebook.parameters.tables import ANY, Structure, Table
from rulebook.reading_yaml import parse

Row = tuple[str, ...]

WHOLE = ("natural days", "working days", "hours", "minutes", "calendar months", "count")
UNITS = (*WHOLE, "percent", "ratio", "money", "date", "moment", "text", "list", "switch", "structure")

LONGEST = 18
"""Digits before or behind the point: 1E+999999999 is short to write and fills the memory when it is counted with."""
_SHORT = {"natural days": "d", "hours": "h", "minutes": "m"}
_MONEY = re.compile(r"-?\d+(\.\d+)? [A-Z]{3}")
_ON = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def coerce(parameter: Parameter, raw: Any, table_key: str | tuple[str, ...] | None = None) -> Any:
    """The value written as `raw` (text of a form, or from YAML or JSON), in the parameter's unit.

    For a table without `table_key`: the rows to set, by key, `()` being all of them; the keys named may be fewer than
    the table's. Raises `ValueError` with a sentence for the person who wrote it.
    """
    if not parameter.is_table or table_key:
        return coerce_one(parameter, raw)
    if isinstance(raw, Table):
        return dict(raw.rows)
    if isinstance(raw, Mapping) and raw:
        return dict(_rows(parameter, raw, ()))
    return {(): coerce_one(parameter, raw)}


def coerce_one(parameter: Parameter, raw: Any) -> Any:
    """One value, or one cell of a table."""
    if _is_off(raw):
        if parameter.may_be_off:
            return None
        if raw is None:
            raise ValueError(f"{parameter.key}: a value is missing")
    try:
        value = _READERS[parameter.unit](raw, parameter)
    except (ValueError, InvalidOperation, TypeError, yaml.YAMLError) as problem:
        reason = f" ({problem})" if isinstance(problem, ValueError) and str(problem) else ""
        raise ValueError(f"{parameter.key}: {raw!r} is not a value in {parameter.unit}{reason}") from problem
    _check_bounds(parameter, value)
    return value


def table_keys(parameter: Parameter, named: str | tuple[str, ...]) -> list[tuple[str, ...]]:
    """The rows that a written table key means: one, or one for each member of a group such as LATAM."""
    codes = (named,) if isinstance(named, str) else tuple(named)
    found: list[tuple[str, ...]] = [()]
    for code in codes:
        members = parameter.groups.get(str(code), (str(code),))
        found = [(*row, member) for row in found for member in members]
    return found


def _rows(parameter: Parameter, raw: Mapping[Any, Any], above: Row) -> Iterator[tuple[Row, Any]]:
    for code, value in raw.items():
        codes = (*above, *code) if isinstance(code, tuple) else (*above, str(code))
        if len(codes) > len(parameter.keys):
            by = ", ".join(parameter.keys)
            raise ValueError(f"{parameter.key}: {code!r} is one key too many; it is read by {by}")
        if isinstance(value, Mapping) and len(codes) < len(parameter.keys):
            yield from _rows(parameter, value, codes)
            continue
        cell = coerce_one(parameter, value)
        for row in table_keys(parameter, codes):
            yield row, cell


def _is_off(raw: Any) -> bool:
    return raw is None or raw is False or (isinstance(raw, str) and raw.strip().lower() == "off")


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise ValueError("a number is needed")
    number = Decimal(str(raw).strip())
    if not number.is_finite() or abs(number.adjusted()) > LONGEST:
        raise ValueError("a number that can be written out is needed")
    return number


def _whole(raw: Any, parameter: Parameter) -> int:
    if isinstance(raw, str):
        raw = raw.strip().removesuffix(parameter.unit).strip()
        raw = raw.removesuffix(_SHORT.get(parameter.unit, parameter.unit)).strip()
    number = _number(raw)
    if number != number.to_integral_value():
        raise ValueError("a whole number is needed")
    return int(number)


def _percent(raw: Any, parameter: Parameter) -> int:
    number = _number(raw.strip().removesuffix("%") if isinstance(raw, str) else raw)
    points = number * 100
    if points != points.to_integral_value():
        raise ValueError("no finer than a hundredth of a per cent")
    if not 0 <= number <= 100:
        raise ValueError("from 0 to 100")
    return int(points)


def _ratio(raw: Any, parameter: Parameter) -> Decimal:
    number = _number(raw)
    if number < 0:
        raise ValueError("not below zero")
    return number


def _money(raw: Any, parameter: Parameter) -> Money:
    if isinstance(raw, Money):
        return raw
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        raw = f"{raw} {_currency_of(parameter)}"
    if not isinstance(raw, str):
        raise ValueError("an amount with its currency is needed, such as 50.00 USD")
    return Money.parse(raw)


def _currency_of(parameter: Parameter) -> str:
    """What a bare number is meant in: the currency that all values so far have; empty where there is none."""
    values = [value for _since, value in parameter.versions if isinstance(value, Money)]
    return values[-1].currency if values and len({value.currency for value in values}) == 1 else ""


def _date(raw: Any, parameter: Parameter) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    return date.fromisoformat(str(raw).strip())


def _moment(raw: Any, parameter: Parameter) -> datetime:
    moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw).strip())
    if moment.tzinfo is None:
        raise ValueError("the offset from UTC is missing")
    return moment.astimezone(UTC)


def _text(raw: Any, parameter: Parameter) -> str:
    if not isinstance(raw, str | int) or isinstance(raw, bool):
        raise ValueError("a text is needed")
    return _chosen(parameter, str(raw)) if parameter.choices else str(raw)


def _list(raw: Any, parameter: Parameter) -> tuple[Any, ...]:
    if isinstance(raw, Mapping):
        raise ValueError("a list is needed")
    if isinstance(raw, str):
        raw = [part.strip() for part in raw.split(",") if part.strip()]
    elements = raw if isinstance(raw, list | tuple | set | frozenset) else [raw]
    found = tuple(_element(element) for element in elements)
    return tuple(_chosen(parameter, str(element)) for element in found) if parameter.choices else found


def _element(raw: Any) -> Any:
    if isinstance(raw, str) and raw.isdecimal():
        return int(raw)
    if not isinstance(raw, str | int) or isinstance(raw, bool):
        raise ValueError("a list holds texts and whole numbers")
    return raw


def _switch(raw: Any, parameter: Parameter) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in _ON:
        return _ON[raw.strip().lower()]
    raise ValueError("true or false")


def _structure(raw: Any, parameter: Parameter) -> Any:
    if isinstance(raw, str):
        raw = parse(raw)
    if not isinstance(raw, Mapping):
        raise ValueError("a mapping is needed")
    return _frozen(raw)


def _frozen(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return Structure({str(name): _frozen(value) for name, value in raw.items()})
    if isinstance(raw, list | tuple):
        return tuple(_frozen(value) for value in raw)
    if isinstance(raw, float):
        return Decimal(str(raw))
    if isinstance(raw, str) and _MONEY.fullmatch(raw):
        return Money.parse(raw)
    return raw


_READERS: dict[str, Callable[[Any, Parameter], Any]] = {
    **dict.fromkeys(WHOLE, _whole),
    "percent": _percent,
    "ratio": _ratio,
    "money": _money,
    "date": _date,
    "moment": _moment,
    "text": _text,
    "list": _list,
    "switch": _switch,
    "structure": _structure,
}


def _chosen(parameter: Parameter, text: str) -> str:
    """The choice that is meant: codes compare without case."""
    for choice in parameter.choices:
        if choice.casefold() == text.strip().casefold():
            return choice
    raise ValueError(f"one of {', '.join(parameter.choices)}")


def _check_bounds(parameter: Parameter, value: Any) -> None:
    amount = value.minor if isinstance(value, Money) else value
    least = parameter.least if parameter.least is not None else 0
    if isinstance(amount, int | Decimal) and not isinstance(amount, bool):
        if amount < least:
            raise ValueError(f"{parameter.key}: {to_json(value)} is below the least that is allowed, {least}")
        if parameter.most is not None and amount > parameter.most:
            raise ValueError(f"{parameter.key}: {to_json(value)} is above the most that is allowed, {parameter.most}")


def merged(old: Any, new: Any) -> Any:
    """A structure with the entries that `new` names replaced, however deep; anything else is replaced whole."""
    if not (isinstance(old, Structure) and isinstance(new, Structure)):
        return new
    return Structure({**old, **{name: merged(old.get(name), value) for name, value in new.items()}})


_PLAIN = frozenset((str, int, bool, type(None)))


def to_json(value: Any) -> Any:
    """The value as JSON holds it: money, decimals and dates as text, a table by its keys."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Table):
        return {",".join(row): to_json(cell) for row, cell in value.rows.items()}
    if isinstance(value, Mapping):
        return {str(name): to_json(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Money | Decimal | date):
        return str(value)
    return value


def describe(parameter: Parameter, value: Any) -> str:
    """The value as a reader expects it, in the reader's language: `5 natural days`, `8 %`, `off`."""
    if value is None:
        return gettext("off")
    if isinstance(value, Table):
        names = ((gettext("any other") if set(row) == {ANY} else ", ".join(row)) for row in value.rows)
        cells = (describe(parameter, cell) for cell in value.rows.values())
        return "; ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True))
    if parameter.unit == "percent":
        return f"{_plain(Decimal(value) / 100)} %"
    if parameter.unit == "switch":
        return gettext("yes") if value else gettext("no")
    if parameter.unit == "list":
        return ", ".join(map(str, value)) or gettext("none")
    if parameter.unit in WHOLE:
        return _counted(parameter.unit, value)
    if isinstance(value, Mapping):
        return str(to_json(value))
    return str(value)


def _counted(unit: str, number: int) -> str:
    texts = {
        "natural days": ngettext("%(n)s natural day", "%(n)s natural days", number),
        "working days": ngettext("%(n)s working day", "%(n)s working days", number),
        "hours": ngettext("%(n)s hour", "%(n)s hours", number),
        "minutes": ngettext("%(n)s minute", "%(n)s minutes", number),
        "calendar months": ngettext("%(n)s calendar month", "%(n)s calendar months", number),
    }
    return texts.get(unit, "%(n)s") % {"n": number}


def _plain(number: Decimal) -> str:
    """Without an exponent and without idle zeros."""
    return format(number.normalize(), "f")
