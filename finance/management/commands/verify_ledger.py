"""`manage.py verify_ledger`: recompute the books, follow every plain reference. Exit code 1 if anything is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from finance.verifying import checks, verify_ledger

MOST_SHOWN = 100


class Command(BaseCommand):
    help = "Prove that the books balance and belong together."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for name, fault in verify_ledger():
            faults += 1
            if faults <= MOST_SHOWN:
                self.stdout.write(f"{name}: {fault}")
        if faults:
            raise CommandError(f"{faults} faults in {len(checks())} checks.", returncode=1)
        self.stdout.write(f"The books balance: {len(checks())} checks found nothing.")
