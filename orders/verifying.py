"""What only this app can prove of the books: the money that each order still holds."""

from __future__ import annotations

from collections.abc import Iterator

from finance.verifying import check, dangling, faulty

REFERENCES = (
    ("finance_transaction", "order_id", "orders_order"),
    ("orders_order", "buyer_id", "stores_buyer"),
    ("orders_order", "open_cancellation_id", "orders_cancellation"),
    ("orders_trackingevent", "shipment_id", "orders_shipment"),
    ("orders_trackingevent", "order_id", "orders_order"),
)


@check("orders hold what lies in escrow")
def orders_hold_the_escrow() -> Iterator[str]:
    found = faulty(
        "SELECT store_id, currency, coalesce(o.held, 0), coalesce(b.amount_minor, 0) FROM"
        " (SELECT store_id, currency, sum(escrow_minor) AS held FROM orders_order GROUP BY store_id, currency) o"
        " FULL JOIN (SELECT store_id, currency, amount_minor FROM finance_balance WHERE kind = 'escrow') b"
        " USING (store_id, currency)"
        " WHERE coalesce(o.held, 0) <> coalesce(b.amount_minor, 0)"
    )
    for store, currency, held, lies in found:
        yield f"escrow {currency} of {store}: {lies} lie there, its orders hold {held}"


@check("each order holds what its legs left in escrow")
def each_order_holds_its_escrow() -> Iterator[str]:
    found = faulty(
        "SELECT o.id, o.escrow_minor, coalesce(s.left_there, 0) FROM orders_order o LEFT JOIN"
        " (SELECT t.order_id, sum(l.amount_minor) AS left_there FROM finance_transaction t JOIN finance_leg l"
        " ON l.transaction_id = t.id WHERE l.kind = 'escrow' GROUP BY t.order_id) s ON s.order_id = o.id"
        " WHERE o.escrow_minor <> coalesce(s.left_there, 0)"
    )
    for order, held, left in found:
        yield f"order {order}: it says that {held} are held, its legs left {left}"


@check("orders' references exist")
def references_exist() -> Iterator[str]:
    yield from dangling(REFERENCES)
