"""Conversations through the API: who reads them, what is new to whom, pictures, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from orders.models import Message, Thread
from rulebook.samples import sample
from tests.api.conftest import Caller
from tests.api.test_schema import keeps_to
from tests.console.talking import talk
from tests.fair import Fair


def picture(name: str) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/png")


@pytest.fixture
def thread(fair: Fair) -> Thread:
    fair.do("buyer.message", on=fair.shipped(), text="Where is it?", files=[sample("label.jpg")])
    return Thread.objects.get()


def listed(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    status, body = caller.get(f"threads{query}")
    assert status == 200, body
    return body["results"]


# ------------------------------------------------------------------ reading


def test_a_conversation_tells_each_side_what_is_new_to_it(thread: Thread, buyer: Caller, seller: Caller):
    assert [row["unread"] for row in listed(seller)] == [1]
    assert [row["unread"] for row in listed(buyer)] == [0]

    status, shown = seller.post(f"threads/{thread.public_id}/read")

    assert (status, shown["unread"]) == (200, 0)
    keeps_to("Thread", shown)
    assert [row["unread"] for row in listed(seller)] == [0]


def test_each_side_reads_for_itself_alone(thread: Thread, fair: Fair, buyer: Caller, seller: Caller):
    fair.do("seller.write", on=thread, text="On its way.")

    buyer.post(f"threads/{thread.public_id}/read")

    found = fair.fresh(thread)
    assert (found.buyer_unread, found.seller_unread) == (0, 1)


@pytest.mark.parametrize(("query", "found"), [("?unread=true", 1), ("?unread=false", 1), ("", 2)])
def test_a_list_can_hold_only_what_is_new(query: str, found: int, thread: Thread, fair: Fair, seller: Caller):
    fair.do("buyer.ask", on=fair.listings["lamp"], text="Of paper?")
    seller.post(f"threads/{thread.public_id}/read")

    assert len(listed(seller, query)) == found


def test_strangers_find_nothing(thread: Thread, fair: Fair, stranger: Caller):
    message = Message.objects.get()
    other = Caller(fair.storefront_key(storefront=fair.other_storefront), **{"Piepowder-Buyer": "customer-1"})

    for caller in (stranger, other):
        assert listed(caller) == []
        assert caller.get(f"threads/{thread.public_id}")[0] == 404
        assert caller.post(f"threads/{thread.public_id}/read")[0] == 404
        assert caller.post(f"threads/{thread.public_id}/write", {"text": "Hello"})[0] == 404
        assert caller.get(f"messages/{message.public_id}/files/1")[0] == 404
    assert fair.fresh(thread).seller_unread == 1


@pytest.mark.parametrize(
    ("role", "may"), [("support", True), ("manager", True), ("fulfilment", False), ("read_only", False)]
)
def test_the_role_decides_who_reads_and_writes_for_the_store(role: str, may: bool, thread: Thread, fair: Fair):
    caller = Caller(fair.store_key(role))

    assert caller.get(f"threads/{thread.public_id}")[0] == 200
    assert caller.post(f"threads/{thread.public_id}/read")[0] == (200 if may else 403)
    assert caller.post(f"threads/{thread.public_id}/write", {"text": "Soon."})[0] == (201 if may else 403)


def test_providers_have_no_part_in_it(thread: Thread, carrier: Caller):
    assert carrier.get("threads")[0] == 403
    assert carrier.post(f"threads/{thread.public_id}/read")[0] == 403


def test_a_read_takes_no_inputs(thread: Thread, seller: Caller):
    status, problem = seller.post(f"threads/{thread.public_id}/read", {"all": True})

    assert status == 422 and "all" in problem["errors"]


def test_a_scope_covers_it(thread: Thread, fair: Fair):
    reads = Caller(fair.store_key("owner", scopes=("threads",)))
    ships = Caller(fair.store_key("owner", scopes=("orders",)))

    assert reads.post(f"threads/{thread.public_id}/read")[0] == 200
    assert ships.post(f"threads/{thread.public_id}/read")[0] == 403


# ------------------------------------------------------------------ pictures


def test_several_pictures_are_sent_in_one_form_and_read_by_both_sides(
    thread: Thread, buyer: Caller, seller: Caller, arbitrator: Caller
):
    status, sent = seller.form(
        f"threads/{thread.public_id}/write", {"text": "Look.", "files": [picture("a.png"), picture("b.png")]}
    )

    assert status == 201, sent
    assert [file["file_name"] for file in sent["files"]] == ["a.png", "b.png"]
    assert all(set(file) == {"file_name", "media_type", "size", "sha256"} for file in sent["files"])
    keeps_to("Message", sent)
    for caller in (buyer, seller, arbitrator):
        status, body = caller.get(f"messages/{sent['id']}/files/2")
        assert (status, caller.last["Content-Type"]) == (200, "image/png")
        assert body.startswith(b"\x89PNG")
        assert caller.last["Content-Disposition"].startswith("attachment")
        assert caller.last["X-Content-Type-Options"] == "nosniff"
        assert caller.get(f"messages/{sent['id']}/files/3")[0] == 404
        assert caller.get(f"messages/{sent['id']}/files/0")[0] == 404


@pytest.mark.parametrize(
    "content",
    [b"<svg onload=alert(1)>", b"<!doctype html><script>", b"PK\x03\x04" + b"\0" * 90, b"\xff\xd8\xff\0", b""],
)
def test_a_hostile_file_is_refused_under_its_field(content: bytes, thread: Thread, seller: Caller):
    files = [picture("good.png"), SimpleUploadedFile("bad.png", content)]

    status, problem = seller.form(f"threads/{thread.public_id}/write", {"text": "Look.", "files": files})

    assert status == 422 and list(problem["errors"]) == ["files"]
    assert Message.objects.count() == 1


def test_a_sixth_picture_is_refused_under_its_rule(thread: Thread, seller: Caller):
    files = [picture(f"{number}.png") for number in range(6)]

    status, problem = seller.form(f"threads/{thread.public_id}/write", {"text": "Six.", "files": files})

    assert (status, problem["rule"]) == (409, "FB-5")


def test_a_message_carries_pictures_and_in_a_dispute_or_to_support_papers(
    fair: Fair, buyer: Caller, seller: Caller, arbitrator: Caller
):
    """FB-5."""
    dispute = fair.disputed()
    fair.do("buyer.message", on=dispute.order, text="Hello.")
    fair.do("buyer.message_in_dispute", on=dispute, text="Hello.")
    fair.do("buyer.ask", on=fair.listings["lamp"], text="Hello.")
    talk(fair)

    def sent(kind: str, name: str) -> tuple[int, str]:
        caller, verb = (arbitrator, "answer_chat") if kind == "support" else (seller, "write")
        path = f"threads/{Thread.objects.get(kind=kind).public_id}/{verb}"
        status, body = caller.form(path, {"text": "Look.", "files": [sample("a.png"), sample(name)]})
        return status, " ".join(body.get("errors", {}).get("files", ()))

    for kind in ("product", "order"):
        for name in ("invoice.pdf", "film.mp4", "words.txt"):
            said = f"{name} is not a picture. Messages carry pictures only: send JPEG, PNG, WebP or GIF."
            assert sent(kind, name) == (422, said)
    for kind in ("dispute", "support"):
        assert sent(kind, "invoice.pdf") == (201, "")
        for name in ("film.mp4", "words.txt"):
            said = f"{name} is neither a picture nor a PDF. Send JPEG, PNG, WebP, GIF or PDF."
            assert sent(kind, name) == (422, said)


def test_nobody_can_delete_or_change_a_message(thread: Thread, buyer: Caller, seller: Caller):
    message = Message.objects.get()

    for caller in (buyer, seller):
        for method in ("DELETE", "PUT", "PATCH"):
            assert caller.call(method, f"messages/{message.public_id}")[0] == 405
            assert caller.call(method, f"threads/{thread.public_id}")[0] == 405


# ------------------------------------------------------------------ advice


def test_a_storefront_shows_advice_to_its_buyers(buyer: Caller):
    status, body = buyer.get("advice")

    assert status == 200
    assert {one["rule"] for one in body["results"]} == {"FB-4", "FB-15", "FB-20"}


# ------------------------------------------------------------------ what it costs


def test_a_list_costs_the_same_for_one_conversation_and_for_many(thread: Thread, fair: Fair, seller: Caller):
    def cost(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    listed(seller)
    one = cost(lambda: listed(seller, "?unread=true"))
    for _number in range(6):
        fair.do("buyer.message", on=fair.shipped(), text="And this one?")
    assert cost(lambda: listed(seller, "?unread=true")) == one
