"""The file port: evidence is checked and kept before any docket opens, under the hash of what is kept.

Two adapters: `StorageFiles` (Django's default storage, whatever its backend) and `MemoryFiles` (scenarios, tests).

    with memory_files() as files:
        perform("buyer.add_evidence", …, inputs={"file": sample("evidence.jpg")})
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from rulebook import clock
from rulebook.filetypes import KINDS, PDF, PICTURES, Kind, checked
from rulebook.samples import sample

__all__ = [
    "Damaged",
    "Files",
    "MemoryFiles",
    "StorageFiles",
    "StoredFile",
    "files",
    "keep",
    "memory_files",
    "open_kept",
    "sample",
]

LONGEST_NAME = 120
FOLDER = "evidence"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """name: for display, cleaned. key: where the checked copy lies. size: of that copy, in bytes.

    sha256: of the file as it was sent, so that whoever has the original can prove it.
    """

    name: str
    key: str
    media_type: str
    size: int
    sha256: str

    @classmethod
    def of(cls, row: Any) -> StoredFile:
        """From a record, or a mapping, that has the columns."""
        get = row.__getitem__ if isinstance(row, Mapping) else lambda column: getattr(row, column)
        return cls(get("file_name"), get("file_key"), get("media_type"), get("size"), get("sha256"))

    @property
    def is_picture(self) -> bool:
        return self.media_type in PICTURES

    @property
    def is_pdf(self) -> bool:
        return self.media_type == PDF.media_type

    def columns(self) -> dict[str, Any]:
        """The columns of the record that points at it."""
        return {
            "file_name": self.name,
            "file_key": self.key,
            "media_type": self.media_type,
            "size": self.size,
            "sha256": self.sha256,
        }


class Damaged(OSError):
    """What lies under a key is gone, or is no longer what was put there."""


class Files(Protocol):
    """Where checked bytes lie. `limit`: the largest file that is taken, in bytes."""

    def put(self, key: str, data: bytes) -> None: ...

    def read(self, key: str) -> bytes: ...

    def limit(self) -> int: ...


class StorageFiles:
    """In Django's default storage."""

    def put(self, key: str, data: bytes) -> None:
        """Writing it again is harmless; a torn copy of an earlier try is replaced."""
        if default_storage.exists(key):
            if default_storage.size(key) == len(data):
                return
            default_storage.delete(key)
        written = default_storage.save(key, ContentFile(data))
        if written != key:  # somebody kept the same content at the same time
            default_storage.delete(written)

    def read(self, key: str) -> bytes:
        try:
            with default_storage.open(key) as file:
                return bytes(file.read())
        except FileNotFoundError:
            raise Damaged(f"{key} is gone") from None

    def limit(self) -> int:
        from rulebook.amending import current_rulebook

        return int(current_rulebook().at(clock.now()).dispute.evidence_max_bytes)


class MemoryFiles:
    """In a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, key: str, data: bytes) -> None:
        self.kept[key] = data

    def read(self, key: str) -> bytes:
        try:
            return self.kept[key]
        except KeyError:
            raise Damaged(f"{key} is gone") from None

    def limit(self) -> int:
        from rulebook.rules import Rulebook

        return int(Rulebook().at(clock.now()).dispute.evidence_max_bytes)


_STORAGE = StorageFiles()
_files: ContextVar[Files] = ContextVar("files", default=_STORAGE)


def files() -> Files:
    """The adapter in use here."""
    return _files.get()


@contextmanager
def memory_files(instead: MemoryFiles | None = None) -> Iterator[MemoryFiles]:
    """Keep files in memory within the block (in this thread only)."""
    adapter = instead or MemoryFiles()
    token = _files.set(adapter)
    try:
        yield adapter
    finally:
        _files.reset(token)


# ------------------------------------------------------------------ keeping and reading


def keep(upload: Any) -> StoredFile:
    """Check and store a file: anything with `name` and `read()`; what was kept before is handed through.

    ValueError with a sentence for the sender when it is not taken. Call it before a docket opens: a refused act leaves
    an unreferenced copy behind, never a record without its bytes.
    """
    if isinstance(upload, StoredFile):
        return upload
    data = _read(upload, files().limit())
    kind, kept = checked(data)
    key = _key(kept, kind)
    files().put(key, kept)
    return StoredFile(
        _display_name(str(upload.name or ""), kind), key, kind.media_type, len(kept), hashlib.sha256(data).hexdigest()
    )


def open_kept(key: str) -> bytes:
    """The bytes under a key. `Damaged` when they are gone or are not those that were put there."""
    data = files().read(key)
    if hashlib.sha256(data).hexdigest() != PurePosixPath(key).stem:
        raise Damaged(f"{key} was changed after it was kept")
    return data


def _read(upload: Any, limit: int) -> bytes:
    size = getattr(upload, "size", None)
    if not isinstance(size, int) or size <= limit:
        with suppress(AttributeError, OSError):
            upload.seek(0)
        data = upload.read(limit + 1)
        if isinstance(data, str):
            data = data.encode()
        if len(data) <= limit:
            return bytes(data)
    raise ValueError(
        _("The file is too large. Send at most {most} MB; a video may be cut or saved smaller.").format(
            most=limit // (1024 * 1024)
        )
    )


def _key(data: bytes, kind: Kind) -> str:
    digest = hashlib.sha256(data).hexdigest()
    return f"{FOLDER}/{digest[:2]}/{digest}{kind.suffixes[0]}"


_ALL_SUFFIXES = {suffix for kind in KINDS.values() for suffix in kind.suffixes} | {".webp", ".gif"}


def _display_name(name: str, kind: Kind) -> str:
    """The last part of the name without invisible and path characters, ending as its content says."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    shown = "".join(char for char in last if not unicodedata.category(char).startswith("C") and char not in '<>:"|?*')
    path = PurePosixPath(" ".join(shown.split()).strip(". ") or "file")
    if path.suffix.lower() in kind.suffixes:
        stem, suffix = path.stem, path.suffix
    else:
        stem = path.stem if path.suffix.lower() in _ALL_SUFFIXES else path.name
        suffix = kind.suffixes[0]
    return stem[: LONGEST_NAME - len(suffix)] + suffix
