"""Disputes, chargebacks, and what belongs to them."""

from disputes.models.appeal import Appeal
from disputes.models.chargeback import Chargeback
from disputes.models.dispute import Dispute
from disputes.models.evidence import Evidence
from disputes.models.offer import Offer
from disputes.models.ruling import Ruling
from disputes.models.told import ProviderNotice

__all__ = ["Appeal", "Chargeback", "Dispute", "Evidence", "Offer", "ProviderNotice", "Ruling"]
