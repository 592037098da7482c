"""Values that are more than one number: tables looked up from the most specific row to `*`, and fixed structures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NoReturn

ANY = "*"
_MEMORY = 4096  # rows remembered for one table; far more than categories × countries that one process meets


class Structure(dict[str, Any]):
    """A mapping that nobody changes; lists inside are tuples. Equal to the plain mapping with the same content."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("A value of the rulebook is never changed in place; amend the parameter instead")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = _refuse
    __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return Structure, (dict(self),)


class Table:
    """A value for each key or combination of keys, `*` standing for all others.

    Looked up key by key, most specific first: the code itself, its parent before the last `/`, then `*`; the first
    key weighs most. Keys that a lookup leaves out are `*`. Codes compare without case.
    """

    __slots__ = ("_found", "_rows", "keys", "rows")

    def __init__(self, keys: tuple[str, ...], rows: Mapping[tuple[str, ...], Any]) -> None:
        self.keys = keys
        self.rows: Mapping[tuple[str, ...], Any] = Structure(rows)  # type: ignore[arg-type, assignment]
        self._rows = {_folded(row): row for row in rows}
        self._found: dict[object, Any] = {}

    def __getitem__(self, named: Any) -> Any:
        try:
            return self._found[named]
        except KeyError:
            pass
        if len(self._found) >= _MEMORY:
            self._found.clear()
        value = self._found[named] = self.rows[self.row_of(named)]
        return value

    def get(self, *named: Any) -> Any:
        """As `table[…]`; for a table of one key, several arguments are a code and its sub-codes."""
        if len(self.keys) == 1 and len(named) > 1:
            return self["/".join(str(part) for part in named if part)]
        return self[named if len(named) != 1 else named[0]]

    def row_of(self, named: Any) -> tuple[str, ...]:
        """The key of the row that a lookup meets. Raises `KeyError` if none does or there are too many keys."""
        wanted = _folded(named if isinstance(named, tuple) else (named,))
        if len(wanted) > len(self.keys):
            raise KeyError(f"{named!r}: this table is read by {', '.join(self.keys)}")
        wanted += (ANY,) * (len(self.keys) - len(wanted))
        for row in product(*map(_from_specific_to_any, wanted)):
            if row in self._rows:
                return self._rows[row]
        raise KeyError(f"no row for {', '.join(wanted)} in a table by {', '.join(self.keys)}")

    def with_rows(self, changes: Mapping[tuple[str, ...], Any]) -> Table:
        """The table with these rows set. A change that leaves keys out replaces every row below it."""
        rows = dict(self.rows)
        for short in sorted(changes, key=len):
            rows = {row: value for row, value in rows.items() if _folded(row)[: len(short)] != _folded(short)}
            rows[short + (ANY,) * (len(self.keys) - len(short))] = changes[short]
        return Table(self.keys, rows)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and (self.keys, self.rows) == (other.keys, other.rows)

    def __hash__(self) -> int:
        return hash((self.keys, tuple(self.rows)))

    def __repr__(self) -> str:
        return f"Table({self.keys!r}, {dict(self.rows)!r})"


def _folded(row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(str(code).casefold() for code in row)


def _from_specific_to_any(code: str) -> list[str]:
    """`a/b` → `a/b`, `a`, `*`."""
    chain = []
    while code and code != ANY:
        chain.append(code)
        code = code.rpartition("/")[0]
    return [*chain, ANY]
