"""Buyers: known by their storefront and its own reference, recorded at first mention."""

from __future__ import annotations

from typing import Any

from django.db import models

from rulebook.models import Aggregate


class Buyer(Aggregate):
    """A storefront's customer. Orders hold his id and the facts that rules need; nothing locks a buyer."""

    KIND, PREFIX = "buyer", "byr"
    PUBLIC = ("reference", "name", "country")

    storefront_id = models.UUIDField()
    reference = models.CharField(max_length=120, help_text="The storefront's own.")
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    country = models.CharField(max_length=2, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="buyer_once_per_storefront", fields=["storefront_id", "reference"])]

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.id == actor.id)
