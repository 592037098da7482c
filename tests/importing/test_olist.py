"""Reading Olist's tables: what becomes an order, and what goes to the rejects."""

import gzip
from datetime import UTC, datetime

import pytest

from orders.importing import olist, olist_cells
from orders.importing.history import Act
from orders.importing.made_up import write_made_up
from orders.importing.tables import BadInput, Rejects
from rulebook.rules import Rulebook
from tests.importing.olist_files import PRESENT, item_row, order_row, read, rejected, write


def test_an_order_is_read_with_its_acts_at_their_moments(tmp_path):
    (store,) = read(write(tmp_path)).stores
    (order,) = store.orders

    assert (store.name, store.country, store.currency) == ("Sao Paulo s1", "BR", "BRL")
    assert order.placed_at == datetime(2017, 7, 10, 0, 57, 5, tzinfo=UTC)
    assert [act for _, act in order.acts] == [Act.PAY, Act.SHIP, Act.DELIVER]
    assert (order.handling_days, order.promised_days) == (4, 19)
    assert (order.lines[0].price_minor, order.freight_minor) == (9990, 2765)
    assert store.listings["p1"].category == "phones-telecommunications"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2017-10-02 10:56:33", "2017-10-02T13:56:33"),
        ("10/2/2017 10:56", "2017-10-02T13:56:00"),
        ("1/31/2018 0:05", "2018-01-31T02:05:00"),  # summer time: two hours, not three
        ("2017-10-15 00:30:00", "2017-10-15T03:30:00"),  # skipped by the clocks: read as before the change
        ("2018-02-17 23:30:00", "2018-02-18T01:30:00"),  # happened twice: the first
    ],
)
def test_moments_are_local_to_sao_paulo_with_its_summer_time(text, utc):
    assert olist_cells.moment(text) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_an_order_of_two_sellers_becomes_an_order_of_each(tmp_path):
    write(
        tmp_path,
        order_items=[item_row("o1", order_item_id="2", product_id="p9", seller_id="s9", price="10", freight_value="0")],
    )

    reading = read(tmp_path)

    assert [(store.id, store.orders[0].id) for store in reading.stores] == [("s1", "o1"), ("s9", "o1")]
    assert reading.payments_differ == {"o1": -1000}  # the payment is compared with the whole


def test_equal_pieces_are_one_line_and_other_prices_another(tmp_path):
    more = [item_row("o1", order_item_id="2"), item_row("o1", order_item_id="3", price="80.00")]

    (store,) = read(write(tmp_path, order_items=more)).stores

    assert [(line.quantity, line.price_minor) for line in store.orders[0].lines] == [(2, 9990), (1, 8000)]
    assert store.orders[0].freight_minor == 3 * 2765


def test_a_moment_before_that_of_the_preceding_event_is_pulled_up(tmp_path):
    early = order_row("o2", order_delivered_carrier_date="2017-07-09 22:00:00")

    (store,) = read(write(tmp_path, orders=[early], order_items=[item_row("o2")])).stores

    order = store.orders[1]
    assert order.pulled_up == 1
    assert order.acts[1] == (order.acts[0][0], Act.SHIP)


def test_a_cancelled_order_is_cancelled_one_second_after_the_last_event_known(tmp_path):
    off = order_row("o2", order_status="canceled", order_delivered_carrier_date="", order_delivered_customer_date="")

    (store,) = read(write(tmp_path, orders=[off], order_items=[item_row("o2")])).stores

    cancelled = datetime(2017, 7, 10, 1, 10, 14, tzinfo=UTC)
    assert store.orders[1].acts[1:] == [(cancelled, Act.CANCEL), (cancelled, Act.AGREE)]


@pytest.mark.parametrize(
    ("limit", "handling", "promised"),
    [
        ("2017-07-09 22:10:13", 1, 23),  # no time at all: one day
        ("2017-07-10 22:10:13", 1, 22),
        ("2017-07-10 22:10:14", 2, 22),  # a second more is a day more
        ("2017-08-20 00:00:00", 42, 1),  # promised before the hand-over: one day
    ],
)
def test_days_are_whole_rounded_up_and_at_least_one(limit, handling, promised, tmp_path):
    orders, items = [order_row("o2")], [item_row("o2", shipping_limit_date=limit)]

    order = read(write(tmp_path, orders=orders, order_items=items)).stores[0].orders[1]

    assert (order.handling_days, order.promised_days) == (handling, promised)


@pytest.mark.parametrize(
    ("changes", "kind", "line"),
    [
        ({"order_status": "eaten"}, "unknown status: eaten", 3),
        ({"order_purchase_timestamp": "9.7.2017"}, "not a moment: order_purchase_timestamp '9.7.2017'", 3),
        ({"order_purchase_timestamp": ""}, "a moment is missing: order_purchase_timestamp", 3),
        ({"order_approved_at": "13/40/2017 10:00"}, "not a moment: order_approved_at '13/40/2017 10:00'", 3),
        (
            {"order_purchase_timestamp": "2036-01-01 00:00:00"},
            "lies in the future: order_purchase_timestamp 2036-01-01 00:00:00",
            3,
        ),
        ({"customer_id": "c\x00"}, "not an id: customer_id 'c\\x00'", 3),
        ({"order_id": "o1"}, "order appears twice", 3),
    ],
)
def test_an_order_that_cannot_be_mapped_is_rejected_with_line_and_reason(changes, kind, line, tmp_path):
    write(tmp_path, orders=[order_row("o2", **changes)])
    rejects = Rejects(tmp_path / "out" / "rejects.csv")

    reading = read(tmp_path, rejects)
    rejects.close()

    (row,) = rejected(rejects.path)
    assert (row["file"], row["line"], row["reason"]) == ("orders.csv", str(line), kind)
    assert reading.orders == 1


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"price": "12,50"}, "not an amount: price '12,50'"),
        ({"price": "-3.00"}, "not an amount: price '-3.00'"),
        ({"freight_value": "nan"}, "not an amount: freight_value 'nan'"),
        ({"price": "1.005"}, "not an amount: price '1.005'"),
        ({"seller_id": ""}, "not an id: seller_id ''"),
        ({"shipping_limit_date": "soon"}, "not a moment: shipping_limit_date 'soon'"),
    ],
)
def test_one_unusable_line_rejects_the_whole_order_and_all_that_hangs_on_it(changes, kind, tmp_path):
    items = [item_row("o2"), item_row("o2", order_item_id="2", **changes)]
    write(tmp_path, orders=[order_row("o2")], order_items=items, order_payments=[["o2", "1", "boleto", "1", "5.00"]])
    rejects = Rejects(tmp_path / "rejects.csv")

    reading = read(tmp_path, rejects)
    rejects.close()

    assert [(row["file"], row["line"], row["reason"]) for row in rejected(rejects.path)] == [
        ("order_items.csv", "4", kind),
        ("orders.csv", "3", "one of its lines was rejected: order_items.csv line 4"),
        ("order_items.csv", "3", "its order was rejected: order_items.csv line 4"),
        ("order_payments.csv", "3", "its order was rejected: order_items.csv line 4"),
    ]
    assert [(count.rows, count.used, count.rejected) for count in reading.files[:2]] == [(2, 1, 1), (3, 1, 2)]


def test_an_order_without_lines_and_lines_without_an_order_are_rejected(tmp_path):
    write(
        tmp_path,
        orders=[order_row("o2", order_status="unavailable")],
        order_items=[item_row("o7"), item_row("o1")],
        order_payments=[["o7", "1", "boleto", "1", "5.00"]],
    )
    rejects = Rejects(tmp_path / "rejects.csv")

    read(tmp_path, rejects)
    rejects.close()

    assert {(row["file"], row["reason"]) for row in rejected(rejects.path)} == {
        ("orders.csv", "order without item lines: unavailable"),
        ("order_items.csv", "no such order: o7"),
        ("order_items.csv", "line appears twice: o1 1"),
        ("order_payments.csv", "no such order: o7"),
    }


def test_a_rejected_row_is_kept_whole_and_is_no_formula(tmp_path):
    write(tmp_path, orders=[order_row("=cmd|' /C calc'!A1")])
    rejects = Rejects(tmp_path / "rejects.csv")

    read(tmp_path, rejects)
    rejects.close()

    (row,) = rejected(rejects.path)
    assert row["row"].startswith("'=cmd|' /C calc'!A1,c1,delivered,2017-07-09 21:57:05,")


def test_rows_with_too_few_cells_and_blank_lines_do_not_stop_the_reading(tmp_path):
    write(tmp_path)
    with (tmp_path / "orders.csv").open("a") as file:
        file.write("\no2,c2\n\n")
    rejects = Rejects(None)

    assert read(tmp_path, rejects).orders == 1
    assert dict(rejects.reasons) == {("orders.csv", "wrong number of cells"): 1}


def test_a_byte_order_mark_other_columns_and_their_order_do_not_matter(tmp_path):
    write(tmp_path)
    (tmp_path / "sellers.csv").write_text(
        "\ufeffseller_state,Seller_ID,seller_city,extra\r\nSP,s1,  curitiba ,x\r\n", encoding="utf-8"
    )

    assert read(tmp_path).stores[0].name == "Curitiba s1"


def test_the_whole_sets_names_and_a_missing_reviews_file_are_taken_and_said(tmp_path):
    write(tmp_path)
    for name in ("orders", "order_items", "order_payments", "products", "sellers"):
        (tmp_path / f"{name}.csv").rename(tmp_path / f"olist_{name}_dataset.csv")
    (tmp_path / "category_translation.csv").rename(tmp_path / "product_category_name_translation.csv")

    reading = read(tmp_path)

    assert reading.orders == 1
    assert reading.missing == ["order_reviews.csv is missing: nobody's reviews are known, and profiles stay without"]


def test_gzip_is_told_by_content_and_not_by_name(tmp_path):
    write(tmp_path)
    text = (tmp_path / "orders.csv").read_bytes()
    (tmp_path / "orders.csv").write_bytes(gzip.compress(text))
    (tmp_path / "sellers.csv").rename(tmp_path / "sellers.csv.gz")

    assert read(tmp_path).orders == 1


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "orders.csv").unlink(), "lacks orders.csv (plain or .gz)"),
        (lambda folder: (folder / "orders.csv").write_bytes(b""), "orders.csv lacks the column order_id"),
        (
            lambda folder: (folder / "products.csv").write_text("product,category\n1,2\n"),
            "its first line says: product, category",
        ),
        (
            lambda folder: (folder / "orders.csv").write_bytes(gzip.compress(b"x" * 9000)[:40]),
            "orders.csv is damaged after line 0",
        ),
        (
            lambda folder: (folder / "sellers.csv").write_bytes(
                b"seller_id,seller_city,seller_state\ns1,s\xe3o paulo,SP\n"
            ),
            "sellers.csv is not UTF-8 text",
        ),
        (
            lambda folder: (folder / "orders.csv.gz").write_bytes(b""),
            "holds orders.csv and orders.csv.gz; keep one of them",
        ),
    ],
)
def test_a_folder_that_cannot_be_read_is_refused_with_the_file_and_the_fault(spoil, words, tmp_path):
    spoil(write(tmp_path))

    with pytest.raises(BadInput) as refusal:
        read(tmp_path)

    assert words in str(refusal.value)


def test_every_category_of_ours_is_one_of_the_commission_table():
    table = Rulebook().at(PRESENT).commission.rate

    assert {code for code in olist.our_categories().values() if table.row_of(code) != (code,)} == set()


def test_what_is_made_up_is_the_same_for_a_seed_and_has_every_oddity(tmp_path):
    counts = write_made_up(tmp_path / "a", 4000, seed=2)
    again = write_made_up(tmp_path / "b", 4000, seed=2)

    assert counts == again
    assert (tmp_path / "a" / "orders.csv.gz").read_bytes() == (tmp_path / "b" / "orders.csv.gz").read_bytes()
    assert min(counts.without_lines, counts.several_sellers, counts.payments_differ, counts.long_handling) > 0
    assert min(counts.shipped_before_approval, counts.without_approval) > 0


@pytest.mark.parametrize("full", [False, True])
def test_counts_in_are_counts_out_and_rejects(full, tmp_path):
    counts = write_made_up(tmp_path, 1500, seed=5, full=full, packed=not full)
    rejects = Rejects(tmp_path / "rejects.csv")

    reading = read(tmp_path, rejects)
    rejects.close()

    by_file = {count.file.partition(".")[0]: count for count in reading.files}
    assert by_file["orders"].rows == counts.rows["orders"] == reading.orders + counts.without_lines
    assert by_file["order_items"].used == sum(
        sum(line.quantity for line in order.lines) for store in reading.stores for order in store.orders
    )
    assert sum(count.rejected for count in reading.files) == len(rejected(rejects.path))
    assert len(reading.payments_differ) == counts.payments_differ
