"""What the notices about orders say."""

from django.utils.translation import gettext_noop as _

from rulebook.telling import tell

SHIPPING, SUPPORT, MONEY = ("fulfilment",), ("support",), ("finance",)

tell(
    "risk_held",
    says=_("The money of {subject} is held while its payment is looked into: {reason}"),
    roles=("finance",),
    then=_("If it has not been shipped, wait with it."),
)
tell("risk_cleared", says=_("The hold on {subject} is lifted; the money goes its way."), roles=("finance",))
tell("compensation_sent", says=_("{amount} beside the refund are on their way to you."))
tell("order_placed", says=_("A new order was placed for {total}; it waits for payment."), waits_for=["payment"])
tell(
    "order_paid",
    says=_("An order was paid: {paid}. It must be shipped in full by {due}."),
    roles=SHIPPING,
    then=_("Ship it and enter the waybill, or ask for more time before the period ends."),
    waits_for=["handling"],
)
tell("order_partly_shipped", says=_("A part of your order is on its way, waybill {waybill}."))
tell(
    "order_shipped",
    says=_("Your order is on its way, waybill {waybill}. Confirm its receipt by {due}."),
    then=_("Confirm when it has arrived; open a dispute if something is wrong."),
    waits_for=["receipt"],
)
tell("order_completed", says=_("The order {subject} is complete."), roles=MONEY)
tell("order_closed", says=_("The order {subject} was closed: {reason}."), roles=(*SHIPPING, *SUPPORT))
tell(
    "money_released",
    says=_("{net} from the order {subject} were released to your balance."),
    roles=MONEY,
    then=_("You may withdraw it."),
)
tell("refund_sent", says=_("{amount} are on their way back to you."))
tell(
    "cancellation_requested",
    says=_("The buyer asks to cancel the order {order}: {reason}."),
    roles=(*SHIPPING, *SUPPORT),
    then=_("Agree, decline, or ship: the handling period runs on."),
)
tell("cancellation_declined", says=_("The seller goes on with the order {order}; it was not cancelled."))
tell(
    "payment_reminder",
    says=_("The order {subject} over {total} is not paid yet; it is closed if no payment comes by {due}."),
    then=_("Pay on the storefront where you ordered, and nowhere else."),
    waits_for=["payment"],
)
tell(
    "handling_reminder",
    says=_("The handling period of the order {subject} ends on {due}."),
    roles=SHIPPING,
    then=_("Ship what is left, or talk to the buyer about more time; unshipped, the order is closed and refunded."),
    waits_for=["handling"],
)
tell(
    "receipt_reminder",
    says=_("The receipt window of the order {subject} ends on {due}; without a claim the order is complete then."),
    roles=SHIPPING,
    then=_("Ask each other whether the parcel came; the buyer may confirm or claim, the seller may give more time."),
    waits_for=["receipt"],
)
tell(
    "receipt_extended",
    says=_("The seller gives you more time to receive the order {subject}: until {due}."),
    then=_("Confirm when it has arrived; open a dispute if something is wrong."),
    waits_for=["receipt"],
)
tell(
    "extension_requested",
    says=_("The buyer of the order {order} would wait {days} days longer."),
    roles=SHIPPING,
    then=_("Take the days or leave them; the handling period runs on."),
)
tell("extension_granted", says=_("The order {order} is to be shipped by {due}; the seller took the days you gave."))
tell("extension_declined", says=_("The seller did not take more days for the order {order}; the period is as before."))
tell(
    "method_agreed",
    says=_("The buyer of the order {subject} agrees to another way of shipping: {method}."),
    roles=SHIPPING,
    then=_("You may ship it that way."),
)
tell(
    "address_requested",
    says=_("The buyer of the order {subject} asks for another address, in {country}."),
    roles=(*SHIPPING, *SUPPORT),
    then=_("Check the address before you ship there: such wishes come with stolen cards."),
)
tell(
    "out_of_stock",
    says=_("The seller cannot ship the order {subject}: it is out of stock. {text}"),
    then=_("Cancel the order, or agree with the seller on something else."),
)
tell(
    "shipment_doubted",
    says=_("The waybill {subject} of the order {order} cannot be traced: {why}. A moderator looks at it."),
    roles=SHIPPING,
    then=_(
        "Write to the buyer of this order what shows that the parcel was handed over: the moderator reads it there."
    ),
)
tell(
    "shipment_found_false",
    says=_("The waybill {subject} of the order {order} was found false: {reason}"),
    roles=(*SHIPPING, *SUPPORT),
)
tell(
    "carrier_answered",
    says=_("The carrier's answer to your complaint about the order {order}: {answer}."),
    roles=(*SHIPPING, *MONEY),
)
tell(
    "carrier_silent",
    says=_("A carrier left the complaint {subject} about the order {order} unanswered."),
    then=_("Ask the carrier for its answer."),
)
tell(
    "order_excluded",
    says=_("The order {subject} counts as abnormal: its sale and its reviews are not scored. {reason}"),
    roles=SUPPORT,
)
tell(
    "review_invited",
    says=_("The trade of the order {subject} is over. You may review it until {until}."),
    then=_("Say how the goods, the talk and the shipping were."),
)
tell(
    "review_reminder",
    says=_("Your time to review the order {subject} ends on {until}."),
    then=_("Say how the goods, the talk and the shipping were; nothing written is no record."),
)
tell(
    "review_published",
    says=_("The other side of the order {order} gave {stars} of 5 stars."),
    roles=SUPPORT,
    then=_("Who got 1 to 3 stars may reply, once."),
)
tell("review_supplemented", says=_("The buyer of the order {order} added to the review."), roles=SUPPORT)
tell("review_replied", says=_("There is a reply to your review of the order {order}."), roles=SUPPORT)
tell("review_moderated", says=_("A moderator looked at a review of the order {order}: {reason}"), roles=SUPPORT)
tell(
    "review_report_upheld",
    says=_("The review {subject} that you reported is no longer shown or counted: {reason}"),
    roles=SUPPORT,
)
tell(
    "review_report_declined",
    says=_("The platform looked at the review {subject} that you reported, and it stands: {reason}"),
    roles=SUPPORT,
)
tell(
    "review_reported",
    says=_("The review {subject} was reported: {reason}"),
    then=_("Keep it, hide it, or delete it."),
)
tell("message_received", says=_("You have a new message about {title}."), roles=SUPPORT, then=_("Read and answer it."))
tell(
    "message_steers",
    says=_("A seller wrote \u201c{phrase}\u201d in {subject}: words that may steer the buyer."),
    then=_(
        "Read the talk. Whatever the buyer was told to choose, the true reason counts; who tells him that the platform will "
        "pay puts the dispute outside the after-sale cover."
    ),
)
tell("support_message", says=_("A buyer writes to support: {topic}."), then=_("Answer in the chat."))
tell(
    "rate_support",
    says=_("Your talk with support about {topic} is over."),
    then=_("Tell us how the operator did, if you like."),
)
tell(
    "complaint_filed",
    says=_("A buyer complains to the administration: {about}. It is to be answered by {due}."),
    then=_("Answer it; the administration always answers."),
    waits_for=["answer"],
)
tell("complaint_answered", says=_("The administration answers your complaint: {text}"))
tell(
    "complaint_reminder",
    says=_("The complaint {subject} is to be answered by {due}."),
    then=_("Answer it."),
    waits_for=["answer"],
)
tell(
    "complaint_overdue",
    says=_("The complaint {subject} was not answered in time."),
    then=_("Answer it now, before all others."),
)
