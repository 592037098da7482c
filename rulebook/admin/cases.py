"""Which cases wait for whom, most urgent first, and who has one in hand.

Reads the case table alone. Holding a case is bookkeeping of the list and no court record: it is not journalled, and an
act on a case asks for no hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rulebook.actors import Actor
from rulebook.ids import public_id
from rulebook.models import Case

PER_PAGE = 50
COUNTED_TO = 100
"""Counts stop here: "100+" says enough, and costs the same whatever waits."""
HELD_FOR = timedelta(minutes=30)
FOR_A_MODERATOR = ("arbitration", "platform", "second", "reviews", "complaints", "support", "compliance")
CANDIDATES = 20

LANES: dict[str, Any] = {
    "arbitration": gettext_lazy("Arbitration"),
    "second": gettext_lazy("Second approval"),
    "platform": gettext_lazy("Platform review"),
    "reviews": gettext_lazy("Reported reviews"),
    "complaints": gettext_lazy("Complaints"),
    "support": gettext_lazy("Support"),
    "compliance": gettext_lazy("Compliance"),
    "seller": gettext_lazy("With the seller"),
    "parties": gettext_lazy("Between the parties"),
}
"""Whose turn it is, in the order of the list's views."""


def no_conflicts(actor: Actor, subjects: Iterable[UUID]) -> set[UUID]:
    """Anybody whose role may decide them may decide all of them."""
    return set()


@dataclass(frozen=True)
class CaseKind:
    """How an app's cases appear. conflicts: of these subjects, those that the actor may not decide. may: the permission that
    deciding asks for; such cases are dealt to those alone who have it."""

    label: Any
    prefix: str
    page: str
    title: Callable[[Case], str]
    topic: Callable[[Case], str]
    conflicts: Callable[[Actor, Iterable[UUID]], set[UUID]] = no_conflicts
    may: str = ""

    def url(self, case: Case) -> str:
        return reverse(f"admin:{self.page}", args=[public_id(self.prefix, case.subject_id)])


CASE_KINDS: dict[str, CaseKind] = {}
"""Kind of case to how it appears; upper apps add theirs."""


# ------------------------------------------------------------------ which


def cases(view: str, kind: str, actor: Actor, moment: datetime) -> QuerySet[Case]:
    """The open cases of a view. An unknown view is the moderators' own. Kinds that have no page are not listed."""
    rows = Case.objects.filter(open=True, kind__in=list(CASE_KINDS))
    if kind in CASE_KINDS:
        rows = rows.filter(kind=kind)
    if view in LANES:
        return rows.filter(lane=view)
    if view == "mine":
        return rows.filter(holder_id=actor.id, held_until__gt=moment)
    if view == "overdue":
        return rows.filter(due_at__lte=moment)
    return rows if view == "all" else rows.filter(lane__in=FOR_A_MODERATOR)


VIEWS: dict[str, Any] = {
    "todo": gettext_lazy("For moderators"),
    **LANES,
    "mine": gettext_lazy("Held by you"),
    "overdue": gettext_lazy("Overdue"),
    "all": gettext_lazy("All open"),
}


def counts(querysets: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each has, up to `COUNTED_TO` + 1, in one statement."""
    parts: list[str] = []
    params: list[Any] = []
    for rows in querysets.values():
        sql, values = rows.order_by().values("pk")[: COUNTED_TO + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS capped)")
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(querysets, cursor.fetchone(), strict=True))


def capped(count: int) -> str | int:
    """``100+`` beyond what is counted."""
    return f"{COUNTED_TO}+" if count > COUNTED_TO else count


# ------------------------------------------------------------------ pages by position


@dataclass(frozen=True)
class Position:
    """A row's place in the order (due time, id); cases without a due time come last."""

    due_at: datetime | None
    id: UUID

    @classmethod
    def read(cls, text: str) -> Position | None:
        due, _sign, identity = text.rpartition("~")
        try:
            return cls(parse_datetime(due) if due else None, UUID(identity))
        except ValueError:
            return None

    @classmethod
    def of(cls, case: Case) -> Position:
        return cls(case.due_at, case.id)

    def __str__(self) -> str:
        return f"{self.due_at.isoformat() if self.due_at else ''}~{self.id}"


def page_of(
    rows: QuerySet[Case], after: Position | None, before: Position | None, size: int = PER_PAGE
) -> tuple[list[Case], bool, bool]:
    """Rows after (or before) a position, and whether there are more before and after them. At most two statements."""
    if before is not None:
        found = _earlier(rows, before, size + 1)
        return found[:size][::-1], len(found) > size, True
    found = _later(rows, after, size + 1)
    return found[:size], after is not None, len(found) > size


def _later(rows: QuerySet[Case], after: Position | None, size: int) -> list[Case]:
    found: list[Case] = []
    dated = rows.filter(due_at__isnull=False).order_by("due_at", "id")
    if after is None:
        found = list(dated[:size])
    elif after.due_at is not None:
        found = list(dated.filter(due_at__gte=after.due_at).exclude(due_at=after.due_at, id__lte=after.id)[:size])
    if len(found) < size:
        undated = rows.filter(due_at__isnull=True).order_by("id")
        if after is not None and after.due_at is None:
            undated = undated.filter(id__gt=after.id)
        found += undated[: size - len(found)]
    return found


def _earlier(rows: QuerySet[Case], before: Position, size: int) -> list[Case]:
    found: list[Case] = []
    if before.due_at is None:
        found = list(rows.filter(due_at__isnull=True, id__lt=before.id).order_by("-id")[:size])
    if len(found) < size:
        dated = rows.filter(due_at__isnull=False).order_by("-due_at", "-id")
        if before.due_at is not None:
            dated = dated.filter(due_at__lte=before.due_at).exclude(due_at=before.due_at, id__gte=before.id)
        found += dated[: size - len(found)]
    return found


# ------------------------------------------------------------------ holding


def deal(actor: Actor, moment: datetime, *, skip: UUID | None = None) -> Case | None:
    """Give the actor the most urgent case that waits for a moderator and that nobody works on, and hold it for him.

    Two who ask at once get two cases. skip: the subject just looked at. When all others are taken, one of his own.
    """
    free = Q(holder_id__isnull=True) | Q(held_until__lte=moment) | Q(held_until__isnull=True)
    rows = cases("todo", "", actor, moment)
    rows = rows.filter(kind__in=[name for name, kind in CASE_KINDS.items() if not kind.may or actor.may(kind.may)])
    rows = rows if skip is None else rows.exclude(subject_id=skip)
    waiting = rows.filter(free).order_by("due_at", "id")
    after = None
    while batch := _later(waiting, after, CANDIDATES):
        for case in _may_decide(actor, batch):
            if hold(case.id, actor, moment):
                return case
        after = Position.of(batch[-1])
    return rows.filter(holder_id=actor.id, held_until__gt=moment).order_by("due_at", "id").first()


def _may_decide(actor: Actor, batch: list[Case]) -> list[Case]:
    conflicts: set[UUID] = set()
    for name, kind in CASE_KINDS.items():
        subjects = [case.subject_id for case in batch if case.kind == name and case.lane == "second"]
        if subjects:
            conflicts |= kind.conflicts(actor, subjects)
    return [case for case in batch if case.subject_id not in conflicts]


def hold(case_id: UUID, actor: Actor, moment: datetime) -> bool:
    """Take a case that nobody else holds; False when somebody was quicker."""
    free = Q(holder_id__isnull=True) | Q(held_until__lte=moment) | Q(held_until__isnull=True) | Q(holder_id=actor.id)
    with transaction.atomic():
        row = Case.objects.select_for_update(skip_locked=True).filter(free, id=case_id, open=True).first()
        if row is None:
            return False
        row.holder_id, row.held_until = actor.id, moment + HELD_FOR
        row.save(update_fields=["holder_id", "held_until"])
    return True


def give_back(case_id: UUID, actor: Actor) -> bool:
    """Let go of a case that the actor holds."""
    return bool(Case.objects.filter(id=case_id, holder_id=actor.id).update(holder_id=None, held_until=None))


def holder_of(case: Case, actor: Actor, names: Mapping[UUID, str], moment: datetime) -> str:
    """``you``, a name, or nothing when nobody works on it now."""
    if case.holder_id is None or case.held_until is None or case.held_until <= moment:
        return ""
    return _("you") if case.holder_id == actor.id else names.get(case.holder_id, _("a colleague"))


def names_of(people: Iterable[UUID | None]) -> dict[UUID, str]:
    """Who they are; no statement for nobody."""
    wanted = {identity for identity in people if identity is not None}
    if not wanted:
        return {}
    return {user.pk: str(user) for user in get_user_model().objects.filter(pk__in=wanted)}
