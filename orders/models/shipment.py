"""Parcels and what carriers tell of them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import RETURN_VALUE, FSMField

from orders.states import SCANS, ShipmentState
from rulebook.ids import new_id
from rulebook.models import Aggregate
from rulebook.models.base import make
from rulebook.rule import CARRIER, rule


class Shipment(Aggregate):
    """One parcel of an order. Waiting for pick-up is not delivered (PRE-13)."""

    KIND, PREFIX, ROOT = "shipment", "shp", ("order", "order_id")
    PUBLIC = ("state", "waybill", "method", "quantity", "shipped_at", "delivered_at", "last_scan_at")
    State = ShipmentState

    store_id = models.UUIDField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="shipment_rows", db_index=False, db_constraint=False
    )
    state = FSMField(choices=State.choices, default=State.HANDED_OVER, protected=True)
    waybill = models.CharField(max_length=60)
    method = models.CharField(max_length=12)
    quantity = models.PositiveIntegerField()
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_scan_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="shipment_state_known", condition=Q(state__in=ShipmentState.values)),
            models.CheckConstraint(name="shipment_holds_something", condition=Q(quantity__gte=1)),
        ]
        indexes = [
            models.Index(name="shipment_of_order", fields=["order", "id"]),
            models.Index(name="shipment_by_waybill", fields=["waybill"]),
        ]

    @rule(
        "PRE-13",
        source=list(State.values),
        target=RETURN_VALUE(*SCANS),
        by=CARRIER,
        says=_("The carrier says: {event}."),
    )
    def scan(self, docket: Any, *, event: str) -> str:
        """What the carrier tells of the parcel. A pick-up notice is no delivery."""
        docket.because(event=event)
        self.last_scan_at = docket.at
        if event == ShipmentState.DELIVERED and self.delivered_at is None:
            self.delivered_at = docket.at
            self.order.parcels_delivered += 1
            if (
                self.order.parcels_delivered >= len(self.order.shipments)
                and self.order.units_shipped >= self.order.units
            ):
                self.order.delivered_at = docket.at
        docket.add(
            make(
                TrackingEvent,
                id=new_id(),
                store_id=self.store_id,
                order_id=self.order_id,
                shipment_id=self.id,
                event=event,
                at=docket.at,
            )
        )
        return event


class TrackingEvent(models.Model):
    """One scan. Kept for good; nothing edits it."""

    KIND, NUMBERED = "tracking_event", False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    order_id = models.UUIDField()
    shipment_id = models.UUIDField()
    event = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="tracking_event_known", condition=Q(event__in=SCANS))]
        indexes = [models.Index(name="tracking_of_order", fields=["order_id", "at"])]

    def __str__(self) -> str:
        return f"{self.event} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def root_id(self) -> Any:
        return self.order_id
