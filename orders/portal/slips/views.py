"""Packing slips at the sellers' door: of one order, of those picked in the list, of a shipping list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import Order
from orders.models.batch import BatchState, RowState, ShippingBatch
from orders.portal import reading
from orders.portal.bulk.views import for_batch
from orders.portal.slips.drawing import PAPERS, Item, Slip, draw
from orders.portal.views import address_lines
from rulebook.clock import now
from rulebook.ids import parse_id, public_id
from rulebook.posting import posted_from
from rulebook.rehearsal import look
from rulebook.sentences import moment_text
from stores.models import Listing
from stores.portal.doors import find, store_staff_required
from stores.portal.words import METHODS, word

MOST = 100
"""Slips in one file; drawing takes some hundredths of a second for each."""
REMARKS = ("remark", "remarks", "note", "notes", "instructions", "delivery_note")
"""Parts of an address that are no lines of it."""


@store_staff_required
def of_order(request: Any, order: str) -> HttpResponse:
    """One order's slip."""
    found, _docket = find(request, Order, order)
    return _answer(request, [found], f"packing-slip-{found.name.lstrip('#')}.pdf")


@posted_from("portal:orders")
@store_staff_required
def picked(request: Any) -> HttpResponse:
    """The slips of the orders picked in the list, in the list's order; what is not this store's is left out."""
    found = _orders(request, _ids(request.POST.getlist("picked")[: MOST + 1]))
    if not found or len(found) > MOST:
        text = _("Pick at least one order.") if not found else _("Pick at most {most} orders.").format(most=MOST)
        messages.warning(request, text)
        return redirect(reverse("portal:orders"))
    return _answer(request, found, "packing-slips.pdf")


@for_batch
def of_batch(request: Any, batch: ShippingBatch) -> HttpResponse:
    """The slips of a shipping list's orders, in the file's order."""
    states = (RowState.READY, RowState.SHIPPED)
    rows = batch.rows.filter(state__in=states).order_by("number").values_list("order_id", flat=True)
    ids = list(dict.fromkeys(rows))
    if not ids or len(ids) > MOST:
        text = (
            _("Slips are drawn for at most {most} orders at once; this list has {n}. Pick them in the list of orders.")
            if ids
            else _("There is nothing to pack: no row of this list is ready or was shipped.")
        )
        messages.warning(request, text.format(most=MOST, n=len(ids)))
        return redirect(reverse("portal:bulk_batch", args=[batch.public_id]))
    return _answer(request, _orders(request, ids), "packing-slips.pdf", packed=batch.state == BatchState.DONE)


def _ids(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(parse_id(text, Order.PREFIX))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def _orders(request: Any, ids: list[UUID]) -> list[Order]:
    """This store's, with their bundles, in the order asked for; in as many statements for one as for a hundred."""
    mine = set(Order.objects.filter(store=request.store, id__in=ids).values_list("id", flat=True))
    docket = look(Order, [identity for identity in ids if identity in mine], request.actor)
    return [docket.held[identity] for identity in ids if identity in mine]


def _answer(request: Any, orders: list[Order], name: str, *, packed: bool = False) -> HttpResponse:
    paper = PAPERS.get(request.GET.get("paper", "") or request.POST.get("paper", ""), PAPERS["a4"])
    moment = now()
    printed = _("{store} · printed {moment}").format(store=request.store.name, moment=moment_text(moment))
    response = HttpResponse(
        draw([slip_of(order, request.store.name, packed=packed) for order in orders], paper, moment, printed),
        content_type="application/pdf",
    )
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def slip_of(order: Order, store: str, *, packed: bool = False) -> Slip:
    """What an order's slip says: what is left to pack; packed, or nothing left: what was shipped. No money: it lies in
    the parcel."""
    packed = packed or order.units_shipped >= order.units
    lines = reading.lines_of(order)
    codes = [public_id(Listing.PREFIX, line.listing_id) for line in order.lines]
    items = [_item(line, code, packed) for line, code in zip(lines, codes, strict=True)]
    remarks = _remarks(order)
    return Slip(
        store=store,
        title=_("Packing slip {order}").format(order=order.name),
        code=order.public_id,
        address=tuple(line for line in address_lines(order) if line not in remarks),
        facts=_facts(order),
        items=tuple(item for item in items if item.quantity),
        parcels=tuple(
            ngettext("{waybill}: {n} item, {method}", "{waybill}: {n} items, {method}", parcel.quantity).format(
                waybill=parcel.waybill, n=parcel.quantity, method=word(METHODS, parcel.method)
            )
            for parcel in order.shipments
        ),
        remark=" ".join(remarks),
    )


def _facts(order: Order) -> tuple[tuple[str, str], ...]:
    found = [(_("Buyer"), order.buyer_name or "–")]
    if order.external_id:
        found.append((_("Storefront's number"), order.external_id))
    found += [
        (_("Placed"), moment_text(order.placed_at)),
        (_("Delivery"), word(METHODS, order.method)),
        (
            _("Shipped"),
            _("{shipped} of {all} items").format(shipped=order.units_shipped, all=order.units),
        ),
    ]
    return tuple((str(label), str(value)) for label, value in found)


def _item(line: dict[str, Any], code: str, packed: bool) -> Item:
    quantity = line["shipped"] if packed else line["left"]
    note = ""
    if quantity != line["quantity"]:
        note = _("{shipped} of {all} shipped").format(shipped=line["shipped"], all=line["quantity"])
    return Item(quantity, line["title"], code, note)


def _remarks(order: Order) -> list[str]:
    """What the buyer wrote for whoever packs and delivers."""
    parts = [str(value) for name, value in order.address.items() if name in REMARKS and str(value).strip()]
    return [*([order.remark] if order.remark else []), *parts]
