"""Work of the day about stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from rulebook.actors import SYSTEM
from rulebook.amending import current_rulebook
from rulebook.daily import daily
from rulebook.docket import Docket
from rulebook.docket.counting import Span
from rulebook.rules import Rulebook
from stores import ranking_run
from stores.indicators import indicators
from stores.models import Store

AT_ONCE = 200
"""Stores that are looked at together; each batch costs the same few statements."""


@daily("judge_delivery_badges")
def judge_delivery_badges(moment: datetime) -> dict[str, Any]:
    """PLUS-21, over all stores."""
    changed = looked_at = 0
    for ids in _batches():
        with Docket.open(actor=SYSTEM) as docket:
            changed += judge_badges(docket, docket.source.find(Store, id__in=ids), moment)
        looked_at += len(ids)
    return {"stores": looked_at, "changed": changed}


def _batches() -> Iterator[list[UUID]]:
    rows, last = Store.objects.order_by("id"), None
    while ids := list((rows if last is None else rows.filter(id__gt=last)).values_list("id", flat=True)[:AT_ONCE]):
        yield ids
        last = ids[-1]


def judge_badges(docket: Docket, stores: Iterable[Store], moment: datetime) -> int:
    """PLUS-21: the delivery badge follows the share of orders on time, as of this moment; how many changed.

    A store without such orders keeps what it has. Only stores that change are locked, and looked at again under the lock.
    """
    suspects = [store.id for store, *_verdict in wrong_badges(docket.source, docket.rulebook, list(stores), moment)]
    if not suspects:
        return 0
    locked = docket.lock_all(Store, suspects)
    docket.at = moment
    wrong = wrong_badges(docket.source, docket.rulebook, locked, moment)
    for store, share, shown in wrong:
        store.judge_delivery(docket, share=share, shown=shown)
    return len(wrong)


def wrong_badges(
    source: Any, rulebook: Rulebook, stores: list[Store], moment: datetime
) -> list[tuple[Store, Decimal, bool]]:
    """Those whose badge is not what their share asks for, with share and verdict; one statement."""
    one = indicators()["on_time_rate"]
    rules = {store.id: rulebook.at(moment, store=store.id, category=store.category) for store in stores}
    spans = []
    for store in stores:
        above = one.span(store.id, one.above, moment, rules[store.id])
        spans += [above, Span(store.id, one.below, above.since, above.until)]
    sums = iter(source.sums(spans))
    found = []
    for store in stores:
        kept, due = next(sums), next(sums)
        if due <= 0:
            continue
        shown = kept * 10_000 >= rules[store.id].plus.badge_on_time_percent * due
        if shown != store.delivery_badge:
            share = one.value(kept, due, rules[store.id])
            assert isinstance(share, Decimal)
            found.append((store, share, shown))
    return found


@daily("rank_listings")
def rank_listings(moment: datetime) -> dict[str, Any]:
    """Stores and categories are counted for the ranking (A31-2); the listings wait for `stores.tasks.rank_listings`."""
    return ranking_run.begin_day(moment, current_rulebook())
