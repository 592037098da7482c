"""Money as stories check it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from finance.accounts import Account, shown
from finance.models import Balance, Leg, Transaction
from rulebook.money import Money
from rulebook.scenarios.grammar import nearest
from rulebook.scenarios.stage import Stage, reads


@reads("money")
def money(stage: Stage, path: list[str], expected: Any) -> Any:
    """``money.STORE.KIND``: the currency of the expected value says which balance is meant."""
    if len(path) != 2:
        raise KeyError("money is read as money.STORE.KIND")
    name, kind = path
    try:
        store = stage.identity(name, "store")
    except KeyError:
        raise KeyError(f"there is no store named {name!r}{nearest(name, stage.made.get('store', ()))}") from None
    if kind not in Account.values:
        raise KeyError(f"the ledger has no account {kind!r}{nearest(kind, Account.values)}")
    currency = _currency(expected)
    if stage.memory is not None:
        minor = stage.memory.balances.get((store, kind, currency), 0)
    else:
        minor = sum(
            Balance.objects.filter(store_id=store, kind=kind, currency=currency).values_list("amount_minor", flat=True)
        )
    return shown(kind, minor, currency)


def _currency(expected: Any) -> str:
    value = next(iter(expected.values())) if isinstance(expected, dict) and expected else expected
    try:
        return Money.parse(value).currency
    except ValueError:
        return "USD"


@reads("ledger")
def ledger(stage: Stage, path: list[str], expected: Any) -> Any:
    """``ledger.balanced``: every transaction and the whole sum to zero, and the balances are the sums of the legs."""
    if path != ["balanced"]:
        raise KeyError("of the ledger, stories check ledger.balanced")
    transactions = _transactions(stage)
    totals: dict[Any, int] = defaultdict(int)
    for store, legs in transactions:
        sums: dict[str, int] = defaultdict(int)
        for kind, minor, currency in legs:
            sums[currency] += minor
            totals[store, kind, currency] += minor
        if any(sums.values()):
            return False
    balances = _balances(stage)
    return all(balances.get(key, 0) == minor for key, minor in totals.items()) and all(
        totals.get(key, 0) == minor for key, minor in balances.items()
    )


def _transactions(stage: Stage) -> list[tuple[Any, list[tuple[str, int, str]]]]:
    if stage.memory is not None:
        return [(posting.store_id, posting.legs) for posting in stage.memory.postings]
    legs: dict[Any, list[tuple[str, int, str]]] = defaultdict(list)
    for row in Leg.objects.filter(store_id__in=stage.stores).values_list(
        "transaction_id", "kind", "amount_minor", "currency"
    ):
        legs[row[0]].append((row[1], row[2], row[3]))
    return [
        (row[1], legs[row[0]])
        for row in Transaction.objects.filter(store_id__in=stage.stores).values_list("id", "store_id")
    ]


def _balances(stage: Stage) -> dict[Any, int]:
    if stage.memory is not None:
        return dict(stage.memory.balances)
    rows = Balance.objects.filter(store_id__in=stage.stores).values_list("store_id", "kind", "currency", "amount_minor")
    return {(store, kind, currency): minor for store, kind, currency, minor in rows}
