"""Complaints to the administration: the case page and the answer (FB-17, FB-18)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from orders import advice
from orders.admin import desk
from orders.admin.talking import case_head, laws, taken_over, talk_of, topic, words_at
from orders.models import Complaint, Order
from orders.states import ComplaintState
from rulebook.actions import actions
from rulebook.admin.acting import Asked, answer, forbidden
from rulebook.admin.base import actor_of, page
from rulebook.admin.cases import CASE_KINDS, CaseKind
from rulebook.admin.finding import held
from rulebook.docket import Docket
from rulebook.forms import form_for
from rulebook.rehearsal import Rehearsal
from rulebook.timeline import subject_timeline, why_it_stands

ANSWER = "moderator.answer_complaint"
REMEMBERED = 10
"""Other complaints of the buyer that the page shows."""

CASE_KINDS["complaint"] = CaseKind(
    label=gettext_lazy("Complaints"),
    prefix=Complaint.PREFIX,
    page="complaint",
    title=lambda case: _("Complaint of {name}").format(name=case.party or _("a buyer")),
    topic=topic,
    may="answer_complaints",
    facts=desk.facts_of_complaints,
    bulk=desk.COMPLAINTS,
)


@require_GET
def complaint(request: HttpRequest, complaint_id: str) -> HttpResponse:
    """A complaint with what it is about, and the form of the answer."""
    found, docket = held(request, Complaint, complaint_id)
    return _show_complaint(request, found, docket)


def _show_complaint(
    request: HttpRequest,
    found: Complaint,
    docket: Docket,
    *,
    form: forms.Form | None = None,
    refusal: Any = None,
    stale: Any = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    is_open, has_role = found.state == ComplaintState.OPEN, actor.may("answer_complaints")
    order = Order.objects.select_related("store").filter(pk=found.order_id).first() if found.order_id else None
    context: dict[str, Any] = {
        "title": _("Complaint of {name}").format(name=found.buyer_name or _("a buyer")),
        "complaint": found,
        "case": {
            "title": _("Complaint of {name}").format(name=found.buyer_name or _("a buyer")),
            "id": found.public_id,
            "line": [
                part for part in dict.fromkeys((found.about, found.kind, found.store_name or _("the site"))) if part
            ],
            "state": found.state,
            "state_tone": "risk" if is_open and found.overdue else "turn" if is_open else "",
            "why": None if is_open else why_it_stands(found.id),
            "deadline": _answer_due(found, docket),
            **case_head(found, docket, actor),
        },
        "is_open": is_open,
        "has_role": has_role,
        "order": order,
        "order_url": reverse("admin:order", args=[order.public_id]) if order else "",
        "store_url": reverse("admin:store", args=[order.store.public_id]) if order else "",
        "thread": talk_of(order) if order else [],
        "earlier": _earlier(found),
        "timeline": subject_timeline(found.id),
        "rules": laws(docket, found, ("FB-17", "FB-18")),
        "words": words_at(advice.COMPLAINT, docket, found) if is_open and has_role else [],
        "form": (form or _answer_class()(initial={"version": found.version}))
        if has_role and (is_open or form is not None)
        else None,
        "refusal": refusal,
        "stale": stale,
        "next_skip": found.public_id,
        "crumbs": [
            {"label": _("Worklist"), "url": f"{reverse('admin:worklist')}?view=complaints"},
            {"label": _("Complaint of {name}").format(name=found.buyer_name or _("a buyer"))},
        ],
    }
    return page(request, "orders/admin/complaint.html", context, status=status)


def _answer_due(found: Complaint, docket: Docket) -> dict[str, Any] | None:
    row = docket.deadline(found, "answer")
    if row is None:
        return None
    then = _("then it comes before all others")
    return {"name": _("Answer"), "due_at": row.due_at, "then": then, "rule": row.rule, "standing": row.status}


def _earlier(found: Complaint) -> list[dict[str, Any]]:
    """The same buyer's other complaints, newest first."""
    rows = Complaint.objects.filter(buyer_id=found.buyer_id).exclude(pk=found.pk).order_by("-filed_at", "-id")
    return [
        {
            "about": row.about or row.kind or row.text[:60],
            "state": row.state,
            "at": row.filed_at,
            "url": reverse("admin:complaint", args=[row.public_id]),
        }
        for row in rows[:REMEMBERED]
    ]


def _answer_class() -> type[forms.Form]:
    made = form_for(actions()[ANSWER])
    fields: dict[str, Any] = made.base_fields
    fields["text"].help_text = _("The buyer reads it. It ends the complaint and cannot be taken back.")
    fields["text"].widget.attrs["rows"] = 8
    return made


@require_http_methods(["GET", "POST"])
def complaint_answer(request: HttpRequest, complaint_id: str) -> HttpResponse:
    """Answer: form, preview, confirmation; or take prepared words over (``use``)."""
    found, docket = held(request, Complaint, complaint_id)
    here = reverse("admin:complaint", args=[found.public_id])
    if request.method == "GET":
        return HttpResponseRedirect(here)
    if not actor_of(request).may("answer_complaints"):
        return forbidden(request, _("Your role does not answer complaints."))
    known = {"hello": advice.greeting(found.buyer_name), "about": found.about or found.kind or found.store_name}
    typed = taken_over(request, known)
    if typed is not None:
        return _show_complaint(request, found, docket, form=_answer_class()(initial=typed))
    return answer(
        request,
        Asked(
            name=ANSWER,
            on=found.id,
            form_class=_answer_class(),
            show=partial(_show_complaint, request, found, docket),
            words=_words_of_answer,
            done=lambda _done: _("The complaint was answered; the buyer was told."),
            back_to=here,
            crumbs=[{"label": _("Complaint"), "url": here}],
        ),
    )


def _words_of_answer(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        _("Send this answer to {name}?").format(name=rehearsal.target.buyer_name or _("the buyer")),
        str(values["text"]),
        _("Send the answer"),
    )
