"""Reviews and profiles as pages show them, in the portal and in the console: prepared values for the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import profiles
from orders.models import Review
from orders.models.review import SCORES
from orders.states import ReviewState
from rulebook.filetypes import PICTURES
from rulebook.rule import BUYER
from stores.health import rules_of
from stores.indicators import Figure
from stores.models import Listing, Store
from stores.portal.paging import page_of

Picture = Callable[[Review, str], str]
"""The address of a review's picture, by the door."""

PER_PAGE = 20

SCORE_WORDS: dict[str, Any] = {
    "described": gettext_lazy("Goods as described"),
    "communication": gettext_lazy("Communication"),
    "shipping": gettext_lazy("Shipping speed"),
}
FIGURES = ("positive_rate", "average_stars", *SCORES, "reply_rate", "feedback_score")
"""In the order of the page."""


# ------------------------------------------------------------------ one review


def review_row(review: Review, *, picture: Picture, moderator: bool = False) -> dict[str, Any]:
    """A review for those whom it concerns, with its order. What was deleted is not read again but by moderators."""
    order = review.order
    deleted = review.state == ReviewState.DELETED and not moderator
    looked_at = moderator or review.state == ReviewState.PUBLISHED
    by_buyer = review.side == BUYER
    return {
        **_common(review, picture if looked_at and not deleted else None, silent=deleted),
        "author": (review.author or order.buyer_name or _("The buyer")) if by_buyer else order.store.name,
        "replier": order.store.name if by_buyer else order.buyer_name or _("The buyer"),
        "direction": _("about the store") if by_buyer else _("about the buyer"),
        "order": order,
        "product": order.lines[0].title if order.__dict__.get("lines") else "",
        "state": str(review.state),
        "published": review.state == ReviewState.PUBLISHED,
        "silent": deleted,
        "moderation": _moderation(review),
        "report": _report(review),
        "remark": _remark(review),
    }


def public_row(review: Review, store: Store, product: str, *, picture: Picture) -> dict[str, Any]:
    """A published review as anybody reads it: initials instead of the name, and no order."""
    by_buyer = review.side == BUYER
    return {
        **_common(review, picture),
        "author": profiles.veiled(review.author) if by_buyer else store.name,
        "replier": store.name if by_buyer else _("The buyer"),
        "product": product,
        "published": True,
    }


def _common(review: Review, picture: Picture | None, *, silent: bool = False) -> dict[str, Any]:
    return {
        "id": review.public_id,
        "side": review.side,
        "stars": review.stars,
        "star_text": profiles.star_text(review.stars),
        "lit": [star <= review.stars for star in reversed(profiles.STARS)],
        "at": review.published_at,
        "text": "" if silent else review.text,
        "scores": [
            {"label": SCORE_WORDS[score], "value": value}
            for score in SCORES
            if (value := getattr(review, score)) is not None
        ],
        "photos": _photos(review, review.photos, picture, review.published_at),
        "supplement": None
        if silent or review.supplemented_at is None
        else {
            "text": review.supplement,
            "at": review.supplemented_at,
            "photos": _photos(review, review.supplement_photos, picture, review.supplemented_at),
        },
        "reply": {"text": review.reply, "at": review.replied_at} if review.replied_at else None,
    }


def _photos(
    review: Review, photos: Iterable[Mapping[str, Any]], picture: Picture | None, at: datetime
) -> list[dict[str, Any]]:
    """For `base/_evidence.html`. A file's own name may tell more than its sender meant to; it is not shown."""
    if picture is None:
        return []
    return [
        {
            "id": photo["sha256"][:16],
            "name": _("Photo {number}").format(number=number),
            "by": profiles.veiled(review.author),
            "at": at,
            "url": picture(review, photo["sha256"]),
            "is_picture": photo["media_type"] in PICTURES,
            "alt": _("Photo {number} of the review").format(number=number),
        }
        for number, photo in enumerate(photos, 1)
    ]


def _moderation(review: Review) -> dict[str, Any] | None:
    """The latest decision of the platform about it, and why."""
    if review.moderated_at is None:
        return None
    word = {
        ReviewState.HIDDEN: _("Hidden by the platform: neither shown nor counted."),
        ReviewState.DELETED: _("Deleted by the platform: neither shown nor counted, and its scores are gone."),
        ReviewState.PUBLISHED: _("The platform looked at it; the review stands."),
    }[ReviewState(review.state)]
    return {
        "sentence": word,
        "at": review.moderated_at,
        "reason": review.moderation_reason,
        "rule": review.moderated_under,
        "tone": "wait" if review.state == ReviewState.PUBLISHED else "due",
    }


def _report(review: Review) -> dict[str, Any] | None:
    if review.reported_at is None:
        return None
    waits = review.moderated_at is None or review.moderated_at < review.reported_at
    return {"at": review.reported_at, "reason": review.report_reason, "waits": waits}


def _remark(review: Review) -> dict[str, str] | None:
    """Why a published review does not count, or not everywhere."""
    order = review.order
    if review.side != BUYER or review.state != ReviewState.PUBLISHED:
        return None
    if order.excluded_at is not None:
        return {"sentence": _("Not counted: the order was found abnormal."), "rule": "A58-1"}
    if order.special:
        return {"sentence": _("Not counted: a freight, gift or custom order."), "rule": "A55-2"}
    if review.merged:
        return {"sentence": _("Not counted: another review of the same buyer counts."), "rule": "A55-1"}
    if order.not_rated:
        return {"sentence": _("Shown, but left out of the positive rate: the parcel did not arrive."), "rule": "A53-2"}
    return None


# ------------------------------------------------------------------ figures


def figures_shown(profile: profiles.Profile) -> dict[str, Any]:
    """The figures on top of a list, each with its formula, and the reviews by stars."""
    found = {**profile.credit, **profile.rating}
    return {
        "figures": [_figure(found[code]) for code in FIGURES],
        "stars": [
            {"stars": stars, "label": profiles.star_text(stars), "count": count}
            for stars, count in profile.stars.items()
        ],
        "reviews": sum(profile.stars.values()),
        "most": max(1, *profile.stars.values()),
    }


def _figure(found: Figure) -> dict[str, Any]:
    one = found.indicator
    return {
        "code": one.code,
        "label": _(one.title),
        "value": _value(found),
        "none": found.value is None,
        "formula": _(one.formula),
        "sum": _("{above} / {below}").format(above=f"{found.above:,}", below=f"{found.below:,}") if found.below else "",
        "window": _(one.window_text),
        "rule": one.rule,
    }


def _value(found: Figure) -> str:
    if found.value is None:
        return _("no rate yet") if found.indicator.unit == "percent" else _("no score yet")
    if found.indicator.unit == "percent":
        return f"{found.value} %"
    return _("{value} of 5").format(value=found.value) if found.indicator.unit == "average" else f"{found.value:,}"


# ------------------------------------------------------------------ the profile's page


def profile_shown(store: Store, at: datetime, query: QueryDict, *, picture: Picture) -> dict[str, Any]:
    """Summary, history and one page of the records: `?direction=`, `?period=` and the page's position."""
    rules = rules_of(store, at)
    found = profiles.profile_of(store, at)
    codes = profiles.period_codes(rules)
    asked_for = query.get("direction", "")
    direction = asked_for if asked_for in profiles.DIRECTIONS else profiles.RECEIVED
    period = query.get("period", "") if query.get("period", "") in codes else profiles.EVER
    rows = profiles.records(store.id, direction, period, at, rules)
    page = page_of(rows, query, "-published_at", "-id", per_page=PER_PAGE)
    titles = _titles({review.listing_id for review in page.rows})
    return {
        "profile": found,
        "summary": figures_shown(found),
        "rate": _figure(found.credit["positive_rate"]),
        "rows": [public_row(row, store, titles.get(row.listing_id, ""), picture=picture) for row in page.rows],
        "pager": page.pager,
        "directions": [
            {"label": label, "url": f"?direction={code}&period={period}#records", "active": code == direction}
            for code, label in ((profiles.RECEIVED, _("Received")), (profiles.GIVEN, _("Given to buyers")))
        ],
        "periods": [
            {
                "label": profiles.period_label(code),
                "url": f"?direction={direction}&period={code}#records",
                "active": code == period,
            }
            for code in codes
        ],
        "open_to": _(profiles.OPEN_TO_BUYERS),
    }


def _titles(listings: set[UUID]) -> dict[UUID, str]:
    return dict(Listing.objects.filter(id__in=listings).values_list("id", "title")) if listings else {}
