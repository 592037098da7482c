"""What may stand in the way of a dispute's transitions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from disputes.states import UNDECIDED, ChargebackReason, ChargebackState, DisputeState, PlatformFirst
from orders.states import OrderState, Scene
from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.refusals import Refused


def not_settled_before(order: Any, docket: Any) -> None:
    """A39-4: what was settled or ruled is not opened again."""
    if order.settled_dispute_id is not None:
        raise Refused("A39-4", _("The dispute about this order was settled; it cannot be opened again."))


def no_other_open(order: Any, docket: Any) -> None:
    """A39-4: one open dispute per order."""
    if order.open_dispute_id is not None:
        raise Refused("A39-4", _("A dispute about this order is open already."))


def fully_shipped(order: Any, docket: Any) -> None:
    """A39-1: disputes are about what was shipped."""
    if order.state not in (OrderState.SHIPPED, OrderState.COMPLETED):
        raise Refused(
            "A39-1",
            _("A dispute can be opened about an order that was fully shipped; this one is {state}."),
            state=order.state,
        )


@formula("A36-1", "A36-2", "A36-3", "A39-2", "A39-3")
def within_the_window(order: Any, docket: Any) -> None:
    """A39-1 … A39-3: some days after shipping, at once for quick or local delivery; until some days after completion."""
    rules = docket.rules_for(order, order.shipped_at)
    opens_at = claims_open_at(order, rules)
    if docket.at < opens_at:
        raise Refused(
            "A39-1",
            _("A dispute can be opened {days} days after shipping."),
            days=rules.dispute.wait_days,
            not_before=opens_at,
        )
    claim_time_left(order, docket)


def claims_open_at(order: Any, rules: Any) -> datetime:
    """When claims about a shipped order begin: at once where the rules name its scene, or with a quick promise."""
    opens_at: datetime = order.shipped_at
    return opens_at if spared_the_wait(order, rules) else natural_days(opens_at, rules.dispute.wait_days)


def spared_the_wait(order: Any, rules: Any) -> str:
    """The rule that lets a claim come at once, if there is one."""
    if order.scene != Scene.NORMAL and order.scene.upper() in rules.order.scene:
        return "A39-3"
    return "A39-2" if order.promised_days < rules.dispute.wait_days else ""


def claim_time_left(order: Any, docket: Any) -> None:
    """A39-1: until some days after completion."""
    if order.completed_at is not None:
        rules = docket.rules_for(order, order.completed_at)
        closes_at = natural_days(order.completed_at, rules.dispute.claim_days_after_completion)
        if docket.at >= closes_at:
            raise Refused("A39-1", _("The time to open a dispute ended on {closed}."), closed=closes_at)


@formula("PLUS-8", "PLUS-23")
def within_the_return_window(order: Any, docket: Any) -> None:
    """PLUS-7: goods that may be returned, for some days from receipt; PLUS-8: longer while an emergency lasts."""
    if not order.returnable:
        raise Refused("PLUS-7", _("These goods cannot be returned without a reason."))
    received = order.delivered_at or order.completed_at
    if received is None:
        within_the_window(order, docket)
        return
    days, more = docket.rules_for(order, received).plus.return_days, docket.rules_for(order).plus.return_extra_days
    ends = natural_days(received, days + more)
    if docket.at >= ends:
        raise Refused("PLUS-7", _("Goods could be returned without a reason until {ended}."), ended=ends)


def may_be_late(order: Any, docket: Any) -> None:
    """AS-3: what was not shipped in full has no promised time yet; what was closed has none any more."""
    if order.state not in (OrderState.SHIPPED, OrderState.COMPLETED):
        raise Refused(
            "AS-3",
            _("Late delivery is claimed for an order that was fully shipped; this one is {state}."),
            state=order.state,
        )


def arrived_late(order: Any, docket: Any) -> None:
    """AS-3: the promised time is over, and the goods were not there in it."""
    there = order.arrived_at
    if there is not None and there <= order.promised_at:
        raise Refused("AS-3", _("The order arrived on {there}, within the promised time."), there=there)
    if docket.at < order.promised_at:
        raise Refused("AS-3", _("The promised time is not over yet."), not_before=order.promised_at)


def negotiation_is_over(dispute: Any, docket: Any) -> None:
    """A41-2: neither side may skip ahead of the end of the period; then the system has done it."""
    row = docket.deadline(dispute, "negotiation")
    raise Refused(
        "A41-2",
        _("The platform decides when the negotiation period is over; it then takes the dispute over by itself."),
        not_before=row.due_at if row is not None else None,
    )


def has_offer(dispute: Any, docket: Any) -> None:
    """A41-1: there is an offer of the seller to take."""
    if dispute.seller_offer is None:
        raise Refused("A41-1", _("The seller has made no offer yet."))


def no_ruling_waits(dispute: Any, docket: Any) -> None:
    """A45-2: a ruling that waits for its second person comes first."""
    if dispute.proposed_ruling_id is not None:
        raise Refused("A45-2", _("A ruling on this dispute waits for a second moderator."))


def no_appeal_waits(dispute: Any, docket: Any) -> None:
    """V-22: what is said about the ruling before comes first."""
    if any(ruling.open_appeal_now is not None for ruling in dispute.rulings):
        raise Refused("V-22", _("An appeal against the ruling before is open; decide that one first."))


def approved_by_another(ruling: Any, docket: Any) -> None:
    """A45-2: the second moderator is not the first."""
    if docket.actor.id is not None and docket.actor.id == ruling.made_by:
        raise Refused("A45-2", _("A ruling above the limit is approved by another moderator than the one who made it."))


def first_appeal_of_the_side(ruling: Any, docket: Any) -> None:
    """V-22: once for each side."""
    side = docket.actor.kind
    if any(appeal.side == side for appeal in ruling.appeals):
        raise Refused("V-22", _("This side has appealed already; once is all."))


def no_appeal_is_open(ruling: Any, docket: Any) -> None:
    """V-22: one after the other. Asked before `in_time_to_appeal`, for the time stands still while one is open."""
    if ruling.open_appeal_now is not None:
        raise Refused(
            "V-22", _("An appeal of the other side is being decided; the time for this one stands still until then.")
        )


def in_time_to_appeal(ruling: Any, docket: Any) -> None:
    """V-22: within some days of the moment at which it came into force."""
    if docket.deadline(ruling, "appeal") is None:
        raise Refused("V-22", _("The time to appeal ended on {ended}."), ended=ruling.appeal_until)


def no_contested_return(ruling: Any, docket: Any) -> None:
    """A44-5: a contested return brings a new ruling; that one can be appealed against."""
    if ruling.dispute.state == DisputeState.RETURN_CONTESTED:
        raise Refused("V-22", _("The return is contested, and a new ruling follows; appeal against that one."))


def not_replaced(ruling: Any, docket: Any) -> None:
    """A44-5: what the new ruling says about a contested return stands instead of the one before."""
    if any(other.in_force_at and other.in_force_at > ruling.in_force_at for other in ruling.dispute.rulings):
        raise Refused("V-22", _("Another ruling took the place of this one; appeal against that one."))


def appeal_waits(ruling: Any, docket: Any) -> None:
    """V-22: there is an appeal to decide."""
    if ruling.open_appeal_now is None:
        raise Refused("V-22", _("No appeal against this ruling is open."))


def appeal_goes_to_another(appeal: Any, docket: Any) -> None:
    """V-22: whoever had a part in the ruling does not decide about it."""
    ruling = appeal.ruling
    if docket.actor.id is not None and docket.actor.id in (ruling.made_by, ruling.approved_by):
        raise Refused("V-22", _("An appeal is decided by a moderator who had no part in the ruling."))


def buyer_has_offered(dispute: Any, docket: Any) -> None:
    """A41-1: there is an offer of the buyer to take."""
    if dispute.buyer_offer is None:
        raise Refused("A41-1", _("The buyer has made no offer beside the claim."))


# ------------------------------------------------------------------ the platform's proposal and its lanes


def platform_suggested(dispute: Any, docket: Any) -> None:
    """A43-2: there is a proposal of the platform to take."""
    if dispute.suggestion is None:
        raise Refused("A43-2", _("The platform has proposed nothing."))


def not_taken_by_this_side(dispute: Any, docket: Any) -> None:
    """A43-2: each side takes it once; the other's word is what is missing."""
    if dispute.suggestion_accepted_by == docket.actor.kind:
        raise Refused("A43-2", _("This side has taken the proposal; the other's word is missing."))


def not_taken_over(dispute: Any, docket: Any) -> None:
    """A45-1: once; the time for evidence and for the ruling does not begin again."""
    since = dispute.escalated_at
    if dispute.platform_first == PlatformFirst.CONTRACT or (since is not None and since > dispute.opened_at):
        raise Refused("A45-1", _("The platform has had this dispute since {since}."), since=since)


def in_the_cover(dispute: Any, docket: Any) -> None:
    """A48-4: only covered disputes are the platform's own."""
    if not dispute.covered:
        raise Refused("A48-4", _("This dispute is not under the after-sale cover."))


def account_is_open(dispute: Any, docket: Any) -> None:
    """A50-5: with the account, the cover ends for all its trades, also for those that were disputed before."""
    if not dispute.cover_pays:
        raise Refused(
            "A50-5",
            _(
                "The store's account was closed, and its cover ended with it. Say who else is liable, or that it is no case of it."
            ),
        )


def help_was_asked(dispute: Any, docket: Any) -> None:
    """A48-4: there is a question to answer."""
    if docket.deadline(dispute, "cooperation") is None:
        raise Refused("A48-4", _("The platform is not waiting for help in this dispute."))


def abuse_may_be_found(dispute: Any, docket: Any) -> None:
    """A49-1: only a covered dispute can abuse the cover, and it is found once."""
    if dispute.abused_at is not None:
        raise Refused("A49-1", _("Abuse was found here on {at}; the cover has ended for it."), at=dispute.abused_at)
    if not dispute.covered:
        raise Refused("A49-1", _("The after-sale cover had no part in this dispute."))


def platform_pays_the_way_back(dispute: Any, docket: Any) -> None:
    """PLUS-11: only Plus returns are free for both sides, and a bill comes once."""
    if dispute.return_freight_by != "platform":
        raise Refused("PLUS-11", _("The platform does not pay the way back of this return."))
    if dispute.return_freight_minor:
        raise Refused("PLUS-11", _("The way back was billed already."))


def plus_return(dispute: Any, docket: Any) -> bool:
    return bool(dispute.order.plus)


def ordinary_return(dispute: Any, docket: Any) -> bool:
    return not dispute.order.plus


# ------------------------------------------------------------------ chargebacks


def was_paid(order: Any, docket: Any) -> None:
    """A69-1: a bank takes back what was paid."""
    if order.paid_at is None:
        raise Refused("A69-1", _("This order was never paid."))


def fee_was_paid(chargeback: Any, docket: Any) -> None:
    """A70-13: the card scheme decides once more only against its fee."""
    if chargeback.state == ChargebackState.PRE_ARBITRATION and chargeback.fee_paid_at is None:
        raise Refused("A70-13", _("The fee of pre-arbitration has not been paid; the scheme decides nothing yet."))


def fee_is_due(chargeback: Any, docket: Any) -> None:
    """A70-13: once."""
    if chargeback.fee_paid_at is not None:
        raise Refused("A70-13", _("The fee was paid on {at}."), at=chargeback.fee_paid_at)


def undecided(chargeback: Any, docket: Any) -> None:
    """A69-2: what was decided stands until it is reopened."""
    if chargeback.state not in UNDECIDED:
        raise Refused(
            "A69-2", _("This chargeback is {state}; a bank decides again after reopening it."), state=chargeback.state
        )


def about_a_sale(chargeback: Any, docket: Any) -> None:
    """A70-13: pre-arbitration belongs to chargebacks about goods and the like; a stolen card has no second round."""
    if chargeback.reason == ChargebackReason.STOLEN_CARD:
        raise Refused("A70-13", _("A chargeback for a stolen card has no pre-arbitration."))


def not_linked(chargeback: Any, docket: Any) -> None:
    """A70-18: what took the result of another channel is not decided again."""
    if chargeback.decided_under == "A70-18":
        raise Refused("A70-18", _("Another channel decided first; its decision holds here too."))


def about_a_stolen_card(chargeback: Any, docket: Any) -> None:
    """A70-9: the platform checks shipping where a card was stolen; about a sale the bank asks the seller itself."""
    if chargeback.reason != ChargebackReason.STOLEN_CARD:
        raise Refused("A70-9", _("Proof of shipping is asked for only where a card was reported stolen."))


def stolen(chargeback: Any, docket: Any) -> bool:
    return bool(chargeback.reason == ChargebackReason.STOLEN_CARD)


def not_stolen(chargeback: Any, docket: Any) -> bool:
    return bool(chargeback.reason != ChargebackReason.STOLEN_CARD)


def nothing_went_out(chargeback: Any, docket: Any) -> bool:
    """A70-2: nothing of the order has left, nor will any more if it is closed already."""
    order = chargeback.order
    return bool(not order.units_shipped and order.handed_over_at is None)


def sent_untold(chargeback: Any, docket: Any) -> bool:
    """A70-4: a parcel left without the delivery notice."""
    order = chargeback.order
    return bool(not order.units_shipped and order.handed_over_at is not None)


def sent_with_notice(chargeback: Any, docket: Any) -> bool:
    return bool(chargeback.order.units_shipped)


def proof_was_asked(chargeback: Any, docket: Any) -> bool:
    return chargeback.proof_asked_at is not None


def no_proof_asked(chargeback: Any, docket: Any) -> bool:
    return chargeback.proof_asked_at is None


def not_final(chargeback: Any, docket: Any) -> None:
    """A70-13: one second round; the card body's word, or the fee left unpaid, ends it for good."""
    if chargeback.reopened_at is not None:
        raise Refused("A70-13", _("There was a pre-arbitration already; its result is final."))


def scheme_has_a_procedure(chargeback: Any, docket: Any) -> None:
    """A70-13: the card schemes have pre-arbitration, wallets have not."""
    if not chargeback.fee_for(docket).minor:
        raise Refused("A70-13", _("{network} has no pre-arbitration."), network=chargeback.network)
