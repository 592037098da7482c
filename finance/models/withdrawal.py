"""Withdrawals: the seller's money on its way to his bank (A66)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from finance import movements
from rulebook.docket import Ref, brings
from rulebook.models import Aggregate
from rulebook.money import Money, convert
from rulebook.refusals import Refused
from rulebook.rule import BANK, SELLER, Opening, rule
from stores.models import Store
from stores.states import WITHDRAWALS_FROZEN, StoreState


class WithdrawalState(models.TextChoices):
    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"
    REFUSED = "refused"


ON_ITS_WAY = [WithdrawalState.REQUESTED, WithdrawalState.APPROVED, WithdrawalState.SENT]


CHARGEBACK_HOLD = "chargeback_hold"
"""The tally, by currency, of what undecided chargebacks ask back of released money."""


def not_frozen(store: Any, docket: Any) -> None:
    """A62-6: a sanction or a freeze keeps the money where it is."""
    if WITHDRAWALS_FROZEN in store.restrictions:
        raise Refused("A62-6", _("Withdrawals of this store are frozen."))


def half_is_held(store: Any, docket: Any) -> None:
    """A73-3, A77-3: below half of the deposit or the bond, nothing is paid out."""
    if WITHDRAWALS_FROZEN in store.limits:
        raise Refused(
            store.on_security("A73-3"),
            _("The deposit stands at {held} of {required}; below half, nothing is paid out."),
            held=store.deposit_paid,
            required=store.deposit_required,
        )


WITHDRAWING = Opening(
    "A66-1",
    name="request_withdrawal",
    otherwise="A66-1",
    source=StoreState.values,
    conditions=[not_frozen, half_is_held],
)


class Withdrawal(Aggregate):
    """An amount that left `available`; the bank keeps its fee of it."""

    KIND, PREFIX, ROOT = "withdrawal", "wdr", ("store", "store_id")
    PUBLIC = ("state", "number", "amount", "fee", "net", "requested_at", "ended_at", "reason", "decided_under")
    NUMBERED = True
    State = WithdrawalState

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="withdrawals", db_index=False)
    number = models.PositiveIntegerField(null=True)
    state = FSMField(choices=State.choices, default=State.REQUESTED, protected=True)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0, help_text="In the withdrawal's currency, at the dated rate.")
    currency = models.CharField(max_length=3)
    reason = models.TextField(blank=True)
    requested_by = models.CharField(max_length=120, blank=True)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    decided_under = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="withdrawal_state_known", condition=Q(state__in=WithdrawalState.values)),
            models.CheckConstraint(
                name="withdrawal_covers_its_fee", condition=Q(amount_minor__gte=models.F("fee_minor"))
            ),
            models.UniqueConstraint(name="withdrawal_number_once_per_store", fields=["store", "number"]),
            models.UniqueConstraint(name="withdrawal_of_its_store", fields=["store", "id"]),
        ]
        indexes = [
            models.Index(name="withdrawal_of_store", fields=["store", "-requested_at", "-id"]),
            models.Index(
                name="withdrawal_on_its_way",
                fields=["requested_at", "id"],
                condition=Q(state__in=["requested", "approved", "sent"]),
            ),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def net(self) -> Money:
        return Money(self.amount_minor - self.fee_minor, self.currency)

    @rule(
        "A66-1",
        source=WithdrawalState.REQUESTED,
        by=SELLER,
        creates=True,
        needs=["balances", "totals"],
        also=["A69-2"],
        says=_("{amount} on its way to the bank, which keeps {fee}."),
    )
    def request(self, docket: Any) -> None:
        """The seller takes money out; the bank's fee is part of the amount."""
        WITHDRAWING.law.check(self.store, docket)
        fee = convert(docket.rules.withdraw.fee, self.currency, docket.rules.exchange.usd)
        available = Money(docket.balance(self.store_id, "available", self.currency), self.currency)
        if self.amount_minor < fee.minor:
            raise Refused(
                "A66-3",
                _("A withdrawal below the bank's fee of {fee} pays nothing out: ask for {fee} or more."),
                fee=fee,
            )
        if self.amount_minor > available.minor:
            raise Refused(
                "A66-3" if available.minor < fee.minor else "A66-1",
                _("{amount} was asked for and {available} is available."),
                amount=self.amount,
                available=available,
            )
        self._leave_what_is_held(docket, available)
        self.fee_minor = fee.minor
        docket.because(amount=self.amount, fee=fee)
        movements.set_out(docket, self)

    def _leave_what_is_held(self, docket: Any, available: Money) -> None:
        """A69-2: what banks ask back of money that was released stays while they decide."""
        held = docket.total(self.store_id, f"{CHARGEBACK_HOLD}_{self.currency}")
        if held and self.amount_minor > available.minor - held:
            raise Refused(
                "A69-2",
                _("{held} of the {available} available are held for open chargebacks."),
                held=Money(held, self.currency),
                available=available,
            )

    @rule(
        "A66-1",
        source=ON_ITS_WAY,
        target=WithdrawalState.PAID,
        by=BANK,
        otherwise="A66-1",
        says=_("Settled by the bank: {net} to the seller, {fee} kept by the bank."),
    )
    def settle(self, docket: Any) -> None:
        """The bank paid it out and kept its fee."""
        docket.because(net=self.net, fee=self.fee)
        self.ended_at, self.decided_under = docket.at, docket.rule
        movements.arrive(docket, self)
        docket.notify("seller", self.store_id, "withdrawal_paid", self, net=self.net, fee=self.fee)

    @rule(
        "A66-1",
        source=ON_ITS_WAY,
        target=WithdrawalState.FAILED,
        by=BANK,
        otherwise="A66-1",
        needs=["balances"],
        says=_("Not settled by the bank ({reason}); {amount} is available again."),
    )
    def fail(self, docket: Any, *, reason: str) -> None:
        """The bank could not pay it out: everything comes back."""
        docket.because(amount=self.amount, reason=reason)
        self.reason, self.ended_at, self.decided_under = reason, docket.at, docket.rule
        movements.come_back(docket, self)
        docket.notify("seller", self.store_id, "withdrawal_failed", self, amount=self.amount, reason=reason)


brings(Withdrawal, store=Ref(Store, at="store_id"))
brings(Store)
