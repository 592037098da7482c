"""Why a listing stands where it stands: the score taken apart, for the pages of staff and seller."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from rulebook.rules import Rules
from stores.models import CategoryFigures, Listing
from stores.ranking import WHOLE, Part, Score, conversion, description, left_by_cheating, plus_boost, score, usual_of
from stores.search import FROM, Wanted, Word, relevance, score_sql
from stores.states import LISTINGS_REMOVED, DepositStatus, ListingState, StoreState


@dataclass(frozen=True, slots=True)
class Explained:
    """A listing with its score, as the last statement computed it and as it is made up."""

    listing: Listing
    score: Score
    fine: int


def explain(ids: Sequence[UUID], words: Sequence[Word], rules: Rules) -> dict[UUID, Explained]:
    """Why these listings stand where they stand; the factors are those that the search used. Three statements."""
    listings = {row.id: row for row in Listing.objects.filter(id__in=ids).select_related("store", "template")}
    rows = _factors(ids, words, rules)
    usual = CategoryFigures.objects.in_bulk([*{row.category for row in listings.values()}, "*"])
    return {
        identity: _explained(listings[identity], rows[identity], words, usual, rules)
        for identity in ids
        if identity in listings and identity in rows
    }


def _factors(ids: Sequence[UUID], words: Sequence[Word], rules: Rules) -> dict[UUID, dict[str, Any]]:
    relevant, params = relevance(words, rules)
    fine, more = score_sql(words, rules)
    where = "".join(
        ", CASE WHEN e.words @@ %s::tsquery THEN 'title' WHEN e.words @@ %s::tsquery THEN 'category'"
        " WHEN e.words @@ %s::tsquery THEN 'attributes' ELSE '' END"
        for _word in words
    )
    places = [word.query(place) for word in words for place in ("A", "B", "C")]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.listing_id, e.description, e.conversion, coalesce(v.value, {WHOLE // 2}), coalesce(v.parts::text, '[]'),"
            f" ({relevant}), {fine}{where} FROM {FROM} WHERE e.listing_id = ANY(%s)",
            [*params, *more, *places, list(ids)],
        )
        names = ("description", "conversion", "service", "parts", "relevance", "fine")
        return {row[0]: {**dict(zip(names, row[1:7], strict=True)), "places": row[7:]} for row in cursor.fetchall()}


def _explained(
    listing: Listing, row: Mapping[str, Any], words: Sequence[Word], usual: Mapping[str, Any], rules: Rules
) -> Explained:
    values = {name: row[name] / WHOLE for name in ("description", "conversion", "service")}
    values["relevance"] = float(row["relevance"])
    parts = {
        "description": description(listing, rules),
        "relevance": relevant_parts(words, row["places"], rules),
        "conversion": conversion(listing, usual_of(usual, listing.category, rules), rules),
        "service": service_parts(json.loads(row["parts"])),
    }
    left = left_by_cheating(listing.cheating, listing.store.restrictions, rules)
    made = score(values, parts, left, plus_boost("plus" in listing.badges, rules), rules)
    return Explained(listing, made, row["fine"])


def relevant_parts(words: Sequence[Word], places: Sequence[str], rules: Rules) -> list[Part]:
    """Word by word where it is found: ``title``, ``category``, ``attributes``, or nowhere."""
    return [
        Part(word.said, float(rules.search.places[place]) if place else 0.0, 1.0, {"place": place})
        for word, place in zip(words, places, strict=True)
    ]


def service_parts(kept: Iterable[Mapping[str, Any]]) -> list[Part]:
    """The store's indicators as they were last counted."""
    return [Part(part["code"], part["value"], part["weight"], part) for part in kept]


def why_hidden(listing: Listing, wanted: Wanted, rules: Rules) -> str:
    """Why nobody finds a listing that holds the words; nothing when its filters alone leave it out."""
    store = listing.store
    if listing.state != ListingState.LIVE:
        return _("It is not online.")
    if listing.stock <= 0:
        return _("It is out of stock.")
    if store.state != StoreState.OPEN:
        return _("The store takes no orders now.")
    if store.deposit_status == DepositStatus.EXHAUSTED and store.deposit_required_minor:
        return _("The store's deposit is used up; its goods are found again when it is paid.")
    if LISTINGS_REMOVED in store.restrictions:
        return _("A sanction took the store's goods off sale.")
    if not left_by_cheating(listing.cheating, store.restrictions, rules):
        return _("It is blocked from searches.")
    if wanted.country and wanted.country in (*listing.blocked_countries, *store.blocked_countries):
        return _("It is not sold to {country}.").format(country=wanted.country)
    if wanted.country and listing.promise(None, wanted.country) is None:
        return _("No delivery to {country} is promised.").format(country=wanted.country)
    return ""
