"""A story is a proof only if it fails without its rule: laws, conditions and numbers are taken away one by one."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import disputes.models.dispute as disputes
from rulebook import rule as rules
from rulebook.refusals import Refused
from rulebook.rule import CAUSE, all_rules
from rulebook.scenarios.grammar import Story, StoryError, stories_in
from rulebook.scenarios.player import play

STORIES = stories_in(Path(__file__).parents[1] / "scenarios")
UNTOLD = {"amendment.withdraw"}
"""Transitions that no verb of the contract reaches; the policy pages test it."""


@cache
def about(*rule_ids: str) -> tuple[Story, ...]:
    """The stories that name one of the rules, then all others."""
    named = [story for story in STORIES if set(rule_ids) & set(story.rules)]
    return (*named, *(story for story in STORIES if story not in named))


def fails(story: Story) -> bool:
    try:
        return not play(story, memory=True).passed
    except StoryError:
        return True


def noticed(*rule_ids: str) -> str | None:
    """The title of the first story that fails now."""
    return next((story.title for story in about(*rule_ids) if fails(story)), None)


def every_law() -> Iterator[Any]:
    for laws in all_rules().values():
        yield from (law for law in laws.values() if law.machine_act not in UNTOLD)


# conditions that something before them makes sure of, and what that is
BACKED = {
    ("order.place", "delivered_there"): "an order without a promise can't even be drafted",
    (
        "order.close_unpaid_flash_sale",
        "flash_sale",
    ): "the law before it has taken ordinary sales; test_transitions proves both exclude",
    ("order.cancel_part_shipped", "something_shipped"): "likewise, with nothing shipped",
    ("order.close_unshipped", "no_open_cancellation"): "likewise, with a request open",
}
LAWS = list(every_law())
DEADLINES = [law for law in LAWS if law.deadline]
CONDITIONS = [
    (law, condition)
    for law in (*LAWS, disputes.OPENING.law)
    for condition in law.conditions
    if (law.machine_act, condition.__name__) not in BACKED
]


def test_all_stories_hold_while_nothing_is_removed() -> None:
    assert noticed() is None


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.machine_act)
def test_without_a_law_a_story_fails(law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may, and time does nothing."""

    def refuse(*_: Any) -> None:
        raise Refused("A1", "removed")

    monkeypatch.setattr(law, "conditions", (refuse,))

    assert noticed(law.id) is not None


@pytest.mark.parametrize("law", DEADLINES, ids=lambda law: law.machine_act)
def test_without_its_deadline_a_law_is_missed(law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    key = next(key for key, laws in rules._BY_DEADLINE.items() if law in laws)
    monkeypatch.setitem(rules._BY_DEADLINE, key, tuple(other for other in rules._BY_DEADLINE[key] if other is not law))

    assert noticed(law.id) is not None


@pytest.mark.parametrize(
    ("law", "condition"), CONDITIONS, ids=lambda item: getattr(item, "machine_act", None) or item.__name__
)
def test_without_a_condition_a_story_fails(law: Any, condition: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "conditions", tuple(other for other in law.conditions if other is not condition))

    assert noticed(law.id) is not None


@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if (law.meets or law.cancels) and law.machine_act != "store.top_up"],
    ids=lambda law: law.machine_act,
)
def test_without_ending_its_deadlines_a_law_is_missed(law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "meets", ())
    monkeypatch.setattr(law, "cancels", ())

    assert noticed(law.id) is not None


NEVER_DONE = {"dispute.escalate_early"}
"""It stands only to be refused."""


@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if law.id != CAUSE and law.machine_act not in NEVER_DONE],
    ids=lambda law: law.machine_act,
)
def test_under_another_rule_s_name_a_law_is_noticed(law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "id", "A1")

    assert noticed(*law_rules(law)) is not None


def law_rules(law: Any) -> tuple[str, ...]:
    return (law.machine_act, law.otherwise)


# parameter: (another value, the rules that stories about it name)
NUMBERS: dict[str, tuple[Any, list[str]]] = {
    "order.unpaid_close_days": (21, ["A32-1"]),
    "order.flash_close_minutes": (31, ["A32-2"]),
    "dispute.wait_days": (11, ["A36-2", "A39-2"]),
    "dispute.claim_days_after_completion": (16, ["A39-1"]),
    "dispute.response_days": (6, ["A40-1"]),
    "dispute.negotiation_days": (8, ["A41-1"]),
    "dispute.four_eyes_above": ("500.01 USD", ["A45-2"]),
    "delivery.default_days": (46, ["A35-1"]),
    "release.wait_days": (16, ["A62-1"]),
    "withdraw.fee": ("15.01 USD", ["A66-1"]),
    "commission.rate": (9, ["A67-1"]),
    "commission.announce_days": (8, ["A67-2"]),
    "deposit.amount": ("9999.99 CNY", ["A73-2"]),
    "deposit.freeze_ratio": (0.51, ["A73-2"]),
    "worryfree.cap.standard": ("800.10 CNY", ["A38-5"]),
    "worryfree.cap.priority": ("1200.10 CNY", ["A38-5"]),
    "exchange.usd": ({"CNY": 7.21}, ["A38-5"]),
}


@pytest.mark.parametrize("key", NUMBERS)
def test_with_another_number_a_story_fails(key: str) -> None:
    value, named = NUMBERS[key]

    assert any(fails(_overridden(story, key, value)) for story in about(*named) if key not in story.overrides)


def _overridden(story: Story, key: str, value: Any) -> Story:
    twin = copy(story)
    twin.overrides = {**story.overrides, key: value}
    return twin
