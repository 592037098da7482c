"""What may stand in the way of a store's transitions. Each looks at loaded facts only."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from rulebook.refusals import Refused


def in_plus(store: Any, docket: Any) -> None:
    """PLUS-14: only a member can leave."""
    if not store.plus:
        raise Refused("PLUS-14", _("The store is not in Plus."))


def not_in_plus(store: Any, docket: Any) -> None:
    """PLUS-15: a member in good standing has nothing to join."""
    if store.in_plus:
        raise Refused("PLUS-15", _("The store is in Plus already."))


def too_many_late(store: Any, docket: Any) -> bool:
    """PLUS-18: so many late orders take the store out, of those since it last joined."""
    late = docket.total(store.id, "plus_late") - store.plus_late_before
    return bool(store.in_plus and late >= docket.rules_for(store).plus.late_store_orders)


def undecided(warehouse: Any, docket: Any) -> None:
    """A38E-3: one answer to one late declaration."""
    if warehouse.decision:
        raise Refused("A38E-3", _("This case was decided: {decision}."), decision=warehouse.decision)


def demoted(listing: Any, docket: Any) -> None:
    """A31-2: only what was put down can be put back."""
    if listing.cheating == "none":
        raise Refused("A31-2", _("The listing is ranked as all others."))
