"""Replaying: many acts on one docket, each at its own moment, and what falls due between them in due order.

Imports and back-tests use it. The actions are those of every other door; what differs is that a whole history is
written at once, so that nobody ever meets half of it, and that nobody is told what happened long ago.

    with Docket.open(source=source, rulebook=rulebook) as docket:
        replay = Replay(docket)
        with replay.at(moment, buyer, [listing.id]):
            order = …
        replay.perform("buyer.pay", actor=buyer, on=order, at=later)
        replay.run_until(docket.recorded_at)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from heapq import heappop, heappush
from typing import Any
from uuid import UUID

from rulebook.actions import actions, belongs_to, own_words
from rulebook.actors import Actor
from rulebook.docket import Docket
from rulebook.docket.driving import bring_missing, run_followers, settle
from rulebook.docket.waiting import PENDING
from rulebook.inputs import clean
from rulebook.models.deadline import Deadline
from rulebook.refusals import Forbidden, Missing


class Replay:
    """Acts come in time order. Everything they touch was made on this docket or brought before."""

    def __init__(self, docket: Docket) -> None:
        self.docket = docket
        docket.quiet = True
        self._due: list[tuple[datetime, UUID, Deadline]] = []
        self._seen = 0

    def run_until(self, until: datetime) -> None:
        """Everything due at or before `until`, at its own moment and in due order, and what that makes due in turn."""
        self._take_up_new()
        due = self._due
        while due and due[0][0] <= until:
            due_at, _, row = heappop(due)
            if row.status == PENDING and row.due_at == due_at:
                settle(self.docket, (row.root_id,), due_at, isolate=False)
                self._take_up_new()

    @contextmanager
    def at(self, moment: datetime, actor: Actor, roots: Collection[UUID]) -> Iterator[None]:
        """One act at its moment; what is due comes first. A refusal takes back what it did to `roots`."""
        self._begin(moment, actor)
        with self.docket.act(roots):
            yield
            run_followers(self.docket)

    def _begin(self, moment: datetime, actor: Actor, reason: str = "") -> None:
        self.run_until(moment)
        self.docket.at, self.docket.actor, self.docket.reason = moment, actor, reason

    def perform(
        self, name: str, *, actor: Actor, on: Any, at: datetime, inputs: Mapping[str, Any] | None = None
    ) -> Any:
        """An action as `rulebook.actions.perform` does it, on this docket. Returns what it made, else the object."""
        action = actions()[name]
        if actor.kind != action.actor or not actor.may(action.may) or not belongs_to(actor, on):
            raise Forbidden(f"{actor.name or actor.kind} may not do {name} here.")
        values = clean(action.inputs, inputs or {})
        reason, docket = own_words(action, values), self.docket
        while True:
            self._begin(at, actor, reason)
            try:
                with docket.act((on.root_id,)):
                    made = action.run(docket, on, **values)
                    run_followers(docket)
                return made if made is not None else on
            except Missing as need:
                bring_missing(docket, need)

    def _take_up_new(self) -> None:
        new = self.docket.new
        for obj in new[self._seen :]:
            if type(obj) is Deadline:
                heappush(self._due, (obj.due_at, obj.id, obj))
        self._seen = len(new)
