"""The pages of a case: reading it, ruling, approving a colleague's ruling, looking at evidence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from disputes.admin.case import CasePage
from disputes.models import Evidence
from disputes.states import Liable
from finance.accounts import shown
from orders.admin.page import account_label
from rulebook.actions import actions
from rulebook.admin.acting import Asked, answer, forbidden
from rulebook.admin.base import actor_of, page
from rulebook.files import Damaged
from rulebook.forms import form_for
from rulebook.ids import parse_id
from rulebook.money import Money
from rulebook.refusals import NotFound
from rulebook.rehearsal import Rehearsal
from rulebook.serving import file_response

RULE, APPROVE = "moderator.rule", "moderator.approve_ruling"
NOT_YET = frozenset({"return_goods", "counterfeit"})
"""Inputs of a ruling whose outcomes the rules do not give yet: not offered."""


def _case(request: HttpRequest, case_id: str) -> CasePage:
    try:
        return CasePage(parse_id(case_id, "dsp"), actor_of(request))
    except (ValueError, NotFound) as missing:
        raise Http404 from missing


@require_GET
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    """The whole case on one page, with what the reader may do about it."""
    return _show(request, _case(request, case_id))


def _show(
    request: HttpRequest,
    found: CasePage,
    *,
    form: forms.Form | None = None,
    refusal: Any = None,
    stale: Any = None,
    status: int = 200,
) -> HttpResponse:
    context = {**found.context(), **_decision(found, form), "refusal": refusal, "stale": stale}
    context["crumbs"] = [{"label": _("Worklist"), "url": reverse("admin:worklist")}, {"label": found.dispute.name}]
    return page(request, "disputes/admin/case.html", context, status=status)


def _decision(found: CasePage, form: forms.Form | None) -> dict[str, Any]:
    """The form of the one act that is open, and why the others are not."""
    here = {
        RULE: reverse("admin:case_rule", args=[found.dispute.public_id]) + "#decide",
        APPROVE: reverse("admin:case_approve", args=[found.dispute.public_id]) + "#decide",
    }
    offered = [(offer, subject) for offer, subject in found.offered() if offer.action.name in here]
    opened = next(((offer, subject) for offer, subject in reversed(offered) if offer.open), None)
    context: dict[str, Any] = {
        "closed": [
            {"label": _(offer.action.label), "reason": offer.sentence, "rule": "", "opens_at": offer.not_before}
            for offer, _subject in offered
            if not offer.open
        ],
        "has_role": bool(offered),
        "waiting": next((one for one in found.context_rulings() if one["waits"]), None),
    }
    if opened is not None:
        offer, subject = opened
        ruling = offer.action.name == RULE
        context["act"] = {
            "url": here[offer.action.name],
            "approves": not ruling,
            "submit": _("See what this would do") if ruling else _("See what the approval does"),
        }
        context["form"] = form if form is not None else (_ruling_form(found) if ruling else _approval_form(subject))
    elif form is not None and form.errors:
        context["form_lost"] = form
    return context


def _ruling_class(found: CasePage) -> type[forms.Form]:
    made = form_for(actions()[RULE], currency=found.dispute.currency, hide=NOT_YET)
    fields: dict[str, Any] = made.base_fields  # type: ignore[attr-defined]
    limit = found.docket.rules_for(found.order).dispute.four_eyes_above
    fields["refund"].label = _("Refund, in {currency}").format(currency=found.dispute.currency)
    fields["refund"].help_text = _(
        "0 rejects the claim. At most {most}: paid and not yet refunded. Above {limit} a second moderator approves."
    ).format(most=found.order.refundable, limit=limit)
    fields["liable"].required = True
    fields["liable"].help_text = _("Who bears the refund.")
    fields["reason"].widget.attrs["rows"] = 6
    return made


def _ruling_form(found: CasePage) -> forms.Form:
    usual = found.docket.rules_for(found.order).dispute.reasons[found.dispute.reason]["liable"]
    return _ruling_class(found)(
        initial={
            "refund": min(found.dispute.refund, found.order.refundable).amount,
            "version": found.dispute.version,
            "liable": {"carrier": "logistics"}.get(usual, usual if usual in Liable.values else "seller"),
        }
    )


def _approval_form(ruling: Any) -> forms.Form:
    return form_for(actions()[APPROVE])(initial={"version": ruling.version})


@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, case_id: str) -> HttpResponse:
    """Rule: form, preview, confirmation."""
    found = _case(request, case_id)
    if request.method == "GET":
        return HttpResponseRedirect(_here(found))
    return answer(request, _asked(request, found, RULE, found.dispute.id, _ruling_class(found), _words_of_ruling))


@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, case_id: str) -> HttpResponse:
    """Let a colleague's ruling through, or learn why not."""
    found = _case(request, case_id)
    if request.method == "GET":
        return HttpResponseRedirect(_here(found))
    if not found.actor.may(actions()[APPROVE].may):
        return forbidden(request, _("Your role does not approve rulings."))
    if found.waiting is None:
        sentence = _("No ruling waits for approval here: it was approved, or the case ended otherwise.")
        return _show(request, found, refusal={"sentence": sentence}, status=409)
    return answer(
        request, _asked(request, found, APPROVE, found.waiting.id, form_for(actions()[APPROVE]), _words_of_approval)
    )


def _here(found: CasePage) -> str:
    return reverse("admin:case", args=[found.dispute.public_id])


def _asked(
    request: HttpRequest, found: CasePage, name: str, on: Any, form_class: type[forms.Form], words: Any
) -> Asked:
    return Asked(
        name=name,
        on=on,
        form_class=form_class,
        show=partial(_show, request, found),
        words=words,
        done=_done,
        back_to=_here(found),
        label_of=account_label,
        shown=shown,
        crumbs=[
            {"label": _("Worklist"), "url": reverse("admin:worklist")},
            {"label": found.dispute.name, "url": _here(found)},
        ],
    )


def _words_of_ruling(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    refund = Money.parse(values["refund"])
    waits = rehearsal.target.proposed_ruling_id is not None
    if waits:
        return (
            _("Propose a refund of {refund}?").format(refund=refund),
            _("The amount is above the limit: nothing moves until another moderator approves."),
            _("Propose the ruling"),
        )
    if not refund.minor:
        return (
            _("Reject the claim?"),
            _("The buyer gets nothing back by this dispute; it ends at once."),
            _("Reject the claim"),
        )
    return (
        _("Refund {refund} to the buyer?").format(refund=refund),
        _("The ruling comes into force at once and ends the dispute. Both sides read your reasons."),
        _("Rule: refund {refund}").format(refund=refund),
    )


def _words_of_approval(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    refund = rehearsal.target.refund
    return (
        _("Approve a refund of {refund}?").format(refund=refund),
        _("Ruled by {name}. With your approval it is carried out at once and ends the dispute.").format(
            name=rehearsal.target.made_by_name
        ),
        _("Approve and refund {refund}").format(refund=refund),
    )


def _done(ruling: Any) -> str:
    """After a ruling or an approval: both give the ruling."""
    if ruling.state == "proposed":
        return _("Your ruling is recorded. Nothing moves until another moderator approves it.")
    return _("The ruling is in force: {refund} to the buyer.").format(refund=ruling.refund)


@require_GET
def evidence(request: HttpRequest, evidence_id: str) -> HttpResponse:
    """A file that a side showed, to whoever may read the case."""
    try:
        piece = Evidence.objects.filter(pk=parse_id(evidence_id, "evd")).exclude(file_key="").first()
    except ValueError as strange:
        raise Http404 from strange
    if piece is None:
        raise Http404
    try:
        return file_response(piece)
    except Damaged:
        sentence = _(
            "This file is gone, or is no longer what was sent. The case keeps its fingerprint; tell the machine room."
        )
        return render(request, "409.html", {"refusal": {"sentence": sentence}}, status=410)
