"""Which cases wait for whom, most urgent first, and who has one in hand.

Reads the case table alone. Holding a case is bookkeeping of the desk and no court record: it is not journalled, the
desk's own notes keep it (`rulebook.admin.desk`), and an act on a case asks for no hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
from rulebook.models import Case, CaseNote
from rulebook.models.case import FOR_A_MODERATOR

PER_PAGE = 50
COUNTED_TO = 100
"""Counts stop here: "100+" says enough, and costs the same whatever waits."""
HELD_FOR = timedelta(minutes=30)
ASSIGNED_FOR = timedelta(hours=24)
"""How long a case that somebody was given stays with him: he may not be at his desk now."""
SECOND_LOOKS = ("second", "appeals")
"""Lanes in which somebody looks at what a colleague decided: whoever had a part in it is not asked."""
CANDIDATES = 20

LANES: dict[str, Any] = {
    "arbitration": gettext_lazy("Arbitration"),
    "second": gettext_lazy("Second approval"),
    "appeals": gettext_lazy("Appeals"),
    "platform": gettext_lazy("Platform review"),
    "chargebacks": gettext_lazy("Chargebacks"),
    "reviews": gettext_lazy("Reported reviews"),
    "complaints": gettext_lazy("Complaints"),
    "support": gettext_lazy("Support"),
    "compliance": gettext_lazy("Compliance"),
    "seller": gettext_lazy("With the seller"),
    "buyer": gettext_lazy("With the buyer"),
    "parties": gettext_lazy("Between the parties"),
    "bank": gettext_lazy("With the bank"),
}
"""Whose turn it is, in the order in which they are offered."""

SENIORS = UUID(int=1)
"""Who is asked when a case is escalated: not one colleague, but all senior arbitrators."""
ESCALATED = "decide_escalated"
"""The permission that escalated cases ask for."""


def no_conflicts(actor: Actor, subjects: Iterable[UUID]) -> set[UUID]:
    """Anybody whose role may decide them may decide all of them."""
    return set()


def no_facts(rows: Iterable[Case]) -> dict[UUID, dict[str, str]]:
    """Nothing that the row itself does not say."""
    return {}


@dataclass(frozen=True)
class CaseKind:
    """How an app's cases appear.

    conflicts: of these subjects, those that the actor may not decide. may: the permission that deciding asks for; such
    cases are dealt to those alone who have it. topics: its reasons by code. facts: for rows, what prepared texts may say
    about them beyond the row, by the row's id; a constant number of statements. bulk: what may be done to many at once,
    by code.
    """

    label: Any
    prefix: str
    page: str
    title: Callable[[Case], str]
    topic: Callable[[Case], str]
    conflicts: Callable[[Actor, Iterable[UUID]], set[UUID]] = no_conflicts
    may: str = ""
    topics: Mapping[str, Any] = field(default_factory=dict)
    facts: Callable[[Iterable[Case]], dict[UUID, dict[str, str]]] = no_facts
    bulk: Mapping[str, Any] = field(default_factory=dict)

    def url(self, case: Case) -> str:
        return reverse(f"admin:{self.page}", args=[public_id(self.prefix, case.subject_id)])


CASE_KINDS: dict[str, CaseKind] = {}
"""Kind of case to how it appears; upper apps add theirs."""


# ------------------------------------------------------------------ which


VIEWS: dict[str, Any] = {
    "todo": gettext_lazy("For moderators"),
    "mine": gettext_lazy("Held by you"),
    "asked": gettext_lazy("Asked of you"),
    "overdue": gettext_lazy("Overdue"),
    "seniors": gettext_lazy("Escalated"),
    "all": gettext_lazy("All open"),
}


def free(moment: datetime) -> Q:
    """Nobody works on it."""
    return Q(holder_id__isnull=True) | Q(held_until__lte=moment) | Q(held_until__isnull=True)


def escalated() -> QuerySet[CaseNote, UUID]:
    """The cases that senior arbitrators were asked to take."""
    return CaseNote.objects.filter(asked_id=SENIORS, answered_at__isnull=True).values_list("case_id", flat=True)


def questions(actor: Actor) -> QuerySet[CaseNote]:
    """What colleagues ask the actor and he has not answered."""
    return CaseNote.objects.filter(asked_id=actor.id, answered_at__isnull=True)


def open_cases(kind: str = "") -> QuerySet[Case]:
    """Kinds that have no page are not listed."""
    rows = Case.objects.filter(open=True)
    return rows.filter(kind=kind) if kind in CASE_KINDS else rows.filter(kind__in=list(CASE_KINDS))


def in_view(view: str, actor: Actor, moment: datetime) -> Q:
    """What a view (or a lane) shows. An unknown one is the moderators' own."""
    if view in LANES:
        return Q(lane=view)
    return {
        "mine": Q(holder_id=actor.id, held_until__gt=moment),
        "asked": Q(id__in=questions(actor).values_list("case_id", flat=True)),
        "overdue": Q(due_at__lte=moment),
        "seniors": Q(id__in=escalated()),
        "all": Q(),
    }.get(view, Q(lane__in=FOR_A_MODERATOR))


def cases(view: str, kind: str, actor: Actor, moment: datetime) -> QuerySet[Case]:
    """The open cases of a view or lane."""
    return open_cases(kind).filter(in_view(view, actor, moment))


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

DUE, VALUE = "due", "value"


@dataclass(frozen=True)
class Position:
    """A row's place in either order: due time, then value, then id (without a due time last); or value, then id."""

    due_at: datetime | None
    id: UUID
    value: int = 0

    @classmethod
    def read(cls, text: str) -> Position | None:
        """The position that an address holds; None for anything that `str` did not write."""
        parts = text.split("~")
        if len(parts) not in (2, 3):
            return None
        try:
            value = int(parts[1]) if len(parts) == 3 else 0
            if not -(2**63) <= value < 2**63:
                return None
            due_at = parse_datetime(parts[0]) if parts[0] else None
            if parts[0] and (due_at is None or due_at.tzinfo is None):
                return None
            return cls(due_at, UUID(parts[-1]), value)
        except ValueError:
            return None

    @classmethod
    def of(cls, case: Case) -> Position:
        return cls(case.due_at, case.id, case.value_usd_minor)

    def __str__(self) -> str:
        return f"{self.due_at.isoformat() if self.due_at else ''}~{self.value}~{self.id}"

    @property
    def before_it(self) -> Q:
        """Among rows that are due at the same moment, or sorted by value: it, and those that come before it."""
        return Q(value_usd_minor__gt=self.value) | Q(value_usd_minor=self.value, id__lte=self.id)

    @property
    def after_it(self) -> Q:
        return Q(value_usd_minor__lt=self.value) | Q(value_usd_minor=self.value, id__gte=self.id)


def page_of(
    rows: QuerySet[Case],
    after: Position | None,
    before: Position | None,
    size: int = PER_PAGE,
    sort: str = DUE,
) -> tuple[list[Case], bool, bool]:
    """Rows after (or before) a position, and whether there are more before and after them. At most two statements."""
    later, earlier = (_later, _earlier) if sort == DUE else (_cheaper, _dearer)
    if before is not None:
        found = earlier(rows, before, size + 1)
        return found[:size][::-1], len(found) > size, True
    found = later(rows, after, size + 1)
    return found[:size], after is not None, len(found) > size


def _later(rows: QuerySet[Case], after: Position | None, size: int) -> list[Case]:
    found: list[Case] = []
    dated = rows.filter(due_at__isnull=False).order_by("due_at", "-value_usd_minor", "id")
    if after is None:
        found = list(dated[:size])
    elif after.due_at is not None:
        found = list(dated.filter(due_at__gte=after.due_at).exclude(after.before_it, due_at=after.due_at)[:size])
    if len(found) < size:
        undated = rows.filter(due_at__isnull=True).order_by("-value_usd_minor", "id")
        if after is not None and after.due_at is None:
            undated = undated.filter(value_usd_minor__lte=after.value).exclude(after.before_it)
        found += undated[: size - len(found)]
    return found


def _earlier(rows: QuerySet[Case], before: Position, size: int) -> list[Case]:
    found: list[Case] = []
    if before.due_at is None:
        undated = rows.filter(due_at__isnull=True).exclude(before.after_it)
        found = list(undated.order_by("value_usd_minor", "-id")[:size])
    if len(found) < size:
        dated = rows.filter(due_at__isnull=False).order_by("-due_at", "value_usd_minor", "-id")
        if before.due_at is not None:
            dated = dated.filter(due_at__lte=before.due_at).exclude(before.after_it, due_at=before.due_at)
        found += dated[: size - len(found)]
    return found


def _cheaper(rows: QuerySet[Case], after: Position | None, size: int) -> list[Case]:
    if after is not None:
        rows = rows.filter(value_usd_minor__lte=after.value).exclude(after.before_it)
    return list(rows.order_by("-value_usd_minor", "id")[:size])


def _dearer(rows: QuerySet[Case], before: Position, size: int) -> list[Case]:
    rows = rows.filter(value_usd_minor__gte=before.value).exclude(before.after_it)
    return list(rows.order_by("value_usd_minor", "-id")[:size])


# ------------------------------------------------------------------ holding


def allowed(actor: Actor, rows: QuerySet[Case]) -> QuerySet[Case]:
    """Those of the kinds that his role decides; what was escalated only when he is a senior arbitrator."""
    rows = rows.filter(kind__in=[name for name, kind in CASE_KINDS.items() if not kind.may or actor.may(kind.may)])
    return rows if actor.may(ESCALATED) else rows.exclude(id__in=escalated())


def deal(actor: Actor, moment: datetime, *, skip: UUID | None = None) -> Case | None:
    """Give the actor the most urgent case that waits for a moderator and that nobody works on, and hold it for him.

    Two who ask at once get two cases. skip: the subject just looked at. When all others are taken, one of his own.
    """
    rows = allowed(actor, cases("todo", "", actor, moment))
    rows = rows if skip is None else rows.exclude(subject_id=skip)
    waiting = rows.filter(free(moment))
    after = None
    while batch := _later(waiting, after, CANDIDATES):
        for case in may_decide(actor, batch):
            if hold(case.id, actor, moment):
                return case
        after = Position.of(batch[-1])
    return rows.filter(holder_id=actor.id, held_until__gt=moment).order_by("due_at", "-value_usd_minor", "id").first()


def may_decide(actor: Actor, batch: Iterable[Case]) -> list[Case]:
    """Without those in which the actor had a part that now is looked at again."""
    batch = list(batch)
    conflicts: set[UUID] = set()
    for name, kind in CASE_KINDS.items():
        subjects = [case.subject_id for case in batch if case.kind == name and case.lane in SECOND_LOOKS]
        if subjects:
            conflicts |= kind.conflicts(actor, subjects)
    return [case for case in batch if case.subject_id not in conflicts]


def hold(case_id: UUID, actor: Actor, moment: datetime) -> bool:
    """Take a case that nobody else holds; False when somebody was quicker."""
    with transaction.atomic():
        row = (
            Case.objects.select_for_update(skip_locked=True)
            .filter(free(moment) | Q(holder_id=actor.id), id=case_id, open=True)
            .first()
        )
        if row is None:
            return False
        new = row.holder_id != actor.id or row.held_until is None or row.held_until <= moment
        until = moment if new or row.held_until is None else row.held_until
        row.holder_id, row.held_until = actor.id, max(moment + HELD_FOR, until)
        row.save(update_fields=["holder_id", "held_until"])
        if new:
            log(case_id, actor, moment, _("Took the case."))
    return True


def give_back(case_id: UUID, actor: Actor, moment: datetime | None = None) -> bool:
    """Let go of a case that the actor holds. moment: when the desk's notes are to say so."""
    done = bool(Case.objects.filter(id=case_id, holder_id=actor.id).update(holder_id=None, held_until=None))
    if done and moment is not None:
        log(case_id, actor, moment, _("Gave the case back."))
    return done


def log(case_id: UUID, actor: Actor, moment: datetime, text: str) -> CaseNote:
    """A line of the desk's notes on the case."""
    assert actor.id is not None
    return CaseNote.objects.create(
        case_id=case_id, text=text[:4000], made_by=actor.id, made_by_name=actor.name[:120], made_at=moment
    )


def is_held(case: Case, moment: datetime) -> bool:
    return case.holder_id is not None and case.held_until is not None and case.held_until > moment


def holder_of(case: Case, actor: Actor, names: Mapping[UUID, str], moment: datetime) -> str:
    """``you``, a name, or nothing when nobody works on it now."""
    if case.holder_id is None or not is_held(case, moment):
        return ""
    return _("you") if case.holder_id == actor.id else names.get(case.holder_id, _("a colleague"))


def names_of(people: Iterable[UUID | None]) -> dict[UUID, str]:
    """Who they are; no statement for nobody."""
    wanted = {identity for identity in people if identity is not None}
    if not wanted:
        return {}
    return {user.pk: str(user) for user in get_user_model().objects.filter(pk__in=wanted)}
