"""What the notices about orders say."""

from django.utils.translation import gettext_noop as _

from rulebook.telling import tell

SHIPPING, SUPPORT, MONEY = ("fulfilment",), ("support",), ("finance",)

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
    "message_received", says=_("You have a new message about {subject}."), roles=SUPPORT, then=_("Read and answer it.")
)
