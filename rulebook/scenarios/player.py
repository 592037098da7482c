"""Playing a story: step by step, on the database in a transaction that is rolled back, or in memory. Same results."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from rulebook.actions import Action, action_for, actions, perform
from rulebook.actors import Actor
from rulebook.articles import matches
from rulebook.clock import duration_text, parse_duration
from rulebook.docket.effects import Entry
from rulebook.files import memory_files
from rulebook.inputs import Input, Moment, Reference, Rows, Upload, Uploads
from rulebook.models import JournalEntry
from rulebook.models.base import KINDS
from rulebook.refusals import NotDone, NotFound, Refused
from rulebook.scenarios.checking import check, read_path
from rulebook.scenarios.grammar import Step, Story, StoryError, nearest
from rulebook.scenarios.stage import DEFAULTS, GIVEN, MEANT, MISSED, Stage, discover
from rulebook.sweeper import undisturbed

WORDS = ("text", "reason")
"""Inputs that a story need not spell out: what people write decides nothing. At every other door they are asked for."""


@dataclass(slots=True)
class Failure:
    """One thing that was not as the story says."""

    step: int
    path: str
    expected: str
    found: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "path": self.path,
            "expected": self.expected,
            "found": self.found,
            "message": self.message,
        }


@dataclass(slots=True)
class Played:
    """How a story went. `journal`: every entry in order, for comparing modes; `trace`: one line a transition."""

    story: Story
    failures: list[Failure] = field(default_factory=list)
    steps: int = 0
    seconds: float = 0.0
    journal: list[tuple[Any, ...]] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.failures


class _RolledBack(Exception):
    pass


class _NothingToActOn(StoryError):
    """There is no object of the verb's kind, or none that belongs to what is named."""


def play(story: Story, *, memory: bool, trace: bool = False, fail_fast: bool = True) -> Played:
    """Play one story. fail_fast: the first failed step ends it (what follows would only repeat the cause)."""
    discover()
    played = Played(story)
    began = time.perf_counter()
    try:
        with undisturbed, memory_files(), nullcontext() if memory else transaction.atomic():
            _Play(story, played, memory, trace, fail_fast).run()
            if not memory:
                raise _RolledBack
    except _RolledBack:
        pass
    played.seconds = time.perf_counter() - began
    return played


class _Play:
    def __init__(self, story: Story, played: Played, memory: bool, trace: bool, fail_fast: bool) -> None:
        self.story, self.played, self.trace, self.fail_fast = story, played, trace, fail_fast
        try:
            self.stage = Stage(story.start, story.overrides, memory=memory)
        except Exception as error:
            raise StoryError(f"rulebook: {error}", story.line) from None

    def run(self) -> None:
        self._build()
        for step in self.story.steps:
            self.played.steps += 1
            before = len(self.played.failures)
            try:
                self._step(step)
            except StoryError:
                raise
            except Exception as error:
                self._fail(step, step.do or "", "", type(error).__name__, f"{type(error).__name__}: {error}")
                break
            if self.fail_fast and len(self.played.failures) > before:
                break
        self._keep_journal()

    # ------------------------------------------------------------------ given

    def _build(self) -> None:
        wanted = self.story.given
        for kind in wanted:
            if kind not in GIVEN:
                raise StoryError(f"given has no kind {kind!r}{nearest(kind, GIVEN)}", wanted.lines[kind])  # type: ignore[attr-defined]
        for kind, (builder, default, fields) in GIVEN.items():
            own = wanted.get(kind) or {}
            if not isinstance(own, dict):
                raise StoryError(f"given.{kind} is a mapping of names to their fields", wanted.lines[kind])  # type: ignore[attr-defined]
            entries: dict[str, Any] = {**default, **own}
            for name, values in entries.items():
                values = values if values is not None else {}
                if not isinstance(values, dict) and kind != "rates":
                    raise StoryError(f"given.{kind}.{name} is a mapping of its fields")
                if isinstance(values, dict) and fields:
                    for key in values:
                        if key not in fields:
                            line = getattr(values, "lines", {}).get(key)
                            raise StoryError(f"{kind}.{name} has no field {key!r}{nearest(key, fields)}", line)
                try:
                    builder(self.stage, name, values)
                except (NotDone, ValueError, KeyError, TypeError) as error:
                    raise StoryError(f"given.{kind}.{name}: {error}", getattr(values, "line", None)) from error
        self.stage.after_act()

    # ------------------------------------------------------------------ steps

    def _step(self, step: Step) -> None:
        stage = self.stage
        stage.run_until(stage.moment(step.moment))
        stage.after_act()
        if step.do:
            before = len(self.played.failures)
            self._do(step)
            if len(self.played.failures) > before:
                return  # the checks of this step speak of what was not done
            stage.run_until(stage.moment(step.moment))
            stage.after_act()
        elif step.refused is not None:
            raise StoryError("refused needs a do", step.line)
        for path, expected in step.expect.items():
            self._expect(step, path, expected)

    def _do(self, step: Step) -> None:
        act = actions().get(str(step.do))
        if act is None:
            raise StoryError(f"there is no action {step.do!r}{nearest(str(step.do), actions())}", step.lines["do"])
        if step.on is not None:
            kind, identity = self.stage.objects.get(step.on, (step.on, None))
            act = action_for(act.name, kind) or act
            if identity is not None and self._has_nothing_to_do(act, kind, identity):
                act = self._variant(act, identity) or act
        elif act.on is not None and self.stage.newest(act.on.KIND) is None and self._kin(act.on.KIND, None) is None:
            act = self._variant(act) or act
        inputs = dict(step.inputs)
        try:
            identity = self._object(act, step, inputs)
        except _NothingToActOn:
            if step.refused is None or not act.laws:
                raise
            law = act.laws[0]
            self._was_refused(step, act, Refused(law.otherwise or law.id))
            return
        self._inputs(act, step, inputs)
        actor = self._actor(act, step)
        try:
            done = perform(
                act.name,
                actor=actor,
                on=identity,
                inputs=inputs,
                clock=self.stage.clock,
                source=self.stage.source(),
                rulebook=self.stage.rulebook,
            )
        except NotDone as refusal:
            self._was_refused(step, act, refusal)
            return
        if step.refused is not None:
            self._fail(
                step,
                act.name,
                f"refused {step.refused}",
                "done",
                f"{act.name} should have been refused ({step.refused}) and was done",
            )
            return
        if act.creates is not None and isinstance(done.object, act.creates):
            self.stage.name(done.object.KIND, done.object.id, step.name)
            if done.object.KIND == "store":
                self.stage.stores.add(done.object.id)
        if act.verb.endswith("amendment"):
            self.stage.amend()

    def _variant(self, act: Action, identity: UUID | None = None) -> Action | None:
        """The same verb on a kind of which the story has something (that belongs to what is named)."""
        for other in actions().values():
            if other.stands_for == act.name and other.on and self._kin(other.on.KIND, identity) is not None:
                return other
        return None

    def _has_nothing_to_do(self, act: Action, kind: str, identity: UUID) -> bool:
        """Whether the verb's own kind is unrelated to the object that is named."""
        return act.on is not None and kind != act.on.KIND and self._kin(act.on.KIND, identity) is None

    def _was_refused(self, step: Step, act: Action, refusal: NotDone) -> None:
        found = refusal.rule if isinstance(refusal, Refused) else refusal.code
        if step.refused is None:
            self._fail(step, act.name, "done", found, f"{act.name} was not done: {refusal.sentence}")
        elif step.refused is not True and not (
            isinstance(refusal, Refused) and matches(refusal.rule, str(step.refused))
        ):
            self._fail(
                step,
                act.name,
                f"refused {step.refused}",
                found,
                f"{act.name} should be refused under {step.refused}, was under {found}: {refusal.sentence}",
            )

    def _object(self, act: Action, step: Step, inputs: dict[str, Any]) -> UUID | None:
        """The object: `on`, an input of the object's kind, else the newest of the kind that the verb acts on."""
        if act.on is None:
            return None
        kind = act.on.KIND
        name = step.on
        if name is None and kind in inputs and kind not in act.inputs:
            name = str(inputs.pop(kind))
        meant = MEANT.get(act.name)
        if name is None:
            identity = (self._kin(kind, None, meant) if meant else None) or self.stage.newest(kind)
            if kind in ("store", "listing", "seller"):
                identity = self.stage.identity(self.stage.made[kind][0])
            if identity is None:
                identity = self._kin(kind, None)
            if identity is None:
                raise _NothingToActOn(f"{act.name} acts on a {kind}, and there is none yet", step.line)
            return identity
        if name not in self.stage.objects and name in KINDS and (found := self._kin(name, None)) is not None:
            self.stage.name(name, found)
        if name not in self.stage.objects:
            line = step.lines.get("on") or getattr(step.inputs, "lines", {}).get(kind, step.line)
            raise StoryError(f"there is nothing named {name!r}{nearest(name, self.stage.objects)}", line)
        found_kind, identity = self.stage.objects[name]
        if found_kind != kind:
            related = (self._kin(kind, identity, meant) if meant else None) or self._kin(kind, identity)
            if related is None:
                raise _NothingToActOn(
                    f"{act.name} acts on a {kind}; {name!r} is a {found_kind}", step.lines.get("on", step.line)
                )
            return related
        return identity

    def _kin(self, kind: str, identity: UUID | None, meant: dict[str, Any] | None = None) -> UUID | None:
        """The newest object of a kind (that belongs to the same root as the one named, is about it, or it is part of)."""
        rows = self._everything(KINDS[kind])
        for name, value in (meant or {}).items():
            rows = [row for row in rows if getattr(row, name) == value]
        found = [row for row in rows if identity is None or identity in (row.root_id, row.id)]
        if not found and identity is not None:
            named = next((item for item in self.stage.objects.values() if item[1] == identity), None)
            if named is not None:
                other = self.stage.find(KINDS[named[0]], id=identity)[0]
                above = (other.root_id, getattr(other, f"{kind}_id", None))
                found = [row for row in rows if row.id in above or getattr(row, f"{named[0]}_id", None) == identity]
        return found[-1].id if found else None

    def _everything(self, model: type) -> list[Any]:
        if self.stage.memory is not None:
            return self.stage.find(model)
        if hasattr(model, "store_id"):
            return self.stage.find(model, store_id__in=list(self.stage.stores))
        own = {identity for _kind, identity in self.stage.objects.values()}
        return self.stage.find(model, id__in=list(self.stage.stores | own))

    def _inputs(self, act: Action, step: Step, inputs: dict[str, Any]) -> None:
        for name in inputs:
            if name not in act.inputs:
                line = getattr(step.inputs, "lines", {}).get(name, step.line)
                raise StoryError(f"{act.name} takes no {name!r}{nearest(name, act.inputs)}", line)
        for name, default in DEFAULTS.get(act.name, {}).items():
            if name not in inputs and (step.refused is None or act.name not in MISSED):
                inputs[name] = default(self.stage)
        if step.refused is not True:  # there the missing words may be what is wrong
            for name in WORDS:
                if name in act.inputs and act.inputs[name].required:
                    inputs.setdefault(name, "As the story has it.")
        for name, spec in act.inputs.items():
            if name in inputs and inputs[name] is not None:
                inputs[name] = self._input(spec, inputs[name], step)

    def _input(self, spec: Input, value: Any, step: Step) -> Any:
        if isinstance(spec, Upload):
            from rulebook.files import sample

            return sample(str(value[0] if isinstance(value, list) and value else value))
        if isinstance(spec, Uploads):
            from rulebook.files import sample

            return [sample(str(name)) for name in (value if isinstance(value, list) else [value])]
        if isinstance(spec, Reference):
            try:
                return self.stage.identity(str(value))
            except KeyError:
                raise StoryError(
                    f"there is nothing named {value!r}{nearest(str(value), self.stage.objects)}", step.line
                ) from None
        if isinstance(spec, Moment):
            try:
                return (self.stage.clock.now() if spec.from_step else self.stage.start) + parse_duration(value)
            except ValueError:
                return value
        if isinstance(spec, Rows) and isinstance(value, list):
            return [
                {
                    key: self._input(spec.fields[key], item, step) if key in spec.fields else item
                    for key, item in row.items()
                }
                for row in value
            ]
        return value

    def _actor(self, act: Action, step: Step) -> Actor:
        known = self.stage.actors.get(act.actor, {})
        if step.by is not None:
            actor = self.stage.people().get(step.by)
            if actor is None:
                raise StoryError(
                    f"there is nobody named {step.by!r}{nearest(step.by, self.stage.people())}",
                    step.lines.get("by", step.line),
                )
            return actor
        if not known:
            raise StoryError(f"nobody here is a {act.actor}", step.line)
        return next(iter(known.values()))

    # ------------------------------------------------------------------ checks

    def _expect(self, step: Step, path: str, expected: Any) -> None:
        try:
            found = read_path(self.stage, path, expected)
        except KeyError as error:
            raise StoryError(str(error.args[0]), step.lines.get(path, step.line)) from None
        except NotFound as error:
            raise StoryError(str(error), step.lines.get(path, step.line)) from None
        problem = check(expected, found, self.stage)
        if problem is not None:
            self._fail(step, path, problem[0], problem[1], f"{path}: expected {problem[0]}, found {problem[1]}")

    def _fail(self, step: Step, path: str, expected: str, found: str, message: str) -> None:
        self.played.failures.append(
            Failure(step.number, path, expected, found, f"step {step.number} (line {step.line}): {message}")
        )

    def _keep_journal(self) -> None:
        stage = self.stage
        entries: Iterable[Any]
        if stage.memory is not None:
            entries = stage.memory.journal
        else:
            entries = JournalEntry.objects.filter(store_id__in=stage.stores).order_by("recorded_at", "id")
        names = {identity: name for name, (_kind, identity) in stage.objects.items()}
        books = {identity for _kind, identity in stage.objects.values()}
        rows = []
        for entry in entries:
            if entry.store_id in stage.stores and entry.store_id in books:
                rows.append(
                    (
                        names[entry.store_id],
                        entry.number,
                        entry.act,
                        entry.from_state,
                        entry.to_state,
                        tuple(entry.rules),
                        entry.effective_at - stage.start,
                        entry.actor_kind,
                        tuple(sorted(entry.parameters.items(), key=str)),
                    )
                )
                if self.trace:
                    self.played.trace.append(_trace_line(entry, stage, names))
        self.played.journal = sorted(rows, key=lambda row: (row[0], row[1]))


def _trace_line(entry: Entry | JournalEntry, stage: Stage, names: dict[UUID, str]) -> str:
    since = (
        duration_text(entry.effective_at - stage.start)
        if entry.effective_at >= stage.start
        else str(entry.effective_at)
    )
    states = f"{entry.from_state or '·'} → {entry.to_state}" if entry.from_state != entry.to_state else entry.to_state
    money = _money_of(entry, stage)
    who = entry.actor_name or entry.actor_kind
    return f"  {since:>14}  {entry.rules[0]:<9} {entry.act:<32} {states:<40} {who}{money}"


def _money_of(entry: Any, stage: Stage) -> str:
    if entry.transaction_id is None:
        return ""
    from rulebook.docket.books import the_books
    from rulebook.money import Money

    if stage.memory is not None:
        legs = [leg for posting in stage.memory.postings if posting.entry_id == entry.id for leg in posting.legs]
    else:
        ids = the_books().transaction.objects.filter(entry_id=entry.id).values_list("id", flat=True)
        legs = list(
            the_books().leg.objects.filter(transaction_id__in=list(ids)).values_list("kind", "amount_minor", "currency")
        )
    return "  " + ", ".join(
        f"{kind} {'+' if minor > 0 else ''}{Money(minor, currency)}" for kind, minor, currency in legs
    )
