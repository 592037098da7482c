"""What a dispute is: the facts that rules read, and its row of the worklists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django_fsm import FSMField

from disputes.models.offer import Offer
from disputes.models.ruling import Ruling
from disputes.states import (
    OPEN,
    SHORT,
    DisputeState,
    OfferState,
    Outcome,
    PlatformFirst,
    Reason,
    RulingState,
)
from orders.models import Order
from rulebook.models import Measured
from rulebook.models.base import Measure
from rulebook.money import Money, convert
from rulebook.rule import BUYER, MODERATOR, SELLER
from stores.states import StoreState

State = DisputeState


COVER_PAID, SHORT_PARCELS = "cover_paid", "short_parcels"
"""Tallies that the cover's own limits read: what it paid (USD, minor) and parcels that came short or empty."""

FAMILIES = {"not_received": "claims_not_received", "snad": "claims_not_as_described"}
"""Tallies of claims by the family that the rulebook's table of reasons names; other reasons are in no family."""

BEFORE_AN_AGREEMENT = ("seller_response", "negotiation", "cooperation", "ruling")
"""Deadlines that lose their object once the parties agree or the claim is taken back."""

CLOCKS = (*BEFORE_AN_AGREEMENT, "return_shipment", "return_receipt")
"""All deadlines. The parties have their own; `ruling` is the platform's, and only moderators are told when it is over."""


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
        "compensated",
        "platform_first",
        "covered",
        "not_covered_under",
        "buyer_offer",
        "suggestion",
        "suggestion_accepted_by",
        "evidence_until",
        "decide_by_at",
        "agreed_refund",
        "return_waybill",
        "return_address",
        "return_freight_by",
        "return_shipped_at",
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
    evidence_by_side = models.JSONField(default=dict, blank=True, help_text="How many pieces each side has added.")
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
    evidence_until = models.DateTimeField(null=True, blank=True, help_text="What comes later is marked as late.")
    platform_first = models.CharField(max_length=12, choices=PlatformFirst.choices, blank=True)
    covered = models.BooleanField(default=False, help_text="In the after-sale cover, for now (A47-1).")
    not_covered_under = models.CharField(
        max_length=12, blank=True, help_text="The rule that keeps it out of the cover."
    )
    suggestion_accepted_by = models.CharField(max_length=8, blank=True, help_text="The side that has taken it so far.")
    help_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="Of the seller, in a covered dispute (A48-4)."
    )
    help_question = models.TextField(blank=True)
    help_answer = models.TextField(blank=True)
    abused_at = models.DateTimeField(null=True, blank=True, help_text="Abuse of the cover was found (A49-1).")
    told_authority = models.CharField(max_length=200, blank=True, help_text="Whom a crime was reported to (A49-2).")
    platform_paid_minor = models.BigIntegerField(default=0, help_text="Borne by the platform in this dispute.")
    platform_account = models.CharField(max_length=20, blank=True, help_text="The account that bore it.")
    compensated_minor = models.BigIntegerField(default=0, help_text="Beside the refund (AS-5).")
    without_reason = models.BooleanField(default=False, help_text="A return that nobody has to agree to (PLUS-7).")
    agreed_refund_minor = models.BigIntegerField(null=True, blank=True, help_text="Due when the goods are back.")
    agreed_by_platform_minor = models.BigIntegerField(default=0)
    agreed_outcome = models.CharField(max_length=24, choices=Outcome.choices, blank=True)
    return_address = models.JSONField(default=dict, blank=True, help_text="As it stood at the agreement (PLUS-27).")
    return_freight_by = models.CharField(max_length=12, blank=True, help_text="Who pays the way back.")
    return_freight_minor = models.BigIntegerField(default=0, help_text="Billed by the carrier to the platform.")
    return_waybill = models.CharField(max_length=60, blank=True)
    return_shipped_at = models.DateTimeField(null=True, blank=True)
    return_contest = models.TextField(blank=True)

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
    def compensated(self) -> Money:
        return Money(self.compensated_minor, self.currency)

    @property
    def agreed_refund(self) -> Money | None:
        return None if self.agreed_refund_minor is None else Money(self.agreed_refund_minor, self.currency)

    @property
    def both_sides(self) -> tuple[tuple[str, Any], tuple[str, Any]]:
        """Whom a notice for both goes to: kind and id of each, as `docket.notify` takes them."""
        return ("seller", self.store_id), ("buyer", self.order.buyer_id)

    def other_side(self, side: str) -> tuple[str, Any]:
        seller, buyer = self.both_sides
        return buyer if side == SELLER else seller

    def current_offer(self, side: str) -> Offer | None:
        """The one offer of a side (buyer, seller, moderator) that can be taken now."""
        offers = self.__dict__.get("offers", ())
        return next((one for one in offers if one.side == side and one.state == OfferState.CURRENT), None)

    @property
    def seller_offer(self) -> Offer | None:
        """The seller's current offer."""
        return self.current_offer(SELLER)

    @property
    def buyer_offer(self) -> Money | None:
        current = self.current_offer(BUYER)
        return current.refund if current else None

    @property
    def suggestion(self) -> Money | None:
        """What the platform proposes; it binds when both sides take it."""
        current = self.current_offer(MODERATOR)
        return current.refund if current else None

    @property
    def offer(self) -> Money | None:
        current = self.seller_offer
        return current.refund if current else None

    @property
    def worry_free(self) -> bool:
        """Worry-free logistics stand behind the order, and nobody found that this is no case of theirs (A42-1)."""
        return bool(self.order.worry_free and self.not_covered_under != "A42-1")

    @property
    def cover_pays(self) -> bool:
        """The dispute is under the after-sale cover, which ends for all trades of a store with its account (A50-5)."""
        return bool(self.covered and self.order.store.state != StoreState.CLOSED)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def measures(self, docket: Any) -> list[Measure]:
        """Claims, arbitrations and liable rulings, each at its moment, and what the cover's own limits read."""
        paid_by_cover = self.covered and self.platform_paid_minor > 0
        found = self._against_the_store(docket, paid_by_cover)
        if paid_by_cover and self.ended_at is not None:
            found.append((COVER_PAID, self.ended_at, self._in_usd(docket, self.platform_paid_minor)))
        if self.reason in SHORT and self.state != State.WITHDRAWN:
            found.append((SHORT_PARCELS, self.opened_at, 1))
        return found

    def _against_the_store(self, docket: Any, paid_by_cover: bool) -> list[Measure]:
        """Those taken back do not count, nor those whose cause was the platform's logistics (A38-1, A38-3), those of
        abnormal orders (A58-2), or claims that the after-sale cover paid."""
        if self.order.excluded_at is not None:
            return []
        exempt = self.order.exemptions
        found: list[Measure] = []
        if self.state != State.WITHDRAWN and "dispute_rate" not in exempt and not paid_by_cover:
            found.append(("claims", self.opened_at, 1))
            reasons = docket.rulebook.at(self.opened_at, store=self.store_id).dispute.reasons
            family = FAMILIES.get(reasons[self.reason]["indicator"])
            if family:
                found.append((family, self.opened_at, 1))
        if self.arbitrated_at is not None and "arbitration_rate" not in exempt:
            found.append(("arbitrations", self.arbitrated_at, 1))
        fault_at = self._fault_found_at()
        if fault_at is not None and "seller_liable_rate" not in exempt:
            found.append(("liable", fault_at, 1))
        return found

    def _fault_found_at(self) -> datetime | None:
        """When a ruling in force found the seller liable, or his silence did; the goods may still have to come back."""
        if not self.seller_at_fault:
            return None
        rulings = self.__dict__.get("rulings", ())
        ruled = [one.in_force_at for one in rulings if one.in_force_at and one.state == RulingState.IN_FORCE]
        return max(ruled) if ruled else self.ended_at or self.order.judged_at

    def _in_usd(self, docket: Any, minor: int) -> int:
        return convert(Money(minor, self.currency), "USD", docket.rulebook.at(self.ended_at).exchange.usd).minor

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.order.buyer_id == actor.id)

    def case_row(self, docket: Any) -> dict[str, Any]:
        """Its row of the moderators' worklists."""
        due = [row.due_at for row in docket.waiting_for(self) if row.name != "ruling"]
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
            State.AWAITING_RETURN: "buyer",
            State.RETURN_IN_TRANSIT: "seller",
            State.RETURN_CONTESTED: "arbitration",
        }.get(State(self.state), "done")
