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


TRADING = [StoreState.PREPARING, StoreState.OPEN, StoreState.SUSPENDED]

NOT_IN_PLUS = "not_in_plus"
"""The restriction of a store that was taken out of Plus."""


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


class Cheating(models.TextChoices):
    """How far a listing cheats in searches, as staff found (A31-2); what is left of its ranking: `search.cheating_multiplier`."""

    NONE = "none"
    PRODUCT_DEMOTED = "product_demoted"
    STORE_DEMOTED = "store_demoted"
    BLOCKED = "blocked"


SEARCH_DEMOTED = "search_demoted"
"""The restriction of a store all of whose goods stand lower in searches."""


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


class WarehouseState(models.TextChoices):
    DECLARED = "declared"
    DECLARED_LATE = "declared_late"


class TemplateState(models.TextChoices):
    IN_USE = "in_use"
    RETIRED = "retired"
