"""Disputes and what belongs to them."""

from disputes.models.dispute import Dispute
from disputes.models.evidence import Evidence
from disputes.models.offer import Offer
from disputes.models.ruling import Ruling

__all__ = ["Dispute", "Evidence", "Offer", "Ruling"]
