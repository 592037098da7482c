"""Keyset pages: the address holds a position, no rows are skipped or counted, and coming back shows the same rows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.http import QueryDict

PER_PAGE = 50
_LONGEST = 120


@dataclass(frozen=True)
class Page:
    """rows: in the list's order. newer, older: addresses of the neighbours, empty where there is none."""

    rows: list[Any]
    newer: str
    older: str

    @property
    def pager(self) -> dict[str, str]:
        return {"newer": self.newer, "older": self.older}


def page_of(rows: QuerySet[Any], asked: QueryDict, *keys: str, per_page: int = PER_PAGE) -> Page:
    """The page that `?after=` or `?before=` asks for; the first one when neither makes sense.

    keys: names of fields in the list's order, ``-`` for descending, unique together; all go the same way.
    """
    backwards = "before" in asked and "after" not in asked
    position = _read(asked.get("before" if backwards else "after", ""), [_kind(rows, key) for key in keys])
    backwards = backwards and position is not None
    order = [_turned(key) for key in keys] if backwards else list(keys)
    found = list((rows.filter(_beyond(order, position)) if position else rows).order_by(*order)[: per_page + 1])
    more = len(found) > per_page
    del found[per_page:]
    if backwards:
        found.reverse()
    newer, older = (more, True) if backwards else (position is not None, more)
    return Page(
        found,
        _address(asked, "before", found[0], keys) if found and newer else "",
        _address(asked, "after", found[-1], keys) if found and older else "",
    )


def _turned(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _beyond(order: Sequence[str], position: Sequence[Any]) -> Q:
    """Rows after the position: for two keys ``a <= x and (a < x or b < y)``, so that the index's range begins at x."""
    sign = "lt" if order[0].startswith("-") else "gt"
    names = [key.lstrip("-") for key in order]
    beyond = Q()
    for place in range(len(names)):
        same = Q(**dict(zip(names[:place], position[:place], strict=True)))
        beyond |= same & Q(**{f"{names[place]}__{sign}": position[place]})
    return Q(**{f"{names[0]}__{sign}e": position[0]}) & beyond


def _address(asked: QueryDict, way: str, row: Any, keys: Sequence[str]) -> str:
    query = asked.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query[way] = _write([getattr(row, key.lstrip("-")) for key in keys])
    return f"?{query.urlencode()}"


def _write(position: Sequence[Any]) -> str:
    words = [
        f"d{value.isoformat()}"
        if isinstance(value, datetime)
        else f"u{value.hex}"
        if isinstance(value, UUID)
        else f"n{value}"
        for value in position
    ]
    return base64.urlsafe_b64encode("~".join(words).encode()).decode().rstrip("=")


def _kind(rows: QuerySet[Any], key: str) -> type:
    field = rows.model._meta.get_field(key.lstrip("-"))
    return datetime if isinstance(field, models.DateTimeField) else UUID if isinstance(field, models.UUIDField) else int


def _read(text: str, kinds: Sequence[type]) -> list[Any] | None:
    """A position that `_write` wrote for keys of these kinds; None for anything else, whoever made it up."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        words = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode().split("~")
        position = [_value(word) for word in words]
    except (ValueError, binascii.Error, OverflowError):
        return None
    return position if [type(value) for value in position] == list(kinds) else None


def _value(word: str) -> Any:
    kind, rest = word[:1], word[1:]
    if kind == "d":
        moment = datetime.fromisoformat(rest)
        if moment.tzinfo is None:
            raise ValueError(word)
        return moment
    if kind == "u":
        return UUID(rest)
    number = int(rest)
    if kind != "n" or not 0 <= number < 2**31:
        raise ValueError(word)
    return number
