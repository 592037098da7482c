"""`manage.py import_orders`: a real marketplace's past, replayed by the rules."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orders.importing import olist, runs
from orders.importing.report import lines_of
from orders.importing.tables import BadInput, Rejects
from rulebook.clock import now
from rulebook.parameters import UnknownParameter
from rulebook.progress import Progress
from rulebook.rules import Rulebook

FORMATS = {"olist": olist}


class Command(BaseCommand):
    help = "Replay another marketplace's orders through the actions, at their real moments, under the rules in force."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="The folder that holds the tables, plain or gzipped CSV.")
        parser.add_argument("--format", required=True, choices=sorted(FORMATS), help="Whose tables they are.")
        parser.add_argument(
            "--memory", action="store_true", help="Without any database: nothing is kept but the report."
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            dest="overrides",
            metavar="KEY=VALUE",
            help="Override a parameter, such as order.stocking_days_max=10; may be repeated.",
        )
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="Where rows go that cannot be mapped (CSV).")

    def handle(self, *args: Any, **options: Any) -> None:
        overrides = overrides_of(options["overrides"])
        if not options["memory"]:
            bring_up_to_date(self.stderr)
        format_ = FORMATS[options["format"]]
        target = options["rejects"] or settings.DATA / "import_rejects.csv"
        began = time.perf_counter()
        try:
            rejects = Rejects(target)
            try:
                reading = format_.read(options["path"], rejects, now())
            finally:
                rejects.close()
            read_in = time.perf_counter() - began
            self.stdout.write(f"{reading.orders:,} orders of {len(reading.stores):,} stores read in {read_in:.1f} s.")
            for missing in reading.missing:
                self.stdout.write(f"Note: {missing}.")
            with self._ending_well():
                done = self._run(reading.stores, format_, overrides, options["memory"])
        except BadInput as error:
            raise CommandError(str(error)) from None
        done.read_seconds = read_in
        for line in lines_of(reading, rejects, done, overrides):
            self.stdout.write(line)
        if done.tally.faults:
            raise CommandError("The ledger does not hold; see above.")

    def _run(self, stores: list[Any], format_: Any, overrides: Mapping[str, Any], memory: bool) -> runs.Done:
        with Progress(self.stdout, sum(len(store.orders) for store in stores)) as progress:
            if memory:
                return runs.in_memory(stores, format_.SOURCE, rulebook_of(overrides), progress.advance)
            if overrides:
                self.stdout.write("Note: the database will hold decisions made under the overridden parameters.")
            return runs.into_database(stores, format_.SOURCE, overrides, progress.advance)

    @contextmanager
    def _ending_well(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. Stores that were finished are kept; run the same command again for the rest."
            ) from None


def bring_up_to_date(words: Any) -> None:
    """Start the private server if there is one, and apply migrations that are missing."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=1, stdout=words)


def overrides_of(texts: list[str]) -> dict[str, Any]:
    """``order.stocking_days=10`` → {"order.stocking_days": 10}. CommandError names what is wrong."""
    overrides: dict[str, Any] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip() or not value.strip():
            raise CommandError(f"--set {text!r}: write it as KEY=VALUE, such as order.stocking_days_max=10.")
        try:
            overrides[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise CommandError(f"--set {text!r}: {value!r} is not a value.") from None
    rulebook_of(overrides)
    return overrides


def rulebook_of(overrides: Mapping[str, Any]) -> Rulebook:
    try:
        return Rulebook(overrides)
    except (UnknownParameter, ValueError, TypeError) as error:
        raise CommandError(f"--set: {error}") from None
