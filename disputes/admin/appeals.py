"""The page of an appeal: the ruling, what is wrong with it, and the decision, with all that it would do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from disputes.admin.case import ruling_row
from disputes.admin.deciding import effects_of
from disputes.admin.gallery import side_of
from disputes.admin.laws import laws
from disputes.admin.parties import parties_of
from disputes.likeness import alike, summed_up
from disputes.models import Appeal, Evidence
from disputes.states import AppealState, Reason
from finance.accounts import shown
from orders.admin.page import account_label, in_words, lanes_of, money_of, parcels_of, told_once
from orders.admin.whole import accounts
from rulebook.actions import actions, offers
from rulebook.admin.acting import Asked, answer
from rulebook.admin.base import actor_of, page
from rulebook.admin.deciding import head
from rulebook.admin.finding import held
from rulebook.forms import form_for
from rulebook.models import Case
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text
from rulebook.timeline import timeline, why_it_stands

DECIDE = "moderator.decide_appeal_itself"


class AppealPage:
    """An appeal with its ruling, dispute and order, for one reader."""

    def __init__(self, request: HttpRequest, appeal_id: str) -> None:
        self.actor = actor_of(request)
        self.appeal, self.docket = held(request, Appeal, appeal_id)
        self.ruling = self.appeal.ruling
        self.dispute = self.ruling.dispute
        self.order = self.dispute.order
        self.here = reverse("admin:appeal", args=[self.appeal.public_id])

    def form_class(self) -> type[forms.Form]:
        dispute, ruling = self.dispute, self.ruling
        made = form_for(actions()[DECIDE], currency=dispute.currency)
        fields: dict[str, Any] = made.base_fields
        fields["uphold"] = forms.TypedChoiceField(
            label=_("Decision"),
            choices=[
                ("true", _("The ruling stands: {refund}").format(refund=money_text(ruling.refund))),
                ("false", _("The appeal succeeds: another refund, below")),
            ],
            coerce=lambda value: value == "true",
            widget=forms.RadioSelect,
        )
        fields["refund"].label = _("Refund instead, in {currency}").format(currency=dispute.currency)
        fields["refund"].help_text = (
            _("Less than {refund}. Left empty: nothing.")
            if self.appeal.side == "seller"
            else _("More than {refund}. Left empty: all that was claimed.")
        ).format(refund=money_text(ruling.refund))
        fields["reason"].widget.attrs["rows"] = 6
        return made

    def context(self, form: forms.Form | None = None) -> dict[str, Any]:
        appeal, dispute, order, docket = self.appeal, self.dispute, self.order, self.docket
        offered = next((one for one in offers(appeal, self.actor, docket) if one.action.name == DECIDE), None)
        is_open = appeal.state == AppealState.OPEN
        evidence = list(Evidence.objects.filter(dispute_id=dispute.id).order_by("id"))
        found = alike(
            dispute,
            value_usd_minor=self.ruling.claimed_usd_minor,
            category=order.lines[0].category,
            until=docket.at,
        )
        return {
            "title": _("Appeal in {name}").format(name=dispute.name),
            "appeal": appeal,
            "side": _("the buyer") if appeal.side == "buyer" else _("the seller"),
            "dispute": dispute,
            "claim": {"reason": Reason(dispute.reason).label, "text": dispute.text},
            "ruling": ruling_row(self.ruling),
            "order": order,
            "order_url": reverse("admin:order", args=[order.public_id]),
            "store_url": reverse("admin:store", args=[order.store.public_id]),
            "case_url": reverse("admin:case", args=[dispute.public_id]),
            "statement_url": reverse("admin:case_statement", args=[dispute.public_id]),
            "parcels": parcels_of(order),
            "deadlines": lanes_of(order, docket),
            "table": money_of(order),
            "accounts": accounts(order),
            "parties": parties_of(dispute, order, docket.at),
            "buyer": side_of(evidence, "buyer"),
            "seller": side_of(evidence, "seller"),
            "timeline": told_once(in_words(row) for row in timeline(order.id)),
            "rules": laws(("V-22", "A45-2"), docket.rules_for(order), docket.rulebook.at(self.ruling.made_at)),
            "alike": found,
            "alike_sum": summed_up(found),
            "is_open": is_open,
            "next_skip": appeal.public_id,
            "acts": self._acts(form) if offered is not None and (offered.open or form is not None) else [],
            "sent": form is not None and offered is not None,
            "closed": [{"label": _(offered.action.label), "reason": offered.sentence, "opens_at": offered.not_before}]
            if offered is not None and not offered.open and form is None
            else [],
            "has_role": offered is not None,
            "form_lost": form if form is not None and form.errors and offered is None else None,
            "settled": "" if is_open else _("This appeal was decided."),
        }

    def _acts(self, form: forms.Form | None) -> list[dict[str, Any]]:
        start = {"version": self.appeal.version, "uphold": "true"}
        return [
            {
                "name": DECIDE,
                "label": _("Decide the appeal"),
                "url": reverse("admin:appeal_decide", args=[self.appeal.public_id]) + "#decide",
                "form": form if form is not None else self.form_class()(initial=start),
                "submit": _("See what this would do"),
                "opened": True,
                "sent": form is not None,
            }
        ]

    def head(self, request: HttpRequest) -> dict[str, Any]:
        appeal, dispute = self.appeal, self.dispute
        own = head(request, appeal)
        row: Case | None = own["row"]
        return {
            **own,
            "title": _("Appeal in {name}").format(name=dispute.name),
            "id": appeal.public_id,
            "line": [
                _("by {side}").format(side=_("the buyer") if appeal.side == "buyer" else _("the seller")),
                Reason(dispute.reason).label,
                _("{refund} ruled").format(refund=money_text(self.ruling.refund)),
                self.order.store.name,
                self.order.buyer_name or _("unnamed buyer"),
            ],
            "state": appeal.state,
            "state_tone": "turn" if appeal.state == AppealState.OPEN else "",
            "why": why_it_stands(appeal.id),
            "deadline": {
                "name": _("Decision"),
                "due_at": row.due_at,
                "then": _("then it is late"),
                "rule": "V-22",
            }
            if row is not None and row.due_at
            else None,
        }


@require_GET
def appeal(request: HttpRequest, appeal_id: str) -> HttpResponse:
    """The ruling, what is said against it, and what the reader may do about it."""
    return _show(request, AppealPage(request, appeal_id))


def _show(
    request: HttpRequest,
    found: AppealPage,
    *,
    form: forms.Form | None = None,
    refusal: Any = None,
    stale: Any = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **found.context(form),
        "case": found.head(request),
        "refusal": refusal,
        "stale": stale,
        "crumbs": [
            {"label": _("Worklist"), "url": reverse("admin:worklist")},
            {"label": found.dispute.name, "url": reverse("admin:case", args=[found.dispute.public_id])},
            {"label": _("Appeal")},
        ],
    }
    return page(request, "disputes/admin/appeal.html", context, status=status)


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, appeal_id: str) -> HttpResponse:
    """Form, preview, decision."""
    found = AppealPage(request, appeal_id)
    if request.method == "GET":
        return HttpResponseRedirect(found.here)
    return answer(
        request,
        Asked(
            name=DECIDE,
            on=found.appeal.id,
            form_class=found.form_class(),
            show=partial(_show, request, found),
            words=_words,
            done=_done,
            back_to=found.here,
            label_of=account_label,
            shown=shown,
            crumbs=[
                {"label": _("Worklist"), "url": reverse("admin:worklist")},
                {"label": _("Appeal in {name}").format(name=found.dispute.name), "url": found.here},
            ],
            more=partial(effects_of, found.order.store),
        ),
    )


def _words(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    appeal = rehearsal.target
    if appeal.state == AppealState.UPHELD:
        return (
            _("Let the ruling stand?"),
            _("Nothing moves. Both sides read your reasons, and this side cannot appeal again."),
            _("The ruling stands"),
        )
    refund = money_text(appeal.refund)
    return (
        _("Overturn the ruling: {refund} to the buyer?").format(refund=refund),
        _("Money and standing follow the new decision at once. Both sides read your reasons."),
        _("Overturn: {refund}").format(refund=refund),
    )


def _done(appeal: Any) -> str:
    if appeal.state == AppealState.UPHELD:
        return _("The appeal failed; the ruling stands.")
    return _("The ruling is overturned.")
