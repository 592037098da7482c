"""Speaking with PostgreSQL: how rows look there, several statements in one message, rows as COPY text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import psycopg
from django.db import connection, models
from django.db.models.base import ModelState
from django.utils.translation import gettext as _
from psycopg.postgres import types as postgres_types
from psycopg.types.json import Jsonb

from rulebook.refusals import Stale

Statement = tuple[str, list[Any]]

_PLAIN_INSTANTS = psycopg.adapters.get_loader(postgres_types["timestamptz"].oid, psycopg.pq.Format.TEXT)


def as_json(value: Any) -> Jsonb:
    """A value for a JSON column."""
    return Jsonb(value, dumps=orjson.dumps)


class Shape:
    """How a model's rows look in the database."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        self.model = model
        self.table = f'"{model._meta.db_table}"'
        self.names = [field.attname for field in fields]
        self.columns = [f'"{field.column}"' for field in fields]
        self.types = [field.db_type(connection) or "" for field in fields]
        self.json = [isinstance(field, models.JSONField) for field in fields]
        self.json_at = [index for index, is_json in enumerate(self.json) if is_json]
        self.place = {name: index for index, name in enumerate(self.names)}
        self.select = f"SELECT {', '.join(self.columns)} FROM {self.table}"

    def object(self, row: Sequence[Any]) -> Any:
        """An instance from a raw row, as `from_db` would make it."""
        obj = self.model.__new__(self.model)
        values = dict(zip(self.names, row, strict=True))
        for index in self.json_at:
            name = self.names[index]
            if isinstance(values[name], str):
                values[name] = orjson.loads(values[name])
        obj.__dict__.update(values)
        obj._state = state = ModelState()
        state.adding, state.db = False, "default"
        return obj

    def row(self, obj: Any) -> list[Any]:
        values = obj.__dict__
        row = [values[name] for name in self.names]
        for index in self.json_at:
            if not isinstance(row[index], dict | list):
                row[index] = as_json(row[index])
        return row

    def differing(self, now: dict[str, Any], was: dict[str, Any]) -> list[str]:
        """Columns that changed; most values are the same objects, which is seen without comparing them."""
        return [name for name in self.names if now[name] is not was[name] and now[name] != was[name]]


@cache
def shape(model: type[models.Model]) -> Shape:
    return Shape(model)


def insert(table: str, columns: list[str], rows: list[list[Any]]) -> Statement:
    one = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * len(rows))}", [
        bound(value) for row in rows for value in row
    ]


def run(statements: list[Statement], expected: Sequence[tuple[int, str] | None] = ()) -> list[list[Any]]:
    """Send the statements in one message; the rows of each. Stale when one touched fewer rows than expected."""
    if not statements:
        return []
    sql = "; ".join(statement for statement, _ in statements)
    params = [value for _, values in statements for value in values]
    results: list[list[Any]] = []
    with connection.cursor() as cursor:
        raw = cursor.cursor
        raw.adapters.register_loader("timestamptz", _PLAIN_INSTANTS)  # Django's own goes through Python for every value
        cursor.execute(sql, params)
        for index in range(len(statements)):
            results.append(raw.fetchall() if raw.description else [])
            wanted = expected[index] if index < len(expected) else None
            if wanted is not None and raw.rowcount != wanted[0]:
                raise Stale(
                    _(
                        "The {kind} was changed by somebody else at the same time; nothing was done. Look, then try again."
                    ).format(kind=wanted[1])
                )
            if index + 1 < len(statements):
                raw.nextset()
    return results


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

_special = re.compile(r"[\\\t\n\r]").search


def _json_text(value: Any) -> str:
    return orjson.dumps(value).decode().replace("\\", "\\\\")  # JSON has no other character that COPY minds


_WRITTEN: dict[type, Any] = {
    UUID: lambda value: f"{value.int:032x}",
    str: lambda value: value if _special(value) is None else value.translate(_ESCAPES),
    int: str,
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
    type(None): lambda value: "\\N",
    dict: _json_text,
    list: _json_text,
    Jsonb: lambda value: _json_text(value.obj),
}


def copy_line(row: Sequence[Any]) -> str:
    """A row in the text form of COPY; a third of the work of handing every value to a dumper of its own."""
    try:
        return "\t".join([_WRITTEN[type(value)](value) for value in row]) + "\n"
    except KeyError:  # states are a kind of text
        return "\t".join([(_WRITTEN.get(type(value)) or _other)(value) for value in row]) + "\n"


def bound(value: Any) -> Any:
    """A value as a statement's parameter: structures go into JSON columns."""
    return as_json(value) if isinstance(value, dict | list) else value


def _other(value: Any) -> str:
    if isinstance(value, dict | list):
        return _json_text(value)
    if isinstance(value, str | int):
        return _WRITTEN[str if isinstance(value, str) else int](value.value if hasattr(value, "value") else value)
    raise TypeError(f"{value!r} has no form in COPY")
