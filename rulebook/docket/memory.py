"""The source in memory: dictionaries instead of tables. What runs here needs no database at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from heapq import heappop, heappush
from typing import Any
from uuid import UUID

from rulebook.docket.books import the_books
from rulebook.docket.counting import Span, called
from rulebook.docket.docket import Docket
from rulebook.docket.effects import GENESIS, Call, Entry, NoticeDraft, Posting, TallyDraft
from rulebook.docket.loading import Many, brought_by, indexed, lists_of, put
from rulebook.docket.waiting import PENDING
from rulebook.models.base import KINDS
from rulebook.models.deadline import Deadline
from rulebook.rules import Rulebook

_NOTHING = nullcontext()


class MemorySource:
    """All rows by model and id, pending deadlines by root and in a heap, balances, journal, postings and notices as lists."""

    def __init__(self, rulebook: Rulebook | None = None) -> None:
        self.rows: dict[type, dict[UUID, Any]] = defaultdict(dict)
        self.index: dict[tuple[type, str], dict[UUID, list[Any]]] = {key: defaultdict(list) for key in indexed()}
        self.indexed_columns: dict[type, list[str]] = defaultdict(list)
        for model, column in self.index:
            self.indexed_columns[model].append(column)
        self.pending: dict[UUID, dict[tuple[UUID, str], Deadline]] = defaultdict(dict)
        self.heap: list[tuple[datetime, int, Deadline]] = []
        self.ended: list[Deadline] = []
        self.balances: dict[tuple[UUID, str, str], int] = {}
        self.journal: list[Entry] = []
        self.postings: list[Posting] = []
        self.notices: list[NoticeDraft] = []
        self.tallies: dict[tuple[UUID, str], list[TallyDraft]] = defaultdict(list)
        self.cases: dict[UUID, dict[str, Any]] = {}
        self.heads: dict[UUID, tuple[int, str]] = {}
        self.numbers: dict[tuple[UUID, str], int] = defaultdict(int)
        self.answers: dict[tuple[str, str], tuple[str, Any]] = {}
        self._rulebook = rulebook or Rulebook()

    def rulebook(self, moment: datetime) -> Rulebook:
        return self._rulebook

    def transaction(self) -> AbstractContextManager[None]:
        return _NOTHING

    def drop(self) -> None:
        """Let go of everything. Rows know each other in circles, which otherwise wait for the garbage collector."""
        for rows in self.rows.values():
            for row in rows.values():
                row.__dict__.clear()
        self.rows.clear()
        self.index.clear()

    # ------------------------------------------------------------------ loading

    def bring(self, docket: Docket, model: type, identities: Iterable[UUID], *, lock: bool = True) -> None:
        rows = self.rows[model]
        for identity in identities:
            found = rows.get(identity)
            if found is None:
                continue
            root = found if found.ROOT is None else self.rows[KINDS[found.ROOT[0]]][found.root_id]
            self._bring_root(docket, root)
            if found.id not in docket.held:
                self._hold(docket, found, root.id)
        if lock:
            docket.read_now()

    def _bring_root(self, docket: Docket, root: Any) -> None:
        if root.id in docket.bundles and root.id in docket.held:
            return
        self._hold(docket, root, root.id)
        pending = docket.pending[root.id] = self.pending.get(root.id) or {}
        docket.bundles[root.id].extend(pending.values())

    def _hold(self, docket: Docket, obj: Any, root_id: UUID) -> None:
        docket.hold(obj, root_id)
        for attribute, link in brought_by(type(obj)).items():
            if isinstance(link, Many):
                children = obj.__dict__.get(attribute)
                if children is None:
                    children = list(self.index[link.model, link.by].get(obj.id, ()))
                    obj.__dict__[attribute] = children
                for child in children:
                    self._hold(docket, child, root_id)
            else:
                other = obj._state.fields_cache.get(attribute)
                if other is None:
                    other = self.rows[link.model].get(obj.__dict__[link.at])
                    put(obj, attribute, link, other)
                if other is not None:
                    docket.held[other.id] = other  # not of the bundle: an act that may change it locks it as a root

    def bring_balances(self, docket: Docket, stores: Collection[UUID]) -> None:
        wanted = set(stores) - docket.balances_of
        for key, minor in self.balances.items():
            if key[0] in wanted:
                docket.balances[key] = docket.balances.get(key, 0) + minor
        docket.balances_of |= wanted

    def bring_totals(self, docket: Docket, stores: Collection[UUID]) -> None:
        wanted = set(stores) - docket.totals_of
        for (store, name), tallies in self.tallies.items():
            if store in wanted:
                docket.totals[store, name] = sum(tally.value for tally in tallies)
        docket.totals_of |= wanted

    def find(self, model: type, **filters: Any) -> list[Any]:
        """Rows by equality, membership (``__in``) and range (``__lt __lte __gt __gte``) on stored fields, in order of id."""
        tests = []
        pool: Iterable[Any] = self.rows[model].values()
        for name, wanted in filters.items():
            column, _, how = name.partition("__")
            if not how and (model, column) in self.index:
                pool = self.index[model, column].get(wanted, ())
            else:
                tests.append((column, how, wanted))
        return sorted(
            (row for row in pool if all(_passes(row.__dict__[c], how, w) for c, how, w in tests)),
            key=lambda row: row.id,
        )

    def entries(self, subject: UUID, act: str) -> list[Entry]:
        """What the journal has of one act on one subject, the oldest first."""
        return [entry for entry in self.journal if entry.subject_id == subject and entry.act == act]

    # ------------------------------------------------------------------ deadlines

    def next_due(self, stores: Collection[UUID] | None = None) -> datetime | None:
        """The earliest pending moment."""
        while self.heap:
            due_at, _, row = self.heap[0]
            if row.status == PENDING and row.due_at == due_at:
                return due_at
            heappop(self.heap)
        return None

    def claim(self, docket: Docket, now: datetime, limit: int, stores: Collection[UUID] | None = None) -> list[UUID]:
        """Roots with something due, brought; at most `limit`."""
        roots: dict[UUID, None] = {}
        put_back = []
        while self.heap and self.heap[0][0] <= now and len(roots) < limit:
            item = heappop(self.heap)
            row = item[2]
            if row.status != PENDING or row.due_at != item[0]:
                continue
            put_back.append(item)
            if row.root_id not in roots:
                roots[row.root_id] = None
                self._bring_root(docket, self.rows[KINDS[row.root_kind]][row.root_id])
        for item in put_back:
            heappush(self.heap, item)
        return list(roots)

    # ------------------------------------------------------------------ writing

    def write(self, docket: Docket) -> None:
        for obj in docket.new:
            if isinstance(obj, Deadline):
                self._write_deadline(obj)
            else:
                self._insert(docket, obj)
        for change in docket.increments:
            row = self.rows[change.model][change.id]
            row.__dict__[change.column] += change.delta
        for tally in docket.tallies:
            self.tallies[tally.store_id, tally.name].append(tally)
        self._write_postings(docket.postings)
        self._write_journal(docket.journal)
        self.notices.extend(docket.notices)
        for obj in docket.touched.values():
            row = obj.case_row(docket) if hasattr(obj, "case_row") else None
            if row is not None:
                self.cases[obj.id] = row
        for root in docket.bundles:
            self._sync_pending(docket, root)
        for call in docket.calls:
            self._write_call(call)

    def _insert(self, docket: Docket, obj: Any) -> None:
        model = type(obj)
        if model.NUMBERED:
            self.numbers[obj.store_id, model.KIND] += 1
            obj.number = self.numbers[obj.store_id, model.KIND]
        self.rows[model][obj.id] = obj
        for column in self.indexed_columns.get(model, ()):
            self.index[model, column][obj.__dict__[column]].append(obj)
        for attribute in lists_of(model):
            obj.__dict__.setdefault(attribute, [])

    def _write_deadline(self, row: Deadline) -> None:
        if row.status == PENDING:
            self.pending[row.root_id][row.subject_id, row.name] = row
            heappush(self.heap, (row.due_at, row.id.int, row))
        else:
            self.ended.append(row)

    def _write_call(self, call: Call) -> None:
        if (call.id, call.name) not in self.pending.get(call.id, {}):
            self._write_deadline(called(call))

    def _sync_pending(self, docket: Docket, root: UUID) -> None:
        rows = docket.pending.get(root)
        if rows is not None:
            if rows:
                self.pending[root] = rows
            else:
                self.pending.pop(root, None)

    def _write_postings(self, postings: list[Posting]) -> None:
        may_hold = the_books().may_hold
        for posting in postings:
            for account, minor, currency in posting.legs:
                key = (posting.store_id, account, currency)
                self.balances[key] = self.balances.get(key, 0) + minor
        for posting in postings:
            for account, _, currency in posting.legs:
                if not may_hold(account, self.balances[posting.store_id, account, currency]):
                    raise ValueError(
                        f"{posting.kind} would leave {account} at {self.balances[posting.store_id, account, currency]} {currency}"
                    )
        self.postings.extend(postings)

    def _write_journal(self, journal: list[Entry]) -> None:
        for entry in journal:
            number, previous = self.heads.get(entry.store_id, (0, GENESIS))
            self.heads[entry.store_id] = (number + 1, entry.chain(number + 1, previous))
        self.journal.extend(journal)

    # ------------------------------------------------------------------ counting

    def has_counted(self, name: str) -> bool:
        """Whether any store has counted something under the name."""
        return any(counted == name for _store, counted in self.tallies)

    def sums(self, wanted: Sequence[Span]) -> list[int]:
        """The sum of each span (`Span`)."""
        return [
            sum(
                tally.value * weight
                for name, weight in span.names.items()
                for tally in self.tallies.get((span.store_id, name), ())
                if (span.since is None or tally.at > span.since) and (span.until is None or tally.at <= span.until)
            )
            for span in wanted
        ]

    # ------------------------------------------------------------------ idempotency

    def claim_key(self, caller: str, key: str, digest: str, moment: datetime) -> tuple[str, Any] | None:
        """What was answered before to this key, as (digest, answer); None when it is free."""
        return self.answers.get((caller, key))

    def keep_answer(self, caller: str, key: str, digest: str, answer: Any, moment: datetime) -> None:
        self.answers[caller, key] = (digest, answer)


def _passes(value: Any, how: str, wanted: Any) -> bool:
    if how == "":
        return bool(value == wanted)
    if how == "in":
        return value in wanted
    if value is None:
        return False
    return bool({"lt": value < wanted, "lte": value <= wanted, "gt": value > wanted, "gte": value >= wanted}[how])
