"""What every page about an order shows on top, and the way back to it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from orders.models import Order
from orders.portal import reading
from orders.portal.words import CANCEL_REASONS, CLOSE_REASONS
from rulebook.docket import Docket
from stores.portal.words import METHODS, word


def facts(order: Order, docket: Docket) -> dict[str, Any]:
    """What every page about the order shows on top."""
    asked = next((item for item in order.cancellations if item.id == order.open_cancellation_id), None)
    return {
        "nav_current": "orders",
        "order": order,
        "shown": reading.state_of(order),
        "deadlines": reading.deadlines_of(order, docket),
        "country": reading.country_name(order.country),
        "method": word(METHODS, order.method),
        "close_reason": word(CLOSE_REASONS, order.close_reason) if order.close_reason else "",
        "cancellation": asked,
        "cancel_reason": word(CANCEL_REASONS, asked.reason) if asked else "",
    }


def way_back(order: Order, here: str) -> dict[str, Any]:
    crumbs = [
        {"label": _("Orders"), "url": reverse("portal:orders")},
        {"label": order.name, "url": reading.page_url(order)},
        {"label": here},
    ]
    return {"crumbs": crumbs, "back_url": reading.page_url(order)}
