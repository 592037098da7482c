"""What storefronts, sellers and banks read and do of disputes, rulings, appeals, chargebacks and penalties."""

from __future__ import annotations

from typing import Any

import pytest

from rulebook.models import Case
from rulebook.samples import sample
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem
from tests.api.test_schema import keeps_to
from tests.fair import Fair


def ruled(fair: Fair) -> tuple[Any, Any]:
    dispute = fair.escalated()
    ruling = fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="Another colour.")
    return fair.fresh(dispute), ruling


def penalized(fair: Fair, *, confirm: bool = True) -> Any:
    penalty = fair.do(
        "moderator.propose_penalty",
        on=fair.store,
        as_=fair.moderator_actor("senior_arbitrator"),
        kind="warning",
        severity="general",
        article="V-16",
        reason="Made up.",
    )
    if confirm:
        return fair.do("moderator.confirm_penalty", on=penalty, as_=fair.moderator_actor("policy_manager"))
    return penalty


# ------------------------------------------------------------------ a storefront has all that its buyer needs


def test_a_dispute_tells_a_storefront_what_its_buyer_may_do_and_why_not(fair: Fair, buyer: Caller):
    dispute = fair.disputed()

    shown = buyer.get(f"disputes/{dispute.public_id}")[1]

    assert {"make_offer", "add_evidence", "withdraw_dispute", "revise_dispute"} <= set(shown["actions"]["open"])
    closed = {row["verb"]: row for row in shown["actions"]["closed"]}
    assert closed["escalate"]["rule"] == "A41-2"
    assert closed["escalate"]["not_before"]
    assert "no offer yet" in closed["accept_offer"]["sentence"]
    assert shown["statement"] is None
    keeps_to("Dispute", shown)


def test_offers_of_all_three_sides_are_read_and_taken(fair: Fair, buyer: Caller, seller: Caller):
    dispute = fair.disputed()
    buyer.done(f"disputes/{dispute.public_id}/make_offer", {"refund": "12.00 USD", "text": "Half would do."})
    seller.done(f"disputes/{dispute.public_id}/make_offer", {"refund": "6.00 USD", "return_goods": True})
    fair.do("moderator.intervene", on=dispute, suggest_refund="9.00 USD", text="In the middle.")

    shown = buyer.get(f"disputes/{dispute.public_id}")[1]

    assert (shown["offer"]["amount"], shown["buyer_offer"]["amount"], shown["suggestion"]["amount"]) == (
        "6.00",
        "12.00",
        "9.00",
    )
    assert [(row["side"], row["return_goods"]) for row in shown["offers"]] == [
        ("buyer", False),
        ("seller", True),
        ("moderator", False),
    ]
    assert buyer.done(f"disputes/{dispute.public_id}/accept_suggestion")["suggestion_accepted_by"] == "buyer"
    assert seller.done(f"disputes/{dispute.public_id}/accept_suggestion")["state"] == "resolved"


def test_a_return_tells_where_to_by_when_and_who_pays(fair: Fair, buyer: Caller):
    address = {"name": "Lin Lighting", "street": "Lamp Lane 3", "city": "Zhongshan"}
    fair.do("seller.set_return_address", on=fair.store, address=address)
    dispute = fair.do("seller.accept_dispute", on=fair.disputed(return_goods=True))

    shown = buyer.get(f"disputes/{dispute.public_id}")[1]

    assert shown["return_address"] == address
    assert shown["return_freight_by"] == "seller"
    assert shown["agreed_refund"] == {"amount": "20.00", "currency": "USD"}
    assert [row["name"] for row in shown["deadlines"]] == ["return_shipment"]
    assert "ship_return" in shown["actions"]["open"]
    sent = buyer.done(f"disputes/{dispute.public_id}/ship_return", {"waybill": "RT1"})
    assert (sent["state"], sent["return_waybill"]) == ("return_in_transit", "RT1")


def test_evidence_of_several_files_is_sent_at_once_and_named_by_what_it_shows(fair: Fair, buyer: Caller):
    dispute = fair.disputed()
    path = f"disputes/{dispute.public_id}/add_evidence"

    status, first = buyer.form(
        path, {"text": "The opening.", "shows": "unboxing_video", "files": [sample("a.mp4"), sample("b.jpg")]}
    )

    assert status == 201, first
    assert (first["shows"], first["text"]) == ("unboxing_video", "The opening.")
    rows = buyer.get(f"disputes/{dispute.public_id}")[1]["evidence"]
    assert [row["media_type"] for row in rows] == ["video/mp4", "image/jpeg"]
    buyer.form(path, {"files": [sample(f"{number}.jpg") for number in range(6)]})
    assert "5 files at most" in assert_problem(buyer, 422, "invalid")["errors"]["files"][0]


def test_a_film_is_fetched_in_parts(fair: Fair, buyer: Caller):
    evidence = fair.do("buyer.add_evidence", on=fair.disputed(), file=sample("film.mp4"))

    status, part = buyer.get(f"evidence/{evidence.public_id}/file", Range="bytes=4-7")

    assert (status, part) == (206, b"ftyp")


# ------------------------------------------------------------------ rulings, statements, appeals


def test_a_ruling_names_its_window_and_its_statement_and_the_buyer_appeals(fair: Fair, buyer: Caller, seller: Caller):
    _dispute, ruling = ruled(fair)
    shown = buyer.get(f"rulings/{ruling.public_id}")[1]
    assert shown["appeal_until"]
    assert "appeal" in shown["actions"]["open"]
    keeps_to("Ruling", shown)

    made = buyer.done(f"rulings/{ruling.public_id}/appeal", {"text": "I paid the customs, too."})

    assert (made["kind"], made["side"], made["ruling"]) == ("appeal", "buyer", ruling.public_id)
    for caller in (buyer, seller):
        rows = caller.get(f"appeals?ruling={ruling.public_id}")[1]["results"]
        assert [row["id"] for row in rows] == [made["id"]]
        keeps_to("Appeal", rows[0])
    assert buyer.get(f"rulings/{ruling.public_id}")[1]["appeals"][0]["state"] == "open"
    buyer.post(f"rulings/{ruling.public_id}/appeal", {"text": "Again."})
    assert assert_problem(buyer, 409, "refused")["rule"] == "V-22"


def test_the_statement_of_reasons_is_read_by_both_sides_and_by_nobody_else(
    fair: Fair, buyer: Caller, seller: Caller, stranger: Caller, bank: Caller
):
    undecided = fair.disputed()
    assert buyer.get(f"disputes/{undecided.public_id}/statement")[0] == 404
    dispute, _ruling = ruled(fair)
    link = buyer.get(f"disputes/{dispute.public_id}")[1]["statement"]
    assert link == f"/api/v1/disputes/{dispute.public_id}/statement"

    for caller in (buyer, seller):
        status, found = caller.get(link.removeprefix("/api/v1/"))
        assert status == 200
        assert "Another colour." in found["text"]
        assert found["decisions"][0]["liable"]
        keeps_to("Statement", found)
    assert stranger.get(link.removeprefix("/api/v1/"))[0] == 404
    assert bank.get(link.removeprefix("/api/v1/"))[0] == 403


def test_appeals_are_nobody_elses(fair: Fair, buyer: Caller, stranger: Caller, bank: Caller):
    _dispute, ruling = ruled(fair)
    appeal = fair.do("seller.appeal", on=ruling, text="Look again.")

    other = Caller(fair.storefront_key(), **{"Piepowder-Buyer": "somebody-else"})
    for caller in (stranger, other):
        assert caller.get(f"appeals/{appeal.public_id}")[0] == 404
    assert buyer.get(f"appeals/{appeal.public_id}")[0] == 200
    assert bank.get(f"appeals/{appeal.public_id}")[0] == 403


# ------------------------------------------------------------------ chargebacks


def test_a_bank_opens_reads_and_decides_chargebacks_and_reads_nothing_else(fair: Fair, bank: Caller):
    order = fair.shipped("lantern")

    made = bank.done(f"orders/{order.public_id}/chargeback", {"network": "visa", "code": "13.1", "reference": "VC-1"})

    assert (made["reason"], made["state"]) == ("not_received", "awaiting_evidence")
    rows = bank.get("chargebacks?reference=VC-1")[1]["results"]
    assert [row["id"] for row in rows] == [made["id"]]
    keeps_to("Chargeback", rows[0])
    assert bank.get("chargebacks")[0] == 422
    for path in (f"orders/{order.public_id}", "disputes", "penalties", "rulings"):
        assert bank.get(path)[0] == 403, path
    assert bank.done(f"chargebacks/{made['id']}/decide", {"winner": "seller"})["state"] == "won"


def test_a_seller_answers_with_papers_that_the_bank_reads(fair: Fair, bank: Caller, seller: Caller, stranger: Caller):
    one = fair.do("bank.chargeback", on=fair.shipped("lantern"), reason="not_received", network="visa")

    status, told = seller.form(
        f"chargebacks/{one.public_id}/submit_chargeback_evidence",
        {"text": "Delivered.", "files": [sample("proof.pdf"), sample("photo.jpg")]},
    )

    assert status == 200, told
    assert [paper["file_name"] for paper in told["papers"]] == ["proof.pdf", "photo.jpg"]
    assert "file_key" not in told["papers"][0]
    for caller in (bank, seller):
        status, content = caller.get(f"chargebacks/{one.public_id}/papers/1")
        assert (status, content[:5]) == (200, b"%PDF-")
        assert caller.last["Content-Disposition"].startswith("attachment")
    assert bank.get(f"chargebacks/{one.public_id}/papers/3")[0] == 404
    assert stranger.get(f"chargebacks/{one.public_id}/papers/1")[0] == 404


def test_a_buyer_reads_nothing_of_chargebacks_not_even_in_his_orders_journal(fair: Fair, buyer: Caller, seller: Caller):
    order = fair.shipped("lantern")
    one = fair.do("bank.chargeback", on=order, reason="not_received", network="visa")

    assert buyer.get(f"chargebacks/{one.public_id}")[0] == 403
    assert buyer.get("chargebacks")[0] == 403
    kinds = {row["subject"]["kind"] for row in buyer.get(f"orders/{order.public_id}/journal")[1]["results"]}
    assert "chargeback" not in kinds
    assert "order" in kinds
    kinds = {row["subject"]["kind"] for row in seller.get(f"orders/{order.public_id}/journal")[1]["results"]}
    assert "chargeback" in kinds


def covered(fair: Fair) -> Any:
    """A dispute that the after-sale cover takes; it lies before the platform."""
    fair.do("seller.join_cover", on=fair.store)
    dispute = fair.disputed()
    assert dispute.state == "platform_review"
    return dispute


@pytest.mark.parametrize("paid", [True, False], ids=["after the platform paid", "before anything was paid"])
def test_abuse_is_read_by_the_store_and_what_was_told_an_authority_by_moderators_alone(
    paid: bool, fair: Fair, buyer: Caller, seller: Caller, arbitrator: Caller
):
    dispute = covered(fair)
    if paid:
        fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="platform", reason="Another colour.")
    fair.do("moderator.report_abuse", on=dispute, text="Empty parcels.", authority="Police of Zhongshan")

    for place in (f"disputes/{dispute.public_id}", f"orders/{dispute.order.public_id}"):
        seen = {
            caller: [row for row in caller.get(f"{place}/journal")[1]["results"] if "abuse" in row["act"]]
            for caller in (seller, arbitrator)
        }
        assert [row["facts"]["text"] for row in (*seen[seller], *seen[arbitrator])] == ["Empty parcels."] * 2
        assert "authority" not in seen[seller][0]["facts"]
        assert "A49-2" not in seen[seller][0]["rules"]
        assert seen[arbitrator][0]["facts"]["authority"] == "Police of Zhongshan"
        assert "A49-2" in seen[arbitrator][0]["rules"]
        status, journal = buyer.get(f"{place}/journal")
        assert status == 200 and journal["results"]
        assert "abuse" not in str(journal) and "Empty parcels" not in str(journal)
    for caller in (buyer, seller):
        for place in ("", "/statement") if paid else ("",):
            assert "Zhongshan" not in str(caller.get(f"disputes/{dispute.public_id}{place}")[1])
    if paid:
        assert "A49" not in str(buyer.get(f"disputes/{dispute.public_id}/statement")[1])


def test_of_a_ruling_that_was_sent_back_the_parties_read_nothing(
    fair: Fair, buyer: Caller, seller: Caller, arbitrator: Caller
):
    dispute = fair.escalated("600.00 USD", "palace")
    first = fair.do("moderator.rule", on=dispute, refund="600.00 USD", reason="Secret thoughts.")
    fair.do(
        "moderator.send_back_ruling",
        on=first,
        as_=fair.moderator_actor("senior_arbitrator"),
        reason="Look at the second photo.",
    )

    assert Case.objects.get(subject_id=dispute.id).lane == "arbitration"
    for caller in (buyer, seller):
        shown = caller.get(f"disputes/{dispute.public_id}")[1]
        journal = caller.get(f"orders/{dispute.order.public_id}/journal")[1]
        assert shown["rulings"] == []
        assert caller.get(f"rulings/{first.public_id}")[0] == 404
        assert "600.00" in str(journal)  # the claim
        assert not {row["act"] for row in journal["results"]} & {"dispute.decide", "ruling.send_back"}
        assert "Secret" not in str(journal) and "photo" not in str(journal)
    acts = [row["act"] for row in arbitrator.get(f"disputes/{dispute.public_id}/journal")[1]["results"]]
    assert acts[:2] == ["dispute.wait_for_another_ruling", "dispute.decide"]


# ------------------------------------------------------------------ penalties


def test_a_store_reads_its_penalties_once_they_are_confirmed(
    fair: Fair, buyer: Caller, seller: Caller, stranger: Caller
):
    proposed = penalized(fair, confirm=False)
    assert seller.get(f"penalties/{proposed.public_id}")[0] == 404
    assert seller.get("penalties")[1]["results"] == []
    journal = seller.get(f"stores/{fair.store.public_id}/journal")[1]["results"]
    assert not [row for row in journal if row["act"] == "penalty.propose"]

    penalty = penalized(fair)
    shown = seller.get(f"penalties/{penalty.public_id}")[1]

    assert (shown["sanction"], shown["state"]) == ("warning", "in_force")
    assert "appeal_penalty" in shown["actions"]["open"]
    keeps_to("Penalty", shown)
    assert seller.done(f"penalties/{penalty.public_id}/appeal_penalty", {"text": "No."})["state"] == "appealed"
    assert stranger.get(f"penalties/{penalty.public_id}")[0] == 404
    assert buyer.get(f"penalties/{penalty.public_id}")[0] == 403


def test_scopes_cover_the_new_kinds_by_their_collections(fair: Fair):
    one = fair.do("bank.chargeback", on=fair.shipped("lantern"), reason="not_received", network="visa")
    narrow = Caller(fair.store_key("owner", scopes=("chargebacks",)))

    assert narrow.get(f"chargebacks/{one.public_id}")[0] == 200
    assert narrow.get("penalties")[0] == 403
    assert narrow.get("disputes")[0] == 403
