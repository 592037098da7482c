"""Tables from files that people's spreadsheets and systems write, and back into files that spreadsheets open unharmed.

A file that makes no sense is a ValueError whose sentence says what it is and what to do.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rulebook.spreadsheets import MARK, safe, writer

MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_000

_DELIMITERS = ",;\t|"
_NO_TABLES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", gettext_noop("Excel workbook or another packed file")),
    (b"\xd0\xcf\x11\xe0", gettext_noop("old Excel workbook")),
    (b"%PDF", gettext_noop("PDF")),
    (b"\x89PNG", gettext_noop("picture")),
    (b"\xff\xd8\xff", gettext_noop("picture")),
    (b"GIF8", gettext_noop("picture")),
    (b"\x1f\x8b", gettext_noop("packed file")),
    (b"Rar!", gettext_noop("packed file")),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|table)", re.IGNORECASE)
_HIGH = re.compile(rb"[\x80-\xff]+")
_LONG_NUMBER = re.compile(r"0\d+|\d{12,}")


@dataclass(frozen=True)
class Table:
    """header: the names as they are written. rows: (number, cells) as a spreadsheet counts, the header being row 1, or
    row 2 below a line that names the separator; cells are as many as the header has names."""

    header: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(data: bytes) -> Table:
    """The table in a file, whatever its encoding and its separator. Empty rows are left out."""
    if len(data) > MOST_BYTES:
        raise ValueError(_("The file is larger than {most} MB. Send it in parts.").format(most=MOST_BYTES // 1_000_000))
    text = decoded(data)
    text, said = _separator_line(text)
    records = _records(text, said or _separator(text))
    first = 2 if said else 1
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(records, first):
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = _named(cells)
            continue
        rows.append((number, _fitted(cells, len(header), number)))
        if len(rows) > MOST_ROWS:
            raise ValueError(_("The file has more than {most} rows. Send it in parts.").format(most=f"{MOST_ROWS:,}"))
    if not header:
        raise ValueError(_("The file is empty. Choose it again, or download the table of waiting orders first."))
    return Table(header, rows)


# ------------------------------------------------------------------ bytes to text


def decoded(data: bytes) -> str:
    """UTF-8 and UTF-16 with or without their mark, else what a Chinese or a Western spreadsheet writes."""
    _refuse_other_kinds(data)
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _text(data, encoding)
    sample = data[:2000]
    if b"\x00" in sample:
        return _text(data, "utf-16-be" if sample[0::2].count(0) > sample[1::2].count(0) else "utf-16-le")
    try:
        return _text(data, "utf-8")
    except ValueError:
        return _text(data, "gb18030" if _looks_chinese(data) else "cp1252")


def _refuse_other_kinds(data: bytes) -> None:
    if not data.strip():
        raise ValueError(_("The file is empty. Choose it again, or download the table of waiting orders first."))
    found = next((name for mark, name in _NO_TABLES if data.startswith(mark)), "")
    if not found and _MARKUP.match(data.removeprefix(b"\xef\xbb\xbf")):
        found = gettext_noop("web page")
    if found:
        raise ValueError(
            _(
                "This is no table in text form but: {kind}. In the spreadsheet, choose “Save as” and the type "
                "“CSV UTF-8”, then send that file."
            ).format(kind=_(found))
        )


def _looks_chinese(data: bytes) -> bool:
    """In GB encodings every sign outside ASCII takes two high bytes; Western letters mostly stand alone."""
    if any(len(run) % 2 for run in _HIGH.findall(data)):
        return False
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _text(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(
            _("The file's characters cannot be read. In the spreadsheet, save it as “CSV UTF-8”, then send it again.")
        ) from None
    if "\x00" in text:
        raise ValueError(
            _("The file holds bytes that no text has. In the spreadsheet, save it as “CSV UTF-8”, then send it again.")
        )
    return text.removeprefix("\ufeff")


# ------------------------------------------------------------------ text to cells


def _separator_line(text: str) -> tuple[str, str]:
    """Some spreadsheets write ``sep=;`` above the header."""
    line, _break, rest = text.partition("\n")
    found = re.fullmatch(r'"?sep=(.)"?\r?', line.strip("\r ") or "", re.IGNORECASE)
    return (rest, found[1]) if found and found[1] in _DELIMITERS else (text, "")


def _separator(text: str) -> str:
    """The one that stands most often in the first line that says something, outside of quotes."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=bare.count)


def _records(text: str, separator: str) -> Iterator[list[str]]:
    """strict: a quote that is never closed would otherwise swallow all rows behind it without a word."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error:
        raise ValueError(
            _(
                "The file cannot be read from line {line} on: a quotation mark there is not closed, or something "
                "stands behind a closing one. Correct it, then send the file again."
            ).format(line=reader.line_num)
        ) from None


def _named(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise ValueError(_("The file has more than {most} columns.").format(most=MOST_COLUMNS))
    return [name[:120] for name in names]


def _fitted(cells: list[str], width: int, number: int) -> list[str]:
    if any(cell.strip() for cell in cells[width:]):
        raise ValueError(
            _(
                "Row {number} has more cells than the header has names. A comma within a text needs quotation marks "
                "around the text; saving the table anew from the spreadsheet sets them."
            ).format(number=number)
        )
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise ValueError(
            _("A cell of row {number} is longer than {most} characters.").format(
                number=number, most=f"{LONGEST_CELL:,}"
            )
        )
    return (cells + [""] * width)[:width]


# ------------------------------------------------------------------ cells to text


def written(rows: Iterable[list[str]]) -> Iterator[str]:
    """Lines of a file that spreadsheets open: marked as UTF-8, no cell a formula, long numbers kept as text."""
    out = writer()
    yield MARK
    for row in rows:
        yield out.writerow([guarded(cell) for cell in row])


def guarded(cell: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula, or would round; reading drops it again."""
    return f"'{cell}" if _LONG_NUMBER.fullmatch(cell) else safe(cell)


def unguarded(cell: str) -> str:
    """A cell as it was meant: no white space around it, no apostrophe before it, no ``="…"`` around it."""
    text = " ".join(cell.replace("\u00a0", " ").replace("\u200b", "").split())
    wrapped = re.fullmatch(r'="([^"]*)"', text)
    return (wrapped[1] if wrapped else text.lstrip("'’")).strip()
