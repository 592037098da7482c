"""What of disputes, returns and chargebacks waits for the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.models import Appeal, Chargeback, Dispute, Ruling
from disputes.portal.words import LIABLE
from disputes.states import AppealState, DisputeState, RulingState
from rulebook.models import Deadline
from rulebook.sentences import money_text
from stores.portal import desk
from stores.portal.words import word

APPEALS_SHOWN = 20

desk.place("disputes", gettext_lazy("Disputes"), "portal:disputes", position=30)
desk.place("returns", gettext_lazy("Returns"), "portal:returns", position=32)
desk.place("chargebacks", gettext_lazy("Chargebacks"), "portal:chargebacks", position=34)
desk.deadline(
    "seller_response",
    label=gettext_lazy("Answer the claim"),
    then=gettext_lazy("then the claim is carried out in full"),
    todo="disputes",
)
desk.deadline("negotiation", label=gettext_lazy("Agree with the buyer"), then=gettext_lazy("then the platform decides"))
desk.deadline(
    "cooperation",
    label=gettext_lazy("Help the platform"),
    then=gettext_lazy("then the cover of this dispute ends, and its cost is yours"),
    todo="disputes",
)
desk.deadline(
    "return_shipment", label=gettext_lazy("Buyer sends it back"), then=gettext_lazy("then the claim ends unpaid")
)
desk.deadline(
    "return_receipt",
    label=gettext_lazy("Confirm or contest the return"),
    then=gettext_lazy("then it counts as received, and the refund is paid"),
    todo="returns",
)
desk.deadline(
    "chargeback_evidence",
    label=gettext_lazy("Answer the chargeback"),
    then=gettext_lazy("then it is lost"),
    todo="chargebacks",
)
desk.deadline(
    "pre_arbitration_fee",
    label=gettext_lazy("Prepay the fee"),
    then=gettext_lazy("then the money is the cardholder's"),
    todo="chargebacks",
)


def _disputes(rows: list[Deadline]) -> Iterable[tuple[Deadline, Dispute, str]]:
    found = Dispute.objects.select_related("order").in_bulk([row.subject_id for row in rows])
    for row in rows:
        dispute = found.get(row.subject_id)
        if dispute is not None:
            yield row, dispute, reverse("portal:dispute", args=[dispute.public_id])


@desk.todos("seller_response")
def to_answer(request: HttpRequest, rows: list[Deadline]) -> Iterable[desk.Todo]:
    """Claims without an answer: silence carries them out."""
    for row, dispute, page in _disputes(rows):
        then = (
            _("then the goods come back, against {refund}")
            if dispute.return_goods
            else _("then {refund} go back to the buyer")
        )
        yield desk.Todo(
            title=_("Answer the claim of dispute {name}").format(name=dispute.name),
            detail=f"{dispute.get_reason_display()} · "
            + _("{refund} claimed").format(refund=money_text(dispute.refund)),
            url=page,
            act=_("Read and answer"),
            look_url=page,
            may="answer_disputes",
            deadline=desk.chip(row, then=then.format(refund=money_text(dispute.refund))),
            due_at=row.due_at,
        )


@desk.todos("cooperation")
def to_help(request: HttpRequest, rows: list[Deadline]) -> Iterable[desk.Todo]:
    """What the platform asked in covered disputes: silence ends the cover."""
    for row, dispute, page in _disputes(rows):
        yield desk.Todo(
            title=_("Help the platform in dispute {name}").format(name=dispute.name),
            detail=dispute.help_question[:200],
            url=reverse("portal:cooperate", args=[dispute.public_id]),
            act=_("Answer the platform"),
            look_url=page,
            may="answer_disputes",
            deadline=desk.chip(row),
            due_at=row.due_at,
        )


@desk.todos("return_receipt")
def to_receive(request: HttpRequest, rows: list[Deadline]) -> Iterable[desk.Todo]:
    """Returns on their way: silence counts as received."""
    for row, dispute, page in _disputes(rows):
        refund = money_text(dispute.agreed_refund or dispute.refund)
        yield desk.Todo(
            title=_("Say whether the return of dispute {name} is back").format(name=dispute.name),
            detail=_("Waybill {waybill} · film the opening of the parcel").format(waybill=dispute.return_waybill),
            url=f"{page}#return",
            act=_("Confirm or contest"),
            look_url=page,
            may="answer_disputes",
            deadline=desk.chip(
                row, then=_("then it counts as received, and {refund} go back to the buyer").format(refund=refund)
            ),
            due_at=row.due_at,
        )


def _chargebacks(rows: list[Deadline]) -> Iterable[tuple[Deadline, Chargeback, str]]:
    found = Chargeback.objects.select_related("order").in_bulk([row.subject_id for row in rows])
    for row in rows:
        chargeback = found.get(row.subject_id)
        if chargeback is not None:
            yield row, chargeback, reverse("portal:chargeback", args=[chargeback.public_id])


@desk.todos("chargeback_evidence")
def to_prove(request: HttpRequest, rows: list[Deadline]) -> Iterable[desk.Todo]:
    """Chargebacks without an answer: silence loses them."""
    for row, chargeback, page in _chargebacks(rows):
        yield desk.Todo(
            title=_("Answer chargeback {name} over {amount}").format(
                name=chargeback.name, amount=money_text(chargeback.amount)
            ),
            detail=f"{chargeback.get_reason_display()} · {chargeback.get_network_display()} · {chargeback.order.name}",
            url=page,
            act=_("Read and answer"),
            look_url=page,
            may="answer_disputes",
            deadline=desk.chip(row),
            due_at=row.due_at,
        )


@desk.todos("pre_arbitration_fee")
def to_prepay(request: HttpRequest, rows: list[Deadline]) -> Iterable[desk.Todo]:
    """Pre-arbitration: prepay the scheme's fee, or accept."""
    for row, chargeback, page in _chargebacks(rows):
        fee = money_text(chargeback.fee) if chargeback.fee is not None else ""
        yield desk.Todo(
            title=_("Prepay {fee} for chargeback {name}, or accept").format(fee=fee, name=chargeback.name),
            detail=_("{amount} are at stake; the fee comes back if you win").format(
                amount=money_text(chargeback.amount)
            ),
            url=page,
            act=_("Read and decide"),
            look_url=page,
            may="move_money",
            deadline=desk.chip(row),
            due_at=row.due_at,
        )


@desk.more_todos
def to_appeal(request: Any) -> Iterable[desk.Todo]:
    """Rulings that cost the store something, while it may still appeal and has not."""
    rows = {row.subject_id: row for row in desk.watched_for(request, "appeal", Ruling.KIND)[:APPEALS_SHOWN]}
    if not rows:
        return
    stand_in_the_way = Appeal.objects.filter(Q(side="seller") | Q(state=AppealState.OPEN), ruling_id=OuterRef("id"))
    rulings = (
        Ruling.objects.filter(id__in=list(rows), state=RulingState.IN_FORCE, refund_minor__gt=0)
        .exclude(liable="platform")
        .exclude(dispute__state=DisputeState.RETURN_CONTESTED)
        .filter(~Exists(stand_in_the_way))
        .select_related("dispute")
    )
    for ruling in sorted(rulings, key=lambda ruling: rows[ruling.id].due_at):
        row = rows[ruling.id]
        page = reverse("portal:dispute", args=[ruling.dispute.public_id])
        yield desk.Todo(
            title=_("Read the ruling in dispute {name}; you may appeal").format(name=ruling.dispute.name),
            detail=_("{refund} to the buyer; liable: {liable}").format(
                refund=money_text(ruling.refund), liable=word(LIABLE, ruling.liable)
            ),
            url=page,
            act=_("Read the ruling"),
            look_url=page,
            may="answer_disputes",
            deadline=desk.chip(row),
            due_at=row.due_at,
        )
