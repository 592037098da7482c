"""What anybody with a key may read of stores and products: profiles, reviews, their pictures (A56, FB-9)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _
from rest_framework.response import Response

from orders import profiles
from orders.models import Review
from orders.models.review import SCORES
from rulebook.actors import BUYER, MODERATOR, SELLER, Actor
from rulebook.api.access import insist_on_scope
from rulebook.api.describing import describe_view, id_parameter, page_schema, query_parameters
from rulebook.api.pages import PAGING, page_of, query_of
from rulebook.api.schema import MOMENT, TEXT, component, id_schema, list_of, object_of
from rulebook.api.views import ApiView
from rulebook.articles import label
from rulebook.clock import now
from rulebook.ids import parse_id
from rulebook.ids import public_id as public
from rulebook.inputs import Choice, Input, Text, Whole
from rulebook.refusals import Forbidden, Invalid, NotFound
from rulebook.serving import file_response
from stores.health import rules_of
from stores.indicators import Figure
from stores.models import Listing, Store
from stores.states import ListingState

READERS = (BUYER, SELLER, MODERATOR)
ORDER = ("published_at", "id")

RECORD_FILTERS: dict[str, Input] = {
    "direction": Choice(
        help=_("What the store received, or gave."), options=tuple(profiles.DIRECTIONS), default=profiles.RECEIVED
    ),
    "period": Text(help=_("A span of the history: 1, 3, 6 (months) or all."), longest=8, default=profiles.EVER),
    "stars": Whole(help=_("So many stars."), most=5, default=None),
}
PRODUCT_FILTERS: dict[str, Input] = {"stars": RECORD_FILTERS["stars"]}


class PublicView(ApiView):
    """Open to storefronts for their buyers, to sellers and moderators; of any store."""

    def may_read(self, *scopes: str) -> Actor:
        actor = self.actor
        if actor.kind not in READERS:
            raise Forbidden(_now("A {kind} does not read this here.").format(kind=actor.kind))
        insist_on_scope(actor, *scopes)
        return actor

    def store(self, given: str) -> Store:
        """An opened store; what is still being prepared is known to its own people and to moderators only."""
        actor = self.may_read("stores", "reviews")
        rows = Store.objects.select_related("seller").filter(pk=_identity(given, Store))
        if actor.kind != MODERATOR:
            rows = rows.filter(Q(opened_at__isnull=False) | Q(pk__in=actor.stores))
        found = rows.first()
        if found is None:
            raise NotFound(_now("There is no store with this id."))
        return found

    def listing(self, given: str) -> Listing:
        actor = self.may_read("listings", "reviews")
        rows = Listing.objects.filter(pk=_identity(given, Listing))
        if actor.kind != MODERATOR:
            rows = rows.filter(Q(state=ListingState.LIVE) | Q(store_id__in=actor.stores))
        found = rows.first()
        if found is None:
            raise NotFound(_now("There is no listing with this id."))
        return found


def _identity(given: str, model: Any) -> UUID:
    try:
        return parse_id(given, model.PREFIX)
    except ValueError:
        raise NotFound(_now("There is no {kind} with this id.").format(kind=model.KIND)) from None


class ProfileView(PublicView):
    """GET: summary and history of a store."""

    def get(self, request: Any, public_id: str) -> Response:
        store = self.store(public_id)
        query_of(request, {})
        return Response(shown(profiles.profile_of(store, now())))


class StoreReviewsView(PublicView):
    """GET: the records of a store: all that it got, all that it gave, by period."""

    def get(self, request: Any, public_id: str) -> Response:
        store, at = self.store(public_id), now()
        wanted = query_of(request, RECORD_FILTERS)
        rules = rules_of(store, at)
        if wanted["period"] not in profiles.period_codes(rules):
            known = ", ".join(profiles.period_codes(rules))
            raise Invalid({"period": [_now("Choose one of: {options}.").format(options=known)]})
        rows = profiles.records(store.id, wanted["direction"], wanted["period"], at, rules)
        return Response(_page(rows, wanted))


class ListingReviewsView(PublicView):
    """GET: what buyers wrote about a product."""

    def get(self, request: Any, public_id: str) -> Response:
        listing = self.listing(public_id)
        wanted = query_of(request, PRODUCT_FILTERS)
        rating = {**profiles.product_rating(listing), "note": _now(profiles.OPEN_TO_BUYERS)}
        return Response({"rating": rating, **_page(profiles.product_reviews(listing.id), wanted)})


class PhotoView(PublicView):
    """GET: a picture of a review."""

    def get(self, request: Any, public_id: str, sha256: str) -> HttpResponse:
        actor = self.may_read("reviews", "stores", "listings")
        rows = Review.objects.filter(pk=_identity(public_id, Review)).filter(profiles.may_see_photos(actor))
        found = rows.first()
        photo = profiles.photo_of(found, sha256) if found is not None else None
        if photo is None:
            raise NotFound(_now("There is no such picture."))
        return file_response(photo)


def _page(rows: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Two statements: positions, then the reviews there."""
    if wanted["stars"] is not None:
        rows = rows.filter(stars=wanted["stars"])
    page, following = page_of(rows, ORDER, wanted["cursor"], wanted["limit"])
    found = Review.objects.in_bulk([row[-1] for row in page])
    reviews = [found[row[-1]] for row in page if row[-1] in found]
    shown = [
        {**profiles.review_shown(review, photo_at=_photo_at), "listing": public(Listing.PREFIX, review.listing_id)}
        for review in reviews
    ]
    return {"results": shown, "next_cursor": following}


def _photo_at(review: Review, sha256: str) -> str:
    return f"/api/v1/reviews/{review.public_id}/photos/{sha256}"


# ------------------------------------------------------------------ how a profile looks


def shown(profile: profiles.Profile) -> dict[str, Any]:
    store = profile.store
    return {
        "kind": "store_profile",
        "store": store.public_id,
        "summary": {
            "name": store.name,
            "company": profile.company,
            "positive_rate": _figure(profile.credit["positive_rate"]),
            "member_since": profile.member_since.isoformat(),
        },
        "credit": {code: _figure(found) for code, found in profile.credit.items()},
        "rating": {code: _figure(found) for code, found in profile.rating.items()},
        "stars": {str(stars): count for stars, count in profile.stars.items()},
        "history": [_period(period) for period in profile.history],
        "records": {
            direction: f"/api/v1/stores/{store.public_id}/reviews?direction={direction}"
            for direction in profiles.DIRECTIONS
        },
        "as_of": profile.at.isoformat(),
    }


def _figure(found: Figure) -> dict[str, Any]:
    """A figure with its formula; `value` is null without data: "no rate", which is not zero."""
    one = found.indicator
    return {
        "value": None if found.value is None else str(found.value),
        "unit": one.unit,
        "title": _now(one.title),
        "formula": _now(one.formula),
        "window": _now(one.window_text),
        "since": found.since.isoformat() if found.since else None,
        "rule": one.rule,
        "rule_label": label(one.rule),
    }


def _period(period: profiles.Period) -> dict[str, Any]:
    return {
        "period": period.code,
        "since": period.since.isoformat() if period.since else None,
        "positive": period.positive,
        "neutral": period.neutral,
        "negative": period.negative,
        "positive_rate": None if period.positive_rate is None else str(period.positive_rate),
        "negative_rate": None if period.negative_rate is None else str(period.negative_rate),
    }


urlpatterns = [
    path("stores/<str:public_id>/profile", ProfileView.as_view(), name="stores-profile"),
    path("stores/<str:public_id>/reviews", StoreReviewsView.as_view(), name="stores-reviews"),
    path("listings/<str:public_id>/reviews", ListingReviewsView.as_view(), name="listings-reviews"),
    path("reviews/<str:public_id>/photos/<str:sha256>", PhotoView.as_view(), name="reviews-photo"),
]


def _describe() -> None:
    null_text, null_moment = {"type": ["string", "null"]}, {"type": ["string", "null"], "format": "date-time"}
    count = {"type": "integer"}
    figure = component(
        "ProfileFigure",
        object_of(
            value=null_text,
            unit=TEXT,
            title=TEXT,
            formula=TEXT,
            window=TEXT,
            since=null_moment,
            rule=TEXT,
            rule_label=TEXT,
        ),
    )
    kinds = dict.fromkeys(profiles.KINDS, count)
    rates = {"positive_rate": null_text, "negative_rate": null_text}
    profile = object_of(
        kind={**TEXT, "const": "store_profile"},
        store=id_schema(Store.PREFIX),
        summary=object_of(name=TEXT, company=TEXT, positive_rate=figure, member_since=MOMENT),
        credit=object_of(None, **dict.fromkeys(profiles.CREDIT, figure)),
        rating=object_of(None, **dict.fromkeys(SCORES, figure)),
        stars=object_of(None, **{str(stars): count for stars in profiles.STARS}),
        history=list_of(object_of(None, period=TEXT, since=null_moment, **kinds, **rates)),
        records=object_of(None, **dict.fromkeys(profiles.DIRECTIONS, TEXT)),
        as_of=MOMENT,
    )
    score = {"type": ["integer", "null"], "minimum": 1, "maximum": 5}
    review = component(
        "PublicReview",
        object_of(
            None,
            id=id_schema(Review.PREFIX),
            direction={**TEXT, "enum": list(profiles.DIRECTIONS)},
            author=TEXT,
            stars={"type": "integer", "minimum": 1, "maximum": 5},
            text=TEXT,
            **dict.fromkeys(SCORES, score),
            photos=list_of(TEXT),
            published_at=MOMENT,
            reply=TEXT,
            replied_at=null_moment,
            supplement=TEXT,
            supplement_photos=list_of(TEXT),
            supplemented_at=null_moment,
            listing=id_schema(Listing.PREFIX),
        ),
    )
    page = page_schema(review)
    rating = object_of(average=null_text, count=count, text=TEXT, rule=TEXT, note=TEXT)
    product = {
        **page,
        "properties": {"rating": rating, **page["properties"]},
        "required": ["rating", *page["required"]],
    }
    describe_view(
        ProfileView,
        operation="stores_profile",
        tag="stores",
        summary=_("Get the profile of a store"),
        text=_("Summary and history as buyers see them, of any store that has opened; rates are null without data."),
        parameters=[id_parameter(Store.PREFIX)],
        answer=component("StoreProfile", profile),
    )
    describe_view(
        StoreReviewsView,
        operation="stores_reviews",
        tag="stores",
        summary=_("List the published reviews of a store"),
        text=_("All that it received or gave, newest first. Authors are known by initials."),
        parameters=[id_parameter(Store.PREFIX), *query_parameters({**RECORD_FILTERS, **PAGING})],
        answer=component("PublicReviewsPage", page),
    )
    describe_view(
        ListingReviewsView,
        operation="listings_reviews",
        tag="listings",
        summary=_("List the reviews of a product"),
        text=_("For product pages: the average, and what buyers wrote, newest first."),
        parameters=[id_parameter(Listing.PREFIX), *query_parameters({**PRODUCT_FILTERS, **PAGING})],
        answer=component("ProductReviewsPage", product),
    )
    describe_view(
        PhotoView,
        operation="reviews_photo",
        tag="reviews",
        summary=_("Get a picture of a review"),
        text=_(
            "Of a published review for whoever may read it; of a hidden one for moderators and the author, "
            "of a deleted one for moderators alone."
        ),
        parameters=[id_parameter(Review.PREFIX)],
        answer={"type": "string", "format": "binary"},
        media="image/*",
        statuses=(401, 403, 404, 429),
    )


_describe()
