"""Reviews in both directions (A52-A60, FB): what counts, what is shown, and what was counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from orders import conditions as c
from orders.states import ReviewState
from rulebook.citations import formula
from rulebook.models import Measured
from rulebook.models.base import Measure
from rulebook.refusals import Refused
from rulebook.rule import BUYER, MODERATOR, SELLER, rule
from stores.models import Buyer, Listing

SCORES = ("described", "communication", "shipping")
"""The store rating's three parts (A52-3); only buyers give them (A52-4)."""

Audience = tuple[str, UUID]
"""Who is told: a kind of actor, and the buyer's or the store's id."""


class Review(Measured):
    """One side's word about an order: stars and text, a buyer's with three scores of the store. One main review for each side.

    `points`: what its stars were worth when it was published; a later change of the formula leaves it (A60-1).
    """

    KIND, PREFIX, ROOT = "review", "rev", ("order", "order_id")
    PUBLIC = (
        "state",
        "side",
        "author",
        "stars",
        "text",
        "described",
        "communication",
        "shipping",
        "photos=shown_photos",
        "published_at",
        "reply",
        "replied_at",
        "supplement",
        "supplement_photos=shown_supplement_photos",
        "supplemented_at",
        "counts",
        "decided_under",
    )
    State = ReviewState

    store_id = models.UUIDField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="review_rows", db_index=False, db_constraint=False
    )
    buyer_id = models.UUIDField()
    listing_id = models.UUIDField(help_text="Of the order's first line: where product pages show it.")
    state = FSMField(choices=State.choices, default=State.PUBLISHED, protected=True)
    side = models.CharField(max_length=8, help_text="Who wrote it: buyer or seller.")
    author = models.CharField(max_length=120, blank=True)
    stars = models.PositiveSmallIntegerField()
    points = models.SmallIntegerField(default=0)
    described = models.PositiveSmallIntegerField(null=True, blank=True)
    communication = models.PositiveSmallIntegerField(null=True, blank=True)
    shipping = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.TextField(blank=True)
    photos = models.JSONField(default=list, blank=True, help_text="Files as the evidence port kept them.")
    merged = models.BooleanField(default=False, help_text="The buyer's other review of these days counts (A55-1).")
    in_score = models.BooleanField(default=False, help_text="Whether it is in the product's or buyer's average now.")
    published_at = models.DateTimeField()
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    supplement = models.TextField(blank=True)
    supplement_photos = models.JSONField(default=list, blank=True)
    supplemented_at = models.DateTimeField(null=True, blank=True)
    moderated_at = models.DateTimeField(null=True, blank=True)
    moderated_under = models.CharField(max_length=24, blank=True)
    moderation_reason = models.TextField(blank=True)
    reported_at = models.DateTimeField(null=True, blank=True, help_text="Somebody asked the platform to look at it.")
    report_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="review_state_known", condition=Q(state__in=ReviewState.values)),
            models.CheckConstraint(name="review_stars_one_to_five", condition=Q(stars__range=(1, 5))),
            models.CheckConstraint(
                name="review_scores_one_to_five",
                condition=Q(described__range=(1, 5)) | Q(described__isnull=True),
            ),
            models.UniqueConstraint(name="review_once_per_side", fields=["store_id", "order", "side"]),
        ]
        indexes = [
            models.Index(name="review_of_order", fields=["order", "id"]),
            models.Index(name="review_of_store", fields=["store_id", "side", "-published_at", "-id"]),
            models.Index(name="review_by_stars", fields=["store_id", "side", "stars", "-published_at", "-id"]),
            models.Index(
                name="review_not_shown",
                fields=["store_id", "-published_at", "-id"],
                condition=~Q(state="published"),
            ),
            models.Index(
                name="review_to_answer",
                fields=["store_id", "-published_at", "-id"],
                condition=Q(side="buyer", state="published", points__lte=0, replied_at__isnull=True),
            ),
            models.Index(name="review_of_listing", fields=["listing_id", "-published_at", "-id"]),
            models.Index(name="review_of_buyer", fields=["buyer_id", "-published_at", "-id"]),
            models.Index(name="review_reported", fields=["reported_at"], condition=Q(reported_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.stars} stars by the {self.side}"

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.buyer_id == actor.id or (self.side == BUYER and self.state == ReviewState.PUBLISHED))

    @property
    def shown_photos(self) -> list[str]:
        return [photo["sha256"] for photo in self.photos]

    @property
    def shown_supplement_photos(self) -> list[str]:
        return [photo["sha256"] for photo in self.supplement_photos]

    @property
    def decided_under(self) -> str:
        """The rule that ended it; what a moderator kept or restored has not ended."""
        return "" if self.state == ReviewState.PUBLISHED else self.moderated_under

    # ------------------------------------------------------------------ what counts

    @property
    @formula("A55-1", "A55-2")
    def counts(self) -> bool:
        """A55-1: the system decides by itself. Hidden and deleted ones do not, nor those of abnormal orders (A58-1), of
        special products (A55-2), or one of several of a buyer where these are merged."""
        order = self.order
        return bool(
            self.state == ReviewState.PUBLISHED and order.excluded_at is None and not order.special and not self.merged
        )

    def is_bad(self, docket: Any) -> bool:
        """Whether the buyer was badly served: one or two stars, or such a score that the indicators don't skip."""
        if self.side != BUYER or not self.counts:
            return False
        low = docket.rulebook.at(self.published_at).svc.bad_score
        given = (getattr(self, score) for score in SCORES if not self._skips(score, docket))
        return bool(self.stars <= low or any(score is not None and score <= low for score in given))

    def _skips(self, score: str, docket: Any) -> bool:
        """A38-1, A38-3: a low logistics score whose cause is the carrier's does not count against the seller."""
        if score != "shipping" or "shipping_score" not in self.order.exemptions or self.shipping is None:
            return False
        return bool(self.shipping <= docket.rulebook.at(self.published_at).logistics.low_score)

    def measures(self, docket: Any) -> list[Measure]:
        """A56: by name and star; the rates leave out what was refunded as not received (A53-2). Replies are dated as what
        they answer (FB-20)."""
        if self.side != BUYER or not self.counts:
            return []
        at: datetime = self.published_at
        found: list[Measure] = [(f"stars_{self.stars}", at, 1), ("feedback", at, self.points)]
        if not self.order.not_rated:
            kind = "positive" if self.points > 0 else "negative" if self.points < 0 else "neutral"
            found.append((kind, at, 1))
        if self.points <= 0:  # what A57-1 lets the store explain
            found.append(("answerable", at, 1))
            if self.replied_at is not None:
                found.append(("answered", at, 1))
        for score in SCORES:
            value = getattr(self, score)
            if value is not None and not self._skips(score, docket):
                found.append((f"{score}_{value}", at, 1))
        return found

    def remeasure(self, docket: Any) -> None:
        """Beside the store's figures, the product's average or the buyer's."""
        super().remeasure(docket)
        if self.counts == self.in_score:
            return
        sign = 1 if self.counts else -1
        self.in_score = self.counts
        model, identity = (Listing, self.listing_id) if self.side == BUYER else (Buyer, self.buyer_id)
        docket.increment(model, identity, "reviews_count", sign)
        docket.increment(model, identity, "stars_sum", sign * self.stars)

    # ------------------------------------------------------------------ writing

    @rule(
        "A54-1",
        source=State.PUBLISHED,
        by=[BUYER, SELLER],
        creates=True,
        also=["A52-5", "A55-3", "A60-1"],
        says=_("{side} gave {stars} of 5 stars."),
    )
    def publish(self, docket: Any) -> None:
        """Live and counted at once: there is no blind period."""
        self.points = docket.rules_for(self.order).review.points[str(self.stars)]
        docket.because(stars=self.stars, points=self.points, side=self.side)
        for rule_id in ("A52-5", "A55-3") if self.side == SELLER else ("A53-1", "A55-3"):
            docket.also_under(rule_id)
        if self.order.not_rated:
            docket.also_under("A53-2")
        if self.order.special:
            docket.also_under("A55-2")
        audience = ("seller", self.store_id) if self.side == BUYER else ("buyer", self.buyer_id)
        docket.notify(*audience, "review_published", self, stars=self.stars, order=self.order.name)

    @rule(
        "FB-10",
        source=State.PUBLISHED,
        by=BUYER,
        otherwise="FB-10",
        conditions=[c.of_a_buyer, c.not_added_to, c.in_time_to_add],
        says=_("The buyer added to the review."),
    )
    def add_supplement(self, docket: Any, *, text: str, photos: list[dict[str, Any]]) -> None:
        """Once, within some months of the review: text and photos; the stars stay."""
        self.supplement, self.supplement_photos, self.supplemented_at = text, photos, docket.at
        docket.notify("seller", self.store_id, "review_supplemented", self, order=self.order.name)

    @rule(
        "A57-1",
        source=State.PUBLISHED,
        by=[BUYER, SELLER],
        otherwise="A57-1",
        conditions=[c.by_who_was_reviewed, c.not_positive, c.not_replied_to],
        says=_("Replied to."),
    )
    def answer(self, docket: Any, *, text: str) -> None:
        """Who got a negative or neutral review may explain himself, once."""
        longest = docket.rules_for(self.order).review.reply_max_chars
        if len(text) > longest:
            raise Refused(
                "A57-1",
                _("A reply has {longest} characters at most; this has {length}."),
                longest=longest,
                length=len(text),
            )
        self.reply, self.replied_at = text, docket.at
        audience = ("buyer", self.buyer_id) if self.side == BUYER else ("seller", self.store_id)
        docket.notify(*audience, "review_replied", self, order=self.order.name)

    # ------------------------------------------------------------------ moderating

    @rule(
        "A59-1",
        source=State.PUBLISHED,
        by=[BUYER, SELLER],
        otherwise="A59-1",
        conditions=[c.not_reported],
        says=_("Reported: {reason}"),
    )
    def report(self, docket: Any, *, reason: str) -> None:
        """Somebody finds words that should not stand; a moderator looks at it."""
        self.reported_at, self.report_reason = docket.at, reason
        docket.because(reason=reason)
        docket.notify("moderator", None, "review_reported", self, reason=reason)

    @rule(
        "A58-1",
        source=State.PUBLISHED,
        target=State.HIDDEN,
        by=MODERATOR,
        otherwise="A58-1",
        says=_("Hidden: {reason}"),
    )
    def hide(self, docket: Any, *, reason: str, reporter: Audience | None) -> None:
        """Blocked: neither shown nor counted."""
        self._moderated(docket, reason, reporter, stands=False)

    @rule(
        "A58-1",
        source=State.HIDDEN,
        target=State.PUBLISHED,
        by=MODERATOR,
        otherwise="A58-1",
        says=_("Shown again: {reason}"),
    )
    def restore(self, docket: Any, *, reason: str, reporter: Audience | None) -> None:
        """Shown and counted again, on the day of its writing."""
        self._moderated(docket, reason, reporter, stands=True)

    @rule("A58-1", source=State.PUBLISHED, by=MODERATOR, otherwise="A58-1", says=_("Kept after a report: {reason}"))
    def keep(self, docket: Any, *, reason: str, reporter: Audience | None) -> None:
        """The report was looked at; the review stands."""
        self._moderated(docket, reason, reporter, stands=True)

    @rule(
        "A59-1",
        source=[State.PUBLISHED, State.HIDDEN],
        target=State.DELETED,
        by=MODERATOR,
        otherwise="A59-1",
        also=["A59-2"],
        says=_("Deleted: {reason}"),
    )
    def delete_for_words(self, docket: Any, *, reason: str, reporter: Audience | None) -> None:
        """A personal attack or unfit words: the review goes, and with it the scores of the order (A59-2)."""
        docket.also_under("A59-2")
        docket.because(**{score: getattr(self, score) for score in SCORES if getattr(self, score) is not None})
        self.described = self.communication = self.shipping = None
        self._moderated(docket, reason, reporter, stands=False)

    def _moderated(self, docket: Any, reason: str, reporter: Audience | None, *, stands: bool) -> None:
        """The author is told, and who reported it: both read the reasons. A report may have come from a stranger, who
        learns nothing of the order."""
        docket.because(reason=reason)
        self.moderated_at, self.moderated_under, self.moderation_reason = docket.at, docket.rule, reason
        author: Audience = ("buyer", self.buyer_id) if self.side == BUYER else ("seller", self.store_id)
        docket.notify(*author, "review_moderated", self, reason=reason, order=self.order.name)
        if reporter is not None and reporter != author:
            docket.notify(
                *reporter, "review_report_declined" if stands else "review_report_upheld", self, reason=reason
            )

    def case_row(self, docket: Any) -> dict[str, Any] | None:
        """Its row of the moderators' worklists, once somebody reported it: it waits until that is answered."""
        if self.reported_at is None:
            return None
        waits = self.moderated_at is None or self.moderated_at < self.reported_at
        return {
            "store_id": self.store_id,
            "kind": "review",
            "subject_id": self.id,
            "number": self.order.number or 0,
            "store_name": self.order.store.name,
            "party": self.author or self.order.buyer_name,
            "topic": f"{self.stars}_stars",
            "state": str(self.state),
            "lane": "reviews" if waits else "done",
            "open": waits,
            "value_minor": 0,
            "currency": self.order.currency,
            "value_usd_minor": 0,
            "opened_at": self.reported_at,
            "due_at": None,
            "closed_at": None if waits else self.moderated_at,
        }
