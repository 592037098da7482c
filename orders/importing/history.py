"""What an import replays, whatever format it came in: stores, and for each the orders with their acts and moments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Act(Enum):
    """What was done about a past order, and which action says so."""

    PAY = "buyer.pay"
    SHIP = "seller.ship"
    DELIVER = "carrier.scan"
    CANCEL = "buyer.request_cancellation"
    AGREE = "seller.agree_cancellation"
    REVIEW = "buyer.review"


@dataclass(slots=True)
class PastLine:
    """Items of one listing at one price."""

    product: str
    quantity: int
    price_minor: int


@dataclass(slots=True)
class PastReview:
    """What the buyer said. line: where it stands in the table of reviews, so that a refused one can be shown."""

    stars: int
    text: str
    line: int


@dataclass(slots=True)
class PastOrder:
    """One order of one store. `acts` are in time order, the review's aside, and none lies before `placed_at`.

    handling_days: as agreed, before the rulebook's longest is applied. pulled_up: how many moments were moved to that
    of the event before.
    """

    id: str
    buyer: str
    lines: list[PastLine]
    freight_minor: int
    handling_days: int
    promised_days: int
    placed_at: datetime
    acts: list[tuple[datetime, Act]]
    status: str
    pulled_up: int = 0
    review: PastReview | None = None

    @property
    def was_shipped(self) -> bool:
        return any(act is Act.SHIP for _, act in self.acts)


@dataclass(slots=True)
class PastListing:
    """What a store offered: title, category of the commission table, and the price of its first sale."""

    title: str
    category: str
    price_minor: int
    sold: int = 0


@dataclass(slots=True)
class PastStore:
    """A store with all its orders."""

    id: str
    name: str
    country: str
    currency: str
    listings: dict[str, PastListing] = field(default_factory=dict)
    orders: list[PastOrder] = field(default_factory=list)

    @property
    def first_moment(self) -> datetime:
        return min(order.placed_at for order in self.orders)

    @property
    def categories(self) -> list[str]:
        return sorted({listing.category for listing in self.listings.values()})
