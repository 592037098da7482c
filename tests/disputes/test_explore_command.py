"""`manage.py explore`: what it says of a walk, whole or cut short."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from disputes.management.commands import explore
from rulebook.exploring import Found


def walked(**found: object) -> Found:
    return Found(keys=["begun", "stranded"], edges=[(0, "ship", ("A34-1",), 1)], paths={1: (0, "ship")}, **found)


def said(monkeypatch: pytest.MonkeyPatch, found: Found) -> str:
    monkeypatch.setattr(explore, "walk", lambda kind, most: found)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("explore", "court", stdout=out)
    return out.getvalue()


def test_a_state_that_is_wrong_is_told_with_the_way_there(monkeypatch):
    text = said(monkeypatch, walked(ends={1}, wrong=[(1, "the books do not sum to zero")]))

    assert "the books do not sum to zero: ship" in text


def test_a_walk_cut_short_hides_no_state_that_is_wrong(monkeypatch):
    text = said(monkeypatch, walked(wrong=[(1, "the books do not sum to zero")], complete=False))

    assert "the books do not sum to zero: ship" in text
    assert "not complete" in text


def test_a_walk_cut_short_says_nothing_of_ends_that_it_did_not_reach(monkeypatch):
    text = said(monkeypatch, walked(complete=False))

    assert "no end can be reached" not in text and "the money stays" not in text


def test_a_state_without_an_end_is_told(monkeypatch):
    text = said(monkeypatch, walked())

    assert "no end can be reached: at the start" in text


def test_a_world_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(CommandError, match=r"no world named 'moon'.*court"):
        call_command("explore", "moon", stdout=StringIO())
