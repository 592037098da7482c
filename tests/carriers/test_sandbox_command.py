"""`manage.py sandbox_carrier` moves parcels by the same way as the webhook."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from orders.models import ParkedScan, TrackingEvent
from rulebook.clock import now
from rulebook.models import JournalEntry
from tests.carriers.conftest import parcel, timeline
from tests.fair import Fair, build_fair

ENDS = {
    "1": ["accepted", "in_transit", "in_transit", "arrived", "arrived", "delivered"],
    "6": ["accepted", "in_transit", "in_transit", "arrived", "awaiting_pickup", "delivered"],
    "7": ["accepted", "in_transit", "in_transit", "arrived", "awaiting_pickup"],
    "8": ["accepted", "in_transit", "in_transit", "arrived", "failed", "returned"],
    "9": ["accepted", "in_transit"],
}


@pytest.fixture
def fair(db: None) -> Fair:
    """It began twenty days ago."""
    return build_fair(begin=now() - timedelta(days=20))


def play(**options: Any) -> str:
    out = StringIO()
    call_command("sandbox_carrier", stdout=out, **options)
    return out.getvalue()


def test_every_end_of_a_journey_is_played(fair: Fair):
    parcels = {digit: parcel(fair, f"SWP000000000{digit}") for digit in ENDS}

    with time_machine.travel(now() + timedelta(days=20), tick=False):
        said = play()

    assert {digit: timeline(sent) for digit, sent in parcels.items()} == ENDS
    assert f"{sum(map(len, ENDS.values()))} events told." in said
    assert fair.fresh(parcels["1"]).state == "delivered"
    assert fair.fresh(parcels["7"]).delivered_at is None
    assert {entry.actor_name for entry in JournalEntry.objects.filter(act="shipment.scan")} == {"Swift Parcel"}


def test_it_tells_what_has_happened_by_now_and_goes_on_from_there(fair: Fair):
    sent = parcel(fair, "SWP0000000001")
    lengths = []
    for days in range(25):
        with time_machine.travel(fair.clock.now() + timedelta(days=days), tick=False):
            play()
        lengths.append(len(timeline(sent)))

    assert lengths[0] == 0
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 3
    assert timeline(sent) == ENDS["1"]


def test_playing_it_again_tells_nothing_new(fair: Fair):
    sent = parcel(fair, "SWP0000000006")
    play(pace=100_000)
    version = fair.fresh(sent).version

    assert "0 events told." in play(pace=100_000)
    assert (timeline(sent), fair.fresh(sent).version) == (ENDS["6"], version)


def test_a_parcel_that_was_scanned_before_goes_on_after_its_last_scan(fair: Fair):
    sent = parcel(fair, "SWP0000000001")
    for event in ("accepted", "in_transit"):
        fair.do("carrier.scan", on=sent, event=event)

    play(pace=100_000)

    assert timeline(sent) == ENDS["1"]


def test_a_parcel_that_another_carrier_moves_is_left_alone(fair: Fair):
    sent = parcel(fair, "SWP0000000001")
    fair.do("carrier.scan", on=sent, event="failed")

    play(pace=100_000)

    assert timeline(sent) == ["failed"]


def test_a_parcel_of_another_carrier_is_not_spoken_of(fair: Fair):
    sent = fair.do("seller.ship", on=fair.paid(), waybill="RR473124829GB", carrier="post")

    assert "0 events told." in play(pace=100_000)
    assert timeline(sent) == []
    assert not ParkedScan.objects.exists()


def test_one_parcel_can_be_named(fair: Fair):
    one, other = parcel(fair, "SWP0000000001"), parcel(fair, "SWP0000000002")

    play(waybill=["swp 0000000002"], pace=100_000)

    assert (timeline(one), timeline(other)) == ([], ENDS["1"])


def test_more_parcels_than_fit_into_one_notice_are_moved_in_one_turn(fair: Fair, monkeypatch: Any):
    monkeypatch.setattr("orders.management.commands.sandbox_carrier.PARCELS_AT_ONCE", 2)
    monkeypatch.setattr("orders.management.commands.sandbox_carrier.MOST_EVENTS", 5)
    parcels = [parcel(fair, f"SWP000000{number}001") for number in range(100, 105)]

    play(pace=100_000)

    assert [timeline(sent) for sent in parcels] == [ENDS["1"]] * 5


def test_following_goes_on_until_it_is_told_to_stop(fair: Fair, monkeypatch: Any):
    turns = []

    class Short:
        def __init__(self, name: str, interval: float) -> None:
            turns.append((name, interval))

        def run(self, work: Any) -> None:
            turns.extend([work(), work()])

    monkeypatch.setattr("orders.management.commands.sandbox_carrier.Loop", Short)
    parcel(fair, "SWP0000000001")

    play(follow=True, every=2.0, pace=100_000)

    assert turns == [("sandbox_carrier", 2.0), True, False]
    assert TrackingEvent.objects.count() == 6


@pytest.mark.parametrize("pace", [0, -1, 1e9, float("nan")])
def test_time_goes_forward_only(db: None, pace: float):
    with pytest.raises(CommandError):
        play(pace=pace)


def test_it_makes_nothing_up_in_production(db: None, settings: Any):
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        play()
