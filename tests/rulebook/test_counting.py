"""Sums of spans as the database reads them, against the events themselves."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rulebook.docket.counting import Reading, Span, writing_calls, writing_counts
from rulebook.docket.effects import Call, TallyDraft
from rulebook.docket.postgres import PostgresSource
from rulebook.docket.speaking import run
from rulebook.ids import new_id
from rulebook.models import Tally
from rulebook.models.base import KINDS
from rulebook.zones import platform_zone

NOON = datetime(2026, 3, 10, 12, tzinfo=platform_zone()).astimezone(UTC)
TICK = timedelta(microseconds=1)
STORES = [UUID(int=1), UUID(int=2)]
NAMES = ("sold", "lost")


def book(events: list[tuple[UUID, str, datetime, int]]) -> None:
    """As the docket does it."""
    drafts = [TallyDraft(store, name, at, value, new_id()) for store, name, at, value in events]
    Tally.objects.bulk_create(
        Tally(id=new_id(), store_id=d.store_id, name=d.name, at=d.at, value=d.value, root_id=d.root_id) for d in drafts
    )
    run(writing_counts(drafts, platform_zone()))


def naive(span: Span, events: list[tuple[UUID, str, datetime, int]]) -> int:
    return sum(
        value * span.names.get(name, 0)
        for store, name, at, value in events
        if store == span.store_id
        and (span.since is None or at > span.since)
        and (span.until is None or at <= span.until)
    )


def moments() -> list[datetime]:
    """Edges of days, and what lies a tick before and after them; some hours in between."""
    hours = [timedelta(hours=hours) for hours in (-300, -72, -36, -25, -13, -12, -11, -2, 0, 3, 11, 12, 13, 36, 60)]
    return [NOON + step + nudge for step in hours for nudge in (-TICK, timedelta(0), TICK)]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_every_span_is_exact_to_the_tick_whichever_part_of_a_day_is_read(seed: int) -> None:
    dice = random.Random(seed)
    at = moments()
    events = [
        (dice.choice(STORES), dice.choice(NAMES), dice.choice(at), dice.choice((-1, 1, 5))) for _event in range(300)
    ]
    book(events)
    weights = ({"sold": 1}, {"sold": 2, "lost": -3}, {"unheard": 1})
    edges = [None, *at]
    spans = [
        Span(dice.choice(STORES), dice.choice(weights), since, until)
        for since in edges
        for until in edges
        if since is None or until is None or since <= until
    ]

    for first in range(0, len(spans), 97):
        some = spans[first : first + 97]
        assert PostgresSource().sums(some) == [naive(span, events) for span in some]
    for span in dice.sample(spans, 150):  # alone, its own edge is the latest
        assert PostgresSource().sums([span]) == [naive(span, events)]


@pytest.mark.django_db
def test_spans_that_overlap_read_what_they_share_once_in_one_statement() -> None:
    book([(STORES[0], "sold", NOON - timedelta(days=days), 1) for days in range(200)])
    spans = [
        Span(STORES[0], names, NOON - timedelta(days=days), NOON)
        for days in (30, 90, 180)
        for names in ({"sold": 1}, {"sold": 100, "lost": 1})
    ]

    with CaptureQueriesContext(connection) as asked:
        sums = PostgresSource().sums(spans)

    assert sums == [30, 3000, 90, 9000, 180, 18000]
    assert len(asked) == 1
    assert "Gather" not in _plan(asked[0]["sql"])
    tables = Counter(table for table, *_range in Reading(spans, platform_zone()).pieces)
    # Of each name three days in which a window begins, what lies ahead of the moment of looking, and three ranges of days.
    assert tables == {"tally": 8, "daycount": 6}


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql.replace("%", "%%"), ())
        return "\n".join(row[0] for row in cursor.fetchall())


def test_nothing_asked_costs_nothing(django_assert_num_queries: Any, db: Any) -> None:
    with django_assert_num_queries(0):
        assert PostgresSource().sums([]) == []


def test_of_two_calls_of_one_name_the_first_holds() -> None:
    """As in memory, where the second finds the first one pending."""
    model, identity, store = KINDS["store"], new_id(), new_id()
    first, second = (Call(model, identity, store, "security_taken", "A45-2", NOON + timedelta(hours=n)) for n in (1, 2))

    ((_sql, params),) = writing_calls([first, second])

    assert first.at in params
    assert second.at not in params
