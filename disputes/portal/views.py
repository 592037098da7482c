"""One dispute at the sellers' door: its page and the files that were shown."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from disputes import advice
from disputes.models import Dispute, Evidence
from disputes.portal import reading
from disputes.states import OPEN_TO_OFFERS, DisputeState
from orders.portal import reading as order_reading
from rulebook.docket import Docket
from rulebook.files import Damaged
from rulebook.sentences import money_text
from rulebook.serving import file_response
from rulebook.timeline import why_it_stands
from stores.portal.doors import Way, action_bar, find, identity_of, overdue, store_staff_required


@store_staff_required
def dispute(request: Any, dispute: str) -> HttpResponse:
    """Claim, answer, offers, return, ruling, evidence, talk and story on one page."""
    found, docket = find(request, Dispute, dispute)
    order = found.order
    scans = order_reading.scans_of(order)
    shown = reading.galleries(found)
    context = {
        **facts(found, docket),
        "crumbs": [{"label": _("Disputes"), "url": reverse("portal:disputes")}, {"label": found.name}],
        "actions": action_bar(request, found, docket, _ways(found), closed=found.is_open),
        "lane": reading.lane_of(found, docket),
        "help": reading.help_of(found),
        "goods_back": reading.return_of(found),
        "timetable": reading.timetable_of(found),
        "theirs": [piece for piece in shown["buyer"] if piece["url"]],
        "their_words": [piece for piece in shown["buyer"] if piece["text"]],
        "ours": [piece for piece in shown["seller"] if piece["url"]],
        "our_words": [piece for piece in shown["seller"] if piece["text"]],
        "offers": reading.offers_of(found),
        "rulings": _rulings(request, found, docket),
        "rules": reading.rules_in_force(found),
        "thread": order_reading.thread(
            order_reading.messages_of(order), reader=request.user.id, cite=_citing(request, found)
        ),
        "timeline": order_reading.story(order, scans, request.actor),
        "why": why_it_stands(found.id, named=False),
        "settling": bool(overdue(docket, found)),
        "may_write": request.actor.may("answer_buyers"),
        "message_url": reverse("portal:message", args=[order.public_id]),
        "advice": advice.of_dispute(found, docket),
    }
    return render(request, "disputes/portal/dispute.html", context)


def _citing(request: Any, dispute: Dispute) -> Any:
    """Makes the address where a message is shown as evidence; nothing while no evidence is taken from this reader."""
    if not dispute.is_open or not request.actor.may("answer_disputes"):
        return None
    page = reverse("portal:add_evidence", args=[dispute.public_id])
    return lambda message: f"{page}?message={message.public_id}"


def facts(dispute: Dispute, docket: Docket) -> dict[str, Any]:
    """What every page about the dispute shows on top."""
    return {
        "nav_current": "disputes",
        "dispute": dispute,
        "shown": reading.state_of(dispute),
        "deadlines": reading.deadlines_of(dispute, docket),
        "order_line": reading.order_line(dispute.order),
        "reason": dispute.get_reason_display(),
    }


def way_back(dispute: Dispute, here: str) -> dict[str, Any]:
    crumbs = [
        {"label": _("Disputes"), "url": reverse("portal:disputes")},
        {"label": dispute.name, "url": reading.page_url(dispute)},
        {"label": here},
    ]
    return {"crumbs": crumbs, "back_url": reading.page_url(dispute)}


def _ways(dispute: Dispute) -> dict[str, Way]:
    """The acts that belong to where the dispute stands; what is closed for now says why."""

    def way(name: str, label: str, **more: Any) -> Way:
        return Way(reverse(f"portal:{name}", args=[dispute.public_id]), label, **more)

    found = {"seller.add_evidence": way("add_evidence", _("Add evidence"))}
    if dispute.state in (DisputeState.AWAITING_SELLER, DisputeState.NEGOTIATING):
        found |= _answers(dispute, way)
    if dispute.state in OPEN_TO_OFFERS:
        found["seller.make_offer"] = way("make_offer", _("Offer another amount"))
        if dispute.buyer_offer is not None:
            label = _("Take the buyer's offer of {refund}").format(refund=money_text(dispute.buyer_offer))
            found["seller.accept_offer"] = way("accept_offer", label, danger=True)
        if dispute.suggestion is not None:
            label = _("Take the platform's proposal of {refund}").format(refund=money_text(dispute.suggestion))
            found["seller.accept_suggestion"] = way("accept_suggestion", label, danger=True)
        if dispute.suggestion_accepted_by == "buyer":  # to accept would be the same, at the proposal's amount
            found.pop("seller.accept_dispute", None)
    if dispute.state == DisputeState.PLATFORM_REVIEW and dispute.help_asked_at is not None and not dispute.help_answer:
        found["seller.cooperate"] = way("cooperate", _("Help the platform"))
    if dispute.state == DisputeState.RETURN_IN_TRANSIT and dispute.agreed_refund is not None:
        label = _("The goods are back: pay {refund}").format(refund=money_text(dispute.agreed_refund))
        found["seller.confirm_return"] = way("confirm_return", label, danger=True)
        found["seller.contest_return"] = way("contest_return", _("Contest the return"))
    return found


def _answers(dispute: Dispute, way: Any) -> dict[str, Way]:
    refund = money_text(dispute.refund)
    accept = _("Accept; {refund} against the goods") if dispute.return_goods else _("Accept and refund {refund}")
    return {
        "seller.accept_dispute": way("accept_dispute", accept.format(refund=refund), danger=True),
        "seller.reject_dispute": way("reject_dispute", _("Reject the claim")),
        "seller.escalate": way("escalate_dispute", _("Ask the platform to decide")),
    }


def _rulings(request: Any, dispute: Dispute, docket: Docket) -> list[dict[str, Any]]:
    """Each ruling with the way to appeal while there is one."""
    shown = reading.rulings_of(dispute, docket)
    for one in shown:
        ruling = one["object"]
        way = Way(reverse("portal:appeal_ruling", args=[ruling.public_id]), _("Appeal against the ruling"))
        mine = any(appeal["own"] for appeal in one["appeals"])
        one["actions"] = action_bar(
            request, ruling, docket, {"seller.appeal": way}, closed=one["until"] is not None and not mine
        )
    return shown


@store_staff_required
def evidence(request: Any, dispute: str, evidence: str) -> HttpResponse:
    """A file that one side showed: only to those who may see the dispute."""
    found, _docket = find(request, Dispute, dispute)
    piece = (
        Evidence.objects.filter(pk=identity_of(Evidence, evidence), dispute_id=found.id).exclude(file_key="").first()
    )
    if piece is None:
        raise Http404
    try:
        return file_response(piece, wanted=request.headers.get("Range", ""))
    except Damaged:
        raise Http404 from None
