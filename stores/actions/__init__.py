"""What can be done about stores, what they offer, and how they stand."""

from stores.actions import offering, standing

__all__ = ["offering", "standing"]
