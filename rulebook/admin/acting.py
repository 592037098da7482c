"""Acting from a page in two steps: a form, a preview of everything that would happen, one confirmation.

The preview carries the version that the page showed and a key of its own, so that nothing is done twice, or on a page
that is out of date. Whatever is not done brings the form back with all that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rulebook.actions import actions, perform
from rulebook.admin.base import actor_of, page
from rulebook.admin.cases import CASE_KINDS, deal, give_back
from rulebook.admin.texts import insert, refuse_open_variables
from rulebook.clock import now
from rulebook.forms import inputs_of, show_not_done
from rulebook.ids import new_id
from rulebook.models import Case, JournalEntry
from rulebook.models.base import KINDS
from rulebook.money import Money
from rulebook.refusals import Forbidden, Invalid, NotDone, NotFound, Refused, Stale
from rulebook.rehearsal import Rehearsal, rehearse
from rulebook.sentences import moment_text, why
from rulebook.telling import notice_sentence
from rulebook.timeline import HIDDEN

HIDDEN_FIELDS = ("csrfmiddlewaretoken", "confirmed", "back", "key", "next")


@dataclass(frozen=True)
class Asked:
    """One act as a page offers it.

    show: renders the page that holds the form, with `form`, `refusal`, `stale`, `status`. words: title, sentence and
    button of the preview. shown: an account's balance as people read it. done: what is said afterwards. case: whose row
    of the worklist it is, when it is another than `on`.
    """

    name: str
    on: UUID | None
    form_class: type[forms.Form]
    show: Callable[..., HttpResponse]
    words: Callable[[Rehearsal, Mapping[str, Any]], tuple[str, str, str]]
    done: Callable[[Any], str]
    back_to: str
    crumbs: list[dict[str, Any]]
    label_of: Callable[[str], str] = str
    shown: Callable[[str, int, str], Money] = lambda _kind, minor, currency: Money(minor, currency)
    danger: bool = False
    more: Callable[[Rehearsal], Mapping[str, Any]] = lambda _rehearsal: {}
    case: UUID | None = None


def answer(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Form, preview, act: whichever step the request is at."""
    act = actions()[asked.name]
    if not actor_of(request).may(act.may):
        return forbidden(request, _("Your role may not do this: {act}.").format(act=_(act.label)))
    if "insert" in request.POST:
        return asked.show(
            form=asked.form_class(initial=insert(request.POST.dict(), asked.case or asked.on, actor_of(request)))
        )
    form = asked.form_class(request.POST)
    if not form.is_valid() or refuse_open_variables(form):
        return asked.show(form=form, status=Invalid.status)
    if "back" in request.POST:
        return asked.show(form=form)
    try:
        if request.POST.get("confirmed") == "yes" or "next" in request.POST:
            return _do(request, asked, form)
        return _preview(request, asked, form)
    except Stale as stale:
        return _stale(asked, form, stale)
    except Forbidden as problem:
        return forbidden(request, problem.sentence)
    except Refused as refusal:
        shown = {"sentence": refusal.sentence, "rule": "", "not_before": None}
        return asked.show(form=form, refusal=shown, status=refusal.status)
    except NotFound:
        raise
    except NotDone as problem:
        show_not_done(form, problem)
        return asked.show(form=form, status=problem.status)


def forbidden(request: HttpRequest, sentence: str) -> HttpResponse:
    """Nothing was changed, and why not."""
    return render(request, "403.html", {"sentence": sentence}, status=Forbidden.status)


def _do(request: HttpRequest, asked: Asked, form: forms.Form) -> HttpResponse:
    done = perform(
        asked.name,
        actor=actor_of(request),
        on=asked.on,
        inputs=inputs_of(form),
        key=request.POST.get("key") or None,
        version=form.cleaned_data.get("version"),
    )
    said = _("That was done already.") if done.replayed else asked.done(done.object)
    if "next" not in request.POST:
        messages.success(request, said)
        return HttpResponseRedirect(asked.back_to)
    row = _row_of(asked)  # another page is what comes next, so the words name the case that they are about
    name = CASE_KINDS[row.kind].title(row) if row is not None and row.kind in CASE_KINDS else ""
    messages.success(request, _("{case}: {said}").format(case=name, said=said) if name else said)
    return HttpResponseRedirect(_on_to_next(request, row))


def _row_of(asked: Asked) -> Case | None:
    """The worklist's row of what was acted on."""
    subject = asked.case or asked.on
    return Case.objects.filter(subject_id=subject).first() if subject else None


def _on_to_next(request: HttpRequest, done: Case | None) -> str:
    """The next case, dealt; the one that was just decided is let go."""
    actor, moment = actor_of(request), now()
    if done is not None:
        give_back(done.id, actor)
    case = deal(actor, moment, skip=done.subject_id if done else None)
    if case is None:
        messages.info(request, _("No other case waits for a moderator now."))
        return reverse("admin:worklist")
    return CASE_KINDS[case.kind].url(case)


def _preview(request: HttpRequest, asked: Asked, form: forms.Form) -> HttpResponse:
    rehearsal = rehearse(
        asked.name,
        actor=actor_of(request),
        on=asked.on,
        inputs=inputs_of(form),
        version=form.cleaned_data.get("version"),
    )
    more = asked.more(rehearsal)
    title, sentence, confirm = asked.words(rehearsal, form.cleaned_data)
    rule = rehearsal.entries[0].rule if rehearsal.entries else ""
    fields = [
        {"name": name, "value": value}
        for name in request.POST
        if name not in HIDDEN_FIELDS
        for value in request.POST.getlist(name)
    ]
    context = {
        "title": _("Before you decide"),
        "crumbs": [*asked.crumbs, {"label": _("Before you decide")}],
        "action": request.path,
        "danger": asked.danger,
        "confirm": confirm,
        "and_next": (row := _row_of(asked)) is not None and row.open,
        "back": _("Back to the form"),
        "fields": [*fields, {"name": "key", "value": str(new_id())}],
        "preview": {
            "title": title,
            "sentence": sentence,
            "rule": rule,
            "final": rehearsal.act.irreversible,
            "states": [
                {"what": _what(kind), "before": was, "after": now}
                for kind, was, now in sorted(rehearsal.states, key=_decided_first)
            ],
            "money": _money(rehearsal, asked),
            "effects": _effects(rehearsal, told="notices" not in more),
            **more,
        },
    }
    return page(request, "console/preview.html", context)


def _decided_first(change: tuple[str, str, str]) -> bool:
    return "dispute" not in change[0]


def _what(kind: str) -> str:
    """Which thing a state belongs to, in words."""
    return {"order.release": _("The order's money"), "store.deposit_status": _("Deposit")}.get(kind, capfirst(_(kind)))


def _money(rehearsal: Rehearsal, asked: Asked) -> dict[str, Any]:
    """Of several currencies each account's name says which is its own."""
    currencies = {currency for _account, currency in rehearsal.money}
    rows = []
    for (account, currency), (before, delta) in rehearsal.money.items():
        was, will = asked.shown(account, before, currency), asked.shown(account, before + delta, currency)
        name = asked.label_of(account)
        name = f"{name} ({currency})" if len(currencies) > 1 else name
        rows.append({"account": name, "before": was, "change": will - was, "after": will})
    return {"currency": " + ".join(sorted(currencies)), "rows": rows}


AUDIENCES = {
    "buyer": gettext_noop("the buyer"),
    "seller": gettext_noop("the seller"),
    "moderator": gettext_noop("moderators"),
}
PERIODS = {
    "appeal": gettext_noop("An appeal is possible until {due}."),
    "release": gettext_noop("What is left for the seller is released on {due}."),
    "review": gettext_noop("Both sides may review the trade until {due}."),
    "return_shipment": gettext_noop("The buyer posts the goods until {due}, or the refund lapses."),
    "cooperation": gettext_noop("The seller answers until {due}."),
}
"""What a period that begins means, by its name; others are named."""


def _effects(rehearsal: Rehearsal, *, told: bool) -> list[str]:
    """told: whether to say who reads of it; where each notice is shown, that would be said twice."""
    said = [why(entry) for entry in rehearsal.entries if entry.act not in HIDDEN and entry.subject_kind != "ruling"]
    said += [
        _(PERIODS.get(row.name, "A period begins: {name}, until {due}.")).format(
            name=row.name.replace("_", " "), due=moment_text(row.due_at)
        )
        for row in rehearsal.deadlines
    ]
    readers = dict.fromkeys(notice.audience_kind for notice in rehearsal.notices)
    if told and readers:
        said.append(
            _("Told at once, with the reasons: {people}.").format(
                people=", ".join(_(AUDIENCES.get(kind, kind)) for kind in readers)
            )
        )
    return said


TOLD = {
    "buyer": gettext_noop("To the buyer"),
    "seller": gettext_noop("To the seller"),
    "moderator": gettext_noop("To moderators"),
}


def notices_of(rehearsal: Rehearsal) -> list[dict[str, str]]:
    """Who is told what, for `disputes/admin/_preview_more.html`; things by their names, as they will be written."""
    said = []
    for notice in rehearsal.notices:
        subject = rehearsal.docket.held.get(notice.subject_id)
        if subject is not None:
            notice.facts = {"subject": subject.called, **notice.facts}
        said.append({"to": _(TOLD.get(notice.audience_kind, notice.audience_kind)), "text": notice_sentence(notice)})
    return said


def _stale(asked: Asked, form: forms.Form, stale: Stale) -> HttpResponse:
    """The page as it stands now, what was done meanwhile, and the form with all that was typed."""
    seen = form.cleaned_data.get("version") or 0
    form.data = {**form.data.dict(), "version": str(stale.version or seen)}  # type: ignore[attr-defined]
    shown = {"sentence": stale.sentence, "done": _done_since(asked, stale, seen), "url": "#timeline-title"}
    return asked.show(form=form, stale=shown, status=Stale.status)


def _done_since(asked: Asked, stale: Stale, seen: int) -> list[str]:
    """Each transition of the subject raises its version by one: the last entries are what the page had not shown."""
    if asked.on is None or stale.version is None:
        return []
    entries = JournalEntry.objects.filter(subject_id=asked.on).order_by("-number")[
        : max(1, min(5, stale.version - seen))
    ]
    return [
        _("{moment}, {who}: {what}").format(
            moment=moment_text(entry.effective_at), who=entry.actor_name or _(entry.actor_kind), what=entry.sentence()
        )
        for entry in reversed(entries)
        if entry.subject_kind in KINDS
    ]
