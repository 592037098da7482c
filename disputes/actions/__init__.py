"""What can be done in disputes and about chargebacks."""

from disputes.actions import after, banking, claiming, deciding

__all__ = ["after", "banking", "claiming", "deciding"]
