"""`import_orders --verify`: profiles agree with what follows from the tables alone, and the check can fail."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from orders.importing import olist, runs
from orders.importing.made_up import write_made_up
from orders.importing.olist_cells import ZONE
from orders.importing.replay import Early
from orders.importing.report import checked_lines
from orders.importing.tables import Rejects
from orders.importing.verifying_profiles import Check, months_before
from orders.models import Order, Review
from orders.models.figures import CountedOrder
from rulebook.calendars import calendar_months
from rulebook.clock import now
from rulebook.docket.postgres import PostgresSource
from rulebook.models.tally import DayCount, Total
from rulebook.rules import Rulebook
from stores.models import Store
from tests.importing.olist_files import PRESENT, item_row, order_row, review_row, with_reviews, write
from tests.importing.test_replay import quietly

MICROSECOND, SECOND, DAY = timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=1)
# The order of `olist_files` is shipped on 11 July 2017, 14:58:04 (three hours behind); Brazil's window has 75 days
BUSY = datetime(2018, 2, 10, 12, 0, tzinfo=UTC)
RECEIVED = datetime(2017, 9, 24, 17, 58, 4, tzinfo=UTC)


def checked(folder, as_of=None, early=Early.REFUSE):
    """The check of a folder that was replayed in memory."""
    book, rejects = Rulebook(), Rejects(None)
    check = Check(folder, book, now(), early, as_of)
    runs.in_memory(olist.read(folder, rejects, now()).stores, "olist", book, quietly, early=early, look=check.look)
    return check


def in_brazil(moment):
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def shown(folder, as_of):
    """What the only store shows then; the tables alone must say the same."""
    check = checked(folder, as_of)
    assert list(check.differences()) == []
    return check.shown["s1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify")
    write_made_up(folder, 600, seed=21)
    return folder


# ---------------------------------------------------------------------- both sides say the same


@pytest.mark.parametrize("early", Early)
def test_every_store_shows_what_follows_from_the_tables(folder, early):
    check = checked(folder, early=early)

    assert list(check.differences()) == []
    assert len(check.shown) == len(check.retold.lives) >= 20
    assert sum(int(figures["reviews"]) for figures in check.shown.values()) > 100


@pytest.mark.parametrize(
    "as_of", ["2016-12-31T16:00:00", "2017-06-30T15:59:59", "2018-02-28T12:00:00", "2018-12-01T00:00:00"]
)
def test_it_does_so_at_any_moment(folder, as_of):
    check = checked(folder, datetime.fromisoformat(as_of).replace(tzinfo=UTC), Early.WAIT)

    assert list(check.differences()) == []


def test_figures_are_not_all_empty_or_all_the_same(folder):
    """Else the comparison would prove nothing."""
    check = checked(folder, BUSY, Early.WAIT)

    values = {name: {figures[name] for figures in check.shown.values()} for name in next(iter(check.shown.values()))}
    constant = {name for name, found in values.items() if len(found) < 2}
    assert constant <= {"cancelled_by_seller"}


# ---------------------------------------------------------------------- edges


@pytest.mark.parametrize(
    ("off", "rate", "half_a_year"),
    [(MICROSECOND, "no figure", "0"), (timedelta(0), "no figure", "0"), (-MICROSECOND, "100.0", "1")],
)
def test_a_review_exactly_six_months_old_is_out_and_one_a_microsecond_younger_is_in(off, rate, half_a_year, tmp_path):
    at = RECEIVED + DAY  # 26 September in China, 1:58:04
    with_reviews(write(tmp_path), review_row(answered=in_brazil(at)))

    figures = shown(tmp_path, datetime(2018, 3, 25, 17, 58, 4, tzinfo=UTC) + off)

    assert (figures["positive_rate"], figures["positive, 6"]) == (rate, half_a_year)
    assert (figures["positive, all"], figures["average_stars"]) == ("1", "5.0")


@pytest.mark.parametrize(("length", "reviews"), [(4000, "1"), (4001, "0")])
def test_the_longest_review_is_the_same_on_both_sides_of_the_comparison(length, reviews, tmp_path):
    words = {"review_comment_message": "a" * length}
    with_reviews(write(tmp_path), review_row(answered=in_brazil(RECEIVED + DAY), **words))

    assert shown(tmp_path, BUSY)["reviews"] == reviews


@pytest.mark.parametrize(
    ("at", "reviews"),
    [(RECEIVED - SECOND, "0"), (RECEIVED, "1"), (RECEIVED + 30 * DAY - SECOND, "1"), (RECEIVED + 30 * DAY, "0")],
)
def test_the_window_for_reviews_is_half_open_on_both_sides_of_the_comparison(at, reviews, tmp_path):
    with_reviews(write(tmp_path), review_row(answered=in_brazil(at)))

    assert shown(tmp_path, PRESENT)["reviews"] == reviews


@pytest.mark.parametrize(("off", "there"), [(timedelta(0), "1"), (-MICROSECOND, "0")])
def test_what_happens_at_the_moment_itself_counts(off, there, tmp_path):
    with_reviews(write(tmp_path), review_row(answered=in_brazil(RECEIVED + DAY)))

    assert shown(tmp_path, RECEIVED + DAY + off)["reviews"] == there


@pytest.mark.parametrize(
    ("stars", "figures"),
    [
        ("5 4", {"positive_rate": "100.0", "negative_rate": "0.0", "average_stars": "4.5", "feedback_score": "2"}),
        ("5 3", {"positive_rate": "100.0", "negative_rate": "0.0", "average_stars": "4.0", "feedback_score": "1"}),
        ("3 3", {"positive_rate": "no figure", "negative_rate": "no figure", "average_stars": "3.0"}),
        ("5 2 1", {"positive_rate": "33.3", "negative_rate": "66.7", "average_stars": "2.7", "feedback_score": "-1"}),
        ("5 5 5 5 5 5 5 1", {"positive_rate": "87.5", "negative_rate": "12.5", "average_stars": "4.5"}),
        ("5 4 4 4", {"average_stars": "4.3"}),  # 4.25, half up
    ],
)
def test_stars_make_the_figures_that_the_articles_define(stars, figures, tmp_path):
    numbers = [f"n{place}" for place, _star in enumerate(stars.split())]
    write(tmp_path, orders=[order_row(one) for one in numbers], order_items=[item_row(one) for one in numbers])
    with_reviews(
        tmp_path,
        *(
            review_row(one, score=star, answered=in_brazil(RECEIVED + DAY))
            for one, star in zip(numbers, stars.split(), strict=True)
        ),
    )

    found = shown(tmp_path, RECEIVED + 2 * DAY)

    assert {name: found[name] for name in figures} == figures


def test_months_are_counted_back_by_platform_days_and_end_at_a_short_months_last_day():
    moments = [datetime(2017, 1, 1, tzinfo=UTC) + n * timedelta(hours=31) for n in range(600)]

    for months in (1, 3, 6):
        for moment in moments:
            counted = months_before(moment, months, "Asia/Shanghai")
            assert counted == calendar_months(moment, -months, zone="Asia/Shanghai")


# ---------------------------------------------------------------------- it can fail


def run(folder, tmp_path, *more):
    call_command("import_orders", folder, "--format", "olist", "--verify", "--rejects", tmp_path / "r.csv", *more)


def test_a_store_that_shows_other_figures_is_named_with_both_and_the_exit_status_is_one(
    folder, tmp_path, capsys, monkeypatch
):
    right = Review.measures
    monkeypatch.setattr(
        Review, "measures", lambda self, docket: [row for row in right(self, docket) if row[0] != "negative"]
    )

    with pytest.raises(CommandError, match="stores show other figures than follow from the tables") as failure:
        run(folder, tmp_path, "--memory", "--early-reviews", "wait")

    said = capsys.readouterr().out
    assert failure.value.returncode == 1
    assert "DIFFERENT: " in said
    assert "negative, all: shown 0, by the tables " in said


@pytest.mark.parametrize("lost", ["_sold", "_ended", "_shipped", "_promised"])
def test_each_kind_of_tally_that_is_lost_is_noticed(lost, folder, monkeypatch):
    monkeypatch.setattr(CountedOrder, lost, lambda self, *_docket: [])

    assert list(checked(folder, BUSY).differences()) != []


def test_a_review_dated_a_day_late_is_noticed(tmp_path, monkeypatch):
    right = Review.measures
    monkeypatch.setattr(
        Review, "measures", lambda self, docket: [(name, at + DAY, value) for name, at, value in right(self, docket)]
    )
    with_reviews(write(tmp_path), review_row(answered=in_brazil(RECEIVED + DAY)))

    found = {difference.figure for difference in checked(tmp_path, RECEIVED + DAY).differences()}

    assert {"reviews", "average_stars", "positive_rate", "feedback_score"} <= found


@pytest.mark.django_db
def test_in_the_database_it_agrees_also_after_a_second_run_and_tells_when_a_counter_was_broken(
    folder, tmp_path, capsys
):
    run(folder, tmp_path)
    run(folder, tmp_path)
    assert capsys.readouterr().out.count("alone: no difference") == 2
    store = Order.objects.filter(reviews_count=1).first().store
    Total.objects.filter(store_id=store.id, name__startswith="stars_").update(value=7)

    with pytest.raises(
        CommandError, match=r"^1 stores show other figures.* Those of an earlier run need its --early-reviews"
    ):
        run(folder, tmp_path)

    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("DIFFERENT")]
    assert all(store.name in line for line in said)
    assert any(" reviews: shown " in line for line in said)


@pytest.mark.django_db
def test_a_wrong_sum_of_a_day_and_stores_that_are_missing_are_told(folder, tmp_path):
    run(folder, tmp_path)
    day = DayCount.objects.filter(name="sales", day__range=("2017-11-01", "2018-01-31")).order_by("id").first()
    DayCount.objects.filter(id=day.id).update(value=1)

    check = Check(folder, Rulebook(), now(), Early.REFUSE, as_of=BUSY)
    store = Store.objects.get(id=day.store_id)
    check.look(store.imported_from.removeprefix("olist:"), PostgresSource(), store)
    found = list(check.differences())
    said = "\n".join(checked_lines(check, found))

    assert len({difference.store for difference in found}) == len(check.retold.lives)
    assert "gmv_365d: shown " in said
    assert "store: shown not there, by the tables " in said


# ---------------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--as-of", "2018-01-01"], "give both"),
        (["--verify", "--as-of", "yesterday"], "write a moment like"),
    ],
)
def test_a_wrong_moment_is_refused_before_anything_is_read(extra, words, tmp_path):
    with pytest.raises(CommandError, match=words):
        call_command("import_orders", tmp_path, "--format", "olist", "--memory", *extra)


def test_the_moment_can_be_chosen_and_is_said_in_platform_time(folder, tmp_path, capsys):
    run(folder, tmp_path, "--memory", "--as-of", "2018-01-31T23:30")

    assert "as of 2018-01-31 23:30:00 (Asia/Shanghai)" in capsys.readouterr().out
