"""The moderators' pages about sellers, stores and people."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from rulebook.admin.base import CaseAdmin, chip
from stores.admin import people as people
from stores.admin.standing import SANCTIONS
from stores.models import Buyer, Listing, Penalty, Seller, Store, Storefront


@admin.register(Seller)
class SellerAdmin(CaseAdmin):
    list_display = ("name", "state_shown", "type", "country", "registration_number", "registered_at")
    search_by = ("registration_number",)
    search_help_text = _("A seller's id or registration number.")


@admin.register(Store)
class StoreAdmin(CaseAdmin):
    page = "store"
    list_display = ("name", "state_shown", "deposit_shown", "seller", "plan", "opened_at")
    list_filter = ("state", "deposit_status")
    list_select_related = ("seller",)
    search_by = ("subdomain__iexact",)
    search_ids = {"sel": "seller_id"}
    search_help_text = _("A store's or seller's id, or the subdomain.")

    @admin.display(description=_("Deposit"))
    def deposit_shown(self, store: Store) -> SafeString:
        return chip(store.deposit_status)


@admin.register(Listing)
class ListingAdmin(CaseAdmin):
    list_display = ("title", "state_shown", "store", "category", "amount", "stock", "published_at")
    list_filter = ("state",)
    list_select_related = ("store",)
    search_ids = {"sto": "store_id"}
    search_help_text = _("A listing's or a store's id.")

    @admin.display(description=_("Price"))
    def amount(self, listing: Listing) -> str:
        return str(listing.price)


@admin.register(Penalty)
class PenaltyAdmin(CaseAdmin):
    """All penalties ever; those that wait for a moderator are in the worklist."""

    page = "penalty"
    list_display = ("name", "state_shown", "store", "sanction", "article", "points", "proposed_at", "in_force_at")
    list_filter = ("state", "kind_code", "severity")
    list_select_related = ("store",)
    search_ids = {"sto": "store_id"}
    search_help_text = _("A penalty's or a store's id.")

    @admin.display(description=_("Penalty"))
    def name(self, penalty: Penalty) -> str:
        return penalty.name

    @admin.display(description=_("Sanction"))
    def sanction(self, penalty: Penalty) -> str:
        return str(SANCTIONS[penalty.kind_code])


@admin.register(Buyer)
class BuyerAdmin(CaseAdmin):
    list_display = ("name", "reference", "country")
    search_help_text = _("A buyer's id.")


@admin.register(Storefront)
class StorefrontAdmin(CaseAdmin):
    list_display = ("name", "active", "created_at")
    search_by = ("name",)
    search_help_text = _("A storefront's id or whole name.")
