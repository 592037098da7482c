"""`manage.py verify_journal`: recompute every chain, compare heads and checkpoints. Exits with 1 if one is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rulebook.ids import parse_id
from rulebook.models.journal import Checkpoint
from rulebook.verifying import Read, verify_journal

MOST_SHOWN = 100


class Command(BaseCommand):
    help = "Prove that the journal is what was written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", help="one book only (sto_… or UUID)")
        parser.add_argument("--checkpoints", type=Path, metavar="FILE", help="exported checkpoints, kept elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        read, faults = Read(), 0
        try:
            store = parse_id(options["store"], "sto") if options["store"] else None
            for fault in verify_journal(store, options["checkpoints"], read):
                faults += 1
                if faults <= MOST_SHOWN:
                    self.stdout.write(str(fault))
        except (OSError, ValueError) as problem:
            raise CommandError(str(problem)) from None
        counted = f"{read.entries} entries in {read.books} books, {read.checkpoints} checkpoints"
        if faults:
            raise CommandError(f"{faults} faults in {counted}.", returncode=1)
        self.stdout.write(f"The journal is whole: {counted}. {self._sealed()}")

    def _sealed(self) -> str:
        last = Checkpoint.objects.order_by("-taken_at").first()
        return f"Sealed up to {last.taken_at:%Y-%m-%d %H:%M} UTC." if last else "No part of it is sealed yet."
