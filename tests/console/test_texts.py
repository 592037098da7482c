"""Prepared texts: kept by arbitrators, filled in from the case, never sent with a variable left in them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from rulebook.admin import texts
from rulebook.clock import now
from rulebook.models import CannedText, Case
from tests.console.conftest import ruling
from tests.console.test_deciding import words


def write(client, **said):
    return client.post(
        reverse("admin:new_text"), {"title": "Dust", "text": "Dear {buyer}, {store} …", "use": "", "topic": "", **said}
    )


def kept(**fields) -> CannedText:
    usual = {"title": "Part", "text": "Order {order} of {buyer}: {refund} of {claim}.", "changed_at": now()}
    return CannedText.objects.create(**{**usual, **fields})


def test_a_text_is_written_changed_and_retired(fair, arbitrator):
    write(arbitrator)
    made = CannedText.objects.get()
    page = arbitrator.get(reverse("admin:texts"))
    assert "Dear {buyer}" in words(page)

    arbitrator.post(
        reverse("admin:text", args=[made.id]), {"title": "Dust", "text": "Hello {buyer}.", "use": "moderator.rule"}
    )
    changed = CannedText.objects.get()
    assert (changed.text, changed.use, changed.made_by_name) == ("Hello {buyer}.", "moderator.rule", "Arbitrator")

    arbitrator.post(reverse("admin:text_retire", args=[made.id]))
    assert "Hello" not in words(arbitrator.get(reverse("admin:texts")))
    assert "Hello" in words(arbitrator.get(reverse("admin:texts"), {"retired": "1"}))
    assert write(arbitrator).status_code == 302  # the title is free again


def test_coming_by_an_address_retires_nothing(fair, arbitrator):
    made = kept()

    answer = arbitrator.get(reverse("admin:text_retire", args=[made.id]))

    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:texts"))
    assert CannedText.objects.get().retired_at is None


@pytest.mark.parametrize("text", ["{byer}", "{}", "{order.__class__}", "Sum: {refund} {total}"])
def test_unknown_variables_are_refused_with_the_known_ones(text, fair, arbitrator):
    page = write(arbitrator, text=text)

    assert page.status_code == 422
    assert all(f"{{{name}}}" in words(page) for name in texts.VARIABLES)
    assert text in page.content.decode()
    assert not CannedText.objects.exists()


def test_two_texts_have_two_titles(fair, arbitrator):
    kept(title="dust")

    page = write(arbitrator)

    assert page.status_code == 422
    assert "Another text has this title" in words(page)


def test_only_arbitrators_write_them(fair, enter):
    row = kept()
    for role, allowed in (("senior_arbitrator", True), ("auditor", False), ("finance_officer", False)):
        client = enter(fair.moderators[role])
        assert (write(client, title=role).status_code == 302) is allowed
        assert (client.get(reverse("admin:text", args=[row.id])).status_code == 200) is allowed
        assert (client.post(reverse("admin:text_retire", args=[row.id])).status_code == 302) is allowed
        assert client.get(reverse("admin:texts")).status_code == 200


def test_a_text_is_filled_in_from_the_case(fair):
    dispute = fair.escalated("20.00 USD")
    row = Case.objects.get(subject_id=dispute.pk)
    kept()
    kept(title="Other reason", topic="damaged")
    kept(title="This reason", topic=row.topic, text="{item}: {reason}, {case}, {nonsense}")

    found = texts.texts_for(row, fair.moderator_actor())

    assert [one["title"] for one in found] == ["This reason", "Part"]
    assert found[1]["text"] == f"Order {dispute.order.name} of Ada Buyer: {{refund}} of 20.00 USD."
    assert found[0]["text"] == f"Stone lantern: Not as described, D{dispute.number}, {{nonsense}}"


def test_without_a_script_the_form_comes_back_with_the_text_and_all_that_was_typed(fair, arbitrator):
    dispute, text = fair.escalated(), kept(use="moderator.rule")
    said = ruling(dispute, reason="First.", refund="7.50", insert="reason", text_for_reason=str(text.id))
    page = arbitrator.get(reverse("admin:case", args=[dispute.public_id]))
    assert 'name="text_for_reason"' in page.content.decode()

    page = arbitrator.post(reverse("admin:case_act", args=[dispute.public_id, "rule"]), said)

    shown = page.content.decode()
    assert f"First.\n\nOrder {dispute.order.name} of Ada Buyer: 7.50 USD of 20.00 USD." in shown
    assert 'value="7.50"' in shown
    assert 'name="version" value="' + str(dispute.version) in shown or f'value="{dispute.version}"' in shown


def test_words_with_a_variable_left_in_them_are_not_sent(fair, arbitrator):
    dispute = fair.escalated()
    address = reverse("admin:case_act", args=[dispute.public_id, "rule"])

    page = arbitrator.post(address, ruling(dispute, reason="We refund {refund} {now}.", confirmed="yes"))

    assert page.status_code == 422
    assert "Write out {refund}" in words(page)
    assert fair.fresh(dispute).state == "arbitration"


def test_braces_of_ones_own_are_ones_own():
    assert texts.left_open("A set {1, 2} and {nothing} and { refund }") == ["refund"]
    assert texts.filled("{a} {b} { a }", {"a": "1", "b": ""}) == "1 {b} 1"
