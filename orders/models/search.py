"""What an order can be found by: one narrow row for each order, written by the database itself (`orders.search_sql`)."""

from __future__ import annotations

from django.contrib.postgres.search import SearchVectorField
from django.db import models


class OrderSearch(models.Model):
    """Apart from the order, whose row is rewritten with each of its states: this one is written when the order is placed
    and once more for each parcel. Nothing but the triggers writes it.
    """

    id = models.UUIDField(primary_key=True, editable=False, help_text="The order's.")
    store_id = models.UUIDField()
    placed_at = models.DateTimeField()
    words = SearchVectorField(
        help_text="Words of buyer and items; whole codes with a sign in front, see orders.search_sql."
    )

    def __str__(self) -> str:
        return str(self.id)
