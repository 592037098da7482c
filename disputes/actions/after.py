"""What the parties do once something was agreed or ruled, or the platform has the case: returns, help, appeals."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from disputes.actions.claiming import same_currency
from disputes.models import Dispute, Ruling
from disputes.models.appeal import Appeal
from rulebook.actions import action
from rulebook.docket import Docket
from rulebook.inputs import Amount, Text
from rulebook.money import Money

# ------------------------------------------------------------------ the goods come back


@action(
    "buyer.ship_return",
    on=Dispute,
    may="be_buyer",
    opens=Dispute.ship_return,
    primary=True,
    label=_("I have sent it back"),
    inputs={"waybill": Text(label=_("Waybill number"), longest=60, lines=1, default="")},
)
def ship_return(docket: Docket, dispute: Dispute, *, waybill: str) -> Dispute:
    """The goods are on their way back (A44-1)."""
    dispute.ship_return(docket, waybill=waybill)
    return dispute


@action(
    "seller.confirm_return",
    on=Dispute,
    may="answer_disputes",
    opens=Dispute.confirm_return,
    needs=["balances"],
    primary=True,
    irreversible=True,
    label=_("The goods are back"),
    inputs={"text": Text(label=_("Words to the buyer"), default="")},
)
def confirm_return(docket: Docket, dispute: Dispute, *, text: str) -> Dispute:
    """Confirm the receipt; the refund is paid (A44-3)."""
    dispute.confirm_return(docket)
    return dispute


@action(
    "seller.contest_return",
    on=Dispute,
    may="answer_disputes",
    opens=Dispute.contest_return,
    label=_("Contest the return"),
    inputs={
        "text": Text(
            label=_("What is wrong"),
            default="",
            help=_("Nothing came, or something else; films of the opening and weight slips help."),
        )
    },
)
def contest_return(docket: Docket, dispute: Dispute, *, text: str) -> Dispute:
    """Not arrived, or the wrong goods: the platform decides (A44-5)."""
    dispute.contest_return(docket, text=text)
    return dispute


@action(
    "carrier.bill_return",
    on=Dispute,
    may="be_carrier",
    opens=Dispute.bill_return,
    label=_("Bill the way back"),
    inputs={"amount": Amount(label=_("Amount"), least=1)},
)
def bill_return(docket: Docket, dispute: Dispute, *, amount: Money) -> Dispute:
    """What the way back cost, where the platform pays it (PLUS-11)."""
    same_currency(amount, dispute.currency, "amount")
    dispute.bill_return(docket, amount=amount)
    return dispute


# ------------------------------------------------------------------ the platform's own lane, and appeals


@action(
    "seller.cooperate",
    on=Dispute,
    may="answer_disputes",
    opens=Dispute.cooperate,
    primary=True,
    label=_("Help the platform"),
    inputs={"text": Text(label=_("Your answer"), help=_("Product data, what went wrong, how the listing is mended."))},
)
def cooperate(docket: Docket, dispute: Dispute, *, text: str) -> Dispute:
    """Give what the platform asked for in a covered dispute (A48-4)."""
    dispute.cooperate(docket, text=text)
    return dispute


def _appeal(kind: str, may: str) -> None:
    @action(
        f"{kind}.appeal",
        on=Ruling,
        may=may,
        opens=Ruling.open_appeal,
        creates=Appeal,
        label=_("Appeal"),
        inputs={
            "text": Text(label=_("Why the ruling is wrong"), help=_("Say what is new. Each side may appeal once."))
        },
    )
    def appeal(docket: Docket, ruling: Ruling, *, text: str) -> Appeal:
        """Appeal against a ruling, once, within the time to appeal (V-22); somebody else decides."""
        return ruling.open_appeal(docket, text=text)


_appeal("buyer", "be_buyer")
_appeal("seller", "answer_disputes")
