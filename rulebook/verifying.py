"""Proving the journal: every chain recomputed, its heads and all checkpoints compared. Memory stays small."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from rulebook.checkpoints import Exported, digest_of, exported_in, is_genuine
from rulebook.docket.effects import GENESIS, entry_hash
from rulebook.models.journal import ChainHead, Checkpoint, JournalEntry

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """where: the row, as people find it again. what: what is wrong with it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class Read:
    """How much was looked at."""

    entries: int = 0
    books: int = 0
    checkpoints: int = 0


@contextmanager
def one_moment() -> Iterator[None]:
    """All reads of the block see the same moment, while others go on writing."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def verify_journal(store: UUID | None = None, exports: Path | None = None, read: Read | None = None) -> Iterator[Fault]:
    """Everything that is wrong: at most one fault for each book, then those of the checkpoints."""
    read = read if read is not None else Read()
    with one_moment():
        yield from verify_books(store, read)
        yield from verify_checkpoints(read)
        if exports is not None:
            yield from verify_exports(exports, store, read)


# ------------------------------------------------------------------ books


def verify_books(store: UUID | None = None, read: Read | None = None) -> Iterator[Fault]:
    """Every book from its first entry to its head. A book's first bad row is named, its rest is not read."""
    read = read if read is not None else Read()
    heads = {head.store_id: head for head in _of(store, ChainHead.objects.all())}
    entries = _of(store, JournalEntry.objects.order_by("store_id", "number")).iterator(chunk_size=CHUNK)
    book: UUID | None = None
    chain = _Chain()
    for entry in entries:
        if entry.store_id != book:
            if book is not None:
                yield from _end_of_book(book, chain, heads.pop(book, None), read)
            book, chain = entry.store_id, _Chain()
        read.entries += 1
        if not chain.broken and (fault := chain.follow(entry)):
            yield fault
    if book is not None:
        yield from _end_of_book(book, chain, heads.pop(book, None), read)
    for empty in heads.values():
        if empty.number:
            yield Fault(f"book {empty.store_id}", f"its head stands at {empty.number}, but it has no entries")


def _of(store: UUID | None, rows: Any) -> Any:
    return rows if store is None else rows.filter(store_id=store)


class _Chain:
    """The state of one book while it is read."""

    def __init__(self) -> None:
        self.number, self.hash, self.broken = 0, GENESIS, False

    def follow(self, entry: JournalEntry) -> Fault | None:
        """Take the next entry; what is wrong with it."""
        wrong = self._wrong(entry)
        self.number, self.hash = entry.number, entry.hash
        self.broken = wrong is not None
        return Fault(f"entry {entry.number} of book {entry.store_id} ({entry.id})", wrong) if wrong else None

    def _wrong(self, entry: JournalEntry) -> str | None:
        if entry.number != self.number + 1:
            return f"the entry before it is number {self.number}: {entry.number - self.number - 1} are missing"
        if entry.previous_hash != self.hash:
            return "it does not follow from the entry before it"
        if entry_hash(entry) != entry.hash:
            return "it does not say what was sealed"
        return None


def _end_of_book(book: UUID, chain: _Chain, head: ChainHead | None, read: Read) -> Iterator[Fault]:
    read.books += 1
    if chain.broken:
        return
    if head is None:
        yield Fault(f"book {book}", f"it has {chain.number} entries and no head")
    elif head.number != chain.number:
        yield Fault(f"book {book}", f"its head stands at {head.number}, its last entry is number {chain.number}")
    elif head.hash != chain.hash:
        yield Fault(f"book {book}", f"its head has another hash than entry {chain.number}")


# ------------------------------------------------------------------ checkpoints


def verify_checkpoints(read: Read | None = None) -> Iterator[Fault]:
    """Signatures and the chain of those in the database; no later one, nor the journal now, counts fewer entries."""
    read = read if read is not None else Read()
    previous, books, entries = GENESIS, 0, 0
    for checkpoint in Checkpoint.objects.order_by("taken_at").iterator(chunk_size=CHUNK):
        read.checkpoints += 1
        yield from _fault_of(checkpoint, previous)
        if checkpoint.entries < entries or checkpoint.books < books:
            yield Fault(f"checkpoint {checkpoint}", f"the one before it counted {entries} entries in {books} books")
        previous, books, entries = checkpoint.signature, checkpoint.books, checkpoint.entries
    heads = ChainHead.objects.values_list("number", flat=True)
    if len(heads) < books or sum(heads) < entries:
        yield Fault(
            "journal",
            f"the last checkpoint counted {entries} entries in {books} books; now {sum(heads)} are in {len(heads)}",
        )


def _fault_of(checkpoint: Checkpoint, previous: str) -> Iterator[Fault]:
    if not is_genuine(checkpoint):
        yield Fault(f"checkpoint {checkpoint}", "its signature does not fit")
    if checkpoint.previous != previous:
        yield Fault(f"checkpoint {checkpoint}", "it does not follow from the one before it")


def verify_exports(path: Path, store: UUID | None = None, read: Read | None = None) -> Iterator[Fault]:
    """Compare the journal with checkpoints kept elsewhere: each head they name must be an entry with that hash."""
    read = read if read is not None else Read()
    for exported in exported_in(path):
        read.checkpoints += 1
        checkpoint = exported.checkpoint
        yield from _fault_of(checkpoint, checkpoint.previous)  # not every one need have been exported
        if digest_of(exported.heads) != checkpoint.digest:
            yield Fault(f"exported checkpoint {checkpoint}", "its heads are not those that were sealed")
        if not Checkpoint.objects.filter(signature=checkpoint.signature).exists():
            yield Fault(f"exported checkpoint {checkpoint}", "the database does not know it any more")
        yield from _heads_missing(exported, store)


def _heads_missing(exported: Exported, store: UUID | None) -> Iterator[Fault]:
    heads = [head for head in exported.heads if head[1] and (store is None or head[0] == store)]
    for start in range(0, len(heads), CHUNK):
        batch = heads[start : start + CHUNK]
        found = _hashes(batch)
        for book, number, chained in batch:
            if (book, number) not in found:
                yield Fault(
                    f"entry {number} of book {book}",
                    f"sealed at {exported.checkpoint.taken_at:%Y-%m-%d %H:%M}, now gone",
                )
            elif found[book, number] != chained:
                yield Fault(f"entry {number} of book {book}", "it or one before it was rewritten after it was sealed")


def _hashes(heads: Iterable[tuple[UUID, int, str]]) -> dict[tuple[UUID, int], str]:
    books, numbers = zip(*((book, number) for book, number, _chained in heads), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT j.store_id, j.number, j.hash FROM unnest(%s::uuid[], %s::bigint[]) AS v(book, number)"
            " JOIN rulebook_journalentry j ON j.store_id = v.book AND j.number = v.number",
            [list(books), list(numbers)],
        )
        return {(book, number): chained for book, number, chained in cursor.fetchall()}
