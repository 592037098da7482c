"""The worklist: order, views, pages by position, dealing cases, and how many statements it takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rulebook.actors import MODERATOR, Actor
from rulebook.admin import cases as waiting
from rulebook.clock import now
from rulebook.ids import new_id
from rulebook.models import Case
from tests.console.desk import case, shown, statements
from tests.console.test_deciding import words
from tests.fair import build_fair


def many(fair, count: int) -> list[Case]:
    """Due one after the other, some at the same moment, the last two without a due time."""
    moment = now()
    made = [case(fair, number=place) for place in range(count)]
    for place, row in enumerate(made):
        row.due_at = None if place >= count - 2 else moment + timedelta(hours=place // 3)
    Case.objects.bulk_update(made, ["due_at"])
    return made


def actor(fair, who="arbitrator"):
    return fair.moderator_actor(fair.second if who == "second" else who)


# ------------------------------------------------------------------ how much it costs


def test_the_worklist_costs_the_same_for_one_case_and_for_sixty(fair, arbitrator):
    case(fair, number=1)
    one = statements(arbitrator, reverse("admin:worklist"))
    many(fair, 60)

    assert statements(arbitrator, reverse("admin:worklist")) <= one
    assert one == 8  # session, person, counts of list and sidebar, dated and undated rows, own views, what is escalated


def test_the_case_page_costs_the_same_for_a_short_story_and_a_long_one(fair, arbitrator):
    short = fair.escalated()
    brief = statements(arbitrator, reverse("admin:case", args=[short.public_id]))
    long = fair.disputed()
    for number in range(6):
        fair.do("buyer.add_evidence", on=long, text=f"Piece {number}")
        fair.do("buyer.message", on=long.order, text=f"Message {number}")
        fair.do("seller.make_offer", on=long, refund=f"{number + 1}.00 USD")
    fair.do("seller.reject_dispute", on=long, text="No.")

    grown = statements(arbitrator, reverse("admin:case", args=[long.public_id]))

    assert grown - brief <= 2  # the messages and the offers, once each
    assert brief <= 20


def test_registers_cost_the_same_for_one_row_and_for_many_and_count_nothing(fair, arbitrator):
    fair.placed("lantern")
    address = reverse("admin:orders_order_changelist")
    one = statements(arbitrator, address)
    for _place in range(6):
        fair.placed("lantern")

    with CaptureQueriesContext(connection) as seen:
        arbitrator.get(address)

    assert len(seen) <= one
    assert not [
        query["sql"]
        for query in seen
        if query["sql"].upper().startswith("SELECT COUNT") and "orders_order" in query["sql"]
    ]
    assert not [query["sql"] for query in seen if "OFFSET" in query["sql"]]


# ------------------------------------------------------------------ order and pages


def test_cases_stand_in_order_of_their_due_time_and_those_without_come_last(fair, arbitrator):
    late, soon, never = case(fair, 300), case(fair, 5), case(fair, None)
    overdue = case(fair, -5)

    assert shown(arbitrator.get(reverse("admin:worklist"))) == [str(row.id) for row in (overdue, soon, late, never)]


@pytest.mark.parametrize("sort", ["due", "value"])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 23])
def test_turning_the_pages_shows_every_case_once_there_and_back(count, sort, fair):
    many(fair, max(count, 2))
    rows = Case.objects.filter(open=True) if count else Case.objects.none()
    moment = now()
    for place, row in enumerate(rows):  # some are worth the same
        Case.objects.filter(id=row.id).update(value_usd_minor=place % 3)
    by = {
        "due": lambda row: (row.due_at is None, row.due_at or moment, -row.value_usd_minor, row.id),
        "value": lambda row: (-row.value_usd_minor, row.id),
    }
    expected = [row.id for row in sorted(rows.all(), key=by[sort])]

    there, position, pages = [], None, []
    while True:
        page, _earlier, later = waiting.page_of(rows.all(), position, None, 8, sort)
        there += [row.id for row in page]
        pages.append([row.id for row in page])
        if not later:
            break
        position = waiting.Position.of(page[-1])
    back, position = [pages[-1]], waiting.Position.of(Case.objects.get(id=pages[-1][0])) if count else None
    while count:
        page, earlier, _later = waiting.page_of(rows.all(), None, position, 8, sort)
        if page:
            back.insert(0, [row.id for row in page])
            position = waiting.Position.of(page[0])
        if not earlier:
            break

    assert there == expected
    assert [row for page in back for row in page] == expected


def test_a_page_stays_where_it_is_when_cases_come_and_go_before_it(fair, arbitrator):
    rows = many(fair, 60)
    first = arbitrator.get(reverse("admin:worklist"))
    older = first.context["worklist"]["pager"]["older"]
    second_page = shown(arbitrator.get(older))
    case(fair, -600, number=99)
    Case.objects.filter(id=rows[0].id).update(open=False)

    assert len(shown(first)) == waiting.PER_PAGE
    assert shown(arbitrator.get(older)) == second_page


def test_a_register_turns_its_pages_by_position(fair, arbitrator):
    from stores.models import Buyer

    made = [
        Buyer.objects.create(storefront_id=fair.storefront.pk, reference=f"r{place}", name=f"Buyer {place}")
        for place in range(120)
    ]
    address = reverse("admin:stores_buyer_changelist")
    seen, page = [], arbitrator.get(address)
    while True:
        found = page.context["cl"]
        seen += [row.pk for row in found.result_list]
        if not found.older_url:
            break
        page = arbitrator.get(address + found.older_url)
    before = arbitrator.get(address + page.context["cl"].newer_url).context["cl"]

    assert seen[:120] == [buyer.pk for buyer in reversed(made)]
    assert len(seen) == len(set(seen)) == Buyer.objects.count()
    assert [row.pk for row in before.result_list] == seen[50:100]


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=2026-01-01T00:00:00~5~" + "0" * 32,
        "after=~",
        "before=2026~1",
        "view=emperor",
        "kind=emperor",
        "after=~" + "0" * 32,
        "p=9",
        "page=-1",
    ],
)
def test_strange_addresses_show_the_list_all_the_same(query, fair, arbitrator):
    case(fair)

    assert arbitrator.get(f"{reverse('admin:worklist')}?{query}").status_code == 200
    assert arbitrator.get(f"{reverse('admin:orders_order_changelist')}?{query}").status_code in (200, 302)


# ------------------------------------------------------------------ views


def test_each_view_shows_its_own_cases_and_counts_them(fair, arbitrator):
    me = fair.moderators["arbitrator"].pk
    rows = {lane: case(fair, 60, lane=lane, number=place) for place, lane in enumerate(waiting.LANES)}
    mine = case(fair, 60, holder_id=me, held_until=now() + timedelta(minutes=5))
    stale_hold = case(fair, 60, holder_id=me, held_until=now() - timedelta(minutes=5))
    overdue = case(fair, -1, lane="seller")
    case(fair, 60, open=False)

    def view(name):
        page = arbitrator.get(reverse("admin:worklist"), {"view": name})
        count = next(entry["count"] for entry in page.context["worklist"]["filters"] if entry["active"])
        assert count == len(shown(page))
        lanes = {choice["code"]: choice["count"] for choice in page.context["panel"]["lanes"]}
        assert name not in lanes or lanes[name] == len(shown(page))
        return set(shown(page))

    assert view("mine") == {str(mine.id)}
    assert view("overdue") == {str(overdue.id)}
    assert view("second") == {str(rows["second"].id)}
    assert view("seller") == {str(rows["seller"].id), str(overdue.id)}
    assert view("todo") == {
        str(row.id) for row in (*(rows[lane] for lane in waiting.FOR_A_MODERATOR), mine, stale_hold)
    }
    assert len(view("all")) == len(waiting.LANES) + 3


def test_counts_stop_at_a_hundred(fair, arbitrator):
    Case.objects.bulk_create(
        Case(
            store_id=fair.store.pk,
            subject_id=new_id(),
            kind="dispute",
            topic="other",
            state="arbitration",
            lane="arbitration",
            opened_at=now(),
        )
        for _place in range(130)
    )

    page = arbitrator.get(reverse("admin:worklist"))

    assert page.context["worklist"]["filters"][0]["count"] == "100+"
    assert "more than 100 cases" in words(page)


@pytest.mark.parametrize("view", list(waiting.VIEWS))
def test_an_empty_view_says_why_and_where_to_go(view, fair, arbitrator):
    page = arbitrator.get(reverse("admin:worklist"), {"view": view})

    assert page.context["worklist"]["empty"]["title"] in words(page).replace("&#x27;", "'")


# ------------------------------------------------------------------ dealing


def test_next_deals_the_most_urgent_case_that_nobody_holds(fair, arbitrator, second):
    first, then = fair.escalated(), fair.escalated()

    one = arbitrator.post(reverse("admin:next_case"))
    two = second.post(reverse("admin:next_case"))

    assert one["Location"] == reverse("admin:case", args=[first.public_id])
    assert two["Location"] == reverse("admin:case", args=[then.public_id])
    assert "Held by you" in words(arbitrator.get(one["Location"]))
    assert "Held by Arbitrator" in words(second.get(one["Location"]))


def test_next_from_a_case_deals_another_one(fair, arbitrator):
    first, then = fair.escalated(), fair.escalated()
    arbitrator.post(reverse("admin:next_case"))

    answer = arbitrator.post(reverse("admin:next_case"), {"skip": first.public_id})
    none_left = arbitrator.post(reverse("admin:next_case"), {"skip": then.public_id})

    assert answer["Location"] == reverse("admin:case", args=[then.public_id])
    assert none_left["Location"] == reverse("admin:case", args=[first.public_id])  # his own, not decided yet


def test_nobody_is_dealt_his_own_ruling_to_approve(fair):
    dispute = fair.escalated("800.00 USD", "palace")
    fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="Broken.")

    assert waiting.deal(actor(fair), now()) is None
    assert waiting.deal(actor(fair, "second"), now()).subject_id == dispute.pk


def test_what_waits_for_the_parties_is_not_dealt(fair):
    case(fair, -60, lane="seller")
    case(fair, -60, lane="parties")
    case(fair, -60, lane="arbitration", open=False)

    assert waiting.deal(actor(fair), now()) is None


def test_a_hold_ends_by_itself_and_can_be_given_back(fair):
    row = case(fair)
    me, colleague = actor(fair), actor(fair, "second")

    assert waiting.hold(row.id, me, now())
    assert not waiting.hold(row.id, colleague, now())
    assert waiting.hold(row.id, colleague, now() + waiting.HELD_FOR)
    assert not waiting.give_back(row.id, me)
    assert waiting.give_back(row.id, colleague)
    assert waiting.hold(row.id, me, now())


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_at_the_same_moment_get_eight_cases():
    fair = build_fair()
    rows = [case(fair, place) for place in range(8)]
    roles = frozenset({"arbitrator"})
    people = [Actor(kind=MODERATOR, id=new_id(), name=f"M{place}", roles=roles) for place in range(8)]
    start = Barrier(8)

    def ask(person):
        start.wait(timeout=60)
        try:
            return waiting.deal(person, now()).id
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        dealt = list(pool.map(ask, people))

    assert sorted(dealt) == sorted(row.id for row in rows)
