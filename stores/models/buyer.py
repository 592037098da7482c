"""Buyers: known by their storefront and its own reference, recorded at first mention."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

from rulebook.models import Aggregate


class Buyer(Aggregate):
    """A storefront's customer. Orders hold his id and the facts that rules need; nothing locks a buyer."""

    KIND, PREFIX = "buyer", "byr"
    PUBLIC = ("reference", "name", "country", "reviews_count", "rating")

    storefront_id = models.UUIDField()
    reference = models.CharField(max_length=120, help_text="The storefront's own.")
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    reviews_count = models.BigIntegerField(default=0, help_text="Reviews that sellers wrote about him and that count.")
    stars_sum = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="buyer_once_per_storefront", fields=["storefront_id", "reference"])]

    @property
    def rating(self) -> Decimal | None:
        """What sellers gave him on the average, half up to one decimal (A52-5)."""
        if not self.reviews_count:
            return None
        return (Decimal(self.stars_sum) / self.reviews_count).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.id == actor.id)
