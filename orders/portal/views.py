"""One order at the sellers' door: its page, shipping, cancelling, messages, the packing slip."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from finance.portal.effects import preview_of
from orders import advice
from orders.models import Cancellation, Order
from orders.portal import acts, messages, reading, reviews
from orders.portal.heading import facts, way_back
from orders.portal.words import KINDS
from orders.states import ThreadKind
from rulebook.docket import Docket
from rulebook.posting import posted_from
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text
from rulebook.timeline import why_it_stands
from stores.portal.doors import ActPage, Way, action_bar, find, forbidden, overdue, store_staff_required
from stores.portal.linking import subject_url
from stores.portal.words import METHODS, word

# ------------------------------------------------------------------ one order


@store_staff_required
def order(request: Any, order: str) -> HttpResponse:
    """The order with its parcels, its money, its story and its talk."""
    found, docket = find(request, Order, order)
    scans = reading.scans_of(found)
    talks = messages.threads_of(found)
    context = {
        **facts(found, docket),
        "crumbs": [{"label": _("Orders"), "url": reverse("portal:orders")}, {"label": found.name}],
        "actions": _ways(request, found, docket),
        "lines": reading.lines_of(found),
        "parcels": reading.parcels_of(found, scans),
        "agreements": acts.agreements(found),
        "table": reading.money_of(found) if found.paid_at else None,
        "timeline": reading.story(found, scans, request.actor),
        "thread": reading.thread(reading.messages_of(found), reader=request.user.id),
        "talks": [{"title": talk.title, "url": reverse("portal:thread", args=[talk.public_id])} for talk in talks],
        "unread": sum(talk.seller_unread for talk in talks),
        **_advice(request, found, docket, advice.ORDER),
        "reply": _reply(request, found, docket),
        "dispute_url": _dispute_url(found),
        "reviews": reviews.of_order(request, found, docket),
        "why": why_it_stands(found.id, named=False),
        "settling": bool(overdue(docket, found)),
    }
    return render(request, "orders/portal/order.html", context)


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
    more = acts.ways(request, order, docket)
    bar = {"open": [*bar["open"], *more["open"]], "closed": [*bar["closed"], *more["closed"]]}
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
    return {"open": [*more["open"], *bar["open"]], "closed": [*bar["closed"], *more["closed"]]}


def _dispute_url(order: Order) -> str:
    """Disputes are an upper app's: known here by their id alone."""
    which = order.open_dispute_id or order.settled_dispute_id
    return subject_url("dispute", which) if which else ""


def _reply(request: Any, order: Order, docket: Docket) -> Any:
    return (
        messages.letter_page(request, order, docket, "", {}, then="").first_form()
        if request.actor.may("answer_buyers")
        else None
    )


def _advice(request: Any, order: Order, docket: Docket, place: str) -> dict[str, Any]:
    """What helps at this place now; its words can be taken over by who may write."""
    facts = advice.Facts(docket.at, docket.rules_for(order), order, ThreadKind.ORDER)
    may = request.actor.may("answer_buyers")
    return {
        "advice": [advice.shown(found, facts) for found in advice.fitting(place, facts)],
        "write_url": reverse("portal:message", args=[order.public_id]) if may else "",
    }


@store_staff_required
def packing_slip(request: Any, order: str) -> HttpResponse:
    """What goes into the parcel: made for paper, without money."""
    found, docket = find(request, Order, order)
    context = {
        **facts(found, docket),
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
            **facts(found, docket),
            **way_back(found, _("Ship")),
            "lines": reading.lines_of(found),
            "act_title": _("Ship order {order}").format(order=found.name),
        },
        submit=_("Ship"),
        done=_("The shipment of order {order} was recorded; the buyer was told.").format(order=found.name),
        then=reading.page_url(found),
        hide=_ship_without(found, left),
        require=("waybill",),
        helps=_ship_helps(found, left),
    ).respond()


def _ship_without(order: Order, left: int) -> tuple[str, ...]:
    """A single item is not divided; another method is offered once the buyer agreed to one (A37-6)."""
    agreed = order.consented_method and order.consented_method != order.method
    return (*(() if agreed else ("method",)), *(() if left > 1 else ("quantity",)))


def _ship_helps(order: Order, left: int) -> dict[str, str]:
    helps = {"waybill": _("As the carrier wrote it: the buyer and the platform trace the parcel by it.")}
    hidden = _ship_without(order, left)
    if "quantity" not in hidden:
        text = _("Of {left} that are left. Leave it empty when this parcel holds all of them.")
        helps["quantity"] = text.format(left=left)
    if "method" not in hidden:
        text = _("The buyer chose {chosen} and agrees to {other} as well. Left out: {chosen}.")
        helps["method"] = text.format(chosen=word(METHODS, order.method), other=word(METHODS, order.consented_method))
    return helps


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
        {
            **facts(order, docket),
            **way_back(order, _("Agree to cancel")),
            "act_title": title,
            "danger": True,
            **_advice(request, order, docket, advice.CANCELLATION),
        },
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
            **facts(order, docket),
            **way_back(order, _("Decline")),
            **_advice(request, order, docket, advice.CANCELLATION),
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


@store_staff_required
def message(request: Any, order: str) -> HttpResponse:
    """Write to the buyer; what he wrote before counts as read then."""
    found, docket = find(request, Order, order)
    page = messages.letter_page(
        request,
        found,
        docket,
        "orders/portal/letter.html",
        {
            **facts(found, docket),
            **way_back(found, _("Message")),
            "act_title": _("Write to the buyer of order {order}").format(order=found.name),
        },
        then=f"{reading.page_url(found)}#messages",
        after=lambda _done: messages.mark_read(request, messages.threads_of(found)),
    )
    page.initial = {"text": page.first_form()["text"].value()}
    return page.respond()


@posted_from("portal:order", "order")
@store_staff_required
def read_messages(request: Any, order: str) -> HttpResponse:
    """Nothing to answer: the messages leave the list of things to do."""
    found, _docket = find(request, Order, order)
    if not request.actor.may("answer_buyers"):
        return forbidden(request)
    messages.mark_read(request, messages.threads_of(found))
    return redirect(f"{reading.page_url(found)}#messages")
