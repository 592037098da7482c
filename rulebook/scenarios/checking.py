"""Reading a path of the story's world, and comparing what is found with what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any

from rulebook.actions import actions_on, offers
from rulebook.actors import MODERATOR
from rulebook.articles import is_known, matches
from rulebook.clock import duration_text, parse_duration
from rulebook.models import JournalEntry
from rulebook.models.base import KINDS
from rulebook.money import Money
from rulebook.rule import CAUSE, all_rules, rules_of
from rulebook.scenarios.grammar import nearest
from rulebook.scenarios.stage import ATTRIBUTE_READERS, PERSON_READERS, READERS, Stage

DEADLINES = (
    "payment",
    "handling",
    "receipt",
    "release",
    "review",
    "seller_response",
    "negotiation",
    "return_shipment",
    "return_receipt",
    "chargeback_evidence",
    "pre_arbitration_fee",
    "deposit_top_up",
    "appeal",
    "answer",
)


def read_path(stage: Stage, path: str, expected: Any) -> Any:
    """What stands at a path now. KeyError with a sentence for a name or field that does not exist."""
    head, *rest = path.split(".")
    if head in READERS and head not in stage.objects:
        return READERS[head](stage, rest, expected)
    people = stage.people()
    person = next(
        (PERSON_READERS[kind] for kind, group in stage.actors.items() if head in group and kind in PERSON_READERS), None
    )
    if person is not None and head not in stage.objects:
        return person(stage, [head, *rest], expected)
    if head in stage.objects:
        kind, identity = stage.objects[head]
    elif head in KINDS:
        kind, found = head, stage.newest(head)
        if head in ("store", "listing", "seller") and stage.made.get(head):
            found = stage.identity(stage.made[head][0]) if len(stage.made[head]) == 1 else found
        if found is None:
            found = _newest_made_by_the_way(stage, head)
        if found is None:
            raise KeyError(f"{path}: there is no {head} yet")
        identity = found
    else:
        known = [*stage.objects, *people, *READERS]
        raise KeyError(f"{path}: there is nothing named {head!r}{nearest(head, known)}")
    if not rest:
        raise KeyError(f"{path}: say what of {head} is meant, such as {head}.state")
    special = ATTRIBUTE_READERS.get((kind, rest[0]))
    if special is not None:
        return special(stage, [head, *rest[1:]], expected)
    return _of_object(stage, path, kind, identity, rest)


def _newest_made_by_the_way(stage: Stage, kind: str) -> Any:
    model = KINDS[kind]
    if not stage.stores or not any(field.attname == "store_id" for field in model._meta.concrete_fields):
        return None
    rows = stage.find(model, store_id__in=list(stage.stores))
    return rows[-1].id if rows else None


def _of_object(stage: Stage, path: str, kind: str, identity: Any, rest: list[str]) -> Any:
    obj, docket = stage.look(kind, identity)
    word, *more = rest
    if word == "deadline":
        if not more:
            raise KeyError(f"{path}: say which deadline is meant, such as {kind}.deadline.payment")
        if more[0] not in deadline_names():
            raise KeyError(f"{path}: there is no deadline {more[0]!r}{nearest(more[0], deadline_names())}")
        row = docket.deadline(obj, more[0])
        return None if row is None or row.status != "pending" else row.due_at
    if word in ("may", "may_not"):
        return _verbs(stage, obj, docket, word == "may")
    if word == "journal":
        return journal_rules(stage, identity)
    public = dict(type(obj).public_fields())
    if word not in public:
        raise KeyError(
            f"{path}: a {kind} has no public field {word!r}{nearest(word, [*public, 'deadline', 'may', 'may_not', 'journal'])}"
        )
    value = getattr(obj, public[word])
    for key in more:
        if not isinstance(value, Mapping) or key not in value:
            raise KeyError(f"{path}: {word} has no {key!r}")
        value = value[key]
    return value


@cache
def deadline_names() -> tuple[str, ...]:
    """The names of deadlines: those of the contract, and those that a law runs out by."""
    return tuple(
        sorted({*DEADLINES, *(law.deadline for laws in all_rules().values() for law in laws.values() if law.deadline)})
    )


def _verbs(stage: Stage, obj: Any, docket: Any, open_ones: bool) -> list[str]:
    """A verb is open to a kind of actor if it is to the one concerned; to moderators, if it is to any of them."""
    found: list[str] = []
    for kind, people in stage.actors.items():
        if not people or not actions_on(type(obj), kind):
            continue
        everybody = list(people.values())
        may: dict[str, bool] = {}
        for actor in everybody if kind == MODERATOR else [_the_one_concerned(obj, everybody)]:
            docket.actor = actor
            for offer in offers(obj, actor, docket):
                name = offer.action.stands_for or offer.action.name
                may[name] = may.get(name, False) or offer.open
        found += [name for name, is_open in may.items() if is_open is open_ones]
    return found


def _the_one_concerned(obj: Any, people: list[Any]) -> Any:
    for actor in people:
        if actor.id is not None and actor.id in (
            getattr(obj, "buyer_id", None),
            getattr(getattr(obj, "order", None), "buyer_id", None),
        ):
            return actor
        if actor.stores and getattr(obj, "book", None) in actor.stores:
            return actor
    return people[0]


class Cited(str):
    """The rule of a transition. also: further rules that it rests on; they are in its entry too, so a journal `has` them."""

    also: Sequence[str] = ()


def journal_rules(stage: Stage, identity: Any) -> list[Cited]:
    """Rule ids of an object's transitions in order.

    A consequence under the rule of the entry before it is part of that one, and so is an act that only leads to the one after it.
    """
    if stage.memory is not None:
        entries: list[Any] = [entry for entry in stage.memory.journal if entry.subject_id == identity]
    else:
        entries = list(JournalEntry.objects.filter(subject_id=identity).order_by("number"))
    found: list[Cited] = []
    before: Any = None
    leading = False
    for entry in entries:
        kind, _dot, name = entry.act.partition(".")
        law = rules_of(KINDS[kind]).get(name)
        same = before is not None and before.rules[0] == entry.rules[0] and before.effective_at == entry.effective_at
        if leading and before.effective_at == entry.effective_at:
            found.pop()
        if not (same and law is not None and law.id == CAUSE):
            found.append(Cited(entry.rules[0]))
            found[-1].also = entry.rules[1:]
        before, leading = entry, law is not None and law.leads
    return found


# ------------------------------------------------------------------ comparing


def check(expected: Any, found: Any, stage: Stage) -> tuple[str, str] | None:
    """None when it is as expected; else both as text."""
    if isinstance(expected, dict) and expected and set(expected) <= {"has", "lacks"}:
        return _check_membership(expected, found, stage)
    if isinstance(expected, dict) and expected and set(expected) <= {"min", "max"}:
        return _check_range(expected, found, stage)
    if _same(expected, found, stage):
        return None
    return _text(expected, stage), _text(found, stage)


def _check_membership(expected: dict[str, Any], found: Any, stage: Stage) -> tuple[str, str] | None:
    items = list(found) if isinstance(found, list | tuple | set | frozenset) else []
    has = expected.get("has") or []
    lacks = expected.get("lacks") or []
    named = [*items, *(rule for item in items if isinstance(item, Cited) for rule in item.also)]
    missing = [
        item for item in (has if isinstance(has, list) else [has]) if not any(_same(item, one, stage) for one in named)
    ]
    extra = [
        item
        for item in (lacks if isinstance(lacks, list) else [lacks])
        if any(_same(item, one, stage) for one in items)
    ]
    if missing or extra or not isinstance(found, list | tuple | set | frozenset):
        return _text(expected, stage), _text(found, stage)
    return None


def _check_range(expected: dict[str, Any], found: Any, stage: Stage) -> tuple[str, str] | None:
    value = _comparable(found, found, stage)
    low = _comparable(expected["min"], found, stage) if "min" in expected else None
    high = _comparable(expected["max"], found, stage) if "max" in expected else None
    try:
        inside = value is not None and (low is None or low <= value) and (high is None or value <= high)
    except TypeError:
        inside = False
    return None if inside else (_text(expected, stage), _text(found, stage))


def _comparable(value: Any, like: Any, stage: Stage) -> Any:
    if isinstance(like, Money):
        return Money.parse(value).minor
    if isinstance(like, datetime):
        return value if isinstance(value, datetime) else stage.start + parse_duration(value)
    return (
        Decimal(str(value)) if isinstance(value, int | float | Decimal | str) and _number(value) is not None else value
    )


def _same(expected: Any, found: Any, stage: Stage) -> bool:
    if expected is None:
        return found is None or found == ""
    if found is None:
        return False
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(found, Money):
        try:
            return Money.parse(expected) == found
        except ValueError:
            return False
    if isinstance(found, datetime):
        return _same_moment(expected, found, stage)
    if isinstance(expected, list):
        return (
            isinstance(found, list | tuple)
            and len(expected) == len(found)
            and all(_same(e, f, stage) for e, f in zip(expected, found, strict=True))
        )
    if isinstance(expected, dict):
        return isinstance(found, Mapping) and all(
            key in found and _same(value, found[key], stage) for key, value in expected.items()
        )
    if isinstance(expected, int | float) or isinstance(found, int | float | Decimal):
        left, right = _number(expected), _number(found)
        return left is not None and left == right
    left_text, right_text = str(expected), str(found.value if isinstance(found, Enum) else found)
    if left_text.lower() == right_text.lower():
        return True
    return is_known(left_text.upper()) and is_known(right_text.upper()) and matches(right_text, left_text)


def _same_moment(expected: Any, found: datetime, stage: Stage) -> bool:
    try:
        return stage.start + parse_duration(expected) == found
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(str(expected).replace("Z", "+00:00")) == found
    except (ValueError, TypeError):
        return False


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _text(value: Any, stage: Stage) -> str:
    if value is None:
        return "~"
    if isinstance(value, datetime):
        delta: timedelta = value - stage.start
        return duration_text(delta)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item, stage) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(item, stage)}" for key, item in value.items()) + "}"
    return str(value.value if isinstance(value, Enum) else value)
