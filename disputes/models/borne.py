"""How a chargeback ends: who bears it, what it does to the order, and what follows it elsewhere (A70-18)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _
from django_fsm import RETURN_VALUE

from disputes.models.charged import ChargebackRecord
from disputes.states import UNDECIDED, Borne, ChargebackState
from finance import movements
from orders.states import ENDED, OrderState, ReleaseState
from rulebook.money import Money
from rulebook.rule import rule

State = ChargebackState


class EndingChargeback(ChargebackRecord):
    """The end, and the money that moves with it."""

    class Meta(ChargebackRecord.Meta):
        abstract = True

    # ------------------------------------------------------------------ decided elsewhere

    @rule(
        "A70-18",
        source=UNDECIDED,
        target=RETURN_VALUE(State.WON.value, State.LOST.value),
        cancels=["chargeback_evidence", "pre_arbitration_fee"],
        says=_("Another channel decided first; its decision holds here too, and nothing more is taken."),
    )
    def follow_dispute(self, docket: Any, *, refunded: bool) -> str:
        """The first decision ends all: one deduction only. What the bank had taken in a first round stays taken; a fee
        that was prepaid for the second comes back where the seller won."""
        lost = refunded or self.was_lost
        if self.fee_paid_at is not None and not lost:
            assert self.fee is not None
            movements.return_fee(docket, self.store_id, self.order_id, self.fee)
        self._end(docket, follow=False)
        docket.notify("seller", self.store_id, "chargeback_followed", self, amount=self.amount)
        return State.LOST.value if lost else State.WON.value

    # ------------------------------------------------------------------ the end

    def _lose_to_seller(self, docket: Any, everything: bool = False) -> None:
        """What the bank asks goes back, or `everything`, where nothing counts as shipped (A70-5)."""
        self.borne_by = Borne.SELLER
        self.order.lose("chargeback")
        if self.was_lost:  # taken in the first round
            docket.because(taken=self.taken)
            self._end(docket)
            self._go_on(docket)
        else:
            self._take_from_seller(docket, everything)
        docket.notify("seller", self.store_id, "chargeback_lost", self, amount=self.taken)

    def _take_from_seller(self, docket: Any, everything: bool) -> None:
        order = self.order
        left = order.refundable
        amount = left if everything else Money(min(self.amount_minor, left.minor), self.currency)
        self.taken_minor = amount.minor
        order.pay_back(docket, amount, "chargeback")
        # where the platform bore a part, that much of the order's money is the seller's still
        whole = amount.minor >= left.minor and not order.escrow_minor
        docket.because(taken=amount)
        self._end(docket)
        self._close_or_go_on(docket, whole)

    def _close_or_go_on(self, docket: Any, whole: bool) -> None:
        """Full loss before completion closes the order; a completed one keeps its state."""
        order = self.order
        if whole and order.state not in ENDED:
            order.close_charged_back(docket)
        elif (
            whole and order.state == OrderState.COMPLETED and order.release in (ReleaseState.HELD, ReleaseState.FROZEN)
        ):
            docket.cancel(order, "release")
            order.end_release(docket)
        else:
            self._go_on(docket)

    def _go_on(self, docket: Any) -> None:
        """Where the decision ended a dispute too, the order is complete with it; else it goes on."""
        order = self.order
        followed = any(
            one.ended_at == docket.at and one.decided_under == "A70-18" for one in order.__dict__.get("disputes", ())
        )
        if followed and order.state == OrderState.SHIPPED:
            order.complete_with_dispute(docket)
        else:
            order.go_on(docket)

    def _lose_to_platform(self, docket: Any) -> None:
        order = self.order
        amount = Money(min(self.amount_minor, order.refundable.minor), self.currency)
        self.borne_by, self.taken_minor = Borne.PLATFORM, amount.minor
        docket.because(taken=amount)
        order.pay_back_by_platform(docket, amount, "chargeback_loss")
        self._end(docket)
        self._go_on(docket)
        docket.notify("seller", self.store_id, "chargeback_borne", self, amount=amount)

    def _regain(self, docket: Any) -> None:
        order = self.order
        amount = self.taken
        commission = order.commission_on(amount)
        movements.regain(docket, self.store_id, order.id, amount, commission)
        order.refunded_minor -= amount.minor
        order.commission_minor += commission.minor
        order.win_back("chargeback")
        self.taken_minor, self.borne_by = 0, Borne.NOBODY

    def _end(self, docket: Any, won: bool = False, follow: bool = True) -> None:
        """Decided: the hold ends, and what is open beside it takes the result (A70-18).

        won: by a decision for the seller. follow: False where this one itself follows another.
        """
        order = self.order
        self.ended_at, self.decided_under = docket.at, docket.rule
        order.open_chargebacks -= 1
        if won:
            self.borne_by = Borne.NOBODY
            docket.notify("seller", self.store_id, "chargeback_won", self, amount=self.amount)
        if follow:
            for other in order.chargebacks:
                if other is not self and other.is_open and other.channel != self.channel:
                    other.follow_dispute(docket, refunded=not won)
            for dispute in order.__dict__.get("disputes", ()):
                if dispute.is_open:
                    dispute.follow_bank(docket, refunded=self.taken)
        if won:
            self._go_on(docket)
