"""Lists, objects, journals, files, balances: what they hold, how they are paged, and what they cost."""

from __future__ import annotations

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rulebook.samples import sample
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem
from tests.fair import Fair


def pages(caller: Caller, path: str, limit: int) -> list[dict]:
    found, cursor = [], ""
    while cursor is not None:
        status, page = caller.get(f"{path}{'&' if '?' in path else '?'}limit={limit}&cursor={cursor}")
        assert status == 200, page
        assert len(page["results"]) <= limit
        found += page["results"]
        cursor = page["next_cursor"]
    return found


def test_an_order_shows_its_fields_its_parts_its_deadlines_and_what_may_be_done(fair: Fair, seller: Caller):
    order = fair.shipped()

    shown = seller.get(f"orders/{order.public_id}")[1]

    assert {name: shown[name] for name in ("kind", "id", "number", "state")} == {
        "kind": "order",
        "id": order.public_id,
        "number": order.number,
        "state": "shipped",
    }
    assert [line["title"] for line in shown["lines"]] == ["Paper lamp"]
    assert [parcel["waybill"] for parcel in shown["shipments"]] == [f"WB{order.number}"]
    assert [due["name"] for due in shown["deadlines"]] == ["receipt"]
    assert shown["actions"]["open"] == ["extend_receipt", "complain_carrier", "message"]
    closed = {row["verb"]: row for row in shown["actions"]["closed"]}
    assert closed["ship"]["rule"] == "A34"
    assert "shipped" in closed["ship"]["sentence"]
    assert seller.last.headers["ETag"] == f'"{shown["version"]}"'


def test_pages_show_every_object_once_newest_first(fair: Fair, seller: Caller, buyer: Caller):
    made = [fair.placed().public_id for _order in range(7)]

    for caller in (seller, buyer):
        assert [row["id"] for row in pages(caller, "orders", 3)] == made[::-1]


def test_a_page_is_not_shifted_by_what_comes_meanwhile(fair: Fair, seller: Caller):
    made = [fair.placed().public_id for _order in range(4)]
    first = seller.get("orders?limit=2")[1]
    fair.placed()

    second = seller.get(f"orders?limit=2&cursor={first['next_cursor']}")[1]

    assert [row["id"] for row in first["results"] + second["results"]] == made[::-1]
    assert second["next_cursor"] is None


def test_orders_of_one_moment_are_each_shown_once(fair: Fair, seller: Caller):
    """The fair's clock stands still: all are placed at the same instant."""
    made = {fair.placed().pk for _order in range(5)}
    assert len(pages(seller, "orders", 1)) == len(made)


@pytest.mark.parametrize(
    "cursor",
    ["x", "W10", "WzFd", "WyJ4IiwieSJd", "bnVsbA", "%00", "e30", "WzEsMl0", "a" * 301, "W251bGwsbnVsbF0", "\u00e9"],
)
def test_a_cursor_that_was_not_given_is_invalid(fair: Fair, seller: Caller, cursor: str):
    for path in (
        "orders",
        "stores",
        "withdrawals",
        f"stores/{fair.store.public_id}/statement",
        f"stores/{fair.store.public_id}/journal",
    ):
        seller.get(f"{path}?cursor={cursor}")
        assert "cursor" in assert_problem(seller, 422, "invalid")["errors"]


def test_filters_narrow_a_list(fair: Fair, seller: Caller, arbitrator: Caller):
    paid, placed = fair.paid(), fair.placed(reference="W-77")

    assert [row["id"] for row in seller.get("orders?state=awaiting_shipment")[1]["results"]] == [paid.public_id]
    assert [row["id"] for row in seller.get("orders?reference=W-77")[1]["results"]] == [placed.public_id]
    assert seller.get(f"orders?store={fair.other_store.public_id}")[1]["results"] == []
    assert seller.get("orders?placed_before=2020-01-01")[1]["results"] == []
    assert len(arbitrator.get(f"orders?store={fair.store.public_id}")[1]["results"]) == 2


@pytest.mark.parametrize(
    "query",
    [
        "state=sunk",
        "stat=shipped",
        "limit=0",
        "limit=101",
        "limit=x",
        "placed_from=yesterday",
        "store=ord_1",
        "state=shipped&state=closed",
        "reference=%00",
        "limit=" + "9" * 5000,
    ],
)
def test_a_query_that_makes_no_sense_is_told_so(fair: Fair, seller: Caller, query: str):
    seller.get(f"orders?{query}")
    assert_problem(seller, 422, "invalid")


def test_lists_that_no_index_serves_ask_for_a_filter(fair: Fair, seller: Caller, arbitrator: Caller, carrier: Caller):
    for caller, path in (
        (arbitrator, "orders"),
        (arbitrator, "disputes"),
        (seller, "shipments"),
        (carrier, "shipments"),
        (seller, "messages"),
    ):
        caller.get(path)
        assert_problem(caller, 422, "invalid")


def statements(caller: Caller, path: str) -> int:
    caller.get(path)  # the key's mark of use, the buyer and the rulebook are there already
    with CaptureQueriesContext(connection) as seen:
        status, body = caller.get(path)
    assert status == 200, body
    return len(seen)


COSTS = {"orders?limit=100": 5, "disputes?limit=100": 6, "cancellations?state=requested&limit=100": 4}
"""Statements of a seller's call: his key, the ids of the page, the bundles in two or three messages, the evidence."""


def test_a_page_costs_the_same_for_one_order_and_for_fifty(fair: Fair, seller: Caller, buyer: Caller):
    fill(fair)
    first = {path: (statements(seller, path), statements(buyer, path)) for path in COSTS}
    for _time in range(9):
        fill(fair)

    later = {path: (statements(seller, path), statements(buyer, path)) for path in COSTS}

    assert later == first
    assert len(seller.get("orders?limit=100")[1]["results"]) == 50
    assert {path: counts[0] for path, counts in later.items()} == COSTS


def fill(fair: Fair) -> None:
    """Five orders of every sort, one of them with everything that a dispute can hold."""
    fair.placed()
    fair.do("buyer.request_cancellation", on=fair.paid())
    fair.shipped()
    fair.completed()
    dispute = fair.disputed()
    fair.do("seller.make_offer", on=dispute, refund="1.00 USD")
    fair.do("buyer.add_evidence", on=dispute, text="Look.", file=sample("one.jpg"))


def test_statement_and_journal_cost_the_same_however_long(fair: Fair, seller: Caller):
    store = fair.store.public_id
    paths = [f"stores/{store}/statement?limit=100", f"stores/{store}/balances", f"stores/{store}/journal?limit=100"]
    fair.paid()
    first = [statements(seller, path) for path in paths]
    for _time in range(5):
        fair.completed()

    assert [statements(seller, path) for path in paths] == first


def test_a_dispute_shows_offers_evidence_and_rulings(fair: Fair, buyer: Caller, seller: Caller, stranger: Caller):
    dispute = fair.disputed()
    fair.do("seller.make_offer", on=dispute, refund="5.00 USD", text="Peace.")
    evidence = fair.do("buyer.add_evidence", on=dispute, text="Look.", file=sample("crack.jpg"))

    shown = buyer.get(f"disputes/{dispute.public_id}")[1]

    assert [offer["refund"]["amount"] for offer in shown["offers"]] == ["5.00"]
    assert [row["file_name"] for row in shown["evidence"]] == ["crack.jpg"]
    assert shown["evidence"][0]["sha256"] == evidence.sha256
    assert "accept_offer" in shown["actions"]["open"]
    status, content = seller.get(f"evidence/{evidence.public_id}/file")
    assert status == 200
    assert content.startswith(b"\xff\xd8")
    assert seller.last["Content-Disposition"] == 'attachment; filename="crack.jpg"'
    assert "sandbox" in seller.last["Content-Security-Policy"]
    assert stranger.get(f"evidence/{evidence.public_id}/file")[0] == 404


def test_a_file_that_was_changed_is_gone(fair: Fair, seller: Caller, files):
    dispute = fair.disputed()
    evidence = fair.do("buyer.add_evidence", on=dispute, text="Look.", file=sample("crack.jpg"))
    files.kept[evidence.file_key] = b"another picture"

    seller.get(f"evidence/{evidence.public_id}/file")

    assert_problem(seller, 410, "damaged")


def test_a_hostile_upload_is_invalid_and_changes_nothing(fair: Fair, buyer: Caller, files):
    from django.core.files.uploadedfile import SimpleUploadedFile

    dispute = fair.disputed()
    for name, content in (
        ("a.jpg", b"<script>alert(1)</script>"),
        ("a.svg", b"<svg/>"),
        ("a.zip", b"PK\x03\x04"),
        ("a.jpg", b""),
    ):
        buyer.form(
            f"disputes/{dispute.public_id}/add_evidence", {"text": "x", "file": SimpleUploadedFile(name, content)}
        )
        assert "file" in assert_problem(buyer, 422, "invalid")["errors"]
    assert buyer.get(f"disputes/{dispute.public_id}")[1]["evidence"] == []
    assert files.kept == {}
    buyer.form(f"disputes/{dispute.public_id}/add_evidence", {"text": ["x", "y"]})
    assert "text" in assert_problem(buyer, 422, "invalid")["errors"]
    assert (
        hashlib.sha256(sample("b.pdf").read()).hexdigest()
        == buyer.form(f"disputes/{dispute.public_id}/add_evidence", {"file": sample("b.pdf")})[1]["sha256"]
    )


def test_the_journal_says_why_and_under_which_rule(fair: Fair, seller: Caller):
    order = fair.shipped()

    entries = pages(seller, f"orders/{order.public_id}/journal", 2)

    acts = [entry["act"] for entry in entries]
    assert acts[-1] == "order.place"
    assert "order.ship_rest" in acts
    shipped = next(entry for entry in entries if entry["act"] == "order.ship_rest")
    assert (shipped["rule"], shipped["from_state"], shipped["to_state"]) == ("A35-1", "awaiting_shipment", "shipped")
    assert "Shipped in full" in shipped["sentence"]
    numbers = [entry["number"] for entry in entries]
    assert numbers == sorted(numbers, reverse=True)


def test_rules_show_their_values_in_force(fair: Fair, buyer: Caller):
    rule = buyer.get("rules/A40-1")[1]
    assert (rule["label"], rule["kind"]) == ("Article 40", "hard")
    assert {"key": "dispute.response_days", "value": 5}.items() <= next(
        row for row in rule["parameters"] if row["key"] == "dispute.response_days"
    ).items()
    assert buyer.get("rules/a40")[1]["rules"][:2] == ["A40-1", "A40-2"]
    assert [row["id"] for row in pages(buyer, "rules?article=A40", 1)][:2] == ["A40-1", "A40-2"]
    assert buyer.get("rules/A999-1")[0] == 404
    assert len(pages(buyer, "rules", 100)) > 200


def test_nothing_but_inputs_can_be_set(fair: Fair, buyer: Caller, seller: Caller):
    """Mass assignment: names of columns are no inputs."""
    listing = fair.listings["lamp"].public_id
    for extra in (
        {"state": "completed"},
        {"price_minor": 1},
        {"buyer_id": "x"},
        {"paid_minor": 1},
        {"id": "ord_1"},
        {"version": 9},
    ):
        buyer.post("orders", {"listing": listing, **extra})
        assert assert_problem(buyer, 422, "invalid")["errors"].keys() == extra.keys()


def test_an_action_of_two_kinds_of_people_is_decided_by_the_key(fair: Fair, buyer: Caller, seller: Caller):
    dispute = fair.disputed()
    for caller, side in ((buyer, "buyer"), (seller, "seller")):
        assert caller.done("evidence", {"dispute": dispute.public_id, "text": f"The {side} says."})["side"] == side
