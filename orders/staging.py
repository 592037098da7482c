"""Orders of stories: given ones, what the player supplies, and totals of buyers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from orders.models import Order
from orders.placing import draft_order
from orders.states import OrderState
from rulebook.actors import BUYER, SELLER
from rulebook.clock import parse_duration
from rulebook.models import Notice
from rulebook.money import Money
from rulebook.scenarios.grammar import nearest
from rulebook.scenarios.stage import Stage, by_default, given, means, reads, reads_of, reads_person
from stores.models import Listing
from stores.states import DepositStatus, ListingState, StoreState

by_default("seller.ship", waybill=lambda stage: f"RR{len(stage.made.get('shipment', ())) + 100000001}CN")
means("buyer.follow_up_review", side=BUYER)
means("seller.reply_to_review", side=BUYER)
means("buyer.reply_to_review", side=SELLER)

S = OrderState
PAID = [S.AWAITING_SHIPMENT, S.PARTIALLY_SHIPPED, S.SHIPPED, S.COMPLETED, S.CLOSED]
POSTED = [S.PARTIALLY_SHIPPED, S.SHIPPED, S.COMPLETED]


@given("orders", default={}, fields="listing quantity buyer state placed shipped completed method country")
def order(stage: Stage, name: str, fields: dict[str, Any]) -> None:
    """An order that is at a state already: its acts are done at their moments, and nothing before the start fires."""
    state, quantity = str(fields.get("state", S.AWAITING_SHIPMENT)).lower(), int(fields.get("quantity", 1))
    if state not in S.values:
        raise ValueError(f"a given order's state is one of {', '.join(S.values)}; not {state!r}")
    if state == S.PARTIALLY_SHIPPED and quantity < 2:
        raise ValueError("of an order that is partially shipped, the quantity is 2 or more")
    placed = stage.start + parse_duration(fields.get("placed", "-30d"))
    shipped = _moment(stage, fields, "shipped", min(placed + timedelta(days=1), stage.start))
    completed = _moment(stage, fields, "completed", max(shipped, stage.start - timedelta(days=1)))
    by = stage.actors[BUYER][str(fields["buyer"])] if fields.get("buyer") else next(iter(stage.actors[BUYER].values()))
    listing = stage.identity(str(fields.get("listing") or stage.made["listing"][0]), "listing")
    with stage.docket(by, at=placed) as docket:
        row = draft_order(
            docket,
            [(docket.lock(Listing, listing), quantity)],
            buyer_id=by.id,
            buyer_name=by.name,
            country=str(fields.get("country") or by.country),
            method=fields.get("method"),
        )
        with _as_when_placed(row):
            row.place(docket)
        if state in PAID:
            row.pay(docket, method="card", network="visa")
    identity = row.id
    if state in POSTED:
        some = quantity // 2 if state == S.PARTIALLY_SHIPPED else None
        with stage.docket(at=shipped) as docket:
            parcel = docket.lock(Order, identity).ship(docket, waybill="RR100000000CN", method=None, quantity=some)
            parcel.scan(docket, event="accepted")
    if state == S.CLOSED:
        _never_shipped(stage, identity)
    if state == S.COMPLETED:
        with stage.docket(by, at=completed) as docket:
            row = docket.lock(Order, identity)
            row.confirm(docket)
            released = row.release_due_at
        if released < stage.start:
            with stage.docket(at=released) as docket:
                row = docket.lock(Order, identity)
                docket.source.bring_balances(docket, {row.store_id})
                docket.meet(row, "release")
                row.release_money(docket)
    _drop_what_would_have_fired(stage, identity)
    stage.name("order", identity, name)


def _never_shipped(stage: Stage, identity: Any) -> None:
    """Closed when its handling period ended, which was before the start (A34-3)."""
    with stage.docket() as docket:
        ended = docket.lock(Order, identity).handling_due_at
    if ended is None or ended > stage.start:
        raise ValueError("a given order that is closed was not shipped in time: let it be placed earlier")
    with stage.docket(at=ended) as docket:
        row = docket.lock(Order, identity)
        docket.source.bring_balances(docket, {row.store_id})
        docket.meet(row, "handling")
        row.close_unshipped(docket)


@contextmanager
def _as_when_placed(order: Order) -> Iterator[None]:
    """What is given of a store and its listings holds at the start; when the order was placed they took orders, and what is
    in stock now is without what it took."""
    kept: list[tuple[Any, str, Any]] = []

    def suppose(row: Any, **values: Any) -> None:
        for name, value in values.items():
            kept.append((row, name, row.__dict__[name]))
            row.__dict__[name] = value

    suppose(order.store, state=StoreState.OPEN, deposit_status=DepositStatus.SUFFICIENT, blocked_countries=[])
    for line in order.lines:
        stock = line.listing.stock + line.quantity
        suppose(line.listing, state=ListingState.LIVE, stock=stock, blocked_countries=[])
    yield
    for row, name, value in reversed(kept):
        row.__dict__[name] = value


def _moment(stage: Stage, fields: dict[str, Any], key: str, default: datetime) -> datetime:
    return stage.start + parse_duration(fields[key]) if fields.get(key) is not None else default


def _drop_what_would_have_fired(stage: Stage, identity: Any) -> None:
    with stage.docket() as docket:
        row = docket.lock(Order, identity)
        for deadline in list(docket.pending[row.id].values()):
            if deadline.due_at < stage.start:
                docket.end_deadline(deadline, "cancelled")


@reads("buyer")
def the_buyer(stage: Stage, path: list[str], expected: Any) -> Any:
    return totals(stage, "buyer", path, expected)


@reads_person("buyer")
def any_buyer(stage: Stage, path: list[str], expected: Any) -> Any:
    return totals(stage, path[0], path[1:], expected)


def totals(stage: Stage, name: str, path: list[str], expected: Any) -> Any:
    """``NAME.paid``, ``NAME.refunded``, ``NAME.compensated``: totals of a buyer in the expected value's currency."""
    from finance.staging import _currency

    columns = {"paid": "paid_minor", "refunded": "refunded_minor", "compensated": "compensated_minor"}
    if len(path) != 1 or path[0] not in columns:
        raise KeyError(f"of a buyer, stories check {', '.join(columns)}{nearest('.'.join(path), columns)}")
    if name not in stage.actors[BUYER]:
        raise KeyError(f"there is no buyer named {name!r}{nearest(name, stage.actors[BUYER])}")
    currency = _currency(expected)
    rows = stage.find(Order, buyer_id=stage.actors[BUYER][name].id, currency=currency)
    return Money(sum(getattr(row, columns[path[0]]) for row in rows), currency)


@reads("notices")
def notices(stage: Stage, path: list[str], expected: Any) -> Any:
    """``notices.ACTOR``: event codes sent to that person, or to his store's staff, so far."""
    people = stage.people()
    if len(path) != 1 or path[0] not in people:
        raise KeyError(f"notices are read as notices.ACTOR{nearest('.'.join(path), people)}")
    actor = people[path[0]]
    audiences = {actor.id, *actor.stores}
    if stage.memory is not None:
        drafts: Any = stage.memory.notices
    else:
        own = [identity for _kind, identity in stage.objects.values()]
        drafts = Notice.objects.filter(Q(store_id__in=stage.stores) | Q(root_id__in=own)).order_by("id")
    return [
        draft.code
        for draft in drafts
        if draft.audience_kind == actor.kind
        and (draft.audience_id in audiences or (draft.audience_id is None and actor.kind == "moderator"))
    ]


@reads_of("complaint", "kind")
def complained_of(stage: Stage, path: list[str], expected: Any) -> Any:
    """As stories file it; the API calls every object's own kind so, and this field the topic."""
    return stage.look("complaint", stage.identity(path[0]))[0].kind
