"""How an order ends: received, refunded, closed; and its money released (A35, A53-1, A62)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from finance import movements
from orders import conditions as c
from orders.models.figures import NEVER_SHIPPED, CountedOrder
from orders.models.record import OrderRecord
from orders.states import ENDED, UNSHIPPED, CloseReason, OrderState, ReleaseState
from rulebook.calendars import lasting, natural_days
from rulebook.citations import formula
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.rule import BUYER, CAUSE, MODERATOR, SELLER, rule
from stores.models import Listing

State = OrderState
Release = ReleaseState


class EndingOrder(CountedOrder):
    """Receipt, release, refund, closing."""

    class Meta(OrderRecord.Meta):
        abstract = True

    # ------------------------------------------------------------------ receiving

    @rule(
        "A35-5",
        source=State.SHIPPED,
        target=State.COMPLETED,
        by=BUYER,
        otherwise="A35",
        meets="receipt",
        conditions=[c.no_open_dispute],
        also=["FB-6"],
        says=_("Received: the buyer confirmed."),
    )
    def confirm(self, docket: Any) -> None:
        """The buyer has the goods (FB-6); the system invites a review (FB-7)."""
        docket.also_under("FB-6")
        docket.meet(self, "plus_delivery")
        self._complete(docket)

    @rule(
        "A35-4",
        source=State.SHIPPED,
        target=State.COMPLETED,
        deadline="receipt",
        conditions=[c.no_open_dispute],
        says=_("Completed: neither confirmed nor disputed within the {days}-day receipt window, which ended on {due}."),
    )
    def complete_by_time(self, docket: Any) -> None:
        """The receipt window ended without a word of the buyer; that is no arrival, so the time of Plus runs on (PLUS-18)."""
        docket.because(days=self.receipt_days, due=self.receipt_due_at)
        self._complete(docket)

    @rule(
        CAUSE,
        source=State.SHIPPED,
        target=State.COMPLETED,
        cancels="receipt",
        says=_("Completed with the end of the dispute."),
    )
    def complete_with_dispute(self, docket: Any) -> None:
        """A dispute that leaves the seller something ends the order; the rest follows the release clock from here."""
        docket.meet(self, "plus_delivery")
        self._complete(docket)

    @rule(
        "A35-3",
        source=State.SHIPPED,
        by=SELLER,
        otherwise="A35-3",
        conditions=[c.receipt_runs],
        says=_("The receipt window is {days} days longer, until {due}."),
    )
    def extend_receipt(self, docket: Any, *, days: int) -> None:
        """The seller gives the buyer more time: only longer, up to a sum of days."""
        most = docket.rules_for(self).order.receipt_ext_max_days
        if self.receipt_extension_days + days > most:
            raise Refused(
                "A35-3",
                _("The window can be made {most} days longer in all; {given} were given."),
                most=most,
                given=self.receipt_extension_days,
            )
        assert self.receipt_due_at is not None
        self.receipt_extension_days += days
        self.receipt_days += days
        self.receipt_due_at = natural_days(self.receipt_due_at, days)
        docket.because(days=days, due=self.receipt_due_at)
        self.start_receipt(docket)
        docket.notify("buyer", self.buyer_id, "receipt_extended", self, due=self.receipt_due_at)

    def start_receipt(self, docket: Any) -> None:
        """Set, or move, the end of the receipt window, with its reminder (A35-2)."""
        assert self.receipt_due_at is not None
        days = docket.rules_for(self).order.receipt_reminder_days
        docket.set_deadline(self, "receipt", self.receipt_due_at, "A35-4", remind=lasting(days))

    @rule("A35-2", source=State.SHIPPED, deadline="receipt_reminder", quiet=True)
    def remind_of_receipt(self, docket: Any) -> None:
        """The window ends soon: the seller asks the buyer whether the parcel came (PRE-14); the buyer may confirm or claim."""
        due = self.receipt_due_at
        docket.notify("seller", self.store_id, "receipt_reminder", self, due=due)
        docket.notify("buyer", self.buyer_id, "receipt_reminder", self, due=due)

    def arrive(self, docket: Any, at: datetime) -> None:
        """Every parcel was delivered."""
        self.delivered_at = at
        docket.meet(self, "plus_delivery")

    def _complete(self, docket: Any) -> None:
        self.completed_at, self.decided_under = docket.at, docket.rule
        self.release_due_at = natural_days(docket.at, self._release_days(docket.rules_for(self)))
        docket.because(release=self.release_due_at)
        docket.set_deadline(self, "release", self.release_due_at, "A62-1")
        self.open_reviews(docket)
        docket.notify("seller", self.store_id, "order_completed", self, release=self.release_due_at)
        docket.notify("buyer", self.buyer_id, "order_completed", self)
        docket.notify("buyer", self.buyer_id, "review_invited", self, until=self.review_until)
        docket.announce("order.completed", self)

    @formula("PLUS-8")
    def _release_days(self, rules: Any) -> int:
        """Some days after completion; with Plus not before the goods can no longer be sent back."""
        days: int = rules.release.wait_days
        return max(days, rules.plus.return_days + rules.plus.return_extra_days) if self.plus else days

    def open_reviews(self, docket: Any) -> None:
        """A53-1: from the end of the trade both sides may review for some weeks; nothing written is no record (A54-2)."""
        rules = docket.rules_for(self).review
        self.review_until = natural_days(docket.at, rules.window_days)
        docket.set_deadline(self, "review", self.review_until, "A53-1", remind=lasting(rules.reminder_days))

    @rule("FB-7", source=ENDED, deadline="review_reminder", quiet=True, conditions=[c.buyer_wrote_nothing])
    def remind_of_review(self, docket: Any) -> None:
        """The time to review ends soon."""
        docket.notify("buyer", self.buyer_id, "review_reminder", self, until=self.review_until)

    @rule(
        "A62-1",
        field="release",
        source=[Release.HELD],
        target=Release.RELEASED,
        deadline="release",
        needs=["balances"],
        conditions=[c.nothing_holds_the_money],
        says=_("Released: {gross} less {commission} commission; {net} to the seller."),
    )
    def release_money(self, docket: Any) -> None:
        """The waiting time after completion is over: the order's money is the seller's, less commission (A67)."""
        gross = self.escrow
        # a regained chargeback has paid its part; and no more than there is: most may have gone back to the platform (A49-1)
        due = self.commission_on(self.gross_left).minor - self.commission_minor
        commission = Money(min(max(due, 0), gross.minor), self.currency)
        docket.also_under("A67-1")
        docket.because(gross=gross, commission=commission, net=gross - commission)
        if gross.minor:
            movements.release(docket, self.store_id, self.id, gross, commission)
        self.commission_minor += commission.minor
        self.escrow_minor, self.released_at = 0, docket.at
        docket.notify("seller", self.store_id, "money_released", self, net=gross - commission)

    # ------------------------------------------------------------------ what a dispute does to it

    @rule(
        CAUSE,
        source=[State.SHIPPED, State.COMPLETED],
        target=State.CLOSED,
        cancels=["receipt", "release"],
        says=_("Closed: everything paid went back to the buyer ({refunded})."),
    )
    def close_refunded(self, docket: Any) -> None:
        """The buyer got everything back from the seller."""
        docket.because(refunded=self.refunded)
        self._close(docket, CloseReason.REFUNDED)

    def go_on(self, docket: Any) -> None:
        """A dispute ended and the order stands: deadlines that passed meanwhile are due at once."""
        if self.state == State.SHIPPED and docket.deadline(self, "receipt") is None and self.receipt_due_at:
            self.receipt_due_at = max(docket.at, self.receipt_due_at)
            self.start_receipt(docket)
        elif (
            self.state == State.COMPLETED and self.release == Release.HELD and docket.deadline(self, "release") is None
        ):
            docket.set_deadline(self, "release", max(docket.at, self.release_due_at), "A62-1")

    def pay_back(self, docket: Any, amount: Money, article: str = "A63-4") -> None:
        """A refund that the seller bears: from the order's escrow, after the release from the article's sources."""
        if not amount.minor:
            return
        if amount.minor > self.refundable.minor:
            raise Refused(
                article,
                _("{amount} is more than the {left} that was paid and not refunded."),
                amount=amount,
                left=self.refundable,
            )
        before = self.gross_left
        held = Money(min(amount.minor, self.escrow_minor), self.currency)
        if held.minor:
            self.escrow_minor -= held.minor
            movements.refund(docket, self.store_id, self.id, held)
        rest = amount - held
        if rest.minor:
            left = Money(self.commission_minor, self.currency)
            share = movements.refund_after_release(
                docket, self.store_id, self.id, rest, article, commission_left=left, gross_left=before - held
            )
            self.commission_minor -= share.minor
        self.refunded_minor += amount.minor
        docket.notify("buyer", self.buyer_id, "refund_sent", self, amount=amount)

    def pay_on_top(self, docket: Any, amount: Money) -> None:
        """Beside the refund, from the seller's own money; other orders' escrow is not touched (AS-5)."""
        if amount.minor:
            movements.pay_from_seller(docket, self.store_id, self.id, amount, "A45-2", "counterfeit")
            self.compensated_minor += amount.minor
            docket.notify("buyer", self.buyer_id, "compensation_sent", self, amount=amount)

    def reclaim(self, docket: Any, amount: Money, account: str) -> None:
        """The seller gives the platform back what it paid for him: from what the order still holds, then from his money.
        Commission stays as it was."""
        held = Money(min(amount.minor, self.escrow_minor), self.currency)
        self.escrow_minor -= held.minor
        self.reclaimed_minor += amount.minor
        self._note_borne(account, -amount.minor)
        movements.reclaim(docket, self.store_id, self.id, amount, held, account)

    def _note_borne(self, account: str, minor: int) -> None:
        borne = {**self.borne_by_account, account: self.borne_by_account.get(account, 0) + minor}
        self.borne_by_account = {name: left for name, left in borne.items() if left}

    def pay_back_by_platform(self, docket: Any, amount: Money, account: str = "compensation") -> None:
        """A refund at the platform's cost: the order's escrow and the commission stay as they are."""
        if amount.minor:
            movements.compensate(docket, self.store_id, self.id, amount, account)
            self.refunded_minor += amount.minor
            self.borne_minor += amount.minor
            self._note_borne(account, amount.minor)
            docket.notify("buyer", self.buyer_id, "refund_sent", self, amount=amount)

    @rule(
        CAUSE,
        source=[State.AWAITING_SHIPMENT, State.PARTIALLY_SHIPPED, State.SHIPPED],
        target=State.CLOSED,
        cancels=["handling", "receipt"],
        says=_("Closed: a chargeback took back everything paid ({refunded})."),
    )
    def close_charged_back(self, docket: Any) -> None:
        """The cardholder's bank took everything back before the order was complete."""
        docket.because(refunded=self.refunded)
        self._close(docket, CloseReason.CHARGEBACK)

    @rule(
        "A70-2",
        source=State.AWAITING_SHIPMENT,
        target=State.CLOSED,
        by=MODERATOR,
        otherwise="A70-2",
        conditions=[c.nothing_left],
        cancels=["handling"],
        needs=["balances"],
        says=_("Closed: paid with a stolen card; {refunded} goes back. {reason}"),
    )
    def close_for_stolen_card(self, docket: Any, *, reason: str) -> None:
        """A stolen card, and nothing is on its way: the money returns to the cardholder; no fault of the seller."""
        docket.because(reason=reason)
        self._refund_everything(docket)
        self._close(docket, CloseReason.FRAUD_RISK)

    @rule(
        "A62-6",
        source=list(State.values),
        by=MODERATOR,
        otherwise="A62-6",
        conditions=[c.no_risk_seen],
        says=_("Held: {reason}"),
    )
    def hold_for_risk(self, docket: Any, *, reason: str) -> None:
        """The card may be stolen: until somebody has looked, nothing is released, and the seller need not ship (A34-1)."""
        docket.because(reason=reason)
        self.risk_at = docket.at
        docket.cancel(self, "handling")
        docket.notify("seller", self.store_id, "risk_held", self, reason=reason)

    @rule(
        "A62-6",
        source=list(State.values),
        by=MODERATOR,
        otherwise="A62-6",
        conditions=[c.risk_seen],
        says=_("The hold is lifted: {reason}"),
    )
    def clear_risk(self, docket: Any, *, reason: str) -> None:
        """Nothing was wrong: the money goes its way, and what was left of the time to ship runs on."""
        docket.because(reason=reason)
        since, self.risk_at = self.risk_at, None
        if self.state in UNSHIPPED and self.handling_due_at is not None:
            docket.also_under("A34-1")
            self.handling_due_at += docket.at - max(since, self.paid_at)
            self.start_handling(docket)
        self.go_on(docket)
        docket.notify("seller", self.store_id, "risk_cleared", self)

    @rule(
        "V-17",
        source=[State.PARTIALLY_SHIPPED, State.SHIPPED],
        target=State.CLOSED,
        by=MODERATOR,
        otherwise="V-17",
        cancels=["handling", "receipt"],
        needs=["balances"],
        says=_("Closed: the parcel was falsely reported as shipped; {refunded} goes back."),
    )
    def close_for_false_shipping(self, docket: Any) -> None:
        """Nothing was shipped: the buyer gets everything back."""
        self._refund_everything(docket)
        self._close(docket, CloseReason.NOT_SHIPPED)

    def _refund_everything(self, docket: Any) -> None:
        """The buyer gets all that he has not got back; what the platform gave him before returns to it: the seller earned nothing."""
        amount = self.refundable
        docket.because(refunded=amount)
        self.pay_back(docket, amount)
        for account, minor in sorted(self.borne_by_account.items()):
            left = Money(min(minor, self.escrow_minor), self.currency)
            if left.minor:
                self.reclaim(docket, left, account)

    @rule(
        CAUSE,
        field="release",
        source=[Release.HELD, Release.FROZEN],
        target=Release.REFUNDED,
        says=_("Nothing is left to release."),
    )
    def end_release(self, docket: Any) -> None:
        """All the money went back."""

    def _close(self, docket: Any, reason: str) -> None:
        self.close_reason, self.closed_at, self.decided_under = reason, docket.at, docket.rule
        docket.cancel(self, "plus_delivery")
        if reason not in NEVER_SHIPPED:  # what was not shipped is late for Plus too (PLUS-17)
            docket.cancel(self, "plus_shipping")
        if self.open_cancellation_id is not None:
            next(item for item in self.cancellations if item.id == self.open_cancellation_id).lapse(docket)
        if self.open_extension_id is not None:
            next(item for item in self.extensions if item.id == self.open_extension_id).lapse(docket)
        if self.shipped_at is not None and reason not in NEVER_SHIPPED:
            self.open_reviews(docket)
        for line in self.lines:
            docket.increment(Listing, line.listing_id, "stock", line.quantity - line.quantity_shipped)
        if self.paid_at and self.release in (Release.HELD, Release.FROZEN):
            self.end_release(docket)
        docket.notify("seller", self.store_id, "order_closed", self, reason=reason)
        docket.notify("buyer", self.buyer_id, "order_closed", self, reason=reason)
        docket.announce("order.closed", self)

    @property
    def is_over(self) -> bool:
        return self.state in ENDED
