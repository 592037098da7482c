"""The pages of appeals and of chargebacks: what is read, decided, asked, and who would bear what."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from disputes.admin.chargebacks import steps_of
from disputes.models import Chargeback
from rulebook.samples import sample


def words(page) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))
    return unescape(text).replace("\N{NO-BREAK SPACE}", " ")


def hidden_fields(page) -> dict[str, str]:
    form = re.search(r'<form class="pp-card__foot.*?</form>', page.content.decode(), re.S)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def appealed(fair, side="seller") -> Any:
    dispute = fair.escalated()
    ruling = fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="Seen.")
    return fair.do(f"{side}.appeal", on=ruling, text="There is a film of the packing.")


def page_of(appeal) -> str:
    return reverse("admin:appeal", args=[appeal.public_id])


def decide_at(appeal) -> str:
    return reverse("admin:appeal_decide", args=[appeal.public_id])


# ------------------------------------------------------------------ appeals


def test_the_page_shows_the_appeal_beside_the_ruling_and_the_case(fair, second):
    shown = words(second.get(page_of(appealed(fair))))

    for part in ("There is a film of the packing.", "Seen.", "It looks different.", "Liable Seller", "One appeal each"):
        assert part in shown, part


def test_the_page_of_an_appeal_costs_a_constant_number_of_statements(fair, second):
    appeal = appealed(fair)
    second.get(page_of(appeal))

    with CaptureQueriesContext(connection) as seen:
        second.get(page_of(appeal))

    assert len(seen) <= 27


def test_whoever_ruled_reads_why_he_does_not_decide_the_appeal(fair, arbitrator):
    page = arbitrator.get(page_of(appealed(fair)))

    assert "decided by a moderator who had no part in the ruling" in words(page)
    assert 'name="uphold"' not in page.content.decode()


@pytest.mark.parametrize(
    ("side", "fields", "state", "question"),
    [
        ("seller", {"uphold": "true"}, "upheld", "Let the ruling stand?"),
        ("seller", {"uphold": "false"}, "overturned", "Overturn the ruling: 0.00 USD to the buyer?"),
        ("seller", {"uphold": "false", "refund": "5.00"}, "overturned", "Overturn the ruling: 5.00 USD to the buyer?"),
        ("buyer", {"uphold": "false", "refund": "60.00"}, "overturned", "Overturn the ruling: 60.00 USD to the buyer?"),
    ],
)
def test_an_appeal_is_decided_by_preview_and_one_press(side, fields, state, question, fair, second):
    appeal = appealed(fair, side)
    sent = {**fields, "reason": "The film shows it.", "version": str(appeal.version)}

    preview = second.post(decide_at(appeal), sent)
    assert question in words(preview)
    assert fair.fresh(appeal).state == "open"
    second.post(decide_at(appeal), {**hidden_fields(preview), "confirmed": "yes"})

    assert fair.fresh(appeal).state == state
    assert fair.fresh(appeal).decided_by_name == "Second"


def test_a_wrong_amount_on_appeal_comes_back_with_its_reason(fair, second):
    appeal = appealed(fair)

    page = second.post(
        decide_at(appeal), {"uphold": "false", "refund": "30.00", "reason": "More.", "version": str(appeal.version)}
    )

    assert page.status_code == 409
    assert "An appeal makes it no worse for the side that appealed" in words(page)
    assert "More." in page.content.decode()


def test_a_decided_appeal_keeps_its_page_with_the_reasons(fair, second):
    appeal = appealed(fair)
    fair.do(
        "moderator.decide_appeal_itself",
        on=appeal,
        as_=fair.moderator_actor(fair.second),
        uphold=True,
        reason="It stands.",
    )

    page = second.get(page_of(appeal))

    assert "It stands." in words(page) and "This appeal was decided." in words(page)
    assert 'name="uphold"' not in page.content.decode()


# ------------------------------------------------------------------ chargebacks


def taken_back(fair, reason="stolen_card", **inputs) -> Any:
    return fair.do("bank.chargeback", on=fair.shipped("lantern"), reason=reason, network="visa", code="10.4", **inputs)


def test_a_stolen_card_shows_who_would_bear_it_and_lets_proof_be_asked_for(fair, arbitrator):
    chargeback = taken_back(fair)
    here = reverse("admin:chargeback", args=[chargeback.public_id])
    act = reverse("admin:chargeback_act", args=[chargeback.public_id, "request_shipping_proof"])

    page = arbitrator.get(here)
    preview = arbitrator.post(act, {"text": "Show the hand-over.", "version": str(chargeback.version)})
    arbitrator.post(act, {**hidden_fields(preview), "confirmed": "yes"})

    assert "If the bank decides for the cardholder: Platform ." in words(page)
    assert "Ask the seller for proof?" in words(preview)
    after = words(arbitrator.get(here))
    assert "Proof of shipping and delivery was asked for on" in after and "Seller's papers" in after


def test_the_page_of_a_chargeback_costs_a_constant_number_of_statements(fair, arbitrator):
    chargeback = taken_back(fair)
    here = reverse("admin:chargeback", args=[chargeback.public_id])
    arbitrator.get(here)

    with CaptureQueriesContext(connection) as seen:
        arbitrator.get(here)

    assert len(seen) <= 20


def test_papers_are_shown_and_their_files_served_safely(fair, arbitrator, enter):
    chargeback = taken_back(fair, "not_received")
    fair.do(
        "seller.submit_chargeback_evidence",
        on=chargeback,
        text="Signed for.",
        waybill="WB1",
        files=[sample("slip.pdf")],
    )
    address = reverse("admin:chargeback_paper", args=[chargeback.public_id, 1])

    page = arbitrator.get(reverse("admin:chargeback", args=[chargeback.public_id]))
    answer = arbitrator.get(address)

    assert "Signed for." in words(page) and "PDF: save and open" in words(page)
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert arbitrator.get(reverse("admin:chargeback_paper", args=[chargeback.public_id, 2])).status_code == 404
    assert enter(fair.staff["owner"]).get(address).status_code == 302


def told(**known: Any) -> Any:
    """A chargeback as the branch looks at it."""
    order = SimpleNamespace(
        units_shipped=1,
        handed_over_at=None,
        state="shipped",
        requested_country="",
        address_check="",
        store=SimpleNamespace(grave=[]),
    )
    for name in list(known):
        if hasattr(order, name):
            setattr(order, name, known.pop(name))
    return SimpleNamespace(
        **{"reason": "stolen_card", "proof_missing": False, "papers": [], "decided_under": "", "order": order, **known}
    )


@pytest.mark.parametrize(
    ("known", "rule", "who"),
    [
        ({"reason": "not_received"}, "A69-2", "seller"),
        ({"units_shipped": 0, "state": "awaiting_shipment"}, "A70-2", "nobody"),
        ({}, "A70-3", "platform"),
        ({"requested_country": "FR"}, "A70-7", "seller"),
        ({"requested_country": "FR", "address_check": "unsafe"}, "A70-7", "seller"),
        ({"requested_country": "FR", "address_check": "safe"}, "A70-8", "platform"),
        ({"proof_missing": True}, "A70-9", "seller"),
        (
            {"store": SimpleNamespace(grave=["V-16"]), "requested_country": "FR", "address_check": "safe"},
            "A70-10",
            "seller",
        ),
        ({"store": SimpleNamespace(grave=["V-9"])}, "A70-3", "platform"),
        ({"units_shipped": 0, "state": "shipped", "handed_over_at": 1}, "A70-5", "seller"),
        (
            {"units_shipped": 0, "state": "shipped", "handed_over_at": 1, "papers": [{"waybill": "W1"}]},
            "A70-3",
            "platform",
        ),
    ],
)
def test_who_bears_a_chargeback_follows_from_the_facts_in_their_order(known, rule, who):
    decides = [step for step in steps_of(told(**known)) if step.decides]

    assert [(step.rule, step.who) for step in decides] == [(rule, who)]


@pytest.mark.parametrize("address_check", ["", "safe", "unsafe"])
def test_the_page_foretells_what_the_bank_s_decision_then_brings(address_check, fair):
    chargeback = taken_back(fair)
    order = chargeback.order
    type(order).objects.filter(pk=order.pk).update(
        requested_country="FR" if address_check else "", address_check=address_check
    )
    foretold = next(step for step in steps_of(Chargeback.objects.get(pk=chargeback.pk)) if step.decides)

    lost = fair.do("bank.decide", on=chargeback, winner="buyer")

    assert (lost.borne_by, lost.decided_under) == (foretold.who, foretold.rule)


@pytest.mark.parametrize("name", ["appeal", "chargeback", "case_statement"])
@pytest.mark.parametrize("strange", ["dsp_nothing", "1", "apl_01m80rdajbfvaaavxvptxqyxyv", "<script>", "%00"])
def test_an_address_that_leads_nowhere_is_a_404(name, strange, arbitrator):
    address = reverse(f"admin:{name}", args=["x"]).replace("/x/", f"/{strange}/")

    assert arbitrator.get(address).status_code == 404
