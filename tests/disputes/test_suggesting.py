"""The suggested outcome: what the liability table and the facts of a case point to, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from disputes.states import EvidenceKind, Reason
from disputes.suggesting import CLEAR, LIKELY, OPEN, PROOFS, Facts, suggest
from rulebook.money import Money
from rulebook.rules import Rulebook

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = Rulebook().at(NOW).dispute


def usd(amount: str) -> Money:
    return Money.parse(f"{amount} USD")


def case(reason: str, **known: Any) -> Facts:
    start: dict[str, Any] = {
        "reason": reason,
        "claim": usd("80.00"),
        "refundable": usd("100.00"),
        "wants_return": False,
        "row": RULES.reasons[reason],
        "causes": RULES.causes,
        "at": NOW,
        "promised_at": NOW - DAY,
        "arrived_at": None,
        "lost_days": RULES.lost_days,
    }
    return Facts(**{**start, **known})


def shown(**sides: str) -> dict[str, frozenset[str]]:
    return {side: frozenset(kinds.split()) for side, kinds in sides.items()}


def outcome(facts: Facts) -> tuple[str, str, str]:
    found = suggest(facts)
    return found.liable, found.refund.amount, found.sure


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (case("not_received"), ("seller", "80.00", CLEAR)),
        (case("not_received", worry_free=True, cap=usd("50.00")), ("logistics", "80.00", CLEAR)),
        (case("not_received", promised_at=NOW + DAY), ("seller", "80.00", OPEN)),
        (case("not_received", arrived_at=NOW - 2 * DAY), ("buyer", "0.00", CLEAR)),
        (case("not_received", arrived_at=NOW - 2 * DAY, address_changed=True), ("seller", "80.00", OPEN)),
        (case("not_received", arrived_at=NOW - 2 * DAY, doubted=True), ("seller", "80.00", OPEN)),
        (case("not_received", returned=True), ("seller", "80.00", LIKELY)),
        (case("late_delivery", arrived_at=NOW), ("seller", "80.00", LIKELY)),
        (case("late_delivery", arrived_at=NOW - 3 * DAY), ("buyer", "0.00", CLEAR)),
        (case("customs", promised_at=NOW + DAY), ("seller", "80.00", OPEN)),
        (case("damaged", shown=shown(buyer="photo")), ("seller", "80.00", CLEAR)),
        (case("damaged", shown=shown(buyer="photo"), worry_free=True), ("logistics", "80.00", CLEAR)),
        (case("quality", shown=shown(buyer="video", seller="statement")), ("seller", "80.00", OPEN)),
        (case("quality", shown=shown(seller="statement")), ("buyer", "0.00", LIKELY)),
        (case("quality"), ("seller", "80.00", OPEN)),
        (case("not_as_described", shown=shown(buyer="photo"), covered=True), ("platform", "80.00", CLEAR)),
        (case("wrong_item", shown=shown(buyer="photo")), ("seller", "80.00", LIKELY)),
        (case("missing_items", shown=shown(buyer="weight_slip")), ("seller", "80.00", CLEAR)),
        (case("counterfeit", shown=shown(buyer="statement")), ("seller", "80.00", CLEAR)),
        (case("no_reason_return", plus=True), ("buyer", "80.00", CLEAR)),
        (case("no_reason_return", plus=False), ("buyer", "0.00", LIKELY)),
        (case("no_reason_return", plus=True, returnable=False), ("buyer", "0.00", LIKELY)),
        (case("quality", contested="Stones.", agreed=usd("70.00")), ("seller", "70.00", OPEN)),
        (case("no_reason_return", plus=True, contested="Stones."), ("buyer", "80.00", OPEN)),
        (case("quality", contested="Stones.", shown=shown(seller="unboxing_video")), ("buyer", "0.00", LIKELY)),
        (case("undisclosed_fee", untold_charges=True, shown=shown(buyer="receipt")), ("seller", "80.00", CLEAR)),
    ],
)
def test_reason_and_facts_give_side_refund_and_how_sure(facts, expected):
    assert outcome(facts) == expected


def test_a_refund_never_goes_beyond_what_is_left_of_the_payment():
    found = suggest(case("not_received", refundable=usd("30.00")))

    assert found.refund == usd("30.00")
    assert "A45-2" in [ground.rule for ground in found.grounds]


def test_a_buyer_who_would_settle_for_less_gets_less():
    found = suggest(case("not_received", buyer_offer=usd("25.00")))

    assert found.refund == usd("25.00")


def test_a_sellers_own_offer_speaks_against_giving_less():
    found = suggest(case("not_received", arrived_at=NOW - 2 * DAY, seller_offer=usd("10.00")))

    assert found.refund == usd("0.00")
    assert [ground.rule for ground in found.grounds if ground.against] == ["A41-1"]


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        (case("not_received", worry_free=True, cap=usd("50.00")), "A38-5"),
        (case("wrong_item", covered=True, cap=usd("50.00"), shown=shown(buyer="photo")), "A47-1"),
    ],
)
def test_above_the_cap_the_seller_pays_and_the_grounds_say_how_much(facts, rule):
    said = [ground.text for ground in suggest(facts).grounds if ground.rule == rule]

    assert any("30.00" in text for text in said)


def test_a_plus_return_without_a_reason_goes_back_at_the_platforms_cost():
    found = suggest(case("no_reason_return", plus=True))

    assert (found.return_goods, found.freight) == (True, "platform")


def test_nothing_goes_back_when_nothing_is_refunded():
    found = suggest(case("quality", wants_return=True, shown=shown(seller="statement")))

    assert (found.return_goods, found.refund.minor) == (False, 0)


def test_a_proven_counterfeit_is_suggested_as_one_and_an_unproven_is_not():
    assert suggest(case("counterfeit", shown=shown(buyer="statement"))).counterfeit
    assert not suggest(case("counterfeit")).counterfeit
    assert not suggest(case("counterfeit", shown=shown(buyer="photo", seller="receipt"))).counterfeit


def test_only_worry_free_logistics_and_the_cover_have_a_cap():
    said = suggest(case("quality", cap=usd("50.00"), shown=shown(buyer="video"))).grounds

    assert not [ground for ground in said if "50.00" in ground.text]


def test_what_nobody_has_shown_is_named_by_side():
    texts = [ground.text for ground in suggest(case("damaged")).missing]

    assert texts == [
        "The buyer has not shown: photos of the box, photos of the goods.",
        "The seller has not shown: photos of the packing.",
    ]


def test_a_lost_parcel_names_its_cause():
    assert suggest(case("not_received", silent_days=31)).cause == "NR-LOST"
    assert suggest(case("not_received", silent_days=3)).cause == "NR-TRANSIT"
    assert suggest(case("not_received", doubted=True)).cause == "NR-TRACK"


def test_every_reason_gives_a_suggestion_with_a_side_that_exists_and_a_ground():
    for reason in Reason.values:
        found = suggest(case(reason))
        assert found.grounds, reason
        assert found.liable in {"seller", "buyer", "logistics", "platform"}
        assert 0 <= found.refund.minor <= 80_00
        assert found.initial()["refund"] == found.refund.amount


def test_every_proof_of_the_table_is_known_by_kinds_that_exist():
    wanted = {code for row in RULES.reasons.values() for code in (*row["buyer_proof"], *row["seller_proof"])}

    assert wanted <= set(PROOFS)
    assert all(kinds <= set(EvidenceKind.values) for _words, kinds in PROOFS.values())
