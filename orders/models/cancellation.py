"""A buyer's request to cancel a paid order that is not fully shipped (A33)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from orders import conditions as c
from orders.states import CancellationState
from rulebook.models import Aggregate
from rulebook.rule import BUYER, CAUSE, SELLER, rule


class Cancellation(Aggregate):
    """One request. At most one is open per order; it never stops the shipping clock."""

    KIND, PREFIX, ROOT = "cancellation", "can", ("order", "order_id")
    PUBLIC = ("state", "reason", "requested_at", "ended_at", "decided_under")
    State = CancellationState

    store_id = models.UUIDField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="cancellation_rows", db_index=False, db_constraint=False
    )
    state = FSMField(choices=State.choices, default=State.REQUESTED, protected=True)
    reason = models.CharField(max_length=24)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    decided_under = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="cancellation_state_known", condition=Q(state__in=CancellationState.values)),
            models.UniqueConstraint(
                name="cancellation_one_open_per_order", fields=["store_id", "order"], condition=Q(state="requested")
            ),
        ]
        indexes = [models.Index(name="cancellation_of_order", fields=["order", "id"])]

    def _end(self, docket: Any) -> None:
        self.ended_at, self.decided_under = docket.at, docket.rule
        docket.cancel(self, "cancellation_answer")
        self.order.open_cancellation_id = None

    @rule("A33-1", source=State.REQUESTED, by=BUYER, creates=True, says=_("Asked for by the buyer: {reason}."))
    def request(self, docket: Any) -> None:
        """The buyer asks to cancel, any time between payment and full shipment, and says why (PRE-3)."""
        docket.because(reason=self.reason)
        docket.also_under("PRE-3")
        self.order.open_cancellation_id = self.id
        hours = docket.rules_for(self.order).order.cancel_silent_hours
        if hours:
            docket.set_deadline(self, "cancellation_answer", docket.at + timedelta(hours=hours), "A33-5")
        docket.notify(
            "seller", self.store_id, "cancellation_requested", self, reason=self.reason, order=self.order.name
        )

    @rule(
        "A33-3",
        source=State.REQUESTED,
        target=State.AGREED,
        by=SELLER,
        otherwise="A33",
        says=_("Agreed by the seller."),
    )
    def agree(self, docket: Any) -> None:
        """The seller agrees: the order is closed and everything paid goes back."""
        self._end(docket)
        self.order.blame(docket, self.reason)
        self.order.close_cancelled(docket)

    @rule(
        "A33-4",
        source=State.REQUESTED,
        target=State.DECLINED,
        by=SELLER,
        otherwise="A33",
        says=_("Declined by the seller."),
    )
    def decline(self, docket: Any) -> None:
        """The seller goes on with the order; the shipping clock has been running all the time."""
        self._end(docket)
        docket.notify("buyer", self.order.buyer_id, "cancellation_declined", self, order=self.order.name)

    @rule(
        "A33-4",
        source=State.REQUESTED,
        target=State.DECLINED,
        by=SELLER,
        otherwise="A33",
        says=_("Declined by shipping everything."),
    )
    def be_overtaken(self, docket: Any) -> None:
        """Everything was shipped while the request was open: that is a no."""
        self._end(docket)

    @rule(
        "A33-5",
        source=State.REQUESTED,
        target=State.LAPSED,
        deadline="cancellation_answer",
        conditions=[c.nothing_of_it_shipped],
        says=_("Unanswered for {hours} hours: the order is cancelled."),
    )
    def lapse_by_silence(self, docket: Any) -> None:
        """Where the rulebook sets a time to answer (off by default), silence until then cancels the order, as it does at the end
        of the handling period."""
        docket.because(hours=docket.rules_for(self.order, self.requested_at).order.cancel_silent_hours)
        self._end(docket)
        self.order.close_unanswered(docket)

    @rule(CAUSE, source=State.REQUESTED, target=State.LAPSED, says=_("Unanswered when the order was closed."))
    def lapse(self, docket: Any) -> None:
        """Nobody answered before the order ended."""
        self._end(docket)
