"""What is said of a period that has ended is the length that it had, whatever the rulebook says since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rulebook.rules import AmendmentValue, Rulebook
from tests.court import BEGIN, Court

PLUS = {"stores": {"shop": {"plus": True}}, "listings": {"item": {"handling": "30d"}}}


def _paid(court: Court) -> None:
    court.do("buyer.place_order")
    court.do("buyer.pay")


def _asked_to_cancel(court: Court) -> None:
    _paid(court)
    court.do("buyer.request_cancellation", reason="changed_mind")


def _shipped(court: Court) -> None:
    _paid(court)
    court.do("seller.ship")


@pytest.mark.parametrize(
    ("story", "parameter", "before", "after", "act", "fact"),
    [
        (_asked_to_cancel, "order.cancel_silent_hours", 72, 5, "cancellation.lapse_by_silence", "hours"),
        (_shipped, "waybill.first_event_days", 5, 1, "shipment.look_false", "days"),
        (_paid, "plus.ship_hours", 48, 1, "order.miss_plus_shipping", "hours"),
        (_paid, "plus.delivery_max", 20, 3, "order.miss_plus_delivery", "days"),
    ],
)
def test_the_journal_tells_the_length_that_the_period_had(
    story: Any, parameter: str, before: int, after: int, act: str, fact: str
):
    """The deadline keeps its moment; so does the sentence about it."""
    court = Court(given=PLUS, rulebook={parameter: before})
    amendment = AmendmentValue.from_text(parameter, after, BEGIN + timedelta(hours=1))
    court.stage.rulebook = Rulebook({parameter: before}, [amendment])
    story(court)

    court.advance("25d")

    (entry,) = [entry for entry in court.memory.journal if entry.act == act]
    assert entry.facts[fact] == before
