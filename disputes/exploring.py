"""Every state that an order with its dispute, return, ruling, appeal and chargeback can reach, in kinds of worlds.

Amounts are reduced to nothing, a part, all; waits to the order in which things fall due and to the windows that are
open.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from disputes.conditions import claims_open_at
from disputes.models import Chargeback, Dispute
from orders.models import Order
from orders.states import ENDED, ReleaseState
from rulebook.calendars import natural_days
from rulebook.exploring import Found, Move, World, explore
from rulebook.scenarios.grammar import START

FULL, PART = "40.00 USD", "10.00 USD"
BEGIN = datetime.fromisoformat(START.replace("Z", "+00:00"))
HUSHED = ("review", "first_scan", "plus_shipping", "plus_delivery", "expiry", "ruling")
"""Deadlines that touch neither money nor the dispute; they fire, but the states do not tell them apart."""

OBLIGED = ("moderator.rule", "moderator.approve", "moderator.decide", "moderator.clear", "bank.decide")
"""Who must act in the end: moderators decide what is before them, banks what they opened."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of world. given, overrides: of a story. moves: names of groups below."""

    name: str
    given: dict[str, Any]
    moves: tuple[str, ...]
    overrides: dict[str, Any]


MADE = {
    "buyer.open_dispute": ("dispute", 2),
    "buyer.claim_late_delivery": ("dispute", 2),
    "buyer.request_cancellation": ("cancellation", 2),
    "bank.chargeback": ("chargeback", 1),
}
"""How many there may be of what can be had again and again."""


def _move(action: str, kind: str, note: str = "", by: str | None = None, **inputs: Any) -> Move:
    makes, most = MADE.get(action, ("", 1))
    return Move(f"{action} {note}".strip(), action, kind, inputs, by, makes, most)


def _claim(reason: str, refund: str, return_goods: bool) -> Move:
    what = f"{reason} {'all' if refund == FULL else 'part'}{' against the goods' if return_goods else ''}"
    return _move("buyer.open_dispute", "order", what, reason=reason, refund=refund, return_goods=return_goods)


def _ruling(refund: str, liable: str, **more: Any) -> Move:
    size = {FULL: "all", PART: "part"}.get(refund, "nothing")
    what = " ".join([size, liable, *(name for name, on in more.items() if on)])
    return _move("moderator.rule", "dispute", what, refund=refund, liable=liable, reason="As shown.", **more)


NOTHING = "0.00 USD"
GROUPS: dict[str, tuple[Move, ...]] = {
    "trade": (
        _move("seller.ship", "order", waybill="RR100000001CN"),
        _move("buyer.confirm_receipt", "order"),
    ),
    "cancelling": (
        _move("buyer.request_cancellation", "order"),
        _move("seller.agree_cancellation", "cancellation"),
        _move("seller.decline_cancellation", "cancellation"),
        _move("seller.ship", "order", "a part", waybill="RR100000002CN", quantity=1),
    ),
    "claims": (_claim("quality", FULL, False), _claim("quality", PART, False), _claim("quality", FULL, True)),
    "claims on the way": (_claim("damaged", FULL, False), _claim("damaged", PART, False)),
    "late": (_move("buyer.claim_late_delivery", "order"),),
    "returns without reason": (_claim("no_reason_return", FULL, True),),
    "answers": (
        _move("seller.accept_dispute", "dispute"),
        _move("seller.reject_dispute", "dispute", text="No."),
        _move("buyer.withdraw_dispute", "dispute"),
    ),
    "revising": (_move("buyer.revise_dispute", "dispute", "part", refund=PART),),
    "offers": (
        _move("seller.make_offer", "dispute", "part", refund=PART),
        _move("seller.make_offer", "dispute", "all against the goods", refund=FULL, return_goods=True),
        _move("buyer.accept_offer", "dispute"),
    ),
    "offers of the buyer": (
        _move("buyer.make_offer", "dispute", "part", refund=PART),
        _move("seller.accept_offer", "dispute"),
    ),
    "proposals": (
        _move("moderator.intervene", "dispute", "part", suggest_refund=PART, text="Halfway."),
        _move("buyer.accept_suggestion", "dispute"),
        _move("seller.accept_suggestion", "dispute"),
    ),
    "returns": (
        _move("buyer.ship_return", "dispute", waybill="RR200000001US"),
        _move("seller.confirm_return", "dispute"),
        _move("seller.contest_return", "dispute", text="Nothing came."),
    ),
    "rulings": (
        _ruling(NOTHING, "buyer"),
        _ruling(PART, "seller"),
        _ruling(FULL, "seller"),
        _ruling(FULL, "logistics"),
        _ruling(PART, "platform"),
        _ruling(FULL, "seller", return_goods=True),
        _ruling(FULL, "seller", counterfeit=True),
    ),
    "ruling of nothing": (_ruling(NOTHING, "buyer"),),
    "second person": (
        _move("moderator.approve_ruling", "ruling", by="second"),
        _move("moderator.send_back_ruling", "ruling", by="second", reason="Look again."),
    ),
    "appeals": (
        _move("seller.appeal", "ruling", text="New facts."),
        _move("buyer.appeal", "ruling", text="New facts."),
        _move("moderator.decide_appeal", "ruling", "it stands", by="second", uphold=True, reason="No."),
        _move("moderator.decide_appeal", "ruling", "overturned", by="second", uphold=False, reason="Yes."),
    ),
    "platform first": (
        _move("moderator.take_over", "dispute", reason="By contract."),
        _move("moderator.declare_not_covered", "dispute", ground="A48-15", reason="An unclear listing."),
    ),
    "cover": (
        _move("moderator.request_cooperation", "dispute", text="What was sold?"),
        _move("seller.cooperate", "dispute", text="This."),
        _move("moderator.report_abuse", "dispute", text="Swapped."),
    ),
    "bank": (
        _move("bank.chargeback", "order", "not received", reason="not_received", network="visa"),
        _move("seller.submit_chargeback_evidence", "chargeback", text="Sent."),
        _move("bank.decide", "chargeback", "for the seller", winner="seller"),
        _move("bank.decide", "chargeback", "for the buyer", winner="buyer"),
    ),
    "bank again": (
        _move("bank.reopen", "chargeback"),
        _move("seller.pay_pre_arbitration_fee", "chargeback"),
    ),
    "stolen card": (
        _move("bank.chargeback", "order", "stolen card", reason="stolen_card", network="visa"),
        _move("seller.submit_chargeback_evidence", "chargeback", text="Sent.", waybill="RR100000001CN"),
        _move("bank.decide", "chargeback", "for the seller", winner="seller"),
        _move("bank.decide", "chargeback", "for the buyer", winner="buyer"),
        _move("seller.ship", "order", "untold", waybill=None),
        _move("buyer.request_address_change", "order", country="DE", address={"city": "Berlin"}),
        _move("seller.check_address", "order"),
        _move("moderator.request_shipping_proof", "chargeback", text="Show the slip."),
        _move("moderator.confirm_stolen_card", "order", reason="The owner reported it."),
        _move("moderator.hold_order", "order", reason="Odd."),
        _move("moderator.clear_order", "order", reason="Nothing."),
    ),
}


def _given(store: dict[str, Any] | None = None, **delivery: Any) -> dict[str, Any]:
    """Disputes at once after shipping; two pieces of 20.00 make the order."""
    item = {"price": "20.00 USD", "delivery": [{"days": 5, **delivery}]}
    return {"listings": {"item": item}, **({"stores": {"shop": store}} if store else {})}


TALK = ("trade", "claims", "answers")
COURT = (*TALK, "returns", "rulings")
KINDS: tuple[Kind, ...] = (
    Kind(
        "trade and cancellation",
        _given(),
        ("trade", "cancelling", "claims", "answers", "returns", "ruling of nothing"),
        {},
    ),
    Kind("talks", _given(), (*TALK, "revising", "offers", "offers of the buyer", "returns", "ruling of nothing"), {}),
    Kind("court", _given(), (*COURT, "late"), {}),
    Kind("proposals", _given(), (*TALK, "proposals", "returns", "ruling of nothing"), {}),
    Kind("appeals", _given(), (*COURT, "appeals"), {}),
    Kind("second person", _given(), (*COURT, "second person"), {"dispute.four_eyes_above": "5.00 USD"}),
    Kind("Plus", _given({"plus": True}), (*COURT, "returns without reason"), {}),
    Kind("worry-free", _given(worry_free=True), (*COURT, "claims on the way", "platform first"), {}),
    Kind("cover", _given({"aftersale_cover": True}), (*COURT, "platform first", "cover"), {}),
    Kind("bank", _given(), ("trade", "bank", "bank again"), {}),
    Kind("bank and court", _given(), (*TALK, "rulings", "bank"), {}),
    Kind("stolen card", _given(), ("trade", "stolen card"), {}),
)


BEGINNING = (_move("buyer.place_order", "listing", quantity=2), _move("buyer.pay", "order"))


def walk(kind: Kind, most: int = 1_000_000) -> Found:
    """All states of one kind of world, from the moment of payment."""
    world = World(BEGIN, kind.given, kind.overrides)
    for move in BEGINNING:
        if not world.do(move):
            raise RuntimeError(f"the world {kind.name!r} cannot begin: {move.action} was not done")
    moves = [move for name in kind.moves for move in GROUPS[name]]
    return explore(world, moves, key=key, next_moment=next_moment, is_end=is_end, problem=problem, most=most)


# ------------------------------------------------------------------ what makes two states the same


def size(minor: int | None, whole: int) -> str:
    """An amount as a class."""
    if minor is None:
        return "-"
    return "0" if not minor else "all" if minor >= whole else "part"


def key(world: World) -> Hashable:
    """Everything that rules look at, with amounts and waits as classes."""
    order: Order = world.row("order")
    whole, at = order.total_minor, world.stage.clock.now()
    store = world.source.rows[type(order.store)][order.store_id]
    return (
        str(order.state),
        str(order.release),
        order.close_reason,
        order.units_shipped,
        size(order.escrow_minor, whole),
        size(order.refunded_minor, whole),
        size(order.borne_minor, whole),
        size(order.reclaimed_minor, whole),
        order.open_dispute_id is not None,
        order.settled_dispute_id is not None,
        order.open_chargebacks,
        order.handed_over_at is not None,
        order.risk_at is not None,
        order.requested_country,
        order.address_check,
        tuple(str(row.state) for row in order.cancellations[-1:]),
        tuple(_dispute(row, whole) for row in world.rows_of(Dispute)[-1:]),
        min(len(world.rows_of(Dispute)), 2),
        tuple(_chargeback(row, whole) for row in world.rows_of(Chargeback)),
        bool(store.aftersale_cover),
        _waits(world, order),
        tuple(moment <= at for moment in windows(order, world)),
    )


def _dispute(dispute: Dispute, whole: int) -> Hashable:
    return (
        str(dispute.state),
        dispute.outcome,
        dispute.reason,
        size(dispute.refund_minor, whole),
        dispute.return_goods,
        dispute.platform_first,
        dispute.covered,
        bool(dispute.help_question),
        bool(dispute.help_answer),
        dispute.abused_at is not None,
        size(dispute.platform_paid_minor, whole),
        size(dispute.agreed_refund_minor, whole),
        size(dispute.agreed_by_platform_minor, whole),
        dispute.suggestion_accepted_by,
        tuple(
            (side, size(offer.refund_minor, whole), offer.return_goods)
            for side in ("buyer", "seller", "moderator")
            if (offer := dispute.current_offer(side)) is not None
        ),
        tuple(
            (
                str(ruling.state),
                size(ruling.refund_minor, whole),
                ruling.liable,
                ruling.return_goods,
                ruling.counterfeit,
                tuple((appeal.side, str(appeal.state)) for appeal in getattr(ruling, "appeals", ())),
            )
            for ruling in dispute.rulings[-1:]
        ),
        min(len(dispute.rulings), 2),
    )


def _chargeback(row: Chargeback, whole: int) -> Hashable:
    return (
        str(row.state),
        row.reason,
        row.borne_by,
        size(row.taken_minor, whole),
        bool(row.papers),
        row.proof_asked_at is not None,
        row.proof_missing,
        row.fee_paid_at is not None,
        row.was_lost,
    )


def _waits(world: World, order: Order) -> Hashable:
    """Names of what is pending, in the order in which it falls due; what falls due together stands together."""
    rows = [row for row in world.source.pending.get(order.id, {}).values() if _told_apart(row.name)]
    in_order = sorted(rows, key=lambda row: (row.due_at, row.name))
    return tuple(dict.fromkeys((row.subject_kind, row.name) for row in in_order))


def _told_apart(name: str) -> bool:
    return not name.endswith("_reminder") and name not in HUSHED


def windows(order: Order, world: World) -> list[datetime]:
    """Moments at which something opens or closes without a deadline: claims, late claims, returns, the promise."""
    rules = world.stage.rulebook.at(world.stage.clock.now())
    found = []
    if order.shipped_at is not None:
        found.append(claims_open_at(order, rules))
        found.append(order.promised_at)
    if order.completed_at is not None:
        found.append(natural_days(order.completed_at, rules.dispute.claim_days_after_completion))
        if order.plus:
            found.append(natural_days(order.completed_at, rules.plus.return_days + rules.plus.return_extra_days))
    return found


def next_moment(world: World) -> datetime | None:
    """The next moment at which something happens by itself, or opens, or closes."""
    order, at = world.row("order"), world.stage.clock.now()
    rows = [row.due_at for row in world.source.pending.get(order.id, {}).values() if _told_apart(row.name)]
    later = [moment for moment in (*rows, *windows(order, world)) if moment > at]
    return min(later) if later else None


# ------------------------------------------------------------------ what is right


def is_end(world: World) -> bool:
    """The order has ended, nothing is open about it, and none of its money lies in escrow."""
    order: Order = world.row("order")
    return bool(
        order.state in ENDED
        and order.escrow_minor == 0
        and order.release in (ReleaseState.RELEASED, ReleaseState.REFUNDED)
        and order.open_dispute_id is None
        and not order.open_chargebacks
    )


def problem(world: World) -> str:
    """What no state may show."""
    order: Order = world.row("order")
    balances: dict[str, int] = {}
    for (_store, account, currency), minor in world.source.balances.items():
        if currency == order.currency:
            balances[account] = balances.get(account, 0) + minor
    if sum(balances.values()):
        return "the books do not sum to zero"
    if balances.get("escrow", 0) != order.escrow_minor:
        return f"escrow holds {balances.get('escrow', 0)}, the order says {order.escrow_minor}"
    if order.refunded_minor > order.paid_minor:
        return "more went back than was paid"
    undecided = sum(row.is_open for row in world.rows_of(Chargeback))
    if undecided != order.open_chargebacks:
        return f"{undecided} chargebacks are open, the order says {order.open_chargebacks}"
    open_disputes = [row for row in world.rows_of(Dispute) if row.is_open]
    if [row.id for row in open_disputes] != ([order.open_dispute_id] if order.open_dispute_id else []):
        return "the order does not know which dispute is open"
    return ""
