"""What carriers tell of a parcel before anybody has entered it: it is kept, and carried out when it can be."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import time_machine

from orders.carriers import SANDBOX, port
from orders.carriers.receiving import take_up_parked
from orders.models.parked import ParkedScan
from rulebook.clock import now
from rulebook.rules import Rulebook
from tests.carriers.conftest import OF_POST, Notices, parcel, result, timeline
from tests.fair import Fair


def test_an_event_of_an_unknown_parcel_waits_until_the_parcel_is_entered(fair: Fair, sandbox: Notices):
    body = json.dumps({"events": [sandbox.event("SWP0000000001", word) for word in ("ACCEPTED", "DEPARTED")]}).encode()
    early = [result(sandbox.send(body)[1]["results"]) for _ in range(2)]
    kept = ParkedScan.objects.count()

    before = take_up_parked()
    sent = parcel(fair, "SWP0000000001")
    taken = take_up_parked()

    assert early == [["unknown_waybill", "unknown_waybill"]] * 2
    assert (kept, before, taken) == (2, 0, 2)
    assert timeline(sent) == ["accepted", "in_transit"]
    assert set(ParkedScan.objects.values_list("outcome", flat=True)) == {"done"}
    assert take_up_parked() == 0
    assert result(sandbox.send(body)[1]["results"]) == ["duplicate", "duplicate"]
    assert timeline(sent) == ["accepted", "in_transit"]


def test_the_next_event_of_a_parcel_brings_along_what_waited(fair: Fair, sandbox: Notices):
    sandbox.tell("SWP0000000001", "ACCEPTED")
    sent = parcel(fair, "SWP0000000001")

    sandbox.tell("SWP0000000001", "DEPARTED")

    assert timeline(sent) == ["accepted", "in_transit"]
    assert not ParkedScan.objects.filter(taken_at__isnull=True).exists()


def test_what_waits_keeps_its_order_and_what_it_said(fair: Fair, sandbox: Notices):
    late, early = (
        sandbox.event("SWP0000000001", word, occurred_at=now() - timedelta(hours=hours), place="Riga", country="LV")
        for word, hours in (("DEPARTED", 1), ("ACCEPTED", 2))
    )
    sandbox.post([late])
    sandbox.post([early])
    sent = parcel(fair, "SWP0000000001")

    take_up_parked()

    assert timeline(sent) == ["accepted", "in_transit"]
    assert ParkedScan.objects.get(word="accepted").payload == {
        "id": early["id"],
        "waybill": "SWP0000000001",
        "event": "ACCEPTED",
        "occurred_at": early["occurred_at"],
        "place": "Riga",
        "country": "LV",
    }


def test_a_word_that_nobody_has_translated_waits_for_its_translation(fair: Fair, sandbox: Notices, monkeypatch: Any):
    sent = parcel(fair, "SWP0000000001")
    answer = sandbox.tell("SWP0000000001", "ACCEPTED", "LOADED ON DRONE")
    before = take_up_parked()

    words = {**SANDBOX.words, "LOADED ON DRONE": "in_transit"}
    monkeypatch.setitem(port._CARRIERS, "sandbox", replace(SANDBOX, words=words))
    after = take_up_parked()

    assert result(answer) == ["done", "unknown_event"]
    assert (before, after) == (0, 1)
    assert timeline(sent) == ["accepted", "in_transit"]


def test_what_waited_in_vain_is_forgotten_after_ninety_days(db: None, sandbox: Notices):
    sandbox.tell("SWP0000000001", "ACCEPTED")
    sandbox.tell("SWP0000000002", "ACCEPTED")
    ParkedScan.objects.filter(waybill="SWP0000000001").update(received_at=now() - timedelta(days=91))

    take_up_parked()

    assert list(ParkedScan.objects.values_list("waybill", flat=True)) == ["SWP0000000002"]


def test_how_long_events_wait_and_how_old_they_may_be_is_a_matter_of_the_rulebook(
    fair: Fair, sandbox: Notices, monkeypatch: Any
):
    """The second before the end, and the end itself."""
    book = Rulebook(overrides={"logistics.parked_event_days": 10, "logistics.oldest_event_days": 20})
    monkeypatch.setattr("orders.carriers.receiving.current_rulebook", lambda: book)
    moment = now()
    with time_machine.travel(moment, tick=False):
        sandbox.tell("SWP0000000001", "ACCEPTED")
        sandbox.tell("SWP0000000002", "ACCEPTED")
        for number, length in ((1, timedelta(days=10, seconds=1)), (2, timedelta(days=10))):
            ParkedScan.objects.filter(waybill=f"SWP000000000{number}").update(received_at=moment - length)

        take_up_parked()
        answers = [
            sandbox.post([sandbox.event("SWP0000000003", "ACCEPTED", occurred_at=moment - length)])
            for length in (timedelta(days=20), timedelta(days=20, seconds=1))
        ]

    assert [result(answer["results"]) for _status, answer in answers] == [["unknown_waybill"], ["invalid"]]
    assert not ParkedScan.objects.filter(waybill="SWP0000000001").exists()
    assert ParkedScan.objects.filter(waybill="SWP0000000002").exists()


def test_another_carriers_parked_event_is_not_taken_for_its_own(fair: Fair, sandbox: Notices):
    Notices("post", OF_POST).tell("RR473124829CN", "EMA")
    sent = parcel(fair, "RR473124829CN")

    sandbox.tell("RR473124829CN", "DEPARTED")
    between = timeline(sent)
    take_up_parked()

    assert between == ["in_transit"]
    assert timeline(sent) == ["accepted", "in_transit"]
