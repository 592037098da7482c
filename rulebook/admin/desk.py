"""The desk: who has a case in hand, who is asked about it, and what moderators write down beside it.

None of this is a court act: nothing here is journalled, read by a rule or shown to the parties. Who did what, when and
why stays with the case as notes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from rulebook.actors import PERMISSIONS, Actor
from rulebook.admin.acting import forbidden
from rulebook.admin.base import actor_of, page
from rulebook.admin.cases import (
    ASSIGNED_FOR,
    CASE_KINDS,
    ESCALATED,
    HELD_FOR,
    SENIORS,
    give_back,
    hold,
    holder_of,
    is_held,
    log,
    names_of,
)
from rulebook.clock import now
from rulebook.models import Case, CaseNote

MOST_COLLEAGUES = 300
MOST_NOTES = 100
"""So many of a case's notes are shown, the latest."""


# ------------------------------------------------------------------ who


@dataclass(frozen=True)
class Colleague:
    id: UUID
    name: str
    roles: frozenset[str]

    def may(self, permission: str) -> bool:
        return not permission or "all" in self.roles or not self.roles.isdisjoint(PERMISSIONS[permission])


def colleagues(actor: Actor) -> list[Colleague]:
    """The platform's other people who have a role; one statement."""
    assert actor.id is not None
    users = get_user_model().objects.filter(is_staff=True, is_active=True).exclude(pk=actor.id).order_by("name", "pk")
    found = []
    for user in users[:MOST_COLLEAGUES]:
        roles = frozenset(["all"] if user.is_superuser else getattr(user, "platform_roles", ()))
        if roles:
            found.append(Colleague(user.pk, str(user), roles))
    return found


def may_of(case: Case) -> str:
    """The permission that deciding the case asks for."""
    kind = CASE_KINDS.get(case.kind)
    return kind.may if kind else ""


# ------------------------------------------------------------------ what can be done


class NotNow(Exception):
    """It was not done; the text says why."""


def take_from(case_id: UUID, actor: Actor, reason: str, moment: datetime) -> None:
    """Take a case although a colleague works on it."""
    with transaction.atomic():
        case = _locked(case_id)
        names = names_of([case.holder_id])
        was = names.get(case.holder_id, _("a colleague")) if case.holder_id and is_held(case, moment) else ""
        _put(case, actor.id, moment + HELD_FOR)
        said = _("Took the case from {name}: {reason}") if was else _("Took the case: {reason}")
        log(case_id, actor, moment, said.format(name=was, reason=reason))


def assign(case_id: UUID, actor: Actor, colleague: Colleague, reason: str, moment: datetime) -> None:
    """Give a case to a colleague whose role decides such cases; one that somebody else holds needs a reason."""
    with transaction.atomic():
        case = _locked(case_id)
        if not colleague.may(may_of(case)):
            raise NotNow(_("{name} has no role that decides this case.").format(name=colleague.name))
        others = is_held(case, moment) and case.holder_id != actor.id
        if others and not reason:
            raise NotNow(_("A colleague works on it: say why it goes to somebody else."))
        _put(case, colleague.id, moment + ASSIGNED_FOR)
        said = _("Gave the case to {name}: {reason}") if reason else _("Gave the case to {name}.")
        log(case_id, actor, moment, said.format(name=colleague.name, reason=reason))


def escalate(case_id: UUID, actor: Actor, reason: str, moment: datetime) -> None:
    """Ask the senior arbitrators to take it: nobody else is dealt the case from now on."""
    assert actor.id is not None
    with transaction.atomic():
        case = _locked(case_id)
        if _escalation(case_id) is not None:
            raise NotNow(_("It waits for a senior arbitrator already."))
        if case.holder_id == actor.id and not actor.may(ESCALATED):
            _put(case, None, None)
        CaseNote.objects.create(
            case_id=case_id,
            text=reason,
            made_by=actor.id,
            made_by_name=actor.name[:120],
            made_at=moment,
            asked_id=SENIORS,
            asked_name="senior_arbitrator",
        )


def send_down(case_id: UUID, actor: Actor, answer: str, moment: datetime) -> None:
    """A senior arbitrator answers an escalation: the case is everybody's again."""
    with transaction.atomic():
        _locked(case_id)
        found = _escalation(case_id)
        if found is None:
            raise NotNow(_("Nobody escalated this case, or it was answered meanwhile."))
        _answer(found, actor, answer, moment)


def ask(case_id: UUID, actor: Actor, colleague: Colleague, text: str, moment: datetime) -> None:
    """Put a question about the case to one colleague."""
    assert actor.id is not None
    CaseNote.objects.create(
        case_id=case_id,
        text=text,
        made_by=actor.id,
        made_by_name=actor.name[:120],
        made_at=moment,
        asked_id=colleague.id,
        asked_name=colleague.name[:120],
    )


def reply(note_id: UUID, case_id: UUID, actor: Actor, text: str, moment: datetime) -> None:
    """Answer what one was asked, once."""
    with transaction.atomic():
        found = CaseNote.objects.select_for_update().filter(id=note_id, case_id=case_id, asked_id=actor.id).first()
        if found is None or found.answered_at is not None:
            raise NotNow(_("There is no such question to you, or you answered it already."))
        _answer(found, actor, text, moment)


def _answer(note: CaseNote, actor: Actor, text: str, moment: datetime) -> None:
    if note.asked_id == SENIORS:
        note.asked_name = actor.name[:120]
    note.answer, note.answered_at = text, moment
    note.save(update_fields=["answer", "answered_at", "asked_name"])


def _locked(case_id: UUID) -> Case:
    case = Case.objects.select_for_update().filter(id=case_id, open=True).first()
    if case is None:
        raise NotNow(_("The case has ended meanwhile."))
    return case


def _put(case: Case, holder: UUID | None, until: datetime | None) -> None:
    case.holder_id, case.held_until = holder, until
    case.save(update_fields=["holder_id", "held_until"])


def _escalation(case_id: UUID) -> CaseNote | None:
    return CaseNote.objects.filter(case_id=case_id, asked_id=SENIORS, answered_at__isnull=True).first()


# ------------------------------------------------------------------ what a case's page shows


def desk_of(actor: Actor, case: Case, moment: datetime) -> dict[str, Any]:
    """For `console/_desk.html`; at most three statements."""
    notes = list(CaseNote.objects.filter(case_id=case.id).order_by("-id")[:MOST_NOTES])[::-1]
    others = colleagues(actor)
    known = {colleague.id: colleague.name for colleague in others}
    up = next((note for note in notes if note.asked_id == SENIORS and note.answered_at is None), None)
    holder = holder_of(case, actor, known, moment)
    return {
        "row": case,
        "url": reverse("admin:case_desk", args=[case.id]),
        "holder": holder,
        "held_by_me": bool(holder) and case.holder_id == actor.id,
        "held_until": case.held_until if holder else None,
        "may_decide": not may_of(case) or actor.may(may_of(case)),
        "is_senior": actor.may(ESCALATED),
        "escalated": up,
        "askable": others,
        "takers": [colleague for colleague in others if colleague.may(may_of(case))],
        "notes": [_note(note, actor) for note in notes],
        "waiting": sum(1 for note in notes if note.asked_id == actor.id and note.answered_at is None),
    }


def _note(note: CaseNote, actor: Actor) -> dict[str, Any]:
    to_seniors = note.asked_name == "senior_arbitrator" or note.asked_id == SENIORS
    return {
        "id": note.id,
        "by": _("You") if note.made_by == actor.id else note.made_by_name,
        "at": note.made_at,
        "text": note.text,
        "asked": _asked_name(note, actor) if note.asked_id else "",
        "escalation": to_seniors,
        "answered_by": note.asked_name if note.answered_at else "",
        "answer": note.answer,
        "answered_at": note.answered_at,
        "mine": note.asked_id == actor.id and note.answered_at is None,
    }


def _asked_name(note: CaseNote, actor: Actor) -> str:
    if note.asked_id == SENIORS:
        return _("the senior arbitrators")
    return _("you") if note.asked_id == actor.id else note.asked_name


def asked_of(actor: Actor, most: int = 20) -> list[dict[str, Any]]:
    """Questions that wait for the actor's answer, oldest first, each with its case; two statements."""
    notes = list(CaseNote.objects.filter(asked_id=actor.id, answered_at__isnull=True).order_by("id")[:most])
    rows = Case.objects.in_bulk([note.case_id for note in notes]) if notes else {}
    found = []
    for note in notes:
        case = rows.get(note.case_id)
        kind = CASE_KINDS.get(case.kind) if case else None
        if case is not None and kind is not None:
            address = f"{reverse('admin:case_desk', args=[case.id])}#note-{note.id}"
            found.append({**_note(note, actor), "title": kind.title(case), "topic": kind.topic(case), "url": address})
    return found


# ------------------------------------------------------------------ pages


class DeskForm(forms.Form):
    """What one act of the desk takes; texts stay in the form when something is missing."""

    to = forms.UUIDField(required=False)
    text = forms.CharField(max_length=4000, required=False)
    note = forms.UUIDField(required=False)


DONE = {
    "take_from": gettext_lazy("The case is yours."),
    "assign": gettext_lazy("The case was given to your colleague, who finds it among those that are held."),
    "escalate": gettext_lazy("The senior arbitrators find the case under “Escalated”."),
    "send_down": gettext_lazy("Answered. The case is everybody's again."),
    "note": gettext_lazy("Noted."),
    "ask": gettext_lazy("Asked. The answer will stand here, on the case."),
    "reply": gettext_lazy("Answered. It stands on the case."),
}
NEEDS_TEXT = {
    "take_from": gettext_lazy("Say why you take it."),
    "escalate": gettext_lazy("Say what a senior arbitrator is to look at."),
    "send_down": gettext_lazy("Write an answer."),
    "note": gettext_lazy("Write the note."),
    "ask": gettext_lazy("Write your question."),
    "reply": gettext_lazy("Write an answer."),
}
DECIDERS = ("take", "take_from", "assign", "escalate")
"""What only those do whose role decides such cases; notes and questions are anybody's."""


@require_http_methods(["GET", "POST"])
def case_desk(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The desk of one case: read alone, or acted on from any page that shows it."""
    case = Case.objects.filter(id=case_id).first()
    if case is None or case.kind not in CASE_KINDS:
        raise Http404
    if request.method == "GET":
        return _show(request, case)
    what, actor, moment = request.POST.get("do", ""), actor_of(request), now()
    if what in DECIDERS and may_of(case) and not actor.may(may_of(case)):
        return forbidden(request, _("Your role does not decide such cases."))
    if what == "send_down" and not actor.may(ESCALATED):
        return forbidden(request, _("Senior arbitrators answer this."))
    if what in ("take", "give_back"):
        return _take(request, case, what, actor, moment)
    if what not in DONE:
        raise Http404
    return _carry_out(request, case, what, actor, moment)


def _take(request: HttpRequest, case: Case, what: str, actor: Actor, moment: datetime) -> HttpResponse:
    if what == "give_back":
        give_back(case.id, actor, moment)
    elif not case.open:
        messages.warning(request, _("The case has ended meanwhile."))
    elif not hold(case.id, actor, moment):
        messages.warning(request, _("A colleague took this case a moment ago."))
    return HttpResponseRedirect(_back(request, case))


def _carry_out(request: HttpRequest, case: Case, what: str, actor: Actor, moment: datetime) -> HttpResponse:
    form = DeskForm(request.POST)
    valid = form.is_valid()
    text = form.cleaned_data.get("text", "").replace("\x00", "").strip()
    try:
        if not valid:
            raise NotNow(_("Write at most 4,000 characters."))
        if not text and what in NEEDS_TEXT:
            raise NotNow(str(NEEDS_TEXT[what]))
        _do(case.id, what, actor, form.cleaned_data, text, moment)
    except NotNow as problem:
        tried = {"do": what, **{name: request.POST.get(name, "") for name in ("text", "to", "note")}}
        return _show(request, case, problem=str(problem), tried=tried, status=422)
    messages.success(request, DONE[what])
    return HttpResponseRedirect(_back(request, case))


def _do(case_id: UUID, what: str, actor: Actor, said: dict[str, Any], text: str, moment: datetime) -> None:
    if what == "take_from":
        take_from(case_id, actor, text, moment)
    elif what == "escalate":
        escalate(case_id, actor, text, moment)
    elif what == "send_down":
        send_down(case_id, actor, text, moment)
    elif what == "note":
        log(case_id, actor, moment, text)
    elif what == "reply":
        if said["note"] is None:
            raise NotNow(_("Say which question is answered."))
        reply(said["note"], case_id, actor, text, moment)
    else:
        (assign if what == "assign" else ask)(case_id, actor, colleague_in(actor, said["to"]), text, moment)


def colleague_in(actor: Actor, identity: UUID | None, known: Iterable[Colleague] | None = None) -> Colleague:
    """The colleague that was chosen."""
    found = next((one for one in known or colleagues(actor) if one.id == identity), None)
    if found is None:
        raise NotNow(_("Choose a colleague."))
    return found


def _back(request: HttpRequest, case: Case) -> str:
    """The case's own page, unless the desk was open alone."""
    if request.POST.get("from") == "desk":
        return reverse("admin:case_desk", args=[case.id])
    return CASE_KINDS[case.kind].url(case) + ("#desk" if request.POST.get("do") not in ("take", "give_back") else "")


def _show(
    request: HttpRequest, case: Case, *, problem: str = "", tried: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    kind = CASE_KINDS[case.kind]
    title = kind.title(case)
    context = {
        "title": _("Desk of {case}").format(case=title),
        "case": {"row": case},
        "summary": {
            "title": title,
            "topic": kind.topic(case),
            "url": kind.url(case),
            "store": case.store_name,
            "party": case.party,
            "state": case.state,
            "due_at": case.due_at,
        },
        "desk": {**desk_of(actor_of(request), case, now()), "problem": problem, "tried": tried or {}, "alone": True},
        "crumbs": [
            {"label": _("Worklist"), "url": reverse("admin:worklist")},
            {"label": title, "url": kind.url(case)},
            {"label": _("Desk")},
        ],
    }
    return page(request, "console/desk.html", context, status=status)
