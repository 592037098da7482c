"""What happened at the demonstration's fair in the last two months, told by actions at their moments.

Each story is a generator: it yields the moment at which it goes on, acts, and yields the next one. The clock runs through
all stories together; what falls due on the way is swept, so that nothing is ever written around the rules.
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
from django.db import transaction

from config.demo.pictures import photograph
from finance.models import Balance
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
    pictures: dict[Any, str] = field(default_factory=dict)


@dataclass(slots=True)
class Seeded:
    """Secrets of the keys, by what they are for: known only now."""

    keys: dict[str, str] = field(default_factory=dict)
    orders: int = 0
    disputes: int = 0


def is_seeded() -> bool:
    return Storefront.objects.filter(name=_words()["storefronts"][0]).exists()


def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "fair.yaml").read_text(encoding="utf-8"))
    return words


def seed(present: datetime, *, scale: float = 1.0, seed: int = 1, tell: Callable[[int, int], None] = lambda done, total: None) -> Seeded:
    """All of it or nothing, in one transaction. scale: of the number of ordinary orders. tell: (acts done, stories' acts so far)."""
    with transaction.atomic():
        return Seeding(present, scale, Random(seed), tell).run()


class Seeding:
    """Moments are counted back from the present; the same seed tells the same stories."""

    def __init__(self, present: datetime, scale: float, random: Random, tell: Callable[[int, int], None]) -> None:
        self.present, self.scale, self.random, self.tell = present, scale, random, tell
        self.clock = VirtualClock(present - STORES_ARE_OLD)
        self.words = _words()
        self.seeded = Seeded()
        self.stories: list[tuple[datetime, int, Story]] = []
        self.carrier = Actor(kind=CARRIER, id=new_id(), name="Swift Parcel", roles=frozenset({CARRIER}), door="api")
        self.bank = Actor(kind=BANK, id=new_id(), name="Guild Bank", roles=frozenset({BANK}), door="api")

    def run(self) -> Seeded:
        self._people()
        self.shops = [self._shop(entry) for entry in self.words["stores"]]
        self._buyers()
        self._keys()
        for shop in self.shops:
            self._ordinary_orders(shop)
        self._disputes()
        self._withdrawals()
        self._play()
        return self.seeded

    # ------------------------------------------------------------------ time

    def begin(self, story: Story) -> None:
        """Take a story up; it says when it starts."""
        moment = next(story, None)
        if moment is not None:
            self.stories.append((moment, len(self.stories), story))

    def _play(self) -> None:
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

    def do(self, name: str, actor: Actor, on: Any, **inputs: Any) -> Any:
        return perform(name, actor=actor, on=on, inputs=inputs, clock=self.clock).object

    def _people(self) -> None:
        self.users: dict[str, User] = {}
        self.password = make_password(PASSWORD)  # once: it takes a while, as it should
        self.moderators = [
            moderator_of(self._user(entry, is_staff=True, platform_roles=entry["roles"]), door="console") for entry in self.words["people"]
        ]
        self.fronts = [Storefront.objects.create(name=name) for name in self.words["storefronts"]]

    def _user(self, entry: dict[str, Any], **fields: Any) -> User:
        email = entry["email"]
        if email not in self.users:
            self.users[email] = User.objects.create(
                email=email, password=self.password, name=entry["name"], zone=entry.get("zone", ""), **fields
            )  # fmt: skip
        return self.users[email]

    def _shop(self, entry: dict[str, Any]) -> Shop:
        opened = self.clock.now() + timedelta(days=self.random.randint(0, 120))
        with Docket.open(clock=VirtualClock(opened)) as docket:
            seller = self._seller(docket, entry["seller"], opened)
            deposit = Money.parse(entry["deposit"]) if "deposit" in entry else None
            store = enrol_store(
                docket, seller, name=entry["name"], categories=entry["categories"], opened_at=opened, deposit=deposit,
                subdomain=entry["subdomain"], items_sold=self.random.randint(300, 9000),
            )  # fmt: skip
            listings = [self._listing(docket, store, row, entry["currency"], opened) for row in entry["listings"]]
        staff = {row["role"]: self._member(store, row) for row in entry["staff"]}
        owner = staff["owner"]
        shop = Shop(store, entry["currency"], entry["orders"], owner, staff.get("fulfilment", owner), staff.get("support", owner),
                    staff.get("finance", owner))  # fmt: skip
        shop.listings = listings
        shop.pictures = {listing.id: row["picture"] for listing, row in zip(listings, entry["listings"], strict=True)}
        return shop

    def _seller(self, docket: Docket, entry: dict[str, Any], registered: datetime) -> Seller:
        known = Seller.objects.filter(name=entry["name"]).first()
        return known or enrol_seller(docket, name=entry["name"], registered_at=registered, country=entry["country"])

    def _listing(self, docket: Docket, store: Store, row: dict[str, Any], currency: str, opened: datetime) -> Listing:
        delivery = {"country": "*", "days": row["days"], "fee": f"{row['fee']} {currency}", "worry_free": row.get("worry_free", False)}
        return enrol_listing(
            docket, store, title=row["title"], price=Money.parse(f"{row['price']} {currency}"), stock=self.random.randint(80, 900),
            handling_days=self.random.choice([3, 5, 7]), delivery=[delivery], published_at=opened,
        )  # fmt: skip

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
                buyer = Buyer(id=new_id(), storefront_id=front.id, reference=f"customer-{number:04d}", name=name, country=country)
                if number % 3 == 0:
                    buyer.email = f"{name.lower().replace(' ', '.')}.{number}@mail.example"
                docket.add(buyer)
                self.buyers.append(
                    Actor(kind=BUYER, id=buyer.id, name=name, roles=frozenset({BUYER}), storefront=front.id, country=country, door="api")
                )

    def _keys(self) -> None:
        keys = self.seeded.keys
        keys["storefront"] = make_key(kind="storefront", name=f"{self.fronts[0].name}: shop window", storefront=self.fronts[0])[1]
        store = self.shops[0].store
        keys["store"] = make_key(kind="store", name=f"{store.name}: warehouse system", store=store, role="fulfilment")[1]
        keys["carrier"] = make_key(kind="carrier", name="Swift Parcel")[1]
        keys["bank"] = make_key(kind="bank", name="Guild Bank")[1]

    # ------------------------------------------------------------------ parts of stories

    def placed(self, shop: Shop, at: datetime, listing: Listing | None = None) -> Any:
        yield at
        buyer, lines = self.random.choice(self.buyers), None
        if listing is None:
            listing, other = self.random.sample(shop.listings, 2)
            if self.random.random() < 0.25:
                lines = [{"listing": other.public_id, "quantity": 1}]
        quantity = self.random.choices([1, 2, 4], [80, 15, 5])[0]
        order = self.do("buyer.place_order", buyer, listing, quantity=quantity, lines=lines)
        self.seeded.orders += 1
        return order, buyer

    def paid(self, shop: Shop, at: datetime, **wanted: Any) -> Any:
        """The order, its buyer, and when it was paid: `at`."""
        order, buyer = yield from self.placed(shop, at - timedelta(minutes=self.random.randint(3, 300)), **wanted)
        yield at
        self.do("buyer.pay", buyer, order, **self.random.choice([{"network": "visa"}, {"network": "mastercard"}, {"with": "paypal"}]))
        return order, buyer

    def shipped(self, shop: Shop, at: datetime, **wanted: Any) -> Any:
        """Shipped at `at`, within the shortest handling time; a first scan follows."""
        order, buyer = yield from self.paid(shop, at - timedelta(days=self.random.uniform(0.4, 2.8)), **wanted)
        yield at
        parcel = self.do("seller.ship", shop.packer, order, waybill=self.waybill())
        yield at + timedelta(hours=self.random.uniform(2, 20))
        self.do("carrier.scan", self.carrier, parcel, event="accepted")
        return order, buyer, parcel

    def delivered(self, shop: Shop, at: datetime, **wanted: Any) -> Any:
        order, buyer, parcel = yield from self.shipped(shop, at - timedelta(days=self.random.uniform(3, 6)), **wanted)
        yield at - timedelta(days=1)
        self.do("carrier.scan", self.carrier, parcel, event="in_transit")
        yield at
        self.do("carrier.scan", self.carrier, parcel, event="delivered")
        return order, buyer, parcel

    def waybill(self) -> str:
        return f"RR{self.random.randint(10**8, 10**9 - 1)}CN"

    # ------------------------------------------------------------------ ordinary orders

    def _ordinary_orders(self, shop: Shop) -> None:
        """So many of each kind of story as their weights say; of each kind there is at least one, in the first store."""
        least = int(shop is self.shops[0])
        kinds: list[tuple[Callable[[Shop], Story], float]] = [
            (self.confirmed_long_ago, 0.30), (self.confirmed, 0.15), (self.on_the_way, 0.15), (self.waits_for_the_buyer, 0.08),
            (self.to_be_shipped, 0.11), (self.to_be_paid, 0.05), (self.never_paid, 0.04), (self.never_shipped, 0.03),
            (self.half_shipped, 0.02), (self.cancelled, 0.03), (self.cancelled_by_silence, 0.015), (self.asks_to_cancel, 0.025),
        ]  # fmt: skip
        for kind, weight in kinds:
            for _ in range(max(least, round(shop.orders * weight * self.scale))):
                self.begin(kind(shop))

    def to_be_paid(self, shop: Shop) -> Story:
        """Waits for its money; one in four is closed within the hour."""
        near = self.random.random() < 0.25
        yield from self.placed(shop, self.ago(20) + timedelta(minutes=self.random.randint(12, 58)) if near else self.ago(self.random.uniform(0.05, 18)))

    def never_paid(self, shop: Shop) -> Story:
        yield from self.placed(shop, self.ago(self.random.uniform(21, 58)))

    def to_be_shipped(self, shop: Shop) -> Story:
        """Paid and in time; one in five must leave within the hour."""
        listing = self.random.choice(shop.listings)
        if self.random.random() < 0.2:
            moment = self.ago(listing.handling_days or 7) + timedelta(minutes=self.random.randint(9, 58))
        else:
            moment = self.ago(self.random.uniform(0.05, 2.8))
        order, buyer = yield from self.paid(shop, moment, listing=listing)
        if self.random.random() < 0.4:
            yield from self.talk(shop, order, buyer, moment, 0)

    def half_shipped(self, shop: Shop) -> Story:
        moment = self.ago(self.random.uniform(0.8, 2.6))
        buyer, listing = self.random.choice(self.buyers), self.random.choice(shop.listings)
        yield moment
        order = self.do("buyer.place_order", buyer, listing, quantity=3)
        self.seeded.orders += 1
        self.do("buyer.pay", buyer, order)
        yield moment + timedelta(hours=self.random.uniform(4, 16))
        self.do("seller.ship", shop.packer, order, waybill=self.waybill(), quantity=1)

    def on_the_way(self, shop: Shop) -> Story:
        yield from self.shipped(shop, self.ago(self.random.uniform(0.9, 9)))

    def waits_for_the_buyer(self, shop: Shop) -> Story:
        order, buyer, _parcel = yield from self.delivered(shop, self.ago(self.random.uniform(0.2, 12)))
        if self.random.random() < 0.3:
            yield from self.talk(shop, order, buyer, self.clock.now(), 3)

    def confirmed(self, shop: Shop) -> Story:
        """Completed; the money waits for its fifteen days, a few are released within the hour."""
        near = self.random.random() < 0.15
        confirmed = self.ago(15) + timedelta(minutes=self.random.randint(10, 58)) if near else self.ago(self.random.uniform(0.2, 14.5))
        order, buyer, _parcel = yield from self.delivered(shop, self.later(confirmed, -2.5, -0.3))
        yield confirmed
        self.do("buyer.confirm_receipt", buyer, order)

    def confirmed_long_ago(self, shop: Shop) -> Story:
        order, buyer, _parcel = yield from self.delivered(shop, self.ago(self.random.uniform(18, 50)))
        yield self.later(self.clock.now(), 0.2, 2)
        self.do("buyer.confirm_receipt", buyer, order)

    def never_shipped(self, shop: Shop) -> Story:
        yield from self.paid(shop, self.ago(self.random.uniform(8, 50)))

    def cancelled(self, shop: Shop) -> Story:
        moment = self.ago(self.random.uniform(3, 50))
        order, buyer = yield from self.paid(shop, moment)
        yield moment + timedelta(hours=self.random.uniform(1, 20))
        request = self.do("buyer.request_cancellation", buyer, order, reason=self.random.choice(["changed_mind", "wrong_order", "other"]))
        yield moment + timedelta(hours=self.random.uniform(21, 44))
        self.do("seller.agree_cancellation", shop.support, request)

    def cancelled_by_silence(self, shop: Shop) -> Story:
        moment = self.ago(self.random.uniform(9, 50))
        order, buyer = yield from self.paid(shop, moment)
        yield moment + timedelta(hours=self.random.uniform(1, 30))
        self.do("buyer.request_cancellation", buyer, order, reason="cheaper_elsewhere")

    def asks_to_cancel(self, shop: Shop) -> Story:
        moment = self.ago(self.random.uniform(0.3, 2.5))
        order, buyer = yield from self.paid(shop, moment)
        yield moment + timedelta(hours=self.random.uniform(1, 6))
        self.do("buyer.request_cancellation", buyer, order, reason=self.random.choice(["changed_mind", "wrong_order"]))

    def talk(self, shop: Shop, order: Any, buyer: Actor, since: datetime, which: int) -> Story:
        words = self.words["messages"]
        yield since + timedelta(hours=self.random.uniform(1, 8))
        self.do("buyer.message", buyer, order, text=words["buyer"][which])
        yield self.clock.now() + timedelta(hours=self.random.uniform(1, 12))
        self.do("seller.message", shop.support, order, text=words["seller"][which])

    # ------------------------------------------------------------------ disputes

    def _disputes(self) -> None:
        """(store, reason, days since the filing, how it goes on). The words are of `fair.yaml`."""
        kiln, north, paper, tide, heron, wick = self.shops
        minutes = 1 / 1440
        for shop, reason, age, ending in (
            # waits for the seller; the second has half an hour left
            (kiln, "damaged", 1.3, self.waits_for_seller), (north, "not_as_described", 5 - 34 * minutes, self.waits_for_seller),
            (tide, "wrong_item", 3.6, self.waits_for_seller), (heron, "missing_items", 0.4, self.waits_for_seller),
            # the parties talk; the second has fifty minutes left
            (kiln, "not_as_described", 4.2, self.negotiates), (paper, "missing_items", 7 - 50 * minutes, self.negotiates),
            (tide, "quality", 2.7, self.negotiates), (wick, "damaged", 5.5, self.negotiates),
            # before a moderator
            (kiln, "damaged", 8.2, self.is_argued), (kiln, "missing_items", 9.6, self.is_argued), (kiln, "not_received", 12.4, self.is_argued),
            (north, "not_as_described", 7.4, self.is_argued), (north, "quality", 10.9, self.is_argued), (paper, "not_as_described", 8.8, self.is_argued),
            (tide, "wrong_item", 13.7, self.is_argued), (heron, "not_as_described", 7.9, self.is_argued), (heron, "wrong_item", 11.5, self.is_argued),
            (wick, "not_received", 1.8, self.goes_to_the_platform),
            (kiln, "missing_items", 11.2, self.waits_for_a_second),
            # over
            (kiln, "quality", 21.0, self.is_accepted), (paper, "damaged", 16.5, self.is_accepted),
            (tide, "not_as_described", 24.0, self.is_settled), (north, "damaged", 18.3, self.is_settled),
            (heron, "not_received", 15.2, self.is_left_unanswered), (wick, "quality", 19.8, self.is_left_unanswered),
            (north, "quality", 26.0, self.is_withdrawn), (kiln, "not_received", 14.0, self.is_withdrawn),
            (kiln, "damaged", 27.0, self.is_ruled("refund")), (tide, "wrong_item", 25.0, self.is_ruled("part")),
            (paper, "not_as_described", 23.0, self.is_ruled("nothing")), (north, "not_as_described", 28.0, self.is_ruled("high")),
        ):  # fmt: skip
            self.begin(self.dispute(shop, reason, self.ago(age), ending))

    def dispute(self, shop: Shop, reason: str, filed: datetime, ending: Callable[..., Story]) -> Story:
        """A shipped order, a claim with a picture, and then its ending."""
        dear = ending == self.waits_for_a_second or getattr(ending, "dear", False)
        worry_free = ending == self.goes_to_the_platform
        words = self.words["disputes"][reason]
        fitting = sorted(
            (
                each for each in shop.listings
                if each.delivery[0]["worry_free"] == worry_free and shop.pictures[each.id] == words.get("only", shop.pictures[each.id])
            ),
            key=lambda each: each.price_minor,
        )  # fmt: skip
        listing = fitting[-1] if dear else self.random.choice(fitting[:4])
        late = listing.delivery[0]["days"] >= 10  # a dispute must wait for ten days then
        arrived = filed - timedelta(days=self.random.uniform(8, 11) if late else self.random.uniform(0.2, 1.5))
        order, buyer, _parcel = yield from self.delivered(shop, arrived, listing=listing)
        yield filed
        whole = dear or reason == "not_received" or self.random.random() < 0.3
        part = order.total_minor if whole else max(100, order.total_minor * self.random.choice([30, 40, 50, 60]) // 100)
        dispute = self.do("buyer.open_dispute", buyer, order, reason=reason, refund=str(Money(part, order.currency)), text=words["claim"])
        self.seeded.disputes += 1
        yield filed + timedelta(minutes=self.random.randint(2, 25))
        looks = shop.pictures[listing.id]
        picture = words["picture"].get(looks, words["picture"]["*"])
        taken = photograph(picture, self.random.randint(1, 10**6), of=looks)
        self.do("buyer.add_evidence", buyer, dispute, text=words["shows"], file=taken)
        yield from ending(shop, dispute, buyer, words, filed, listing)

    def waits_for_seller(self, *_: Any) -> Story:
        yield from ()

    def _rejects(self, shop: Shop, dispute: Any, words: Any, filed: datetime, offer: str | None = None) -> Story:
        yield self.later(filed, 0.3, 1.2)
        self.do("seller.reject_dispute", shop.support, dispute, text=words["answer"])
        if offer:
            yield self.clock.now() + timedelta(hours=self.random.uniform(1, 7))
            self.do("seller.make_offer", shop.support, dispute, refund=offer, text=self.random.choice(self.words["offers"]))
        yield self.clock.now() + timedelta(minutes=self.random.randint(3, 90))
        self.do("seller.add_evidence", shop.support, dispute, text=words["proof"], file=photograph("label", self.random.randint(1, 10**6)))

    def negotiates(self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
        yield from self._rejects(shop, dispute, words, filed, self._offer(dispute, 25))
        yield self.later(self.clock.now(), 0.1, 0.5)
        self.do("buyer.message", buyer, dispute.order_id, text=words["reply"])

    def _offer(self, dispute: Any, per_cent: int) -> str:
        return str(Money(dispute.refund_minor * per_cent // 100, dispute.currency))

    def is_argued(self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
        """Rejected, argued about, and after seven days before a moderator."""
        yield from self.negotiates(shop, dispute, buyer, words, filed, listing)
        yield self.later(filed, 2.2, 5)
        self.do("seller.add_evidence", shop.support, dispute, text="The piece as we sent it.",
                file=photograph(shop.pictures[listing.id], self.random.randint(1, 10**6)))  # fmt: skip
        yield self.later(filed, 7.02, 7.3)
        self.do("buyer.add_evidence", buyer, dispute, text="I keep to what I said. The pictures were taken on the day it came.")

    def goes_to_the_platform(self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
        """Worry-free delivery: the platform has the case from the first day."""
        yield self.later(filed, 0.2, 0.9)
        self.do("seller.add_evidence", shop.support, dispute, text=words["proof"], file=photograph("label", self.random.randint(1, 10**6)))

    def waits_for_a_second(self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
        yield from self.is_argued(shop, dispute, buyer, words, filed, listing)
        yield self.later(filed, 9, 10)
        self._rule(0, dispute, 100, "high")

    def _rule(self, moderator: int, dispute: Any, per_cent: int, words: str) -> Any:
        return self.do(
            "moderator.rule", self.moderators[moderator], dispute, refund=self._offer(dispute, per_cent),
            liable="seller" if per_cent else "buyer", reason=self.words["rulings"][words].strip(),
        )  # fmt: skip

    def is_accepted(self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
        yield self.later(filed, 0.4, 3)
        self.do("seller.accept_dispute", shop.support, dispute, text="We are sorry. The money is on its way back.")

    def is_settled(self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
        yield from self._rejects(shop, dispute, words, filed, self._offer(dispute, 60))
        yield self.later(filed, 2.5, 5.5)
        self.do("buyer.accept_offer", buyer, dispute)

    def is_left_unanswered(self, *_: Any) -> Story:
        yield from ()

    def is_withdrawn(self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
        yield from self._rejects(shop, dispute, words, filed)
        yield self.later(filed, 2, 6)
        self.do("buyer.withdraw_dispute", buyer, dispute)

    def is_ruled(self, how: str) -> Callable[..., Story]:
        """refund: as claimed; part: half of it; nothing; high: above the limit, approved by a second moderator."""
        per_cent = {"refund": 100, "part": 50, "nothing": 0, "high": 100}[how]

        def ending(shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
            yield from self.is_argued(shop, dispute, buyer, words, filed, listing)
            yield self.later(filed, 8.5, 11)
            ruling = self._rule(0, dispute, per_cent, how)
            if how == "high":
                yield self.clock.now() + timedelta(hours=self.random.uniform(3, 20))
                self.do("moderator.approve_ruling", self.moderators[1], ruling)

        ending.dear = how == "high"  # type: ignore[attr-defined]
        return ending

    # ------------------------------------------------------------------ money

    def _withdrawals(self) -> None:
        kiln, north, _paper, tide, *_ = self.shops
        for shop, age, ending in (
            (kiln, 14, "paid"), (kiln, 6, "paid"), (kiln, 0.6, ""), (north, 9, "paid"), (north, 3, "failed"), (north, 0.3, ""), (tide, 5, "paid"),
        ):  # fmt: skip
            self.begin(self.withdrawal(shop, self.ago(age), ending))

    def withdrawal(self, shop: Shop, at: datetime, ending: str) -> Story:
        """Two thirds of what is free at that moment."""
        yield at
        held = Balance.objects.filter(store_id=shop.store.id, kind="available", currency=shop.currency).values_list("amount_minor", flat=True)
        amount = Money(sum(held) * 2 // 3, shop.currency)
        if amount.minor < 2000:
            return
        withdrawal = self.do("seller.request_withdrawal", shop.finance, shop.store.id, amount=str(amount))
        yield at + timedelta(days=self.random.uniform(0.8, 2.2))
        if ending == "paid":
            self.do("bank.settle_withdrawal", self.bank, withdrawal)
        elif ending == "failed":
            self.do("bank.fail_withdrawal", self.bank, withdrawal, reason="The account number does not exist at the receiving bank.")
