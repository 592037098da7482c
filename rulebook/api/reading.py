"""Reading a request: bodies within their limits, and the headers that the API understands."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import IO, Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser, MultiPartParser

from rulebook.api.problems import Malformed, TooLarge
from rulebook.files import files
from rulebook.refusals import Invalid

LARGEST_JSON = 512 * 1024
"""Bytes. Long texts are 4,000 characters, the longest list has 100 rows."""

_KEY = re.compile(r"[\x21-\x7e]{1,120}")
_VERSION = re.compile(r'"([0-9]{1,9})"|([0-9]{1,9})')


class JsonParser(BaseParser):
    """JSON that PostgreSQL can keep: no NUL, no half characters, no name twice, no NaN."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(LARGEST_JSON + 1)
        if len(raw) > LARGEST_JSON:
            raise TooLarge(_("The body is larger than {most} KB.").format(most=LARGEST_JSON // 1024))
        try:
            value = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number)
            _storable(value)
        except RecursionError:
            raise Malformed(_("The JSON is nested too deeply.")) from None
        except ValueError as error:
            raise Malformed(_("The body is not readable JSON: {error}").format(error=error)) from None
        return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("a name stands twice in one object"))
    return found


def _no_number(name: str) -> None:
    raise ValueError(_("{name} is not a number").format(name=name))


def _storable(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError(_("it holds a character that cannot be stored (NUL)"))
        value.encode()  # half of a surrogate pair: UnicodeEncodeError, a ValueError
    elif isinstance(value, dict):
        for name, item in value.items():
            _storable(name)
            _storable(item)
    elif isinstance(value, list):
        for item in value:
            _storable(item)


class FormParser(MultiPartParser):
    """Forms with a file, for actions that take one. times: how often the largest file may be in a form."""

    times = 1

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        assert parser_context is not None
        length = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        most = self.times * files().limit() + LARGEST_JSON
        if not length.isdecimal() or int(length) > most:
            raise TooLarge(_("The form is larger than {most} MB.").format(most=most // (1024 * 1024)))
        return super().parse(stream, media_type, parser_context)


class FilesParser(FormParser):
    """Forms with several files, most of which are far smaller than the largest that is taken."""

    times = 2


def body_of(request: Any, several: Collection[str] = ()) -> dict[str, Any]:
    """The inputs as they were sent, by name. Files of a form are among them.

    several: fields that a form repeats, once for each value; here they are lists. Left empty, they were not sent.
    """
    data = request.data
    if isinstance(data, QueryDict):
        twice = {name: [_("Send this once.")] for name in data if name not in several and len(data.getlist(name)) > 1}
        if twice:
            raise Invalid(twice)
        lists = {name: [value for value in data.getlist(name) if value != ""] for name in several if name in data}
        return {name: lists.get(name, value) for name, value in data.items() if lists.get(name, True)}
    if not isinstance(data, dict):
        raise Invalid(_("Send an object with the inputs by name."))
    return dict(data)


def idempotency_key(request: Any) -> str | None:
    """The caller's key for this request. Invalid unless it is 1 to 120 visible ASCII characters."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid({"Idempotency-Key": [_("Send 1 to 120 visible ASCII characters, such as a UUID.")]})
    return str(key)


def wanted_version(request: Any) -> int | None:
    """The version that the caller saw, from If-Match; `*` stands for any."""
    tag = request.headers.get("If-Match", "").strip()
    if tag in ("", "*"):
        return None
    found = _VERSION.fullmatch(tag)
    if not found:
        raise Invalid({"If-Match": [_('Send the object\'s version, such as "3".')]})
    return int(found[1] or found[2])
