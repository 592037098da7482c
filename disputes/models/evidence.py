"""Evidence: what a side shows. Stored privately, named by its content's hash, never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from disputes.states import EvidenceKind
from rulebook.models import Aggregate


class Evidence(Aggregate):
    """A text, or a file that the evidence port has checked and kept (`rulebook.files`)."""

    KIND, PREFIX, ROOT = "evidence", "evd", ("order", "order_id")
    PUBLIC = ("side", "shows=kind_code", "late", "text", "file_name", "media_type", "size", "sha256", "added_at")

    store_id = models.UUIDField()
    order_id = models.UUIDField()
    dispute = models.ForeignKey(
        "disputes.Dispute", on_delete=models.PROTECT, related_name="evidence_rows", db_index=False, db_constraint=False
    )
    kind_code = models.CharField(max_length=20, choices=EvidenceKind.choices, default=EvidenceKind.OTHER)
    late = models.BooleanField(default=False, help_text="Came after the time for evidence; the moderator weighs it.")
    side = models.CharField(max_length=12)
    text = models.TextField(blank=True)
    file_name = models.CharField(max_length=200, blank=True, help_text="As it was sent; for display only.")
    file_key = models.CharField(max_length=200, blank=True, help_text="Where the checked copy lies.")
    media_type = models.CharField(max_length=60, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the file as it was sent.")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="evidence_shows_something", condition=~Q(text="") | ~Q(file_key=""))]
        indexes = [models.Index(name="evidence_of_dispute", fields=["dispute", "id"])]
        verbose_name_plural = "evidence"
