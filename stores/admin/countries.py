"""Countries to which nothing of a store, or one of its products, is sold (A38E-3): block and unblock."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rulebook.admin.base import page
from rulebook.admin.deciding import Deciding, Way
from rulebook.admin.finding import held
from rulebook.docket import Docket
from rulebook.timeline import subject_timeline
from stores.models import Listing, Store

KINDS: dict[str, Any] = {"store": Store, "listing": Listing}


def _found(request: HttpRequest, kind: str, public_id: str) -> tuple[Any, Docket]:
    if kind not in KINDS:
        raise Http404
    return held(request, KINDS[kind], public_id)


def _deciding(request: HttpRequest, kind: str, found: Any, docket: Docket) -> Deciding:
    def show(context: dict[str, Any], status: int = 200) -> HttpResponse:
        return _show(request, kind, found, context, status)

    here = reverse("admin:countries", args=[kind, found.public_id])
    return Deciding(request, found, docket, here=here, ways=_ways(kind, found), show=show, crumbs=_crumbs(kind, found))


def _ways(kind: str, found: Any) -> dict[str, Way]:
    name = str(found) if kind == "store" else found.title
    block = Way(
        title=_("Block the countries for {name}?").format(name=name),
        sentence=_("New orders to them are refused. Orders that were placed go on. The seller reads your reasons."),
        confirm=_("Block them"),
        done=_("The countries are blocked; the seller was told, with your reasons."),
        danger=True,
    )
    if kind == "listing":
        return {"moderator.block_listing_countries": block}
    return {
        "moderator.block_countries": block,
        "moderator.unblock_countries": Way(
            title=_("Unblock the countries for {name}?").format(name=name),
            sentence=_("The store may sell there again."),
            confirm=_("Unblock them"),
            done=_("The countries are open again."),
        ),
    }


def _crumbs(kind: str, found: Any) -> list[dict[str, Any]]:
    store = found if kind == "store" else found.store
    crumbs = [
        {"label": _("Stores"), "url": reverse("admin:stores_store_changelist")},
        {"label": store.name, "url": reverse("admin:store", args=[store.public_id])},
    ]
    if kind == "listing":
        crumbs.append({"label": found.title, "url": reverse("admin:stores_listing_change", args=[found.pk])})
    return [*crumbs, {"label": _("Blocked countries")}]


@require_GET
def countries(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Which are blocked now, since when and why, and the forms."""
    found, docket = _found(request, kind, public_id)
    return _show(request, kind, found, _deciding(request, kind, found, docket).context())


@require_http_methods(["GET", "POST"])
def countries_act(request: HttpRequest, kind: str, public_id: str, verb: str) -> HttpResponse:
    """Block or unblock: form, preview, confirmation."""
    found, docket = _found(request, kind, public_id)
    return _deciding(request, kind, found, docket).answer(verb)


def _show(request: HttpRequest, kind: str, found: Any, decide: dict[str, Any], status: int = 200) -> HttpResponse:
    acts = {f"{kind}.{name}" for name in ("block_countries", "unblock_countries")}
    name = str(found) if kind == "store" else found.title
    context: dict[str, Any] = {
        "title": _("Blocked countries of {name}").format(name=name),
        "blocked": found.blocked_countries,
        "listings": kind == "store",
        "timeline": [row for row in subject_timeline(found.id) if row["act"] in acts],
        "crumbs": _crumbs(kind, found),
        "nobody": _("Your role reads this and does not change it."),
        **decide,
    }
    return page(request, "stores/admin/countries.html", context, status=status)
