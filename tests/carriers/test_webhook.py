"""What carriers tell by their webhook: who is believed, what becomes of it, and what does no harm."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.test import Client

from config.production import insecurities
from config.webhooks import secrets_from
from orders.carriers import SANDBOX, port
from orders.carriers.port import Adapter, CarrierEvent
from orders.carriers.secrets import sandbox_secret_file, secrets_for
from orders.models import Shipment, TrackingEvent
from orders.models.parked import ParkedScan
from rulebook.clock import now
from rulebook.models import JournalEntry
from rulebook.refusals import Busy, Refused
from rulebook.webhooks import sign
from tests.carriers.conftest import NEWER, OF_POST, SECRET, Notices, order_of, parcel, result, timeline
from tests.config.test_production import ADDRESS, SECURE
from tests.fair import Fair

# ------------------------------------------------------------------ who is believed


def test_a_signed_event_moves_its_parcel(fair: Fair, sandbox: Notices):
    sent = parcel(fair, "SWP0000000001")

    answer = sandbox.tell("SWP0000000001", "ACCEPTED", place="Hangzhou", country="cn")

    assert answer == [
        {
            "id": "sandbox-1",
            "waybill": "SWP0000000001",
            "result": "done",
            "parcels": [{"id": sent.public_id, "result": "done"}],
        }
    ]
    assert fair.fresh(sent).state == "accepted"
    scan = TrackingEvent.objects.get(shipment_id=sent.id)
    assert (scan.event, scan.place, scan.country) == ("accepted", "Hangzhou", "CN")
    assert timedelta(minutes=29) < scan.told_at - scan.at < timedelta(minutes=31)
    entry = JournalEntry.objects.get(subject_id=sent.id, act="shipment.scan")
    assert (entry.rule, entry.actor_kind, entry.actor_name, entry.door) == (
        "PRE-13",
        "carrier",
        "Swift Parcel",
        "webhook sandbox",
    )


@pytest.mark.parametrize("signature", ["", "t=1,v1=" + "0" * 64, "nonsense", "\xff"])
def test_an_unsigned_notice_is_refused_and_changes_nothing(fair: Fair, sandbox: Notices, signature: str):
    sent = parcel(fair, "SWP0000000001")

    status, answer = sandbox.post([sandbox.event("SWP0000000001", "DELIVERED")], signature=signature)

    assert (status, answer["code"]) == (401, "not_authenticated")
    assert sandbox.last["WWW-Authenticate"] == 'Signature realm="piepowder"'
    assert sandbox.last["Content-Type"] == "application/problem+json"
    assert SECRET not in json.dumps(answer)
    assert fair.fresh(sent).state == "handed_over"
    assert not ParkedScan.objects.exists()


def test_who_is_not_believed_learns_nothing_of_what_he_sent(sandbox: Notices):
    assert sandbox.send(b"{not json", signature="t=1,v1=" + "0" * 64)[0] == 401


@pytest.mark.parametrize(("age", "status"), [("-6", 401), ("0", 200), ("4", 200), ("6", 401)])
def test_a_notice_is_good_for_five_minutes(db: None, sandbox: Notices, age: str, status: int):
    assert sandbox.post([sandbox.event("X1", "ACCEPTED")], at=now() - timedelta(minutes=int(age)))[0] == status


def test_no_carrier_speaks_for_another(fair: Fair):
    liar = Notices("post", SECRET)

    assert liar.post([liar.event("RR473124829CN", "EMI")])[0] == 401
    assert Notices("post", OF_POST).tell("RR473124829CN", "EMI")[0]["result"] == "unknown_waybill"


def test_both_secrets_are_good_while_one_is_changed(db: None, settings: Any):
    settings.CARRIER_SECRETS = {"sandbox": (NEWER, SECRET)}
    old, new = Notices("sandbox", SECRET), Notices("sandbox", NEWER)
    statuses = [old.post([old.event("X1", "ACCEPTED")])[0], new.post([new.event("X1", "ACCEPTED")])[0]]

    settings.CARRIER_SECRETS = {"sandbox": (NEWER,)}

    assert statuses == [200, 200]
    assert old.post([old.event("X1", "ACCEPTED")])[0] == 401


@pytest.mark.parametrize("code", ["nobody", "..sandbox", "POST", "x" * 500])
def test_carriers_that_are_not_known_have_no_webhook(code: str):
    assert Notices(code).post([])[0] == 404


def test_a_carrier_without_a_secret_has_no_webhook(settings: Any):
    settings.CARRIER_SECRETS = {}

    assert Notices("sandbox").post([])[0] == 404
    assert Notices("sandbox", "x").post([])[0] == 404


def test_only_posting_means_something(sandbox: Notices):
    address = "/webhooks/carriers/sandbox/"
    header = sign(b"", SECRET, at=now())

    for method in ("get", "put", "patch", "delete"):
        assert getattr(Client(headers={"X-Signature": header}), method)(address).status_code == 405


def test_the_door_does_not_ask_for_a_form_token(db: None):
    strict = Notices()
    strict.client = Client(enforce_csrf_checks=True)

    assert strict.post([strict.event("X1", "ACCEPTED")])[0] == 200


# ------------------------------------------------------------------ once, whatever comes when


def test_the_same_notice_again_changes_nothing(fair: Fair, sandbox: Notices):
    sent = parcel(fair, "SWP0000000001")
    body = json.dumps({"events": [sandbox.event("SWP0000000001", word) for word in ("ACCEPTED", "DEPARTED")]}).encode()
    first = sandbox.send(body)[1]["results"]
    version, entries = fair.fresh(sent).version, JournalEntry.objects.count()

    again = [sandbox.send(body)[1]["results"] for _ in range(3)]

    assert result(first) == ["done", "done"]
    assert [result(answers) for answers in again] == [["duplicate", "duplicate"]] * 3
    assert (fair.fresh(sent).version, JournalEntry.objects.count()) == (version, entries)
    assert timeline(sent) == ["accepted", "in_transit"]


def test_an_event_that_stands_twice_in_a_notice_counts_once(fair: Fair, sandbox: Notices):
    sent = parcel(fair, "SWP0000000001")
    event = sandbox.event("SWP0000000001", "ACCEPTED")

    _status, answer = sandbox.post([event, event])

    assert result(answer["results"]) == ["done", "duplicate"]
    assert timeline(sent) == ["accepted"]


def test_another_event_under_the_same_number_is_refused(fair: Fair, sandbox: Notices):
    sent = parcel(fair, "SWP0000000001")
    event = sandbox.event("SWP0000000001", "ACCEPTED")
    sandbox.post([event])

    _status, answer = sandbox.post([{**event, "event": "DELIVERED"}])

    assert result(answer["results"]) == ["invalid"]
    assert "something else" in answer["results"][0]["sentence"]
    assert timeline(sent) == ["accepted"]


def test_two_carriers_may_use_the_same_numbers(fair: Fair, sandbox: Notices):
    one, other = parcel(fair, "SWP0000000001"), parcel(fair, "RR473124829CN")

    assert result(sandbox.post([sandbox.event("SWP0000000001", "ACCEPTED", id="1")])[1]["results"]) == ["done"]
    post = Notices("post", OF_POST)
    assert result(post.post([post.event("RR473124829CN", "EMA", id="1")])[1]["results"]) == ["done"]
    assert (timeline(one), timeline(other)) == (["accepted"], ["accepted"])


def test_the_same_scan_under_another_number_is_still_the_same_scan(fair: Fair, sandbox: Notices):
    sent = parcel(fair, "SWP0000000001")
    event = sandbox.event("SWP0000000001", "ACCEPTED")

    _status, answer = sandbox.post([event, {**event, "id": "sent-anew"}])

    assert result(answer["results"]) == ["done", "duplicate"]
    assert timeline(sent) == ["accepted"]


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_in_whatever_order_events_stand_in_a_notice_they_are_told_as_they_happened(
    fair: Fair, sandbox: Notices, order: tuple[int, ...]
):
    sent = parcel(fair, "SWP0000000001")
    events = [sandbox.event("SWP0000000001", word) for word in ("ACCEPTED", "DEPARTED", "ARRIVED", "DELIVERED")]

    _status, answer = sandbox.post([events[place] for place in order])

    assert [row["id"] for row in answer["results"]] == [events[place]["id"] for place in order]
    assert result(answer["results"]) == ["done"] * 4
    assert timeline(sent) == ["accepted", "in_transit", "arrived", "delivered"]
    assert fair.fresh(sent).state == "delivered"


def test_an_event_that_comes_after_a_later_one_is_kept_and_undoes_nothing(fair: Fair, sandbox: Notices):
    sent = parcel(fair, "SWP0000000001")
    early = sandbox.event("SWP0000000001", "DEPARTED")
    sandbox.tell("SWP0000000001", "DELIVERED")
    delivered = fair.fresh(sent).delivered_at

    _status, answer = sandbox.post([early])

    assert result(answer["results"]) == ["done"]
    assert timeline(sent) == ["in_transit", "delivered"]
    assert fair.fresh(sent).delivered_at == delivered is not None
    assert fair.fresh(sent).state == "delivered"


@pytest.mark.parametrize(("ahead", "told"), [("4m", "done"), ("6m", "invalid")])
def test_what_has_not_happened_yet_is_not_believed(fair: Fair, sandbox: Notices, ahead: str, told: str):
    sent = parcel(fair, "SWP0000000001")

    answers = sandbox.tell("SWP0000000001", "ACCEPTED", occurred_at=now() + timedelta(minutes=int(ahead[0])))

    assert result(answers) == [told]
    assert timeline(sent) == (["accepted"] if told == "done" else [])


def test_nobody_is_told_of_the_day_before_the_calendar(fair: Fair, sandbox: Notices):
    parcel(fair, "SWP0000000001")

    assert result(sandbox.tell("SWP0000000001", "DELIVERED", occurred_at="0001-01-01T00:00:00+00:00")) == ["invalid"]


# ------------------------------------------------------------------ what it means


def test_waiting_at_the_counter_is_not_delivered(fair: Fair, sandbox: Notices):
    """PRE-13."""
    sent = parcel(fair, "SWP0000000006")

    sandbox.tell("SWP0000000006", "ACCEPTED", "PICK UP")
    waiting, order = fair.fresh(sent), order_of(sent)
    sandbox.tell("SWP0000000006", "COLLECTED")

    assert (waiting.state, waiting.delivered_at, order.delivered_at) == ("awaiting_pickup", None, None)
    assert fair.fresh(sent).state == "delivered"
    assert order_of(sent).delivered_at is not None


def test_every_parcel_of_an_order_has_a_timeline_of_its_own(fair: Fair, sandbox: Notices):
    order = fair.paid(quantity=2)
    first = fair.do("seller.ship", on=order, waybill="SWP0000000001", quantity=1)
    second = fair.do("seller.ship", on=order, waybill="SWP0000000002")

    sandbox.tell("SWP0000000001", "ACCEPTED", "DELIVERED")
    halfway = order_of(first).delivered_at
    sandbox.tell("SWP0000000002", "ACCEPTED", "PICK UP", "COLLECTED")

    assert timeline(first) == ["accepted", "delivered"]
    assert timeline(second) == ["accepted", "awaiting_pickup", "delivered"]
    assert halfway is None
    assert order_of(first).delivered_at is not None


def test_parcels_that_travel_under_one_waybill_all_get_the_event(fair: Fair, sandbox: Notices):
    one, other = parcel(fair, "SWP0000000001"), parcel(fair, "SWP0000000001")

    answer = sandbox.tell("SWP0000000001", "ACCEPTED")[0]

    assert answer["result"] == "done"
    assert {row["id"] for row in answer["parcels"]} == {one.public_id, other.public_id}
    assert (timeline(one), timeline(other)) == (["accepted"], ["accepted"])


def test_a_carrier_does_not_move_the_parcels_of_another(fair: Fair, sandbox: Notices):
    told = {}
    for carrier in ("sandbox", "", "my nephew's van", "post"):
        sent = parcel(fair, "SWP0000000001")
        Shipment.objects.filter(pk=sent.pk).update(carrier=carrier)
        told[carrier] = sent

    sandbox.tell("SWP0000000001", "DELIVERED")

    assert {carrier: len(timeline(sent)) for carrier, sent in told.items()} == {
        "sandbox": 1,
        "": 1,
        "my nephew's van": 1,
        "post": 0,
    }


def test_a_parcel_that_is_entered_later_under_the_same_waybill_gets_what_is_sent_again(fair: Fair, sandbox: Notices):
    one, event = parcel(fair, "SWP0000000001"), sandbox.event("SWP0000000001", "ACCEPTED")
    sandbox.post([event])
    other = parcel(fair, "SWP0000000001")

    answer = sandbox.post([event])[1]["results"][0]

    assert answer["result"] == "done"
    assert [row["result"] for row in answer["parcels"]] == ["duplicate", "done"]
    assert (timeline(one), timeline(other)) == (["accepted"], ["accepted"])


def test_blanks_hyphens_and_small_letters_make_no_other_number(fair: Fair, sandbox: Notices):
    sent = parcel(fair, "SWP0000000001")

    assert result(sandbox.tell("swp 000-000 0001", "ACCEPTED")) == ["done"]
    assert timeline(sent) == ["accepted"]


def test_the_api_takes_scans_with_a_carriers_key_too(fair: Fair):
    sent = parcel(fair, "SWP0000000001")
    client = Client(headers={"Authorization": f"Bearer {fair.provider_key('carrier')}"})

    answer = client.post(
        f"/api/v1/shipments/{sent.public_id}/scan", {"event": "accepted"}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")


def test_a_refusal_names_its_rule_and_does_not_stop_the_others(fair: Fair, sandbox: Notices, monkeypatch: Any):
    good, bad = parcel(fair, "SWP0000000001"), parcel(fair, "SWP0000000002")
    scan = Shipment.scan

    def refuse(self: Shipment, docket: Any, **said: Any) -> None:
        if self.id == bad.id:
            raise Refused("A38-2", "Not this one.")
        scan(self, docket, **said)

    monkeypatch.setattr(Shipment, "scan", refuse)
    _status, answer = sandbox.post([sandbox.event(code, "ACCEPTED") for code in ("SWP0000000002", "SWP0000000001")])

    assert result(answer["results"]) == ["refused", "done"]
    assert answer["results"][0]["rule"] == "A38-2"
    assert answer["results"][0]["sentence"]
    assert (timeline(bad), timeline(good)) == ([], ["accepted"])


def test_while_the_same_event_is_being_worked_on_the_carrier_is_asked_to_come_again(
    fair: Fair, sandbox: Notices, monkeypatch: Any
):
    parcel(fair, "SWP0000000001")

    def busy(*_args: Any, **_named: Any) -> None:
        raise Busy("The twin is at it.")

    monkeypatch.setattr("orders.carriers.receiving.perform", busy)
    status, answer = sandbox.post([sandbox.event("SWP0000000001", "ACCEPTED")])

    assert (status, answer["code"]) == (409, "busy")


# ------------------------------------------------------------------ how much it costs


def test_a_notice_is_looked_up_in_as_many_statements_for_one_event_as_for_many(
    fair: Fair, sandbox: Notices, django_assert_num_queries: Any
):
    for many in (1, 50):
        with django_assert_num_queries(2):  # the parcels; what found none is parked
            sandbox.tell(f"SWP{many:010d}", *["ACCEPTED"] * many)


def test_a_carriers_own_form_of_notice_is_read_by_its_adapter(fair: Fair, monkeypatch: Any, settings: Any):
    class Terse(Adapter):
        def read(self, body: Any) -> list[CarrierEvent]:
            return [CarrierEvent(row[0], row[1], row[2], now()) for row in body["rows"]]

    monkeypatch.setitem(port._CARRIERS, "terse", replace(SANDBOX, code="terse", adapter=Terse()))
    settings.CARRIER_SECRETS = {"terse": (SECRET,)}
    sent = parcel(fair, "SWP0000000001")

    status, answer = Notices("terse").send(b'{"rows": [["7", "SWP0000000001", "DELIVERED"]]}')

    assert (status, result(answer["results"])) == (200, ["done"])
    assert TrackingEvent.objects.get(shipment_id=sent.id).event == "delivered"


# ------------------------------------------------------------------ secrets


def test_secrets_come_from_the_environment_one_or_several_for_each_carrier():
    assert secrets_from("X", "") == {}
    assert secrets_from("X", '{"post": "a", "sandbox": ["new", " old "]}') == {
        "post": ("a",),
        "sandbox": ("new", "old"),
    }


@pytest.mark.parametrize(
    "text", ["{", "[]", "7", '"a"', '{"post": 7}', '{"post": [""]}', '{"post": ""}', '{"post": ["hush", 7]}']
)
def test_what_is_no_list_of_secrets_ends_the_start_without_repeating_it(text: str):
    with pytest.raises(SystemExit) as end:
        secrets_from("PIEPOWDER_CARRIER_SECRETS", text)
    assert "PIEPOWDER_CARRIER_SECRETS" in str(end.value)
    assert "hush" not in str(end.value)


@pytest.mark.parametrize(("secret", "weak"), [("short", True), ("a" * 40, True), ("k3-abcdefghijklmnopqrstuvw", False)])
def test_production_does_not_start_with_a_weak_secret(secret: str, weak: bool):
    faults = list(insecurities({**SECURE, "CARRIER_SECRETS": {"post": (secret,)}}, ADDRESS))

    assert ["carrier post" in fault and secret not in fault for fault in faults] == [True] * weak


def test_the_sandbox_has_a_secret_of_its_own_in_development_only(settings: Any, tmp_path: Any):
    settings.CARRIER_SECRETS, settings.DATA = {}, tmp_path / "data"
    assert secrets_for("sandbox") == ()

    settings.ENV = "development"
    first = secrets_for("sandbox")

    assert len(first[0]) >= 40
    assert secrets_for("sandbox") == first
    assert stat.S_IMODE(sandbox_secret_file().stat().st_mode) == 0o600
    assert [path.name for path in settings.DATA.iterdir()] == ["carrier_secret"]
    assert secrets_for("post") == ()


def test_processes_that_start_together_agree_on_the_secret(settings: Any, tmp_path: Any):
    code = (
        "import django; django.setup()\n"
        "from orders.carriers.secrets import secrets_for\n"
        "print(secrets_for('sandbox')[0])"
    )
    environment = {
        "PIEPOWDER_ENV": "development",
        "PIEPOWDER_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PATH": "/usr/bin:/bin",
    }
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]

    said = {process.communicate(timeout=60)[0].strip() for process in running}

    assert len(said) == 1
    assert len(said.pop()) >= 40
