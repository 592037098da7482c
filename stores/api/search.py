"""Searching what is on offer, for storefronts: hits in order, page by page. Weights and scores stay with the platform (A31-1)."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework.response import Response

from rulebook.actors import BUYER, Actor
from rulebook.amending import current_rulebook
from rulebook.api.access import insist_on_scope
from rulebook.api.describing import describe_view, page_schema, query_parameters
from rulebook.api.pages import LONGEST_PAGE
from rulebook.api.schema import component, list_of, object_of, object_schema
from rulebook.api.showing import bring, reading_docket, show_all
from rulebook.api.views import ApiView
from rulebook.clock import now
from rulebook.inputs import Amount, Choice, Flag, Input, Text, Whole, clean
from rulebook.refusals import Forbidden, Invalid
from stores.api.resources import LISTINGS
from stores.models import Listing
from stores.search import COUNTED_TO, LONGEST, SORTS, Found, Hit, Wanted, find

FILTERS: dict[str, Input] = {
    "q": Text(
        help=gettext_noop("Words that all must be found in title, category, brand or attributes."),
        longest=LONGEST,
        default="",
    ),
    "category": Text(help=gettext_noop("Only of this category."), longest=120, default=None),
    "country": Text(
        help=gettext_noop("Delivered to this country, two letters. Left out: the buyer's, if he is named."),
        longest=2,
        default="",
    ),
    "min_price": Amount(
        help=gettext_noop("From this price, such as `10.00 USD`; other currencies at the dated rate."), default=None
    ),
    "max_price": Amount(help=gettext_noop("Up to this price."), default=None),
    "plus": Flag(help=gettext_noop("Only with the Plus badge.")),
    "sort": Choice(help=gettext_noop("Best first, cheapest, newest or most sold."), options=SORTS, default="relevance"),
    "limit": Whole(help=gettext_noop("Rows of a page."), least=1, most=LONGEST_PAGE, default=25),
    "cursor": Text(help=gettext_noop("`next_cursor` of the page before."), longest=2_000, default=""),
}
CURSOR_LASTS = timedelta(hours=24)
"""A search is paged under the weights of its first page for so long."""


class SearchView(ApiView):
    """GET: one page of hits."""

    open_to_visitors = True

    def get(self, request: Any) -> Response:
        actor = self.actor
        if actor.kind != BUYER:
            raise Forbidden(_("Searching is for storefronts; your key speaks for a {kind}.").format(kind=actor.kind))
        insist_on_scope(actor, "listings", "search")
        asked = _asked(request)
        limit, cursor = asked.pop("limit"), asked.pop("cursor")
        wanted = _wanted(asked, actor)
        at, text, last = _opened(cursor, wanted) if cursor else (now(), wanted.text, None)
        looked_for = Wanted(**{**{name: getattr(wanted, name) for name in Wanted.__slots__}, "text": text})
        found = find(looked_for, current_rulebook().at(at), limit=limit, after=last)
        return Response(self._answer(found, wanted, at, found.corrected or (text if text != wanted.text else "")))

    def _answer(self, found: Found, wanted: Wanted, at: datetime, corrected: str) -> dict[str, Any]:
        docket = reading_docket(self.actor)
        listings = bring(docket, LISTINGS, [hit.listing_id for hit in found.hits])
        shown = show_all(LISTINGS, listings, self.actor, docket)
        for listing, fields in zip(listings, shown, strict=True):
            fields["store_name"] = listing.store.name
            fields["promise"] = _promise(listing, wanted.country)
        following = _sealed(at, corrected or wanted.text, found.hits[-1], wanted) if found.more else None
        return {
            "results": shown,
            "next_cursor": following,
            "corrected": corrected or None,
            "categories": [{"category": category, "hits": count} for category, count in found.categories],
            "categories_complete": sum(count for _category, count in found.categories) < COUNTED_TO,
        }


def _asked(request: Any) -> dict[str, Any]:
    """The query parameters, read like inputs: unknown or repeated ones are told, not ignored."""
    given = request.query_params
    if twice := {name: [_("Send this once.")] for name in given if len(given.getlist(name)) > 1}:
        raise Invalid(twice)
    return clean(FILTERS, given.dict())


def _wanted(asked: dict[str, Any], actor: Actor) -> Wanted:
    country = (asked["country"] or actor.country).upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Invalid({"country": [_("Send a country's two letters, such as US.")]})
    wanted = Wanted(
        text=asked["q"],
        category=asked["category"] or None,
        country=country,
        least=asked["min_price"],
        most=asked["max_price"],
        plus=asked["plus"],
        sort=asked["sort"],
    )
    for name, bound in (("min_price", wanted.least), ("max_price", wanted.most)):
        if bound is not None and bound.currency not in {
            row[0] for row in current_rulebook().at(now()).exchange.usd.rows
        }:
            raise Invalid({name: [_("There is no rate for {currency}.").format(currency=bound.currency)]})
    return wanted


def _promise(listing: Listing, country: str) -> dict[str, Any] | None:
    """The first delivery offered for the country."""
    promise = listing.promise(None, country) if country else None
    if promise is None:
        return None
    told = ("method", "days", "fee", "worry_free", "carrier_charges", "duties", "vat")
    return {"country": country, **{name: promise.get(name) for name in told}}


# ------------------------------------------------------------------ cursors


def _sealed(at: datetime, text: str, last: Hit, wanted: Wanted) -> str:
    """Where the next page begins, unreadable outside: the score of a hit is nobody's business but the platform's."""
    said = json.dumps([round(at.timestamp() * 1_000_000), text, last.key, last.listing_id.hex, _digest(wanted)])
    nonce = secrets.token_bytes(8)
    body = _masked(said.encode(), nonce)
    return base64.urlsafe_b64encode(nonce + _mark(nonce + body) + body).decode().rstrip("=")


def _opened(cursor: str, wanted: Wanted) -> tuple[datetime, str, Hit]:
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        nonce, mark, body = data[:8], data[8:24], data[24:]
        if not compare_digest(mark, _mark(nonce + body)):
            raise ValueError
        moment, text, key, identity, digest = json.loads(_masked(body, nonce))
    except (ValueError, binascii.Error):
        raise Invalid({"cursor": [_("This is no cursor of this list. Begin with the first page.")]}) from None
    at = datetime.fromtimestamp(moment / 1_000_000, UTC)
    if digest != _digest(wanted) or now() - at > CURSOR_LASTS:
        raise Invalid({"cursor": [_("This cursor is of another search, or too old. Begin with the first page.")]})
    return at, text, Hit(UUID(hex=identity), key)


def _digest(wanted: Wanted) -> str:
    return sha256(repr(wanted).encode()).hexdigest()[:12]


def _mark(data: bytes) -> bytes:
    return salted_hmac("stores.api.search.mark", data, algorithm="sha256").digest()[:16]


def _masked(data: bytes, nonce: bytes) -> bytes:
    """The same function hides and shows: the data with a stream that only our secret makes."""
    blocks = range(len(data) // 32 + 1)
    stream = b"".join(
        salted_hmac("stores.api.search.mask", nonce + number.to_bytes(4), algorithm="sha256").digest()
        for number in blocks
    )
    return bytes(one ^ other for one, other in zip(data, stream, strict=False))


# ------------------------------------------------------------------ description and address


def _describe() -> None:
    text: dict[str, Any] = {"type": "string"}
    promise = object_of(country=text, method=text, days={"type": "integer"}, fee=text)
    hit = {
        "allOf": [
            component("Listing", object_schema(Listing)),
            object_of(store_name=text, promise={"anyOf": [promise, {"type": "null"}]}),
        ]
    }
    page = page_schema(component("ListingHit", hit))
    page["properties"] |= {
        "corrected": {"type": ["string", "null"], "description": _("How the words were read when nothing held them.")},
        "categories": list_of(object_of(category=text, hits={"type": "integer"})),
        "categories_complete": {"type": "boolean", "description": _("False: there are more hits than were counted.")},
    }
    describe_view(
        SearchView,
        operation="search_listings",
        tag="search",
        summary=_("Search listings"),
        text=_(
            "What is online, in stock, of stores that take orders. One method of ranking for all sellers (A31). `categories` counts the "
            "hits by category, on the first page. No buyer need be named."
        ),
        parameters=query_parameters(FILTERS),
        statuses=(401, 403, 422, 429),
        answer=component("SearchPage", page),
    )


_describe()

urlpatterns = [path("search/listings", SearchView.as_view(), name="search-listings")]
