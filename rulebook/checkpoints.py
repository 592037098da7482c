"""Checkpoints: all heads of the journal at one moment, chained and signed.

Whoever owns the database can rewrite a book and its hashes. He cannot rewrite the copy of a checkpoint that lies
elsewhere: an exported one names the number and the hash of every head, so that a cut or rewritten tail shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from rulebook import clock
from rulebook.daily import daily
from rulebook.docket.effects import GENESIS
from rulebook.models.journal import ChainHead, Checkpoint

Head = tuple[UUID, int, str]
TAKING = 7_303_014_213
"""Advisory lock: checkpoints are taken one after the other."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One line of an export file: a checkpoint with its heads (book, number, hash)."""

    checkpoint: Checkpoint
    heads: list[Head]


@daily("checkpoint")
def nightly(moment: datetime) -> dict[str, Any]:
    """Seal the journal; with CHECKPOINTS_FILE set, append the seal to that file, which belongs on another machine."""
    checkpoint, heads = take()
    if path := getattr(settings, "CHECKPOINTS_FILE", ""):
        export(Exported(checkpoint, heads), Path(path))
    return {"books": checkpoint.books, "entries": checkpoint.entries, "digest": checkpoint.digest}


@transaction.atomic
def take() -> tuple[Checkpoint, list[Head]]:
    """Read all heads in one statement, chain them to the checkpoint before, sign and store.

    One at a time: two that followed the same one would show as a broken chain for ever.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TAKING])
    heads = list(ChainHead.objects.order_by("store_id").values_list("store_id", "number", "hash"))
    before = Checkpoint.objects.order_by("-taken_at").first()
    checkpoint = Checkpoint(
        taken_at=clock.now(),
        books=len(heads),
        entries=sum(number for _book, number, _hash in heads),
        digest=digest_of(heads),
        previous=before.signature if before else GENESIS,
    )
    checkpoint.signature = signature_of(checkpoint)
    checkpoint.save(force_insert=True)
    return checkpoint, heads


def digest_of(heads: Iterable[Head]) -> str:
    """SHA-256 over (book, number, hash), in order of the books."""
    digest = hashlib.sha256()
    for book, number, chained in heads:
        digest.update(f"{book} {number} {chained}\n".encode())
    return digest.hexdigest()


def signature_of(checkpoint: Checkpoint) -> str:
    """HMAC-SHA256 over everything that the checkpoint says, the signature before it included."""
    taken = checkpoint.taken_at.astimezone(UTC).isoformat()
    said = json.dumps([taken, checkpoint.books, checkpoint.entries, checkpoint.digest, checkpoint.previous])
    return hmac.new(_key(), said.encode(), hashlib.sha256).hexdigest()


def is_genuine(checkpoint: Checkpoint) -> bool:
    return hmac.compare_digest(signature_of(checkpoint), checkpoint.signature)


def _key() -> bytes:
    """PIEPOWDER_SIGNING_KEY; outside production the secret key will do."""
    key: str = getattr(settings, "SIGNING_KEY", "")
    if not key and settings.PRODUCTION:
        raise ImproperlyConfigured(
            "Checkpoints need a key of their own: set PIEPOWDER_SIGNING_KEY to 50 random characters."
        )
    return (key or settings.SECRET_KEY).encode()


# ------------------------------------------------------------------ export


def export(exported: Exported, path: Path) -> None:
    """Append one line."""
    checkpoint = exported.checkpoint
    line = {
        "taken_at": checkpoint.taken_at.astimezone(UTC).isoformat(),
        "books": checkpoint.books,
        "entries": checkpoint.entries,
        "digest": checkpoint.digest,
        "previous": checkpoint.previous,
        "signature": checkpoint.signature,
        "heads": [[str(book), number, chained] for book, number, chained in exported.heads],
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def exported_in(path: Path) -> Iterator[Exported]:
    """The checkpoints of an export file, in order. ValueError names a line that is none."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                said = json.loads(line)
                heads = [(UUID(book), int(count), str(chained)) for book, count, chained in said.pop("heads")]
                said["taken_at"] = datetime.fromisoformat(said["taken_at"])
                yield Exported(Checkpoint(**said), heads)
            except (ValueError, TypeError, KeyError, AttributeError) as problem:
                raise ValueError(f"line {number} of {path.name} is no checkpoint: {problem}") from None
