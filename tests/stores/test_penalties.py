"""A penalty keeps the values that it was given when it was confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rulebook.rules import AmendmentValue, Rulebook
from tests.court import BEGIN, Court


def _amended(court: Court, parameter: str, value: Any) -> None:
    """From the second day on."""
    second_day = BEGIN + timedelta(days=1)
    court.stage.rulebook = Rulebook(amendments=[AmendmentValue.from_text(parameter, value, second_day)])


def _penalized(court: Court, **penalty: Any) -> Any:
    court.do("moderator.propose_penalty", article="V-16", reason="False shipping.", **penalty)
    return court.do("moderator.confirm_penalty", by="second")


def test_a_freeze_keeps_the_ladders_days_of_its_confirmation():
    """V-8: the later end counts, and an amendment moves none that runs."""
    court = Court()
    _amended(court, "penalty.ladder_trade", {12: {"kind": "store_frozen", "days": 60}})
    _penalized(court, kind="store_frozen")
    short = _penalized(court, kind="store_frozen", days=2)
    court.jump("36h")
    court.do("seller.appeal_penalty", on=short, text="It was shipped.")

    court.do("moderator.decide_penalty_appeal", on=short, uphold=False, reason="So it was.")

    assert court.row("store").frozen_until == BEGIN + timedelta(days=7)


def test_an_expired_penalty_says_the_days_that_it_lived():
    """V-2."""
    court = Court()
    _amended(court, "penalty.points_live_days", 30)
    _penalized(court, kind="points", severity="general")

    court.advance("365d")

    assert court.read("penalty.state") == "expired"
    (expiry,) = [entry for entry in court.memory.journal if entry.act == "penalty.expire"]
    assert expiry.facts["days"] == 365
