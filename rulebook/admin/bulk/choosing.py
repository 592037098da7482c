"""What is selected, and what may be done to all of it: hold it, pass it on, or choose an act for all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from rulebook.actions import actions, offer
from rulebook.actors import Actor
from rulebook.admin.base import actor_of, page
from rulebook.admin.bulk.ways import (
    MOST,
    Way,
    crumbs,
    identity_in,
    kind_of,
    list_url,
    listed,
    looked_at,
    selected,
    ways_of,
)
from rulebook.admin.cases import CASE_KINDS, allowed, give_back, hold
from rulebook.admin.desk import NotNow, assign, colleague_in, colleagues, escalate
from rulebook.admin.texts import texts_for_all
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.models import Case


@require_http_methods(["GET", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """What the bar below a selection asks for: hold or give back at once, or the page of what is done together. Whoever
    comes without a selection, as after signing in again, is sent to the list."""
    if request.method == "GET":
        return HttpResponseRedirect(list_url(request))
    found, actor, what = selected(request), actor_of(request), request.POST.get("do", "decide")
    if not found:
        messages.warning(request, _("Nothing is selected that is still open."))
        return HttpResponseRedirect(list_url(request))
    if what in ("take", "give_back"):
        _hold_all(request, found, what)
        return HttpResponseRedirect(list_url(request))
    if what in ("give_them", "escalate_them"):
        return _desk_act(request, found, what, actor)
    return choose(request, found, opened=what if what in ("assign", "escalate") else "")


def _hold_all(request: HttpRequest, found: list[Case], what: str) -> None:
    actor, moment = actor_of(request), now()
    if what == "give_back":
        done = sum(give_back(case.id, actor, moment) for case in found)
        messages.success(
            request,
            ngettext("{n} case given back.", "{n} cases given back.", done).format(n=done)
            if done
            else _("You hold none of them."),
        )
        return
    mine = {case.id for case in allowed(actor, Case.objects.filter(id__in=[case.id for case in found]))}
    done = sum(hold(case.id, actor, moment) for case in found if case.id in mine)
    if done:
        messages.success(request, ngettext("{n} case is yours.", "{n} cases are yours.", done).format(n=done))
    if done < len(found):
        left = len(found) - done
        messages.warning(
            request,
            ngettext(
                "{n} was not taken: a colleague works on it, or your role does not decide it.",
                "{n} were not taken: colleagues work on them, or your role does not decide them.",
                left,
            ).format(n=left),
        )


def _desk_act(request: HttpRequest, found: list[Case], what: str, actor: Actor) -> HttpResponse:
    """Give all to a colleague, or escalate all; each that cannot be is told by name."""
    text = request.POST.get("text", "").replace("\x00", "").strip()[:4000]
    opened = "assign" if what == "give_them" else "escalate"
    mine = {case.id for case in allowed(actor, Case.objects.filter(id__in=[case.id for case in found]))}
    try:
        to = colleague_in(actor, identity_in(request.POST.get("to", ""))) if what == "give_them" else None
        if to is None and not text:
            raise NotNow(_("Say what a senior arbitrator is to look at."))
    except NotNow as problem:
        return choose(request, found, opened=opened, problem=str(problem), status=422)
    done = 0
    for case in found:
        try:
            if case.id not in mine:
                raise NotNow(_("Your role does not decide it."))
            if to is not None:
                assign(case.id, actor, to, text, now())
            else:
                escalate(case.id, actor, text, now())
            done += 1
        except NotNow as problem:
            messages.warning(request, f"{CASE_KINDS[case.kind].title(case)}: {problem}")
    if done:
        said = ngettext("Done for {n} case.", "Done for {n} cases.", done).format(n=done)
        messages.success(request, said)
    return HttpResponseRedirect(list_url(request))


def choose(
    request: HttpRequest,
    found: list[Case],
    *,
    opened: str = "",
    form: forms.Form | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The selected cases and everything that may be done to them together."""
    actor, kind = actor_of(request), kind_of(found)
    ways = ways_of(kind, actor)
    docket = looked_at(found, actor) if ways else None
    shown = [_way_shown(code, way, found, docket, opened, form) for code, way in ways.items() if docket]
    context = {
        "title": ngettext("{n} case together", "{n} cases together", len(found)).format(n=len(found)),
        "cases": listed(found),
        "mixed": not kind,
        "ways": shown,
        "closed": [way for way in shown if way["closed"]],
        "takers": [one for one in colleagues(actor) if all(one.may(CASE_KINDS[case.kind].may) for case in found)],
        "opened": opened,
        "problem": problem,
        "tried": {"to": request.POST.get("to", ""), "text": request.POST.get("text", "")},
        "crumbs": crumbs(_("Together")),
        "list_url": list_url(request),
        "texts": texts_for_all(found) if ways else [],
        "cut": MOST if request.POST.get("whole") == "yes" and len(found) == MOST else 0,
    }
    return page(request, "console/bulk.html", context, status=status)


def _way_shown(
    code: str, way: Way, found: list[Case], docket: Docket, opened: str, form: forms.Form | None
) -> dict[str, Any]:
    act = actions()[way.action]
    held = [docket.held[case.subject_id] for case in found if case.subject_id in docket.held]
    closed = [one for one in (offer(obj, act, docket) for obj in held) if not one.open]
    return {
        "code": code,
        "name": way.action,
        "label": way.label,
        "sentence": way.sentence,
        "open": len(held) - len(closed),
        "all": len(found),
        "closed": closed[0].sentence if closed and len(closed) == len(held) else "",
        "opened": opened == code,
        "danger": way.danger,
        "form": form if form is not None and opened == code else way.form_class()(auto_id=f"{code}_%s"),
        "url": reverse("admin:bulk_preview", args=[code]),
    }
