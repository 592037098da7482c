"""The moderators' pages about orders."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from orders.models import Cancellation, Message, Order, Shipment
from rulebook.admin.base import CaseAdmin, chip


@admin.register(Order)
class OrderAdmin(CaseAdmin):
    page = "order"
    list_display = ("name", "state_shown", "shown_release", "store", "buyer_name", "amount", "placed_at")
    list_filter = ("state",)
    list_select_related = ("store",)
    search_ids = {"sto": "store_id", "byr": "buyer_id"}
    search_by = ("external_id",)
    search_help_text = _("An order's, a store's or a buyer's id, or the storefront's own order number.")

    @admin.display(description=_("Order"))
    def name(self, order: Order) -> str:
        return order.name

    @admin.display(description=_("Money"))
    def shown_release(self, order: Order) -> str:
        return chip(order.shown_release) if order.shown_release else "–"

    @admin.display(description=_("Total"))
    def amount(self, order: Order) -> str:
        return str(order.total)


class OfOrder(CaseAdmin):
    """What hangs on an order."""

    search_ids = {"ord": "order_id"}
    search_help_text = _("Its id, or the order's.")
    list_select_related = ("order",)

    @admin.display(description=_("Order"))
    def of_order(self, record: Any) -> str:
        return str(record.order.name)


@admin.register(Shipment)
class ShipmentAdmin(OfOrder):
    list_display = ("waybill", "of_order", "state_shown", "method", "quantity", "shipped_at", "last_scan_at")
    search_by = ("waybill",)
    search_help_text = _("A waybill number, a parcel's or an order's id.")


@admin.register(Cancellation)
class CancellationAdmin(OfOrder):
    list_display = ("of_order", "state_shown", "reason", "requested_at", "ended_at", "decided_under")


@admin.register(Message)
class MessageAdmin(OfOrder):
    list_display = ("of_order", "sender", "sender_name", "sent_at")
