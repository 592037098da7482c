"""The source in PostgreSQL: loads whole bundles in a constant number of statements, writes a docket in a few.

Statements that do not depend on each other travel together (Django binds parameters on the client, so one message may
hold several). In READ COMMITTED each of them still sees what was committed when the root's lock was obtained.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rulebook.docket import speaking
from rulebook.docket.books import the_books
from rulebook.docket.counting import Reading, Span
from rulebook.docket.docket import Docket
from rulebook.docket.loading import Many, Ref, brought_by, put
from rulebook.docket.speaking import Shape, Statement, as_json, insert, shape
from rulebook.docket.waiting import PENDING
from rulebook.docket.writing import Writing
from rulebook.ids import new_id
from rulebook.models.base import KINDS
from rulebook.models.clerk import IdempotencyKey
from rulebook.models.deadline import Deadline
from rulebook.models.journal import JournalEntry
from rulebook.models.tally import Total
from rulebook.refusals import Busy
from rulebook.rules import Rulebook
from rulebook.zones import platform_zone

LOCKS = {"update": " FOR NO KEY UPDATE", "share": " FOR SHARE", None: ""}


class PostgresSource(Writing):
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
        self,
        docket: Docket,
        model: type,
        identities: Iterable[UUID],
        *,
        lock: bool = True,
        strong: frozenset[str] = frozenset(),
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
        for row in speaking.run([(f"{shape(model).select} WHERE id = ANY(%s) ORDER BY id", [ids])])[0]:
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
        results = speaking.run(statements)
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
        self._bring_further(
            docket, roots, {name: link for name, link in links.items() if name not in refs and name not in many}
        )
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
        results = speaking.run(
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

    def _keep(self, docket: Docket, form: Shape, row: Sequence[Any], hold: bool = True) -> Any:
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
        (rows,) = speaking.run(
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

    def bring_totals(self, docket: Docket, stores: Collection[UUID]) -> None:
        """Lock the stores' sums of all time, in order."""
        wanted = sorted(set(stores) - docket.totals_of)
        if not wanted:
            return
        sql = f"SELECT store_id, name, value FROM {shape(Total).table} WHERE store_id = ANY(%s) ORDER BY store_id, name FOR NO KEY UPDATE"
        for store_id, name, value in speaking.run([(sql, [wanted])])[0]:
            docket.totals[store_id, name] = value
        docket.totals_of.update(wanted)

    def find(self, model: type, **filters: Any) -> list[Any]:
        """Rows by equality, membership (``__in``) and range (``__lt __lte __gt __gte``) on stored fields, in order of id."""
        return list(model.objects.filter(**filters).order_by("id"))  # type: ignore[attr-defined]

    def entries(self, subject: UUID, act: str) -> list[JournalEntry]:
        """What the journal has of one act on one subject, the oldest first."""
        return list(JournalEntry.objects.filter(subject_id=subject, act=act).order_by("number"))

    # ------------------------------------------------------------------ deadlines

    def next_due(self, stores: Collection[UUID] | None = None) -> datetime | None:
        """The earliest pending moment (of these stores, or of these roots that have no store)."""
        rows = Deadline.objects.filter(status=PENDING)
        if stores is not None:
            rows = rows.filter(Q(store_id__in=stores) | Q(root_id__in=stores))
        return rows.order_by("due_at", "id").values_list("due_at", flat=True).first()

    def claim(self, docket: Docket, now: datetime, limit: int, stores: Collection[UUID] | None = None) -> list[UUID]:
        """Lock roots with something due that nobody else holds, and bring them; at most `limit`, earliest first."""
        where = "" if stores is None else " AND (d.store_id = ANY(%s) OR d.root_id = ANY(%s))"
        params: list[Any] = [] if stores is None else [list(stores), list(stores)]
        kinds = speaking.run(
            [
                (
                    "SELECT DISTINCT root_kind FROM (SELECT root_kind FROM rulebook_deadline d WHERE status = 'pending' AND due_at <= %s"
                    f"{where} ORDER BY due_at, id LIMIT %s) AS soonest",
                    [now, *params, limit],
                )
            ]
        )[0]
        claimed: list[UUID] = []
        for model in sorted((KINDS[kind] for (kind,) in kinds), key=_waits_on, reverse=True):
            rows = speaking.run(
                [
                    (
                        f"SELECT r.id FROM rulebook_deadline d JOIN {shape(model).table} r ON r.id = d.root_id"
                        " WHERE d.status = 'pending' AND d.root_kind = %s AND d.due_at <= %s"
                        f"{where} ORDER BY d.due_at, d.id LIMIT %s FOR NO KEY UPDATE OF r SKIP LOCKED",
                        [model.KIND, now, *params, limit],
                    )
                ]
            )[0]
            ids = list({row[0]: None for row in rows})
            if ids:
                self._bring_roots(docket, model, ("= ANY(%s)", [ids]), True, frozenset(), claimed=True)
                claimed += ids
        docket.read_now()
        return claimed

    # ------------------------------------------------------------------ counting

    def sums(self, wanted: Sequence[Span]) -> list[int]:
        """The sum of each span; one statement for all (`Span`)."""
        if not wanted:
            return []
        reading = Reading(wanted, platform_zone())
        return reading.told(speaking.run([reading.statement()])[0])

    # ------------------------------------------------------------------ idempotency

    def claim_key(self, caller: str, key: str, digest: str, moment: datetime) -> tuple[str, Any] | None:
        """What was answered before to this key, as (digest, answer); None when it is free. Busy while its twin runs."""
        got, found = speaking.run(
            [
                ("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{caller} {key}"]),
                (
                    f"SELECT digest, answer FROM {shape(IdempotencyKey).table} WHERE caller = %s AND key = %s",
                    [caller, key],
                ),
            ]
        )
        if not got[0][0]:
            raise Busy(
                _("The same request is being worked on right now. Wait a moment, then send it again with the same key.")
            )
        if not found:
            return None
        digest_then, answer = found[0]
        return digest_then, orjson.loads(answer) if isinstance(answer, str) else answer

    def keep_answer(self, caller: str, key: str, digest: str, answer: Any, moment: datetime) -> None:
        columns = ["id", "caller", "key", "digest", "answer", "created_at"]
        speaking.run(
            [insert(shape(IdempotencyKey).table, columns, [[new_id(), caller, key, digest, as_json(answer), moment]])]
        )


def _waits_on(model: type) -> int:
    """How many kinds lie below it whose rows are locked along with its own: orders 2 (store, seller), sellers 0.

    Claimed from the top, nobody waits for a store while he holds one.
    """
    below = (link.model for link in brought_by(model).values() if isinstance(link, Ref) and link.lock)
    return 1 + max(map(_waits_on, below), default=-1)
