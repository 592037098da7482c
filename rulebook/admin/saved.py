"""Saved views of the worklist: filters under a name, each person's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rulebook.actors import Actor
from rulebook.admin.base import actor_of
from rulebook.admin.wanted import Wanted, asked_for
from rulebook.models import CaseView
from rulebook.posting import posted_from

MOST_VIEWS = 30
"""Saved views of one person."""
LONGEST_QUERY = 500
"""Characters of the address that a view keeps."""


def views_of(actor: Actor) -> QuerySet[CaseView]:
    assert actor.id is not None
    return CaseView.objects.filter(user_id=actor.id)


def saving(wanted: Wanted, saved: list[CaseView]) -> dict[str, Any]:
    """For `console/_views.html`: the saved view that is shown, or what may be saved."""
    query = wanted.query()
    return {
        "query": query if set(wanted.values) - {"view"} else "",
        "shown_view": next((view for view in saved if view.query == query), None),
    }


@posted_from("admin:worklist")
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list's filters under a name; a name that is there already gets the new ones."""
    wanted = asked_for(request, QueryDict(request.POST.get("query", "")[:2000]))
    name, query, owner = _name_in(request), wanted.query(), wanted.actor.id
    assert owner is not None
    if not name or not query:
        messages.warning(request, _("Not saved: a view needs a name and a filter."))
        return redirect(wanted.url())
    if len(query) > LONGEST_QUERY:
        messages.warning(request, _("Not saved: too many filters, or too long words. Take some of them away."))
        return redirect(wanted.url())
    mine = views_of(wanted.actor)
    there = mine.filter(name__iexact=name).update(name=name, query=query)
    if not there and mine.count() >= MOST_VIEWS:
        messages.warning(request, _("Not saved: {most} views is the most. Remove one.").format(most=MOST_VIEWS))
        return redirect(wanted.url())
    if not there:
        with transaction.atomic():
            mine.get_or_create(name=name, defaults={"query": query, "user_id": owner})
    messages.success(request, _("Saved as “{name}”.").format(name=name))
    return redirect(wanted.url())


@require_http_methods(["GET", "POST"])
def change_view(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Rename or remove (``remove``) one's own view."""
    view = views_of(actor_of(request)).filter(id=view_id).first()
    if view is None:
        raise Http404
    back = f"{reverse('admin:worklist')}?{view.query}"
    if request.method == "GET":
        return redirect(back)
    if "remove" in request.POST:
        view.delete()
        messages.success(request, _("“{name}” is removed; the filters stay as they are.").format(name=view.name))
        return redirect(back)
    view.name = _name_in(request)
    if not view.name:
        messages.warning(request, _("Not renamed: a view needs a name."))
        return redirect(back)
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError:
        messages.warning(request, _("You have another view of this name."))
    return redirect(back)


def _name_in(request: HttpRequest) -> str:
    return " ".join(request.POST.get("name", "").replace("\x00", "").split())[:60]
