"""Stores and listings as the API gives them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from rulebook.actors import BUYER, MODERATOR, SELLER, Actor
from rulebook.api.resources import (
    Filter,
    Resource,
    by_moments,
    by_reference,
    by_state,
    everything,
    hides,
    of_his_stores,
    register,
)
from rulebook.inputs import Text
from rulebook.models import JournalEntry
from stores.models import DeliveryTemplate, Listing, Penalty, Store, Warehouse
from stores.states import ListingState, PenaltyState

STORES = register(
    Resource(
        model=Store,
        collection="stores",
        about=_("Stores, with deposit and standing."),
        seen={SELLER: of_his_stores("id"), MODERATOR: everything},
        filters={
            "subdomain": Filter(
                Text(help=_("Its address on the marketplace."), longest=32, default=None), "subdomain__iexact"
            )
        },
        links={"seller": ("seller_id", "sel")},
    )
)

LISTINGS = register(
    Resource(
        model=Listing,
        collection="listings",
        about=_("What stores offer. Buyers see what is online."),
        seen={SELLER: of_his_stores(), MODERATOR: everything, BUYER: lambda actor: Q(state=ListingState.LIVE)},
        filters={"store": by_reference("sto", "store_id", _("Of this store.")), "state": by_state(Listing)},
        links={"store": ("store_id", "sto")},
        private=frozenset({BUYER}),
    )
)

TEMPLATES = register(
    Resource(
        model=DeliveryTemplate,
        collection="delivery-templates",
        about=_("Promises and charges for delivery that listings share."),
        seen={SELLER: of_his_stores(), MODERATOR: everything},
        narrowed={MODERATOR: ("store",)},
        filters={"store": by_reference("sto", "store_id", _("Of this store.")), "state": by_state(DeliveryTemplate)},
        links={"store": ("store_id", "sto")},
    )
)

WAREHOUSES = register(
    Resource(
        model=Warehouse,
        collection="warehouses",
        about=_("Warehouses abroad that sellers declared."),
        seen={SELLER: of_his_stores(), MODERATOR: everything},
        narrowed={MODERATOR: ("store",)},
        filters={"store": by_reference("sto", "store_id", _("Of this store.")), "state": by_state(Warehouse)},
        links={"store": ("store_id", "sto")},
    )
)


def _confirmed(actor: Actor) -> Q:
    """What one moderator proposes is nobody else's to read until another one confirms it (V-22)."""
    return of_his_stores()(actor) & ~Q(state=PenaltyState.PROPOSED)


PENALTIES = register(
    Resource(
        model=Penalty,
        collection="penalties",
        about=_("Penalties in force and earlier ones, with points, reasons and appeals."),
        seen={SELLER: _confirmed, MODERATOR: everything},
        order=("proposed_at", "id"),
        narrowed={MODERATOR: ("store",)},
        filters={
            "store": by_reference("sto", "store_id", _("Of this store.")),
            "state": by_state(Penalty),
            **by_moments("proposed_at", "proposed"),
        },
        links={"store": ("store_id", "sto")},
    )
)


@hides
def until_it_is_confirmed(actor: Actor, entries: Sequence[JournalEntry]) -> set[UUID]:
    """A proposal of a penalty is the platform's own; what the store reads begins with its confirmation."""
    if actor.kind == MODERATOR:
        return set()
    return {entry.id for entry in entries if entry.act == "penalty.propose"}
