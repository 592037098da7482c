"""What the desk knows about disputes: facts for prepared texts, and what may be decided for many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from disputes.models import Appeal, Chargeback, Dispute
from finance.accounts import shown
from orders.admin.desk import facts_by
from orders.admin.page import account_label
from rulebook.admin.bulk import Way, name_accounts
from rulebook.money import Money

facts, facts_of_appeals, facts_of_chargebacks = map(facts_by, (Dispute, Appeal, Chargeback))


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

APPEALS: dict[str, Way] = {
    "uphold": Way(
        action="moderator.decide_appeal_itself",
        label=_("The rulings stand"),
        sentence=_(
            "Every appeal fails, with the same reasons, filled in for each. One that succeeds is decided alone."
        ),
        fixed={"uphold": True},
        ours=frozenset({"refund"}),
        danger=True,
    )
}
CHARGEBACKS: dict[str, Way] = {
    "ask-for-proof": Way(
        action="moderator.request_shipping_proof",
        label=_("Ask the sellers for proof"),
        sentence=_("Each has some working days to prove shipping and delivery."),
    )
}

name_accounts(account_label, shown)
