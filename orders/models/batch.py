"""Shipping lists: files of parcels that a store sent, between their preview and their last row.

Nothing here is an aggregate: a row only remembers what was asked and what came of it. What ships is `seller.ship`.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from rulebook.ids import new_id, parse_id, public_id


class BatchState(models.TextChoices):
    PREVIEW = "preview"
    RUNNING = "running"
    DONE = "done"


class RowState(models.TextChoices):
    READY = "ready"
    CANNOT = "cannot"
    BLANK = "blank"
    SHIPPED = "shipped"
    REFUSED = "refused"


NOT_DONE = (RowState.CANNOT, RowState.REFUSED)


class ShippingBatch(models.Model):
    """One file. Shown as a preview, then carried out row by row by whoever holds its lease."""

    PREFIX = "shl"
    State = BatchState

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=BatchState.choices, default=BatchState.PREVIEW)
    file_name = models.CharField(max_length=120, blank=True)
    header = models.JSONField(default=list, help_text="The file's own column names, in its order.")
    made_by = models.UUIDField()
    made_by_name = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True, blank=True, help_text="In whose name the rows are shipped.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    holder = models.UUIDField(null=True, blank=True, help_text="Who works on it now, until the lease ends.")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="shipping_batch_state_known", condition=Q(state__in=BatchState.values)),
            models.CheckConstraint(
                name="shipping_batch_runs_for_somebody",
                condition=Q(state="preview") | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="shipping_batch_of_store", fields=["store_id", "-made_at", "-id"]),
            models.Index(name="shipping_batch_running", fields=["confirmed_at"], condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return self.file_name or self.public_id

    @property
    def public_id(self) -> str:
        return public_id(self.PREFIX, self.id)

    @classmethod
    def parse(cls, text: str) -> Any:
        """The UUID behind a public id; ValueError for anything else."""
        return parse_id(text, cls.PREFIX)


class ShippingRow(models.Model):
    """One row of the file: its cells as they came, what was understood of them, and what came of it."""

    State = RowState

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch = models.ForeignKey(ShippingBatch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(help_text="As a spreadsheet counts: the header is row 1.")
    cells = models.JSONField(default=list)
    order_id = models.UUIDField(null=True, blank=True, help_text="Of the batch's store.")
    order_name = models.CharField(max_length=40, blank=True)
    inputs = models.JSONField(default=dict, help_text="What `seller.ship` gets.")
    state = models.CharField(max_length=8, choices=RowState.choices)
    rule = models.CharField(max_length=24, blank=True)
    reason = models.TextField(blank=True, help_text="Why not, in the language of whoever sent the file.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="shipping_row_once_per_batch", fields=["batch", "number"]),
            models.CheckConstraint(name="shipping_row_state_known", condition=Q(state__in=RowState.values)),
            models.CheckConstraint(
                name="shipping_row_ships_an_order",
                condition=Q(state__in=["cannot", "blank", "refused"]) | Q(order_id__isnull=False),
            ),
        ]
        indexes = [models.Index(name="shipping_row_by_state", fields=["batch", "state", "number"])]

    def __str__(self) -> str:
        return f"row {self.number}"
