"""`manage.py verify_search`: recompute what orders and listings are found by. Exits with 1 if anything is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.models import OrderSearch
from orders.verifying_search import verify_orders_search
from rulebook.verifying import one_moment
from stores.models import SearchEntry
from stores.verifying_search import verify_listings_search

MOST_SHOWN = 100


class Command(BaseCommand):
    help = "Prove that the rows by which orders and listings are found follow from them."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        with one_moment():
            for verify in (verify_orders_search, verify_listings_search):
                for fault in verify():
                    faults += 1
                    if faults <= MOST_SHOWN:
                        self.stdout.write(str(fault))
            looked = f"{OrderSearch.objects.count()} orders and {SearchEntry.objects.count()} listings"
        if faults:
            raise CommandError(f"{faults} faults in the search rows of {looked}.", returncode=1)
        self.stdout.write(f"All are found by what they are: {looked}.")
