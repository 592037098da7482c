"""Every state that a small world can reach: all moves of all actors, and time, until nothing new appears.

The world is a story's stage in memory. A caller says which moves there are and what makes two states the same (amounts and
waits reduced to classes); the explorer walks them all, notes under which rule each step was made, and says which states are
traps: from which nothing more happens, or from which no end can be reached.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rulebook.actions import perform
from rulebook.docket.effects import Entry
from rulebook.docket.memory import MemorySource
from rulebook.docket.waiting import PENDING
from rulebook.refusals import NotDone
from rulebook.scenarios.stage import GIVEN, Stage, discover

FAR = datetime(2200, 1, 1, tzinfo=UTC)
TIME = "time passes"


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that somebody may do. kind: of the object it acts on, the newest one. name: for reports. makes, most: a kind of
    which it makes another, and how many there may be at all, so that the walk ends."""

    name: str
    action: str
    kind: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    by: str | None = None
    makes: str = ""
    most: int = 1


class Sketch(MemorySource):
    """The source in memory without what exploring never reads: chained entries, notices, cases."""

    def _write_journal(self, journal: list[Entry]) -> None:
        self.journal.extend(journal)


class World:
    """A stage whose whole state can be kept and put back."""

    def __init__(self, start: datetime, given: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
        discover()
        self.stage = Stage(start, overrides, memory=True)
        self.source = self.stage.memory = Sketch(self.stage.rulebook)
        for kind, (builder, default, _fields) in GIVEN.items():
            for name, fields in {**default, **(given.get(kind) or {})}.items():
                builder(self.stage, name, fields)
        self.stage.daily_until = FAR

    def keep(self, before: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
        """All that can change, copied one level deep; rows keep their identity. What is as it was `before` is shared with it."""
        source, stage = self.source, self.stage
        known = before[0] if before else {}
        rows = [row for table in source.rows.values() for row in table.values()]
        waits = [row for group in source.pending.values() for row in group.values()]
        return (
            {id(row): _kept(row, known.get(id(row))) for row in (*rows, *waits)},
            {model: dict(table) for model, table in source.rows.items()},
            {key: {one: list(many) for one, many in table.items()} for key, table in source.index.items()},
            {root: dict(group) for root, group in source.pending.items()},
            [
                item for item in source.heap if item[2].status == PENDING
            ],  # ended ones are not put back, and would wake up
            dict(source.balances),
            {key: list(drafts) for key, drafts in source.tallies.items()},
            dict(source.numbers),
            stage.clock.now(),
            dict(stage.objects),
            {kind: list(names) for kind, names in stage.made.items()},
        )

    def put_back(self, kept: tuple[Any, ...]) -> None:
        source, stage = self.source, self.stage
        copies, rows, index, pending, heap, balances, tallies, numbers, moment, objects, made = kept
        for row, values, cache in copies.values():
            row.__dict__.clear()
            row.__dict__.update({name: list(value) if type(value) is list else value for name, value in values.items()})
            row._state.fields_cache.clear()
            row._state.fields_cache.update(cache)
        _refill(source.rows, {model: dict(table) for model, table in rows.items()}, dict)
        for key, table in source.index.items():
            table.clear()
            table.update({one: list(many) for one, many in index.get(key, {}).items()})
        _refill(source.pending, {root: dict(group) for root, group in pending.items()}, dict)
        source.heap[:] = heap
        source.balances.clear()
        source.balances.update(balances)
        _refill(source.tallies, {key: list(drafts) for key, drafts in tallies.items()}, list)
        source.numbers.clear()
        source.numbers.update(numbers)
        for trace in (source.journal, source.postings, source.notices, source.ended):
            trace.clear()
        source.cases.clear()
        stage.clock.moment = moment
        stage.objects, stage.made = dict(objects), {kind: list(names) for kind, names in made.items()}

    def do(self, move: Move) -> bool:
        """Make the move; False when it is not to be had here."""
        identity = self.stage.newest(move.kind)
        if identity is None or (move.makes and len(self.stage.made.get(move.makes, ())) >= move.most):
            return False
        kind = move.action.split(".", 1)[0]
        people = self.stage.actors[kind]
        actor = people[move.by] if move.by else next(iter(people.values()))
        try:
            done = perform(
                move.action,
                actor=actor,
                on=identity,
                inputs=move.inputs,
                clock=self.stage.clock,
                source=self.source,
                rulebook=self.stage.rulebook,
            )
        except NotDone:
            return False
        made = done.object
        if made is not None and made.id not in {known for _kind, known in self.stage.objects.values()}:
            self.stage.name(made.KIND, made.id)
        self.stage.run_until(self.stage.clock.now())
        return True

    def row(self, kind: str) -> Any:
        """The newest object of a kind, or None."""
        identity = self.stage.newest(kind)
        return None if identity is None else self.source.rows[_model(kind)][identity]

    def rows_of(self, model: type) -> list[Any]:
        return sorted(self.source.rows[model].values(), key=lambda row: row.id)


def _model(kind: str) -> type:
    from rulebook.models.base import KINDS

    return KINDS[kind]


def _kept(row: Any, before: tuple[Any, ...] | None) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    if before is not None and before[1] == row.__dict__ and before[2] == row._state.fields_cache:
        return before
    values = {name: list(value) if type(value) is list else value for name, value in row.__dict__.items()}
    return row, values, dict(row._state.fields_cache)


def _refill(table: Any, wanted: Mapping[Any, Any], kind: type) -> None:
    table.clear()
    table.update(wanted)
    assert table.default_factory is kind


# ------------------------------------------------------------------ walking


@dataclass
class Found:
    """What a walk found. Nodes are numbers; edges (from, move, rules, to)."""

    keys: list[Hashable] = field(default_factory=list)
    edges: list[tuple[int, str, tuple[str, ...], int]] = field(default_factory=list)
    ends: set[int] = field(default_factory=set)
    at_rest: set[int] = field(default_factory=set)
    paths: dict[int, tuple[int, str]] = field(default_factory=dict)
    uncited: list[tuple[int, str]] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)
    complete: bool = True

    def path(self, node: int) -> list[str]:
        """The moves that led there first."""
        steps = []
        while node in self.paths:
            node, name = self.paths[node]
            steps.append(name)
        return steps[::-1]

    def rules(self) -> Counter[str]:
        return Counter(rule for _from, _move, rules, _to in self.edges for rule in rules)

    def cannot_end(self) -> list[int]:
        """States from which no end can be reached by anybody."""
        return self._cut_off(self.edges)

    def stuck_when_silent(self, obliged: Iterable[str]) -> list[int]:
        """States from which no end is reached when only time passes and those act who must: money that somebody's silence keeps."""
        must = tuple(obliged)
        return self._cut_off([edge for edge in self.edges if edge[1] == TIME or edge[1].startswith(must)])

    def _cut_off(self, edges: Iterable[tuple[int, str, tuple[str, ...], int]]) -> list[int]:
        back: dict[int, list[int]] = defaultdict(list)
        for before, _move, _rules, after in edges:
            back[after].append(before)
        good, todo = set(self.ends), deque(self.ends)
        while todo:
            for before in back[todo.popleft()]:
                if before not in good:
                    good.add(before)
                    todo.append(before)
        return [node for node in range(len(self.keys)) if node not in good]


def explore(
    world: World,
    moves: Iterable[Move],
    *,
    key: Callable[[World], Hashable],
    next_moment: Callable[[World], datetime | None],
    is_end: Callable[[World], bool],
    problem: Callable[[World], str],
    most: int = 1_000_000,
) -> Found:
    """Walk all states from where the world stands. problem: what is wrong with a state, or an empty text."""
    found, wanted = Found(), list(moves)
    numbers: dict[Hashable, int] = {}
    todo: deque[tuple[int, tuple[Any, ...]]] = deque()

    def enter(way: tuple[int, str] | None, kept: tuple[Any, ...] | None) -> int:
        name = key(world)
        if name in numbers:
            return numbers[name]
        node = numbers[name] = len(found.keys)
        found.keys.append(name)
        if way is not None:
            found.paths[node] = way
        if is_end(world):
            found.ends.add(node)
        if fault := problem(world):
            found.wrong.append((node, fault))
        todo.append((node, world.keep(kept)))
        return node

    def step(node: int, name: str, kept: tuple[Any, ...]) -> int:
        rules = tuple(dict.fromkeys(entry.rules[0] for entry in world.source.journal))
        if not rules and name != TIME:
            found.uncited.append((node, name))
        after = enter((node, name), kept)
        found.edges.append((node, name, rules, after))
        return after

    enter(None, None)
    while todo:
        if len(found.keys) >= most:
            found.complete = False
            break
        node, kept = todo.popleft()
        world.put_back(kept)
        went = False
        for move in wanted:
            if world.do(move):
                went = True
                step(node, move.name, kept)
            world.put_back(kept)
        while (moment := next_moment(world)) is not None:
            world.stage.run_until(moment)
            if key(world) != found.keys[node]:  # else only the time has changed: let more of it pass
                went = True
                step(node, TIME, kept)
                break
        if not went:
            found.at_rest.add(node)
    return found
