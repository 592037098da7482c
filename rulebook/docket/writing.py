"""Writing a docket: what differs from the rows as they were loaded, what is new, and the journal last."""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection

from rulebook.docket import speaking
from rulebook.docket.books import the_books
from rulebook.docket.counting import TALLY_COLUMNS, tally_rows, writing_calls, writing_counts
from rulebook.docket.docket import Docket
from rulebook.docket.effects import GENESIS, Entry, Increment
from rulebook.docket.speaking import Statement, as_json, copy_line, insert, shape
from rulebook.ids import new_id
from rulebook.models.case import Case
from rulebook.models.clerk import Counter
from rulebook.models.journal import ChainHead, JournalEntry
from rulebook.models.notice import Notice
from rulebook.models.tally import Tally
from rulebook.zones import platform_zone

COPY_FROM = 600
"""From this many values on a table is written by COPY: binding one as a parameter costs ten times as much."""


class Writing:
    """The writing half of the source in PostgreSQL."""

    was: dict[int, tuple[Any, dict[str, Any]]]

    def write(self, docket: Docket) -> None:
        """One message for everything that does not wait for the chain heads, one for the journal."""
        self._number(docket.new)
        statements: list[Statement] = []
        expected: list[tuple[int, str] | None] = []

        def say(statement: Statement, rows: int | None = None, what: str = "") -> None:
            statements.append(statement)
            expected.append(None if rows is None else (rows, what))

        fresh: dict[type, list[Any]] = defaultdict(list)
        for obj in docket.new:
            fresh[type(obj)].append(obj)
        # changes before new rows: what a new deadline or offer takes the place of must have made room
        for model, objects in self._changed(docket, {id(obj) for obj in docket.new}).items():
            say(*self._update(model, objects))
        if statements and any(
            len(objects) * len(shape(model).columns) >= COPY_FROM for model, objects in fresh.items()
        ):
            speaking.run(statements, expected)  # COPY does not wait for the message
            statements.clear()
            expected.clear()
        for model, objects in fresh.items():
            form = shape(model)
            self._insert(form.table, form.columns, [form.row(obj) for obj in objects], say)
        for statement in _increments(docket.increments):
            say(statement)
        self._write_postings(docket, say)
        self._write_notices(docket, say)
        self._write_cases(docket, say)
        for statement in writing_calls(docket.calls):
            say(statement)
        self._insert(shape(Tally).table, TALLY_COLUMNS, tally_rows(docket.tallies), say)
        for statement in writing_counts(docket.tallies, platform_zone()):
            say(statement)  # the last but the chain heads: these rows are waited for
        books = sorted({entry.store_id for entry in docket.journal})
        if books:
            heads = f"SELECT store_id, number, hash FROM {shape(ChainHead).table} WHERE store_id = ANY(%s) ORDER BY store_id FOR UPDATE"
            say((heads, [books]))
        results = speaking.run(statements, expected)
        if books:
            self._write_journal(docket.journal, books, {row[0]: row[1:] for row in results[-1]})

    def _number(self, objects: list[Any]) -> None:
        numbered: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
        for obj in objects:
            if getattr(obj, "NUMBERED", False):
                numbered[obj.store_id, obj.KIND].append(obj)
        if not numbered:
            return
        rows = [
            [new_id(), store, name, len(group)]
            for (store, name), group in sorted(numbered.items(), key=lambda item: item[0])
        ]
        sql, params = insert(shape(Counter).table, ['"id"', '"store_id"', '"name"', '"value"'], rows)
        table = shape(Counter).table
        sql += f" ON CONFLICT (store_id, name) DO UPDATE SET value = {table}.value + excluded.value RETURNING store_id, name, value"
        for store, name, last in speaking.run([(sql, params)])[0]:
            group = numbered[store, name]
            for offset, obj in enumerate(group):
                obj.number = last - len(group) + 1 + offset

    def _insert(self, table: str, columns: list[str], rows: list[list[Any]], say: Any) -> None:
        if not rows:
            return
        if len(rows) * len(columns) < COPY_FROM:
            say(insert(table, columns, rows))
            return
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            copy.write("".join(copy_line(row) for row in rows))

    def _changed(self, docket: Docket, fresh: set[int]) -> dict[type, list[tuple[Any, dict[str, Any], list[str]]]]:
        changed: dict[type, list[tuple[Any, dict[str, Any], list[str]]]] = defaultdict(list)
        for key, (obj, was) in self.was.items():
            if key in fresh or obj.__dict__ == was:
                continue
            model: Any = type(obj)
            form = shape(model)
            names = form.differing(obj.__dict__, was)
            if names:
                changed[type(obj)].append((obj, was, names))
        return changed

    def _update(self, model: type, objects: list[tuple[Any, dict[str, Any], list[str]]]) -> tuple[Statement, int, str]:
        form = shape(model)
        objects.sort(key=lambda row: row[0].id.int)
        columns = sorted(form.place[name] for name in set().union(*(names for _obj, _was, names in objects)))
        checked = "version" in form.place
        names = [*(form.names[index] for index in columns)]
        kinds = [*(form.types[index] for index in columns)]
        sets, scalars, arrays = [], [], [[obj.id for obj, _was, _names in objects]]
        unnest, aliases = ["%s::uuid[]"], ["id"]
        for index, name, kind in zip(columns, names, kinds, strict=True):
            new = [obj.__dict__[name] for obj, _was, _names in objects]
            if _all_the_same(new):  # a batch under one rule: state, reason and often the moment are one value
                sets.append(f"{form.columns[index]} = %s")
                scalars.append(as_json(new[0]) if form.json[index] else new[0])
            else:
                sets.append(f"{form.columns[index]} = v.c{len(aliases)}")
                unnest.append(f"%s::{_base(kind)}[]")
                aliases.append(f"c{len(aliases)}")
                arrays.append([as_json(value) for value in new] if form.json[index] else new)
        guard = ""
        if checked:
            unnest.append("%s::int[]")
            aliases.append("held")
            arrays.append([was["version"] for _obj, was, _names in objects])
            guard = " AND t.version = v.held"
        sql = (
            f"UPDATE {form.table} AS t SET {', '.join(sets)} FROM unnest({', '.join(unnest)}) AS v({', '.join(aliases)})"
            f" WHERE t.id = v.id{guard}"
        )
        return (sql, [*scalars, *arrays]), len(objects), str(model._meta.verbose_name)  # type: ignore[attr-defined]

    def _write_postings(self, docket: Docket, say: Any) -> None:
        if not docket.postings:
            return
        books = the_books()
        transactions: list[list[Any]] = []
        legs: list[list[Any]] = []
        moved: dict[tuple[UUID, str, str], int] = defaultdict(int)
        for posting in docket.postings:
            transactions.append(
                [
                    posting.id,
                    posting.store_id,
                    posting.kind,
                    posting.order_id,
                    posting.entry_id,
                    posting.rule,
                    posting.effective_at,
                    posting.facts,
                    posting.key,
                    posting.reverses_id,
                ]
            )
            for account, minor, currency in posting.legs:
                legs.append([new_id(), posting.store_id, posting.id, account, minor, currency])
                moved[posting.store_id, account, currency] += minor
        columns = [
            "id",
            "store_id",
            "kind",
            "order_id",
            "entry_id",
            "rule",
            "effective_at",
            "facts",
            "key",
            "reverses_id",
        ]
        balance = shape(books.balance).table
        keys = sorted(moved)
        rows = [[new_id(), store, kind, currency, 0] for store, kind, currency in keys]
        sql, params = insert(balance, ["id", "store_id", "kind", "currency", "amount_minor"], rows)
        say((sql + " ON CONFLICT (store_id, kind, currency) DO NOTHING", params))
        unnest = "unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[]) AS v(store_id, kind, currency, delta)"
        say(
            (
                f"UPDATE {balance} AS t SET amount_minor = t.amount_minor + v.delta FROM {unnest}"
                " WHERE t.store_id = v.store_id AND t.kind = v.kind AND t.currency = v.currency",
                [
                    [key[0] for key in keys],
                    [key[1] for key in keys],
                    [key[2] for key in keys],
                    [moved[key] for key in keys],
                ],
            )
        )
        self._insert(shape(books.transaction).table, columns, transactions, say)
        self._insert(
            shape(books.leg).table, ["id", "store_id", "transaction_id", "kind", "amount_minor", "currency"], legs, say
        )

    def _write_notices(self, docket: Docket, say: Any) -> None:
        columns = [
            "id",
            "store_id",
            "root_kind",
            "root_id",
            "subject_kind",
            "subject_id",
            "audience_kind",
            "audience_id",
            "code",
            "rule",
            "facts",
            "effective_at",
            "queued_at",
        ]
        rows = [
            [
                draft.id,
                draft.store_id,
                draft.root_kind,
                draft.root_id,
                draft.subject_kind,
                draft.subject_id,
                draft.audience_kind,
                draft.audience_id,
                draft.code,
                draft.rule,
                self._named(docket, draft),
                draft.effective_at,
                docket.recorded_at,
            ]
            for draft in docket.notices
        ]
        self._insert(shape(Notice).table, columns, rows, say)

    @staticmethod
    def _named(docket: Docket, draft: Any) -> dict[str, Any]:
        """Its facts, with what people call the subject: numbers are known by now, and a letter needs no query for them."""
        subject = docket.held.get(draft.subject_id)
        return draft.facts if subject is None else {"subject": subject.called, **draft.facts}

    def _write_cases(self, docket: Docket, say: Any) -> None:
        found = (obj.case_row(docket) for obj in docket.touched.values() if hasattr(obj, "case_row"))
        rows = [row for row in found if row is not None]
        if not rows:
            return
        names = list(rows[0])
        sql, params = insert(
            shape(Case).table, ['"id"', *(f'"{name}"' for name in names)], [[new_id(), *row.values()] for row in rows]
        )
        keep = ("store_id", "kind", "subject_id", "opened_at")
        sets = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keep)
        say((f"{sql} ON CONFLICT (store_id, kind, subject_id) DO UPDATE SET {sets}", params))

    def _write_journal(self, journal: list[Entry], books: list[UUID], heads: dict[UUID, Any]) -> None:
        missing = [book for book in books if book not in heads]
        if missing:
            table = shape(ChainHead).table
            rows = [[book, 0, GENESIS] for book in missing]
            sql, params = insert(table, ["store_id", "number", "hash"], rows)
            select = f"SELECT store_id, number, hash FROM {table} WHERE store_id = ANY(%s) ORDER BY store_id FOR UPDATE"
            found = speaking.run([(sql + " ON CONFLICT DO NOTHING", params), (select, [missing])])[1]
            heads.update({row[0]: row[1:] for row in found})
        for entry in journal:
            number, previous = heads[entry.store_id]
            heads[entry.store_id] = (number + 1, entry.chain(number + 1, previous))
        statements: list[Statement] = []

        def say(statement: Statement, *_: Any) -> None:
            statements.append(statement)

        columns = [f'"{name}"' for name in _ENTRY]
        rows = [list(_entry_values(entry)) for entry in journal]
        self._insert(shape(JournalEntry).table, columns, rows, say)
        say(
            (
                f"UPDATE {shape(ChainHead).table} AS t SET number = v.number, hash = v.hash"
                " FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS v(id, number, hash) WHERE t.store_id = v.id",
                [books, [heads[book][0] for book in books], [heads[book][1] for book in books]],
            )
        )
        speaking.run(statements)


_ENTRY = (
    "id",
    "store_id",
    "number",
    "root_kind",
    "root_id",
    "subject_kind",
    "subject_id",
    "act",
    "machine",
    "from_state",
    "to_state",
    "actor_kind",
    "actor_id",
    "actor_name",
    "door",
    "rules",
    "parameters",
    "facts",
    "reason",
    "transaction_id",
    "effective_at",
    "recorded_at",
    "previous_hash",
    "hash",
)
_entry_values = attrgetter(*_ENTRY)


def _all_the_same(values: list[Any]) -> bool:
    first = values[0]
    return all(value is first or value == first for value in values)


def _base(kind: str) -> str:
    return kind.split("(")[0]


def _increments(changes: list[Increment]) -> list[Statement]:
    """One UPDATE per column of a model, each row once, in order of id."""
    sums: dict[tuple[type, str], dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        sums[change.model, change.column][change.id] += change.delta
    statements: list[Statement] = []
    for (model, column), deltas in sorted(sums.items(), key=lambda item: (item[0][0].__name__, item[0][1])):
        ids = sorted(deltas)
        statements.append(
            (
                f'UPDATE {shape(model).table} AS t SET "{column}" = t."{column}" + v.delta'
                " FROM unnest(%s::uuid[], %s::bigint[]) AS v(id, delta) WHERE t.id = v.id",
                [ids, [deltas[identity] for identity in ids]],
            )
        )
    return statements
