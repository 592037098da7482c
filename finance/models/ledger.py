"""Double entry: transactions, their legs, and a balance row for every account."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from finance.accounts import AT_OR_ABOVE_ZERO, AT_OR_BELOW_ZERO, Account
from rulebook.ids import new_id
from rulebook.money import Money


class Balance(models.Model):
    """The present amount of one account, in the ledger's sign; written as increments, checked by the database."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    kind = models.CharField(max_length=16, choices=Account.choices)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="balance_once_per_account", fields=["store_id", "kind", "currency"]),
            models.CheckConstraint(name="balance_kind_known", condition=Q(kind__in=Account.values)),
            models.CheckConstraint(
                name="balance_has_the_sign_of_its_kind",
                condition=Q(kind="clearing")
                | Q(kind__in=AT_OR_ABOVE_ZERO, amount_minor__gte=0)
                | Q(kind__in=AT_OR_BELOW_ZERO, amount_minor__lte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {Money(self.amount_minor, self.currency)}"


class Transaction(models.Model):
    """One movement, caused by one journal entry. Append-only; a correction mirrors it and points at it.

    `entry_id` and `order_id` are plain columns without a foreign key: a check per row is the largest cost of a batch, and
    `verify_ledger` proves them instead.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    kind = models.CharField(max_length=32)
    order_id = models.UUIDField(null=True, blank=True)
    entry_id = models.UUIDField(null=True, blank=True)
    rule = models.CharField(max_length=24)
    effective_at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    key = models.CharField(max_length=160, help_text="Idempotency: the same cause posts once.")
    reverses_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="transaction_once_per_key", fields=["store_id", "key"])]
        indexes = [
            models.Index(name="transaction_statement", fields=["store_id", "-effective_at", "-id"]),
            models.Index(name="transaction_of_order", fields=["order_id"], condition=Q(order_id__isnull=False)),
            models.Index(name="transaction_reversal", fields=["reverses_id"], condition=Q(reverses_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} under {self.rule}"


class Leg(models.Model):
    """One line of a transaction."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    transaction_id = models.UUIDField()
    kind = models.CharField(max_length=16, choices=Account.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(name="leg_kind_known", condition=Q(kind__in=Account.values)),
            models.CheckConstraint(name="leg_moves_something", condition=~Q(amount_minor=0)),
        ]
        indexes = [models.Index(name="leg_of_transaction", fields=["transaction_id"])]

    def __str__(self) -> str:
        return f"{self.kind} {Money(self.amount_minor, self.currency)}"
