"""What moderators do in disputes: propose, take over, rule, decide appeals."""

from __future__ import annotations

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from disputes.actions.claiming import same_currency
from disputes.models import Appeal, Dispute, Ruling
from disputes.models.covered import GROUNDS
from disputes.states import DisputeState, Liable
from rulebook.actions import action
from rulebook.docket import Docket
from rulebook.inputs import Amount, Choice, Flag, Text
from rulebook.money import Money
from rulebook.refusals import Invalid

BOTH_READ = _("Both sides read them.")


@action(
    "moderator.intervene",
    on=Dispute,
    may="decide_disputes",
    opens=Dispute.intervene,
    label=_("Propose a settlement"),
    inputs={
        "suggest_refund": Amount(label=_("Refund")),
        "return_goods": Flag(label=_("Against the goods back")),
        "text": Text(label=_("Why"), default="", help=BOTH_READ),
    },
)
def intervene(docket: Docket, dispute: Dispute, *, suggest_refund: Money, return_goods: bool, text: str) -> Dispute:
    """Step in with a proposal; it binds when both sides take it (A43-2)."""
    same_currency(suggest_refund, dispute.currency, "suggest_refund")
    dispute.intervene(docket, refund=suggest_refund, return_goods=return_goods, text=text)
    return dispute


@action(
    "moderator.take_over",
    on=Dispute,
    may="decide_disputes",
    opens=Dispute.take_over,
    label=_("Take over"),
    inputs={"reason": Text(label=_("Reasons"), help=BOTH_READ)},
)
def take_over(docket: Docket, dispute: Dispute, *, reason: str) -> Dispute:
    """A dispute that the platform decides first (A45-1): the clocks stop."""
    dispute.take_over(docket, reason=reason)
    return dispute


@action(
    "moderator.declare_not_covered",
    on=Dispute,
    may="decide_disputes",
    opens=Dispute.declare_not_covered,
    label=_("Not a case of the platform's"),
    inputs={
        "ground": Choice(label=_("Ground"), options=GROUNDS, default="A42-1"),
        "received": Amount(
            label=_("Worth of what came"), default=None, help=_("Where it is of far lower value than what was bought.")
        ),
        "reason": Text(label=_("Reasons"), default="", help=BOTH_READ),
    },
)
def declare_not_covered(
    docket: Docket, dispute: Dispute, *, ground: str, received: Money | None, reason: str
) -> Dispute:
    """Neither after-sale cover nor worry-free logistics: to arbitration at once (A42-1)."""
    known = docket.rules_for(dispute.order).ppas.exclusions
    if ground != "A42-1" and ground not in known:
        raise Invalid({"ground": [_now("{ground} takes no dispute out of the cover now.").format(ground=ground)]})
    if received is not None:
        same_currency(received, dispute.currency, "received")
    dispute.declare_not_covered(docket, ground=ground, reason=reason, received=received)
    return dispute


@action(
    "moderator.request_cooperation",
    on=Dispute,
    may="decide_disputes",
    opens=Dispute.request_help,
    label=_("Ask the seller for help"),
    inputs={"text": Text(label=_("What is asked"))},
)
def request_cooperation(docket: Docket, dispute: Dispute, *, text: str) -> Dispute:
    """Ask the seller of a covered dispute for help (A48-4); silence ends the cover (A48-5)."""
    dispute.request_help(docket, text=text)
    return dispute


@action(
    "moderator.report_abuse",
    on=Dispute,
    may="decide_disputes",
    opens=(Dispute.report_abuse, Dispute.report_abuse_early),
    needs=["balances"],
    irreversible=True,
    label=_("Report abuse of the cover"),
    inputs={
        "text": Text(label=_("What was found"), help=_("The seller reads it.")),
        "authority": Text(
            label=_("Reported to"),
            longest=200,
            lines=1,
            default="",
            help=_("An authority, where a crime is suspected."),
        ),
    },
)
def report_abuse(docket: Docket, dispute: Dispute, *, text: str, authority: str) -> Dispute:
    """The cover was abused: what the platform paid on this order comes back, and the cover ends (A49-1)."""
    early = dispute.state == DisputeState.PLATFORM_REVIEW
    (dispute.report_abuse_early if early else dispute.report_abuse)(docket, text=text, authority=authority)
    return dispute


@action(
    "moderator.rule",
    on=Dispute,
    may="decide_disputes",
    opens=Dispute.decide,
    needs=["balances"],
    creates=Ruling,
    primary=True,
    irreversible=True,
    label=_("Rule"),
    inputs={
        "refund": Amount(label=_("Refund")),
        "return_goods": Flag(label=_("The goods go back")),
        "liable": Choice(label=_("Liable"), options=dict(Liable.choices), default="seller"),
        "counterfeit": Flag(label=_("The goods are counterfeit")),
        "cause": Text(label=_("Cause"), longest=16, lines=1, default="", help=_("A code of the table of causes.")),
        "reason": Text(label=_("Reasons"), help=_("Both sides read them. Say which facts and which evidence decided.")),
    },
)
def rule_dispute(
    docket: Docket,
    dispute: Dispute,
    *,
    refund: Money,
    return_goods: bool,
    liable: str,
    counterfeit: bool,
    cause: str,
    reason: str,
) -> Ruling:
    """Decide the dispute (A45-2, AS-4). Above the limit another moderator approves it first."""
    same_currency(refund, dispute.currency, "refund")
    known = docket.rules_for(dispute.order).dispute.causes
    if cause and cause not in known:
        raise Invalid(
            {"cause": [_now("There is no cause {cause}. Known: {known}.").format(cause=cause, known=", ".join(known))]}
        )
    ruling = dispute.decide(
        docket,
        refund=refund,
        liable=liable,
        counterfeit=counterfeit,
        return_goods=return_goods,
        cause=cause,
        reason=reason,
    )
    if dispute.proposed_ruling_id is None:
        ruling.come_into_force(docket)
    return ruling


@action(
    "moderator.approve_ruling",
    on=Ruling,
    may="approve_rulings",
    opens=Ruling.approve,
    needs=["balances"],
    primary=True,
    irreversible=True,
    label=_("Approve the ruling"),
)
def approve_ruling(docket: Docket, ruling: Ruling) -> Ruling:
    """Let a colleague's ruling through (A45-2)."""
    ruling.approve(docket)
    return ruling


@action(
    "moderator.send_back_ruling",
    on=Ruling,
    may="approve_rulings",
    opens=Ruling.send_back,
    label=_("Send it back"),
    inputs={"reason": Text(label=_("Reasons"), help=_("For the colleague who ruled."))},
)
def send_back_ruling(docket: Docket, ruling: Ruling, *, reason: str) -> Ruling:
    """Do not let a colleague's ruling through; the case is open for another (A45-2)."""
    ruling.send_back(docket, reason=reason)
    return ruling


DECISION = {
    "uphold": Flag(label=_("The ruling stands"), default=True),
    "refund": Amount(
        label=_("Refund instead"),
        default=None,
        help=_("What the buyer should have got. Left out: nothing for the seller's appeal, the claim for the buyer's."),
    ),
    "reason": Text(label=_("Reasons"), help=BOTH_READ),
}


@action(
    "moderator.decide_appeal",
    on=Ruling,
    may="decide_appeals",
    needs=["balances"],
    primary=True,
    irreversible=True,
    opens=Ruling.has_open_appeal,
    label=_("Decide the appeal"),
    inputs=DECISION,
)
def decide_appeal(docket: Docket, ruling: Ruling, *, uphold: bool, refund: Money | None, reason: str) -> Ruling:
    """Look again at a colleague's ruling (V-22). Overturned, money and standing follow the new decision."""
    Ruling.has_open_appeal.law.check(ruling, docket)
    appeal = ruling.open_appeal_now
    assert appeal is not None
    _decide(docket, appeal, uphold, refund, reason)
    return ruling


@action(
    "moderator.decide_appeal_itself",
    on=Appeal,
    may="decide_appeals",
    needs=["balances"],
    primary=True,
    irreversible=True,
    opens=(Appeal.fail, Appeal.succeed),
    stands_for="moderator.decide_appeal",
    label=_("Decide the appeal"),
    inputs=DECISION,
)
def decide_appeal_itself(docket: Docket, appeal: Appeal, *, uphold: bool, refund: Money | None, reason: str) -> Appeal:
    """Look again at a colleague's ruling (V-22)."""
    _decide(docket, appeal, uphold, refund, reason)
    return appeal


def _decide(docket: Docket, appeal: Appeal, uphold: bool, refund: Money | None, reason: str) -> None:
    if uphold:
        appeal.fail(docket, reason=reason)
        return
    dispute = appeal.ruling.dispute
    if refund is not None:
        instead = refund
    elif appeal.side == "seller":
        instead = Money(0, dispute.currency)
    else:
        instead = min(dispute.refund, appeal.most, key=lambda amount: amount.minor)
    same_currency(instead, dispute.currency, "refund")
    appeal.succeed(docket, reason=reason, refund=instead)
