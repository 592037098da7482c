"""`manage.py play`: run stories and say how they went."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rulebook.scenarios.grammar import Story, StoryError, stories_in
from rulebook.scenarios.player import Failure, Played, play


class Command(BaseCommand):
    help = "Play scenarios: stories in YAML of what people do and what must then be true."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, help="Files, or folders that are read recursively.")
        parser.add_argument("--memory", action="store_true", help="Without any database.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="One JSON object a line.")
        parser.add_argument("--trace", action="store_true", help="Print every transition with its rule and money.")
        parser.add_argument("--fail-fast", action="store_true", help="Stop at the first scenario that fails.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            stories = [story for path in options["paths"] for story in stories_in(path)]
        except StoryError as error:
            raise CommandError(str(error)) from None
        if not options["memory"]:
            self._prepare_database()
        began = time.perf_counter()
        passed = failed = steps = 0
        for story in stories:
            played = self._play(story, options)
            passed, failed, steps = passed + played.passed, failed + (not played.passed), steps + played.steps
            self._report(played, options)
            if failed and options["fail_fast"]:
                break
        seconds = time.perf_counter() - began
        if options["as_json"]:
            self.stdout.write(
                json.dumps({"passed": passed, "failed": failed, "seconds": round(seconds, 3), "steps": steps})
            )
        else:
            self.stdout.write(f"{passed} passed, {failed} failed")
        if failed:
            sys.exit(1)

    def _play(self, story: Story, options: dict[str, Any]) -> Played:
        try:
            return play(story, memory=options["memory"], trace=options["trace"])
        except StoryError as error:
            return Played(story, [Failure(0, "", "", "", f"{story.file}: {error}")])

    def _report(self, played: Played, options: dict[str, Any]) -> None:
        story = played.story
        if options["as_json"]:
            said = {
                "file": story.file,
                "scenario": story.title,
                "rules": story.rules,
                "passed": played.passed,
                "failures": [failure.as_json() for failure in played.failures],
            }
            if options["trace"]:
                said["trace"] = played.trace
            self.stdout.write(json.dumps(said))
            return
        self.stdout.write(f"{'ok    ' if played.passed else 'FAILED'}  {story.title}")
        for failure in played.failures:
            self.stdout.write(f"        {failure.message}")
        if options["trace"] or not played.passed:
            for line in played.trace or _short(played):
                self.stdout.write(f"    {line}")

    def _prepare_database(self) -> None:
        """Start the private server if there is one, and apply what is missing; words go to stderr."""
        from django.core.management import call_command
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor

        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=1, stdout=self.stderr)


def _short(played: Played) -> list[str]:
    """The journal so far, for a story that failed."""
    from rulebook.clock import duration_text

    return [
        f"  {duration_text(row[6]) if row[6].days >= 0 else row[6]!s:>14}  {row[5][0]:<9} {row[2]:<32} {row[3] or '·'} → {row[4]}"
        for row in played.journal
    ]
