"""Amendments by two people, stuck deadlines, and the rulebook's own pages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from rulebook.admin import policy
from rulebook.articles import all_articles
from rulebook.citations import citations
from rulebook.clock import now, parse_duration
from rulebook.models import Amendment, Deadline
from stores.models import User
from tests.console.test_deciding import hidden_fields, words

PROPOSAL = {"parameter": "dispute.response_days", "value": "6", "from": "2090-01-01", "reason": "Slow post."}


@pytest.fixture
def manager(fair, enter):
    return enter(fair.moderators["policy_manager"])


@pytest.fixture
def colleague(fair, enter):
    return enter(
        User.objects.create_user(
            "policy2@platform.example", "x", name="Pat", is_staff=True, platform_roles=["policy_manager"]
        )
    )


def proposed(manager, **fields) -> Amendment:
    address = reverse("admin:propose_amendment")
    preview = manager.post(address, {**PROPOSAL, **fields})
    assert preview.status_code == 200, words(preview)
    manager.post(address, {**hidden_fields(preview), "confirmed": "yes"})
    return Amendment.objects.latest("id")


def decide(client, amendment, verb):
    """Both steps; the last answer."""
    address = reverse("admin:amendment_act", args=[amendment.public_id, verb])
    preview = client.post(address, {"version": amendment.version})
    return (
        preview if preview.status_code != 200 else client.post(address, {**hidden_fields(preview), "confirmed": "yes"})
    )


# ------------------------------------------------------------------ amendments


def test_one_proposes_and_another_approves(manager, colleague):
    amendment = proposed(manager, category="home-garden")

    answer = decide(colleague, amendment, "approve_amendment")

    amendment = Amendment.objects.get(pk=amendment.pk)
    assert answer.status_code == 302
    assert (amendment.state, amendment.value, amendment.scope) == ("approved", "6", {"category": "home-garden"})


def test_nobody_approves_his_own(manager):
    amendment = proposed(manager)

    page = manager.get(reverse("admin:amendment", args=[amendment.public_id]))
    answer = decide(manager, amendment, "approve_amendment")

    assert "approved by another person than the one who proposed it" in words(page)
    assert not [act for act in page.context["acts"]["open"] if act["label"] == "Approve"]
    assert answer.status_code == 409
    assert Amendment.objects.get(pk=amendment.pk).state == "proposed"


def test_the_one_who_proposed_may_withdraw(manager):
    amendment = proposed(manager)

    decide(manager, amendment, "withdraw_amendment")

    assert Amendment.objects.get(pk=amendment.pk).state == "withdrawn"


def test_an_amendment_that_would_come_too_soon_is_not_approved(manager, colleague):
    amendment = proposed(manager, **{"from": (now() + parse_duration("1d")).date().isoformat()})

    answer = decide(colleague, amendment, "approve_amendment")

    assert answer.status_code == 409
    assert "announced before it comes into force" in words(answer)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"parameter": "dispute.respond_days"}, "nearest are dispute.response_days"),
        ({"value": "soon"}, "is not a value in natural days"),
        ({"value": "-1"}, "below the least"),
        ({"from": "tomorrow"}, "Write a date like 2026-03-07"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_a_proposal_that_makes_no_sense_comes_back_with_its_reason(fields, says, manager):
    page = manager.post(reverse("admin:propose_amendment"), {**PROPOSAL, **fields, "confirmed": "yes"})

    assert page.status_code == 422
    assert says in words(page)
    assert not Amendment.objects.exists()


def test_the_list_says_where_the_rest_of_the_amendments_is(manager, monkeypatch):
    made = [proposed(manager, value=str(days)) for days in (6, 7)]

    monkeypatch.setattr(policy, "SHOWN", 2)
    whole = words(manager.get(reverse("admin:amendments")))
    monkeypatch.setattr(policy, "SHOWN", 1)
    page = manager.get(reverse("admin:amendments"))

    assert "There are more" not in whole
    assert "There are more: see the register" in words(page)
    assert len(page.context["groups"][0]["rows"]) == 1 < len(made)


def test_a_page_that_fell_behind_says_what_was_done_and_links_to_nothing_that_is_not_there(manager, colleague):
    amendment = proposed(manager)
    decide(colleague, amendment, "approve_amendment")

    address = reverse("admin:amendment_act", args=[amendment.public_id, "withdraw_amendment"])
    page = manager.post(address, {"version": amendment.version, "confirmed": "yes"})

    assert page.status_code == 412
    assert "This was changed meanwhile" in words(page)
    assert "#timeline-title" not in page.content.decode()


@pytest.mark.parametrize("verb", ["approve_amendment", "withdraw_amendment"])
def test_whoever_signs_in_again_in_the_middle_of_an_act_comes_back_to_the_amendment(verb, manager):
    amendment = proposed(manager)

    answer = manager.get(reverse("admin:amendment_act", args=[amendment.public_id, verb]))

    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:amendment", args=[amendment.public_id]))


# ------------------------------------------------------------------ stuck deadlines


@pytest.fixture
def stuck(fair) -> Deadline:
    """An order's payment deadline that failed once."""
    order = fair.placed()
    row = Deadline.objects.get(root_id=order.pk, name="payment")
    Deadline.objects.filter(pk=row.pk).update(
        status="stuck",
        error="ValueError: the cause is gone",
        attempts=3,
        retry_at=now() + parse_duration("1h"),
        due_at=now() - parse_duration("1h"),
    )
    return Deadline.objects.get(pk=row.pk)


def test_what_is_stuck_stands_first_with_its_error_and_can_be_tried_again(fair, stuck, arbitrator):
    page = arbitrator.get(reverse("admin:deadlines"))

    answer = arbitrator.post(reverse("admin:retry_deadline", args=[stuck.pk]), follow=True)

    assert "ValueError: the cause is gone" in words(page) and "tried 3 times" in words(page)
    assert "carried out" in words(answer)
    assert Deadline.objects.get(pk=stuck.pk).status == "fired"


def test_a_deadline_that_fails_again_stays_stuck_and_says_so(fair, stuck, arbitrator, monkeypatch):
    from orders.models import Order

    def fail(*_args, **_more):
        raise ValueError("still broken")

    monkeypatch.setattr(Order.close_unpaid.law, "call", fail)

    answer = arbitrator.post(reverse("admin:retry_deadline", args=[stuck.pk]), follow=True)

    row = Deadline.objects.get(pk=stuck.pk)
    assert (row.status, row.attempts) == ("stuck", 4)
    assert "still broken" in words(answer)


def test_coming_by_an_address_tries_nothing_again(fair, stuck, arbitrator):
    answer = arbitrator.get(reverse("admin:retry_deadline", args=[stuck.pk]))

    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:deadlines"))
    assert Deadline.objects.get(pk=stuck.pk).status == "stuck"


def test_auditors_carry_nothing_out(fair, stuck, enter):
    answer = enter(fair.moderators["auditor"]).post(reverse("admin:retry_deadline", args=[stuck.pk]))

    assert answer.status_code == 403
    assert Deadline.objects.get(pk=stuck.pk).status == "stuck"


def test_trying_again_what_is_not_stuck_changes_nothing(fair, stuck, arbitrator):
    Deadline.objects.filter(pk=stuck.pk).update(status="pending")

    answer = arbitrator.post(reverse("admin:retry_deadline", args=[stuck.pk]), follow=True)

    assert "not stuck any more" in words(answer)
    assert Deadline.objects.get(pk=stuck.pk).status == "pending"


# ------------------------------------------------------------------ the rulebook's pages


def test_every_rule_that_is_cited_and_every_article_has_a_page(db, client):
    for rule_id in {*citations(), *(entry.id for entry in all_articles().values() if not entry.is_rule)}:
        assert client.get(reverse("rulebook:rule", args=[rule_id])).status_code == 200, rule_id


def test_a_rule_shows_its_text_its_values_their_history_and_where_it_is_carried_out(manager, colleague, client):
    decide(colleague, proposed(manager), "approve_amendment")

    said = words(client.get(reverse("rulebook:rule", args=["A40-1"])))

    for part in (
        "Five days to answer",
        "5 natural days",
        "since 1 January 2090",
        "amendment",
        "Dispute.accept",
        "Hard rule",
    ):
        assert part in said, part


@pytest.mark.parametrize("address", ["/rules/", "/rules/values/", "/rules/values/?group=commission", "/rules/A40/"])
def test_the_rulebook_is_open_to_everybody(address, db, client):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/rules/A999/", "/rules/nothing/", "/rules/values/?group=emperor", "/rules/<b>/"])
def test_a_rule_that_does_not_exist_is_a_404(address, db, client):
    assert client.get(address).status_code == 404


def test_a_store_only_amendment_is_not_told_to_the_public(db, client):
    Amendment.objects.create(
        parameter="dispute.response_days",
        value="77",
        scope={"store": "some"},
        state="in_force",
        in_force_from=now(),
        proposed_at=now(),
        reason="",
    )

    assert "77" not in words(client.get(reverse("rulebook:rule", args=["A40-1"])))
