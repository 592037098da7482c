"""What is argued about: a claim with its picture, and the ways it can end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from config.demo.fair import Shop, Story
from config.demo.life_stories import LifeStories
from config.demo.pictures import photograph
from rulebook.actors import Actor
from rulebook.money import Money
from stores.models import Listing


class DisputeStories(LifeStories):
    """The words are of `fair.yaml`."""

    def disputes(self) -> None:
        """(store, reason, days since the filing, how it goes on). The words are of `fair.yaml`."""
        kiln, north, paper, tide, heron, wick = self.shops
        minutes = 1 / 1440
        for shop, reason, age, ending in (
            # waits for the seller; the second has half an hour left
            (kiln, "damaged", 1.3, self.waits_for_seller),
            (north, "not_as_described", 5 - 34 * minutes, self.waits_for_seller),
            (tide, "wrong_item", 3.6, self.waits_for_seller),
            (heron, "missing_items", 0.4, self.waits_for_seller),
            # the parties talk; the second has fifty minutes left
            (kiln, "not_as_described", 4.2, self.negotiates),
            (paper, "missing_items", 7 - 50 * minutes, self.negotiates),
            (tide, "quality", 2.7, self.negotiates),
            (wick, "damaged", 5.5, self.negotiates),
            # before a moderator
            (kiln, "damaged", 8.2, self.is_argued),
            (kiln, "missing_items", 9.6, self.is_argued),
            (kiln, "not_received", 12.4, self.is_argued),
            (north, "not_as_described", 7.4, self.is_argued),
            (north, "quality", 10.9, self.is_argued),
            (paper, "not_as_described", 8.8, self.is_argued),
            (tide, "wrong_item", 13.7, self.is_argued),
            (heron, "not_as_described", 7.9, self.is_argued),
            (heron, "wrong_item", 11.5, self.is_argued),
            (wick, "not_received", 1.8, self.goes_to_the_platform),
            (kiln, "missing_items", 11.2, self.waits_for_a_second),
            # over
            (kiln, "quality", 21.0, self.is_accepted),
            (paper, "damaged", 16.5, self.is_accepted),
            (tide, "not_as_described", 24.0, self.is_settled),
            (north, "damaged", 18.3, self.is_settled),
            (heron, "not_received", 15.2, self.is_left_unanswered),
            (wick, "quality", 19.8, self.is_left_unanswered),
            (north, "quality", 26.0, self.is_withdrawn),
            (kiln, "not_received", 14.0, self.is_withdrawn),
            (kiln, "damaged", 27.0, self.is_ruled("refund")),
            (tide, "wrong_item", 25.0, self.is_ruled("part")),
            (paper, "not_as_described", 23.0, self.is_ruled("nothing")),
            (north, "not_as_described", 28.0, self.is_ruled("high")),
        ):
            self.begin(self.dispute(shop, reason, self.ago(age), ending))

    def dispute(self, shop: Shop, reason: str, filed: datetime, ending: Callable[..., Story]) -> Story:
        """A shipped order, a claim with a picture, and then its ending."""
        dear = ending == self.waits_for_a_second or getattr(ending, "dear", False)
        worry_free = ending == self.goes_to_the_platform
        words = self.words["disputes"][reason]
        fitting = sorted(
            (
                each
                for each in shop.listings
                if each.delivery[0]["worry_free"] == worry_free
                and shop.pictures[each.id] == words.get("only", shop.pictures[each.id])
            ),
            key=lambda each: each.price_minor,
        )
        listing = fitting[-1] if dear else self.random.choice(fitting[:4])
        late = listing.delivery[0]["days"] >= 10  # a dispute must wait for ten days then
        arrived = filed - timedelta(days=self.random.uniform(8, 11) if late else self.random.uniform(0.2, 1.5))
        order, buyer, _parcel = yield from self.delivered(shop, arrived, listing=listing)
        yield filed
        whole = dear or reason == "not_received" or self.random.random() < 0.3
        part = order.total_minor if whole else max(100, order.total_minor * self.random.choice([30, 40, 50, 60]) // 100)
        dispute = self.do(
            "buyer.open_dispute",
            buyer,
            order,
            reason=reason,
            refund=str(Money(part, order.currency)),
            text=words["claim"],
        )
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
            self.do(
                "seller.make_offer", shop.support, dispute, refund=offer, text=self.random.choice(self.words["offers"])
            )
        yield self.clock.now() + timedelta(minutes=self.random.randint(3, 90))
        self.do(
            "seller.add_evidence",
            shop.support,
            dispute,
            text=words["proof"],
            file=photograph("label", self.random.randint(1, 10**6)),
        )

    def negotiates(
        self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing
    ) -> Story:
        yield from self._rejects(shop, dispute, words, filed, self._offer(dispute, 25))
        yield self.later(self.clock.now(), 0.1, 0.5)
        self.do("buyer.message", buyer, dispute.order_id, text=words["reply"])

    def _offer(self, dispute: Any, per_cent: int) -> str:
        return str(Money(dispute.refund_minor * per_cent // 100, dispute.currency))

    def is_argued(self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
        """Rejected, argued about, and after seven days before a moderator."""
        yield from self.negotiates(shop, dispute, buyer, words, filed, listing)
        yield self.later(filed, 2.2, 5)
        self.do(
            "seller.add_evidence",
            shop.support,
            dispute,
            text="The piece as we sent it.",
            file=photograph(shop.pictures[listing.id], self.random.randint(1, 10**6)),
        )
        yield self.later(filed, 7.02, 7.3)
        self.do(
            "buyer.add_evidence",
            buyer,
            dispute,
            text="I keep to what I said. The pictures were taken on the day it came.",
        )

    def goes_to_the_platform(
        self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing
    ) -> Story:
        """Worry-free delivery: the platform has the case from the first day."""
        yield self.later(filed, 0.2, 0.9)
        self.do(
            "seller.add_evidence",
            shop.support,
            dispute,
            text=words["proof"],
            file=photograph("label", self.random.randint(1, 10**6)),
        )

    def waits_for_a_second(
        self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing
    ) -> Story:
        yield from self.is_argued(shop, dispute, buyer, words, filed, listing)
        yield self.later(filed, 9, 10)
        self._rule(0, dispute, 100, "high")

    def _rule(self, moderator: int, dispute: Any, per_cent: int, words: str) -> Any:
        return self.do(
            "moderator.rule",
            self.moderators[moderator],
            dispute,
            refund=self._offer(dispute, per_cent),
            liable="seller" if per_cent else "buyer",
            reason=self.words["rulings"][words].strip(),
        )

    def is_accepted(
        self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing
    ) -> Story:
        yield self.later(filed, 0.4, 3)
        self.do("seller.accept_dispute", shop.support, dispute, text="We are sorry. The money is on its way back.")

    def is_settled(
        self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing
    ) -> Story:
        yield from self._rejects(shop, dispute, words, filed, self._offer(dispute, 60))
        yield self.later(filed, 2.5, 5.5)
        self.do("buyer.accept_offer", buyer, dispute)

    def is_left_unanswered(self, *_: Any) -> Story:
        yield from ()

    def is_withdrawn(
        self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing
    ) -> Story:
        yield from self._rejects(shop, dispute, words, filed)
        yield self.later(filed, 2, 6)
        self.do("buyer.withdraw_dispute", buyer, dispute)

    def is_ruled(self, how: str, moderator: int = 0) -> Callable[..., Story]:
        """refund: as claimed; part: half of it; nothing; high: above the limit, approved by a second moderator."""
        per_cent = {"refund": 100, "part": 50, "nothing": 0, "high": 100}[how]

        def ending(shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
            yield from self.is_argued(shop, dispute, buyer, words, filed, listing)
            yield self.later(filed, 8.5, 11)
            ruling = self._rule(moderator, dispute, per_cent, how)
            if how == "high":
                yield self.clock.now() + timedelta(hours=self.random.uniform(3, 20))
                self.do("moderator.approve_ruling", self.moderators[1], ruling)

        ending.dear = how == "high"  # type: ignore[attr-defined]
        return ending
