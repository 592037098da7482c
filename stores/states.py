"""The words of sellers, stores and listings."""

from django.db import models


class SellerState(models.TextChoices):
    REGISTERED = "registered"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class StoreState(models.TextChoices):
    PREPARING = "preparing"
    OPEN = "open"
    SUSPENDED = "suspended"
    EXITING = "exiting"
    CLOSED = "closed"


class DepositStatus(models.TextChoices):
    SUFFICIENT = "sufficient"
    SHORT = "short"
    BELOW_HALF = "below_half"
    EXHAUSTED = "exhausted"
    RELEASING = "releasing"
    RELEASED = "released"


class ListingState(models.TextChoices):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    LIVE = "live"
    REMOVED = "removed"
    RETIRED = "retired"


class SpecialKind(models.TextChoices):
    NONE = "none"
    FREIGHT_DIFF = "freight_diff"
    GIFT = "gift"
    CUSTOM = "custom"


class Guarantee(models.TextChoices):
    NONE = "none"
    BANK = "bank"


METHODS = ("express", "ems", "standard", "simple", "economy", "priority")
"""Delivery methods, as buyers choose them."""
