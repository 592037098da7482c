"""One act about one order (`buyer.pay`) against hand-written SQL that reads and writes the same rows, one client, durable."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from time import perf_counter
from uuid import UUID

from django.db import connection, transaction

from config.benching.fairground import START, Fairground, count_rows, place_orders
from rulebook.actions import perform
from rulebook.clock import VirtualClock
from rulebook.ids import new_id


def measure(ground: Fairground, acts: int, rounds: int) -> dict[str, object]:
    """Acts per second of both, alternating."""
    ours, theirs = [], []
    clock = VirtualClock(START + timedelta(days=1))
    for _round in range(rounds):
        for way, figures in ((_perform, ours), (_by_hand, theirs)):
            orders = place_orders(ground, acts + 20)
            for order in orders[:20]:
                way(ground, order, clock)
            before = count_rows()
            began = perf_counter()
            for order in orders[20:]:
                way(ground, order, clock)
            figures.append(acts / (perf_counter() - began))
            _same_rows(before, acts)
    return {"ours": ours, "theirs": theirs}


def _same_rows(before: dict[str, int], acts: int) -> None:
    added = {table: (count - before[table]) / acts for table, count in count_rows().items() if count != before[table]}
    expected = {
        "rulebook_journalentry": 1,
        "rulebook_notice": 1,
        "rulebook_deadline": 2,
        "rulebook_tally": 5,
        "finance_transaction": 1,
        "finance_leg": 2,
        "finance_payment": 1,
    }
    if added != expected:
        raise AssertionError(f"rows added an act: {added}, expected {expected}")


def _perform(ground: Fairground, order: UUID, clock: VirtualClock) -> None:
    perform("buyer.pay", actor=ground.buyer, on=order, clock=clock, rulebook=ground.rulebook)


def _by_hand(ground: Fairground, order: UUID, clock: VirtualClock) -> None:
    """The statements that somebody would write who knew that this one act is all there is."""
    at = clock.now()
    with transaction.atomic(), connection.cursor() as run:
        run.execute(
            "SELECT store_id, goods_minor + freight_minor, currency, handling_days, version, state, buyer_id FROM orders_order"
            " WHERE id = %s FOR NO KEY UPDATE",
            [order],
        )
        store, total, currency, handling, version, state, buyer = run.fetchone()
        run.execute(
            "SELECT id, name, due_at FROM rulebook_deadline WHERE root_id = %s AND status IN ('pending', 'stuck')",
            [order],
        )
        deadlines = [deadline for deadline, _name, _due in run.fetchall()]
        run.execute("SELECT listing_id, quantity FROM orders_orderline WHERE order_id = %s", [order])
        lines = run.fetchall()
        run.execute("SELECT state, restrictions FROM stores_store WHERE id = %s FOR SHARE", [store])
        run.fetchone()
        if state != "awaiting_payment" or buyer != ground.buyer.id:
            raise AssertionError("the order is not to be paid")
        _move(run, order, at, store, total, currency, handling, version, deadlines)
        _count(run, order, at, store, total, lines)


def _move(
    run: object,
    order: UUID,
    at: datetime,
    store: UUID,
    total: int,
    currency: str,
    handling: int,
    version: int,
    deadlines: list[UUID],
) -> None:
    execute = run.execute  # type: ignore[attr-defined]
    entry, posting, due = new_id(), new_id(), at + timedelta(days=handling)
    execute(
        "UPDATE orders_order SET state = 'awaiting_shipment', paid_at = %s, paid_minor = %s, escrow_minor = %s, payment_method = 'card',"
        " payment_network = 'visa', paid_usd_minor = %s, handling_due_at = %s, counted = %s, version = version + 1"
        " WHERE id = %s AND version = %s",
        [at, total, total, total, due, json.dumps([["orders", at.isoformat(), 1]] * 5), order, version],
    )
    execute("UPDATE rulebook_deadline SET status = 'met', settled_at = %s WHERE id = ANY(%s)", [at, deadlines])
    execute(
        "INSERT INTO rulebook_deadline (id, store_id, root_kind, root_id, subject_kind, subject_id, name, due_at, rule, status, set_at,"
        " attempts, error) VALUES (%s, %s, 'order', %s, 'order', %s, 'handling', %s, 'A34-1', 'pending', %s, 0, ''),"
        " (%s, %s, 'order', %s, 'order', %s, 'handling_reminder', %s, 'A34-1', 'pending', %s, 0, '')",
        [new_id(), store, order, order, due, at, new_id(), store, order, order, due - timedelta(days=1), at],
    )
    execute(
        "INSERT INTO finance_payment (id, version, store_id, order_id, state, amount_minor, currency, method, network, provider,"
        " reference, started_at, captured_at) VALUES (%s, 1, %s, %s, 'captured', %s, %s, 'card', 'visa', 'sandbox', %s, %s, %s)",
        [new_id(), store, order, total, currency, f"sbx_{posting}", at, at],
    )
    execute(
        "INSERT INTO finance_transaction (id, store_id, kind, order_id, entry_id, rule, effective_at, facts, key)"
        " VALUES (%s, %s, 'payment', %s, %s, 'A34-1', %s, '{}', %s)",
        [posting, store, order, entry, at, f"{entry}:payment:0"],
    )
    execute(
        "INSERT INTO finance_leg (id, store_id, transaction_id, kind, amount_minor, currency) VALUES (%s, %s, %s, 'clearing', %s, %s),"
        " (%s, %s, %s, 'escrow', %s, %s)",
        [new_id(), store, posting, -total, currency, new_id(), store, posting, total, currency],
    )
    execute(
        "INSERT INTO finance_balance (id, store_id, kind, currency, amount_minor) VALUES (%s, %s, 'clearing', %s, 0),"
        " (%s, %s, 'escrow', %s, 0) ON CONFLICT (store_id, kind, currency) DO NOTHING",
        [new_id(), store, currency, new_id(), store, currency],
    )
    execute(
        "UPDATE finance_balance SET amount_minor = amount_minor + CASE kind WHEN 'escrow' THEN %s ELSE -%s END"
        " WHERE store_id = %s AND kind IN ('clearing', 'escrow') AND currency = %s",
        [total, total, store, currency],
    )
    execute(
        "INSERT INTO rulebook_notice (id, store_id, root_kind, root_id, subject_kind, subject_id, audience_kind, audience_id, code, rule,"
        " facts, effective_at, queued_at) VALUES (%s, %s, 'order', %s, 'order', %s, 'seller', %s, 'order_paid', 'A34-1', %s, %s, %s)",
        [new_id(), store, order, order, store, json.dumps({"paid": total, "due": due.isoformat()}), at, at],
    )
    execute("SELECT number, hash FROM rulebook_chainhead WHERE store_id = %s FOR UPDATE", [store])
    number, previous = run.fetchone()  # type: ignore[attr-defined]
    facts = {"paid": total, "days": handling, "due": due.isoformat()}
    said = [
        str(store),
        number + 1,
        previous,
        str(order),
        "order.pay",
        "awaiting_payment",
        "awaiting_shipment",
        facts,
        at.isoformat(),
    ]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    execute(
        "INSERT INTO rulebook_journalentry (id, store_id, number, root_kind, root_id, subject_kind, subject_id, act, machine, from_state,"
        " to_state, actor_kind, actor_name, door, rules, parameters, facts, reason, transaction_id, effective_at, recorded_at,"
        " previous_hash, hash) VALUES (%s, %s, %s, 'order', %s, 'order', %s, 'order.pay', 'state', 'awaiting_payment',"
        " 'awaiting_shipment', 'buyer', 'Buyer', 'bench', '[\"A34-1\"]', '{}', %s, '', %s, %s, %s, %s, %s)",
        [entry, store, number + 1, order, order, json.dumps(facts), posting, at, at, previous, digest],
    )
    execute("UPDATE rulebook_chainhead SET number = %s, hash = %s WHERE store_id = %s", [number + 1, digest, store])


def _count(run: object, order: UUID, at: datetime, store: UUID, total: int, lines: list[tuple[UUID, int]]) -> None:
    """What the order counts for its store and its products."""
    execute = run.execute  # type: ignore[attr-defined]
    units = sum(quantity for _listing, quantity in lines)
    counted = {"orders": 1, "units": units, "lines": len(lines), "sales": total, "online_due": 1}
    for listing, quantity in lines:
        execute(
            "UPDATE stores_listing SET units_sold = units_sold + %s, orders_count = orders_count + 1 WHERE id = %s",
            [quantity, listing],
        )
    names, values = list(counted), list(counted.values())
    rows = "unnest(%s::uuid[], %s::text[], %s::bigint[]) AS v(id, name, value)"
    execute(
        "INSERT INTO rulebook_tally (id, store_id, name, at, value, root_id)"
        f" SELECT v.id, %s, v.name, %s, v.value, %s FROM {rows}",
        [store, at, order, [new_id() for _ in names], names, values],
    )
    execute(
        f"INSERT INTO rulebook_daycount (id, store_id, name, day, value) SELECT v.id, %s, v.name, %s, v.value FROM {rows}"
        " ON CONFLICT (store_id, name, day) DO UPDATE SET value = rulebook_daycount.value + excluded.value",
        [store, at.date(), [new_id() for _ in names], names, values],
    )
    execute(
        f"INSERT INTO rulebook_total (id, store_id, name, value) SELECT v.id, %s, v.name, v.value FROM {rows}"
        " ON CONFLICT (store_id, name) DO UPDATE SET value = rulebook_total.value + excluded.value",
        [store, [new_id() for _ in names], names, values],
    )
