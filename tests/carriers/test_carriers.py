"""Carriers' words and numbers in ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orders.carriers import (
    POST,
    SANDBOX,
    Carrier,
    carrier_of,
    carriers,
    carriers_for,
    normal_waybill,
    port,
    register,
    s10_check_digit,
    s10_is_valid,
    waybill_matches,
)
from orders.carriers.sandbox import journey
from orders.states import SCANS
from rulebook.rules import Rulebook
from rulebook.webhooks.reading import folded

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 7, tzinfo=UTC)
RULES = Rulebook().at(NOW)


@pytest.mark.parametrize(
    ("carrier", "word", "scan"),
    [
        (SANDBOX, "ACCEPTED", "accepted"),
        (SANDBOX, "DEPARTED", "in_transit"),
        (SANDBOX, "CUSTOMS", "in_transit"),
        (SANDBOX, "ARRIVED", "arrived"),
        (SANDBOX, "OUT FOR DELIVERY", "arrived"),
        (SANDBOX, "PICK UP", "awaiting_pickup"),
        (SANDBOX, "Pick-Up", "awaiting_pickup"),
        (SANDBOX, "pick_up", "awaiting_pickup"),
        (SANDBOX, " pick   up ", "awaiting_pickup"),
        (SANDBOX, "COLLECTED", "delivered"),
        (SANDBOX, "DELIVERED", "delivered"),
        (SANDBOX, "ATTEMPTED", "failed"),
        (SANDBOX, "RETURNED TO SENDER", "returned"),
        (SANDBOX, "RETURNED", None),
        (SANDBOX, "eaten by a dog", None),
        (SANDBOX, "", None),
        (POST, "EMA", "accepted"),
        (POST, "EMC", "in_transit"),
        (POST, "EMD", "arrived"),
        (POST, "EDH", "awaiting_pickup"),
        (POST, "EMH", "failed"),
        (POST, "EMI", "delivered"),
        (POST, "emi", "delivered"),
        (POST, "DELIVERED", None),
    ],
)
def test_a_carriers_word_is_read_as_ours(carrier: Carrier, word: str, scan: str | None):
    assert carrier.scan_of(word) == scan


@pytest.mark.parametrize("carrier", list(carriers()), ids=lambda carrier: carrier.code)
def test_every_carrier_can_tell_a_whole_journey_and_keeps_waiting_and_delivery_apart(carrier: Carrier):
    """PRE-13."""
    told = {carrier.scan_of(word) for word in carrier.words}

    assert told <= set(SCANS)
    assert {"accepted", "in_transit", "arrived", "awaiting_pickup", "delivered", "failed"} <= told
    assert carrier_of(carrier.code) is carrier


@pytest.mark.parametrize(
    "change",
    [
        {"words": {"PICK UP": "delivered"}},
        {"words": {"ready for pick-up": "delivered"}},
        {"words": {"PICKUP": "delivered"}},
        {"words": {"LOST": "lost"}},
        {"words": {"PICK UP": "awaiting_pickup", "pick-up": "awaiting_pickup"}},
        {"services": ("rocket",)},
        {"services": ()},
        {"kind": "pigeon"},
        {"code": "Sandbox"},
        {"code": "../sandbox"},
    ],
)
def test_a_carrier_that_makes_no_sense_is_not_registered(change):
    with pytest.raises(ValueError):
        register(replace(SANDBOX, **change))
    assert carrier_of("sandbox") is SANDBOX


def test_the_carrier_of_the_documentation_can_be_registered(monkeypatch):
    words = re.search(r"register\(\n.*?\n\)\n", (ROOT / "docs/carriers.md").read_text(), re.S)
    monkeypatch.setattr(port, "_CARRIERS", {})

    exec(words[0], {"register": register, "Carrier": Carrier})

    assert carrier_of("harbour").scan_of("ready at shop") == "awaiting_pickup"


def test_the_link_for_a_person_holds_the_number_and_nothing_that_breaks_out():
    assert POST.tracking_link("RR473124829CN").endswith("itemId=RR473124829CN")
    assert POST.tracking_link('x"><&#/ y').endswith("itemId=x%22%3E%3C%26%23%2F%20y")
    assert POST.tracking_link("") == ""
    assert SANDBOX.tracking_link("SWP0000000001") == ""


def test_words_are_folded_to_one_form_that_stays():
    for word in ["PICK UP", "Pick-up", "pick_up", "pick/up.", "ß", "İ", "", "-"]:
        assert folded(folded(word)) == folded(word)


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("serial", "digit"), [("47312482", 9), ("00000000", 5), ("00000010", 2), ("00000001", 4), ("10000000", 3)]
)
def test_the_check_digit_of_the_post(serial, digit):
    assert s10_check_digit(serial) == digit


def test_a_remainder_of_one_gives_zero():
    serial = next(f"{number:08d}" for number in range(1000) if s10_check_digit(f"{number:08d}") == 0)

    assert sum(w * int(d) for w, d in zip((8, 6, 4, 2, 3, 5, 9, 7), serial, strict=True)) % 11 == 1


@pytest.mark.parametrize(
    ("waybill", "valid"),
    [
        ("RR473124829CN", True),
        ("rr473124829cn", True),
        ("RR 473 124 829 CN", True),
        ("RR-47312482-9-CN", True),
        ("RR473124820CN", False),
        ("RR473124892CN", False),
        ("RR47312482CN", False),
        ("R4473124829CN", False),
        ("RR473124829CNX", False),
        ("RR٤٧٣١٢٤٨٢٩CN", False),
        ("", False),
        ("473124829", False),
        ("RR473124829CN\n", True),
    ],
)
def test_a_number_of_the_post_has_its_check_digit(waybill, valid):
    assert s10_is_valid(waybill) is valid


def test_one_wrong_digit_is_always_noticed():
    good = "47312482"
    for place in range(8):
        for digit in "0123456789":
            wrong = good[:place] + digit + good[place + 1 :]
            assert s10_is_valid(f"RR{wrong}9CN") is (wrong == good)


@pytest.mark.parametrize(
    ("carrier", "waybill", "matches"),
    [
        ("post", "RR473124829CN", True),
        ("post", "rr 473124829 cn", True),
        ("post", "RR473124820CN", False),
        ("post", "SWP0000000001", False),
        ("sandbox", "SWP0000000001", True),
        ("sandbox", "swp-000-000-0001", True),
        ("sandbox", "SWP000000001", False),
        ("sandbox", "RR473124829CN", False),
        ("", "RR473124820CN", True),
        ("", "SWP0000000001", True),
        ("unheard_of", "1Z 999 AA1", True),
        ("", "nodigits", False),
        ("", "AA1", True),
        ("", "A1", False),
        ("", "1" * 41, False),
        ("", "12345\x006", False),
        ("", "12345;6", False),
        ("", "", False),
    ],
)
def test_a_number_fits_its_carriers_pattern(carrier, waybill, matches):
    """A37-7."""
    assert waybill_matches(RULES, carrier, waybill) is matches


def test_a_changed_pattern_holds_at_once():
    rules = Rulebook({"waybill.pattern[sandbox]": "SW[0-9]{4}"}).at(NOW)

    assert waybill_matches(rules, "sandbox", "SW1234")
    assert not waybill_matches(rules, "sandbox", "SWP0000000001")
    assert waybill_matches(rules, "post", "RR473124829CN")


@pytest.mark.parametrize(
    ("waybill", "codes"),
    [
        ("RR473124829CN", ["post"]),
        ("lz 47312482 9 de", ["post"]),
        ("SWP0000000001", ["sandbox"]),
        ("RR473124820CN", []),
        ("1Z999AA10123456784", []),
        ("", []),
    ],
)
def test_a_number_tells_whose_it_is(waybill, codes):
    assert [carrier.code for carrier in carriers_for(waybill, RULES)] == codes


def test_numbers_have_one_form():
    assert normal_waybill(" rr-473 124\t829cn ") == "RR473124829CN"


# ------------------------------------------------------------------ the sandbox


@pytest.mark.parametrize(
    ("last", "end"),
    [
        *[(str(digit), "DELIVERED") for digit in range(6)],
        ("6", "COLLECTED"),
        ("7", "PICK UP"),
        ("8", "RETURNED TO SENDER"),
        ("9", "DEPARTED"),
    ],
)
def test_the_last_digit_decides_how_a_journey_ends(last, end):
    assert journey(f"SWP000000000{last}")[-1].word == end
    assert journey(f"RR47312482{last}CN")[-1].word == end


def test_a_journey_is_the_same_whenever_it_is_asked_for_and_every_parcel_has_its_own():
    assert journey("SWP0000000001") == journey("swp 000 000 0001")
    assert journey("SWP0000000001") != journey("SWP0000000011")
    assert journey("no digit at all")[-1].word == "DELIVERED"


def test_the_sandbox_knows_what_has_happened_and_nothing_of_the_future():
    steps, handed_over = journey("SWP0000000006"), NOW
    arrived = next(number for number, step in enumerate(steps) if step.word == "ARRIVED")

    def known(until: datetime) -> list[str]:
        return [event.word for event in SANDBOX.adapter.tracked("SWP0000000006", handed_over, until)]

    assert known(handed_over) == []
    assert known(handed_over + steps[arrived].after - timedelta(seconds=1)) == [step.word for step in steps[:arrived]]
    assert known(handed_over + steps[arrived].after) == [step.word for step in steps[: arrived + 1]]
    assert known(handed_over + timedelta(days=60)) == [step.word for step in steps]
    assert all(SANDBOX.scan_of(step.word) for step in steps)
