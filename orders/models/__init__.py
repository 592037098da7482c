"""Orders and what belongs to them."""

from orders.models.batch import ShippingBatch, ShippingRow
from orders.models.cancellation import Cancellation
from orders.models.claim import CarrierClaim
from orders.models.complaint import Complaint
from orders.models.extension import Extension
from orders.models.line import OrderLine
from orders.models.message import Message
from orders.models.order import Order
from orders.models.parked import ParkedScan
from orders.models.review import Review
from orders.models.search import OrderSearch
from orders.models.shipment import Shipment, TrackingEvent
from orders.models.thread import Thread
from orders.models.views import SavedView

__all__ = [
    "Cancellation",
    "CarrierClaim",
    "Complaint",
    "Extension",
    "Message",
    "Order",
    "OrderLine",
    "OrderSearch",
    "ParkedScan",
    "Review",
    "SavedView",
    "Shipment",
    "ShippingBatch",
    "ShippingRow",
    "Thread",
    "TrackingEvent",
]
