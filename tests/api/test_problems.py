"""What is not done is told as a problem, alike everywhere: its code, its sentence, its rule, its request id."""

from __future__ import annotations

import pytest

from rulebook.models import JournalEntry
from tests.api.conftest import Caller
from tests.fair import Fair

MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


def assert_problem(caller: Caller, status: int, code: str) -> dict:
    """The last answer is a problem of this kind, well formed."""
    answer, body = caller.last, caller._body()
    assert (answer.status_code, body.get("code")) == (status, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert body.keys() >= MEMBERS
    assert (body["status"], body["type"]) == (status, f"urn:piepowder:problem:{code}")
    assert body["request_id"] == answer["X-Request-ID"]
    assert body["detail"]
    return body


def test_a_refusal_names_its_rule_and_the_moment_it_ends(fair: Fair, buyer: Caller):
    order = fair.shipped("lamp")

    buyer.post(
        "disputes", {"order": order.public_id, "reason": "damaged", "refund": {"amount": "1.00", "currency": "USD"}}
    )

    body = assert_problem(buyer, 409, "refused")
    assert (body["rule"], body["rule_label"]) == ("A39-1", "Article 39")
    assert body["not_before"].endswith("+00:00")
    assert "UTC+8" in body["detail"]
    offered = buyer.get(f"orders/{order.public_id}")[1]["actions"]["closed"]
    told = next(row for row in offered if row["verb"] == "open_dispute")
    assert (told["rule"], told["not_before"], told["sentence"]) == (body["rule"], body["not_before"], body["detail"])


def test_invalid_inputs_are_told_by_field_all_at_once(fair: Fair, seller: Caller):
    order = fair.paid()

    seller.post(f"orders/{order.public_id}/ship", {"quantity": 0, "method": "pigeon", "weight": 3})

    body = assert_problem(seller, 422, "invalid")
    assert body["errors"].keys() == {"quantity", "method", "weight"}


def test_a_stranger_finds_nothing_and_a_wrong_role_is_forbidden(
    fair: Fair, seller: Caller, stranger: Caller, arbitrator: Caller
):
    order = fair.paid()
    path = f"orders/{order.public_id}"

    stranger.get(path)
    assert_problem(stranger, 404, "not_found")
    stranger.get(f"{path}/journal")
    assert_problem(stranger, 404, "not_found")
    stranger.post(f"{path}/ship", {"waybill": "X10"})
    assert_problem(stranger, 404, "not_found")
    support = Caller(fair.store_key("support"))
    support.post(f"{path}/ship", {"waybill": "X10"})
    assert_problem(support, 403, "forbidden")
    arbitrator.post(f"{path}/ship", {"waybill": "X10"})
    assert_problem(arbitrator, 403, "forbidden")
    assert fair.fresh(order).state == "awaiting_shipment"


def test_a_buyer_sees_his_own_orders_only(fair: Fair, buyer: Caller):
    mine, others = fair.placed(), fair.placed(buyer=fair.other_buyer)
    neighbour = Caller(fair.storefront_key(), **{"Piepowder-Buyer": "customer-2"})
    alike = Caller(fair.storefront_key(storefront=fair.other_storefront), **{"Piepowder-Buyer": fair.buyer.reference})

    assert [row["id"] for row in buyer.get("orders")[1]["results"]] == [mine.public_id]
    assert neighbour.get("orders")[1]["results"] == []
    assert neighbour.get(f"orders/{mine.public_id}")[0] == 404
    assert neighbour.post(f"orders/{mine.public_id}/pay")[0] == 404
    assert [row["id"] for row in alike.get("orders")[1]["results"]] == [others.public_id]


@pytest.mark.parametrize(
    "kind", ["disputes", "evidence", "rulings", "shipments", "withdrawals", "cancellations", "stores", "listings"]
)
def test_what_there_is_not_is_not_found(fair: Fair, seller: Caller, kind: str):
    for identity in (
        "ord_00000000000000000000000000",
        "nonsense",
        "%00",
        "0" * 400,
        "00000000-0000-0000-0000-000000000000",
    ):
        for tail in ("", "/journal"):
            seller.get(f"{kind}/{identity}{tail}")
            assert_problem(seller, 404, "not_found")


def test_a_stale_version_is_refused_and_told_the_present_one(fair: Fair, seller: Caller):
    order = fair.paid()
    seller.get(f"orders/{order.public_id}")
    seen = seller.last.headers["ETag"]
    seller.done(f"orders/{order.public_id}/report_shortage", {"text": "Soon."})

    seller.post(f"orders/{order.public_id}/ship", {"waybill": "W10"}, **{"If-Match": seen})

    body = assert_problem(seller, 412, "stale")
    assert seller.done(f"orders/{order.public_id}/ship", {"waybill": "W10"}, **{"If-Match": f'"{body["version"]}"'})


@pytest.mark.parametrize("tag", ["yes", '"1', "-1", '"1", "2"', "W/1"])
def test_a_version_that_is_none_is_invalid(fair: Fair, seller: Caller, tag: str):
    order = fair.paid()
    seller.post(f"orders/{order.public_id}/ship", {"waybill": "W10"}, **{"If-Match": tag})
    assert "If-Match" in assert_problem(seller, 422, "invalid")["errors"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ('{"waybill": "A", "waybill": "B"}', 400),
        ('{"waybill": "\\u0000"}', 400),
        ('{"waybill": "\\ud800"}', 400),
        (b"\xff\xfe", 400),
        ('{"quantity": NaN}', 400),
        ("[" * 20_000, 400),
        ("9" * 5_000, 400),
        ("[]", 422),
        ('"ship"', 422),
        ("null", 422),
        ('{"waybill": "' + "x" * 600_000 + '"}', 413),
        ('{"\\ud800": 1}', 400),
        ('{"\\u0000": 1}', 400),
    ],
)
def test_a_body_that_cannot_be_read_is_told_so(fair: Fair, seller: Caller, body, status: int):
    order = fair.paid()
    before = JournalEntry.objects.count()

    seller.post(f"orders/{order.public_id}/ship", body)

    assert_problem(seller, status, {400: "malformed", 413: "too_large", 422: "invalid"}[status])
    assert JournalEntry.objects.count() == before


def test_other_methods_media_and_addresses_are_told_so(fair: Fair, seller: Caller, files):
    order = fair.paid()
    seller.call("DELETE", f"orders/{order.public_id}")
    assert_problem(seller, 405, "method_not_allowed")
    seller.call("PUT", f"orders/{order.public_id}/ship", {"waybill": "W10"})
    assert_problem(seller, 405, "method_not_allowed")
    seller.form(f"orders/{order.public_id}/ship", {"waybill": "W10"})
    assert_problem(seller, 415, "unsupported_media_type")
    seller.get("orders", Accept="text/html")
    assert_problem(seller, 406, "not_acceptable")
    seller.get("no/such/thing")
    assert (seller.last.status_code, seller.last["Content-Type"]) == (404, "application/problem+json")
    seller.post(f"orders/{order.public_id}/no_such_verb")
    assert seller.last.status_code == 404


def test_a_bug_of_ours_is_a_problem_without_details(fair: Fair, seller: Caller, monkeypatch):
    monkeypatch.setattr("rulebook.api.views.page_of", lambda *_: 1 / 0)
    seller.client.raise_request_exception = False

    seller.get("stores")

    assert "zero" not in assert_problem(seller, 500, "internal")["detail"]


def test_the_answer_is_nobodys_to_keep(fair: Fair, seller: Caller):
    seller.get("orders")
    assert seller.last["Cache-Control"] == "private, no-store"


def test_a_buyer_does_not_read_how_a_listing_came_about(fair: Fair, buyer: Caller, seller: Caller):
    path = f"listings/{fair.listings['lamp'].public_id}"
    assert buyer.get(path)[0] == 200
    buyer.get(f"{path}/journal")
    assert_problem(buyer, 403, "forbidden")
    assert seller.get(f"{path}/journal")[1]["results"][0]["act"] == "listing.enrol"


def test_no_address_asks_for_a_token_of_the_pages(fair: Fair, seller: Caller):
    """Cookies play no part here, so nothing can be forged with them."""
    seller.client.handler.enforce_csrf_checks = True
    order = fair.paid()
    assert seller.done(f"orders/{order.public_id}/ship", {"waybill": "W10"})
    seller.post("no/such/thing")
    assert (seller.last.status_code, seller.last["Content-Type"]) == (404, "application/problem+json")
