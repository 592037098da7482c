"""Proving the ledger, and every reference that no foreign key holds. Upper apps add what only they can see.

@check("escrow of orders")
def escrow(): yield "…"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils.module_loading import autodiscover_modules

from finance.accounts import AT_OR_ABOVE_ZERO, AT_OR_BELOW_ZERO
from rulebook.docket import PLATFORM
from rulebook.models.base import KINDS
from rulebook.verifying import one_moment

Check = Callable[[], Iterator[str]]
_CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check: it yields a sentence for each fault."""

    def register(function: Check) -> Check:
        _CHECKS[name] = function
        return function

    return register


@lru_cache(maxsize=1)
def _read_all() -> None:
    autodiscover_modules("verifying")


def checks() -> dict[str, Check]:
    """All of them, by name, in the order of the apps."""
    _read_all()
    return _CHECKS


def verify_ledger() -> Iterator[tuple[str, str]]:
    """Every fault as (check, sentence), all seen at one moment."""
    with one_moment():
        for name, run in checks().items():
            for fault in run():
                yield name, fault


def faulty(sql: str, params: Any = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a query that finds what must not be."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(1000):
            yield from rows


# ------------------------------------------------------------------ the ledger's own


@check("transactions balance")
def transactions_balance() -> Iterator[str]:
    found = faulty(
        "SELECT transaction_id, currency, sum(amount_minor) FROM finance_leg"
        " GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0"
    )
    for transaction, currency, rest in found:
        yield f"transaction {transaction}: its legs in {currency} sum to {rest}, not to zero"


@check("legs belong together")
def legs_belong_together() -> Iterator[str]:
    found = faulty(
        "SELECT l.id, l.transaction_id FROM finance_leg l LEFT JOIN finance_transaction t"
        " ON t.id = l.transaction_id AND t.store_id = l.store_id WHERE t.id IS NULL"
    )
    for leg, transaction in found:
        yield f"leg {leg}: its store has no transaction {transaction}"
    found = faulty(
        "SELECT t.id FROM finance_transaction t"
        " WHERE NOT EXISTS (SELECT 1 FROM finance_leg l WHERE l.transaction_id = t.id)"
    )
    for (transaction,) in found:
        yield f"transaction {transaction}: it has no legs"


@check("balances are the sums of legs")
def balances_are_sums() -> Iterator[str]:
    found = faulty(
        "SELECT store_id, kind, currency, coalesce(b.amount_minor, 0), coalesce(s.total, 0) FROM finance_balance b"
        " FULL JOIN (SELECT store_id, kind, currency, sum(amount_minor) AS total FROM finance_leg"
        " GROUP BY store_id, kind, currency) s"
        " USING (store_id, kind, currency) WHERE coalesce(b.amount_minor, 0) <> coalesce(s.total, 0)"
    )
    for store, kind, currency, stands, total in found:
        yield f"balance {kind} {currency} of {store}: it stands at {stands}, its legs sum to {total}"


@check("balances have the sign of their kind")
def balances_have_their_sign() -> Iterator[str]:
    found = faulty(
        "SELECT store_id, kind, currency, amount_minor FROM finance_balance"
        " WHERE (kind = ANY(%s) AND amount_minor < 0) OR (kind = ANY(%s) AND amount_minor > 0)",
        [list(AT_OR_ABOVE_ZERO), list(AT_OR_BELOW_ZERO)],
    )
    for store, kind, currency, stands in found:
        yield f"balance {kind} {currency} of {store}: {stands} has the wrong sign"


@check("transactions have their entry")
def transactions_have_their_entry() -> Iterator[str]:
    found = faulty(
        "SELECT t.id, t.entry_id, t.rule, j.id IS NULL FROM finance_transaction t LEFT JOIN rulebook_journalentry j"
        " ON j.id = t.entry_id AND j.store_id = t.store_id WHERE j.id IS NULL OR NOT j.rules ? t.rule"
    )
    for transaction, entry, rule, gone in found:
        yield f"transaction {transaction}: " + (
            f"the journal of its store has no entry {entry}" if gone else f"its entry {entry} does not cite {rule}"
        )
    found = faulty(
        "SELECT j.id, j.transaction_id FROM rulebook_journalentry j WHERE j.transaction_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM finance_transaction t WHERE t.id = j.transaction_id)"
    )
    for entry, transaction in found:
        yield f"entry {entry}: there is no transaction {transaction}"


@check("reversals mirror what they reverse")
def reversals_mirror() -> Iterator[str]:
    legs = (
        "SELECT kind, currency, sum(amount_minor) AS s FROM finance_leg"
        " WHERE transaction_id = {of} GROUP BY kind, currency"
    )
    found = faulty(
        "SELECT t.id, t.reverses_id FROM finance_transaction t WHERE t.reverses_id IS NOT NULL AND EXISTS ("
        f"SELECT 1 FROM ({legs.format(of='t.id')}) a"
        f" FULL JOIN ({legs.format(of='t.reverses_id')}) b USING (kind, currency)"
        " WHERE coalesce(a.s, 0) + coalesce(b.s, 0) <> 0)"
    )
    for transaction, reversed_one in found:
        yield f"transaction {transaction}: it is no mirror of {reversed_one}"


# ------------------------------------------------------------------ references without foreign keys

_BY_KIND = (
    ("rulebook_deadline", "subject_kind", "subject_id"),
    ("rulebook_deadline", "root_kind", "root_id"),
    ("rulebook_notice", "subject_kind", "subject_id"),
    ("rulebook_notice", "root_kind", "root_id"),
    ("rulebook_journalentry", "subject_kind", "subject_id"),
    ("rulebook_journalentry", "root_kind", "root_id"),
    ("rulebook_case", "kind", "subject_id"),
)
_BY_COLUMN = (
    ("rulebook_delivery", "notice_id", "rulebook_notice"),
    ("finance_transaction", "reverses_id", "finance_transaction"),
)


@check("subjects exist")
def subjects_exist() -> Iterator[str]:
    """Whatever names a kind and an id names something that is there."""
    called = {**KINDS, **{model.CASE_KIND: model for model in KINDS.values() if model.CASE_KIND}}
    for table, kind_column, id_column in _BY_KIND:
        for (kind,) in faulty(f"SELECT DISTINCT {kind_column} FROM {table}"):
            if kind not in called:
                yield f"{table}: nothing is of the kind {kind}"
                continue
            parent = called[kind]._meta.db_table
            found = faulty(
                f"SELECT c.id, c.{id_column} FROM {table} c WHERE c.{kind_column} = %s AND NOT EXISTS"
                f' (SELECT 1 FROM "{parent}" p WHERE p.id = c.{id_column})',
                [kind],
            )
            for row, subject in found:
                yield f"{table} {row}: there is no {kind} {subject}"


@check("plain references exist")
def plain_references_exist() -> Iterator[str]:
    yield from dangling(_BY_COLUMN)


@check("stores exist")
def stores_exist() -> Iterator[str]:
    """Every `store_id` that no foreign key holds names a store, or the platform's book."""
    for model in apps.get_models():
        if not any(field.attname == "store_id" and not field.is_relation for field in model._meta.concrete_fields):
            continue
        table = model._meta.db_table
        found = faulty(
            f'SELECT DISTINCT c.store_id FROM "{table}" c WHERE c.store_id IS NOT NULL'
            " AND c.store_id <> %s"
            f' AND NOT EXISTS (SELECT 1 FROM "{KINDS["store"]._meta.db_table}" s WHERE s.id = c.store_id)',
            [PLATFORM],
        )
        for (store,) in found:
            yield f"{table}: there is no store {store}"


def dangling(references: tuple[tuple[str, str, str], ...]) -> Iterator[str]:
    """Of (table, column, parent table): rows whose column names no row of the parent."""
    for table, column, parent in references:
        found = faulty(
            f'SELECT c.id, c.{column} FROM "{table}" c WHERE c.{column} IS NOT NULL'
            f' AND NOT EXISTS (SELECT 1 FROM "{parent}" p WHERE p.id = c.{column})'
        )
        for row, missing in found:
            yield f"{table} {row}: its {column} {missing} does not exist"
