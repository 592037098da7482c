"""A buyer's wish to give the seller more time for shipping (A34-2)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from orders.states import ExtensionState
from rulebook.calendars import natural_days
from rulebook.models import Aggregate
from rulebook.rule import BUYER, CAUSE, SELLER, rule


class Extension(Aggregate):
    """One request. The seller may only propose; the buyer's request counts, and what is granted moves the handling period."""

    KIND, PREFIX, ROOT = "extension", "ext", ("order", "order_id")
    PUBLIC = ("state", "days", "requested_at", "ended_at", "decided_under")
    State = ExtensionState

    store_id = models.UUIDField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="extension_rows", db_index=False, db_constraint=False
    )
    state = FSMField(choices=State.choices, default=State.REQUESTED, protected=True)
    days = models.PositiveSmallIntegerField()
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="extension_state_known", condition=Q(state__in=ExtensionState.values)),
            models.CheckConstraint(name="extension_adds_days", condition=Q(days__gte=1)),
            models.UniqueConstraint(
                name="extension_one_open_per_order", fields=["store_id", "order"], condition=Q(state="requested")
            ),
        ]
        indexes = [models.Index(name="extension_of_order", fields=["order", "id"])]

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.order.buyer_id == actor.id)

    @property
    def decided_under(self) -> str:
        """Granted, declined or left without an answer: the rule is one."""
        return "" if self.ended_at is None else "A34-2"

    def _end(self, docket: Any) -> None:
        self.ended_at, self.order.open_extension_id = docket.at, None

    @rule("A34-2", source=State.REQUESTED, by=BUYER, creates=True, says=_("The buyer would wait {days} days longer."))
    def request(self, docket: Any) -> None:
        """Filed by the buyer before the period ends; the parties have talked about it."""
        docket.because(days=self.days)
        self.order.open_extension_id = self.id
        docket.notify("seller", self.store_id, "extension_requested", self, days=self.days, order=self.order.name)

    @rule(
        "A34-2",
        source=State.REQUESTED,
        target=State.GRANTED,
        by=SELLER,
        otherwise="A34",
        says=_("Granted: to be shipped until {due}."),
    )
    def grant(self, docket: Any) -> None:
        """The days are added to the end of the period as it stood."""
        self._end(docket)
        order = self.order
        order.extension_days += self.days
        order.extensions_granted += 1
        order.handling_due_at = natural_days(order.handling_end, self.days)
        docket.because(days=self.days, due=order.handling_due_at)
        order.start_handling(docket)
        docket.notify("buyer", order.buyer_id, "extension_granted", self, due=order.handling_due_at, order=order.name)

    @rule(
        "A34-2",
        source=State.REQUESTED,
        target=State.DECLINED,
        by=SELLER,
        otherwise="A34",
        says=_("Not taken; the period ends as before."),
    )
    def decline(self, docket: Any) -> None:
        """The seller ships in time."""
        self._end(docket)
        docket.notify("buyer", self.order.buyer_id, "extension_declined", self, order=self.order.name)

    @rule(CAUSE, source=State.REQUESTED, target=State.DECLINED, says=_("Unanswered when the order went on."))
    def lapse(self, docket: Any) -> None:
        """Nobody granted it before the order was shipped or closed."""
        self._end(docket)
