"""`manage.py verify_tallies`: recompute what is counted about stores. Exits with 1 if anything is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rulebook.verifying_tallies import Counted, verify_tallies

MOST_SHOWN = 100


class Command(BaseCommand):
    help = "Prove that the figures of stores follow from their orders, reviews and disputes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sample", type=int, metavar="N", help="ask the facts of the newest N records of each kind only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        counted, faults = Counted(), 0
        for fault in verify_tallies(options["sample"], counted):
            faults += 1
            if faults <= MOST_SHOWN:
                self.stdout.write(str(fault))
        looked = f"{counted.sums} sums, {counted.records} records, {counted.asked} of them asked again"
        if faults:
            raise CommandError(f"{faults} faults in {looked}.", returncode=1)
        self.stdout.write(f"What is counted is true: {looked}.")
