"""What stands in a notice: ``{"events": [{…}, …]}``, in words that machines of others chose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from rulebook.inputs import Input, Text, clean
from rulebook.refusals import Invalid, NotDone

T = TypeVar("T")

MOST_ERRORS = 20

DONE, DUPLICATE, REFUSED, INVALID, BUSY = "done", "duplicate", "refused", "invalid", "busy"
"""What may come of an event; busy: another process carries it out right now."""


class TooMany(NotDone):
    """More events than are taken in one notice."""

    status = 413
    code = "too_large"


@dataclass(frozen=True, kw_only=True)
class Code(Text):
    """Visible ASCII: what machines name things with."""

    lines: int = 1

    def clean(self, raw: Any) -> str:
        if isinstance(raw, bool) or not isinstance(raw, str | int):
            raise ValueError(_("Send this as text."))
        if isinstance(raw, str) and not re.fullmatch(r"[\x21-\x7e]+", raw.strip()):
            raise ValueError(_("Send visible ASCII characters."))
        return super().clean(raw)


@dataclass(frozen=True, kw_only=True)
class Words(Text):
    """Words that are shown: no numbers, no control characters."""

    lines: int = 1

    def clean(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise ValueError(_("Send this as text."))
        text = super().clean(raw)
        if not text.isprintable():
            raise ValueError(_("This holds characters that cannot be shown. Remove them."))
        return text


def events_in(body: Mapping[str, Any], read: Callable[[Any], T], *, most: int) -> list[T]:
    """Each event of a notice as `read` makes it. `Invalid` names every field that is wrong: ``events[3].case``."""
    rows = body.get("events")
    if not isinstance(rows, list) or not rows:
        raise Invalid({"events": [_("Send a list of events, one at least.")]})
    if len(rows) > most:
        raise TooMany(_("Send at most {most} events at once.").format(most=most))
    events: list[T] = []
    errors: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        try:
            events.append(read(row))
        except Invalid as error:
            errors |= {f"events[{number}]{'.' if name else ''}{name}": said for name, said in error.errors.items()}
    if errors:
        raise Invalid(dict(list(errors.items())[:MOST_ERRORS]))
    return events


def said_in(row: Any, fields: Mapping[str, Input]) -> dict[str, Any]:
    """What one event says in the fields that are read; whatever else is sent is not looked at."""
    if not isinstance(row, dict):
        raise Invalid(_("An event is an object."))
    return clean(fields, {name: value for name, value in row.items() if name in fields})


def folded(word: str) -> str:
    """``PICK UP``, ``Pick-up`` and ``pick_up`` are one word."""
    return " ".join(re.split(r"[\s_./-]+", word.casefold().strip(" \t_./-")))
