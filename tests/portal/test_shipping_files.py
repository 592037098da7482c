"""The files of bulk shipping: encodings, separators, headers, and numbers that a spreadsheet spoiled."""

import pytest

from orders.portal.bulk.columns import asked, places
from orders.portal.bulk.sheet import Table, guarded, read_table, unguarded

ROWS = [["#7", "LP00123CN", "2"], ["#8", "LP00124CN", ""]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_is_read_in_every_encoding_and_with_every_separator(encoding: str, separator: str) -> None:
    place = "北京市" if encoding == "gb18030" else "Café Zürich à Nîmes"
    lines = [["Order", "Waybill", "Quantity", "Buyer"], *([*row, place] for row in ROWS)]

    table = read_table("\r\n".join(separator.join(line) for line in lines).encode(encoding))

    assert table.header == lines[0]
    assert table.rows == [(2, lines[1]), (3, lines[2])]


def test_a_line_that_names_the_separator_is_no_row() -> None:
    table = read_table(b"sep=;\r\norder;waybill\r\n7;A, B 1\r\n")

    assert table == Table(["order", "waybill"], [(3, ["7", "A, B 1"])])


def test_quoted_line_breaks_and_separators_belong_to_their_cell() -> None:
    table = read_table(b'order,items,waybill\n7,"2 lamps,\nred",LP1\n\n,,\n8,"a ""b""",LP2\n')

    assert table.rows == [(2, ["7", "2 lamps,\nred", "LP1"]), (5, ["8", 'a "b"', "LP2"])]


def test_short_rows_are_filled_and_empty_cells_behind_the_header_ignored() -> None:
    assert read_table(b"order,waybill,quantity,,\n7,LP1\n8,LP2,1,,\n").rows == [
        (2, ["7", "LP1", ""]),
        (3, ["8", "LP2", "1"]),
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "file is empty"),
        (b" \r\n \r\n", "file is empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        (b"%PDF-1.7", "not|PDF"),
        (b"\x89PNG\r\n", "picture"),
        (b"<html><table>", "web page"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "web page"),
        (b"order,waybill\n7,LP\x81\n", "cannot be read"),
        (b"order,waybill\n7,LP1\n" + b"x" * 3000 + b"\x00", "no text has"),
        (b'order,waybill\n7,"LP1\n8,LP2\n', "from line 3 on"),
        (b"order,waybill\n7,LP1,more\n", "Row 2 has more cells"),
        (b"order,waybill\n7," + b"x" * 2001, "longer than 2,000"),
        (b",".join([b"x"] * 61), "more than 60 columns"),
        (b"order,waybill\n" + b"7,LP\n" * 5001, "more than 5,000 rows"),
        (b"x" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_a_file_that_makes_no_sense_is_told_what_it_is(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says.split("|")[-1]):
        read_table(data)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=x", " =1", "=HYPERLINK(1)", "00340434161094021501", "123456789012"]
)
def test_no_cell_is_a_formula_or_a_number_that_gets_rounded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert guarded(guarded(cell)) == f"'{cell}", "a second round adds nothing"
    assert unguarded(guarded(cell)) == cell.strip()


@pytest.mark.parametrize(
    ("cell", "meant"),
    [("'00123", "00123"), ('="00123"', "00123"), (" LP\u00a01 \n", "LP 1"), ("’7", "7"), ("\u200bLP1", "LP1")],
)
def test_what_spreadsheets_put_around_a_number_is_dropped(cell: str, meant: str) -> None:
    assert unguarded(cell) == meant


def test_columns_stand_in_any_order_under_any_of_their_names() -> None:
    assert places(["Tracking-No.", "Buyer", "QTY", "Order number"]) == {"waybill": 0, "quantity": 2, "number": 3}
    assert places(["订单号", "运单号"]) == {"number": 0, "waybill": 1}
    assert places(["Items to ship", "Method the buyer chose", "Method", "Order id", "Waybill"]) == {
        "method": 2,
        "id": 3,
        "waybill": 4,
    }


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (["Waybill", "Name"], "none is called “Order”"),
        (["Order", "Name"], "none is called “Waybill”. Found: Order, Name"),
        (["Order", "Waybill", "Tracking number"], "“Waybill” and “Tracking number”"),
        (["7", "LP00123CN"], "The first row must name the columns"),
    ],
)
def test_a_header_that_names_too_little_or_too_much_is_told_so(header: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        places(header)


@pytest.mark.parametrize(
    ("waybill", "says"),
    [
        ("1.23E+11", "turned the number into 1.23E+11; its digits are lost"),
        ("1,23e+11", "its digits are lost"),
        ("123456789012345000", "looks cut off"),
    ],
)
def test_numbers_that_a_spreadsheet_rounded_are_refused_with_the_way_out(waybill: str, says: str) -> None:
    (row,) = asked(Table(["order", "waybill"], [(2, ["7", waybill])]))

    assert says in row.errors[0]
    assert "format to “text”" in row.errors[0]


def test_whole_numbers_written_with_a_zero_behind_the_point_are_whole() -> None:
    (row,) = asked(Table(["order", "waybill", "quantity"], [(2, ["#7.0", "LP00123CN", "2,00"])]))

    assert (row.order_number, row.inputs["quantity"], row.errors) == ("7", "2", [])
