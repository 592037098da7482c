"""Complaints, support talks, and the parties' talks in the console."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Complaint, Message, Thread
from rulebook.actors import PERMISSIONS, PLATFORM_ROLES
from rulebook.calendars import working_days
from rulebook.clock import now, parse_duration
from rulebook.models import Case, JournalEntry, Notice
from rulebook.samples import sample
from tests.console.talking import complaint, open_hours, talk
from tests.fair import build_fair


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("&#x27;", "'").split())


def page_of(found) -> str:
    name = "complaint" if isinstance(found, Complaint) else "talk"
    return reverse(f"admin:{name}", args=[found.public_id])


def answer_of(found) -> str:
    return reverse("admin:complaint_answer", args=[found.public_id])


def reply_to(found) -> str:
    return reverse("admin:talk_reply", args=[found.public_id])


# ------------------------------------------------------------------ complaints


def test_a_complaint_waits_in_its_lane_with_its_time(fair, arbitrator):
    found = complaint(fair)

    page = arbitrator.get(reverse("admin:worklist"), {"view": "complaints"})

    rows = page.context["worklist"]["rows"]
    assert [row["title"] for row in rows] == ["Complaint of Ada Buyer"]
    due = working_days(found.filed_at, 5, zone="Asia/Shanghai", country="CN", declared={})
    assert rows[0]["cells"][0]["value"]["due_at"] == due
    assert arbitrator.get(rows[0]["url"]).context["case"]["deadline"]["due_at"] == due


def test_a_complaint_is_answered_with_prepared_words_a_look_and_one_confirmation(fair, arbitrator):
    found = complaint(fair)

    ready = arbitrator.post(answer_of(found), {"use": "complaint_upheld", "text": "Dear Ada,", "version": "1"})
    words = ready.context["form"]["text"].value()
    assert words.startswith("Dear Ada,\n\nHello Ada Buyer,") and "complaint about Lin's lights" in words

    fields = {"text": words, "version": str(found.version)}
    preview = arbitrator.post(answer_of(found), fields)
    assert "Send this answer to Ada Buyer?" in text_of(preview)
    assert fair.fresh(found).state == "open"

    done = arbitrator.post(answer_of(found), {**fields, "confirmed": "yes", "key": "k1"})
    assert done.status_code == 302
    answered = fair.fresh(found)
    assert (answered.state, answered.answer) == ("answered", words)
    assert answered.answered_by == "Arbitrator"
    assert Notice.objects.filter(code="complaint_answered", audience_id=fair.buyer.id).exists()
    assert not Case.objects.get(subject_id=found.id).open
    shown = arbitrator.get(page_of(found))
    assert "You are right" in text_of(shown) or "you are right" in text_of(shown)
    assert shown.context["form"] is None


def test_an_empty_answer_is_not_sent_and_a_second_one_is_refused(fair, arbitrator):
    found = complaint(fair)
    assert arbitrator.post(answer_of(found), {"text": " ", "version": "1"}).status_code == 422

    fair.do("moderator.answer_complaint", on=found, text="First.")
    late = arbitrator.post(answer_of(found), {"text": "Second.", "version": str(found.version)})

    assert late.status_code == 412
    assert fair.fresh(found).answer == "First."


def test_an_unanswered_complaint_comes_first_and_is_still_answered(db, enter):
    fair = build_fair(begin=now() - parse_duration("21d"))  # five working days at any time of year
    arbitrator = enter(fair.moderators["arbitrator"])
    found = fair.do("buyer.complain", on=None, about="The site", text="It was down.")
    fair.advance("21d")
    assert fair.fresh(found).overdue
    complaint(fair)

    rows = arbitrator.get(reverse("admin:worklist"), {"view": "complaints"}).context["worklist"]["rows"]
    page = arbitrator.get(rows[0]["url"])

    assert page.context["complaint"].id == found.id
    assert page.context["case"]["state_tone"] == "risk"
    fields = {"text": "We are sorry.", "version": str(fair.fresh(found).version), "confirmed": "yes"}
    assert arbitrator.post(answer_of(found), fields).status_code == 302
    assert fair.fresh(found).state == "answered"


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_complaints_and_talks_are_answered_by_the_roles_of_the_table(role, fair, enter):
    client, filed, begun = enter(fair.moderators[role]), complaint(fair), talk(fair)
    may_complaint, may_talk = (role in PERMISSIONS[name] for name in ("answer_complaints", "answer_support"))
    before = JournalEntry.objects.count()

    assert client.get(page_of(filed)).status_code == 200
    assert (client.get(page_of(filed)).context["form"] is not None) is may_complaint
    assert (client.get(page_of(begun)).context["form"] is not None) is may_talk
    assert (client.post(answer_of(filed), {"text": ""}).status_code == 403) is not may_complaint
    assert (client.post(reply_to(begun), {"text": ""}).status_code == 403) is not may_talk
    assert (client.post(reply_to(begun), {"end": "yes", "version": "77"}).status_code == 403) is not may_talk
    assert JournalEntry.objects.count() == before


def test_a_complaint_shows_its_order_its_messages_and_the_buyers_other_complaints(fair, arbitrator):
    order = fair.shipped()
    fair.do("buyer.message", on=order, text="Please answer!")
    complaint(fair)
    found = complaint(fair, order=order.public_id)

    page = arbitrator.get(page_of(found)).context

    assert page["order"].id == order.id
    assert [row["text"] for row in page["thread"]] == ["Please answer!"]
    assert len(page["earlier"]) == 1


# ------------------------------------------------------------------ support


def test_a_talk_waits_for_support_is_answered_ended_and_rated(fair, arbitrator):
    begun = talk(fair)
    page = arbitrator.get(reverse("admin:worklist"), {"view": "support"})
    assert [row["title"] for row in page.context["worklist"]["rows"]] == ["Talk with Ada Buyer"]

    sent = arbitrator.post(reply_to(begun), {"text": "On the storefront.", "files": [sample("where.jpg")]})

    assert sent.status_code == 302
    assert Message.objects.get(sender="moderator").text == "On the storefront."
    assert Case.objects.get(subject_id=begun.id).lane == "buyer"
    ended = arbitrator.post(reply_to(begun), {"end": "yes", "version": str(fair.fresh(begun).version)})
    assert ended.status_code == 302 and fair.fresh(begun).state == "closed"
    fair.clock.move_to(fair.fresh(begun).closed_at)
    fair.do("buyer.rate_chat", on=begun, stars=4)
    overview = arbitrator.get(reverse("admin:support")).context
    assert (overview["average"], overview["rated"], overview["waiting"]) == ("4.0", 1, 0)
    assert arbitrator.get(page_of(begun)).context["form"] is None


def test_a_talk_is_not_ended_over_a_word_that_nobody_has_read(fair, arbitrator):
    begun = talk(fair)
    seen = begun.version
    fair.do("buyer.write", on=begun, text="And how much is it?")

    late = arbitrator.post(reply_to(begun), {"end": "yes", "version": str(seen)})

    assert late.status_code == 412
    assert fair.fresh(begun).state == "open"


def test_opening_a_talk_is_reading_it_for_who_answers(fair, enter, arbitrator):
    begun = talk(fair)
    enter(fair.moderators["auditor"]).get(page_of(begun))
    assert fair.fresh(begun).moderator_unread == 1

    arbitrator.get(page_of(begun))

    assert fair.fresh(begun).moderator_unread == 0


def test_a_hostile_file_is_told_beside_its_field(fair, arbitrator):
    begun = talk(fair)

    answer = arbitrator.post(
        reply_to(begun), {"text": "My words.", "files": [SimpleUploadedFile("a.png", b"<svg onload=alert(1)>")]}
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["files"]
    assert answer.context["form"]["text"].value() == "My words."


def test_the_average_is_a_dash_before_anybody_rated(fair, arbitrator):
    assert arbitrator.get(reverse("admin:support")).context["average"] == "–"


# ------------------------------------------------------------------ the parties' talks


def test_moderators_read_the_talk_on_the_order_and_in_the_dispute_and_take_no_part(fair, arbitrator):
    dispute = fair.disputed()
    fair.do("buyer.message", on=dispute.order, text="In the order.", files=[sample("a.jpg")])
    fair.do("seller.message_in_dispute", on=dispute, text="In the dispute.")

    shown = arbitrator.get(reverse("admin:order", args=[dispute.order.public_id])).context["thread"]
    assert [row["text"] for row in shown] == ["In the order.", "In the dispute."]
    story = arbitrator.get(reverse("admin:case", args=[dispute.public_id])).context["timeline"]
    assert [row["quote"] for row in story if row["text"] == "writes"] == ["In the order.", "In the dispute."]
    served = arbitrator.get(shown[0]["files"][0]["url"])
    assert (served.status_code, served["Content-Type"]) == (200, "image/jpeg")
    found = Thread.objects.get(kind="order")
    page = arbitrator.get(page_of(found))
    assert page.context["form"] is None
    assert arbitrator.post(reply_to(found), {"text": "I say."}).status_code == 409
    assert arbitrator.post(reply_to(found), {"end": "yes", "version": str(found.version)}).status_code == 409


def test_words_that_steer_are_listed_with_the_phrase(fair, arbitrator):
    order = fair.paid()
    fair.do("seller.message", on=order, text="Please cancel and choose changed mind.")
    fair.do("seller.message", on=order, text="Have a good day.")
    fair.do("buyer.message", on=order, text="Why should I choose changed mind?")

    rows = arbitrator.get(reverse("admin:steering")).context["worklist"]["rows"]

    assert [(row["title"], row["cells"][0]["value"]) for row in rows] == [("Lin's lights", "choose changed mind")]
    assert "May steer the buyer: “choose changed mind”" in text_of(arbitrator.get(rows[0]["url"].split("#")[0]))


def test_nobody_else_reads_them(fair, enter, client):
    begun, filed = talk(fair), complaint(fair)
    fair.do("buyer.write", on=begun, text="Look.", files=[sample("a.jpg")])
    message = Message.objects.exclude(files=[]).get()
    addresses = [
        page_of(begun),
        page_of(filed),
        reverse("admin:support"),
        reverse("admin:steering"),
        reverse("admin:message_file", args=[message.public_id, 1]),
    ]

    for address in addresses:
        for person in (client, enter(fair.staff["owner"])):
            assert person.get(address).status_code == 302, address


@pytest.mark.parametrize("name", ["talk", "complaint", "message_file"])
def test_an_address_that_leads_nowhere_is_a_404(name, fair, arbitrator):
    more = [1] if name == "message_file" else []
    for strange in ("zzz", fair.store.public_id, "thr_01m8dsphqee5q9ps7rb29z7rdx"):
        assert arbitrator.get(reverse(f"admin:{name}", args=[strange, *more])).status_code == 404


# ------------------------------------------------------------------ what it costs


def cost(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_pages_cost_the_same_for_few_and_for_many(fair, arbitrator):
    begun, filed = talk(fair), complaint(fair)
    addresses = [page_of(begun), page_of(filed), reverse("admin:support"), reverse("admin:steering")]
    fair.do("seller.message", on=fair.paid(), text="Choose changed mind, please.")
    complaint(fair)
    for address in addresses:
        arbitrator.get(address)
    few = [cost(arbitrator, address) for address in addresses]
    for number in range(8):
        open_hours(fair)
        fair.do("buyer.write", on=begun, text=f"{number}", files=[sample("a.jpg")])
        fair.do("seller.message", on=fair.paid(), text="Choose changed mind, please.")
        complaint(fair)
        talk(fair)
    arbitrator.get(addresses[0])

    assert [cost(arbitrator, address) for address in addresses] == few
    assert max(few) <= 16
