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

ALIVE = [StoreState.PREPARING, StoreState.OPEN, StoreState.SUSPENDED, StoreState.EXITING]

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


WITHDRAWALS_FROZEN = "withdrawals_frozen"
"""The restriction of a store that is paid nothing out."""

LISTINGS_REMOVED = "listings_removed"
"""The restriction of a store that sells nothing."""

SEARCH_DEMOTED = "search_demoted"
"""The restriction of a store all of whose goods stand lower in searches."""


class SpecialKind(models.TextChoices):
    NONE = "none"
    FREIGHT_DIFF = "freight_diff"
    GIFT = "gift"
    CUSTOM = "custom"


class Hall(models.TextChoices):
    """Parts of the marketplace with rules of their own, in which a listing may be offered."""

    NONE = "none"
    RU = "ru"


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


class ClosingReason(models.TextChoices):
    """Why the platform, or the seller, ended an account."""

    SERIOUS_VIOLATION = "serious_violation"
    SUBJECT_BREACH = "subject_breach"
    VOLUNTARY = "voluntary"
    CLEARED = "cleared"
    NO_OPERATION = "no_operation"
    DORMANT = "dormant"
    UNAUTHENTICATED = "unauthenticated"


COVER_ENDED = "cover_ended"
"""The restriction of a store whose after-sale cover the platform ended."""


class PenaltyState(models.TextChoices):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    APPEALED = "appealed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    EXPIRED = "expired"


class PenaltyKind(models.TextChoices):
    """Sanctions. Those of `RESTRICTIONS` are put on the store by their name."""

    POINTS = "points"
    WARNING = "warning"
    SEARCH_DEMOTED = "search_demoted"
    NO_NEW_LISTINGS = "no_new_listings"
    WITHDRAWALS_FROZEN = "withdrawals_frozen"
    LISTINGS_REMOVED = "listings_removed"
    CATEGORY_BARRED = "category_barred"
    STORE_FROZEN = "store_frozen"
    ACCOUNT_CLOSED = "account_closed"
    DAMAGES = "damages"


RESTRICTIONS = frozenset(
    {"search_demoted", "no_new_listings", "withdrawals_frozen", "listings_removed", "category_barred"}
)


class Severity(models.TextChoices):
    GENERAL = "general"
    SERIOUS = "serious"
    ESPECIALLY_SERIOUS = "especially_serious"
