"""What can be done about orders: the only door to their transitions from outside."""

from orders.actions import parcels, reviewing, talking, trading

__all__ = ["parcels", "reviewing", "talking", "trading"]
