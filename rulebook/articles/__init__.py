"""The articles of the marketplace and the rules in them: what every act, refusal and parameter cites.

`A40` is a whole article, `A40-2` its second rule; other chapters have a code of their own (`PLUS-7`, `V-9`).
The texts lie beside this module, one YAML file a chapter, and are read once, when first asked for. A text that changes keeps
its earlier wordings, each under the date from which it holds: ``summary: {2010-01-01: "…", 2027-03-01: "…"}``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext

from rulebook.clock import now
from rulebook.reading_yaml import parse, yaml_files

KINDS = ("hard", "discretionary", "guidance", "formula")
ARTICLE = "article"

_RULE_ID = re.compile(r"^[A-Z][A-Z0-9]*(-[0-9]+)+$")
_NUMBERED = re.compile(r"^A(\d+)([A-Z]?)$")


class UnknownRule(LookupError):
    """A citation of something the rulebook does not hold; the message names the nearest known ids."""


class ArticleError(ValueError):
    """A file of articles that cannot be read as one; the message names file and id."""


@dataclass(frozen=True, slots=True)
class Article:
    """A rule of the rulebook, or (kind `article`) the heading that several rules share.

    wordings: by the platform day from which each holds, the earliest first.
    """

    id: str
    title: str
    kind: str
    wordings: tuple[tuple[date, str], ...]
    chapter: str

    @property
    def summary(self) -> str:
        """As it reads today."""
        return self.wordings[0][1] if len(self.wordings) == 1 else self.text_at(now())

    def text_at(self, moment: datetime) -> str:
        """As it read then; before the first date, the first wording."""
        from rulebook.zones import platform_zone  # zones read parameters, and these cite rules

        day = moment.astimezone(platform_zone()).date()
        return next((text for since, text in reversed(self.wordings) if since <= day), self.wordings[0][1])

    @property
    def is_rule(self) -> bool:
        return self.kind != ARTICLE


def article(rule_id: str) -> Article:
    """The article or rule with this id, whatever its case. Raises `UnknownRule`."""
    found = _registry().get(rule_id) or _registry().get(rule_id.upper())
    if found is None:
        raise UnknownRule(_unknown(rule_id))
    return found


def is_known(rule_id: str) -> bool:
    return rule_id in _registry()


def all_articles() -> Mapping[str, Article]:
    """Every rule and every whole article, by id, in the order of the rulebook."""
    return dict(_registry())


def all_rules() -> Mapping[str, Article]:
    """Every rule, by id, in the order of the rulebook; whole articles left out."""
    return {rule_id: entry for rule_id, entry in _registry().items() if entry.is_rule}


def matches(found: str, asked: str) -> bool:
    """Whether `found` is the asked rule or lies in the asked article: A39 takes in A39-1, A3 does not."""
    found, asked = found.upper(), asked.upper()
    return found == asked or found.startswith(asked + "-")


def article_number(rule_id: str) -> str:
    """What a reader would look up: `40` of A40-2, `38` of A38E-1, `7` of PLUS-7, `3.4` of OPS22-3-4."""
    code, _, rest = article(rule_id).id.partition("-")
    numbered = _NUMBERED.match(code)
    return numbered[1] if numbered else rest.replace("-", ".")


def label(rule_id: str) -> str:
    """How a page names the rule, in the reader's language: Article 40, Plus rule 7."""
    entry = article(rule_id)
    code, number = entry.id.partition("-")[0], article_number(rule_id)
    if numbered := _NUMBERED.match(code):
        if numbered[2] == "E":
            return gettext("Article %(number)s (Europe)") % {"number": number}
        if numbered[2] == "O":
            return gettext("Article %(number)s (online rate)") % {"number": number}
        return gettext("Article %(number)s") % {"number": number}
    if not number:
        return gettext(entry.title)
    return _chapter_label(code) % {"number": number}


def _chapter_label(code: str) -> str:
    return {
        "OPS22": gettext("Change of 2022, %(number)s"),
        "GROW": gettext("Growth plan rule %(number)s"),
        "PRE": gettext("Pre-sales rule %(number)s"),
        "PLUS": gettext("Plus rule %(number)s"),
        "AS": gettext("After-sales rule %(number)s"),
        "FB": gettext("Feedback rule %(number)s"),
        "V": gettext("Violation rule %(number)s"),
    }[code]


def read_articles(files: Mapping[str, str]) -> dict[str, Article]:
    """Articles from file texts by file name. Raises `ArticleError`, naming file and id."""
    found: dict[str, Article] = {}
    for name, text in files.items():
        document = parse(text)
        chapter = document["chapter"]
        for code, title in document["articles"].items():
            _add(found, name, Article(code, title, ARTICLE, ((date.min, title),), chapter))
        for rule_id, entry in document["rules"].items():
            _add(found, name, _rule(name, rule_id, entry, chapter))
    return found


def _rule(file: str, rule_id: str, entry: Mapping[str, Any], chapter: str) -> Article:
    if not _RULE_ID.match(rule_id):
        raise ArticleError(f"{file}.yaml: {rule_id} is not the id of a rule (such as A40-2)")
    if set(entry) != {"title", "kind", "summary"}:
        raise ArticleError(f"{file}.yaml: {rule_id} needs title, kind and summary, and nothing else")
    if entry["kind"] not in KINDS:
        raise ArticleError(f"{file}.yaml: {rule_id} has the kind {entry['kind']!r}; kinds are {', '.join(KINDS)}")
    return Article(rule_id, entry["title"], entry["kind"], _wordings(file, rule_id, entry["summary"]), chapter)


def _wordings(file: str, rule_id: str, summary: Any) -> tuple[tuple[date, str], ...]:
    if isinstance(summary, str):
        return ((date.min, summary),)
    if isinstance(summary, Mapping) and summary and all(type(since) is date for since in summary):
        return tuple(sorted((since, str(text)) for since, text in summary.items()))
    raise ArticleError(f"{file}.yaml: the summary of {rule_id} is a text, or texts by the date from which each holds")


def _add(found: dict[str, Article], file: str, entry: Article) -> None:
    if entry.id in found:
        raise ArticleError(f"{file}.yaml: {entry.id} is there already, in the chapter {found[entry.id].chapter}")
    found[entry.id] = entry


@lru_cache(maxsize=1)
def _registry() -> dict[str, Article]:
    found = read_articles(yaml_files(__package__))
    return {rule_id: found[rule_id] for rule_id in sorted(found, key=_sort_key)}


def _sort_key(rule_id: str) -> tuple[Any, ...]:
    """Numbered articles first, by number; then the other chapters; 10 after 9."""
    code, *parts = rule_id.split("-")
    numbered = _NUMBERED.match(code)
    head = (0, int(numbered[1]), numbered[2]) if numbered else (1, 0, code)
    return (*head, tuple(int(part) for part in parts))


def _unknown(rule_id: str) -> str:
    near = nearest(rule_id, _registry())
    hint = f"; nearest are {', '.join(near)}" if near else ""
    return f"The rulebook has no rule {rule_id!r}{hint}"


def nearest(wanted: str, known: Iterable[str]) -> list[str]:
    """Up to three known names that look like the wanted one."""
    known = list(known)
    upper = {name.upper(): name for name in known}
    return [upper[name] for name in difflib.get_close_matches(wanted.upper(), upper, n=3, cutoff=0.5)]
