"""The desk: holding, giving, taking, escalating, asking; and who did what stays with the case."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse

from rulebook.actors import MODERATOR, Actor
from rulebook.admin import cases as waiting
from rulebook.admin import desk
from rulebook.clock import now
from rulebook.ids import new_id
from rulebook.models import Case, CaseNote, JournalEntry
from stores.models import User
from tests.console.desk import case, shown, statements
from tests.console.test_deciding import words
from tests.fair import build_fair


@pytest.fixture
def senior(fair, enter):
    return enter(fair.moderators["senior_arbitrator"])


def act(client, row, do: str, **said):
    return client.post(reverse("admin:case_desk", args=[row.id]), {"do": do, **said})


def fresh(row) -> Case:
    return Case.objects.get(id=row.id)


def actor(fair, who="arbitrator"):
    return fair.moderator_actor(fair.second if who == "second" else who)


def book(row) -> list[str]:
    return [note.text for note in CaseNote.objects.filter(case_id=row.id).order_by("id")]


# ------------------------------------------------------------------ who has it


def test_taking_and_giving_back_stands_in_the_notes_with_name_and_time(fair, arbitrator):
    row = case(fair)
    act(arbitrator, row, "take")
    act(arbitrator, row, "take")
    act(arbitrator, row, "give_back")

    notes = list(CaseNote.objects.filter(case_id=row.id).order_by("id"))
    assert [(note.text, note.made_by_name) for note in notes] == [
        ("Took the case.", "Arbitrator"),
        ("Gave the case back.", "Arbitrator"),
    ]
    assert not JournalEntry.objects.filter(subject_id=row.subject_id).exists()


def test_a_case_is_taken_from_a_colleague_with_a_reason_only(fair, arbitrator, second):
    row = case(fair)
    act(arbitrator, row, "take")

    bare = act(second, row, "take_from", text="  ")
    assert bare.status_code == 422
    assert "Say why you take it" in words(bare)
    assert fresh(row).holder_id == fair.moderators["arbitrator"].pk

    act(second, row, "take_from", text="She is ill today.")
    assert fresh(row).holder_id == fair.second.pk
    assert book(row)[-1] == "Took the case from Arbitrator: She is ill today."


def test_a_case_is_given_to_a_colleague_who_may_decide_it(fair, arbitrator, second):
    row = case(fair)
    act(arbitrator, row, "assign", to=str(fair.second.pk), text="You know this store.")

    assert (fresh(row).holder_id, fresh(row).held_until > now() + timedelta(hours=23)) == (fair.second.pk, True)
    assert shown(second.get(reverse("admin:worklist"), {"view": "mine"})) == [str(row.id)]
    assert book(row) == ["Gave the case to Second: You know this store."]


@pytest.mark.parametrize("to", ["finance_officer", "", "nobody", "stranger"])
def test_nobody_else_is_given_a_case(to, fair, arbitrator):
    row = case(fair)
    people = {"finance_officer": str(fair.moderators["finance_officer"].pk), "stranger": str(fair.stranger.pk)}

    answer = act(arbitrator, row, "assign", to=people.get(to, to), text="Please.")

    assert answer.status_code == 422
    assert "Please." in words(answer)
    assert fresh(row).holder_id is None


def test_what_a_colleague_works_on_is_given_away_with_a_reason_only(fair, arbitrator, second, senior):
    row = case(fair)
    act(arbitrator, row, "take")
    to = str(fair.moderators["senior_arbitrator"].pk)

    assert act(second, row, "assign", to=to).status_code == 422
    assert act(second, row, "assign", to=to, text="Urgent.").status_code == 302
    assert fresh(row).holder_id == fair.moderators["senior_arbitrator"].pk


def test_a_role_that_does_not_decide_writes_notes_and_holds_nothing(fair, enter):
    row, officer = case(fair), enter(fair.moderators["auditor"])

    assert act(officer, row, "take").status_code == 403
    assert act(officer, row, "escalate", text="x").status_code == 403
    act(officer, row, "note", text="The bank wrote to us.")

    assert (fresh(row).holder_id, book(row)) == (None, ["The bank wrote to us."])


def test_a_case_that_ended_is_not_given_to_anybody(fair, arbitrator):
    row = case(fair, open=False)

    answer = act(arbitrator, row, "assign", to=str(fair.second.pk))

    assert "The case has ended meanwhile" in words(answer)


def test_whoever_takes_a_case_too_late_reads_why_he_has_it_not(fair, arbitrator, second):
    ended, theirs = (Case.objects.get(subject_id=fair.escalated().pk) for _place in range(2))
    Case.objects.filter(pk=ended.pk).update(open=False)
    act(second, theirs, "take")

    answers = [
        words(arbitrator.post(reverse("admin:case_desk", args=[row.id]), {"do": "take"}, follow=True))
        for row in (ended, theirs)
    ]

    assert "The case has ended meanwhile" in answers[0]
    assert "A colleague took this case" in answers[1]
    assert fresh(theirs).holder_id == fair.second.pk


def test_a_person_known_by_a_long_address_alone_asks_is_asked_and_escalates(fair, enter):
    people = [
        User.objects.create_user(
            f"{name * 60}@{'court.' * 15}example", "x", is_staff=True, platform_roles=["arbitrator"]
        )
        for name in "ab"
    ]
    row, client = case(fair), enter(people[0])

    asked = act(client, row, "ask", to=str(people[1].pk), text="Seen before?")
    escalated = act(client, row, "escalate", text="Look.")

    assert (asked.status_code, escalated.status_code) == (302, 302)
    assert book(row) == ["Seen before?", "Look."]


def test_what_is_unknown_is_not_there(fair, arbitrator):
    assert act(arbitrator, case(fair), "explode").status_code == 404
    assert arbitrator.get(reverse("admin:case_desk", args=[new_id()])).status_code == 404


# ------------------------------------------------------------------ escalating


def test_an_escalated_case_goes_to_senior_arbitrators_alone(fair, arbitrator, senior):
    row, other = case(fair, 1), case(fair, 500)
    act(arbitrator, row, "take")
    act(arbitrator, row, "escalate", text="Is this a counterfeit?")

    assert fresh(row).holder_id is None
    assert shown(senior.get(reverse("admin:worklist"), {"view": "seniors"})) == [str(row.id)]
    assert waiting.deal(actor(fair), now()).id == other.id
    assert waiting.deal(actor(fair, "senior_arbitrator"), now()).id == row.id
    listed = arbitrator.get(reverse("admin:worklist")).context["worklist"]["rows"]
    assert [line["cells"][3]["note"] for line in listed] == ["Escalated", ""]


def test_a_senior_arbitrator_answers_and_the_case_is_everybodys_again(fair, arbitrator, senior):
    row = case(fair)
    act(arbitrator, row, "escalate", text="Which rule?")
    assert act(arbitrator, row, "escalate", text="Again").status_code == 422
    assert act(arbitrator, row, "send_down", text="Me").status_code == 403

    act(senior, row, "send_down", text="Article 45-2.")

    assert waiting.deal(actor(fair), now()).id == row.id
    page = words(arbitrator.get(reverse("admin:case_desk", args=[row.id])))
    assert "Senior arbitrator answered" in page
    assert "Article 45-2." in page
    assert act(senior, row, "send_down", text="Twice").status_code == 422


# ------------------------------------------------------------------ asking


def test_a_question_reaches_the_colleague_and_the_answer_the_asker(fair, arbitrator, second):
    row = case(fair, number=7)
    act(arbitrator, row, "ask", to=str(fair.second.pk), text="Did you see this seller before?")
    note = CaseNote.objects.get()

    home = second.get(reverse("admin:index"))
    assert "Did you see this seller before?" in words(home)
    assert [figure["count"] for figure in home.context["figures"] if figure["label"] == "Asked of you"] == [1]
    assert shown(second.get(reverse("admin:worklist"), {"view": "asked"})) == [str(row.id)]
    assert act(arbitrator, row, "reply", note=str(note.id), text="Myself").status_code == 422

    act(second, row, "reply", note=str(note.id), text="Twice, both for the buyer.")

    assert "Twice, both for the buyer." in words(arbitrator.get(reverse("admin:case_desk", args=[row.id])))
    assert shown(second.get(reverse("admin:worklist"), {"view": "asked"})) == []
    assert act(second, row, "reply", note=str(note.id), text="Once more").status_code == 422
    assert CaseNote.objects.get().answer == "Twice, both for the buyer."


def test_the_answer_is_found_on_the_case_itself(fair, arbitrator, second):
    dispute = fair.escalated()
    row = Case.objects.get(subject_id=dispute.pk)
    act(arbitrator, row, "ask", to=str(fair.second.pk), text="Seen before?")
    act(second, row, "reply", note=str(CaseNote.objects.get().id), text="Never.")

    page = words(arbitrator.get(reverse("admin:case", args=[dispute.public_id])))

    assert "Seen before?" in page
    assert "Never." in page


def test_an_answer_that_was_not_taken_comes_back_under_its_own_question_alone(fair, arbitrator, second):
    row = case(fair)
    for text in ("First?", "Second?"):
        act(arbitrator, row, "ask", to=str(fair.second.pk), text=text)
    note = CaseNote.objects.latest("id")

    page = act(second, row, "reply", note=str(note.id), text="y" * 4001).content.decode()

    assert page.count("y" * 4001) == 1
    assert page.index(f'id="note-{note.id}"') < page.index("y" * 4001)


def test_words_that_are_too_long_come_back_as_they_were(fair, arbitrator):
    answer = act(arbitrator, case(fair), "note", text="x" * 4001)

    assert answer.status_code == 422
    assert "x" * 4001 in answer.content.decode()


# ------------------------------------------------------------------ pages


def test_the_desk_of_a_case_costs_the_same_for_one_note_and_for_many(fair, arbitrator):
    row = case(fair)
    desk.log(row.id, actor(fair), now(), "One.")
    address = reverse("admin:case_desk", args=[row.id])
    one = statements(arbitrator, address)
    for place in range(20):
        desk.ask(row.id, actor(fair), desk.Colleague(fair.second.pk, "Second", frozenset()), f"{place}?", now())

    assert statements(arbitrator, address) == one
    assert one == 7  # session, person, case, notes, colleagues, prepared texts, the sidebar's counts


def test_the_overview_costs_the_same_for_one_case_and_for_sixty(fair, arbitrator):
    row = case(fair, -5)
    desk.ask(
        row.id, actor(fair, "second"), desk.Colleague(fair.moderators["arbitrator"].pk, "A", frozenset()), "?", now()
    )
    one = statements(arbitrator, reverse("admin:index"))
    for place in range(60):
        case(fair, -place, lane=waiting.FOR_A_MODERATOR[place % 9])
        desk.ask(
            row.id,
            actor(fair, "second"),
            desk.Colleague(fair.moderators["arbitrator"].pk, "A", frozenset()),
            "?",
            now(),
        )

    assert statements(arbitrator, reverse("admin:index")) <= one


def test_the_overview_counts_what_waits_and_what_is_late_by_lane(fair, arbitrator):
    (
        case(fair, -5, lane="appeals"),
        case(fair, 5, lane="appeals"),
        case(fair, 5, lane="second"),
        case(fair, -5, lane="bank"),
    )

    page = arbitrator.get(reverse("admin:index"))
    lanes = {lane["label"]: (lane["open"], lane["late"]) for lane in page.context["lanes"]}
    figures = {figure["label"]: figure["count"] for figure in page.context["figures"]}

    assert (lanes["Appeals"], lanes["Second approval"], lanes["Support"]) == ((2, 1), (1, 0), (0, 0))
    assert (figures["Appeals"], figures["Second approval"], figures["Overdue"]) == (2, 1, 1)


# ------------------------------------------------------------------ at the same moment


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_take_one_case_at_the_same_moment_one_has_it():
    fair = build_fair()
    row, start = case(fair), Barrier(8)
    people = [
        Actor(kind=MODERATOR, id=new_id(), name=f"M{place}", roles=frozenset({"arbitrator"})) for place in range(8)
    ]

    def take(person):
        start.wait(timeout=60)
        try:
            return waiting.hold(row.id, person, now())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, people))

    assert taken.count(True) == 1
    assert fresh(row).holder_id == people[taken.index(True)].id
    assert book(row) == ["Took the case."]


@pytest.mark.django_db(transaction=True)
def test_a_case_escalated_by_two_at_once_is_escalated_once():
    fair = build_fair()
    row, start = case(fair), Barrier(2)

    def up(person):
        start.wait(timeout=60)
        try:
            desk.escalate(row.id, person, "Look.", now())
            return True
        except desk.NotNow:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(up, [actor(fair), actor(fair, "second")]))

    assert sorted(done) == [False, True]
    assert waiting.escalated().count() == 1
