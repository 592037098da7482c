"""Payments: what came in from a provider for an order."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_fsm import FSMField

from rulebook.models import Aggregate
from rulebook.money import Money


class PaymentState(models.TextChoices):
    STARTED = "started"
    CAPTURED = "captured"
    FAILED = "failed"


class Payment(Aggregate):
    """One attempt to pay an order. The provider's reference and at most the last digits are kept, never card data."""

    KIND, PREFIX, ROOT = "payment", "pay", ("order", "order_id")
    PUBLIC = ("state", "amount", "method", "network", "reference", "captured_at")
    State = PaymentState

    store_id = models.UUIDField()
    order_id = models.UUIDField()
    state = FSMField(choices=State.choices, default=State.STARTED, protected=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=12)
    network = models.CharField(max_length=20, blank=True)
    provider = models.CharField(max_length=24, default="sandbox")
    reference = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="payment_state_known", condition=Q(state__in=PaymentState.values)),
            models.CheckConstraint(name="payment_of_some_money", condition=Q(amount_minor__gt=0)),
            models.UniqueConstraint(name="payment_reference_once", fields=["store_id", "provider", "reference"]),
        ]
        indexes = [
            models.Index(name="payment_of_order", fields=["order_id"]),
            models.Index(name="payment_by_reference", fields=["reference", "provider"]),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
