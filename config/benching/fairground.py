"""Stores and orders for the bench, made through dockets in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from orders.models import Order
from orders.placing import draft_order
from rulebook.actors import BUYER, Actor
from rulebook.clock import VirtualClock
from rulebook.docket import Docket
from rulebook.ids import new_id
from rulebook.money import Money
from rulebook.rules import Rulebook
from stores.enrolment import enrol_listing, enrol_seller, enrol_store
from stores.models import Listing

START = datetime(2026, 3, 2, tzinfo=UTC)
BATCH = 1000


@dataclass(frozen=True)
class Fairground:
    """Listings of many stores, and one buyer."""

    listings: list[UUID]
    buyer: Actor
    rulebook: Rulebook


def open_fairground(stores: int = 50) -> Fairground:
    """Stores with one listing each."""
    rulebook, listings = Rulebook(), []
    with Docket.open(clock=VirtualClock(START - timedelta(days=100)), rulebook=rulebook) as docket:
        seller = enrol_seller(docket, name="Bench", registered_at=docket.at)
        for number in range(stores):
            store = enrol_store(docket, seller, name=f"Stall {number}", categories=["home-garden"], opened_at=docket.at)
            listings.append(enrol_listing(docket, store, title="Lamp", price=Money(10_000, "USD"), stock=10_000_000).id)
    buyer = Actor(kind=BUYER, id=new_id(), name="Buyer", roles=frozenset({"buyer"}), country="US", door="bench")
    return Fairground(listings, buyer, rulebook)


def place_orders(ground: Fairground, count: int, *, at: datetime = START) -> list[UUID]:
    """Unpaid orders, spread over the stores."""
    placed: list[UUID] = []
    for first in range(0, count, BATCH):
        with Docket.open(actor=ground.buyer, clock=VirtualClock(at), rulebook=ground.rulebook) as docket:
            rows = docket.lock_all(Listing, ground.listings)
            for number in range(first, min(first + BATCH, count)):
                order = draft_order(
                    docket,
                    [(rows[number % len(rows)], 1)],
                    buyer_id=ground.buyer.id,
                    buyer_name="Buyer",
                    country="US",
                    method=None,
                )
                order.place(docket)
                placed.append(order.id)
    return placed


def count_rows() -> dict[str, int]:
    """How many rows each table that an act writes holds."""
    from finance.models import Leg, Payment, Transaction
    from rulebook.models import Deadline, JournalEntry, Notice, Tally

    tables = (Order, JournalEntry, Notice, Deadline, Tally, Transaction, Leg, Payment)
    return {model._meta.db_table: model.objects.count() for model in tables}
