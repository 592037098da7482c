"""The facts of a case for the suggested outcome, read from its bundle; no statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from disputes.admin.gallery import kinds_shown
from disputes.models import Dispute, Evidence
from disputes.states import DisputeState, Reason
from disputes.suggesting import Facts, Suggestion, suggest
from orders.models import Order
from orders.states import ShipmentState
from rulebook.docket import Docket
from rulebook.money import Money, convert


def suggestion_of(dispute: Dispute, docket: Docket, evidence: Sequence[Evidence]) -> Suggestion:
    return suggest(facts_of(dispute, docket, evidence))


def facts_of(dispute: Dispute, docket: Docket, evidence: Sequence[Evidence]) -> Facts:
    """Everything that `suggest` asks, as of now."""
    order, rules = dispute.order, docket.rules_for(dispute.order)
    parcels = list(order.__dict__.get("shipments", ()))
    scans = [parcel.last_scan_at for parcel in parcels if parcel.last_scan_at]
    contested = dispute.state == DisputeState.RETURN_CONTESTED
    return Facts(
        reason=dispute.reason,
        claim=dispute.refund,
        refundable=order.refundable,
        wants_return=dispute.return_goods,
        row=rules.dispute.reasons[dispute.reason],
        causes=rules.dispute.causes,
        at=docket.at,
        promised_at=order.promised_at if order.shipped_at else None,
        arrived_at=order.delivered_at,
        returned=any(parcel.state == ShipmentState.RETURNED for parcel in parcels),
        silent_days=(docket.at - max(scans)).days if scans and order.delivered_at is None else None,
        lost_days=rules.dispute.lost_days,
        address_changed=bool(order.requested_country),
        doubted=any(parcel.found_false or (parcel.suspicion and parcel.cleared_at is None) for parcel in parcels),
        worry_free=dispute.worry_free,
        plus=order.plus,
        covered=dispute.cover_pays,
        untold_charges=dispute.reason == Reason.UNDISCLOSED_FEE and not order.charges,
        returnable=order.returnable,
        cap=cap_of(dispute, order, docket),
        shown=kinds_shown(evidence),
        late=any(piece.late for piece in evidence),
        seller_offer=dispute.offer,
        buyer_offer=dispute.buyer_offer,
        contested=dispute.return_contest if contested else "",
        agreed=dispute.agreed_refund if contested else None,
    )


def cap_of(dispute: Dispute, order: Order, docket: Docket) -> Money | None:
    """What worry-free logistics or the cover pay at most, at today's rate; None where neither has a part."""
    rates: Any = docket.rulebook.at(docket.at).exchange.usd
    if dispute.worry_free:
        return convert(dispute.worry_free_cap(docket), order.currency, rates)
    if dispute.cover_pays:
        cap = convert(docket.rules_for(order).ppas.cap_usd, order.currency, rates)
        return Money(min(cap.minor, order.goods_minor), order.currency)
    return None
