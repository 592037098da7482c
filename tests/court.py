"""A small court for tests of rules: the default people of stories, the clock in the test's hand, either mode.

court = Court()                                # in memory; Court(memory=False) inside a test with the database
order = court.do("buyer.place_order", quantity=2)
court.do("buyer.pay")
court.advance("7d")                            # time passes and what is due fires
court.jump("1s")                               # time passes, and nobody sweeps
assert court.read("order.state") == "closed"
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rulebook.actions import actions, perform
from rulebook.actors import Actor
from rulebook.clock import parse_duration
from rulebook.models.base import KINDS, Aggregate
from rulebook.scenarios.checking import read_path
from rulebook.scenarios.grammar import START
from rulebook.scenarios.stage import DEFAULTS, GIVEN, Stage, discover

BEGIN = datetime.fromisoformat(START.replace("Z", "+00:00"))


class Court:
    """`given` and `rulebook` as in a story; `by` and `on` are names of the story's, too."""

    def __init__(
        self, *, memory: bool = True, given: dict[str, Any] | None = None, rulebook: dict[str, Any] | None = None
    ) -> None:
        discover()
        self.stage = Stage(BEGIN, rulebook, memory=memory)
        for kind, (builder, default, _fields) in GIVEN.items():
            for name, fields in {**default, **((given or {}).get(kind) or {})}.items():
                builder(self.stage, name, fields)

    @property
    def memory(self) -> Any:
        """The source in memory."""
        return self.stage.memory

    @property
    def now(self) -> datetime:
        return self.stage.clock.now()

    def actor(self, kind: str, by: str | None = None) -> Actor:
        return self.stage.people()[by] if by else next(iter(self.stage.actors[kind].values()))

    def do(
        self,
        name: str,
        /,
        *,
        on: Any = None,
        by: str | None = None,
        named: str | None = None,
        key: str | None = None,
        version: int | None = None,
        **inputs: Any,
    ) -> Any:
        """Perform it at the court's moment; what it creates gets a name as in stories."""
        act = actions()[name]
        for field, default in DEFAULTS.get(name, {}).items():
            inputs.setdefault(field, default(self.stage))
        done = perform(
            name,
            actor=self.actor(act.actor, by),
            on=self.find(act.on, on),
            inputs=inputs,
            key=key,
            version=version,
            clock=self.stage.clock,
            source=self.stage.source(),
            rulebook=self.stage.rulebook,
        )
        if act.creates is not None and done.object is not None:
            self.stage.name(done.object.KIND, done.object.id, named)
        return done.object

    def find(self, model: type[Aggregate] | None, on: Any) -> Any:
        if model is None or isinstance(on, Aggregate):
            return on
        if on is not None:
            return self.stage.identity(on)
        first = model.KIND in ("store", "listing", "seller")
        return self.stage.identity(self.stage.made[model.KIND][0]) if first else self.stage.newest(model.KIND)

    def advance(self, length: str) -> None:
        self.stage.run_until(self.now + parse_duration(length))

    def jump(self, length: str) -> None:
        self.stage.clock.move_to(self.now + parse_duration(length))

    def read(self, path: str, expected: Any = None) -> Any:
        return read_path(self.stage, path, expected)

    def row(self, kind: str, name: str | None = None) -> Any:
        """The object as it stands."""
        return self.stage.look(kind, self.stage.identity(name or self.stage.made[kind][-1]))[0]

    def rows(self, kind: str) -> list[Any]:
        return self.stage.find(KINDS[kind])
