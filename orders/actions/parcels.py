"""Parcels: shipping, scans, and what the sides agree on about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from orders.carriers import written_waybill
from orders.models import CarrierClaim, Extension, Order, Shipment
from orders.states import SCANS
from rulebook.actions import action
from rulebook.docket import Docket
from rulebook.inputs import Amount, Anything, Choice, Moment, Text, Whole
from rulebook.money import Money
from rulebook.refusals import Invalid
from stores.states import METHODS


@action(
    "seller.ship",
    on=Order,
    may="ship_orders",
    opens=(Order.ship_rest, Order.ship_part),
    creates=Shipment,
    label=_("Ship"),
    primary=True,
    inputs={
        "waybill": Text(label=_("Waybill number"), longest=60, lines=1, default="", nullable=True),
        "method": Choice(
            label=_("Delivery method"), options=METHODS, default=None, help=_("Left out: the one the buyer chose.")
        ),
        "quantity": Whole(label=_("Items in this parcel"), default=None, help=_("Left out: all that is left.")),
        "carrier": Text(label=_("Carrier"), longest=40, lines=1, default="", help=_("Its code, if it is known here.")),
    },
)
def ship(
    docket: Docket, order: Order, *, waybill: str | None, method: str | None, quantity: int | None, carrier: str
) -> Shipment | None:
    """Hand a parcel to the carrier (A34-1); with the last one the receipt window begins (A35-1).

    waybill null, said on purpose: it was handed over, and its number, the delivery notice, will follow (A70-4).
    """
    if waybill is None:
        order.hand_over_untold(docket)
        return None
    waybill = written_waybill(waybill)
    return order.ship(
        docket,
        waybill=waybill,
        method=method,
        quantity=quantity,
        carrier=carrier,
        used_before=bool(waybill) and _went_elsewhere(docket, order, waybill),
    )


def _went_elsewhere(docket: Docket, order: Order, waybill: str) -> bool:
    """V-16: whether another buyer's parcel of the store bore this number; one parcel may hold several orders of one buyer."""
    parcels = docket.source.find(Shipment, store_id=order.store_id, waybill=waybill)
    others = sorted({parcel.order_id for parcel in parcels} - {order.id})
    return any(row.buyer_id != order.buyer_id for row in docket.source.find(Order, id__in=others)) if others else False


@action(
    "carrier.scan",
    on=Shipment,
    may="be_carrier",
    opens=Shipment.scan,
    label=_("Scan"),
    inputs={
        "event": Choice(label=_("Event"), options=SCANS),
        "occurred_at": Moment(label=_("When"), default=None, help=_("By the carrier's time; left out: now.")),
        "place": Text(label=_("Where"), longest=120, lines=1, default=""),
        "country": Text(label=_("Country"), longest=2, lines=1, default=""),
    },
)
def scan(
    docket: Docket, shipment: Shipment, *, event: str, occurred_at: datetime | None, place: str, country: str
) -> Shipment:
    """A carrier tells where a parcel is (PRE-13)."""
    shipment.scan(docket, event=event, occurred_at=occurred_at, place=place, country=country.upper())
    return shipment


@action(
    "buyer.request_handling_extension",
    on=Order,
    may="be_buyer",
    opens=Order.open_extension,
    creates=Extension,
    label=_("Give the seller more time"),
    inputs={"days": Whole(label=_("Days more"), most=365)},
)
def request_extension(docket: Docket, order: Order, *, days: int) -> Extension:
    """Add days to the handling period, if the seller takes them (A34-2)."""
    return order.open_extension(docket, days=days)


@action(
    "seller.grant_extension", on=Extension, may="ship_orders", opens=Extension.grant, label=_("Take the extra time")
)
def grant_extension(docket: Docket, extension: Extension) -> Extension:
    """The handling period ends later (A34-2)."""
    extension.grant(docket)
    return extension


@action("seller.decline_extension", on=Extension, may="ship_orders", opens=Extension.decline, label=_("Not needed"))
def decline_extension(docket: Docket, extension: Extension) -> Extension:
    """The handling period ends as before (A34-2)."""
    extension.decline(docket)
    return extension


@action(
    "seller.extend_receipt",
    on=Order,
    may="ship_orders",
    opens=Order.extend_receipt,
    label=_("Extend the receipt window"),
    inputs={"days": Whole(label=_("Days more"), most=365)},
)
def extend_receipt(docket: Docket, order: Order, *, days: int) -> Order:
    """Give the buyer more time to receive and to claim (A35-3)."""
    order.extend_receipt(docket, days=days)
    return order


@action(
    "buyer.consent_method",
    on=Order,
    may="be_buyer",
    opens=Order.consent_to_method,
    label=_("Agree to another method"),
    inputs={"method": Choice(label=_("Delivery method"), options=METHODS)},
)
def consent_method(docket: Docket, order: Order, *, method: str) -> Order:
    """Let the seller ship by another method than the one chosen (A37-6)."""
    order.consent_to_method(docket, method=method)
    return order


@action(
    "buyer.request_address_change",
    on=Order,
    may="be_buyer",
    opens=Order.ask_for_address,
    label=_("Ask for another address"),
    inputs={
        "country": Text(label=_("Country"), longest=2, lines=1, default="", help=_("Left out: as before.")),
        "address": Anything(label=_("Address"), default=None),
    },
)
def request_address_change(docket: Docket, order: Order, *, country: str, address: Any) -> Order:
    """Ask the seller to send it somewhere else; the seller checks the address first (A70-6)."""
    if isinstance(address, str):
        address = {"text": address[:1000]}
    if address is not None and not isinstance(address, dict):
        raise Invalid({"address": [_now("Send the address as a text or an object of texts.")]})
    order.ask_for_address(docket, country=country.upper() or order.country, address=address or {})
    return order


@action("seller.check_address", on=Order, may="ship_orders", opens=Order.check_address, label=_("Check the address"))
def check_address(docket: Docket, order: Order) -> Order:
    """Ask the platform's tool about the address that the buyer asked for (A70-6)."""
    order.check_address(docket)
    return order


@action(
    "seller.report_shortage",
    on=Order,
    may="ship_orders",
    opens=Order.report_shortage,
    label=_("Out of stock"),
    inputs={"text": Text(label=_("Words to the buyer"), default="", help=_("Offer something else, or to cancel."))},
)
def report_shortage(docket: Docket, order: Order, *, text: str) -> Order:
    """Tell the buyer at once that it is out of stock (PRE-9); a cancellation is then for a reason of the seller (PRE-10)."""
    order.report_shortage(docket, text=text)
    return order


@action(
    "seller.complain_carrier",
    on=Order,
    may="ship_orders",
    opens=Order.complain_to_carrier,
    creates=CarrierClaim,
    label=_("Complain to the carrier"),
    inputs={"text": Text(label=_("What went wrong"), default="")},
)
def complain_carrier(docket: Docket, order: Order, *, text: str) -> CarrierClaim:
    """Ask the carrier to make good what happened on the way (A38-2)."""
    return order.complain_to_carrier(docket, text=text)


@action(
    "carrier.answer_claim",
    on=CarrierClaim,
    may="be_carrier",
    opens=(CarrierClaim.pay, CarrierClaim.refuse),
    needs=["balances"],
    label=_("Answer the complaint"),
    inputs={
        "amount": Amount(label=_("What is paid"), default=None, help=_("Left out: nothing.")),
        "text": Text(label=_("Why"), default=""),
    },
)
def answer_claim(docket: Docket, claim: CarrierClaim, *, amount: Money | None, text: str) -> CarrierClaim:
    """Pay for the loss, or not (A38-2)."""
    if amount is not None and amount.minor:
        claim.pay(docket, amount=amount, text=text)
    else:
        claim.refuse(docket, text=text)
    return claim


@action(
    "moderator.clear_shipment",
    on=Shipment,
    may="watch_stores",
    opens=Shipment.clear,
    label=_("It was shipped"),
    inputs={"reason": Text(label=_("Reasons"))},
)
def clear_shipment(docket: Docket, shipment: Shipment, *, reason: str) -> Shipment:
    """The doubt about a parcel was wrong (A37-7)."""
    shipment.clear(docket, reason=reason)
    return shipment


@action(
    "moderator.find_false_shipping",
    on=Shipment,
    may="watch_stores",
    opens=Shipment.find_false,
    needs=["balances"],
    irreversible=True,
    label=_("It was not shipped"),
    inputs={"reason": Text(label=_("Reasons"))},
)
def find_false_shipping(docket: Docket, shipment: Shipment, *, reason: str) -> Shipment:
    """Nothing was shipped under this waybill: close the order and refund it (V-16, V-17)."""
    shipment.find_false(docket, reason=reason)
    return shipment
