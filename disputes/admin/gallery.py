"""Evidence as the console shows it: what each piece is, whether it came late, its hash and size, and how it opens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from disputes.models import Evidence
from disputes.states import EvidenceKind
from rulebook.filetypes import MP4, PDF, PICTURES, WEBM

FILMS = frozenset({MP4.media_type, WEBM.media_type})


def side_of(pieces: Iterable[Evidence], side: str) -> dict[str, Any]:
    """What one side shows: files for the gallery, and its words."""
    own = [piece for piece in pieces if piece.side == side]
    return {
        "files": [file_of(piece) for piece in own if piece.file_key],
        "texts": [piece for piece in own if piece.text and not piece.file_key],
    }


def file_of(piece: Evidence) -> dict[str, Any]:
    url = reverse("admin:evidence", args=[piece.public_id])
    return {
        **shape(piece.media_type),
        "id": piece.public_id,
        "name": piece.file_name,
        "by": piece.added_by or _(piece.side),
        "at": piece.added_at,
        "size": piece.size,
        "url": url,
        "thumbnail": url,
        "alt": piece.text or piece.file_name,
        "text": piece.text,
        "shows": kind_word(piece.kind_code),
        "late": piece.late,
        "sha256": piece.sha256,
    }


def shape(media_type: str) -> dict[str, Any]:
    """How a file of this type is looked at: in the page, played, or saved to be opened elsewhere."""
    return {
        "is_picture": media_type in PICTURES,
        "is_film": media_type in FILMS,
        "is_pdf": media_type == PDF.media_type,
        "media_type": media_type,
    }


def kind_word(code: str) -> str:
    """What it shows, in words; nothing for what its sender did not say."""
    if code in ("", EvidenceKind.OTHER.value):
        return ""
    return str(EvidenceKind(code).label) if code in EvidenceKind.values else code.replace("_", " ")


def kinds_shown(pieces: Sequence[Evidence]) -> Mapping[str, frozenset[str]]:
    """By side, the kinds of evidence there are; a picture or a film that nobody named counts as such."""
    found: dict[str, set[str]] = {}
    for piece in pieces:
        kinds = found.setdefault(piece.side, set())
        if piece.kind_code != EvidenceKind.OTHER:
            kinds.add(piece.kind_code)
        elif piece.media_type in PICTURES:
            kinds.add(EvidenceKind.PHOTO.value)
        elif piece.media_type in FILMS:
            kinds.add(EvidenceKind.VIDEO.value)
    return {side: frozenset(kinds) for side, kinds in found.items()}


def papers_of(chargeback: Any) -> list[dict[str, Any]]:
    """What the seller showed the bank, oldest first; files at their own address."""
    return [
        {
            "text": paper.get("text", ""),
            "waybill": paper.get("waybill", ""),
            "at": datetime.fromisoformat(paper["at"]) if paper.get("at") else None,
            "zone": f"paper-{number}",
            "by": paper.get("by", ""),
            "files": [_paper_file(chargeback, number, paper)] if paper.get("file_key") else [],
        }
        for number, paper in enumerate(chargeback.papers, 1)
    ]


def _paper_file(chargeback: Any, number: int, paper: Mapping[str, Any]) -> dict[str, Any]:
    url = reverse("admin:chargeback_paper", args=[chargeback.public_id, number])
    return {
        **shape(paper.get("media_type", "")),
        "id": f"paper-{number}",
        "name": paper.get("file_name", ""),
        "by": paper.get("by", ""),
        "size": paper.get("size", 0),
        "url": url,
        "thumbnail": url,
        "alt": paper.get("file_name", ""),
        "sha256": paper.get("sha256", ""),
    }
