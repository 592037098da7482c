"""Believable files in Olist's form and with its oddities, made up from a seed, for tests and benches."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

FIRST, LAST = datetime(2016, 10, 1), datetime(2018, 8, 31)  # noqa: DTZ001 - local times, as the files have them
STATUSES = {
    "delivered": 900,
    "shipped": 25,
    "canceled": 30,
    "unavailable": 12,
    "invoiced": 15,
    "processing": 12,
    "created": 4,
    "approved": 2,
}
CATEGORIES = {
    "beleza_saude": "health_beauty",
    "informatica_acessorios": "computers_accessories",
    "automotivo": "auto",
    "cama_mesa_banho": "bed_bath_table",
    "moveis_decoracao": "furniture_decor",
    "esporte_lazer": "sports_leisure",
    "telefonia": "telephony",
    "relogios_presentes": "watches_gifts",
    "brinquedos": "toys",
    "papelaria": "stationery",
    "alimentos": "food",
    "pc_gamer": "",
}
CITIES = ("sao paulo", "curitiba", "belo horizonte", "rio de janeiro", "ibitinga", "santo andre", "maringa", "salvador")


@dataclass(slots=True)
class MadeUp:
    """What is in the files: rows by table, and how often each oddity was made."""

    rows: dict[str, int] = field(default_factory=dict)
    without_lines: int = 0
    several_sellers: int = 0
    payments_differ: int = 0
    shipped_before_approval: int = 0
    long_handling: int = 0
    without_approval: int = 0
    further_reviews: int = 0
    unusable_reviews: int = 0
    reviews_of_nobody: int = 0


def write_made_up(
    folder: Path, orders: int, seed: int = 1, *, full: bool = False, packed: bool = True, reviews: bool = True
) -> MadeUp:
    """Write the tables of `orders` orders into the folder.

    full: moments as the whole data set has them (``10/2/2017 10:56``). packed: gzipped. reviews: with a reviews file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = _Maker(seed, orders, full).make()
    if not reviews:
        del made.tables["order_reviews"]
    for name, rows in made.tables.items():
        _write(folder / f"{name}.csv{'.gz' if packed else ''}", made.headers[name], rows, packed)
        made.counts.rows[name] = len(rows)
    return made.counts


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], packed: bool) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data, compresslevel=1, mtime=0) if packed else data)


class _Maker:
    headers = {
        "orders": (
            "order_id",
            "customer_id",
            "order_status",
            "order_purchase_timestamp",
            "order_approved_at",
            "order_delivered_carrier_date",
            "order_delivered_customer_date",
            "order_estimated_delivery_date",
        ),
        "order_items": (
            "order_id",
            "order_item_id",
            "product_id",
            "seller_id",
            "shipping_limit_date",
            "price",
            "freight_value",
        ),
        "order_payments": ("order_id", "payment_sequential", "payment_type", "payment_installments", "payment_value"),
        "order_reviews": (
            "review_id",
            "order_id",
            "review_score",
            "review_comment_title",
            "review_comment_message",
            "review_creation_date",
            "review_answer_timestamp",
        ),
        "products": ("product_id", "product_category_name", "product_name_lenght", "product_weight_g"),
        "sellers": ("seller_id", "seller_zip_code_prefix", "seller_city", "seller_state"),
        "category_translation": ("product_category_name", "product_category_name_english"),
    }

    def __init__(self, seed: int, orders: int, full: bool) -> None:
        random = self.random = Random(seed)
        self.voices = Random(f"reviews {seed}")  # of their own, so that the orders stay what they were
        self.full, self.number = full, orders
        self.tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self.headers}
        self.counts = MadeUp()
        self.sellers = [self._id() for _ in range(max(3, orders // 30))]
        self.weights = [1 / (place + 4) for place in range(len(self.sellers))]
        self.products = {seller: [self._product() for _ in range(random.randint(1, 12))] for seller in self.sellers}

    def make(self) -> _Maker:
        self.tables["category_translation"] = [(name, english) for name, english in CATEGORIES.items() if english]
        for seller in self.sellers:
            self.tables["sellers"].append(
                (seller, f"{self.random.randint(1000, 99999):05d}", self.random.choice(CITIES), "SP")
            )
        for _ in range(self.number):
            self._order()
        return self

    def _id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def _product(self) -> tuple[str, int]:
        product = self._id()
        category = "" if self.random.random() < 0.02 else self.random.choice(list(CATEGORIES))
        self.tables["products"].append((product, category, self.random.randint(20, 60), self.random.randint(50, 9000)))
        return product, round(self.random.lognormvariate(4.3, 0.9) * 100) + 85

    # ------------------------------------------------------------------ one order

    def _order(self) -> None:
        random, identity = self.random, self._id()
        status = random.choices(list(STATUSES), list(STATUSES.values()))[0]
        purchase = FIRST + timedelta(seconds=random.randrange(int((LAST - FIRST).total_seconds())))
        approved: datetime | None = purchase + timedelta(
            seconds=random.choice([900, 4000, 30_000, 90_000, 200_000]) * random.random() + 60
        )
        limit = purchase + timedelta(days=random.choice([4, 5, 6, 7, 9]), seconds=random.randrange(40_000))
        if random.random() < 0.004:
            limit += timedelta(days=random.choice([31, 60, 1050]))
            self.counts.long_handling += 1
        estimate = (purchase + timedelta(days=random.randint(9, 45))).replace(hour=0, minute=0, second=0)
        carrier = delivered = None
        if status == "created" or (status == "delivered" and random.random() < 0.001):
            approved = None
            self.counts.without_approval += 1
        if status in {"delivered", "shipped"} or (status == "canceled" and random.random() < 0.15):
            carrier = (approved or purchase) + timedelta(days=random.expovariate(0.45))
            if approved and random.random() < 0.01:
                carrier = approved - timedelta(hours=random.randint(1, 40))
                self.counts.shipped_before_approval += carrier < approved
        if status == "delivered" and carrier:
            delivered = carrier + timedelta(days=1 + random.expovariate(0.12))
        moments = [self._moment(value) for value in (purchase, approved, carrier, delivered, estimate)]
        self.tables["orders"].append((identity, self._id(), status, *moments))
        self._items(identity, status, limit)
        self._reviews(identity, carrier, delivered or estimate)

    def _items(self, identity: str, status: str, limit: datetime) -> None:
        random = self.random
        total = 0
        if status == "unavailable" or random.random() < 0.002:
            self.counts.without_lines += 1
            total = 10_000
        else:
            sellers = random.choices(self.sellers, self.weights, k=2 if random.random() < 0.012 else 1)
            self.counts.several_sellers += len(set(sellers)) > 1
            number = 0
            for seller in sellers:
                product, price = random.choice(self.products[seller])
                price = max(85, price + random.choice([0, 0, 0, -500, 1000]))
                for _ in range(random.choices([1, 2, 4], [90, 8, 2])[0]):
                    number += 1
                    freight = random.choice([0, 765, 1510, 2312])
                    total += price + freight
                    row = (
                        identity,
                        number,
                        product,
                        seller,
                        self._moment(limit),
                        self._amount(price),
                        self._amount(freight),
                    )
                    self.tables["order_items"].append(row)
            if random.random() < 0.005:
                total += random.choice([1, -1, 1025])
                self.counts.payments_differ += 1
        self._payments(identity, total)

    def _payments(self, identity: str, total: int) -> None:
        parts = [total]
        if self.random.random() < 0.06 and total > 2000:
            parts = [total - 1500, 1500, 0]
        for number, part in enumerate(parts, 1):
            kind = (
                "voucher" if number > 1 else self.random.choice(["credit_card", "credit_card", "boleto", "debit_card"])
            )
            self.tables["order_payments"].append(
                (identity, number, kind, self.random.randint(1, 10), self._amount(part))
            )

    def _reviews(self, identity: str, carrier: datetime | None, there: datetime) -> None:
        """Most are written when the parcel is there, some when the receipt window is over, a few twice or not readably."""
        voices = self.voices
        sent = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        answered = sent + timedelta(seconds=voices.randrange(5 * 86_400))
        if carrier is not None and voices.random() < 0.4:
            answered = carrier + timedelta(
                days=voices.choice([75, 76, 80, 90, 104, 105, 120]), seconds=voices.randint(-9, 9)
            )
        self._review(identity, voices.choices("12345", [16, 5, 8, 19, 52])[0], sent, self._moment(answered))
        odd = voices.random()
        if odd < 0.02:
            self._review(
                identity, "3", sent, self._moment(answered + timedelta(seconds=voices.choice([-7200, 0, 7200])))
            )
            self.counts.further_reviews += 1
        elif odd < 0.03:
            score, moment = voices.choice(
                [("", self._moment(answered)), ("6", self._moment(answered)), ("4", "soon"), ("4", "")]
            )
            self._review(identity, score, sent, moment)
            self.counts.unusable_reviews += 1
        elif odd < 0.035:
            self._review(f"{voices.getrandbits(128):032x}", "5", sent, self._moment(answered))
            self.counts.reviews_of_nobody += 1

    def _review(self, identity: str, score: str, sent: datetime, answered: str) -> None:
        title = self.voices.choice(["", "", "", "Recomendo", "Péssimo"])
        words = self.voices.choice(
            ["", "", "Chegou antes do prazo, recomendo", 'Não recebi o produto.\nAguardo resposta, "urgente"']
        )
        number = f"{self.voices.getrandbits(128):032x}"
        self.tables["order_reviews"].append((number, identity, score, title, words, self._moment(sent), answered))

    # ------------------------------------------------------------------ cells

    def _moment(self, value: datetime | None) -> str:
        if value is None:
            return ""
        if self.full:
            return f"{value.month}/{value.day}/{value.year} {value.hour}:{value.minute:02d}"
        return f"{value:%Y-%m-%d %H:%M:%S}"

    def _amount(self, minor: int) -> str:
        """As the files have them: ``99.9``, ``144.0``, ``27.65``."""
        whole, cents = divmod(minor, 100)
        return f"{whole}.{cents:02d}".removesuffix("0") if cents else f"{whole}.0"
