"""Every code that a rule tells somebody has words of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from rulebook.actors import STAFF_ROLES
from rulebook.telling import tellings

ROOT = Path(__file__).parents[2]
APPS = ("rulebook", "stores", "finance", "orders", "disputes")


def _codes() -> dict[str, str]:
    """Code to the file that tells it: the texts among the arguments of `docket.notify(…)` that stand where a code does."""
    found: dict[str, str] = {}
    for path in (path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "notify":
                place = 1 if isinstance(node.args[0], ast.Starred) else 2
                code = node.args[place]
                if isinstance(code, ast.Constant):
                    found[code.value] = path.name
    return found


def test_every_notice_that_a_rule_sends_has_words():
    codes = _codes()

    assert len(codes) > 40
    assert {code: place for code, place in codes.items() if code not in tellings()} == {}


ALWAYS_THERE = {"event", "subject", "rule", "at"}


def _calls() -> Iterator[tuple[str, set[str]]]:
    """Code and names of facts of every call that spells them all out."""
    for path in (path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "notify":
                code = node.args[1 if isinstance(node.args[0], ast.Starred) else 2]
                names = {keyword.arg for keyword in node.keywords}
                if isinstance(code, ast.Constant) and None not in names:
                    yield code.value, names  # type: ignore[misc]


def test_every_word_of_a_notice_is_filled_by_what_the_rule_tells():
    lacking = {}
    for code, names in _calls():
        told = tellings()[code]
        wanted = {
            name for text in (told.says, told.then) for _said, name, _spec, _conv in Formatter().parse(text) if name
        }
        if missing := wanted - names - ALWAYS_THERE:
            lacking[code] = missing

    assert lacking == {}


@pytest.mark.django_db
def test_notices_are_written_to_roles_that_exist():
    assert {role for told in tellings().values() for role in told.roles} <= set(STAFF_ROLES)
