"""An act that is refused or fails is taken back, in memory too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rulebook.docket.loading import lists_of
from rulebook.models.deadline import Deadline

if TYPE_CHECKING:
    from rulebook.docket.docket import Docket


class Act:
    """One act being tried; see `Docket.act`. A class and no generator: it surrounds everything that is ever done."""

    __slots__ = ("above", "docket", "marks", "roots")

    def __init__(self, docket: Docket, roots: Iterable[UUID] | None) -> None:
        self.docket, self.roots = docket, roots

    def __enter__(self) -> None:
        docket = self.docket
        self.marks = _marks(docket, docket.bundles if self.roots is None else self.roots)
        self.above, docket._marked = docket._marked, self.marks[0]

    def __exit__(self, failed: Any, *_: Any) -> None:
        if failed:
            _take_back(self.docket, self.marks)
        self.docket._marked = self.above


def copies(docket: Docket, roots: Iterable[UUID]) -> list[Any]:
    before = []
    for root in roots:
        bundle = docket.bundles.get(root, [])
        copies = [(obj, obj.__dict__.copy()) for obj in bundle if type(obj) is not Deadline]
        for obj, copy in copies:
            for name in lists_of(type(obj)):
                if name in copy:
                    copy[name] = copy[name].copy()
        before.append((bundle, len(bundle), copies, root, dict(docket.pending.get(root, {}))))
    return before


def _marks(docket: Docket, roots: Iterable[UUID]) -> tuple[Any, ...]:
    return (
        copies(docket, roots),
        len(docket.new),
        len(docket.journal),
        len(docket.postings),
        len(docket.notices),
        len(docket.increments),
        len(docket.calls),
        len(docket.announced),
        len(docket.settled),
        len(docket._frames),
        docket.amended,
    )


def _take_back(docket: Docket, marks: tuple[Any, ...]) -> None:
    before, new, journal, postings, notices, increments, calls, announced, settled, frames, docket.amended = marks
    known = {root for *_, root, _ in before}
    for obj in docket.new[new:]:
        docket.held.pop(obj.id, None)
        docket.touched.pop(obj.id, None)
        if obj.root_id not in known:
            docket.bundles.pop(obj.root_id, None)
            docket.pending.pop(obj.root_id, None)
    for bundle, length, copies, root, pending in before:
        del bundle[length:]
        for obj, was in copies:
            obj.__dict__.clear()
            obj.__dict__.update(was)
        now = docket.pending.setdefault(root, {})  # in place: the source in memory holds the same one
        now.clear()
        now.update(pending)
    for row, was in reversed(docket.settled[settled:]):
        row.__dict__.update(was)
    for posting in docket.postings[postings:]:
        docket._count(posting, -1)
    for rows, length in (
        (docket.new, new),
        (docket.journal, journal),
        (docket.postings, postings),
        (docket.notices, notices),
        (docket.increments, increments),
        (docket.calls, calls),
        (docket.announced, announced),
        (docket.settled, settled),
        (docket._frames, frames),
    ):
        del rows[length:]
    docket._frame = docket._frames[-1] if docket._frames else None
