"""Reviews of the past: which are read, when they are published, which the rules refuse, and that nothing comes twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from orders.importing import olist, runs
from orders.importing.history import Act, PastReview
from orders.importing.made_up import write_made_up
from orders.importing.replay import BEFORE_THE_END, Early
from orders.importing.tables import Rejects
from orders.models import Review
from rulebook.clock import now
from rulebook.rules import Rulebook
from tests.importing.olist_files import item_row, order_row, read, rejected, review_row, with_reviews, write
from tests.importing.test_replay import DAY, HOUR, PLACED, PRESENT, a_store, an_order, quietly, replayed

RECEIVED = PLACED + 2 * DAY + 75 * DAY  # shipped after two days; Brazil's receipt window
SECOND = timedelta(seconds=1)
SHIPPED = ((HOUR, Act.PAY), (2 * DAY, Act.SHIP), (9 * DAY, Act.DELIVER))


def reviewed(at, *acts, stars=5):
    """A store with one order that is reviewed at the moment."""
    order = an_order("o1", *(acts or SHIPPED), review=PastReview(stars, "Chegou.", line=2))
    order.acts.append((at, Act.REVIEW))
    return a_store(order)


def review_of(docket):
    return next((obj for obj in docket.new if isinstance(obj, Review)), None)


# ---------------------------------------------------------------------- reading


def test_a_review_is_read_with_its_stars_its_words_and_the_moment_of_the_answer(tmp_path):
    row = review_row(score="4", review_comment_title=" Recomendo ", review_comment_message="Chegou antes.\nÓtimo")

    (store,) = read(with_reviews(write(tmp_path), row)).stores

    (order,) = store.orders
    assert (order.review.stars, order.review.text) == (4, "Recomendo\nChegou antes.\nÓtimo")
    assert order.acts[-1] == (datetime(2017, 7, 28, 12, 30, tzinfo=UTC), Act.REVIEW)


def test_a_review_of_an_order_of_two_sellers_is_for_both(tmp_path):
    second = item_row("o1", order_item_id="2", seller_id="s9")

    reading = read(with_reviews(write(tmp_path, order_items=[second]), review_row()))

    assert [store.orders[0].review.stars for store in reading.stores] == [5, 5]
    assert reading.reviews == 1


def test_of_several_reviews_the_first_in_time_counts_and_of_two_at_once_the_first_in_the_table(tmp_path):
    rows = [
        review_row(score="1", answered="2017-07-29 10:00:00"),
        review_row(score="2", answered="2017-07-28 10:00:00"),
        review_row(score="3", answered="2017-07-28 10:00:00"),
    ]
    rejects = Rejects(tmp_path / "rejects.csv")

    reading = read(with_reviews(write(tmp_path), *rows), rejects)
    rejects.close()

    assert reading.stores[0].orders[0].review.stars == 2
    assert [(row["line"], row["reason"]) for row in rejected(rejects.path)] == [
        ("2", "a further review of its order: o1"),
        ("4", "a further review of its order: o1"),
    ]
    assert (reading.files[-1].rows, reading.files[-1].used, reading.files[-1].rejected) == (3, 1, 2)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (review_row(score=""), "no score"),
        (review_row(score="6"), "not a score: '6'"),
        (review_row(score="five"), "not a score: 'five'"),
        (review_row("o7"), "no such order: o7"),
        (review_row(answered=""), "a moment is missing: review_answer_timestamp"),
        (review_row(answered="soon"), "not a moment: review_answer_timestamp 'soon'"),
        (
            review_row(review_creation_date="27.7.2017"),
            "not a moment: review_creation_date '27.7.2017'",
        ),
        (
            review_row(answered="2036-01-01 00:00:00"),
            "lies in the future: review_answer_timestamp 2036-01-01 00:00:00",
        ),
        (review_row(review_comment_message="a\x00b"), "not a text: it holds NUL"),
        (review_row(review_comment_message="a" * 4001), "text too long: 4,001 characters"),
    ],
)
def test_a_review_that_cannot_be_used_is_rejected_alone_and_the_next_one_is_the_first(row, reason, tmp_path):
    rejects = Rejects(tmp_path / "rejects.csv")

    reading = read(with_reviews(write(tmp_path), row, review_row(score="4")), rejects)
    rejects.close()

    assert [(one["file"], one["line"], one["reason"]) for one in rejected(rejects.path)] == [
        ("order_reviews.csv", "2", reason)
    ]
    assert reading.stores[0].orders[0].review.stars == 4


def test_a_review_goes_with_its_order_when_that_is_rejected(tmp_path):
    folder = write(tmp_path, orders=[order_row("o2"), order_row("o3", order_status="eaten")])
    rejects = Rejects(tmp_path / "rejects.csv")

    read(with_reviews(folder, review_row("o2"), review_row("o3")), rejects)
    rejects.close()

    assert [row["reason"] for row in rejected(rejects.path) if row["file"] == "order_reviews.csv"] == [
        "its order was rejected: no item lines",
        "its order was rejected: orders.csv line 4",
    ]


def test_a_review_from_before_the_purchase_is_pulled_up_to_it(tmp_path):
    (store,) = read(with_reviews(write(tmp_path), review_row(answered="2016-01-01 00:00:00"))).stores

    assert store.orders[0].acts[-1] == (store.orders[0].placed_at, Act.REVIEW)
    assert store.orders[0].pulled_up == 1


# ---------------------------------------------------------------------- when it is published


@pytest.mark.parametrize(
    ("at", "published", "rule", "why"),
    [
        (RECEIVED - SECOND, False, "A53-1", BEFORE_THE_END),
        (RECEIVED, True, "", ""),
        (RECEIVED + 30 * DAY - SECOND, True, "", ""),
        (RECEIVED + 30 * DAY, False, "A53-1", "after the time to review"),
    ],
)
def test_a_review_is_published_at_its_own_moment_from_the_end_of_the_trade_on_for_thirty_days(at, published, rule, why):
    tally, docket = replayed(reviewed(at))

    review = review_of(docket)
    assert (review is not None and review.published_at == at) == published
    assert tally.reviews == published
    assert tally.reviews_refused == ({} if published else {(rule, why): 1})
    assert tally.lost_reviews == ({} if published else {2: (rule, why)})


def test_a_review_of_an_order_that_was_never_shipped_is_refused_under_its_rule():
    tally, docket = replayed(reviewed(PLACED + 20 * DAY, (HOUR, Act.PAY)))

    assert review_of(docket) is None
    assert tally.reviews_refused == {("A53-3", "of an order that was never shipped"): 1}


def test_an_early_review_can_wait_for_the_end_of_the_trade():
    tally, docket = replayed(reviewed(PLACED + 10 * DAY), early=Early.WAIT)

    assert review_of(docket).published_at == RECEIVED
    assert (tally.reviews, tally.helped, tally.reviews_refused) == (1, 1, {})


def test_an_early_review_that_waits_for_an_order_that_is_never_shipped_is_refused_in_the_end():
    tally, docket = replayed(reviewed(PLACED + DAY, (HOUR, Act.PAY)), early=Early.WAIT)

    assert review_of(docket) is None
    assert tally.reviews_refused == {("A53-3", "of an order that was never shipped"): 1}


def test_an_early_review_of_what_was_delivered_can_be_taken_as_the_confirmation():
    at = PLACED + 10 * DAY

    tally, docket = replayed(reviewed(at), early=Early.CONFIRM)

    review = review_of(docket)
    assert (review.published_at, review.order.completed_at, review.order.decided_under) == (at, at, "A35-5")
    assert (tally.reviews, tally.helped) == (1, 1)


def test_nobody_confirms_what_has_not_arrived():
    tally, docket = replayed(reviewed(PLACED + 8 * DAY), early=Early.CONFIRM)

    assert review_of(docket) is None
    assert tally.reviews_refused == {("A53-1", BEFORE_THE_END): 1}


def test_the_carrier_has_what_was_handed_over_so_that_no_parcel_is_doubted():
    _tally, docket = replayed(reviewed(RECEIVED))

    (parcel,) = review_of(docket).order.shipments
    assert (parcel.first_scan_at, parcel.suspected_at) == (PLACED + 2 * DAY, None)


@pytest.mark.parametrize("identity", ["abcdef", "a.b_c:d-", "-"])
def test_every_id_gives_a_waybill_that_the_rulebook_takes(identity):
    store = reviewed(RECEIVED)
    store.orders[0].id = identity

    tally, _docket = replayed(store)

    assert tally.refused == {}


# ---------------------------------------------------------------------- whole imports


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reviews")
    write_made_up(folder, 400, seed=12)
    return folder


@pytest.mark.django_db
@pytest.mark.parametrize("early", Early)
def test_both_modes_publish_the_same_reviews(folder, early):
    stores = olist.read(folder, Rejects(None), now()).stores

    memory = runs.in_memory(stores, "olist", Rulebook(), quietly, clock=PRESENT, early=early).tally
    database = runs.into_database(stores, "olist", {}, quietly, clock=PRESENT, early=early).tally

    assert database == memory
    assert memory.reviews == Review.objects.count() > 30
    assert memory.faults == []


@pytest.mark.django_db
def test_a_second_run_publishes_nothing_again(folder):
    stores = olist.read(folder, Rejects(None), now()).stores
    first = runs.into_database(stores, "olist", {}, quietly, clock=PRESENT)

    second = runs.into_database(stores, "olist", {}, quietly, clock=PRESENT)

    assert (second.tally.reviews, Review.objects.count()) == (0, first.tally.reviews)


def test_the_report_counts_what_was_refused_and_the_rejects_name_the_rule(folder, tmp_path, capsys):
    asked = ("--format", "olist", "--memory", "--early-reviews", "refuse", "--rejects", tmp_path / "rejects.csv")
    call_command("import_orders", folder, *asked)

    said = capsys.readouterr().out
    refused = [row["reason"] for row in rejected(tmp_path / "rejects.csv") if row["file"] == "order_reviews.csv.gz"]
    early = f"A53-1: {BEFORE_THE_END}"
    assert "published, " in said and "A53-1    before the end of the trade; the trade ends with the receipt" in said
    assert refused.count(early) > 100
    assert {reason.partition(":")[0] for reason in refused} >= {"A53-1", "A53-3", "no score", "no such order"}
    table = next(line.split() for line in said.splitlines() if line.startswith("order_reviews"))
    assert int(table[4]) == len(refused)
