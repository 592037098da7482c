"""`manage.py sweep`: carry out what is due, until stopped. Any number of processes may; losing one loses nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rulebook import clock
from rulebook.daily import now_and_then, run_daily
from rulebook.loops import Loop
from rulebook.sweeper import BATCH, revive, sweep_all, sweep_batch

LOOK_FOR_DAILY_WORK = timedelta(seconds=30)


class Command(BaseCommand):
    help = "Carry out deadlines that are due, and the work of the day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="until nothing is due, then end")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between two looks when nothing is due")
        parser.add_argument("--workers", type=int, default=2, help="threads when there is much to catch up with")
        parser.add_argument("--batch", type=int, default=BATCH, help="how many orders and stores at a time")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = options["batch"]
        if options["once"]:
            swept, daily = sweep_all(limit=batch, workers=options["workers"]), run_daily(clock.now())
            self.stdout.write(
                f"{swept.deadlines} deadlines of {swept.roots} subjects;"
                f" daily work: {daily.done} done, {daily.failed} failed"
            )
            return
        look_for_daily_work = now_and_then(LOOK_FOR_DAILY_WORK)

        def turn() -> bool:
            look_for_daily_work(clock.now())
            revive(clock.now())
            swept = sweep_batch(limit=batch)
            if swept.roots < batch:
                return swept.roots > 0
            return sweep_all(limit=batch, workers=options["workers"]).roots > 0

        Loop("sweeper", options["interval"]).run(turn)
