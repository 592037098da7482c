"""A place in searches as the pages of both doors show it. Weights and points are on the moderators' page only (A31-1)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from rulebook.templatetags.piepowder import state_label
from stores.models import SearchEntry, Store
from stores.ranking import Factor
from stores.ranking_words import title_of, worded
from stores.search import LONGEST, SORTS, Wanted
from stores.search_explained import Explained

CATEGORIES_SHOWN = 200


def asked_of(query: Any) -> Wanted:
    """A search as a page's address holds it; what makes no sense counts as not said."""
    country = query.get("country", "").strip().upper()
    sort = query.get("sort", "")
    return Wanted(
        text=query.get("q", "").replace("\x00", " ").strip()[:LONGEST],
        category=query.get("category", "").replace("\x00", "").strip()[:120] or None,
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        plus="plus" in query,
        sort=sort if sort in SORTS else "relevance",
    )


def shown(explained: Explained, *, staff: bool) -> dict[str, Any]:
    """One hit: its factors in per cent, each with its parts, and what multiplies them."""
    score, listing = explained.score, explained.listing
    return {
        "title": listing.title,
        "id": listing.public_id,
        "category": listing.category.replace("-", " ").capitalize(),
        "price": listing.price,
        "store": listing.store.name,
        "rating": listing.rating,
        "badges": [state_label(badge) for badge in listing.badges],
        "factors": [_factor(factor, staff) for factor in score.factors],
        "points": f"{100 * score.value:.1f}" if staff else "",
        "sum": f"{100 * score.sum:.1f}" if staff else "",
        "multipliers": _multipliers(explained, staff),
        "demoted": _demoted(explained),
        "hints": [line["hint"] for factor in score.factors for line in worded(factor) if line["hint"]],
        "changing": staff and abs(explained.fine - score.value * 1e9) > 1,
    }


def _factor(factor: Factor, staff: bool) -> dict[str, Any]:
    found = {
        "title": title_of(factor.code),
        "percent": round(100 * factor.value),
        "lines": [{**line, "percent": round(100 * line["value"])} for line in worded(factor)],
        "rule": "A31-2",
    }
    if staff:
        found |= {"weight": f"{factor.weight:.2f}", "points": f"{100 * factor.points:.1f}"}
    return found


def _demoted(explained: Explained) -> str:
    """In two words, for a chip."""
    if explained.score.cheating == 1:
        return ""
    return state_label(explained.listing.cheating) if explained.listing.cheating != "none" else _("Store demoted")


def _multipliers(explained: Explained, staff: bool) -> list[dict[str, Any]]:
    """Only what changes something. Sellers read that it does, staff also by how much."""
    found, score, listing = [], explained.score, explained.listing
    if score.cheating != 1:
        text = (
            _("Search cheating was found in this listing: it stands lower.")
            if listing.cheating != "none"
            else _("All goods of the store stand lower.")
        )
        found.append({"text": text, "rule": "A31-2", "times": f"{score.cheating:.2f}" if staff else ""})
    if score.plus != 1:
        text = _("The Plus badge raises it.")
        found.append({"text": text, "rule": "PLUS-10", "times": f"{score.plus:.2f}" if staff else ""})
    return found


def categories_of(store: Store | None = None) -> list[str]:
    """Of what is on offer, for a list to choose from."""
    rows = SearchEntry.objects.filter(offered=True)
    if store is not None:
        rows = rows.filter(store_id=store.id)
    return list(rows.order_by("category").values_list("category", flat=True).distinct()[:CATEGORIES_SHOWN])


def sorts() -> list[tuple[str, str]]:
    """The orders to choose from."""
    return [
        ("relevance", _("Best first")),
        ("price", _("Cheapest first")),
        ("newest", _("Newest first")),
        ("sales", _("Most sold first")),
    ]
