"""What the desk knows about disputes: facts for prepared texts, and what may be decided for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from disputes.models import Dispute
from finance.accounts import shown
from orders.admin.page import account_label
from orders.models import OrderLine
from rulebook.admin.bulk import Way, name_accounts
from rulebook.models import Case
from rulebook.money import Money


def facts(rows: Iterable[Case]) -> dict[UUID, dict[str, str]]:
    """The order's number and what was ordered, for the rows of disputes; two statements."""
    of_case = {row.subject_id: row.id for row in rows}
    orders = {
        one.order_id: (of_case[one.id], one.order.name)
        for one in Dispute.objects.filter(id__in=list(of_case)).select_related("order")
    }
    items: dict[UUID, list[str]] = defaultdict(list)
    for order_id, title in (
        OrderLine.objects.filter(order_id__in=list(orders)).order_by("id").values_list("order_id", "title")
    ):
        items[order_id].append(title)
    return {case: {"order": name, "item": ", ".join(items[order])} for order, (case, name) in orders.items()}


def _share() -> forms.Field:
    return forms.IntegerField(
        min_value=0,
        max_value=100,
        initial=50,
        label=_("Refund, in percent of the claim"),
        help_text=_("Of each case's own claim, in its own currency."),
    )


def _part(dispute: Dispute, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"suggest_refund": str(Money(dispute.refund_minor * int(values["share"]) // 100, dispute.currency))}


def _nothing(dispute: Dispute, _values: Mapping[str, Any]) -> dict[str, Any]:
    return {"refund": str(Money(0, dispute.currency))}


WAYS: dict[str, Way] = {
    "intervene": Way(
        action="moderator.intervene",
        label=_("Propose a settlement"),
        sentence=_("Each side may take it; it binds when both do. The same words for all, filled in for each."),
        ours=frozenset({"suggest_refund"}),
        fields={"share": _share},
        made=_part,
    ),
    "take-over": Way(
        action="moderator.take_over",
        label=_("Take over"),
        sentence=_("The platform decides them first; the parties' clocks stop."),
    ),
    "ask-for-help": Way(
        action="moderator.request_cooperation",
        label=_("Ask the sellers for help"),
        sentence=_("For disputes under the after-sale cover."),
    ),
    "not-covered": Way(
        action="moderator.declare_not_covered",
        label=_("Not cases of the platform's"),
        sentence=_("They go to arbitration at once."),
    ),
    "reject": Way(
        action="moderator.rule",
        label=_("Reject the claims"),
        sentence=_("A ruling of nothing for each, with the same reasons, filled in for each."),
        fixed={"return_goods": False, "counterfeit": False, "liable": "buyer"},
        ours=frozenset({"refund", "cause"}),
        made=_nothing,
        danger=True,
    ),
}

name_accounts(account_label, shown)
