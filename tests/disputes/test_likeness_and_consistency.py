"""Similar past rulings, and whether like cases are decided alike."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from disputes.consistency import consistency, figured, verdict
from disputes.likeness import alike, summed_up
from disputes.models import Ruling
from rulebook.clock import now

NOW = datetime(2026, 5, 20, tzinfo=UTC)
ANNA, BEN = UUID(int=1), UUID(int=2)


def ruled(fair, refund="20.00 USD", reason="not_as_described", text="Marks all over the front.", **inputs) -> Ruling:
    """Ruled at once, about a new order; the fair's clock stands where it stood but for the negotiation."""
    dispute = fair.do("buyer.open_dispute", on=fair.shipped("lantern"), refund="20.00 USD", reason=reason, text=text)
    fair.do("moderator.take_over", on=dispute, reason="By contract.")
    who = inputs.pop("as_", None)
    liable = "seller" if refund != "0.00 USD" else "buyer"
    return fair.do("moderator.rule", on=dispute, as_=who, refund=refund, liable=liable, reason="Seen.", **inputs)


def like(fair, text="Marks all over the front.", **more: Any):
    dispute = fair.do(
        "buyer.open_dispute", on=fair.shipped("lantern"), refund="20.00 USD", reason="not_as_described", text=text
    )
    return alike(dispute, value_usd_minor=20_00, category="home-garden", until=now(), **more)


# ------------------------------------------------------------------ likeness


def test_the_nearest_words_come_first_among_equals(fair):
    far = ruled(fair, text="The colour is blue instead of green, nothing else.")
    near = ruled(fair, text="Marks all over the front, and dust.")

    found = like(fair)

    assert [one.ruling_id for one in found] == [near.id, far.id]
    assert found[0].score > found[1].score
    assert found[0].why[:3] == ("same reason", "same category", "like value")


def test_another_reason_is_not_alike_and_another_value_or_category_is_less(fair):
    ruled(fair, reason="quality")
    same, dear, other = ruled(fair), ruled(fair), ruled(fair)
    Ruling.objects.filter(pk=dear.pk).update(claimed_usd_minor=900_00)
    Ruling.objects.filter(pk=other.pk).update(category="shoes")

    found = {one.ruling_id: one for one in like(fair)}

    assert set(found) == {same.id, dear.id, other.id}
    assert found[same.id].score == 100
    assert found[dear.id].score == 85 and found[other.id].score == 80


def test_what_waits_or_was_sent_back_is_no_precedent(fair):
    made = ruled(fair)
    Ruling.objects.filter(pk=made.pk).update(in_force_at=None)

    assert like(fair) == []


def test_outcome_share_and_appeal_are_told(fair):
    ruling = ruled(fair, "5.00 USD")
    fair.do("seller.appeal", on=ruling, text="Look again.")

    (one,) = like(fair)

    assert (one.share, one.liable, one.appeal_word, one.overturned) == (25, "seller", "Appeal open", False)


def test_the_sum_leaves_overturned_rulings_out(fair):
    ruled(fair), ruled(fair, "0.00 USD")
    overturned = ruled(fair)
    Ruling.objects.filter(pk=overturned.pk).update(state="overturned")

    assert summed_up(like(fair)).startswith("1 of 2 for the buyer")


def test_likeness_is_one_statement(fair):
    for _number in range(4):
        ruled(fair)
    dispute = ruled(fair).dispute

    with CaptureQueriesContext(connection) as seen:
        alike(dispute, value_usd_minor=20_00, category="home-garden", until=now())

    assert len(seen) == 1


# ------------------------------------------------------------------ consistency


def row(who: UUID | None, about: str, rulings: int, won: int, *, share=0.5, appealed=0, overturned=0) -> list[Any]:
    name = {ANNA: "Anna", BEN: "Ben", None: "Ben"}[who]
    return [2 if who is None else 0, who, about, name, rulings, 3600.0, 7200.0, won, share, appealed, overturned]


def worked_out(*rows: list[Any]):
    return figured(NOW - timedelta(days=14), NOW, rows, {0: (3, 1), 1: (5, 5)})


def test_each_moderator_is_set_beside_the_others_on_the_same_reason():
    found = worked_out(row(ANNA, "quality", 40, 36), row(BEN, "quality", 40, 20), row(None, "quality", 80, 56))

    anna = found.moderators[0].by_reason["quality"]
    assert (anna.buyer_share, anna.peers, anna.says) == (0.9, 0.5, "far")
    assert round(anna.difference, 2) == 0.4


def test_another_mix_of_cases_is_no_difference():
    """Anna has the clear cases; on each reason both decide alike."""
    found = worked_out(
        row(ANNA, "not_received", 80, 72),
        row(BEN, "not_received", 20, 18),
        row(None, "not_received", 100, 90),
        row(ANNA, "quality", 20, 4),
        row(BEN, "quality", 80, 16),
        row(None, "quality", 100, 20),
    )

    anna, ben = found.moderators
    assert anna.total.buyer_share == 0.76 and ben.total.buyer_share == 0.34
    assert (anna.total.says, ben.total.says) == ("alike", "alike")
    assert round(anna.total.peers, 2) == 0.76


@pytest.mark.parametrize(
    ("difference", "error", "least", "says"),
    [
        (0.5, 0.1, 9, "few"),
        (0.19, 0.1, 10, "alike"),
        (0.2, 0.1, 10, "apart"),
        (-0.26, 0.1, 10, "far"),
        (0.0, 0.0, 10, "alike"),
        (0.1, 0.0, 10, "far"),
    ],
)
def test_small_numbers_say_nothing_and_large_differences_are_marked(difference, error, least, says):
    assert verdict(difference, error, least) == says


def test_a_moderator_alone_has_nobody_to_be_compared_with():
    found = worked_out(row(ANNA, "quality", 40, 36), row(None, "quality", 40, 36))

    assert found.moderators[0].by_reason["quality"].peers is None
    assert found.moderators[0].total.peers is None


def test_weeks_without_rulings_are_shown_as_such():
    found = figured(NOW - timedelta(days=20), NOW, [], {2: (4, 1)})

    assert [(week.rulings, week.for_buyer) for week in found.weeks] == [(0, 0), (0, 0), (4, 1)]


def test_the_figures_follow_from_the_rulings_in_two_statements(fair):
    second = fair.moderator_actor(fair.second)
    ruled(fair), ruled(fair, "0.00 USD"), ruled(fair, "5.00 USD", as_=second)
    appealed = ruled(fair, as_=second)
    fair.do("seller.appeal", on=appealed, text="No.")
    with CaptureQueriesContext(connection) as seen:
        found = consistency(now() - timedelta(days=60), now())

    one, two = (next(each for each in found.moderators if each.name == name) for name in ("Arbitrator", "Second"))
    assert len(seen) == 2
    assert (one.total.rulings, one.total.buyer_share, one.total.share) == (2, 0.5, 0.5)
    assert (two.total.appealed, two.total.overturned) == (1, 0)
    assert round(two.total.share, 3) == 0.625
    assert found.reasons["not_as_described"].rulings == 4


def test_rulings_of_another_time_do_not_count(fair):
    ruled(fair)

    assert consistency(now() - timedelta(days=2), now()).total.rulings == 0


# ------------------------------------------------------------------ the page


def enter(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", ["senior_arbitrator", "auditor"])
def test_seniors_and_auditors_compare(role, fair):
    ruled(fair)
    client = enter(fair.moderators[role])

    page, table = client.get(reverse("admin:alike")), client.get(reverse("admin:alike_csv"))

    assert "By moderator" in page.content.decode() and "Arbitrator" in page.content.decode()
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert [(row["moderator"], row["reason"], row["rulings"]) for row in rows] == [
        ("Arbitrator", "not_as_described", "1"),
        ("Arbitrator", "", "1"),
        ("", "not_as_described", "1"),
    ]


@pytest.mark.parametrize("role", ["arbitrator", "finance_officer", "policy_manager"])
def test_nobody_else_does(role, fair):
    client = enter(fair.moderators[role])

    assert client.get(reverse("admin:alike")).status_code == 403
    assert client.get(reverse("admin:alike_csv")).status_code == 403
    assert reverse("admin:alike") not in client.get(reverse("admin:worklist")).content.decode()


def test_a_name_is_no_formula_in_the_table(fair):
    made = ruled(fair)
    Ruling.objects.filter(pk=made.pk).update(made_by_name="=cmd()")

    table = enter(fair.moderators["auditor"]).get(reverse("admin:alike_csv")).content.decode()

    assert "'=cmd()" in table and "\n=cmd()" not in table


def test_the_page_costs_the_same_however_many_have_ruled(fair):
    client = enter(fair.moderators["auditor"])
    ruled(fair)
    client.get(reverse("admin:alike"))
    counts = []
    for _number in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("admin:alike"), {"period": "365"})
        counts.append(len(seen))
        ruled(fair, reason="quality", as_=fair.moderator_actor(fair.second))

    assert counts[0] == counts[1] <= 6
