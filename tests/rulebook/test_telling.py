"""Every code that a rule tells somebody has words of its own."""

from __future__ import annotations

import ast
from pathlib import Path

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


@pytest.mark.django_db
def test_notices_are_written_to_roles_that_exist():
    assert {role for told in tellings().values() for role in told.roles} <= set(STAFF_ROLES)
