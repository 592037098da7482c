"""Handing a kept file to a reader who was found to be allowed to see it; who that is decides the view."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from rulebook.files import StoredFile, open_kept
from rulebook.filetypes import KINDS, MP4, TEXT, WEBM

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_FILMS = frozenset({MP4.media_type, WEBM.media_type})


def file_response(stored: Any, *, inline_pictures: bool = True, wanted: str = "") -> HttpResponse:
    """The file with headers under which no browser runs it. stored: a `StoredFile`, or what has its columns.

    Only pictures, which were drawn anew, may be shown in a page. wanted: a Range header; films are sent in parts, so that
    a player can wind. `Damaged` when the bytes are not those that were kept.
    """
    file = stored if isinstance(stored, StoredFile) else StoredFile.of(stored)
    response = _whole_or_part(open_kept(file.key), file, wanted)
    shown = file.is_picture and inline_pictures
    response["Content-Disposition"] = content_disposition_header(not shown, file.name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _whole_or_part(data: bytes, file: StoredFile, wanted: str) -> HttpResponse:
    media_type = _content_type(file.media_type)
    asked = _RANGE.fullmatch(wanted.strip())
    if file.media_type not in _FILMS or not asked or not (asked[1] or asked[2]):
        response = HttpResponse(data, content_type=media_type)
        if file.media_type in _FILMS:
            response["Accept-Ranges"] = "bytes"
        return response
    first, last = _part(asked[1], asked[2], len(data))
    if first >= len(data) or first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
    response = HttpResponse(data[first : last + 1], content_type=media_type, status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    response["Accept-Ranges"] = "bytes"
    return response


def _part(first: str, last: str, size: int) -> tuple[int, int]:
    """Of a file: from and to, both included; ``-500`` are its last 500 bytes."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)


def _content_type(media_type: str) -> str:
    if media_type not in KINDS:
        return "application/octet-stream"
    return f"{media_type}; charset=utf-8" if media_type == TEXT.media_type else media_type
