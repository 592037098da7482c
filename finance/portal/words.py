"""Accounts and movements as the portal's pages write them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACCOUNTS: dict[str, Any] = {
    "available": _("Available"),
    "escrow": _("Held for orders"),
    "in_transit": _("On its way to the bank"),
    "advance_reserve": _("Reserve"),
    "deposit": _("Deposit"),
    "bond": _("Bond"),
    "owed": _("Owed to the platform"),
    "commission": _("Commission"),
    "penalties": _("Penalties"),
    "pass_through": _("Bank's fees"),
    "compensation": _("Paid by the platform"),
    "logistics": _("Paid by worry-free logistics"),
    "chargeback_loss": _("Chargebacks borne by the platform"),
    "clearing": _("Payment provider"),
}

SELLERS = ("available", "escrow", "in_transit", "advance_reserve", "deposit", "bond", "owed")
"""The accounts that are about the seller's money, in the order in which he asks for them."""

TOLD = (*SELLERS, "commission", "penalties", "pass_through")
"""The accounts that a statement writes: the seller's, and what was kept of his money."""

MOVEMENTS: dict[str, Any] = {
    "payment": _("A buyer paid"),
    "refund": _("Refund to the buyer"),
    "refund_by_platform": _("Refund to the buyer, paid by the platform"),
    "refund_after_release": _("Refund to the buyer after the release"),
    "release": _("Money of an order released"),
    "withdrawal": _("Withdrawal asked for"),
    "withdrawal_paid": _("Withdrawal paid by the bank"),
    "withdrawal_failed": _("Withdrawal failed, money back"),
    "deposit_paid": _("Deposit paid"),
    "bond_paid": _("Bond paid"),
    "carrier_compensation": _("Paid by the carrier for a loss"),
    "counterfeit": _("Compensation for a counterfeit"),
    "reclaim": _("Taken back by the platform"),
    "appeal_won": _("Appeal won, money back"),
    "chargeback_regained": _("Chargeback won after all"),
    "pre_arbitration_fee": _("Fee of pre-arbitration"),
    "pre_arbitration_fee_back": _("Fee of pre-arbitration, money back"),
}

KINDS: dict[str, Any] = {"withdrawal": _("Withdrawal"), "store.deposit_status": _("Deposit")}
