"""A process that works until it is told to stop: finishes its turn, shows that it lives, survives a lost database."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from rulebook.tasks import write_heartbeat

log = logging.getLogger("piepowder.loops")

BEAT_EVERY = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds; while the database does not answer, each pause is twice the one before."""


class Loop:
    """name: of the heartbeat, which bears host and process too. interval: seconds to wait when nothing was to do."""

    def __init__(self, name: str, interval: float) -> None:
        self.name = f"{name}:{socket.gethostname()[:40]}:{os.getpid()}"[:60]
        self.interval = interval
        self.stopping = threading.Event()
        self._beaten = float("-inf")

    def run(self, work: Callable[[], bool]) -> None:
        """work: one turn; True when there may be more at once. SIGTERM and SIGINT end the loop after the turn."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        lost = 0
        while not self.stopping.is_set():
            try:
                more = self._turn(work)
                lost = 0
            except (OperationalError, InterfaceError):
                lost += 1
                log.exception("the database does not answer; trying again")
                connection.close()
                self.stopping.wait(min(FIRST_PAUSE * 2 ** min(lost, 10), LONGEST_PAUSE))
                continue
            if not more:
                self.stopping.wait(self.interval)

    def _turn(self, work: Callable[[], bool]) -> bool:
        close_old_connections()
        if time.monotonic() - self._beaten >= BEAT_EVERY:
            write_heartbeat(self.name)
            self._beaten = time.monotonic()
        return work()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()
