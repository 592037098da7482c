"""Foreign keys over (store, order), for RunSQL: nothing can point at another store's order."""

from __future__ import annotations

TABLES = (
    "orders_orderline",
    "orders_shipment",
    "orders_cancellation",
    "orders_extension",
    "orders_carrierclaim",
    "orders_review",
)


def of_its_store(table: str, column: str, parent: str) -> str:
    """(store_id, column) of the table must be (store_id, id) of the parent; looked at when the transaction ends."""
    return f"""
ALTER TABLE {table} ADD CONSTRAINT {table}_of_its_store FOREIGN KEY (store_id, {column})
    REFERENCES {parent} (store_id, id) DEFERRABLE INITIALLY DEFERRED;
"""


def not_of_its_store(table: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_of_its_store;"


LINE_OF_LISTING = """
ALTER TABLE orders_orderline ADD CONSTRAINT orders_orderline_of_a_listing FOREIGN KEY (store_id, listing_id)
    REFERENCES stores_listing (store_id, id) DEFERRABLE INITIALLY DEFERRED;
"""
NO_LINE_OF_LISTING = "ALTER TABLE orders_orderline DROP CONSTRAINT IF EXISTS orders_orderline_of_a_listing;"

KEYS = (
    "".join(of_its_store(table, "order_id", "orders_order") for table in TABLES)
    + of_its_store("orders_message", "thread_id", "orders_thread")
    + LINE_OF_LISTING
)
NO_KEYS = "".join(not_of_its_store(table) for table in (*TABLES, "orders_message")) + NO_LINE_OF_LISTING
