"""Which font has which sign: names and addresses come in every script, and a server has no fonts of its own.

The fonts are Noto's, from Python packages; a package that is missing leaves its scripts unprinted, never the slip.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from unicodedata import category

PACKAGES = ("manimgx_fonts", "pylopdf_fonts_zh_cn", "pylopdf_fonts_ko")
BASE = "NotoSans[wght].ttf"
_LEFT_OUT = ("Italic", "Serif")
UNKNOWN = "?"
JOINERS = "\u200c\u200d"
"""Of the invisible signs those that letters need; the others could only turn the line around."""

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table that it drops


@dataclass(frozen=True)
class Font:
    """A font's file and the signs that it has."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem.partition("[")[0].lower()

    @cached_property
    def signs(self) -> frozenset[int]:
        from fontTools.ttLib import TTFont

        with TTFont(self.path, lazy=True) as font:
            return frozenset(font.getBestCmap())


@cache
def fonts() -> tuple[Font, ...]:
    """All that are installed, the one for Latin, Greek and Cyrillic first, Chinese before Korean. Read once a process."""
    folders = [Path(spec.origin).parent for name in PACKAGES if (spec := find_spec(name)) and spec.origin]
    paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in (".ttf", ".otf")]
    wanted = [path for path in paths if not any(word in path.name for word in _LEFT_OUT)]
    if not any(path.name == BASE for path in wanted):
        raise RuntimeError("The fonts of the packing slips are not installed: the package manimgx-fonts has them.")
    return tuple(Font(path) for path in sorted(wanted, key=lambda path: path.name != BASE))


def needed(texts: Iterable[str]) -> list[Font]:
    """The base font and those that have the signs of these texts which it has not: large fonts are loaded for a reason."""
    base, *others = fonts()
    left = {ord(sign) for text in texts for sign in text} - base.signs
    found = [base]
    for font in others:
        if not left:
            break
        if left & font.signs:
            found.append(font)
            left -= font.signs
    return found


def printable(text: str) -> tuple[str, int]:
    """The text with a question mark for what no font has, and for how many signs that was; controls become spaces."""
    written, lost = [], 0
    for sign in text:
        kind = category(sign)
        if kind in ("Cc", "Zl", "Zp"):
            written.append(" ")
        elif (kind == "Cf" and sign not in JOINERS) or (kind == "Mn" and not _has(sign)):
            continue  # invisible, or an accent on a letter that is there
        elif _has(sign):
            written.append(sign)
        else:
            written.append(UNKNOWN)
            lost += 1
    return "".join(written), lost


@cache
def _has(sign: str) -> bool:
    return any(ord(sign) in font.signs for font in fonts())
