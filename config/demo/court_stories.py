"""What goes further: goods that come back, rulings that are appealed, covered cases, money that banks take back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from config.demo.dispute_stories import DisputeStories
from config.demo.fair import Shop, Story
from config.demo.pictures import photograph
from rulebook.actors import Actor
from rulebook.clock import VirtualClock
from rulebook.docket import Docket
from rulebook.money import Money
from stores.enrolment import enrol_listing
from stores.models import Listing


class CourtStories(DisputeStories):
    """Every kind of case that the console has a page for. The words are of `fair.yaml`."""

    def court(self) -> None:
        kiln, north, paper, tide, heron, _wick = self.shops
        for shop in self.shops:
            if shop.returns:
                self.begin(self.says_where_returns_go(shop))
        self.begin(self.joins_the_cover(heron))
        self.begin(self.covered_dispute(heron, self.ago(2.2)))
        for shop, reason, age, ending in (
            (kiln, "quality", 13.0, self.comes_back("contested")),
            (north, "not_as_described", 12.0, self.comes_back("on_the_way")),
            (paper, "damaged", 22.0, self.comes_back("received")),
            (kiln, "not_as_described", 14.5, self.is_appealed),
            (tide, "wrong_item", 17.0, self.is_appealed),
            (paper, "missing_items", 9.9, self.gets_a_proposal),
            # decided long ago: what later cases are likened to
            *(
                (shop, reason, 27.5 + 1.7 * number, self.is_ruled(how, number % 2))
                for number, (shop, reason, how) in enumerate(
                    [
                        (kiln, "damaged", "part"),
                        (kiln, "damaged", "nothing"),
                        (kiln, "missing_items", "refund"),
                        (kiln, "quality", "part"),
                        (north, "quality", "refund"),
                        (kiln, "not_as_described", "refund"),
                        (heron, "wrong_item", "refund"),
                        (kiln, "not_received", "refund"),
                    ]
                )
            ),
        ):
            self.begin(self.dispute(shop, reason, self.ago(age), ending))
        for shop, reason, code, age in (
            (kiln, "not_as_described", "13.3", 1.1),
            (north, "stolen_card", "10.4", 2.4),
            (tide, "not_received", "13.1", 8.0),
        ):
            self.begin(self.charged_back(shop, reason, code, self.ago(age)))
        self.begin(self.is_penalized(kiln, "V-20", "general", "points", self.ago(60)))
        self.begin(self.is_penalized(kiln, "V-19", "general", "search_demoted", self.ago(3), appeals=True))
        self.begin(self.is_penalized(north, "V-16", "serious", "store_frozen", self.ago(0.6), confirmed=False))

    def says_where_returns_go(self, shop: Shop) -> Story:
        yield self.ago(50)
        self.do("seller.set_return_address", shop.owner, shop.store.id, address=shop.returns)

    def joins_the_cover(self, shop: Shop) -> Story:
        yield self.ago(45)
        self.do("seller.join_cover", shop.owner, shop.store.id)

    def comes_back(self, how: str) -> Callable[..., Story]:
        """An offer against the goods is taken; how: contested, on_the_way, received."""

        def ending(shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing) -> Story:
            yield from self._rejects(shop, dispute, words, filed)
            yield self.clock.now() + timedelta(hours=5)
            self.do(
                "seller.make_offer",
                shop.support,
                dispute,
                refund=self._offer(dispute, 90),
                return_goods=True,
                text="Send it back and we refund nine tenths; we would like to look at it ourselves.",
            )
            yield self.clock.now() + timedelta(hours=9)
            self.do("buyer.accept_offer", buyer, dispute)
            yield self.clock.now() + timedelta(days=2)
            self.do("buyer.ship_return", buyer, dispute, waybill=f"RB{self.random.randint(10**8, 10**9 - 1)}CN")
            if how == "on_the_way":
                return
            yield self.clock.now() + timedelta(days=3)
            if how == "received":
                self.do("seller.confirm_return", shop.support, dispute)
                return
            self.do(
                "seller.contest_return",
                shop.support,
                dispute,
                text="The parcel holds another piece than the one we sent: ours bears a stamp on the foot.",
            )
            yield self.clock.now() + timedelta(hours=2)
            self.do(
                "seller.add_evidence",
                shop.support,
                dispute,
                text="What lay in the parcel. We opened it at the counter of the post office.",
                shows="photo",
                file=photograph("box", self.random.randint(1, 10**6)),
            )

        return ending

    def is_appealed(
        self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing
    ) -> Story:
        """Ruled in full or in half, and the side that lost most says why that is wrong."""
        yield from self.is_argued(shop, dispute, buyer, words, filed, listing)
        yield self.later(filed, 8, 9)
        full = shop is self.shops[0]
        ruling = self._rule(0, dispute, 100 if full else 40, "refund" if full else "part")
        yield self.clock.now() + timedelta(days=1.5)
        kind, actor = ("seller", shop.support) if full else ("buyer", buyer)
        self.do(f"{kind}.appeal", actor, ruling, text=self.words["appeals"][kind])

    def gets_a_proposal(
        self, shop: Shop, dispute: Any, buyer: Actor, words: Any, filed: datetime, listing: Listing
    ) -> Story:
        """The platform proposes something, and one side has taken it."""
        yield from self.is_argued(shop, dispute, buyer, words, filed, listing)
        yield self.later(filed, 8, 8.6)
        self.do(
            "moderator.intervene",
            self.moderators[0],
            dispute,
            suggest_refund=self._offer(dispute, 55),
            return_goods=False,
            text="A little over half would be fair to both: most of the parcel is there and in order.",
        )
        yield self.clock.now() + timedelta(hours=4)
        self.do("buyer.accept_suggestion", buyer, dispute)

    def covered_dispute(self, shop: Shop, filed: datetime) -> Story:
        """The after-sale cover has it, for toys are a covered category; the seller was asked for help."""
        opened = filed - timedelta(days=40)
        with Docket.open(clock=VirtualClock(opened)) as docket:
            listing = enrol_listing(
                docket,
                shop.store,
                title="Wooden abacus, a hundred beads",
                price=Money.parse(f"39.00 {shop.currency}"),
                category="toys-hobbies",
                stock=120,
                handling_days=3,
                delivery=[{"country": "*", "days": 7, "fee": f"4.50 {shop.currency}"}],
                published_at=opened,
            )
        order, buyer, _parcel = yield from self.delivered(shop, filed - timedelta(days=1), listing=listing)
        yield filed
        words = self.words["disputes"]["not_as_described"]
        dispute = self.do(
            "buyer.open_dispute",
            buyer,
            order,
            reason="not_as_described",
            refund=str(order.total),
            text=words["claim"],
        )
        self.seeded.disputes += 1
        taken = photograph("marked", self.random.randint(1, 10**6), of="box")
        self.do("buyer.add_evidence", buyer, dispute, text=words["shows"], shows="photo", file=taken)
        yield self.later(filed, 0.2, 0.5)
        self.do(
            "moderator.request_cooperation",
            self.moderators[0],
            dispute,
            text="Please send the product data and a photograph of the piece from your stock.",
        )

    def charged_back(self, shop: Shop, reason: str, code: str, at: datetime) -> Story:
        """A bank takes the payment back; the oldest of them the seller has answered."""
        order, _buyer, parcel = yield from self.delivered(shop, at - timedelta(days=3))
        yield at
        chargeback = self.do(
            "bank.chargeback",
            self.bank,
            order,
            reason=reason,
            network="visa",
            code=code,
            reference=f"CB-{code}-{order.number}",
        )
        if reason == "not_received":
            yield at + timedelta(days=1)
            self.do(
                "seller.submit_chargeback_evidence",
                shop.support,
                chargeback,
                text="Delivered and signed for; the carrier's record is enclosed.",
                waybill=parcel.waybill,
            )

    def is_penalized(
        self,
        shop: Shop,
        rule: str,
        severity: str,
        kind: str,
        at: datetime,
        *,
        confirmed: bool = True,
        appeals: bool = False,
    ) -> Story:
        """One moderator proposes, another confirms, the seller may say why it is wrong."""
        _arbitrator, senior, _finance, policy = self.moderators[:4]
        first, other = (senior, policy) if confirmed else (policy, senior)
        yield at
        penalty = self.do(
            "moderator.propose_penalty",
            first,
            shop.store,
            kind=kind,
            severity=severity,
            article=rule,
            reason=self.words["penalties"][rule],
        )
        if confirmed:
            yield at + timedelta(hours=5)
            self.do("moderator.confirm_penalty", other, penalty)
        if appeals:
            yield at + timedelta(days=1.3)
            self.do("seller.appeal_penalty", shop.support, penalty, text=self.words["appeals"]["penalty"])
