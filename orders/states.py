"""The words of orders."""

from django.db import models


class OrderState(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_SHIPMENT = "awaiting_shipment"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CLOSED = "closed"


class Scene(models.TextChoices):
    """Kinds of order by where its goods were offered and lie; the parameter `order.scene` names those with a rule of their own."""

    NORMAL = "normal"
    RU_HALL = "ru_hall"
    LOCAL_WAREHOUSE = "local_warehouse"


UNSHIPPED = [OrderState.AWAITING_SHIPMENT, OrderState.PARTIALLY_SHIPPED]
ENDED = [OrderState.COMPLETED, OrderState.CLOSED]


class ReleaseState(models.TextChoices):
    HELD = "held"
    FROZEN = "frozen"
    ADVANCED = "advanced"
    RELEASED = "released"
    REFUNDED = "refunded"


class CloseReason(models.TextChoices):
    UNPAID = "unpaid"
    CANCELLED_BY_AGREEMENT = "cancelled_by_agreement"
    CANCELLED_BY_SILENCE = "cancelled_by_silence"
    NOT_SHIPPED = "not_shipped"
    REFUNDED = "refunded"
    CHARGEBACK = "chargeback"
    FRAUD_RISK = "fraud_risk"


class CancellationState(models.TextChoices):
    REQUESTED = "requested"
    AGREED = "agreed"
    DECLINED = "declined"
    LAPSED = "lapsed"


class ExtensionState(models.TextChoices):
    REQUESTED = "requested"
    GRANTED = "granted"
    DECLINED = "declined"


class ReviewState(models.TextChoices):
    PUBLISHED = "published"
    HIDDEN = "hidden"
    DELETED = "deleted"


class ClaimState(models.TextChoices):
    OPEN = "open"
    PAID = "paid"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


class ComplaintState(models.TextChoices):
    OPEN = "open"
    ANSWERED = "answered"


class ThreadKind(models.TextChoices):
    PRODUCT = "product"
    ORDER = "order"
    DISPUTE = "dispute"
    SUPPORT = "support"


class ThreadState(models.TextChoices):
    OPEN = "open"
    CLOSED = "closed"


class Suspicion(models.TextChoices):
    """Why a parcel looks as if it had not been shipped (V-16)."""

    NO_FIRST_EVENT = "no_first_event"
    EARLIER_THAN_ORDER = "earlier_than_order"
    USED_BEFORE = "used_before"
    ANOTHER_COUNTRY = "another_country"


class ShipmentState(models.TextChoices):
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    AWAITING_PICKUP = "awaiting_pickup"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"


SCANS = [state.value for state in ShipmentState if state is not ShipmentState.HANDED_OVER]
