"""Messages: kept, readable again, never deleted by the parties (FB-3)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from rulebook.models import Aggregate


class Message(Aggregate):
    """One message of a thread. `order_id` and `dispute_id` are the thread's, so that their timelines read it directly."""

    KIND, PREFIX, ROOT = "message", "msg", ("thread", "thread_id")
    PUBLIC = ("sender", "sender_name", "text", "files=shown_files", "advice", "sent_at")

    store_id = models.UUIDField()
    thread = models.ForeignKey(
        "orders.Thread", on_delete=models.PROTECT, related_name="message_rows", db_index=False, db_constraint=False
    )
    order_id = models.UUIDField(null=True, blank=True)
    dispute_id = models.UUIDField(null=True, blank=True)
    sender = models.CharField(max_length=12)
    sender_id = models.UUIDField(null=True, blank=True)
    sender_name = models.CharField(max_length=120, blank=True)
    text = models.TextField(blank=True)
    files = models.JSONField(default=list, blank=True, help_text="As the evidence port kept them.")
    advice = models.CharField(max_length=8, blank=True, help_text="The language that it should have been in (FB-4).")
    steers = models.CharField(max_length=120, blank=True, help_text="Words that tell the buyer which reason to choose.")
    sent_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True, help_text="Its time of keeping was over.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="message_says_something", condition=~Q(text="") | ~Q(files=[]) | Q(forgotten_at__isnull=False)
            )
        ]
        indexes = [
            models.Index(name="message_of_thread", fields=["thread", "sent_at", "id"]),
            models.Index(name="message_that_steers", fields=["-sent_at", "-id"], condition=~Q(steers="")),
            models.Index(name="message_kept", fields=["sent_at", "id"], condition=Q(forgotten_at__isnull=True)),
            models.Index(
                name="message_of_order", fields=["order_id", "sent_at", "id"], condition=Q(order_id__isnull=False)
            ),
        ]

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.thread.buyer_id == actor.id)

    @property
    def shown_files(self) -> list[dict[str, Any]]:
        """Name, type, size and hash; where they lie stays inside."""
        return [{key: file[key] for key in ("file_name", "media_type", "size", "sha256")} for file in self.files]
