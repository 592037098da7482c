"""The project's own stories, on the database and in memory, entry by entry alike; and the player of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from rulebook.actions import actions
from rulebook.clock import VirtualClock, parse_duration
from rulebook.docket.postgres import PostgresSource
from rulebook.models import Deadline
from rulebook.money import Money
from rulebook.scenarios.grammar import Mapping, Step, Story, StoryError, parse, stories_in
from rulebook.scenarios.player import WORDS, play
from rulebook.scenarios.stage import MISSED
from tests.fair import build_fair

FOLDER = Path(__file__).parent / "scenarios"
STORIES = stories_in(FOLDER)
SLICE = [
    "A32-1",
    "A32-2",
    "A33-1",
    "A33-2",
    "A33-3",
    "A33-4",
    "A33-5",
    "A33-6",
    "A34-1",
    "A34-3",
    "A35-1",
    "A35-4",
    "A35-5",
    "A36-1",
    "A36-2",
    "A36-3",
    "A38-4",
    "A38-5",
    "A39-1",
    "A39-2",
    "A39-3",
    "A39-4",
    "A40-1",
    "A40-2",
    "A41-1",
    "A41-2",
    "A45-2",
    "AS-4",
    "A62-1",
    "A66-1",
    "A66-3",
    "A67-1",
    "A67-2",
    "A67-3",
    "A67-4",
    "A67-5",
    "A73-2",
]


def _id(story: Story) -> str:
    return f"{Path(story.file).stem}: {story.title}"


def story(text: str) -> Story:
    (found,) = parse(text)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("told", STORIES, ids=_id)
def test_a_story_holds_in_both_modes_with_the_same_journal(told: Story) -> None:
    on_the_database, in_memory = play(told, memory=False), play(told, memory=True)

    assert [failure.message for failure in on_the_database.failures] == []
    assert [failure.message for failure in in_memory.failures] == []
    assert on_the_database.steps == in_memory.steps == len(told.steps)
    assert on_the_database.journal == in_memory.journal


def test_every_rule_of_the_slice_is_told() -> None:
    told = {rule for story in STORIES for rule in story.rules}

    assert [rule for rule in SLICE if rule not in told] == []


def test_no_two_stories_have_one_title() -> None:
    titles = [story.title for story in STORIES]

    assert sorted(titles) == sorted(set(titles))


# ------------------------------------------------------------------ a player that sees


def other(value: Any) -> Any:
    """Something that the value is not, of the same sort."""
    if isinstance(value, bool):
        return not value
    if value is None:
        return "something"
    if isinstance(value, dict):
        if "has" in value:
            return {"has": [*value["has"], "no_such_thing"]}
        return {"has": value["lacks"]} if "lacks" in value else {"min": "999999999 USD", "max": "999999999 USD"}
    if isinstance(value, list):
        return [*value, "A1"]
    return _other_text(str(value))


def _other_text(text: str) -> Any:
    try:
        money = Money.parse(text)
        return str(Money(money.minor + 1, money.currency))
    except ValueError:
        pass
    try:
        parse_duration(text)
        return f"{text} 1s"
    except ValueError:
        return int(text) + 1 if text.lstrip("-").isdecimal() else f"not {text}"


def changed(told: Story) -> Iterator[tuple[str, list[Story]]]:
    """The story with one of its checks changed, for each of them: one of each group must fail."""
    for index, step in enumerate(told.steps):
        for path, value in step.expect.items():
            expect = {**step.expect, path: other(value)}
            yield f"step {step.number} {path}", [_with_step(told, index, replace(step, expect=expect))]
        if step.do and step.refused is None:
            yield f"step {step.number} refused", [_with_step(told, index, replace(step, refused=True))]
        elif step.refused is not None:
            twins = [_with_step(told, index, replace(step, refused=None))]
            if words := _words_left_out(
                step
            ):  # the player supplies them where no refusal is expected: now the story does
                twins.append(_with_step(told, index, replace(step, inputs={**step.inputs, **words})))
            yield f"step {step.number} done", twins


def _words_left_out(step: Step) -> dict[str, str]:
    """Words that the player would supply if no refusal were expected."""
    act = actions()[step.do]
    wanted = [name for name in WORDS if name in act.inputs and (act.inputs[name].required or step.do in MISSED)]
    return {name: "Now it is said." for name in wanted if name not in step.inputs}


def _with_step(told: Story, index: int, step: Any) -> Story:
    twin = copy(told)
    twin.steps = [*told.steps[:index], step, *told.steps[index + 1 :]]
    return twin


@pytest.mark.parametrize("told", STORIES, ids=_id)
def test_every_single_check_can_fail(told: Story) -> None:
    unseen = [what for what, twins in changed(told) if all(map(passes, twins))]

    assert unseen == []


def passes(told: Story) -> bool:
    try:
        return play(told, memory=True).passed
    except StoryError:  # what the changed step did not make is missed by a check
        return False


def test_a_failed_check_says_step_path_expected_and_found() -> None:
    told = story(
        "{scenario: s, steps: [{do: buyer.place_order, expect: {order.deadline.payment: 19d, order.total: 1.00 USD}}]}"
    )

    (first, second) = play(told, memory=True).failures

    assert (first.step, first.path, first.expected, first.found) == (1, "order.deadline.payment", "19d", "20d")
    assert (second.path, second.expected, second.found) == ("order.total", "1.00 USD", "100.00 USD")
    assert "step 1 (line 1)" in first.message


def test_the_wrong_rule_of_a_refusal_is_a_failure_with_the_right_one() -> None:
    told = story("{scenario: s, steps: [{do: buyer.place_order}, {do: seller.ship, refused: A33}]}")

    (failure,) = play(told, memory=True).failures

    assert (failure.step, failure.expected, failure.found) == (2, "refused A33", "A34")


# ------------------------------------------------------------------ stories that cannot be played


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("scenario: s\nsteps:\n  - do: buyer.place_ordr", 3, "'buyer.place_order'"),
        ("scenario: s\nsteps:\n  - do: buyer.place_order\n    with:\n      quantty: 2", 5, "'quantity'"),
        ("scenario: s\nsteps:\n  - do: buyer.place_order\n    as: lamp\n  - do: buyer.pay\n    on: lmap", 6, "'lamp'"),
        ("scenario: s\nsteps:\n  - do: buyer.place_order\n    by: buyr", 4, "'buyer'"),
        ("scenario: s\nsteps:\n  - do: buyer.place_order\n    with: {listing: itme}", 4, "'item'"),
        (
            "scenario: s\nsteps:\n  - expect:\n      shop.plan: standard\n      shop.depositstatus: ~",
            5,
            "'deposit_status'",
        ),
        ("scenario: s\nsteps:\n  - do: buyer.place_order\n    expect: {order.deadline.paymnt: 1d}", 4, "'payment'"),
        ("scenario: s\nsteps:\n  - expect: {money.shop.escro: 0.00 USD}", 3, "'escrow'"),
        ("scenario: s\nsteps:\n  - expect: {money.shp.escrow: 0.00 USD}", 3, "'shop'"),
        ("scenario: s\nsteps:\n  - expect: {buyer.refnded: 0.00 USD}", 3, "'refunded'"),
        ("scenario: s\nsteps:\n  - expect: {notices.sellr: []}", 3, "'seller'"),
        ("scenario: s\nsteps:\n  - expect: {ledger.balance: true}", 3, "ledger.balanced"),
        ("scenario: s\nsteps:\n  - expect: {order.state: closed}", 3, "no order yet"),
        ("scenario: s\nsteps:\n  - expect: {ordre.state: closed}", 3, "'ordre'"),
        ("scenario: s\nsteps:\n  - do: seller.ship", 3, "there is none yet"),
        ("scenario: s\nrules: [A40-9]\nsteps: []", 2, "A40-"),
        ("scenario: s\nrulebok: {}\nsteps: []", 2, "'rulebook'"),
        ("scenario: s\nsteps:\n  - att: 3d", 3, "'at'"),
        ("scenario: s\ngiven:\n  buyrs: {}\nsteps: []", 3, "'buyers'"),
        ("scenario: s\ngiven:\n  listings:\n    item:\n      prise: 1.00 USD\nsteps: []", 5, "'price'"),
        ("scenario: s\ngiven:\n  stores: {shop: {state: opened}}\nsteps: []", 3, "open"),
        ("scenario: s\nsteps:\n  - at: 3x", 3, "3d 4h"),
        ("scenario: s\nsteps:\n  - at: 3d\n  - at: 2d", 4, "never goes back"),
        ("scenario: s\nsteps:\n  - {at: 3d, wait: 1d}", 3, "not both"),
        ("scenario: s\nsteps:\n  - {refused: A1}", 3, "do"),
        ("scenario: s\nstart: tomorrow\nsteps: []", 2, "2026-03-02"),
        ("scenario: s\nscenario: t\nsteps: []", 2, "twice"),
        ("scenario: s\nsteps: [\n", 3, "not YAML"),
        ("scenario: s\nsteps: {}", 2, "list"),
        ("steps: []", 1, "'scenario'"),
        ("- a", 1, "mapping"),
        ("scenario: s\nsteps:\n  - do: buyer.place_order\n    with: 3", 4, "mapping"),
    ],
)
def test_what_cannot_be_played_names_the_line_and_the_nearest_name(text: str, line: int, words: str) -> None:
    with pytest.raises(StoryError) as error:
        for told in parse(text):
            play(told, memory=True)

    assert words in str(error.value)
    assert f"line {line}:" in str(error.value)


def test_a_parameter_that_does_not_exist_names_the_nearest() -> None:
    with pytest.raises(StoryError, match=r"dispute\.response_days"):
        play(story("{scenario: s, rulebook: {dispute.response_dys: 3}, steps: []}"), memory=True)


def test_only_true_and_false_are_booleans() -> None:
    (told,) = parse("scenario: on\nsteps:\n  - do: buyer.message\n    with: {text: no}\n    refused: true")

    assert told.title == "on"
    assert told.steps[0].inputs == {"text": "no"}
    assert told.steps[0].refused is True


def test_empty_documents_between_stories_are_none() -> None:
    assert len(parse("---\nscenario: a\nsteps: []\n---\n# nothing\n---\nscenario: b\nsteps: []\n")) == 2


# ------------------------------------------------------------------ the command

GOOD = (
    "scenario: A good one\nrules: [A32-1]\nsteps:\n"
    "  - do: buyer.place_order\n    expect: {order.state: awaiting_payment}\n"
)
BAD = "scenario: A bad one\nsteps:\n  - do: buyer.place_order\n    expect: {order.state: closed}\n  - do: buyer.pay\n"
LOST = "scenario: A lost one\nsteps:\n  - do: buyer.fly\n"


def run(*arguments: Any, **options: Any) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("play", *map(str, arguments), stdout=out, stderr=StringIO(), **options)
    except SystemExit as left:
        return out.getvalue(), int(left.code or 0)
    return out.getvalue(), 0


def test_play_says_a_line_a_story_and_the_sum(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(f"{GOOD}---\n{GOOD}")
    (tmp_path / "notes.txt").write_text("no story")

    out, status = run(tmp_path, memory=True)

    assert out.splitlines() == ["ok      A good one"] * 3 + ["3 passed, 0 failed"]
    assert status == 0


def test_play_ends_with_one_when_a_story_fails_and_shows_what_was_found_and_the_journal(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{BAD}---\n{GOOD}")

    out, status = run(tmp_path, memory=True)

    assert status == 1
    assert "FAILED  A bad one" in out
    assert "step 1 (line 3): order.state: expected closed, found awaiting_payment" in out
    assert "order.place" in out
    assert out.splitlines()[-2:] == ["ok      A good one", "1 passed, 1 failed"]


def test_fail_fast_stops_at_the_first_that_fails(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{GOOD}---\n{BAD}---\n{GOOD}")

    out, status = run(tmp_path, memory=True, fail_fast=True)

    assert out.splitlines()[-1] == "1 passed, 1 failed"
    assert status == 1


def test_json_is_one_object_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{GOOD}---\n{BAD}---\n{LOST}")

    out, status = run(tmp_path, memory=True, as_json=True)
    good, bad, lost, total = (json.loads(line) for line in out.splitlines())

    assert status == 1
    assert good == {
        "file": str(tmp_path / "a.yaml"),
        "scenario": "A good one",
        "rules": ["A32-1"],
        "passed": True,
        "failures": [],
    }
    (failure,) = bad["failures"]
    assert set(failure) == {"step", "path", "expected", "found", "message"}
    assert (failure["step"], failure["path"]) == (1, "order.state")
    assert (failure["expected"], failure["found"]) == ("closed", "awaiting_payment")
    assert not lost["passed"]
    assert "line 15" in lost["failures"][0]["message"]
    assert set(total) == {"passed", "failed", "seconds", "steps"}
    assert (total["passed"], total["failed"]) == (1, 2)


def test_trace_prints_every_transition_with_its_rule_and_money(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "scenario: t\nsteps:\n  - do: buyer.place_order\n  - at: 1h\n    do: buyer.pay\n  - at: 8d\n"
    )

    out, _status = run(tmp_path, memory=True, trace=True)
    paid = next(line for line in out.splitlines() if "order.pay" in line)
    closed = next(line for line in out.splitlines() if "order.close_unshipped" in line)

    assert "1h" in paid
    assert "A34-1" in paid
    assert "escrow +100.00 USD" in paid
    assert "7d 1h" in closed
    assert "A34-3" in closed
    assert "escrow -100.00 USD" in closed


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.yaml", None, "no file or folder"),
        ("a.yaml", "scenario: [", "not YAML"),
        ("a.yaml", b"\xff\xfe\x00bad", "UTF-8"),
        ("empty", "", "no .yaml file"),
    ],
)
def test_a_wrong_path_or_file_is_one_clear_error(tmp_path: Path, name: str, text: Any, words: str) -> None:
    path = tmp_path / name
    if name == "empty":
        path.mkdir()
    elif text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(CommandError, match=words):
        run(path, memory=True)


def test_in_memory_no_database_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)  # pytest-django refuses the database to a test that does not ask for it

    assert run(tmp_path, memory=True)[1] == 0


# ------------------------------------------------------------------ the database around a story


def rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


@pytest.mark.django_db
def test_the_database_keeps_nothing_of_a_story(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{BAD}---\n{LOST}")
    before = rows()

    for told in STORIES[:12]:
        play(told, memory=False)
    run(tmp_path)

    assert rows() == before


@pytest.mark.django_db
def test_a_story_touches_nobody_elses_overdue_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    fair = build_fair(begin=VirtualClock(STORIES[0].start).now() - parse_duration("60d"))
    theirs = {fair.placed().id, fair.paid().id, fair.shipped().id, _their_amendment(fair)}
    overdue = Deadline.objects.filter(status="pending").count()
    claimed: set[Any] = set()
    claim = PostgresSource.claim
    monkeypatch.setattr(
        PostgresSource, "claim", lambda *args, **kw: claimed.update(found := claim(*args, **kw)) or found
    )

    played = play(
        story("{scenario: s, steps: [{do: buyer.place_order}, {at: 90d, expect: {order.closed_at: 20d}}]}"),
        memory=False,
    )

    assert played.failures == []
    assert claimed
    assert claimed.isdisjoint(theirs)
    assert overdue > len(theirs)
    assert Deadline.objects.filter(status="pending").count() == overdue


def _their_amendment(fair: Any) -> Any:
    named = {"parameter": "release.wait_days", "value": 9, "from": fair.clock.now() + parse_duration("30d")}
    manager = fair.moderator_actor("policy_manager")
    amendment = fair.do("moderator.propose_amendment", on=None, as_=manager, **named)
    colleague = replace(manager, id=fair.second.id)
    return fair.do("moderator.approve_amendment", on=amendment, as_=colleague).id


def test_one_rule_need_not_be_a_list() -> None:
    (told,) = parse("{scenario: s, rules: A40-1, steps: []}")

    assert told.rules == ["A40-1"]


@pytest.mark.parametrize("given", ["3", "[shop]", "shop"])
def test_given_things_that_are_no_mapping_are_told(given: str) -> None:
    with pytest.raises(StoryError, match=r"line 2: given\.stores is a mapping"):
        play(story(f"scenario: s\ngiven: {{stores: {given}}}\nsteps: []"), memory=True)


@pytest.mark.parametrize("told", ["start: '0001-01-01T00:00:00+10:00'\nsteps: []", "steps: [{wait: 99999999999d}]"])
def test_a_moment_outside_of_all_calendars_is_told(told: str) -> None:
    with pytest.raises(StoryError, match=r"start is a moment|longer than any calendar"):
        parse(f"scenario: s\n{told}")


def test_a_mapping_remembers_its_lines() -> None:
    (told,) = parse("scenario: s\nsteps:\n  - expect:\n      a.b: 1\n      c.d: 2\n")

    assert isinstance(told.steps[0].expect, Mapping)
    assert told.steps[0].lines["c.d"] == 5
