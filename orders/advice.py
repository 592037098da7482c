"""Advice: what the guidance rules recommend, shown where it fits, with words that can be sent as they are or changed.

Nothing follows from advice: no rule reads it, and what it says is left to the reader. `text` speaks to the reader in his
language; `words` are a message to the other side, in the language of the talk (FB-4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_noop as _

from orders.states import OrderState, ShipmentState, ThreadKind
from rulebook.citations import cite
from rulebook.sentences import fact_text, fill

ORDER, THREAD, CANCELLATION = "order", "thread", "cancellation"
BUYER, SUPPORT, COMPLAINT = "buyer", "support", "complaint"

UNSHIPPED = (OrderState.AWAITING_SHIPMENT, OrderState.PARTIALLY_SHIPPED)
CHEAP_METHODS = frozenset({"simple", "economy"})
"""Ways of shipping without a registered number all the way."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether advice fits. order: with its bundle, or None; kind: of the conversation, or empty."""

    at: datetime
    rules: Any
    order: Any = None
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """shown: the places that may show it. fits: whether it helps now. figures: facts for `text` out of the rules."""

    code: str
    rule: str
    title: str
    text: str
    shown: frozenset[str]
    words: str = ""
    fits: Callable[[Facts], bool] = lambda _facts: True
    figures: Callable[[Facts], dict[str, Any]] = lambda _facts: {}

    def text_for(self, facts: Facts) -> str:
        """The advice in the reader's language."""
        return fill(self.text, self.figures(facts))

    def words_for(self, known: dict[str, Any]) -> str:
        """The message, in the language of the talk; what is not known is left to the writer as an ellipsis."""
        with translation.override("en"):
            return self.words.format_map(_Written(known))


class _Written(dict[str, Any]):
    """Facts as a message writes them."""

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        return "…" if value in (None, "") else fact_text(value)

    def __missing__(self, name: str) -> str:
        return "…"


_ADVICE: dict[str, Advice] = {}


def advise(code: str, rule: str, *, shown: Iterable[str], **more: Any) -> Advice:
    """Register advice; it is what carries out its guidance rule."""
    cite(rule, f"advice.{code}")
    found = _ADVICE[code] = Advice(code=code, rule=rule, shown=frozenset(shown), **more)
    return found


def advice(code: str) -> Advice | None:
    return _ADVICE.get(code)


def all_advice() -> list[Advice]:
    return list(_ADVICE.values())


def fitting(place: str, facts: Facts) -> list[Advice]:
    """What helps at this place now, in the order of an order's life."""
    return [found for found in _ADVICE.values() if place in found.shown and found.fits(facts)]


def shown(found: Advice, facts: Facts) -> dict[str, Any]:
    """For `orders/_advice.html`."""
    return {
        "code": found.code,
        "rule": found.rule,
        "title": translation.gettext(found.title),
        "text": found.text_for(facts),
        "has_words": bool(found.words),
    }


def greeting(name: str) -> str:
    return f"Hello {name}," if name else "Hello,"


# ------------------------------------------------------------------ when it fits


def _state(*states: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.order is not None and facts.order.state in states


def _asks_about_product(facts: Facts) -> bool:
    return facts.order is None and facts.kind in ("", ThreadKind.PRODUCT)


def _buyers_own_reason(facts: Facts) -> bool:
    """A request to cancel is open, and its reason tells the seller nothing about himself."""
    order = facts.order
    if order is None or order.open_cancellation_id is None:
        return False
    asked = next((item for item in order.cancellations if item.id == order.open_cancellation_id), None)
    return asked is not None and asked.reason not in facts.rules.cancel.seller_reasons


def _under_way(facts: Facts) -> bool:
    order = facts.order
    return order is not None and order.units_shipped > 0 and order.delivered_at is None and order.ended_at is None


def _waits_at_post_office(facts: Facts) -> bool:
    return facts.order is not None and any(
        parcel.state == ShipmentState.AWAITING_PICKUP for parcel in facts.order.shipments
    )


def _receipt_ends_soon(facts: Facts) -> bool:
    order = facts.order
    if order is None or order.state != OrderState.SHIPPED or order.receipt_due_at is None:
        return False
    return bool(order.receipt_due_at - facts.at <= timedelta(days=facts.rules.order.receipt_reminder_days))


def _delay_is_likely(facts: Facts) -> bool:
    order = facts.order
    if order is None or order.state not in UNSHIPPED or order.handling_due_at is None:
        return False
    return bool(order.handling_due_at - facts.at <= timedelta(hours=facts.rules.order.handling_reminder_hours))


def _cheap_and_unshipped(facts: Facts) -> bool:
    return _state(*UNSHIPPED)(facts) and facts.order.method in CHEAP_METHODS


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
    words=(
        "{hello}\nthank you for your question about {about}. It is made of …, it measures …, and it is meant for ….\n"
        "Ask whatever else you would like to know before you order.\n{store}"
    ),
    fits=_asks_about_product,
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
    fits=lambda facts: _asks_about_product(facts) or _state(OrderState.AWAITING_PAYMENT)(facts),
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
    fits=_asks_about_product,
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
    words=(
        "{hello}\nthank you for your order {order} over {total}. It waits for your payment until {payment_due}.\n"
        "Please open the order on the storefront where you placed it, choose a way to pay, and follow the steps there. "
        "A wallet may have to be filled from your card first; that, too, is done on the storefront.\n"
        "Take care: we never ask for your card number, a password or a code, and never for a payment by another way. "
        "If a message or a page does, it is not ours.\n{store}"
    ),
    fits=_state(OrderState.AWAITING_PAYMENT),
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
    words=(
        "{hello}\nso that nothing is mixed up, this is what we note for your order {order}: ….\n"
        "Please write to us before it is shipped if something is missing.\n{store}"
    ),
    fits=_state(*UNSHIPPED),
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
    words=(
        "{hello}\nyour order {order} goes by {method}: that is the cheapest way, and it is not traced up to your door. "
        "We can send it as a registered parcel for …, which is traced all the way.\n"
        "Please tell us which you prefer; we do nothing without your word.\n{store}"
    ),
    fits=_cheap_and_unshipped,
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
    fits=lambda facts: _state(*UNSHIPPED)(facts) and facts.order.plus,
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
    words=(
        "{hello}\nwe are sorry: your order {order} needs a little longer than we thought. It will be handed over by ….\n"
        "If that suits you, please give us some more days on the storefront; if it does not, we cancel it and you get "
        "everything back.\n{store}"
    ),
    fits=_delay_is_likely,
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
    words=(
        "{hello}\nyou asked to cancel your order {order}. May we ask what made you change your mind? If it is the colour, "
        "the size, the address or the time of delivery, we can often put it right.\n"
        "If you would rather cancel, just tell us so.\n{store}"
    ),
    fits=_buyers_own_reason,
)

# ------------------------------------------------------------------ on its way

advise(
    "where_is_it",
    "PRE-12",
    shown=[THREAD],
    title=_("Where is it?"),
    text=_("Look the parcel up before you answer, say where it was last seen and when, and answer soon."),
    words=(
        "{hello}\nyour order {order} is on its way under the number {waybill}. The carrier last told us: {last_scan}.\n"
        "It has been promised for {promised} days; should it not arrive by {receipt_due}, you can open a dispute "
        "on the storefront until then.\n{store}"
    ),
    fits=_under_way,
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
    words=(
        "{hello}\ngood news: your parcel {waybill} has arrived and waits at your local post office. Please fetch it soon, "
        "with the number and a proof of who you are; what is not fetched is sent back.\n{store}"
    ),
    fits=_waits_at_post_office,
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
    words=(
        "{hello}\nhas your order {order} arrived? If so, please confirm it on the storefront.\n"
        "If not, tell us: we can give you more time. The time to receive it ends on {receipt_due}; until then you can "
        "also open a dispute there, and you lose nothing by waiting for our answer first.\n{store}"
    ),
    fits=_receipt_ends_soon,
    figures=lambda facts: {"due": facts.order.receipt_due_at},
)

# ------------------------------------------------------------------ every talk

advise(
    "write_english",
    "FB-4",
    shown=[BUYER],
    title=_("Write in English"),
    text=_(
        "Talk is in English, so that the other side and, if it comes to that, the moderator understand it. Another "
        "language is sent all the same; a translation below it helps."
    ),
)
advise(
    "choose_tested",
    "FB-20",
    shown=[BUYER],
    title=_("Choose tested stores"),
    text=_("A store with a high rating over many reviews, and one that answers, is the safer choice."),
)
advise(
    "way_to_chat",
    "FB-15",
    shown=[BUYER, SUPPORT],
    title=_("The way to the chat"),
    text=_(
        "Help, buyer's guide, questions, then the chat: most is answered on the way. The chat asks for a topic, so that "
        "the right person answers."
    ),
)

# ------------------------------------------------------------------ the platform's own answers

advise(
    "chat_welcome",
    "FB-14",
    shown=[SUPPORT],
    title=_("Welcome"),
    text=_("The first words of a talk."),
    words="{hello}\nthank you for writing to support. I have read your question and look into it now.",
)
advise(
    "chat_dispute",
    "FB-14",
    shown=[SUPPORT],
    title=_("How a dispute goes"),
    text=_("For who wants money back and has not opened a dispute."),
    words=(
        "{hello}\nmoney for an order goes back by a dispute: please open it from the order on the storefront, choose what "
        "happened, and add pictures. The seller has some days to answer; if you two do not agree, a moderator decides."
    ),
)
advise(
    "chat_later",
    "FB-14",
    shown=[SUPPORT],
    title=_("It takes longer"),
    text=_("When a colleague has to be asked."),
    words="{hello}\nI have to ask a colleague about this. You find the answer in this talk as soon as I know more.",
)
advise(
    "complaint_upheld",
    "FB-18",
    shown=[COMPLAINT],
    title=_("The store was spoken to"),
    text=_("The complaint is right, and the store was told so."),
    words=(
        "{hello}\nthank you for your complaint about {about}. We have looked into it and you are right. We have told the "
        "store what has to change, and we keep an eye on it.\nThe administration"
    ),
)
advise(
    "complaint_dispute",
    "FB-18",
    shown=[COMPLAINT],
    title=_("It belongs into a dispute"),
    text=_("The buyer wants money back for an order: that is not decided here."),
    words=(
        "{hello}\nthank you for your complaint about {about}. What you ask for is decided in a dispute about the order: "
        "please open one on the storefront, with what shows your side. Your complaint stays on record here.\n"
        "The administration"
    ),
)
advise(
    "complaint_nothing",
    "FB-18",
    shown=[COMPLAINT],
    title=_("No breach was found"),
    text=_("Everything went by the rules; say which."),
    words=(
        "{hello}\nthank you for your complaint about {about}. We have read everything that was written and done, and we "
        "find that the rules were kept: ….\nIf there is something that we have not seen, please write to us again.\n"
        "The administration"
    ),
)
advise(
    "complaint_site",
    "FB-18",
    shown=[COMPLAINT],
    title=_("It was our fault"),
    text=_("The site or one of us was at fault."),
    words=(
        "{hello}\nthank you for your complaint. We were at fault, and we are sorry: …. It has been put right, and we have "
        "seen to it that it does not happen again.\nThe administration"
    ),
)
