"""What a page is about, by the public id in its address. What is not there, or is of another kind, is a 404."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest

from rulebook.admin.base import actor_of
from rulebook.docket import Docket
from rulebook.ids import parse_id
from rulebook.rehearsal import look


def identity_of(model: Any, text: str) -> UUID:
    try:
        return parse_id(text, model.PREFIX)
    except ValueError as strange:
        raise Http404 from strange


def held(request: HttpRequest, model: Any, text: str) -> tuple[Any, Docket]:
    """The object with all that its rules read."""
    identity = identity_of(model, text)
    docket = look(model, [identity], actor_of(request))
    found = docket.held.get(identity)
    if not isinstance(found, model):
        raise Http404
    return found, docket
