"""Signs of life and of trouble, as figures: readiness, console and alarms read the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from rulebook.models.clerk import DailyRun, Heartbeat
from rulebook.models.deadline import Deadline, DeadlineStatus
from rulebook.models.notice import Delivery
from rulebook.tasks import QUEUE

QUEUE_SILENT_AFTER = timedelta(minutes=3)
"""Its schedule is looked at every half minute and says one beat a minute."""
OVERDUE_TOO_LONG = timedelta(minutes=5)


def oldest_overdue(now: datetime) -> timedelta:
    """How long the earliest pending deadline has been due: how far the sweepers are behind."""
    due = Deadline.objects.filter(status=DeadlineStatus.PENDING, due_at__lte=now)
    earliest: datetime | None = due.aggregate(earliest=Min("due_at"))["earliest"]
    return now - earliest if earliest else timedelta(0)


def deadline_facts(now: datetime) -> dict[str, Any]:
    """ok: the sweepers keep up. A stuck deadline is a moderator's matter and no reason to turn traffic away."""
    behind = oldest_overdue(now)
    return {
        "ok": behind < OVERDUE_TOO_LONG,
        "oldest_overdue_seconds": int(behind.total_seconds()),
        "stuck": Deadline.objects.filter(status=DeadlineStatus.STUCK).count(),
    }


def queue_age(now: datetime) -> timedelta | None:
    """Since the last task that went through the queue and came back; None when none ever did."""
    beat_at = Heartbeat.objects.filter(name=QUEUE).values_list("beat_at", flat=True).first()
    return max(timedelta(0), now - beat_at) if beat_at else None


def queue_is_alive(now: datetime) -> bool:
    """Whether a task came back lately. False before the first one."""
    age = queue_age(now)
    return age is not None and age < QUEUE_SILENT_AFTER


def queue_facts(now: datetime) -> dict[str, Any]:
    age = queue_age(now)
    return {"alive": queue_is_alive(now), "last_beat_seconds": None if age is None else int(age.total_seconds())}


def outbox_facts(now: datetime) -> dict[str, Any]:
    """waiting_seconds: how long the earliest delivery that is due has been waiting. dead: given up, to be looked at."""
    due = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=now)
    earliest: datetime | None = due.aggregate(earliest=Min("due_at"))["earliest"]
    return {
        "waiting_seconds": int((now - earliest).total_seconds()) if earliest else 0,
        "dead": Delivery.objects.filter(state=Delivery.State.DEAD).count(),
    }


def daily_facts(now: datetime) -> dict[str, Any]:
    """Daily work that is due and not done, and the names of what failed."""
    undone = DailyRun.objects.filter(done_at__isnull=True, moment__lte=now)
    return {"undone": undone.count(), "failing": sorted(set(undone.exclude(error="").values_list("name", flat=True)))}
