"""A small fair for tests that need a database: a store with its staff, a stranger's, two storefronts, moderators.

    fair = build_fair()                              # inside a test with the database; the clock stands at the present
    order = fair.shipped()                           # placed, paid and shipped by actions
    dispute = fair.disputed(refund="20.00 USD")      # opened at once: the lantern's delivery is quick (A39-2)
    fair.do("seller.reject_dispute", on=dispute, text="No.")
    fair.advance("7d")                               # moves fair.clock and sweeps what became due

Everything happens by actions at `fair.clock`. A page or the API asks the machine's clock: leave the fair's clock where
it stands, or wrap the request in ``time_machine.travel(fair.clock.now())``. With ``build_fair(begin=…)`` the story
starts in the past, and ``fair.advance`` brings it to the present.

People: `fair.staff["owner"]` (and every other role of a store), `fair.stranger` (owner of the other store),
`fair.moderators["arbitrator"]` (and every other role; `fair.second` is another one). All sign in with `PASSWORD`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from rulebook.actions import actions, perform
from rulebook.actors import BANK, BUYER, CARRIER, MODERATOR, PLATFORM_ROLES, SELLER, STAFF_ROLES, SYSTEM, Actor
from rulebook.clock import VirtualClock, now, parse_duration
from rulebook.docket import Docket
from rulebook.ids import new_id
from rulebook.money import Money
from rulebook.sweeper import sweep_all
from stores.acting import moderator_of, seller_of
from stores.enrolment import enrol_listing, enrol_seller, enrol_store
from stores.keys import make_key
from stores.models import Buyer, Listing, StaffMember, Store, Storefront, User

PASSWORD = "the fair opens at dawn"

LISTINGS: dict[str, dict[str, Any]] = {
    "lamp": {
        "title": "Paper lamp",
        "price": "138.00 USD",
        "handling_days": 7,
        "delivery": [{"country": "*", "days": 20, "fee": "6.50 USD"}],
    },
    "lantern": {
        "title": "Stone lantern",
        "price": "100.00 USD",
        "handling_days": 7,
        "delivery": [{"country": "*", "days": 5}],
    },
    "palace": {
        "title": "Doll's palace",
        "price": "900.00 USD",
        "handling_days": 7,
        "delivery": [{"country": "*", "days": 5}],
    },
}
"""Disputes about lantern and palace can be opened right after shipping; a ruling on a palace needs two moderators."""


class Fair:
    """What `build_fair` made; see the module for how to use it."""

    clock: VirtualClock
    store: Store
    other_store: Store
    listings: dict[str, Listing]
    other_listing: Listing
    storefront: Storefront
    other_storefront: Storefront
    buyer: Buyer
    other_buyer: Buyer
    staff: dict[str, User]
    stranger: User
    moderators: dict[str, User]
    second: User

    # ------------------------------------------------------------------ who acts

    def seller_actor(self, role: str = "owner", door: str = "portal") -> Actor:
        actor = seller_of(self.staff[role], self.store, door=door)
        assert actor is not None
        return actor

    def stranger_actor(self) -> Actor:
        actor = seller_of(self.stranger, self.other_store, door="portal")
        assert actor is not None
        return actor

    def buyer_actor(self, buyer: Buyer | None = None) -> Actor:
        who = buyer or self.buyer
        return Actor(
            kind=BUYER,
            id=who.id,
            name=who.name,
            roles=frozenset({BUYER}),
            storefront=who.storefront_id,
            country=who.country,
            door="api",
        )

    def moderator_actor(self, who: str | User = "arbitrator", door: str = "console") -> Actor:
        actor = moderator_of(self.moderators[who] if isinstance(who, str) else who, door=door)
        assert actor is not None
        return actor

    def actor_for(self, name: str) -> Actor:
        """Who takes it by default: the store's owner, the buyer, a moderator whose role may, a carrier, the bank."""
        kind = name.split(".", 1)[0]
        if kind == SELLER:
            return self.seller_actor()
        if kind == BUYER:
            return self.buyer_actor()
        if kind == MODERATOR:
            actors = (self.moderator_actor(role) for role in PLATFORM_ROLES)
            return next(actor for actor in actors if actor.may(actions()[name].may))
        assert kind in (CARRIER, BANK)
        return Actor(kind=kind, id=new_id(), name=kind, roles=frozenset({kind}), door="api")

    # ------------------------------------------------------------------ what they do

    def do(self, name: str, *, on: Any, as_: Actor | None = None, **inputs: Any) -> Any:
        """Take an action at the fair's clock; returns the object it made or changed, as it now stands."""
        done = perform(name, actor=as_ or self.actor_for(name), on=on, inputs=inputs, clock=self.clock)
        return self.fresh(done.object)

    def fresh(self, obj: Any) -> Any:
        return type(obj).objects.get(pk=obj.pk)

    def placed(self, listing: str = "lamp", buyer: Buyer | None = None, **inputs: Any) -> Any:
        return self.do("buyer.place_order", on=self.listings[listing], as_=self.buyer_actor(buyer), **inputs)

    def paid(self, listing: str = "lamp", buyer: Buyer | None = None, **inputs: Any) -> Any:
        return self.do("buyer.pay", on=self.placed(listing, buyer, **inputs), as_=self.buyer_actor(buyer))

    def shipped(self, listing: str = "lamp", buyer: Buyer | None = None, **inputs: Any) -> Any:
        order = self.paid(listing, buyer, **inputs)
        self.do("seller.ship", on=order, waybill=f"WB{order.number}")
        return self.fresh(order)

    def completed(self, listing: str = "lamp", buyer: Buyer | None = None, **inputs: Any) -> Any:
        return self.do("buyer.confirm_receipt", on=self.shipped(listing, buyer, **inputs), as_=self.buyer_actor(buyer))

    def disputed(
        self, refund: str = "20.00 USD", listing: str = "lantern", reason: str = "not_as_described", **inputs: Any
    ) -> Any:
        """A dispute that waits for the seller, about a new order."""
        return self.do(
            "buyer.open_dispute",
            on=self.shipped(listing),
            refund=refund,
            reason=reason,
            text="It looks different.",
            **inputs,
        )

    def escalated(self, refund: str = "20.00 USD", listing: str = "lantern") -> Any:
        """A dispute that waits for a moderator; the fair's clock has moved by the negotiation period.

        A carrier has seen its parcel: no doubt about the waybill comes between, on whatever day that would be (A37-7).
        """
        dispute = self.disputed(refund, listing)
        self.do("carrier.scan", on=dispute.order.shipment_rows.get(), event="accepted")
        self.do("seller.reject_dispute", on=dispute, text="It is what the page shows.")
        self.advance("7d")
        return self.fresh(dispute)

    def advance(self, length: str) -> None:
        """Move the fair's clock and carry out what became due."""
        self.clock.move_to(self.clock.now() + parse_duration(length))
        sweep_all(clock=self.clock)

    # ------------------------------------------------------------------ keys

    def storefront_key(self, *, storefront: Storefront | None = None, scopes: tuple[str, ...] = ()) -> str:
        return make_key(kind="storefront", name="storefront", storefront=storefront or self.storefront, scopes=scopes)[
            1
        ]

    def store_key(self, role: str = "owner", *, store: Store | None = None, scopes: tuple[str, ...] = ()) -> str:
        return make_key(kind="store", name=f"{role}'s system", store=store or self.store, role=role, scopes=scopes)[1]

    def moderator_key(self, who: str | User = "arbitrator", *, scopes: tuple[str, ...] = ()) -> str:
        user = self.moderators[who] if isinstance(who, str) else who
        return make_key(kind="moderator", name="personal", user=user, scopes=scopes)[1]

    def provider_key(self, kind: str, *, scopes: tuple[str, ...] = ()) -> str:
        """kind: ``carrier`` or ``bank``."""
        return make_key(kind=kind, name=kind, scopes=scopes)[1]


def build_fair(*, begin: datetime | None = None) -> Fair:
    """begin: where the fair's clock starts (default: now)."""
    fair = Fair()
    fair.clock = VirtualClock(begin or now())
    moment = fair.clock.now() - parse_duration("400d")
    past = VirtualClock(moment)
    with Docket.open(actor=SYSTEM, clock=past) as docket:
        seller = enrol_seller(docket, name="Lin Lighting Ltd", registered_at=moment)
        fair.store = enrol_store(
            docket, seller, name="Lin's lights", categories=["home-garden"], opened_at=moment, subdomain="lins-lights"
        )
        fair.listings = {
            name: enrol_listing(
                docket,
                fair.store,
                stock=100_000,
                published_at=moment,
                **{**fields, "price": Money.parse(fields["price"])},
            )
            for name, fields in LISTINGS.items()
        }
    with Docket.open(actor=SYSTEM, clock=past) as docket:
        rival = enrol_seller(docket, name="Rival Ltd", registered_at=moment)
        fair.other_store = enrol_store(
            docket, rival, name="Rival", categories=["home-garden"], opened_at=moment, subdomain="rival"
        )
        fair.other_listing = enrol_listing(
            docket, fair.other_store, title="Copy of a lamp", price=Money(90_00, "USD"), stock=100, published_at=moment
        )
    fair.storefront = Storefront.objects.create(name="Bright Windows")
    fair.other_storefront = Storefront.objects.create(name="Dark Alley")
    fair.buyer = _buyer(fair.storefront.id, "customer-1", "Ada Buyer")
    fair.other_buyer = _buyer(fair.other_storefront.id, "customer-1", "Bob Buyer")
    fair.staff = {
        role: _person(f"{role}@lin.example", f"{role.replace('_', ' ').title()} of Lin") for role in STAFF_ROLES
    }
    for role, user in fair.staff.items():
        StaffMember.objects.create(store=fair.store, user=user, role=role)
    fair.stranger = _person("owner@rival.example", "Rival's owner")
    StaffMember.objects.create(store=fair.other_store, user=fair.stranger, role="owner")
    fair.moderators = {role: _moderator(role, role) for role in PLATFORM_ROLES}
    fair.second = _moderator("second", "arbitrator")
    return fair


def _buyer(storefront_id: UUID, reference: str, name: str) -> Buyer:
    return Buyer.objects.create(storefront_id=storefront_id, reference=reference, name=name, country="US")


def _person(email: str, name: str, **fields: Any) -> User:
    return User.objects.create_user(email, PASSWORD, name=name, **fields)


def _moderator(name: str, role: str) -> User:
    return _person(
        f"{name}@platform.example", name.replace("_", " ").capitalize(), is_staff=True, platform_roles=[role]
    )
