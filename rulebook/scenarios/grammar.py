"""Reading stories: YAML with its line numbers, strict about every key. Only `true` and `false` are booleans."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from rulebook.articles import is_known
from rulebook.clock import parse_duration

SCENARIO_KEYS = ("scenario", "rules", "start", "rulebook", "given", "steps")
STEP_KEYS = ("at", "wait", "do", "by", "on", "with", "as", "refused", "expect")
START = "2026-03-02T00:00:00Z"


class StoryError(Exception):
    """A story that cannot be played as it is written; says the line and the nearest known name."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {message}" if line else message)


class Mapping(dict[str, Any]):
    """A YAML mapping that remembers the line of each of its keys."""

    lines: dict[str, int]
    line: int


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without its surprises: `on`, `no` and dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.rsplit(":", 1)[1] not in {"bool", "timestamp", "int", "float"}
    ]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9]\d*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?\d+\.\d+$"), list("-0123456789"))


def _mapping(loader: Any, node: yaml.MappingNode) -> Mapping:
    loader.flatten_mapping(node)
    found = Mapping()
    found.line, found.lines = node.start_mark.line + 1, {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        line = key_node.start_mark.line + 1
        if key in found:
            raise StoryError(f"{key!r} is written twice", line)
        found[key] = loader.construct_object(value_node, deep=True)
        found.lines[key] = line
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


@dataclass(slots=True)
class Step:
    """One step; `moment` since the start, resolved from `at` or `wait`."""

    number: int
    line: int
    moment: timedelta
    do: str | None = None
    by: str | None = None
    on: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    refused: Any = None
    expect: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Story:
    """One scenario of a file."""

    file: str
    title: str
    rules: list[str]
    start: datetime
    overrides: dict[str, Any]
    given: dict[str, Any]
    steps: list[Step]
    line: int


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` when something known looks like it, else the known ones."""
    names = list(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names[:12])}" if names else ""


def stories_in(path: Path) -> list[Story]:
    """All stories of a file, or of a folder's ``.yaml`` and ``.yml`` files, recursively. StoryError, OSError."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in {".yaml", ".yml"} and file.is_file())
        if not files:
            raise StoryError(f"there is no .yaml file in {path}")
        return [story for file in files for story in stories_in(file)]
    if not path.exists():
        raise StoryError(f"there is no file or folder {path}")
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        raise StoryError(f"{path} is not a text in UTF-8") from None
    except StoryError as error:
        raise StoryError(f"{path}: {error}") from None


def parse(text: str, file: str = "story") -> list[Story]:
    """Stories from YAML text."""
    try:
        documents = [document for document in yaml.load_all(text, Loader=_Loader) if document is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise StoryError(
            f"this is not YAML: {getattr(error, 'problem', error)}", mark.line + 1 if mark else None
        ) from None
    return [_story(document, file) for document in documents]


def _story(document: Any, file: str) -> Story:
    if not isinstance(document, Mapping):
        raise StoryError("a scenario is a mapping with the keys scenario and steps", 1)
    _known_keys(document, SCENARIO_KEYS, "a scenario")
    for key in ("scenario", "steps"):
        if key not in document:
            raise StoryError(f"a scenario needs the key {key!r}", document.line)
    said = document.get("rules") or []
    rules = [str(rule) for rule in (said if isinstance(said, list) else [said])]
    for rule in rules:
        if not is_known(rule):
            from rulebook.articles import all_articles

            raise StoryError(f"there is no rule {rule}{nearest(rule, all_articles())}", document.lines["rules"])
    steps = document["steps"]
    if not isinstance(steps, list):
        raise StoryError("steps is a list", document.lines["steps"])
    return Story(
        file=file,
        title=str(document["scenario"]),
        rules=rules,
        start=_start(document),
        overrides=_a_mapping(document, "rulebook"),
        given=_a_mapping(document, "given"),
        steps=_steps(steps, document.lines["steps"]),
        line=document.line,
    )


def _start(document: Mapping) -> datetime:
    try:
        start = datetime.fromisoformat(str(document.get("start", START)).replace("Z", "+00:00"))
        return (start if start.tzinfo else start.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise StoryError("start is a moment like 2026-03-02T00:00:00Z", document.lines["start"]) from None


def _a_mapping(document: Mapping, key: str) -> dict[str, Any]:
    value = document.get(key)
    if value is not None and not isinstance(value, Mapping):
        raise StoryError(f"{key} is a mapping", document.lines[key])
    return value or Mapping()


def _steps(rows: list[Any], line: int) -> list[Step]:
    steps: list[Step] = []
    moment = timedelta(0)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise StoryError(f"step {number} is not a mapping", line)
        _known_keys(row, STEP_KEYS, "a step")
        moment = _moment(row, moment)
        for key in ("with", "expect"):
            if row.get(key) is not None and not isinstance(row[key], Mapping):
                raise StoryError(f"{key} is a mapping", row.lines[key])
        steps.append(
            Step(
                number=number,
                line=row.line,
                moment=moment,
                do=row.get("do"),
                by=_name(row.get("by")),
                on=_name(row.get("on")),
                inputs=row.get("with") or {},
                name=_name(row.get("as")),
                refused=row.get("refused"),
                expect=row.get("expect") or {},
                lines={**row.lines, **getattr(row.get("expect"), "lines", {})},
            )
        )
    return steps


def _name(value: Any) -> str | None:
    return None if value is None else str(value)


def _moment(row: Mapping, before: timedelta) -> timedelta:
    if "at" in row and "wait" in row:
        raise StoryError("a step has at or wait, not both", row.line)
    try:
        moment = parse_duration(row["at"]) if "at" in row else before + parse_duration(row.get("wait", "0"))
    except ValueError as error:
        raise StoryError(str(error), row.lines.get("at", row.line)) from None
    if moment < before:
        raise StoryError("time never goes back", row.lines.get("at", row.line))
    return moment


def _known_keys(row: Mapping, known: tuple[str, ...], what: str) -> None:
    for key in row:
        if key not in known:
            raise StoryError(f"{what} has no key {key!r}{nearest(key, known)}", row.lines[key])
