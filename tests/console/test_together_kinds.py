"""Many cases at once, for every kind of case that allows it, with prepared texts."""

from __future__ import annotations

import pytest
from django.urls import reverse

from disputes.models import Appeal, Chargeback
from rulebook.clock import now
from rulebook.ids import new_id
from rulebook.models import BulkItem, CannedText, Case
from tests.console.test_deciding import words
from tests.console.test_review_queue import reported
from tests.console.test_standing import proposed
from tests.console.test_together import ahead, hidden, rows_of


@pytest.fixture
def senior(fair, enter):
    return enter(fair.moderators["senior_arbitrator"])


def together(client, code, *subjects, **said):
    """Look ahead, confirm; gives what looking ahead showed."""
    page = ahead(client, code, rows_of(*subjects), **said)
    assert page.status_code == 200, words(page)[:600]
    client.post(reverse("admin:bulk_preview", args=[code]), {**hidden(page), "confirmed": "yes"})
    return page


def states(*subjects) -> list[str]:
    return [type(one).objects.get(pk=one.pk).state for one in subjects]


def appealed(fair, refund="20.00 USD"):
    ruling = fair.do(
        "moderator.rule",
        on=fair.escalated(refund),
        as_=fair.moderator_actor("arbitrator"),
        refund="10.00 USD",
        liable="seller",
        reason="Half of it.",
    )
    return fair.do("seller.appeal", on=ruling, text="There is a film.")


def canned(text="About {order}: no.", use="", topic="", title="No proof"):
    return CannedText.objects.create(
        id=new_id(), title=title, text=text, use=use, topic=topic, made_by_name="Ada", changed_at=now()
    )


def test_the_rulings_of_several_appeals_stand_with_each_order_named(fair, senior):
    first, second = appealed(fair), appealed(fair)

    page = together(senior, "uphold", first, second, reason="{order} shows nothing new.")

    assert page.context["will"] == 2
    assert states(first, second) == ["upheld", "upheld"]
    said = set(Appeal.objects.values_list("answer", flat=True))
    assert said == {f"{one.ruling.dispute.order.name} shows nothing new." for one in (first, second)}


def test_who_ruled_does_not_let_the_rulings_stand_in_passing(fair, arbitrator):
    found = appealed(fair)

    page = ahead(arbitrator, "uphold", rows_of(found), reason="No.")

    assert page.context["will"] == 0
    assert "somebody else looks again" in page.context["rows"][0]["refused"]


def test_several_sellers_are_asked_for_proof(fair, senior):
    for _number in range(2):
        fair.do("bank.chargeback", on=fair.shipped("lantern"), reason="stolen_card", network="visa")
    found = list(Chargeback.objects.all())

    together(senior, "ask-for-proof", *found, text="Show the waybill of {order}.")

    assert all(one.proof_asked_at is not None for one in Chargeback.objects.all())


def test_several_penalties_are_confirmed_by_who_did_not_propose_them(fair, enter, senior):
    found = [proposed(fair, kind="warning", severity="general", article="V-20", days="") for _number in range(2)]

    mine = ahead(senior, "confirm", rows_of(*found))
    together(enter(fair.moderators["policy_manager"]), "confirm", *found)

    assert mine.context["will"] == 0
    assert states(*found) == ["in_force", "in_force"]


def test_reported_reviews_are_hidden_together_from_the_worklist(fair, arbitrator):
    found = [reported(fair), reported(fair)]

    together(arbitrator, "hide", *found, reason="An address of a person.")

    assert states(*found) == ["hidden", "hidden"]
    assert BulkItem.objects.filter(state="done").count() == 2


def test_several_complaints_get_one_answer_with_each_buyers_name(fair, arbitrator):
    found = [fair.do("buyer.complain", on=None, about="The site", text=f"Down, {number}.") for number in range(2)]

    together(arbitrator, "answer", *found, text="{buyer}, we are sorry.")

    assert states(*found) == ["answered", "answered"]


# ------------------------------------------------------------------ prepared texts


def test_prepared_texts_are_offered_with_their_variables_and_only_those_that_fit_all(fair, arbitrator):
    found = [fair.escalated(), fair.escalated()]
    reason = Case.objects.get(subject_id=found[0].pk).topic
    canned("For all: {buyer}.", title="Any")
    canned("Its own reason.", topic=reason, title="Same reason")
    canned("Of another reason.", topic="nothing_like_it", title="Other reason")

    page = arbitrator.post(reverse("admin:bulk"), {"picked": rows_of(*found), "do": "decide"})

    assert [one["title"] for one in page.context["texts"]] == ["Same reason", "Any"]
    assert 'data-text="For all: {buyer}."' in page.content.decode()


def test_without_a_script_a_prepared_text_is_put_into_the_form_of_all(fair, arbitrator):
    found, text = [fair.escalated(), fair.escalated()], canned()

    page = ahead(arbitrator, "reject", rows_of(*found), reason="First.", insert="reason", text_for_reason=str(text.id))

    way = next(one for one in page.context["ways"] if one["code"] == "reject")
    assert way["opened"]
    assert "First.\n\nAbout {order}: no." in str(way["form"]["reason"])
    assert len(page.context["cases"]) == 2


def test_what_is_open_for_no_case_stands_below_with_its_reason(fair, arbitrator):
    page = arbitrator.post(reverse("admin:bulk"), {"picked": rows_of(fair.escalated()), "do": "decide"})

    closed = {way["code"]: way["closed"] for way in page.context["closed"]}
    assert closed["take-over"]
    assert reverse("admin:bulk_preview", args=["take-over"]) not in page.content.decode()


@pytest.mark.parametrize("name", ["bulk", "bulk_preview", "next_case", "save_view"])
def test_whoever_comes_back_after_signing_in_again_finds_the_list(name, fair, arbitrator):
    """The sign-in sends people on to the address that they were at; these take what is sent, and show nothing."""
    address = reverse(f"admin:{name}", args=["reject"] if name == "bulk_preview" else [])

    assert arbitrator.get(address)["Location"] == reverse("admin:worklist")
