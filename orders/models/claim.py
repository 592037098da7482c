"""Complaints of a seller to the carrier about what happened to a parcel (A38-2)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from finance import movements
from orders.states import ClaimState
from rulebook.calendars import natural_days
from rulebook.models import Aggregate
from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.rule import CARRIER, SELLER, rule


class CarrierClaim(Aggregate):
    """One complaint. Until it is won, the loss stays where it is; what the carrier pays goes to the seller."""

    KIND, PREFIX, ROOT = "carrier_claim", "ccl", ("order", "order_id")
    PUBLIC = ("state", "text", "answer", "paid", "filed_at", "answered_at")
    State = ClaimState

    store_id = models.UUIDField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="claim_rows", db_index=False, db_constraint=False
    )
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)
    text = models.TextField()
    answer = models.TextField(blank=True)
    paid_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    filed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="carrier_claim_state_known", condition=Q(state__in=ClaimState.values)),
            models.CheckConstraint(name="carrier_claim_not_negative", condition=Q(paid_minor__gte=0)),
        ]
        indexes = [models.Index(name="carrier_claim_of_order", fields=["order", "id"])]

    @property
    def paid(self) -> Money:
        return Money(self.paid_minor, self.currency)

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return False

    @rule("A38-2", source=State.OPEN, by=SELLER, creates=True, says=_("Filed; the carrier answers by {due}."))
    def file(self, docket: Any) -> None:
        """The seller complains to the carrier, who has some days to answer."""
        due = natural_days(docket.at, docket.rules_for(self.order).logistics.claim_answer_days)
        docket.because(due=due)
        docket.set_deadline(self, "carrier_answer", due)

    @rule(
        "A38-2",
        source=[State.OPEN, State.UNANSWERED],
        target=State.PAID,
        by=CARRIER,
        otherwise="A38-2",
        meets="carrier_answer",
        needs=["balances"],
        says=_("The carrier pays {paid}."),
    )
    def pay(self, docket: Any, *, amount: Money, text: str) -> None:
        """Won: the carrier's money goes to the seller."""
        if amount.currency != self.currency:
            raise Refused(
                "A38-2", _("The order is in {currency}; the carrier pays in it, too."), currency=self.currency
            )
        if amount.minor > self.order.paid_minor:
            raise Refused(
                "A38-2", _("{amount} is more than the {paid} of the order."), amount=amount, paid=self.order.paid
            )
        self.paid_minor, self.answer, self.answered_at = amount.minor, text, docket.at
        docket.because(paid=amount)
        movements.carrier_pays(docket, self.store_id, self.order_id, amount)
        docket.notify("seller", self.store_id, "carrier_answered", self, answer="paid", order=self.order.name)

    @rule(
        "A38-2",
        source=[State.OPEN, State.UNANSWERED],
        target=State.REFUSED,
        by=CARRIER,
        otherwise="A38-2",
        meets="carrier_answer",
        says=_("The carrier does not pay."),
    )
    def refuse(self, docket: Any, *, text: str) -> None:
        """Lost: the loss stays with the seller."""
        self.answer, self.answered_at = text, docket.at
        docket.notify("seller", self.store_id, "carrier_answered", self, answer="refused", order=self.order.name)

    @rule(
        "A38-2",
        source=State.OPEN,
        target=State.UNANSWERED,
        deadline="carrier_answer",
        says=_("No answer until {due}: the platform's logistics staff step in."),
    )
    def go_unanswered(self, docket: Any) -> None:
        """The carrier was silent; moderators are told."""
        docket.because(due=docket.at)
        docket.notify("moderator", None, "carrier_silent", self, order=self.order.name)
        docket.notify("seller", self.store_id, "carrier_answered", self, answer="none", order=self.order.name)
