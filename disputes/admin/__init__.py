"""The moderators' pages about disputes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from disputes.admin import desk, told  # noqa: F401  # `told` registers its page
from disputes.models import Appeal, Chargeback, Dispute, Evidence, Offer, Ruling
from disputes.states import ChargebackReason, Reason, RulingState
from rulebook.actors import Actor
from rulebook.admin.base import CaseAdmin
from rulebook.admin.cases import CASE_KINDS, CaseKind
from rulebook.models import Case


def own_rulings(actor: Actor, disputes: Iterable[UUID]) -> set[UUID]:
    """Of these disputes, those whose waiting ruling the actor made himself: another one approves it (A45-2)."""
    mine = Ruling.objects.filter(dispute_id__in=list(disputes), state=RulingState.PROPOSED, made_by=actor.id)
    return set(mine.values_list("dispute_id", flat=True))


def own_decisions(actor: Actor, appeals: Iterable[UUID]) -> set[UUID]:
    """Of these appeals, those against a ruling that the actor made or approved: somebody else decides them (V-22)."""
    his = Q(ruling__made_by=actor.id) | Q(ruling__approved_by=actor.id)
    return set(Appeal.objects.filter(his, id__in=list(appeals)).values_list("id", flat=True))


def topic(case: Case) -> str:
    return str(Reason(case.topic).label) if case.topic in Reason.values else case.topic


CASE_KINDS["dispute"] = CaseKind(
    label=_("Disputes"),
    prefix=Dispute.PREFIX,
    page="case",
    title=lambda case: f"D{case.number}",
    topic=topic,
    conflicts=own_rulings,
    may="decide_disputes",
    topics=dict(Reason.choices),
    facts=desk.facts,
    bulk=desk.WAYS,
)
CASE_KINDS["appeal"] = CaseKind(
    label=_("Appeals"),
    prefix=Appeal.PREFIX,
    page="appeal",
    title=lambda case: str(_("Appeal in D{number}")).format(number=case.number),
    topic=topic,
    conflicts=own_decisions,
    may="decide_appeals",
    topics=dict(Reason.choices),
    facts=desk.facts_of_appeals,
    bulk=desk.APPEALS,
)
CASE_KINDS["chargeback"] = CaseKind(
    label=_("Chargebacks"),
    prefix=Chargeback.PREFIX,
    page="chargeback",
    title=lambda case: f"C{case.number}",
    topic=lambda case: str(ChargebackReason(case.topic).label) if case.topic in ChargebackReason.values else case.topic,
    may="watch_cards",
    topics=dict(ChargebackReason.choices),
    facts=desk.facts_of_chargebacks,
    bulk=desk.CHARGEBACKS,
)


@admin.register(Dispute)
class DisputeAdmin(CaseAdmin):
    """All disputes ever; the worklist has the open ones."""

    page = "case"
    list_display = ("name", "state_shown", "store", "amount", "topic", "opened_at")
    list_filter = ("state", "outcome")
    list_select_related = ("store",)
    search_ids = {"ord": "order_id", "sto": "store_id"}
    search_help_text = _("A dispute's, an order's or a store's id.")

    @admin.display(description=_("Dispute"))
    def name(self, dispute: Dispute) -> str:
        return dispute.name

    @admin.display(description=_("Claimed"))
    def amount(self, dispute: Dispute) -> str:
        return str(dispute.refund)

    @admin.display(description=_("Reason"))
    def topic(self, dispute: Dispute) -> str:
        return str(Reason(dispute.reason).label)


class OfDispute(CaseAdmin):
    """What hangs on a dispute; its page is the dispute's."""

    search_ids = {"dsp": "dispute_id"}
    search_help_text = _("Its id, or the dispute's.")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("dispute")

    @admin.display(description=_("Dispute"))
    def of_dispute(self, record: Any) -> str:
        return str(record.dispute.name)


@admin.register(Evidence)
class EvidenceAdmin(OfDispute):
    list_display = ("of_dispute", "side", "file_name", "media_type", "size", "added_by", "added_at")


@admin.register(Offer)
class OfferAdmin(OfDispute):
    list_display = ("of_dispute", "side", "amount", "state_shown", "made_by", "made_at")

    @admin.display(description=_("Refund"))
    def amount(self, offer: Offer) -> str:
        return str(offer.refund)


@admin.register(Ruling)
class RulingAdmin(OfDispute):
    list_display = ("of_dispute", "amount", "liable", "state_shown", "made_by_name", "approved_by_name", "made_at")
    list_filter = ("state",)

    @admin.display(description=_("Refund"))
    def amount(self, ruling: Ruling) -> str:
        return str(ruling.refund)


@admin.register(Chargeback)
class ChargebackAdmin(CaseAdmin):
    """All chargebacks ever; the worklist has the open ones."""

    page = "chargeback"
    list_display = ("name", "state_shown", "store", "amount", "reason", "network", "received_at")
    list_filter = ("state", "reason")
    list_select_related = ("store",)
    search_by = ("reference",)
    search_ids = {"ord": "order_id", "sto": "store_id"}
    search_help_text = _("A chargeback's, an order's or a store's id, or the provider's reference.")

    @admin.display(description=_("Chargeback"))
    def name(self, chargeback: Chargeback) -> str:
        return chargeback.name

    @admin.display(description=_("Amount"))
    def amount(self, chargeback: Chargeback) -> str:
        return str(chargeback.amount)
