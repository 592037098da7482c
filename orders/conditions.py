"""What may stand in the way of an order's transitions. Each looks at loaded facts only."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext_noop as _

from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.refusals import Refused
from stores.states import LISTINGS_REMOVED, DepositStatus, ListingState, StoreState


def store_takes_orders(order: Any, docket: Any) -> None:
    """A22-1, A73-4, A77-4: a store that leaves, is suspended or has lost its deposit takes no new orders."""
    store = order.store
    if store.state != StoreState.OPEN:
        raise Refused("A22-1", _("The store is {state} and takes no new orders."), state=store.state)
    if store.deposit_status == DepositStatus.EXHAUSTED and store.deposit_required_minor:
        raise Refused(
            store.on_security("A73-4"), _("The store's deposit is used up; it takes no orders until it is paid again.")
        )


def listings_are_live(order: Any, docket: Any) -> None:
    """A16-1: only what is online can be bought. V-6: a sanction may take all of a store's goods off sale."""
    if LISTINGS_REMOVED in order.store.restrictions:
        raise Refused("A16-1", _("The platform took the store's goods off sale."))
    for line in order.lines:
        if line.listing.state != ListingState.LIVE:
            raise Refused("A16-1", _("{title} is not online."), title=line.title)


def delivered_there(order: Any, docket: Any) -> None:
    """A37-3: every line must have a delivery promise for the country and method. A38E-3: and not be blocked there."""
    if order.country in order.store.blocked_countries:
        raise Refused("A38E-3", _("Nothing of this store is sold to {country}."), country=order.country)
    for line in order.lines:
        if order.country in line.listing.blocked_countries:
            raise Refused("A38E-3", _("{title} is not sold to {country}."), title=line.title, country=order.country)
        if line.listing.promise(order.method or None, order.country) is None:
            raise Refused(
                "A37-3", _("{title} is not delivered to {country} that way."), title=line.title, country=order.country
            )


def in_stock(order: Any, docket: Any) -> None:
    """PRE-9: what is not there cannot be sold. Lines of the same listing count together."""
    wanted: Counter[Any] = Counter()
    for line in order.lines:
        wanted[line.listing_id] += line.quantity
        if line.listing.stock < wanted[line.listing_id]:
            raise Refused(
                "PRE-9",
                _("{title}: {stock} in stock, {wanted} asked for."),
                title=line.title,
                stock=line.listing.stock,
                wanted=wanted[line.listing_id],
            )


def ordinary_sale(order: Any, docket: Any) -> bool:
    return order.flash_minutes is None


def flash_sale(order: Any, docket: Any) -> bool:
    return order.flash_minutes is not None


def no_open_dispute(order: Any, docket: Any) -> None:
    """A35-4, A62-1: an open dispute stops receipt and release."""
    if order.open_dispute_id is not None:
        raise Refused("A35-4", _("A dispute about this order is open. It must be settled or withdrawn first."))


def no_open_cancellation(order: Any, docket: Any) -> None:
    if order.open_cancellation_id is not None:
        raise Refused("A33-1", _("A request to cancel this order is open already."))


def open_cancellation(order: Any, docket: Any) -> bool:
    return order.open_cancellation_id is not None


def no_open_extension(order: Any, docket: Any) -> None:
    """A34-2: one request at a time."""
    if order.open_extension_id is not None:
        raise Refused("A34-2", _("A request for more time is open already."))


def extensions_left(order: Any, docket: Any) -> None:
    """A34-2: only granted ones count against the number."""
    most = docket.rules_for(order).order.stocking_ext_max_count
    if order.extensions_granted >= most:
        raise Refused("A34-2", _("The handling period was extended {most} times already."), most=most)


def receipt_runs(order: Any, docket: Any) -> None:
    """A35-3: the buyer has not received it yet, and the window is open."""
    if docket.deadline(order, "receipt") is None:
        raise Refused("A35-3", _("No receipt window is running."))


def not_excluded(order: Any, docket: Any) -> None:
    """A58-1: once is enough."""
    if order.excluded_at is not None:
        raise Refused("A58-1", _("This order is excluded already."))


def excluded(order: Any, docket: Any) -> None:
    if order.excluded_at is None:
        raise Refused("A58-1", _("This order counts as any other."))


def suspected(shipment: Any, docket: Any) -> None:
    """A37-7: there must be a doubt to look into."""
    if not shipment.suspicion or shipment.cleared_at is not None:
        raise Refused("A37-7", _("Nothing is doubted about this parcel."))


@formula("A53-3")
def has_ended_shipped(order: Any, docket: Any) -> None:
    """A53-1: reviews come after the end of a trade in which everything was shipped (A53-3)."""
    if order.review_until is None:
        ended = order.ended_at is not None
        raise Refused(
            "A53-3" if ended else "A53-1",
            _("The order was never fully shipped; there is nothing to review.")
            if ended
            else _("An order can be reviewed when the trade has ended."),
        )


@formula("A54-2")
def within_review_time(order: Any, docket: Any) -> None:
    """A53-1: some weeks from the end; who writes nothing leaves no record (A54-2)."""
    if docket.at >= order.review_until:
        raise Refused("A53-1", _("The time to review ended on {ended}."), ended=order.review_until)


def not_reviewed_by_this_side(order: Any, docket: Any) -> None:
    """A53-1: one review of each side; what is left to say is added to it (FB-10)."""
    if any(review.side == docket.actor.kind for review in order.reviews):
        raise Refused("A53-1", _("There is a review of this order already; it can be added to, not repeated."))


def claim_is_possible(order: Any, docket: Any) -> None:
    """A38-2: online logistics only, so many times for each parcel, and not too long after the loss."""
    rules = docket.rules_for(order).logistics
    if not (order.online or order.worry_free):
        raise Refused("A38-2", _("The order did not go through the platform's logistics."))
    most = rules.claim_max_count * max(1, order.parcels)
    if order.claims_count >= most:
        raise Refused("A38-2", _("{most} complaints are the most for this order."), most=most)
    loss_at = order.loss_at
    ends = natural_days(loss_at, docket.rules_for(order, loss_at).logistics.claim_days)
    if docket.at >= ends:
        raise Refused("A38-2", _("The time to complain to the carrier ended on {ended}."), ended=ends)


def nothing_shipped(order: Any, docket: Any) -> bool:
    return bool(order.units_shipped == 0)


def nothing_left(order: Any, docket: Any) -> None:
    """A70-2: what has left cannot be stopped."""
    if order.units_shipped or order.handed_over_at is not None:
        raise Refused("A70-2", _("A parcel of this order is on its way."))


def nothing_of_it_shipped(cancellation: Any, docket: Any) -> bool:
    """A33-5; once a part is on its way, A33-6 waits for the end of the handling period."""
    return bool(cancellation.order.units_shipped == 0)


def something_shipped(order: Any, docket: Any) -> bool:
    return bool(order.units_shipped > 0)


def nothing_holds_the_money(order: Any, docket: Any) -> None:
    """A62-1: the order is completed, nothing about it is open, and it is not held."""
    no_open_dispute(order, docket)
    if order.open_chargebacks:
        raise Refused("A69-2", _("A chargeback of this order is open; its money is held."))
    if order.risk_at is not None:
        raise Refused("A62-6", _("The order is held while its payment is looked into."))
    if order.completed_at is None:
        raise Refused("A62-1", _("The order is not completed."))


def risk_seen(order: Any, docket: Any) -> None:
    if order.risk_at is None:
        raise Refused("A62-6", _("This order is not held."))


def no_risk_seen(order: Any, docket: Any) -> None:
    if order.risk_at is not None:
        raise Refused("A62-6", _("This order is held already."))


def not_handed_over(order: Any, docket: Any) -> None:
    """A70-4: handing over without a notice is done once; then only the waybill is missing."""
    if order.handed_over_at is not None:
        raise Refused("A70-4", _("The parcel was handed over already; enter its waybill number."))


def buyer_wrote_nothing(order: Any, docket: Any) -> bool:
    return not any(review.side == "buyer" for review in order.reviews)


def address_asked_for(order: Any, docket: Any) -> None:
    """A70-6: there must be an address to check."""
    if not order.requested_country:
        raise Refused("A70-6", _("The buyer did not ask for another address."))


def was_shipped(order: Any, docket: Any) -> None:
    """A38-2: complaints are about parcels."""
    if not order.parcels:
        raise Refused("A38-2", _("Nothing of this order was shipped."))


# ------------------------------------------------------------------ reviews


def by_who_was_reviewed(review: Any, docket: Any) -> None:
    """A57-1: nobody replies to himself."""
    if docket.actor.kind == review.side:
        raise Refused("A57-1", _("Only who was reviewed may reply."))


def not_positive(review: Any, docket: Any) -> None:
    """A57-1: replies explain what is negative or neutral."""
    if review.points > 0:
        raise Refused("A57-1", _("Replies are for reviews of 1 to 3 stars; this one has {stars}."), stars=review.stars)


def not_replied_to(review: Any, docket: Any) -> None:
    """A57-1: one reply is all."""
    if review.replied_at is not None:
        raise Refused("A57-1", _("There is a reply of {at}; one is all."), at=review.replied_at)


def not_reported(review: Any, docket: Any) -> None:
    """A59-1: one report brings it before a moderator."""
    if review.reported_at is not None:
        raise Refused("A59-1", _("This review was reported already."))


def of_a_buyer(review: Any, docket: Any) -> None:
    """FB-10: buyers add to their reviews, sellers do not."""
    if review.side != "buyer":
        raise Refused("FB-10", _("Only a buyer's review can be added to."))


def not_added_to(review: Any, docket: Any) -> None:
    """FB-10: once."""
    if review.supplemented_at is not None:
        raise Refused("FB-10", _("This review was added to on {at}; that can be done once."), at=review.supplemented_at)


def in_time_to_add(review: Any, docket: Any) -> None:
    """FB-10: some months, from the review itself."""
    days = docket.rules_for(review.order, review.published_at).review.supplement_days
    ended = natural_days(review.published_at, days)
    if docket.at >= ended:
        raise Refused("FB-10", _("A review can be added to for {days} days, until {ended}."), days=days, ended=ended)
