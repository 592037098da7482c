"""What an order is: the facts that rules read, as columns or counters; no rule counts rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django_fsm import FSMField

from orders.models.cancellation import Cancellation
from orders.models.claim import CarrierClaim
from orders.models.extension import Extension
from orders.models.line import OrderLine
from orders.models.review import Review
from orders.models.shipment import Shipment
from orders.states import UNSHIPPED, CloseReason, OrderState, ReleaseState, Scene
from rulebook.models import Measured
from rulebook.money import Money, half_up
from stores.models import Store

State = OrderState
Release = ReleaseState


class OrderRecord(Measured):
    """The facts of it: columns, constraints, and what follows from them. Its transitions are in `Order`."""

    PUBLIC = (
        "number",
        "state",
        "release=shown_release",
        "close_reason",
        "decided_under",
        "country",
        "method",
        "scene",
        "promised_days",
        "handling_days",
        "handling_due_at",
        "extension_days",
        "receipt_due_at",
        "receipt_extension_days",
        "consented_method",
        "requested_country",
        "address_check",
        "remark",
        "charges",
        "plus",
        "online",
        "covered",
        "returnable",
        "open_chargebacks",
        "worry_free",
        "exemptions",
        "excluded_at",
        "review_until",
        "total",
        "goods",
        "freight",
        "refunded",
        "compensated",
        "escrow",
        "commission",
        "units",
        "units_shipped",
        "placed_at",
        "paid_at",
        "shipped_at",
        "delivered_at",
        "completed_at",
        "closed_at",
        "released_at",
    )

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="orders", db_index=False)
    number = models.PositiveIntegerField(null=True)
    state = FSMField(choices=State.choices, default=State.AWAITING_PAYMENT, protected=True)
    release = FSMField(choices=Release.choices, default=Release.HELD, protected=True)
    close_reason = models.CharField(max_length=24, choices=CloseReason.choices, blank=True)
    decided_under = models.CharField(max_length=24, blank=True, help_text="Rule that ended it.")
    buyer_id = models.UUIDField(help_text="No foreign key: nothing locks a buyer.")
    buyer_name = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2)
    address = models.JSONField(default=dict, blank=True)
    external_id = models.CharField(max_length=64, blank=True, help_text="The storefront's or an import's own id.")
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()
    freight_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    escrow_minor = models.BigIntegerField(default=0, help_text="Of the paid money, what is still held for this order.")
    refunded_minor = models.BigIntegerField(default=0, help_text="To the buyer, whoever bore it.")
    borne_minor = models.BigIntegerField(default=0, help_text="Of the refunds, what the platform bore.")
    borne_by_account = models.JSONField(
        default=dict, blank=True, help_text="The same by the account that paid, less what it got back; minor units."
    )
    compensated_minor = models.BigIntegerField(default=0, help_text="To the buyer beside refunds (AS-5).")
    reclaimed_minor = models.BigIntegerField(
        default=0, help_text="Of what the platform bore, what it took back from the seller (A49-1)."
    )
    rate_weight = models.BigIntegerField(
        default=0, help_text="Sum over lines of goods × basis points: the commission's exact rate."
    )
    commission_minor = models.BigIntegerField(default=0, help_text="Taken at the release, less what was given back.")
    method = models.CharField(max_length=12)
    promised_days = models.PositiveSmallIntegerField()
    handling_days = models.PositiveSmallIntegerField()
    handling_due_at = models.DateTimeField(null=True, blank=True, help_text="End of the handling period, as extended.")
    extension_days = models.PositiveSmallIntegerField(default=0, help_text="Granted, all together (A34-2).")
    extensions_granted = models.PositiveSmallIntegerField(default=0)
    receipt_extension_days = models.PositiveSmallIntegerField(default=0, help_text="Given, all together (A35-3).")
    receipt_days = models.PositiveSmallIntegerField(
        default=0, help_text="Larger of promise and platform default; set when shipped."
    )
    scene = models.CharField(
        max_length=16,
        choices=Scene.choices,
        default=Scene.NORMAL,
        help_text="Local warehouse: ships from inside the destination country.",
    )
    worry_free = models.BooleanField(default=False)
    online = models.BooleanField(default=True, help_text="Shipped through the platform's online channels (A38-1).")
    warehouse_country = models.CharField(
        max_length=2, blank=True, help_text="Of the warehouse abroad that it ships from."
    )
    plus = models.BooleanField(default=False, help_text="Every item had the badge when it was placed.")
    returnable = models.BooleanField(default=True, help_text="Every item may be sent back without a reason (PLUS-7).")
    covered = models.BooleanField(
        default=False, help_text="Eligible for the after-sale cover when it was placed (A47-1)."
    )
    plus_late = models.BooleanField(
        default=False, help_text="Neither delivered nor confirmed in Plus's time (PLUS-18)."
    )
    special = models.BooleanField(default=False, help_text="Freight, gifts or custom goods only; not rated (A55-2).")
    charges = models.JSONField(default=dict, blank=True, help_text="What the buyer was told beside the fee (A37-3).")
    consented_method = models.CharField(max_length=12, blank=True, help_text="The buyer agreed to this one (A37-6).")
    requested_country = models.CharField(max_length=2, blank=True, help_text="Where the buyer wants it sent now.")
    requested_address = models.JSONField(default=dict, blank=True)
    address_check = models.CharField(max_length=8, blank=True, help_text="Of the requested address: safe or unsafe.")
    remark = models.CharField(max_length=400, blank=True, help_text="The buyer's wishes (PRE-8).")
    handed_over_at = models.DateTimeField(
        null=True, blank=True, help_text="Given to a carrier without the delivery notice (A70-4)."
    )
    risk_at = models.DateTimeField(null=True, blank=True, help_text="Held: the card may be stolen (A62-6).")
    shortage_at = models.DateTimeField(
        null=True, blank=True, help_text="The seller said that it is out of stock (PRE-9)."
    )
    flash_minutes = models.PositiveIntegerField(null=True, blank=True)
    payment_method = models.CharField(max_length=12, blank=True)
    payment_network = models.CharField(max_length=20, blank=True)
    units = models.PositiveIntegerField()
    units_shipped = models.PositiveIntegerField(default=0)
    parcels = models.PositiveSmallIntegerField(default=0)
    parcels_delivered = models.PositiveSmallIntegerField(default=0)
    cancellations_count = models.PositiveSmallIntegerField(default=0)
    extensions_count = models.PositiveSmallIntegerField(default=0)
    reviews_count = models.PositiveSmallIntegerField(default=0)
    claims_count = models.PositiveSmallIntegerField(default=0, help_text="Complaints to the carrier (A38-2).")
    thread_id = models.UUIDField(null=True, blank=True, help_text="What the parties wrote about it.")
    disputes_count = models.PositiveSmallIntegerField(default=0)
    open_cancellation_id = models.UUIDField(null=True, blank=True)
    open_extension_id = models.UUIDField(null=True, blank=True)
    open_dispute_id = models.UUIDField(null=True, blank=True)
    chargebacks_count = models.PositiveSmallIntegerField(default=0)
    open_chargebacks = models.PositiveSmallIntegerField(default=0, help_text="Stop release and withdrawal (A69-2).")
    settled_dispute_id = models.UUIDField(
        null=True, blank=True, help_text="A dispute that ended by settlement or ruling (A39-4)."
    )
    paid_usd_minor = models.BigIntegerField(
        default=0, help_text="At the dated rate when it was paid; for sales figures."
    )
    cancelled_for = models.CharField(max_length=8, blank=True, help_text="Whose reason ended it before shipment.")
    losses = models.JSONField(default=list, blank=True, help_text="Disputes and chargebacks that the seller lost.")
    exemptions = models.JSONField(default=list, blank=True, help_text="Indicators that skip it (A38-1, A38-3).")
    not_rated = models.BooleanField(default=False, help_text="Refunded as not received: out of the rates (A53-2).")
    excluded_at = models.DateTimeField(
        null=True, blank=True, help_text="Abnormal: sales and reviews do not count (A58-1)."
    )
    excluded_ground = models.CharField(max_length=8, blank=True, help_text="The rule that says why it is abnormal.")
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True, help_text="When the last parcel was handed over.")
    first_scan_at = models.DateTimeField(null=True, blank=True, help_text="The first carrier event of any parcel.")
    receipt_due_at = models.DateTimeField(null=True, blank=True)
    disputed_at = models.DateTimeField(null=True, blank=True, help_text="When a dispute was last opened.")
    judged_at = models.DateTimeField(null=True, blank=True, help_text="A dispute last settled or sent to arbitration.")
    review_until = models.DateTimeField(null=True, blank=True, help_text="The time to review ends then (A53-1).")
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    release_due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    lines: list[OrderLine]
    shipments: list[Shipment]
    cancellations: list[Cancellation]
    extensions: list[Extension]
    reviews: list[Review]
    claims: list[CarrierClaim]

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="order_state_known", condition=Q(state__in=OrderState.values)),
            models.CheckConstraint(name="order_release_known", condition=Q(release__in=ReleaseState.values)),
            models.CheckConstraint(
                name="order_close_reason_known", condition=Q(close_reason__in=["", *CloseReason.values])
            ),
            models.CheckConstraint(name="order_escrow_not_negative", condition=Q(escrow_minor__gte=0)),
            models.CheckConstraint(
                name="order_refunds_no_more_than_paid", condition=Q(refunded_minor__lte=models.F("paid_minor"))
            ),
            models.UniqueConstraint(name="order_number_once_per_store", fields=["store", "number"]),
            models.UniqueConstraint(name="order_of_its_store", fields=["store", "id"]),
        ]
        indexes = [
            models.Index(name="order_of_store", fields=["store", "-placed_at", "-id"]),
            models.Index(name="order_of_store_by_state", fields=["store", "state", "-placed_at", "-id"]),
            models.Index(name="order_of_buyer", fields=["buyer_id", "-placed_at", "-id"]),
            models.Index(
                name="order_to_ship",
                fields=["store", "handling_due_at", "id"],
                condition=Q(state__in=[state.value for state in UNSHIPPED]),
            ),
            models.Index(
                name="order_to_ship_anywhere",
                fields=["handling_due_at", "id"],
                condition=Q(state__in=[state.value for state in UNSHIPPED]),
            ),
            models.Index(
                name="order_in_dispute",
                fields=["store", "-placed_at", "-id"],
                condition=Q(open_dispute_id__isnull=False),
            ),
            models.Index(
                name="order_asked_to_cancel",
                fields=["store", "-placed_at", "-id"],
                condition=Q(open_cancellation_id__isnull=False),
            ),
            models.Index(name="order_by_external_id", fields=["external_id"], condition=~Q(external_id="")),
            models.Index(name="order_exempt", fields=["store"], condition=~Q(exemptions=[])),
        ]

    # ------------------------------------------------------------------ derived facts

    @property
    def name(self) -> str:
        """How people call it: the store's number once it has one."""
        return f"#{self.number}" if self.number else self.public_id

    @property
    def arrived_at(self) -> datetime | None:
        """When it came: the carrier's scan, else the buyer's own word. A receipt window that merely ran out shows nothing."""
        if self.delivered_at is not None or self.completed_at is None:
            return self.delivered_at
        ran_out = self.receipt_due_at is not None and self.completed_at >= self.receipt_due_at
        return None if ran_out else self.completed_at

    @property
    def ended_at(self) -> datetime | None:
        """When the trade first ended: completed, or closed before that."""
        return self.completed_at or self.closed_at

    @property
    def handling_end(self) -> datetime:
        """Until when it must be shipped in full."""
        assert self.handling_due_at is not None
        return self.handling_due_at

    @property
    def shown_release(self) -> str | None:
        return str(self.release) if self.paid_at else None

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.freight_minor

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def goods(self) -> Money:
        return Money(self.goods_minor, self.currency)

    @property
    def freight(self) -> Money:
        return Money(self.freight_minor, self.currency)

    @property
    def paid(self) -> Money:
        return Money(self.paid_minor, self.currency)

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)

    @property
    def compensated(self) -> Money:
        return Money(self.compensated_minor, self.currency)

    @property
    def escrow(self) -> Money:
        return Money(self.escrow_minor, self.currency)

    @property
    def refundable(self) -> Money:
        """What was paid and has not gone back."""
        return Money(self.paid_minor - self.refunded_minor, self.currency)

    @property
    def gross_left(self) -> Money:
        """What the sale finally comes to: paid, less the refunds that the seller bore (A67-4)."""
        return Money(self.paid_minor - self.refunded_minor + self.borne_minor, self.currency)

    @property
    def commission(self) -> Money:
        """Taken, or, before the release, the estimate on what is left."""
        taken = self.release in (Release.RELEASED, Release.ADVANCED)
        return (
            Money(self.commission_minor, self.currency)
            if taken
            else self.commission_on(self.gross_left if self.paid_at else self.total)
        )

    def commission_on(self, gross: Money) -> Money:
        """A67-1: rate by line, rounded once on the order's amount; freight shares the lines' rates by value."""
        if not self.goods_minor:
            rate = self.lines[0].commission_bps if getattr(self, "lines", None) else 0
            return Money(half_up(gross.minor * rate, 10_000), self.currency)
        return Money(half_up(gross.minor * self.rate_weight, self.goods_minor * 10_000), self.currency)

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.buyer_id == actor.id)
