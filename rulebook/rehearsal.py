"""Looking without touching: bundles read without locks, and actions carried out on a docket that nobody writes.

A page's preview of effects is the action itself, so the two cannot differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from rulebook.actions import Action, actions, own_words
from rulebook.actors import Actor
from rulebook.clock import Clock, system
from rulebook.docket.books import the_books
from rulebook.docket.docket import Docket
from rulebook.docket.driving import bring_missing, run_followers, settle
from rulebook.docket.effects import TallyDraft
from rulebook.docket.postgres import PostgresSource
from rulebook.docket.waiting import REMINDER
from rulebook.inputs import clean
from rulebook.models import Aggregate, Measured
from rulebook.models.deadline import Deadline
from rulebook.models.tally import Total
from rulebook.refusals import Forbidden, Missing, NotFound, Stale


def look(model: type[Aggregate], identities: Iterable[UUID], actor: Actor, *, clock: Clock = system) -> Docket:
    """A docket that holds these objects with their bundles, as they stand now; nothing is locked and nothing written.

    A constant number of statements for one or a hundred. What does not exist is missing from `docket.held`.
    """
    source = PostgresSource()
    docket = Docket(source, actor, clock, source.rulebook(clock.now()))
    source.bring(docket, model, identities, lock=False)
    return docket


def read_balances(docket: Docket, store_id: UUID) -> dict[tuple[str, str], int]:
    """The store's balances by account and currency, put on the docket without a lock."""
    rows = the_books().balance.objects.filter(store_id=store_id).values_list("kind", "currency", "amount_minor")
    found = {(kind, currency): minor for kind, currency, minor in rows}
    docket.balances.update({(store_id, *account): minor for account, minor in found.items()})
    docket.balances_of.add(store_id)
    return found


@dataclass
class Rehearsal:
    """What an action would do.

    states: (kind, state before, state after) of everything that would change its state. money: by account and currency
    the balance before and what it would move by, in the ledger's sign. entries, notices, deadlines: what is added.
    """

    act: Action
    target: Any
    docket: Docket
    states: list[tuple[str, str, str]] = field(default_factory=list)
    money: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    @property
    def entries(self) -> list[Any]:
        return self.docket.journal

    @property
    def notices(self) -> list[Any]:
        return self.docket.notices

    @property
    def deadlines(self) -> list[Deadline]:
        """Those that people see: reminders are told, not shown."""
        return [row for row in self.docket.new if isinstance(row, Deadline) and not row.name.endswith(REMINDER)]

    def counts(self) -> list[TallyDraft]:
        """What it would add to the stores' figures, and take out of them."""
        docket = self.docket
        for root in {obj.root_id for obj in docket.touched.values()}:
            for obj in docket.bundles.get(root, ()):
                if isinstance(obj, Measured):
                    obj.remeasure(docket)
        return docket.tallies


def rehearse(
    name: str,
    *,
    actor: Actor,
    on: UUID | None,
    inputs: Mapping[str, Any],
    version: int | None = None,
    clock: Clock = system,
) -> Rehearsal:
    """Do as `perform` would, on a docket that is thrown away. Raises what `perform` would raise."""
    act = actions()[name]
    if actor.kind != act.actor or not actor.may(act.may):
        raise Forbidden(_("Your role may not do this ({name}).").format(name=act.label))
    values = clean(act.inputs, inputs)
    docket, target = _prepared(act, actor, on, clock)
    if version is not None and target is not None and target.version != version:
        raise Stale(_("This was changed since you saw it. Look at what was done, then decide again."), target.version)
    before = {obj.id: _states(obj) for bundle in docket.bundles.values() for obj in bundle}
    balances = dict(docket.balances)
    written = (len(docket.journal), len(docket.postings), len(docket.notices), len(docket.new))
    docket.reason = own_words(act, values)
    _carry_out(docket, act, target, values)
    settle(docket, list(docket.bundles), docket.at)
    _forget_what_was_due(docket, written)
    return Rehearsal(act, target, docket, _changes(docket, before), _moves(docket, balances))


def _carry_out(docket: Docket, act: Action, target: Any, values: Mapping[str, Any]) -> None:
    """As `perform` does it: what a rule turns out to need is read, without a lock, and the act begins anew."""
    while True:
        try:
            with docket.act():
                if act.on is None:
                    act.run(docket, **values)
                else:
                    act.run(docket, target, **values)
                run_followers(docket)
            return
        except Missing as need:
            read_missing(docket, need)


def read_missing(docket: Docket, need: Missing) -> None:
    """What a rule turned out to need, read without a lock."""
    what, *which = need.what
    if what == "balances":
        read_balances(docket, which[0])
    elif what == "totals":
        rows = Total.objects.filter(store_id=which[0]).values_list("name", "value")
        docket.totals.update({(which[0], name): value for name, value in rows})
        docket.totals_of.add(which[0])
    else:
        bring_missing(docket, need)


def _prepared(act: Action, actor: Actor, on: UUID | None, clock: Clock) -> tuple[Docket, Any]:
    """The docket with the target as the action would find it: after everything that is due has been carried out."""
    if act.on is None or on is None:
        source = PostgresSource()
        return Docket(source, actor, clock, source.rulebook(clock.now())), None
    docket = look(act.on, [on], actor, clock=clock)
    target = docket.held.get(on)
    if target is None:
        raise NotFound(_("There is no {kind} with this id.").format(kind=act.on.KIND))
    if target.book is not None:
        read_balances(docket, target.book)
    settle(docket, [target.root_id], docket.at)
    return docket, target


def _forget_what_was_due(docket: Docket, written: tuple[int, int, int, int]) -> None:
    """What ran before the action was due anyway and is no effect of it."""
    lists: tuple[list[Any], ...] = (docket.journal, docket.postings, docket.notices, docket.new)
    for rows, length in zip(lists, written, strict=True):
        del rows[:length]


def _states(obj: Any) -> dict[str, str]:
    fields = {name: str(obj.__dict__[name]) for name in ("state", "release", "deposit_status") if name in obj.__dict__}
    return fields if isinstance(obj, Aggregate) else {}


def _changes(docket: Docket, before: Mapping[UUID, dict[str, str]]) -> list[tuple[str, str, str]]:
    found = []
    for bundle in docket.bundles.values():
        for obj in bundle:
            for name, was in before.get(obj.id, {}).items():
                now = str(obj.__dict__[name])
                if now != was:
                    found.append((obj.KIND if name == "state" else f"{obj.KIND}.{name}", was, now))
    return found


def _moves(docket: Docket, before: Mapping[tuple[UUID, str, str], int]) -> dict[tuple[str, str], tuple[int, int]]:
    moved: dict[tuple[UUID, str, str], int] = defaultdict(int)
    for posting in docket.postings:
        for account, minor, currency in posting.legs:
            moved[posting.store_id, account, currency] += minor
    return {(key[1], key[2]): (before.get(key, 0), delta) for key, delta in sorted(moved.items()) if delta}
