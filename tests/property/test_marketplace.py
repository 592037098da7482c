"""Any sequence of acts and waiting: books balance, everything cites its rule, every order can come to an end."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from disputes.models import Dispute, Ruling
from finance.accounts import may_hold
from finance.models import Withdrawal
from orders.models import Cancellation, Order
from rulebook.actions import actions, offers
from rulebook.articles import is_known
from rulebook.docket.effects import GENESIS, entry_hash
from rulebook.money import Money, half_up
from rulebook.refusals import NotDone
from tests.court import Court

GIVEN = {
    "sellers": {"seller": {}, "rival": {}},
    "stores": {"shop": {}, "stall": {"seller": "rival", "categories": ["furniture"]}},
    "listings": {
        "item": {"price": "19.99 USD", "stock": 40, "delivery": [{"days": 5, "fee": "1.01 USD"}]},
        "chair": {"price": "333.33 USD", "category": "furniture", "handling": "3d", "delivery": [{"days": 20}]},
        "fragile": {"price": "150.00 USD", "delivery": [{"days": 5, "worry_free": True}]},
        "wig": {
            "price": "640.00 USD",
            "category": "hair-extensions-wigs",
            "delivery": [{"days": 9, "fee": "0.05 USD"}],
        },
        "lamp": {"store": "stall", "price": "80.00 EUR", "flash_sale": "45m", "delivery": [{"days": 5}]},
        "shelf": {"store": "stall", "price": "999.99 USD", "category": "furniture", "delivery": [{"days": 30}]},
    },
    "rates": {"EUR": 0.9},
}
LISTINGS = list(GIVEN["listings"])
WAITS = [
    "0",
    "1s",
    "30m",
    "45m",
    "1d",
    "2d 23h 59m 59s",
    "3d",
    "5d",
    "6d 23h 59m 59s",
    "7d",
    "10d",
    "15d",
    "20d",
    "45d",
    "60d",
]
REASONS = ["not_received", "late_delivery", "damaged", "quality", "other"]
MOVING = {"awaiting_payment": "payment", "awaiting_shipment": "handling", "partially_shipped": "handling"}
PART = st.integers(min_value=1, max_value=10)
PICK = st.integers(min_value=0, max_value=7)


class Marketplace(RuleBasedStateMachine):
    """Buyers, sellers, moderators and the bank do what comes to their mind; what a rule forbids is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.court = Court(given=GIVEN, rulebook={"dispute.claim_days_after_completion": 40})
        self.checked = 0
        self.heads: dict[Any, tuple[int, str]] = {}
        self.totals: dict[Any, int] = defaultdict(int)
        self.posted = 0

    # ------------------------------------------------------------------ what is there

    @property
    def memory(self) -> Any:
        return self.court.memory

    def all_of(self, model: type) -> list[Any]:
        return list(self.memory.rows[model].values())

    def try_to(self, verb: str, on: Any, *, by: str | None = None, **inputs: Any) -> Any:
        try:
            return self.court.do(verb, on=on, by=by, **inputs)
        except NotDone:
            return None

    def act(self, verb: str, model: type, pick: int, **inputs: Any) -> Any:
        obj = self.one_of(model, verb, pick)
        if obj is None:
            return None
        return self.try_to(verb, obj, by=self.seller_of(obj) if verb.startswith("seller.") else None, **inputs)

    def one_of(self, model: type, verb: str, pick: int) -> Any:
        """The newest first; mostly one whose state allows the verb, now and then any."""
        found = self.all_of(model)
        fit = [obj for obj in found if any(str(obj.__dict__[law.field]) in law.source for law in actions()[verb].laws)]
        pool = fit if fit and pick != 7 else found
        return pool[-1 - pick % len(pool)] if pool else None

    def seller_of(self, obj: Any) -> str:
        return "seller" if obj.book == self.court.stage.identity("shop") else "rival"

    @initialize(disputed=st.booleans())
    def a_fair_that_is_open(self, disputed: bool) -> None:
        """Some money earned, parcels on their way, a claim or two: where most can happen."""
        for listing in ("item", "lamp"):
            self.try_to("buyer.confirm_receipt", self.sold(listing, 2))
        self.court.advance("15d")
        orders = [self.sold(listing, 1) for listing in ("wig", "fragile", "lamp", "item")]
        self.sold("chair", 3, ship=False)
        if disputed:
            self.court.advance("1d")
            for order in orders:
                self.try_to("buyer.open_dispute", order, reason="damaged", refund=str(order.total))

    def sold(self, listing: str, quantity: int, *, ship: bool = True) -> Any:
        order = self.try_to("buyer.place_order", listing, quantity=quantity)
        self.try_to("buyer.pay", order)
        if ship:
            self.try_to("seller.ship", order, by=self.seller_of(order))
        return order

    # ------------------------------------------------------------------ buyers

    @rule(
        listing=st.sampled_from(LISTINGS),
        quantity=st.integers(min_value=1, max_value=4),
        more=st.lists(st.sampled_from(LISTINGS), max_size=2),
    )
    def place(self, listing: str, quantity: int, more: list[str]) -> None:
        lines = [{"listing": self.court.stage.identity(name), "quantity": 1} for name in more]
        self.try_to("buyer.place_order", listing, quantity=quantity, **({"lines": lines} if lines else {}))

    @rule(pick=PICK)
    def pay(self, pick: int) -> None:
        self.act("buyer.pay", Order, pick)

    @rule(pick=PICK)
    def ask_to_cancel(self, pick: int) -> None:
        self.act("buyer.request_cancellation", Order, pick)

    @rule(pick=PICK)
    def confirm(self, pick: int) -> None:
        self.act("buyer.confirm_receipt", Order, pick)

    @rule(pick=PICK, tenths=PART, reason=st.sampled_from(REASONS))
    @precondition(lambda self: any(order.state in ("shipped", "completed") for order in self.all_of(Order)))
    def claim(self, pick: int, tenths: int, reason: str) -> None:
        found = [order for order in self.all_of(Order) if order.state in ("shipped", "completed")]
        if found:
            order = found[-1 - pick % len(found)]
            self.try_to("buyer.open_dispute", order, reason=reason, refund=str(part(order.total, tenths)))

    @rule(pick=PICK, tenths=PART)
    def revise(self, pick: int, tenths: int) -> None:
        self.on_dispute("buyer.revise_dispute", pick, tenths, "refund")

    @rule(pick=PICK)
    def take_offer(self, pick: int) -> None:
        self.act("buyer.accept_offer", Dispute, pick)

    @rule(pick=PICK)
    def withdraw_claim(self, pick: int) -> None:
        self.act("buyer.withdraw_dispute", Dispute, pick)

    def on_dispute(self, verb: str, pick: int, tenths: int, field: str, **inputs: Any) -> Any:
        dispute = self.one_of(Dispute, verb, pick)
        if dispute is None:
            return None
        inputs[field] = str(part(dispute.order.total, tenths))
        return self.try_to(verb, dispute, by=self.seller_of(dispute) if verb.startswith("seller.") else None, **inputs)

    # ------------------------------------------------------------------ sellers

    @rule(pick=PICK)
    def agree(self, pick: int) -> None:
        self.act("seller.agree_cancellation", Cancellation, pick)

    @rule(pick=PICK)
    def decline(self, pick: int) -> None:
        self.act("seller.decline_cancellation", Cancellation, pick)

    @rule(pick=PICK, quantity=st.one_of(st.none(), st.integers(min_value=1, max_value=3)))
    def ship(self, pick: int, quantity: int | None) -> None:
        self.act("seller.ship", Order, pick, quantity=quantity)

    @rule(pick=PICK)
    def accept(self, pick: int) -> None:
        self.act("seller.accept_dispute", Dispute, pick)

    @rule(pick=PICK, tenths=st.one_of(st.none(), PART))
    def reject(self, pick: int, tenths: int | None) -> None:
        if tenths is None:
            self.act("seller.reject_dispute", Dispute, pick)
        else:
            self.on_dispute("seller.reject_dispute", pick, tenths, "offer_refund")

    @rule(pick=PICK, tenths=PART)
    def offer(self, pick: int, tenths: int) -> None:
        self.on_dispute("seller.make_offer", pick, tenths, "refund")

    @rule(store=st.sampled_from(["shop", "stall"]), tenths=PART, currency=st.sampled_from(["USD", "EUR"]))
    def take_money_out(self, store: str, tenths: int, currency: str) -> None:
        free = self.memory.balances.get((self.court.stage.identity(store), "available", currency), 0)
        amount = part(Money(max(free, 10), currency), tenths)
        self.try_to("seller.request_withdrawal", store, by="seller" if store == "shop" else "rival", amount=str(amount))

    # ------------------------------------------------------------------ the platform, the bank, time

    @rule(
        pick=PICK,
        tenths=st.integers(min_value=0, max_value=10),
        liable=st.sampled_from(["seller", "buyer", "logistics", "platform"]),
    )
    def decide(self, pick: int, tenths: int, liable: str) -> None:
        self.on_dispute("moderator.rule", pick, tenths, "refund", liable=liable, reason="As it is.")

    @rule(pick=PICK, by=st.sampled_from(["moderator", "second"]))
    def approve(self, pick: int, by: str) -> None:
        found = self.all_of(Ruling)
        if found:
            self.try_to("moderator.approve_ruling", found[-1 - pick % len(found)], by=by)

    @rule(pick=PICK, verb=st.sampled_from(["bank.settle_withdrawal", "bank.fail_withdrawal"]))
    def hear_from_the_bank(self, pick: int, verb: str) -> None:
        self.act(verb, Withdrawal, pick)

    @rule(length=st.sampled_from(WAITS))
    def wait(self, length: str) -> None:
        self.court.advance(length)

    @rule(length=st.sampled_from(WAITS))
    @precondition(lambda self: self.all_of(Order))
    def let_time_pass_with_nobody_sweeping(self, length: str) -> None:
        self.court.jump(length)

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def every_book_balances_and_no_account_has_the_wrong_sign(self) -> None:
        for posting in self.memory.postings[self.posted :]:
            sums: dict[str, int] = defaultdict(int)
            for account, minor, currency in posting.legs:
                sums[currency] += minor
                self.totals[posting.store_id, account, currency] += minor
            assert not any(sums.values()), posting
            assert is_known(posting.rule), posting
        self.posted = len(self.memory.postings)
        balances = {key: minor for key, minor in self.memory.balances.items() if minor}
        assert balances == {key: minor for key, minor in self.totals.items() if minor}
        assert all(may_hold(account, minor) for (_store, account, _currency), minor in balances.items())

    @invariant()
    def escrow_is_what_orders_hold_and_commission_what_they_paid(self) -> None:
        escrow: dict[Any, int] = defaultdict(int)
        commission: dict[Any, int] = defaultdict(int)
        for order in self.all_of(Order):
            assert 0 <= order.refunded_minor <= order.paid_minor
            assert 0 <= order.borne_minor <= order.refunded_minor
            assert 0 <= order.commission_minor <= order.paid_minor
            assert order.units_shipped == sum(line.quantity_shipped for line in order.lines) <= order.units
            escrow[order.store_id, order.currency] += order.escrow_minor
            commission[order.store_id, order.currency] += order.commission_minor
        for (store, currency), minor in escrow.items():
            assert self.memory.balances.get((store, "escrow", currency), 0) == minor
            assert self.memory.balances.get((store, "commission", currency), 0) == commission[store, currency]

    @invariant()
    def every_entry_cites_a_known_rule_and_the_chains_hold(self) -> None:
        for entry in self.memory.journal[self.checked :]:
            number, previous = self.heads.get(entry.store_id, (0, GENESIS))
            assert entry.rules
            assert all(is_known(rule_id) for rule_id in entry.rules), entry
            assert (entry.number, entry.previous_hash) == (number + 1, previous)
            assert entry.hash == entry_hash(entry)
            assert entry.effective_at <= entry.recorded_at <= self.court.now
            self.heads[entry.store_id] = (entry.number, entry.hash)
        self.checked = len(self.memory.journal)
        assert self.heads == self.memory.heads

    @invariant()
    def whatever_waits_has_a_deadline_or_somebody_who_can_act(self) -> None:
        for order in self.all_of(Order):
            pending = self.waits_for(order, order.id)
            assert not any(row.status == "stuck" for row in self.memory.pending.get(order.id, {}).values())
            if order.state in MOVING:
                assert MOVING[order.state] in pending, (order.state, pending)
            elif order.state == "shipped":
                assert "receipt" in pending or order.open_dispute_id, pending
            elif order.state == "completed" and order.release == "held":
                assert "release" in pending or order.open_dispute_id, pending
            else:
                assert pending <= {"review"}, (order.state, order.release, pending)
        for dispute in self.all_of(Dispute):
            self._dispute_waits_for_somebody(dispute)

    def waits_for(self, subject: Any, root: Any) -> set[str]:
        """Its pending deadlines; reminders wait for nobody."""
        rows = self.memory.pending.get(root, {}).values()
        return {row.name for row in rows if row.subject_id == subject.id and not row.name.endswith("_reminder")}

    def _dispute_waits_for_somebody(self, dispute: Dispute) -> None:
        pending = self.waits_for(dispute, dispute.order_id)
        assert (dispute.order.open_dispute_id == dispute.id) is dispute.is_open
        if dispute.state == "awaiting_seller":
            assert pending == {"seller_response", "negotiation"}
        elif dispute.state == "negotiating":
            assert pending == {"negotiation"}
        else:
            assert not pending, (dispute.state, pending)
        if dispute.is_open and not pending:
            subject = next((row for row in dispute.rulings if row.id == dispute.proposed_ruling_id), dispute)
            open_now = {offer.action.name for offer in self.offered(subject)}
            assert open_now & {"moderator.rule", "moderator.approve_ruling"}, (dispute.state, open_now)

    def offered(self, subject: Any) -> list[Any]:
        obj, docket = self.court.stage.look(subject.KIND, subject.id)
        return [offer for offer in offers(obj, self.court.actor("moderator", "second"), docket) if offer.open]

    # ------------------------------------------------------------------ the end

    def teardown(self) -> None:
        """Time passes, moderators do their work, and every order comes to an end."""
        for _ in range(4):
            self.court.advance("120d")
            for ruling in self.all_of(Ruling):
                self.try_to("moderator.approve_ruling", ruling, by="second")
                self.try_to("moderator.approve_ruling", ruling, by="moderator")
            for dispute in self.all_of(Dispute):
                self.try_to(
                    "moderator.rule",
                    dispute,
                    refund=str(Money(0, dispute.currency)),
                    liable="buyer",
                    reason="Closing the fair.",
                )
        self.every_book_balances_and_no_account_has_the_wrong_sign()
        self.escrow_is_what_orders_hold_and_commission_what_they_paid()
        self.every_entry_cites_a_known_rule_and_the_chains_hold()
        self.whatever_waits_has_a_deadline_or_somebody_who_can_act()
        for order in self.all_of(Order):
            ended = order.state == "closed" or (order.state == "completed" and order.release == "released")
            assert ended, (order.state, order.release)
            assert order.escrow_minor == 0
        assert not any(self.memory.pending.values())


def part(whole: Money, tenths: int) -> Money:
    """So many tenths of an amount, more than all of it now and then; at least one minor unit unless none is meant."""
    return Money(max(half_up(whole.minor * tenths, 10), 1 if tenths else 0), whole.currency)


TestMarketplace = Marketplace.TestCase
