"""The page about one store: deposit, standing, balances, what happened."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from finance.accounts import Account, shown
from finance.models import Balance, Withdrawal
from rulebook.admin.base import actor_of, page
from rulebook.docket import Docket
from rulebook.ids import parse_id
from rulebook.money import Money
from rulebook.rehearsal import look
from rulebook.timeline import subject_timeline, why_of
from stores.models import StaffMember, Store

ORDER = ("available", "in_transit", "escrow", "deposit", "bond", "advance_reserve", "owed")
"""The accounts that are the seller's or the buyers'; the platform's own come after."""


@require_GET
def store(request: HttpRequest, store_id: str) -> HttpResponse:
    try:
        identity = parse_id(store_id, "sto")
    except ValueError as strange:
        raise Http404 from strange
    docket = look(Store, [identity], actor_of(request))
    found = docket.held.get(identity)
    if not isinstance(found, Store):
        raise Http404
    return page(request, "finance/admin/store.html", _context(found, docket))


def _context(store: Store, docket: Docket) -> dict[str, Any]:
    rows = [
        {**row, "actor": {"kind": row["actor"]["kind"], "name": _who(row["actor"])}}
        for row in subject_timeline(store.id)
    ]
    moved = next((row["entry"] for row in reversed(rows) if row["entry"].from_state != row["entry"].to_state), None)
    top_up = docket.deadline(store, "deposit_top_up")
    return {
        "title": store.name,
        "store": store,
        "seller": store.seller,
        "timeline": rows,
        "why": why_of(moved) if moved is not None else None,
        "crumbs": [{"label": _("Stores"), "url": reverse("admin:stores_store_changelist")}, {"label": store.name}],
        "table": _balances(store),
        "withdrawals": list(Withdrawal.objects.filter(store=store).order_by("-number")[:10]),
        "staff": list(StaffMember.objects.filter(store=store).select_related("user").order_by("role", "id")[:100]),
        "deadline": None
        if top_up is None
        else {
            "name": _("Deposit"),
            "due_at": top_up.due_at,
            "rule": top_up.rule,
            "then": _("what is missing is to be paid by then"),
        },
        "registers": [
            {"label": _("Profile"), "url": reverse("admin:profile", args=[store.public_id])},
            {"label": _("Reviews"), "url": f"{reverse('admin:orders_review_changelist')}?q={store.public_id}"},
            {"label": _("Health"), "url": reverse("admin:health", args=[store.public_id])},
            {"label": _("Blocked countries"), "url": reverse("admin:countries", args=["store", store.public_id])},
            {"label": _("Orders"), "url": f"{reverse('admin:orders_order_changelist')}?q={store.public_id}"},
            {"label": _("Disputes"), "url": f"{reverse('admin:disputes_dispute_changelist')}?q={store.public_id}"},
            {"label": _("Listings"), "url": f"{reverse('admin:stores_listing_changelist')}?q={store.public_id}"},
            {"label": _("Ledger"), "url": f"{reverse('admin:finance_transaction_changelist')}?q={store.public_id}"},
            {"label": _("Journal"), "url": f"{reverse('admin:rulebook_journalentry_changelist')}?q={store.public_id}"},
        ],
    }


def _who(actor: dict[str, str]) -> str:
    return _("Automatic") if actor["kind"] == "system" else actor["name"]


def _balances(store: Store) -> dict[str, Any]:
    by_account: dict[str, dict[str, Money]] = defaultdict(dict)
    for row in Balance.objects.filter(store_id=store.id):
        by_account[row.kind][row.currency] = shown(row.kind, row.amount_minor, row.currency)
    currencies = sorted({currency for amounts in by_account.values() for currency in amounts})
    kinds = [kind for kind in (*ORDER, *Account.values) if kind in by_account]
    return {
        "caption": _("Balances of the store's books"),
        "currencies": currencies,
        "rows": [
            {"label": Account(kind).label, "amounts": [by_account[kind].get(currency) for currency in currencies]}
            for kind in dict.fromkeys(kinds)
        ],
    }
