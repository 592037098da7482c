"""Loading is declared: an aggregate says once what its rules read, and both sources bring it, for one object or a thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Many:
    """Rows that point at the object by `by`, as a list in order of their making. `when`: only for objects that say so."""

    model: type
    by: str
    when: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """The row whose id is in the object's column `at`. `lock`: ``share``, ``update`` or none."""

    model: type
    at: str
    lock: str | None = "share"


Brought = Many | Ref

BRINGS: dict[type, dict[str, Brought]] = {}
_LISTS: dict[type, tuple[str, ...]] = {}


def brings(model: type, **declared: Brought) -> None:
    """Add to what comes along with `model`. Upper apps add theirs, so that a root's lock brings what they hang on it."""
    BRINGS.setdefault(model, {}).update(declared)
    _LISTS.pop(model, None)
    indexed.cache_clear()


def brought_by(model: type) -> dict[str, Brought]:
    return BRINGS.get(model, {})


def lists_of(model: type) -> tuple[str, ...]:
    """The attributes that hold lists of what was brought."""
    found = _LISTS.get(model)
    if found is None:
        found = _LISTS[model] = tuple(name for name, link in brought_by(model).items() if isinstance(link, Many))
    return found


@cache
def indexed() -> frozenset[tuple[type, str]]:
    """The columns by which rows are brought; memory keeps an index on each."""
    return frozenset(
        (link.model, link.by) for links in BRINGS.values() for link in links.values() if isinstance(link, Many)
    )


def put(obj: Any, attribute: str, link: Brought, value: Any) -> None:
    """Hang what was brought on the object: a list, or the object behind a foreign key (no query later)."""
    if isinstance(link, Many):
        obj.__dict__[attribute] = value
    else:
        obj._state.fields_cache[attribute] = value


def tie(obj: Any, **others: Any) -> Any:
    """Set objects behind foreign keys of a new record without the descriptors' checks; the columns are set already."""
    obj._state.fields_cache.update(others)
    return obj
