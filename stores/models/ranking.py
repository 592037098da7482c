"""What the search reads: one narrow row for each listing, and the figures that its place is made of.

These are read models, no records: everything in them follows from listings, templates and counters. The database keeps words,
state, price and countries in step itself (`stores.search_sql`); the ranking run counts the figures (`stores.ranking_run`).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

NEUTRAL = 5000
"""The middle of a factor, in ten-thousandths: what stands where nothing is known (FB-19)."""


class SearchEntry(models.Model):
    """A listing as the search sees it. `description`, `conversion`: factors in ten-thousandths. `offered`: online and in stock.

    `countries`: where it is delivered to, ``*`` for anywhere; `blocked`: where it is not sold all the same (A38E-3).
    """

    listing_id = models.UUIDField(primary_key=True)
    store_id = models.UUIDField()
    offered = models.BooleanField(default=False)
    category = models.CharField(max_length=120)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    countries = ArrayField(models.TextField(), default=list)
    blocked = ArrayField(models.TextField(), default=list)
    cheating = models.CharField(max_length=16, default="none")
    plus_late_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    units_sold = models.BigIntegerField(default=0)
    description = models.PositiveSmallIntegerField(default=NEUTRAL)
    conversion = models.PositiveSmallIntegerField(default=NEUTRAL)
    words = SearchVectorField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="search_description_is_a_share", condition=Q(description__lte=10_000)),
            models.CheckConstraint(name="search_conversion_is_a_share", condition=Q(conversion__lte=10_000)),
        ]
        indexes = [
            GinIndex(name="search_words", fields=["words"], condition=Q(offered=True), fastupdate=False),
            models.Index(name="search_of_category", fields=["category"], condition=Q(offered=True)),
            models.Index(name="search_of_store", fields=["store_id", "listing_id"]),
        ]
        verbose_name_plural = "search entries"

    def __str__(self) -> str:
        return str(self.listing_id)


class SearchDue(models.Model):
    """A listing whose figures are to be counted again: it is new, was changed, or a new day began."""

    listing_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.listing_id)


class ServiceScore(models.Model):
    """A store's service ability (A31-2) as last counted. `parts`: list of {code, value, figure, count}."""

    store_id = models.UUIDField(primary_key=True)
    value = models.PositiveSmallIntegerField(default=NEUTRAL, help_text="In ten-thousandths.")
    parts = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="service_score_is_a_share", condition=Q(value__lte=10_000))]

    def __str__(self) -> str:
        return f"{self.store_id}: {self.value}"


class CategoryFigures(models.Model):
    """Sales and reviews of a category's listings online, ``*`` for all: what a listing's own are measured against."""

    category = models.CharField(max_length=120, primary_key=True)
    listings = models.BigIntegerField(default=0)
    sold = models.BigIntegerField(default=0, help_text="Listings with at least one order.")
    orders = models.BigIntegerField(default=0)
    reviews = models.BigIntegerField(default=0)
    stars = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "category figures"

    def __str__(self) -> str:
        return self.category


class SearchWord(models.Model):
    """A word of the listings on offer, for searches that are misspelt."""

    word = models.CharField(max_length=80, primary_key=True)
    listings = models.BigIntegerField()

    def __str__(self) -> str:
        return self.word
