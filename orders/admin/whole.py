"""The rest of an order's 360° view: parcels with their own timelines, money by account, what was agreed, what was told to whom,
what was due, and which indicators count it. With the page's timeline a constant number of statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from finance.accounts import shown
from finance.models import Leg, Transaction
from orders.admin.page import account_label
from orders.behind import EXEMPTIONS
from orders.models import Order
from orders.models.shipment import TrackingEvent
from orders.portal.acts import agreements
from orders.portal.words import CANCEL_REASONS, DOUBTS, SCANS
from rulebook.docket import Docket
from rulebook.docket.waiting import REMINDER
from rulebook.models import Deadline, Notice
from rulebook.money import Money
from rulebook.sentences import money_text
from rulebook.telling import notice_sentence
from stores import health
from stores.indicators import indicators
from stores.portal.words import METHODS, word

MOST = 200
"""Scans, notices and deadlines of one order that are shown."""


def context(order: Order, docket: Docket) -> dict[str, Any]:
    """Everything that the page shows beside lines, messages, reviews, disputes and its timeline."""
    scans = _scans(order)
    return {
        "whole_parcels": [_parcel(parcel, scans[parcel.id]) for parcel in order.__dict__.get("shipments", ())],
        "accounts": accounts(order),
        "asked": [*_cancellations(order), *agreements(order)],
        "remark": order.remark,
        "charges": [(name.replace("_", " ").capitalize(), str(value)) for name, value in order.charges.items()],
        "due": [_due(row) for row in _deadlines(order)],
        "told": [_told(row) for row in Notice.objects.filter(root_id=order.id).order_by("id")[:MOST]],
        "counted": counted(order, docket),
        "skipped": skipped(order),
    }


# ------------------------------------------------------------------ parcels


def _scans(order: Order) -> dict[UUID, list[TrackingEvent]]:
    found: dict[UUID, list[TrackingEvent]] = defaultdict(list)
    if order.parcels:
        for scan in TrackingEvent.objects.filter(order_id=order.id).order_by("at", "id")[:MOST]:
            found[scan.shipment_id].append(scan)
    return found


def _parcel(parcel: Any, scans: Iterable[TrackingEvent]) -> dict[str, Any]:
    """One parcel with all that was told of it, and the doubt about it."""
    waits = bool(parcel.suspicion) and parcel.cleared_at is None
    return {
        "waybill": parcel.waybill,
        "carrier": parcel.carrier,
        "method": word(METHODS, parcel.method),
        "quantity": parcel.quantity,
        "state": str(parcel.state),
        "tone": "done" if parcel.delivered_at else "wait",
        "label": word(SCANS, str(parcel.state)),
        "shipped_at": parcel.shipped_at,
        "doubt": word(DOUBTS, parcel.suspicion) if waits else "",
        "found_false": parcel.found_false,
        "cleared_at": parcel.cleared_at,
        "url": reverse("admin:parcel", args=[parcel.public_id]),
        "scans": [
            {"at": row.at, "text": word(SCANS, row.event), "place": " ".join(filter(None, (row.place, row.country)))}
            for row in scans
        ],
    }


# ------------------------------------------------------------------ money, asked and agreed


def accounts(order: Order) -> dict[str, Any] | None:
    """What the order's transactions left on each account, in the account's own sense; one statement."""
    ids = Transaction.objects.filter(order_id=order.id).values("id")
    rows = Leg.objects.filter(transaction_id__in=ids).values_list("kind", "currency")
    sums = list(rows.annotate(total=Sum("amount_minor")).order_by("kind", "currency"))
    if not sums:
        return None
    currencies = sorted({currency for _kind, currency, _total in sums})
    by_kind: dict[str, dict[str, Money]] = defaultdict(dict)
    for kind, currency, total in sums:
        by_kind[kind][currency] = shown(kind, int(total), currency)
    return {
        "caption": _("What this order left on each account"),
        "currencies": currencies,
        "rows": [
            {"label": account_label(kind), "amounts": [amounts.get(currency) for currency in currencies]}
            for kind, amounts in by_kind.items()
        ],
    }


def _cancellations(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "text": _("The buyer asked to cancel: {reason}").format(reason=word(CANCEL_REASONS, row.reason)),
            "state": str(row.state),
            "at": row.requested_at,
            "rule": "A33-1",
        }
        for row in order.__dict__.get("cancellations", ())
    ]


# ------------------------------------------------------------------ what was due, and who was told


def _deadlines(order: Order) -> list[Deadline]:
    """All of the order and of what hangs on it, by its moment, met or missed; reminders only told somebody."""
    subjects = [order.id]
    for name in ("shipments", "cancellations", "extensions", "reviews", "claims", "disputes"):
        subjects += [row.id for row in order.__dict__.get(name, ())]
    rows = Deadline.objects.filter(subject_id__in=subjects).exclude(name__endswith=REMINDER)
    return list(rows.order_by("due_at", "id")[:MOST])


STANDINGS: dict[str, tuple[str, Any]] = {
    "met": ("done", gettext_lazy("Met")),
    "fired": ("due", gettext_lazy("Passed; carried out")),
    "cancelled": ("wait", gettext_lazy("No longer needed")),
    "stuck": ("risk", gettext_lazy("Stuck")),
    "pending": ("turn", gettext_lazy("Runs")),
}


def _due(row: Deadline) -> dict[str, Any]:
    tone, label = STANDINGS.get(str(row.status), ("wait", str(row.status)))
    return {
        "name": row.name.replace("_", " ").capitalize(),
        "of": row.subject_kind if row.subject_kind != "order" else "",
        "due_at": row.due_at,
        "settled_at": row.settled_at if row.status != "pending" else None,
        "rule": row.rule,
        "tone": tone,
        "label": label,
    }


def _told(row: Notice) -> dict[str, Any]:
    return {
        "at": row.effective_at,
        "to": {"buyer": _("To the buyer"), "seller": _("To the seller"), "moderator": _("To moderators")}.get(
            row.audience_kind, row.audience_kind
        ),
        "text": notice_sentence(row),
        "rule": row.rule,
        "sent_at": row.sent_at,
        "read_at": row.read_at,
    }


# ------------------------------------------------------------------ what it counts for


def counted(order: Order, docket: Docket) -> list[dict[str, Any]]:
    """Every indicator whose window holds something of this order now: how much above and below the line."""
    events = [tuple(entry) for record in _records(order) for entry in record.counted]
    rules = health.rules_of(order.store, docket.at)
    found = []
    for one in indicators().values():
        if one.roots != "order":
            continue
        spans = health.spans_of(one, order.store_id, docket.at, rules)
        sums = {side: _sum(events, span) for side, span in spans.items()}
        if any(sums.values()):
            found.append(
                {
                    "title": _(one.title),
                    "rule": one.rule,
                    "above": _amount(one, sums["above"]),
                    "below": f"{sums['below']:,}" if "below" in sums else "",
                    "bad": not one.higher_is_better and sums["above"] > 0,
                    "url": reverse("admin:indicator", args=[order.store.public_id, one.code]),
                }
            )
    return found


def _records(order: Order) -> list[Any]:
    return [order, *order.__dict__.get("reviews", ()), *order.__dict__.get("disputes", ())]


def _sum(events: Iterable[Any], span: Any) -> int:
    since = None if span.since is None else health.tick(span.since)
    until = None if span.until is None else health.tick(span.until)
    return sum(
        value * span.names[name]
        for name, at, value in events
        if name in span.names and (since is None or at > since) and (until is None or at <= until)
    )


def _amount(one: Any, value: int) -> str:
    return money_text(Money(value, "USD")) if one.unit == "money" else f"{value:,}"


def skipped(order: Order) -> list[dict[str, str]]:
    """Indicators that leave the order out, each with its rule and a sentence."""
    found = []
    for code, (name, _column) in EXEMPTIONS.items():
        if name in order.exemptions and code in indicators():
            rule = "A38-3" if order.worry_free else "A38-1"
            found.append(
                {
                    "title": _(indicators()[code].title),
                    "rule": rule,
                    "text": _("The cause lay with the platform's logistics."),
                }
            )
    if "shipping_score" in order.exemptions:
        rule = "A38-3" if order.worry_free else "A38-1"
        text = _("A low score of shipping does not count: the cause lay with the platform's logistics.")
        found.append({"title": _("Shipping speed"), "rule": rule, "text": text})
    if order.not_rated:
        text = _("Refunded as not received: its reviews are left out of the rates.")
        found.append({"title": _("Positive and negative reviews"), "rule": "A53-2", "text": text})
    if order.excluded_at is not None:
        text = _("Abnormal under {ground}: its sale and its reviews do not count.").format(ground=order.excluded_ground)
        found.append({"title": _("Sales and reviews"), "rule": "A58-1", "text": text})
    if order.special:
        text = _("Freight, gifts or custom goods only: not rated.")
        found.append({"title": _("Reviews"), "rule": "A55-2", "text": text})
    return found
