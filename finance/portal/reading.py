"""Balances and what lies behind them, as values for the pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from finance.accounts import shown
from finance.models import Balance, Leg, Transaction
from finance.portal.words import ACCOUNTS, MOVEMENTS, SELLERS
from rulebook.models import Deadline
from rulebook.models.deadline import DeadlineStatus
from rulebook.money import Money
from rulebook.sentences import moment_text, money_text
from stores.models import Store
from stores.portal.words import word

BEHIND = 100
"""Postings behind a figure are looked for in this many of the latest transactions; the statement has them all."""
BEHIND_EACH = 4

ALWAYS_SHOWN = ("available", "escrow")


def balances(store: Store) -> dict[str, dict[str, int]]:
    """The seller's accounts in the ledger's sign: by kind, then by currency. One statement."""
    found: dict[str, dict[str, int]] = {kind: {} for kind in SELLERS}
    for row in Balance.objects.filter(store_id=store.id, kind__in=SELLERS).order_by("currency"):
        found[row.kind][row.currency] = row.amount_minor
    return found


def currencies(found: dict[str, dict[str, int]]) -> list[str]:
    """Those in which something was ever sold or held; the deposit's own currency last."""
    sales = {currency for kind in SELLERS if kind not in ("deposit", "bond") for currency in found[kind]}
    others = {currency for kind in ("deposit", "bond") for currency in found[kind]} - sales
    return [*sorted(sales), *sorted(others)]


def amounts(found: dict[str, dict[str, int]], kind: str) -> list[Money]:
    """The balances of one account that are not nothing."""
    return [shown(kind, minor, currency) for currency, minor in found[kind].items() if minor]


def next_release(store: Store) -> Deadline | None:
    rows = Deadline.objects.filter(store_id=store.id, status=DeadlineStatus.PENDING, name="release")
    return rows.order_by("due_at", "id").first()


def whys(store: Store, found: dict[str, dict[str, int]], release: Deadline | None) -> dict[str, dict[str, Any]]:
    """Why each account stands as it does: a sentence and its rule."""
    held = _("Paid by buyers; yours when the waiting time after completion is over.")
    if release is not None:
        held += " " + _("The next release is on {moment}.").format(moment=moment_text(release.due_at))
    missing = store.deposit_missing
    return {
        "available": {"sentence": _("Free to withdraw; the bank keeps its fee."), "rule": "A66-1"},
        "escrow": {"sentence": held, "rule": "A62-1"},
        "in_transit": {"sentence": _("Withdrawals that the bank has not settled yet."), "rule": "A66-1"},
        "advance_reserve": {"sentence": _("Kept back from money that was released early."), "rule": "A63-4"},
        "deposit": {
            "sentence": _("Complete.")
            if not missing.minor
            else _("{missing} is missing.").format(missing=money_text(missing)),
            "rule": "A73-2",
        },
        "bond": {"sentence": _("Lodged with the guarantor bank."), "rule": "A75-1"},
        "owed": {
            "sentence": _("Refunds that your balance did not cover; the next money released pays it first."),
            "rule": "A45-2",
        },
    }


def table(store: Store, found: dict[str, dict[str, int]]) -> dict[str, Any]:
    """All accounts by currency, with reasons, for `base/_money_table.html`."""
    columns = currencies(found)
    reasons = whys(store, found, next_release(store))
    behind = postings_behind(store)
    rows = []
    for kind in SELLERS:
        if not any(found[kind].values()) and kind not in ALWAYS_SHOWN:
            continue
        rows.append(
            {
                "label": word(ACCOUNTS, kind),
                "kind": kind,
                "note": reasons[kind]["sentence"],
                "rule": reasons[kind]["rule"],
                "cells": [
                    {
                        "amount": shown(kind, found[kind][currency], currency) if currency in found[kind] else None,
                        "postings": behind.get((kind, currency), []),
                    }
                    for currency in columns
                ],
            }
        )
    return {"currencies": columns, "rows": rows}


def postings_behind(store: Store) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The latest postings of each account. Two statements, whatever the store's history."""
    latest = list(Transaction.objects.filter(store_id=store.id).order_by("-effective_at", "-id")[:BEHIND])
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    legs = legs_of(latest)
    for entry in latest:
        for leg in legs[entry.id]:
            shelf = found[leg.kind, leg.currency]
            if len(shelf) < BEHIND_EACH:
                text = f"{movement(entry.kind)}, {moment_text(entry.effective_at)}"
                shelf.append({"account": text, "amount": shown(leg.kind, leg.amount_minor, leg.currency)})
    return found


def legs_of(entries: Iterable[Transaction]) -> dict[Any, list[Leg]]:
    """The legs of these transactions, in one statement."""
    ids = [entry.id for entry in entries]
    found: dict[Any, list[Leg]] = defaultdict(list)
    for leg in Leg.objects.filter(transaction_id__in=ids).order_by("transaction_id", "id") if ids else ():
        found[leg.transaction_id].append(leg)
    return found


def movement(kind: str) -> str:
    """``Refund to the buyer``; what takes back another movement says so."""
    if kind.startswith("reversal_of_"):
        return _("Taken back: {what}").format(what=word(MOVEMENTS, kind.removeprefix("reversal_of_")))
    return word(MOVEMENTS, kind)
