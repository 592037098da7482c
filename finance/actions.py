"""What can be done with money: deposits and withdrawals."""

from __future__ import annotations

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from finance.models import Withdrawal
from finance.models.withdrawal import WITHDRAWING
from rulebook.actions import action
from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.inputs import Amount, Text
from rulebook.models.base import make
from rulebook.money import Money, has_rate
from rulebook.refusals import Invalid, Refused
from stores.models import Store


@action(
    "seller.pay_deposit",
    on=Store,
    may="move_money",
    opens=Store.top_up,
    label=_("Pay the deposit"),
    inputs={"amount": Amount(label=_("Amount"), default=None, least=1, help=_("Left out: all that is missing."))},
)
def pay_deposit(docket: Docket, store: Store, *, amount: Money | None) -> Store:
    """Pay what is missing of the security deposit, or a part of it (A73-2)."""
    paid = amount or store.deposit_missing
    if paid.currency != store.deposit_currency:
        said = _now("The deposit is held in {currency}.").format(currency=store.deposit_currency)
        raise Invalid({"amount": [said]})
    if paid.minor > store.deposit_missing.minor:
        raise Refused(
            store.on_security("A73-2"),
            _("{missing} is missing of the deposit; more cannot be paid."),
            missing=store.deposit_missing,
        )
    store.top_up(docket, paid=paid)
    return store


@action(
    "seller.request_withdrawal",
    on=Store,
    may="move_money",
    opens=WITHDRAWING,
    needs=["balances", "totals"],
    creates=Withdrawal,
    label=_("Withdraw"),
    primary=True,
    inputs={"amount": Amount(label=_("Amount"), least=1, help=_("The bank's fee is part of it."))},
)
def request_withdrawal(docket: Docket, store: Store, *, amount: Money) -> Withdrawal:
    """Send available money to the seller's bank (A66-1)."""
    if not has_rate(amount.currency, docket.rules.exchange.usd):
        said = _now("The rulebook has no rate for {currency}.").format(currency=amount.currency)
        raise Invalid({"amount": [said]})
    withdrawal = make(
        Withdrawal,
        id=new_id(),
        store_id=store.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        requested_at=docket.at,
        requested_by=docket.actor.name,
    )
    tie(withdrawal, store=store)
    docket.add(withdrawal)
    withdrawal.request(docket)
    return withdrawal


@action(
    "bank.settle_withdrawal",
    on=Withdrawal,
    may="be_bank",
    opens=Withdrawal.settle,
    label=_("Settle"),
    inputs={"reason": Text(default="")},
)
def settle_withdrawal(docket: Docket, withdrawal: Withdrawal, *, reason: str) -> Withdrawal:
    """The bank has paid it out (A66-1)."""
    withdrawal.settle(docket)
    return withdrawal


@action(
    "bank.fail_withdrawal",
    on=Withdrawal,
    may="be_bank",
    opens=Withdrawal.fail,
    needs=["balances"],
    label=_("Fail"),
    inputs={"reason": Text(default="no reason given", longest=500)},
)
def fail_withdrawal(docket: Docket, withdrawal: Withdrawal, *, reason: str) -> Withdrawal:
    """The bank could not pay it out (A66-1)."""
    withdrawal.fail(docket, reason=reason)
    return withdrawal
