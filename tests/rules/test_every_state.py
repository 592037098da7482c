"""Every state that small worlds reach: no money stuck, no dead end, each step under a rule. `manage.py explore` walks them all."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

from disputes import exploring
from disputes.exploring import KINDS, OBLIGED, Kind, walk
from disputes.models import Dispute
from orders.models import Order
from rulebook.exploring import Found

WALKED = ("trade and cancellation", "court", "Plus", "bank")
"""The worlds of the suite; the larger ones take minutes and are walked by the command."""


def world(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


@cache
def walked(name: str) -> Found:
    return walk(world(name))


@pytest.fixture(params=WALKED)
def found(request: pytest.FixtureRequest) -> Found:
    return walked(request.param)


def test_the_walk_came_to_its_end(found: Found) -> None:
    assert found.complete
    assert len(found.ends) > 10


def test_no_state_shows_what_it_must_not(found: Found) -> None:
    assert [(fault, found.path(node)) for node, fault in found.wrong] == []


def test_every_step_was_made_under_a_rule(found: Found) -> None:
    assert [(move, found.path(node)) for node, move in found.uncited] == []


def test_an_end_can_be_reached_from_everywhere(found: Found) -> None:
    assert [found.path(node) for node in found.cannot_end()] == []


def test_silence_keeps_no_money(found: Found) -> None:
    assert [found.path(node) for node in found.stuck_when_silent(OBLIGED)] == []


def test_the_states_of_disputes_are_all_reached() -> None:
    seen: Counter[str] = Counter()
    for name in ("court", "Plus"):
        seen.update(dispute[0] for key in walked(name).keys for dispute in key[16])  # type: ignore[index]
    assert set(seen) == {str(state) for state in Dispute.State} - {"platform_review"}


def test_a_return_that_nobody_ends_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself can fail: without the end of the time to send goods back, silence keeps the money."""
    from rulebook import rule as rules

    monkeypatch.setitem(rules._BY_DEADLINE, (Dispute, "return_shipment"), ())
    assert walk(world("Plus")).stuck_when_silent(OBLIGED)


def test_a_refund_that_is_counted_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """So can the look at each state."""
    real: Any = Order.pay_back

    def twice(self: Order, docket: Any, amount: Any, article: str = "A63-4") -> None:
        real(self, docket, amount, article)
        self.refunded_minor += amount.minor

    monkeypatch.setattr(Order, "pay_back", twice)
    found = walk(world("trade and cancellation"), most=200)
    assert any(fault == "more went back than was paid" for _node, fault in found.wrong)


def test_every_world_names_moves_that_exist() -> None:
    assert {name for kind in KINDS for name in kind.moves} == set(exploring.GROUPS)
