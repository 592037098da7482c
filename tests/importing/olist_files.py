"""A folder of Olist's tables with one good order, to which tests add what they are about."""

import csv
from datetime import UTC, datetime

from orders.importing import olist
from orders.importing.tables import Rejects

PRESENT = datetime(2026, 3, 1, tzinfo=UTC)

TABLES = {
    "orders": [
        [
            "order_id",
            "customer_id",
            "order_status",
            "order_purchase_timestamp",
            "order_approved_at",
            "order_delivered_carrier_date",
            "order_delivered_customer_date",
            "order_estimated_delivery_date",
        ],
        [
            "o1",
            "c1",
            "delivered",
            "2017-07-09 21:57:05",
            "2017-07-09 22:10:13",
            "2017-07-11 14:58:04",
            "2017-07-26 10:57:55",
            "2017-08-01 00:00:00",
        ],
    ],
    "order_items": [
        ["order_id", "order_item_id", "product_id", "seller_id", "shipping_limit_date", "price", "freight_value"],
        ["o1", "1", "p1", "s1", "2017-07-13 22:10:13", "99.9", "27.65"],
    ],
    "order_payments": [
        ["order_id", "payment_sequential", "payment_type", "payment_installments", "payment_value"],
        ["o1", "1", "credit_card", "2", "127.55"],
    ],
    "products": [["product_id", "product_category_name"], ["p1", "telefonia"]],
    "sellers": [
        ["seller_id", "seller_zip_code_prefix", "seller_city", "seller_state"],
        ["s1", "01000", "sao paulo", "SP"],
    ],
    "category_translation": [["product_category_name", "product_category_name_english"], ["telefonia", "telephony"]],
}


def write(folder, **rows):
    """The tables above with further rows, or (a row for the first one) changed ones."""
    for name, table in TABLES.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([*table, *rows.get(name, [])])
    return folder


def read(folder, rejects=None):
    return olist.read(folder, rejects or Rejects(None), PRESENT)


def rejected(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def order_row(identity, **changes):
    row = dict(zip(TABLES["orders"][0], TABLES["orders"][1], strict=True))
    return list((row | {"order_id": identity} | changes).values())


def item_row(order, **changes):
    row = dict(zip(TABLES["order_items"][0], TABLES["order_items"][1], strict=True))
    return list((row | {"order_id": order} | changes).values())


REVIEW = {
    "review_id": "r1",
    "order_id": "o1",
    "review_score": "5",
    "review_comment_title": "",
    "review_comment_message": "",
    "review_creation_date": "2017-07-27 00:00:00",
    "review_answer_timestamp": "2017-07-28 09:30:00",
}


def review_row(order="o1", *, answered=REVIEW["review_answer_timestamp"], score="5", **changes):
    named = {"order_id": order, "review_score": score, "review_answer_timestamp": answered}
    return list((REVIEW | named | changes).values())


def with_reviews(folder, *rows):
    """The folder with a table of reviews."""
    with (folder / "order_reviews.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(REVIEW), *rows])
    return folder
