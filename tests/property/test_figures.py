"""After any history every indicator is what a plain count over orders, reviews and disputes gives; in both modes; at any second.

`plain` knows nothing of tallies: it walks over everything that there is and counts as the rules say in words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disputes.models import Dispute, Ruling
from orders.models import Cancellation, Order, Review, Shipment
from rulebook.money import Money
from rulebook.refusals import NotDone
from stores.indicators import figures, indicators
from stores.models import Listing, Store
from tests.court import Court

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
GIVEN = {
    "sellers": {"seller": {}, "rival": {}},
    "stores": {"shop": {}, "stall": {"seller": "rival", "items_sold": 7}},
    "listings": {
        "item": {"price": "19.99 USD", "delivery": [{"days": 5, "fee": "1.01 USD"}]},
        "fragile": {"price": "150.00 USD", "handling": "3d", "delivery": [{"days": 5, "worry_free": True}]},
        "lamp": {"store": "stall", "price": "80.00 EUR", "delivery": [{"days": 5}]},
        "draft": {"state": "draft"},
    },
    "rates": {"EUR": 0.9},
}
SELLERS_REASONS = {"out_of_stock", "cannot_ship", "wrong_price", "address_not_served", "seller_reason"}
NOT_RECEIVED, SNAD = (
    {"not_received", "customs"},
    {
        "not_as_described",
        "quality",
        "damaged",
        "wrong_item",
        "missing_items",
        "counterfeit",
    },
)
WAITS = ["1s", "30m", "1d", "2d 23h 59m 59s", "3d", "5d", "7d", "15d", "29d 23h 59m 59s", "30d", "60d", "90d"]
DEEDS = [
    *["order", "order", "order", "pay", "ship", "ship", "scan", "scan", "confirm", "review", "review", "claim"],
    *[
        "cancel",
        "agree",
        "reply",
        "accept",
        "reject",
        "withdraw",
        "rule",
        "hide",
        "restore",
        "delete",
        "exclude",
        "include",
    ],
    *["short", "wait", "wait", "wait"],
]
STEP = st.tuples(st.sampled_from(DEEDS), st.integers(0, 11), st.integers(0, 11))


class History:
    """What people did; each step is a deed and two numbers, so that both modes live through the same."""

    def __init__(self, *, memory: bool) -> None:
        overrides = {"dispute.claim_days_after_completion": 40}
        self.court = Court(memory=memory, given=GIVEN, rulebook=overrides)
        self.waybills = 0

    def all_of(self, model: Any) -> list[Any]:
        """In the order of their making, whatever their ids are."""
        found = self.court.stage.find(model)
        named = {identity: place for place, (_kind, identity) in enumerate(self.court.stage.objects.values())}
        return sorted((row for row in found if row.id in named), key=lambda row: named[row.id])

    def live(self, steps: list[tuple[str, int, int]]) -> None:
        for deed, one, two in steps:
            getattr(self, deed)(one, two)

    def do(self, verb: str, on: Any, **inputs: Any) -> Any:
        if on is None:
            return None
        mine = not isinstance(on, str) and on.book == self.court.stage.identity("shop")
        by = ("seller" if mine else "rival") if verb.startswith("seller.") else None
        try:
            return self.court.do(verb, on=on, by=by, **inputs)
        except NotDone:
            return None

    def pick(self, model: Any, one: int, *, which: Any = lambda row: True) -> Any:
        """Of those that fit, one of the newest."""
        fit = [row for row in self.all_of(model) if which(row)]
        return fit[-1 - one % min(len(fit), 6)] if fit else None

    # deeds

    def order(self, one: int, two: int) -> None:
        placed = self.do("buyer.place_order", ["item", "fragile", "lamp"][one % 3], quantity=1 + two % 3)
        if two % 5:
            self.do("buyer.pay", placed)

    def pay(self, one: int, two: int) -> None:
        self.do("buyer.pay", self.pick(Order, one, which=lambda row: row.state == "awaiting_payment"))

    def ship(self, one: int, two: int) -> None:
        order = self.pick(Order, one, which=lambda row: row.state in ("awaiting_shipment", "partially_shipped"))
        self.waybills += 1
        self.do("seller.ship", order, waybill=f"RR{100000000 + self.waybills}CN", quantity=1 if two % 4 == 0 else None)

    def scan(self, one: int, two: int) -> None:
        event = ["accepted", "in_transit", "delivered", "delivered"][two % 4]
        self.do("carrier.scan", self.pick(Shipment, one, which=lambda row: row.state != "delivered"), event=event)

    def confirm(self, one: int, two: int) -> None:
        self.do("buyer.confirm_receipt", self.pick(Order, one, which=lambda row: row.state == "shipped"))

    def review(self, one: int, two: int) -> None:
        order = self.pick(Order, one, which=lambda row: row.state in ("completed", "closed") and not row.reviews_count)
        scores = {"described": 1 + one % 5, "shipping": 1 + (one + two) % 5} if two % 2 else {}
        self.do("buyer.review", order, stars=1 + two % 5, text="As it was.", **scores)

    def reply(self, one: int, two: int) -> None:
        self.do(
            "seller.reply_to_review", self.pick(Review, one, which=lambda row: row.state == "published"), text="Sorry."
        )

    def claim(self, one: int, two: int) -> None:
        order = self.pick(Order, one, which=lambda row: row.state in ("shipped", "completed"))
        reason = ["not_received", "damaged", "quality", "late_delivery", "other", "customs"][two % 6]
        if order is not None:
            minor = order.refundable.minor // (1 + one % 3)
            self.do("buyer.open_dispute", order, reason=reason, refund=str(Money(max(1, minor), order.currency)))

    def cancel(self, one: int, two: int) -> None:
        reason = ["out_of_stock", "changed_mind", "wrong_price", "other"][two % 4]
        order = self.pick(Order, one, which=lambda row: row.state in ("awaiting_shipment", "partially_shipped"))
        self.do("buyer.request_cancellation", order, reason=reason)

    def agree(self, one: int, two: int) -> None:
        verb = "seller.decline_cancellation" if two % 4 == 0 else "seller.agree_cancellation"
        self.do(verb, self.pick(Cancellation, one, which=lambda row: row.state == "requested"))

    def accept(self, one: int, two: int) -> None:
        self.do("seller.accept_dispute", self.pick(Dispute, one, which=lambda row: row.is_open))

    def reject(self, one: int, two: int) -> None:
        dispute = self.pick(Dispute, one, which=lambda row: row.state == "awaiting_seller")
        self.do("seller.reject_dispute", dispute, text="No.")

    def withdraw(self, one: int, two: int) -> None:
        self.do("buyer.withdraw_dispute", self.pick(Dispute, one, which=lambda row: row.is_open))

    def rule(self, one: int, two: int) -> None:
        dispute = self.pick(Dispute, one, which=lambda row: row.state in ("arbitration", "platform_review"))
        if dispute is not None:
            liable = ["seller", "logistics", "platform", "buyer"][two % 4]
            minor = 0 if liable == "buyer" else min(dispute.refund_minor, 5_00)
            refund = str(Money(minor, dispute.currency))
            self.do("moderator.rule", dispute, refund=refund, liable=liable, reason="As it is.")

    def hide(self, one: int, two: int) -> None:
        self.do("moderator.hide_review", self.pick(Review, one), reason="Looked at.")

    def restore(self, one: int, two: int) -> None:
        hidden = self.pick(Review, one, which=lambda row: row.state == "hidden")
        self.do("moderator.restore_review", hidden, reason="Looked at again.")

    def delete(self, one: int, two: int) -> None:
        self.do("moderator.delete_review", self.pick(Review, one), reason="Such words.")

    def exclude(self, one: int, two: int) -> None:
        if two % 3 == 0:
            self.do("moderator.exclude_order", self.pick(Order, one), reason="Not a trade.")

    def include(self, one: int, two: int) -> None:
        excluded = self.pick(Order, one, which=lambda row: row.excluded_at is not None)
        self.do("moderator.include_order", excluded, reason="A trade after all.")

    def short(self, one: int, two: int) -> None:
        order = self.pick(Order, one, which=lambda row: row.state == "awaiting_shipment")
        if two % 3 == 0:
            self.do("seller.report_shortage", order, text="None left.")

    def wait(self, one: int, two: int) -> None:
        self.court.advance(WAITS[(one * 5 + two) % len(WAITS)])

    # what is counted

    def counted(self, name: str, at: datetime) -> dict[str, Any]:
        stage = self.court.stage
        store = stage.look("store", stage.identity(name))[0]
        rules = stage.rulebook.at(at, store=store.id, category=store.category)
        return {code: figure.value for code, figure in figures(stage.source(), store, at, rules).items()}

    def facts(self, name: str) -> Facts:
        return Facts(self, self.court.stage.identity(name))


class Facts:
    """Everything of one store, and the plain counts over it."""

    def __init__(self, history: History, store_id: Any) -> None:
        def own(model: Any) -> list[Any]:
            return [row for row in history.court.stage.find(model) if row.store_id == store_id]

        self.history = history
        self.store = next(row for row in history.court.stage.find(Store) if row.id == store_id)
        self.orders = [order for order in own(Order) if order.paid_at is not None]
        self.by_id = {order.id: order for order in own(Order)}
        self.listings, self.cancellations = own(Listing), own(Cancellation)
        self.disputes, self.rulings, self.shipments = own(Dispute), own(Ruling), own(Shipment)
        self.reviews = [row for row in own(Review) if row.side == "buyer" and row.state == "published"]
        self.reviews = [row for row in self.reviews if self.by_id[row.order_id].excluded_at is None]

    # of one order

    def reason_of_cancelling(self, order: Any) -> str:
        """Whose reason it was, where both agreed."""
        agreed = [row for row in self.cancellations if row.order_id == order.id and row.state == "agreed"]
        if not agreed:
            return ""
        return "seller" if order.shortage_at or agreed[0].reason in SELLERS_REASONS else "buyer"

    def never_shipped(self, order: Any) -> bool:
        return order.state == "closed" and order.close_reason in ("not_shipped", "cancelled_by_silence")

    def skipped(self, order: Any) -> bool:
        """A ruling in force found the carrier liable, on the platform's own channels."""
        of_order = [row.id for row in self.disputes if row.order_id == order.id and row.outcome == "refund_ruled"]
        return any(
            row.dispute_id in of_order and row.liable == "logistics" and row.refund_minor and row.state != "proposed"
            for row in self.rulings
        )

    def at_fault(self, dispute: Any) -> bool:
        if dispute.outcome == "refund_as_claimed":  # by silence (A40-2)
            return True
        if dispute.outcome != "refund_ruled":
            return False
        return any(row.dispute_id == dispute.id and row.liable == "seller" for row in self.rulings)

    def low_shipping_counts(self, review: Any) -> bool:
        return review.shipping is not None and not (review.shipping <= 3 and self.skipped(self.by_id[review.order_id]))

    def is_bad(self, order: Any) -> bool:
        if order.excluded_at is not None:
            return False
        if self.reason_of_cancelling(order) == "seller" or self.never_shipped(order):
            return True
        for dispute in self.disputes:
            lost = dispute.outcome == "refund_as_claimed" or self.at_fault(dispute)
            if dispute.order_id == order.id and lost:
                return True
        for review in self.reviews:
            if review.order_id != order.id:
                continue
            scores = [review.stars, review.described or 5, review.communication or 5]
            if self.low_shipping_counts(review):
                scores.append(review.shipping)
            if min(scores) <= 2:
                return True
        return False

    def arrived(self, order: Any) -> datetime | None:
        parcels = [row for row in self.shipments if row.order_id == order.id]
        if parcels and order.units_shipped == order.units and all(row.delivered_at for row in parcels):
            return max(row.delivered_at for row in parcels)
        return order.completed_at

    # dated counts: (moment, what it counts for)

    def dated(self) -> dict[str, list[tuple[datetime, int]]]:
        found: dict[str, list[tuple[datetime, int]]] = {}

        def count(name: str, at: datetime, value: int = 1) -> None:
            found.setdefault(name, []).append((at, value))

        for order in self.orders:
            self._count_order(order, count)
        for review in self.reviews:
            self._count_review(review, count)
        for dispute in self.disputes:
            self._count_dispute(dispute, count)
        for listing in self.listings:
            if listing.state == "live":
                count("live", listing.published_at)
        return found

    def _count_order(self, order: Any, count: Any) -> None:
        paid, ended = order.paid_at, order.completed_at or order.closed_at
        whose = self.reason_of_cancelling(order)
        count("orders", paid)
        if order.excluded_at is None:
            count("units", paid, order.units)
            usd = Decimal(order.paid_minor) / (Decimal("0.9") if order.currency == "EUR" else 1)
            count("usd", paid, int(usd.quantize(Decimal(1), ROUND_HALF_UP)))
        if ended is not None:
            count("ended", ended)
            if self.is_bad(order):
                count("bad", ended)
            if whose:
                count(f"cancelled by {whose}", ended)
        failed = self.never_shipped(order) or whose == "seller"
        until = paid + order.handling_days * DAY
        if failed:
            count("to ship", min(until, order.closed_at))
            if order.excluded_at is None:
                count("not shipped", min(until, order.closed_at))
        elif order.units_shipped == order.units:
            count("to ship", until)
            count("shipped", until)
        if whose != "buyer":
            first = min(
                (row.first_scan_at for row in self.shipments if row.order_id == order.id and row.first_scan_at),
                default=None,
            )
            for hours in (72, 7 * 24):
                limit = paid + timedelta(hours=hours)
                count(f"online due {hours}", limit)
                if first is not None and first <= limit:
                    count(f"online {hours}", limit)
        self._count_promise(order, count)
        self._count_ends(order, count)

    def _count_promise(self, order: Any, count: Any) -> None:
        parcels = [row.shipped_at for row in self.shipments if row.order_id == order.id]
        if parcels and order.units_shipped == order.units:
            due = max(parcels) + order.promised_days * DAY
            count("promised", due)
            arrived = self.arrived(order)
            if arrived is not None and arrived <= due:
                count("kept", due)
        elif self.never_shipped(order):
            count("promised", order.closed_at)

    def _count_ends(self, order: Any, count: Any) -> None:
        disputes = [row for row in self.disputes if row.order_id == order.id]
        opened = [row.opened_at for row in disputes]
        judged = [row.arbitrated_at for row in disputes if row.arbitrated_at]
        judged += [row.ended_at for row in disputes if row.ended_at and row.state == "resolved"]
        for name, moments in (("received", opened), ("judged", judged)):
            every = [*moments, *([order.completed_at] if order.completed_at else [])]
            if every:
                count(name, max(every))

    def _count_review(self, review: Any, count: Any) -> None:
        at, order = review.published_at, self.by_id[review.order_id]
        count("stars", at, review.stars)
        count("reviews", at)
        if review.stars <= 3:
            count("critical", at)
            if review.replied_at is not None:
                count("critical answered", at)
        count("points", at, 1 if review.stars > 3 else -1 if review.stars < 3 else 0)
        if not any(
            row.order_id == order.id and row.reason == "not_received" and row.ruled_refund_minor
            for row in self.disputes
        ):
            count("positive" if review.stars > 3 else "negative" if review.stars < 3 else "neutral", at)
        for name in ("described", "communication"):
            if getattr(review, name) is not None:
                count(name, at, getattr(review, name))
                count(f"{name} given", at)
        if self.low_shipping_counts(review):
            count("shipping", at, review.shipping)
            count("shipping given", at)

    def _count_dispute(self, dispute: Any, count: Any) -> None:
        order = self.by_id[dispute.order_id]
        if order.excluded_at is not None or self.skipped(order):
            return
        if dispute.state != "withdrawn":
            count("claims", dispute.opened_at)
            if dispute.reason in NOT_RECEIVED:
                count("not received", dispute.opened_at)
            if dispute.reason in SNAD:
                count("snad", dispute.opened_at)
        if dispute.arbitrated_at is not None:
            count("arbitrated", dispute.arbitrated_at)
        if self.at_fault(dispute):
            count("at fault", dispute.ended_at)

    def plain(self, at: datetime) -> dict[str, Any]:
        """Every indicator as of a moment."""
        dated = self.dated()

        def total(name: str, days: int | None = None, since: datetime | None = None) -> int:
            begin = at - days * DAY if days is not None else since
            return sum(
                value for moment, value in dated.get(name, ()) if (begin is None or moment > begin) and moment <= at
            )

        def rate(
            above: str, below: list[str], days: int | None = 30, since: datetime | None = None, times: int = 100
        ) -> Any:
            divided = sum(total(name, days, since) for name in below)
            if divided <= 0:
                return None
            ratio = Decimal(total(above, days, since) * times) / divided
            return ratio.quantize(Decimal("0.1"), ROUND_HALF_UP)

        half_a_year = months_before(at, 6)
        return {
            "live_listings": total("live"),
            "items_sold": self.store.items_sold + total("units"),
            "orders": total("orders", 30),
            "gmv_180d": Money(total("usd", 180), "USD"),
            "gmv_365d": Money(total("usd", 365), "USD"),
            "odr": rate("bad", ["ended"], 90),
            "non_fulfilment_rate": rate("not shipped", ["to ship"]),
            "shipped_on_time_rate": rate("shipped", ["to ship"]),
            "cancelled_by_seller": total("cancelled by seller", 30),
            "cancelled_by_buyer": total("cancelled by buyer", 30),
            "online_rate_72h": rate("online 72", ["online due 72"]),
            "online_rate_7d": rate("online 168", ["online due 168"]),
            "on_time_rate": rate("kept", ["promised"]),
            "positive_rate": rate("positive", ["positive", "negative"], None, half_a_year),
            "negative_rate": rate("negative", ["positive", "negative"], None, half_a_year),
            "average_stars": rate("stars", ["reviews"], None, times=1),
            "described": rate("described", ["described given"], None, times=1),
            "communication": rate("communication", ["communication given"], None, times=1),
            "shipping": rate("shipping", ["shipping given"], None, times=1),
            "reviews": total("reviews"),
            "feedback_score": total("points"),
            "reply_rate": rate("critical answered", ["critical"], None, half_a_year),
            "dispute_rate": rate("claims", ["received"]),
            "not_received_rate": rate("not received", ["received"]),
            "not_as_described_rate": rate("snad", ["received"]),
            "arbitration_rate": rate("arbitrated", ["judged"]),
            "seller_liable_rate": rate("at fault", ["judged"]),
            "chargeback_rate": rate("charged back", ["orders"], 90),
        }

    def edges(self) -> Iterator[datetime]:
        """Moments at which something enters or leaves a window."""
        for moments in self.dated().values():
            for moment, _value in moments:
                yield moment
                for days in (30, 90, 180, 365):
                    yield moment + days * DAY


def months_before(at: datetime, months: int) -> datetime:
    """The same day and time of platform time, so many months earlier; the last of a shorter month."""
    from calendar import monthrange
    from zoneinfo import ZoneInfo

    local = at.astimezone(ZoneInfo("Asia/Shanghai"))
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(at.tzinfo)


def looked_at(facts: Facts, now: datetime, most: int) -> list[datetime]:
    """Now and later, the second before, at and after some of the edges. Nothing is asked about the past: facts are today's."""
    edges = sorted({moment for moment in facts.edges() if moment >= now})
    chosen = edges[:: max(1, len(edges) // most)]
    return [now, *(edge + step for edge in chosen for step in (-TICK, 0 * TICK, TICK) if edge + step >= now)]


def test_every_indicator_is_counted_here_too() -> None:
    history = History(memory=True)

    assert set(history.facts("shop").plain(history.court.now)) == set(indicators())


@given(steps=st.lists(STEP, min_size=20, max_size=60))
def test_every_indicator_is_what_a_plain_count_gives(steps: list[tuple[str, int, int]]) -> None:
    history = History(memory=True)

    history.live(steps)

    for name in ("shop", "stall"):
        facts = history.facts(name)
        for moment in looked_at(facts, history.court.now, most=4):
            assert history.counted(name, moment) == facts.plain(moment), (name, moment)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_both_modes_count_the_same_and_the_plain_count_agrees(seed: int) -> None:
    dice = random.Random(seed)
    steps = [(dice.choice(DEEDS), dice.randrange(12), dice.randrange(12)) for _ in range(70)]
    memory, database = History(memory=True), History(memory=False)

    memory.live(steps)
    database.live(steps)

    assert memory.court.now == database.court.now
    for name in ("shop", "stall"):
        facts = database.facts(name)
        for moment in looked_at(memory.facts(name), memory.court.now, most=3):
            found = database.counted(name, moment)
            assert found == memory.counted(name, moment) == facts.plain(moment), (name, moment)
