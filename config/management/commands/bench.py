"""`manage.py bench`: the product's speed as ratios to baselines of the same run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from rich.console import Console
from rich.table import Table


class Command(BaseCommand):
    help = (
        "Measure sweeping, one act, scenario play and replay, searching and listing, and profiles of stores."
        " Set OLIST=PATH to replay that folder instead of made-up orders."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what",
            nargs="?",
            choices=["all", "rules", "search", "orders", "listings", "profiles"],
            default="all",
            help="rules: what is done to orders. search, orders, listings, profiles: these alone, with their plans.",
        )
        parser.add_argument(
            "--orders",
            type=int,
            help="Unpaid orders in a sweep (20,000); orders among which is searched (a million, with all the rest 200,000).",
        )
        parser.add_argument("--listings", type=int, default=200_000, help="Listings among which is searched.")
        parser.add_argument(
            "--reviews", type=int, default=200_000, help="Reviews of the store that is set against ten."
        )
        parser.add_argument("--acts", type=int, default=400, help="Acts in a row.")
        parser.add_argument("--rounds", type=int, default=3)

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(width=120)
        table = Table(title="Piepowder bench: medians; the ratio is taken in each round", width=120)
        for column in ("figure", "ours", "baseline", "ratio", "spread", "target"):
            table.add_column(column, justify="left" if column == "figure" else "right")
        what, orders = options["what"], options["orders"]
        if what in ("all", "rules"):
            with _own_database():
                self._against_sql(table, console, {**options, "orders": orders or 20_000})
            self._in_memory(table, console, options)
            console.print(table)
        if what in ("all", "listings"):
            with _own_database():
                _listings(console, options["listings"], options["rounds"])
        if what in ("all", "profiles"):
            with _own_database():
                _profiles(console, options["reviews"], options["rounds"])
        if what in ("all", "search", "orders"):
            with _own_database():
                _found(console, what, orders or (1_000_000 if what == "search" else 200_000), options["rounds"])

    def _against_sql(self, table: Table, console: Console, options: dict[str, Any]) -> None:
        from config.benching import acting, sweeping
        from config.benching.fairground import open_fairground

        ground = open_fairground()
        console.print(f"sweeping {options['orders']:,} unpaid orders, {options['rounds']} rounds of both …")
        swept = sweeping.measure(ground, options["orders"], options["rounds"])
        both = {**swept, "ours": swept["two"]}
        title = f"sweep of {options['orders']:,} unpaid orders / set-based SQL"
        _row(table, f"{title}, as manage.py sweep does it (two threads)", both, "orders/s", "≥ 0.33")
        _row(table, f"{title}, one thread", swept, "orders/s", "≥ 0.33")
        (small, few), (large, many) = swept["statements"]  # type: ignore[misc]
        table.add_row("SQL statements in a batch", f"{few} for {small}, {many} for {large}", "", "", "", "constant")
        console.print(f"{options['acts']} acts in a row, {options['rounds']} rounds of both …")
        _row(
            table,
            "one act (buyer.pay) / hand-written SQL",
            acting.measure(ground, options["acts"], options["rounds"]),
            "acts/s",
            "≥ 0.5",
        )

    def _in_memory(self, table: Table, console: Console, options: dict[str, Any]) -> None:
        console.print("playing scenarios in memory …")
        rates = [_scenario_steps_per_second() for _round in range(options["rounds"])]
        table.add_row("scenario play in memory", f"{median(rates):,.0f} steps/s", "", "", _spread(rates), "≥ 2,000/s")
        console.print("replaying orders in memory …")
        rates = [_replayed_per_second() for _round in range(options["rounds"])]
        table.add_row(
            "replay in memory (Olist's form)", f"{median(rates):,.0f} orders/s", "", "", _spread(rates), "≥ 1,000/s"
        )


@contextmanager
def _own_database() -> Iterator[None]:
    """An empty database, gone afterwards."""
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name.removeprefix("test_"), verbosity=0)


def _listings(console: Console, listings: int, rounds: int) -> None:
    """Listings searched and ranked, with the plan of a rare word."""
    from config.benching import listings as searching

    console.print(f"filling a database with {listings:,} listings …")
    measured = searching.measure(listings, rounds=rounds * 3)
    table = Table(title=f"Searching {listings:,} listings: medians in ms; by hand: the ids alone", width=120)
    for column in ("words", "hits", "search", "by hand", "ratio", "spread", "whole request", "statements"):
        table.add_column(column, justify="left" if column == "words" else "right")
    for one in measured["queries"]:
        ratios = [ours / theirs for ours, theirs in zip(one.ours, one.by_hand, strict=True)]
        table.add_row(
            one.query,
            f"{one.hits:,}",
            f"{median(one.ours):,.1f}",
            f"{median(one.by_hand):,.1f}",
            f"{median(ratios):.2f}",
            _spread(ratios),
            f"{median(one.request):,.1f}",
            str(one.statements),
        )
    console.print(table)
    console.print(f"counted for the ranking: {measured['counted_per_second']:,.0f} listings/s")
    console.print(measured["plan"], markup=False)


def _profiles(console: Console, reviews: int, rounds: int) -> None:
    """A store with so many reviews against one with ten."""
    from config.benching import profiles

    console.print(f"filling a database with twice {reviews:,} reviews …")
    stalls = profiles.fill(reviews)
    table = Table(title=f"Profiles: medians in ms; the ratio to {stalls[0].title} is taken in each turn", width=120)
    columns = ["what is asked", stalls[0].title, *(column for one in stalls[1:] for column in (one.title, "ratio"))]
    for column in (*columns, "spread", "target"):
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for one in profiles.measure(stalls, rounds * profiles.TURNS):
        many = (cell for n in (1, 2) for cell in (f"{median(one.taken[n]):.1f}", f"{one.ratio(n):.2f}"))
        table.add_row(one.what, f"{median(one.taken[0]):.1f}", *many, f"{one.spread(rounds):.0%}", "≤ 1.3")
    console.print(table)
    console.print(
        f"busy: {profiles.BUSY:.0%} of the reviews lie on each day in which a window begins, and on that of looking"
    )
    console.print(profiles.plan(stalls[1]), markup=False)


def _found(console: Console, what: str, orders: int, rounds: int) -> None:
    """Searches and lists, each against its statement by hand; on their own with what PostgreSQL does for each."""
    from config.benching import crowd, searching

    console.print(f"filling a database with {orders:,} orders …")
    found = crowd.fill(orders)
    console.print(f"filled in {found.seconds:,.0f} s; {rounds} rounds of {searching.TURNS} turns of both …")
    searches, lists = searching.search_cases(found), searching.list_cases(found)
    cases = {"search": searches, "orders": lists}.get(what, [*searches, *lists])
    figures = searching.measure(cases, rounds)
    table = Table(
        title=f"Finding among {found.orders:,} orders ({found.of_store:,} of the store): medians, ms", width=120
    )
    for column in ("what is asked", "rows", "ours", "by hand", "ratio", "spread", "statements", "target"):
        table.add_column(column, justify="left" if column == "what is asked" else "right")
    for one in figures:
        ratio, spread = f"{one.ratio:.2f}", f"{one.spread:.0%}"
        table.add_row(
            one.case.title,
            f"{one.rows}",
            f"{one.ours:.2f}",
            f"{one.theirs:.2f}",
            ratio,
            spread,
            f"{one.statements}",
            "≤ 2",
        )
    console.print(table)
    for one in figures if what != "all" else ():
        console.print(f"\n{one.case.title}: {one.case.text}", style="bold", markup=False, highlight=False)
        console.print("\n".join(f"  {line}" for line in one.plan), markup=False, highlight=False, soft_wrap=True)


def _row(table: Table, title: str, figures: dict[str, Any], unit: str, target: str) -> None:
    ratios = [ours / theirs for ours, theirs in zip(figures["ours"], figures["theirs"], strict=True)]
    table.add_row(
        title,
        f"{median(figures['ours']):,.0f} {unit}",
        f"{median(figures['theirs']):,.0f} {unit}",
        f"{median(ratios):.2f}",
        _spread(ratios),
        target,
    )


def _spread(figures: list[float]) -> str:
    return f"{(max(figures) - min(figures)) / median(figures):.0%}"


def _scenario_steps_per_second() -> float:
    from rulebook.scenarios.grammar import stories_in
    from rulebook.scenarios.player import play

    stories = stories_in(Path(settings.BASE_DIR) / "tests" / "scenarios")
    began, steps = perf_counter(), 0
    while perf_counter() - began < 3:
        for story in stories:
            steps += play(story, memory=True).steps
    return steps / (perf_counter() - began)


def _replayed_per_second() -> float:
    """Reading the files included."""
    from orders.importing import made_up, olist, runs
    from orders.importing.tables import Rejects
    from rulebook.clock import now
    from rulebook.rules import Rulebook

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(os.environ.get("OLIST") or scratch)
        if "OLIST" not in os.environ:
            made_up.write_made_up(folder, orders=2_000, seed=7)
        began = perf_counter()
        rejects = Rejects(Path(scratch) / "rejects.csv")
        reading = olist.read(folder, rejects, now())
        rejects.close()
        runs.in_memory(reading.stores, olist.SOURCE, Rulebook(), lambda _orders: None)
        return reading.orders / (perf_counter() - began)
