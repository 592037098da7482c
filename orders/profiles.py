"""A store's profile as buyers read it (A56), and what products show of reviews (FB-9).

All figures are sums of counters: a million reviews cost what ten cost. The lists walk along an index, page by page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from orders.models import Review
from orders.models.review import SCORES
from orders.states import ReviewState
from rulebook.actors import BUYER, MODERATOR, SELLER, Actor
from rulebook.calendars import calendar_months
from rulebook.citations import cite, formula
from rulebook.docket.counting import Span
from rulebook.docket.postgres import PostgresSource
from rulebook.files import StoredFile
from rulebook.rules import Rules
from stores.health import rules_of
from stores.indicators import Figure, asked, rounded, told
from stores.models import Listing, Store

STARS = (5, 4, 3, 2, 1)
KINDS = ("positive", "neutral", "negative")
CREDIT = ("positive_rate", "negative_rate", "average_stars", "feedback_score", "reviews", "reply_rate")
EVER = "all"
RECEIVED, GIVEN = "received", "given"
DIRECTIONS: dict[str, str] = {RECEIVED: BUYER, GIVEN: SELLER}
"""From the store's side, to the side that wrote."""

OPEN_TO_BUYERS = gettext_noop("Every buyer of an order may review it; nobody else can.")
cite("FB-21", "orders.profiles.OPEN_TO_BUYERS")

STAR_WORDS: dict[int, Any] = {
    5: gettext_lazy("very good"),
    4: gettext_lazy("good"),
    3: gettext_lazy("fair"),
    2: gettext_lazy("bad"),
    1: gettext_lazy("very bad"),
}


@formula("FB-11")
def star_text(stars: int) -> str:
    """``4 of 5 stars: good``: five is best, one is very bad."""
    return _("{stars} of 5 stars: {word}").format(stars=stars, word=STAR_WORDS[stars])


# ------------------------------------------------------------------ the profile


@dataclass(frozen=True, slots=True)
class Period:
    """A line of the history. months: None for all time. since: what was published exactly then is out."""

    months: int | None
    since: datetime | None
    positive: int
    neutral: int
    negative: int
    positive_rate: Decimal | None
    negative_rate: Decimal | None

    @property
    def code(self) -> str:
        return EVER if self.months is None else str(self.months)

    @property
    def label(self) -> str:
        return period_label(self.code)


@dataclass(frozen=True, slots=True)
class Profile:
    """What anybody may know of a store. credit, rating: the two parts of its evaluation (A52-1). stars: reviews by stars."""

    store: Store
    at: datetime
    company: str
    member_since: datetime
    credit: Mapping[str, Figure]
    rating: Mapping[str, Figure]
    stars: Mapping[int, int]
    history: Sequence[Period]

    @property
    def positive_rate(self) -> Decimal | None:
        value = self.credit["positive_rate"].value
        return value if isinstance(value, Decimal) else None


@formula("A56-1", "A56-2", "A52-1")
def profile_of(store: Store, at: datetime) -> Profile:
    """Summary and history of a store; its records are lists of their own (`records`). One statement."""
    rules, source, codes = rules_of(store, at), PostgresSource(), [*CREDIT, *SCORES]
    windows = _windows(at, rules)
    sums = iter(source.sums([*asked(codes, store, at, rules), *_spans(store.id, at, windows)]))
    found = told(codes, sums, store, at, rules)
    stars, periods = _history(sums, windows, rules)
    return Profile(
        store=store,
        at=at,
        company=store.seller.name,
        member_since=store.seller.registered_at,
        credit={code: found[code] for code in CREDIT},
        rating={code: found[code] for code in SCORES},
        stars=stars,
        history=periods,
    )


@formula("A56-3")
def history(source: Any, store_id: UUID, at: datetime, rules: Rules) -> tuple[dict[int, int], list[Period]]:
    """Reviews by their stars of all time, and by their kind over the windows of the rulebook; one statement for all."""
    windows = _windows(at, rules)
    return _history(iter(source.sums(_spans(store_id, at, windows))), windows, rules)


Window = tuple[int | None, datetime | None]
"""Months, None for all time, and where they begin."""


def _windows(at: datetime, rules: Rules) -> list[Window]:
    months = [None if one == EVER else int(one) for one in rules.review.history_windows]
    return [(one, _begin(one, at, rules)) for one in months]


def _spans(store_id: UUID, at: datetime, windows: Iterable[Window]) -> list[Span]:
    spans = [Span(store_id, {f"stars_{star}": 1}, None, at) for star in STARS]
    return spans + [Span(store_id, {kind: 1}, since, at) for _months, since in windows for kind in KINDS]


def _history(sums: Iterator[int], windows: Iterable[Window], rules: Rules) -> tuple[dict[int, int], list[Period]]:
    """Of the sums of `_spans`."""
    stars = {star: next(sums) for star in STARS}
    return stars, [_period(months, since, [next(sums) for _kind in KINDS], rules) for months, since in windows]


def _period(months: int | None, since: datetime | None, counts: Sequence[int], rules: Rules) -> Period:
    positive, neutral, negative = counts
    rated = positive + negative
    return Period(
        months,
        since,
        positive,
        neutral,
        negative,
        rounded(Decimal(100 * positive) / rated, rules) if rated else None,
        rounded(Decimal(100 * negative) / rated, rules) if rated else None,
    )


def _begin(months: int | None, at: datetime, rules: Rules) -> datetime | None:
    return None if months is None else calendar_months(at, -months, zone=rules.platform.tz)


def begin_of(period: str, at: datetime, rules: Rules) -> datetime | None:
    """Where the span of this code begins; None for all time."""
    return None if period == EVER else _begin(int(period), at, rules)


def period_label(code: str) -> str:
    """``1 month``, ``6 months``, ``All time``."""
    if code == EVER:
        return _("All time")
    return _("1 month") if code == "1" else _("{n} months").format(n=code)


def period_codes(rules: Rules) -> list[str]:
    """The spans of the history, as addresses name them."""
    return [str(months) for months in rules.review.history_windows]


# ------------------------------------------------------------------ the records


@formula("A56-4", "FB-9")
def records(store_id: UUID, direction: str, period: str, at: datetime, rules: Rules) -> QuerySet[Review]:
    """The reviews that anybody may read: all that the store got, or gave, in a period (a code of `period_codes`)."""
    rows = Review.objects.filter(store_id=store_id, side=DIRECTIONS[direction], state=ReviewState.PUBLISHED)
    since = begin_of(period, at, rules)
    return rows if since is None else rows.filter(published_at__gt=since)


def product_reviews(listing_id: UUID) -> QuerySet[Review]:
    """What buyers wrote about a product, for its page; whoever sees the page sees them all (FB-9)."""
    return Review.objects.filter(listing_id=listing_id, side=BUYER, state=ReviewState.PUBLISHED)


@formula("FB-19")
def product_rating(listing: Listing) -> dict[str, Any]:
    """Average and number of the reviews that count; without any there is no average, and that speaks against nobody."""
    none = _("No review yet. That is no bad sign: the product, or its store, may be new.")
    return {
        "average": None if listing.rating is None else str(listing.rating),
        "count": listing.reviews_count,
        "text": "" if listing.reviews_count else none,
        "rule": "FB-19",
    }


@formula("A52-2")
def review_shown(review: Review, *, photo_at: Any) -> dict[str, Any]:
    """A published review as anybody reads it: stars and content, text or pictures. Who wrote is known by initials alone, and
    the order not at all. photo_at: makes a picture's address of the review and the picture's hash."""
    return {
        "id": review.public_id,
        "direction": RECEIVED if review.side == BUYER else GIVEN,
        "author": veiled(review.author) if review.side == BUYER else "",
        "stars": review.stars,
        "text": review.text,
        **{score: getattr(review, score) for score in SCORES},
        "photos": [photo_at(review, photo["sha256"]) for photo in review.photos],
        "published_at": review.published_at.isoformat(),
        "reply": review.reply,
        "replied_at": review.replied_at.isoformat() if review.replied_at else None,
        "supplement": review.supplement,
        "supplement_photos": [photo_at(review, photo["sha256"]) for photo in review.supplement_photos],
        "supplemented_at": review.supplemented_at.isoformat() if review.supplemented_at else None,
    }


def veiled(name: str) -> str:
    """``A*** B***``: enough to tell people apart, too little to know them."""
    return " ".join(f"{word[0]}***" for word in name.split()) or "***"


# ------------------------------------------------------------------ pictures


def may_see_photos(actor: Actor) -> Q:
    """Reviews whose pictures he may look at: published ones; hidden ones he wrote; moderators see those of deleted ones, too."""
    if actor.kind == MODERATOR:
        return Q()
    published = Q(side=BUYER, state=ReviewState.PUBLISHED)
    his_own = Q(side=BUYER, buyer_id=actor.id) & ~Q(state=ReviewState.DELETED)
    return published | his_own if actor.kind == BUYER else published


def photo_of(review: Review, sha256: str) -> StoredFile | None:
    """The review's picture with this hash of what was sent."""
    found = next((one for one in (*review.photos, *review.supplement_photos) if one["sha256"] == sha256), None)
    return None if found is None else StoredFile.of(found)
