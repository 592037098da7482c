"""The clerk's small books: numbers, idempotency keys, daily work, the queue's heartbeat."""

from __future__ import annotations

from django.db import models

from rulebook.ids import new_id


class Counter(models.Model):
    """A number per store and name, in a row of its own so that nobody waits for the store's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    name = models.CharField(max_length=40)
    value = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="counter_once_per_store_and_name", fields=["store_id", "name"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class IdempotencyKey(models.Model):
    """What was answered to a caller's key. Written in the transaction of the act: a refusal leaves the key free."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, help_text="SHA-256 of action, object and inputs.")
    answer = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="idempotency_key_belongs_to_one_caller", fields=["caller", "key"])]
        indexes = [models.Index(name="idempotency_age", fields=["created_at"])]

    def __str__(self) -> str:
        return self.key


class DailyRun(models.Model):
    """Timed work of one name for one moment: claimed like a deadline, caught up in order after an outage."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60)
    moment = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(name="daily_work_once_per_moment", fields=["name", "moment"])]

    def __str__(self) -> str:
        return f"{self.name} of {self.moment:%Y-%m-%d}"


class Heartbeat(models.Model):
    """The last sign of life of a process, or of a task that travelled through the queue and came back."""

    name = models.CharField(primary_key=True, max_length=60)
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.beat_at:%H:%M:%S}"
