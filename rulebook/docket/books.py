"""Where the ledger hangs itself in: the rulebook moves money without knowing the app that keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger's tables, and the check that memory makes in place of the database's constraint."""

    transaction: Any
    leg: Any
    balance: Any
    may_hold: Callable[[str, int], bool]


_books: list[Books] = []


def register_books(books: Books) -> None:
    """Called once, by the app that keeps the ledger, when it is ready."""
    _books[:] = [books]


def the_books() -> Books:
    return _books[0]
