"""Chargebacks: what banks and wallets tell, and what sellers and moderators do about it (A69-A70)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from disputes.models import Chargeback
from disputes.models.chargeback import DECISION, INTAKE
from disputes.states import ChargebackReason, Network
from orders.models import Order
from rulebook.actions import action
from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.inputs import Amount, Choice, Text, Uploads
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.refusals import Invalid


@action(
    "bank.chargeback",
    on=Order,
    may="be_bank",
    opens=INTAKE,
    creates=Chargeback,
    needs=["balances"],
    label=_("Chargeback"),
    inputs={
        "amount": Amount(label=_("Amount"), least=1, default=None, help=_("Left out: all that was paid.")),
        "reason": Choice(label=_("Reason"), options=dict(ChargebackReason.choices), default=None),
        "network": Choice(
            label=_("Network"), options=dict(Network.choices), default=None, help=_("Left out: the one it was paid by.")
        ),
        "code": Text(
            label=_("Code of the reason"),
            longest=24,
            lines=1,
            default="",
            help=_("The network's own, as 13.1 or 4853."),
        ),
        "reference": Text(label=_("The provider's id of it"), longest=80, lines=1, default=""),
        "provider": Text(label=_("Provider"), longest=24, lines=1, default=""),
    },
)
def chargeback(
    docket: Docket,
    order: Order,
    *,
    amount: Money | None,
    reason: str | None,
    network: str | None,
    code: str,
    reference: str,
    provider: str,
) -> Chargeback:
    """A cardholder's bank, or a wallet, asks for the money back (A69-1). Give the reason, or the network's code."""
    INTAKE.law.check(order, docket)
    network = network or (order.payment_network if order.payment_network in Network.values else Network.OTHER.value)
    wanted = amount or order.refundable
    if wanted.currency != order.currency:
        raise Invalid({"amount": [_now("The order was paid in {currency}.").format(currency=order.currency)]})
    if not wanted.minor:
        wanted = order.paid
    _not_entered_before(docket, order, provider, reference)
    found = make(
        Chargeback,
        id=new_id(),
        store_id=order.store_id,
        order_id=order.id,
        amount_minor=wanted.minor,
        currency=order.currency,
        reason=reason or reason_of(docket, network, code),
        network=network,
        code=code,
        reference=reference,
        provider=provider,
        received_at=docket.at,
    )
    tie(found, order=order)
    docket.add(found, order.chargebacks)
    found.receive(docket)
    return found


def _not_entered_before(docket: Docket, order: Order, provider: str, reference: str) -> None:
    """A bank's number stands for one case of a store."""
    if not reference:
        return
    known = docket.source.find(Chargeback, store_id=order.store_id, provider=provider, reference=reference)
    if known:
        said = _now("The bank's case {reference} is {name} already.").format(reference=reference, name=known[0].name)
        raise Invalid({"reference": [said]})


def reason_of(docket: Docket, network: str, code: str) -> str:
    """The family of a network's code (A70-1), as the dated table has it; `other` for one that it does not know."""
    if not code:
        raise Invalid({"reason": [_now("Give a reason, or the network's code of it.")]})
    for family, row in docket.rules.cb.reason_codes.items():
        if code.casefold() in (known.casefold() for known in row.get(network, ())):
            return str(family)
    return ChargebackReason.OTHER.value


@action(
    "bank.decide",
    on=Chargeback,
    may="be_bank",
    opens=DECISION,
    needs=["balances"],
    label=_("Decide"),
    inputs={"winner": Choice(label=_("Winner"), options={"seller": _("Seller"), "buyer": _("Buyer")})},
)
def decide(docket: Docket, chargeback: Chargeback, *, winner: str) -> Chargeback:
    """The bank or the card body decided (A69-2, A70-15, A70-16); who bears a stolen card: A70-3 to A70-10."""
    chargeback.decide(docket, winner)
    return chargeback


@action("bank.reopen", on=Chargeback, may="be_bank", opens=Chargeback.reopen, label=_("Reopen"))
def reopen(docket: Docket, chargeback: Chargeback) -> Chargeback:
    """The result is contested: pre-arbitration (A70-13)."""
    chargeback.reopen(docket)
    return chargeback


@action(
    "seller.submit_chargeback_evidence",
    on=Chargeback,
    may="answer_disputes",
    opens=Chargeback.represent,
    primary=True,
    label=_("Answer the chargeback"),
    inputs={
        "text": Text(label=_("Your answer"), default=""),
        "waybill": Text(label=_("Waybill number"), longest=60, lines=1, default=""),
        "files": Uploads(label=_("Papers"), default=None, help=_("Pictures, PDF or plain text; up to five at a time.")),
    },
)
def submit_chargeback_evidence(
    docket: Docket, chargeback: Chargeback, *, text: str, waybill: str, files: list[Any] | None
) -> Chargeback:
    """Show the bank why the money is yours (A70-4, A70-11)."""
    if not (text or waybill or files):
        raise Invalid({"text": [_now("Write something, or give a waybill number or a paper.")]})
    chargeback.represent(docket, text=text, waybill=waybill, files=files or [])
    return chargeback


@action(
    "seller.pay_pre_arbitration_fee",
    on=Chargeback,
    may="move_money",
    opens=Chargeback.prepay,
    needs=["balances"],
    irreversible=True,
    label=_("Prepay the fee"),
)
def pay_pre_arbitration_fee(docket: Docket, chargeback: Chargeback) -> Chargeback:
    """Go on to the card body: the fee is taken from what is available and passed on (A70-13, A70-20)."""
    chargeback.prepay(docket)
    return chargeback


@action(
    "moderator.request_shipping_proof",
    on=Chargeback,
    may="watch_cards",
    opens=Chargeback.ask_for_proof,
    label=_("Ask for proof of shipping"),
    inputs={"text": Text(label=_("What is asked"), help=_("The seller reads it."))},
)
def request_shipping_proof(docket: Docket, chargeback: Chargeback, *, text: str) -> Chargeback:
    """A doubt about a stolen card's parcel: the seller proves shipping and delivery (A70-9)."""
    chargeback.ask_for_proof(docket, text=text)
    return chargeback
