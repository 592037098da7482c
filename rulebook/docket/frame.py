"""One transition being carried out: the entry that it writes, and what it reads on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulebook.docket.effects import PLATFORM, Entry
from rulebook.ids import new_id
from rulebook.rule import CAUSE, Rule
from rulebook.rules import Rules

if TYPE_CHECKING:
    from rulebook.docket.docket import Docket


class Frame:
    """One transition being carried out; consequences nest."""

    __slots__ = ("_seen", "_shown", "docket", "entry", "facts", "law", "reads", "rule_id", "rules", "subject")

    def __init__(self, docket: Docket, law: Rule, subject: Any) -> None:
        self.docket, self.law, self.subject = docket, law, subject
        self.reads: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}
        self._seen: Rules | None = None

    def reading(self, rules: Rules) -> Rules:
        """The rules, noting what is read of them; a transition mostly reads one moment and scope, so one view serves it."""
        if self._seen is not rules:
            self._seen, self._shown = rules, rules.reading(self.reads)
        return self._shown

    def __enter__(self) -> None:
        docket, law, subject = self.docket, self.law, self.subject
        above = docket._frame
        if law.id == CAUSE:
            assert above is not None, f"{law.machine_act} is a consequence; it needs an act that causes it"
            self.rule_id: str = above.rule_id
        else:
            self.rule_id = law.id
        self.rules = [self.rule_id]
        actor = docket.actor
        self.entry = Entry(
            id=new_id(),
            store_id=subject.book or PLATFORM,
            root_kind=subject.root_kind,
            root_id=subject.root_id,
            subject_kind=subject.KIND,
            subject_id=subject.id,
            act=law.machine_act,
            machine=law.field,
            from_state="" if law.creates else str(subject.__dict__[law.field]),
            to_state="",
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            door=f"{actor.door} {actor.key}" if actor.key else actor.door,
            rules=self.rules,
            parameters=self.reads,
            facts=self.facts,
            reason=docket.reason,
            transaction_id=None,
            effective_at=docket.at,
            recorded_at=docket.recorded_at,
        )
        if not law.quiet:
            docket.journal.append(self.entry)
        docket._frames.append(self)
        docket._frame = self

    def __exit__(self, failed: Any, *_: Any) -> None:
        docket = self.docket
        docket._frames.pop()
        docket._frame = docket._frames[-1] if docket._frames else None
        if failed or self.law.quiet:
            return
        self.entry.to_state = str(self.subject.__dict__[self.law.field])
        self.subject.version += 1
        docket.touched[self.subject.id] = self.subject
