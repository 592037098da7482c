"""PLUS-21 each midnight, over all stores: a constant number of statements for each batch, and only when something changes."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rulebook.calendars import day_end, local_day
from rulebook.clock import now, parse_duration
from rulebook.models import JournalEntry
from rulebook.zones import platform_zone
from stores import dailies
from stores.models import Store
from tests.fair import Fair, build_fair


@pytest.fixture
def fair(db: Any) -> Fair:
    """Two orders whose promise of five days ended long ago; one of them was kept."""
    fair = build_fair(begin=now() - parse_duration("20d"))
    fair.shipped("lantern")
    fair.do("carrier.scan", on=fair.shipped("lantern").shipment_rows.get(), event="delivered")
    return fair


def midnight() -> Any:
    zone = platform_zone()
    return day_end(local_day(now() - parse_duration("5d"), zone), zone)


def test_a_store_below_the_share_loses_its_badge_once(fair: Fair) -> None:
    report = dailies.judge_delivery_badges(midnight())
    again = dailies.judge_delivery_badges(midnight())

    store = Store.objects.get(pk=fair.store.pk)
    assert (report["changed"], again["changed"]) == (1, 0)
    assert store.delivery_badge is False
    assert Store.objects.get(pk=fair.other_store.pk).delivery_badge is True
    entry = JournalEntry.objects.get(act="store.judge_delivery")
    assert entry.effective_at == midnight()
    assert entry.rule == "PLUS-21"
    assert "50.0 % of the orders of 30 days" in entry.sentence()


def test_the_badge_comes_back_with_the_share(fair: Fair) -> None:
    Store.objects.filter(pk=fair.store.pk).update(delivery_badge=False)
    for _ in range(18):
        fair.do("carrier.scan", on=fair.shipped("lantern").shipment_rows.get(), event="delivered")

    dailies.judge_delivery_badges(midnight())

    assert Store.objects.get(pk=fair.store.pk).delivery_badge is True


def test_the_number_of_statements_does_not_depend_on_the_stores(fair: Fair) -> None:
    dailies.judge_delivery_badges(midnight())

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            dailies.judge_delivery_badges(midnight())
        return len(seen)

    before = statements()
    Store.objects.bulk_create(
        Store(seller=fair.store.seller, name=f"Stall {number}", subdomain=f"stall-{number}") for number in range(40)
    )

    assert statements() == before


def test_it_is_work_of_the_day() -> None:
    from rulebook import daily

    daily._read_all()

    assert "judge_delivery_badges" in daily._WORK
