"""What a seller can do about an order beside shipping and cancelling: each act has its button, its page and its form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import CarrierClaim, Extension, Order
from orders.portal import reading
from orders.portal.heading import facts, way_back
from orders.states import ClaimState, ExtensionState
from rulebook.docket import Docket
from rulebook.sentences import moment_text
from stores.portal import desk
from stores.portal.doors import ActPage, Way, action_bar, find, store_staff_required
from stores.portal.words import METHODS, word

ASKED_SHOWN = 20


def ways(request: Any, order: Order, docket: Docket) -> dict[str, Any]:
    """For `base/_action_bar.html`. What is closed is shown only where a reader would look for it."""
    page = order.public_id
    found = action_bar(
        request,
        order,
        docket,
        {
            "seller.check_address": Way(reverse("portal:check_address", args=[page]), _("Check the new address")),
            "seller.extend_receipt": Way(
                reverse("portal:extend_receipt", args=[page]), _("Give the buyer more time to receive")
            ),
            "seller.complain_carrier": Way(
                reverse("portal:complain_carrier", args=[page]), _("Complain to the carrier")
            ),
            "seller.report_shortage": Way(
                reverse("portal:report_shortage", args=[page]), _("Report: out of stock"), danger=True
            ),
        },
        closed=False,
    )
    found["open"].sort(key=lambda one: one["danger"])
    asked = open_extension(order)
    if asked is None:
        return found
    more = action_bar(
        request,
        asked,
        docket,
        {
            "seller.grant_extension": Way(
                reverse("portal:grant_extension", args=[asked.public_id]),
                ngettext("Take {n} more day to ship", "Take {n} more days to ship", asked.days).format(n=asked.days),
            ),
            "seller.decline_extension": Way(
                reverse("portal:decline_extension", args=[asked.public_id]), _("More time is not needed")
            ),
        },
    )
    return {"open": [*more["open"], *found["open"]], "closed": [*more["closed"], *found["closed"]]}


def open_extension(order: Order) -> Extension | None:
    """The buyer's wish to give more time, while nobody has answered it."""
    return next((row for row in order.extensions if row.id == order.open_extension_id), None)


def agreements(order: Order) -> list[dict[str, Any]]:
    """What the sides asked of each other on the way, for the order's page: each with how it stands."""
    found = [_extension(row) for row in order.extensions]
    if order.consented_method:
        text = _("The buyer agrees to {method} instead of the method chosen.").format(
            method=word(METHODS, order.consented_method)
        )
        found.append({"text": text, "state": "agreed", "rule": "A37-6"})
    if order.requested_country:
        found.append(_address(order))
    if order.shortage_at:
        text = _("Reported to the buyer: out of stock. A cancellation would be for a reason of the seller.")
        found.append({"text": text, "at": order.shortage_at, "rule": "PRE-9"})
    return found + [_complaint(claim) for claim in order.claims]


def _extension(row: Extension) -> dict[str, Any]:
    text = ngettext("The buyer would wait {n} day longer", "The buyer would wait {n} days longer", row.days)
    return {"text": text.format(n=row.days), "state": str(row.state), "at": row.requested_at, "rule": "A34-2"}


def _complaint(claim: CarrierClaim) -> dict[str, Any]:
    return {
        "text": _("Complaint to the carrier"),
        "note": claim.answer or claim.text,
        "state": str(claim.state),
        "tone": {ClaimState.OPEN: "wait", ClaimState.UNANSWERED: "due"}.get(ClaimState(claim.state), ""),
        "at": claim.filed_at,
        "rule": "A38-2",
        "money": claim.paid if claim.paid_minor else None,
    }


def _address(order: Order) -> dict[str, Any]:
    lines = [str(value) for value in order.requested_address.values() if isinstance(value, str | int)]
    words = {
        "": _("Not checked yet: check it before you ship there."),
        "safe": _("Checked: safe. The parcel may go there."),
        "unsafe": _("Checked: unsafe. Another country than the order's is the strong sign of a stolen card."),
    }
    return {
        "text": _("The buyer asks for another address, in {country}").format(
            country=reading.country_name(order.requested_country)
        ),
        "note": ", ".join(lines),
        "more": words.get(order.address_check, ""),
        "tone": {"safe": "done", "unsafe": "risk"}.get(order.address_check, "turn"),
        "label": {"safe": _("Safe"), "unsafe": _("Unsafe")}.get(order.address_check, _("To check")),
        "rule": "A70-6",
    }


@desk.more_todos
def extensions_to_answer(request: Any) -> Iterable[desk.Todo]:
    """Buyers who would give more time; the handling period runs on meanwhile."""
    rows = Extension.objects.filter(store_id=request.store.id, state=ExtensionState.REQUESTED)
    for row in rows.select_related("order").order_by("id")[:ASKED_SHOWN]:
        page = reading.page_url(row.order)
        due = row.order.handling_due_at
        yield desk.Todo(
            title=_("Answer the offer of more time for order {order}").format(order=row.order.name),
            detail=ngettext(
                "{n} day more; to be shipped until {due} as it stands",
                "{n} days more; to be shipped until {due} as it stands",
                row.days,
            ).format(n=row.days, due=moment_text(due) if due else "–"),
            url=page,
            act=_("Read and answer"),
            look_url=page,
            may="ship_orders",
        )


# ------------------------------------------------------------------ pages


def _context(order: Order, docket: Docket, here: str, title: str, lead: str = "") -> dict[str, Any]:
    return {**facts(order, docket), **way_back(order, here), "act_title": title, "act_lead": lead}


@store_staff_required
def extend_receipt(request: Any, order: str) -> HttpResponse:
    """More time for the buyer to receive and to claim."""
    found, docket = find(request, Order, order)
    most = docket.rules_for(found).order.receipt_ext_max_days - found.receipt_extension_days
    lead = ""
    if found.receipt_due_at is not None:
        lead = _("The window ends on {due}. It can only be made longer, never shorter.").format(
            due=moment_text(found.receipt_due_at)
        )
    title = _("Give the buyer of order {order} more time?").format(order=found.name)
    return ActPage(
        request,
        found,
        docket,
        "seller.extend_receipt",
        "orders/portal/act.html",
        _context(found, docket, _("More time to receive"), title, lead),
        submit=_("Make the window longer"),
        done=_("The buyer of order {order} has more time now and was told.").format(order=found.name),
        then=reading.page_url(found),
        helps={"days": _("{most} days at most are left to give.").format(most=max(0, most))},
    ).respond()


@store_staff_required
def check_address(request: Any, order: str) -> HttpResponse:
    """The platform's tool looks at the address that the buyer asks for."""
    found, docket = find(request, Order, order)
    lead = ""
    if found.requested_country:
        lead = _("The buyer asks for {country}; the order is for {chosen}.").format(
            country=reading.country_name(found.requested_country), chosen=reading.country_name(found.country)
        )
    title = _("Check the new address of order {order}?").format(order=found.name)
    return ActPage(
        request,
        found,
        docket,
        "seller.check_address",
        "orders/portal/act.html",
        _context(found, docket, _("Check the address"), title, lead),
        submit=_("Check the address"),
        done=_("The address was checked; the order's page says how it came out."),
        then=f"{reading.page_url(found)}#agreements",
    ).respond()


@store_staff_required
def report_shortage(request: Any, order: str) -> HttpResponse:
    """Tell the buyer at once that it is out of stock."""
    found, docket = find(request, Order, order)
    return ActPage(
        request,
        found,
        docket,
        "seller.report_shortage",
        "orders/portal/act.html",
        _context(
            found,
            docket,
            _("Out of stock"),
            _("Tell the buyer of order {order} that it is out of stock?").format(order=found.name),
            _("The buyer is told at once. A cancellation that follows counts as one for a reason of the seller."),
        ),
        submit=_("Tell the buyer"),
        done=_("The buyer of order {order} was told.").format(order=found.name),
        then=reading.page_url(found),
    ).respond()


@store_staff_required
def complain_carrier(request: Any, order: str) -> HttpResponse:
    """Ask the carrier to make good what happened on the way."""
    found, docket = find(request, Order, order)
    return ActPage(
        request,
        found,
        docket,
        "seller.complain_carrier",
        "orders/portal/act.html",
        _context(
            found,
            docket,
            _("Complain to the carrier"),
            _("Complain to the carrier about order {order}?").format(order=found.name),
            _("The loss stays where it is until the carrier pays; what it pays goes to your balance."),
        ),
        submit=_("Send the complaint"),
        done=_("The complaint about order {order} was sent to the carrier.").format(order=found.name),
        then=f"{reading.page_url(found)}#agreements",
        require=("text",),
    ).respond()


@store_staff_required
def grant_extension(request: Any, extension: str) -> HttpResponse:
    """The handling period ends later."""
    asked, order, docket = _asked(request, extension)
    title = ngettext(
        "Take {n} more day to ship order {order}?", "Take {n} more days to ship order {order}?", asked.days
    ).format(n=asked.days, order=order.name)
    return ActPage(
        request,
        asked,
        docket,
        "seller.grant_extension",
        "orders/portal/act.html",
        _context(
            order,
            docket,
            _("More time to ship"),
            title,
            _("The days are added to the end of the handling period. The number of such extensions is limited."),
        ),
        submit=_("Take the extra time"),
        done=_("Order {order} is to be shipped later now; the buyer was told.").format(order=order.name),
        then=reading.page_url(order),
    ).respond()


@store_staff_required
def decline_extension(request: Any, extension: str) -> HttpResponse:
    """The handling period ends as before."""
    asked, order, docket = _asked(request, extension)
    return ActPage(
        request,
        asked,
        docket,
        "seller.decline_extension",
        "orders/portal/act.html",
        _context(
            order,
            docket,
            _("More time to ship"),
            _("Ship order {order} without more time?").format(order=order.name),
            _("The handling period ends when it was to end."),
        ),
        submit=_("More time is not needed"),
        done=_("The handling period of order {order} stays as it is; the buyer was told.").format(order=order.name),
        then=reading.page_url(order),
    ).respond()


def _asked(request: HttpRequest, text: str) -> tuple[Extension, Order, Docket]:
    asked, docket = find(request, Extension, text)
    order = docket.held.get(asked.order_id)
    if not isinstance(order, Order):
        raise Http404
    return asked, order, docket
