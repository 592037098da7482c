"""Olist's reviews: the first of each order is replayed, the others are rejected.

Two moments stand in a row: ``review_creation_date``, the midnight at which Olist sent its questionnaire out, and
``review_answer_timestamp``, when the buyer had answered it. The answer is the moment of publication: before it there were
no stars that anybody could have read or counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from orders.importing.history import PastReview
from orders.importing.olist_cells import Unusable, moment_cell, needed
from orders.importing.tables import Folder, Rejects

COLUMNS = (
    "order_id",
    "review_score",
    "review_comment_title",
    "review_comment_message",
    "review_creation_date",
    "review_answer_timestamp",
)
LONGEST = 4000
"""Characters that a review may have here."""


@dataclass(slots=True)
class ReviewTable:
    """The table of reviews, read row by row. first: of each order, its moment and what it says."""

    folder: Folder
    path: Path
    rejects: Rejects
    present: datetime
    first: dict[str, tuple[datetime, PastReview]] = field(default_factory=dict)
    _refused: dict[int, tuple[str, str]] = field(default_factory=dict)

    def read(self, is_known: Callable[[str], bool]) -> None:
        """is_known: whether there is such an order, usable or not."""
        for row in self.folder.read(self.path, COLUMNS):
            order, score, title, message, created, answered = row.wanted
            try:
                if not is_known(order):
                    raise Unusable("no such order", order[:64])
                moment_cell(created, "review_creation_date", self.present)
                at = needed(moment_cell(answered, "review_answer_timestamp", self.present), "review_answer_timestamp")
                self._take(order, at, PastReview(stars_of(score), text_of(title, message), row.line))
            except Unusable as reason:
                self.rejects.add(row, reason.kind, reason.detail)

    def _take(self, order: str, at: datetime, review: PastReview) -> None:
        """The earliest counts; of two at once the one that stands first."""
        before = self.first.get(order)
        if before is None or (at, review.line) < (before[0], before[1].line):
            self.first[order] = at, review
            review = before[1] if before is not None else review
        if before is not None:
            self._refused[review.line] = "a further review of its order", order[:64]

    def settle(self, orders: Collection[str], spoiled: Mapping[str, str]) -> None:
        """What can be said of a row only when all tables were read: those of rejected orders, and further ones."""
        for order in [order for order in self.first if order not in orders]:
            line = self.first.pop(order)[1].line
            self._refused[line] = "its order was rejected", spoiled.get(order, "no item lines")
        reject_lines(self.path, self.rejects, self._refused)
        self._refused = {}


def reject_lines(path: Path, rejects: Rejects, reasons: Mapping[int, tuple[str, str]]) -> None:
    """Write rows to the rejects by their lines, reading the table once more; so nobody has to keep all of its rows."""
    if not reasons:
        return
    for row in Folder(path.parent, Rejects(None)).read(path, COLUMNS):
        if row.line in reasons:
            rejects.add(row, *reasons[row.line])


def stars_of(text: str) -> int:
    """1 to 5. Unusable for anything else."""
    text = text.strip()
    if not text:
        raise Unusable("no score")
    if text not in {"1", "2", "3", "4", "5"}:
        raise Unusable("not a score", repr(text[:40]))
    return int(text)


def text_of(title: str, message: str) -> str:
    """Title and message, each on its own line. Unusable when no review here could hold it."""
    text = "\n".join(part for part in (title.strip(), message.strip()) if part)
    if "\x00" in text:
        raise Unusable("not a text", "it holds NUL")
    if len(text) > LONGEST:
        raise Unusable("text too long", f"{len(text):,} characters")
    return text
