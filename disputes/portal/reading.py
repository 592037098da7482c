"""What a dispute's pages show, made from its bundle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from disputes.models import Appeal, Dispute, Evidence, Ruling
from disputes.portal.words import APPEALS, FREIGHT, LIABLE, OFFERS, OUTCOMES, RULES_IN_FORCE, SIDES, TURNS
from disputes.states import DisputeState, OfferState, PlatformFirst, RulingState
from orders.models import Order
from rulebook.articles import article
from rulebook.docket import Docket
from rulebook.files import StoredFile
from rulebook.rule import BUYER
from rulebook.sentences import moment_text, money_text
from stores.portal import desk
from stores.portal.linking import subject_url
from stores.portal.words import word


def page_url(dispute: Dispute) -> str:
    return reverse("portal:dispute", args=[dispute.public_id])


def deadlines_of(dispute: Dispute, docket: Docket) -> list[dict[str, Any]]:
    """Its pending deadlines, soonest first, with what happens then in figures."""
    back = money_text(dispute.agreed_refund) if dispute.agreed_refund else ""
    then = {
        "seller_response": _("then {refund} go back to the buyer").format(refund=money_text(dispute.refund)),
        "return_receipt": _("then it counts as received, and {refund} go back to the buyer").format(refund=back),
    }
    if dispute.return_goods:
        then["seller_response"] = _("then the goods come back, against {refund}").format(
            refund=money_text(dispute.refund)
        )
    rows = docket.waiting_for(dispute)
    return [
        chip
        for row in sorted(rows, key=lambda row: row.due_at)
        if (chip := desk.chip(row, then=then.get(row.name, "")))
    ]


def deadline_of(obj: Any, docket: Docket, name: str) -> dict[str, Any] | None:
    """One pending deadline of an object."""
    return desk.chip(docket.deadline(obj, name))


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
    kind = "" if piece.kind_code == "other" else piece.get_kind_code_display()
    notes = [*([kind] if kind else []), *([_("sent late")] if piece.late else [])]
    who = piece.added_by or word(SIDES, piece.side)
    return {
        "id": str(number),
        "name": piece.file_name,
        "by": ", ".join([who, *notes]),
        "at": piece.added_at,
        "size": piece.size,
        "url": url,
        "is_picture": bool(piece.file_key) and StoredFile.of(piece).is_picture,
        "text": piece.text,
        "alt": piece.text[:200] or _("Picture {number}: {name}").format(number=number, name=piece.file_name),
    }


def offers_of(dispute: Dispute) -> list[dict[str, Any]]:
    """Proposals of all three sides, those that stand first, the rest oldest first."""
    return [
        _offer(dispute, offer)
        for offer in sorted(
            dispute.__dict__.get("offers", ()), key=lambda offer: (offer.state != OfferState.CURRENT, offer.made_at)
        )
    ]


def _offer(dispute: Dispute, offer: Any) -> dict[str, Any]:
    platform = offer.side not in ("buyer", "seller")
    current = offer.state == OfferState.CURRENT
    return {
        "refund": offer.refund,
        "return_goods": offer.return_goods,
        "text": offer.text,
        "at": offer.made_at,
        "side": word(SIDES, offer.side),
        "by": "" if platform else offer.made_by,
        "label": str(OFFERS[offer.state][0]),
        "tone": OFFERS[offer.state][1],
        "note": _suggestion_note(dispute) if platform and current else "",
    }


def _suggestion_note(dispute: Dispute) -> str:
    taken = dispute.suggestion_accepted_by
    if taken == "seller":
        return _("You have taken it; it binds when the buyer takes it, too.")
    if taken == "buyer":
        return _("The buyer has taken it; it binds when you take it, too.")
    return _("It binds only when both of you take it; all periods run on.")


def what_settles(refund: Any, return_goods: bool) -> str:
    """What taking an offer, or the claim, means for goods and money, in one sentence."""
    if not refund.minor:
        return _("Nothing goes back to the buyer, and the dispute ends for good.")
    if return_goods:
        return _("{refund} go back to the buyer once the goods are back with you.").format(refund=money_text(refund))
    return _("{refund} go back to the buyer at once; the buyer keeps the goods.").format(refund=money_text(refund))


# ------------------------------------------------------------------ the platform's lane


def lane_of(dispute: Dispute, docket: Docket) -> dict[str, Any] | None:
    """What it means for the seller that the platform decides first, or that the cover does not apply."""
    if dispute.state == DisputeState.PLATFORM_REVIEW:
        return _platform_first(dispute, docket)
    if dispute.not_covered_under and dispute.order.covered:
        rule = article(dispute.not_covered_under)
        return {
            "title": _("Outside of the after-sale cover"),
            "text": _("The order was covered, but this dispute is not: {why}. It goes the usual way.").format(
                why=rule.title
            ),
            "rules": [rule.id],
            "tone": "",
        }
    return None


def _platform_first(dispute: Dispute, docket: Docket) -> dict[str, Any]:
    rules = docket.rules_for(dispute.order)
    if dispute.covered:
        cap = money_text(rules.ppas.cap_usd)
        return {
            "title": _("The after-sale cover takes this dispute"),
            "text": _(
                "You have nothing to answer and nothing to pay up to {cap}; what a ruling gives beyond that is yours to "
                "bear. If you settle with the buyer yourself, the cover pays nothing."
            ).format(cap=cap),
            "rules": ["A46-1", "A47-1", "A48-12"],
            "tone": "done",
        }
    if dispute.platform_first == PlatformFirst.WORRY_FREE:
        return {
            "title": _("Worry-free logistics answer for this dispute"),
            "text": _(
                "The trouble lies on the way, so the platform decides without asking you first, and logistics pay what "
                "their cap reaches. You may still add what helps."
            ),
            "rules": ["A38-4", "A38-5"],
            "tone": "done",
        }
    return {
        "title": _("The platform decides this dispute first"),
        "text": _(
            "A rule or a contract gives it to the platform. No answer is due; you may add what proves your side."
        ),
        "rules": ["A45-1", "A45-5"],
        "tone": "",
    }


def help_of(dispute: Dispute) -> dict[str, Any] | None:
    """What the platform asked of the seller in a covered dispute, and the answer."""
    if dispute.help_asked_at is None:
        return None
    return {
        "asked_at": dispute.help_asked_at,
        "question": dispute.help_question,
        "answer": dispute.help_answer,
    }


# ------------------------------------------------------------------ the return


def return_of(dispute: Dispute) -> dict[str, Any] | None:
    """What comes back, where to and on whose cost; by when and what silence does says the deadline on top."""
    if not dispute.return_freight_by:
        return None
    return {
        "refund": dispute.agreed_refund,
        "address": address_lines(dispute.return_address),
        "freight": word(FREIGHT, dispute.return_freight_by),
        "waybill": dispute.return_waybill,
        "sent_at": dispute.return_shipped_at,
        "contest": dispute.return_contest,
        "plus": bool(dispute.order.plus),
    }


def address_lines(address: Mapping[str, Any]) -> list[str]:
    """An address as it is written on a parcel, whatever parts it has."""
    first = ("name", "company", "street", "postcode", "city", "region", "country", "phone")
    given = {str(name): str(text) for name, text in address.items() if str(text).strip()}
    return [given[name] for name in (*first, *(name for name in given if name not in first)) if name in given]


# ------------------------------------------------------------------ rulings and appeals


def rulings_of(dispute: Dispute, docket: Docket) -> list[dict[str, Any]]:
    """Rulings that came into force; one that waits for its second moderator is not the parties' to read."""
    causes = docket.rules_for(dispute.order).dispute.causes
    return [
        _ruling(ruling, docket, causes)
        for ruling in dispute.__dict__.get("rulings", ())
        if ruling.in_force_at is not None
    ]


def _ruling(ruling: Ruling, docket: Docket, causes: Mapping[str, Any]) -> dict[str, Any]:
    cause = causes.get(ruling.cause)
    over = ruling.state == RulingState.OVERTURNED
    return {
        "object": ruling,
        "id": ruling.public_id,
        "refund": ruling.refund,
        "return_goods": ruling.return_goods,
        "liable": word(LIABLE, ruling.liable),
        "counterfeit": ruling.counterfeit,
        "compensation": ruling.compensation if ruling.compensation_minor else None,
        "cause": cause["says"] if cause else "",
        "reason": ruling.reason,
        "at": ruling.in_force_at,
        "overturned": over,
        "until": deadline_of(ruling, docket, "appeal") if not over else None,
        "appeals": [appeal_of(one) for one in ruling.__dict__.get("appeals", ())],
        "statement_url": subject_url("ruling", ruling.id),
    }


def appeal_of(appeal: Appeal) -> dict[str, Any]:
    label, tone = APPEALS[appeal.state]
    return {
        "side": word(SIDES, appeal.side),
        "own": appeal.side == "seller",
        "text": appeal.text,
        "at": appeal.filed_at,
        "label": str(label),
        "tone": tone if appeal.side == "seller" else "wait",
        "answer": appeal.answer,
        "decided_at": appeal.decided_at,
        "refund": appeal.refund,
    }


def rules_in_force(dispute: Dispute) -> list[dict[str, str]]:
    ids = RULES_IN_FORCE.get(dispute.state, ())
    if dispute.state == DisputeState.RETURN_IN_TRANSIT and dispute.order.plus:
        ids = ("PLUS-25", "PLUS-26", "PLUS-28")
    found = [article(rule_id) for rule_id in ids]
    return [{"id": rule.id, "title": rule.title, "text": rule.summary, "kind": ""} for rule in found]


def order_line(order: Order) -> dict[str, str]:
    return {"name": order.name, "url": reverse("portal:order", args=[order.public_id])}


def timetable_of(dispute: Dispute) -> str:
    """Until when evidence counts as in time, and when the platform means to decide."""
    if dispute.evidence_until is None or not dispute.is_open:
        return ""
    return _("Evidence counts as in time until {until}; the platform means to decide by {by}.").format(
        until=moment_text(dispute.evidence_until),
        by=moment_text(dispute.decide_by_at) if dispute.decide_by_at else "–",
    )
