"""Tables for spreadsheets, written while they are read."""

from __future__ import annotations

import csv
from typing import Any

MARK = "\ufeff"
"""Spreadsheets take a file for UTF-8 by this mark at its beginning."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that hands each line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def writer() -> Any:
    """A CSV writer whose `writerow` returns the line."""
    return csv.writer(_Echo())


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
