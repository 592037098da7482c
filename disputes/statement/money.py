"""What a decision moved, told from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from disputes.models import Dispute
from disputes.statement.shape import Move
from finance.models import Leg, Transaction
from rulebook.money import Money

BEARERS: dict[str, Any] = {
    "refund": gettext_lazy("Seller, from the order's money"),
    "refund_after_release": gettext_lazy("Seller, from what had been released"),
    "counterfeit": gettext_lazy("Seller, on top of the refund"),
    "refund_by_platform": gettext_lazy("Platform"),
    "logistics": gettext_lazy("Platform, for its logistics"),
    "appeal_won": gettext_lazy("Platform, back to the seller"),
    "reclaim": gettext_lazy("Seller, back to the platform"),
}
TELLING_LEGS = {"appeal_won": ("compensation",), "reclaim": ("compensation", "logistics", "chargeback_loss")}
"""Accounts that show what moved between seller and platform; money for the buyer goes through `clearing`."""
TO_THE_BUYER = ("refund", "refund_after_release", "refund_by_platform", "counterfeit")


def moves_of(dispute: Dispute, reader: str) -> dict[datetime, list[Move]]:
    """What the order's transactions moved for this dispute, by moment; two statements."""
    rows = list(Transaction.objects.filter(order_id=dispute.order_id, kind__in=BEARERS).order_by("effective_at", "id"))
    legs: dict[Any, list[Leg]] = {}
    for leg in Leg.objects.filter(transaction_id__in=[row.id for row in rows]).order_by("id"):
        legs.setdefault(leg.transaction_id, []).append(leg)
    found: dict[datetime, list[Move]] = {}
    for row in rows:
        amount = _amount(row, legs.get(row.id, []), dispute.currency)
        to_buyer = row.kind in TO_THE_BUYER
        if amount.minor and (to_buyer or reader != "buyer"):
            of_logistics = to_buyer and any(leg.kind == "logistics" for leg in legs.get(row.id, []))
            kind = "logistics" if of_logistics else row.kind
            found.setdefault(row.effective_at, []).append(Move(str(BEARERS[kind]), amount, to_buyer))
    return found


def _amount(row: Transaction, legs: Sequence[Leg], currency: str) -> Money:
    """The whole that moved: to the buyer, or between seller and platform. Each movement has one leg that tells it."""
    accounts = TELLING_LEGS.get(row.kind, ("clearing",))
    amounts = [abs(leg.amount_minor) for leg in legs if leg.kind in accounts and leg.currency == currency]
    return Money(max(amounts, default=0), currency)
