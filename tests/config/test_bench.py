"""The bench fills tables by hand: it must know their columns."""

from __future__ import annotations

from config.benching.listings import COLUMNS
from stores.models import Listing


def test_listings_are_filled_with_every_column_that_may_not_be_empty():
    filled = {name.strip() for name in COLUMNS.split(",")}
    needed = {field.column for field in Listing._meta.concrete_fields if not field.null}

    assert needed <= filled, sorted(needed - filled)
