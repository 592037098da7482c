"""Reading tables that others wrote: plain or gzipped CSV, row by row, and the rows that could not be used."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

GZIP = b"\x1f\x8b"
ENDINGS = (".csv", ".csv.gz")


class BadInput(ValueError):
    """The input as a whole cannot be read; the message names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it began, all its cells, and those asked for in the order asked for."""

    file: str
    line: int
    cells: list[str]
    wanted: Sequence[str]


class Rejects:
    """The rows that could not be mapped, each with file, line and reason, written as they are found."""

    HEADER = ("file", "line", "reason", "row")

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.files: Counter[str] = Counter()
        self._out: Any = None
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._out = path.open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise BadInput(f"The rejects file {path} cannot be written: {error.strerror or error}.") from None
            self._writer = csv.writer(self._out)
            self._writer.writerow(self.HEADER)

    def add(self, row: Row, kind: str, detail: str = "") -> None:
        """kind: the reason as it is counted; detail: what this row adds to it."""
        self.reasons[row.file, kind] += 1
        self.files[row.file] += 1
        if self._out is not None:
            text = io.StringIO()
            csv.writer(text, lineterminator="").writerow(row.cells)
            self._writer.writerow(
                [row.file, row.line, f"{kind}: {detail}" if detail else kind, _harmless(text.getvalue())]
            )

    def close(self) -> None:
        if self._out is not None:
            self._out.close()


def _harmless(text: str) -> str:
    """No spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


class Folder:
    """The tables of one folder. `rows` counts what was read of each."""

    def __init__(self, path: Path, rejects: Rejects) -> None:
        if not path.exists():
            raise BadInput(f"There is no folder {path}.")
        if not path.is_dir():
            raise BadInput(f"{path} is a file; give the folder that holds the tables.")
        self.path, self.rejects = path, rejects
        self.rows: Counter[str] = Counter()

    def find(self, names: Sequence[str]) -> Path | None:
        """The table under one of its names, plain or gzipped. BadInput when there are several: which one is meant?"""
        found = [path for name in names for ending in ENDINGS if (path := self.path / f"{name}{ending}").is_file()]
        if len(found) > 1:
            raise BadInput(f"{self.path} holds {' and '.join(path.name for path in found)}; keep one of them.")
        return found[0] if found else None

    def read(self, path: Path, columns: Sequence[str]) -> Iterator[Row]:
        """Its rows. A row with more or fewer cells than the header is rejected here."""
        line = 0
        try:
            with path.open("rb") as raw:
                packed = raw.peek(2)[:2] == GZIP
                stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
                text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
                for row in self._rows(path.name, csv.reader(text), columns):
                    line = row.line
                    yield row
        except UnicodeDecodeError:
            raise BadInput(f"{path.name} is not UTF-8 text (after line {line}); save it in that encoding.") from None
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise BadInput(f"{path.name} is damaged after line {line}: {error}.") from None
        except OSError as error:
            raise BadInput(f"{path.name} cannot be read: {error.strerror or error}.") from None

    def _rows(self, name: str, reader: Any, columns: Sequence[str]) -> Iterator[Row]:
        header = [cell.strip().lower() for cell in next(reader, [])]
        missing = [column for column in columns if column not in header]
        if missing:
            said = ", ".join(header)[:200] or "nothing"
            raise BadInput(f"{name} lacks the column {', '.join(missing)}; its first line says: {said}.")
        pick, width = itemgetter(*(header.index(column) for column in columns)), len(header)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.rows[name] += 1
                self.rejects.add(Row(name, line, [], []), "not CSV", str(error))
                continue
            if not cells:
                continue
            self.rows[name] += 1
            if len(cells) != width:
                self.rejects.add(
                    Row(name, line, cells, []), "wrong number of cells", f"{len(cells)} instead of {width}"
                )
                continue
            yield Row(name, line, cells, pick(cells))
