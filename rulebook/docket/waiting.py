"""The deadlines of a docket: started, moved, met, cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rulebook.docket.effects import PLATFORM
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.models.deadline import Deadline, DeadlineStatus

if TYPE_CHECKING:
    from rulebook.docket.frame import Frame

PENDING = DeadlineStatus.PENDING.value
STUCK = DeadlineStatus.STUCK.value
MET = DeadlineStatus.MET.value
CANCELLED = DeadlineStatus.CANCELLED.value
FIRED = DeadlineStatus.FIRED.value
REMINDER = "_reminder"
"""What the name of a deadline's reminder ends in."""


class Waiting:
    """The half of the docket that keeps time."""

    at: datetime
    pending: dict[UUID, dict[tuple[UUID, str], Deadline]]
    bundles: dict[UUID, list[Any]]
    new: list[Any]
    settled: list[tuple[Deadline, dict[str, Any]]]
    dirty: bool
    quiet: bool
    _frame: Frame | None

    def deadline(self, subject: Any, name: str) -> Deadline | None:
        """The pending deadline of that name."""
        return self.pending.get(subject.root_id, {}).get((subject.id, name))

    def waiting_for(self, subject: Any) -> list[Deadline]:
        """Its pending deadlines as people see them: reminders are told, not shown."""
        rows = self.pending.get(subject.root_id, {}).values()
        return [row for row in rows if row.subject_id == subject.id and not row.name.endswith(REMINDER)]

    def set_deadline(
        self, subject: Any, name: str, due_at: datetime, rule: str | None = None, remind: timedelta | None = None
    ) -> Deadline:
        """Start or move a deadline of the subject: `due_at` is the first instant that is too late.

        remind: so long before, the law of the deadline ``NAME_reminder`` runs, unless that moment has passed already.
        """
        root_id = subject.root_id
        rows = self.pending.setdefault(root_id, {})
        row = rows.get((subject.id, name))
        if row is not None:
            if row.due_at == due_at and row.status == PENDING:
                return row
            self.end_deadline(row, CANCELLED)
        row = make(
            Deadline,
            id=new_id(),
            store_id=subject.book or PLATFORM,
            root_kind=subject.root_kind,
            root_id=root_id,
            subject_kind=subject.KIND,
            subject_id=subject.id,
            name=name,
            due_at=due_at,
            rule=rule or (self._frame.rule_id if self._frame else ""),
            status=PENDING,
            set_at=self.at,
        )
        rows[subject.id, name] = row
        self.new.append(row)
        self.bundles.setdefault(root_id, []).append(row)
        if remind and not self.quiet and due_at - remind > self.at:
            self.set_deadline(subject, name + REMINDER, due_at - remind, rule)
        return row

    def meet(self, subject: Any, name: str) -> None:
        """What the deadline waited for was done in time."""
        row = self.deadline(subject, name)
        if row is not None:
            self.end_deadline(row, MET)

    def cancel(self, subject: Any, name: str) -> None:
        """The deadline has lost its object."""
        row = self.deadline(subject, name)
        if row is not None:
            self.end_deadline(row, CANCELLED)

    def before_change(self, row: Deadline) -> None:
        """Deadlines change here only, and a bundle gathers many: how one was is kept when it changes, not at every act."""
        self.settled.append((row, row.__dict__.copy()))

    def end_deadline(self, row: Deadline, status: str) -> None:
        self.before_change(row)
        row.status, row.settled_at, self.dirty = status, self.at, True
        rows = self.pending[row.root_id]
        if rows.get((row.subject_id, row.name)) is row:
            del rows[row.subject_id, row.name]
        reminder = rows.get((row.subject_id, row.name + REMINDER))
        if reminder is not None:
            self.end_deadline(reminder, CANCELLED)
