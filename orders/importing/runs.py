"""An import as a whole: store after store, in memory or into the database, one transaction for each store."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Count

from orders.importing.history import PastStore
from orders.importing.replay import Early, StoreReplay, imported_from
from orders.importing.tables import BadInput
from orders.importing.tally import Tally
from rulebook.amending import current_rulebook, standing_amendments
from rulebook.clock import Clock, system
from rulebook.docket import Docket
from rulebook.docket.memory import MemorySource
from rulebook.ids import new_id
from rulebook.rules import Rulebook
from stores.models import Store, Storefront

Advance = Callable[[int], None]
Look = Callable[[str, Any, Store], None]
"""What somebody reads of a store before its books are dropped: the past's id of it, the source, the store."""
COLLECT_EVERY = 2_000
"""Orders."""
COLLECT_DROPPED_EVERY = 20_000
"""Orders of books that were dropped, which leave next to nothing behind."""
LOOK_AGAIN_FROM = 500
"""Orders; then at twice as many, and so on."""
LOCK = 0x696D706F7274  # "import": one at a time, so that two runs do not race for the same stores and buyers


@dataclass(slots=True)
class Done:
    """How an import went. skipped: stores that were there already; grown: those that have more orders in the files."""

    tally: Tally
    seconds: float
    memory: bool
    rulebook: Rulebook
    skipped: int = 0
    skipped_orders: int = 0
    early: Early = Early.REFUSE
    grown: dict[str, int] = field(default_factory=dict)
    read_seconds: float = 0.0


def in_memory(
    stores: Sequence[PastStore],
    source: str,
    rulebook: Rulebook,
    advance: Advance,
    clock: Clock = system,
    early: Early = Early.REFUSE,
    look: Look | None = None,
) -> Done:
    """Each store in books of its own that are dropped once counted: memory holds one store at a time."""
    began, total, front = time.perf_counter(), Tally(), new_id()
    with _few_collections(every=COLLECT_DROPPED_EVERY) as collect:
        for past in stores:
            books = MemorySource(rulebook)
            tally, store = _replayed(past, source, front, books, rulebook, clock, early)
            total.add(tally)
            if look is not None:
                look(past.id, books, store)
            books.drop()
            advance(len(past.orders))
            collect(len(past.orders))
    return Done(total, time.perf_counter() - began, memory=True, rulebook=rulebook, early=early)


def into_database(
    stores: Sequence[PastStore],
    source: str,
    overrides: Mapping[str, Any],
    advance: Advance,
    clock: Clock = system,
    early: Early = Early.REFUSE,
) -> Done:
    """Stores that are there are skipped; each other one is committed whole, with its deadlines up to the present."""
    began, total = time.perf_counter(), Tally()
    with _alone():
        there = _imported(source)
        rulebook = current_rulebook() if not overrides else Rulebook(overrides, standing_amendments())
        done = Done(total, 0.0, memory=False, rulebook=rulebook, early=early)
        front = Storefront.objects.get_or_create(name=source.capitalize())[0].id
        written: list[UUID] = []
        orders, look_again = 0, LOOK_AGAIN_FROM
        with _few_collections() as collect:
            for past in stores:
                before = there.get(imported_from(source, past))
                if before is not None:
                    _skip(done, past, before)
                else:
                    tally, store = _replayed(past, source, front, None, rulebook, clock, early)
                    total.add(tally)
                    written.append(store.id)
                    collect(len(past.orders))
                    orders += len(past.orders)
                    if orders >= look_again:
                        look_again *= 2
                        _look_again_at_tables()
                advance(len(past.orders))
        total.faults += books_hold(written)
    done.seconds = time.perf_counter() - began
    return done


@contextmanager
def _few_collections(every: int = COLLECT_EVERY) -> Iterator[Advance]:
    """A store's records live and die together; looking for garbage among them all the time costs a sixth of the run."""
    since = 0

    def collect(orders: int) -> None:
        nonlocal since
        since += orders
        if since >= every:
            since = 0
            gc.collect()

    gc.freeze()
    gc.disable()
    try:
        yield collect
    finally:
        gc.enable()
        gc.unfreeze()


def _look_again_at_tables() -> None:
    """Plans that were made while the tables were empty read them from end to end; with new statistics they are made anew."""
    tables = ", ".join(f'"{model._meta.db_table}"' for model in apps.get_models() if model._meta.managed)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def _skip(done: Done, past: PastStore, orders_there: int) -> None:
    done.skipped += 1
    done.skipped_orders += len(past.orders)
    if len(past.orders) > orders_there:
        done.grown[past.name] = len(past.orders) - orders_there


def _replayed(
    past: PastStore,
    source: str,
    storefront: UUID,
    memory: MemorySource | None,
    rulebook: Rulebook,
    clock: Clock,
    early: Early,
) -> tuple[Tally, Store]:
    with Docket.open(clock=clock, source=memory, rulebook=rulebook) as docket:
        replay = StoreReplay(docket, past, source, storefront, early)
        tally = replay.run()
    return tally, replay.store


def _imported(source: str) -> dict[str, int]:
    """What was imported before: how many orders each store has, by where it came from."""
    stores = Store.objects.filter(imported_from__startswith=f"{source}:").annotate(held=Count("orders"))
    return dict(stores.values_list("imported_from", "held"))


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise BadInput("Another import is running on this database; wait until it has ended.")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


BOOKS_HOLD = """
    SELECT 'transaction ' || transaction_id || ' does not sum to zero' FROM finance_leg WHERE store_id = ANY(%(stores)s)
    GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0
    UNION ALL
    SELECT kind || ' ' || currency || ' of store ' || store_id || ': legs and balance differ' FROM (
        SELECT store_id, kind, currency, amount_minor FROM finance_leg WHERE store_id = ANY(%(stores)s)
        UNION ALL
        SELECT store_id, kind, currency, -amount_minor FROM finance_balance WHERE store_id = ANY(%(stores)s)
    ) AS both_sides
    GROUP BY store_id, kind, currency HAVING sum(amount_minor) <> 0
"""


def books_hold(stores: Sequence[UUID]) -> list[str]:
    """What the database's own sums say of these stores' ledgers: nothing, if all is well."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKS_HOLD, {"stores": list(stores)})
        return [row[0] for row in cursor.fetchall()]
