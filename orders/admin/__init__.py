"""The moderators' pages about orders."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from orders.admin import desk
from orders.models import Cancellation, Complaint, Message, Order, Review, Shipment, Thread
from rulebook.admin.base import CaseAdmin, chip
from rulebook.admin.cases import CASE_KINDS, CaseKind
from rulebook.ids import public_id


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


@admin.register(Thread)
class ThreadAdmin(CaseAdmin):
    """All conversations; those with support have a list of their own."""

    page = "talk"
    list_display = ("name", "kind", "buyer_name", "messages_count", "last_at", "state_shown")
    list_filter = ("kind",)
    search_ids = {"sto": "store_id", "byr": "buyer_id", "ord": "order_id"}
    search_help_text = _("A conversation's, a store's, a buyer's or an order's id.")

    @admin.display(description=_("Conversation"))
    def name(self, thread: Thread) -> str:
        return str(thread)


@admin.register(Message)
class MessageAdmin(CaseAdmin):
    """Single messages; each is read in its conversation."""

    page = "talk"
    list_display = ("sent_at", "sender", "sender_name", "beginning", "steers")
    search_ids = {"thr": "thread_id", "ord": "order_id"}
    search_help_text = _("A message's, a conversation's or an order's id.")

    @admin.display(description=_("Message"))
    def beginning(self, message: Message) -> str:
        return message.text[:80]

    def page_of(self, obj: Message) -> str:
        return reverse("admin:talk", args=[public_id(Thread.PREFIX, obj.thread_id)]) + f"#{obj.public_id}"


@admin.register(Complaint)
class ComplaintAdmin(CaseAdmin):
    page = "complaint"
    list_display = ("filed_at", "buyer_name", "about", "store_name", "state_shown", "overdue", "answered_by")
    list_filter = ("state",)
    search_ids = {"byr": "buyer_id", "ord": "order_id"}
    search_help_text = _("A complaint's, a buyer's or an order's id.")


@admin.register(Review)
class ReviewAdmin(CaseAdmin):
    """All reviews of both directions; the reported ones have a queue."""

    page = "review"
    list_display = ("of_order", "side", "stars", "beginning", "author", "state_shown", "published_at", "reported_at")
    list_filter = ("state", "side", "stars", ("reported_at", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    search_ids = {"ord": "order_id", "sto": "store_id", "byr": "buyer_id", "lst": "listing_id"}
    search_help_text = _("A review's, an order's, a store's, a buyer's or a listing's id.")

    @admin.display(description=_("Order"))
    def of_order(self, review: Review) -> str:
        return str(review.order.name)

    @admin.display(description=_("Words"))
    def beginning(self, review: Review) -> str:
        return review.text[:80] or "–"


CASE_KINDS["review"] = CaseKind(
    label=_("Reported reviews"),
    prefix=Review.PREFIX,
    page="review",
    title=lambda case: str(_("Review of #{number}")).format(number=case.number),
    topic=lambda case: str(_("{stars} of 5 stars")).format(stars=case.topic.partition("_")[0]),
    may="moderate_reviews",
    facts=desk.facts_of_reviews,
    bulk=desk.REVIEWS,
)
