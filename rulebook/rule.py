"""`@rule`: a transition, declared once, one method for one rule.

It builds a django-fsm transition, checks its own conditions (they see the object and the docket), and writes the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django_fsm import transition
from django_fsm.signals import post_transition, pre_transition

from rulebook.actors import BANK, BUYER, CARRIER, MODERATOR, SELLER
from rulebook.actors import SYSTEM_KIND as SYSTEM
from rulebook.articles import article
from rulebook.citations import cite
from rulebook.refusals import Refused

__all__ = [
    "BANK",
    "BUYER",
    "CARRIER",
    "CAUSE",
    "MODERATOR",
    "SELLER",
    "SYSTEM",
    "Rule",
    "rule",
    "rules_for_deadline",
    "rules_of",
]

CAUSE = "cause"
"""Stands for the rule of the act that calls: a consequence has no article of its own."""

Condition = Callable[[Any, Any], bool | None]

_BY_MODEL: dict[type, dict[str, Rule]] = {}
_BY_DEADLINE: dict[tuple[type, str], tuple[Rule, ...]] = {}


@dataclass(slots=True, eq=False, kw_only=True)
class Rule:
    """One declared transition: the law of it (article, from, to, by whom, which deadline). The method is the consequence."""

    id: str
    name: str
    machine_act: str
    source: frozenset[Any]
    target: Any = None
    by: frozenset[str] = frozenset()
    field: str = "state"
    deadline: str | None = None
    meets: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    otherwise: str = ""
    says: str = ""
    creates: bool = False
    leads: bool = False
    quiet: bool = False
    needs: frozenset[str] = frozenset()
    label: str = ""
    call: Callable[..., Any] | None = None

    def __repr__(self) -> str:
        return f"<{self.machine_act} under {self.id}>"

    def check(self, subject: Any, docket: Any) -> None:
        """Raises Refused when the object's state or a condition stands in the way; changes nothing."""
        state = subject.__dict__[self.field]
        if state not in self.source:
            raise Refused(self.otherwise, "wrong_state", kind=subject.KIND, state=state, act=self.name)
        for condition in self.conditions:
            if condition(subject, docket) is False:
                raise Refused(self.id, condition.__name__, kind=subject.KIND, state=state, act=self.name)

    def applies(self, subject: Any, docket: Any) -> bool:
        """Whether nothing stands in the way."""
        try:
            self.check(subject, docket)
        except Refused:
            return False
        return True


def rule(
    rule_id: str,
    *,
    source: Any,
    target: Any = None,
    by: str | Iterable[str] = SYSTEM,
    field: str = "state",
    deadline: str | None = None,
    meets: Iterable[str] | str = (),
    cancels: Iterable[str] | str = (),
    conditions: Iterable[Condition] = (),
    otherwise: str | None = None,
    says: str = "",
    creates: bool = False,
    leads: bool = False,
    quiet: bool = False,
    also: Iterable[str] = (),
    needs: Iterable[str] = (),
    label: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a transition.

    rule_id: the rule it carries out, or CAUSE. source: one state or several; target: None keeps the state. by: who may
    cause it. deadline: the deadline whose running out causes it (system). meets, cancels: deadlines of the subject that it
    ends. conditions: called with (object, docket); False or a raised Refused stands in the way. otherwise: the rule that a
    wrong state is refused under (default: the article of rule_id). says: template of the sentence that explains the entry,
    with ``{facts}``. creates: the entry has no state before. leads: another transition of the same object follows at once
    and carries it out (a ruling that needs no second person). quiet: it only tells somebody something; nothing changes, so
    that nothing is entered in the journal. also: further rules that it carries out (`Docket.also_under` enters those that
    it rested on). needs: what else must be brought (``balances``, ``totals``).
    """
    sources = frozenset([source] if isinstance(source, str) else source)
    if rule_id != CAUSE:
        article(rule_id)

    def declare(method: Callable[..., Any]) -> Callable[..., Any]:
        law = Rule(
            id=rule_id,
            name=method.__name__,
            machine_act=method.__qualname__,
            source=sources,
            target=target,
            by=frozenset([by] if isinstance(by, str) else by),
            field=field,
            deadline=deadline,
            meets=(meets,) if isinstance(meets, str) else tuple(meets),
            cancels=(cancels,) if isinstance(cancels, str) else tuple(cancels),
            conditions=tuple(conditions),
            otherwise=otherwise
            or (rule_id if rule_id == CAUSE else rule_id.split("-")[0] if rule_id[0] == "A" else rule_id),
            says=says,
            creates=creates,
            leads=leads,
            quiet=quiet,
            needs=frozenset(needs),
            label=label,
        )
        if rule_id != CAUSE:
            cite(rule_id, method.__qualname__)
        for further in also:
            cite(further, method.__qualname__)

        @wraps(method)
        def body(self: Any, docket: Any, inputs: dict[str, Any]) -> Any:
            return method(self, docket, **inputs)  # django-fsm keeps some keywords, `method` among them, for itself

        moved = transition(
            field=field,
            source=list(sources),
            target=target,
            custom={"rule": rule_id, "label": label or method.__name__, "law": law},
        )(body)

        @wraps(method)
        def act(self: Any, docket: Any, **inputs: Any) -> Any:
            law.check(self, docket)
            with docket.carrying_out(law, self):
                for name in law.meets:
                    docket.meet(self, name)
                for name in law.cancels:
                    docket.cancel(self, name)
                if pre_transition.receivers or post_transition.receivers:
                    return moved(self, docket, inputs)
                # Nobody listens, and the state was checked above: of what django-fsm does, moving the state is left.
                made = method(self, docket, **inputs)
                if target is not None:
                    chosen = hasattr(target, "get_state")
                    self.__dict__[law.field] = target.get_state(self, moved, made) if chosen else target
                return made

        act._django_fsm = moved._django_fsm  # type: ignore[attr-defined]
        act.law = law  # type: ignore[attr-defined]
        law.call = act
        return act

    return declare


def collect_rules(model: type) -> None:
    """Called for every aggregate when its class is made: its laws by name, and by the deadline that causes them."""
    methods = {name: value for base in reversed(model.__mro__) for name, value in vars(base).items()}
    laws = {name: value.law for name, value in methods.items() if hasattr(value, "law")}
    _BY_MODEL[model] = laws
    for law in laws.values():
        law.machine_act = f"{model.KIND}.{law.name}"  # type: ignore[attr-defined]
        if law.deadline:
            key = (model, law.deadline)
            _BY_DEADLINE[key] = (*_BY_DEADLINE.get(key, ()), law)


def rules_of(model: type) -> dict[str, Rule]:
    """The laws of an aggregate, by method name."""
    return _BY_MODEL.get(model, {})


def all_rules() -> dict[type, dict[str, Rule]]:
    """Every aggregate's laws."""
    return _BY_MODEL


def rules_for_deadline(model: type, name: str) -> tuple[Rule, ...]:
    """The laws that a deadline's running out may cause; their conditions exclude each other."""
    return _BY_DEADLINE.get((model, name), ())


class Opening:
    """The law of an act that makes a record of another kind on the object: checked on the object, carried out on the record."""

    def __init__(
        self,
        rule_id: str,
        *,
        source: Iterable[Any],
        conditions: Iterable[Condition] = (),
        otherwise: str = "",
        name: str,
    ) -> None:
        cite(rule_id, name)
        self.law = Rule(
            id=rule_id,
            name=name,
            machine_act=name,
            source=frozenset(source),
            conditions=tuple(conditions),
            otherwise=otherwise or rule_id.split("-")[0],
        )
