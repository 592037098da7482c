"""Money through the API: withdrawals, a store's balances, its statement."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.urls import path
from django.utils.translation import gettext_noop as _
from rest_framework.response import Response

from finance.accounts import Account, shown
from finance.models import Balance, Leg, Transaction, Withdrawal
from rulebook.actors import BANK, MODERATOR, SELLER
from rulebook.api.describing import describe_view, id_parameter, page_schema, query_parameters
from rulebook.api.pages import PAGING, page_of, query_of
from rulebook.api.resources import Resource, by_moments, by_reference, by_state, everything, of_his_stores, register
from rulebook.api.schema import component, ref
from rulebook.api.views import ResourceView
from rulebook.articles import is_known, label
from rulebook.ids import public_id as public
from rulebook.money import Money
from stores.api.resources import STORES

WITHDRAWALS = register(
    Resource(
        model=Withdrawal,
        collection="withdrawals",
        about=_("Money on its way to a seller's bank."),
        seen={SELLER: of_his_stores(), MODERATOR: everything, BANK: everything},
        order=("requested_at", "id"),
        filters={
            "store": by_reference("sto", "store_id", _("Of this store.")),
            "state": by_state(Withdrawal),
            **by_moments("requested_at", "requested"),
        },
        links={"store": ("store_id", "sto")},
    )
)

OF_THE_SELLER = (
    "escrow",
    "available",
    "in_transit",
    "deposit",
    "bond",
    "advance_reserve",
    "owed",
    "commission",
    "penalties",
)
"""Accounts that a seller reads; the others are the platform's side of his books."""


class BalancesView(ResourceView):
    """GET: what lies on each account of the store, never negative, in the sense of the account's name."""

    resource = STORES

    def get(self, request: Any, public_id: str) -> Response:
        store = self.identity(public_id, "balances")
        query_of(request, {})
        kinds = Account.values if self.actor.kind == MODERATOR else OF_THE_SELLER
        rows = Balance.objects.filter(store_id=store, kind__in=kinds).order_by("kind", "currency")
        return Response(
            {
                "results": [
                    {"account": row.kind, "amount": _money(shown(row.kind, row.amount_minor, row.currency))}
                    for row in rows
                ]
            }
        )


class StatementView(ResourceView):
    """GET: the store's transactions with their legs, newest first."""

    resource = STORES

    def get(self, request: Any, public_id: str) -> Response:
        store = self.identity(public_id, "statement")
        moments = by_moments("effective_at", "at")
        wanted = query_of(request, {name: found.spec for name, found in moments.items()})
        given = {str(found.lookup): wanted[name] for name, found in moments.items() if wanted[name] is not None}
        rows = Transaction.objects.filter(store_id=store, **given)
        page, following = page_of(rows, ("effective_at", "id"), wanted["cursor"], wanted["limit"])
        ids = [row[-1] for row in page]
        found = Transaction.objects.in_bulk(ids)
        legs = defaultdict(list)
        for leg in Leg.objects.filter(transaction_id__in=ids).order_by("id"):
            legs[leg.transaction_id].append(leg)
        return Response(
            {"results": [_transaction(found[identity], legs[identity]) for identity in ids], "next_cursor": following}
        )


def _transaction(row: Transaction, legs: list[Leg]) -> dict[str, Any]:
    return {
        "id": public("trx", row.id),
        "kind": row.kind,
        "at": row.effective_at.isoformat(),
        "order": public("ord", row.order_id) if row.order_id else None,
        "rule": row.rule,
        "rule_label": label(row.rule) if is_known(row.rule) else "",
        "facts": row.facts,
        "reverses": public("trx", row.reverses_id) if row.reverses_id else None,
        "legs": [{"account": leg.kind, "amount": _money(Money(leg.amount_minor, leg.currency))} for leg in legs],
    }


def _money(amount: Money) -> dict[str, str]:
    return {"amount": amount.amount, "currency": amount.currency}


urlpatterns = [
    path("stores/<str:public_id>/balances", BalancesView.as_view(), name="store-balances"),
    path("stores/<str:public_id>/statement", StatementView.as_view(), name="store-statement"),
]


def _describe() -> None:
    text = {"type": "string"}
    line = {
        "type": "object",
        "properties": {"account": {**text, "enum": Account.values}, "amount": ref("Money")},
        "required": ["account", "amount"],
    }
    balances = {"type": "object", "properties": {"results": {"type": "array", "items": line}}, "required": ["results"]}
    nothing = {"type": ["string", "null"]}
    fields = {
        "id": text,
        "kind": text,
        "at": {**text, "format": "date-time"},
        "order": nothing,
        "rule": text,
        "rule_label": text,
        "facts": {"type": "object"},
        "reverses": nothing,
        "legs": {"type": "array", "items": line},
    }
    transaction = component("Transaction", {"type": "object", "properties": fields, "required": list(fields)})
    moments = {name: found.spec for name, found in by_moments("effective_at", "at").items()}
    describe_view(
        BalancesView,
        operation="stores_balances",
        tag="stores",
        summary="Read a store's balances",
        answer=component("Balances", balances),
        parameters=[id_parameter("sto")],
        text="Never negative, in the sense of each account's name.",
    )
    describe_view(
        StatementView,
        operation="stores_statement",
        tag="stores",
        summary="Read a store's statement",
        answer=component("StatementPage", page_schema(transaction)),
        parameters=[id_parameter("sto"), *query_parameters({**moments, **PAGING})],
        text="Transactions with legs, newest first. Legs sum to zero in each currency: a positive one raises what "
        "the platform owes or has earned, a negative one what it holds outside, claims or has lost.",
    )


_describe()

__all__ = ["WITHDRAWALS", "BalancesView", "StatementView", "urlpatterns"]
