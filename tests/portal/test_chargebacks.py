"""Chargebacks at the sellers' door: what the bank says, the answer with its papers, the fee, who bears it and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from disputes.models import Chargeback
from rulebook.clock import now, parse_duration
from rulebook.samples import sample
from tests.fair import Fair, build_fair
from tests.portal.test_dispute_acts import confirmed, plain

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def earlier(db: Any) -> Fair:
    """A fair that began some weeks ago, so that money can have been released by now."""
    return build_fair(begin=now() - parse_duration("20d"))


def charged_back(fair: Fair, order: Any = None, **inputs: Any) -> Any:
    """A chargeback about a shipped order; goods not received, by Visa, unless said otherwise."""
    said = {"reason": "not_received", "network": "visa", "code": "13.1", **inputs}
    return fair.do("bank.chargeback", on=order or fair.shipped("lantern"), **said)


def page_of(one: Any, act: str = "") -> str:
    return f"/portal/chargebacks/{one.public_id}/{act}"


def test_the_page_says_what_the_bank_says_what_is_held_and_what_helps(fair: Fair, owner: Client) -> None:
    one = charged_back(fair, reference="VC-77")

    page = plain(owner.get(page_of(one)))

    assert "The cardholder says that the goods never came." in page
    assert "its code 13.1" in page
    assert "VC-77" in page
    assert "The order's money stays held until it is decided." in page
    assert "The carrier's proof of delivery" in page
    assert "then it is lost" in page
    assert "Answer chargeback C1 over 100.00 USD" in plain(owner.get("/portal/"))
    assert [row["title"] for row in owner.get("/portal/chargebacks/").context["worklist"]["rows"]] == ["C1"]


def test_several_papers_go_to_the_bank_with_one_answer(fair: Fair, owner: Client) -> None:
    one = charged_back(fair)

    answer = owner.post(
        page_of(one, "answer/"),
        {"text": "Delivered on 3 March.", "files": [sample("proof.pdf"), sample("photo.jpg")], "version": one.version},
    )

    assert (answer.status_code, answer["Location"]) == (302, page_of(one))
    told = fair.fresh(one)
    assert told.state == "represented"
    assert [(paper["text"], paper.get("media_type", "")) for paper in told.papers] == [
        ("Delivered on 3 March.", "application/pdf"),
        ("", "image/jpeg"),
    ]
    page = plain(owner.get(page_of(one)))
    assert "Your answer is with the bank" in page
    assert "proof.pdf" in page
    assert "Answer chargeback" not in plain(owner.get("/portal/"))


def test_an_empty_answer_and_a_hostile_paper_are_told_beside_the_form(fair: Fair, owner: Client) -> None:
    one = charged_back(fair)
    hostile = SimpleUploadedFile("proof.pdf", b"<html><script>alert(1)</script></html>", "application/pdf")

    empty = owner.post(page_of(one, "answer/"), {"version": one.version})
    bad = owner.post(page_of(one, "answer/"), {"text": "See.", "files": [hostile], "version": one.version})

    assert (empty.status_code, bad.status_code) == (422, 422)
    assert "Write something, or give a waybill number or a paper" in plain(empty)
    assert "Web pages, SVG and XML are not taken" in plain(bad)
    assert fair.fresh(one).papers == []


def test_papers_are_handed_out_to_the_store_alone(fair: Fair, owner: Client, sign_in: Any) -> None:
    one = charged_back(fair)
    fair.do("seller.submit_chargeback_evidence", on=one, text="See.", files=[sample("proof.pdf")])

    found = owner.get(page_of(one, "papers/1/"))

    assert (found.status_code, found["Content-Type"]) == (200, "application/pdf")
    assert found["Content-Disposition"].startswith("attachment")
    assert found["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in found["Cache-Control"]
    assert "sandbox" in found["Content-Security-Policy"]
    assert owner.get(page_of(one, "papers/2/")).status_code == 404
    assert owner.get(page_of(one, "papers/0/")).status_code == 404
    assert sign_in(fair.stranger).get(page_of(one, "papers/1/")).status_code == 404
    assert Client().get(page_of(one, "papers/1/")).status_code == 302


def test_a_stolen_card_after_shipping_lets_the_seller_wait_and_says_so(fair: Fair, owner: Client) -> None:
    one = charged_back(fair, reason="stolen_card", code="10.4")

    page = plain(owner.get(page_of(one)))

    assert one.state == "received"
    assert "The platform checks; you wait" in page
    assert owner.get(page_of(one, "answer/")).status_code == 200
    assert "This is not possible now" in plain(owner.get(page_of(one, "answer/")))


def test_who_bears_a_stolen_card_is_told_with_its_rule(fair: Fair, owner: Client) -> None:
    one = charged_back(fair, reason="stolen_card", code="10.4")
    fair.do("bank.decide", on=one, winner="buyer")

    page = plain(owner.get(page_of(one)))

    assert fair.fresh(one).decided_under == "A70-3"
    assert "Lost; the platform bears it" in page
    assert "The platform bears it" in page


def test_silence_loses_and_the_page_says_under_which_rule(earlier: Fair) -> None:
    one = charged_back(earlier)
    earlier.advance("20d")
    client = Client()
    client.force_login(earlier.staff["owner"])

    page = plain(client.get(page_of(one)))

    assert (earlier.fresh(one).state, earlier.fresh(one).decided_under) == ("lost", "A70-12")
    assert "Your store bears it" in page
    assert "Back to the cardholder100.00 USD" in page.replace("cardholder 100", "cardholder100")


def test_pre_arbitration_says_what_the_fee_means_and_takes_it_once(earlier: Fair) -> None:
    for _order in range(9):
        earlier.completed("lantern")
    earlier.advance("19d 23h")  # its working days still run when the page is read
    one = charged_back(earlier)
    earlier.do("seller.submit_chargeback_evidence", on=one, text="Delivered.")
    earlier.do("bank.decide", on=one, winner="seller")
    earlier.do("bank.reopen", on=one)
    client = Client()
    client.force_login(earlier.staff["owner"])

    assert "Prepay 750.00 USD for chargeback C1, or accept" in plain(client.get("/portal/"))
    page = client.get(page_of(one, "fee/"))
    assert "it is not the platform's income" in plain(page)
    assert "If you win, the fee comes back" in plain(page)
    assert client.post(page_of(one, "fee/"), confirmed(page)).status_code == 302

    assert earlier.fresh(one).fee_paid_at is not None
    assert "the card body decides" in plain(client.get(page_of(one)))
    assert client.post(page_of(one, "fee/"), {"confirmed": "yes"}).status_code == 409


def test_a_support_hand_answers_but_does_not_pay_the_fee(earlier: Fair) -> None:
    one = charged_back(earlier)
    client = Client()
    client.force_login(earlier.staff["support"])

    assert client.get(page_of(one, "answer/")).status_code == 200
    assert client.get(page_of(one, "fee/")).status_code == 403


@pytest.mark.parametrize("act", ["", "answer/", "fee/"])
def test_strangers_find_no_chargeback(act: str, fair: Fair, sign_in: Any) -> None:
    one = charged_back(fair)

    assert sign_in(fair.stranger).get(page_of(one, act)).status_code == 404
    assert sign_in(fair.stranger).get("/portal/chargebacks/").context["worklist"]["rows"] == []
    assert Client().get(page_of(one, act)).status_code == 302


def test_the_list_costs_the_same_for_one_and_for_many(fair: Fair, owner: Client) -> None:
    charged_back(fair)
    owner.get("/portal/chargebacks/")
    one = _cost(owner, "/portal/chargebacks/"), _cost(owner, "/portal/chargebacks/?view=all"), _cost(owner, "/portal/")
    for _more in range(4):
        charged_back(fair)

    many = _cost(owner, "/portal/chargebacks/"), _cost(owner, "/portal/chargebacks/?view=all"), _cost(owner, "/portal/")

    assert many == one
    assert max(many) <= 17
    assert _cost(owner, page_of(Chargeback.objects.first())) <= 15


def _cost(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    return len(statements)


def test_what_a_chargeback_holds_is_left_out_of_what_may_be_withdrawn(earlier: Fair) -> None:
    order = earlier.completed("lantern")
    other = earlier.completed("lantern")
    earlier.advance("16d")
    assert {str(earlier.fresh(one).release) for one in (order, other)} == {"released"}
    charged_back(earlier, order)
    client = Client()
    client.force_login(earlier.staff["owner"])

    ways = client.get("/portal/balance/").context["ways"]

    assert [way["label"] for way in ways["open"]] == ["Withdraw USD"]
    charged_back(earlier, other)
    ways = client.get("/portal/balance/").context["ways"]
    assert [(way["label"], way["rule"]) for way in ways["closed"]] == [("Withdraw USD", "A69-2")]
