"""Advice for buyers before they write, and the platform's own prepared answers."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from orders.advice.registry import BUYER, COMPLAINT, SUPPORT, advise, from_operator, from_platform

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
    words=from_operator("thank you for writing to support. I have read your question and look into it now."),
)
advise(
    "chat_dispute",
    "FB-14",
    shown=[SUPPORT],
    title=_("How a dispute goes"),
    text=_("For who wants money back and has not opened a dispute."),
    words=from_operator(
        "money for an order goes back by a dispute: please open it from the order on the storefront, choose what "
        "happened, and add pictures. The seller has some days to answer; if you two do not agree, a moderator decides."
    ),
)
advise(
    "chat_later",
    "FB-14",
    shown=[SUPPORT],
    title=_("It takes longer"),
    text=_("When a colleague has to be asked."),
    words=from_operator(
        "I have to ask a colleague about this. You find the answer in this talk as soon as I know more."
    ),
)
advise(
    "complaint_upheld",
    "FB-18",
    shown=[COMPLAINT],
    title=_("The store was spoken to"),
    text=_("The complaint is right, and the store was told so."),
    words=from_platform(
        "thank you for your complaint about {about}. We have looked into it and you are right. We have told the "
        "store what has to change, and we keep an eye on it."
    ),
)
advise(
    "complaint_dispute",
    "FB-18",
    shown=[COMPLAINT],
    title=_("It belongs into a dispute"),
    text=_("The buyer wants money back for an order: that is not decided here."),
    words=from_platform(
        "thank you for your complaint about {about}. What you ask for is decided in a dispute about the order: "
        "please open one on the storefront, with what shows your side. Your complaint stays on record here."
    ),
)
advise(
    "complaint_nothing",
    "FB-18",
    shown=[COMPLAINT],
    title=_("No breach was found"),
    text=_("Everything went by the rules; say which."),
    words=from_platform(
        "thank you for your complaint about {about}. We have read everything that was written and done, and we "
        "find that the rules were kept: ….\nIf there is something that we have not seen, please write to us again."
    ),
)
advise(
    "complaint_site",
    "FB-18",
    shown=[COMPLAINT],
    title=_("It was our fault"),
    text=_("The site or one of us was at fault."),
    words=from_platform(
        "thank you for your complaint. We were at fault, and we are sorry: …. It has been put right, and we have "
        "seen to it that it does not happen again."
    ),
)
