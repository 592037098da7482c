"""The source in PostgreSQL: loads whole bundles in a constant number of statements, writes a docket in a few.

Statements that do not depend on each other travel together (Django binds parameters on the client, so one message may
hold several). In READ COMMITTED each of them still sees what was committed when the root's lock was obtained.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
import psycopg
from django.db import connection, models, transaction
from django.db.models.base import ModelState
from psycopg.postgres import types as postgres_types
from psycopg.types.json import Jsonb as _Jsonb

from rulebook.docket.books import the_books
from rulebook.docket.docket import PENDING, STUCK, Docket
from rulebook.docket.effects import GENESIS, Entry, Increment
from rulebook.docket.loading import Many, Ref, brought_by, put
from rulebook.ids import new_id
from rulebook.models.base import KINDS
from rulebook.models.case import Case
from rulebook.models.clerk import Counter, IdempotencyKey
from rulebook.models.deadline import Deadline
from rulebook.models.journal import ChainHead, JournalEntry
from rulebook.models.notice import Notice
from rulebook.refusals import Busy, Stale
from rulebook.rules import Rulebook

COPY_FROM = 40
"""From this many rows on a table is written by COPY."""

LOCKS = {"update": " FOR NO KEY UPDATE", "share": " FOR SHARE", None: ""}

Statement = tuple[str, list[Any]]

_PLAIN_INSTANTS = psycopg.adapters.get_loader(postgres_types["timestamptz"].oid, psycopg.pq.Format.TEXT)


def Jsonb(value: Any) -> _Jsonb:  # noqa: N802
    return _Jsonb(value, dumps=orjson.dumps)


class _Shape:
    """How a model's rows look in the database."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        self.model = model
        self.table = f'"{model._meta.db_table}"'
        self.names = [field.attname for field in fields]
        self.columns = [f'"{field.column}"' for field in fields]
        self.types = [field.db_type(connection) or "" for field in fields]
        self.json = [isinstance(field, models.JSONField) for field in fields]
        self.json_at = [index for index, is_json in enumerate(self.json) if is_json]
        self.place = {name: index for index, name in enumerate(self.names)}
        self.select = f"SELECT {', '.join(self.columns)} FROM {self.table}"

    def object(self, row: Sequence[Any]) -> Any:
        """An instance from a raw row, as `from_db` would make it."""
        obj = self.model.__new__(self.model)
        values = dict(zip(self.names, row, strict=True))
        for index in self.json_at:
            name = self.names[index]
            if isinstance(values[name], str):
                values[name] = orjson.loads(values[name])
        obj.__dict__.update(values)
        obj._state = state = ModelState()
        state.adding, state.db = False, "default"
        return obj

    def row(self, obj: Any) -> list[Any]:
        values = obj.__dict__
        row = [values[name] for name in self.names]
        for index in self.json_at:
            row[index] = Jsonb(row[index])
        return row

    def differing(self, now: dict[str, Any], was: dict[str, Any]) -> list[str]:
        """Columns that changed; most values are the same objects, which is seen without comparing them."""
        return [name for name in self.names if now[name] is not was[name] and now[name] != was[name]]


@lru_cache(maxsize=None)
def shape(model: type[models.Model]) -> _Shape:
    return _Shape(model)


class PostgresSource:
    """One per docket: it remembers how the rows looked when they were loaded, and writes what differs."""

    def __init__(self) -> None:
        self.was: dict[int, tuple[Any, dict[str, Any]]] = {}

    def rulebook(self, moment: datetime) -> Rulebook:
        from rulebook.amending import current_rulebook

        return current_rulebook()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with transaction.atomic():
            yield

    # ------------------------------------------------------------------ loading

    def bring(
        self, docket: Docket, model: type, identities: Iterable[UUID], *, lock: bool = True, strong: frozenset[str] = frozenset()
    ) -> None:
        """Lock the roots of these objects and load their bundles. strong: attributes locked for update instead of share."""
        ids = list(identities)
        root_model: Any = model if model.ROOT is None else KINDS[model.ROOT[0]]  # type: ignore[attr-defined]
        if model.ROOT is None:  # type: ignore[attr-defined]
            which: Statement = ("= ANY(%s)", [ids])
        else:
            which = (f'IN (SELECT "{model.ROOT[1]}" FROM {shape(model).table} WHERE id = ANY(%s))', [ids])  # type: ignore[attr-defined]
        self._bring_roots(docket, root_model, which, lock, strong)
        alone = [identity for identity in ids if identity not in docket.held]
        if model.ROOT is not None and alone:  # type: ignore[attr-defined]
            self._bring_alone(docket, model, alone)

    def _bring_alone(self, docket: Docket, model: Any, ids: list[UUID]) -> None:
        """Objects that do not come along with their root (a store does not bring all its withdrawals): the root is locked."""
        for row in _run([(f"{shape(model).select} WHERE id = ANY(%s) ORDER BY id", [ids])])[0]:
            obj = self._keep(docket, shape(model), row)
            docket.bundles.setdefault(obj.root_id, []).append(obj)
            for name, link in brought_by(model).items():
                if isinstance(link, Ref):
                    put(obj, name, link, docket.held.get(obj.__dict__[link.at]))

    def _bring_roots(
        self, docket: Docket, model: Any, which: Statement, lock: bool, strong: frozenset[str], claimed: bool = False
    ) -> list[Any]:
        """claimed: the roots are locked already, and the moment is read when all kinds are brought."""
        clause, params = which
        root = shape(model)
        links = brought_by(model)
        refs = {name: link for name, link in links.items() if isinstance(link, Ref)}
        many = {name: link for name, link in links.items() if isinstance(link, Many) and link.when is None}
        statements: list[Statement] = [
            (f"{root.select} WHERE id {clause} ORDER BY id{LOCKS['update'] if lock and not claimed else ''}", params),
            (
                f"{shape(Deadline).select} WHERE root_id {clause} AND status IN ('pending', 'stuck') ORDER BY due_at, id",
                params,
            ),
        ]
        for name, link in refs.items():
            how = LOCKS["update" if name in strong else link.lock] if lock else ""
            statements.append(
                (
                    f'{shape(link.model).select} WHERE id IN (SELECT "{link.at}" FROM {root.table} WHERE id {clause}) ORDER BY id{how}',
                    params,
                )
            )
        for children in many.values():
            statements.append((f'{shape(children.model).select} WHERE "{children.by}" {clause} ORDER BY id', params))
        results = _run(statements)
        roots = [self._keep(docket, root, row) for row in results[0]]
        for obj in roots:
            docket.bundles.setdefault(obj.id, []).append(obj)
            docket.pending.setdefault(obj.id, {})
        if lock and not claimed:
            docket.read_now()
        for row in results[1]:
            deadline = self._keep(docket, shape(Deadline), row, hold=False)
            docket.pending[deadline.root_id][deadline.subject_id, deadline.name] = deadline
            docket.bundles[deadline.root_id].append(deadline)
        for (name, link), rows in zip(refs.items(), results[2 : 2 + len(refs)], strict=True):
            self._hang_refs(docket, roots, name, link, rows)
        for (name, children), rows in zip(many.items(), results[2 + len(refs) :], strict=True):
            self._hang_many(docket, roots, name, children, rows)
        self._bring_further(docket, roots, {name: link for name, link in links.items() if name not in refs and name not in many})
        return roots

    def _bring_further(self, docket: Docket, parents: list[Any], links: dict[str, Any]) -> None:
        """What only some objects have, level by level; a level that nobody asks for costs no statement."""
        wanted: list[tuple[str, Many, list[Any]]] = []
        for name, link in links.items():
            asking = [obj for obj in parents if link.when is None or link.when(obj)]
            for obj in parents:
                obj.__dict__.setdefault(name, [])
            if asking:
                wanted.append((name, link, asking))
        if not wanted:
            return
        results = _run(
            [
                (f'{shape(link.model).select} WHERE "{link.by}" = ANY(%s) ORDER BY id', [[obj.id for obj in asking]])
                for _, link, asking in wanted
            ]
        )
        for (name, link, asking), rows in zip(wanted, results, strict=True):
            children = self._hang_many(docket, asking, name, link, rows)
            below = {key: value for key, value in brought_by(link.model).items() if isinstance(value, Many)}
            if children and below:
                self._bring_further(docket, children, below)

    def _keep(self, docket: Docket, form: _Shape, row: Sequence[Any], hold: bool = True) -> Any:
        identity = row[form.place["id"]]
        if hold and identity in docket.held:
            return docket.held[identity]
        obj = form.object(row)
        self.was[id(obj)] = (obj, obj.__dict__.copy())
        if hold:
            docket.held[identity] = obj
        return obj

    def _hang_refs(self, docket: Docket, parents: list[Any], name: str, link: Ref, rows: list[Any]) -> None:
        form = shape(link.model)
        found = {row[form.place["id"]]: self._keep(docket, form, row) for row in rows}
        for parent in parents:
            other = found.get(parent.__dict__[link.at])
            put(parent, name, link, other)  # not of the bundle: an act that may change it locks it as a root

    def _hang_many(self, docket: Docket, parents: list[Any], name: str, link: Many, rows: list[Any]) -> list[Any]:
        form = shape(link.model)
        lists: dict[UUID, list[Any]] = {}
        for parent in parents:
            lists[parent.id] = parent.__dict__[name] = []
        back = [(key, way) for key, way in brought_by(link.model).items() if isinstance(way, Ref) and way.at == link.by]
        children = []
        for row in rows:
            child = self._keep(docket, form, row)
            lists[child.__dict__[link.by]].append(child)
            for key, way in back:
                put(child, key, way, docket.held[child.__dict__[link.by]])
            docket.bundles.setdefault(child.root_id, []).append(child)
            children.append(child)
        return children

    def bring_balances(self, docket: Docket, stores: Collection[UUID]) -> None:
        """Lock the stores' balances, in order."""
        wanted = sorted(set(stores) - docket.balances_of)
        if not wanted:
            return
        table = shape(the_books().balance).table
        (rows,) = _run(
            [
                (
                    f"SELECT store_id, kind, currency, amount_minor FROM {table} WHERE store_id = ANY(%s)"
                    " ORDER BY store_id, kind, currency FOR NO KEY UPDATE",
                    [wanted],
                )
            ]
        )
        for store_id, kind, currency, minor in rows:
            key = (store_id, kind, currency)
            docket.balances[key] = docket.balances.get(key, 0) + minor
        docket.balances_of.update(wanted)

    def find(self, model: type, **filters: Any) -> list[Any]:
        """Rows by equality, membership (``__in``) and range (``__lt __lte __gt __gte``) on stored fields, in order of id."""
        return list(model.objects.filter(**filters).order_by("id"))  # type: ignore[attr-defined]

    # ------------------------------------------------------------------ deadlines

    def next_due(self, stores: Collection[UUID] | None = None) -> datetime | None:
        """The earliest pending moment (of these stores, or of these roots that have no store)."""
        rows = Deadline.objects.filter(status=PENDING)
        if stores is not None:
            rows = rows.filter(models.Q(store_id__in=stores) | models.Q(root_id__in=stores))
        return rows.order_by("due_at", "id").values_list("due_at", flat=True).first()

    def claim(self, docket: Docket, now: datetime, limit: int, stores: Collection[UUID] | None = None) -> list[UUID]:
        """Lock roots with something due that nobody else holds, and bring them; at most `limit`, earliest first."""
        where = "" if stores is None else " AND (d.store_id = ANY(%s) OR d.root_id = ANY(%s))"
        params: list[Any] = [] if stores is None else [list(stores), list(stores)]
        kinds = _run(
            [
                (
                    "SELECT DISTINCT root_kind FROM (SELECT root_kind FROM rulebook_deadline d WHERE status = 'pending' AND due_at <= %s"
                    f"{where} ORDER BY due_at, id LIMIT %s) AS soonest",
                    [now, *params, limit],
                )
            ]
        )[0]
        claimed: list[UUID] = []
        for (kind,) in kinds:
            model = KINDS[kind]
            rows = _run(
                [
                    (
                        f"SELECT r.id FROM rulebook_deadline d JOIN {shape(model).table} r ON r.id = d.root_id"
                        " WHERE d.status = 'pending' AND d.root_kind = %s AND d.due_at <= %s"
                        f"{where} ORDER BY d.due_at, d.id LIMIT %s FOR NO KEY UPDATE OF r SKIP LOCKED",
                        [kind, now, *params, limit],
                    )
                ]
            )[0]
            ids = list({row[0]: None for row in rows})
            if ids:
                self._bring_roots(docket, model, ("= ANY(%s)", [ids]), True, frozenset(), claimed=True)
                claimed += ids
        docket.read_now()
        return claimed

    # ------------------------------------------------------------------ writing

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
        if statements and any(len(objects) >= COPY_FROM for objects in fresh.values()):
            _run(statements, expected)  # COPY does not wait for the message
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
        books = sorted({entry.store_id for entry in docket.journal})
        if books:
            heads = f"SELECT store_id, number, hash FROM {shape(ChainHead).table} WHERE store_id = ANY(%s) ORDER BY store_id FOR UPDATE"
            say((heads, [books]))
        results = _run(statements, expected)
        if books:
            self._write_journal(docket.journal, books, dict((row[0], row[1:]) for row in results[-1]))

    def _number(self, objects: list[Any]) -> None:
        numbered: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
        for obj in objects:
            if getattr(obj, "NUMBERED", False):
                numbered[obj.store_id, obj.KIND].append(obj)
        if not numbered:
            return
        rows = [[new_id(), store, name, len(group)] for (store, name), group in sorted(numbered.items(), key=lambda item: item[0])]
        sql, params = _values(shape(Counter).table, ['"id"', '"store_id"', '"name"', '"value"'], rows)
        table = shape(Counter).table
        sql += f" ON CONFLICT (store_id, name) DO UPDATE SET value = {table}.value + excluded.value RETURNING store_id, name, value"
        for store, name, last in _run([(sql, params)])[0]:
            group = numbered[store, name]
            for offset, obj in enumerate(group):
                obj.number = last - len(group) + 1 + offset

    def _insert(self, table: str, columns: list[str], rows: list[list[Any]], say: Any) -> None:
        if not rows:
            return
        if len(rows) < COPY_FROM:
            say(_values(table, columns, rows))
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
                scalars.append(Jsonb(new[0]) if form.json[index] else new[0])
            else:
                sets.append(f"{form.columns[index]} = v.c{len(aliases)}")
                unnest.append(f"%s::{_base(kind)}[]")
                aliases.append(f"c{len(aliases)}")
                arrays.append([Jsonb(value) for value in new] if form.json[index] else new)
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
        return (sql, [*scalars, *arrays]), len(objects), model._meta.label  # type: ignore[attr-defined]

    def _write_postings(self, docket: Docket, say: Any) -> None:
        if not docket.postings:
            return
        books = the_books()
        transactions: list[list[Any]] = []
        legs: list[list[Any]] = []
        moved: dict[tuple[UUID, str, str], int] = defaultdict(int)
        for posting in docket.postings:
            transactions.append([
                posting.id, posting.store_id, posting.kind, posting.order_id, posting.entry_id, posting.rule, posting.effective_at,
                Jsonb(posting.facts), posting.key, posting.reverses_id,
            ])  # fmt: skip
            for account, minor, currency in posting.legs:
                legs.append([new_id(), posting.store_id, posting.id, account, minor, currency])
                moved[posting.store_id, account, currency] += minor
        columns = ["id", "store_id", "kind", "order_id", "entry_id", "rule", "effective_at", "facts", "key", "reverses_id"]
        balance = shape(books.balance).table
        keys = sorted(moved)
        rows = [[new_id(), store, kind, currency, 0] for store, kind, currency in keys]
        sql, params = _values(balance, ["id", "store_id", "kind", "currency", "amount_minor"], rows)
        say((sql + " ON CONFLICT (store_id, kind, currency) DO NOTHING", params))
        unnest = "unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[]) AS v(store_id, kind, currency, delta)"
        say(
            (
                f"UPDATE {balance} AS t SET amount_minor = t.amount_minor + v.delta FROM {unnest}"
                " WHERE t.store_id = v.store_id AND t.kind = v.kind AND t.currency = v.currency",
                [[key[0] for key in keys], [key[1] for key in keys], [key[2] for key in keys], [moved[key] for key in keys]],
            )
        )
        self._insert(shape(books.transaction).table, columns, transactions, say)
        self._insert(shape(books.leg).table, ["id", "store_id", "transaction_id", "kind", "amount_minor", "currency"], legs, say)

    def _write_notices(self, docket: Docket, say: Any) -> None:
        columns = [
            "id", "store_id", "root_kind", "root_id", "subject_kind", "subject_id", "audience_kind", "audience_id", "code", "rule",
            "facts", "effective_at", "queued_at",
        ]  # fmt: skip
        rows = [
            [
                draft.id, draft.store_id, draft.root_kind, draft.root_id, draft.subject_kind, draft.subject_id, draft.audience_kind,
                draft.audience_id, draft.code, draft.rule, Jsonb(draft.facts), draft.effective_at, docket.recorded_at,
            ]
            for draft in docket.notices
        ]  # fmt: skip
        self._insert(shape(Notice).table, columns, rows, say)

    def _write_cases(self, docket: Docket, say: Any) -> None:
        rows = [obj.case_row(docket) for obj in docket.touched.values() if hasattr(obj, "case_row")]
        if not rows:
            return
        names = list(rows[0])
        sql, params = _values(shape(Case).table, ['"id"', *(f'"{name}"' for name in names)], [[new_id(), *row.values()] for row in rows])
        keep = ("store_id", "kind", "subject_id", "opened_at")
        sets = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keep)
        say((f"{sql} ON CONFLICT (store_id, kind, subject_id) DO UPDATE SET {sets}", params))

    def _write_journal(self, journal: list[Entry], books: list[UUID], heads: dict[UUID, Any]) -> None:
        missing = [book for book in books if book not in heads]
        if missing:
            table = shape(ChainHead).table
            rows = [[book, 0, GENESIS] for book in missing]
            sql, params = _values(table, ["store_id", "number", "hash"], rows)
            select = f"SELECT store_id, number, hash FROM {table} WHERE store_id = ANY(%s) ORDER BY store_id FOR UPDATE"
            found = _run([(sql + " ON CONFLICT DO NOTHING", params), (select, [missing])])[1]
            heads.update({row[0]: row[1:] for row in found})
        for entry in journal:
            number, previous = heads[entry.store_id]
            heads[entry.store_id] = (number + 1, entry.chain(number + 1, previous))
        statements: list[Statement] = []

        def say(statement: Statement, *_: Any) -> None:
            statements.append(statement)

        columns = [f'"{name}"' for name in _ENTRY]
        rows = []
        for entry in journal:
            row = list(_entry_values(entry))
            for index in _ENTRY_JSON:
                row[index] = Jsonb(row[index])
            rows.append(row)
        self._insert(shape(JournalEntry).table, columns, rows, say)
        say(
            (
                f"UPDATE {shape(ChainHead).table} AS t SET number = v.number, hash = v.hash"
                " FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS v(id, number, hash) WHERE t.store_id = v.id",
                [books, [heads[book][0] for book in books], [heads[book][1] for book in books]],
            )
        )
        _run(statements)

    # ------------------------------------------------------------------ idempotency

    def claim_key(self, caller: str, key: str, digest: str, moment: datetime) -> tuple[str, Any] | None:
        """What was answered before to this key, as (digest, answer); None when it is free. Busy while its twin runs."""
        got, found = _run(
            [
                ("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{caller} {key}"]),
                (f"SELECT digest, answer FROM {shape(IdempotencyKey).table} WHERE caller = %s AND key = %s", [caller, key]),
            ]
        )
        if not got[0][0]:
            raise Busy("The same request is being worked on right now. Wait a moment, then send it again with the same key.")
        if not found:
            return None
        digest_then, answer = found[0]
        return digest_then, orjson.loads(answer) if isinstance(answer, str) else answer

    def keep_answer(self, caller: str, key: str, digest: str, answer: Any, moment: datetime) -> None:
        columns = ["id", "caller", "key", "digest", "answer", "created_at"]
        _run([_values(shape(IdempotencyKey).table, columns, [[new_id(), caller, key, digest, Jsonb(answer), moment]])])


_ENTRY = (
    "id", "store_id", "number", "root_kind", "root_id", "subject_kind", "subject_id", "act", "machine", "from_state", "to_state",
    "actor_kind", "actor_id", "actor_name", "door", "rules", "parameters", "facts", "reason", "transaction_id", "effective_at",
    "recorded_at", "previous_hash", "hash",
)  # fmt: skip
_ENTRY_JSON = tuple(_ENTRY.index(name) for name in ("rules", "parameters", "facts"))
_entry_values = attrgetter(*_ENTRY)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

_special = re.compile(r"[\\\t\n\r]").search

_WRITTEN: dict[type, Any] = {
    UUID: lambda value: f"{value.int:032x}",
    str: lambda value: value if _special(value) is None else value.translate(_ESCAPES),
    int: str,
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
    type(None): lambda value: "\\N",
    _Jsonb: lambda value: orjson.dumps(value.obj).decode().replace("\\", "\\\\"),  # JSON has no other character that COPY minds
}


def copy_line(row: Sequence[Any]) -> str:
    """A row in the text form of COPY; a third of the work of handing every value to a dumper of its own."""
    return "\t".join([_WRITTEN[type(value)](value) if type(value) in _WRITTEN else _other(value) for value in row]) + "\n"


def _other(value: Any) -> str:
    if isinstance(value, str | int):
        return _WRITTEN[str if isinstance(value, str) else int](value.value if hasattr(value, "value") else value)
    raise TypeError(f"{value!r} has no form in COPY")


def _all_the_same(values: list[Any]) -> bool:
    first = values[0]
    return all(value is first or value == first for value in values)


def _base(kind: str) -> str:
    return kind.split("(")[0]


def _values(table: str, columns: list[str], rows: list[list[Any]]) -> Statement:
    one = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * len(rows))}", [value for row in rows for value in row]


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


def _run(statements: list[Statement], expected: Sequence[tuple[int, str] | None] = ()) -> list[list[Any]]:
    """Send the statements in one message; the rows of each. Stale when one touched fewer rows than expected."""
    if not statements:
        return []
    sql = "; ".join(statement for statement, _ in statements)
    params = [value for _, values in statements for value in values]
    results: list[list[Any]] = []
    with connection.cursor() as cursor:
        raw = cursor.cursor
        raw.adapters.register_loader("timestamptz", _PLAIN_INSTANTS)  # Django's own goes through Python for every value
        cursor.execute(sql, params)
        for index in range(len(statements)):
            results.append(raw.fetchall() if raw.description else [])
            wanted = expected[index] if index < len(expected) else None
            if wanted is not None and raw.rowcount != wanted[0]:
                raise Stale(f"{wanted[1]} was changed by somebody else at the same time; nothing was done.")
            if index + 1 < len(statements):
                raw.nextset()
    return results
