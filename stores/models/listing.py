"""Listings: what a store offers, with its promises."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from rulebook.citations import formula
from rulebook.docket import Ref, brings, tie
from rulebook.ids import public_id
from rulebook.models import Measured
from rulebook.models.base import Measure
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.rule import MODERATOR, SELLER, rule
from stores.conditions import demoted
from stores.models.delivery import DeliveryTemplate
from stores.models.store import Store
from stores.states import Cheating, Hall, ListingState, SpecialKind, TemplateState


class Listing(Measured):
    """One offer. `delivery`: list of {method, country, days, fee, worry_free, online, carrier_charges, duties, vat}; ``*`` as
    country means anywhere."""

    KIND, PREFIX = "listing", "lst"
    PUBLIC = (
        "state",
        "title",
        "category",
        "price",
        "stock",
        "handling_days",
        "delivery",
        "template_id=template_public_id",
        "local_warehouse",
        "hall",
        "badges",
        "rating",
        "reviews_count",
        "units_sold",
        "blocked_countries",
        "returnable",
        "published_at",
    )
    State = ListingState

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="listings", db_index=False)
    state = FSMField(choices=State.choices, default=State.DRAFT, protected=True)
    title = models.CharField(max_length=218)
    category = models.CharField(max_length=120)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="USD")
    stock = models.BigIntegerField(default=0)
    handling_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: the rulebook's stocking period."
    )
    description = models.TextField(blank=True)
    pictures = models.JSONField(default=list, blank=True, help_text="Addresses of its pictures.")
    delivery = models.JSONField(default=list, help_text="Its own promises; empty: those of the template.")
    template = models.ForeignKey(
        DeliveryTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="listings", db_constraint=False
    )
    brand = models.CharField(max_length=120, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    special_kind = models.CharField(max_length=12, choices=SpecialKind.choices, default=SpecialKind.NONE)
    flash_sale_minutes = models.PositiveIntegerField(null=True, blank=True)
    local_warehouse = models.CharField(max_length=2, blank=True)
    hall = models.CharField(
        max_length=8, choices=Hall.choices, default=Hall.NONE, help_text="ru: the Russian boutique hall (A39-3)."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    plus_late_at = models.DateTimeField(null=True, blank=True, help_text="Shipped too late for Plus; the badge went.")
    blocked_countries = models.JSONField(default=list, blank=True, help_text="Where it is not sold (A38E-3).")
    returnable = models.BooleanField(
        default=True, help_text="May be sent back without a reason where Plus promises it (PLUS-7, PLUS-23)."
    )
    units_sold = models.BigIntegerField(default=0)
    orders_count = models.BigIntegerField(default=0)
    reviews_count = models.BigIntegerField(default=0, help_text="Those that count for the product's score (A55-2).")
    stars_sum = models.BigIntegerField(default=0)
    last_paid_at = models.DateTimeField(null=True, blank=True)
    cheating = models.CharField(
        max_length=16, choices=Cheating.choices, default=Cheating.NONE, help_text="What staff found of search cheating."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="listing_state_known", condition=Q(state__in=ListingState.values)),
            models.CheckConstraint(name="listing_cheating_known", condition=Q(cheating__in=Cheating.values)),
            models.CheckConstraint(name="listing_price_not_negative", condition=Q(price_minor__gte=0)),
            models.CheckConstraint(name="listing_stock_not_negative", condition=Q(stock__gte=0)),
            models.UniqueConstraint(name="listing_of_its_store", fields=["store", "id"]),
        ]
        indexes = [models.Index(name="listing_of_store", fields=["store", "state", "id"])]

    def __str__(self) -> str:
        return self.title

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def promises(self) -> list[dict[str, Any]]:
        """Delivery as offered: the listing's own entries, else its template's."""
        if self.delivery or self.template_id is None:
            return list(self.delivery)
        return list(self.template.entries)

    @property
    def template_public_id(self) -> str | None:
        return None if self.template_id is None else public_id(DeliveryTemplate.PREFIX, self.template_id)

    @property
    @formula("PLUS-1", "PLUS-19")
    def badges(self) -> list[str]:
        """``plus`` while the store is a member in good standing and the product was not late since (PLUS-1, PLUS-17);
        ``on_time`` while the store delivers as promised, which is no part of Plus (PLUS-19, PLUS-21)."""
        store = self.store
        found = []
        if store.in_plus and (
            self.plus_late_at is None or (store.plus_since and self.plus_late_at <= store.plus_since)
        ):
            found.append("plus")
        if store.delivery_badge:
            found.append("on_time")
        return found

    @property
    def rating(self) -> Decimal | None:
        """Average stars, half up to one decimal; none without reviews, which is no blame (FB-19)."""
        if not self.reviews_count:
            return None
        return (Decimal(self.stars_sum) / self.reviews_count).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def measures(self, docket: Any) -> list[Measure]:
        if self.state != ListingState.LIVE:
            return []
        return [("live_listings", self.published_at or docket.at, 1)]

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        """An id that a storefront holds may be named in an order; one that is not online is refused with its rule (A16-1)."""
        return True

    def promise(self, method: str | None, country: str) -> dict[str, Any] | None:
        """The delivery promise for a country: of the method asked for, else the first one; None where nothing is offered."""
        for entry in self.promises:
            if entry["country"] in (country, "*") and method in (None, entry["method"]):
                return entry
        return None

    @rule("A16-1", source=list(ListingState.values), creates=True, says=_("Entered as {title} at {price}."))
    def enrol(self, docket: Any) -> None:
        """An offer of a store that may publish."""
        docket.because(title=self.title, price=self.price, state=self.state)

    @rule(
        "PLUS-17",
        source=list(ListingState.values),
        deadline="plus_late",
        says=_("Out of Plus: an order of it was not shipped within {hours} hours after payment."),
    )
    def leave_plus_late(self, docket: Any) -> None:
        """Shipped too late: the product loses the badge; no other sanction."""
        docket.because(hours=docket.rules_for(self).plus.ship_hours)
        self.plus_late_at = docket.at
        docket.notify("seller", self.store_id, "plus_badge_lost", self, title=self.title)

    @rule(
        "A38E-3",
        source=list(ListingState.values),
        by=MODERATOR,
        says=_("Not sold to {countries}: {reason}."),
    )
    def block_countries(self, docket: Any, *, countries: list[str], reason: str) -> None:
        """The platform blocks this product for given countries."""
        docket.because(countries=", ".join(countries), reason=reason)
        self.blocked_countries = sorted({*self.blocked_countries, *countries})
        docket.notify("seller", self.store_id, "countries_blocked", self, countries=", ".join(countries), reason=reason)

    @rule(
        "A31-2",
        source=list(ListingState.values),
        by=MODERATOR,
        otherwise="A31-2",
        says=_("Found to cheat in searches: now {degree}, before {before}."),
    )
    def demote(self, docket: Any, *, degree: str, reason: str) -> None:
        """Search cheating was found: the listing stands lower in searches, or is not found at all."""
        if degree == self.cheating:
            raise Refused("A31-2", _("The listing stands at this degree already: {degree}."), degree=degree)
        docket.because(degree=degree, before=self.cheating, reason=reason)
        self.cheating = degree
        docket.notify("seller", self.store_id, "listing_demoted", self, title=self.title, degree=degree, reason=reason)

    @rule(
        "A31-2",
        source=list(ListingState.values),
        by=MODERATOR,
        otherwise="A31-2",
        conditions=[demoted],
        says=_("Ranked as all others again; before {before}."),
    )
    def restore_ranking(self, docket: Any, *, reason: str) -> None:
        """What was wrong is mended, or was none: the listing is ranked as all others."""
        docket.because(before=self.cheating, reason=reason)
        self.cheating = str(Cheating.NONE)
        docket.notify("seller", self.store_id, "listing_ranking_restored", self, title=self.title, reason=reason)

    @rule("A37-3", source=list(ListingState.values), by=SELLER, says=_("Delivered as the template {template} says."))
    def use_template(self, docket: Any, *, template: DeliveryTemplate) -> None:
        """The listing's promises are those of the template from now on; orders placed keep what they were promised."""
        docket.because(template=template.name)
        if template.state != TemplateState.IN_USE:
            raise Refused("A37-3", _("The template {name} is retired."), name=template.name)
        self.template_id, self.delivery = template.id, []
        tie(self, template=template)


brings(Listing, store=Ref(Store, at="store_id"), template=Ref(DeliveryTemplate, at="template_id"))
