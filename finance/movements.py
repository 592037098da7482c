"""Each movement of money, once. A movement reads as a sentence; `finance.accounts` explains the signs.

All amounts are `Money`; `owner` is anything with `store_id`, `id` and `currency`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rulebook.docket import Docket
from rulebook.money import Money, convert, half_up
from stores.models import Store

WATERFALLS: dict[str, tuple[str, ...]] = {
    "A63-4": ("available", "advance_reserve"),
    "A63-8": ("advance_reserve", "available"),
    "A45-2": ("available", "advance_reserve", "deposit", "bond"),
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
        if account in ("deposit", "bond"):
            taken, more = _from_security(docket, store_id, account, Money(missing, amount.currency))
            legs += more
        else:
            taken = min(missing, max(0, docket.balance(store_id, account, amount.currency)))
            legs.append((account, Money(-taken, amount.currency)))
        missing -= taken
    if missing:
        legs.append(("owed", Money(-missing, amount.currency)))
    return [(account, part) for account, part in legs if part.minor]


def _from_security(docket: Docket, store_id: UUID, account: str, missing: Money) -> tuple[int, list[tuple[str, Money]]]:
    """What the deposit, or the bond, can give, at the day's rate: how much of what is missing, and the legs of it.

    A conversion is two pairs of legs against `clearing`, one in each currency. The store's status follows right after.
    """
    rates = docket.rulebook.at(docket.at).exchange.usd
    for currency, held in sorted(docket.balances_in(store_id, account).items()):
        wanted = convert(missing, currency, rates)
        if not wanted.minor:
            continue
        taken = Money(min(wanted.minor, held), currency)
        given = missing if taken == wanted else convert(taken, missing.currency, rates)
        if not given.minor:  # less than the smallest coin of what is missing
            continue
        docket.call(Store, store_id, store_id, "security_taken")
        legs = [(account, -taken), ("clearing", taken), ("clearing", -given)]
        return given.minor, legs
    return 0, []


def pay_from_seller(
    docket: Docket, store_id: UUID, order_id: UUID, amount: Money, article: str, kind: str, account: str = "clearing"
) -> None:
    """What a seller owes on top of a sale, by the article's sources: to the buyer, or back to a platform account that paid."""
    legs = [*from_seller(docket, store_id, amount, article), (account, amount)]
    docket.post(kind, store_id, legs, order_id=order_id, article=article)


def reclaim(docket: Docket, store_id: UUID, order_id: UUID, amount: Money, held: Money, account: str) -> None:
    """The platform takes back what it paid for a seller: what the order still holds (`held`), then the waterfall."""
    legs = [("escrow", -held), *from_seller(docket, store_id, amount - held, "A45-2"), (account, amount)]
    docket.post("reclaim", store_id, legs, order_id=order_id)


def make_good(docket: Docket, store_id: UUID, order_id: UUID, amount: Money, commission: Money) -> None:
    """A seller won an appeal after the buyer was paid: the platform gives him what he had borne, and the commission what it had
    given back; a debt is paid first."""
    legs = [("compensation", -amount), ("commission", commission), *to_seller(docket, store_id, amount - commission)]
    docket.post("appeal_won", store_id, legs, order_id=order_id)


def regain(docket: Docket, store_id: UUID, order_id: UUID, amount: Money, commission: Money) -> None:
    """A bank gave back a chargeback that had been lost: the seller's, less commission, as if released now."""
    legs = [("clearing", -amount), ("commission", commission), *to_seller(docket, store_id, amount - commission)]
    docket.post("chargeback_regained", store_id, legs, order_id=order_id)


def prepay_fee(docket: Docket, store_id: UUID, order_id: UUID, fee: Money) -> None:
    """The card scheme's fee of pre-arbitration, prepaid by the seller; it passes through."""
    docket.post("pre_arbitration_fee", store_id, {"available": -fee, "pass_through": fee}, order_id=order_id)


def return_fee(docket: Docket, store_id: UUID, order_id: UUID, fee: Money) -> None:
    """The seller won: the scheme gives the fee back; a debt is paid first."""
    legs = [("pass_through", -fee), *to_seller(docket, store_id, fee)]
    docket.post("pre_arbitration_fee_back", store_id, legs, order_id=order_id)


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
