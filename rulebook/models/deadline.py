"""Deadlines: what must happen by when, and what the rules do when it has not."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from rulebook.ids import new_id


class DeadlineStatus(models.TextChoices):
    PENDING = "pending"
    MET = "met"
    CANCELLED = "cancelled"
    FIRED = "fired"
    STUCK = "stuck"


class Deadline(models.Model):
    """At most one pending per subject and name. `due_at` is the first instant that is too late; it never moves with a parameter.

    Root and subject are a kind code and an id. The root is the row whose lock covers the subject.
    """

    KIND = "deadline"
    Status = DeadlineStatus

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    root_kind = models.CharField(max_length=24)
    root_id = models.UUIDField()
    subject_kind = models.CharField(max_length=24)
    subject_id = models.UUIDField()
    name = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    rule = models.CharField(max_length=24)
    status = models.CharField(max_length=12, choices=DeadlineStatus.choices, default=DeadlineStatus.PENDING)
    set_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True, help_text="When a stuck one is tried again.")
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="deadline_one_pending_per_subject_and_name",
                fields=["store_id", "subject_id", "name"],
                condition=Q(status__in=["pending", "stuck"]),
            ),
            models.CheckConstraint(name="deadline_status_known", condition=Q(status__in=DeadlineStatus.values)),
        ]
        indexes = [
            models.Index(name="deadline_due", fields=["due_at", "id"], condition=Q(status="pending")),
            models.Index(name="deadline_stuck", fields=["retry_at"], condition=Q(status="stuck")),
            models.Index(name="deadline_of_root", fields=["root_id"], condition=Q(status__in=["pending", "stuck"])),
            models.Index(name="deadline_history", fields=["subject_id", "due_at"]),
        ]
        ordering = [F("due_at").asc(), "id"]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.name} due {self.due_at:%Y-%m-%d %H:%M}"
