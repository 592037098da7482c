"""Offers: what one side would settle for. One current offer each."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from disputes.states import OfferState
from rulebook.models import Aggregate
from rulebook.money import Money


class Offer(Aggregate):
    """Taking the other side's offer ends the dispute for good."""

    KIND, PREFIX, ROOT = "offer", "off", ("order", "order_id")
    PUBLIC = ("state", "side", "refund", "return_goods", "text", "made_at")

    store_id = models.UUIDField()
    order_id = models.UUIDField()
    dispute = models.ForeignKey(
        "disputes.Dispute", on_delete=models.PROTECT, related_name="offer_rows", db_constraint=False
    )
    state = models.CharField(max_length=12, choices=OfferState.choices, default=OfferState.CURRENT)
    side = models.CharField(max_length=12)
    refund_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    return_goods = models.BooleanField(default=False)
    text = models.TextField(blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="offer_state_known", condition=Q(state__in=OfferState.values)),
            models.CheckConstraint(name="offer_not_negative", condition=Q(refund_minor__gte=0)),
            models.UniqueConstraint(
                name="offer_one_current_per_side", fields=["store_id", "dispute", "side"], condition=Q(state="current")
            ),
        ]

    @property
    def refund(self) -> Money:
        return Money(self.refund_minor, self.currency)
