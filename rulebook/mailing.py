"""The e-mail channel: a letter from a notice, in the reader's language and zone.

Templates lie in `templates/notices/`: `CODE_subject.txt` and `CODE_text.txt`, or `general_*` where a code has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.mail import EmailMessage
from django.template.loader import select_template
from django.utils import timezone, translation

from rulebook.models.notice import Notice
from rulebook.outbox import channel
from rulebook.telling import due_text, next_step, notice_sentence, rule_cited, subject_name
from rulebook.zones import platform_zone

SEPARATOR = f"\n\n{'-' * 72}\n\n"


@dataclass(frozen=True, slots=True)
class Reader:
    """How somebody reads: language code, zone name (empty: platform time), name for the greeting."""

    language: str = "en"
    zone: str = ""
    name: str = ""


_readers: list[Callable[[str], Reader | None]] = []


def reader(function: Callable[[str], Reader | None]) -> Callable[[str], Reader | None]:
    """Register who knows the reader behind an address."""
    if function not in _readers:
        _readers.append(function)
    return function


def reader_of(target: str) -> Reader:
    found = (function(target) for function in _readers)
    return next((reader for reader in found if reader is not None), Reader())


Enclosure = Callable[[Notice], str]
_enclosures: dict[str, Enclosure] = {}


def encloses(*codes: str) -> Callable[[Enclosure], Enclosure]:
    """Register what goes along with the letters of these codes: plain text, written in the reader's language and zone.
    Empty: nothing goes along with this one."""

    def register(function: Enclosure) -> Enclosure:
        _enclosures.update(dict.fromkeys(codes, function))
        return function

    return register


@channel("email")
def send(notice: Notice, target: str, key: UUID) -> None:
    """One letter. Its Message-ID is the delivery's id, so that a mailbox can tell a second copy."""
    subject, text = letter(notice, reader_of(target))
    headers = {"Message-ID": f"<{key}@piepowder>", "Auto-Submitted": "auto-generated"}
    EmailMessage(subject, text, to=[target], headers=headers).send()


def letter(notice: Notice, to: Reader) -> tuple[str, str]:
    """Subject and text."""
    with translation.override(to.language), timezone.override(_zone(to.zone)):
        context = _context(notice, to)
        subject = _template(notice.code, "subject").render(context)
        text = _template(notice.code, "text").render(context)
        enclosed = _enclosures[notice.code](notice) if notice.code in _enclosures else ""
    parts = [part.strip() for part in (text, enclosed) if part.strip()]
    return " ".join(subject.split())[:180], SEPARATOR.join(parts) + "\n"


def _template(code: str, part: str) -> Any:
    return select_template([f"notices/{code}_{part}.txt", f"notices/general_{part}.txt"])


def _context(notice: Notice, to: Reader) -> dict[str, Any]:
    zone = _zone(to.zone)
    return {
        "notice": notice,
        "name": to.name,
        "sentence": notice_sentence(notice, zone=zone),
        "rule": rule_cited(notice),
        "due": due_text(notice, zone=zone),
        "next_step": next_step(notice, zone=zone),
        "subject": subject_name(notice),
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else platform_zone()
    except (ZoneInfoNotFoundError, ValueError):
        return platform_zone()
