"""Many cases at once: looked at before, each an act of its own, and whatever interrupts it, nothing twice."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from disputes.models import Dispute, Offer, Ruling
from rulebook.admin.bulk import doing
from rulebook.models import BulkItem, BulkWork, Case, CaseNote, JournalEntry
from tests.console.desk import case
from tests.console.test_deciding import words


def rows_of(*disputes) -> list[str]:
    return [str(Case.objects.get(subject_id=dispute.pk).id) for dispute in disputes]


def hidden(page) -> dict[str, list[str]]:
    """What the confirmation would send."""
    form = page.content.decode().rpartition("<form")[2]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


def ahead(client, code, picked, **said):
    return client.post(reverse("admin:bulk_preview", args=[code]), {"picked": picked, **said})


@pytest.fixture
def three(fair):
    """Two wait for a moderator, the third still for its seller."""
    made = [fair.disputed(refund) for refund in ("20.00 USD", "30.00 USD")]
    for dispute in made:
        fair.do("seller.reject_dispute", on=dispute, text="No.")
    fair.advance("7d")
    return [*(fair.fresh(dispute) for dispute in made), fair.disputed("5.00 USD")]


def test_the_page_offers_what_is_open_for_how_many(three, arbitrator):
    page = arbitrator.post(reverse("admin:bulk"), {"picked": rows_of(*three), "do": "decide"})

    open_for = {way["code"]: way["open"] for way in page.context["ways"]}
    assert (open_for["reject"], open_for["intervene"]) == (2, 3)
    assert "3 cases together" in words(page)


def test_looking_ahead_says_for_each_what_happens_and_changes_nothing(three, arbitrator):
    entries = JournalEntry.objects.count()

    page = ahead(
        arbitrator, "reject", rows_of(*three), reason="{buyer}: the page of {order} shows it, {claim} is too much."
    )

    refused = [bool(row["refused"]) for row in page.context["rows"]]
    assert refused == [False, False, True]
    assert page.context["rows"][2]["rule"]
    assert (page.context["will"], page.context["refused"]) == (2, 1)
    assert f"Ada Buyer: the page of {three[0].order.name} shows it, 20.00 USD is too much." in words(page)
    assert JournalEntry.objects.count() == entries
    assert Dispute.objects.filter(state="arbitration").count() == 2


def test_confirmed_each_case_gets_its_own_act_with_its_own_words(three, arbitrator):
    page = ahead(arbitrator, "reject", rows_of(*three), reason="About {order}.")

    done = arbitrator.post(
        reverse("admin:bulk_preview", args=["reject"]), {**hidden(page), "confirmed": "yes"}, follow=True
    )

    assert "2 done, 0 refused" in words(done)
    for dispute in three[:2]:
        ruling = Ruling.objects.get(dispute=dispute)
        assert (ruling.refund_minor, ruling.reason) == (0, f"About {dispute.order.name}.")
        entry = JournalEntry.objects.get(subject_id=dispute.pk, act__endswith="decide")
        assert entry.actor_name == "Arbitrator"
    assert BulkWork.objects.get().finished_at is not None


def test_a_share_of_the_claim_is_proposed_to_each(three, arbitrator):
    page = ahead(arbitrator, "intervene", rows_of(*three[:2]), share="50", text="Half for {buyer}.")
    arbitrator.post(reverse("admin:bulk_preview", args=["intervene"]), {**hidden(page), "confirmed": "yes"})

    offers = [Offer.objects.get(dispute=dispute, side="moderator") for dispute in three[:2]]
    assert [(offer.refund_minor, offer.text) for offer in offers] == [
        (10_00, "Half for Ada Buyer."),
        (15_00, "Half for Ada Buyer."),
    ]


def test_confirming_twice_does_it_once(three, arbitrator):
    page = ahead(arbitrator, "reject", rows_of(*three[:2]), reason="No.")
    sent = {**hidden(page), "confirmed": "yes"}
    arbitrator.post(reverse("admin:bulk_preview", args=["reject"]), sent)
    arbitrator.post(reverse("admin:bulk_preview", args=["reject"]), sent)

    assert (BulkWork.objects.count(), BulkItem.objects.count()) == (1, 2)
    assert [Ruling.objects.filter(dispute=dispute).count() for dispute in three[:2]] == [1, 1]


def test_what_changed_since_the_preview_is_not_touched(three, fair, arbitrator):
    page = ahead(arbitrator, "reject", rows_of(*three[:2]), reason="No.")
    fair.do("buyer.add_evidence", on=three[0], text="Look here.")
    fair.do("seller.make_offer", on=three[1], refund="9.00 USD")

    done = arbitrator.post(
        reverse("admin:bulk_preview", args=["reject"]), {**hidden(page), "confirmed": "yes"}, follow=True
    )

    states = list(BulkItem.objects.order_by("id").values_list("state", flat=True))
    assert "refused" in states
    assert "changed since you saw it" in words(done)


def test_killed_in_the_middle_it_goes_on_and_does_nothing_twice(three, arbitrator, monkeypatch):
    """The act of the first item is written, but the machine dies before the item says so."""
    page = ahead(arbitrator, "reject", rows_of(*three[:2]), reason="No.")
    save, calls = BulkItem.save, []

    def die(self, *args, **kwargs):
        if not calls:
            calls.append(self.id)
            raise KeyboardInterrupt
        return save(self, *args, **kwargs)

    monkeypatch.setattr(BulkItem, "save", die)
    with pytest.raises(KeyboardInterrupt):
        arbitrator.post(reverse("admin:bulk_preview", args=["reject"]), {**hidden(page), "confirmed": "yes"})
    work = BulkWork.objects.get()
    assert "Not finished" in words(arbitrator.get(reverse("admin:bulk_works")))
    assert "0 of 2" in words(arbitrator.get(reverse("admin:bulk_work", args=[work.id])))

    done = arbitrator.post(reverse("admin:bulk_go", args=[work.id]), follow=True)

    assert "2 done, 0 refused" in words(done)
    assert [Ruling.objects.filter(dispute=dispute).count() for dispute in three[:2]] == [1, 1]


def test_an_error_of_ours_stops_its_case_only(three, arbitrator, monkeypatch):
    page = ahead(arbitrator, "reject", rows_of(*three[:2]), reason="No.")
    really = doing.perform

    def sometimes(name, **kwargs):
        if kwargs["on"] == three[0].id:
            raise ZeroDivisionError
        return really(name, **kwargs)

    monkeypatch.setattr(doing, "perform", sometimes)
    done = arbitrator.post(
        reverse("admin:bulk_preview", args=["reject"]), {**hidden(page), "confirmed": "yes"}, follow=True
    )

    assert "1 done, 1 refused" in words(done)
    assert "An error of ours stopped this case." in words(done)
    assert [Ruling.objects.filter(dispute=dispute).count() for dispute in three[:2]] == [0, 1]


def test_work_is_done_in_batches(three, arbitrator, monkeypatch):
    monkeypatch.setattr(doing, "BATCH", 1)
    page = ahead(arbitrator, "intervene", rows_of(*three), share="10", text="A little.")
    first = arbitrator.post(
        reverse("admin:bulk_preview", args=["intervene"]), {**hidden(page), "confirmed": "yes"}, follow=True
    )
    assert "1 of 3" in words(first)
    assert "data-pp-auto" in first.content.decode()

    go = reverse("admin:bulk_go", args=[BulkWork.objects.get().id])
    arbitrator.post(go)
    assert "3 done" in words(arbitrator.post(go, follow=True))


def test_nobody_goes_on_with_a_colleagues_work(three, arbitrator, second):
    page = ahead(arbitrator, "reject", rows_of(*three[:2]), reason="No.")
    arbitrator.post(reverse("admin:bulk_preview", args=["reject"]), {**hidden(page), "confirmed": "yes"})
    work = BulkWork.objects.get()

    assert second.post(reverse("admin:bulk_go", args=[work.id])).status_code == 403
    assert second.get(reverse("admin:bulk_work", args=[work.id])).status_code == 200


def test_a_role_that_does_not_decide_is_offered_nothing_and_stopped(three, enter, fair):
    auditor = enter(fair.moderators["auditor"])

    page = auditor.post(reverse("admin:bulk"), {"picked": rows_of(*three)})

    assert page.context["ways"] == []
    assert ahead(auditor, "reject", rows_of(*three), reason="No.").status_code == 403


def test_a_text_that_names_what_a_case_lacks_is_refused_for_that_case(three, arbitrator):
    page = ahead(arbitrator, "take-over", rows_of(three[2]), reason="We pay {refund}.")

    assert (page.context["will"], page.context["refused"]) == (0, 1)
    assert "{refund}" in page.context["rows"][0]["refused"]


def test_a_text_may_name_the_refund_that_each_case_gets(three, arbitrator):
    page = ahead(arbitrator, "intervene", rows_of(*three[:2]), share="50", text="We propose {refund} of {claim}.")

    assert page.context["will"] == 2
    assert "We propose 10.00 USD of 20.00 USD." in words(page)


def test_the_form_comes_back_with_what_was_typed_and_what_is_missing(three, arbitrator):
    missing = ahead(arbitrator, "intervene", rows_of(*three), share="500", text="Kind words.")
    back = ahead(arbitrator, "intervene", rows_of(*three), share="40", text="Kind words.", back="yes")

    assert missing.status_code == 422
    for page in (missing, back):
        assert "Kind words." in words(page)
        assert len(page.context["cases"]) == 3


def test_cases_of_several_kinds_are_not_decided_together(three, fair, arbitrator):
    other = case(fair, kind="review", lane="reviews", topic="1_of_5")

    page = arbitrator.post(reverse("admin:bulk"), {"picked": [*rows_of(*three), str(other.id)]})

    assert "cases of several kinds" in words(page)
    assert ahead(arbitrator, "reject", [*rows_of(*three), str(other.id)], reason="No.").status_code == 302


def test_the_desk_acts_on_several_at_once(fair, arbitrator, second):
    mine, theirs = case(fair), case(fair)
    second.post(reverse("admin:bulk"), {"picked": [str(theirs.id)], "do": "take"})

    page = arbitrator.post(reverse("admin:bulk"), {"picked": [str(mine.id), str(theirs.id)], "do": "take"}, follow=True)
    assert "1 case is yours" in words(page)
    assert "1 was not taken" in words(page)

    to = str(fair.moderators["senior_arbitrator"].pk)
    said = {"picked": [str(mine.id), str(theirs.id)], "do": "give_them", "to": to}
    page = arbitrator.post(reverse("admin:bulk"), said, follow=True)
    assert "Done for 1 case" in words(page)
    assert "say why" in words(page)

    page = arbitrator.post(reverse("admin:bulk"), {"picked": [str(mine.id)], "do": "escalate_them", "text": ""})
    assert page.status_code == 422
    arbitrator.post(reverse("admin:bulk"), {"picked": [str(mine.id)], "do": "escalate_them", "text": "Look."})
    assert CaseNote.objects.filter(case_id=mine.id, text="Look.").exists()

    page = second.post(reverse("admin:bulk"), {"picked": [str(theirs.id)], "do": "give_back"}, follow=True)
    assert "1 case given back" in words(page)


def test_nothing_selected_or_nonsense_leads_back_to_the_list(fair, arbitrator):
    for picked in ([], ["x"], [str(case(fair, open=False).id)]):
        assert "Nothing is selected" in words(arbitrator.post(reverse("admin:bulk"), {"picked": picked}, follow=True))


def test_the_whole_list_can_be_selected(fair, arbitrator):
    for place in range(60):
        case(fair, place, topic="damaged")
    case(fair, 5)

    page = arbitrator.post(reverse("admin:bulk"), {"whole": "yes", "query": "topic=damaged"})

    assert len(page.context["cases"]) == 60


def test_looking_ahead_costs_the_same_for_one_case_and_for_three(three, arbitrator):
    def cost(picked) -> int:
        with CaptureQueriesContext(connection) as seen:
            ahead(arbitrator, "reject", picked, reason="No, {order}.")
        return len(seen)

    rows = rows_of(*three[:2])
    cost(rows[:1])

    assert cost(rows[:1]) == cost(rows)


def test_nobody_decides_in_passing_what_a_colleague_works_on_or_what_is_escalated(three, fair, arbitrator, second):
    held, up = rows_of(*three[:2])
    second.post(reverse("admin:bulk"), {"picked": [held], "do": "take"})
    second.post(reverse("admin:bulk"), {"picked": [up], "do": "escalate_them", "text": "Look."})

    page = ahead(arbitrator, "reject", [held, up], reason="No.")

    assert [row["refused"] for row in page.context["rows"]] == [
        "Second works on it.",
        "It waits for a senior arbitrator.",
    ]
    assert "Do it for" not in words(page)


def test_what_a_colleague_took_after_the_preview_is_left_to_him(three, fair, arbitrator, second):
    free, taken = rows_of(*three[:2])
    page = ahead(arbitrator, "reject", [free, taken], reason="No.")
    second.post(reverse("admin:bulk"), {"picked": [taken], "do": "take"})

    done = arbitrator.post(
        reverse("admin:bulk_preview", args=["reject"]), {**hidden(page), "confirmed": "yes"}, follow=True
    )

    assert "1 done, 1 refused" in words(done)
    assert "Second works on it." in words(done)
    assert [fair.fresh(dispute).state for dispute in three[:2]] == ["resolved", "arbitration"]
