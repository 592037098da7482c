"""Each movement of money, once. A movement reads as a sentence; `finance.accounts` explains the signs.

All amounts are `Money`; `owner` is anything with `store_id`, `id` and `currency`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rulebook.docket import Docket
from rulebook.money import Money, half_up

WATERFALLS: dict[str, tuple[str, ...]] = {
    "A63-4": ("available", "advance_reserve"),
    "A63-8": ("advance_reserve", "available"),
    "A45-2": ("available", "advance_reserve"),
    "chargeback": ("available", "advance_reserve"),
}
"""By article: the sources that are walked when the order's escrow is empty; what is then missing is owed."""


def capture(docket: Docket, store_id: UUID, order_id: UUID, amount: Money) -> None:
    """A buyer paid: the provider holds the money, the platform owes it to the order."""
    docket.post("payment", store_id, {"clearing": -amount, "escrow": amount}, order_id=order_id)


def refund(docket: Docket, store_id: UUID, order_id: UUID, amount: Money) -> None:
    """Back to the buyer before the release: out of the order's escrow."""
    docket.post("refund", store_id, {"escrow": -amount, "clearing": amount}, order_id=order_id)


def compensate(docket: Docket, store_id: UUID, order_id: UUID, amount: Money, account: str = "compensation") -> None:
    """To the buyer at the platform's cost (`compensation` or `logistics`)."""
    docket.post("refund_by_platform", store_id, {account: -amount, "clearing": amount}, order_id=order_id)


def carrier_pays(docket: Docket, store_id: UUID, order_id: UUID, amount: Money) -> None:
    """A carrier made good a loss (A38-2): its money reaches the provider and is the seller's; a debt is paid first."""
    legs = [("clearing", -amount), *to_seller(docket, store_id, amount)]
    docket.post("carrier_compensation", store_id, legs, order_id=order_id)


def release(docket: Docket, store_id: UUID, order_id: UUID, gross: Money, commission: Money) -> None:
    """What the order earned goes to the seller, less commission; a debt of his is paid first."""
    net = gross - commission
    legs = [("escrow", -gross), ("commission", commission), *to_seller(docket, store_id, net)]
    docket.post("release", store_id, legs, order_id=order_id, gross=gross, commission=commission)


def to_seller(docket: Docket, store_id: UUID, amount: Money) -> list[tuple[str, Money]]:
    """The legs of a credit to `available`: `owed` is paid off before."""
    debt = Money(-docket.balance(store_id, "owed", amount.currency), amount.currency)
    paid = min(debt.minor, amount.minor)
    return [("owed", Money(paid, amount.currency)), ("available", Money(amount.minor - paid, amount.currency))]


def refund_after_release(
    docket: Docket,
    store_id: UUID,
    order_id: UUID,
    amount: Money,
    article: str,
    *,
    commission_left: Money,
    gross_left: Money,
) -> Money:
    """Back to the buyer after the release: commission gives back its share, the seller the rest. Returns the commission given back."""
    share = commission_share(amount, commission_left, gross_left)
    legs = [("commission", -share), *from_seller(docket, store_id, amount - share, article), ("clearing", amount)]
    docket.post("refund_after_release", store_id, legs, order_id=order_id, article=article)
    return share


def commission_share(amount: Money, commission_left: Money, gross_left: Money) -> Money:
    """A67-5: in proportion, half-up; the last refund takes all that is left."""
    if amount.minor >= gross_left.minor:
        return commission_left
    return Money(half_up(commission_left.minor * amount.minor, gross_left.minor), amount.currency)


def from_seller(docket: Docket, store_id: UUID, amount: Money, article: str) -> list[tuple[str, Money]]:
    """Walk the article's sources as far as each reaches; the rest becomes the seller's debt."""
    legs, missing = [], amount.minor
    for account in WATERFALLS[article]:
        taken = min(missing, max(0, docket.balance(store_id, account, amount.currency)))
        if taken:
            legs.append((account, Money(-taken, amount.currency)))
            missing -= taken
    if missing:
        legs.append(("owed", Money(-missing, amount.currency)))
    return legs


def set_out(docket: Docket, withdrawal: Any) -> None:
    """A withdrawal leaves."""
    amount: Money = withdrawal.amount
    docket.post("withdrawal", withdrawal.store_id, {"available": -amount, "in_transit": amount})


def arrive(docket: Docket, withdrawal: Any) -> None:
    """The bank paid the net out and kept its fee, which passes through the platform's books."""
    amount, fee, net = withdrawal.amount, withdrawal.fee, withdrawal.net
    legs = [
        ("in_transit", -amount),
        ("clearing", net),
        ("pass_through", fee),
        ("pass_through", -fee),
        ("clearing", fee),
    ]
    docket.post("withdrawal_paid", withdrawal.store_id, legs, net=net, fee=fee)


def come_back(docket: Docket, withdrawal: Any) -> None:
    """A failed withdrawal is the seller's again; a debt made meanwhile is paid first."""
    amount: Money = withdrawal.amount
    docket.post(
        "withdrawal_failed",
        withdrawal.store_id,
        [("in_transit", -amount), *to_seller(docket, withdrawal.store_id, amount)],
    )


def reverse(docket: Docket, posting: Any) -> None:
    """A correction: the mirror image of a transaction, pointing at it."""
    legs = [(account, Money(-minor, currency)) for account, minor, currency in posting.legs]
    docket.post(f"reversal_of_{posting.kind}", posting.store_id, legs, order_id=posting.order_id, reverses=posting.id)
