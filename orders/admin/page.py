"""The page about one order: everything that is known of it, read in a constant number of statements."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from finance.accounts import Account, shown
from finance.models import Payment
from orders.admin import risk
from orders.admin.reviews import of_order as reviews_of
from orders.admin.talking import talk_of
from orders.models import Order
from orders.states import CloseReason, ReleaseState
from rulebook.admin.base import page
from rulebook.admin.deciding import Deciding
from rulebook.admin.finding import held
from rulebook.docket import Docket
from rulebook.timeline import timeline, why_of

_CODE = re.compile(r"[a-z]+(_[a-z]+)*")

NAMES: dict[str, tuple[str, str]] = {
    "payment": (gettext_noop("Payment"), gettext_noop("then the order is closed")),
    "handling": (gettext_noop("Shipping"), gettext_noop("then the order is closed and the buyer refunded")),
    "receipt": (gettext_noop("Receipt"), gettext_noop("then the order is completed")),
    "release": (gettext_noop("Release"), gettext_noop("then the seller gets the money")),
}
"""The order's deadlines: what is waited for, and what happens then."""


@require_GET
def order(request: HttpRequest, order_id: str) -> HttpResponse:
    """The order's whole view, and what a moderator may do about its card."""
    found, docket = held(request, Order, order_id)
    return _show(request, found, docket, _deciding(request, found, docket).context())


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, order_id: str, verb: str) -> HttpResponse:
    """Hold, lift the hold, close for a stolen card: form, preview, confirmation."""
    found, docket = held(request, Order, order_id)
    return _deciding(request, found, docket).answer(verb)


def _deciding(request: HttpRequest, found: Order, docket: Docket) -> Deciding:
    def show(context: dict[str, Any], status: int = 200) -> HttpResponse:
        return _show(request, found, docket, context, status)

    here = reverse("admin:order", args=[found.public_id])
    return Deciding(
        request,
        found,
        docket,
        here=here,
        acts_at=f"{here}act/",
        ways=risk.ways(),
        show=show,
        crumbs=[{"label": _("Orders"), "url": reverse("admin:orders")}, {"label": found.name, "url": here}],
        label_of=account_label,
        shown=shown,
        folded=True,
    )


def _show(
    request: HttpRequest, found: Order, docket: Docket, decide: dict[str, Any], status: int = 200
) -> HttpResponse:
    from orders.admin import whole  # it draws on this module's words, as the case pages do

    context = {**_context(found, docket), **whole.context(found, docket), **decide}
    return page(request, "orders/admin/order.html", context, status=status)


def _context(order: Order, docket: Docket) -> dict[str, Any]:
    rows = told_once(in_words(row) for row in timeline(order.id))
    entries = [row["entry"] for row in rows if "entry" in row and row["entry"].subject_id == order.id]
    moved = next(
        (entry for entry in reversed(entries) if entry.from_state != entry.to_state and entry.machine == "state"), None
    )
    return {
        "title": _("Order {name}").format(name=order.name),
        "order": order,
        "why": why_of(moved) if moved is not None else None,
        "crumbs": [{"label": _("Orders"), "url": reverse("admin:orders")}, {"label": order.name}],
        "store_url": reverse("admin:store", args=[order.store.public_id]),
        "deadlines": lanes_of(order, docket),
        "parcels": parcels_of(order),
        "table": money_of(order),
        "timeline": rows,
        "reviews": reviews_of(order),
        "thread": talk_of(order),
        "payments": list(Payment.objects.filter(order_id=order.id)),
        "disputes": [
            {
                "name": dispute.name,
                "state": dispute.state,
                "refund": dispute.refund,
                "url": reverse("admin:case", args=[dispute.public_id]),
            }
            for dispute in order.__dict__.get("disputes", ())
        ],
        "chargebacks": [
            {"name": one.name, "state": one.state, "url": reverse("admin:chargeback", args=[one.public_id])}
            for one in order.__dict__.get("chargebacks", ())
        ],
        "close_reason": CloseReason(order.close_reason).label if order.close_reason else "",
    }


def in_words(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the timeline with accounts and the system named in the reader's words; a code is no quotation."""
    money = [{"account": account_label(move["account"]), "amount": move["amount"]} for move in row.get("money", ())]
    actor = row["actor"] if row["actor"]["kind"] != "system" else {"kind": "system", "name": _("Automatic")}
    quote = "" if _CODE.fullmatch(row.get("quote") or "") else row.get("quote")
    return {**row, "money": money, "actor": actor, "quote": quote}


def told_once(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Words that stand in the sentence already, or were quoted with the same act's entry before, are not quoted again."""
    found: list[dict[str, Any]] = []
    said: tuple[Any, str] = (None, "")
    for row in rows:
        quote = str(row.get("quote") or "")
        known = bool(quote) and (quote in str(row.get("text", "")) or said == (row.get("at"), quote))
        said = (row.get("at"), quote) if quote else said
        found.append({**row, "quote": ""} if known else row)
    return found


ACCOUNTS = {
    Account.CLEARING: gettext_noop("At the payment provider"),
    Account.ESCROW: gettext_noop("Held in escrow"),
    Account.AVAILABLE: gettext_noop("Available to the seller"),
    Account.OWED: gettext_noop("Owed by the seller"),
    Account.COMPENSATION: gettext_noop("Borne by the platform"),
    Account.LOGISTICS: gettext_noop("Borne by logistics"),
}


def account_label(kind: str) -> str:
    """An account in a reader's words."""
    if kind in ACCOUNTS:
        return _(ACCOUNTS[Account(kind)])
    return str(Account(kind).label) if kind in Account.values else kind


def lanes_of(order: Order, docket: Docket) -> list[dict[str, Any]]:
    """The order's own pending deadlines, as chips."""
    found = []
    for name, (label, then) in NAMES.items():
        row = docket.deadline(order, name)
        if row is not None:
            found.append(
                {"name": _(label), "due_at": row.due_at, "then": _(then), "rule": row.rule, "standing": row.status}
            )
    return found


def parcels_of(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "waybill": parcel.waybill,
            "state": parcel.state,
            "quantity": parcel.quantity,
            "shipped_at": parcel.shipped_at,
            "last_scan_at": parcel.last_scan_at,
            "delivered_at": parcel.delivered_at,
        }
        for parcel in order.__dict__.get("shipments", ())
    ]


def money_of(order: Order) -> dict[str, Any]:
    """Where the order's money is."""
    rows = [
        (_("Goods"), order.goods, ""),
        (_("Freight"), order.freight, ""),
        (_("Paid"), order.paid, ""),
        (_("Held in escrow"), order.escrow, _("what a refund comes from first")),
        (_("Refunded"), order.refunded, ""),
        (
            _("Commission"),
            order.commission,
            "" if order.release == ReleaseState.RELEASED else _("an estimate until the release"),
        ),
    ]
    told = [
        {"label": label, "note": note, "amounts": [amount]}
        for label, amount, note in rows
        if amount.minor or label == _("Paid")
    ]
    return {"caption": _("The order's money"), "currencies": [order.currency], "rows": told}
