"""Deciding a case: form, preview, confirmation; stale pages, four eyes, and what is not decided."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from disputes.models import Evidence, Ruling
from finance.models import Balance, Transaction
from orders.models import Order
from rulebook.clock import now, parse_duration
from rulebook.files import files
from rulebook.models import JournalEntry
from rulebook.samples import sample
from tests.console.conftest import ruling
from tests.fair import build_fair


def rule_at(dispute):
    return reverse("admin:case_rule", args=[dispute.public_id])


def approve_at(dispute):
    return reverse("admin:case_approve", args=[dispute.public_id])


def case_of(client, dispute):
    return client.get(reverse("admin:case", args=[dispute.public_id]))


def hidden_fields(page) -> dict[str, str]:
    """What the confirmation of a preview sends."""
    form = re.search(r'<form class="pp-card__foot.*?</form>', page.content.decode(), re.S)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def balance(fair, kind):
    return sum(
        Balance.objects.filter(store_id=fair.store.pk, kind=kind, currency="USD").values_list("amount_minor", flat=True)
    )


def words(page) -> str:
    """What is read, with one space (no-break ones included) between words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


# ------------------------------------------------------------------ reading


def test_the_case_page_tells_both_stories_the_money_the_reasons_and_the_rules(fair, arbitrator):
    dispute = fair.disputed("20.00 USD")
    fair.do("buyer.add_evidence", on=dispute, text="Dust on it.", file=sample("dust.jpg"))
    fair.do("buyer.message", on=dispute.order, text="Are you there?")
    fair.do("seller.reject_dispute", on=dispute, text="It was clean.", offer_refund="5.00 USD")
    fair.advance("7d")

    shown = words(case_of(arbitrator, dispute))

    for part in (
        "It looks different.",
        "dust.jpg",
        "It was clean.",
        "5.00 USD",
        "20.00 USD",
        "Held in escrow",
        "Are you there?",
        "No agreement within the negotiation period",
        "Article 41-2",
        "Then a moderator decides",
        "500.00 USD",
        "WB1",
    ):
        assert part in shown, part


def test_a_preview_shows_what_would_happen_and_does_nothing(fair, arbitrator):
    dispute = fair.escalated()
    before = (JournalEntry.objects.count(), Transaction.objects.count(), balance(fair, "escrow"))

    page = arbitrator.post(rule_at(dispute), ruling(dispute))

    said = words(page)
    assert page.status_code == 200
    for part in (
        "Refund 20.00 USD to the buyer?",
        "In arbitration",
        "Resolved",
        "Held in escrow",
        "−20.00",
        "80.00",
        "To the seller",
        "To the buyer",
    ):
        assert part in said, part
    assert (JournalEntry.objects.count(), Transaction.objects.count(), balance(fair, "escrow")) == before
    assert not Ruling.objects.exists()


def test_the_confirmation_carries_out_what_the_preview_showed(fair, arbitrator):
    dispute = fair.escalated()
    preview = arbitrator.post(rule_at(dispute), ruling(dispute))

    answer = arbitrator.post(rule_at(dispute), {**hidden_fields(preview), "confirmed": "yes"}, follow=True)

    assert answer.redirect_chain == [(reverse("admin:case", args=[dispute.public_id]), 302)]
    assert "The ruling is in force: 20.00 USD to the buyer." in words(answer)
    assert fair.fresh(dispute).state == "resolved"
    assert balance(fair, "escrow") == 80_00
    entry = JournalEntry.objects.get(act="dispute.decide")
    assert (entry.actor_name, entry.door, entry.reason) == ("Arbitrator", "console", "The pictures show it.")


def test_pressing_the_confirmation_twice_rules_once(fair, arbitrator):
    dispute = fair.escalated()
    sent = {**hidden_fields(arbitrator.post(rule_at(dispute), ruling(dispute))), "confirmed": "yes"}
    arbitrator.post(rule_at(dispute), sent)

    again = arbitrator.post(rule_at(dispute), sent, follow=True)

    assert "That was done already." in words(again)
    assert Ruling.objects.count() == 1
    assert balance(fair, "escrow") == 80_00


def test_a_preview_shows_what_follows_at_once_too(db, enter):
    """The release of the rest had waited for the dispute's end: it is part of what the ruling does."""
    fair = build_fair(begin=now() - parse_duration("20d"))
    arbitrator = enter(fair.moderators["arbitrator"])
    order = fair.completed("lantern")
    fair.advance("10d")
    dispute = fair.do("buyer.open_dispute", on=order, refund="50.00 USD", reason="quality", text="It broke.")
    fair.do("seller.reject_dispute", on=dispute, text="No.")
    fair.advance("7d")

    page = arbitrator.post(rule_at(dispute), ruling(fair.fresh(dispute), refund="50.00"))
    preview = words(page)
    arbitrator.post(rule_at(dispute), {**hidden_fields(page), "confirmed": "yes"})

    assert "Available to the seller 0.00 +46.00 46.00" in preview
    assert "Commission 0.00 +4.00 4.00" in preview
    assert "Held in escrow 100.00 −100.00 0.00" in preview
    assert fair.fresh(order).release == "released"
    assert (balance(fair, "available"), balance(fair, "commission"), balance(fair, "escrow")) == (46_00, 4_00, 0)


# ------------------------------------------------------------------ what is not decided


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"reason": ""}, 422, "This field is required"),
        ({"reason": "   "}, 422, "This field is required"),
        ({"refund": "lots"}, 422, "Write an amount like 12.34 USD"),
        ({"refund": "1.001"}, 422, "Write an amount like 12.34 USD"),
        ({"refund": "-5"}, 422, "The amount is too small"),
        ({"refund": "5.00 EUR"}, 422, "The order was paid in USD"),
        ({"refund": "100.01"}, 409, "100.01 USD is more than the 100.00 USD that are left of the payment"),
        ({"liable": "buyer"}, 409, "When the buyer is liable, nothing is refunded"),
        ({"liable": "emperor"}, 422, "Select a valid choice"),
        ({"reason": "x" * 4001}, 422, "at most 4000 characters"),
        ({"reason": "a\x00b"}, 422, "Null characters are not allowed"),
    ],
)
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_a_wrong_ruling_comes_back_with_its_reason_and_all_that_was_typed(
    fields, status, says, confirmed, fair, arbitrator
):
    dispute = fair.escalated()
    before = JournalEntry.objects.count()
    sent = ruling(dispute, **fields)

    page = arbitrator.post(rule_at(dispute), {**sent, **confirmed})

    assert page.status_code == status
    assert says in words(page).replace("\N{NO-BREAK SPACE}", " ")
    if "\x00" not in sent["reason"] and len(sent["reason"]) < 4000:
        assert sent["reason"].strip() in page.content.decode()
        assert f'value="{sent["refund"]}"' in page.content.decode()
    assert JournalEntry.objects.count() == before
    assert fair.fresh(dispute).state == "arbitration"


def test_back_from_the_preview_keeps_everything_typed(fair, arbitrator):
    dispute = fair.escalated()
    preview = arbitrator.post(rule_at(dispute), ruling(dispute, refund="7.50", reason="A long thought."))

    page = arbitrator.post(rule_at(dispute), {**hidden_fields(preview), "back": "yes"})

    assert page.status_code == 200
    assert 'value="7.50"' in page.content.decode()
    assert "A long thought." in page.content.decode()


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes", "key": "a key"}])
def test_a_stale_page_does_nothing_shows_what_was_done_and_keeps_what_was_typed(confirmed, fair, arbitrator):
    dispute = fair.escalated()
    sent = ruling(dispute, reason="I saw the old page.")
    fair.do("seller.make_offer", on=dispute, refund="15.00 USD", text="Meanwhile.")

    page = arbitrator.post(rule_at(dispute), {**sent, **confirmed})

    said = words(page)
    assert page.status_code == 412
    assert "The seller offers 15.00 USD" in said
    assert "Owner of Lin" in said
    assert "I saw the old page." in page.content.decode()
    assert fair.fresh(dispute).state == "arbitration"
    again = arbitrator.post(rule_at(dispute), {**sent, "version": page.context["form"].data["version"]})
    assert again.status_code == 200  # having seen it, the same words may be sent again


def test_what_ended_meanwhile_is_shown_as_ended(fair, arbitrator):
    dispute = fair.escalated()
    sent = ruling(dispute)
    fair.do("buyer.withdraw_dispute", on=dispute)

    page = arbitrator.post(rule_at(dispute), {**sent, "confirmed": "yes"})

    assert page.status_code == 412
    assert "Withdrawn by the buyer" in words(page)
    assert 'name="refund"' not in page.content.decode()
    assert f"What you had written, to copy {sent['reason']}" in words(page)


@pytest.mark.parametrize("state", ["awaiting_seller", "negotiating"])
def test_before_the_platform_has_the_case_the_form_is_closed_and_says_why(state, db, enter):
    fair = build_fair()
    arbitrator, dispute = enter(fair.moderators["arbitrator"]), fair.disputed()
    if state == "negotiating":
        fair.do("seller.reject_dispute", on=dispute, text="No.")
        dispute = fair.fresh(dispute)

    page = case_of(arbitrator, dispute)
    answer = arbitrator.post(rule_at(dispute), {**ruling(dispute), "confirmed": "yes"})

    assert 'name="refund"' not in page.content.decode()
    assert "This is not possible while the dispute is" in words(page)
    assert answer.status_code == 409
    assert not Ruling.objects.exists()


def test_a_refusal_stands_in_the_act_that_was_tried_with_all_that_was_typed(db, enter):
    fair = build_fair()
    arbitrator, dispute = enter(fair.moderators["arbitrator"]), fair.disputed()

    answer = arbitrator.post(rule_at(dispute), {**ruling(dispute), "confirmed": "yes"})

    acts = {act["name"]: act for act in answer.context["acts"]}
    assert (acts["moderator.rule"]["opened"], acts["moderator.rule"]["sent"]) == (True, True)
    assert not any(act["sent"] for name, act in acts.items() if name != "moderator.rule")
    assert len(acts) > 1
    said = answer.content.decode()
    assert said.count("This is not possible now") == 1
    form = said[said.index(rule_at(dispute)) :]
    assert form.index("This is not possible now") < form.index("</form>")
    assert ruling(dispute)["reason"] in form[: form.index("</form>")]


def test_what_belongs_to_no_act_any_more_stands_on_top_of_all(fair, arbitrator):
    dispute = fair.escalated()

    answer = arbitrator.post(approve_at(dispute), {"confirmed": "yes"})

    part = answer.content.decode().partition('id="decide"')[2]
    assert answer.status_code == 409
    assert part.index("No ruling waits for approval here") < part.index("pp-act")


# ------------------------------------------------------------------ four eyes


def test_a_large_refund_waits_for_a_second_moderator(fair, arbitrator, second):
    dispute = fair.escalated("800.00 USD", "palace")
    preview = arbitrator.post(rule_at(dispute), ruling(dispute, refund="800.00"))
    arbitrator.post(rule_at(dispute), {**hidden_fields(preview), "confirmed": "yes"})

    assert "nothing moves until another moderator approves" in words(preview)
    assert fair.fresh(dispute).state == "arbitration"
    assert balance(fair, "escrow") == 900_00

    shown = second.get(reverse("admin:case", args=[dispute.public_id]))
    asked = second.post(approve_at(dispute), {"version": shown.context["form"].initial["version"]})
    second.post(approve_at(dispute), {**hidden_fields(asked), "confirmed": "yes"})

    assert "Approve a refund of 800.00 USD?" in words(asked)
    assert fair.fresh(dispute).state == "resolved"
    assert balance(fair, "escrow") == 100_00
    assert Ruling.objects.get().approved_by == fair.second.pk


def test_who_ruled_does_not_approve(fair, arbitrator):
    dispute = fair.escalated("800.00 USD", "palace")
    fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="Broken.")

    page = case_of(arbitrator, dispute)
    answers = [arbitrator.post(approve_at(dispute), sent).status_code for sent in ({}, {"confirmed": "yes"})]

    assert "See what the approval does" not in words(page)
    assert "approved by another moderator than the one who made it" in words(page)
    assert answers == [409, 409]
    assert fair.fresh(dispute).state == "arbitration"
    assert balance(fair, "escrow") == 900_00


def test_approving_what_no_longer_waits_says_so(fair, second):
    dispute = fair.escalated("800.00 USD", "palace")
    fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="Broken.")
    fair.do("buyer.withdraw_dispute", on=fair.fresh(dispute))

    answer = second.post(approve_at(dispute), {"confirmed": "yes"})

    assert answer.status_code in (409, 412)
    assert Ruling.objects.get().state == "overturned", "it fell with the dispute"


# ------------------------------------------------------------------ evidence and strange addresses


def test_evidence_is_handed_to_moderators_only_and_never_runs(fair, arbitrator, enter):
    dispute = fair.disputed()
    fair.do("buyer.add_evidence", on=dispute, file=sample("dust.jpg"))
    address = reverse("admin:evidence", args=[Evidence.objects.get().public_id])

    answer = arbitrator.get(address)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert enter(fair.staff["owner"]).get(address).status_code == 302


def test_evidence_that_is_no_longer_what_was_sent_is_not_shown(fair, arbitrator):
    dispute = fair.disputed()
    fair.do("buyer.add_evidence", on=dispute, file=sample("dust.jpg"))
    piece = Evidence.objects.get()
    files().put(piece.file_key, b"something else")

    answer = arbitrator.get(reverse("admin:evidence", args=[piece.public_id]))

    assert answer.status_code == 410
    assert "no longer what was sent" in words(answer)


@pytest.mark.parametrize("name", ["case", "order", "store", "evidence", "amendment"])
@pytest.mark.parametrize(
    "strange",
    ["dsp_nothing", "ord_01m80rdajbfvaaavxvptxqyxyv", "1", "dsp_01m80rdajbfvaaavxvptxqyxyv", "<script>", "%00"],
)
def test_an_address_that_leads_nowhere_is_a_404(name, strange, arbitrator):
    address = reverse(f"admin:{name}", args=["x"]).replace("/x/", f"/{strange}/")

    assert arbitrator.get(address).status_code == 404


def test_hostile_words_are_shown_as_words(fair, arbitrator):
    dispute = fair.escalated()
    script = "<script>alert(1)</script>"
    fair.do("buyer.message", on=dispute.order, text=script)
    fair.do("seller.make_offer", on=dispute, refund="1.00 USD", text=script)

    shown = case_of(arbitrator, dispute).content.decode()
    typed = arbitrator.post(
        rule_at(dispute), ruling(fair.fresh(dispute), reason=f'"{script}', refund="999")
    ).content.decode()

    assert script not in shown and script not in typed
    assert "&lt;script&gt;" in shown and "&lt;script&gt;" in typed


def test_an_order_of_another_store_keeps_its_page(fair, arbitrator):
    """Moderators see every store's orders."""
    order = fair.placed()

    assert words(arbitrator.get(reverse("admin:order", args=[order.public_id]))).count(Order.objects.get().name) >= 1
