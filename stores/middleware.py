"""The reader of a page: his language and the zone in which he reads moments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from rulebook.zones import platform_zone

LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


class ReaderMiddleware:
    """Activate the signed-in person's zone (else platform time) and language for the length of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        # only a session can have a person behind it: probes and keys cost no look-up
        reader = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        language = getattr(reader, "language", "")
        if language in LANGUAGES:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        request.reader_zone = zone_of(reader)
        with timezone.override(request.reader_zone):
            return self.get_response(request)


def zone_of(reader: Any) -> tzinfo:
    """The zone that the person chose; platform time when he chose none, or one that is no longer known."""
    wanted = getattr(reader, "zone", "")
    try:
        return ZoneInfo(wanted) if wanted else platform_zone()
    except (ZoneInfoNotFoundError, ValueError):
        return platform_zone()
