"""Notices: what people are told, kept in an outbox in the transaction of its cause and delivered after it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rulebook.ids import new_id


class Notice(models.Model):
    """One event told to one audience. The row itself is the in-app message; other channels are deliveries.

    `audience_kind`, `audience_id`: ``buyer`` and his id, ``seller`` and the store's id, ``moderator`` and none.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    root_kind = models.CharField(max_length=24)
    root_id = models.UUIDField()
    subject_kind = models.CharField(max_length=24)
    subject_id = models.UUIDField()
    audience_kind = models.CharField(max_length=12)
    audience_id = models.UUIDField(null=True, blank=True)
    code = models.CharField(max_length=60)
    rule = models.CharField(max_length=24)
    facts = models.JSONField()
    effective_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When all its channels were served or given up.")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(name="notice_waiting", fields=["id"], condition=Q(sent_at__isnull=True)),
            models.Index(name="notice_of_audience", fields=["audience_id", "-id"]),
            models.Index(name="notice_of_root", fields=["root_id", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.code} to {self.audience_kind}"


class Delivery(models.Model):
    """One channel of one notice. The attempt is counted before the work, so that a death counts too."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        DEAD = "dead"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    notice_id = models.UUIDField()
    subject_id = models.UUIDField(help_text="Deliveries about one subject over one channel go out in order.")
    channel = models.CharField(max_length=12)
    target = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="delivery_once_per_channel", fields=["store_id", "notice_id", "channel", "target"]
            )
        ]
        indexes = [
            models.Index(name="delivery_waiting", fields=["due_at", "id"], condition=Q(state="waiting")),
            models.Index(
                name="delivery_in_order", fields=["subject_id", "channel", "id"], condition=Q(state="waiting")
            ),
        ]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.channel} to {self.target}: {self.state}"
