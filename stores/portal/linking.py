"""Addresses of things by their kind: a page of a lower app links to an upper app's without knowing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from rulebook.ids import public_id
from rulebook.models.base import KINDS

Namer = Callable[[Iterable[UUID]], dict[UUID, str]]
_NAMERS: dict[str, Namer] = {}


def names(kind: str) -> Callable[[Namer], Namer]:
    """The function tells how people call things of this kind, many in one statement."""

    def register(namer: Namer) -> Namer:
        _NAMERS[kind] = namer
        return namer

    return register


def names_of(kind: str, identities: Iterable[UUID]) -> dict[UUID, str]:
    """Names by id; nothing for what nobody names."""
    wanted = list(identities)
    return _NAMERS[kind](wanted) if wanted and kind in _NAMERS else {}


def subject_url(kind: str, identity: UUID) -> str:
    """The page of an object, where the portal has one for its kind; else nothing."""
    try:
        return reverse(f"portal:{kind}", args=[public_id(KINDS[kind].PREFIX, identity)])
    except (NoReverseMatch, KeyError):
        return ""
