"""Orders and what belongs to them."""

from orders.models.cancellation import Cancellation
from orders.models.line import OrderLine
from orders.models.message import Message
from orders.models.order import Order
from orders.models.shipment import Shipment, TrackingEvent

__all__ = ["Cancellation", "Message", "Order", "OrderLine", "Shipment", "TrackingEvent"]
