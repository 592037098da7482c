"""The rest of a market's life: questions, agreements on the way, parcels, doubts, complaints, warehouses, Plus."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.demo.fair import DAY, HOUR, Shop, Story
from config.demo.pictures import photograph
from config.demo.review_stories import ReviewStories
from orders.models.thread import chat_opens
from rulebook.rules import Rulebook


class LifeStories(ReviewStories):
    """One story for each matter. Ages are days before the present."""

    def life(self) -> None:
        kiln, north, paper, tide, heron, wick = self.shops
        self._conversations()
        for shop, age, answer in ((kiln, 2.4, "granted"), (north, 11, "declined"), (tide, 0.7, "waiting")):
            self.begin(self.more_time(shop, age, answer))
        for shop, age in ((kiln, 6.5), (heron, 13)):
            self.begin(self.in_parcels(shop, age))
        for shop, age, answer in ((kiln, 12, "paid"), (north, 15, "refused"), (wick, 5, "open")):
            self.begin(self.carrier_complaint(shop, age, answer))
        self.begin(self.another_address(paper, 1.6, abroad=False))
        self.begin(self.another_address(tide, 0.9, abroad=True))
        for shop, age, finding in ((kiln, 20, ""), (paper, 22, "cleared"), (wick, 25, "invented")):
            self.begin(self.doubted(shop, age, finding))
        self.begin(self.complaint(kiln, 2.1, "open"))
        self.begin(self.complaint(kiln, 9, "answered"))
        for number, age in ((0, 5.0), (1, 0.4)):
            self.begin(self.support_talk(number, age))
        self.begin(self.warehouses(heron))
        self.begin(self.templates(kiln))
        self.begin(self.plus(tide))
        self.begin(self.abnormal(north))

    # ------------------------------------------------------------------ conversations

    def _conversations(self) -> None:
        kiln, north, paper, tide, *_ = self.shops
        for shop, age, number, picture in (
            (kiln, 8, 0, "mug"),
            (north, 3.2, 1, "lens"),
            (tide, 0.2, 2, ""),
            (paper, 1.1, 3, ""),
        ):
            self.begin(self.question(shop, age, number, picture))
        self.begin(self.talk_with_picture(kiln, 3.5))

    def question(self, shop: Shop, age: float, number: int, picture: str) -> Story:
        """From a product's page, with what the buyer has at home; the last ones are not answered yet."""
        yield self.ago(age)
        buyer, listing = self.random.choice(self.buyers), shop.listings[0]
        first, *more = self.words["questions"][number]
        shots = [photograph(picture, self.random.randint(1, 10**6))] if picture else None
        asked = self.do("buyer.ask", buyer, listing, text=first, files=shots)
        for place, text in enumerate(more):
            yield self.clock.now() + timedelta(hours=self.random.uniform(0.5, 5))
            actor, action = (buyer, "buyer.write") if place % 2 else (shop.support, "seller.write")
            self.do(action, actor, asked.thread_id, text=text)

    def talk_with_picture(self, shop: Shop, age: float) -> Story:
        order, buyer, _parcel = yield from self.delivered(shop, self.ago(age))
        words = self.words["order_talk"]
        yield self.clock.now() + HOUR
        shot = photograph("crushed", self.random.randint(1, 10**6))
        self.do("buyer.message", buyer, order, text=words["buyer"], files=[shot])
        yield self.clock.now() + 2 * HOUR
        self.do("seller.message", shop.support, order, text=words["seller"])
        yield self.clock.now() + HOUR
        shot = photograph("box", self.random.randint(1, 10**6))
        self.do("buyer.message", buyer, order, text=words["later"], files=[shot])

    # ------------------------------------------------------------------ before shipping

    def more_time(self, shop: Shop, age: float, answer: str) -> Story:
        """The buyer offers more time; the store takes it, does not need it, or has not answered yet."""
        order, buyer = yield from self.paid(shop, self.ago(age))
        yield self.clock.now() + timedelta(hours=self.random.uniform(2, 9))
        offer = self.do("buyer.request_handling_extension", buyer, order, days=self.words["extensions"][answer])
        if answer == "waiting":
            return
        yield self.clock.now() + timedelta(hours=self.random.uniform(1, 8))
        self.do("seller.grant_extension" if answer == "granted" else "seller.decline_extension", shop.packer, offer)
        if answer == "declined":
            yield self.ago(age) + 2 * DAY
            parcel = self.ship(shop, order)
            yield self.clock.now() + 6 * HOUR
            self.do("carrier.scan", self.carrier, parcel, event="accepted")

    def another_address(self, shop: Shop, age: float, *, abroad: bool) -> Story:
        """In the order's own country the platform's tool finds nothing; another country is the warning sign."""
        order, buyer = yield from self.paid(shop, self.ago(age))
        yield self.clock.now() + 3 * HOUR
        country = next(each for each in ("PT", "NG") if each != order.country) if abroad else ""
        self.do("buyer.request_address_change", buyer, order, country=country, address=dict(self.words["address"]))
        yield self.clock.now() + 2 * HOUR
        self.do("seller.check_address", shop.packer, order)

    # ------------------------------------------------------------------ on the way

    def in_parcels(self, shop: Shop, age: float) -> Story:
        """Three parcels, each with its own way; one waits to be fetched."""
        yield self.ago(age)
        buyer, listing = self.random.choice(self.buyers), self.random.choice(shop.listings)
        order = self.do("buyer.place_order", buyer, listing, quantity=3)
        self.seeded.orders += 1
        self.do("buyer.pay", buyer, order)
        parcels = []
        for _ in range(3):
            yield self.clock.now() + timedelta(hours=self.random.uniform(5, 12))
            parcels.append(self.ship(shop, order, quantity=1))
        ways = (
            ("accepted", "in_transit", "arrived", "delivered"),
            ("accepted", "in_transit", "arrived", "awaiting_pickup"),
            ("accepted", "in_transit"),
        )
        for step in range(4):
            yield self.clock.now() + timedelta(hours=self.random.uniform(12, 24))
            for parcel, way in zip(parcels, ways, strict=True):
                if step < len(way):
                    place = self.words["places"][step + (way[step] == "delivered")]
                    self.do("carrier.scan", self.carrier, parcel, event=way[step], place=place)

    def carrier_complaint(self, shop: Shop, age: float, answer: str) -> Story:
        """The seller asks the carrier to make good what happened on the way."""
        order, _buyer, _parcel = yield from self.delivered(shop, self.ago(age))
        words = self.words["carrier_claims"]
        yield self.later(self.clock.now(), 0.2, 1)
        claim = self.do("seller.complain_carrier", shop.packer, order, text=words[answer])
        if answer == "open":
            return
        yield self.later(self.clock.now(), 1, 4)
        amount = str(order.goods) if answer == "paid" else None
        self.do("carrier.answer_claim", self.carrier, claim, amount=amount, text=words[f"{answer}_answer"])

    def doubted(self, shop: Shop, age: float, finding: str) -> Story:
        """Shipped by the store's word alone: no carrier has seen the parcel in five working days. A moderator looks."""
        moment = self.ago(age)
        order, _buyer = yield from self.paid(shop, moment)
        yield moment + 12 * HOUR
        parcel = self.ship(shop, order)
        yield moment + 18 * DAY  # five working days and the longest holidays are over
        if finding == "cleared":
            self.do("moderator.clear_shipment", self.moderators[1], parcel, reason=self.words["doubts"]["cleared"])
        elif finding == "invented":
            self.do(
                "moderator.find_false_shipping", self.moderators[1], parcel, reason=self.words["doubts"]["invented"]
            )

    # ------------------------------------------------------------------ the platform

    def complaint(self, shop: Shop, age: float, which: str) -> Story:
        """About a store's answers, and about the site; the administration always answers."""
        words = self.words["complaints"][which]
        facts = {name: words[name] for name in ("kind", "about", "text") if name in words}
        if which == "open":
            order, buyer, _parcel = yield from self.shipped(shop, self.ago(age + 2))
            yield self.ago(age)
            self.do("buyer.complain", buyer, None, about=shop.store.name, order=order.public_id, **facts)
            return
        yield self.ago(age)
        filed = self.do("buyer.complain", self.buyers[3], None, **facts)
        yield self.later(self.clock.now(), 0.5, 1.5)
        self.do("moderator.answer_complaint", self.moderators[0], filed, text=words["answer"])

    def support_talk(self, number: int, age: float) -> Story:
        """Within the chat's hours. The first is over and rated, the second waits for an operator."""
        words, buyer = self.words["support"][number], self.buyers[number]
        yield self.within_chat_hours(self.ago(age))
        talk = self.do("buyer.open_chat", buyer, None, topic=words["topic"], text=words["text"])
        if "answer" not in words:
            return
        yield self.clock.now() + timedelta(minutes=4)
        self.do("moderator.answer_chat", self.moderators[0], talk, text=words["answer"])
        yield self.clock.now() + timedelta(minutes=3)
        self.do("buyer.close_chat", buyer, talk)
        yield self.clock.now() + timedelta(minutes=1)
        self.do("buyer.rate_chat", buyer, talk, stars=words["stars"])

    def within_chat_hours(self, moment: datetime) -> datetime:
        """The moment, or when it was closed then, a day earlier at the opening."""
        hours = Rulebook().at(moment).support.hours
        opens = chat_opens(moment, hours)
        return moment if opens == moment else opens - DAY

    def warehouses(self, shop: Shop) -> Story:
        """One told of in time, one four weeks late: a case for the platform."""
        words = self.words["warehouses"]
        yield self.ago(25)
        self.do("seller.declare_warehouse", shop.owner, shop.store.id, country=words["in_time"])
        yield self.ago(6)
        since = self.ago(40).isoformat()
        self.do("seller.declare_warehouse", shop.owner, shop.store.id, country=words["late"], established=since)

    def templates(self, shop: Shop) -> Story:
        """Promises that listings share; one takes them."""
        yield self.ago(45)
        made = [
            self.do("seller.create_delivery_template", shop.owner, shop.store.id, **entry)
            for entry in self.words["templates"]
        ]
        yield self.clock.now() + HOUR
        listing = next(each for each in shop.listings if each.delivery[0]["days"] == 20)
        self.do("seller.use_delivery_template", shop.owner, listing, template=made[0].public_id)

    def plus(self, shop: Shop) -> Story:
        """The store joins Plus; an order of one product is not on its way within two days, and its badge goes."""
        joined = self.ago(2.6)
        yield joined
        self.do("seller.join_plus", shop.owner, shop.store.id)
        yield from self.paid(shop, joined + 6 * HOUR, listing=shop.listings[-1])

    def abnormal(self, shop: Shop) -> Story:
        """An order whose sale and reviews do not count."""
        order, buyer, _parcel = yield from self.delivered(shop, self.ago(20))
        yield self.clock.now() + 5 * HOUR
        self.do("buyer.confirm_receipt", buyer, order)
        yield self.clock.now() + HOUR
        self.review(shop, order, buyer, 5, self.words["reviews"][5][0])
        yield self.later(self.clock.now(), 2, 4)
        self.do("moderator.exclude_order", self.moderators[1], order, ground="A58-2", reason=self.words["abnormal"])
