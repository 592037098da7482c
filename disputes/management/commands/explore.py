"""`manage.py explore`: every state that an order with its dispute can reach, and whether money can get stuck there."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from disputes.exploring import KINDS, OBLIGED, Kind, walk
from rulebook.exploring import Found

SHOWN = 5
"""Faults of a world that are told with the way there; the others are counted."""


class Command(BaseCommand):
    help = (
        "Walk every state of order, dispute, return, ruling, appeal and chargeback, in memory: all moves of all actors, "
        "and time. Fails when a state is wrong, cannot end, or keeps money by the silence of somebody who need not act."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kinds", nargs="*", metavar="KIND", help="Worlds to walk; left out: all. See --list.")
        parser.add_argument("--list", action="store_true", help="Name the worlds and their moves.")
        parser.add_argument("--most", type=int, default=500_000, metavar="N", help="Stop a world after N states.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for kind in KINDS:
                self.stdout.write(f"{kind.name}: {', '.join(kind.moves)}")
            return
        faults = 0
        for kind in self._chosen(options["kinds"]):
            began = time.perf_counter()
            found = walk(kind, options["most"])
            faults += self._report(kind, found, time.perf_counter() - began)
        if faults:
            raise CommandError(f"{faults} faults")

    def _chosen(self, names: list[str]) -> list[Kind]:
        known = {kind.name: kind for kind in KINDS}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise CommandError(f"there is no world named {unknown[0]!r}; there are: {', '.join(known)}")
        return [known[name] for name in names] if names else list(KINDS)

    def _report(self, kind: Kind, found: Found, seconds: float) -> int:
        self.stdout.write(
            f"{kind.name:24} {len(found.keys):7,} states {len(found.edges):8,} steps {len(found.ends):6,} ends"
            f" {len(found.rules()):3} rules {seconds:7.1f} s{'' if found.complete else '  NOT COMPLETE'}"
        )
        self.stdout.flush()
        faults = _faults(found)
        for node, fault in faults[:SHOWN]:
            self.stdout.write(f"    {fault}: {' → '.join(found.path(node)) or 'at the start'}")
        return len(faults)


def _faults(found: Found) -> list[tuple[int, str]]:
    """Node and fault. Of a walk that was cut short nobody can say which ends its states would have reached."""
    faults = [*found.wrong, *((node, f"{move} happened under no rule") for node, move in found.uncited)]
    if not found.complete:
        return [*faults, (0, "not complete")]
    faults += ((node, "no end can be reached") for node in found.cannot_end())
    faults += (
        (node, "the money stays while nobody who must act is asked") for node in found.stuck_when_silent(OBLIGED)
    )
    return faults
