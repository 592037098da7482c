"""Listings: what a store offers, with its promises."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from rulebook.docket import Ref, brings
from rulebook.models import Aggregate
from rulebook.money import Money
from rulebook.rule import rule
from stores.models.store import Store
from stores.states import ListingState, SpecialKind


class Listing(Aggregate):
    """One offer. `delivery`: list of {method, country, days, fee, worry_free, online}; ``*`` as country means anywhere."""

    KIND, PREFIX = "listing", "lst"
    PUBLIC = (
        "state",
        "title",
        "category",
        "price",
        "stock",
        "handling_days",
        "delivery",
        "local_warehouse",
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
    delivery = models.JSONField(default=list)
    brand = models.CharField(max_length=120, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    special_kind = models.CharField(max_length=12, choices=SpecialKind.choices, default=SpecialKind.NONE)
    flash_sale_minutes = models.PositiveIntegerField(null=True, blank=True)
    local_warehouse = models.CharField(max_length=2, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    last_paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="listing_state_known", condition=Q(state__in=ListingState.values)),
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

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        """An id that a storefront holds may be named in an order; one that is not online is refused with its rule (A16-1)."""
        return True

    def promise(self, method: str | None, country: str) -> dict[str, Any] | None:
        """The delivery promise for a country: of the method asked for, else the first one; None where nothing is offered."""
        for entry in self.delivery:
            if entry["country"] in (country, "*") and method in (None, entry["method"]):
                return entry
        return None

    @rule("A16-1", source=list(ListingState.values), creates=True, says=_("Entered as {title} at {price}."))
    def enrol(self, docket: Any) -> None:
        """An offer of a store that may publish."""
        docket.because(title=self.title, price=self.price, state=self.state)


brings(Listing, store=Ref(Store, at="store_id"))
