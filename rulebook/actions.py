"""Actions: what somebody can do, the only door to a transition from outside. API, portal, console and scenarios all call these."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.utils import OperationalError
from django.utils.translation import gettext as _

from rulebook.actors import BUYER, MODERATOR, SELLER, SYSTEM_KIND, Actor
from rulebook.clock import Clock, system
from rulebook.docket.docket import Docket
from rulebook.docket.driving import bring_missing, run_followers, settle
from rulebook.docket.effects import plain
from rulebook.ids import parse_id
from rulebook.inputs import Input, Text, clean
from rulebook.models.base import Aggregate
from rulebook.refusals import Forbidden, Invalid, Missing, NotDone, NotFound, Refused, Stale
from rulebook.rule import Rule
from rulebook.rules import Rulebook
from rulebook.sentences import refusal_text

ATTEMPTS = 4
"""How often an act that met a deadlock is tried again."""


@dataclass(frozen=True)
class Action:
    """name: ``seller.ship``. on: the kind it acts on. laws: transitions of which one must be open for it to be offered.
    may: the row of the permission table. inputs: by name. creates: the kind it makes. needs: what else is brought."""

    name: str
    actor: str
    on: type[Aggregate] | None
    may: str
    inputs: Mapping[str, Input]
    laws: tuple[Rule, ...]
    run: Callable[..., Any]
    label: str
    creates: type[Aggregate] | None = None
    needs: frozenset[str] = frozenset()
    strong: frozenset[str] = frozenset()
    primary: bool = False
    irreversible: bool = False
    stands_for: str = ""
    doc: str = ""

    @property
    def verb(self) -> str:
        return self.name.split(".", 1)[1]


_ACTIONS: dict[str, Action] = {}


def action(
    name: str,
    *,
    on: type[Aggregate] | None,
    may: str,
    inputs: Mapping[str, Input] | None = None,
    opens: Any = (),
    label: str = "",
    creates: type[Aggregate] | None = None,
    needs: Iterable[str] = (),
    strong: Iterable[str] = (),
    primary: bool = False,
    irreversible: bool = False,
    stands_for: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register an action. The function gets the docket, the locked object and the cleaned inputs; an `if` about the rules in
    it hides a transition or a condition.

    stands_for: another action that this one is on a different kind of object; stories call it by that name.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        openers = (opens,) if hasattr(opens, "law") else tuple(opens)
        kind = name.split(".", 1)[0]
        _ACTIONS[name] = Action(
            name=name,
            actor=kind,
            on=on,
            may=may,
            inputs=dict(inputs or {}),
            laws=tuple(opener.law for opener in openers),
            run=function,
            label=label or name.split(".", 1)[1].replace("_", " ").capitalize(),
            creates=creates,
            needs=frozenset(needs),
            strong=frozenset(strong),
            primary=primary,
            irreversible=irreversible,
            stands_for=stands_for,
            doc=(function.__doc__ or "").strip(),
        )
        return function

    return register


def actions() -> Mapping[str, Action]:
    """All of them, by name."""
    return _ACTIONS


def action_for(name: str, kind: str) -> Action | None:
    """The action of that name on a kind of object, or the one that stands for it there."""
    named = _ACTIONS.get(name)
    if named is None or (named.on is not None and kind == named.on.KIND):
        return named
    return next((act for act in _ACTIONS.values() if act.stands_for == name and act.on and kind == act.on.KIND), named)


def actions_on(model: type[Aggregate], actor_kind: str) -> list[Action]:
    return [item for item in _ACTIONS.values() if item.on is model and item.actor == actor_kind]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action: the object it acted on or made; or, `replayed`, the answer that was given before."""

    object: Any
    kept: dict[str, Any] | None = None
    replayed: bool = False

    @property
    def answer(self) -> dict[str, Any]:
        """The object as the API gives it."""
        return self.kept if self.kept is not None else represent(self.object)


@dataclass(frozen=True, slots=True)
class Offer:
    """An action as its viewer sees it: open, or closed under a rule until a moment (if it opens at all)."""

    action: Action
    refusal: Refused | None = None

    @property
    def open(self) -> bool:
        return self.refusal is None

    @property
    def rule(self) -> str:
        return self.refusal.rule if self.refusal else ""

    @property
    def not_before(self) -> datetime | None:
        return self.refusal.not_before if self.refusal else None

    @property
    def sentence(self) -> str:
        """The whole reason, in the reader's language."""
        return self.refusal.sentence if self.refusal else ""

    @property
    def reason(self) -> str:
        """The same without rule and moment, for pages that set these beside it."""
        return refusal_text(self.refusal) if self.refusal else ""


# ------------------------------------------------------------------ doing


def perform(
    name: str,
    *,
    actor: Actor,
    on: Any = None,
    inputs: Mapping[str, Any] | None = None,
    key: str | None = None,
    version: int | None = None,
    reason: str | None = None,
    clock: Clock = system,
    source: Any = None,
    rulebook: Rulebook | None = None,
    present: Callable[[Any, Docket], dict[str, Any]] | None = None,
) -> Done:
    """Do it, or say why not (`Invalid`, `Forbidden`, `NotFound`, `Refused`, `Stale`, `Busy`).

    on: the object, its UUID or its public id. key: idempotency key, belongs to the actor. version: what the page showed.
    present: makes the answer (which the key keeps) from the object, written and still held; default: `represent`.
    """
    act = _ACTIONS.get(name)
    if act is None:
        raise NotFound(_("There is no action {name}.").format(name=name))
    if actor.kind != act.actor or not actor.may(act.may):
        raise Forbidden(_("Your role may not do this ({name}).").format(name=act.label))
    values = clean(act.inputs, inputs or {})
    identity = _identity(act, on)
    for attempt in range(ATTEMPTS):
        try:
            return _attempt(
                act, actor, identity, values, inputs or {}, key, version, reason, clock, source, rulebook, present
            )
        except OperationalError as error:
            if attempt + 1 == ATTEMPTS or getattr(error.__cause__, "sqlstate", "") not in {"40P01", "40001"}:
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
    raise AssertionError("unreachable")


def _identity(act: Action, on: Any) -> UUID | None:
    if act.on is None:
        return None
    if isinstance(on, UUID):
        return on
    if isinstance(on, Aggregate):
        return on.id
    if on is None:
        raise Invalid(_("Say which {kind} is meant.").format(kind=act.on.KIND))
    try:
        return parse_id(str(on), act.on.PREFIX)
    except ValueError as error:
        raise NotFound(str(error)) from None


def _attempt(
    act: Action,
    actor: Actor,
    identity: UUID | None,
    values: dict[str, Any],
    raw: Mapping[str, Any],
    key: str | None,
    version: int | None,
    reason: str | None,
    clock: Clock,
    source: Any,
    rulebook: Rulebook | None,
    present: Callable[[Any, Docket], dict[str, Any]] | None,
) -> Done:
    failure: NotDone | None = None
    done: Done | None = None
    with Docket.open(actor=actor, clock=clock, source=source, rulebook=rulebook) as docket:
        digest = _digest(act, identity, raw) if key else ""
        if key:
            before = docket.source.claim_key(caller_of(actor), key, digest, docket.at)
            if before is not None:
                if before[0] != digest:
                    raise Invalid(
                        _("This idempotency key was used for something else. Use a new key for a new request.")
                    )
                return Done(None, before[1], replayed=True)
        target = _target(docket, act, actor, identity)
        moment = docket.at
        if target is not None:
            settle(docket, [target.root_id], moment)
        docket.reason = reason if reason is not None else own_words(act, values)
        try:
            if version is not None and target is not None and target.version != version:
                raise Stale(
                    _("This was changed since you saw it. Look at what was done, then decide again."), target.version
                )
            result = _carry_out(docket, act, target, values)
        except NotDone as refusal:
            failure = refusal
        else:
            docket.reason = ""
            settle(docket, list(docket.bundles), moment)
            done = Done(result if result is not None else target)
            if key or present is not None:
                docket.write()
                _forget(docket)
                done = Done(done.object, present(done.object, docket) if present else represent(done.object))
            if key:
                docket.source.keep_answer(caller_of(actor), key, digest, done.answer, docket.at)
    if failure is not None:
        raise failure
    assert done is not None
    return done


def own_words(act: Action, values: Mapping[str, Any]) -> str:
    """What the actor wrote, for the journal: free text, not the code of a reason that was chosen."""
    own = (name for name in ("reason", "text") if isinstance(act.inputs.get(name), Text))
    words = (values.get(name) for name in own if act.inputs[name].quoted)  # type: ignore[attr-defined]
    return next((str(text)[:4000] for text in words if text), "")


def _forget(docket: Docket) -> None:
    docket.new, docket.journal, docket.postings, docket.notices, docket.increments = [], [], [], [], []
    docket.tallies, docket.calls = [], []
    docket.touched, docket.dirty = {}, False


def _target(docket: Docket, act: Action, actor: Actor, identity: UUID | None) -> Any:
    if act.on is None:
        docket.read_now()
        return None
    assert identity is not None
    if act.strong:
        docket.source.bring(docket, act.on, [identity], strong=act.strong)
    target = docket.lock(act.on, identity)
    if not belongs_to(actor, target):
        raise NotFound(_("There is no {kind} with this id.").format(kind=act.on.KIND))
    if "balances" in act.needs:
        docket.source.bring_balances(docket, {target.book})
    return target


def _carry_out(docket: Docket, act: Action, target: Any, values: dict[str, Any]) -> Any:
    while True:
        try:
            with docket.act():
                result = act.run(docket, target, **values) if act.on is not None else act.run(docket, **values)
                run_followers(docket)
                return result
        except Missing as need:
            bring_missing(docket, need)


def belongs_to(actor: Actor, obj: Any) -> bool:
    """Whether the object is one that the actor may see: his store's, his own, or, for the platform and providers, any."""
    if actor.kind == SELLER:
        return obj.book in actor.stores or (obj.KIND == "seller" and actor.id is not None and obj.id == actor.id)
    if actor.kind == BUYER:
        return obj.may_be_seen_by_buyer(actor)
    return actor.kind in {MODERATOR, SYSTEM_KIND, "carrier", "bank"}


def caller_of(actor: Actor) -> str:
    """Whose idempotency keys these are. A storefront's key speaks for many buyers: each has his own."""
    return ":".join([actor.kind, *([actor.key] if actor.key else []), str(actor.id or actor.name)])


def _digest(act: Action, identity: UUID | None, raw: Mapping[str, Any]) -> str:
    said = json.dumps(
        [act.name, str(identity or ""), {name: _word(value) for name, value in raw.items()}],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(said.encode()).hexdigest()


def _word(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_word(item) for item in value]
    if hasattr(value, "read") and hasattr(value, "seek"):
        value.seek(0)
        content = hashlib.sha256(value.read()).hexdigest()
        value.seek(0)
        return content
    return value


# ------------------------------------------------------------------ what is open


def offers(obj: Any, actor: Actor, docket: Docket) -> list[Offer]:
    """Every action that the actor's role has on this object: open now, or closed with the rule and the moment it opens.

    The object's bundle must have been brought; nothing is queried or changed.
    """
    found = []
    for act in actions_on(type(obj), actor.kind):
        if actor.may(act.may):
            found.append(offer(obj, act, docket))
    return found


def offer(obj: Any, act: Action, docket: Docket) -> Offer:
    refusal: Refused | None = None
    for law in act.laws:
        try:
            law.check(obj, docket)
            return Offer(act)
        except Refused as closed:
            if refusal is None or (refusal.says == "wrong_state" and closed.says != "wrong_state"):
                refusal = closed
    return Offer(act, refusal and refusal.with_traceback(None))


# ------------------------------------------------------------------ how things are shown


def represent(obj: Any) -> dict[str, Any]:
    """The public fields of an object as JSON: one list serves API and scenarios, and reading it needs no query."""
    if obj is None:
        return {}
    shown: dict[str, Any] = {"kind": obj.KIND, "id": obj.public_id, "version": obj.version}
    for name, attribute in obj.public_fields():
        shown[name] = _shown(getattr(obj, attribute))
    return shown


def _shown(value: Any) -> Any:
    from rulebook.money import Money

    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return plain(value)
