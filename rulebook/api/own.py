"""What the rulebook itself gives to read: amendments."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from rulebook.actors import MODERATOR
from rulebook.api.resources import Resource, by_state, everything, register
from rulebook.models import Amendment

AMENDMENTS = register(
    Resource(
        model=Amendment,
        collection="amendments",
        about=_("New values of the rulebook's parameters: proposed, approved, in force."),
        seen={MODERATOR: everything},
        order=("proposed_at", "id"),
        filters={"state": by_state(Amendment)},
    )
)
