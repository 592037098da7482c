"""Parcels and what carriers tell of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import RETURN_VALUE, FSMField

from orders import conditions as c
from orders.states import SCANS, ShipmentState, Suspicion
from rulebook.ids import new_id
from rulebook.models import Aggregate
from rulebook.models.base import make
from rulebook.rule import CARRIER, MODERATOR, rule


class Shipment(Aggregate):
    """One parcel of an order. Waiting for pick-up is not delivered (PRE-13)."""

    KIND, PREFIX, ROOT = "shipment", "shp", ("order", "order_id")
    PUBLIC = (
        "state",
        "carrier",
        "waybill",
        "method",
        "quantity",
        "shipped_at",
        "first_scan_at",
        "last_scan_at",
        "last_place",
        "delivered_at",
        "suspicion",
    )
    State = ShipmentState

    store_id = models.UUIDField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="shipment_rows", db_index=False, db_constraint=False
    )
    state = FSMField(choices=State.choices, default=State.HANDED_OVER, protected=True)
    carrier = models.CharField(max_length=40, blank=True)
    waybill = models.CharField(max_length=60)
    method = models.CharField(max_length=12)
    quantity = models.PositiveIntegerField()
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    first_scan_at = models.DateTimeField(null=True, blank=True)
    last_scan_at = models.DateTimeField(null=True, blank=True, help_text="Of the newest event, by the carrier's time.")
    last_place = models.CharField(max_length=120, blank=True)
    suspicion = models.CharField(
        max_length=24, choices=Suspicion.choices, blank=True, help_text="Looks falsely shipped."
    )
    suspected_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True, help_text="A moderator looked into it.")
    found_false = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="shipment_state_known", condition=Q(state__in=ShipmentState.values)),
            models.CheckConstraint(name="shipment_holds_something", condition=Q(quantity__gte=1)),
        ]
        indexes = [
            models.Index(name="shipment_of_order", fields=["order", "id"]),
            models.Index(name="shipment_by_waybill", fields=["waybill"]),
            models.Index(name="shipment_by_waybill_of_store", fields=["store_id", "waybill"]),
        ]

    # ------------------------------------------------------------------ scans

    @rule(
        "PRE-13",
        source=list(State.values),
        target=RETURN_VALUE(*[ShipmentState.HANDED_OVER.value, *SCANS]),
        by=CARRIER,
        says=_("The carrier says: {event}."),
    )
    def scan(
        self, docket: Any, *, event: str, occurred_at: datetime | None = None, place: str = "", country: str = ""
    ) -> str:
        """What the carrier tells of the parcel. A pick-up notice is no delivery; an event told late changes no newer state."""
        at = min(occurred_at or docket.at, docket.at)
        docket.because(event=event, at=at, place=place)
        newest = self.last_scan_at is None or at >= self.last_scan_at
        if newest:
            self.last_scan_at, self.last_place = at, place
        if self.first_scan_at is None or at < self.first_scan_at:
            self._first_seen(docket, at)
        if event == ShipmentState.DELIVERED and self.delivered_at is None:
            self._arrive(docket, at)
        if at < self.order.placed_at:
            self.suspect(docket, Suspicion.EARLIER_THAN_ORDER)
        elif event == ShipmentState.DELIVERED and country and country != self.order.country:
            self.suspect(docket, Suspicion.ANOTHER_COUNTRY)
        docket.add(
            make(
                TrackingEvent,
                id=new_id(),
                store_id=self.store_id,
                order_id=self.order_id,
                shipment_id=self.id,
                event=event,
                place=place,
                country=country,
                at=at,
                told_at=docket.at,
            )
        )
        return self._state_after(event, newest=newest)

    def _state_after(self, event: str, *, newest: bool) -> str:
        """What is told late changes nothing, but for a delivery; what was delivered stays so, until it is returned."""
        if self.state == ShipmentState.RETURNED and not newest:
            return str(ShipmentState.RETURNED)
        if self.delivered_at is not None and event != ShipmentState.RETURNED:
            return str(ShipmentState.DELIVERED)
        return event if newest else str(self.state)

    def _first_seen(self, docket: Any, at: datetime) -> None:
        """A38O-1: the moment from which the carrier really has it."""
        docket.also_under("A38O-1")
        self.first_scan_at = at
        docket.meet(self, "first_scan")
        if self.order.first_scan_at is None or at < self.order.first_scan_at:
            self.order.first_scan_at = at

    def _arrive(self, docket: Any, at: datetime) -> None:
        self.delivered_at = at
        order = self.order
        order.parcels_delivered += 1
        if order.parcels_delivered >= len(order.shipments) and order.units_shipped >= order.units:
            order.arrive(docket, max(parcel.delivered_at or at for parcel in order.shipments))

    # ------------------------------------------------------------------ false shipping

    @rule(
        "A37-7",
        source=list(State.values),
        deadline="first_scan",
        says=_("No carrier event within {days} working days after the delivery notice, until {due}."),
    )
    def look_false(self, docket: Any) -> None:
        """The waybill cannot be traced: a moderator looks whether anything was shipped (V-16)."""
        docket.also_under("V-16")
        days = docket.rules_for(self.order, self.shipped_at).waybill.first_event_days
        docket.because(days=days, due=docket.at)
        if self.cleared_at is None and not self.suspicion:
            self._doubt(docket, Suspicion.NO_FIRST_EVENT)

    def suspect(self, docket: Any, why: str) -> None:
        """Put it before the moderators; what was looked into is not raised again."""
        if self.suspicion or self.cleared_at is not None:
            return
        self.raise_doubt(docket, why=why)

    @rule("V-16", source=list(State.values), says=_("Doubted: {why}."))
    def raise_doubt(self, docket: Any, *, why: str) -> None:
        """The waybill may be false; a moderator looks into it."""
        docket.because(why=why)
        self._doubt(docket, why)

    def _doubt(self, docket: Any, why: str) -> None:
        self.suspicion, self.suspected_at = why, docket.at
        docket.notify("seller", self.store_id, "shipment_doubted", self, why=why, order=self.order.name)

    @rule(
        "A37-7",
        source=list(State.values),
        by=MODERATOR,
        otherwise="A37-7",
        conditions=[c.suspected],
        says=_("Looked into: it was shipped. {reason}"),
    )
    def clear(self, docket: Any, *, reason: str) -> None:
        """The doubt was wrong."""
        docket.because(reason=reason)
        self.suspicion, self.cleared_at = "", docket.at

    @rule(
        "V-16",
        source=list(State.values),
        by=MODERATOR,
        otherwise="V-16",
        conditions=[c.suspected],
        needs=["balances"],
        says=_("Found false: {reason}"),
    )
    def find_false(self, docket: Any, *, reason: str) -> None:
        """Nothing was shipped under this waybill: the order is closed and refunded (V-17), an open dispute ends with it, whatever
        penalty follows."""
        docket.because(reason=reason, why=self.suspicion)
        self.cleared_at, self.found_false = docket.at, True
        docket.notify("seller", self.store_id, "shipment_found_false", self, reason=reason, order=self.order.name)
        if not self.order.is_over:
            self.order.close_for_false_shipping(docket)

    def case_row(self, docket: Any) -> dict[str, Any] | None:
        """Its row of the moderators' worklists, once it was doubted."""
        if self.suspected_at is None:
            return None
        order, waits = self.order, self.cleared_at is None
        return {
            "store_id": self.store_id,
            "kind": "shipment",
            "subject_id": self.id,
            "number": order.number or 0,
            "store_name": order.store.name,
            "party": order.buyer_name,
            "topic": self.suspicion or "cleared",
            "state": str(self.state),
            "lane": "compliance" if waits else "done",
            "open": waits,
            "value_minor": order.total_minor,
            "currency": order.currency,
            "value_usd_minor": order.paid_usd_minor,
            "opened_at": self.suspected_at,
            "due_at": None,
            "closed_at": self.cleared_at,
        }


class TrackingEvent(models.Model):
    """One scan. Kept for good; nothing edits it."""

    KIND, NUMBERED = "tracking_event", False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    order_id = models.UUIDField()
    shipment_id = models.UUIDField()
    event = models.CharField(max_length=20)
    place = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True)
    at = models.DateTimeField(help_text="By the carrier's time.")
    told_at = models.DateTimeField(help_text="When we heard of it.")

    class Meta:
        constraints = [models.CheckConstraint(name="tracking_event_known", condition=Q(event__in=SCANS))]
        indexes = [models.Index(name="tracking_of_order", fields=["order_id", "at"])]

    def __str__(self) -> str:
        return f"{self.event} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def root_id(self) -> Any:
        return self.order_id
