"""What disputes and chargebacks do when their order ends in another way."""

from __future__ import annotations

from typing import Any

from disputes.states import UNDECIDED
from rulebook.docket.driving import follow


@follow("order.closed")
def end_what_is_open(docket: Any, order: Any) -> None:
    """Everything paid has gone back: nothing is left to claim or to take (A70-18, V-17)."""
    if order.refundable.minor:
        return
    for dispute in order.__dict__.get("disputes", ()):
        if dispute.is_open:
            dispute.follow_order(docket)
    for chargeback in order.__dict__.get("chargebacks", ()):
        if chargeback.state in UNDECIDED:
            chargeback.follow_dispute(docket, refunded=True)
