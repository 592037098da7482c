"""What the notices about disputes, rulings and chargebacks say. One sentence serves both sides where both are told."""

from django.utils.translation import gettext_noop as _

from disputes.models import Dispute
from disputes.statement import statement_of, text_of
from rulebook.actors import BUYER, SELLER, SYSTEM
from rulebook.mailing import encloses
from rulebook.models import Notice
from rulebook.rehearsal import look
from rulebook.telling import tell

SUPPORT = ("support",)
MONEY = ("finance",)

# ------------------------------------------------------------------ the parties

tell(
    "dispute_opened",
    says=_("The buyer of the order {order} opened a dispute and claims {refund}: {reason}."),
    roles=SUPPORT,
    then=_("Accept the claim, reject it with your reasons, or make an offer. Silence carries the claim out."),
    waits_for=["seller_response"],
)
tell(
    "dispute_opened_with_platform",
    says=_("The buyer of the order {order} opened a dispute and claims {refund}: {reason}. The platform decides it."),
    roles=SUPPORT,
    then=_("Nothing has to be answered. What proves your side may be added until the ruling."),
)
tell(
    "return_opened",
    says=_("The buyer of the order {order} sends the goods back, as Plus allows, and gets {refund} for them."),
    roles=SUPPORT,
    then=_("Wait for the parcel; film its opening, and say then whether the goods are back."),
    waits_for=["return_shipment"],
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
    then=_("Take an offer, make one, or change or withdraw the claim; without agreement the platform decides."),
)
tell(
    "offer_made",
    says=_("The other side offers {refund} in {subject}."),
    waits_for=["negotiation"],
    roles=SUPPORT,
    then=_("Take the offer, which ends the dispute for good, or go on talking."),
)
tell(
    "dispute_resolved",
    says=_("The dispute {subject} has ended: {outcome}. {refund} go back to the buyer."),
    roles=(*SUPPORT, *MONEY),
    then=_("Read the reasons. Against a ruling each side may appeal once, within the time that it names."),
)

tell(
    "dispute_ended_with_order",
    says=_("The dispute {subject} has ended with its order: everything paid went back to the buyer."),
    roles=(*SUPPORT, *MONEY),
    then=_("Nothing is left to claim; the order says why it was closed."),
)

# ------------------------------------------------------------------ the platform

tell(
    "dispute_escalated",
    says=_("The platform decides the dispute {subject} now."),
    roles=SUPPORT,
    then=_("Add what proves your side; both sides may until the ruling."),
)
tell(
    "ruling_overdue",
    says=_("The dispute {subject} has waited for a ruling since {since}, longer than the platform allows itself."),
    then=_("Decide it today, or hand it to somebody who can."),
)
tell(
    "dispute_taken_over",
    says=_("The platform has taken over the dispute {subject} and decides it first: {reason}"),
    roles=SUPPORT,
    then=_("No answer is due any more. You may still agree, and add what proves your side."),
)
tell(
    "platform_suggests",
    says=_("The platform proposes {refund} in {subject}. {text}"),
    roles=SUPPORT,
    then=_("Take the proposal, or leave it: it binds when both sides take it, and all periods run on."),
    waits_for=["seller_response", "negotiation"],
)
tell(
    "suggestion_taken",
    says=_("The other side takes the platform's proposal of {refund} in {subject}."),
    roles=SUPPORT,
    then=_("Take it too, and the dispute ends for good; or leave it."),
    waits_for=["seller_response", "negotiation"],
)
tell(
    "ruling_to_approve",
    says=_("A ruling of {refund} in {subject} waits for a second moderator."),
    then=_("Read the case, then approve the ruling or send it back."),
)
tell(
    "ruling_sent_back",
    says=_("A second moderator sent the ruling in {subject} back: {reason}"),
    then=_("Rule again; the case is open."),
)
tell(
    "ruling_appealed",
    says=_("The {side} appealed against the ruling in {subject}."),
    roles=SUPPORT,
    then=_("A moderator who had no part in the ruling decides; it stands meanwhile."),
)
tell(
    "appeal_decided",
    says=_("The appeal in {subject} was decided: {outcome}. {reason}"),
    roles=(*SUPPORT, *MONEY),
    then=_(
        "Upheld, the ruling stands, and the other side may still appeal, once, in its time. Overturned, the new decision "
        "is the last."
    ),
)
tell(
    "made_good",
    says=_("Your appeal in {subject} succeeded: {amount} were put back for your store."),
    roles=MONEY,
    then=_("The statement shows where they are."),
)
tell(
    "counterfeit_found",
    says=_("The goods of {subject} were found to be counterfeit."),
    then=_("Look at the store's other listings, and propose a penalty where the rules ask for one."),
)

# ------------------------------------------------------------------ the after-sale cover

tell(
    "help_requested",
    says=_("The platform asks for your help in {subject} until {due}: {text}"),
    roles=SUPPORT,
    then=_(
        "Answer in the dispute. Silence counts as a refusal: the cover of this dispute ends, and its cost is yours."
    ),
    waits_for=["cooperation"],
)
tell(
    "help_reminder",
    says=_("The time to help the platform in {subject} ends on {due}; without an answer its cover ends."),
    roles=SUPPORT,
    then=_("Answer what was asked, in the dispute."),
    waits_for=["cooperation"],
)
tell(
    "cover_left_for_violation",
    says=_("{subject} left the after-sale cover under {ground}: it points to a violation of the store."),
    then=_("Look at the listing and at the store's others, and propose a penalty where the rules ask for one."),
)
tell("help_given", says=_("The seller answered what was asked in {subject}."), then=_("Read it, then decide."))
tell(
    "cover_reclaimed",
    says=_("The after-sale cover was abused in {subject}: {amount} are taken back from your store. {text}"),
    roles=(*SUPPORT, *MONEY),
    then=_("The statement shows where they came from. Disputes about the goods come to you from now on."),
)

# ------------------------------------------------------------------ the goods come back

tell(
    "return_agreed",
    says=_("The goods of {subject} go back, and {refund} are paid for them. The buyer posts them by {due}."),
    roles=SUPPORT,
    then=_("Buyer: send them to the return address and enter the waybill by then, or the claim ends. Seller: wait."),
    waits_for=["return_shipment"],
)
tell(
    "return_shipment_reminder",
    says=_("The time to send the goods of {subject} back ends on {due}; without a waybill the claim ends."),
    then=_("Post the goods to the return address and enter the waybill."),
    waits_for=["return_shipment"],
)
tell(
    "return_sent",
    says=_("The goods of {subject} are on their way back, waybill {waybill}."),
    roles=(*SUPPORT, "fulfilment"),
    then=_("Film the opening. Say until {due} whether they are back or what is wrong; silence counts as received."),
    waits_for=["return_receipt"],
)
tell(
    "return_receipt_reminder",
    says=_("Your time to confirm or contest the return of {subject} ends on {due}; silence pays the refund."),
    roles=(*SUPPORT, "fulfilment"),
    then=_("Confirm that the goods are back, or say what is wrong."),
    waits_for=["return_receipt"],
)
tell(
    "return_contested",
    says=_("The seller contests the return of {subject}; the platform decides."),
    then=_("Show the receipt of the post office and what you sent; both sides may until the ruling."),
)
tell(
    "return_not_sent",
    says=_("Nothing was sent back in {subject} in time: the claim has ended, and the order is complete."),
    roles=(*SUPPORT, *MONEY),
)

# ------------------------------------------------------------------ chargebacks

tell(
    "chargeback_opened",
    says=_("A bank takes {amount} back for its cardholder, case {subject}: {reason}."),
    roles=(*SUPPORT, *MONEY),
    then=_("Show by {due} why the money is yours. Without an answer the case is lost."),
    waits_for=["chargeback_evidence"],
)
tell(
    "chargeback_checked",
    says=_("A card was reported stolen, case {subject}: {amount} are held while the platform checks."),
    roles=(*SUPPORT, *MONEY),
    then=_("The seller waits; the platform looks at the shipment and asks when it needs a proof."),
)
tell(
    "chargeback_reminder",
    says=_("The time to answer the chargeback {subject} over {amount} ends on {due}."),
    roles=(*SUPPORT, *MONEY),
    then=_("Send your proof; without an answer the case is lost."),
    waits_for=["chargeback_evidence"],
)
tell(
    "chargeback_proof_asked",
    says=_("The platform asks for proof of shipping and delivery in {subject} until {due}: {text}"),
    roles=(*SUPPORT, *MONEY),
    then=_("Send it with the waybill. Without it the decision rests on what is known, at your cost."),
    waits_for=["chargeback_evidence"],
)
tell(
    "chargeback_answered",
    says=_("The seller answered the chargeback {subject}."),
    then=_("Look through the papers; the bank decides."),
)
tell(
    "chargeback_followed",
    says=_(
        "The chargeback {subject} over {amount} ended: the order was decided elsewhere first, and nothing more is taken."
    ),
    roles=(*SUPPORT, *MONEY),
)
tell(
    "chargeback_won",
    says=_("The chargeback {subject} over {amount} was decided for you: nothing is taken."),
    roles=(*SUPPORT, *MONEY),
)
tell(
    "chargeback_lost",
    says=_("The chargeback {subject} was lost: {amount} went back to the cardholder, from your store."),
    roles=(*SUPPORT, *MONEY),
    then=_("The case says under which rule."),
)
tell(
    "chargeback_borne",
    says=_("The chargeback {subject} was lost, and the platform bears its {amount}: nothing is taken from you."),
    roles=(*SUPPORT, *MONEY),
)
tell(
    "pre_arbitration",
    says=_("The result of the chargeback {subject} is contested: pre-arbitration, with a fee of {fee}."),
    roles=MONEY,
    then=_("Prepay the fee by {due} to go on; it comes back if you win. Unpaid, you accept the other side's demand."),
    waits_for=["pre_arbitration_fee"],
)
tell(
    "pre_arbitration_reminder",
    says=_("The time to prepay the fee of {fee} for the chargeback {subject} ends on {due}; unpaid, it is lost."),
    roles=MONEY,
    then=_("Prepay the fee, or accept the loss."),
    waits_for=["pre_arbitration_fee"],
)

# ------------------------------------------------------------------ with the letter


@encloses("dispute_resolved", "dispute_ended_with_order", "return_agreed", "appeal_decided")
def statement_along(notice: Notice) -> str:
    """Both sides are sent the statement of reasons with the letter that tells of a decision."""
    if notice.audience_kind not in (BUYER, SELLER):
        return ""
    dispute = look(Dispute, [notice.subject_id], SYSTEM).held.get(notice.subject_id)
    told = statement_of(dispute, reader=notice.audience_kind) if isinstance(dispute, Dispute) else None
    return text_of(told) if told is not None else ""
