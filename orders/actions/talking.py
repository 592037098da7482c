"""Messages, the support chat, complaints to the administration (FB)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from orders.models import Complaint, Message, Order, Thread
from orders.models.thread import thread_id
from orders.states import ThreadKind
from rulebook.actions import action
from rulebook.docket import Docket
from rulebook.docket.effects import PLATFORM
from rulebook.ids import new_id
from rulebook.inputs import Reference, Text, Uploads, Whole
from rulebook.models.base import make
from rulebook.refusals import Invalid, NotFound, Refused
from stores.models import Listing

# ------------------------------------------------------------------ messages

MESSAGE = {
    "text": Text(
        label=_("Message"),
        longest=4000,
        default="",
        quoted=False,
        help=_("Write in English, so that the other side understands it."),
    ),
    "files": Uploads(
        label=_("Pictures"),
        default=None,
        most=20,
        help=_("Up to five, 5 MB each. In a dispute and to support, PDFs as well."),
    ),
}


def write(docket: Docket, thread: Thread, text: str, files: list[Any] | None) -> Message:
    """A message of this conversation: words, pictures or both."""
    if not text and not files:
        raise Invalid({"text": [_now("Write something, or add a picture.")]})
    _judge_kinds(thread, files or [])
    return thread.write(docket, text=text, files=files or [])


def _judge_kinds(thread: Thread, files: list[Any]) -> None:
    """FB-5 speaks of pictures. Where papers prove something, in a dispute and to support, a PDF is taken, too."""
    wrong = [file.name for file in files if not (file.is_picture or (thread.takes_papers and file.is_pdf))]
    if wrong and thread.takes_papers:
        says = _now("{name} is neither a picture nor a PDF. Send JPEG, PNG, WebP, GIF or PDF.")
    else:
        says = _now("{name} is not a picture. Messages carry pictures only: send JPEG, PNG, WebP or GIF.")
    if wrong:
        raise Invalid({"files": [says.format(name=name) for name in wrong]})


def thread_about(docket: Docket, kind: str, about: UUID, **facts: Any) -> Thread:
    """The conversation about something, begun now if there was none; its identity follows from what it is about."""
    identity = thread_id(kind, about, facts["buyer_id"])
    try:
        return docket.lock(Thread, identity)
    except NotFound:
        thread = make(Thread, id=identity, kind=kind, opened_at=docket.at, last_at=docket.at, **facts)
        docket.add(thread)
        return thread


def thread_of_order(docket: Docket, order: Order) -> Thread:
    thread = thread_about(
        docket,
        ThreadKind.ORDER,
        order.id,
        store_id=order.store_id,
        order_id=order.id,
        buyer_id=order.buyer_id,
        buyer_name=order.buyer_name,
        title=_now("Order {name}").format(name=order.name),
    )
    order.thread_id = thread.id
    return thread


@action("buyer.message", on=Order, may="be_buyer", creates=Message, label=_("Write to the seller"), inputs=MESSAGE)
def message_seller(docket: Docket, order: Order, *, text: str, files: list[Any] | None) -> Message:
    """Write to the seller about an order (FB-2)."""
    return write(docket, thread_of_order(docket, order), text, files)


@action("seller.message", on=Order, may="answer_buyers", creates=Message, label=_("Write to the buyer"), inputs=MESSAGE)
def message_buyer(docket: Docket, order: Order, *, text: str, files: list[Any] | None) -> Message:
    """Write to the buyer about an order (FB-2)."""
    return write(docket, thread_of_order(docket, order), text, files)


@action(
    "buyer.ask",
    on=Listing,
    may="be_buyer",
    creates=Message,
    label=_("Ask the seller"),
    stands_for="buyer.message",
    inputs=MESSAGE,
)
def ask_about_listing(docket: Docket, listing: Listing, *, text: str, files: list[Any] | None) -> Message:
    """Ask the seller from the product's page (FB-1)."""
    thread = thread_about(
        docket,
        ThreadKind.PRODUCT,
        listing.id,
        store_id=listing.store_id,
        listing_id=listing.id,
        buyer_id=docket.actor.id,
        buyer_name=docket.actor.name,
        title=listing.title,
    )
    return write(docket, thread, text, files)


@action(
    "buyer.write",
    on=Thread,
    may="be_buyer",
    creates=Message,
    label=_("Write"),
    stands_for="buyer.message",
    inputs=MESSAGE,
)
def buyer_writes(docket: Docket, thread: Thread, *, text: str, files: list[Any] | None) -> Message:
    """Go on with a conversation (FB-1, FB-2, FB-14)."""
    return write(docket, thread, text, files)


@action(
    "seller.write",
    on=Thread,
    may="answer_buyers",
    creates=Message,
    label=_("Write"),
    stands_for="seller.message",
    inputs=MESSAGE,
)
def seller_writes(docket: Docket, thread: Thread, *, text: str, files: list[Any] | None) -> Message:
    """Answer in a conversation (FB-1, FB-2)."""
    return write(docket, thread, text, files)


# ------------------------------------------------------------------ support


@action(
    "buyer.open_chat",
    on=None,
    may="be_buyer",
    creates=Thread,
    label=_("Talk to support"),
    inputs={
        "topic": Text(label=_("Topic"), longest=60, lines=1, default=""),
        "text": Text(label=_("Question"), longest=4000, default="", quoted=False),
    },
)
def open_chat(docket: Docket, *, topic: str, text: str) -> Thread:
    """Begin a talk with the platform's support, within its hours (FB-14, FB-15)."""
    thread = make(
        Thread,
        id=new_id(),
        store_id=PLATFORM,
        kind=ThreadKind.SUPPORT,
        buyer_id=docket.actor.id,
        buyer_name=docket.actor.name,
        title=topic,
        topic=topic,
        opened_at=docket.at,
        last_at=docket.at,
    )
    docket.add(thread)
    thread.open_chat(docket)
    if text:
        thread.write(docket, text=text, files=[])
    return thread


@action(
    "moderator.answer_chat",
    on=Thread,
    may="answer_support",
    opens=Thread.write_to_support,
    creates=Message,
    label=_("Answer"),
    inputs=MESSAGE,
)
def answer_chat(docket: Docket, thread: Thread, *, text: str, files: list[Any] | None) -> Message:
    """Answer a buyer in the support chat (FB-14)."""
    if thread.kind != ThreadKind.SUPPORT:
        raise Refused("FB-14", _("This is a talk between a buyer and a seller."))
    return write(docket, thread, text, files)


@action("buyer.close_chat", on=Thread, may="be_buyer", opens=Thread.close_chat, label=_("End the talk"))
def buyer_closes_chat(docket: Docket, thread: Thread) -> Thread:
    """End a talk with support (FB-16)."""
    return _close_chat(docket, thread)


@action("moderator.close_chat", on=Thread, may="answer_support", opens=Thread.close_chat, label=_("End the talk"))
def moderator_closes_chat(docket: Docket, thread: Thread) -> Thread:
    """End a talk with a buyer (FB-16); he may rate it."""
    return _close_chat(docket, thread)


def _close_chat(docket: Docket, thread: Thread) -> Thread:
    if thread.kind != ThreadKind.SUPPORT:
        raise Refused("FB-16", _("Only a talk with support has an end."))
    thread.close_chat(docket)
    return thread


@action(
    "buyer.rate_chat",
    on=Thread,
    may="be_buyer",
    opens=Thread.rate_chat,
    label=_("Rate the operator"),
    inputs={"stars": Whole(label=_("Stars"), most=5)},
)
def rate_chat(docket: Docket, thread: Thread, *, stars: int) -> Thread:
    """How the operator did (FB-16)."""
    thread.rate_chat(docket, stars=stars)
    return thread


# ------------------------------------------------------------------ complaints


@action(
    "buyer.complain",
    on=None,
    may="be_buyer",
    creates=Complaint,
    label=_("Complain to the administration"),
    inputs={
        "about": Text(label=_("About whom or what"), longest=120, lines=1, default=""),
        "kind": Text(label=_("Kind"), longest=60, lines=1, default=""),
        "text": Text(label=_("What happened"), longest=4000, default=""),
        "order": Reference(label=_("Order"), prefix="ord", default=None),
    },
)
def complain(docket: Docket, *, about: str, kind: str, text: str, order: UUID | None) -> Complaint:
    """A seller or the site was unfair (FB-17); the administration always answers (FB-18)."""
    concerned = None if order is None else docket.lock(Order, order)
    if concerned is not None and concerned.buyer_id != docket.actor.id:
        raise NotFound(_now("There is no such order."))
    if not (text or kind or about):
        raise Invalid({"text": [_now("Say what happened.")]})
    complaint = make(
        Complaint,
        id=new_id(),
        store_id=concerned.store_id if concerned else PLATFORM,
        store_name=concerned.store.name if concerned else "",
        order_id=order,
        buyer_id=docket.actor.id,
        buyer_name=docket.actor.name,
        about=about,
        kind=kind,
        text=text,
        filed_at=docket.at,
    )
    docket.add(complaint)
    complaint.file(docket)
    return complaint


@action(
    "moderator.answer_complaint",
    on=Complaint,
    may="answer_complaints",
    opens=Complaint.give_answer,
    label=_("Answer"),
    primary=True,
    inputs={"text": Text(label=_("Answer"), longest=4000)},
)
def answer_complaint(docket: Docket, complaint: Complaint, *, text: str) -> Complaint:
    """The administration's answer (FB-18)."""
    complaint.give_answer(docket, text=text)
    return complaint
