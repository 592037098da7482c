"""The statement as a table for spreadsheets: written while it is read, one row a leg, amounts as plain numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from finance.accounts import shown
from finance.models import Transaction
from finance.portal.reading import legs_of, movement
from finance.portal.words import ACCOUNTS, TOLD
from rulebook.ids import public_id
from rulebook.spreadsheets import MARK, safe, writer
from stores.portal.words import word

AT_ONCE = 500


def lines(store_id: Any, since: datetime | None, until: datetime | None) -> Iterator[str]:
    """The whole period, oldest first, in batches by position: a long history costs no memory."""
    table = writer()
    yield MARK
    yield table.writerow(
        [_("Date (UTC)"), _("What"), _("Order"), _("Rule"), _("Account"), _("Amount"), _("Currency"), _("Transaction")]
    )
    last: tuple[datetime, Any] | None = None
    while batch := _batch(store_id, since, until, last):
        legs = legs_of(batch)
        for entry in batch:
            for leg in legs[entry.id]:
                if leg.kind in TOLD:
                    yield table.writerow(_row(entry, leg))
        last = (batch[-1].effective_at, batch[-1].id)


def _batch(
    store_id: Any, since: datetime | None, until: datetime | None, last: tuple[datetime, Any] | None
) -> list[Transaction]:
    rows = Transaction.objects.filter(store_id=store_id)
    if since:
        rows = rows.filter(effective_at__gte=since)
    if until:
        rows = rows.filter(effective_at__lt=until)
    if last:
        rows = rows.filter(effective_at__gte=last[0]).exclude(effective_at=last[0], id__lte=last[1])
    return list(rows.order_by("effective_at", "id")[:AT_ONCE])


def _row(entry: Transaction, leg: Any) -> list[str]:
    order = public_id("ord", entry.order_id) if entry.order_id else ""
    return [
        entry.effective_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        safe(movement(entry.kind)),
        order,
        safe(entry.rule),
        safe(word(ACCOUNTS, leg.kind)),
        shown(leg.kind, leg.amount_minor, leg.currency).amount,
        leg.currency,
        str(entry.id),
    ]
