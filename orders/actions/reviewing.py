"""Reviews in both directions, and their moderation (A52-A60, FB)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from orders.models import Order, Review
from orders.models.order import REVIEWING
from orders.models.review import SCORES, Audience
from orders.states import ReviewState
from rulebook.actions import action
from rulebook.actors import BUYER, SELLER
from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.inputs import Text, Uploads, Whole
from rulebook.models.base import make
from rulebook.refusals import Invalid, NotFound, Refused

SCORE_LABELS = {
    "described": _("Goods as described"),
    "communication": _("Communication"),
    "shipping": _("Shipping speed"),
}
SCORE_INPUTS = {name: Whole(label=label, most=5, default=None) for name, label in SCORE_LABELS.items()}
STARS = Whole(label=_("Stars"), most=5, default=None, help=_("5 is best, 1 is very bad."))
WORDS = Text(label=_("Review"), longest=4000, default="")


@action(
    "buyer.review",
    on=Order,
    may="be_buyer",
    opens=REVIEWING,
    creates=Review,
    label=_("Review"),
    inputs={
        "stars": STARS,
        "text": WORDS,
        **SCORE_INPUTS,
        "photos": Uploads(label=_("Photos"), default=None, most=20),
    },
)
def review_order(
    docket: Docket, order: Order, *, stars: int | None, text: str, photos: list[Any] | None, **scores: int | None
) -> Review:
    """Stars, words, photos, and three scores of the store (A53-1, FB-8)."""
    return _review(docket, order, BUYER, stars, text, photos or [], scores)


@action(
    "seller.review_buyer",
    on=Order,
    may="answer_buyers",
    opens=REVIEWING,
    creates=Review,
    label=_("Review the buyer"),
    inputs={"stars": STARS, "text": WORDS, **SCORE_INPUTS},
)
def review_buyer(docket: Docket, order: Order, *, stars: int | None, text: str, **scores: int | None) -> Review:
    """The seller's word about the buyer (A52-5); the three scores are the buyers' alone (A52-4)."""
    given = [name for name in SCORES if scores[name] is not None]
    if given:
        raise Refused("A52-4", _("Only buyers give scores for {names}."), names=", ".join(given))
    return _review(docket, order, SELLER, stars, text, [], {})


@formula("A52-4", "FB-8", "FB-12")
def _review(
    docket: Docket,
    order: Order,
    side: str,
    stars: int | None,
    text: str,
    photos: list[Any],
    scores: dict[str, int | None],
) -> Review:
    REVIEWING.law.check(order, docket)
    if stars is None:
        raise Refused("FB-12", _("A review needs its stars, 1 to 5; words are up to you."))
    _judge_photos(docket, order, photos)
    review = make(
        Review,
        id=new_id(),
        store_id=order.store_id,
        order_id=order.id,
        buyer_id=order.buyer_id,
        listing_id=order.lines[0].listing_id,
        side=side,
        author=docket.actor.name,
        stars=stars,
        text=text,
        photos=[photo.columns() for photo in photos],
        merged=side == BUYER and _merged(docket, order),
        published_at=docket.at,
        **scores,
    )
    tie(review, order=order)
    order.reviews_count += 1
    docket.add(review, order.reviews)
    review.publish(docket)
    return review


def _judge_photos(docket: Docket, order: Order, photos: list[Any]) -> None:
    """FB-8: some photos, and nothing but photos: what everybody may look at was drawn anew."""
    most = docket.rules_for(order).review.max_files
    if len(photos) > most:
        raise Refused("FB-8", _("A review shows {most} photos at most."), most=most)
    other = next((photo for photo in photos if not photo.is_picture), None)
    if other is not None:
        raise Invalid({"photos": [_now("{name} is not a picture.").format(name=other.name)]})


def _merged(docket: Docket, order: Order) -> bool:
    """Where the rulebook merges a buyer's reviews of some days (A55-1, off by default): whether an earlier one counts."""
    days = docket.rules_for(order).review.merge_days
    if not days:
        return False
    since = natural_days(docket.at, -days)
    earlier = docket.source.find(
        Review,
        store_id=order.store_id,
        buyer_id=order.buyer_id,
        side=BUYER,
        state=ReviewState.PUBLISHED,
        published_at__gt=since,
    )
    return any(not review.merged for review in earlier)


@action(
    "buyer.follow_up_review",
    on=Review,
    may="be_buyer",
    opens=Review.add_supplement,
    label=_("Add to the review"),
    inputs={"text": WORDS, "photos": Uploads(label=_("Photos"), default=None, most=20)},
)
def follow_up_review(docket: Docket, review: Review, *, text: str, photos: list[Any] | None) -> Review:
    """Text and photos once more, later (FB-10); the stars stay."""
    if review.buyer_id != docket.actor.id:
        raise NotFound(_now("There is no such review."))
    if not text and not photos:
        raise Invalid({"text": [_now("Write something, or add a photo.")]})
    _judge_photos(docket, review.order, photos or [])
    review.add_supplement(docket, text=text, photos=[photo.columns() for photo in photos or []])
    return review


REPLY = {"text": Text(label=_("Reply"), longest=4000, help=_("One reply; everybody can read it."))}


@action("seller.reply_to_review", on=Review, may="answer_buyers", opens=Review.answer, label=_("Reply"), inputs=REPLY)
def seller_replies(docket: Docket, review: Review, *, text: str) -> Review:
    """Explain yourself under a negative or neutral review, once (A57-1)."""
    review.answer(docket, text=text)
    return review


@action("buyer.reply_to_review", on=Review, may="be_buyer", opens=Review.answer, label=_("Reply"), inputs=REPLY)
def buyer_replies(docket: Docket, review: Review, *, text: str) -> Review:
    """Explain yourself under a seller's negative or neutral review, once (A57-1)."""
    if review.buyer_id != docket.actor.id:
        raise NotFound(_now("There is no such review."))
    review.answer(docket, text=text)
    return review


REASON = {"reason": Text(label=_("Reasons"))}


@action("seller.report_review", on=Review, may="answer_buyers", opens=Review.report, label=_("Report"), inputs=REASON)
def seller_reports(docket: Docket, review: Review, *, reason: str) -> Review:
    """Ask the platform to look at words that should not stand (A59-1)."""
    review.report(docket, reason=reason)
    return review


@action("buyer.report_review", on=Review, may="be_buyer", opens=Review.report, label=_("Report"), inputs=REASON)
def buyer_reports(docket: Docket, review: Review, *, reason: str) -> Review:
    """Ask the platform to look at words that should not stand (A59-1)."""
    review.report(docket, reason=reason)
    return review


MODERATION = {"reason": Text(label=_("Reasons"), help=_("Author, store and whoever reported it read them."))}


def _reporter(docket: Docket, review: Review) -> Audience | None:
    """Who asked the platform to look at it, by the journal: either side of the order, or another buyer."""
    reports = docket.source.entries(review.id, "review.report") if review.reported_at is not None else []
    if not reports:
        return None
    if reports[-1].actor_kind == SELLER:
        return SELLER, review.store_id
    return BUYER, reports[-1].actor_id


@action(
    "moderator.hide_review", on=Review, may="moderate_reviews", opens=Review.hide, label=_("Hide"), inputs=MODERATION
)
def hide_review(docket: Docket, review: Review, *, reason: str) -> Review:
    """Neither shown nor counted (A58-1)."""
    review.hide(docket, reason=reason, reporter=_reporter(docket, review))
    return review


@action(
    "moderator.restore_review",
    on=Review,
    may="moderate_reviews",
    opens=Review.restore,
    label=_("Show again"),
    inputs=MODERATION,
)
def restore_review(docket: Docket, review: Review, *, reason: str) -> Review:
    """Shown and counted again (A58-1)."""
    review.restore(docket, reason=reason, reporter=_reporter(docket, review))
    return review


@action(
    "moderator.keep_review", on=Review, may="moderate_reviews", opens=Review.keep, label=_("Keep"), inputs=MODERATION
)
def keep_review(docket: Docket, review: Review, *, reason: str) -> Review:
    """The report was looked at; the review stands (A58-1)."""
    review.keep(docket, reason=reason, reporter=_reporter(docket, review))
    return review


@action(
    "moderator.delete_review",
    on=Review,
    may="moderate_reviews",
    opens=Review.delete_for_words,
    irreversible=True,
    label=_("Delete"),
    inputs=MODERATION,
)
def delete_review(docket: Docket, review: Review, *, reason: str) -> Review:
    """A personal attack or unfit words (A59-1); the scores of the order go with it (A59-2)."""
    review.delete_for_words(docket, reason=reason, reporter=_reporter(docket, review))
    return review
