"""What can be done about stores and what they offer."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from rulebook.actions import action
from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.inputs import Choice, Codes, Flag, Moment, Reference, Rows, Text, Whole
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.refusals import Invalid, NotFound
from stores.models import DeliveryTemplate, Listing, Store, Warehouse
from stores.states import METHODS

# ------------------------------------------------------------------ Plus


@action("seller.leave_plus", on=Store, may="manage_store", opens=Store.leave_plus, label=_("Leave Plus"))
def leave_plus(docket: Docket, store: Store) -> Store:
    """Leave Plus; the badges go at once, the goods stay on sale (PLUS-14)."""
    store.leave_plus(docket)
    return store


@action("seller.join_plus", on=Store, may="manage_store", opens=Store.join_plus, needs=["totals"], label=_("Join Plus"))
def join_plus(docket: Docket, store: Store) -> Store:
    """Join Plus, or come back to it (PLUS-15)."""
    store.join_plus(docket)
    return store


# ------------------------------------------------------------------ warehouses


@action(
    "seller.declare_warehouse",
    on=Store,
    may="manage_store",
    creates=Warehouse,
    label=_("Declare a warehouse"),
    inputs={
        "country": Text(label=_("Country"), longest=2, lines=1, help=_("Two letters, like DE.")),
        "established": Moment(label=_("Set up on"), from_step=True, default=None, help=_("Left out: today.")),
    },
)
def declare_warehouse(docket: Docket, store: Store, *, country: str, established: datetime | None) -> Warehouse:
    """Tell of a warehouse abroad with goods that are sold here (A38E-1)."""
    if established is not None and established > docket.at:
        raise Invalid({"established": [_now("This moment is still to come.")]})
    warehouse = make(
        Warehouse,
        id=new_id(),
        store_id=store.id,
        country=country.upper(),
        established_at=established or docket.at,
        declared_at=docket.at,
        due_at=docket.at,
    )
    tie(warehouse, store=store)
    docket.add(warehouse)
    warehouse.declare(docket)
    return warehouse


REASON = Text(label=_("Reasons"), help=_("The seller reads them."))
COUNTRIES = Codes(label=_("Countries"), help=_("Two letters each, like DE, FR."), longest=2)
REASONED = {"reason": REASON}
BLOCKING = {"countries": COUNTRIES, **REASONED}

watching = partial(action, may="watch_stores")


@watching(
    "moderator.block_for_warehouse",
    on=Warehouse,
    opens=Warehouse.answer_with_block,
    label=_("Block the products"),
    inputs=BLOCKING,
)
def block_for_warehouse(docket: Docket, warehouse: Warehouse, *, countries: list[str], reason: str) -> Warehouse:
    """Answer a late declaration by blocking the store's products for countries (A38E-3)."""
    warehouse.answer_with_block(docket, countries=countries, reason=reason)
    return warehouse


@watching(
    "moderator.refer_warehouse",
    on=Warehouse,
    opens=Warehouse.refer,
    label=_("Keep further consequences open"),
    inputs=REASONED,
)
def refer_warehouse(docket: Docket, warehouse: Warehouse, *, reason: str) -> Warehouse:
    """The breach did other harm; penalties and claims may follow (A38E-4)."""
    warehouse.refer(docket, reason=reason)
    return warehouse


@watching(
    "moderator.excuse_warehouse",
    on=Warehouse,
    opens=Warehouse.excuse,
    label=_("Excuse the delay"),
    inputs=REASONED,
)
def excuse_warehouse(docket: Docket, warehouse: Warehouse, *, reason: str) -> Warehouse:
    """Nothing follows from a late declaration (A38E-3 leaves it to the platform)."""
    warehouse.excuse(docket, reason=reason)
    return warehouse


@watching(
    "moderator.block_countries",
    on=Store,
    opens=Store.block_countries,
    label=_("Block countries"),
    inputs=BLOCKING,
)
def block_countries(docket: Docket, store: Store, *, countries: list[str], reason: str) -> Store:
    """Nothing of the store is sold to these countries any more (A38E-3)."""
    store.block_countries(docket, countries=countries, reason=reason)
    return store


@watching(
    "moderator.unblock_countries",
    on=Store,
    opens=Store.unblock_countries,
    label=_("Unblock countries"),
    inputs=BLOCKING,
)
def unblock_countries(docket: Docket, store: Store, *, countries: list[str], reason: str) -> Store:
    """The store may sell there again."""
    store.unblock_countries(docket, countries=countries, reason=reason)
    return store


@watching(
    "moderator.block_listing_countries",
    on=Listing,
    opens=Listing.block_countries,
    label=_("Block countries"),
    stands_for="moderator.block_countries",
    inputs=BLOCKING,
)
def block_listing_countries(docket: Docket, listing: Listing, *, countries: list[str], reason: str) -> Listing:
    """This product is not sold to these countries any more (A38E-3)."""
    listing.block_countries(docket, countries=countries, reason=reason)
    return listing


# ------------------------------------------------------------------ search ranking

DEGREES = {
    "product_demoted": _("This product stands lower"),
    "store_demoted": _("It stands as low as goods of a demoted store"),
    "blocked": _("It is not found at all"),
}


@action(
    "moderator.demote_listing",
    on=Listing,
    may="review_listings",
    opens=Listing.demote,
    label=_("Lower in searches"),
    inputs={"degree": Choice(label=_("Degree"), options=DEGREES), "reason": REASON},
)
def demote_listing(docket: Docket, listing: Listing, *, degree: str, reason: str) -> Listing:
    """Search cheating was found: the listing loses its place in searches (A31-2)."""
    listing.demote(docket, degree=degree, reason=reason)
    return listing


@action(
    "moderator.restore_ranking",
    on=Listing,
    may="review_listings",
    opens=Listing.restore_ranking,
    label=_("Rank as all others"),
    inputs=REASONED,
)
def restore_ranking(docket: Docket, listing: Listing, *, reason: str) -> Listing:
    """The listing gets its place in searches back (A31-2)."""
    listing.restore_ranking(docket, reason=reason)
    return listing


# ------------------------------------------------------------------ delivery templates

TOLD = {"included": _("Included in the fee"), "buyer": _("The buyer pays on arrival"), "none": _("There are none")}

ENTRIES = Rows(
    label=_("Promises"),
    fields={
        "method": Choice(label=_("Method"), options=METHODS, default="standard"),
        "country": Text(label=_("Country"), longest=2, lines=1, default="*", help=_("Two letters; * for anywhere.")),
        "days": Whole(label=_("Days promised"), default=20, most=365),
        "fee": Text(label=_("Fee"), longest=30, lines=1, default="0.00 USD"),
        "worry_free": Flag(label=_("Worry-free logistics")),
        "online": Flag(label=_("Online logistics"), default=True),
        "carrier_charges": Choice(label=_("The carrier's further charges"), options=TOLD, default=None),
        "duties": Choice(label=_("Customs duties"), options=TOLD, default=None),
        "vat": Choice(label=_("VAT"), options=TOLD, default=None),
    },
)


def _entries(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are kept: the country in capitals, the fee as money."""
    for number, row in enumerate(rows, 1):
        row["country"] = row["country"].upper()
        try:
            row["fee"] = str(Money.parse(row["fee"]))
        except ValueError:
            raise Invalid(
                {"entries": [_now("Row {number}: write the fee like 3.50 USD.").format(number=number)]}
            ) from None
    return rows


@action(
    "seller.create_delivery_template",
    on=Store,
    may="manage_listings",
    creates=DeliveryTemplate,
    label=_("Write a delivery template"),
    inputs={"name": Text(label=_("Name"), longest=80, lines=1), "entries": ENTRIES},
)
def create_template(docket: Docket, store: Store, *, name: str, entries: list[dict[str, Any]]) -> DeliveryTemplate:
    """Promises and charges that listings share (A37-3, AS-1)."""
    if docket.source.find(DeliveryTemplate, store_id=store.id, name=name):
        raise Invalid({"name": [_now("There is a template of this name already.")]})
    template = make(
        DeliveryTemplate, id=new_id(), store_id=store.id, name=name, entries=_entries(entries), made_at=docket.at
    )
    tie(template, store=store)
    docket.add(template)
    template.write(docket)
    return template


@action(
    "seller.change_delivery_template",
    on=DeliveryTemplate,
    may="manage_listings",
    opens=DeliveryTemplate.change,
    label=_("Change the promises"),
    inputs={"entries": ENTRIES},
)
def change_template(docket: Docket, template: DeliveryTemplate, *, entries: list[dict[str, Any]]) -> DeliveryTemplate:
    """For orders from now on."""
    template.change(docket, entries=_entries(entries))
    return template


@action(
    "seller.retire_delivery_template",
    on=DeliveryTemplate,
    may="manage_listings",
    opens=DeliveryTemplate.retire,
    label=_("Retire"),
)
def retire_template(docket: Docket, template: DeliveryTemplate) -> DeliveryTemplate:
    """No further listing takes it."""
    template.retire(docket)
    return template


@action(
    "seller.use_delivery_template",
    on=Listing,
    may="manage_listings",
    opens=Listing.use_template,
    label=_("Take a delivery template"),
    inputs={"template": Reference(label=_("Template"), prefix="dlt")},
)
def use_template(docket: Docket, listing: Listing, *, template: Any) -> Listing:
    """The listing promises what the template says."""
    found = docket.lock(DeliveryTemplate, template)
    if found.store_id != listing.store_id:
        raise NotFound(_now("There is no such template."))
    listing.use_template(docket, template=found)
    return listing
