"""What payment providers told of chargebacks and withdrawals, each event once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rulebook.ids import new_id


class ProviderNotice(models.Model):
    """An event that a provider signed. What cannot be carried out yet waits here, for moderators to see, until it can.

    Of the platform, not of a store: whose order it is becomes known only when it is carried out.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=80, help_text="The provider's own number of the event.")
    case_id = models.CharField(
        max_length=80, blank=True, help_text="The provider's own number of the chargeback; empty for withdrawals."
    )
    word = models.CharField(max_length=60, help_text="The event in the provider's words, folded.")
    payload = models.JSONField(help_text="The event as it was sent.")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True, help_text="When it came to its end.")
    outcome = models.CharField(
        max_length=12, blank=True, help_text="done, outdated, refused or invalid; empty while it waits."
    )
    why = models.CharField(max_length=400, blank=True, help_text="What it waits for, or what stood in the way.")
    rule = models.CharField(max_length=12, blank=True, help_text="The rule that stood in the way.")

    class Meta:
        verbose_name, verbose_name_plural = "event of a provider", "events of providers"
        constraints = [
            models.UniqueConstraint(name="provider_notice_once_per_event", fields=["event_id", "provider"]),
            models.CheckConstraint(
                name="provider_notice_taken_with_outcome",
                condition=Q(taken_at__isnull=True, outcome="") | (Q(taken_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes = [
            models.Index(name="provider_notice_of_case", fields=["case_id", "provider", "occurred_at"]),
            models.Index(
                name="provider_notice_waiting", fields=["provider", "received_at"], condition=Q(taken_at__isnull=True)
            ),
            models.Index(name="provider_notice_by_day", fields=["-received_at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.word} of {self.case_id or self.event_id}"
