"""A story is a proof only if it fails without its rule: laws, conditions and numbers are taken away one by one."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import disputes.models.chargeback as chargebacks
import disputes.models.dispute as disputes
import finance.models.withdrawal as withdrawals
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
    ("chargeback.lose_untold", "stolen"): "the law before it has taken all others",
    ("chargeback.go_on_with_notice", "stolen"): "likewise",
    ("chargeback.go_on_with_notice", "sent_with_notice"): "likewise, those that were sent untold",
    ("chargeback.go_on_without_proof", "stolen"): "likewise",
    ("chargeback.go_on_without_proof", "proof_was_asked"): "likewise, those without a question",
    ("dispute.receive_plus_by_silence", "plus_return"): "likewise, for an ordinary return",
    ("dispute.end_cover_for_silence", "in_the_cover"): "help is asked in the cover only; its ways out end the deadline",
}
LAWS = list(every_law())
DEADLINES = [law for law in LAWS if law.deadline]
CONDITIONS = [
    (law, condition)
    for law in (
        *LAWS,
        disputes.OPENING.law,
        disputes.PLUS_RETURN.law,
        disputes.LATE.law,
        chargebacks.INTAKE.law,
        chargebacks.DECISION.law,
        withdrawals.WITHDRAWING.law,
    )
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


ENDED_ANYWAY = {"store.top_up", "dispute.accept", "dispute.confirm_return"}
"""What they cause would call the deadline off, too; these only say that it was kept."""


@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if (law.meets or law.cancels) and law.machine_act not in ENDED_ANYWAY],
    ids=lambda law: law.machine_act,
)
def test_without_ending_its_deadlines_a_law_is_missed(law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "meets", ())
    monkeypatch.setattr(law, "cancels", ())

    assert noticed(law.id) is not None


NEVER_DONE = {"dispute.escalate_early", "ruling.decide_appeal"}
"""They stand only to be refused, or only to open an act."""


@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if law.id != CAUSE and not law.quiet and law.machine_act not in NEVER_DONE],
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
    "dispute.evidence_days": (4, ["A44-5"]),
    "dispute.ruling_latest_days": (16, ["A41-2"]),
    "dispute.ruling_target_days": (6, ["A41-2", "A44-5"]),
    "dispute.text_max_chars": (19, ["A40-1"]),
    "dispute.appeal_days": (8, ["V-22"]),
    "dispute.platform_first_types": (["PPAS"], ["A45-4"]),
    "return.ship_days": (11, ["A44-1"]),
    "return.receive_days": (31, ["A44-4"]),
    "return.reminder_days": (4, ["A44-2"]),
    "plus.return_days": (16, ["PLUS-7"]),
    "plus.return_extra_days": (1, ["PLUS-7"]),
    "plus.verdict_days": (16, ["PLUS-25"]),
    "fake.multiplier": (3, ["AS-5"]),
    "deposit.topup_days": (16, ["AS-5"]),
    "deposit.topup_reminder_days": (4, ["A73-2"]),
    "bond.amount": ("9999.99 CNY", ["A77-1"]),
    "bond.topup_days": (16, ["A77-1"]),
    "bond.freeze_ratio": (0.51, ["A77-3"]),
    "bond.topup_reminder_days": (4, ["A77-2"]),
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
    "order.payment_reminder_hours": (25, ["PRE-7"]),
    "order.handling_reminder_hours": (25, ["A34-1"]),
    "order.receipt_reminder_days": (6, ["A35-2"]),
    "dispute.response_reminder_hours": (60, ["A40-1"]),
    "review.reminder_days": (8, ["FB-7"]),
    "order.stocking_ext_max_days": (16, ["A34-2"]),
    "order.stocking_ext_max_count": (3, ["A34-2"]),
    "order.receipt_ext_max_days": (61, ["A35-3"]),
    "order.scene": (["NORMAL"], ["A39-3"]),
    "delivery.max_promise_days": (61, ["AS-1"]),
    "logistics.policy": ("economy", ["A37-8"]),
    "logistics.value_bands": ({"up_to_2": "2.00 USD", "up_to_5": "5.01 USD"}, ["A37-8"]),
    "logistics.claim_days": (61, ["A38-2"]),
    "logistics.claim_max_count": (3, ["A38-2"]),
    "logistics.claim_answer_days": (11, ["A38-2"]),
    "logistics.low_score": (4, ["A38-1"]),
    "waybill.first_event_days": (6, ["V-16"]),
    "online_rate.hours": (71, ["A38O-1"]),
    "online_rate.days": (6, ["A38O-1"]),
    "eu_warehouse.declare_days": (4, ["A38E-1"]),
    "eu_warehouse.countries": (["PL"], ["A38E-2"]),
    "plus.ship_hours": (49, ["PLUS-17"]),
    "plus.delivery_max": (16, ["PLUS-18"]),
    "plus.late_store_orders": (2, ["PLUS-18"]),
    "cancel.seller_reasons": (["changed_mind"], ["PRE-2"]),
    "review.window_days": (31, ["A53-1"]),
    "review.points": (0, ["A55-3"]),
    "review.rate_months": (7, ["A56-5"]),
    "review.round": ({"mode": "half_up", "decimals": 2}, ["A56-8"]),
    "review.reply_max_chars": (10, ["A57-1"]),
    "review.supplement_days": (151, ["FB-10"]),
    "svc.bad_score": (3, ["PRE-2"]),
    "svc.odr_days": (91, ["A38-1"]),
    "svc.window_days": (31, ["A38-1"]),
    "sales.windows": ([181, 366], ["OPS22-4-1"]),
    "message.max_files": (1, ["FB-5"]),
    "message.language": ("ru", ["FB-4"]),
    "message.steering_phrases": (["nothing"], ["PRE-10"]),
    "ppas.steering_phrases": (["nothing"], ["A48-13"]),
    "support.hours": ({"opens": "07:01", "closes": "01:00", "zone": "Europe/Moscow"}, ["FB-14"]),
    "complaint.answer_days": (6, ["FB-18"]),
    "complaint.reminder_hours": (25, ["FB-18"]),
    "ppas.enabled": (False, ["A46-1"]),
    "ppas.categories": (["shoes"], ["A47-1"]),
    "ppas.cap_usd": ("50.01 USD", ["A47-1"]),
    "ppas.monthly_cap": ("49.00 USD", ["A47-1"]),
    "ppas.coop_days": (4, ["A48-4"]),
    "ppas.coop_reminder_hours": (25, ["A48-4"]),
    "ppas.exclusions": (["A48-7", "A50-2"], ["A50-3"]),
    "ppas.short_count": (4, ["A48-9"]),
    "ppas.short_window_days": (89, ["A48-9"]),
    "ppas.max_trade_points": (13, ["A47-1"]),
    "cb.window_days": (121, ["A69-1"]),
    "cb.window_special_days": (541, ["A69-1"]),
    "cb.reason_codes": ({"stolen_card": {"visa": ["13.1"]}}, ["A70-1"]),
    "cb.stolen_proof_days": (4, ["A70-4"]),
    "cb.appeal_days": (4, ["A70-11"]),
    "cb.check_days": (4, ["A70-9"]),
    "cb.prearb_fee": ("751.00 USD", ["A70-13"]),
    "cb.prearb_days": (4, ["A70-13"]),
    "cb.rate_days": (91, ["A69-2"]),
    "cb.reminder_hours": (25, ["A70-11"]),
    "penalty.points": (3, ["V-6"]),
    "penalty.points_live_days": (366, ["V-2"]),
    "penalty.appeal_days": (8, ["V-22"]),
    "penalty.resting_kinds": (["warning"], ["V-22"]),
}


@pytest.mark.parametrize("key", NUMBERS)
def test_with_another_number_a_story_fails(key: str) -> None:
    value, named = NUMBERS[key]

    assert any(fails(_overridden(story, key, value)) for story in about(*named) if key not in story.overrides)


def _overridden(story: Story, key: str, value: Any) -> Story:
    twin = copy(story)
    twin.overrides = {**story.overrides, key: value}
    return twin
