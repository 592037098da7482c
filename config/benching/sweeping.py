"""Closing unpaid orders: the sweeper against one set-based SQL script that writes the same rows.

The script's hashes are not chained (a set-based statement cannot name the row before it), which favours the script.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from config.benching.fairground import START, Fairground, count_rows, place_orders
from rulebook.clock import VirtualClock
from rulebook.sweeper import sweep_all, sweep_batch

SCRIPT = """
CREATE TEMP TABLE due ON COMMIT DROP AS
    SELECT o.id, o.store_id, o.buyer_id, d.id AS deadline_id, d.due_at
    FROM rulebook_deadline d JOIN orders_order o ON o.id = d.root_id
    WHERE d.status = 'pending' AND d.due_at <= %(now)s AND d.name = 'payment' AND o.state = 'awaiting_payment'
    FOR NO KEY UPDATE OF o SKIP LOCKED;
CREATE INDEX ON due (id);
ANALYZE due;
UPDATE orders_order o SET state = 'closed', close_reason = 'unpaid', decided_under = 'A32-1', closed_at = due.due_at,
    version = o.version + 1 FROM due WHERE o.id = due.id;
UPDATE rulebook_deadline d SET status = 'fired', settled_at = due.due_at FROM due WHERE d.id = due.deadline_id;
UPDATE stores_listing l SET stock = l.stock + s.units FROM (
    SELECT line.listing_id, sum(line.quantity - line.quantity_shipped) AS units
    FROM orders_orderline line JOIN due ON due.id = line.order_id GROUP BY line.listing_id) s WHERE l.id = s.listing_id;
INSERT INTO rulebook_notice (id, store_id, root_kind, root_id, subject_kind, subject_id, audience_kind, audience_id, code, rule,
    facts, effective_at, queued_at)
    SELECT gen_random_uuid(), store_id, 'order', id, 'order', id, 'seller', store_id, 'order_closed', 'A32-1',
        '{"reason": "unpaid"}'::jsonb, due_at, %(now)s FROM due
    UNION ALL
    SELECT gen_random_uuid(), store_id, 'order', id, 'order', id, 'buyer', buyer_id, 'order_closed', 'A32-1',
        '{"reason": "unpaid"}'::jsonb, due_at, %(now)s FROM due;
CREATE TEMP TABLE heads ON COMMIT DROP AS
    SELECT store_id, number, hash FROM rulebook_chainhead WHERE store_id IN (SELECT store_id FROM due) FOR UPDATE;
INSERT INTO rulebook_journalentry (id, store_id, number, root_kind, root_id, subject_kind, subject_id, act, machine, from_state,
    to_state, actor_kind, actor_id, actor_name, door, rules, parameters, facts, reason, transaction_id, effective_at, recorded_at,
    previous_hash, hash)
    SELECT gen_random_uuid(), due.store_id, heads.number + row_number() OVER (PARTITION BY due.store_id ORDER BY due.due_at, due.id),
        'order', due.id, 'order', due.id, 'order.close_unpaid', 'state', 'awaiting_payment', 'closed', 'system', NULL, 'system',
        'sweeper', '["A32-1"]'::jsonb, '{}'::jsonb, jsonb_build_object('due', due.due_at), '', NULL, due.due_at, %(now)s, heads.hash,
        encode(sha256(convert_to(concat_ws('|', due.store_id, heads.number, heads.hash, 'order', due.id, 'order.close_unpaid', 'state',
            'awaiting_payment', 'closed', 'system', 'sweeper', '["A32-1"]', due.due_at, %(now)s), 'UTF8')), 'hex')
    FROM due JOIN heads ON heads.store_id = due.store_id;
UPDATE rulebook_chainhead h SET number = h.number + s.entries, hash = s.hash FROM (
    SELECT store_id, count(*) AS entries, encode(sha256(convert_to(store_id::text, 'UTF8')), 'hex') AS hash FROM due GROUP BY store_id
    ) s WHERE h.store_id = s.store_id;
"""


def measure(ground: Fairground, orders: int, rounds: int) -> dict[str, object]:
    """Orders per second of both, alternating; the ratio of each round; statements per batch at two sizes."""
    ours, theirs, two = [], [], []
    for number in range(rounds):
        at = START + timedelta(days=200 * number)
        ours.append(orders / _timed_sweep(ground, orders, at, workers=1))
        theirs.append(orders / _timed_script(ground, orders, at + timedelta(days=50)))
        two.append(orders / _timed_sweep(ground, orders, at + timedelta(days=100), workers=2))
    return {
        "ours": ours,
        "theirs": theirs,
        "two": two,
        "statements": [_statements(ground, size, rounds) for size in (50, 1000)],
    }


def _prepare(ground: Fairground, orders: int, at: datetime) -> dict[str, int]:
    """Placed, and reminded in time, as by a sweeper that has been there all the while."""
    place_orders(ground, orders, at=at)
    sweep_all(clock=VirtualClock(at + timedelta(days=19)), rulebook=ground.rulebook, workers=2)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return count_rows()


def _timed_sweep(ground: Fairground, orders: int, at: datetime, workers: int) -> float:
    before = _prepare(ground, orders, at)
    clock = VirtualClock(at + timedelta(days=21))
    began = perf_counter()
    sweep_all(clock=clock, rulebook=ground.rulebook, workers=workers)
    seconds = perf_counter() - began
    _same_rows(before, orders)
    return seconds


def _timed_script(ground: Fairground, orders: int, at: datetime) -> float:
    before = _prepare(ground, orders, at)
    began = perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SCRIPT, {"now": at + timedelta(days=21)})
    seconds = perf_counter() - began
    _same_rows(before, orders)
    return seconds


def _same_rows(before: dict[str, int], orders: int) -> None:
    """Both write one entry and two notices an order, and nothing else is added."""
    added = {table: count - before[table] for table, count in count_rows().items()}
    expected = {"rulebook_journalentry": orders, "rulebook_notice": 2 * orders}
    if {table: count for table, count in added.items() if count} != expected:
        raise AssertionError(f"rows added: {added}, expected {expected}")


def _statements(ground: Fairground, size: int, rounds: int) -> tuple[int, int]:
    at = START + timedelta(days=200 * rounds + size)
    place_orders(ground, size, at=at)
    sweep_all(clock=VirtualClock(at + timedelta(days=19)), rulebook=ground.rulebook)
    clock = VirtualClock(at + timedelta(days=21))
    with CaptureQueriesContext(connection) as captured:
        sweep_batch(clock=clock, rulebook=ground.rulebook, limit=size, isolate=False)
    return size, len(captured)
