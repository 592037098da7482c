"""What people say afterwards: reviews of both sides, replies, supplements, and words that somebody reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from config.demo.fair import Shop, Story
from config.demo.order_stories import OrderStories
from config.demo.pictures import photograph
from rulebook.actors import Actor

STARS = {5: 52, 4: 22, 3: 10, 2: 7, 1: 9}
BUYERS_WHO_REVIEW = 0.55


class ReviewStories(OrderStories):
    """The words are of `fair_words.yaml`."""

    def reviewed(self, shop: Shop, order: Any, buyer: Actor) -> Story:
        """After the confirmation: more than half say something, some with a picture, a few sellers about their buyers."""
        ended = self.clock.now()
        if self.random.random() < BUYERS_WHO_REVIEW:
            yield self.later(ended, 0.1, 6)
            stars = self.random.choices(list(STARS), list(STARS.values()))[0]
            review = self.review(shop, order, buyer, stars, self.random.choice(self.words["reviews"][stars]))
            yield from self.answered(shop, review, buyer, stars)
        if self.random.random() < 0.12:
            yield max(self.later(ended, 0.2, 8), self.clock.now())
            self.do(
                "seller.review_buyer", shop.support, order, stars=5, text=self.random.choice(self.words["of_buyers"])
            )

    def review(self, shop: Shop, order: Any, buyer: Actor, stars: int, text: str, *, picture: str = "") -> Any:
        """With the store's three scores near the stars; a picture now and then."""
        shots = [photograph(picture, self.random.randint(1, 10**6))] if picture else []
        scores = {
            name: min(5, max(1, stars + self.random.choice([-1, 0, 0, 1])))
            for name in ("described", "communication", "shipping")
        }
        return self.do("buyer.review", buyer, order, stars=stars, text=text, photos=shots or None, **scores)

    def answered(self, shop: Shop, review: Any, buyer: Actor, stars: int) -> Story:
        if stars <= 3 and self.random.random() < 0.6:
            yield self.later(self.clock.now(), 0.1, 2)
            self.do("seller.reply_to_review", shop.support, review, text=self.random.choice(self.words["replies"]))
        elif stars >= 4 and self.random.random() < 0.12:
            yield self.later(self.clock.now(), 4, 20)
            self.do("buyer.follow_up_review", buyer, review, text=self.words["supplements"][0])

    # ------------------------------------------------------------------ those that must be there

    def told_reviews(self) -> None:
        """(store, days since the confirmation, stars, how it goes on)"""
        kiln, north, paper, tide, heron, wick = self.shops
        for shop, age, stars, ending in (
            (kiln, 34, 5, "supplement"),
            (kiln, 12, 2, "reply"),
            (north, 21, 1, "deleted"),
            (kiln, 4, 1, "reported"),
            (tide, 9, 1, "kept"),
            (paper, 16, 4, "seller"),
            (heron, 7, 3, "reply"),
            (wick, 6, 5, "photo"),
        ):
            self.begin(self.told_review(shop, age, stars, ending))

    def told_review(self, shop: Shop, age: float, stars: int, ending: str) -> Story:
        order, buyer, _parcel = yield from self.delivered(shop, self.ago(age + 1))
        yield self.ago(age)
        self.do("buyer.confirm_receipt", buyer, order)
        yield self.clock.now() + timedelta(hours=self.random.uniform(1, 20))
        words = self.words
        text = {"deleted": words["rude"]["text"], "reported": words["rude"]["text"], "kept": words["doubtful"]["text"]}
        look = "" if stars == 1 else shop.pictures[order.lines[0].listing_id]
        review = self.review(shop, order, buyer, stars, text.get(ending, words["reviews"][stars][0]), picture=look)
        yield from getattr(self, f"_then_{ending}")(shop, order, review, buyer)

    def _then_photo(self, *_: Any) -> Story:
        yield from ()

    def _then_reply(self, shop: Shop, order: Any, review: Any, buyer: Actor) -> Story:
        yield self.later(self.clock.now(), 0.3, 1.5)
        self.do("seller.reply_to_review", shop.support, review, text=self.words["replies"][0])

    def _then_supplement(self, shop: Shop, order: Any, review: Any, buyer: Actor) -> Story:
        yield self.later(self.clock.now(), 20, 28)
        shot = photograph(shop.pictures[order.lines[0].listing_id], self.random.randint(1, 10**6))
        self.do("buyer.follow_up_review", buyer, review, text=self.words["supplements"][1], photos=[shot])

    def _then_seller(self, shop: Shop, order: Any, review: Any, buyer: Actor) -> Story:
        """The other side is less content, and the buyer explains himself."""
        yield self.later(self.clock.now(), 0.3, 1.5)
        about = self.do("seller.review_buyer", shop.support, order, stars=3, text="Ordered twice and cancelled once.")
        yield self.later(self.clock.now(), 0.2, 1)
        self.do(
            "buyer.reply_to_review", buyer, about, text="The first order had the wrong address; I wrote that at once."
        )

    def _then_reported(self, shop: Shop, order: Any, review: Any, buyer: Actor) -> Story:
        """Waits for a moderator."""
        yield self.later(self.clock.now(), 0.2, 0.8)
        self.do("seller.report_review", shop.support, review, reason=self.words["rude"]["reported"])

    def _then_deleted(self, shop: Shop, order: Any, review: Any, buyer: Actor) -> Story:
        yield from self._then_reported(shop, order, review, buyer)
        yield self.later(self.clock.now(), 0.3, 1)
        self.do("moderator.delete_review", self.moderators[0], review, reason=self.words["deleted"])

    def _then_kept(self, shop: Shop, order: Any, review: Any, buyer: Actor) -> Story:
        yield self.later(self.clock.now(), 0.2, 0.8)
        self.do("seller.report_review", shop.support, review, reason=self.words["doubtful"]["reported"])
        yield self.later(self.clock.now(), 0.3, 1)
        self.do("moderator.keep_review", self.moderators[0], review, reason=self.words["doubtful"]["kept"])
