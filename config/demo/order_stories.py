"""What happens to ordinary orders: the parts that all stories share, and a story for each way an order can go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from config.demo.fair import Fair, Shop, Story
from orders.carriers import POST, s10_check_digit
from rulebook.actors import Actor
from stores.models import Listing


class OrderStories(Fair):
    """Moments are chosen so that every act is in time."""

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
        self.do(
            "buyer.pay",
            buyer,
            order,
            **self.random.choice([{"network": "visa"}, {"network": "mastercard"}, {"with": "paypal"}]),
        )
        return order, buyer

    def shipped(self, shop: Shop, at: datetime, **wanted: Any) -> Any:
        """Shipped at `at`, within the shortest handling time; a first scan follows."""
        order, buyer = yield from self.paid(shop, at - timedelta(days=self.random.uniform(0.4, 2.8)), **wanted)
        yield at
        parcel = self.ship(shop, order)
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

    def ship(self, shop: Shop, order: Any, **inputs: Any) -> Any:
        """By post: so the sandbox carrier, which runs beside the demonstration, leaves these parcels to their stories."""
        serial = str(self.random.randint(10**7, 10**8 - 1))
        waybill = f"RR{serial}{s10_check_digit(serial)}CN"
        return self.do("seller.ship", shop.packer, order, waybill=waybill, carrier=POST.code, **inputs)

    # ------------------------------------------------------------------ ordinary orders

    def ordinary_orders(self, shop: Shop) -> None:
        """So many of each kind of story as the weights say; of each there is at least one, in the first store."""
        least = int(shop is self.shops[0])
        kinds: list[tuple[Callable[[Shop], Story], float]] = [
            (self.confirmed_long_ago, 0.30),
            (self.confirmed, 0.15),
            (self.on_the_way, 0.15),
            (self.waits_for_the_buyer, 0.08),
            (self.to_be_shipped, 0.11),
            (self.to_be_paid, 0.05),
            (self.never_paid, 0.04),
            (self.never_shipped, 0.03),
            (self.half_shipped, 0.02),
            (self.cancelled, 0.03),
            (self.cancelled_by_silence, 0.015),
            (self.asks_to_cancel, 0.025),
        ]
        for kind, weight in kinds:
            for _ in range(max(least, round(shop.orders * weight * self.scale))):
                self.begin(kind(shop))

    def to_be_paid(self, shop: Shop) -> Story:
        """Waits for its money; one in four is closed within the hour."""
        near = self.random.random() < 0.25
        yield from self.placed(
            shop,
            self.ago(20) + timedelta(minutes=self.random.randint(12, 58))
            if near
            else self.ago(self.random.uniform(0.05, 18)),
        )

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
        self.ship(shop, order, quantity=1)

    def on_the_way(self, shop: Shop) -> Story:
        yield from self.shipped(shop, self.ago(self.random.uniform(0.9, 9)))

    def waits_for_the_buyer(self, shop: Shop) -> Story:
        order, buyer, _parcel = yield from self.delivered(shop, self.ago(self.random.uniform(0.2, 12)))
        if self.random.random() < 0.3:
            yield from self.talk(shop, order, buyer, self.clock.now(), 3)

    def confirmed(self, shop: Shop) -> Story:
        """Completed; the money waits for its fifteen days, a few are released within the hour."""
        near = self.random.random() < 0.15
        confirmed = (
            self.ago(15) + timedelta(minutes=self.random.randint(10, 58))
            if near
            else self.ago(self.random.uniform(0.2, 14.5))
        )
        order, buyer, _parcel = yield from self.delivered(shop, self.later(confirmed, -2.5, -0.3))
        yield confirmed
        self.do("buyer.confirm_receipt", buyer, order)
        yield from self.reviewed(shop, order, buyer)

    def confirmed_long_ago(self, shop: Shop) -> Story:
        order, buyer, _parcel = yield from self.delivered(shop, self.ago(self.random.uniform(18, 50)))
        yield self.later(self.clock.now(), 0.2, 2)
        self.do("buyer.confirm_receipt", buyer, order)
        yield from self.reviewed(shop, order, buyer)

    def never_shipped(self, shop: Shop) -> Story:
        yield from self.paid(shop, self.ago(self.random.uniform(8, 50)))

    def cancelled(self, shop: Shop) -> Story:
        moment = self.ago(self.random.uniform(3, 50))
        order, buyer = yield from self.paid(shop, moment)
        yield moment + timedelta(hours=self.random.uniform(1, 20))
        request = self.do(
            "buyer.request_cancellation",
            buyer,
            order,
            reason=self.random.choice(["changed_mind", "wrong_order", "other"]),
        )
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

    def reviewed(self, shop: Shop, order: Any, buyer: Actor) -> Story:
        """What is said afterwards; `ReviewStories` tells it."""
        yield from ()

    def talk(self, shop: Shop, order: Any, buyer: Actor, since: datetime, which: int) -> Story:
        words = self.words["messages"]
        yield since + timedelta(hours=self.random.uniform(1, 8))
        self.do("buyer.message", buyer, order, text=words["buyer"][which])
        yield self.clock.now() + timedelta(hours=self.random.uniform(1, 12))
        self.do("seller.message", shop.support, order, text=words["seller"][which])
