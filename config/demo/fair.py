"""The fair of the demonstration: its clock, its people, its stores, and the engine that tells all stories together.

Each story is a generator: it yields the moment at which it goes on, acts, and yields the next one. The clock runs
through all stories at once; what falls due on the way is swept, so that nothing is ever written around the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from pathlib import Path
from random import Random
from typing import Any

import yaml
from django.contrib.auth.hashers import make_password

from rulebook.actions import perform
from rulebook.actors import BANK, BUYER, CARRIER, Actor
from rulebook.clock import VirtualClock
from rulebook.docket import Docket
from rulebook.ids import new_id
from rulebook.money import Money
from rulebook.sweeper import sweep_all
from stores.acting import moderator_of, seller_of
from stores.enrolment import enrol_listing, enrol_seller, enrol_store
from stores.keys import make_key
from stores.models import Buyer, Listing, Seller, StaffMember, Store, Storefront, User

PASSWORD = "dust on their feet"
STORES_ARE_OLD = timedelta(days=400)
SWEEP_EVERY = timedelta(hours=6)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Story = Iterator[datetime]


@dataclass(slots=True)
class Shop:
    """A store with its people and what it sells."""

    store: Store
    currency: str
    orders: int
    owner: Actor
    packer: Actor
    support: Actor
    finance: Actor
    listings: list[Listing] = field(default_factory=list)
    returns: dict[str, str] = field(default_factory=dict)
    pictures: dict[Any, str] = field(default_factory=dict)


@dataclass(slots=True)
class Seeded:
    """Secrets of the keys, by what they are for: known only now."""

    keys: dict[str, str] = field(default_factory=dict)
    orders: int = 0
    disputes: int = 0


def words() -> dict[str, Any]:
    words: dict[str, Any] = {}
    for name in ("fair.yaml", "fair_words.yaml"):
        words |= yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return words


class Fair:
    """Moments are counted back from the present; the same seed tells the same stories."""

    def __init__(self, present: datetime, scale: float, random: Random, tell: Callable[[int, int], None]) -> None:
        self.present, self.scale, self.random, self.tell = present, scale, random, tell
        self.clock = VirtualClock(present - STORES_ARE_OLD)
        self.words = words()
        self.seeded = Seeded()
        self.shops: list[Shop] = []
        self.stories: list[tuple[datetime, int, Story]] = []
        self.carrier = Actor(kind=CARRIER, id=new_id(), name="Post", roles=frozenset({CARRIER}), door="api")
        self.bank = Actor(kind=BANK, id=new_id(), name="Guild Bank", roles=frozenset({BANK}), door="api")

    # ------------------------------------------------------------------ time

    def begin(self, story: Story) -> None:
        """Take a story up; it says when it starts."""
        moment = next(story, None)
        if moment is not None:
            self.stories.append((moment, len(self.stories), story))

    def play(self) -> None:
        heapify(self.stories)
        total, swept = len(self.stories), self.stories[0][0]
        while self.stories:
            moment, number, story = heappop(self.stories)
            if moment > self.present:
                continue  # the story goes on after today
            while swept + SWEEP_EVERY < moment:
                swept += SWEEP_EVERY
                self.clock.move_to(max(swept, self.clock.now()))
                sweep_all(clock=self.clock)
            self.clock.move_to(max(moment, self.clock.now()))
            following = next(story, None)
            if following is None:
                self.tell(total - len(self.stories), total)
            else:
                heappush(self.stories, (following, number, story))
        self.clock.move_to(self.present)
        sweep_all(clock=self.clock)

    def ago(self, days: float) -> datetime:
        return self.present - timedelta(days=days)

    def later(self, moment: datetime, least: float, most: float) -> datetime:
        """Between so many days after a moment."""
        return moment + timedelta(days=self.random.uniform(least, most))

    # ------------------------------------------------------------------ who and what is there

    def do(self, name: str, actor: Actor, on: Any, /, **inputs: Any) -> Any:
        return perform(name, actor=actor, on=on, inputs=inputs, clock=self.clock).object

    def _people(self) -> None:
        self.users: dict[str, User] = {}
        self.password = make_password(PASSWORD)  # once: it takes a while, as it should
        self.moderators: list[Any] = [
            moderator_of(self._user(entry, is_staff=True, platform_roles=entry["roles"]), door="console")
            for entry in self.words["people"]
        ]
        self.fronts = [Storefront.objects.create(name=name) for name in self.words["storefronts"]]

    def _user(self, entry: dict[str, Any], **fields: Any) -> User:
        email = entry["email"]
        if email not in self.users:
            self.users[email] = User.objects.create(
                email=email, password=self.password, name=entry["name"], zone=entry.get("zone", ""), **fields
            )
        return self.users[email]

    def _shop(self, entry: dict[str, Any]) -> Shop:
        opened = self.clock.now() + timedelta(days=self.random.randint(0, 120))
        with Docket.open(clock=VirtualClock(opened)) as docket:
            seller = self._seller(docket, entry["seller"], opened)
            deposit = Money.parse(entry["deposit"]) if "deposit" in entry else None
            store = enrol_store(
                docket,
                seller,
                name=entry["name"],
                categories=entry["categories"],
                opened_at=opened,
                deposit=deposit,
                subdomain=entry["subdomain"],
                items_sold=self.random.randint(300, 9000),
            )
            listings = [self._listing(docket, store, row, entry["currency"], opened) for row in entry["listings"]]
        staff = {row["role"]: self._member(store, row) for row in entry["staff"]}
        owner = staff["owner"]
        shop = Shop(
            store,
            entry["currency"],
            entry["orders"],
            owner,
            staff.get("fulfilment", owner),
            staff.get("support", owner),
            staff.get("finance", owner),
        )
        shop.listings, shop.returns = listings, entry.get("returns", {})
        shop.pictures = {listing.id: row["picture"] for listing, row in zip(listings, entry["listings"], strict=True)}
        return shop

    def _seller(self, docket: Docket, entry: dict[str, Any], registered: datetime) -> Seller:
        known = Seller.objects.filter(name=entry["name"]).first()
        return known or enrol_seller(docket, name=entry["name"], registered_at=registered, country=entry["country"])

    def _listing(self, docket: Docket, store: Store, row: dict[str, Any], currency: str, opened: datetime) -> Listing:
        delivery = {
            "country": "*",
            "days": row["days"],
            "fee": f"{row['fee']} {currency}",
            "worry_free": row.get("worry_free", False),
        }
        return enrol_listing(
            docket,
            store,
            title=row["title"],
            price=Money.parse(f"{row['price']} {currency}"),
            stock=self.random.randint(80, 900),
            handling_days=self.random.choice([3, 5, 7]),
            delivery=[delivery],
            published_at=opened,
        )

    def _member(self, store: Store, row: dict[str, Any]) -> Actor:
        user = self._user(row)
        StaffMember.objects.create(store=store, user=user, role=row["role"])
        actor = seller_of(user, store, door="portal")
        assert actor is not None
        return actor

    def _buyers(self) -> None:
        words = self.words["buyers"]
        self.buyers = []
        with Docket.open(clock=self.clock) as docket:
            for number, name in enumerate(words["names"] * 2, 1):
                front = self.fronts[number % 5 == 0]
                country = self.random.choice(words["countries"])
                buyer = Buyer(
                    id=new_id(), storefront_id=front.id, reference=f"customer-{number:04d}", name=name, country=country
                )
                if number % 3 == 0:
                    buyer.email = f"{name.lower().replace(' ', '.')}.{number}@mail.example"
                docket.add(buyer)
                self.buyers.append(
                    Actor(
                        kind=BUYER,
                        id=buyer.id,
                        name=name,
                        roles=frozenset({BUYER}),
                        storefront=front.id,
                        country=country,
                        door="api",
                    )
                )

    def _keys(self) -> None:
        keys = self.seeded.keys
        keys["storefront"] = make_key(
            kind="storefront", name=f"{self.fronts[0].name}: shop window", storefront=self.fronts[0]
        )[1]
        store = self.shops[0].store
        keys["store"] = make_key(kind="store", name=f"{store.name}: warehouse system", store=store, role="fulfilment")[
            1
        ]
        keys["carrier"] = make_key(kind="carrier", name="Swift Parcel")[1]
        keys["bank"] = make_key(kind="bank", name="Guild Bank")[1]
