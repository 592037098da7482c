"""Small charts as paths of an SVG: no script, no style, colours by class. The figures stand in a table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STEP, BAR, HEIGHT = 4, 3, 40
"""Units of the drawing: from bar to bar, a bar's width, the highest bar."""


@dataclass(frozen=True, slots=True)
class Bars:
    """width, height: of the view box. back, front: paths; the front is what counts of the back."""

    width: int
    height: int
    back: str
    front: str


def bars(front: Sequence[float], back: Sequence[float] = (), *, top: float = 0) -> Bars:
    """One bar a day. top: what the height stands for (default: the highest bar); all bars share one scale."""
    most = max(top, *front, *back, 0) if front or back else 0
    return Bars(STEP * max(len(front), len(back), 1), HEIGHT, _path(back, most), _path(front, most))


def _path(values: Sequence[float], most: float) -> str:
    """A closed box for every value above zero, at least one unit high so that it is seen."""
    parts = []
    for place, value in enumerate(values):
        if value > 0 and most > 0:
            tall = max(1.0, HEIGHT * value / most)
            parts.append(f"M{place * STEP} {HEIGHT}v{-tall:.4g}h{BAR}V{HEIGHT}z")
    return "".join(parts)
