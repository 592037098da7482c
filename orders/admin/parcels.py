"""Parcels that look as if nothing had been shipped: the case page, clearing them or finding them false (A37-7, V-16)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from finance.accounts import shown
from orders.admin import desk
from orders.admin.page import account_label, in_words, money_of, told_once
from orders.admin.talking import laws
from orders.models import Order, Shipment
from orders.models.shipment import TrackingEvent
from orders.portal.words import DOUBTS, SCANS
from rulebook.admin.base import page
from rulebook.admin.cases import CASE_KINDS, CaseKind
from rulebook.admin.deciding import Deciding, Way, head
from rulebook.admin.finding import held
from rulebook.docket import Docket
from rulebook.models import Case
from rulebook.timeline import subject_timeline, why_it_stands
from stores.portal.words import METHODS, word

LAW = ("A37-7", "V-16", "V-17")
OTHERS_SHOWN = 20


def doubt(case: Case) -> str:
    return word(DOUBTS, case.topic) if case.topic != "cleared" else _("Looked into")


CASE_KINDS["shipment"] = CaseKind(
    label=gettext_lazy("Doubted parcels"),
    prefix=Shipment.PREFIX,
    page="parcel",
    title=lambda case: _("Parcel of #{number}").format(number=case.number),
    topic=doubt,
    may="watch_stores",
    facts=desk.facts_of_parcels,
    bulk=desk.PARCELS,
)


def _deciding(request: HttpRequest, parcel: Shipment, docket: Docket) -> Deciding:
    order = parcel.order
    here = reverse("admin:parcel", args=[parcel.public_id])

    def show(context: dict[str, Any], status: int = 200) -> HttpResponse:
        return _show(request, parcel, docket, context, status)

    return Deciding(
        request,
        parcel,
        docket,
        here=here,
        ways={
            "moderator.clear_shipment": Way(
                title=_("Clear parcel {waybill}?").format(waybill=parcel.waybill),
                sentence=_("The doubt is taken back. The order goes on as if it had never been raised."),
                confirm=_("Clear the parcel"),
                done=_("The parcel was cleared."),
            ),
            "moderator.find_false_shipping": Way(
                title=_("Find that nothing was shipped under {waybill}?").format(waybill=parcel.waybill),
                sentence=what_follows(order),
                confirm=_("Find it false"),
                done=_("The parcel was found false; the seller was told, with your reasons."),
                danger=True,
            ),
        },
        show=show,
        crumbs=[{"label": _("Worklist"), "url": reverse("admin:worklist")}, {"label": parcel.waybill, "url": here}],
        label_of=account_label,
        shown=shown,
    )


def what_follows(order: Order) -> str:
    """What it does to the order that one of its parcels is found false (V-17)."""
    if order.is_over:
        return _("Order {order} has ended and stays as it is; the finding stands on the parcel.").format(
            order=order.name
        )
    return _("Order {order} is closed and everything paid goes back to the buyer.").format(order=order.name)


@require_GET
def parcel(request: HttpRequest, parcel_id: str) -> HttpResponse:
    """One parcel with all that the carrier told, and what makes it doubtful."""
    found, docket = held(request, Shipment, parcel_id)
    return _show(request, found, docket, _deciding(request, found, docket).context())


@require_http_methods(["GET", "POST"])
def parcel_act(request: HttpRequest, parcel_id: str, verb: str) -> HttpResponse:
    """Clear it, or find it false: form, preview, confirmation."""
    found, docket = held(request, Shipment, parcel_id)
    return _deciding(request, found, docket).answer(verb)


def _show(
    request: HttpRequest, parcel: Shipment, docket: Docket, decide: dict[str, Any], status: int = 200
) -> HttpResponse:
    order: Order = parcel.order
    scans = list(TrackingEvent.objects.filter(order_id=order.id, shipment_id=parcel.id).order_by("at", "id")[:500])
    waits = parcel.suspected_at is not None and parcel.cleared_at is None
    context: dict[str, Any] = {
        "title": _("Parcel {waybill}").format(waybill=parcel.waybill),
        "parcel": parcel,
        "order": order,
        "doubt": word(DOUBTS, parcel.suspicion) if parcel.suspicion else "",
        "method": word(METHODS, parcel.method),
        "scans": [
            {
                "at": scan.at,
                "told_at": scan.told_at,
                "text": word(SCANS, scan.event),
                "place": scan.place,
                "country": scan.country,
            }
            for scan in scans
        ],
        "same_waybill": _same_waybill(parcel),
        "order_url": reverse("admin:order", args=[order.public_id]),
        "store_url": reverse("admin:store", args=[order.store.public_id]),
        "table": money_of(order),
        "timeline": told_once(in_words(row) for row in subject_timeline(parcel.id)),
        "rules": laws(docket, order, LAW),
        "is_open": waits,
        "settled": "" if waits else _("Nothing is doubted about this parcel now."),
        "next_skip": parcel.public_id,
        "case": {
            "title": _("Parcel {waybill}").format(waybill=parcel.waybill),
            "id": parcel.public_id,
            "line": [
                order.store.name,
                order.buyer_name,
                *([word(DOUBTS, parcel.suspicion)] if parcel.suspicion else []),
            ],
            "state": str(parcel.state),
            "state_tone": "turn" if waits else "",
            "why": why_it_stands(parcel.id),
            "deadline": None,
            **head(request, parcel),
        },
        "crumbs": [
            {"label": _("Worklist"), "url": f"{reverse('admin:worklist')}?view=compliance"},
            {"label": parcel.waybill},
        ],
        **decide,
    }
    return page(request, "orders/admin/parcel.html", context, status=status)


def _same_waybill(parcel: Shipment) -> list[dict[str, Any]]:
    """Other parcels of the store under this number, with their buyers."""
    rows = Shipment.objects.filter(store_id=parcel.store_id, waybill=parcel.waybill).exclude(pk=parcel.pk)
    return [
        {
            "order": row.order.name,
            "buyer": row.order.buyer_name,
            "at": row.shipped_at,
            "url": reverse("admin:order", args=[row.order.public_id]),
        }
        for row in rows.select_related("order").order_by("-id")[:OTHERS_SHOWN]
    ]
