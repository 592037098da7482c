"""What a docket records beside changed objects: journal entries, postings, notices, cases, increments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from rulebook.ids import new_id
from rulebook.money import Money

PLATFORM = UUID(int=0)
"""The book of what has no store: sellers, amendments."""

GENESIS = "0" * 64


@dataclass(slots=True)
class Entry:
    """A journal entry before it is written (fields: `JournalEntry`)."""

    id: UUID
    store_id: UUID
    root_kind: str
    root_id: UUID
    subject_kind: str
    subject_id: UUID
    act: str
    machine: str
    from_state: str
    to_state: str
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    door: str
    rules: list[str]
    parameters: dict[str, Any]
    facts: dict[str, Any]
    reason: str
    transaction_id: UUID | None
    effective_at: datetime
    recorded_at: datetime
    number: int = 0
    previous_hash: str = ""
    hash: str = ""

    @property
    def rule(self) -> str:
        return self.rules[0]

    def chain(self, number: int, previous: str) -> str:
        """Take the next place in the book; returns the hash that the entry after it will name."""
        self.number, self.previous_hash = number, previous
        self.hash = entry_hash(self)
        return self.hash


def entry_hash(entry: Any) -> str:
    """SHA-256 over everything an entry says and the hash before it; the same from memory and from the database."""
    said = (
        entry.store_id,
        entry.number,
        entry.previous_hash,
        entry.root_kind,
        entry.root_id,
        entry.subject_kind,
        entry.subject_id,
        entry.act,
        entry.machine,
        entry.from_state,
        entry.to_state,
        entry.actor_kind,
        entry.actor_id,
        entry.actor_name,
        entry.door,
        entry.rules,
        entry.parameters,
        entry.facts,
        entry.reason,
        entry.transaction_id,
        entry.effective_at,
        entry.recorded_at,
    )
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _instant(moment: datetime) -> str:
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()


@dataclass(slots=True)
class Posting:
    """A ledger transaction and its legs: (account kind, minor units, currency), which sum to zero in each currency."""

    id: UUID
    store_id: UUID
    kind: str
    legs: list[tuple[str, int, str]]
    order_id: UUID | None
    entry_id: UUID | None
    rule: str
    effective_at: datetime
    facts: dict[str, Any]
    key: str
    reverses_id: UUID | None = None


@dataclass(slots=True)
class NoticeDraft:
    """A notice before it is written (fields: `Notice`)."""

    store_id: UUID
    root_kind: str
    root_id: UUID
    subject_kind: str
    subject_id: UUID
    audience_kind: str
    audience_id: UUID | None
    code: str
    rule: str
    facts: dict[str, Any]
    effective_at: datetime
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Increment:
    """Add to a column of a row that nobody has to hold."""

    model: type
    id: UUID
    column: str
    delta: int


@dataclass(slots=True)
class TallyDraft:
    """An event that counts, before it is written (fields: `Tally`)."""

    store_id: UUID
    name: str
    at: datetime
    value: int
    root_id: UUID


@dataclass(frozen=True, slots=True)
class Call:
    """A deadline due at once on a root that nobody holds; one that is pending there already is enough."""

    model: type
    id: UUID
    store_id: UUID
    name: str
    rule: str
    at: datetime


def plain(value: Any) -> Any:
    """The JSON form of a fact: money and moments as text, everything else as it is. TypeError for what has none."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is Money or kind is UUID:
        return str(value)
    if kind is datetime:
        return _instant(value)
    if isinstance(value, Enum | str):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    raise TypeError(f"{value!r} cannot be written as a fact")
