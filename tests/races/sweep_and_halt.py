"""A sweeper for the kill test: sweeps a database at a moment, and halts where it is told, until somebody ends it.

python -m tests.races.sweep_and_halt DATABASE MOMENT LIMIT POINT: POINT is none, claimed, written (before the commit) or
committed, and a number of the batch (written:2). It says "halted" and waits for a line that never comes.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import Any


def main(database: str, moment: str, limit: str, point: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import connections

    connections["default"].settings_dict["NAME"] = database
    from rulebook import sweeper
    from rulebook.clock import VirtualClock
    from rulebook.docket.postgres import PostgresSource

    where, _colon, number = point.partition(":")
    batch = 0

    def halt(name: str) -> None:
        if name == where and batch >= int(number or 1):
            print("halted", flush=True)
            sys.stdin.readline()

    def halting(name: str, real: Any) -> Any:
        def patched(*args: Any, **kwargs: Any) -> Any:
            answer = real(*args, **kwargs)
            halt(name)
            return answer

        return patched

    PostgresSource.claim = halting("claimed", PostgresSource.claim)  # type: ignore[method-assign]
    PostgresSource.write = halting("written", PostgresSource.write)  # type: ignore[method-assign]
    clock = VirtualClock(datetime.fromisoformat(moment))
    print("began", flush=True)
    while True:
        batch += 1
        if not sweeper.sweep_batch(clock=clock, limit=int(limit)).roots:
            break
        halt("committed")
    print("ended", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
