"""What came out of an import: counted from each store's docket as it was written, so that both modes count the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from finance.accounts import may_hold
from orders.models import Order
from rulebook.docket import Docket

LATE = "A34-3"
"""Not fully shipped when the handling period ended."""


@dataclass(slots=True)
class Tally:
    """Figures of one store, or of all: they add up.

    ends: orders by state, close reason and deciding rule. refused: acts by action and rule. not_reached: acts that had
    nothing to act on, since the act before was refused (a scan without a parcel). late_shipped: of the orders closed
    for late shipping, those that were shipped after all. money: balances by account and currency, in the ledger's sign.
    reviews: published ones; helped: of these, what came before the end of the trade. reviews_refused: by rule and how it came at the wrong
    time. reviewed, unreviewed: lines of their table, published for one of the order's stores at least, or refused (and why).
    """

    stores: int = 0
    orders: int = 0
    acts: int = 0
    entries: int = 0
    legs: int = 0
    pulled_up: int = 0
    shortened: int = 0
    longest_handling: int = 0
    late: int = 0
    late_shipped: int = 0
    ends: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_reached: Counter[str] = field(default_factory=Counter)
    money: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    reviews: int = 0
    helped: int = 0
    reviews_refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    reviewed: set[int] = field(default_factory=set)
    unreviewed: dict[int, tuple[str, str]] = field(default_factory=dict)

    def take_review(self, line: int, *, helped: bool) -> None:
        self.reviews += 1
        self.helped += helped
        self.reviewed.add(line)

    def refuse_review(self, line: int, rule: str, why: str) -> None:
        self.reviews_refused[rule, why] += 1
        self.unreviewed[line] = rule, why

    @property
    def lost_reviews(self) -> dict[int, tuple[str, str]]:
        """Lines that were published for none of the stores of their order, with rule and reason."""
        return {line: why for line, why in self.unreviewed.items() if line not in self.reviewed}

    def count(self, docket: Docket, shipped: dict[UUID, bool]) -> None:
        """Take up what a store's docket holds. shipped: whether an order was really shipped, by its id."""
        for obj in docket.new:
            if type(obj) is Order:
                self.ends[str(obj.state), str(obj.close_reason), obj.decided_under] += 1
                if obj.decided_under == LATE:
                    self.late += 1
                    self.late_shipped += shipped[obj.id]
        self.entries += len(docket.journal)
        self._verify(docket)

    def _verify(self, docket: Docket) -> None:
        sums: Counter[tuple[UUID, str, str]] = Counter()
        for posting in docket.postings:
            by_currency: Counter[str] = Counter()
            for account, minor, currency in posting.legs:
                sums[posting.store_id, account, currency] += minor
                by_currency[currency] += minor
            self.legs += len(posting.legs)
            if any(by_currency.values()):
                self.faults.append(f"transaction {posting.id} does not sum to zero")
        for key in sums.keys() | docket.balances.keys():
            store, account, currency = key
            held = docket.balances.get(key, 0)
            self.money[account, currency] += held
            if sums[key] != held:
                self.faults.append(
                    f"{account} {currency} of store {store}: its legs say {sums[key]}, its balance {held}"
                )
            if not may_hold(account, held):
                self.faults.append(f"{account} {currency} of store {store} stands at {held}")

    def add(self, other: Tally) -> None:
        for name in self.__slots__:
            mine: Any = getattr(self, name)
            theirs: Any = getattr(other, name)
            if name == "longest_handling":
                self.longest_handling = max(mine, theirs)
            elif isinstance(mine, Counter | set | dict):
                mine.update(theirs)
            elif isinstance(mine, list):
                mine.extend(theirs)
            else:
                setattr(self, name, mine + theirs)
