"""The statement of reasons: for every end of a dispute, always the same, and the same for both sides."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from disputes.models import Dispute
from disputes.statement import Statement, is_decided, statement_of, text_of
from rulebook.actors import MODERATOR
from rulebook.articles import all_articles, article
from rulebook.clock import now
from rulebook.rehearsal import look
from rulebook.samples import sample


def told(fair, dispute, reader="seller") -> Statement | None:
    docket = look(Dispute, [dispute.pk], fair.moderator_actor())
    return statement_of(docket.held[dispute.pk], reader=reader)


def ruled(fair, refund="20.00 USD", **inputs) -> Any:
    dispute = fair.escalated()
    return fair.do(
        "moderator.rule",
        on=dispute,
        **{"refund": refund, "liable": "seller", "reason": "The pictures show it.", **inputs},
    )


# ------------------------------------------------------------------ every end


def by_silence(fair):
    dispute = fair.disputed()
    fair.advance("5d")
    return dispute


def by_acceptance(fair):
    dispute = fair.disputed()
    fair.do("seller.accept_dispute", on=dispute)
    return dispute


def by_agreement(fair):
    dispute = fair.disputed()
    fair.do("seller.make_offer", on=dispute, refund="5.00 USD")
    fair.do("buyer.accept_offer", on=dispute)
    return dispute


def by_withdrawal(fair):
    dispute = fair.disputed()
    fair.do("buyer.withdraw_dispute", on=dispute)
    return dispute


def by_lapse(fair):
    dispute = fair.disputed()
    fair.do("seller.make_offer", on=dispute, refund="5.00 USD", return_goods=True)
    fair.do("buyer.accept_offer", on=dispute)
    fair.advance("10d")
    return dispute


def by_return(fair):
    dispute = fair.disputed()
    fair.do("seller.make_offer", on=dispute, refund="5.00 USD", return_goods=True)
    fair.do("buyer.accept_offer", on=dispute)
    fair.do("buyer.ship_return", on=dispute, waybill="BACK1234")
    fair.do("seller.confirm_return", on=dispute)
    return dispute


def by_ruling(fair):
    return ruled(fair).dispute


@pytest.mark.parametrize(
    ("end", "kind", "automatic", "rule", "outcome"),
    [
        (by_silence, "end", True, "A40-2", "The claim is carried out in full: 20.00 USD"),
        (by_acceptance, "end", False, "A40-1", "Settled as the parties agreed: 20.00 USD"),
        (by_agreement, "end", False, "A41-1", "Settled as the parties agreed: 5.00 USD"),
        (by_withdrawal, "end", False, "", "Withdrawn by the buyer"),
        (by_lapse, "end", True, "A44-2", "Ended: the goods were not sent back"),
        (by_return, "end", False, "A44-3", "Settled as the parties agreed: 5.00 USD"),
        (by_ruling, "ruling", False, "A45-2", "20.00 USD go back to the buyer."),
    ],
)
def test_every_end_has_its_statement_with_the_rule_that_decided(end, kind, automatic, rule, outcome, fair):
    found = told(fair, end(fair))

    assert found is not None
    (decision,) = found.decisions
    assert (decision.kind, decision.automatic) == (kind, automatic)
    assert decision.outcome.replace("\N{NO-BREAK SPACE}", " ").startswith(outcome)
    if rule:
        assert rule in [law.id for law in decision.rules]
    assert decision.appeal and decision.by and decision.reasons


def test_nothing_is_stated_before_something_is_decided(fair):
    dispute = fair.escalated("800.00 USD", "palace")
    fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="All.")

    assert told(fair, dispute) is None
    assert not is_decided(fair.fresh(dispute))


# ------------------------------------------------------------------ what it says


def test_a_ruling_is_told_with_facts_evidence_rules_money_and_the_way_to_appeal(fair):
    dispute = fair.disputed()
    piece = fair.do("buyer.add_evidence", on=dispute, file=sample("dust.jpg"), shows="photo")
    fair.do("seller.reject_dispute", on=dispute, text="It was clean.")
    fair.advance("7d")
    ruling = fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="The pictures show it.")

    found = told(fair, dispute)

    (decision,) = found.decisions
    text = text_of(found).replace("\N{NO-BREAK SPACE}", " ")
    assert [shown.kind for shown in decision.evidence] == ["Photo"]
    assert decision.evidence[0].sha256 and piece is not None
    assert [(move.amount.amount, move.to_buyer) for move in decision.money] == [("20.00", True)]
    assert decision.until == fair.fresh(ruling).appeal_until
    for part in (
        "It looks different.",
        "It was clean.",
        "The pictures show it.",
        "It came before an arbitrator.",
        "A ruling that moves more than this waits for a second moderator: 500.00 USD",
        "How long after a ruling each side may appeal, once: 7 natural days",
        "Each side may appeal once, until",
        "Seller, from the order's money: 20.00 USD",
    ):
        assert part in text, part


def test_whoever_decided_is_told_by_role_and_never_by_name(fair):
    dispute = fair.escalated("800.00 USD", "palace")
    made = fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="All.")
    fair.do("moderator.approve_ruling", on=made, as_=fair.moderator_actor(fair.second))

    text = text_of(told(fair, dispute))

    assert "a second one looked at it and approved it" in text
    for user in (*fair.moderators.values(), fair.second):
        assert user.name not in text, user.name


def test_an_appeal_that_succeeds_is_a_second_decision_and_the_first_is_marked(fair):
    ruling = ruled(fair)
    appeal = fair.do("seller.appeal", on=ruling, text="Look again.")
    fair.advance("1h")
    fair.do(
        "moderator.decide_appeal_itself",
        on=appeal,
        as_=fair.moderator_actor(fair.second),
        uphold=False,
        reason="The film shows it whole.",
    )

    for_seller, for_buyer = told(fair, ruling.dispute), told(fair, ruling.dispute, "buyer")

    assert [(one.kind, one.stands) for one in for_seller.decisions] == [("ruling", False), ("appeal", True)]
    assert for_seller.decisions[1].reasons == "The film shows it whole."
    assert [move.to_buyer for move in for_seller.decisions[1].money] == [False]
    assert for_buyer.decisions[1].money == (), "what the platform gives the seller is between these two"


def test_the_end_after_a_ruling_against_the_goods_points_to_that_ruling(fair):
    ruling = ruled(fair, return_goods=True)
    fair.advance("1h")
    fair.do("buyer.ship_return", on=ruling.dispute, waybill="BACK1234")
    fair.do("seller.confirm_return", on=ruling.dispute)

    first, end = told(fair, ruling.dispute).decisions

    assert (first.kind, end.kind) == ("ruling", "end")
    assert "Nobody ruled here" not in end.appeal
    assert end.appeal.startswith("It carries out the ruling")


def test_a_ruling_that_waits_or_fell_is_none_to_the_end_of_a_dispute(fair):
    dispute = fair.escalated("800.00 USD", "palace")
    fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="All.")
    fair.do("seller.make_offer", on=dispute, refund="700.00 USD")
    fair.do("buyer.accept_offer", on=dispute)

    (end,) = told(fair, dispute).decisions

    assert end.appeal.startswith("Nobody ruled here")


def test_what_came_later_than_the_decision_is_no_fact_of_it(fair):
    dispute = by_ruling(fair)
    fair.advance("20d")

    (decision,) = told(fair, dispute).decisions

    assert all(fact.at is None or fact.at <= decision.at for fact in decision.facts)


def test_it_is_the_same_whenever_and_wherever_it_is_read(fair):
    dispute = by_ruling(fair)
    first = told(fair, dispute)
    with time_machine.travel(now() + timedelta(days=3 * 365)):
        later = told(fair, dispute)

    assert json.dumps(first.as_json(), sort_keys=True) == json.dumps(later.as_json(), sort_keys=True)
    assert text_of(first) == text_of(later)


def test_rules_are_quoted_as_they_were_worded_at_the_decision(fair, monkeypatch):
    dispute = by_ruling(fair)
    changed, tomorrow = article("A45-2"), now().date() + timedelta(days=2)
    later = replace(changed, wordings=(*changed.wordings, (tomorrow, "Worded anew since.")))
    registry = {**all_articles(), "A45-2": later}
    monkeypatch.setattr("rulebook.articles._registry", lambda: registry)
    with time_machine.travel(now() + timedelta(days=30)):
        assert article("A45-2").summary == "Worded anew since."
        quoted = {law.id: law.text for law in told(fair, dispute).decisions[0].rules}

    assert quoted["A45-2"] == changed.summary


def test_both_sides_read_the_same_reasons(fair):
    dispute = by_ruling(fair)

    assert told(fair, dispute, "buyer") == told(fair, dispute, "seller")


def test_it_costs_a_constant_number_of_statements(fair):
    small, large = by_ruling(fair), fair.disputed()
    for number in range(5):
        fair.do("buyer.add_evidence", on=large, text=f"Piece {number}")
    fair.do("seller.accept_dispute", on=large)
    counts = []
    for dispute in (small, large):
        docket = look(Dispute, [dispute.pk], fair.moderator_actor())
        with CaptureQueriesContext(connection) as seen:
            statement_of(docket.held[dispute.pk], reader=MODERATOR)
        counts.append(len(seen))

    assert counts == [4, 4]


def test_hostile_words_stay_words_on_the_page(fair):
    dispute = fair.escalated()
    script = "<script>alert(1)</script>"
    fair.do("moderator.rule", on=dispute, refund="0.00 USD", liable="buyer", reason=script)

    html = render_to_string("disputes/_statement.html", {"statement": told(fair, dispute), "now": now()})

    assert script not in html and "&lt;script&gt;" in html


# ------------------------------------------------------------------ at the doors


def test_the_api_gives_it_to_both_sides_and_to_nobody_else(fair):
    dispute = by_ruling(fair)
    address = f"/api/v1/disputes/{dispute.public_id}/statement"

    def ask(key, **headers):
        return Client().get(address, headers={"Authorization": f"Bearer {key}", **headers})

    seller = ask(fair.store_key())
    buyer = ask(fair.storefront_key(), **{"Piepowder-Buyer": fair.buyer.reference})
    stranger = ask(fair.store_key(store=fair.other_store))

    assert seller.status_code == buyer.status_code == 200
    assert seller.json()["decisions"][0]["reasons"] == "The pictures show it."
    assert "The pictures show it." in buyer.json()["text"]
    assert stranger.status_code == 404


def test_the_seller_reads_it_from_the_notice_of_the_end(fair):
    dispute = by_ruling(fair)
    client = Client()
    client.force_login(fair.staff["support"])
    page = reverse("portal:dispute_statement", args=[dispute.public_id])

    notices = client.get(reverse("portal:notices")).content.decode()
    answer = client.get(page)

    assert page in notices
    assert "The pictures show it." in answer.content.decode()
    assert client.get(reverse("portal:dispute_statement", args=[fair.disputed().public_id])).status_code == 404


def test_a_stranger_does_not_find_it_in_the_portal(fair):
    dispute = by_ruling(fair)
    client = Client()
    client.force_login(fair.stranger)

    assert client.get(reverse("portal:dispute_statement", args=[dispute.public_id])).status_code == 404
