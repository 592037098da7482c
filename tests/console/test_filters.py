"""The worklist's filters, order, saved views, and the way back to where one left it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from rulebook.admin.wanted import wanted_of
from rulebook.clock import now
from rulebook.ids import new_id, public_id
from rulebook.models import Case, CaseView
from rulebook.zones import platform_zone
from tests.console.desk import case, shown, statements
from tests.console.test_deciding import words

LIST = "admin:worklist"


def listed(client, **said) -> set[str]:
    return set(shown(client.get(reverse(LIST), said)))


def ids(*rows) -> set[str]:
    return {str(row.id) for row in rows}


def test_each_filter_leaves_what_it_says(fair, arbitrator):
    me = fair.moderators["arbitrator"].pk
    soon = now() + timedelta(minutes=20)
    cheap = case(fair, 30, value_minor=5_00, store_name="Kiln & Clay", party="Zoe Müller", number=41)
    dear = case(fair, 3000, value_minor=900_00, topic="damaged", lane="platform", store_name="North Loom")
    late = case(fair, -5, lane="second", holder_id=me, held_until=soon)
    never = case(fair, None, kind="review", lane="reviews", topic="1_of_5", value_minor=0)
    theirs = case(fair, 30, holder_id=fair.second.pk, held_until=soon, lane="appeals", store_name="O'Neill's \\ Tea")
    every = ids(cheap, dear, late, never, theirs)

    assert listed(arbitrator) == every
    assert listed(arbitrator, kind="review") == ids(never)
    assert listed(arbitrator, lane="platform") == ids(dear)
    assert listed(arbitrator, topic="damaged") == ids(dear)
    assert listed(arbitrator, due="overdue") == ids(late)
    assert listed(arbitrator, due="soon") == ids(cheap, late, theirs)
    assert listed(arbitrator, due="never") == ids(never)
    assert listed(arbitrator, until=(now() + timedelta(days=1)).date().isoformat()) == ids(cheap, late, theirs)
    assert listed(arbitrator, least="10") == ids(dear, late, theirs)
    assert listed(arbitrator, most="9.99") == ids(cheap, never)
    assert listed(arbitrator, least="5", most="5.00") == ids(cheap)
    assert listed(arbitrator, holder="me") == ids(late)
    assert listed(arbitrator, holder="other") == ids(theirs)
    assert listed(arbitrator, holder="nobody") == ids(cheap, dear, never)
    assert listed(arbitrator, lane="second", holder="other") == set()


@pytest.mark.parametrize(("filters", "shown_too"), [({"due": "today"}, True), ({"until": "2026-03-07"}, True)])
def test_a_day_ends_with_the_periods_that_end_at_its_midnight(filters, shown_too, fair):
    """They are over at 24:00, which is the first instant of the next day."""
    zone = platform_zone()
    midnight = datetime(2026, 3, 8, tzinfo=zone)
    last, next_day = case(fair), case(fair)
    Case.objects.filter(pk=last.pk).update(due_at=midnight)
    Case.objects.filter(pk=next_day.pk).update(due_at=midnight + timedelta(seconds=1))
    query = QueryDict(mutable=True)
    query.update({"view": "all", **filters})

    wanted = wanted_of(query, fair.moderator_actor(), midnight - timedelta(hours=5), zone)

    assert {row.pk for row in wanted.rows()} == {last.pk}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kil", "cheap"),
        ("CLAY kiln", "cheap"),
        ("mül", "cheap"),
        ("iln", ""),
        ("kiln loom", ""),
        ("#41", "cheap"),
        ("D41", "cheap"),
        ("o'nei", "theirs"),
        ("\\ tea", "theirs"),
        ("& : ! '", ""),
        ("'", ""),
    ],
)
def test_search_goes_by_number_and_by_the_beginnings_of_names(typed, found, fair, arbitrator):
    rows = {
        "cheap": case(fair, store_name="Kiln & Clay", party="Zoe Müller", number=41),
        "theirs": case(fair, store_name="O'Neill's \\ Tea"),
    }

    assert listed(arbitrator, q=typed) == (ids(rows[found]) if found else set())


def test_search_finds_the_matter_and_the_store_by_id(fair, arbitrator):
    row, other = case(fair), case(fair)
    other.store_id = new_id()
    other.save()

    assert listed(arbitrator, q=public_id("dsp", row.subject_id)) == ids(row)
    assert listed(arbitrator, q=public_id("sto", other.store_id)) == ids(other)
    assert listed(arbitrator, q=public_id("dsp", new_id())) == set()


def test_by_value_the_dearest_comes_first(fair, arbitrator):
    rows = [case(fair, minutes, value_minor=value) for minutes, value in ((5, 100), (60, 900), (None, 500))]

    page = arbitrator.get(reverse(LIST), {"sort": "value"})

    assert shown(page) == [str(rows[place].id) for place in (1, 2, 0)]
    assert "sorted by value" in words(page)


def test_due_at_the_same_moment_the_dearer_one_comes_first(fair, arbitrator):
    first, second = case(fair, 60, value_minor=100), case(fair, 60, value_minor=900)
    second.due_at = first.due_at
    second.save()

    assert shown(arbitrator.get(reverse(LIST))) == [str(second.id), str(first.id)]


def test_counts_follow_the_filters_in_one_statement(fair, arbitrator):
    case(fair, lane="platform", topic="damaged"), case(fair, -5, topic="damaged"), case(fair, topic="other")
    plain = statements(arbitrator, reverse(LIST))
    address = reverse(LIST) + "?topic=damaged&q=lin&least=1&holder=nobody&due=week"

    page = arbitrator.get(address)
    counts = {entry["label"]: entry["count"] for entry in page.context["worklist"]["filters"]}
    lanes = {choice["code"]: choice["count"] for choice in page.context["panel"]["lanes"]}

    assert (counts["For moderators"], counts["Overdue"], counts["Held by you"]) == (2, 1, 0)
    assert lanes == {"arbitration": 1, "platform": 1}
    assert statements(arbitrator, address) == plain


def test_turning_a_page_and_changing_the_view_keep_the_filters(fair, arbitrator):
    for place in range(60):
        case(fair, place, topic="damaged")
    case(fair, topic="other")

    page = arbitrator.get(reverse(LIST), {"topic": "damaged", "sort": "value"})
    older = arbitrator.get(page.context["worklist"]["pager"]["older"])
    tab = next(entry for entry in page.context["worklist"]["filters"] if entry["label"] == "All open")

    assert len(shown(page)) == 50
    assert len(shown(older)) == 10
    assert not set(shown(page)) & set(shown(older))
    assert "topic=damaged" in tab["url"]
    assert "sort=value" in tab["url"]


def test_no_case_fits_says_so_and_leads_out(fair, arbitrator):
    case(fair)

    page = arbitrator.get(reverse(LIST), {"view": "all", "q": "nobody at all"})

    assert "No case fits these filters" in words(page)
    assert page.context["worklist"]["empty"]["url"] == reverse(LIST) + "?view=all"


@pytest.mark.parametrize(
    "query",
    [
        "least=1e9",
        "least=99999999999999999999999",
        "most=-",
        "until=2026-02-31",
        "due=x&holder=y&sort=z&lane=q",
        "topic=%00%27",
        "q=%00",
        "after=2026-01-01T00:00:00~99999999999999999999~" + "0" * 32,
        "after=~1~" + "0" * 32 + "&sort=value",
        "before=~x~" + "0" * 32,
    ],
)
def test_filters_that_make_no_sense_are_left_out(query, fair, arbitrator):
    case(fair)

    assert arbitrator.get(f"{reverse(LIST)}?{query}").status_code == 200


# ------------------------------------------------------------------ saved views


def test_a_view_is_saved_shown_renamed_and_removed(fair, arbitrator, second):
    damaged, _other = case(fair, topic="damaged"), case(fair)
    query = arbitrator.get(reverse(LIST), {"topic": "damaged", "least": "5"}).context["query"]

    arbitrator.post(reverse("admin:save_view"), {"query": query, "name": " Broken  things "})
    view = CaseView.objects.get()
    page = arbitrator.get(f"{reverse(LIST)}?{view.query}")

    assert (view.name, shown(page)) == ("Broken things", [str(damaged.id)])
    assert [one["label"] for one in page.context["worklist"]["filters"] if one["active"]] == ["Broken things"]
    assert "Broken things" not in words(second.get(reverse(LIST)))
    assert second.post(reverse("admin:change_view", args=[view.id]), {"remove": "yes"}).status_code == 404

    arbitrator.post(reverse("admin:change_view", args=[view.id]), {"name": "Broken"})
    assert CaseView.objects.get().name == "Broken"
    arbitrator.post(reverse("admin:change_view", args=[view.id]), {"remove": "yes"})
    assert not CaseView.objects.exists()


def test_saving_under_a_known_name_gives_it_the_new_filters(fair, arbitrator):
    for query in ("topic=damaged", "topic=quality&after=x"):
        arbitrator.post(reverse("admin:save_view"), {"query": query, "name": "Mine"})

    assert [(view.name, view.query) for view in CaseView.objects.all()] == [("Mine", "topic=quality")]


@pytest.mark.parametrize("said", [{"name": "", "query": "topic=x"}, {"name": "All", "query": ""}, {}])
def test_a_view_without_name_or_filter_is_not_saved(said, fair, arbitrator):
    page = arbitrator.post(reverse("admin:save_view"), said, follow=True)

    assert "Not saved" in words(page)
    assert not CaseView.objects.exists()


def test_filters_too_long_for_a_view_are_told_as_such(fair, arbitrator):
    page = arbitrator.post(reverse("admin:save_view"), {"name": "Long", "query": f"q={'灯' * 80}"}, follow=True)

    assert "too many filters" in words(page)
    assert not CaseView.objects.exists()


def test_a_view_keeps_its_name_when_the_new_one_is_empty_and_says_so(fair, arbitrator):
    view = CaseView.objects.create(user_id=fair.moderators["arbitrator"].pk, name="Mine", query="topic=damaged")

    page = arbitrator.post(reverse("admin:change_view", args=[view.id]), {"name": "  "}, follow=True)

    assert "Not renamed: a view needs a name" in words(page)
    assert CaseView.objects.get().name == "Mine"


def test_two_views_of_one_person_have_two_names(fair, arbitrator):
    me = fair.moderators["arbitrator"].pk
    one, two = (CaseView.objects.create(user_id=me, name=name, query=f"topic={name}") for name in ("a", "b"))

    page = arbitrator.post(reverse("admin:change_view", args=[two.id]), {"name": "A"}, follow=True)

    assert "another view of this name" in words(page)
    assert {one.name, CaseView.objects.get(id=two.id).name} == {"a", "b"}


# ------------------------------------------------------------------ the way back


def test_a_case_leads_back_to_the_list_as_it_was_left(fair, arbitrator):
    dispute = fair.escalated()
    arbitrator.get(reverse(LIST), {"topic": "not_as_described", "sort": "value"})

    page = arbitrator.get(reverse("admin:case", args=[dispute.public_id]))

    assert page.context["crumbs"][0]["url"] == reverse(LIST) + "?topic=not_as_described&sort=value"
