"""Everything that happened to one root (an order with its dispute), in order, with why and with the money that moved.

A constant number of statements however long the story is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from rulebook.actors import MODERATOR
from rulebook.docket.books import the_books
from rulebook.models import JournalEntry
from rulebook.models.base import KINDS
from rulebook.money import Money
from rulebook.parameters import describe, parameter
from rulebook.rule import CAUSE, rules_of

HIDDEN = frozenset({"ruling.propose"})
"""Entries that a reader sees in their cause already."""


def timeline(root_id: UUID, *, extra: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Entries for `base/_timeline.html`, oldest first; `extra` rows (messages, scans) of the same shape are sorted in."""
    entries = list(JournalEntry.objects.filter(root_id=root_id).order_by("effective_at", "number"))
    money = money_by_entry(entries)
    rows = [_row(entry, money.get(entry.id, [])) for entry in entries if entry.act not in HIDDEN]
    return sorted([*rows, *extra], key=lambda row: row["at"])


def subject_timeline(subject_id: UUID) -> list[dict[str, Any]]:
    """What happened to one subject alone: a withdrawal's story is not its whole store's."""
    entries = list(JournalEntry.objects.filter(subject_id=subject_id).order_by("number"))
    money = money_by_entry(entries)
    return [_row(entry, money.get(entry.id, [])) for entry in entries]


def money_by_entry(entries: Iterable[JournalEntry]) -> dict[UUID, list[dict[str, Any]]]:
    """What each entry moved, as accounts and signed amounts in the sense of the account."""
    books = the_books()
    ids = [entry.id for entry in entries if entry.transaction_id]
    causes = dict(books.transaction.objects.filter(entry_id__in=ids).values_list("id", "entry_id"))
    moved: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    legs = books.leg.objects.filter(transaction_id__in=list(causes)).order_by("transaction_id", "id")
    for leg in legs:
        if leg.kind != "clearing":
            moved[causes[leg.transaction_id]].append(
                {"account": leg.kind, "amount": Money(leg.amount_minor, leg.currency)}
            )
    return moved


def _row(entry: JournalEntry, money: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "at": entry.effective_at,
        "actor": {"kind": entry.actor_kind, "name": entry.actor_name or entry.actor_kind},
        "text": entry.sentence(),
        "quote": entry.reason,
        "rule": entry.rule,
        "rules": entry.rules,
        "money": money,
        "params": [_parameter(key, value) for key, value in entry.parameters.items()],
        "act": entry.act,
        "entry": entry,
    }


def _parameter(key: str, value: Any) -> dict[str, Any]:
    name = key.split("[")[0]
    try:
        known = parameter(name)
    except LookupError:
        return {"name": key, "value": str(value), "rule": ""}
    return {
        "name": key,
        "value": str(value) if isinstance(value, dict | list) else _described(known, value),
        "rule": known.rule,
    }


def _described(known: Any, value: Any) -> str:
    try:
        return str(describe(known, value))
    except (TypeError, ValueError, ArithmeticError):
        return str(value)


def why_it_stands(subject_id: UUID, *, named: bool = True) -> dict[str, Any] | None:
    """The latest entry that changed the object's state, for the why line. named: see `why_of`."""
    moved = JournalEntry.objects.filter(subject_id=subject_id).exclude(from_state=F("to_state"))
    latest = moved.order_by("-number").first()
    return None if latest is None else why_of(latest, named=named)


def why_of(entry: JournalEntry, *, named: bool = True) -> dict[str, Any]:
    """For `base/_why.html`: the sentence, the rule, and who (empty for the system).

    named: whether the reader is told which of the platform's people it was; the parties are not.
    """
    by = "" if entry.actor_kind == "system" else entry.actor_name or entry.actor_kind
    if entry.actor_kind == MODERATOR and not named:
        by = _("the platform")
    return {"sentence": entry.sentence(), "rule": entry.rule, "by": by, "at": entry.effective_at}


def is_consequence(entry: JournalEntry) -> bool:
    """Whether the entry is part of the act before it rather than one of its own."""
    kind, _dot, name = entry.act.partition(".")
    law = rules_of(KINDS[kind]).get(name) if kind in KINDS else None
    return law is not None and law.id == CAUSE
