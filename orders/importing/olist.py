"""Olist's tables: orders of a Brazilian marketplace, as its public data set writes them.

One order for each order and seller. Moments are local to São Paulo, ``2017-10-02 10:56:33`` or, month first and without
seconds, ``10/2/2017 10:56``; amounts are BRL. What cannot be mapped goes to the rejects, with all that hangs on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from sys import intern

import yaml

from orders.importing.history import Act, PastLine, PastListing, PastOrder, PastReview, PastStore
from orders.importing.olist_cells import Unusable, known, minor, moment_cell, needed, plain, whole_days
from orders.importing.olist_reviews import COLUMNS as REVIEW_COLUMNS
from orders.importing.olist_reviews import ReviewTable, reject_lines
from orders.importing.tables import BadInput, Folder, Rejects, Row

SOURCE, COUNTRY, CURRENCY = "olist", "BR", "BRL"
STATUSES = frozenset(
    {"created", "approved", "processing", "invoiced", "shipped", "delivered", "unavailable", "canceled"}
)

# what a table may be called, its columns, and what is missed without it (empty: it is needed)
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "orders": (
        ("orders", "olist_orders_dataset"),
        (
            "order_id",
            "customer_id",
            "order_status",
            "order_purchase_timestamp",
            "order_approved_at",
            "order_delivered_carrier_date",
            "order_delivered_customer_date",
            "order_estimated_delivery_date",
        ),
        "",
    ),
    "order_items": (
        ("order_items", "olist_order_items_dataset"),
        ("order_id", "order_item_id", "product_id", "seller_id", "shipping_limit_date", "price", "freight_value"),
        "",
    ),
    "products": (("products", "olist_products_dataset"), ("product_id", "product_category_name"), ""),
    "sellers": (("sellers", "olist_sellers_dataset"), ("seller_id", "seller_city", "seller_state"), ""),
    "category_translation": (
        ("category_translation", "product_category_name_translation"),
        ("product_category_name", "product_category_name_english"),
        "",
    ),
    "order_payments": (
        ("order_payments", "olist_order_payments_dataset"),
        ("order_id", "payment_value"),
        "what was paid cannot be compared with the amounts of the orders",
    ),
    "order_reviews": (
        ("order_reviews", "olist_order_reviews_dataset"),
        REVIEW_COLUMNS,
        "nobody's reviews are known, and profiles stay without",
    ),
}


@dataclass(slots=True)
class FileCount:
    """Of one table: rows = used + not needed + rejected."""

    file: str
    rows: int = 0
    not_needed: int = 0
    rejected: int = 0

    @property
    def used(self) -> int:
        return self.rows - self.not_needed - self.rejected


@dataclass(slots=True)
class Reading:
    """What the files gave. payments_differ: orders paid otherwise than items + freight, and by how many minor units."""

    stores: list[PastStore]
    files: list[FileCount]
    missing: list[str]
    payments_differ: dict[str, int]
    orders: int = 0
    reviews: int = 0
    without_approval: int = 0
    unknown_categories: int = 0
    reviews_at: Path | None = None

    def reject_reviews(self, rejects: Rejects, reasons: Mapping[int, tuple[str, str]]) -> None:
        """What the rules refused of the reviews, by line: kind and detail."""
        if self.reviews_at is not None:
            reject_lines(self.reviews_at, rejects, reasons)
            count = next(count for count in self.files if count.file == self.reviews_at.name)
            count.rejected = rejects.files[count.file]


@dataclass(slots=True)
class _Order:
    row: Row
    customer: str
    status: str
    purchase: datetime
    approved: datetime | None
    carrier: datetime | None
    delivered: datetime | None
    estimate: datetime


@dataclass(slots=True)
class _Item:
    row: Row
    product: str
    seller: str
    limit: datetime
    price: int
    freight: int


def read(path: Path, rejects: Rejects, present: datetime) -> Reading:
    """Read the folder. present: no moment in the files may lie after it. BadInput says what is wrong with the whole."""
    return _Reader(Folder(path, rejects), rejects, present).read()


@dataclass(slots=True)
class _Reader:
    folder: Folder
    rejects: Rejects
    present: datetime
    paths: dict[str, Path] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    not_needed: dict[str, int] = field(default_factory=dict)
    orders: dict[str, _Order] = field(default_factory=dict)
    spoiled: dict[str, str] = field(default_factory=dict)
    items: defaultdict[str, list[_Item]] = field(default_factory=lambda: defaultdict(list))
    paid: defaultdict[str, list[tuple[Row, int]]] = field(default_factory=lambda: defaultdict(list))
    reviews: dict[str, tuple[datetime, PastReview]] = field(default_factory=dict)

    def read(self) -> Reading:
        self._find_tables()
        categories = self._categories()
        places = self._places()
        self._read_orders()
        self._read_items()
        self._read_payments()
        reviews = self._read_reviews()
        self._reject_spoiled()
        if reviews is not None:
            reviews.settle(self.orders, self.spoiled)
        reading = self._histories(categories, places)
        self._count(reading, categories, places)
        return reading

    # ------------------------------------------------------------------ tables

    def _find_tables(self) -> None:
        absent = []
        for table, (names, _columns, without) in TABLES.items():
            path = self.folder.find(names)
            if path is not None:
                self.paths[table] = path
            elif without:
                self.missing.append(f"{names[0]}.csv is missing: {without}")
            else:
                absent.append(f"{names[0]}.csv")
        if absent:
            raise BadInput(f"{self.folder.path} lacks {', '.join(absent)} (plain or .gz).")

    def _rows(self, table: str):  # type: ignore[no-untyped-def]
        return self.folder.read(self.paths[table], TABLES[table][1])

    def _categories(self) -> dict[str, tuple[str, str]]:
        """Of each product: our category and what people call it."""
        english = {row.wanted[0]: row.wanted[1] for row in self._rows("category_translation")}
        ours = our_categories()
        found = {}
        for row in self._rows("products"):
            name = english.get(row.wanted[1], "")
            found[row.wanted[0]] = (ours.get(name, "*"), intern(name or row.wanted[1]))
        return found

    def _places(self) -> dict[str, str]:
        return {row.wanted[0]: plain(row.wanted[1]) for row in self._rows("sellers")}

    def _read_orders(self) -> None:
        for row in self._rows("orders"):
            identity = row.wanted[0]
            try:
                if identity in self.orders or identity in self.spoiled:
                    raise Unusable("order appears twice")
                self.orders[identity] = self._order(row)
            except Unusable as reason:
                self.rejects.add(row, reason.kind, reason.detail)
                if identity not in self.orders:
                    self.spoiled.setdefault(identity, f"{row.file} line {row.line}")

    def _order(self, row: Row) -> _Order:
        identity, customer, status, purchase, approved, carrier, delivered, estimate = row.wanted
        known(identity, "order_id")
        known(customer, "customer_id")
        if status not in STATUSES:
            raise Unusable("unknown status", status[:40])
        return _Order(
            row,
            customer,
            intern(status),
            self._needed(purchase, "order_purchase_timestamp"),
            self._moment(approved, "order_approved_at"),
            self._moment(carrier, "order_delivered_carrier_date"),
            self._moment(delivered, "order_delivered_customer_date"),
            self._needed(estimate, "order_estimated_delivery_date", future=True),
        )

    def _moment(self, text: str, column: str, *, future: bool = False) -> datetime | None:
        return moment_cell(text, column, None if future else self.present)

    def _needed(self, text: str, column: str, *, future: bool = False) -> datetime:
        return needed(self._moment(text, column, future=future), column)

    def _read_items(self) -> None:
        seen: set[tuple[str, str]] = set()
        for row in self._rows("order_items"):
            order, number = row.wanted[0], row.wanted[1]
            try:
                if order not in self.orders and order not in self.spoiled:
                    raise Unusable("no such order", order[:64])
                if (order, number) in seen:
                    raise Unusable("line appears twice", f"{order[:64]} {number[:8]}")
                seen.add((order, number))
                self.items[order].append(self._item(row))
            except Unusable as reason:
                self.rejects.add(row, reason.kind, reason.detail)
                if reason.kind not in {"no such order", "line appears twice"}:
                    self.spoiled.setdefault(order, f"{row.file} line {row.line}")

    def _item(self, row: Row) -> _Item:
        _order, _number, product, seller, limit, price, freight = row.wanted
        known(product, "product_id")
        known(seller, "seller_id")
        return _Item(
            row,
            intern(product),
            intern(seller),
            self._needed(limit, "shipping_limit_date", future=True),
            minor(price, "price"),
            minor(freight, "freight_value"),
        )

    def _read_payments(self) -> None:
        if "order_payments" not in self.paths:
            return
        for row in self._rows("order_payments"):
            order, value = row.wanted
            try:
                if order not in self.orders and order not in self.spoiled:
                    raise Unusable("no such order", order[:64])
                self.paid[order].append((row, minor(value, "payment_value")))
            except Unusable as reason:
                self.rejects.add(row, reason.kind, reason.detail)

    def _read_reviews(self) -> ReviewTable | None:
        path = self.paths.get("order_reviews")
        if path is None:
            return None
        table = ReviewTable(self.folder, path, self.rejects, self.present, self.reviews)
        table.read(lambda order: order in self.orders or order in self.spoiled)
        return table

    # ------------------------------------------------------------------ putting together

    def _reject_spoiled(self) -> None:
        """An order is imported whole or not at all: with one unusable part all its rows go, or without lines."""
        for identity, order in list(self.orders.items()):
            if identity in self.spoiled:
                self.rejects.add(order.row, "one of its lines was rejected", self.spoiled[identity])
                del self.orders[identity]
            elif identity not in self.items:
                self.rejects.add(order.row, "order without item lines", order.status)
                del self.orders[identity]
        for identity in [identity for identity in self.items if identity not in self.orders]:
            for item in self.items.pop(identity):
                self.rejects.add(item.row, "its order was rejected", self.spoiled.get(identity, ""))
        for identity in [identity for identity in self.paid if identity not in self.orders]:
            for row, _value in self.paid.pop(identity):
                self.rejects.add(row, "its order was rejected", self.spoiled.get(identity, "no item lines"))

    def _histories(self, categories: dict[str, tuple[str, str]], places: dict[str, str]) -> Reading:
        stores: dict[str, PastStore] = {}
        reading = Reading([], [], self.missing, {}, orders=len(self.orders), reviews=len(self.reviews))
        reading.reviews_at = self.paths.get("order_reviews")
        for identity, order in self.orders.items():
            parts: dict[str, list[_Item]] = {}
            for item in self.items[identity]:
                parts.setdefault(item.seller, []).append(item)
            for seller, items in parts.items():
                store = stores.get(seller)
                if store is None:
                    name = f"{places[seller]} {seller[:8]}" if places.get(seller) else f"Store {seller[:8]}"
                    store = stores[seller] = PastStore(seller, name, COUNTRY, CURRENCY)
                store.orders.append(_past(identity, order, items, self.reviews.get(identity)))
                reading.unknown_categories += _offer(store, items, categories)
            self._compare(reading, identity)
            reading.without_approval += order.approved is None
        reading.stores = list(stores.values())
        return reading

    def _compare(self, reading: Reading, identity: str) -> None:
        if "order_payments" in self.paths:
            owed = sum(item.price + item.freight for item in self.items[identity])
            paid = sum(value for _row, value in self.paid.get(identity, ()))
            if paid != owed:
                reading.payments_differ[identity] = paid - owed

    def _count(self, reading: Reading, categories: dict[str, tuple[str, str]], places: dict[str, str]) -> None:
        sold = {product for store in reading.stores for product in store.listings}
        needed = {
            "products": len(sold & categories.keys()),
            "sellers": sum(store.id in places for store in reading.stores),
        }
        for table, path in self.paths.items():
            rows, rejected = self.folder.rows[path.name], self.rejects.files[path.name]
            unused = rows - rejected - needed[table] if table in needed else 0
            reading.files.append(FileCount(path.name, rows, unused, rejected))


def _past(
    identity: str, order: _Order, items: list[_Item], review: tuple[datetime, PastReview] | None = None
) -> PastOrder:
    """Its acts in time order. A moment before that of the preceding event is pulled up to it."""
    acts: list[tuple[datetime, Act]] = []
    last, pulled = order.purchase, 0
    for happened, act in ((order.approved, Act.PAY), (order.carrier, Act.SHIP), (order.delivered, Act.DELIVER)):
        if happened is not None:
            if happened < last:
                happened, pulled = last, pulled + 1
            acts.append((happened, act))
            last = happened
    if order.status == "canceled":
        last += timedelta(seconds=1)
        acts += [(last, Act.CANCEL), (last, Act.AGREE)]
    if review is not None:
        pulled += review[0] < order.purchase
        acts.append((max(review[0], order.purchase), Act.REVIEW))
    limit = max(item.limit for item in items)
    return PastOrder(
        id=identity,
        buyer=order.customer,
        lines=_lines(items),
        freight_minor=sum(item.freight for item in items),
        handling_days=whole_days(limit - (order.approved or order.purchase)),
        promised_days=whole_days(order.estimate - limit),
        placed_at=order.purchase,
        acts=acts,
        status=order.status,
        pulled_up=pulled,
        review=review[1] if review is not None else None,
    )


def _lines(items: list[_Item]) -> list[PastLine]:
    """Olist writes a row for each piece; equal pieces are one line."""
    lines: dict[tuple[str, int], PastLine] = {}
    for item in items:
        line = lines.get((item.product, item.price))
        if line is None:
            lines[item.product, item.price] = PastLine(item.product, 1, item.price)
        else:
            line.quantity += 1
    return list(lines.values())


def _offer(store: PastStore, items: list[_Item], categories: dict[str, tuple[str, str]]) -> int:
    """Note what the store sold; returns how many pieces have no category of ours."""
    unknown = 0
    for item in items:
        category, word = categories.get(item.product, ("*", ""))
        listing = store.listings.get(item.product)
        if listing is None:
            title = f"{(word or 'item').replace('_', ' ').capitalize()} {item.product[:8]}"
            listing = store.listings[item.product] = PastListing(title, category, item.price)
        listing.sold += 1
        unknown += category == "*"
    return unknown


@lru_cache(maxsize=1)
def our_categories() -> dict[str, str]:
    """Translated name to the commission table's code."""
    text = (Path(__file__).parent / "olist_categories.yaml").read_text(encoding="utf-8")
    return {str(name): str(code) for name, code in yaml.safe_load(text).items()}
