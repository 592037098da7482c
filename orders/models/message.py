"""Messages between buyer and seller: kept, readable again, never deleted by the parties (FB-3)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from rulebook.models import Aggregate


class Message(Aggregate):
    """One message of an order's thread; with `dispute_id`, of its dispute's."""

    KIND, PREFIX, ROOT = "message", "msg", ("order", "order_id")
    PUBLIC = ("sender", "sender_name", "text", "sent_at")

    store_id = models.UUIDField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="message_rows", db_index=False, db_constraint=False
    )
    dispute_id = models.UUIDField(null=True, blank=True)
    sender = models.CharField(max_length=12)
    sender_id = models.UUIDField(null=True, blank=True)
    sender_name = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="message_says_something", condition=~Q(text=""))]
        indexes = [models.Index(name="message_of_order", fields=["order", "sent_at", "id"])]

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.order.buyer_id == actor.id)
