"""Carrying out a confirmed list: row by row through the action, by whoever holds the list's lease.

A row's key belongs to its list and its number. A process that dies between a parcel and its row, a second press, a
second worker: the key answers with what was done, and the rest goes on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from orders.carriers import normal_waybill
from orders.models import Shipment
from orders.models.batch import BatchState, RowState, ShippingBatch, ShippingRow
from orders.portal.bulk.columns import SHIP
from orders.portal.bulk.judging import already, parcel, verdict
from rulebook.actions import perform
from rulebook.actors import Actor
from rulebook.clock import now
from rulebook.progress import Progress
from rulebook.refusals import Busy, NotDone
from stores.acting import staff_actor
from stores.middleware import zone_of
from stores.models import StaffMember, User

log = logging.getLogger("piepowder.shipping_lists")

AT_ONCE = 50
"""A list of so many rows is carried out while the page waits; a longer one by the worker."""
READ_AT_ONCE = 50
SECONDS = 10.0
"""How long one turn takes at most: the queue gives a task twenty."""
LEASE = timedelta(seconds=30)
RENEWED_EVERY = 5.0


def confirm(batch: ShippingBatch, user: User) -> bool:
    """From preview to running, in this person's name; False when somebody did so before."""
    changed = ShippingBatch.objects.filter(id=batch.id, state=BatchState.PREVIEW).update(
        state=BatchState.RUNNING, confirmed_by=user.id, confirmed_at=now()
    )
    return bool(changed)


def begin(batch: ShippingBatch) -> None:
    """A short list now, a long one in the worker; what is left of a short one as well."""
    if batch.rows.filter(state=RowState.READY).count() <= AT_ONCE and not turn(batch.id):
        return
    hand_over(batch.id)


def hand_over(batch_id: UUID) -> None:
    """Ask the queue to go on. A question that gets lost costs a minute: the schedule looks as well."""
    from django_q.tasks import async_task

    transaction.on_commit(lambda: async_task("orders.tasks.ship_list", str(batch_id)), robust=True)


def turn(batch_id: UUID, *, seconds: float = SECONDS) -> bool:
    """Work on the list for a while. Returns whether rows are left that somebody has to go on with."""
    holder = uuid4()
    if not _claim(batch_id, holder):
        return False
    batch = ShippingBatch.objects.get(id=batch_id)
    try:
        with _as(batch) as actor:
            left = _rows_done(batch, actor, holder, seconds)
    finally:
        ShippingBatch.objects.filter(id=batch_id, holder=holder).update(holder=None, lease_until=None)
    if not left:
        ShippingBatch.objects.filter(id=batch_id, state=BatchState.RUNNING).update(
            state=BatchState.DONE, finished_at=now()
        )
    return left


def _claim(batch_id: UUID, holder: UUID) -> bool:
    moment = now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    running = ShippingBatch.objects.filter(free, id=batch_id, state=BatchState.RUNNING)
    return bool(running.update(holder=holder, lease_until=moment + LEASE))


def _renew(batch_id: UUID, holder: UUID) -> bool:
    mine = ShippingBatch.objects.filter(id=batch_id, holder=holder)
    return bool(mine.update(lease_until=now() + LEASE))


@contextmanager
def _as(batch: ShippingBatch) -> Iterator[Actor | None]:
    """The person who confirmed, with today's role, language and zone; nobody when he has left the store."""
    rows = StaffMember.objects.filter(user_id=batch.confirmed_by, store_id=batch.store_id)
    member = rows.select_related("user", "store").first()
    if member is None or not member.user.is_active:
        yield None
        return
    with translation.override(member.user.language), timezone.override(zone_of(member.user)):
        yield staff_actor(member, member.user, member.store, door="portal")


def _rows_done(batch: ShippingBatch, actor: Actor | None, holder: UUID, seconds: float) -> bool:
    ready = ShippingRow.objects.filter(batch=batch, state=RowState.READY).order_by("number")
    if actor is None:
        sentence = _("The person who confirmed this list no longer works for the store.")
        ready.update(state=RowState.REFUSED, reason=sentence, done_at=now())
        return False
    stop = time.monotonic() + seconds
    with Progress(_Log(), ready.count(), "rows") as progress:
        while some := list(ready[:READ_AT_ONCE]):
            if not _some_done(batch, some, actor, holder, stop, progress.advance):
                return True
    return False


def _some_done(
    batch: ShippingBatch,
    rows: list[ShippingRow],
    actor: Actor,
    holder: UUID,
    stop: float,
    advance: Callable[[int], None],
) -> bool:
    """False when time is up, another holds the lease, or a twin of a row is at work right now."""
    assert batch.confirmed_at is not None
    recorded = _recorded(rows, batch.confirmed_at)
    renewed = time.monotonic()
    for row in rows:
        moment = time.monotonic()
        if moment >= stop:
            return False
        if moment - renewed > RENEWED_EVERY:
            if not _renew(batch.id, holder):
                return False
            renewed = moment
        try:
            _row_done(batch, row, actor, (row.order_id, parcel(row)) in recorded)
        except Busy:
            return False
        advance(1)
    return True


def _recorded(rows: list[ShippingRow], before: datetime) -> set[tuple[Any, str]]:
    """Parcels that were recorded otherwise before the list was confirmed: the same file sent twice ships once."""
    shipments = Shipment.objects.filter(order_id__in=[row.order_id for row in rows], shipped_at__lt=before)
    return {(order_id, normal_waybill(waybill)) for order_id, waybill in shipments.values_list("order_id", "waybill")}


def _row_done(batch: ShippingBatch, row: ShippingRow, actor: Actor, was_recorded: bool) -> None:
    state, rule, reason = RowState.SHIPPED, "", ""
    if was_recorded:
        state, reason = RowState.REFUSED, already(row)
    else:
        try:
            perform(SHIP, actor=actor, on=row.order_id, inputs=row.inputs, key=key_of(batch, row))
        except Busy:
            raise
        except NotDone as problem:
            state, (rule, reason) = RowState.REFUSED, verdict(problem)
        except Exception:  # one broken row stops neither the rows after it nor the list; the seller is told
            log.exception("row %s of shipping list %s failed", row.number, batch.id)
            state = RowState.REFUSED
            reason = _("An error of ours stopped this row. Look at the order before you send the row again.")
    ShippingRow.objects.filter(id=row.id, state=RowState.READY).update(
        state=state, rule=rule, reason=reason, done_at=now()
    )


def key_of(batch: ShippingBatch, row: ShippingRow) -> str:
    return f"shipping-list:{batch.id.hex}:{row.number}"


class _Log:
    """Progress as log lines."""

    def write(self, line: str) -> None:
        log.info("%s", line.strip())


# ------------------------------------------------------------------ how far it is


def counts(batch: ShippingBatch) -> dict[str, int]:
    """Rows by state, every state there; one statement."""
    return counts_of([batch.id])[batch.id]


def counts_of(batches: list[UUID]) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {one: {str(state): 0 for state in RowState} for one in batches}
    rows = ShippingRow.objects.filter(batch_id__in=batches).order_by().values_list("batch_id", "state")
    for batch_id, state, number in rows.annotate(n=Count("id")):
        found[batch_id][state] = number
    return found


def rests(batch: ShippingBatch) -> bool:
    """Running, but nobody is at it: the queue lost it, or whoever held it died."""
    return batch.state == BatchState.RUNNING and (batch.lease_until is None or batch.lease_until < now())
