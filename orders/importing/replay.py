"""Running a past store through the rules: entered, its orders placed as agreed, and every act at its real moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID

from orders.importing.history import Act, PastOrder, PastStore
from orders.importing.tally import Tally
from orders.models import Order
from orders.placing import Terms, draft_order
from rulebook.actors import BUYER, CARRIER, SELLER, Actor
from rulebook.docket import Docket
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.replaying import Replay
from stores.enrolment import enrol_listing, enrol_seller, enrol_store
from stores.models import Buyer, Listing

ENTERED_BEFORE = timedelta(days=1)
"""A store is entered this long before its first order."""

ROLE = {kind: frozenset({kind}) for kind in (BUYER, CARRIER)}
OWNER = frozenset({"owner"})
BEFORE_THE_END = "before the end of the trade"
ENDS = ("payment", "handling", "receipt")
"""Deadlines that end an order about which nobody says a further word."""
INPUTS: dict[Act, dict[str, Any]] = {
    Act.PAY: {"with": "card", "network": "other"},
    Act.DELIVER: {"event": "delivered"},
    Act.CANCEL: {"reason": "other"},
    Act.AGREE: {},
}


class Early(Enum):
    """What becomes of a review from before the end of the trade, with which reviewing begins (A53-1).

    Elsewhere people review what has arrived; here the trade ends when the buyer confirms or the receipt window is over, and
    no import knows of a confirmation. REFUSE: as it stands; the rules say no. WAIT: published when the trade ends. CONFIRM:
    who reviews what the carrier has delivered thereby confirms it; what has not arrived is refused.
    """

    REFUSE = "refuse"
    WAIT = "wait"
    CONFIRM = "confirm"


class _Unwritten:
    """The docket's source while a store is being made: nothing of it is written yet, so nobody is asked."""

    def __init__(self, source: Any, store_id: UUID) -> None:
        self._source, self._store_id = source, store_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def find(self, model: type, **filters: Any) -> list[Any]:
        return [] if filters.get("store_id") == self._store_id else self._source.find(model, **filters)


class StoreReplay:
    """One store's whole history on one docket, from the day before its first order up to the docket's present."""

    def __init__(
        self, docket: Docket, past: PastStore, source: str, storefront: UUID, early: Early = Early.REFUSE
    ) -> None:
        self.docket, self.past, self.source, self.storefront, self.early = docket, past, source, storefront, early
        self.replay = Replay(docket)
        self.tally = Tally(stores=1, orders=len(past.orders))
        self.present = docket.recorded_at
        self.listings: dict[str, Listing] = {}
        self.placed: dict[str, tuple[Order, Actor]] = {}
        self.made: dict[tuple[str, Act], Any] = {}
        self.helped: set[str] = set()
        self.carrier = Actor(kind=CARRIER, name="carrier", roles=ROLE[CARRIER], door="import")

    def run(self) -> Tally:
        self._enter()
        buyers = self._buyers()
        events = self._events()
        while events:
            moment, number, past, act = heappop(events)
            try:
                if act is None:
                    self._place(past, moment, buyers[past.buyer])
                elif act is Act.REVIEW:
                    later = self._review(past, moment)
                    if later is not None:
                        heappush(events, (later, number, past, act))
                else:
                    self._do(past, act, moment)
            except Refused as refusal:
                name = "buyer.place_order" if act is None else act.value
                self.tally.refused[name, refusal.rule] += 1
        self.replay.run_until(self.present)
        self.docket.at = self.present
        self.tally.pulled_up = sum(past.pulled_up for past in self.past.orders)
        self.tally.count(
            self.docket,
            {self.placed[past.id][0].id: past.was_shipped for past in self.past.orders if past.id in self.placed},
        )
        return self.tally

    def _events(self) -> list[tuple[datetime, int, PastOrder, Act | None]]:
        events: list[tuple[datetime, int, PastOrder, Act | None]] = []
        for past in self.past.orders:
            events.append((past.placed_at, len(events), past, None))
            for moment, act in past.acts:
                events.append((moment, len(events), past, act))
        heapify(events)
        self.tally.acts = len(events)
        return events

    # ------------------------------------------------------------------ who and what is there

    def _enter(self) -> None:
        """Seller, store with its deposit, listings: as they stood when the history begins."""
        docket, past = self.docket, self.past
        docket.at = past.first_moment - ENTERED_BEFORE
        seller = enrol_seller(docket, name=past.name, registered_at=docket.at, country=past.country)
        store = enrol_store(
            docket,
            seller,
            name=past.name,
            categories=past.categories,
            opened_at=docket.at,
            imported_from=imported_from(self.source, past),
        )
        for identity, listing in past.listings.items():
            self.listings[identity] = enrol_listing(
                docket,
                store,
                title=listing.title,
                price=Money(listing.price_minor, past.currency),
                category=listing.category,
                stock=listing.sold,
                published_at=docket.at,
            )
        self.store = store
        docket.source = _Unwritten(docket.source, store.id)
        self.seller = Actor(
            kind=SELLER, id=seller.id, name=past.name, roles=OWNER, stores=frozenset({store.id}), door="import"
        )

    def _buyers(self) -> dict[str, Actor]:
        """The storefront's customers; one who bought from a store that was imported before is known already."""
        references = list(dict.fromkeys(past.buyer for past in self.past.orders))
        found = {
            row.reference: row
            for row in self.docket.source.find(Buyer, storefront_id=self.storefront, reference__in=references)
        }
        actors = {}
        for reference in references:
            buyer = found.get(reference)
            if buyer is None:
                buyer = make(
                    Buyer,
                    id=new_id(),
                    storefront_id=self.storefront,
                    reference=reference,
                    name=f"Customer {reference[:8]}",
                    country=self.past.country,
                )
                self.docket.add(buyer)
            actors[reference] = Actor(
                kind=BUYER,
                id=buyer.id,
                name=buyer.name,
                roles=ROLE[BUYER],
                storefront=self.storefront,
                country=buyer.country,
                door="import",
            )
        return actors

    # ------------------------------------------------------------------ acts

    def _place(self, past: PastOrder, moment: datetime, buyer: Actor) -> None:
        """Placed for what was agreed then. The rulebook's shortest and longest handling time apply (A34-1)."""
        docket = self.docket
        bounds = docket.rulebook.at(moment, store=self.store.id, country=self.past.country).order
        handling = min(max(past.handling_days, bounds.stocking_days_min), bounds.stocking_days_max)
        self.tally.shortened += handling < past.handling_days
        self.tally.longest_handling = max(self.tally.longest_handling, past.handling_days)
        wanted = [(self.listings[line.product], line.quantity) for line in past.lines]
        terms = Terms([line.price_minor for line in past.lines], past.freight_minor, handling, past.promised_days)
        with self.replay.at(moment, buyer, [listing.id for listing, _quantity in wanted]):
            order = draft_order(
                docket,
                wanted,
                buyer_id=buyer.id,
                buyer_name=buyer.name,
                country=self.past.country,
                method=None,
                external_id=past.id,
                terms=terms,
            )
            order.place(docket)
        self.placed[past.id] = order, buyer

    def _do(self, past: PastOrder, act: Act, moment: datetime) -> None:
        """One act, on the order or on what an earlier act made of it."""
        order, buyer = self.placed.get(past.id, (None, None))
        on: Any = order
        actor: Any = buyer
        inputs = INPUTS.get(act)
        if act is Act.SHIP:
            actor, inputs = self.seller, {"waybill": waybill_of(past)}
        elif act is Act.DELIVER:
            actor, on = self.carrier, self.made.get((past.id, Act.SHIP))
        elif act is Act.AGREE:
            actor, on = self.seller, self.made.get((past.id, Act.CANCEL))
        if on is None:
            self.tally.not_reached[act.value] += 1
            return
        made = self.replay.perform(act.value, actor=actor, on=on, at=moment, inputs=inputs)
        self.made[past.id, act] = made
        if act is Act.SHIP:  # it was the carrier who wrote that moment down
            self.replay.perform(Act.DELIVER.value, actor=self.carrier, on=made, at=moment, inputs={"event": "accepted"})

    def _review(self, past: PastOrder, moment: datetime) -> datetime | None:
        """The buyer's word. Returns when to come back to it, if it waits for the end of the trade."""
        order, buyer = self.placed.get(past.id, (None, None))
        assert past.review is not None
        if order is None or buyer is None:
            self.tally.not_reached[Act.REVIEW.value] += 1
            return None
        self.replay.run_until(moment)
        if self.early is Early.WAIT and order.ended_at is None:
            rows = [row for name in ENDS if (row := self.docket.deadline(order, name)) is not None]
            if rows and rows[0].due_at <= self.present:
                self.helped.add(past.id)
                return rows[0].due_at
        if self.early is Early.CONFIRM and order.ended_at is None and order.delivered_at is not None:
            self.helped.add(past.id)
            self.replay.perform("buyer.confirm_receipt", actor=buyer, on=order, at=moment)
        try:
            self.replay.perform(
                Act.REVIEW.value,
                actor=buyer,
                on=order,
                at=moment,
                inputs={"stars": past.review.stars, "text": past.review.text},
            )
        except Refused as refusal:
            self.tally.refuse_review(past.review.line, refusal.rule, _why(order))
            raise
        self.tally.take_review(past.review.line, helped=past.id in self.helped)
        return None


def waybill_of(past: PastOrder) -> str:
    """Nobody wrote the number down; this one is of the form that a carrier's number has, and leads back to the order."""
    return "OL0" + "".join(filter(str.isalnum, past.id))[:16].upper()


def _why(order: Order) -> str:
    """In what way a review came at the wrong time."""
    if order.ended_at is None:
        return BEFORE_THE_END
    return "of an order that was never shipped" if order.review_until is None else "after the time to review"


def imported_from(source: str, past: PastStore) -> str:
    """What tells, in the database, that this store was imported."""
    return f"{source}:{past.id}"
