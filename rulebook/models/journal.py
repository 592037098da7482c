"""The journal: one entry for every transition, append-only, chained by hash within each store's book."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.functional import cached_property

from rulebook.ids import new_id


class JournalEntry(models.Model):
    """What happened to one subject, under which rule, decided by which values and facts, by whom.

    `number` counts from 1 within the book; `hash` covers the entry and `previous_hash`. UPDATE, DELETE and TRUNCATE are
    refused by the database.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField(help_text="The book: the store, or the platform's fixed id.")
    number = models.BigIntegerField()
    root_kind = models.CharField(max_length=24)
    root_id = models.UUIDField()
    subject_kind = models.CharField(max_length=24)
    subject_id = models.UUIDField()
    act = models.CharField(max_length=80, help_text="Transition, as kind.method.")
    machine = models.CharField(max_length=24, blank=True)
    from_state = models.CharField(max_length=32, blank=True)
    to_state = models.CharField(max_length=32, blank=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True, blank=True)
    actor_name = models.CharField(max_length=120, blank=True)
    door = models.CharField(max_length=60, blank=True, help_text="Door, and the key's prefix when he came by one.")
    rules = models.JSONField(help_text="Rule ids; the first is the deciding one.")
    parameters = models.JSONField(help_text="Parameter key to the value that was read.")
    facts = models.JSONField()
    reason = models.TextField(blank=True)
    transaction_id = models.UUIDField(null=True, blank=True)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(name="journal_number_once_per_book", fields=["store_id", "number"])]
        indexes = [
            models.Index(name="journal_of_root", fields=["root_id", "number"]),
            models.Index(name="journal_of_subject", fields=["subject_id", "number"]),
        ]
        ordering = ["store_id", "number"]
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return f"{self.act} under {self.rule}"

    @cached_property
    def rule(self) -> str:
        return self.rules[0]

    def sentence(self, **reader: Any) -> str:
        """Why, in one sentence, in the reader's language and zone."""
        from rulebook.sentences import why

        return why(self, **reader)


class ChainHead(models.Model):
    """The last entry's number and hash of one book. Locked last, at writing."""

    store_id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.store_id}: {self.number}"


class Checkpoint(models.Model):
    """All heads at one moment, chained and signed, so that a rewritten book shows against a copy kept elsewhere."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    taken_at = models.DateTimeField(unique=True)
    books = models.PositiveIntegerField()
    entries = models.BigIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 over (book, number, hash) of all heads in book order.")
    previous = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["taken_at"]

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d %H:%M}: {self.books} books, {self.entries} entries"
