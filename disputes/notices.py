"""What the notices about disputes say."""

from django.utils.translation import gettext_noop as _

from rulebook.telling import tell

SUPPORT = ("support",)

tell(
    "dispute_opened",
    says=_("The buyer of the order {order} opened a dispute and claims {refund}: {reason}."),
    roles=SUPPORT,
    then=_("Accept the claim, reject it with your reasons, or make an offer. Silence carries the claim out."),
    waits_for=["seller_response"],
)
tell(
    "dispute_revised",
    says=_("The buyer changed the claim in {subject} to {refund}; the time to answer starts again."),
    roles=SUPPORT,
    then=_("Accept the claim, reject it with your reasons, or make an offer."),
    waits_for=["seller_response"],
)
tell(
    "seller_response_reminder",
    says=_("The time to answer the dispute {subject} ends on {due}; the claim of {refund} is carried out then."),
    roles=SUPPORT,
    then=_("Accept the claim, reject it with your reasons, or make an offer."),
    waits_for=["seller_response"],
)
tell("dispute_withdrawn", says=_("The buyer withdrew the dispute {subject}; the order goes on."), roles=SUPPORT)
tell(
    "dispute_rejected",
    says=_("The seller rejected your claim in {subject}: {text}"),
    waits_for=["negotiation"],
    then=_("Take an offer, change or withdraw the claim, or ask a moderator to decide."),
)
tell(
    "offer_made",
    says=_("The other side offers {refund} in {subject}."),
    waits_for=["negotiation"],
    roles=SUPPORT,
    then=_("Take the offer or go on talking."),
)
tell(
    "dispute_escalated",
    says=_("A moderator decides the dispute {subject} now."),
    roles=SUPPORT,
    then=_("Add what proves your side; both sides may until the ruling."),
)
tell(
    "ruling_to_approve",
    says=_("A ruling of {refund} in {subject} waits for a second moderator."),
    then=_("Read the case, then approve the ruling or send it back."),
)
tell(
    "dispute_resolved",
    says=_("The dispute {subject} has ended: {outcome}. {refund} go back to the buyer."),
    roles=(*SUPPORT, "finance"),
)
