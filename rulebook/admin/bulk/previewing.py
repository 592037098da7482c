"""The page between choosing and doing: case by case what would happen, and one confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from rulebook.actions import actions
from rulebook.admin.acting import forbidden
from rulebook.admin.base import actor_of, page
from rulebook.admin.bulk import doing
from rulebook.admin.bulk.ahead import Ahead, look_ahead, money_shown
from rulebook.admin.bulk.choosing import choose
from rulebook.admin.bulk.ways import Way, crumbs, kind_of, list_url, listed, selected, ways_of
from rulebook.admin.cases import CASE_KINDS
from rulebook.admin.texts import insert
from rulebook.ids import new_id
from rulebook.refusals import Invalid


@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """Case by case what would be done or refused, and the money of all; or, confirmed, the start of the work."""
    if request.method == "GET":
        return HttpResponseRedirect(list_url(request))
    found, actor = selected(request), actor_of(request)
    kind = kind_of(found)
    if kind and code in CASE_KINDS[kind].bulk and code not in ways_of(kind, actor):
        return forbidden(request, _("Your role may not do this."))
    way = ways_of(kind, actor).get(code) if kind else None
    if way is None:
        messages.warning(request, _("Select cases of one kind that are still open."))
        return HttpResponseRedirect(list_url(request))
    if "insert" in request.POST:
        typed = insert(request.POST.dict(), None, actor)
        return choose(request, found, opened=code, form=way.form_class()(initial=typed, auto_id=f"{code}_%s"))
    form = way.form_class()(request.POST, auto_id=f"{code}_%s")
    if not form.is_valid() or "back" in request.POST:
        return choose(request, found, opened=code, form=form, status=200 if form.is_valid() else Invalid.status)
    if request.POST.get("confirmed") == "yes":
        return doing.begin(request, way, code, found, form.cleaned_data)
    ahead, money = look_ahead(way, found, form.cleaned_data, actor)
    return _preview_page(request, way, code, ahead, money)


def _preview_page(
    request: HttpRequest, way: Way, code: str, ahead: list[Ahead], money: Mapping[tuple[str, str], int]
) -> HttpResponse:
    will = sum(1 for row in ahead if not row.refused)
    context = {
        "title": str(way.label),
        "crumbs": crumbs(_("Together"), str(way.label)),
        "rows": [
            {**shown, "refused": row.refused, "rule": row.rule, "before": row.before, "after": row.after}
            for shown, row in zip(listed(row.case for row in ahead), ahead, strict=True)
        ],
        "will": will,
        "refused": len(ahead) - will,
        "money": money_shown(money),
        "fields": _carried(request, ahead),
        "action": reverse("admin:bulk_preview", args=[code]),
        "confirm": ngettext("Do it for {n} case", "Do it for {n} cases", will).format(n=will),
        "final": actions()[way.action].irreversible,
        "danger": way.danger,
        "words": _words(ahead),
    }
    return page(request, "console/bulk_preview.html", context)


def _words(ahead: list[Ahead]) -> str:
    """The text as the first case gets it."""
    first = next((row for row in ahead if not row.refused), None)
    return str(first.inputs.get("reason") or first.inputs.get("text") or "") if first else ""


NOT_CARRIED = ("csrfmiddlewaretoken", "confirmed", "back", "picked", "whole", "do", "seen", "work")


def _carried(request: HttpRequest, ahead: list[Ahead]) -> list[dict[str, Any]]:
    """All that was typed, the cases that would be done with the versions that are shown, and the work's id."""
    typed = [
        {"name": name, "value": value}
        for name in request.POST
        if name not in NOT_CARRIED
        for value in request.POST.getlist(name)
    ]
    for row in ahead:
        if not row.refused:
            typed.append({"name": "picked", "value": str(row.case.id)})
            typed.append({"name": "seen", "value": f"{row.case.id}:{row.version}"})
    return [*typed, {"name": "work", "value": str(new_id())}]
