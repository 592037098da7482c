"""Orders and what belongs to them as the API gives them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from orders.models import (
    Cancellation,
    CarrierClaim,
    Complaint,
    Extension,
    Message,
    Order,
    OrderLine,
    Review,
    Shipment,
    Thread,
)
from orders.search_api import SEARCH, find
from orders.states import ReviewState, ThreadKind
from rulebook.actors import BUYER, CARRIER, MODERATOR, SELLER, Actor
from rulebook.api.resources import (
    Filter,
    Nest,
    Own,
    Resource,
    by_moments,
    by_reference,
    by_state,
    everything,
    held,
    of_his_stores,
    register,
)
from rulebook.inputs import Choice, Flag, Text, Whole


def _of_his_orders(actor: Actor) -> Q:
    return Q(order__buyer_id=actor.id)


def of_unread(actor: Actor, wanted: bool) -> Q:
    """By the counter of the reader's side."""
    new = Q(**{f"{actor.kind}_unread__gt": 0})
    return new if wanted else ~new


def unread_of(thread: Thread, actor: Actor) -> int:
    return int(getattr(thread, f"{actor.kind}_unread"))


BY_ORDER = by_reference("ord", "order_id", _("Of this order."))
BY_STORE = by_reference("sto", "store_id", _("Of this store."))
OF_ORDER = {"order": ("order_id", "ord"), "store": ("store_id", "sto")}

ORDERS = register(
    Resource(
        model=Order,
        collection="orders",
        about=_("What buyers bought, with lines, parcels and requests to cancel."),
        seen={BUYER: lambda actor: Q(buyer_id=actor.id), SELLER: of_his_stores(), MODERATOR: everything},
        order=("placed_at", "id"),
        narrowed={MODERATOR: ("store", "buyer", "reference", "search", "item")},
        finds=find,
        filters={
            "state": by_state(Order),
            "store": BY_STORE,
            "buyer": by_reference("byr", "buyer_id", _("Of this buyer.")),
            "reference": Filter(
                Text(help=_("The storefront's own order number."), longest=64, default=None), "external_id"
            ),
            **SEARCH,
        },
        links={
            "store": ("store_id", "sto"),
            "buyer": ("buyer_id", "byr"),
            "open_dispute": ("open_dispute_id", "dsp"),
            "thread": ("thread_id", "thr"),
        },
        nests={
            "lines": Nest(OrderLine, held("lines")),
            "shipments": Nest(Shipment, held("shipments")),
            "cancellations": Nest(Cancellation, held("cancellations")),
            "extensions": Nest(Extension, held("extensions")),
            "reviews": Nest(Review, held("reviews")),
        },
    )
)

SHIPMENTS = register(
    Resource(
        model=Shipment,
        collection="shipments",
        about=_("Parcels and what carriers tell of them."),
        seen={BUYER: _of_his_orders, SELLER: of_his_stores(), MODERATOR: everything, CARRIER: everything},
        narrowed={SELLER: ("order", "waybill"), MODERATOR: ("order", "waybill"), CARRIER: ("waybill",)},
        filters={
            "order": BY_ORDER,
            "waybill": Filter(Text(help=_("The carrier's number."), longest=60, default=None), "waybill"),
            "state": by_state(Shipment),
        },
        links=OF_ORDER,
    )
)

CANCELLATIONS = register(
    Resource(
        model=Cancellation,
        collection="cancellations",
        about=_("Buyers' requests to cancel."),
        seen={BUYER: _of_his_orders, SELLER: of_his_stores(), MODERATOR: everything},
        narrowed={SELLER: ("order", "state"), MODERATOR: ("order", "store")},
        filters={"order": BY_ORDER, "store": BY_STORE, "state": by_state(Cancellation)},
        links=OF_ORDER,
    )
)

THREADS = register(
    Resource(
        model=Thread,
        collection="threads",
        about=_("Conversations about products, orders and disputes, and with the platform's support."),
        seen={BUYER: lambda actor: Q(buyer_id=actor.id), SELLER: of_his_stores(), MODERATOR: everything},
        order=("last_at", "id"),
        narrowed={MODERATOR: ("store", "buyer", "order")},
        filters={
            "state": by_state(Thread),
            "about": Filter(Choice(help=_("What it is about."), options=ThreadKind.values, default=None), "kind"),
            "unread": Filter(Flag(help=_("With something that your side has not read."), default=None), of_unread),
            "order": BY_ORDER,
            "store": BY_STORE,
            "buyer": by_reference("byr", "buyer_id", _("Of this buyer.")),
        },
        links={
            "order": ("order_id", "ord"),
            "listing": ("listing_id", "lst"),
            "dispute": ("dispute_id", "dsp"),
            "store": ("store_id", "sto"),
            "buyer": ("buyer_id", "byr"),
        },
        own={"unread": Own({"type": "integer", "description": _("Messages that your side has not read.")}, unread_of)},
    )
)

MESSAGES = register(
    Resource(
        model=Message,
        collection="messages",
        about=_("What was written in conversations; nobody can delete it."),
        seen={
            BUYER: lambda actor: Q(thread__buyer_id=actor.id),
            SELLER: of_his_stores(),
            MODERATOR: everything,
        },
        order=("sent_at", "id"),
        narrowed={SELLER: ("order", "thread"), MODERATOR: ("order", "thread"), BUYER: ("order", "thread")},
        filters={"order": BY_ORDER, "thread": by_reference("thr", "thread_id", _("Of this conversation."))},
        links={"thread": ("thread_id", "thr"), "order": ("order_id", "ord"), "store": ("store_id", "sto")},
    )
)

UNSAID = {"text": "", "photos": [], "supplement": "", "supplement_photos": []}
"""What is left of a deleted review's words and pictures."""


def _deleted_words(review: Review, actor: Actor) -> dict[str, Any]:
    """What a moderator deleted as an attack or as unfit is read again by moderators alone (A59-1)."""
    return UNSAID if review.state == ReviewState.DELETED and actor.kind != MODERATOR else {}


REVIEWS = register(
    Resource(
        model=Review,
        collection="reviews",
        about=_("Reviews in both directions; a buyer's own here, everybody's with the store and the listing."),
        seen={
            BUYER: lambda actor: Q(buyer_id=actor.id),
            SELLER: of_his_stores(),
            MODERATOR: everything,
        },
        order=("published_at", "id"),
        narrowed={MODERATOR: ("listing", "store", "order", "buyer")},
        filters={
            "state": by_state(Review),
            "side": Filter(Choice(help=_("Who wrote it."), options=("buyer", "seller"), default=None), "side"),
            "stars": Filter(Whole(help=_("So many stars."), most=5, default=None), "stars"),
            "order": BY_ORDER,
            "store": BY_STORE,
            "listing": by_reference("lst", "listing_id", _("Of this listing.")),
            "buyer": by_reference("byr", "buyer_id", _("By or about this buyer.")),
            **by_moments("published_at", "published"),
        },
        links={**OF_ORDER, "listing": ("listing_id", "lst")},
        veils=_deleted_words,
    )
)

COMPLAINTS = register(
    Resource(
        model=Complaint,
        collection="complaints",
        about=_("Complaints to the administration and its answers."),
        seen={BUYER: lambda actor: Q(buyer_id=actor.id), MODERATOR: everything},
        order=("filed_at", "id"),
        narrowed={MODERATOR: ("state", "buyer")},
        filters={"state": by_state(Complaint), "buyer": by_reference("byr", "buyer_id", _("Of this buyer."))},
        links={"order": ("order_id", "ord"), "buyer": ("buyer_id", "byr")},
    )
)

EXTENSIONS = register(
    Resource(
        model=Extension,
        collection="extensions",
        about=_("Buyers' wishes to give the seller more time for shipping."),
        seen={BUYER: _of_his_orders, SELLER: of_his_stores(), MODERATOR: everything},
        narrowed={SELLER: ("order", "state"), MODERATOR: ("order",)},
        filters={"order": BY_ORDER, "state": by_state(Extension)},
        links=OF_ORDER,
    )
)

CLAIMS = register(
    Resource(
        model=CarrierClaim,
        collection="carrier-claims",
        about=_("Sellers' complaints to carriers."),
        seen={SELLER: of_his_stores(), MODERATOR: everything, CARRIER: everything},
        narrowed={SELLER: ("order", "state"), MODERATOR: ("order", "state"), CARRIER: ("state",)},
        filters={"order": BY_ORDER, "state": by_state(CarrierClaim)},
        links=OF_ORDER,
    )
)
