"""`manage.py import_orders`: a real marketplace's past, replayed by the rules."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orders.importing import olist, runs
from orders.importing.replay import Early
from orders.importing.report import checked_lines, lines_of
from orders.importing.tables import BadInput, Rejects
from orders.importing.verifying_profiles import Check
from rulebook.clock import now
from rulebook.docket.postgres import PostgresSource
from rulebook.parameters import UnknownParameter
from rulebook.progress import Progress
from rulebook.rules import Rulebook
from rulebook.zones import platform_zone
from stores.models import Store

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
        parser.add_argument(
            "--early-reviews",
            choices=[early.value for early in Early],
            default=Early.WAIT.value,
            help="Reviews from before the end of the trade, as another marketplace takes them: refused (A53-1), kept until it ends "
            "and published then, or taken as the buyer's confirmation if the parcel was delivered. Default: wait.",
        )
        parser.add_argument(
            "--verify",
            action="store_true",
            help="Afterwards work every store's figures out from the tables alone and compare; exit status 1 if any differs.",
        )
        parser.add_argument(
            "--as-of",
            metavar="MOMENT",
            help="With --verify: the moment to look at, such as 2018-06-30T12:00+08:00 (without a zone: platform time). "
            "Default: the last moment in the tables.",
        )
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="Where rows go that cannot be mapped (CSV).")

    def handle(self, *args: Any, **options: Any) -> None:
        overrides = overrides_of(options["overrides"])
        as_of = moment_of(options["as_of"], verify=options["verify"])
        if not options["memory"]:
            bring_up_to_date(self.stderr)
        format_ = FORMATS[options["format"]]
        target = options["rejects"] or settings.DATA / "import_rejects.csv"
        present, early = now(), Early(options["early_reviews"])
        self.checking: Check | None = None
        if options["verify"] and options["memory"]:  # each store is looked at before its books are dropped
            self.checking = Check(options["path"], rulebook_of(overrides), present, early, as_of)
        try:
            rejects = Rejects(target)
            try:
                reading, done = self._import(format_, options["path"], rejects, present, early, overrides, options)
            finally:
                rejects.close()
        except BadInput as error:
            raise CommandError(str(error)) from None
        for line in lines_of(reading, rejects, done, overrides):
            self.stdout.write(line)
        if done.tally.faults:
            raise CommandError("The ledger does not hold; see above.")
        if options["verify"]:
            check = self.checking or self._checked(format_, options["path"], done, present, as_of)
            self._verify(check, there_already=bool(done.skipped))

    def _import(
        self,
        format_: Any,
        path: Path,
        rejects: Rejects,
        present: datetime,
        early: Early,
        overrides: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> tuple[Any, runs.Done]:
        """Read and run; reviews that the rules refused join the rejects."""
        began = time.perf_counter()
        reading = format_.read(path, rejects, present)
        read_in = time.perf_counter() - began
        self.stdout.write(f"{reading.orders:,} orders of {len(reading.stores):,} stores read in {read_in:.1f} s.")
        for missing in reading.missing:
            self.stdout.write(f"Note: {missing}.")
        with self._ending_well():
            done = self._run(reading.stores, format_, overrides, options["memory"], early)
        done.read_seconds = read_in
        lost = done.tally.lost_reviews.items()
        reading.reject_reviews(rejects, {line: (f"{rule}: {why}", "") for line, (rule, why) in lost})
        return reading, done

    def _run(
        self, stores: list[Any], format_: Any, overrides: Mapping[str, Any], memory: bool, early: Early
    ) -> runs.Done:
        with Progress(self.stdout, sum(len(store.orders) for store in stores)) as progress:
            if memory:
                book, look = rulebook_of(overrides), self.checking.look if self.checking else None
                return runs.in_memory(stores, format_.SOURCE, book, progress.advance, early=early, look=look)
            if overrides:
                self.stdout.write("Note: the database will hold decisions made under the overridden parameters.")
            return runs.into_database(stores, format_.SOURCE, overrides, progress.advance, early=early)

    def _checked(self, format_: Any, path: Path, done: runs.Done, present: datetime, as_of: datetime | None) -> Check:
        """What the stores in the database show, those of earlier runs included."""
        check, source = Check(path, done.rulebook, present, done.early, as_of), PostgresSource()
        prefix = f"{format_.SOURCE}:"
        for store in Store.objects.filter(imported_from__startswith=prefix).order_by("id").iterator():
            check.look(store.imported_from.removeprefix(prefix), source, store)
        return check

    def _verify(self, check: Check, *, there_already: bool) -> None:
        differences = list(check.differences())
        for line in checked_lines(check, differences):
            self.stdout.write(line)
        if differences:
            stores = len({difference.store for difference in differences})
            hint = " Those of an earlier run need its --early-reviews and --set." if there_already else ""
            raise CommandError(f"{stores:,} stores show other figures than follow from the tables; see above.{hint}")

    @contextmanager
    def _ending_well(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. Stores that were finished are kept; run the same command again for the rest."
            ) from None


def moment_of(text: str | None, *, verify: bool) -> datetime | None:
    """``2018-06-30T12:00+08:00``; without a zone, platform time. CommandError for anything else."""
    if text is None:
        return None
    if not verify:
        raise CommandError("--as-of says at which moment --verify looks; give both.")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-of {text!r}: write a moment like 2018-06-30T12:00+08:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=platform_zone())


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
