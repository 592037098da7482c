"""Handing a kept file to a reader who was found to be allowed to see it; who that is decides the view."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from rulebook.files import StoredFile, open_kept
from rulebook.filetypes import KINDS, TEXT


def file_response(stored: Any, *, inline_pictures: bool = True) -> HttpResponse:
    """The file with headers under which no browser runs it. stored: a `StoredFile`, or what has its columns.

    Only pictures, which were drawn anew, may be shown in a page. `Damaged` when the bytes are not those that were kept.
    """
    file = stored if isinstance(stored, StoredFile) else StoredFile.of(stored)
    response = HttpResponse(open_kept(file.key), content_type=_content_type(file.media_type))
    shown = file.is_picture and inline_pictures
    response["Content-Disposition"] = content_disposition_header(not shown, file.name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _content_type(media_type: str) -> str:
    if media_type not in KINDS:
        return "application/octet-stream"
    return f"{media_type}; charset=utf-8" if media_type == TEXT.media_type else media_type
