"""What a dispute's pages show, made from its bundle."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.models import Dispute, Evidence
from disputes.states import DisputeState, Liable, OfferState, Outcome
from orders.models import Order
from rulebook.articles import article
from rulebook.docket import Docket
from rulebook.files import StoredFile
from rulebook.rule import BUYER
from rulebook.sentences import money_text
from stores.portal import desk
from stores.portal.words import word

SIDES: dict[str, Any] = {"buyer": gettext_lazy("Buyer"), "seller": gettext_lazy("Your store")}
OUTCOMES: dict[str, Any] = {
    Outcome.REFUND_AS_CLAIMED: gettext_lazy("Refunded as claimed"),
    Outcome.REFUND_AGREED: gettext_lazy("Refund agreed"),
    Outcome.REFUND_RULED: gettext_lazy("Refund ruled by the platform"),
    Outcome.REFUND_REJECTED: gettext_lazy("No refund"),
    Outcome.WITHDRAWN: gettext_lazy("Withdrawn by the buyer"),
    Outcome.RETURN_NOT_SENT: gettext_lazy("The goods were not sent back"),
}
LIABLE: dict[str, Any] = {
    Liable.SELLER: gettext_lazy("your store"),
    Liable.BUYER: gettext_lazy("the buyer"),
    Liable.LOGISTICS: gettext_lazy("the carrier"),
    Liable.PLATFORM: gettext_lazy("the platform"),
}
OFFERS: dict[str, tuple[Any, str]] = {
    OfferState.CURRENT: (gettext_lazy("Stands"), "turn"),
    OfferState.REPLACED: (gettext_lazy("Replaced"), "wait"),
    OfferState.ACCEPTED: (gettext_lazy("Taken"), "done"),
    OfferState.LAPSED: (gettext_lazy("Lapsed"), "wait"),
}
TURNS: dict[str, tuple[str, Any]] = {
    DisputeState.AWAITING_SELLER: ("turn", gettext_lazy("Your turn: answer")),
    DisputeState.NEGOTIATING: ("wait", gettext_lazy("With both sides")),
    DisputeState.ARBITRATION: ("wait", gettext_lazy("The platform decides")),
    DisputeState.PLATFORM_REVIEW: ("wait", gettext_lazy("The platform decides")),
}
RULES_IN_FORCE: dict[str, tuple[str, ...]] = {
    DisputeState.AWAITING_SELLER: ("A40-1", "A40-2", "A41-1"),
    DisputeState.NEGOTIATING: ("A41-1", "A41-2"),
    DisputeState.ARBITRATION: ("A45-2",),
    DisputeState.PLATFORM_REVIEW: ("A38-4", "A45-2"),
}
"""What a reader should know while the dispute stands there."""


def page_url(dispute: Dispute) -> str:
    return reverse("portal:dispute", args=[dispute.public_id])


def deadlines_of(dispute: Dispute, docket: Docket) -> list[dict[str, Any]]:
    """Its pending deadlines, soonest first, with what happens then in figures."""
    then = {"seller_response": _("then {refund} go back to the buyer").format(refund=money_text(dispute.refund))}
    rows = docket.waiting_for(dispute)
    return [
        chip
        for row in sorted(rows, key=lambda row: row.due_at)
        if (chip := desk.chip(row, then=then.get(row.name, "")))
    ]


def state_of(dispute: Dispute) -> dict[str, str]:
    tone, label = TURNS.get(dispute.state, ("", ""))
    if not dispute.is_open and dispute.outcome:
        label = word(OUTCOMES, dispute.outcome)
    return {"state": str(dispute.state), "tone": tone, "label": str(label)}


def galleries(dispute: Dispute) -> dict[str, list[dict[str, Any]]]:
    """What each side showed, oldest first. One statement, none when nothing was shown."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = Evidence.objects.filter(dispute_id=dispute.id).order_by("id") if dispute.evidence_count else []
    for number, piece in enumerate(rows, 1):
        found["buyer" if piece.side == BUYER else "seller"].append(_piece(dispute, piece, number))
    return found


def _piece(dispute: Dispute, piece: Evidence, number: int) -> dict[str, Any]:
    url = reverse("portal:evidence", args=[dispute.public_id, piece.public_id]) if piece.file_key else ""
    return {
        "id": str(number),
        "name": piece.file_name,
        "by": piece.added_by or word(SIDES, piece.side),
        "at": piece.added_at,
        "size": piece.size,
        "url": url,
        "is_picture": bool(piece.file_key) and StoredFile.of(piece).is_picture,
        "text": piece.text,
        "alt": piece.text[:200] or _("Picture {number}: {name}").format(number=number, name=piece.file_name),
    }


def offers_of(dispute: Dispute) -> list[dict[str, Any]]:
    return [
        {
            "refund": offer.refund,
            "text": offer.text,
            "at": offer.made_at,
            "by": offer.made_by or word(SIDES, offer.side),
            "label": str(OFFERS[offer.state][0]),
            "tone": OFFERS[offer.state][1],
        }
        for offer in sorted(dispute.__dict__.get("offers", ()), key=lambda offer: offer.made_at)
    ]


def rulings_of(dispute: Dispute) -> list[dict[str, Any]]:
    """Rulings in force; one that waits for its second moderator is not the parties' to read."""
    return [
        {
            "refund": ruling.refund,
            "liable": word(LIABLE, ruling.liable),
            "reason": ruling.reason,
            "at": ruling.in_force_at,
        }
        for ruling in dispute.__dict__.get("rulings", ())
        if ruling.state == "in_force"
    ]


def rules_in_force(dispute: Dispute) -> list[dict[str, str]]:
    found = [article(rule_id) for rule_id in RULES_IN_FORCE.get(dispute.state, ())]
    return [{"id": rule.id, "title": rule.title, "text": rule.summary, "kind": ""} for rule in found]


def order_line(order: Order) -> dict[str, str]:
    return {"name": order.name, "url": reverse("portal:order", args=[order.public_id])}
