"""The carriers that come along: the world's post, by the words of its own standard, and the sandbox."""

from __future__ import annotations

from orders.carriers.port import Carrier, register
from orders.carriers.sandbox import SandboxAdapter
from orders.carriers.waybills import s10_is_valid

POST = register(
    Carrier(
        code="post",
        name="Post",
        kind="national_post",
        services=("ems", "standard", "simple", "economy", "priority"),
        tracking_url="https://items.ems.post/api/publicTracking/track?language=EN&itemId={waybill}",
        numbers=s10_is_valid,
        # The events of EMSEVT, the message in which the members of the Universal Postal Union tell of items.
        words={
            "EMA": "accepted",  # posting, collection
            "EMB": "in_transit",  # at the outward office of exchange
            "EXA": "in_transit",  # before export customs
            "EXB": "in_transit",
            "EXC": "in_transit",
            "EXD": "in_transit",
            "EMC": "in_transit",  # left the country
            "EMJ": "in_transit",  # through another country
            "EMK": "in_transit",
            "EMD": "arrived",  # at the inward office of exchange
            "EDA": "arrived",
            "EDB": "arrived",  # before import customs
            "EME": "arrived",
            "EDC": "arrived",
            "EMF": "arrived",  # left the inward office of exchange
            "EDD": "arrived",
            "EDE": "arrived",
            "EMG": "arrived",  # at the office of delivery
            "EDF": "arrived",
            "EDG": "arrived",  # out for delivery
            "EDH": "awaiting_pickup",  # at the place where the addressee fetches it
            "EMH": "failed",  # could not be delivered
            "EMI": "delivered",
        },
    )
)

SANDBOX = register(
    Carrier(
        code="sandbox",
        name="Swift Parcel",
        kind="platform_logistics",
        services=("express", "ems", "standard", "simple", "economy", "priority"),
        adapter=SandboxAdapter(),
        words={
            "ACCEPTED": "accepted",
            "DEPARTED": "in_transit",
            "CUSTOMS": "in_transit",
            "ARRIVED": "arrived",
            "OUT FOR DELIVERY": "arrived",
            "PICK UP": "awaiting_pickup",
            "ATTEMPTED": "failed",
            "COLLECTED": "delivered",
            "DELIVERED": "delivered",
            "RETURNED TO SENDER": "returned",
        },
    )
)
