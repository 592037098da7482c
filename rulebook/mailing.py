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
from django.utils import translation

from rulebook.models.notice import Notice
from rulebook.outbox import channel
from rulebook.telling import due_text, next_step, notice_sentence, rule_cited, subject_name
from rulebook.zones import platform_zone


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


@channel("email")
def send(notice: Notice, target: str, key: UUID) -> None:
    """One letter. Its Message-ID is the delivery's id, so that a mailbox can tell a second copy."""
    subject, text = letter(notice, reader_of(target))
    headers = {"Message-ID": f"<{key}@piepowder>", "Auto-Submitted": "auto-generated"}
    EmailMessage(subject, text, to=[target], headers=headers).send()


def letter(notice: Notice, to: Reader) -> tuple[str, str]:
    """Subject and text."""
    with translation.override(to.language):
        context = _context(notice, to)
        subject = _template(notice.code, "subject").render(context)
        text = _template(notice.code, "text").render(context)
    return " ".join(subject.split())[:180], text.strip() + "\n"


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
