"""What may stand in the way of a store's transitions. Each looks at loaded facts only."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from rulebook.refusals import Refused
from stores.states import COVER_ENDED


def in_plus(store: Any, docket: Any) -> None:
    """PLUS-14: only a member can leave."""
    if not store.plus:
        raise Refused("PLUS-14", _("The store is not in Plus."))


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


# ------------------------------------------------------------------ standing


def is_covered(store: Any, docket: Any) -> bool:
    return bool(store.aftersale_cover)


def covered(store: Any, docket: Any) -> None:
    """A48-1: only a member can leave the after-sale cover, or lose it."""
    if not store.aftersale_cover:
        raise Refused("A48-1", _("The store has no after-sale cover."))


def not_covered(store: Any, docket: Any) -> None:
    """A51-1: who was shut out stays out; a member has nothing to join."""
    if store.aftersale_cover:
        raise Refused("A51-1", _("The store has the after-sale cover already."))
    if COVER_ENDED in store.restrictions:
        raise Refused("A48-1", _("The platform ended the after-sale cover of this store."))


def confirmed_by_another(penalty: Any, docket: Any) -> None:
    """V-22: the second moderator is not the first."""
    if docket.actor.id is not None and docket.actor.id == penalty.proposed_by:
        raise Refused("V-22", _("A penalty is confirmed by another moderator than the one who proposed it."))


def decided_by_another(penalty: Any, docket: Any) -> None:
    """V-22: an appeal does not go back to the one who put the penalty in force."""
    if docket.actor.id is not None and docket.actor.id == penalty.confirmed_by:
        raise Refused("V-22", _("An appeal is decided by another moderator than the one who confirmed the penalty."))


def in_time_to_appeal(penalty: Any, docket: Any) -> None:
    """V-22: within a week of the confirmation."""
    if docket.deadline(penalty, "appeal") is None:
        raise Refused("V-22", _("The time to appeal is over."))
