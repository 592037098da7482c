"""Carriers send again before we have answered, and several processes take up what is parked."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from orders.carriers.receiving import take_up_parked
from orders.models.parked import ParkedScan
from rulebook.clock import now
from tests.carriers.conftest import Notices, order_of, parcel, timeline
from tests.fair import build_fair

AT_ONCE = 4


def together(work: Callable[[], Any]) -> list[Any]:
    """In so many threads, which start at the same moment; each has a connection of its own."""
    start = Barrier(AT_ONCE)

    def run(_number: int) -> Any:
        start.wait(timeout=60)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(run, range(AT_ONCE)))


@pytest.mark.django_db(transaction=True)
def test_a_notice_that_arrives_several_times_at_once_is_carried_out_once():
    fair, sender = build_fair(begin=now() - timedelta(days=1)), Notices()
    sent = parcel(fair, "SWP0000000001")
    body = json.dumps(
        {"events": [sender.event("SWP0000000001", word) for word in ("ACCEPTED", "ARRIVED", "DELIVERED")]}
    ).encode()

    answers = together(lambda: Notices().send(body))
    last = sender.send(body)

    assert {status for status, _answer in answers} <= {200, 409}
    assert [row["result"] for row in last[1]["results"]] == ["duplicate"] * 3
    assert timeline(sent) == ["accepted", "arrived", "delivered"]
    assert order_of(sent).parcels_delivered == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_parked_is_taken_up_once_by_however_many():
    fair, sender = build_fair(begin=now() - timedelta(days=1)), Notices()
    sender.tell("SWP0000000001", "ACCEPTED", "ARRIVED", "DELIVERED")
    sent = parcel(fair, "SWP0000000001")

    together(take_up_parked)
    take_up_parked()

    assert timeline(sent) == ["accepted", "arrived", "delivered"]
    assert order_of(sent).parcels_delivered == 1
    assert not ParkedScan.objects.filter(taken_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_an_unknown_event_that_arrives_several_times_at_once_is_kept_once():
    sender = Notices()
    body = json.dumps({"events": [sender.event("SWP0000000001", "ACCEPTED")]}).encode()

    answers = together(lambda: Notices().send(body))

    assert [answer["results"][0]["result"] for _status, answer in answers] == ["unknown_waybill"] * AT_ONCE
    assert ParkedScan.objects.count() == 1
