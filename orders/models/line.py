"""Lines of an order: what was bought, as it was offered then."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from rulebook.models import Aggregate
from rulebook.money import Money


class OrderLine(Aggregate):
    """A snapshot of the listing: price, category and commission rate stay as they were when the order was placed (A67-2)."""

    KIND, PREFIX, ROOT = "line", "lin", ("order", "order_id")
    PUBLIC = ("title", "category", "quantity", "quantity_shipped", "price", "commission_bps")

    store_id = models.UUIDField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="line_rows", db_index=False, db_constraint=False
    )
    listing = models.ForeignKey(
        "stores.Listing", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    title = models.CharField(max_length=218)
    category = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    quantity_shipped = models.PositiveIntegerField(default=0)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    commission_bps = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="line_of_at_least_one", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="line_ships_no_more_than_bought", condition=Q(quantity_shipped__lte=F("quantity"))
            ),
            models.CheckConstraint(name="line_price_not_negative", condition=Q(price_minor__gte=0)),
        ]
        indexes = [models.Index(name="line_of_order", fields=["order", "id"])]

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def goods_minor(self) -> int:
        return self.price_minor * self.quantity
