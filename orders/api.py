"""Orders and what belongs to them as the API gives them."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from orders.models import Cancellation, Message, Order, OrderLine, Shipment
from rulebook.actors import BUYER, CARRIER, MODERATOR, SELLER, Actor
from rulebook.api.resources import (
    Filter,
    Nest,
    Resource,
    by_moments,
    by_reference,
    by_state,
    everything,
    held,
    of_his_stores,
    register,
)
from rulebook.inputs import Text


def _of_his_orders(actor: Actor) -> Q:
    return Q(order__buyer_id=actor.id)


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
        narrowed={MODERATOR: ("store", "buyer", "reference")},
        filters={
            "state": by_state(Order),
            "store": BY_STORE,
            "buyer": by_reference("byr", "buyer_id", _("Of this buyer.")),
            "reference": Filter(
                Text(help=_("The storefront's own order number."), longest=64, default=None), "external_id"
            ),
            **by_moments("placed_at", "placed"),
        },
        links={"store": ("store_id", "sto"), "buyer": ("buyer_id", "byr"), "open_dispute": ("open_dispute_id", "dsp")},
        nests={
            "lines": Nest(OrderLine, held("lines")),
            "shipments": Nest(Shipment, held("shipments")),
            "cancellations": Nest(Cancellation, held("cancellations")),
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

MESSAGES = register(
    Resource(
        model=Message,
        collection="messages",
        about=_("What buyer and seller wrote to each other about an order."),
        seen={BUYER: _of_his_orders, SELLER: of_his_stores(), MODERATOR: everything},
        order=("sent_at", "id"),
        narrowed={SELLER: ("order",), MODERATOR: ("order",)},
        filters={"order": BY_ORDER},
        links=OF_ORDER,
    )
)
