"""Codes of disputes and chargebacks as the portal's pages write them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from disputes.states import (
    AppealState,
    Borne,
    ChargebackReason,
    ChargebackState,
    DisputeState,
    Liable,
    OfferState,
    Outcome,
)

SIDES: dict[str, Any] = {"buyer": _("Buyer"), "seller": _("Your store"), "moderator": _("Platform")}
OUTCOMES: dict[str, Any] = {
    Outcome.REFUND_AS_CLAIMED: _("Refunded as claimed"),
    Outcome.REFUND_AGREED: _("Refund agreed"),
    Outcome.REFUND_RULED: _("Refund ruled by the platform"),
    Outcome.REFUND_REJECTED: _("No refund"),
    Outcome.WITHDRAWN: _("Withdrawn by the buyer"),
    Outcome.RETURN_NOT_SENT: _("The goods were not sent back"),
}
LIABLE: dict[str, Any] = {
    Liable.SELLER: _("your store"),
    Liable.BUYER: _("the buyer"),
    Liable.LOGISTICS: _("the carrier"),
    Liable.PLATFORM: _("the platform"),
}
OFFERS: dict[str, tuple[Any, str]] = {
    OfferState.CURRENT: (_("Stands"), "turn"),
    OfferState.REPLACED: (_("Replaced"), "wait"),
    OfferState.ACCEPTED: (_("Taken"), "done"),
    OfferState.LAPSED: (_("Lapsed"), "wait"),
}
APPEALS: dict[str, tuple[Any, str]] = {
    AppealState.OPEN: (_("Being decided"), "wait"),
    AppealState.UPHELD: (_("Failed: the ruling stands"), "risk"),
    AppealState.OVERTURNED: (_("Succeeded"), "done"),
}
TURNS: dict[str, tuple[str, Any]] = {
    DisputeState.AWAITING_SELLER: ("turn", _("Your turn: answer")),
    DisputeState.NEGOTIATING: ("wait", _("With both sides")),
    DisputeState.ARBITRATION: ("wait", _("The platform decides")),
    DisputeState.PLATFORM_REVIEW: ("wait", _("The platform decides")),
    DisputeState.AWAITING_RETURN: ("wait", _("The buyer sends it back")),
    DisputeState.RETURN_IN_TRANSIT: ("turn", _("Your turn: is it back?")),
    DisputeState.RETURN_CONTESTED: ("wait", _("The platform decides about the return")),
}
RULES_IN_FORCE: dict[str, tuple[str, ...]] = {
    DisputeState.AWAITING_SELLER: ("A40-1", "A40-2", "A41-1"),
    DisputeState.NEGOTIATING: ("A41-1", "A41-2"),
    DisputeState.ARBITRATION: ("A45-2",),
    DisputeState.AWAITING_RETURN: ("A44-1", "A44-2"),
    DisputeState.RETURN_IN_TRANSIT: ("A44-3", "A44-4", "A44-5"),
    DisputeState.RETURN_CONTESTED: ("A44-5", "A45-2"),
}
"""What a reader should know while the dispute stands there; the platform's lanes have their own."""

FREIGHT: dict[str, Any] = {
    "platform": _("The platform pays the way back"),
    "seller": _("Your store pays the way back: settle it with the buyer by message"),
    "buyer": _("The buyer pays the way back"),
    "none": _("The rules name nobody: agree about the freight by message"),
}

# ------------------------------------------------------------------ chargebacks

FAMILIES: dict[str, Any] = {
    ChargebackReason.STOLEN_CARD: _(
        "The cardholder says that the card was stolen and the purchase was somebody else's."
    ),
    ChargebackReason.NOT_RECEIVED: _("The cardholder says that the goods never came."),
    ChargebackReason.NOT_AS_DESCRIBED: _("The cardholder says that the goods are defective or not as described."),
    ChargebackReason.COUNTERFEIT: _("The cardholder says that the goods are counterfeit."),
    ChargebackReason.CANCELLED: _("The cardholder says that the purchase was cancelled or a refund did not come."),
    ChargebackReason.AUTHORISATION: _("The bank says that the payment was not authorised as its scheme asks."),
    ChargebackReason.PROCESSING: _("The bank says that the payment was processed wrongly, such as twice."),
    ChargebackReason.OTHER: _("The bank gave a reason of its own."),
}
PROOFS: dict[str, Any] = {
    "waybill": _("The waybill, and what shows that the carrier took the parcel"),
    "address_check": _("The check of the address, where the buyer asked for another one"),
    "estimated_delivery": _("The delivery time that the buyer was promised"),
    "packing_list": _("The packing list"),
    "delivery_proof": _("The carrier's proof of delivery"),
    "listing_snapshot": _("The listing as it was when the order was placed"),
    "chat": _("What you and the buyer wrote to each other"),
    "test_record": _("A record of a test or inspection of the goods"),
    "authorisation": _("The right to sell the brand: a licence or a chain of invoices"),
    "refund_record": _("The record of a refund that was made"),
}
CHARGEBACKS: dict[str, tuple[str, Any]] = {
    ChargebackState.RECEIVED: ("wait", _("The platform checks")),
    ChargebackState.AWAITING_EVIDENCE: ("turn", _("Your turn: answer")),
    ChargebackState.REPRESENTED: ("wait", _("The bank decides")),
    ChargebackState.PRE_ARBITRATION: ("turn", _("Your turn: prepay or accept")),
    ChargebackState.WON: ("done", _("Won: nothing is taken")),
    ChargebackState.LOST: ("risk", _("Lost")),
    ChargebackState.CLOSED: ("wait", _("Closed: nothing had been shipped")),
}
BORNE: dict[str, Any] = {
    Borne.SELLER: _("Your store bears it"),
    Borne.PLATFORM: _("The platform bears it"),
    Borne.NOBODY: _("Nothing was lost"),
}
INTAKE: dict[str, Any] = {
    "in_time": _("Within the usual time"),
    "special": _("After the usual time, within the longer one for special cases"),
    "beyond": _("After both times; the card side decides whether it counts"),
}
