"""How far a long run is: a bar on a terminal, else a plain line now and then."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

EVERY = 10.0
"""Seconds between two plain lines."""


class Progress:
    """`with Progress(stdout, total, "orders") as progress: progress.advance(3)`"""

    def __init__(self, out: Any, total: int, unit: str = "orders", *, rate: bool = True) -> None:
        self.out, self.total, self.unit, self.rate, self.done = out, total, unit, rate, 0
        self._bar: Bar | None = None
        self._said = self._began = time.monotonic()

    def __enter__(self) -> Progress:
        if getattr(self.out, "isatty", lambda: False)():
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Bar(*columns, console=Console(file=getattr(self.out, "_out", self.out)))
            self._task = self._bar.add_task(self.unit, total=self.total, rate="")
            self._bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        rate = f"{self.done / max(now - self._began, 0.001):,.0f}/s" if self.rate else ""
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done, rate=rate)
        elif now - self._said >= EVERY and self.done < self.total:
            self._said = now
            self.out.write(f"  {self.done:,} of {self.total:,} {self.unit}{', ' if rate else ''}{rate}")
