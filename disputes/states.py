"""The words of disputes."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from rulebook.sentences import name_states


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


name_states(
    "dispute",
    {
        "awaiting_seller": gettext_noop("waiting for the seller's answer"),
        "negotiating": gettext_noop("being negotiated"),
        "arbitration": gettext_noop("before a moderator"),
        "platform_review": gettext_noop("before the platform"),
        "awaiting_return": gettext_noop("waiting for the goods to be sent back"),
        "return_in_transit": gettext_noop("waiting for the goods to arrive"),
        "return_contested": gettext_noop("before a moderator, for the return is contested"),
    },
)

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


ABOUT_THE_GOODS = frozenset({Reason.NOT_AS_DESCRIBED.value, Reason.WRONG_ITEM.value, Reason.QUALITY.value})
"""Goods not as the listing said: what the after-sale cover answers for (A46-1, A47-1)."""

SHORT = frozenset({Reason.MISSING_ITEMS.value})


class PlatformFirst(models.TextChoices):
    """Why the platform decides before the seller is asked (A45-1); the codes of `dispute.platform_first_types`."""

    COVER = "PPAS", _("After-sale cover")
    WORRY_FREE = "WORRY_FREE", _("Worry-free logistics")
    CONTRACT = "CONTRACT", _("Contract")


class Liable(models.TextChoices):
    SELLER = "seller", _("Seller")
    BUYER = "buyer", _("Buyer")
    LOGISTICS = "logistics", _("Carrier")
    PLATFORM = "platform", _("Platform")


class RulingState(models.TextChoices):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    OVERTURNED = "overturned"


class AppealState(models.TextChoices):
    OPEN = "open"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


class EvidenceKind(models.TextChoices):
    """What a piece of evidence shows; codes of `dispute.reasons`' proofs are told in words."""

    OTHER = "other", _("Something else")
    PHOTO = "photo", _("Photo")
    VIDEO = "video", _("Video")
    UNBOXING_VIDEO = "unboxing_video", _("Film of the opening")
    WEIGHT_SLIP = "weight_slip", _("Weight slip")
    TRACKING = "tracking", _("Tracking")
    RECEIPT = "receipt", _("Receipt")
    STATEMENT = "statement", _("Statement")


class OfferState(models.TextChoices):
    CURRENT = "current"
    REPLACED = "replaced"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"


class ChargebackState(models.TextChoices):
    RECEIVED = "received"
    AWAITING_EVIDENCE = "awaiting_evidence"
    REPRESENTED = "represented"
    WON = "won"
    LOST = "lost"
    PRE_ARBITRATION = "pre_arbitration"
    CLOSED = "closed"


name_states(
    "chargeback",
    {
        "received": gettext_noop("being checked"),
        "awaiting_evidence": gettext_noop("waiting for the seller's evidence"),
        "represented": gettext_noop("with the bank"),
        "pre_arbitration": gettext_noop("in pre-arbitration"),
    },
)

UNDECIDED = [
    ChargebackState.RECEIVED,
    ChargebackState.AWAITING_EVIDENCE,
    ChargebackState.REPRESENTED,
    ChargebackState.PRE_ARBITRATION,
]


class ChargebackReason(models.TextChoices):
    """Families of what a cardholder says; the networks' own codes are in `cb.reason_codes`."""

    STOLEN_CARD = "stolen_card", _("Stolen card")
    NOT_RECEIVED = "not_received", _("Not received")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    COUNTERFEIT = "counterfeit", _("Counterfeit")
    CANCELLED = "cancelled", _("Cancelled, or credit not given")
    AUTHORISATION = "authorisation", _("Authorisation")
    PROCESSING = "processing", _("Processing")
    OTHER = "other", _("Other")


class Network(models.TextChoices):
    VISA = "visa", _("Visa")
    MASTERCARD = "mastercard", _("Mastercard")
    PAYPAL = "paypal", _("PayPal")
    OTHER = "other", _("Another card")


class Borne(models.TextChoices):
    """Who bears a chargeback that was lost."""

    SELLER = "seller", _("Seller")
    PLATFORM = "platform", _("Platform")
    NOBODY = "nobody", _("Nobody")
