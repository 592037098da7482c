"""Codes as the portal's pages write them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ROLES: dict[str, Any] = {
    "owner": _("Owner"),
    "manager": _("Manager"),
    "fulfilment": _("Fulfilment"),
    "support": _("Support"),
    "finance": _("Finance"),
    "read_only": _("Read only"),
}

MAY: dict[str, Any] = {
    "ship_orders": _("ship orders"),
    "answer_buyers": _("answer buyers"),
    "answer_disputes": _("answer disputes"),
    "move_money": _("pay and withdraw"),
    "manage_listings": _("manage listings"),
    "manage_store": _("manage the store"),
}
"""What a role may do, by permission."""

RESTRICTIONS: dict[str, Any] = {
    "withdrawals_frozen": _("Withdrawals are frozen"),
    "not_in_plus": _("Out of Plus"),
    "cover_ended": _("Out of the after-sale cover"),
    "search_demoted": _("Lower in searches"),
    "no_new_listings": _("No new listings"),
    "listings_removed": _("Listings removed"),
    "category_barred": _("Barred from a category"),
}

PENALTIES: dict[str, Any] = {
    "points": _("Points"),
    "warning": _("Warning"),
    "search_demoted": _("Your goods stand lower in searches"),
    "no_new_listings": _("No new listings for now"),
    "withdrawals_frozen": _("Withdrawals are frozen"),
    "listings_removed": _("Listings are removed"),
    "category_barred": _("Barred from a category"),
    "store_frozen": _("The store is frozen"),
    "account_closed": _("The account is closed"),
    "damages": _("Damages"),
}
SEVERITIES: dict[str, Any] = {
    "general": _("general"),
    "serious": _("serious"),
    "especially_serious": _("especially serious"),
}

METHODS: dict[str, Any] = {
    "express": _("Express"),
    "ems": _("EMS"),
    "standard": _("Standard"),
    "simple": _("Simple"),
    "economy": _("Economy"),
    "priority": _("Priority"),
}


TOLD: dict[str, Any] = {
    "included": _("Included in the fee"),
    "buyer": _("The buyer pays on arrival"),
    "none": _("There are none"),
}
"""Who pays a charge beside the fee, as buyers are told."""


def word(table: dict[str, Any], code: str) -> str:
    """The word for a code; an unknown one is written plainly rather than hidden."""
    return str(table.get(code) or code.replace("_", " ").replace("-", " ").capitalize())
