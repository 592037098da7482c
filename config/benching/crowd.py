"""A crowded fair for the benches of lists and searches: orders, lines, parcels and deadlines by the million, made by the
database itself out of one real order of each store. Nothing here is an act: there is no journal and no money.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection

from config.benching.fairground import open_fairground, place_orders
from orders.models import Order, OrderLine, Shipment
from orders.searching import forget_statistics
from rulebook.models import Deadline
from rulebook.models.base import make
from stores.models import Listing

STORES, LISTINGS_OF_A_STORE, BATCH = 200, 100, 50_000
FIRST = (
    "{Ada,Bob,Carmen,Dmitri,Elif,Fatima,Georg,Hana,Igor,Jelena,Kwame,Lucía,Maria,Noor,Olga,Pedro,Qing,Rosa,Sven,Tomasz}"
)
LAST = (
    "{Almeida,Becker,Costa,Dubois,Eriksen,Ferrari,García,Hansen,Ivanova,Jansen,Kovač,Lopes,Müller,Novák,Okafor,Petrov}"
)
KINDS = (
    "{lamp,lantern,chair,table,shelf,vase,mirror,clock,rug,cushion,basket,kettle,teapot,bowl,tray,candle,frame,hook}"
)
LOOKS = "{paper,stone,oak,bamboo,copper,linen,velvet,glass,iron,marble,cotton,ceramic,walnut,brass,wool,silver,rattan}"

MADE = """
CREATE TEMP TABLE made AS
SELECT n, b.id AS store_id, b.template_id, b.listings, sum(1) OVER (PARTITION BY b.id ORDER BY n) + 10 AS number,
    (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid AS id,
    md5('line' || n)::uuid AS line_id, md5('parcel' || n)::uuid AS parcel_id, md5('due' || n)::uuid AS due_id,
    md5('buyer' || floor(pow(random(), 2) * %(buyers)s))::uuid AS buyer_id,
    {first} || ' ' || {last} || translate(substr(md5(floor(random() * 3000)::text), 1, 4), '0123456789', 'ghijklmnop') AS buyer_name,
    timestamptz '2026-03-02' + n * (interval '200 days' / %(orders)s) AS placed_at,
    n / %(orders)s::float AS age, random() AS luck, 1 + floor(random() * random() * cardinality(b.listings))::int AS which
FROM (SELECT n, floor(%(stores)s * pow(random(), 3))::int + 1 AS nth FROM generate_series(1, %(orders)s) AS n) AS drawn
JOIN (SELECT row_number() OVER (ORDER BY t.store_id) AS nth, t.store_id AS id, t.id AS template_id,
             ARRAY(SELECT l.id FROM stores_listing l WHERE l.store_id = t.store_id ORDER BY l.id) AS listings
      FROM orders_order t) AS b ON b.nth = drawn.nth;
CREATE INDEX ON made (n);
ANALYZE made;
"""
"""Facts of each order. A sixth of all orders fall to the largest store; the oldest 80 % are ended."""

STATE = (
    "CASE WHEN m.age < 0.8 THEN CASE WHEN m.luck < 0.85 THEN 'completed' ELSE 'closed' END WHEN m.age < 0.96 THEN 'shipped'"
    " WHEN m.luck < 0.05 THEN 'awaiting_payment' WHEN m.luck < 0.1 THEN 'partially_shipped' ELSE 'awaiting_shipment' END"
)
DUE = "m.placed_at + interval '7 days'"


@dataclass(frozen=True)
class Crowd:
    """store: the largest one's id. seconds: what the filling took."""

    store: UUID
    orders: int
    seconds: float
    placed_in_the_middle: datetime
    of_store: int


def fill(orders: int) -> Crowd:
    """A database that holds nothing else."""
    began = perf_counter()
    ground = open_fairground(STORES)
    place_orders(ground, STORES)
    _offer()
    with connection.cursor() as run:
        run.execute("SELECT setseed(0.5)")
        made = MADE.format(first=_any(FIRST), last=_any(LAST))
        run.execute(made, {"orders": orders, "stores": STORES, "buyers": max(1, orders // 4)})
        for least in range(0, orders, BATCH):
            for statement in _statements():
                run.execute(statement, [least, least + BATCH])
        run.execute("VACUUM ANALYZE")
        run.execute("SELECT store_id, count(*) FROM made GROUP BY store_id ORDER BY count(*) DESC LIMIT 1")
        ((store, of_store),) = run.fetchall()
        run.execute("SELECT placed_at FROM made WHERE n = %s", [orders // 2])
        ((middle,),) = run.fetchall()
        run.execute("DROP TABLE made")
    forget_statistics()
    return Crowd(store, orders, perf_counter() - began, middle, of_store)


def _offer() -> None:
    """Many listings for each store, like its first."""
    columns = _columns(Listing, {"id": "gen_random_uuid()", "title": _title("g")})
    with connection.cursor() as run:
        run.execute(
            f"INSERT INTO stores_listing ({columns[0]}) SELECT {columns[1]} FROM stores_listing t,"
            f" generate_series(1, {LISTINGS_OF_A_STORE - 1}) AS g"
        )


def _title(number: str) -> str:
    return f"initcap({_any(LOOKS)} || ' ' || {_any(KINDS)}) || ' for home and garden, model ' || {number} || substr(md5(t.id::text), 1, 3)"


def _any(words: str) -> str:
    """One of them, by chance."""
    return f"('{words}'::text[])[1 + floor(random() * {words.count(',') + 1})]"


def _statements() -> list[str]:
    """Each copies a template row, whatever columns it has, and puts in what differs."""
    order = {
        "id": "m.id", "number": "m.number", "buyer_id": "m.buyer_id", "buyer_name": "m.buyer_name", "state": STATE,
        "placed_at": "m.placed_at", "external_id": "'SF-' || (70000000 + m.n * 7)",
        "country": "(ARRAY['US', 'BR', 'FR', 'ES', 'PL', 'KR'])[1 + floor(m.luck * 6)]",
        "goods_minor": "(500 + floor(m.luck * 20000))::bigint", "units": "1",
        "paid_at": f"CASE WHEN {STATE} <> 'awaiting_payment' THEN m.placed_at + interval '1 hour' END",
        "shipped_at": f"CASE WHEN {STATE} IN ('shipped', 'completed') THEN m.placed_at + interval '2 days' END",
        "handling_due_at": f"CASE WHEN {STATE} <> 'awaiting_payment' THEN {DUE} END",
        "open_dispute_id": f"CASE WHEN {STATE} = 'shipped' AND m.luck < 0.02 THEN m.due_id END",
        "open_cancellation_id": f"CASE WHEN {STATE} = 'awaiting_shipment' AND m.luck < 0.13 THEN m.due_id END",
    }  # fmt: skip
    line = {"id": "m.line_id", "order_id": "m.id", "listing_id": "l.id", "title": "l.title"}
    parcel = _defaults(Shipment) | {
        "id": "m.parcel_id", "version": "1", "store_id": "m.store_id", "order_id": "m.id", "method": "'standard'", "quantity": "1",
        "waybill": "'LP' || (100000000 + m.n * 13) || 'CN'", "shipped_at": "m.placed_at + interval '2 days'",
    }  # fmt: skip
    due = {
        "id": "m.due_id",
        "root_id": "m.id",
        "subject_id": "m.id",
        "name": "'handling'",
        "due_at": DUE,
        "rule": "'A34-1'",
    }
    made = "made m JOIN {table} t ON t.{key} = m.template_id"
    within = "WHERE m.n > %s AND m.n <= %s"
    lines = (
        f"{made.format(table='orders_orderline', key='order_id')} JOIN stores_listing l ON l.id = m.listings[m.which]"
    )
    dues = f"{made.format(table='rulebook_deadline', key='root_id')} AND t.name = 'payment'"
    return [
        _copy(Order, order, made.format(table="orders_order", key="id"), within),
        _copy(OrderLine, line, lines, within),
        f"INSERT INTO orders_shipment ({', '.join(parcel)}) SELECT {', '.join(parcel.values())} FROM made m {within}"
        f" AND {STATE} IN ('shipped', 'completed', 'partially_shipped')",
        _copy(Deadline, due, dues, f"{within} AND {STATE} IN ('awaiting_shipment', 'partially_shipped')"),
    ]


def _defaults(model: type) -> dict[str, str]:
    """What a new row holds before anybody says anything of it."""
    row: Any = make(model)
    columns = [field.column for field in model._meta.concrete_fields]  # type: ignore[attr-defined]
    values = {column: row.__dict__[column] for column in columns}
    return {
        column: f"'{json.dumps(value) if isinstance(value, list | dict) else value}'"
        for column, value in values.items()
        if value is not None
    }


def _copy(model: type, values: dict[str, str], source: str, where: str) -> str:
    names, cells = _columns(model, values)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {cells} FROM {source} {where}"  # type: ignore[attr-defined]


def _columns(model: type, values: dict[str, str]) -> tuple[str, str]:
    columns = [field.column for field in model._meta.concrete_fields]  # type: ignore[attr-defined]
    return ", ".join(columns), ", ".join(values.get(column, f"t.{column}") for column in columns)
