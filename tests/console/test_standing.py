"""Penalties from the proposal to the decided appeal, the cover's and the account's end, orders held for their card."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rulebook.admin.cases import deal
from rulebook.clock import now
from rulebook.models import Case
from stores.models import Penalty
from tests.console.test_appeals_and_chargebacks import hidden_fields, words

SAID = {
    "kind": "store_frozen",
    "severity": "serious",
    "article": "V-16",
    "reason": "Stones in the parcel.",
    "days": "5",
}


def at(page, found, verb=""):
    return reverse(f"admin:{page}_act" if verb else f"admin:{page}", args=[found.public_id, *([verb] if verb else [])])


def twice(client, address, sent):
    """Form and preview, then the press; gives the preview and what comes after it."""
    preview = client.post(address, sent)
    assert preview.status_code == 200 and "preview" in preview.context, words(preview)[:2000]
    return preview, client.post(address, {**hidden_fields(preview), "confirmed": "yes"}, follow=True)


@pytest.fixture
def senior(fair, enter):
    return enter(fair.moderators["senior_arbitrator"])


@pytest.fixture
def manager(fair, enter):
    return enter(fair.moderators["policy_manager"])


def proposed(fair, **said):
    said = {"kind": "store_frozen", "severity": "serious", "article": "V-16", "reason": "Stones.", **said}
    return fair.do("moderator.propose_penalty", on=fair.store, as_=fair.moderator_actor("senior_arbitrator"), **said)


def confirmed(fair, **said):
    return fair.do("moderator.confirm_penalty", on=proposed(fair, **said), as_=fair.moderator_actor("policy_manager"))


def appealed(fair, **said):
    return fair.do("seller.appeal_penalty", on=confirmed(fair, **said), text="The scale was wrong.")


# ------------------------------------------------------------------ penalties


def test_a_penalty_goes_from_the_store_s_page_by_two_moderators_and_an_appeal_to_its_end(fair, senior, manager, second):
    store = fair.fresh(fair.store)
    preview, after = twice(senior, at("store", store, "propose_penalty"), {**SAID, "version": store.version})
    assert "Propose: Store frozen, for V-16?" in words(preview)
    assert "Nothing follows and the seller is not told" in words(preview)
    penalty = Penalty.objects.get()
    assert (penalty.state, penalty.points, fair.fresh(store).state) == ("proposed", 12, "open")
    assert "P1" in words(after) and "waits for another moderator" in words(after)

    preview, after = twice(manager, at("penalty", penalty, "confirm_penalty"), {"version": penalty.version})
    assert "Confirm: Store frozen, 12 points?" in words(preview)
    assert "Points for trade 0 12 worse" in words(preview)
    assert "A penalty is in force against your store" in words(preview)
    assert fair.fresh(store).state == "suspended" and fair.fresh(store).points == 12
    assert "Nothing is left to decide." in words(after)

    penalty = fair.do("seller.appeal_penalty", on=fair.fresh(penalty), text="The scale was wrong.")
    shown = words(senior.get(at("penalty", penalty)))
    assert "The scale was wrong." in shown and "Stones in the parcel." in shown

    sent = {"uphold": "false", "reason": "It was.", "version": penalty.version}
    preview, after = twice(senior, at("penalty", penalty, "decide_penalty_appeal"), sent)
    assert "Lift the penalty?" in words(preview) and "Points for trade 12 0 better" in words(preview)
    assert fair.fresh(penalty).state == "overturned"
    assert (fair.fresh(store).state, fair.fresh(store).points) == ("open", 0)


def test_an_appeal_that_fails_leaves_all_as_it_was(fair, senior):
    penalty = appealed(fair)
    sent = {"uphold": "true", "reason": "The scale was right.", "version": penalty.version}

    preview, after = twice(senior, at("penalty", penalty, "decide_penalty_appeal"), sent)

    assert "Let the penalty stand?" in words(preview)
    assert (fair.fresh(penalty).state, fair.fresh(fair.store).points) == ("upheld", 12)
    assert "The scale was right." in words(after)


def test_the_page_shows_the_rule_the_points_the_steps_and_the_other_penalties(fair, manager):
    confirmed(fair, severity="general", kind="points", article="V-20", reason="Harassed a buyer.")
    penalty = proposed(fair)

    shown = words(manager.get(at("penalty", penalty)))

    for part in (
        "Shipping that is false",
        "A waybill that is invalid",
        "step reached: from 12: Store frozen, 7 days",
        "next step: from 24: Store frozen, 14 days",
        "Points for trade",
        "P1",
        "Points alone, 2 points",
        "Proposed by Senior arbitrator",
    ):
        assert part in shown, part


def test_whoever_proposed_or_confirmed_it_reads_why_another_one_decides(fair, senior, manager):
    first = words(senior.get(at("penalty", proposed(fair))))
    other = words(manager.get(at("penalty", appealed(fair))))

    assert "confirmed by another moderator than the one who proposed it" in first
    assert "decided by another moderator than the one who confirmed the penalty" in other


def test_penalties_wait_in_their_lanes_and_are_dealt_to_others_than_their_makers(fair, senior):
    waiting, contested = proposed(fair), appealed(fair)

    lanes = dict(Case.objects.filter(kind="penalty", open=True).values_list("subject_id", "lane"))
    listed = words(senior.get(reverse("admin:worklist"), {"lane": "second"}))
    actors = {role: fair.moderator_actor(role) for role in ("senior_arbitrator", "policy_manager", "arbitrator")}
    dealt = {role: deal(actor, now()) for role, actor in actors.items()}

    assert lanes == {waiting.id: "second", contested.id: "appeals"}
    assert "Penalty P1" in listed and "Store frozen" in listed
    assert dealt["senior_arbitrator"].subject_id == contested.id
    assert dealt["policy_manager"].subject_id == waiting.id
    assert dealt["arbitrator"] is None


def test_the_page_of_a_penalty_costs_a_constant_number_of_statements(fair, manager):
    penalty = proposed(fair)
    manager.get(at("penalty", penalty))
    with CaptureQueriesContext(connection) as few:
        manager.get(at("penalty", penalty))
    for _time in range(5):
        confirmed(fair, kind="points")
    with CaptureQueriesContext(connection) as many:
        manager.get(at("penalty", penalty))

    assert len(many) == len(few) <= 18


@pytest.mark.parametrize(
    "wrong", [{"article": "V-99"}, {"article": ""}, {"reason": ""}, {"kind": "prison"}, {"days": "0x"}]
)
def test_what_is_wrong_with_a_proposal_is_said_beside_its_field(wrong, fair, senior):
    page = senior.post(at("store", fair.store, "propose_penalty"), {**SAID, **wrong})

    assert page.status_code == 422
    assert next(act["form"] for act in page.context["acts"] if act["opened"]).errors.keys() == wrong.keys()
    assert not Penalty.objects.exists()


# ------------------------------------------------------------------ the store's cover and account


def test_the_cover_ends_from_the_store_s_page(fair, arbitrator):
    store = fair.do("seller.join_cover", on=fair.store)

    preview, after = twice(
        arbitrator, at("store", store, "stop_cover"), {"reason": "Empty parcels.", "version": store.version}
    )

    assert "End the after-sale cover of" in words(preview)
    assert not fair.fresh(store).aftersale_cover
    assert "Out of the after-sale cover" in words(after) or "ended" in words(after)


def test_an_account_is_closed_from_the_store_s_page(fair, senior):
    store = fair.fresh(fair.store)

    preview, after = twice(
        senior, at("store", store, "close_account"), {"reason": "serious_violation", "version": store.version}
    )

    assert "Close the account of" in words(preview)
    assert fair.fresh(store).state == "closed"
    assert "Account closed" not in words(after) or "The account is closed" in words(after)


def test_a_role_that_only_reads_finds_no_form_about_the_standing(fair, enter):
    page = enter(fair.moderators["auditor"]).get(at("store", fair.store))

    assert "Your role reads this store" in words(page)
    assert 'name="reason"' not in page.content.decode()


# ------------------------------------------------------------------ the card


def test_an_order_is_held_and_let_go_from_its_page(fair, arbitrator):
    fair.advance("8d")
    order = fair.paid("lantern")

    preview, after = twice(
        arbitrator, at("order", order, "hold_order"), {"reason": "An odd card.", "version": order.version}
    )
    assert "Hold the order's money?" in words(preview)
    assert "Held because the card may be stolen" in words(after)
    order = fair.fresh(order)
    assert order.risk_at is not None
    preview, after = twice(
        arbitrator, at("order", order, "clear_order"), {"reason": "It was his.", "version": order.version}
    )

    assert "Lift the hold?" in words(preview)
    assert fair.fresh(order).risk_at is None
    assert "Held because the card may be stolen" not in words(after)


def test_a_stolen_card_closes_the_order_and_the_preview_shows_the_money(fair, arbitrator):
    fair.advance("8d")
    order = fair.paid("lantern")

    preview, _after = twice(
        arbitrator, at("order", order, "confirm_stolen_card"), {"reason": "Reported.", "version": order.version}
    )

    assert "all that was paid returns to the cardholder" in words(preview)
    assert "100.00" in words(preview) and "Held in escrow" in words(preview)
    assert fair.fresh(order).state == "closed"


def test_a_refused_act_comes_back_with_the_rule_s_words_and_all_that_was_typed(fair, arbitrator):
    order = fair.shipped("lantern")

    page = arbitrator.post(at("order", order, "confirm_stolen_card"), {"reason": "Reported by the owner."})

    assert page.status_code == 409
    assert "Reported by the owner." in page.content.decode()


@pytest.mark.parametrize(("page", "verb"), [("order", "rule"), ("store", "hold_order"), ("penalty", "propose_penalty")])
def test_a_verb_that_is_not_of_the_page_is_a_404(page, verb, fair, senior):
    found = {"order": fair.paid("lantern"), "store": fair.store, "penalty": proposed(fair)}[page]

    assert senior.post(at(page, found, verb), {}).status_code == 404
