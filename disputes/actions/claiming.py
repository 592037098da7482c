"""What the parties do in a dispute, in the order of its life."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from disputes.models import Dispute, Evidence
from disputes.models.dispute import LATE, OPENING, PLUS_RETURN
from disputes.states import BEFORE_A_MODERATOR, EvidenceKind, Reason
from orders.actions.talking import MESSAGE, thread_about, write
from orders.models import Message, Order
from orders.states import ThreadKind
from rulebook.actions import action
from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.inputs import Amount, Choice, Flag, Text, Upload, Uploads
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.refusals import Invalid
from rulebook.rule import BUYER

REASONS = dict(Reason.choices)
WHAT_FILES = _("Pictures, films (MP4, WebM), PDF or plain text.")


@action(
    "buyer.open_dispute",
    on=Order,
    may="be_buyer",
    opens=OPENING,
    creates=Dispute,
    primary=True,
    label=_("Open a dispute"),
    inputs={
        "reason": Choice(label=_("Reason"), options=REASONS),
        "refund": Amount(
            label=_("Refund"), least=1, default=None, help=_("May be left out of a Plus return without a reason only.")
        ),
        "return_goods": Flag(label=_("Send the goods back")),
        "text": Text(label=_("What happened"), default=""),
        "evidence": Uploads(label=_("Evidence"), default=None, help=WHAT_FILES),
    },
)
def open_dispute(
    docket: Docket,
    order: Order,
    *,
    reason: str,
    refund: Money | None,
    return_goods: bool,
    text: str,
    evidence: list[Any] | None,
) -> Dispute:
    """Claim money back (A39-1); with Plus goods go back without a reason (PLUS-7), for all that was paid by default."""
    without_reason = order.plus and reason == Reason.NO_REASON_RETURN
    (PLUS_RETURN if without_reason else OPENING).law.check(order, docket)
    if refund is None:
        if not without_reason:
            raise Invalid({"refund": [_now("Say how much you want back.")]})
        refund = order.refundable
    same_currency(refund, order.currency, "refund")
    dispute = _draft(docket, order, reason, refund, return_goods or without_reason, text)
    dispute.without_reason = without_reason
    dispute.file(docket)
    for file in evidence or ():
        dispute.add_evidence(docket, text="", file=file)
    return dispute


@action(
    "buyer.claim_late_delivery",
    on=Order,
    may="be_buyer",
    opens=LATE,
    creates=Dispute,
    label=_("Claim for late delivery"),
    inputs={"text": Text(label=_("What happened"), default="")},
)
def claim_late_delivery(docket: Docket, order: Order, *, text: str) -> Dispute:
    """The promised time is over: claim everything paid (AS-3)."""
    LATE.law.check(order, docket)
    dispute = _draft(docket, order, Reason.LATE_DELIVERY.value, order.refundable, False, text)
    dispute.file(docket)
    return dispute


def _draft(docket: Docket, order: Order, reason: str, refund: Money, return_goods: bool, text: str) -> Dispute:
    dispute = make(
        Dispute,
        id=new_id(),
        store_id=order.store_id,
        order_id=order.id,
        reason=reason,
        text=text,
        refund_minor=refund.minor,
        currency=order.currency,
        return_goods=return_goods,
        opened_at=docket.at,
    )
    tie(dispute, order=order)
    dispute.offers, dispute.rulings = [], []
    return docket.add(dispute, order.disputes)


def same_currency(amount: Money, currency: str, field: str) -> None:
    if amount.currency != currency:
        raise Invalid({field: [_now("The order was paid in {currency}.").format(currency=currency)]})


@action(
    "buyer.revise_dispute",
    on=Dispute,
    may="be_buyer",
    opens=Dispute.revise,
    label=_("Revise the claim"),
    inputs={
        "refund": Amount(label=_("Refund"), least=1, default=None),
        "return_goods": Flag(label=_("Send the goods back"), default=None),
        "text": Text(label=_("What happened"), default=""),
    },
)
def revise_dispute(
    docket: Docket, dispute: Dispute, *, refund: Money | None, return_goods: bool | None, text: str
) -> Dispute:
    """Change the claim; the seller's time to answer starts again (A40-1)."""
    if refund is not None:
        same_currency(refund, dispute.currency, "refund")
    dispute.revise(docket, refund=refund, return_goods=return_goods, text=text)
    return dispute


@action(
    "seller.accept_dispute",
    on=Dispute,
    may="answer_disputes",
    opens=(Dispute.accept, Dispute.accept_suggestion),
    needs=["balances"],
    primary=True,
    irreversible=True,
    label=_("Accept and refund"),
    inputs={"text": Text(label=_("Words to the buyer"), default="")},
)
def accept_dispute(docket: Docket, dispute: Dispute, *, text: str) -> Dispute:
    """Do what the buyer asks (A40-1): the claim, or what he has taken of the platform's since (A43-2). Where the claim
    can no longer be accepted, the platform's proposal is what is left to take."""
    if dispute.suggestion is not None and (
        dispute.suggestion_accepted_by == BUYER or dispute.state not in BEFORE_A_MODERATOR
    ):
        dispute.accept_suggestion(docket)
    else:
        dispute.accept(docket)
    return dispute


@action(
    "seller.reject_dispute",
    on=Dispute,
    may="answer_disputes",
    opens=Dispute.reject,
    label=_("Reject the claim"),
    inputs={
        "text": Text(label=_("Your reasons"), help=_("The buyer and the moderator read them."), default=""),
        "offer_refund": Amount(label=_("Offer a refund instead"), default=None),
        "offer_return": Flag(label=_("The offer asks for the goods back")),
    },
)
def reject_dispute(
    docket: Docket, dispute: Dispute, *, text: str, offer_refund: Money | None, offer_return: bool
) -> Dispute:
    """Refuse the claim, with an offer if you like (A41-1)."""
    dispute.reject(docket, text=text)
    if offer_refund is not None:
        same_currency(offer_refund, dispute.currency, "offer_refund")
        dispute.make_offer(docket, refund=offer_refund, return_goods=offer_return, text=text)
    return dispute


OFFER = {
    "refund": Amount(label=_("Refund")),
    "return_goods": Flag(label=_("Against the goods back")),
    "text": Text(label=_("Words to the other side"), default=""),
}


@action(
    "seller.make_offer",
    on=Dispute,
    may="answer_disputes",
    opens=Dispute.make_offer,
    label=_("Offer a refund"),
    inputs=OFFER,
)
def make_offer(docket: Docket, dispute: Dispute, *, refund: Money, return_goods: bool, text: str) -> Dispute:
    """Offer a settlement (A41-1)."""
    same_currency(refund, dispute.currency, "refund")
    dispute.make_offer(docket, refund=refund, return_goods=return_goods, text=text)
    return dispute


@action(
    "buyer.accept_offer",
    on=Dispute,
    may="be_buyer",
    opens=Dispute.accept_offer,
    needs=["balances"],
    label=_("Take the offer"),
)
def accept_offer(docket: Docket, dispute: Dispute) -> Dispute:
    """Settle for what the seller offers (A41-1); where only the platform has proposed something, take that (A43-2)."""
    if dispute.seller_offer is None and dispute.suggestion is not None:
        dispute.accept_suggestion(docket)
    else:
        dispute.accept_offer(docket)
    return dispute


@action(
    "buyer.make_offer",
    on=Dispute,
    may="be_buyer",
    opens=Dispute.make_counter_offer,
    label=_("Offer to settle"),
    inputs=OFFER,
)
def make_counter_offer(docket: Docket, dispute: Dispute, *, refund: Money, return_goods: bool, text: str) -> Dispute:
    """Say what you would settle for; the claim itself stands (A41-1)."""
    same_currency(refund, dispute.currency, "refund")
    dispute.make_counter_offer(docket, refund=refund, return_goods=return_goods, text=text)
    return dispute


@action(
    "seller.accept_offer",
    on=Dispute,
    may="answer_disputes",
    opens=Dispute.accept_counter_offer,
    needs=["balances"],
    irreversible=True,
    label=_("Take the buyer's offer"),
)
def accept_counter_offer(docket: Docket, dispute: Dispute) -> Dispute:
    """Settle for what the buyer offers (A41-1); where only the platform has proposed something, take that (A43-2)."""
    if dispute.current_offer(BUYER) is None and dispute.suggestion is not None:
        dispute.accept_suggestion(docket)
    else:
        dispute.accept_counter_offer(docket)
    return dispute


def _suggestion(kind: str, may: str) -> None:
    @action(
        f"{kind}.accept_suggestion",
        on=Dispute,
        may=may,
        opens=Dispute.accept_suggestion,
        needs=["balances"],
        label=_("Take the platform's proposal"),
    )
    def accept_suggestion(docket: Docket, dispute: Dispute) -> Dispute:
        """Take the platform's proposal; it binds when both sides have (A43-2)."""
        dispute.accept_suggestion(docket)
        return dispute


_suggestion("buyer", "be_buyer")
_suggestion("seller", "answer_disputes")


@action("buyer.withdraw_dispute", on=Dispute, may="be_buyer", opens=Dispute.withdraw, label=_("Withdraw the dispute"))
def withdraw_dispute(docket: Docket, dispute: Dispute) -> Dispute:
    """Take the claim back; the order goes on (A39-4)."""
    dispute.withdraw(docket)
    return dispute


@action(
    "buyer.escalate", on=Dispute, may="be_buyer", opens=Dispute.escalate_early, label=_("Ask the platform to decide")
)
def buyer_escalate(docket: Docket, dispute: Dispute) -> Dispute:
    """Never before the negotiation period is over; then the system has done it (A41-2)."""
    dispute.escalate_early(docket)
    return dispute


@action(
    "seller.escalate",
    on=Dispute,
    may="answer_disputes",
    opens=Dispute.escalate_early,
    label=_("Ask the platform to decide"),
)
def seller_escalate(docket: Docket, dispute: Dispute) -> Dispute:
    """Never before the negotiation period is over; then the system has done it (A41-2)."""
    dispute.escalate_early(docket)
    return dispute


def _thread(docket: Docket, dispute: Dispute) -> Any:
    return thread_about(
        docket,
        ThreadKind.DISPUTE,
        dispute.id,
        store_id=dispute.store_id,
        order_id=dispute.order_id,
        dispute_id=dispute.id,
        buyer_id=dispute.order.buyer_id,
        buyer_name=dispute.order.buyer_name,
        title=_now("Dispute {name}").format(name=dispute.name),
    )


@action(
    "buyer.message_in_dispute",
    on=Dispute,
    may="be_buyer",
    creates=Message,
    label=_("Write to the seller"),
    stands_for="buyer.message",
    inputs=MESSAGE,
)
def buyer_writes(docket: Docket, dispute: Dispute, *, text: str, files: list[Any] | None) -> Message:
    """Write to the seller about the dispute (FB-2); moderators read it too (FB-3)."""
    return write(docket, _thread(docket, dispute), text, files)


@action(
    "seller.message_in_dispute",
    on=Dispute,
    may="answer_disputes",
    creates=Message,
    label=_("Write to the buyer"),
    stands_for="seller.message",
    inputs=MESSAGE,
)
def seller_writes(docket: Docket, dispute: Dispute, *, text: str, files: list[Any] | None) -> Message:
    """Write to the buyer about the dispute (FB-2); moderators read it too (FB-3)."""
    return write(docket, _thread(docket, dispute), text, files)


EVIDENCE = {
    "text": Text(label=_("What it shows"), default=""),
    "file": Upload(label=_("File"), default=None, help=WHAT_FILES),
    "files": Uploads(label=_("Files"), default=None, help=WHAT_FILES),
    "shows": Choice(
        label=_("What it is"),
        options=dict(EvidenceKind.choices),
        default="other",
        help=_("A film of the opening of a parcel helps most against swapped or missing goods."),
    ),
}


def _evidence(docket: Docket, dispute: Dispute, text: str, file: Any, files: list[Any] | None, shows: str) -> Evidence:
    """One record for each file, the words with the first. Returns that one."""
    sent = [*([] if file is None else [file]), *(files or ())]
    if not text and not sent:
        raise Invalid({"file": [_now("Add a file or write something.")]})
    first = dispute.add_evidence(docket, text=text, file=sent[0] if sent else None, shows=shows)
    for more in sent[1:]:
        dispute.add_evidence(docket, text="", file=more, shows=shows)
    return first


@action(
    "buyer.add_evidence",
    on=Dispute,
    may="be_buyer",
    opens=Dispute.add_evidence,
    creates=Evidence,
    label=_("Add evidence"),
    inputs=EVIDENCE,
)
def buyer_evidence(
    docket: Docket, dispute: Dispute, *, text: str, file: Any, files: list[Any] | None, shows: str
) -> Evidence:
    """Show something for the claim (A43-3)."""
    return _evidence(docket, dispute, text, file, files, shows)


@action(
    "seller.add_evidence",
    on=Dispute,
    may="answer_disputes",
    opens=Dispute.add_evidence,
    creates=Evidence,
    label=_("Add evidence"),
    inputs=EVIDENCE,
)
def seller_evidence(
    docket: Docket, dispute: Dispute, *, text: str, file: Any, files: list[Any] | None, shows: str
) -> Evidence:
    """Show something against the claim (A43-3)."""
    return _evidence(docket, dispute, text, file, files, shows)
