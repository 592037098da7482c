"""What of money waits for the store, and where its money is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from finance.portal import reading
from finance.portal.words import ACCOUNTS
from rulebook.models import Deadline
from rulebook.money import Money
from rulebook.sentences import money_text
from stores.portal import desk
from stores.portal.words import word

desk.place("balance", gettext_lazy("Balance"), "portal:balance", position=40)
desk.place("statement", gettext_lazy("Statement"), "portal:statement", position=50)
desk.deadline(
    "deposit_top_up",
    label=gettext_lazy("Pay the deposit"),
    then=gettext_lazy("then your listings go offline"),
    todo="balance",
)


@desk.todos("deposit_top_up")
def deposit_due(request: Any, rows: list[Deadline]) -> Iterable[desk.Todo]:
    return [_deposit(request, row) for row in rows if row.subject_id == request.store.id]


@desk.more_todos
def deposit_short(request: Any) -> Iterable[desk.Todo]:
    """A deposit that is short although no deadline runs: an exhausted one stops all sales."""
    if request.store.deposit_missing.minor and all(row.name != "deposit_top_up" for row in desk.waiting(request)):
        yield _deposit(request, None)


def _deposit(request: Any, row: Deadline | None) -> desk.Todo:
    store = request.store
    stopped = _("The store takes no orders until it is paid.") if store.deposit_status == "exhausted" else ""
    page = reverse("portal:deposit")
    return desk.Todo(
        title=_("Pay {missing} of the deposit").format(missing=money_text(store.deposit_missing)),
        detail=stopped
        or _("{held} of {required} are held.").format(
            held=money_text(store.deposit_paid), required=money_text(store.deposit_required)
        ),
        url=page,
        act=_("Pay the deposit"),
        look_url=page,
        may="move_money",
        deadline=desk.chip(row),
        due_at=row.due_at if row else None,
    )


@desk.panel(20)
def money(request: HttpRequest) -> dict[str, Any]:
    """Where is my money, and why there?"""
    store = request.store  # type: ignore[attr-defined]
    found = reading.balances(store)
    reasons = reading.whys(store, found, reading.next_release(store))
    figures = []
    for kind in ("available", "escrow", "in_transit", "advance_reserve", "deposit", "bond", "owed"):
        amounts = reading.amounts(found, kind)
        if amounts or kind in reading.ALWAYS_SHOWN:
            nothing = [Money(0, next(iter(reading.currencies(found)), "USD"))]
            figures.append(
                {"label": word(ACCOUNTS, kind), "amounts": amounts or nothing, "why": reasons[kind], "kind": kind}
            )
    return {"template": "finance/portal/_figures.html", "figures": figures}
