"""Any sequence of acts and waiting: books balance, everything cites its rule, every order can come to an end."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from disputes import exploring
from disputes.models import Chargeback, Dispute, Ruling
from disputes.states import FOR_A_RULING
from finance.accounts import may_hold
from finance.models import Withdrawal
from finance.models.withdrawal import CHARGEBACK_HOLD
from orders.models import Cancellation, Order
from orders.states import ReleaseState
from rulebook.actions import actions, offers
from rulebook.articles import is_known
from rulebook.docket.effects import GENESIS, entry_hash
from rulebook.money import Money, half_up
from rulebook.refusals import NotDone
from tests.court import Court

GIVEN = {
    "sellers": {"seller": {}, "rival": {}},
    "stores": {
        "shop": {"aftersale_cover": True},
        "stall": {"seller": "rival", "categories": ["furniture"], "plus": True},
    },
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
RULES = {
    "dispute.claim_days_after_completion": 40,
    "dispute.four_eyes_above": "150.00 USD",
    "cb.prearb_fee": {"visa": "3.00 USD", "mastercard": "3.00 USD", "paypal": "0.00 USD", "other": "0.00 USD"},
}
"""As they stand, but for limits that the fair's small sums would never reach."""
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
REASONS = ["not_received", "damaged", "quality", "other", "no_reason_return"]
CARDS = ["not_received", "not_as_described", "stolen_card"]
NETWORKS = ["visa", "paypal"]
IN_TALKS = {
    "awaiting_seller": {"seller_response", "negotiation"},
    "negotiating": {"negotiation"},
    "awaiting_return": {"return_shipment"},
    "return_in_transit": {"return_receipt"},
}
"""What a dispute waits for, by state; in all other states a moderator has it, or it is over."""
MOVING = {"awaiting_payment": "payment", "awaiting_shipment": "handling", "partially_shipped": "handling"}
PART = st.integers(min_value=1, max_value=10)
PICK = st.integers(min_value=0, max_value=7)


class Marketplace(RuleBasedStateMachine):
    """Buyers, sellers, moderators and the bank do what comes to their mind; what a rule forbids is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.court = Court(given=GIVEN, rulebook=RULES)
        self.checked = 0
        self.heads: dict[Any, tuple[int, str]] = {}
        self.totals: dict[Any, int] = defaultdict(int)
        self.by_order: dict[Any, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        self.posted = 0
        self.seen: tuple[int, ...] = ()

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

    @initialize(talk=st.sampled_from(["none", "claimed", "argued", "returning"]), charged_back=st.booleans())
    def a_fair_that_is_open(self, talk: str, charged_back: bool) -> None:
        """Some money earned, parcels on their way, claims, cases, returns, banks that ask: where most can happen."""
        for listing in ("item", "lamp"):
            self.try_to("buyer.confirm_receipt", self.sold(listing, 2))
        self.court.advance("15d")
        orders = [self.sold(listing, 1) for listing in ("wig", "fragile", "lamp", "item")]
        self.sold("chair", 3, ship=False)
        if talk != "none":
            self.court.advance("1d")
            for order, reason in zip(orders, ("damaged", "quality", "quality", "counterfeit"), strict=True):
                self.claimed(order, reason, talk)
        if talk == "argued":
            self.court.advance("7d")
        if charged_back:
            for order in (self.all_of(Order)[0], *orders[1:3]):
                asked = str(part(order.total, 6))
                self.try_to("bank.chargeback", order, reason="not_received", network="visa", amount=asked)

    def claimed(self, order: Any, reason: str, talk: str) -> None:
        dispute = self.try_to(
            "buyer.open_dispute", order, reason=reason, refund=str(order.total), return_goods=talk == "returning"
        )
        if dispute is not None and talk != "claimed":
            verb = "seller.reject_dispute" if talk == "argued" else "seller.accept_dispute"
            self.try_to(verb, dispute, by=self.seller_of(dispute))

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

    @rule(pick=PICK, tenths=PART, reason=st.sampled_from(REASONS), return_goods=st.booleans())
    @precondition(lambda self: any(order.state in ("shipped", "completed") for order in self.all_of(Order)))
    def claim(self, pick: int, tenths: int, reason: str, return_goods: bool) -> None:
        found = [order for order in self.all_of(Order) if order.state in ("shipped", "completed")]
        if found:
            order = found[-1 - pick % len(found)]
            claimed = str(part(order.total, tenths))
            self.try_to("buyer.open_dispute", order, reason=reason, refund=claimed, return_goods=return_goods)

    @rule(pick=PICK)
    def claim_for_lateness(self, pick: int) -> None:
        self.act("buyer.claim_late_delivery", Order, pick)

    @rule(pick=PICK, tenths=PART)
    def revise(self, pick: int, tenths: int) -> None:
        self.on_dispute("buyer.revise_dispute", pick, tenths, "refund")

    @rule(pick=PICK, verb=st.sampled_from(["buyer.accept_offer", "seller.accept_offer"]))
    def take_offer(self, pick: int, verb: str) -> None:
        self.act(verb, Dispute, pick)

    @rule(pick=PICK, verb=st.sampled_from(["buyer.accept_suggestion", "seller.accept_suggestion"]))
    @precondition(lambda self: any(dispute.suggestion for dispute in self.all_of(Dispute)))
    def take_proposal(self, pick: int, verb: str) -> None:
        self.act(verb, Dispute, pick)

    @rule(
        pick=PICK,
        verb=st.sampled_from(
            ["buyer.ship_return", "seller.confirm_return", "seller.contest_return", "carrier.bill_return"]
        ),
    )
    @precondition(lambda self: any("return" in str(dispute.state) for dispute in self.all_of(Dispute)))
    def send_back(self, pick: int, verb: str) -> None:
        if verb == "carrier.bill_return":
            self.on_dispute(verb, pick, 1, "amount")
        else:
            inputs = {"buyer.ship_return": {"waybill": "RR300000001US"}, "seller.contest_return": {"text": "Stones."}}
            self.act(verb, Dispute, pick, **inputs.get(verb, {}))

    @rule(pick=PICK, verb=st.sampled_from(["buyer.appeal", "seller.appeal"]))
    @precondition(lambda self: any(ruling.state == "in_force" for ruling in self.all_of(Ruling)))
    def appeal(self, pick: int, verb: str) -> None:
        self.act(verb, Ruling, pick, text="New facts.")

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

    @rule(pick=PICK, quantity=st.one_of(st.none(), st.integers(min_value=1, max_value=3)), told=st.integers(0, 5))
    def ship(self, pick: int, quantity: int | None, told: int) -> None:
        self.act("seller.ship", Order, pick, quantity=quantity, **({} if told else {"waybill": None}))

    @rule(pick=PICK)
    def accept(self, pick: int) -> None:
        self.act("seller.accept_dispute", Dispute, pick)

    @rule(pick=PICK, tenths=st.one_of(st.none(), PART))
    def reject(self, pick: int, tenths: int | None) -> None:
        if tenths is None:
            self.act("seller.reject_dispute", Dispute, pick)
        else:
            self.on_dispute("seller.reject_dispute", pick, tenths, "offer_refund")

    @rule(
        pick=PICK,
        tenths=PART,
        verb=st.sampled_from(["seller.make_offer", "buyer.make_offer"]),
        return_goods=st.booleans(),
    )
    def offer(self, pick: int, tenths: int, verb: str, return_goods: bool) -> None:
        self.on_dispute(verb, pick, tenths, "refund", return_goods=return_goods)

    @rule(pick=PICK, verb=st.sampled_from(["seller.submit_chargeback_evidence", "seller.pay_pre_arbitration_fee"]))
    @precondition(lambda self: any(row.is_open for row in self.all_of(Chargeback)))
    def answer_the_bank(self, pick: int, verb: str) -> None:
        self.act(verb, Chargeback, pick, **({"text": "It arrived."} if "evidence" in verb else {}))

    @rule(verb=st.sampled_from(["seller.join_cover", "seller.leave_cover"]))
    def come_and_go(self, verb: str) -> None:
        self.try_to(verb, "shop", by="seller")

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
        kind=st.sampled_from(["", "", "return_goods", "counterfeit"]),
    )
    @precondition(lambda self: any(dispute.is_open for dispute in self.all_of(Dispute)))
    def decide(self, pick: int, tenths: int, liable: str, kind: str) -> None:
        more = {kind: True} if kind else {}
        self.on_dispute("moderator.rule", pick, tenths, "refund", liable=liable, reason="As it is.", **more)

    @rule(
        pick=PICK,
        by=st.sampled_from(["moderator", "second"]),
        verb=st.sampled_from(["moderator.approve_ruling", "moderator.approve_ruling", "moderator.send_back_ruling"]),
    )
    @precondition(lambda self: any(ruling.state == "proposed" for ruling in self.all_of(Ruling)))
    def approve(self, pick: int, by: str, verb: str) -> None:
        ruling = self.one_of(Ruling, verb, pick)
        self.try_to(verb, ruling, by=by, **({"reason": "Look again."} if "send_back" in verb else {}))

    @rule(pick=PICK, by=st.sampled_from(["moderator", "second"]), tenths=st.one_of(st.none(), PART))
    @precondition(lambda self: self.appeals_wait())
    def hear_the_appeal(self, pick: int, by: str, tenths: int | None) -> None:
        found = self.appeals_wait()
        ruling = found[pick % len(found)]
        paid = ruling.dispute.order.total
        instead = {} if tenths is None else {"uphold": False, "refund": str(part(paid, tenths - 1))}
        self.try_to("moderator.decide_appeal", ruling, by=by, reason="Seen again.", **instead)

    def appeals_wait(self) -> list[Ruling]:
        return [ruling for ruling in self.all_of(Ruling) if ruling.appeals_count and ruling.open_appeal_now is not None]

    @rule(pick=PICK, tenths=st.integers(min_value=0, max_value=10), return_goods=st.booleans())
    @precondition(lambda self: any(dispute.is_open for dispute in self.all_of(Dispute)))
    def propose(self, pick: int, tenths: int, return_goods: bool) -> None:
        self.on_dispute("moderator.intervene", pick, tenths, "suggest_refund", return_goods=return_goods, text="Meet.")

    @rule(
        pick=PICK,
        verb=st.sampled_from(
            [
                "moderator.take_over",
                "moderator.declare_not_covered",
                "moderator.request_cooperation",
                "seller.cooperate",
                "moderator.report_abuse",
            ]
        ),
    )
    @precondition(lambda self: self.all_of(Dispute))
    def step_in(self, pick: int, verb: str) -> None:
        said = "reason" if verb in ("moderator.take_over", "moderator.declare_not_covered") else "text"
        self.act(verb, Dispute, pick, **{said: "As found."})

    @rule(
        pick=PICK,
        reason=st.sampled_from(CARDS),
        network=st.sampled_from(NETWORKS),
        tenths=st.one_of(st.none(), PART),
    )
    def charge_back(self, pick: int, reason: str, network: str, tenths: int | None) -> None:
        order = self.one_of(Order, "bank.chargeback", pick)
        if order is not None:
            asked = {} if tenths is None else {"amount": str(part(order.total, tenths))}
            self.try_to("bank.chargeback", order, reason=reason, network=network, **asked)

    @rule(pick=PICK, winner=st.sampled_from(["seller", "buyer", "again"]))
    @precondition(lambda self: self.all_of(Chargeback))
    def hear_what_the_bank_decided(self, pick: int, winner: str) -> None:
        if winner == "again":
            self.act("bank.reopen", Chargeback, pick)
        else:
            found = [row for row in self.all_of(Chargeback) if row.is_open] or self.all_of(Chargeback)
            self.try_to("bank.decide", found[-1 - pick % len(found)], winner=winner)

    @rule(
        pick=PICK,
        verb=st.sampled_from(
            [
                "moderator.hold_order",
                "moderator.clear_order",
                "moderator.confirm_stolen_card",
                "moderator.request_shipping_proof",
            ]
        ),
    )
    def look_at_a_card(self, pick: int, verb: str) -> None:
        model, said = (Chargeback, "text") if verb == "moderator.request_shipping_proof" else (Order, "reason")
        self.act(verb, model, pick, **{said: "Odd."})

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
    def all_is_well(self) -> None:
        """Looked at when something happened: a refused act and a quiet hour leave everything as it was."""
        now = (len(self.memory.journal), len(self.memory.postings), len(self.memory.ended))
        if now == self.seen:
            return
        self.seen = now
        self.every_book_balances_and_no_account_has_the_wrong_sign()
        self.escrow_is_what_orders_hold_and_commission_what_they_paid()
        self.each_order_knows_its_money_its_dispute_and_its_chargebacks()
        self.what_banks_ask_back_of_released_money_is_counted()
        self.every_entry_cites_a_known_rule_and_the_chains_hold()
        self.whatever_waits_has_a_deadline_or_somebody_who_can_act()

    def every_book_balances_and_no_account_has_the_wrong_sign(self) -> None:
        for posting in self.memory.postings[self.posted :]:
            sums: dict[str, int] = defaultdict(int)
            for account, minor, currency in posting.legs:
                sums[currency] += minor
                self.totals[posting.store_id, account, currency] += minor
                self.by_order[posting.order_id][posting.store_id, account, currency] += minor
            assert not any(sums.values()), posting
            assert is_known(posting.rule), posting
        self.posted = len(self.memory.postings)
        balances = {key: minor for key, minor in self.memory.balances.items() if minor}
        assert balances == {key: minor for key, minor in self.totals.items() if minor}
        assert all(may_hold(account, minor) for (_store, account, _currency), minor in balances.items())

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

    def each_order_knows_its_money_its_dispute_and_its_chargebacks(self) -> None:
        """As in the exhaustive search for states (`disputes.exploring`), for every order of the market."""
        disputes, chargebacks = defaultdict(list), defaultdict(list)
        for dispute in self.all_of(Dispute):
            disputes[dispute.order_id].append(dispute)
            assert 0 <= dispute.platform_paid_minor <= dispute.order.paid_minor
        for chargeback in self.all_of(Chargeback):
            chargebacks[chargeback.order_id].append(chargeback)
            assert max(chargeback.taken_minor, chargeback.amount_minor) <= chargeback.order.paid_minor
        for order in self.all_of(Order):
            own = {Dispute: disputes[order.id], Chargeback: chargebacks[order.id]}
            assert not exploring.problem(OneOrder(order, own, self.by_order[order.id]))  # type: ignore[arg-type]
            assert (order.disputes_count, order.chargebacks_count) == (len(own[Dispute]), len(own[Chargeback]))
            assert sum(row.state == "current" for dispute in own[Dispute] for row in dispute.offers) <= 3

    def what_banks_ask_back_of_released_money_is_counted(self) -> None:
        """Of each order at most what has not gone back, and once where both channels ask: the first decision ends the other."""
        asked: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.all_of(Chargeback):
            if row.is_open and row.order.release == ReleaseState.RELEASED and not row.was_lost:
                asked[row.order_id][row.channel] += row.amount_minor
        held: dict[Any, int] = defaultdict(int)
        for order in self.all_of(Order):
            most = min(max(asked[order.id].values(), default=0), order.refundable.minor)
            if most:
                held[order.store_id, f"{CHARGEBACK_HOLD}_{order.currency}"] += most
        counted = {
            key: sum(tally.value for tally in tallies)
            for key, tallies in self.memory.tallies.items()
            if key[1].startswith(CHARGEBACK_HOLD)
        }
        assert {key: value for key, value in counted.items() if value} == held

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

    def whatever_waits_has_a_deadline_or_somebody_who_can_act(self) -> None:
        for order in self.all_of(Order):
            self._order_waits_for_somebody(order)
        for dispute in self.all_of(Dispute):
            self._dispute_waits_for_somebody(dispute)
        for chargeback in self.all_of(Chargeback):
            self._chargeback_waits_for_somebody(chargeback)

    def _order_waits_for_somebody(self, order: Order) -> None:
        pending = self.waits_for(order, order.id)
        held_back = bool(order.open_dispute_id or order.open_chargebacks or order.risk_at)
        assert not any(row.status == "stuck" for row in self.memory.pending.get(order.id, {}).values())
        if order.state in MOVING:
            stands_still = order.risk_at is not None and order.state != "awaiting_payment"
            assert (MOVING[order.state] in pending) != stands_still, (order.state, pending)
        elif order.state == "shipped":
            assert "receipt" in pending or order.open_dispute_id, pending
        elif order.state == "completed" and order.release == "held":
            assert "release" in pending or held_back, pending
        else:
            assert pending <= {"review"}, (order.state, order.release, pending)

    def waits_for(self, subject: Any, root: Any) -> set[str]:
        """Its pending deadlines; reminders wait for nobody."""
        rows = self.memory.pending.get(root, {}).values()
        return {row.name for row in rows if row.subject_id == subject.id and not row.name.endswith("_reminder")}

    def _dispute_waits_for_somebody(self, dispute: Dispute) -> None:
        pending = self.waits_for(dispute, dispute.order_id)
        assert (dispute.order.open_dispute_id == dispute.id) is dispute.is_open
        asked = {"cooperation"} if dispute.state == "platform_review" else set()
        told = {"ruling"} if dispute.state in FOR_A_RULING else set()  # only tells the moderators
        assert pending - told == IN_TALKS.get(dispute.state, pending & asked), (dispute.state, pending)
        if dispute.is_open and not pending - told:
            subject = next((row for row in dispute.rulings if row.id == dispute.proposed_ruling_id), dispute)
            open_now = {offer.action.name for offer in self.offered(subject)}
            assert open_now & {"moderator.rule", "moderator.approve_ruling"}, (dispute.state, open_now)

    def _chargeback_waits_for_somebody(self, chargeback: Chargeback) -> None:
        pending = self.waits_for(chargeback, chargeback.order_id)
        if chargeback.state == "awaiting_evidence":
            assert pending == {"chargeback_evidence"}
        elif chargeback.state == "pre_arbitration" and chargeback.fee_paid_at is None:
            assert pending == {"pre_arbitration_fee"}
        else:
            assert not pending, (chargeback.state, pending)
        if chargeback.is_open and "pre_arbitration_fee" not in pending:
            assert "bank.decide" in {offer.action.name for offer in self.offered(chargeback, "bank")}

    def offered(self, subject: Any, kind: str = "moderator") -> list[Any]:
        obj, docket = self.court.stage.look(subject.KIND, subject.id)
        actor = self.court.actor(kind, "second" if kind == "moderator" else None)
        return [offer for offer in offers(obj, actor, docket) if offer.open]

    # ------------------------------------------------------------------ the end

    def teardown(self) -> None:
        """Time passes, moderators and banks do their work, and every order comes to an end."""
        for _ in range(4):
            self.court.advance("120d")
            for order in self.all_of(Order):
                self.try_to("moderator.clear_order", order, reason="Nothing.")
            for chargeback in self.all_of(Chargeback):
                self.try_to("bank.decide", chargeback, winner="buyer" if chargeback.number % 2 else "seller")
            for ruling in self.all_of(Ruling):
                for by in ("second", "moderator"):
                    self.try_to("moderator.approve_ruling", ruling, by=by)
                    self.try_to("moderator.decide_appeal", ruling, by=by, reason="It stands.")
            for dispute in self.all_of(Dispute):
                nothing = str(Money(0, dispute.currency))
                self.try_to("moderator.rule", dispute, refund=nothing, liable="buyer", reason="Closing the fair.")
        self.all_is_well()
        for order in self.all_of(Order):
            ended = order.state == "closed" or (
                order.state == "completed" and order.release in ("released", "refunded")
            )
            assert ended, (order.state, order.release)
            assert order.escrow_minor == 0
        assert not any(self.memory.pending.values())


class OneOrder:
    """An order of the market as the world that `exploring.problem` asks about: its own rows, and its part of the ledger."""

    def __init__(self, order: Order, own: dict[type, list[Any]], balances: dict[Any, int]) -> None:
        self.order, self.own, self.balances, self.source = order, own, balances, self

    def row(self, kind: str) -> Any:
        return self.order

    def rows_of(self, model: type) -> list[Any]:
        return self.own[model]


def part(whole: Money, tenths: int) -> Money:
    """So many tenths of an amount, more than all of it now and then; at least one minor unit unless none is meant."""
    return Money(max(half_up(whole.minor * tenths, 10), 1 if tenths else 0), whole.currency)


TestMarketplace = Marketplace.TestCase
