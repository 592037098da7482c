"""The page about one store: deposit, standing, balances, what happened."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from finance.accounts import Account, shown
from finance.models import Balance, Withdrawal
from rulebook.admin.base import page
from rulebook.admin.deciding import Deciding
from rulebook.admin.finding import held
from rulebook.docket import Docket
from rulebook.money import Money
from rulebook.timeline import subject_timeline, why_of
from stores.admin import penalties, standing
from stores.models import StaffMember, Store

ORDER = ("available", "in_transit", "escrow", "deposit", "bond", "advance_reserve", "owed")
"""The accounts that are the seller's or the buyers'; the platform's own come after."""


@require_GET
def store(request: HttpRequest, store_id: str) -> HttpResponse:
    """The store, and what a moderator may do about its standing."""
    found, docket = held(request, Store, store_id)
    return _show(request, found, docket, _deciding(request, found, docket).context())


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, store_id: str, verb: str) -> HttpResponse:
    """Propose a penalty, end the cover, close the account: form, preview, confirmation."""
    found, docket = held(request, Store, store_id)
    return _deciding(request, found, docket).answer(verb)


def _deciding(request: HttpRequest, found: Store, docket: Docket) -> Deciding:
    def show(context: dict[str, Any], status: int = 200) -> HttpResponse:
        return _show(request, found, docket, context, status)

    here = reverse("admin:store", args=[found.public_id])
    return Deciding(
        request,
        found,
        docket,
        here=here,
        acts_at=f"{here}act/",
        ways=standing.ways(found, docket),
        show=show,
        crumbs=[
            {"label": _("Stores"), "url": reverse("admin:stores_store_changelist")},
            {"label": found.name, "url": here},
        ],
        shown=shown,
        folded=True,
    )


def _show(
    request: HttpRequest, found: Store, docket: Docket, decide: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {**_context(found, docket), **decide}
    return page(request, "finance/admin/store.html", context, status=status)


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
        "points": penalties.points_of(store),
        "penalties": penalties.listed(store),
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
            {"label": _("Penalties"), "url": f"{reverse('admin:stores_penalty_changelist')}?q={store.public_id}"},
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
