"""What pages tell before an act and after it: what it would do, and why a thing stands as it does."""

from __future__ import annotations

from typing import Any

import pytest

from rulebook.clock import parse_duration
from rulebook.rehearsal import rehearse
from rulebook.timeline import why_it_stands
from tests.fair import Fair, build_fair


@pytest.fixture
def fair(db: Any) -> Fair:
    return build_fair()


def test_what_was_due_before_is_no_effect_of_the_act(fair: Fair) -> None:
    order = fair.shipped()
    fair.clock.move_to(fair.clock.now() + parse_duration("100d"))  # nobody sweeps: the receipt is long overdue

    found = rehearse(
        "buyer.message", actor=fair.buyer_actor(), on=order.id, inputs={"text": "Thank you."}, clock=fair.clock
    )

    assert found.target.state == "completed"
    assert found.deadlines == []
    assert [entry.act for entry in found.entries] == ["thread.write_about_order"]


def test_why_it_stands_is_told_however_much_happened_since(fair: Fair) -> None:
    before = why_it_stands(fair.store.id)

    for number in range(13):
        fair.do("seller.set_return_address", on=fair.store, address={"street": f"Long Road {number}"})

    assert before is not None
    assert why_it_stands(fair.store.id) == before
