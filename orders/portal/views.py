"""One order at the sellers' door: its page, shipping, cancelling, messages, the packing slip."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from finance.portal.effects import preview_of
from orders.models import Cancellation, Order
from orders.portal import reading
from orders.portal.words import CANCEL_REASONS, CLOSE_REASONS, KINDS
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.models import Notice
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text
from rulebook.timeline import why_it_stands
from stores.portal import desk
from stores.portal.doors import ActPage, Way, action_bar, find, forbidden, new_key, overdue, store_staff_required
from stores.portal.linking import subject_url
from stores.portal.words import METHODS, word

# ------------------------------------------------------------------ one order


@store_staff_required
def order(request: Any, order: str) -> HttpResponse:
    """The order with its parcels, its money, its story and its talk."""
    found, docket = find(request, Order, order)
    scans = reading.scans_of(found)
    unread = desk.unread_messages(request).get(found.id, [])
    context = {
        **_facts(found, docket),
        "crumbs": [{"label": _("Orders"), "url": reverse("portal:orders")}, {"label": found.name}],
        "actions": _ways(request, found, docket),
        "lines": reading.lines_of(found),
        "parcels": reading.parcels_of(found, scans),
        "table": reading.money_of(found) if found.paid_at else None,
        "timeline": reading.story(found, scans),
        "thread": reading.thread(reading.messages_of(found)),
        "unread": unread,
        "reply": _reply(request, found, docket),
        "dispute_url": _dispute_url(found),
        "why": why_it_stands(found.id),
        "settling": bool(overdue(docket, found)),
    }
    return render(request, "orders/portal/order.html", context)


def _facts(order: Order, docket: Docket) -> dict[str, Any]:
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


def _ways(request: Any, order: Order, docket: Docket) -> dict[str, Any]:
    """Shipping, and, where the buyer asks for it, cancelling."""
    left = order.units - order.units_shipped
    ship = ngettext("Ship {n} item", "Ship {n} items", left).format(n=left)
    bar = action_bar(
        request,
        order,
        docket,
        {"seller.ship": Way(reverse("portal:ship", args=[order.public_id]), ship)},
        closed=reading.is_unshipped(order),
    )
    if order.open_cancellation_id is None:
        return bar
    asked = next(item for item in order.cancellations if item.id == order.open_cancellation_id)
    ways = {
        "seller.agree_cancellation": Way(
            reverse("portal:agree_cancellation", args=[asked.public_id]),
            _("Agree to cancel and refund {paid}").format(paid=money_text(order.refundable)),
            danger=True,
        ),
        "seller.decline_cancellation": Way(
            reverse("portal:decline_cancellation", args=[asked.public_id]), _("Decline, and go on with the order")
        ),
    }
    more = action_bar(request, asked, docket, ways)
    return {"open": [*bar["open"], *more["open"]], "closed": [*bar["closed"], *more["closed"]]}


def _dispute_url(order: Order) -> str:
    """Disputes are an upper app's: known here by their id alone."""
    which = order.open_dispute_id or order.settled_dispute_id
    return subject_url("dispute", which) if which else ""


def _reply(request: Any, order: Order, docket: Docket) -> Any:
    return (
        _message_page(request, order, docket).form(initial={"key": new_key()})
        if request.actor.may("answer_buyers")
        else None
    )


@store_staff_required
def packing_slip(request: Any, order: str) -> HttpResponse:
    """What goes into the parcel: made for paper, without money."""
    found, _docket = find(request, Order, order)
    context = {
        **_facts(found, _docket),
        "lines": reading.lines_of(found),
        "address": address_lines(found),
    }
    return render(request, "orders/portal/packing_slip.html", context)


def address_lines(order: Order) -> list[str]:
    """The address as it is written on a parcel, from whatever parts the storefront gave."""
    first = (
        "name",
        "company",
        "street",
        "line1",
        "line2",
        "district",
        "postcode",
        "postal_code",
        "zip",
        "city",
        "region",
        "state",
        "phone",
    )
    given = {
        str(name): str(value)
        for name, value in order.address.items()
        if isinstance(value, str | int) and str(value).strip()
    }
    rest = [name for name in given if name not in first and name != "country"]
    lines = [given[name] for name in (*first, *rest) if name in given]
    if order.buyer_name and order.buyer_name not in lines:
        lines.insert(0, order.buyer_name)
    return [*lines, reading.country_name(order.country)]


# ------------------------------------------------------------------ acts


@store_staff_required
def ship(request: Any, order: str) -> HttpResponse:
    """Hand a parcel to the carrier: all that is left, or a part."""
    found, docket = find(request, Order, order)
    left = found.units - found.units_shipped
    return ActPage(
        request,
        found,
        docket,
        "seller.ship",
        "orders/portal/act.html",
        {
            **_facts(found, docket),
            **_way_back(found, _("Ship")),
            "lines": reading.lines_of(found),
            "act_title": _("Ship order {order}").format(order=found.name),
        },
        submit=_("Ship"),
        done=_("The shipment of order {order} was recorded; the buyer was told.").format(order=found.name),
        then=reading.page_url(found),
        hide=("method",) if left > 1 else ("method", "quantity"),
        require=("waybill",),
        helps={
            "waybill": _("As the carrier wrote it: the buyer and the platform trace the parcel by it."),
            "quantity": _("Of {left} that are left. Leave it empty when this parcel holds all of them.").format(
                left=left
            ),
        }
        if left > 1
        else {"waybill": _("As the carrier wrote it: the buyer and the platform trace the parcel by it.")},
    ).respond()


@store_staff_required
def agree_cancellation(request: Any, cancellation: str) -> HttpResponse:
    """Cancel by agreement: first what that does, then the deed."""
    asked, order, docket = _asked_to_cancel(request, cancellation)
    title = _("Cancel order {order} and refund {paid}?").format(order=order.name, paid=money_text(order.refundable))

    def preview(rehearsal: Rehearsal) -> dict[str, Any]:
        sentence = _("You agree to the buyer's request. The order is closed and everything that was paid goes back.")
        return preview_of(rehearsal, title=title, sentence=sentence, currency=order.currency, kinds=KINDS)

    return ActPage(
        request,
        asked,
        docket,
        "seller.agree_cancellation",
        "orders/portal/act.html",
        {**_facts(order, docket), **_way_back(order, _("Agree to cancel")), "act_title": title, "danger": True},
        submit=_("Agree and refund"),
        confirm=_("Agree and refund {paid}").format(paid=money_text(order.refundable)),
        preview=preview,
        done=_("Order {order} was cancelled; the buyer gets everything back.").format(order=order.name),
        then=reading.page_url(order),
    ).respond()


@store_staff_required
def decline_cancellation(request: Any, cancellation: str) -> HttpResponse:
    """Go on with the order; the handling period has been running all the time."""
    asked, order, docket = _asked_to_cancel(request, cancellation)
    return ActPage(
        request,
        asked,
        docket,
        "seller.decline_cancellation",
        "orders/portal/act.html",
        {
            **_facts(order, docket),
            **_way_back(order, _("Decline")),
            "act_title": _("Decline the request to cancel order {order}?").format(order=order.name),
            "act_lead": _(
                "You go on with the order. The handling period has been running all the time "
                "and ends when it was to end."
            ),
        },
        submit=_("Decline, and go on with the order"),
        then=reading.page_url(order),
        done=_("The request was declined; the buyer was told. Ship order {order} in time.").format(order=order.name),
    ).respond()


def _asked_to_cancel(request: Any, text: str) -> tuple[Cancellation, Order, Docket]:
    asked, docket = find(request, Cancellation, text)
    order = docket.held.get(asked.order_id)
    if not isinstance(order, Order):
        raise Http404
    return asked, order, docket


def _way_back(order: Order, here: str) -> dict[str, Any]:
    crumbs = [
        {"label": _("Orders"), "url": reverse("portal:orders")},
        {"label": order.name, "url": reading.page_url(order)},
        {"label": here},
    ]
    return {"crumbs": crumbs, "back_url": reading.page_url(order)}


@store_staff_required
def message(request: Any, order: str) -> HttpResponse:
    """Write to the buyer; what he wrote before counts as read then."""
    found, docket = find(request, Order, order)
    return _message_page(request, found, docket).respond()


def _message_page(request: Any, order: Order, docket: Docket) -> ActPage:
    return ActPage(
        request,
        order,
        docket,
        "seller.message",
        "orders/portal/act.html",
        {
            **_facts(order, docket),
            **_way_back(order, _("Message")),
            "act_title": _("Write to the buyer of order {order}").format(order=order.name),
            "thread_of": order,
        },
        submit=_("Send to the buyer"),
        done=_("Your message was sent."),
        then=f"{reading.page_url(order)}#messages",
        watch=False,
        helps={"text": _("The buyer reads it in the storefront. It is kept and cannot be taken back.")},
        after=lambda _done: _mark_read(request, order),
    )


@require_POST
@store_staff_required
def read_messages(request: Any, order: str) -> HttpResponse:
    """Nothing to answer: the messages leave the list of things to do."""
    found, _docket = find(request, Order, order)
    if not request.actor.may("answer_buyers"):
        return forbidden(request)
    _mark_read(request, found)
    return redirect(f"{reading.page_url(found)}#messages")


def _mark_read(request: HttpRequest, order: Order) -> None:
    rows: QuerySet[Notice] = Notice.objects.filter(root_id=order.id, audience_kind="seller", audience_id=order.store_id)
    rows.filter(code="message_received", read_at__isnull=True).update(read_at=now())
