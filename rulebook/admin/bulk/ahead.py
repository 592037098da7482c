"""What an act would do to each case of a work, and with the money of all: rehearsed in turn, and nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from rulebook.actions import Action, actions
from rulebook.actors import Actor
from rulebook.admin.bulk.ways import Way, looked_at
from rulebook.admin.cases import ESCALATED, escalated, is_held, may_decide, names_of
from rulebook.admin.texts import facts_of, left_open
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.docket.driving import bring_missing, run_followers, settle
from rulebook.inputs import clean
from rulebook.models import Case
from rulebook.money import Money
from rulebook.refusals import Missing, NotDone, Refused


@dataclass
class Ahead:
    """What would become of one case."""

    case: Case
    inputs: dict[str, Any]
    version: int | None = None
    refused: str = ""
    rule: str = ""
    before: str = ""
    after: str = ""


def look_ahead(
    way: Way, found: list[Case], values: Mapping[str, Any], actor: Actor
) -> tuple[list[Ahead], dict[tuple[str, str], int]]:
    """Each act done in turn on one docket that nobody writes: what is refused, and what money moves by account."""
    docket, facts = looked_at(found, actor), facts_of(found, actor)
    act = actions()[way.action]
    stores = {obj.book for obj in docket.held.values() if hasattr(obj, "book") and obj.book is not None}
    docket.source.bring_balances(docket, stores)
    kept = kept_from(found, actor)
    rows = [
        Ahead(case, {}, refused=kept[case.id])
        if case.id in kept
        else _one_ahead(way, act, docket, case, values, facts.get(case.id, {}))
        for case in found
    ]
    moved: Counter[tuple[str, str]] = Counter()
    for posting in docket.postings:
        for account, minor, currency in posting.legs:
            moved[account, currency] += minor
    return rows, {account: minor for account, minor in sorted(moved.items()) if minor}


def kept_from(found: list[Case], actor: Actor) -> dict[UUID, str]:
    """Cases that nobody decides in passing, each with the reason: a colleague works on it, it waits for a senior
    arbitrator, or the actor had a part in it. Opened one by one they can still be decided, where a rule allows it."""
    moment = now()
    held = {case.id: case.holder_id for case in found if is_held(case, moment) and case.holder_id != actor.id}
    names = names_of(held.values())
    kept = {
        case: _("{name} works on it.").format(name=names.get(holder, _("A colleague")) if holder else "")
        for case, holder in held.items()
    }
    if not actor.may(ESCALATED):
        up = escalated().filter(case_id__in=[case.id for case in found])
        kept |= dict.fromkeys(up, _("It waits for a senior arbitrator."))
    mine = {case.id for case in found} - {case.id for case in may_decide(actor, found)}
    return kept | dict.fromkeys(mine, _("You had a part in it; somebody else looks again."))


def _one_ahead(
    way: Way, act: Action, docket: Docket, case: Case, values: Mapping[str, Any], facts: Mapping[str, str]
) -> Ahead:
    obj: Any = docket.held.get(case.subject_id)
    if obj is None:
        return Ahead(case, {}, refused=_("It is gone."))
    ahead = Ahead(case, way.inputs(obj, values, facts), version=obj.version, before=str(obj.state))
    open_words = [name for value in ahead.inputs.values() if isinstance(value, str) for name in left_open(value)]
    if open_words:
        ahead.refused = _("The text names what this case does not have: {names}.").format(
            names=", ".join(f"{{{name}}}" for name in open_words)
        )
        return ahead
    marks = len(docket.postings)
    try:
        settle(docket, [obj.root_id], docket.at)  # what is due comes first, as it will when the act is done
        del docket.postings[marks:]
        ahead.version, ahead.before = obj.version, str(obj.state)
        cleaned = clean(act.inputs, ahead.inputs)
        _rehearse(docket, act, obj, cleaned)
    except Refused as refusal:
        ahead.refused, ahead.rule = refusal.sentence, refusal.rule
    except NotDone as problem:
        ahead.refused = problem.sentence
    ahead.after = str(obj.state)
    return ahead


def _rehearse(docket: Docket, act: Action, obj: Any, values: dict[str, Any]) -> None:
    while True:
        try:
            with docket.act([obj.root_id]):
                act.run(docket, obj, **values)
                run_followers(docket)
            return
        except Missing as need:
            bring_missing(docket, need)


_LABELS: dict[str, Callable[[str], str]] = {}
SHOWN: dict[str, Callable[[str, int, str], Money]] = {}


def name_accounts(label_of: Callable[[str], str], shown: Callable[[str, int, str], Money]) -> None:
    """How accounts are called and their balances read; the app that keeps the books says so."""
    _LABELS["of"], SHOWN["as"] = label_of, shown


def money_shown(money: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    label, shown = _LABELS.get("of", str), SHOWN.get("as", lambda _kind, minor, currency: Money(minor, currency))
    return [
        {"account": label(account), "change": shown(account, minor, currency)}
        for (account, currency), minor in money.items()
        if account != "clearing"
    ]
