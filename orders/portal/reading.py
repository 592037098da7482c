"""What an order's pages show, made from its bundle: prepared values for the templates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from babel.core import Locale
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from finance.portal.words import ACCOUNTS
from orders.models import Message, Order
from orders.models.shipment import TrackingEvent
from orders.portal.words import CANCEL_REASONS, DOUBTS, SCANS
from orders.states import OrderState
from rulebook.actors import Actor
from rulebook.api.resources import hidden_from
from rulebook.docket import Docket
from rulebook.files import StoredFile
from rulebook.models import Deadline
from rulebook.timeline import timeline
from stores.portal import desk
from stores.portal.words import METHODS, word

MESSAGES_SHOWN = 200


ACTORS: dict[str, Any] = {
    "system": gettext_lazy("Automatic"),
    "carrier": gettext_lazy("Carrier"),
    "bank": gettext_lazy("Bank"),
    "buyer": gettext_lazy("Buyer"),
}
CODES = frozenset(CANCEL_REASONS) | frozenset(
    (
        "not_received",
        "late_delivery",
        "damaged",
        "not_as_described",
        "wrong_item",
        "missing_items",
        "quality",
        "counterfeit",
        "customs",
        "no_reason_return",
        "undisclosed_fee",
    )
)
"""Reasons that were chosen from a list: the sentence says them already."""


def country_name(code: str) -> str:
    """``United States (US)`` in the reader's language; an unknown code stays as it is."""
    name = Locale.parse(to_locale(get_language() or "en")).territories.get(code)
    return f"{name} ({code})" if name else code


def deadlines_of(order: Order, docket: Docket) -> list[dict[str, Any]]:
    """The order's own pending deadlines, soonest first."""
    rows = [
        row
        for row in docket.pending.get(order.id, {}).values()
        if row.subject_id == order.id and row.status in ("pending", "stuck")
    ]
    return [chip for row in sorted(rows, key=lambda row: row.due_at) if (chip := desk.chip(row, **_meant(order, row)))]


def _meant(order: Order, row: Deadline) -> dict[str, str]:
    """While the buyer asks to cancel, the handling period's end means something else."""
    return (
        {"name": _("Agree, decline or ship in full")} if row.name == "handling" and order.open_cancellation_id else {}
    )


def lines_of(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "title": line.title,
            "category": line.category.replace("-", " ").capitalize(),
            "quantity": line.quantity,
            "shipped": line.quantity_shipped,
            "left": line.quantity - line.quantity_shipped,
            "price": line.price,
            "sum": type(line.price)(line.goods_minor, line.currency),
            "rate": f"{line.commission_bps / 100:g} %",
        }
        for line in order.lines
    ]


def parcels_of(order: Order, scans: list[TrackingEvent]) -> list[dict[str, Any]]:
    """Each parcel with what the carrier told of it, oldest first."""
    return [
        {
            "waybill": parcel.waybill,
            "method": word(METHODS, parcel.method),
            "quantity": parcel.quantity,
            "shipped_at": parcel.shipped_at,
            "state": word(SCANS, str(parcel.state)),
            "tone": "done" if parcel.delivered_at else "wait",
            "doubt": word(DOUBTS, parcel.suspicion) if parcel.suspicion and parcel.cleared_at is None else "",
            "found_false": parcel.found_false,
            "carrier": parcel.carrier,
            "scans": [
                {"at": scan.at, "text": word(SCANS, scan.event), "place": scan.place}
                for scan in scans
                if scan.shipment_id == parcel.id
            ],
        }
        for parcel in order.shipments
    ]


def scans_of(order: Order) -> list[TrackingEvent]:
    """Nothing was scanned before something was shipped: then there is nothing to ask."""
    return list(TrackingEvent.objects.filter(order_id=order.id).order_by("at", "id")[:500]) if order.parcels else []


def messages_of(order: Order) -> list[Message]:
    if order.thread_id is None and not order.disputes_count:
        return []
    return list(reversed(Message.objects.filter(order_id=order.id).order_by("-sent_at", "-id")[:MESSAGES_SHOWN]))


def thread(found: list[Message], *, reader: UUID | None = None, cite: Any = None) -> list[dict[str, Any]]:
    """The talk between the parties; the store's staff speak with one voice, each under his name.

    reader: whose own messages say "You". cite: makes the address that shows a message as evidence.
    """
    return [_said(message, reader, cite) for message in found]


def _said(message: Message, reader: UUID | None, cite: Any) -> dict[str, Any]:
    role = word(SIDES, message.sender)
    mine = reader is not None and message.sender_id == reader
    return {
        "id": message.public_id,
        "zone": f"files-{message.public_id}",
        "at": message.sent_at,
        "by": message.sender_name or role,
        "who": _("You") if mine else message.sender_name or role,
        "role": role if message.sender_name else "",
        "own": message.sender == "seller",
        "text": message.text,
        "files": attachments(message, by=message.sender_name or role, page="portal:message_file"),
        "note": note_on(message),
        "cite_url": cite(message) if cite and not message.forgotten_at else "",
    }


def attachments(message: Message, *, by: str, page: str) -> list[dict[str, Any]]:
    """The files of a message, for `base/_evidence.html`. page: the name of the address at which this door hands them out."""
    return [
        {
            "id": str(number),
            "name": file["file_name"],
            "by": by,
            "at": message.sent_at,
            "size": file["size"],
            "url": reverse(page, args=[message.public_id, number]),
            "is_picture": StoredFile.of(file).is_picture,
            "alt": _("Picture {number} of the message: {name}").format(number=number, name=file["file_name"]),
        }
        for number, file in enumerate(message.files, 1)
    ]


def note_on(message: Message) -> str:
    """What a reader should know about a message."""
    if message.forgotten_at:
        return _("Its time of keeping is over; what it said was removed.")
    if message.advice:
        return _("This seems to be in another language. Talk is in English, so that everybody understands it (FB-4).")
    return ""


SIDES = {"buyer": gettext_lazy("Buyer"), "seller": gettext_lazy("Store"), "moderator": gettext_lazy("Platform")}


def story(order: Order, scans: list[TrackingEvent], reader: Actor) -> list[dict[str, Any]]:
    """The order's timeline with its parcels' scans; what a message says stands in the thread.

    reader: what he may not read yet (a ruling that waits for its second moderator) is left out.
    """
    known = {parcel.id: parcel.waybill for parcel in order.shipments}
    entries = timeline(order.id)
    hidden = hidden_from(reader, [row["entry"] for row in entries])
    rows = [told(row) for row in entries if row["entry"].id not in hidden]
    journalled = {(row["at"], row["act"]) for row in rows}
    for scan in scans:
        if (scan.at, "shipment.scan") not in journalled:
            rows.append(
                {
                    "at": scan.at,
                    "actor": {"kind": "carrier", "name": _("Carrier")},
                    "text": f"{word(SCANS, scan.event)} ({known.get(scan.shipment_id, '')})",
                }
            )
    return sorted(rows, key=lambda row: row["at"])


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the timeline in words: accounts, who acted, and no quotation of what stands elsewhere or is a code."""
    actor = row["actor"]
    row["money"] = [{"account": word(ACCOUNTS, move["account"]), "amount": move["amount"]} for move in row["money"]]
    if actor["kind"] == "moderator":  # which of the platform's people decided is the platform's own knowledge
        row["actor"] = {**actor, "name": str(SIDES["moderator"])}
    elif actor["name"] in ACTORS:
        row["actor"] = {**actor, "name": str(ACTORS[actor["name"]])}
    if row["act"] == "order.message" or row["quote"] in CODES:
        row["quote"] = ""
    return row


def money_of(order: Order) -> dict[str, Any]:
    """Where the order's money is, for `base/_money_table.html`; nothing before it is paid."""
    rows: list[dict[str, Any]] = [{"label": _("Paid by the buyer"), "amounts": [order.paid]}]
    if order.refunded_minor:
        rows.append({"label": _("Went back to the buyer"), "amounts": [-order.refunded]})
    if order.borne_minor:
        borne = type(order.paid)(order.borne_minor, order.currency)
        rows.append({"label": _("Of that borne by the platform"), "amounts": [borne]})
    rows.append({"label": _("Held for this order"), "amounts": [order.escrow], "note": _held_note(order)})
    taken = order.released_at is not None
    rows.append(
        {"label": _("Commission taken") if taken else _("Commission, expected"), "amounts": [-order.commission]}
    )
    net = order.gross_left - order.commission
    return {
        "caption": _("Money of this order"),
        "currencies": [order.currency],
        "rows": rows,
        "total": {
            "label": _("Yours from this order") if taken else _("Yours from this order, expected"),
            "amounts": [net],
        },
    }


def _held_note(order: Order) -> str:
    if order.released_at:
        return _("Released to your balance.")
    if not order.escrow_minor:
        return ""
    if order.open_dispute_id:
        return _("Held while the dispute is open.")
    if order.open_chargebacks:
        return _("Held while the chargeback is open.")
    if order.risk_at:
        return _("Held while its payment is looked into.")
    if order.completed_at:
        return _("Until the waiting time after completion is over.")
    return _("Until the order is completed and the waiting time is over.")


def state_of(order: Order) -> dict[str, str]:
    """The order's state in the store's eyes: what the buyer asks or claims comes first."""
    if order.open_cancellation_id:
        return {"state": str(order.state), "tone": "turn", "label": _("Buyer asks to cancel")}
    if order.open_dispute_id:
        return {"state": str(order.state), "tone": "due", "label": _("In dispute")}
    return {"state": str(order.state), "tone": "", "label": ""}


def is_unshipped(order: Order) -> bool:
    return order.state in (OrderState.AWAITING_SHIPMENT, OrderState.PARTIALLY_SHIPPED)


def page_url(order: Order) -> str:
    return reverse("portal:order", args=[order.public_id])
