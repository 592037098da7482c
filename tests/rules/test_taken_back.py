"""A refused or failed act leaves no trace, in memory as on the database, however far it had come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

import rulebook.actions
from rulebook.refusals import Invalid, NotDone, Refused
from rulebook.scenarios import player
from rulebook.scenarios.grammar import Story, stories_in
from rulebook.scenarios.player import play

STORIES = stories_in(Path(__file__).parents[1] / "scenarios")


def memory_snapshot(source: Any) -> dict[str, Any]:
    """Everything that the source in memory holds, by value."""
    rows = {
        (model.__name__, identity): {
            field.attname: repr(row.__dict__[field.attname]) for field in model._meta.concrete_fields
        }
        for model, found in source.rows.items()
        for identity, row in found.items()
    }
    lists = {
        (model.__name__, identity, name): [item.id for item in value]
        for model, found in source.rows.items()
        for identity, row in found.items()
        for name, value in row.__dict__.items()
        if isinstance(value, list) and value and hasattr(value[0], "pk")
    }
    return {
        "rows": rows,
        "lists": lists,
        "index": {
            key: {at: [row.id for row in found] for at, found in rows.items() if found}
            for key, rows in source.index.items()
        },
        "pending": {
            root: {key: (row.id, row.due_at, row.status, row.error) for key, row in found.items()}
            for root, found in source.pending.items()
            if found
        },
        "balances": {key: minor for key, minor in source.balances.items() if minor},
        "numbers": dict(source.numbers),
        "heads": dict(source.heads),
        "cases": repr(source.cases),
        "answers": dict(source.answers),
        "journal": len(source.journal),
        "postings": len(source.postings),
        "notices": len(source.notices),
    }


def database_snapshot() -> dict[str, Any]:
    """A digest of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{table}\" t"
            )
            found[table] = cursor.fetchone()
    return found


def snapshot(source: Any) -> dict[str, Any]:
    found = memory_snapshot(source) if hasattr(source, "rows") else database_snapshot()
    return found


def same(before: dict[str, Any], after: dict[str, Any]) -> None:
    for what, value in before.items():
        if what == "lists":  # what was merely brought for the first time is no change
            now = after["lists"]
            assert {key: now.get(key) for key in value} == value
        else:
            assert after[what] == value, what


class Watched:
    """Stands in for `perform`: every act is first refused at its very end, then done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch, self.compared = monkeypatch, 0
        self.real = rulebook.actions.perform

    def __call__(self, name: str, **arguments: Any) -> Any:
        before = snapshot(arguments["source"])
        with self.monkeypatch.context() as late:
            late.setattr(rulebook.actions, "run_followers", self._refuse)
            try:
                self.real(name, **arguments)
                raise AssertionError(f"{name} was done")
            except NotDone:
                same(before, snapshot(arguments["source"]))
                self.compared += 1
        return self.real(name, **arguments)

    @staticmethod
    def _refuse(docket: Any) -> None:
        raise Refused("A1", "at the very end")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_in_memory_every_act_of_every_story_can_be_refused_at_its_end_and_leave_nothing(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch)
    monkeypatch.setattr(player, "perform", watched)

    played = play(story, memory=True)

    assert [failure.message for failure in played.failures] == []
    assert watched.compared == sum(step.do is not None for step in story.steps)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "title", ["The buyer takes the second of two offers", "The journal of each thing cites its rules in order"]
)
def test_on_the_database_too(title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (story,) = [story for story in STORIES if story.title == title]
    watched = Watched(monkeypatch)
    monkeypatch.setattr(player, "perform", watched)

    played = play(story, memory=False)

    assert [failure.message for failure in played.failures] == []
    assert watched.compared > 10


def test_an_act_that_fails_by_an_error_is_taken_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.court import Court

    court = Court()
    court.do("buyer.place_order")
    before = memory_snapshot(court.memory)
    monkeypatch.setattr(rulebook.actions, "run_followers", lambda docket: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        court.do("buyer.pay")

    same(before, memory_snapshot(court.memory))


def test_inputs_that_make_no_sense_change_nothing() -> None:
    from tests.court import Court

    court = Court()
    court.do("buyer.place_order")
    before = memory_snapshot(court.memory)

    with pytest.raises(Invalid):
        court.do("buyer.pay", network="diners", colour="red")

    same(before, memory_snapshot(court.memory))
