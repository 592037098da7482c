"""What carriers told of parcels that nobody has entered yet."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rulebook.ids import new_id


class ParkedScan(models.Model):
    """An event that found no parcel, or whose word nobody could read. It waits until it can be carried out, once.

    Of the platform, not of a store: whose parcel it is becomes known only then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    carrier = models.CharField(max_length=20)
    event_id = models.CharField(max_length=80, help_text="The carrier's own number of the event.")
    waybill = models.CharField(max_length=60, help_text="Without blanks, in capitals.")
    word = models.CharField(max_length=60, help_text="The event in the carrier's words, folded.")
    payload = models.JSONField(help_text="The event as it was sent: id, waybill, event, occurred_at, place, country.")
    received_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True, help_text="When it was carried out.")
    outcome = models.CharField(
        max_length=12, blank=True, help_text="What came of it: done, duplicate, refused, invalid."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="parked_scan_once_per_event", fields=["carrier", "event_id"]),
            models.CheckConstraint(
                name="parked_scan_taken_with_outcome",
                condition=Q(taken_at__isnull=True, outcome="") | (Q(taken_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes = [
            models.Index(name="parked_scan_waiting", fields=["waybill"], condition=Q(taken_at__isnull=True)),
            models.Index(name="parked_scan_age", fields=["received_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.word} of {self.waybill}"
