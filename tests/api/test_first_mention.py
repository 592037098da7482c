"""Two calls that name a new buyer at the same moment record him once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from stores.models import Buyer
from tests.api.conftest import Caller
from tests.fair import build_fair


@pytest.mark.django_db(transaction=True)
def test_a_buyer_mentioned_by_many_calls_at_once_is_recorded_once():
    fair = build_fair()
    key = fair.storefront_key()

    def call(_number: int) -> int:
        try:
            return Caller(key, **{"Piepowder-Buyer": "new-one"}).get("orders")[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(16)))

    assert statuses == [200] * 16
    assert Buyer.objects.filter(reference="new-one").count() == 1
