"""Keeping a few processes alive together: one that dies ends all, and all end within ten seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PATIENCE = 7.0
"""Seconds between the polite request to end and the other one."""


@dataclass(slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self, lines: int = 12) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (it said nothing)"


class Stopped(Exception):
    """Somebody asked for the end: Ctrl-C, or a SIGTERM."""


class Died(Exception):
    """A child ended by itself."""


class Supervisor:
    """Children run in sessions of their own, so that Ctrl-C reaches this process alone and they end in order."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self.logs, self.environment = logs, {**os.environ, **environment}
        self.children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Supervisor:
        self._before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)  # nobody is left half ended because of a second Ctrl-C
        self.end()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def start(self, name: str, command: Sequence[str]) -> Child:
        log = self.logs / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
            )
        self.children.append(Child(name, process, log))
        return self.children[-1]

    def wait_for(self, address: str, seconds: float = 120.0) -> None:
        """Until the address answers. Died when a child ends before, or when it takes too long."""
        end = time.monotonic() + seconds
        while not _answers(address):
            self.check()
            if time.monotonic() > end:
                raise Died(f"{address} did not answer within {seconds:.0f} s; see {self.logs}.")
            time.sleep(0.2)

    def watch(self) -> None:
        """For ever; raises Died or Stopped."""
        while True:
            self.check()
            time.sleep(0.3)

    def check(self) -> None:
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
                raise Died(
                    f"{child.name} {how}, so everything ends. Its last words ({child.log}):\n{child.last_words()}"
                )

    def end(self) -> None:
        """Ask all to end, wait, then kill what is left with all that it started."""
        for child in self.children:
            with suppress(ProcessLookupError):
                child.process.terminate()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and any(child.process.poll() is None for child in self.children):
            time.sleep(0.1)
        for child in self.children:
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self.children.clear()


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def manage(*words: str) -> list[str]:
    """A command of this project in a process of its own."""
    return [sys.executable, "manage.py", *words]


Say = Callable[[str], None]
