"""The outbox: what was told in an act is delivered after it, at least once, in order for each subject and address.

Two stages, any number of processes. `expand` turns a notice into one delivery for every channel and address (the notice
itself is the in-app message). `deliver_one` takes a delivery on a lease, counts the attempt in a transaction of its own
before the work, so that a death counts too, and signs it off only while the lease is still its own.

Upper apps say who gets what, and how a channel is served:

    @recipients
    def staff_by_email(notices): yield notice, "email", "ann@example.org"

    @channel("email")
    def send(notice, target, key): …      # raises when it did not arrive; `key` is the same at every try
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.module_loading import autodiscover_modules

from rulebook.clock import Clock, system
from rulebook.ids import new_id
from rulebook.models.notice import Delivery, Notice

log = logging.getLogger("piepowder.outbox")

BATCH = 500
LEASE = timedelta(seconds=60)
"""Longer than any channel may take; who outlives it has his work done again."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
"""Between the tries: ten in 75 hours and 35 minutes, as Standard Webhooks asks."""
TRIES = len(PAUSES) + 1
STALE = timedelta(days=7)
"""What is told of longer ago (history that was read in, a long outage) stays in the app and is not sent out."""
EXPANDING = 7_303_014_212
"""Advisory lock: notices are expanded by one process at a time, which keeps their order."""

Recipients = Callable[[list[Notice]], Iterable[tuple[Notice, str, str]]]
Sender = Callable[[Notice, str, UUID], None]
_recipients: list[Recipients] = []
_channels: dict[str, Sender] = {}


class GiveUp(Exception):
    """Raised by a channel when trying again would be useless: the address said so."""


@dataclass(frozen=True, slots=True)
class Drained:
    """Of one call: notices expanded; deliveries that arrived, that will be tried again, that were given up."""

    expanded: int = 0
    done: int = 0
    failed: int = 0
    dead: int = 0


def recipients(function: Recipients) -> Recipients:
    """Register who is told: from a list of notices, each (notice, channel, address)."""
    if function not in _recipients:
        _recipients.append(function)
    return function


def channel(name: str) -> Callable[[Sender], Sender]:
    """Register how a channel is served."""

    def register(function: Sender) -> Sender:
        _channels[name] = function
        return function

    return register


@lru_cache(maxsize=1)
def _read_all() -> None:
    """Apps register theirs in `notices.py`; the e-mail channel is the rulebook's own."""
    from rulebook import mailing  # noqa: F401

    autodiscover_modules("notices")


def drain(*, clock: Clock = system, seconds: float = 10.0) -> Drained:
    """Expand and deliver until nothing is due or the time is up; short, so that a queue may run it."""
    _read_all()
    end = time.monotonic() + seconds
    expanded = 0
    while batch := expand(clock.now()):
        expanded += batch
        if time.monotonic() > end:
            break
    counts = {"done": 0, "failed": 0, "dead": 0}
    while time.monotonic() < end:
        ended = deliver_one(clock)
        if ended is None:
            break
        counts[ended] += 1
    return Drained(expanded, **counts)


# ------------------------------------------------------------------ stage 1: who is told, and how


@transaction.atomic
def expand(now: datetime, limit: int = BATCH) -> int:
    """Give the earliest notices their deliveries. Returns how many notices; none while another process is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [EXPANDING])
        if not cursor.fetchone()[0]:
            return 0
    notices = list(_fresh()[:limit])
    told = [notice for notice in notices if notice.effective_at > now - STALE]
    rows = list(_deliveries(told, now))
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    on_the_way = {row.notice_id for row in rows}
    silent = [notice.id for notice in notices if notice.id not in on_the_way]
    Notice.objects.filter(id__in=silent).update(sent_at=now)
    return len(notices)


def _fresh() -> QuerySet[Notice]:
    started = Delivery.objects.filter(store_id=OuterRef("store_id"), notice_id=OuterRef("id"))
    return Notice.objects.filter(~Exists(started), sent_at__isnull=True).order_by("id")


def _deliveries(notices: list[Notice], now: datetime) -> Iterator[Delivery]:
    found: dict[UUID, list[tuple[str, str]]] = {}
    for function in _recipients if notices else ():
        for notice, name, target in function(notices):
            found.setdefault(notice.id, []).append((name, target))
    for notice in notices:
        for name, target in dict.fromkeys(found.get(notice.id, ())):
            yield Delivery(
                id=new_id(),
                store_id=notice.store_id,
                notice_id=notice.id,
                subject_id=notice.subject_id,
                channel=name,
                target=target,
                due_at=now,
            )


# ------------------------------------------------------------------ stage 2: delivering


def deliver_one(clock: Clock = system) -> str | None:
    """The next delivery: ``done``, ``failed`` or ``dead``; None when nothing is due. Not inside a transaction."""
    delivery = _take(clock.now())
    if delivery is None:
        return None
    if delivery.state == Delivery.State.DEAD:
        _close_notice(delivery, clock.now())
        return "dead"
    try:
        notice = Notice.objects.get(pk=delivery.notice_id)
        _channels[delivery.channel](notice, delivery.target, delivery.id)
    except Exception as failure:
        return _failed(delivery, failure, clock.now())
    return _arrived(delivery, clock.now())


@transaction.atomic
def _take(now: datetime) -> Delivery | None:
    """Count the attempt and take the lease. One that died in its last attempt is given up here."""
    delivery = _ready(now).select_for_update(skip_locked=True, of=("self",)).first()
    if delivery is None:
        return None
    delivery.attempts += 1
    if delivery.attempts > TRIES:
        delivery.state, delivery.attempts, delivery.lease_until = Delivery.State.DEAD, TRIES, None
        delivery.error = delivery.error or "the process died while it was at work"
        log.error("delivery %s over %s was given up: %s", delivery.id, delivery.channel, delivery.error)
    else:
        delivery.lease_until = now + LEASE
        delivery.due_at = now + pause(delivery.attempts)
    delivery.save(update_fields=["state", "attempts", "lease_until", "due_at", "error"])
    return delivery


def _ready(now: datetime) -> QuerySet[Delivery]:
    """Due, not on a lease, and none before it to the same address about the same subject."""
    earlier = Delivery.objects.filter(
        state=Delivery.State.WAITING,
        subject_id=OuterRef("subject_id"),
        channel=OuterRef("channel"),
        target=OuterRef("target"),
        id__lt=OuterRef("id"),
    )
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    due = Delivery.objects.filter(free, state=Delivery.State.WAITING, due_at__lte=now)
    return due.filter(~Exists(earlier)).order_by("due_at", "id")


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: the schedule, and up to a tenth more so that not all come at once."""
    return PAUSES[min(attempts, len(PAUSES)) - 1] * random.uniform(1.0, 1.1)


def _arrived(delivery: Delivery, now: datetime) -> str:
    """Signed off only while the lease is ours; else somebody else has taken it over and signs for it."""
    if _sign(delivery, state=Delivery.State.DONE, done_at=now, error="", lease_until=None):
        _close_notice(delivery, now)
    else:
        log.warning("delivery %s took longer than its lease; it may arrive twice", delivery.id)
    return "done"


def _failed(delivery: Delivery, failure: Exception, now: datetime) -> str:
    error = f"{type(failure).__name__}: {failure}"[:2000]
    if not isinstance(failure, GiveUp) and delivery.attempts < TRIES:
        log.warning("delivery %s over %s failed (%s)", delivery.id, delivery.channel, error)
        _sign(delivery, error=error, lease_until=None)
        return "failed"
    log.error("delivery %s over %s was given up: %s", delivery.id, delivery.channel, error)
    if _sign(delivery, state=Delivery.State.DEAD, error=error, lease_until=None):
        _close_notice(delivery, now)
    return "dead"


def _sign(delivery: Delivery, **changes: object) -> bool:
    """Write the outcome if nobody has taken the delivery since."""
    mine = Delivery.objects.filter(id=delivery.id, attempts=delivery.attempts, state=Delivery.State.WAITING)
    return mine.update(**changes) == 1


def _close_notice(delivery: Delivery, now: datetime) -> None:
    """When all its channels were served or given up, the notice is sent."""
    waiting = Delivery.objects.filter(
        store_id=OuterRef("store_id"), notice_id=OuterRef("id"), state=Delivery.State.WAITING
    )
    Notice.objects.filter(~Exists(waiting), id=delivery.notice_id, sent_at__isnull=True).update(sent_at=now)


def again(delivery: Delivery, now: datetime) -> bool:
    """Try one that was given up once more, from the start (by hand)."""
    dead = Delivery.objects.filter(id=delivery.id, state=Delivery.State.DEAD)
    return dead.update(state=Delivery.State.WAITING, attempts=0, due_at=now, lease_until=None) == 1
