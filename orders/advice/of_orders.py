"""Advice for sellers along an order: before it, when it is paid, on its way."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from orders.advice.fits import (
    asks_about_product,
    buyers_own_reason,
    cheap_and_unshipped,
    delay_is_likely,
    in_state,
    receipt_ends_soon,
    under_way,
    waits_at_post_office,
)
from orders.advice.registry import CANCELLATION, ORDER, THREAD, advise, from_store
from orders.states import UNSHIPPED, OrderState

# ------------------------------------------------------------------ before the order

advise(
    "answer_truly",
    "PRE-1",
    shown=[THREAD],
    title=_("Answer by the goods themselves"),
    text=_(
        "Say what material, size and use really are, even where that costs a sale: what was promised here is what a "
        "later claim is measured by."
    ),
    words=from_store(
        "thank you for your question about {about}. It is made of …, it measures …, and it is meant for ….\n"
        "Ask whatever else you would like to know before you order."
    ),
    fits=asks_about_product,
)
advise(
    "small_price_change",
    "PRE-5",
    shown=[THREAD],
    title=_("Keep price changes small"),
    text=_(
        "A discount on a single order is fine. A change by half or more, or of what is being sold, looks as if the "
        "product had been swapped, and is looked at."
    ),
    fits=lambda facts: asks_about_product(facts) or in_state(OrderState.AWAITING_PAYMENT)(facts),
)
advise(
    "steady_price",
    "PRE-6",
    shown=[THREAD],
    title=_("Do not start cheap and raise later"),
    text=_(
        "A very low price that gathers sales and then rises, or a discount that nobody could believe, is taken for "
        "speculation with the sales figures."
    ),
    fits=asks_about_product,
)

# ------------------------------------------------------------------ placed, and paid

advise(
    "payment_guide",
    "PRE-7",
    shown=[ORDER, THREAD],
    title=_("Help with the payment, and warn of false pages"),
    text=_(
        "Buyers who are new often stop at the payment. Tell them how it goes, and that it happens on the storefront "
        "only: whoever asks for a card number, a code or a transfer elsewhere wants to cheat."
    ),
    words=from_store(
        "thank you for your order {order} over {total}. It waits for your payment until {payment_due}.\n"
        "Please open the order on the storefront where you placed it, choose a way to pay, and follow the steps there. "
        "A wallet may have to be filled from your card first; that, too, is done on the storefront.\n"
        "Take care: we never ask for your card number, a password or a code, and never for a payment by another way. "
        "If a message or a page does, it is not ours."
    ),
    fits=in_state(OrderState.AWAITING_PAYMENT),
)
advise(
    "note_wishes",
    "PRE-8",
    shown=[ORDER, THREAD],
    title=_("Keep the buyer's wishes with the order"),
    text=_(
        "Where one order has several colours, sizes or a gift card, agree on them here and keep them as the order's "
        "remark, so that who packs it sees them."
    ),
    words=from_store(
        "so that nothing is mixed up, this is what we note for your order {order}: ….\n"
        "Please write to us before it is shipped if something is missing."
    ),
    fits=in_state(*UNSHIPPED),
)
advise(
    "registered_mail",
    "PRE-11",
    shown=[ORDER, THREAD],
    title=_("A buyer asks for registered mail"),
    text=_(
        "With cheap goods the fee of a registered letter may be more than the goods. Say what the chosen way traces and "
        "what the registered one costs, and change the way only when the buyer agrees to it."
    ),
    words=from_store(
        "your order {order} goes by {method}: that is the cheapest way, and it is not traced up to your door. "
        "We can send it as a registered parcel for …, which is traced all the way.\n"
        "Please tell us which you prefer; we do nothing without your word."
    ),
    fits=cheap_and_unshipped,
)
advise(
    "ship_in_two_days",
    "PLUS-16",
    shown=[ORDER],
    title=_("Ship Plus orders soon"),
    text=_(
        "Everything in this order carries the Plus badge: it is advised to ship it within {hours} hours of the payment. "
        "Later, its products leave Plus."
    ),
    fits=lambda facts: in_state(*UNSHIPPED)(facts) and facts.order.plus,
    figures=lambda facts: {"hours": facts.rules.plus.ship_hours},
)
advise(
    "tell_of_delay",
    "PLUS-22",
    shown=[ORDER, THREAD],
    title=_("Tell the buyer of a delay"),
    text=_(
        "If you cannot ship by {due}, say so now: a buyer who knows can give you more days, or take something else. "
        "A small coupon makes up for much."
    ),
    words=from_store(
        "we are sorry: your order {order} needs a little longer than we thought. It will be handed over by ….\n"
        "If that suits you, please give us some more days on the storefront; if it does not, we cancel it and you get "
        "everything back."
    ),
    fits=delay_is_likely,
    figures=lambda facts: {"due": facts.order.handling_due_at},
)
advise(
    "ask_why",
    "PRE-4",
    shown=[CANCELLATION, ORDER, THREAD],
    title=_("Ask why the buyer cancels"),
    text=_(
        "The reason given is the buyer's own. A friendly question often saves the order, and tells you what to put "
        "right on the product's page."
    ),
    words=from_store(
        "you asked to cancel your order {order}. May we ask what made you change your mind? If it is the colour, "
        "the size, the address or the time of delivery, we can often put it right.\n"
        "If you would rather cancel, just tell us so."
    ),
    fits=buyers_own_reason,
)

# ------------------------------------------------------------------ on its way

advise(
    "where_is_it",
    "PRE-12",
    shown=[THREAD],
    title=_("Where is it?"),
    text=_("Look the parcel up before you answer, say where it was last seen and when, and answer soon."),
    words=from_store(
        "your order {order} is on its way under the number {waybill}. The carrier last told us: {last_scan}.\n"
        "It has been promised for {promised} days; should it not arrive by {receipt_due}, you can open a dispute "
        "on the storefront until then."
    ),
    fits=under_way,
)
advise(
    "at_post_office",
    "PRE-13",
    shown=[ORDER, THREAD],
    title=_("It waits at the post office"),
    text=_(
        "The carrier says that the parcel is ready to be picked up; that is not delivered. Tell the buyer before it is "
        "sent back."
    ),
    words=from_store(
        "good news: your parcel {waybill} has arrived and waits at your local post office. Please fetch it soon, "
        "with the number and a proof of who you are; what is not fetched is sent back."
    ),
    fits=waits_at_post_office,
)
advise(
    "receipt_ends",
    "PRE-14",
    shown=[ORDER, THREAD],
    title=_("The receipt window ends soon"),
    text=_(
        "Ask whether the parcel came. If it did not, give more time before {due}, or tell the buyer that a dispute can "
        "be opened until then."
    ),
    words=from_store(
        "has your order {order} arrived? If so, please confirm it on the storefront.\n"
        "If not, tell us: we can give you more time. The time to receive it ends on {receipt_due}; until then you can "
        "also open a dispute there, and you lose nothing by waiting for our answer first."
    ),
    fits=receipt_ends_soon,
    figures=lambda facts: {"due": facts.order.receipt_due_at},
)
