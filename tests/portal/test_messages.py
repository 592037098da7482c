"""The message centre: who reads what, what is sent, what is refused and how, and what a page costs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from disputes.models import Evidence
from orders import advice
from orders.dailies import forget_old_messages
from orders.models import Message, Thread
from rulebook.amending import current_rulebook, forget
from rulebook.clock import now
from rulebook.files import MemoryFiles
from rulebook.models import JournalEntry, Notice
from rulebook.samples import sample
from tests.fair import Fair

pytestmark = pytest.mark.usefixtures("kept")


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("&#x27;", "'").split())


def picture(name: str = "lamp.jpg", size: int = 40) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (size, size), "teal").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def asked(fair: Fair, text: str = "Where is it?", **more: Any) -> Thread:
    """A conversation about a shipped order, begun by the buyer."""
    fair.do("buyer.message", on=fair.shipped(), text=text, **more)
    return Thread.objects.order_by("-last_at", "-id")[0]


def page_of(thread: Thread) -> str:
    return f"/portal/messages/{thread.public_id}/"


def cost(client: Client, address: str) -> int:
    forget()
    current_rulebook()  # read again now and then by the clock: not while it is counted
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200, address
    return len(queries)


# ------------------------------------------------------------------ the list


def test_the_list_shows_the_newest_first_and_marks_what_is_new(fair: Fair, owner: Client) -> None:
    older = asked(fair)
    fair.advance("1h")
    fair.do("buyer.ask", on=fair.listings["lamp"], text="Is it of paper?")

    rows = owner.get("/portal/messages/").context["talks"]

    assert [(row["title"], row["unread"]) for row in rows] == [("Paper lamp", 1), (older.title, 1)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("show=product", ["product"]),
        ("show=order", ["order"]),
        ("show=dispute", ["dispute"]),
        ("show=unread", ["dispute", "product"]),
        ("q=Ada", ["dispute", "product", "order"]),
        ("q=ada+b", ["dispute", "product", "order"]),
        ("q=Bob", []),
        ("q=%231", ["order"]),
        ("q=%00", ["dispute", "product", "order"]),
        ("show=nonsense", ["dispute", "product", "order"]),
    ],
)
def test_views_and_search_narrow_the_list(query: str, found: list[str], fair: Fair, owner: Client) -> None:
    read = asked(fair)
    owner.get(page_of(read))
    fair.advance("1h")
    fair.do("buyer.ask", on=fair.listings["lamp"], text="Is it of paper?")
    fair.advance("1h")
    fair.do("buyer.message_in_dispute", on=fair.disputed(), text="Look at it.")

    rows = owner.get(f"/portal/messages/?{query}").context["talks"]

    assert [Thread.objects.get(title=row["title"]).kind for row in rows] == found


def test_the_number_of_unread_conversations_stands_in_the_way_about(fair: Fair, owner: Client) -> None:
    def count() -> Any:
        return next(place["count"] for place in owner.get("/portal/").context["nav"] if place["key"] == "messages")

    assert count() == 0
    thread = asked(fair)
    fair.do("buyer.write", on=thread, text="Hello?")
    assert count() == 1
    Thread.objects.bulk_create(
        Thread(
            store_id=fair.store.id,
            kind="product",
            buyer_id=fair.buyer.id,
            seller_unread=1,
            opened_at=now(),
            last_at=now(),
        )
        for _number in range(120)
    )
    assert count() == "99+"


def test_pages_of_the_list_follow_each_other(fair: Fair, owner: Client) -> None:
    Thread.objects.bulk_create(
        Thread(
            store_id=fair.store.id,
            kind="product",
            title=f"{number}",
            buyer_id=fair.buyer.id,
            opened_at=now(),
            last_at=now() - timedelta(minutes=number),
        )
        for number in range(60)
    )
    seen: list[str] = []
    address = "/portal/messages/"
    while address:
        page = owner.get(address).context
        seen += [row["title"] for row in page["talks"]]
        address = f"/portal/messages/{page['pager']['older']}" if page["pager"]["older"] else ""

    assert seen == [str(number) for number in range(60)]


# ------------------------------------------------------------------ who sees it


def test_a_strangers_conversation_and_its_pictures_are_not_there(fair: Fair, sign_in: Callable[..., Client]) -> None:
    thread = asked(fair, files=[picture()])
    message = Message.objects.get()
    stranger = sign_in(fair.stranger)

    for address in (page_of(thread), f"/portal/messages/files/{message.public_id}/1/"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(page_of(thread), {"text": "Hello"}).status_code == 404
    assert stranger.get("/portal/messages/").context["talks"] == []
    assert Client().get(page_of(thread)).status_code == 302


@pytest.mark.parametrize("role", ["owner", "manager", "support", "fulfilment", "finance", "read_only"])
def test_who_may_answer_answers_and_the_others_look_on(role: str, fair: Fair, sign_in: Callable[..., Client]) -> None:
    thread, client = asked(fair), sign_in(role)
    may = role in ("owner", "manager", "support")

    shown = client.get(page_of(thread))

    assert shown.status_code == 200
    assert ("Send to the buyer" in text_of(shown)) is may
    assert (fair.fresh(thread).seller_unread == 0) is may, "only who may answer reads for the store"
    assert client.post(page_of(thread), {"text": "Soon."}).status_code == (302 if may else 403)
    assert client.post(page_of(thread), {"use": "where_is_it"}).status_code == (200 if may else 403)
    assert Message.objects.filter(sender="seller").exists() is may


@pytest.mark.parametrize("strange", ["thr_", "thr_zzz", "ord_01m8dsphqee5q9ps7rb29z7rdx", "x" * 300])
def test_an_address_that_leads_nowhere_is_a_404(strange: str, owner: Client) -> None:
    assert owner.get(f"/portal/messages/{strange}/").status_code == 404
    assert owner.get(f"/portal/messages/files/{strange}/1/").status_code == 404


# ------------------------------------------------------------------ reading


def test_opening_a_conversation_is_reading_it_and_what_comes_later_is_new_again(fair: Fair, owner: Client) -> None:
    thread = asked(fair)
    assert Notice.objects.filter(code="message_received", read_at=None).count() == 1

    owner.get(page_of(thread))

    assert fair.fresh(thread).seller_unread == 0
    assert not Notice.objects.filter(code="message_received", read_at=None).exists()
    fair.do("buyer.write", on=thread, text="Hello?")
    assert fair.fresh(thread).seller_unread == 1


def test_a_message_that_arrives_while_the_page_is_made_stays_new(fair: Fair) -> None:
    from orders.portal.messages import mark_read

    thread = asked(fair)
    seen = fair.fresh(thread)
    fair.do("buyer.write", on=thread, text="One more thing.")

    class Request:
        actor = fair.seller_actor()

    mark_read(Request(), [seen])

    assert fair.fresh(thread).seller_unread == 2


def test_messages_stand_by_day_with_roles_and_what_they_are_about(fair: Fair, owner: Client) -> None:
    order = fair.shipped()
    fair.do("buyer.message", on=order, text="Где моя посылка?")
    thread = Thread.objects.get()
    fair.do("seller.write", on=thread, as_=fair.seller_actor("support"), text="It left yesterday.")

    page = owner.get(page_of(thread))

    assert [row["role"] for row in page.context["thread"]] == ["Buyer", "Store"]
    assert "another language" in page.context["thread"][0]["note"]
    assert not page.context["thread"][1]["note"]
    about = page.context["about"][0]
    assert about["title"] == f"Order {order.name}"
    assert [chip["name"] for chip in about["deadlines"]] == ["Buyer confirms"]


def test_a_talk_in_a_dispute_shows_the_dispute_with_its_deadline_first(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    fair.do("buyer.message_in_dispute", on=dispute, text="Look at it.")

    about = owner.get(page_of(Thread.objects.get())).context["about"]

    assert [card["title"] for card in about] == [f"Dispute {dispute.name}", f"Order {dispute.order.name}"]
    assert about[0]["deadlines"][0]["name"] == "Answer the claim"


def test_a_question_about_a_product_shows_the_product(fair: Fair, owner: Client) -> None:
    fair.do("buyer.ask", on=fair.listings["lamp"], text="Is it of paper?")

    page = owner.get(page_of(Thread.objects.get()))

    assert [card["title"] for card in page.context["about"]] == ["Paper lamp"]
    assert "answer_truly" in {one["code"] for one in page.context["advice"]}


def test_long_talks_are_read_page_by_page(fair: Fair, owner: Client) -> None:
    thread = asked(fair, "first")
    for number in range(45):
        fair.do("buyer.write", on=thread, text=f"{number}")

    page = owner.get(page_of(thread)).context
    earlier = owner.get(page_of(thread) + page["earlier_url"]).context

    assert len(page["thread"]) == 40 and page["thread"][-1]["text"] == "44"
    assert [row["text"] for row in earlier["thread"]] == ["first", *(str(number) for number in range(5))]
    assert not earlier["earlier_url"] and earlier["latest_url"]


# ------------------------------------------------------------------ writing


def test_an_answer_with_pictures_is_sent_and_seen(fair: Fair, owner: Client) -> None:
    thread = asked(fair)

    answer = owner.post(page_of(thread), {"text": "Here it is.", "files": [picture("a.jpg"), picture("b.jpg", 50)]})

    assert answer.status_code == 302 and answer["Location"].endswith("#reply")
    sent = Message.objects.get(sender="seller")
    assert [file["file_name"] for file in sent.files] == ["a.jpg", "b.jpg"]
    assert fair.fresh(thread).buyer_unread == 1
    shown = owner.get(page_of(thread)).context["thread"][-1]["files"]
    for piece in shown:
        served = owner.get(piece["url"])
        assert (served.status_code, served["Content-Type"]) == (200, "image/jpeg")
        assert served["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in served["Content-Security-Policy"]
    assert owner.get(f"/portal/messages/files/{sent.public_id}/3/").status_code == 404
    assert owner.get(f"/portal/messages/files/{sent.public_id}/0/").status_code == 404


def test_a_picture_alone_is_a_message(fair: Fair, owner: Client) -> None:
    thread = asked(fair)

    assert owner.post(page_of(thread), {"text": "", "files": [picture()]}).status_code == 302
    assert Message.objects.get(sender="seller").text == ""


def test_the_same_press_twice_sends_once(fair: Fair, owner: Client) -> None:
    thread = asked(fair)
    for _press in range(2):
        owner.post(page_of(thread), {"text": "Soon.", "key": "k" * 32, "files": [picture()]})

    assert Message.objects.filter(sender="seller").count() == 1


HOSTILE = {
    "page": (b"<!doctype html><script>alert(1)</script>", "Web pages"),
    "drawing": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "Web pages"),
    "archive": (b"PK\x03\x04" + b"\0" * 200, "Archives"),
    "broken": (b"\xff\xd8\xff" + b"\0" * 50, "damaged"),
    "program": (b"MZ\x90\x00" + b"\xfe" * 100, "not taken"),
    "empty": (b"", "empty"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_beside_its_field_and_the_words_stay(name: str, fair: Fair, owner: Client) -> None:
    thread = asked(fair)
    content, said = HOSTILE[name]
    before = JournalEntry.objects.count()

    answer = owner.post(
        page_of(thread), {"text": "My words stay.", "files": [SimpleUploadedFile("picture.jpg", content)]}
    )

    form = answer.context["form"]
    assert answer.status_code == 422
    assert said in " ".join(form.errors["files"])
    assert form["text"].value() == "My words stay."
    assert "Choose them again" in text_of(answer)
    assert JournalEntry.objects.count() == before and not Message.objects.filter(sender="seller").exists()


def test_a_sixth_picture_and_one_that_is_too_large_are_told_beside_the_pictures(fair: Fair, owner: Client) -> None:
    thread = asked(fair)
    six = owner.post(page_of(thread), {"text": "Six.", "files": [picture(f"{number}.jpg") for number in range(6)]})
    assert six.status_code == 409
    assert "5 pictures at most" in " ".join(six.context["form"].errors["files"])

    large = SimpleUploadedFile("noise.png", _noise(), content_type="image/png")
    answer = owner.post(page_of(thread), {"text": "Large.", "files": [large]})
    assert answer.status_code == 409
    assert "noise.png is larger than 5 MB" in " ".join(answer.context["form"].errors["files"])
    assert answer.context["form"]["text"].value() == "Large."
    assert not Message.objects.filter(sender="seller").exists()


def test_papers_are_taken_in_a_dispute_and_refused_elsewhere_beside_the_pictures(fair: Fair, owner: Client) -> None:
    """FB-5."""
    thread = asked(fair)
    answer = owner.post(page_of(thread), {"text": "The invoice.", "files": [sample("invoice.pdf")]})
    assert answer.status_code == 422
    assert "invoice.pdf is not a picture" in " ".join(answer.context["form"].errors["files"])
    assert answer.context["form"]["text"].value() == "The invoice."
    assert "pdf" not in answer.context["form"].fields["files"].widget.attrs["accept"]

    fair.do("buyer.message_in_dispute", on=fair.disputed(), text="Look at it.")
    talk = Thread.objects.get(kind="dispute")
    assert "application/pdf" in owner.get(page_of(talk)).context["form"].fields["files"].widget.attrs["accept"]
    assert owner.post(page_of(talk), {"text": "The invoice.", "files": [sample("invoice.pdf")]}).status_code == 302
    shown = owner.get(page_of(talk)).context["thread"][-1]["files"][0]
    served = owner.get(shown["url"])
    assert (shown["is_picture"], served.status_code, served["Content-Type"]) == (False, 200, "application/pdf")


def _noise() -> bytes:
    """A picture that no compression makes small."""
    import random

    out = io.BytesIO()
    made = random.Random(7).randbytes(1500 * 1300 * 3)
    Image.frombytes("RGB", (1500, 1300), made).save(out, "PNG", compress_level=0)
    return out.getvalue()


def test_a_message_without_anything_is_not_sent(fair: Fair, owner: Client) -> None:
    answer = owner.post(page_of(asked(fair)), {"text": "  "})

    assert answer.status_code == 422
    assert answer.context["form"].errors["text"]


def test_words_in_a_message_are_shown_as_words(fair: Fair, owner: Client) -> None:
    thread = asked(fair, "<script>alert(1)</script>")

    for address in ("/portal/messages/", page_of(thread)):
        assert "<script>alert" not in owner.get(address).content.decode()


def test_the_journal_keeps_that_it_was_written_and_not_the_words(fair: Fair) -> None:
    thread = asked(fair, "My street is Lane 4.")

    entry = JournalEntry.objects.get(subject_id=thread.id)
    assert entry.rule == "FB-2"
    assert "Lane 4" not in f"{entry.reason} {entry.facts}"


# ------------------------------------------------------------------ advice


def test_prepared_words_are_added_to_what_was_typed(fair: Fair, owner: Client) -> None:
    thread = asked(fair)

    shown = owner.post(page_of(thread), {"text": "Dear Ada,", "use": "where_is_it"})

    text = shown.context["form"]["text"].value()
    order = thread.order_id and shown.context["about"][0]["title"].removeprefix("Order ")
    assert text.startswith("Dear Ada,\n\nHello Ada Buyer,")
    assert f"your order {order} is on its way under the number WB" in text
    assert "{" not in text and not Message.objects.filter(sender="seller").exists()


def test_the_order_and_the_request_to_cancel_show_what_helps(fair: Fair, owner: Client) -> None:
    order = fair.paid()
    asked_for = fair.do("buyer.request_cancellation", on=order, reason="changed_mind")

    on_order = owner.get(f"/portal/orders/{order.public_id}/")
    on_request = owner.get(f"/portal/cancellations/{asked_for.public_id}/decline/")

    assert "ask_why" in {one["code"] for one in on_order.context["advice"]}
    assert [one["code"] for one in on_request.context["advice"]] == ["ask_why"]
    ready = owner.get(f"/portal/orders/{order.public_id}/message/?use=ask_why")
    assert "May we ask what made you change your mind" in ready.context["form"]["text"].value()


def test_a_sellers_reason_is_not_asked_for(fair: Fair, owner: Client) -> None:
    asked_for = fair.do("buyer.request_cancellation", on=fair.paid(), reason="wrong_price")

    assert owner.get(f"/portal/cancellations/{asked_for.public_id}/decline/").context["advice"] == []


def fits(fair: Fair, order: Any, at: Any = None) -> set[str]:
    from orders.models import Order
    from rulebook.rehearsal import look

    book = look(Order, [order.id], fair.seller_actor())
    found = book.held[order.id]
    facts = advice.Facts(at or fair.clock.now(), book.rules_for(found), found, "order")
    return {one.code for one in advice.fitting(advice.THREAD, facts)}


def test_each_stage_of_an_order_has_its_advice(fair: Fair) -> None:
    assert "payment_guide" in fits(fair, fair.placed())
    paid = fair.paid()
    assert "note_wishes" in fits(fair, paid) and "tell_of_delay" not in fits(fair, paid)
    assert "tell_of_delay" in fits(fair, paid, paid.handling_due_at - timedelta(hours=23))
    shipped = fair.shipped()
    assert fits(fair, shipped) == {"where_is_it"}
    assert "receipt_ends" in fits(fair, shipped, shipped.receipt_due_at - timedelta(days=5))
    assert "receipt_ends" not in fits(fair, shipped, shipped.receipt_due_at - timedelta(days=5, seconds=1))
    fair.do("carrier.scan", on=shipped.shipment_rows.get(), event="awaiting_pickup")
    assert "at_post_office" in fits(fair, shipped)
    assert fits(fair, fair.completed()) == set()


def test_all_words_can_be_filled_and_cite_a_rule() -> None:
    cited = {one.rule for one in advice.all_advice()}

    assert {"PRE-1", "PRE-4", "PRE-5", "PRE-6", "PRE-7", "PRE-8", "PRE-11", "PRE-12", "PRE-14"} <= cited
    assert {"PLUS-16", "PLUS-22", "FB-4", "FB-15", "FB-20"} <= cited
    assert all("{" not in one.words_for({"about": "{store}"}).replace("{store}", "") for one in advice.all_advice())


# ------------------------------------------------------------------ evidence


def test_a_message_of_the_dispute_is_shown_as_evidence_in_its_words(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    fair.do("buyer.message", on=dispute.order, text="It is blue, I like it.", files=[picture("blue.jpg")])
    message = Message.objects.get()
    page = owner.get(f"/portal/disputes/{dispute.public_id}/")
    address = page.context["thread"][0]["cite_url"]

    text = owner.get(address).context["form"]["text"].value()

    assert "Ada Buyer (buyer)" in text and "It is blue, I like it." in text
    assert message.files[0]["sha256"] in text
    owner.post(address, {"text": text})
    assert Evidence.objects.get(side="seller").text == text


def test_a_message_of_somebody_else_is_no_evidence(fair: Fair, owner: Client, sign_in: Callable[..., Client]) -> None:
    dispute = fair.disputed()
    fair.do("buyer.message", on=fair.shipped(), text="Another order.")
    other = Message.objects.get()

    assert owner.get(f"/portal/disputes/{dispute.public_id}/evidence/?message={other.public_id}").status_code == 404
    looks = sign_in("read_only").get(f"/portal/disputes/{dispute.public_id}/")
    assert "Use as evidence" not in text_of(looks)


# ------------------------------------------------------------------ keeping


def aged(messages: Iterable[Message], years: int) -> None:
    moment = now() - timedelta(days=366 * years)
    for message in messages:
        Message.objects.filter(pk=message.pk).update(sent_at=moment)
        Thread.objects.filter(pk=message.thread_id).update(last_at=moment)


def test_words_and_pictures_go_when_their_time_of_keeping_is_over(fair: Fair, owner: Client) -> None:
    thread = asked(fair, "Old words.", files=[picture()])
    aged(Message.objects.all(), 3)
    young = asked(fair, "Young words.")

    report = forget_old_messages(now())

    assert report == {"forgotten": 1}
    message = Message.objects.get(thread_id=thread.id)
    assert (message.text, message.files) == ("", []) and message.forgotten_at is not None
    assert Thread.objects.get(pk=thread.pk).last_text == ""
    assert Message.objects.get(thread_id=young.id).text == "Young words."
    assert "Its time of keeping is over" in text_of(owner.get(page_of(thread)))
    assert forget_old_messages(now()) == {"forgotten": 0}


def test_what_an_open_dispute_may_need_is_kept(fair: Fair) -> None:
    dispute = fair.disputed()
    fair.do("buyer.message", on=dispute.order, text="In the order's talk.")
    fair.do("buyer.message_in_dispute", on=dispute, text="In the dispute's talk.")
    aged(Message.objects.all(), 4)

    assert forget_old_messages(now()) == {"forgotten": 0}
    fair.do("buyer.withdraw_dispute", on=dispute)
    assert forget_old_messages(now()) == {"forgotten": 2}


# ------------------------------------------------------------------ what it costs


def test_list_and_conversation_cost_the_same_for_few_and_for_many(fair: Fair, owner: Client, kept: MemoryFiles) -> None:
    thread = asked(fair)
    owner.get(page_of(thread))
    few = (cost(owner, "/portal/messages/"), cost(owner, page_of(thread)))
    for number in range(12):
        fair.do("buyer.write", on=thread, text=f"{number}", files=[sample("evidence.jpg")])
    for _number in range(3):
        asked(fair)
    owner.get(page_of(thread))

    assert (cost(owner, "/portal/messages/"), cost(owner, page_of(thread))) == few
    assert few[0] <= 7 and few[1] <= 18
