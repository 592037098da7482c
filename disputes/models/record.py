"""What a dispute is: the facts that rules read, and its row of the worklists."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django_fsm import FSMField

from disputes.models.offer import Offer
from disputes.models.ruling import Ruling
from disputes.states import (
    FAMILIES,
    OPEN,
    DisputeState,
    OfferState,
    Outcome,
    Reason,
)
from orders.models import Order
from rulebook.models import Measured
from rulebook.models.base import Measure
from rulebook.money import Money, convert
from rulebook.rule import SELLER

State = DisputeState


class DisputeRecord(Measured):
    """The facts of it: columns, constraints, and what follows from them. Its transitions are in `Dispute`."""

    PUBLIC = (
        "number",
        "state",
        "reason",
        "refund",
        "return_goods",
        "text",
        "outcome",
        "decided_under",
        "answer",
        "offer",
        "opened_at",
        "answered_at",
        "escalated_at",
        "ended_at",
        "ruled_refund",
    )
    State = DisputeState

    store = models.ForeignKey("stores.Store", on_delete=models.PROTECT, related_name="disputes", db_index=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="dispute_rows", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField(null=True)
    state = FSMField(choices=State.choices, default=State.AWAITING_SELLER, protected=True)
    reason = models.CharField(max_length=24, choices=Reason.choices)
    text = models.TextField(blank=True)
    refund_minor = models.BigIntegerField(help_text="Claimed by the buyer; minor units of the order's currency.")
    currency = models.CharField(max_length=3)
    return_goods = models.BooleanField(default=False)
    outcome = models.CharField(max_length=24, choices=Outcome.choices, blank=True)
    decided_under = models.CharField(max_length=24, blank=True)
    answer = models.TextField(blank=True)
    revisions = models.PositiveSmallIntegerField(default=0)
    evidence_count = models.PositiveSmallIntegerField(default=0)
    offers_count = models.PositiveSmallIntegerField(default=0)
    rulings_count = models.PositiveSmallIntegerField(default=0)
    proposed_ruling_id = models.UUIDField(
        null=True, blank=True, help_text="A ruling that waits for a second moderator."
    )
    ruled_refund_minor = models.BigIntegerField(null=True, blank=True, help_text="What the buyer finally got by it.")
    opened_at = models.DateTimeField(help_text="First filing. A revision does not move it (A41).")
    answered_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    arbitrated_at = models.DateTimeField(null=True, blank=True, help_text="When it went to arbitration (A41-2).")
    seller_at_fault = models.BooleanField(default=False, help_text="A ruling in force found the seller liable.")
    decide_by_at = models.DateTimeField(null=True, blank=True, help_text="The platform's own target for its ruling.")
    ended_at = models.DateTimeField(null=True, blank=True)

    offers: list[Offer]
    rulings: list[Ruling]

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="dispute_state_known", condition=Q(state__in=DisputeState.values)),
            models.CheckConstraint(name="dispute_outcome_known", condition=Q(outcome__in=["", *Outcome.values])),
            models.CheckConstraint(name="dispute_reason_known", condition=Q(reason__in=Reason.values)),
            models.CheckConstraint(name="dispute_claims_some_money", condition=Q(refund_minor__gt=0)),
            models.UniqueConstraint(
                name="dispute_one_open_per_order",
                fields=["store", "order"],
                condition=Q(state__in=[state.value for state in OPEN]),
            ),
            models.UniqueConstraint(name="dispute_number_once_per_store", fields=["store", "number"]),
            models.UniqueConstraint(name="dispute_of_its_store", fields=["store", "id"]),
        ]
        indexes = [
            models.Index(name="dispute_of_order", fields=["order", "id"]),
            models.Index(name="dispute_of_store", fields=["store", "-opened_at", "-id"]),
        ]

    # ------------------------------------------------------------------ derived facts

    @property
    def name(self) -> str:
        return f"D{self.number}" if self.number else self.public_id

    @property
    def refund(self) -> Money:
        return Money(self.refund_minor, self.currency)

    @property
    def ruled_refund(self) -> Money | None:
        return None if self.ruled_refund_minor is None else Money(self.ruled_refund_minor, self.currency)

    @property
    def seller_offer(self) -> Offer | None:
        """The seller's current offer."""
        return next(
            (
                offer
                for offer in self.__dict__.get("offers", ())
                if offer.side == SELLER and offer.state == OfferState.CURRENT
            ),
            None,
        )

    @property
    def offer(self) -> Money | None:
        current = self.seller_offer
        return current.refund if current else None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def measures(self, docket: Any) -> list[Measure]:
        """Claims, arbitrations and liable rulings, each at its moment. Those taken back do not count, nor those whose cause
        was the platform's logistics (A38-1, A38-3)."""
        exempt = self.order.exemptions
        found: list[Measure] = []
        if self.state != State.WITHDRAWN and "dispute_rate" not in exempt:
            found.append(("claims", self.opened_at, 1))
            family = FAMILIES.get(self.reason)
            if family:
                found.append((f"claims_{family}", self.opened_at, 1))
        if self.arbitrated_at is not None and "arbitration_rate" not in exempt:
            found.append(("arbitrations", self.arbitrated_at, 1))
        if self.seller_at_fault and self.ended_at is not None and "seller_liable_rate" not in exempt:
            found.append(("liable", self.ended_at, 1))
        return found

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.order.buyer_id == actor.id)

    def case_row(self, docket: Any) -> dict[str, Any]:
        """Its row of the moderators' worklists."""
        due = [
            row.due_at
            for row in (docket.deadline(self, "seller_response"), docket.deadline(self, "negotiation"))
            if row
        ]
        rates = docket.rulebook.at(docket.recorded_at).exchange.usd
        return {
            "store_id": self.store_id,
            "kind": "dispute",
            "subject_id": self.id,
            "number": self.number or 0,
            "store_name": self.order.store.name,
            "party": self.order.buyer_name,
            "topic": self.reason,
            "state": str(self.state),
            "lane": self.lane,
            "open": self.is_open,
            "value_minor": self.refund_minor,
            "currency": self.currency,
            "value_usd_minor": convert(self.refund, "USD", rates).minor,
            "opened_at": self.opened_at,
            "due_at": min(due) if due else (self.decide_by_at if self.is_open else None),
            "closed_at": self.ended_at,
        }

    @property
    def lane(self) -> str:
        """Who must move."""
        if self.proposed_ruling_id is not None:
            return "second"
        return {
            State.AWAITING_SELLER: "seller",
            State.NEGOTIATING: "parties",
            State.ARBITRATION: "arbitration",
            State.PLATFORM_REVIEW: "platform",
            State.RETURN_CONTESTED: "arbitration",
        }.get(State(self.state), "done" if not self.is_open else "parties")
