"""Previews: what an act would do, taken from a rehearsal of the act itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from finance.accounts import shown
from finance.portal.words import ACCOUNTS, TOLD
from rulebook.money import Money
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text
from stores.portal.doors import changes
from stores.portal.words import word


def preview_of(
    rehearsal: Rehearsal,
    *,
    title: str,
    sentence: str,
    currency: str,
    kinds: Mapping[str, Any],
    rule: str = "",
    effects: Sequence[str] = (),
    final: bool = True,
) -> dict[str, Any]:
    """For `base/_preview.html`: states, the store's money by account, and who is told."""
    rows = [
        {
            "account": word(ACCOUNTS, kind),
            "before": shown(kind, was, currency),
            "change": shown(kind, delta, currency),
            "after": shown(kind, was + delta, currency),
        }
        for (kind, of), (was, delta) in sorted(rehearsal.money.items(), key=_as_told)
        if of == currency and kind in TOLD
    ]
    return {
        "title": title,
        "sentence": sentence,
        "rule": rule or (rehearsal.entries[0].rule if rehearsal.entries else ""),
        "final": final,
        "states": changes(rehearsal, kinds),
        "money": {"currency": currency, "rows": rows},
        "effects": [*_outgoing(rehearsal), *effects, *_told(rehearsal)],
    }


def _as_told(item: Any) -> int:
    kind = item[0][0]
    return TOLD.index(kind) if kind in TOLD else len(TOLD)


def _outgoing(rehearsal: Rehearsal) -> list[str]:
    """What goes to the buyer: told by the act's notice rather than by an account."""
    found = [notice.facts.get("amount") for notice in rehearsal.notices if notice.code == "refund_sent"]
    return [_("{amount} go back to the buyer.").format(amount=_money(amount)) for amount in found if amount is not None]


def _money(amount: Any) -> str:
    return money_text(Money.parse(amount))


def _told(rehearsal: Rehearsal) -> list[str]:
    audiences = {notice.audience_kind for notice in rehearsal.notices}
    if {"buyer", "seller"} <= audiences:
        return [_("The buyer and your store get a notice with the reasons.")]
    return [_("The buyer gets a notice.")] if "buyer" in audiences else []
