"""The pages of a dispute: reading it, deciding it, its statement of reasons, its evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from disputes.admin import deciding
from disputes.admin.case import CasePage
from disputes.models import Evidence
from disputes.statement import statement_of
from rulebook.actions import actions
from rulebook.admin.acting import forbidden
from rulebook.admin.base import actor_of, page
from rulebook.files import Damaged
from rulebook.ids import parse_id
from rulebook.refusals import NotFound
from rulebook.serving import file_response


def _case(request: HttpRequest, case_id: str) -> CasePage:
    try:
        return CasePage(parse_id(case_id, "dsp"), actor_of(request))
    except (ValueError, NotFound) as missing:
        raise Http404 from missing


@require_GET
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    """The whole case on one page, with what the reader may do about it; `?fill=suggestion` fills the ruling's form."""
    return _show(request, _case(request, case_id))


def _show(
    request: HttpRequest,
    found: CasePage,
    *,
    name: str = "",
    form: forms.Form | None = None,
    refusal: Any = None,
    stale: Any = None,
    status: int = 200,
) -> HttpResponse:
    filled = found.suggestion if request.GET.get("fill") == "suggestion" else None
    here = reverse("admin:case", args=[found.dispute.public_id])
    context = {
        **found.context(),
        **deciding.decision(found, name=name, form=form, filled=filled),
        "filled": filled is not None,
        "fill_url": f"{here}?fill=suggestion#decide",
        "refusal": refusal,
        "stale": stale,
        "crumbs": [{"label": _("Worklist"), "url": reverse("admin:worklist")}, {"label": found.dispute.name}],
    }
    context["form"] = next((act["form"] for act in context["acts"] if act["opened"]), None)
    return page(request, "disputes/admin/case.html", context, status=status)


@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, case_id: str) -> HttpResponse:
    """Rule: form, preview, confirmation."""
    return act(request, case_id, "rule")


@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, case_id: str) -> HttpResponse:
    """Let a colleague's ruling through, or learn why not."""
    return act(request, case_id, "approve_ruling")


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, case_id: str, verb: str) -> HttpResponse:
    """Whatever else a moderator does in a case, in the same steps."""
    found = _case(request, case_id)
    name = f"moderator.{verb}"
    if name not in deciding.WAYS:
        raise Http404
    if request.method == "GET":
        return HttpResponseRedirect(reverse("admin:case", args=[found.dispute.public_id]))
    if name not in deciding.OF_RULING:
        return deciding.take(request, found, name, found.dispute.id, _show)
    if not found.actor.may(actions()[name].may):
        return forbidden(request, _("Your role does not approve rulings."))
    if found.waiting is None:
        sentence = _("No ruling waits for approval here: it was approved, or the case ended otherwise.")
        return _show(request, found, refusal={"sentence": sentence}, status=409)
    return deciding.take(request, found, name, found.waiting.id, _show)


@require_GET
def statement(request: HttpRequest, case_id: str) -> HttpResponse:
    """The statement of reasons, as both sides read it; made for paper too."""
    found = _case(request, case_id)
    told = statement_of(found.dispute, reader="moderator")
    if told is None:
        raise Http404
    crumbs = [
        {"label": _("Worklist"), "url": reverse("admin:worklist")},
        {"label": found.dispute.name, "url": reverse("admin:case", args=[found.dispute.public_id])},
        {"label": _("Statement of reasons")},
    ]
    title = _("Statement of reasons, {name}").format(name=found.dispute.name)
    return page(request, "disputes/admin/statement.html", {"title": title, "statement": told, "crumbs": crumbs})


@require_GET
def evidence(request: HttpRequest, evidence_id: str) -> HttpResponse:
    """A file that a side showed, to whoever may read the case."""
    try:
        piece = Evidence.objects.filter(pk=parse_id(evidence_id, "evd")).exclude(file_key="").first()
    except ValueError as strange:
        raise Http404 from strange
    if piece is None:
        raise Http404
    return served(request, piece)


def served(request: HttpRequest, stored: Any) -> HttpResponse:
    """A kept file for the page: pictures shown, films played, anything else saved."""
    try:
        return file_response(stored, wanted=request.headers.get("Range", ""))
    except Damaged:
        sentence = _(
            "This file is gone, or is no longer what was sent. The case keeps its fingerprint; tell the machine room."
        )
        return render(request, "409.html", {"refusal": {"sentence": sentence}}, status=410)
