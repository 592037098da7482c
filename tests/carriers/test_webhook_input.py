"""Notices of carriers that make no sense: answered clearly, and nothing of them is done."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from orders.carriers.port import MOST_EVENTS
from orders.models import Shipment
from orders.models.parked import ParkedScan
from rulebook.clock import now
from rulebook.webhooks import sign
from tests.carriers.conftest import SECRET, Notices, parcel, result, timeline
from tests.fair import Fair


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": None}, "id"),
        ({"id": ""}, "id"),
        ({"id": "two words"}, "id"),
        ({"id": "ü"}, "id"),
        ({"id": "x" * 81}, "id"),
        ({"id": True}, "id"),
        ({"id": ["1"]}, "id"),
        ({"waybill": None}, "waybill"),
        ({"waybill": 12345}, "waybill"),
        ({"waybill": "x" * 61}, "waybill"),
        ({"waybill": "SWP\u202e1"}, "waybill"),
        ({"event": {}}, "event"),
        ({"event": 7}, "event"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-03-07T14:00:00"}, "occurred_at"),
        ({"occurred_at": "2026-02-30T14:00:00Z"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+23:59"}, "occurred_at"),
        ({"occurred_at": 1772863200}, "occurred_at"),
        ({"occurred_at": []}, "occurred_at"),
        ({"place": 5}, "place"),
        ({"place": "x" * 91}, "place"),
        ({"place": "two\nlines"}, "place"),
        ({"country": "USA"}, "country"),
        ({"country": "1A"}, "country"),
        ({"country": 49}, "country"),
    ],
)
def test_a_field_that_makes_no_sense_is_named_and_nothing_of_the_notice_is_done(
    fair: Fair, sandbox: Notices, change: dict[str, Any], field: str
):
    sent = parcel(fair, "SWP0000000001")
    good = sandbox.event("SWP0000000001", "ACCEPTED")

    status, answer = sandbox.post([good, {**sandbox.event("SWP0000000001", "DEPARTED"), **change}])

    assert (status, answer["code"]) == (422, "invalid")
    assert list(answer["errors"]) == [f"events[1].{field}"]
    assert timeline(sent) == []
    assert not ParkedScan.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        (b"", 422, "events"),
        (b"[]", 422, ""),
        (b"null", 422, ""),
        (b'"events"', 422, ""),
        (b"{}", 422, "events"),
        (b'{"events": []}', 422, "events"),
        (b'{"events": {}}', 422, "events"),
        (b'{"events": "all"}', 422, "events"),
        (b'{"events": [null]}', 422, "events[0]"),
        (b'{"events": [[]]}', 422, "events[0]"),
        (b'{"events": ["x"]}', 422, "events[0]"),
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b'{"events": [{"waybill": "a\x00b"}]}', 400, None),
        (b'{"events": [{"waybill": "a\\u0000b"}]}', 400, None),
        (b'{"events": [{"waybill": "\\ud800"}]}', 400, None),
        (b'{"events": [], "events": []}', 400, None),
        (b'{"events": NaN}', 400, None),
        (b'{"events": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, None),
        (b'{"events": [{"id":' * 20_000 + b"1" + b"}]}" * 20_000, 400, None),
        (b'{"events": [' + b"1" * 100_000 + b"]}", 400, None),
    ],
)
def test_hostile_bodies_get_a_clear_answer(db: None, sandbox: Notices, body: bytes, status: int, named: str | None):
    got, answer = sandbox.send(body)

    assert got == status, answer
    assert answer["detail"]
    if named is not None:
        assert list(answer["errors"]) == [named]


def test_members_that_are_not_known_are_not_read(fair: Fair, sandbox: Notices):
    sent = parcel(fair, "SWP0000000001")

    assert result(sandbox.tell("SWP0000000001", "ACCEPTED", weight={"g": [1, {}]}, state="delivered")) == ["done"]
    assert timeline(sent) == ["accepted"]


def test_as_many_errors_are_told_as_somebody_reads(db: None, sandbox: Notices):
    _status, answer = sandbox.post([{} for _ in range(MOST_EVENTS)])

    assert len(answer["errors"]) == 20


@pytest.mark.parametrize("surplus", [0, 1])
def test_more_events_than_are_taken_at_once_are_too_many(db: None, sandbox: Notices, surplus: int):
    events = [sandbox.event(f"SWP{number:010d}", "ACCEPTED") for number in range(MOST_EVENTS + surplus)]

    status, _answer = sandbox.post(events)

    assert status == (413 if surplus else 200)
    assert ParkedScan.objects.count() == (0 if surplus else MOST_EVENTS)


@pytest.mark.parametrize("size", [512 * 1024 + 1, 3 * 1024 * 1024])
def test_a_body_that_is_too_large_is_not_read(sandbox: Notices, size: int):
    status, answer = sandbox.send(b'{"events": "' + b"x" * size + b'"}')

    assert (status, answer["code"]) == (413, "too_large")


def test_only_json_is_read(sandbox: Notices):
    body = b"a=1"
    answer = sandbox.client.post(
        "/webhooks/carriers/sandbox/",
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"X-Signature": sign(body, SECRET, at=now())},
    )

    assert answer.status_code == 415


def test_words_that_look_like_code_are_words(fair: Fair, sandbox: Notices):
    for number, word in enumerate(["<script>", "'; DROP TABLE orders_order; --", "%s", "{0}", "\U0001f4a9"]):
        assert sandbox.tell(f"'; {number} --", word, place=word)[0]["result"] == "unknown_event"


NASTY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "id": NASTY | st.text("ab1", min_size=1, max_size=3),
        "waybill": NASTY | st.just("SWP0000000001"),
        "event": NASTY | st.sampled_from(["ACCEPTED", "PICK UP", "DELIVERED"]),
        "occurred_at": NASTY | st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat()),
        "place": NASTY,
        "country": NASTY | st.just("DE"),
    },
)


@settings_of_hypothesis(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(events=NASTY | st.lists(NASTY | NEARLY, max_size=4))
def test_whatever_is_sent_the_answer_is_one_of_ours(fair: Fair, sandbox: Notices, events: Any):
    if not Shipment.objects.exists():
        parcel(fair, "SWP0000000001")

    status, answer = sandbox.post(events)

    assert status in (200, 400, 422), answer
    assert len(answer["results"]) == len(events) if status == 200 else answer["detail"]
