"""Entering sellers, stores and listings that exist already: given ones of a story, an import's, the demonstration's.

What they went through before is not replayed; the entry itself is journalled (A14-1, A17-2, A16-1).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money
from stores.models import Listing, Seller, Store
from stores.states import DepositStatus, Guarantee, ListingState, SellerState, StoreState


def enrol_seller(
    docket: Docket, *, name: str, registered_at: datetime, state: str = SellerState.VERIFIED, **fields: Any
) -> Seller:
    """A seller as it stands."""
    seller = make(Seller, id=new_id(), name=name, state=state, registered_at=registered_at, **fields)
    docket.add(seller)
    seller.enrol(docket)
    return seller


def enrol_store(
    docket: Docket,
    seller: Seller,
    *,
    name: str,
    categories: list[str],
    opened_at: datetime | None,
    state: str = StoreState.OPEN,
    deposit: Money | None = None,
    guarantee: str = Guarantee.NONE,
    **fields: Any,
) -> Store:
    """A store with its deposit, or its bond (default: all that its categories ask for, A17-5, A17-9)."""
    table = docket.rules.deposit.amount if guarantee == Guarantee.NONE else docket.rules.bond.amount
    amounts = [table[category] for category in categories] or [Money(0, "CNY")]
    required = max(amounts, key=lambda amount: amount.minor)
    held = required if deposit is None else deposit
    identity = new_id()
    store = make(
        Store,
        id=identity,
        seller_id=seller.id,
        name=name,
        country=seller.country,
        subdomain=fields.pop("subdomain", None) or f"s{identity.hex[-20:]}",
        state=state,
        categories=categories,
        opened_at=opened_at,
        deposit_required_minor=required.minor,
        deposit_currency=required.currency,
        guarantee=guarantee,
        deposit_status=_status(docket, held.minor, required.minor, guarantee),
        **fields,
    )
    tie(store, seller=seller)
    docket.add(store)
    store.enrol(docket, held=held)
    return store


def _status(docket: Docket, held: int, required: int, guarantee: str) -> str:
    if not required:
        return str(DepositStatus.SUFFICIENT)
    supposed = make(Store, deposit_paid_minor=held, deposit_required_minor=required, guarantee=guarantee)
    return supposed.status_for(docket)


def enrol_listing(
    docket: Docket,
    store: Store,
    *,
    title: str,
    price: Money,
    category: str | None = None,
    state: str = ListingState.LIVE,
    delivery: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> Listing:
    """A listing with its promises (default: 20 days, standard, anywhere, free)."""
    promises = [promise_of(entry, price.currency) for entry in (delivery or [{"country": "*"}])]
    listing = make(
        Listing,
        id=new_id(),
        store_id=store.id,
        title=title,
        price_minor=price.minor,
        currency=price.currency,
        category=category or store.category,
        state=state,
        delivery=promises,
        **fields,
    )
    tie(listing, store=store)
    docket.add(listing)
    listing.enrol(docket)
    return listing


def promise_of(entry: dict[str, Any], currency: str) -> dict[str, Any]:
    """A delivery promise with its defaults filled in."""
    return {
        "method": "standard",
        "country": "US",
        "days": 20,
        "fee": f"0.00 {currency}",
        "worry_free": False,
        "online": True,
        "carrier_charges": "included",
        "duties": "included",
        "vat": "included",
        **entry,
    }
