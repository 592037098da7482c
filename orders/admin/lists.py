"""The moderators' list of orders, of all stores or of one: the same search, filters and views as the sellers'."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from orders import asking
from orders.models import Order
from orders.portal.lists import row, saving, with_deadlines, worklist
from orders.queries import EVERYTHING, find_orders
from rulebook.admin.base import page
from rulebook.clock import now
from rulebook.models import Deadline
from rulebook.posting import posted_from
from stores.models import Store


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """A single order that was typed whole opens at once."""
    wanted = asking.asked(request.GET, stores=True)
    filters = wanted.filters(now(), timezone.get_current_timezone())
    found = find_orders(EVERYTHING, wanted.text, filters, sort=wanted.sort, page=asking.page_asked(request.GET))
    if found.exactly and len(found.rows) == 1 and set(wanted.values) == {"q"} and "stay" not in request.GET:
        return redirect("admin:order", found.rows[0].public_id)
    names = dict(Store.objects.filter(id__in={order.store_id for order in found.rows}).values_list("id", "name"))
    rows = [_row(order, due, names) for order, due in with_deadlines(found.rows)]
    saved = asking.saved_views(request.user, asking.CONSOLE)
    table = worklist(wanted, found, rows)
    if table["empty"]["url"] == reverse("portal:listings"):
        table["empty"] = {
            **table["empty"],
            "url": "",
            "action": "",
            "text": _("An order appears here once it is placed."),
        }
    context = {
        "title": _("Orders"),
        "worklist": table | {"filters": asking.tabs(wanted, saved, {})},
        "panel": asking.panel(wanted, console=True),
        **saving(wanted, saved),
    }
    return page(request, "orders/admin/orders.html", context)


def _row(order: Order, due: Deadline | None, names: dict[UUID, str]) -> dict[str, Any]:
    shown = row(order, due)
    shown["url"] = reverse("admin:order", args=[order.public_id])
    shown["subtitle"] = names.get(order.store_id, "")
    shown["cells"][3] = {"kind": "text", "value": order.buyer_name or order.country, "note": order.country}
    return shown


@posted_from("admin:orders")
def save_view(request: HttpRequest) -> HttpResponse:
    view = asking.save_view(
        request.user, asking.CONSOLE, request.POST.get("name", ""), request.POST.get("query", ""), stores=True
    )
    list_page = reverse("admin:orders")
    if view is None:
        messages.warning(
            request,
            _("Not saved: a view needs a name and a filter, and {most} is the most.").format(most=asking.MOST_VIEWS),
        )
        return redirect(list_page)
    messages.success(request, _("Saved as “{name}”.").format(name=view.name))
    return redirect(f"{list_page}?{view.query}")


@posted_from("admin:orders")
def forget_view(request: HttpRequest, view: UUID) -> HttpResponse:
    asking.forget_view(request.user, asking.CONSOLE, view)
    return redirect("admin:orders")
