"""Amendments: the list, proposing one, and a colleague's approval."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from rulebook.actions import actions, offers
from rulebook.admin.acting import Asked, answer, forbidden
from rulebook.admin.base import actor_of, page
from rulebook.admin.cases import names_of
from rulebook.admin.finding import identity_of
from rulebook.models import Amendment
from rulebook.pages import shown
from rulebook.parameters import UnknownParameter, parameter, split_key
from rulebook.posting import posted_from
from rulebook.refusals import NotDone
from rulebook.rehearsal import Rehearsal, look, rehearse

PROPOSE, APPROVE, WITHDRAW = (
    "moderator.propose_amendment",
    "moderator.approve_amendment",
    "moderator.withdraw_amendment",
)
SHOWN = 100


class ProposalForm(forms.Form):
    """The inputs of the action, with its scope as three plain fields."""

    parameter = forms.CharField(
        max_length=120,
        label=gettext_lazy("Parameter"),
        help_text=gettext_lazy("Its key; one cell of a table in brackets: commission.rate[shoes]."),
    )
    value = forms.CharField(
        max_length=4000,
        label=gettext_lazy("New value"),
        help_text=gettext_lazy("In its unit: 7, 8.5, 50.00 USD, true."),
    )
    category = forms.CharField(max_length=120, required=False, label=gettext_lazy("Only for the category"))
    country = forms.CharField(
        max_length=2, required=False, label=gettext_lazy("Only for the country"), help_text=gettext_lazy("Two letters.")
    )
    reason = forms.CharField(max_length=4000, label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 4}))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = forms.CharField(
            label=_("In force from"),
            help_text=_("A date like 2026-09-01 (00:00 platform time). Amendments are announced before."),
        )
        self.order_fields(["parameter", "value", "from", "category", "country", "reason"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        scope = {name: data.pop(name) for name in ("category", "country") if data.get(name)}
        for name in ("category", "country"):
            data.pop(name, None)
        return {**data, **({"scope": scope} if scope else {})}


@require_GET
def amendments(request: HttpRequest) -> HttpResponse:
    """Proposed ones first, then the newest."""
    waiting = Amendment.objects.filter(state="proposed").order_by("in_force_from", "id")
    others = Amendment.objects.exclude(state="proposed").order_by("-id")
    context = {
        "title": _("Amendments"),
        "groups": [
            _group(_("Waiting for approval"), waiting, empty=_("No amendment waits for approval.")),
            _group(_("Decided"), others, empty=_("No amendment was decided yet.")),
        ],
        "may_propose": actor_of(request).may(actions()[PROPOSE].may),
    }
    return page(request, "rulebook/admin/amendments.html", context)


def _group(title: str, found: QuerySet[Amendment], *, empty: str) -> dict[str, Any]:
    rows = list(found[: SHOWN + 1])
    return {"title": title, "rows": [_row(one) for one in rows[:SHOWN]], "more": len(rows) > SHOWN, "empty": empty}


def _row(amendment: Amendment) -> dict[str, Any]:
    return {
        "url": reverse("admin:amendment", args=[amendment.public_id]),
        "parameter": amendment.parameter,
        "value": str(amendment.value),
        "scope": ", ".join(f"{name} {value}" for name, value in (amendment.scope or {}).items()),
        "state": amendment.state,
        "from": amendment.in_force_from,
    }


@require_GET
def amendment(request: HttpRequest, amendment_id: str) -> HttpResponse:
    return _show(request, identity_of(Amendment, amendment_id))


def _show(
    request: HttpRequest,
    identity: UUID,
    *,
    form: forms.Form | None = None,
    refusal: Any = None,
    stale: Any = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    docket = look(Amendment, [identity], actor)
    found = docket.held.get(identity)
    if not isinstance(found, Amendment):
        raise Http404
    names = names_of([found.proposed_by, found.approved_by])
    context = {
        "title": _("Amendment of {key}").format(key=found.parameter),
        "amendment": found,
        "row": _row(found),
        "known": _known(found.parameter),
        "proposed_by": names.get(found.proposed_by) if found.proposed_by else "",
        "refusal": refusal,
        "stale": stale,
        "form": form,
        "approved_by": names.get(found.approved_by) if found.approved_by else "",
        "acts": _acts(found, docket, request),
        "crumbs": [{"label": _("Amendments"), "url": reverse("admin:amendments")}, {"label": found.parameter}],
    }
    return page(request, "rulebook/admin/amendment.html", context, status=status)


def _known(key: str) -> dict[str, Any] | None:
    try:
        return shown(parameter(split_key(key)[0]))
    except UnknownParameter:
        return None


def _acts(found: Amendment, docket: Any, request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """What the reader may do now; what an approval would be refused for is found by rehearsing it."""
    opened, closed = [], []
    for offer in offers(found, actor_of(request), docket):
        sentence = "" if offer.open else offer.sentence
        if offer.open and not offer.action.inputs:
            try:
                rehearse(offer.action.name, actor=actor_of(request), on=found.id, inputs={})
            except NotDone as refused:
                sentence = refused.sentence
        if sentence:
            closed.append(
                {"label": _(offer.action.label), "reason": sentence, "rule": "", "opens_at": offer.not_before}
            )
        else:
            fields = [{"name": "version", "value": found.version}]
            url = reverse("admin:amendment_act", args=[found.public_id, offer.action.verb])
            opened.append(
                {
                    "label": _(offer.action.label),
                    "url": url,
                    "method": "post",
                    "primary": offer.action.primary,
                    "fields": fields,
                }
            )
    return {"open": opened, "closed": closed if found.state == "proposed" else []}


class _DecisionForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


DECISIONS = {"approve_amendment": APPROVE, "withdraw_amendment": WITHDRAW}


@posted_from("admin:amendment", "amendment_id")
def amendment_act(request: HttpRequest, amendment_id: str, verb: str) -> HttpResponse:
    """Approve or withdraw, after a preview."""
    identity = identity_of(Amendment, amendment_id)
    if verb not in DECISIONS:
        raise Http404
    here = reverse("admin:amendment", args=[amendment_id])
    crumbs = [{"label": _("Amendments"), "url": reverse("admin:amendments")}, {"label": _("Amendment"), "url": here}]
    return answer(
        request,
        Asked(
            name=DECISIONS[verb],
            on=identity,
            form_class=_DecisionForm,
            show=partial(_show, request, identity),
            words=_words,
            back_to=here,
            crumbs=crumbs,
            done=lambda _made: _("Recorded. The journal keeps who did it and when."),
        ),
    )


def _words(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    found = rehearsal.target
    said = {"key": found.parameter, "value": found.value}
    if rehearsal.act.name == APPROVE:
        return (
            _("Approve: {key} becomes {value}?").format(**said),
            _("It comes into force on its day by itself. Periods that run by then keep their length."),
            _("Approve the amendment"),
        )
    return (
        _("Withdraw the amendment of {key}?").format(**said),
        _("The value stays as it is."),
        _("Withdraw the amendment"),
    )


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Write an amendment down; another person approves it."""
    if not actor_of(request).may(actions()[PROPOSE].may):
        return forbidden(request, _("Policy managers propose amendments."))
    show = partial(_propose_page, request)
    if request.method == "GET":
        return show(form=ProposalForm(initial={"parameter": request.GET.get("parameter", "")}))
    return answer(
        request,
        Asked(
            name=PROPOSE,
            on=None,
            form_class=ProposalForm,
            show=show,
            words=_words_of_proposal,
            back_to=reverse("admin:amendments"),
            done=lambda _made: _("Proposed. Another policy manager approves it."),
            crumbs=[
                {"label": _("Amendments"), "url": reverse("admin:amendments")},
                {"label": _("Propose"), "url": request.path},
            ],
        ),
    )


def _propose_page(
    request: HttpRequest, *, form: forms.Form, refusal: Any = None, stale: Any = None, status: int = 200
) -> HttpResponse:
    key = str(form["parameter"].value() or "")
    context = {
        "title": _("Propose an amendment"),
        "form": form,
        "refusal": refusal,
        "stale": stale,
        "known": _known(key) if key else None,
        "crumbs": [{"label": _("Amendments"), "url": reverse("admin:amendments")}, {"label": _("Propose")}],
    }
    return page(request, "rulebook/admin/propose.html", context, status=status)


def _words_of_proposal(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        _("Propose: {key} becomes {value}?").format(key=values["parameter"], value=values["value"]),
        _("Nothing changes yet: another policy manager approves it, and it is announced before it comes into force."),
        _("Propose the amendment"),
    )
