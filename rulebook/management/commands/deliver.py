"""`manage.py deliver`: the outbox without the task queue, once or for ever."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rulebook import outbox
from rulebook.loops import Loop


class Command(BaseCommand):
    help = "Deliver what waits in the outbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between two looks")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["loop"]:
            Loop("outbox", options["interval"]).run(lambda: bool(self._once(10.0).done))
            return
        done = self._once(3600.0)
        self.stdout.write(
            f"{done.expanded} notices; {done.done} deliveries made, {done.failed} to be repeated, {done.dead} given up"
        )

    def _once(self, seconds: float) -> outbox.Drained:
        return outbox.drain(seconds=seconds)
