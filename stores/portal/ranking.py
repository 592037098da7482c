"""How a store's listings rank: the seller asks as a buyer would and sees where his goods stand, why, and what would raise them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from rulebook.amending import current_rulebook
from rulebook.clock import now
from stores.models import Listing
from stores.portal.doors import store_staff_required
from stores.ranking_pages import asked_of, categories_of, shown
from stores.search import hold_words, places_of, words_of
from stores.search_explained import explain, why_hidden

SHOWN = 20
HELD = 60


@store_staff_required
def ranking(request: Any) -> HttpResponse:
    """Own hits with their places among everybody's; own listings that hold the words and that nobody finds, with the reason."""
    rules, wanted = current_rulebook().at(now()), asked_of(request.GET)
    words = words_of(wanted.text)
    understood = bool(words) or not wanted.text
    places = places_of(request.store.id, wanted, words, rules, limit=SHOWN) if understood else []
    explained = explain([place.hit.listing_id for place in places], words, rules)
    seen = {place.hit.listing_id for place in places}
    held = hold_words(request.store.id, words, limit=HELD) if understood else []
    context = {
        "nav_current": "store",
        "asked": wanted,
        "categories": categories_of(request.store),
        "hits": [
            {
                **shown(explained[place.hit.listing_id], staff=False),
                "place": f"{place.place:,}",
                "of": f"{place.of:,}",
                "first": place.place <= 3,
                "url": reverse("portal:listing", args=[explained[place.hit.listing_id].listing.public_id]),
            }
            for place in places
            if place.hit.listing_id in explained
        ],
        "hidden": _hidden([identity for identity in held if identity not in seen], wanted, rules),
        "crumbs": [{"label": _("Store"), "url": reverse("portal:store")}, {"label": _("Ranking")}],
    }
    return render(request, "stores/portal/ranking.html", context)


def _hidden(ids: list[Any], wanted: Any, rules: Any) -> list[dict[str, Any]]:
    rows = Listing.objects.filter(id__in=ids).select_related("store", "template").order_by("-id")[:SHOWN]
    return [
        {
            "title": row.title,
            "state": row.state,
            "why": why,
            "url": reverse("portal:listing", args=[row.public_id]),
        }
        for row in rows
        if (why := why_hidden(row, wanted, rules))
    ]
