"""Codes of orders as the portal's pages write them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

CLOSE_REASONS: dict[str, Any] = {
    "unpaid": _("not paid in time"),
    "cancelled_by_agreement": _("cancelled by agreement"),
    "cancelled_by_silence": _("request to cancel not answered"),
    "not_shipped": _("not shipped in time"),
    "refunded": _("refunded"),
    "chargeback": _("chargeback"),
    "fraud_risk": _("risk of fraud"),
}

CANCEL_REASONS: dict[str, Any] = {
    "out_of_stock": _("Out of stock"),
    "cannot_ship": _("The seller cannot ship"),
    "wrong_price": _("Wrong price"),
    "address_not_served": _("The address is not served"),
    "seller_reason": _("A reason of the seller's"),
    "changed_mind": _("Changed mind"),
    "wrong_order": _("Ordered by mistake"),
    "cheaper_elsewhere": _("Cheaper elsewhere"),
    "other": _("Other"),
}

SCANS: dict[str, Any] = {
    "handed_over": _("Handed to the carrier"),
    "accepted": _("Accepted by the carrier"),
    "in_transit": _("On its way"),
    "arrived": _("Arrived in the country"),
    "awaiting_pickup": _("Waits to be picked up"),
    "delivered": _("Delivered"),
    "failed": _("Delivery failed"),
    "returned": _("Sent back"),
}

DOUBTS: dict[str, Any] = {
    "no_first_event": _("The carrier has told nothing of it"),
    "earlier_than_order": _("Scanned before the order was placed"),
    "used_before": _("The waybill was used for another buyer"),
    "another_country": _("Delivered in another country"),
}
"""Why a parcel looks as if it had not been shipped."""

KINDS: dict[str, Any] = {
    "order": _("Order"),
    "order.release": _("Its money"),
    "cancellation": _("Request to cancel"),
    "dispute": _("Dispute"),
}
"""What previews call the things whose state would change."""

WORDS_OF_INPUTS: dict[str, Any] = {
    "carrier": _("Carrier"),
    "quantity": _("Quantity"),
    "method": _("Method"),
}
"""What a row of a shipping list says beside the waybill."""
