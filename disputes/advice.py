"""Advice for sellers in disputes and chargebacks: what the guidance rules recommend, shown on their pages.

The pattern, and what nothing follows from, is that of `orders.advice`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from disputes.states import BEFORE_A_MODERATOR, OPEN_TO_OFFERS, UNDECIDED, ChargebackReason, DisputeState, Reason
from orders.advice import Advice, Facts, fitting, shown
from orders.advice.registry import advise, from_store

DISPUTE, CHARGEBACK = "dispute", "chargeback"

ON_THE_WAY = (Reason.NOT_RECEIVED, Reason.LATE_DELIVERY, Reason.CUSTOMS)
COMING_BACK = (DisputeState.AWAITING_RETURN, DisputeState.RETURN_IN_TRANSIT)
ABOUT_GOODS = (ChargebackReason.NOT_AS_DESCRIBED, ChargebackReason.COUNTERFEIT)


@dataclass(frozen=True, slots=True)
class CaseFacts(Facts):
    """What decides in a case: the dispute or the chargeback, each with its bundle."""

    dispute: Any = None
    chargeback: Any = None


def of_dispute(dispute: Any, docket: Any) -> list[dict[str, Any]]:
    """What helps the seller in this dispute now, for the page's box."""
    facts = CaseFacts(docket.at, docket.rules_for(dispute.order), dispute.order, dispute=dispute)
    return [shown(one, facts) for one in fitting(DISPUTE, facts)]


def of_chargeback(chargeback: Any, docket: Any) -> list[dict[str, Any]]:
    """What helps against the next one of this kind, for the page's box."""
    facts = CaseFacts(docket.at, docket.rules_for(chargeback.order), chargeback.order, chargeback=chargeback)
    return [shown(one, facts) for one in fitting(CHARGEBACK, facts)]


# ------------------------------------------------------------------ when it fits


def _dispute_in(*states: str) -> Callable[[Any], bool]:
    return lambda facts: facts.dispute is not None and facts.dispute.state in states


def _asks_where_it_is(facts: Any) -> bool:
    return _dispute_in(*BEFORE_A_MODERATOR)(facts) and facts.dispute.reason in ON_THE_WAY


def _motive_unclear(facts: Any) -> bool:
    return _dispute_in(DisputeState.AWAITING_SELLER)(facts) and facts.dispute.reason not in ON_THE_WAY


def _lost_or_paid(facts: Any) -> bool:
    """It is over, and the buyer got something: the next one can be avoided."""
    return _dispute_in(DisputeState.RESOLVED)(facts) and bool(facts.dispute.ruled_refund_minor)


def _card_said(*reasons: str) -> Callable[[Any], bool]:
    return lambda facts: facts.chargeback is not None and facts.chargeback.reason in reasons


def _bank_waits(facts: Any) -> bool:
    return facts.chargeback is not None and facts.chargeback.state in UNDECIDED


def _any_case(facts: Any) -> bool:
    return _bank_waits(facts) or _dispute_in(*OPEN_TO_OFFERS)(facts)


# ------------------------------------------------------------------ in a dispute


def _for_sellers(code: str, rule: str, **more: Any) -> Advice:
    return advise(code, rule, shown=[DISPUTE], **more)


_for_sellers(
    "settle_if_you_can",
    "A43-1",
    title=_("Settle if you can"),
    text=_(
        "What the two of you agree costs less time than a decision, and counts better: it is neither an arbitration nor "
        "a ruling against you. A part of the price, or the goods back, is often enough."
    ),
    words=from_store(
        "we would like to settle this about your order {order} with you. We can offer you … , or you send the goods back "
        "and get everything back.\nPlease look at our offer in the dispute, or tell us what would suit you."
    ),
    fits=_dispute_in(*BEFORE_A_MODERATOR),
)
_for_sellers(
    "tell_where_it_is",
    "AS-8",
    title=_("Say first where the parcel is"),
    text=_(
        "Write soon, before you bargain: where the parcel was seen last, when it should arrive, and what you do to find "
        "it. Many such claims end there."
    ),
    words=from_store(
        "thank you for telling us. Your parcel {waybill} was last seen: {last_scan}. We have asked the carrier and write "
        "to you as soon as we know more.\nShould it not come by …, you get your money back."
    ),
    fits=_asks_where_it_is,
)
_for_sellers(
    "find_the_motive",
    "AS-9",
    title=_("Find out what the buyer wants"),
    text=_(
        "The reason chosen is not always the reason. Ask what is wrong, what was expected and what would put it right, "
        "before you accept or reject."
    ),
    words=from_store(
        "we are sorry that your order {order} is not as you hoped. Could you tell us what is wrong with it, if you can "
        "with a picture, and what you would like: a part of the price, or to send it back?"
    ),
    fits=_motive_unclear,
)
_for_sellers(
    "stay_polite",
    "AS-10",
    title=_("Polite, to the point, and quick"),
    text=_(
        "Stay friendly even where the claim is wrong, answer what was asked, and answer today. A moderator may read all of "
        "it later."
    ),
    fits=_dispute_in(DisputeState.AWAITING_SELLER),
)
_for_sellers(
    "film_the_opening",
    "PLUS-28",
    title=_("Film the opening of the parcel"),
    text=_(
        "Film without a cut how the returned parcel is opened, with its label and weight. Should something else be in it, "
        "contest the return and add the film: it is what decides."
    ),
    fits=_dispute_in(*COMING_BACK),
)
_for_sellers(
    "fewer_disputes",
    "AS-12",
    title=_("How the next one is avoided"),
    text=_(
        "Check the goods before they leave, choose a carrier that keeps its times and can be traced, and tell buyers "
        "early what happens to their order."
    ),
    fits=_lost_or_paid,
)

# ------------------------------------------------------------------ against chargebacks; none of it guarantees a result

advise(
    "describe_fully",
    "A71-1",
    shown=[CHARGEBACK],
    title=_("Describe goods fully"),
    text=_(
        "Good pictures, material, measures, what is in the box and by when it is sent: what a page leaves open is what a "
        "bank decides for its customer."
    ),
    fits=_card_said(*ABOUT_GOODS),
)
advise(
    "realistic_times",
    "A71-2",
    shown=[CHARGEBACK],
    title=_("Promise realistic times"),
    text=_(
        "Set handling and delivery times that you keep even in a bad week. Who was promised too much goes to the bank "
        "while the parcel is on its way."
    ),
    fits=_card_said(ChargebackReason.NOT_RECEIVED),
)
advise(
    "return_policy",
    "A71-3",
    shown=[CHARGEBACK],
    title=_("Publish a clear return policy"),
    text=_(
        "Say how goods come back, until when and who pays. A note that nothing is taken back does not stop a chargeback."
    ),
    fits=_card_said(*ABOUT_GOODS, ChargebackReason.CANCELLED),
)
advise(
    "safe_address",
    "A71-4",
    shown=[CHARGEBACK],
    title=_("Ship to a safe address, traceably"),
    text=_(
        "Ship to the address of the order, or to one that the address check found safe, by a way that is traced, and keep "
        "the proof of handing over and of delivery."
    ),
    fits=_card_said(ChargebackReason.STOLEN_CARD, ChargebackReason.NOT_RECEIVED),
)
advise(
    "talk_and_solve",
    "A71-5",
    shown=[CHARGEBACK],
    title=_("Talk to the buyer"),
    text=_(
        "Answer questions and complaints soon, and solve them. A buyer with whom you have agreed can withdraw the case at "
        "the bank."
    ),
    words=from_store(
        "your bank has told us that you do not agree with the payment for your order {order}. May we ask what is wrong? We "
        "would like to put it right with you.\nIf it is settled already, please tell your bank so."
    ),
    fits=_bank_waits,
)
advise(
    "messages_here",
    "A71-6",
    shown=[CHARGEBACK],
    title=_("Keep to the platform's messages"),
    text=_(
        "What was written here, with its time, can be shown to a bank or a moderator; what was said elsewhere can hardly "
        "be proved."
    ),
    fits=_bank_waits,
)
advise(
    "refund_here",
    "A71-7",
    shown=[DISPUTE, CHARGEBACK],
    title=_("Refund only on the platform"),
    text=_(
        "Money that you send another way is not credited here: you may have to pay it twice. Refund by accepting or "
        "offering in a dispute."
    ),
    fits=_any_case,
)
