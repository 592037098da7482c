"""Foreign keys over (store, dispute) and (store, order), for RunSQL: nothing can point at another store's case."""

from __future__ import annotations

from orders.sql import not_of_its_store, of_its_store

PARTS = ("disputes_offer", "disputes_evidence", "disputes_ruling")

KEYS = (
    of_its_store("disputes_dispute", "order_id", "orders_order")
    + of_its_store("disputes_chargeback", "order_id", "orders_order")
    + "".join(of_its_store(table, "dispute_id", "disputes_dispute") for table in PARTS)
    + of_its_store("disputes_appeal", "ruling_id", "disputes_ruling")
)
NO_KEYS = "".join(
    not_of_its_store(table) for table in ("disputes_dispute", "disputes_chargeback", *PARTS, "disputes_appeal")
)
