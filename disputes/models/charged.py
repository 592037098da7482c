"""What a chargeback is: the facts that rules read, how it counts, and its row of the worklists (A69)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django_fsm import FSMField

from disputes.states import UNDECIDED, Borne, ChargebackReason, ChargebackState, Network
from finance.models.withdrawal import CHARGEBACK_HOLD
from orders.models import Order
from orders.states import ReleaseState
from rulebook.citations import formula
from rulebook.models import Measured
from rulebook.models.base import Measure
from rulebook.money import Money, convert

State = ChargebackState


class ChargebackRecord(Measured):
    """The facts of it: columns, constraints, and what follows from them. Its transitions are in `Chargeback`."""

    PUBLIC = (
        "number",
        "state",
        "amount",
        "reason",
        "network",
        "code",
        "channel",
        "borne_by",
        "decided_under",
        "intake",
        "taken",
        "fee",
        "fee_paid_at",
        "proof_asked_at",
        "papers=papers_shown",
        "received_at",
        "represented_at",
        "ended_at",
    )
    State = ChargebackState

    store = models.ForeignKey("stores.Store", on_delete=models.PROTECT, related_name="chargebacks", db_index=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="chargeback_rows", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField(null=True)
    state = FSMField(choices=State.choices, default=State.RECEIVED, protected=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=20, choices=ChargebackReason.choices)
    network = models.CharField(max_length=12, choices=Network.choices)
    code = models.CharField(max_length=24, blank=True, help_text="The network's own code of the reason.")
    provider = models.CharField(max_length=24, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="The provider's own id of it.")
    intake = models.CharField(max_length=12, default="in_time", help_text="in_time, special or beyond (A69-1).")
    decided_under = models.CharField(max_length=24, blank=True)
    borne_by = models.CharField(max_length=12, choices=Borne.choices, blank=True)
    taken_minor = models.BigIntegerField(default=0, help_text="What it finally took.")
    papers = models.JSONField(default=list, blank=True, help_text="What the seller showed: text, waybill, file, when.")
    proof_asked_at = models.DateTimeField(null=True, blank=True, help_text="By the platform (A70-9).")
    proof_missing = models.BooleanField(default=False)
    fee_minor = models.BigIntegerField(default=0, help_text="Of pre-arbitration, as of the intake (A70-21).")
    fee_currency = models.CharField(max_length=3, blank=True)
    fee_paid_at = models.DateTimeField(null=True, blank=True, help_text="With it the seller consents (A70-20).")
    was_lost = models.BooleanField(default=False, help_text="Taken already when it was reopened.")
    received_at = models.DateTimeField()
    represented_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="chargeback_state_known", condition=Q(state__in=ChargebackState.values)),
            models.CheckConstraint(name="chargeback_reason_known", condition=Q(reason__in=ChargebackReason.values)),
            models.CheckConstraint(name="chargeback_of_some_money", condition=Q(amount_minor__gt=0)),
            models.UniqueConstraint(name="chargeback_number_once_per_store", fields=["store", "number"]),
            models.UniqueConstraint(
                name="chargeback_reference_once",
                fields=["store", "provider", "reference"],
                condition=~Q(reference=""),
            ),
        ]
        indexes = [
            models.Index(name="chargeback_of_order", fields=["order", "id"]),
            models.Index(name="chargeback_of_store", fields=["store", "-received_at", "-id"]),
            models.Index(name="chargeback_by_reference", fields=["provider", "reference"], condition=~Q(reference="")),
        ]

    # ------------------------------------------------------------------ derived facts

    @property
    def name(self) -> str:
        return f"C{self.number}" if self.number else self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def taken(self) -> Money:
        return Money(self.taken_minor, self.currency)

    @property
    def fee(self) -> Money | None:
        return Money(self.fee_minor, self.fee_currency) if self.fee_currency else None

    @property
    @formula("A70-17", "A70-19")
    def channel(self) -> str:
        """A70-17: a card's bank, or the wallet; the seller meets the procedure of each (A70-19)."""
        return "wallet" if self.network == Network.PAYPAL else "card"

    @property
    def is_open(self) -> bool:
        return self.state in UNDECIDED

    @property
    def papers_shown(self) -> list[dict[str, Any]]:
        """What the seller showed the bank, oldest first; a file is at `…/papers/{number}`, counted from 1."""
        told = ("text", "waybill", "at", "by", "file_name", "media_type", "size", "sha256")
        return [{name: paper[name] for name in told if name in paper} for paper in self.papers]

    @formula("A70-21")
    def fee_for(self, docket: Any) -> Money:
        """A70-21: the scheme's fee as it stood when the case was opened."""
        fee: Money = docket.rulebook.at(self.received_at, store=self.store_id).cb.prearb_fee[self.network]
        return fee

    def measures(self, docket: Any) -> list[Measure]:
        """Chargebacks opened; and, while one is undecided about money that was released, what may not be withdrawn."""
        found: list[Measure] = [("chargebacks", self.received_at, 1)]
        if self._may_still_take and self.order.release in (ReleaseState.RELEASED, ReleaseState.ADVANCED):
            found.append((f"{CHARGEBACK_HOLD}_{self.currency}", self.received_at, self._held_minor()))
        return found

    @property
    def _may_still_take(self) -> bool:
        return self.is_open and not self.was_lost

    def _held_minor(self) -> int:
        """What this case adds to what the order's open cases can take together, the oldest first."""
        order: Any = self.order
        cases = [case for case in order.chargebacks if case._may_still_take]
        before = [case for case in cases if (case.received_at, case.id) < (self.received_at, self.id)]
        return self._at_most([*before, self]) - self._at_most(before)

    def _at_most(self, cases: list[Any]) -> int:
        """Not more than has not gone back; and once only where both channels ask: the first decision ends the other."""
        asked = [sum(case.amount_minor for case in cases if case.channel == channel) for channel in ("card", "wallet")]
        return int(min(max(asked), self.order.refundable.minor))

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return False

    def case_row(self, docket: Any) -> dict[str, Any]:
        """Its row of the moderators' worklists."""
        due = [row.due_at for row in docket.waiting_for(self)]
        rates = docket.rulebook.at(docket.recorded_at).exchange.usd
        return {
            "store_id": self.store_id,
            "kind": "chargeback",
            "subject_id": self.id,
            "number": self.number or 0,
            "store_name": self.order.store.name,
            "party": self.order.buyer_name,
            "topic": self.reason,
            "state": str(self.state),
            "lane": self.lane,
            "open": self.is_open,
            "value_minor": self.amount_minor,
            "currency": self.currency,
            "value_usd_minor": convert(self.amount, "USD", rates).minor,
            "opened_at": self.received_at,
            "due_at": min(due) if due else None,
            "closed_at": self.ended_at,
        }

    @property
    def lane(self) -> str:
        """Who must move."""
        if not self.is_open:
            return "done"
        return {State.RECEIVED: "chargebacks", State.AWAITING_EVIDENCE: "seller"}.get(State(self.state), "bank")
