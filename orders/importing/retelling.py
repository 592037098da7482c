"""Olist's tables read a second time, plainly: what became of each order by the wording of the rules.

None of the code that replays, counts or judges is used here, only the rulebook's numbers and how a cell is read. So what the
replay has counted can be compared with it (`verifying_profiles`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from orders.importing.olist import COUNTRY, STATUSES, TABLES
from orders.importing.olist_cells import Unusable, known, minor, moment_cell, needed
from orders.importing.olist_reviews import stars_of, text_of
from orders.importing.replay import Early
from orders.importing.tables import Folder, Rejects
from rulebook.rules import Rulebook

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
CLASS = "standard"
"""How Olist's parcels are taken to have been sent."""


@dataclass(slots=True)
class Life:
    """What became of one order of one store: moments that came, None for those that did not."""

    units: int
    amount_minor: int
    promised_days: int
    paid_at: datetime | None = None
    handling_ends: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    unshipped_at: datetime | None = None
    reviewed_at: datetime | None = None
    stars: int = 0

    @property
    def ended_at(self) -> datetime | None:
        return self.completed_at or self.cancelled_at or self.unshipped_at


@dataclass(slots=True)
class Retold:
    """By store. last: the latest moment at which anything happened in the tables."""

    lives: dict[str, list[Life]]
    last: datetime


@dataclass(slots=True)
class _Sale:
    status: str
    purchase: datetime
    approved: datetime | None
    carrier: datetime | None
    delivered: datetime | None
    estimate: datetime


@dataclass(slots=True)
class _Piece:
    limit: datetime
    price: int
    freight: int


@dataclass(slots=True)
class _Tables:
    """The rows of orders that are whole; an order with an unusable part is out."""

    folder: Folder
    present: datetime
    sales: dict[str, _Sale] = field(default_factory=dict)
    pieces: dict[str, dict[str, list[_Piece]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    reviews: dict[str, tuple[datetime, int, int]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)

    def rows(self, table: str) -> Iterator[tuple[int, Sequence[str]]]:
        path = self.folder.find(TABLES[table][0])
        if path is not None:
            for row in self.folder.read(path, TABLES[table][1]):
                yield row.line, row.wanted

    def moment(self, text: str) -> datetime | None:
        return moment_cell(text, "", self.present)

    def read(self) -> None:
        for _line, cells in self.rows("orders"):
            if cells[0] not in self.seen:
                self.seen.add(cells[0])
                self._keep(cells[0], self._sale, cells)
        numbers = set()
        for _line, cells in self.rows("order_items"):
            if cells[0] in self.seen and (cells[0], cells[1]) not in numbers:
                numbers.add((cells[0], cells[1]))
                self._keep(cells[0], self._piece, cells)
        for line, cells in self.rows("order_reviews"):
            if cells[0] in self.seen:
                self._review(line, cells)

    def _keep(self, order: str, take: Callable[[Sequence[str]], None], cells: Sequence[str]) -> None:
        try:
            take(cells)
        except Unusable:
            self.out.add(order)

    def _sale(self, cells: Sequence[str]) -> None:
        order, customer, status, purchase, approved, carrier, delivered, estimate = cells
        known(order, "")
        known(customer, "")
        if status not in STATUSES:
            raise Unusable("status")
        self.sales[order] = _Sale(
            status,
            needed(self.moment(purchase), ""),
            self.moment(approved),
            self.moment(carrier),
            self.moment(delivered),
            needed(moment_cell(estimate, "", None), ""),
        )

    def _piece(self, cells: Sequence[str]) -> None:
        order, _number, product, seller, limit, price, freight = cells
        known(product, "")
        known(seller, "")
        piece = _Piece(needed(moment_cell(limit, "", None), ""), minor(price, ""), minor(freight, ""))
        self.pieces[order][seller].append(piece)

    def _review(self, line: int, cells: Sequence[str]) -> None:
        """The earliest usable one of an order."""
        order, score, title, message, created, answered = cells
        try:
            self.moment(created)
            at = needed(self.moment(answered), "")
            text_of(title, message)
            found = at, line, stars_of(score)
        except Unusable:
            return
        self.reviews[order] = min(self.reviews.get(order, found), found)


def retell(path: Path, rulebook: Rulebook, present: datetime, early: Early) -> Retold:
    """The folder's orders, each lived through by the rules. present: nothing that comes later has come."""
    tables = _Tables(Folder(path, Rejects(None)), present)
    tables.read()
    lives: dict[str, list[Life]] = defaultdict(list)
    last = datetime.min.replace(tzinfo=present.tzinfo)
    for order, sale in tables.sales.items():
        if order in tables.out:
            continue
        review = tables.reviews.get(order)
        for seller, pieces in tables.pieces[order].items():
            lives[seller].append(_lived(sale, pieces, review, rulebook, present, early))
            came = (sale.purchase, sale.approved, sale.carrier, sale.delivered, review and review[0])
            last = max(last, *(moment for moment in came if moment))
    return Retold(dict(lives), last)


def _lived(
    sale: _Sale,
    pieces: Sequence[_Piece],
    review: tuple[datetime, int, int] | None,
    rulebook: Rulebook,
    present: datetime,
    early: Early,
) -> Life:
    """Placed, paid or not, shipped or not, cancelled, received by time, reviewed."""
    limit = max(piece.limit for piece in pieces)
    life = Life(
        units=len(pieces),
        amount_minor=sum(piece.price + piece.freight for piece in pieces),
        promised_days=_days(sale.estimate - limit),
    )
    law = rulebook.at(sale.purchase, country=COUNTRY).order
    paid = max(sale.approved, sale.purchase) if sale.approved else None
    if paid is None or paid >= sale.purchase + law.unpaid_close_days * DAY:
        return life  # A32-1: nobody paid in time
    handling = _days(limit - (sale.approved or sale.purchase))
    handling = min(max(handling, law.stocking_days_min), law.stocking_days_max)
    life.paid_at, life.handling_ends = paid, paid + handling * DAY
    _sent(life, sale, paid)
    if life.shipped_at is None:
        if life.cancelled_at is None and life.handling_ends <= present:
            life.unshipped_at = life.handling_ends  # A34-3
        return life
    table = rulebook.at(life.shipped_at, country=COUNTRY).delivery.default_days
    received = life.shipped_at + max(life.promised_days, table[COUNTRY, CLASS]) * DAY  # A35-1, A35-4
    life.completed_at = received if received <= present else None
    if review is not None:
        _reviewed(life, max(review[0], sale.purchase), review[2], rulebook, early)
    return life


def _sent(life: Life, sale: _Sale, paid: datetime) -> None:
    """Each moment is at least that of the one before. A cancellation is asked for and agreed a second after the last."""
    assert life.handling_ends is not None
    last = paid
    if sale.carrier is not None:
        last = max(last, sale.carrier)
        life.shipped_at = last if last < life.handling_ends else None
    if sale.delivered is not None:
        last = max(last, sale.delivered)
        life.delivered_at = last if life.shipped_at is not None else None
    if sale.status == "canceled" and life.shipped_at is None and last + SECOND < life.handling_ends:
        life.cancelled_at = last + SECOND  # A33-3


def _reviewed(life: Life, at: datetime, stars: int, rulebook: Rulebook, early: Early) -> None:
    """A53-1: from the end of the trade, for some days."""
    if early is Early.CONFIRM and life.delivered_at is not None and life.delivered_at <= at:
        life.completed_at = at if life.completed_at is None else min(at, life.completed_at)
    ended = life.completed_at
    if ended is None or (at < ended and early is not Early.WAIT):
        return
    at = max(at, ended)
    if at < ended + rulebook.at(ended, country=COUNTRY).review.window_days * DAY:
        life.reviewed_at, life.stars = at, stars


def _days(span: timedelta) -> int:
    """Begun days, at least one."""
    whole, rest = divmod(span, DAY)
    return max(1, whole + bool(rest))
