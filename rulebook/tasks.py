"""What the task queue runs. No fact lives only in it: it delivers the outbox sooner, and shows that it is alive."""

from __future__ import annotations

import time

from django.db import transaction

from rulebook import clock, outbox
from rulebook.models.clerk import Heartbeat

QUEUE = "queue"
_last_nudge = 0.0
NUDGE_EVERY = 1.0
"""Seconds: a busy process asks for one delivery a second at most; the schedule brings the rest."""


def drain() -> dict[str, int]:
    """Deliver what waits in the outbox; every minute, and at a nudge."""
    done = outbox.drain(seconds=10.0)
    return {"expanded": done.expanded, "done": done.done, "failed": done.failed, "dead": done.dead}


def beat() -> None:
    """The heartbeat that went through the queue and came back: a living process alone proves nothing."""
    write_heartbeat(QUEUE)


def write_heartbeat(name: str, **detail: object) -> None:
    """A sign of life, now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": clock.now(), "detail": detail})


def nudge() -> None:
    """After the commit, ask the queue to deliver at once. Lost nudges cost a minute, nothing else."""
    global _last_nudge
    if time.monotonic() - _last_nudge < NUDGE_EVERY:
        return
    _last_nudge = time.monotonic()
    transaction.on_commit(_ask, robust=True)


def _ask() -> None:
    from django_q.tasks import async_task

    async_task("rulebook.tasks.drain")


SCHEDULES = {"deliver the outbox": "rulebook.tasks.drain", "show a sign of life": "rulebook.tasks.beat"}
"""Name to function; each every minute."""


def ensure_schedules() -> list[str]:
    """Make the queue's schedule what it should be; can run any time. Returns what was new."""
    from django_q.models import Schedule

    made = []
    for name, function in SCHEDULES.items():
        _row, new = Schedule.objects.update_or_create(
            name=name, defaults={"func": function, "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1}
        )
        if new:
            made.append(name)
    return made
