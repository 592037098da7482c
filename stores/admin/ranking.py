"""Search as moderators see it: what a buyer finds, why it stands there (A31-2), and what is done about cheating."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rulebook.admin.base import page
from rulebook.admin.deciding import Deciding, Way
from rulebook.admin.finding import held
from rulebook.amending import current_rulebook
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.timeline import subject_timeline
from stores.models import Listing
from stores.ranking_pages import asked_of, categories_of, shown, sorts
from stores.search import COUNTED_TO, Wanted, find, words_of
from stores.search_explained import explain, why_hidden

SHOWN = 20


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """What a storefront's buyer would find, hit by hit with the breakdown of its score."""
    rules, wanted = current_rulebook().at(now()), asked_of(request.GET)
    found = find(wanted, rules, limit=SHOWN)
    explained = explain([hit.listing_id for hit in found.hits], found.words, rules)
    total = sum(count for _category, count in found.categories)
    context = {
        "title": _("Search and ranking"),
        "asked": wanted,
        "sorts": sorts(),
        "categories": categories_of(),
        "hits": [_hit(explained[hit.listing_id], wanted) for hit in found.hits if hit.listing_id in explained],
        "total": f"{COUNTED_TO:,}+" if total >= COUNTED_TO else f"{total:,}",
        "more": found.more,
        "corrected": found.corrected,
        "facets": [{"name": name, "count": f"{count:,}"} for name, count in found.categories],
    }
    return page(request, "stores/admin/search.html", context)


def _hit(explained: Any, wanted: Wanted) -> dict[str, Any]:
    address = reverse("admin:listing_ranking", args=[explained.listing.public_id])
    return {**shown(explained, staff=True), "url": f"{address}?{_query(wanted)}"}


def _query(wanted: Wanted) -> str:
    said = {"q": wanted.text, "category": wanted.category, "country": wanted.country}
    return urlencode({name: value for name, value in said.items() if value})


# ------------------------------------------------------------------ one listing


@require_GET
def listing(request: HttpRequest, listing_id: str) -> HttpResponse:
    """One listing: how it is ranked for a search, what was found of cheating, and what may be done."""
    found, docket = held(request, Listing, listing_id)
    return _show(request, found, docket, _deciding(request, found, docket).context())


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, listing_id: str, verb: str) -> HttpResponse:
    """Lower it in searches, or rank it as all others: form, preview, confirmation."""
    found, docket = held(request, Listing, listing_id)
    return _deciding(request, found, docket).answer(verb)


def _deciding(request: HttpRequest, found: Listing, docket: Docket) -> Deciding:
    here = reverse("admin:listing_ranking", args=[found.public_id])

    def show(context: dict[str, Any], status: int = 200) -> HttpResponse:
        return _show(request, found, docket, context, status)

    ways = {
        "moderator.demote_listing": Way(
            title=_("Lower this listing in searches?"),
            sentence=_("From now on it stands lower, or is not found. The seller is told at once, with your reasons."),
            confirm=_("Lower it"),
            done=_("The listing stands lower; the seller was told, with your reasons."),
            danger=True,
        ),
        "moderator.restore_ranking": Way(
            title=_("Rank it as all others?"),
            sentence=_("It gets its place in searches back at once, and the seller is told."),
            confirm=_("Rank it as all others"),
            done=_("The listing is ranked as all others again."),
        ),
    }
    return Deciding(request, found, docket, here=here, ways=ways, show=show, crumbs=_crumbs(found))


def _crumbs(found: Listing) -> list[dict[str, Any]]:
    return [
        {"label": _("Search and ranking"), "url": reverse("admin:listing_search")},
        {"label": found.title, "url": reverse("admin:listing_ranking", args=[found.public_id])},
    ]


def _show(
    request: HttpRequest, found: Listing, docket: Docket, decide: dict[str, Any], status: int = 200
) -> HttpResponse:
    rules, wanted = current_rulebook().at(now()), asked_of(request.GET)
    words = words_of(wanted.text)
    explained = explain([found.id], words, rules).get(found.id)
    context = {
        "title": found.title,
        "listing": found,
        "store_url": reverse("admin:store", args=[found.store.public_id]),
        "asked": wanted,
        "hit": shown(explained, staff=True) if explained else None,
        "hidden": why_hidden(found, wanted, rules),
        "timeline": subject_timeline(found.id),
        "crumbs": [_crumbs(found)[0], {"label": found.title}],
        "next_skip": "",
        "is_open": True,
        "settled": "",
        **decide,
    }
    return page(request, "stores/admin/listing_ranking.html", context, status=status)
