"""Foreign keys over (store, order), for RunSQL: nothing can point at another store's order."""

from __future__ import annotations

TABLES = ("orders_orderline", "orders_shipment", "orders_cancellation")


def of_its_store(table: str, column: str, parent: str) -> str:
    """(store_id, column) of the table must be (store_id, id) of the parent; looked at when the transaction ends."""
    return f"""
ALTER TABLE {table} ADD CONSTRAINT {table}_of_its_store FOREIGN KEY (store_id, {column})
    REFERENCES {parent} (store_id, id) DEFERRABLE INITIALLY DEFERRED;
"""


def not_of_its_store(table: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_of_its_store;"


KEYS = "".join(of_its_store(table, "order_id", "orders_order") for table in TABLES)
NO_KEYS = "".join(not_of_its_store(table) for table in TABLES)
