"""Addresses of things by their kind: a page of a lower app links to an upper app's without knowing it."""

from __future__ import annotations

from uuid import UUID

from django.urls import NoReverseMatch, reverse

from rulebook.ids import public_id
from rulebook.models.base import KINDS


def subject_url(kind: str, identity: UUID) -> str:
    """The page of an object, where the portal has one for its kind; else nothing."""
    try:
        return reverse(f"portal:{kind}", args=[public_id(KINDS[kind].PREFIX, identity)])
    except (NoReverseMatch, KeyError):
        return ""
