"""The words of disputes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DisputeState(models.TextChoices):
    AWAITING_SELLER = "awaiting_seller"
    NEGOTIATING = "negotiating"
    ARBITRATION = "arbitration"
    PLATFORM_REVIEW = "platform_review"
    AWAITING_RETURN = "awaiting_return"
    RETURN_IN_TRANSIT = "return_in_transit"
    RETURN_CONTESTED = "return_contested"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


BEFORE_A_MODERATOR = [DisputeState.AWAITING_SELLER, DisputeState.NEGOTIATING]
FOR_A_RULING = [DisputeState.ARBITRATION, DisputeState.PLATFORM_REVIEW, DisputeState.RETURN_CONTESTED]
OPEN_TO_OFFERS = [*BEFORE_A_MODERATOR, DisputeState.ARBITRATION, DisputeState.PLATFORM_REVIEW]
OPEN = [
    *OPEN_TO_OFFERS,
    DisputeState.AWAITING_RETURN,
    DisputeState.RETURN_IN_TRANSIT,
    DisputeState.RETURN_CONTESTED,
]


class Outcome(models.TextChoices):
    REFUND_AS_CLAIMED = "refund_as_claimed"
    REFUND_AGREED = "refund_agreed"
    REFUND_RULED = "refund_ruled"
    REFUND_REJECTED = "refund_rejected"
    WITHDRAWN = "withdrawn"
    RETURN_NOT_SENT = "return_not_sent"


class Reason(models.TextChoices):
    NOT_RECEIVED = "not_received", _("Not received")
    LATE_DELIVERY = "late_delivery", _("Delivered late")
    DAMAGED = "damaged", _("Arrived damaged")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    WRONG_ITEM = "wrong_item", _("Wrong item")
    MISSING_ITEMS = "missing_items", _("Items missing")
    QUALITY = "quality", _("Poor quality")
    COUNTERFEIT = "counterfeit", _("Counterfeit")
    CUSTOMS = "customs", _("Held at customs")
    NO_REASON_RETURN = "no_reason_return", _("Changed mind")
    UNDISCLOSED_FEE = "undisclosed_fee", _("Undisclosed fee")
    OTHER = "other", _("Other")


CAUSED_ON_THE_WAY = frozenset({Reason.NOT_RECEIVED.value, Reason.LATE_DELIVERY.value, Reason.DAMAGED.value})
"""Reasons that worry-free logistics answers for (A38-4)."""


FAMILIES = {
    Reason.NOT_RECEIVED.value: "not_received",
    Reason.CUSTOMS.value: "not_received",
    Reason.NOT_AS_DESCRIBED.value: "not_as_described",
    Reason.QUALITY.value: "not_as_described",
    Reason.DAMAGED.value: "not_as_described",
    Reason.WRONG_ITEM.value: "not_as_described",
    Reason.MISSING_ITEMS.value: "not_as_described",
    Reason.COUNTERFEIT.value: "not_as_described",
}
"""Reasons by the families that indicators count; sellers know the second one as SNAD."""


class Liable(models.TextChoices):
    SELLER = "seller", _("Seller")
    BUYER = "buyer", _("Buyer")
    LOGISTICS = "logistics", _("Carrier")
    PLATFORM = "platform", _("Platform")


class RulingState(models.TextChoices):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    OVERTURNED = "overturned"


class OfferState(models.TextChoices):
    CURRENT = "current"
    REPLACED = "replaced"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
