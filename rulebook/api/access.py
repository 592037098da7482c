"""Who calls, and how far his key reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.utils.translation import gettext as _

from rulebook.actions import Action
from rulebook.actors import Actor
from rulebook.api.resources import collection_of
from rulebook.refusals import Forbidden


@dataclass(frozen=True, slots=True)
class Caller:
    """What an authenticator hands to the framework in the place of a user. zone: the reader's, for sentences."""

    actor: Actor
    zone: tzinfo
    is_authenticated: bool = True
    is_active: bool = True
    pk: Any = None


def reaches(actor: Actor, act: Action) -> bool:
    """Whether the key's scopes cover the action: by its name, or by the kind that it acts on or makes."""
    if actor.scopes is None or act.name in actor.scopes:
        return True
    return any(model is not None and collection_of(model) in actor.scopes for model in (act.on, act.creates))


def insist_on_scope(actor: Actor, *scopes: str) -> None:
    """Forbidden unless the key has one of these scopes (or none, which is all)."""
    if actor.scopes is not None and actor.scopes.isdisjoint(scopes):
        raise Forbidden(
            _("The key's scopes do not cover this; it would need: {scopes}.").format(scopes=_(" or ").join(scopes))
        )
