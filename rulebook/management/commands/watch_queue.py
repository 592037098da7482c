"""`manage.py watch_queue`: run the task queue, and run it anew when no task comes back.

A cluster that has lost its workers may go on looking healthy, so life is told by a task that travels through the queue.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rulebook import clock
from rulebook.loops import Loop
from rulebook.tasks import ensure_schedules
from rulebook.vitals import queue_age

GRACE = 20.0
"""Seconds that a stopped cluster has to finish its tasks."""


class Command(BaseCommand):
    help = "Run the task queue and restart it when it has gone dumb."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=10.0, help="seconds between two heartbeats sent through it")
        parser.add_argument(
            "--patience", type=float, default=45.0, help="seconds without an answer before it is restarted"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_schedules()
        cluster = Cluster(options["patience"])

        def turn() -> bool:
            cluster.keep_alive()
            _send_heartbeat()
            return False

        try:
            Loop("watch_queue", options["every"]).run(turn)
        finally:
            cluster.stop()


def _send_heartbeat() -> None:
    from django_q.tasks import async_task

    async_task("rulebook.tasks.beat", timeout=10)


class Cluster:
    """The queue's processes, in a process group of their own."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def keep_alive(self) -> None:
        """Start it when it does not run; end and start it when it is silent."""
        if self.process is not None and self.process.poll() is None and not self._is_silent():
            return
        self.stop()
        self.process = subprocess.Popen([sys.executable, sys.argv[0], "qcluster"], start_new_session=True)
        self.started = time.monotonic()

    def _is_silent(self) -> bool:
        age = queue_age(clock.now())
        waited = time.monotonic() - self.started
        return waited > self.patience and (age is None or age.total_seconds() > self.patience)

    def stop(self) -> None:
        """Ask it to end; what has not ended in time is killed with all its workers."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
