"""Addresses of things by their kind: a page of a lower app links to an upper app's without knowing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
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


_LEADS: dict[str, str] = {}


def leads(code: str, page: str) -> None:
    """A notice of this code leads to that page (a name under ``portal:``) of its subject, and not to the subject's own."""
    _LEADS[code] = page


def notice_url(notice: Any) -> str:
    """Where a notice leads: the page registered for its code, else its subject's, else its root's."""
    page = _LEADS.get(notice.code)
    if page is not None:
        return reverse(f"portal:{page}", args=[public_id(KINDS[notice.subject_kind].PREFIX, notice.subject_id)])
    return subject_url(notice.subject_kind, notice.subject_id) or subject_url(notice.root_kind, notice.root_id)
