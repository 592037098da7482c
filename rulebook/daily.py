"""Work of the day: done at 00:00 platform time, claimed like a deadline, caught up in order after an outage, once each.

    @daily("prune_keys")
    def prune(moment): …; return {"deleted": 12}

The function runs in the transaction that marks it done: its effects and the mark stand or fall together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.module_loading import autodiscover_modules

from rulebook.calendars import day_start, local_day, platform_midnights
from rulebook.models.clerk import DailyRun, IdempotencyKey
from rulebook.zones import platform_zone

log = logging.getLogger("piepowder.daily")

Work = Callable[[datetime], dict[str, Any] | None]
_WORK: dict[str, Work] = {}
RETRY = timedelta(minutes=5)
KEEP_KEYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Ran:
    """How many were done, how many failed and wait for another try."""

    done: int = 0
    failed: int = 0


def daily(name: str) -> Callable[[Work], Work]:
    """Register work of the day. It gets the midnight that it is for and may return a report (JSON)."""

    def register(function: Work) -> Work:
        _WORK[name] = function
        return function

    return register


@lru_cache(maxsize=1)
def _read_all() -> None:
    """Apps register theirs in `dailies.py`."""
    from rulebook import checkpoints  # noqa: F401

    autodiscover_modules("dailies")


def run_daily(now: datetime) -> Ran:
    """Everything that is due by now and that nobody else is at, each in a transaction of its own."""
    _read_all()
    for name in _WORK:
        _plan(name, now)
    outcomes: list[str] = []
    tried: set[UUID] = set()
    while (outcome := _run_next(now, tried)) is not None:
        outcomes.append(outcome)
    return Ran(outcomes.count("done"), outcomes.count("failed"))


def _plan(name: str, now: datetime) -> None:
    """A row for every midnight since the last one; new work begins with the latest."""
    last = DailyRun.objects.filter(name=name).aggregate(last=Max("moment"))["last"]
    zone = platform_zone()
    moments = platform_midnights(last, now, zone) if last else [day_start(local_day(now, zone), zone)]
    rows = [DailyRun(name=name, moment=moment) for moment in moments]
    if rows:
        DailyRun.objects.bulk_create(rows, ignore_conflicts=True)


def _run_next(now: datetime, tried: set[UUID]) -> str | None:
    """The next row: ``done``, ``failed`` or (after a failure) ``waits``; None when there is none."""
    with transaction.atomic():
        earlier = DailyRun.objects.filter(name=OuterRef("name"), moment__lt=OuterRef("moment"), done_at__isnull=True)
        due = DailyRun.objects.filter(~Exists(earlier), name__in=list(_WORK), done_at__isnull=True, moment__lte=now)
        due = due.exclude(id__in=tried).order_by("moment", "name")
        row = due.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return None
        tried.add(row.id)
        if row.error and datetime.fromisoformat(row.report["retry_at"]) > now:
            return "waits"
        return "done" if _run(row, now) else "failed"


def _run(row: DailyRun, now: datetime) -> bool:
    """In a savepoint: a failure is written down, and what comes after it under the same name waits."""
    try:
        with transaction.atomic():
            report = _WORK[row.name](row.moment) or {}
    except Exception as failure:
        log.exception("daily work %s failed", row)
        tries = row.report.get("attempts", 0) + 1
        row.report = {"attempts": tries, "retry_at": (now + RETRY * min(tries, 12)).isoformat()}
        row.error = f"{type(failure).__name__}: {failure}"[:2000]
        row.save(update_fields=["report", "error"])
        return False
    row.done_at, row.report, row.error = now, report, ""
    row.save(update_fields=["done_at", "report", "error"])
    return True


@daily("forget_idempotency_keys")
def forget_keys(moment: datetime) -> dict[str, Any]:
    """Answers that nobody will ask for again."""
    deleted, _by_model = IdempotencyKey.objects.filter(created_at__lt=moment - KEEP_KEYS).delete()
    return {"deleted": deleted}


def now_and_then(every: timedelta) -> Callable[[datetime], Ran]:
    """`run_daily`, but really looking only every so often: for a loop that turns each second."""
    last: list[datetime] = []

    def look(now: datetime) -> Ran:
        if last and now - last[0] < every:
            return Ran()
        last[:] = [now]
        return run_daily(now)

    return look


__all__ = ["Ran", "daily", "forget_keys", "now_and_then", "run_daily"]
