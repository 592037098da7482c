"""`manage.py rulebook`: what the rulebook holds, which rule nothing carries out, and whether all of it can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import autodiscover_modules

from rulebook import clock
from rulebook.articles import Article, UnknownRule, all_rules, article, matches
from rulebook.citations import citations, uncovered
from rulebook.parameters import NoValueThen, Parameter, ParameterError, Table, all_parameters, describe

ROOMS = ("models", "actions", "indicators", "profiles", "queries", "tasks", "admin", "portal.views", "api.views")


class Command(BaseCommand):
    help = "Show the rules and parameters, and which rules nothing cites."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="every rule with its kind and summary")
        parser.add_argument(
            "--uncovered",
            nargs="*",
            metavar="SECTION",
            help="rules that nothing cites; sections such as A39, PLUS or order_limits narrow the list",
        )
        parser.add_argument("--parameters", action="store_true", help="every parameter with its value of today")
        parser.add_argument("--check", action="store_true", help="exit with 1 if a citation or a parameter is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            autodiscover_modules(*ROOMS)
            parameters = all_parameters()
        except (UnknownRule, ParameterError) as problem:
            raise CommandError(str(problem), returncode=1) from problem
        if options["list"]:
            self._list(all_rules().values())
        if options["uncovered"] is not None:
            self._uncovered(options["uncovered"])
        if options["parameters"]:
            self._parameters(parameters.values())
        if options["check"]:
            self.stdout.write(
                f"{len(all_rules())} rules and {len(parameters)} parameters can be read; no citation is unknown."
            )
        if not (options["list"] or options["parameters"] or options["check"] or options["uncovered"] is not None):
            self._overview()

    def _overview(self) -> None:
        """A line a chapter: how many of its rules are cited."""
        cited = citations()
        have = Counter(rule.chapter for rule in all_rules().values())
        done = Counter(rule.chapter for rule in all_rules().values() if rule.id in cited)
        for chapter, count in have.items():
            self.stdout.write(f"{done[chapter]:4} of {count:3}  {chapter}")
        self.stdout.write(f"{done.total():4} of {have.total():3}  rules are cited")

    def _list(self, rules: Iterable[Article]) -> None:
        chapter = ""
        for rule in rules:
            if rule.chapter != chapter:
                chapter = rule.chapter
                self.stdout.write(f"\n{chapter}")
            self.stdout.write(f"  {rule.id:10} {rule.kind:13} {rule.title}: {rule.summary}")

    def _uncovered(self, sections: list[str]) -> None:
        for section in sections:
            if not _is_section(section):
                raise CommandError(f"{section!r} is neither an article nor a chapter of the rulebook", returncode=1)
        found = [rule for rule in uncovered() if not sections or any(_lies_in(rule, name) for name in sections)]
        for rule in found:
            self.stdout.write(f"  {rule.id:10} {rule.kind:13} {rule.title}")
        self.stdout.write(f"{len(found)} rules are cited by nothing.")

    def _parameters(self, parameters: Iterable[Parameter]) -> None:
        today = clock.now()
        for parameter in parameters:
            origin = ", ours" if parameter.origin == "ours" else ""
            self.stdout.write(f"{parameter.key}: {_value_now(parameter, today)}  ({parameter.rule}{origin})")


def _value_now(parameter: Parameter, now: Any) -> str:
    try:
        value = parameter.at(now)
    except NoValueThen:
        return "repealed"
    if isinstance(value, Table) and len(value) > 8:
        return f"a table of {len(value)} rows by {', '.join(parameter.keys)}"
    return describe(parameter, value)


def _slug(text: str) -> str:
    return text.casefold().replace(" ", "_").replace("-", "_")


def _lies_in(rule: Article, section: str) -> bool:
    return matches(rule.id, section) or _slug(rule.chapter) == _slug(section)


def _is_section(section: str) -> bool:
    if any(_slug(rule.chapter) == _slug(section) for rule in all_rules().values()):
        return True
    try:
        return bool(article(section))
    except UnknownRule:
        return False
