"""What may stand in the way of a dispute's transitions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from orders.states import OrderState
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
    """A39-1 … A39-3: ten days after shipping, at once for quick or local delivery; until fifteen days after completion."""
    rules = docket.rules_for(order)
    wait = rules.dispute.wait_days
    at_once = order.local_warehouse or order.promised_days < wait
    opens_at = order.shipped_at if at_once else natural_days(order.shipped_at, wait)
    if docket.at < opens_at:
        raise Refused("A39-1", _("A dispute can be opened {days} days after shipping."), days=wait, not_before=opens_at)
    if order.completed_at is not None:
        closes_at = natural_days(order.completed_at, rules.dispute.claim_days_after_completion)
        if docket.at >= closes_at:
            raise Refused("A39-1", _("The time to open a dispute ended on {closed}."), closed=closes_at)


def negotiation_is_over(dispute: Any, docket: Any) -> None:
    """A41-2: neither side may skip ahead of the seventh day; then the system has done it."""
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


def approved_by_another(ruling: Any, docket: Any) -> None:
    """A45-2: the second moderator is not the first."""
    if docket.actor.id is not None and docket.actor.id == ruling.made_by:
        raise Refused("A45-2", _("A ruling above the limit is approved by another moderator than the one who made it."))
