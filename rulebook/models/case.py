"""The case table: one narrow row for everything that waits for a moderator, kept by the docket, read by the worklists."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q

from rulebook.ids import new_id

FOR_A_MODERATOR = (
    "arbitration",
    "platform",
    "second",
    "appeals",
    "chargebacks",
    "reviews",
    "complaints",
    "support",
    "compliance",
)
"""Lanes in which a moderator must move."""


class Case(models.Model):
    """One matter of any kind (dispute, ruling to approve, later reviews, penalties …). Never joined: it holds what a list shows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    kind = models.CharField(max_length=24)
    subject_id = models.UUIDField()
    number = models.PositiveIntegerField(default=0)
    store_name = models.CharField(max_length=120, blank=True)
    party = models.CharField(max_length=120, blank=True, help_text="The other side, as lists name it.")
    topic = models.CharField(max_length=40, help_text="Reason or type code.")
    state = models.CharField(max_length=32)
    lane = models.CharField(max_length=24, help_text="Who must move: seller, buyer, arbitration, second, logistics …")
    open = models.BooleanField(default=True)
    value_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="USD")
    value_usd_minor = models.BigIntegerField(
        default=0, help_text="At the dated rate when the row was written; for sorting."
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    holder_id = models.UUIDField(null=True, blank=True, help_text="The moderator who works on it.")
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="case_once_per_subject", fields=["store_id", "kind", "subject_id"])]
        indexes = [
            models.Index(
                name="case_to_do",
                fields=["due_at", "-value_usd_minor", "id"],
                condition=Q(open=True, lane__in=FOR_A_MODERATOR),
            ),
            models.Index(name="case_by_value", fields=["-value_usd_minor", "id"], condition=Q(open=True)),
            models.Index(name="case_by_number", fields=["number"], condition=Q(open=True)),
            GinIndex(SearchVector("store_name", "party", config="simple"), name="case_by_name", condition=Q(open=True)),
            models.Index(name="case_worklist", fields=["due_at", "id"], condition=Q(open=True)),
            models.Index(name="case_worklist_by_lane", fields=["lane", "due_at", "id"], condition=Q(open=True)),
            models.Index(name="case_closed", fields=["-closed_at", "id"], condition=Q(open=False)),
            models.Index(name="case_of_subject", fields=["subject_id"]),
            models.Index(
                name="case_of_holder",
                fields=["holder_id", "due_at", "id"],
                condition=Q(open=True, holder_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}: {self.topic}"
