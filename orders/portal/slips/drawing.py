"""Drawing packing slips: black on white, for office paper and for the label printer's rolls.

What is drawn comes as plain values; a slip that is longer than its paper goes on to the next sheet under the same head.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import segno
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TextMode, XPos, YPos

from orders.portal.slips.fonts import needed, printable

SOFT, NORMAL = 0.78, 1.0
MM_PER_POINT = 0.3528


@dataclass(frozen=True)
class Paper:
    """Millimetres and points. code: the side of the square code."""

    name: str
    width: float
    height: float
    margin: float
    size: float
    code: float


PAPERS = {
    "a4": Paper("a4", 210, 297, 15, 10.5, 28),
    "label": Paper("label", 100, 150, 5, 8.5, 22),
}
"""Office paper, and the roll that label printers of most carriers take (100 by 150 mm, 4 by 6 inches)."""


@dataclass(frozen=True)
class Item:
    """quantity: in this parcel. note: how much of what was ordered was shipped."""

    quantity: int
    title: str
    code: str
    note: str = ""


@dataclass(frozen=True)
class Slip:
    """One order. code: what the square code says. facts: label and value. parcels: what was handed over already."""

    store: str
    title: str
    code: str
    address: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]
    parcels: tuple[str, ...] = ()
    remark: str = ""
    lost: int = field(default=0, compare=False)

    def texts(self) -> Iterator[str]:
        yield from (self.store, self.title, self.code, self.remark, *self.address, *self.parcels)
        for label, value in self.facts:
            yield from (label, value)
        for item in self.items:
            yield from (item.title, item.code, item.note)

    def printable(self) -> Slip:
        """The same with signs that can be printed, counting those that cannot."""
        lost = 0

        def write(text: str) -> str:
            nonlocal lost
            written, missing = printable(text)
            lost += missing
            return written

        shown = replace(
            self,
            store=write(self.store),
            title=write(self.title),
            remark=write(self.remark),
            address=tuple(write(line) for line in self.address),
            facts=tuple((write(label), write(value)) for label, value in self.facts),
            items=tuple(replace(item, title=write(item.title), note=write(item.note)) for item in self.items),
            parcels=tuple(write(line) for line in self.parcels),
        )
        return replace(shown, lost=lost)


def draw(slips: list[Slip], paper: Paper, printed_at: datetime, printed: str) -> bytes:
    """A PDF with each slip beginning on a sheet of its own. printed: the foot of every sheet."""
    shown = [slip.printable() for slip in slips]
    foot, _lost = printable(printed)
    sheets = _Sheets(paper, foot)
    sheets.set_title(shown[0].title if len(shown) == 1 else _("Packing slips"))
    sheets.set_lang(get_language() or "en")
    sheets.set_creation_date(printed_at)
    sheets.use_fonts([foot, *_own_words(), *(text for slip in shown for text in slip.texts())])
    for slip in shown:
        sheets.begin(slip)
        sheets.address()
        sheets.facts()
        sheets.items()
        sheets.rest()
    return bytes(sheets.output())


def _own_words() -> list[str]:
    return [_("Ship to"), _("Number"), _("Item"), _("Remark"), _("continued"), _("Parcels")]


class _Sheets(FPDF):
    def __init__(self, paper: Paper, foot: str) -> None:
        super().__init__(unit="mm", format=(paper.width, paper.height))
        self.paper, self.foot = paper, foot
        self.slip: Slip | None = None
        self.first = True
        self.set_margins(paper.margin, paper.margin)
        self.c_margin = 0
        self.set_auto_page_break(True, paper.margin + self._height(SOFT) * 1.5)
        self.set_draw_color(0)
        self.set_line_width(0.2)

    def use_fonts(self, texts: list[str]) -> None:
        chosen = needed(texts)
        for font in chosen:
            self.add_font(font.name, "", font.path)
        self.set_fallback_fonts([font.name for font in chosen[1:]], exact_match=False)
        self.set_text_shaping(True)
        self.set_font(chosen[0].name, "", self.paper.size)

    # ------------------------------------------------------------------ words on paper

    @contextmanager
    def bold(self) -> Iterator[None]:
        """Drawn with an outline: bold faces of all scripts would be as many files again."""
        with self.local_context(text_mode=TextMode.FILL_STROKE, line_width=self.font_size * 0.025):
            yield

    def size(self, factor: float) -> None:
        self.set_font_size(self.paper.size * factor)

    def _height(self, factor: float) -> float:
        return self.paper.size * factor * MM_PER_POINT * 1.32

    def write_lines(self, text: str, factor: float = NORMAL, width: float = 0) -> None:
        self.size(factor)
        self._settle_font()
        self.multi_cell(width, self._height(factor), text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _settle_font(self) -> None:
        """Font and size for the whole sheet: else a line that begins with another font sets them for itself only, and
        fpdf2 takes them for set afterwards."""
        self.text(self.x, self.y, "")

    def add_page(self, *args: Any, **kwargs: Any) -> None:
        super().add_page(*args, **kwargs)
        self._settle_font()

    def height_of(self, text: str, factor: float, width: float) -> float:
        self.size(factor)
        height = self.multi_cell(
            width, self._height(factor), text, dry_run=True, output=MethodReturnValue.HEIGHT, align="L"
        )
        return float(height)

    def rule(self) -> None:
        y = self.get_y() + 1
        self.line(self.l_margin, y, self.paper.width - self.r_margin, y)
        self.set_y(y + 1.2)

    def head_of(self, text: str) -> None:
        with self.bold():
            self.write_lines(text, SOFT)

    # ------------------------------------------------------------------ sheets

    def begin(self, slip: Slip) -> None:
        self.slip, self.first = slip, True
        self.add_page()
        self.first = False

    def header(self) -> None:
        assert self.slip is not None
        if not self.first:
            self.size(SOFT)
            self.write_lines(f"{self.slip.title} · {_('continued')}", SOFT)
            self.rule()
            return
        side, right = self.paper.code, self.paper.width - self.paper.margin
        _draw_code(self, self.slip.code, right - side, self.paper.margin, side)
        width = self.epw - side - 4
        self.write_lines(self.slip.store, NORMAL, width)
        with self.bold():
            self.write_lines(self.slip.title, 1.55, width)
        self.write_lines(self.slip.code, SOFT, width)
        self.set_y(max(self.get_y(), self.paper.margin + side + 1))
        self.rule()

    def footer(self) -> None:
        assert self.slip is not None
        self.set_y(self.paper.height - self.paper.margin - self._height(SOFT))
        self.size(SOFT * 0.9)
        self._settle_font()
        self.cell(0, self._height(SOFT), self.foot, align="L")

    # ------------------------------------------------------------------ parts

    def address(self) -> None:
        assert self.slip is not None
        self.head_of(_("Ship to"))
        for line in self.slip.address:
            self.write_lines(line, 1.25)
        if self.slip.lost:
            text = ngettext(
                "{n} sign could not be printed (?): look at the order's page.",
                "{n} signs could not be printed (?): look at the order's page.",
                self.slip.lost,
            )
            self.write_lines(text.format(n=self.slip.lost), SOFT)
        self.rule()

    def facts(self) -> None:
        assert self.slip is not None
        self.size(SOFT)
        label_width = min(max(self.get_string_width(label) for label, _v in self.slip.facts) + 3, self.epw * 0.45)
        for label, value in self.slip.facts:
            height = self.height_of(value, SOFT, self.epw - label_width)
            if self.will_page_break(height):
                self.add_page()
            y = self.get_y()
            self.write_lines(label, SOFT, label_width)
            below = self.get_y()
            self.set_xy(self.l_margin + label_width, y)
            self.write_lines(value, SOFT, self.epw - label_width)
            self.set_y(max(below, self.get_y()))
        self.rule()

    def items(self) -> None:
        assert self.slip is not None
        column = self._column_heads()
        for item in self.slip.items:
            width = self.epw - column
            under = " · ".join(text for text in (item.code, item.note) if text)
            height = self.height_of(item.title, NORMAL, width) + self.height_of(under, SOFT, width) + 2
            if self.will_page_break(height):
                self.add_page()
                self._column_heads()
            self._item(item, under, column)
        self.rule()

    def _column_heads(self) -> float:
        column = self.paper.size * 1.35
        y = self.get_y()
        self.head_of(_("Number"))
        self.set_xy(self.l_margin + column, y)
        self.head_of(_("Item"))
        return column

    def _item(self, item: Item, under: str, column: float) -> None:
        y = self.get_y() + 1
        self.set_y(y)
        with self.bold():
            self.write_lines(f"{item.quantity} ×", 1.15, column)
        below = self.get_y()
        self.set_xy(self.l_margin + column, y)
        self.write_lines(item.title, NORMAL, self.epw - column)
        self.set_x(self.l_margin + column)
        self.write_lines(under, SOFT, self.epw - column)
        self.set_y(max(below, self.get_y()))

    def rest(self) -> None:
        assert self.slip is not None
        for head, lines, factor in (
            (_("Remark"), [self.slip.remark] if self.slip.remark else [], NORMAL),
            (_("Parcels"), self.slip.parcels, SOFT),
        ):
            if not lines:
                continue
            if self.will_page_break(self._height(SOFT) + self._height(factor)):
                self.add_page()
            self.head_of(head)
            for line in lines:
                self.write_lines(line, factor)
            self.ln(1)


def _draw_code(sheets: FPDF, text: str, left: float, top: float, side: float) -> None:
    """A square code (QR) as filled rectangles, rows of dark squares joined, so that printers leave no hairs between."""
    code = segno.make_qr(text, error="m")
    rows = list(code.matrix)
    step = side / len(rows)
    sheets.set_fill_color(0)
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                sheets.rect(left + x * step, top + y * step, (run - x) * step, step, style="F")
            x = run + 1
