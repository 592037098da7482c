"""What a notice says: one sentence and the next step, in the reader's language and zone. Apps add theirs.

tell("order_paid", says=_("Paid: {paid}. Ship by {due}."), then=_("Ship the order and enter the waybill."))
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_noop

from rulebook.articles import label as rule_label
from rulebook.models.base import KINDS
from rulebook.models.deadline import Deadline, DeadlineStatus
from rulebook.models.notice import Notice
from rulebook.sentences import fill, moment_text


@dataclass(frozen=True, slots=True)
class Telling:
    """says: template of the sentence; then: of the next step. waits_for: the subject's deadlines that it is about.
    roles: whom of a store's staff it is written to beside owner and manager."""

    says: str
    then: str = ""
    waits_for: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()


_TELLINGS: dict[str, Telling] = {}
_UNKNOWN = Telling(gettext_noop("{event} ({subject})."))
ALWAYS_TOLD = frozenset({"owner", "manager"})


def tell(code: str, *, says: str, then: str = "", waits_for: Collection[str] = (), roles: Collection[str] = ()) -> None:
    """Register what the notice of this code says (both templates marked with gettext_noop)."""
    _TELLINGS[code] = Telling(says, then, tuple(waits_for), frozenset(roles))


@lru_cache(maxsize=1)
def _read_all() -> None:
    autodiscover_modules("notices")


def telling(code: str) -> Telling:
    _read_all()
    return _TELLINGS.get(code, _UNKNOWN)


def tellings() -> dict[str, Telling]:
    """All of them, by code."""
    _read_all()
    return _TELLINGS


def roles_told(code: str) -> frozenset[str]:
    """The roles of a store's staff whom the notice concerns."""
    return ALWAYS_TOLD | telling(code).roles


def notice_sentence(notice: Any, *, zone: tzinfo | None = None) -> str:
    """The notice in one sentence: in-app message, subject line, first line of the letter."""
    return fill(telling(notice.code).says, _facts(notice), zone=zone)


def next_step(notice: Any, *, zone: tzinfo | None = None) -> str:
    """What the reader may do now; empty when there is nothing to do."""
    template = telling(notice.code).then
    return fill(template, _facts(notice), zone=zone) if template else ""


def rule_cited(notice: Any) -> str:
    return rule_label(notice.rule) if notice.rule else ""


def subject_name(notice: Any) -> str:
    """What people call the thing that the notice is about: its number or name, else its public id."""
    from rulebook.ids import public_id

    if called := notice.facts.get("subject"):
        return str(called)
    return public_id(KINDS[notice.subject_kind].PREFIX, notice.subject_id)


def due_moment(notice: Notice) -> datetime | None:
    """Until when the reader has time: what the notice says, else the subject's pending deadline that it is about."""
    told = notice.facts.get("due")
    if isinstance(told, str):
        return datetime.fromisoformat(told)
    names = telling(notice.code).waits_for
    if not names:
        return None
    pending = Deadline.objects.filter(subject_id=notice.subject_id, status=DeadlineStatus.PENDING, name__in=names)
    return pending.order_by("due_at").values_list("due_at", flat=True).first()


def due_text(notice: Notice, *, zone: tzinfo | None = None) -> str:
    due = due_moment(notice)
    return moment_text(due, zone) if due else ""


def _facts(notice: Any) -> dict[str, Any]:
    event = notice.code.replace("_", " ").capitalize()
    return {
        "event": event,
        **notice.facts,
        "subject": subject_name(notice),
        "rule": rule_cited(notice),
        "at": notice.effective_at,
    }
