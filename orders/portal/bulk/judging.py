"""What would come of each row: the action itself, carried out on dockets that nobody writes.

Rows of one order are judged together and in their order, so that the third parcel is judged as the first two leave it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from orders.carriers import normal_waybill, written_waybill
from orders.models import Order, Shipment
from orders.models.batch import RowState, ShippingRow
from orders.portal.bulk.columns import SHIP, Asked, for_the_action
from rulebook.actions import actions
from rulebook.actors import Actor
from rulebook.docket import Docket
from rulebook.docket.driving import run_followers, settle
from rulebook.ids import parse_id
from rulebook.inputs import clean
from rulebook.refusals import Invalid, NotDone, Refused
from rulebook.rehearsal import look, read_balances
from rulebook.sentences import refusal_text

AT_ONCE = 250
"""Orders on one docket: their bundles are read together."""
DOUBTED = "V-16"
_MOST = 2**31


def judged(rows: Iterable[Asked], store: Any, actor: Actor) -> list[ShippingRow]:
    """A row with its verdict for each that was asked, in their order. Nothing is written."""
    wanted = list(rows)
    found = [_unjudged(row) for row in wanted]
    _find_orders(wanted, found, store)
    _find_repeats(found)
    by_order: dict[UUID, list[ShippingRow]] = defaultdict(list)
    for row in found:
        if row.state == RowState.READY and row.order_id is not None:
            by_order[row.order_id].append(row)
    for some in _portions(by_order):
        _rehearse({order_id: by_order[order_id] for order_id in some}, store, actor)
    _warn(found, store)
    return found


def _unjudged(row: Asked) -> ShippingRow:
    made = ShippingRow(number=row.number, cells=row.cells, state=RowState.READY)
    if row.blank:
        made.state = RowState.BLANK
        return made
    made.inputs = for_the_action(row.inputs)
    if row.errors:
        _cannot(made, " ".join(row.errors))
    return made


def _cannot(row: ShippingRow, reason: str, rule: str = "") -> None:
    row.state, row.reason, row.rule = RowState.CANNOT, reason, rule


def _portions(keys: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(keys)
    while some := list(islice(rest, AT_ONCE)):
        yield some


# ------------------------------------------------------------------ which order is meant


def _find_orders(wanted: list[Asked], found: list[ShippingRow], store: Any) -> None:
    """Orders of this store only: another store's and none are not told apart."""
    ids = {identity for row in wanted if (identity := _identity(row.order_id)) is not None}
    numbers = {number for row in wanted if (number := _number(row.order_number)) is not None}
    mine = Order.objects.filter(store=store)
    known = mine.filter(id__in=ids).values_list("id", "number") if ids else ()
    numbered = mine.filter(number__in=numbers).values_list("id", "number") if numbers else ()
    name_of: dict[Any, int | None] = dict([*known, *numbered])
    by_number = {number: identity for identity, number in name_of.items()}
    for row, made in zip(wanted, found, strict=True):
        _name_order(row, made, name_of, by_number)


def _name_order(row: Asked, made: ShippingRow, name_of: dict[Any, int | None], by_number: dict[Any, Any]) -> None:
    by_id = _identity(row.order_id)
    other = by_number.get(_number(row.order_number))
    order_id = (by_id if by_id in name_of else None) if row.order_id else other
    typed = row.order_id or row.order_number
    made.order_name = (f"#{name_of[order_id]}" if order_id and name_of[order_id] else typed)[:40]
    if made.state != RowState.READY:
        made.order_id = order_id
    elif not typed:
        _cannot(made, _("The row names no order: write its number or its id."))
    elif order_id is None:
        _cannot(made, _("Your store has no order {typed}.").format(typed=typed[:60]))
    elif row.order_id and row.order_number and other != order_id:
        _cannot(made, _("The number and the id in this row are of different orders."))
    else:
        made.order_id = order_id


def _identity(text: str) -> UUID | None:
    try:
        return parse_id(text, Order.PREFIX) if text else None
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 11 and int(text) < _MOST else None


def _find_repeats(rows: list[ShippingRow]) -> None:
    """The same parcel twice in one file is one parcel."""
    first: dict[tuple[UUID, str], int] = {}
    for row in rows:
        waybill = parcel(row)
        if row.state != RowState.READY or row.order_id is None or not waybill:
            continue
        earlier = first.setdefault((row.order_id, waybill), row.number)
        if earlier != row.number:
            _cannot(row, _("The same parcel stands in row {number} already.").format(number=earlier))


def parcel(row: ShippingRow) -> str:
    """The waybill, however it is spaced and whatever its case."""
    return normal_waybill(str(row.inputs.get("waybill", "")))


def _warn(rows: list[ShippingRow], store: Any) -> None:
    """One number for two buyers within the file: shipped, and then doubted (V-16). Better said before than after."""
    orders: dict[str, set[Any]] = defaultdict(set)
    for row in rows:
        if row.state == RowState.READY:
            orders[parcel(row)].add(row.order_id)
    shared = {one for its in orders.values() if len(its) > 1 for one in its}
    if not shared:
        return
    buyer_of = dict(Order.objects.filter(store=store, id__in=shared).values_list("id", "buyer_id"))
    for row in rows:
        if row.state == RowState.READY and len({buyer_of.get(one) for one in orders[parcel(row)]}) > 1:
            row.rule, row.reason = DOUBTED, _doubt()


def _doubt() -> str:
    return _("Parcels of different buyers bear this number; that will be looked into.")


# ------------------------------------------------------------------ what the rules say


class _ReadBefore:
    """A docket's source that has read the parcels with these numbers at once; the action asks for them one by one."""

    def __init__(self, source: Any, store_id: UUID, waybills: set[str]) -> None:
        self.source, self.store_id = source, store_id
        forms = {form for waybill in waybills for form in (waybill, written_waybill(waybill), normal_waybill(waybill))}
        self.parcels: dict[str, list[Shipment]] = {form: [] for form in forms}
        for one in source.find(Shipment, store_id=store_id, waybill__in=sorted(forms)):
            self.parcels[one.waybill].append(one)

    def find(self, model: type, **filters: Any) -> list[Any]:
        if model is Shipment and set(filters) == {"store_id", "waybill"} and filters["store_id"] == self.store_id:
            known = self.parcels.get(filters["waybill"])
            if known is not None:
                return list(known)
        return list(self.source.find(model, **filters))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


def _rehearse(rows: dict[UUID, list[ShippingRow]], store: Any, actor: Actor) -> None:
    docket = look(Order, rows, actor)
    read_balances(docket, store.id)
    waybills = {str(row.inputs.get("waybill", "")) for its in rows.values() for row in its}
    docket.source = _ReadBefore(docket.source, store.id, waybills)
    moment = docket.at
    for order_id, its in rows.items():
        order = docket.held.get(order_id)
        if order is None:  # gone since it was looked up; orders are not deleted
            for row in its:
                _cannot(row, _("Your store has no order {typed}.").format(typed=row.order_name))
            continue
        recorded = {normal_waybill(one.waybill) for one in order.shipments}
        settle(docket, [order_id], moment)
        for row in its:
            if parcel(row) in recorded:
                _cannot(row, already(row))
            else:
                _try(docket, order, row)


def already(row: ShippingRow) -> str:
    return _("A parcel with the waybill {waybill} was recorded for this order before.").format(
        waybill=row.inputs.get("waybill", "")
    )


def _try(docket: Docket, order: Order, row: ShippingRow) -> None:
    act = actions()[SHIP]
    try:
        values = clean(act.inputs, row.inputs)
        with docket.act([order.id]):
            made = act.run(docket, order, **values)
            run_followers(docket)
    except NotDone as problem:
        row.rule, row.reason = verdict(problem)
        row.state = RowState.CANNOT
    else:
        if made.suspicion:
            row.rule, row.reason = DOUBTED, _doubt()


def verdict(problem: NotDone) -> tuple[str, str]:
    """Rule and sentence, as a list of refusals writes them side by side."""
    if isinstance(problem, Refused):
        return problem.rule, refusal_text(problem)
    if isinstance(problem, Invalid):
        return "", " ".join(
            f"{_label(name)}: {text}" if name else text for name, texts in problem.errors.items() for text in texts
        )
    return "", problem.sentence


def _label(name: str) -> str:
    spec = actions()[SHIP].inputs.get(name)
    return _(spec.label) if spec is not None and spec.label else name
