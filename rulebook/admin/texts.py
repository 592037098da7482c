"""Prepared texts: words that moderators use again, with variables that the desk fills in from the case.

A variable that the desk cannot fill stays in the text as it is, and a form whose words still hold one is not accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from rulebook.actions import actions
from rulebook.actors import MODERATOR, Actor
from rulebook.admin.base import actor_of, page
from rulebook.admin.cases import CASE_KINDS
from rulebook.clock import now
from rulebook.inputs import Text
from rulebook.models import CannedText, Case
from rulebook.money import Money
from rulebook.posting import posted_from
from rulebook.refusals import Forbidden
from rulebook.sentences import moment_text

MAY_WRITE = "write_texts"
MOST = 500

VARIABLES: dict[str, Any] = {
    "order": gettext_lazy("the order's number"),
    "case": gettext_lazy("the case's name, as in the worklist"),
    "buyer": gettext_lazy("the buyer's name"),
    "store": gettext_lazy("the store's name"),
    "item": gettext_lazy("what was ordered"),
    "reason": gettext_lazy("the reason of the dispute, or what the case is about"),
    "claim": gettext_lazy("the amount that is claimed"),
    "refund": gettext_lazy("the refund in the form that is filled in"),
    "due": gettext_lazy("when the case is due"),
    "moderator": gettext_lazy("your name"),
}
"""What a text may name, and what it stands for."""
FROM_THE_FORM = "refund"

_VARIABLE = re.compile(r"\{\s*([^{}\s]{0,40})\s*\}")


def variables_in(text: str) -> list[str]:
    """Names in braces, each once, in order."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with what is known; what is not stays in its braces."""
    return _VARIABLE.sub(lambda found: facts.get(found[1]) or found[0], text)


def left_open(text: str) -> list[str]:
    """The variables of ours that a text still holds; other braces are the writer's own."""
    return [name for name in variables_in(text) if name in VARIABLES]


# ------------------------------------------------------------------ what is known about a case


def facts_of(rows: Iterable[Case], actor: Actor) -> dict[UUID, dict[str, str]]:
    """What texts may say about each case, by the row's id: the row's own words, and what its kind adds."""
    rows = [row for row in rows if row.kind in CASE_KINDS]
    more: dict[UUID, dict[str, str]] = {}
    for name in {row.kind for row in rows}:
        more |= CASE_KINDS[name].facts([row for row in rows if row.kind == name])
    return {row.id: {**_of_row(row, CASE_KINDS[row.kind], actor), **more.get(row.id, {})} for row in rows}


def _of_row(row: Case, kind: Any, actor: Actor) -> dict[str, str]:
    return {
        "case": str(kind.title(row)),
        "buyer": row.party,
        "store": row.store_name,
        "reason": str(kind.topic(row)),
        "claim": str(Money(row.value_minor, row.currency)) if row.value_minor else "",
        "due": moment_text(row.due_at) if row.due_at else "",
        "moderator": actor.name,
    }


def texts_for(row: Case, actor: Actor) -> list[dict[str, Any]]:
    """The prepared texts of a case, filled in, for `console/_texts.html`; those of its reason first."""
    found = [one for one in CannedText.objects.filter(retired_at__isnull=True)[:MOST] if one.topic in ("", row.topic)]
    if not found:
        return []
    facts = facts_of([row], actor).get(row.id, {})
    found.sort(key=lambda one: one.topic == "")
    return [{"id": str(one.id), "title": one.title, "use": one.use, "text": filled(one.text, facts)} for one in found]


def texts_for_all(rows: Iterable[Case]) -> list[dict[str, Any]]:
    """The prepared texts that fit every one of these cases, with their variables: each case fills in its own."""
    about = {row.topic for row in rows}
    fit = {"", *about} if len(about) == 1 else {""}
    found = [one for one in CannedText.objects.filter(retired_at__isnull=True)[:MOST] if one.topic in fit]
    found.sort(key=lambda one: one.topic == "")
    return [{"id": str(one.id), "title": one.title, "use": one.use, "text": one.text} for one in found]


# ------------------------------------------------------------------ in forms


def insert(data: Mapping[str, Any], subject: UUID | None, actor: Actor) -> dict[str, Any]:
    """What was typed, with the chosen text put into the field whose button was pressed."""
    typed = {name: value for name, value in data.items() if name not in ("insert", "csrfmiddlewaretoken")}
    field = str(data.get("insert", ""))
    try:
        chosen = CannedText.objects.filter(id=UUID(str(data.get(f"text_for_{field}"))), retired_at__isnull=True).first()
    except ValueError:
        chosen = None
    if chosen is None:
        return typed
    row = Case.objects.filter(subject_id=subject).first() if subject else None
    facts = facts_of([row], actor).get(row.id, {}) if row else {}
    words = filled(chosen.text, {**facts, FROM_THE_FORM: _refund(data, row)})
    before = str(typed.get(field, "")).rstrip()
    return {**typed, field: f"{before}\n\n{words}" if before else words}


def _refund(data: Mapping[str, Any], row: Case | None) -> str:
    text = str(data.get("refund") or data.get("suggest_refund") or "").strip()
    return f"{text} {row.currency}" if text and row and not text[-1].isalpha() else text


def refuse_open_variables(form: forms.Form) -> bool:
    """Whether the words of a valid form still hold a variable; the error stands beside the field."""
    bad = False
    for name, value in list(form.cleaned_data.items()):
        names = left_open(value) if isinstance(value, str) and name in form.fields else []
        if names and isinstance(form.fields[name].widget, forms.Textarea):
            bad = True
            form.add_error(name, _("Write out {names}.").format(names=", ".join(f"{{{one}}}" for one in names)))
    return bad


# ------------------------------------------------------------------ keeping them


def uses() -> list[tuple[str, str]]:
    """The moderators' acts that take words, as choices."""
    return sorted(
        (
            (act.name, str(_(act.label)))
            for act in actions().values()
            if act.actor == MODERATOR
            and any(isinstance(one, Text) and one.longest > 200 for one in act.inputs.values())
        ),
        key=lambda choice: choice[1],
    )


def topics() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (str(kind.label), [(c, str(t)) for c, t in kind.topics.items()]) for kind in CASE_KINDS.values() if kind.topics
    ]


class TextForm(forms.Form):
    """One prepared text."""

    title = forms.CharField(
        max_length=80, label=gettext_lazy("Title"), help_text=gettext_lazy("As colleagues find it.")
    )
    text = forms.CharField(
        max_length=4000,
        label=gettext_lazy("Text"),
        help_text=gettext_lazy("Variables in braces are filled in from the case."),
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": None}),
    )
    use = forms.ChoiceField(required=False, label=gettext_lazy("Offered for"))
    topic = forms.ChoiceField(required=False, label=gettext_lazy("When the case is about"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["use"].choices = [("", _("any act")), *uses()]
        fields["topic"].choices = [("", _("anything")), *topics()]

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        unknown = [name for name in variables_in(text) if name not in VARIABLES]
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            names = ", ".join(f"{{{name}}}" for name in unknown)
            raise forms.ValidationError(_("Unknown: {names}. Known: {known}.").format(names=names, known=known))
        return text


@require_GET
def texts(request: HttpRequest) -> HttpResponse:
    """All that are in use, by title; retired ones on request."""
    retired = request.GET.get("retired") == "1"
    rows = CannedText.objects.filter(retired_at__isnull=not retired)[:MOST]
    labels = dict(uses())
    about = {code: label for _kind, choices in topics() for code, label in choices}
    context = {
        "title": _("Prepared texts"),
        "texts": [
            {
                "title": one.title,
                "text": one.text,
                "use": labels.get(one.use, one.use),
                "topic": about.get(one.topic, one.topic),
                "by": one.made_by_name,
                "at": one.changed_at,
                "url": reverse("admin:text", args=[one.id]),
                "retire_url": reverse("admin:text_retire", args=[one.id]),
            }
            for one in rows
        ],
        "retired": retired,
        "may_write": actor_of(request).may(MAY_WRITE),
    }
    return page(request, "console/texts.html", context)


@require_http_methods(["GET", "POST"])
def text(request: HttpRequest, text_id: UUID | None = None) -> HttpResponse:
    """Write one, or change it: cases in which it was used keep the words that were sent."""
    if not actor_of(request).may(MAY_WRITE):
        return _not_yours(request)
    found = _found(text_id) if text_id else None
    if request.method == "GET":
        initial = {name: getattr(found, name) for name in ("title", "text", "use", "topic")} if found else {}
        return _form_page(request, found, TextForm(initial=initial))
    form = TextForm(request.POST)
    if not form.is_valid() or not _kept(form, found, actor_of(request)):
        return _form_page(request, found, form, status=422)
    messages.success(request, _("“{title}” is kept.").format(title=form.cleaned_data["title"]))
    return redirect("admin:texts")


def _not_yours(request: HttpRequest) -> HttpResponse:
    sentence = _("Arbitrators write the prepared texts.")
    return render(request, "403.html", {"sentence": sentence}, status=Forbidden.status)


def _found(text_id: UUID) -> CannedText:
    found = CannedText.objects.filter(id=text_id).first()
    if found is None:
        raise Http404
    return found


def _kept(form: TextForm, found: CannedText | None, actor: Actor) -> bool:
    row = found or CannedText()
    for name in ("title", "text", "use", "topic"):
        setattr(row, name, form.cleaned_data[name])
    row.made_by, row.made_by_name, row.changed_at, row.retired_at = actor.id, actor.name[:120], now(), None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        form.add_error("title", _("Another text has this title. Choose one that tells them apart."))
        return False
    return True


def _form_page(request: HttpRequest, found: CannedText | None, form: TextForm, *, status: int = 200) -> HttpResponse:
    title = found.title if found else _("New text")
    context = {
        "title": title,
        "form": form,
        "found": found,
        "variables": VARIABLES.items(),
        "crumbs": [{"label": _("Prepared texts"), "url": reverse("admin:texts")}, {"label": title}],
    }
    return page(request, "console/text.html", context, status=status)


@posted_from("admin:texts")
def retire(request: HttpRequest, text_id: UUID) -> HttpResponse:
    """Offer it no more. Nothing is lost: it can be taken up again by changing it."""
    if not actor_of(request).may(MAY_WRITE):
        return _not_yours(request)
    found = _found(text_id)
    found.retired_at = now()
    found.save(update_fields=["retired_at"])
    messages.success(request, _("“{title}” is offered no more.").format(title=found.title))
    return redirect("admin:texts")
