"""`manage.py checkpoint`: seal the journal now; with a file, append the seal to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rulebook.checkpoints import Exported, export, take


class Command(BaseCommand):
    help = "Sign the heads of all books of the journal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--export", type=Path, metavar="FILE", help="append it there; keep that file on another machine"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        checkpoint, heads = take()
        if options["export"]:
            export(Exported(checkpoint, heads), options["export"])
        self.stdout.write(f"{checkpoint}: {checkpoint.digest}")
