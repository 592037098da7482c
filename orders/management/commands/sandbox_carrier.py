"""`manage.py sandbox_carrier`: the sandbox carrier moves parcels, as its notices would tell it by the webhook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.carriers.known import SANDBOX
from orders.carriers.port import MOST_EVENTS, CarrierEvent
from orders.carriers.receiving import DONE, Answer, of_another, receive, take_up_parked
from orders.carriers.sandbox import SandboxAdapter, journey
from orders.carriers.secrets import sandbox_secret_file, secrets_for
from orders.carriers.waybills import normal_waybill
from orders.models import Shipment, TrackingEvent
from orders.states import ShipmentState
from rulebook import clock
from rulebook.ids import new_id
from rulebook.loops import Loop

ENDED = [ShipmentState.DELIVERED, ShipmentState.RETURNED]
PARCELS_AT_ONCE = 500
FORGOTTEN_AFTER = timedelta(days=180)


class Command(BaseCommand):
    help = "Play the journeys of parcels that are on their way; the last digit of a waybill decides how one ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--waybill", action="append", default=[], help="only this parcel; may be repeated")
        parser.add_argument("--pace", type=float, default=1.0, help="times faster than life (1440: a day in a minute)")
        parser.add_argument("--follow", action="store_true", help="go on until stopped")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks with --follow")

    def handle(self, *, waybill: list[str], pace: float, follow: bool, every: float, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The sandbox carrier makes things up; it does not run with PIEPOWDER_ENV=production.")
        if not 0 < pace <= 1_000_000:
            raise CommandError("--pace: a number above 0, up to a million.")
        if secrets_for(SANDBOX.code) and sandbox_secret_file().exists():
            self.stdout.write(f"Its webhook's secret is in {sandbox_secret_file()}.")
        if follow:
            Loop("sandbox_carrier", every).run(lambda: self._turn(waybill, pace) > 0)
            return
        told = self._turn(waybill, pace)
        self.stdout.write(f"{told} events told.")

    def _turn(self, waybills: list[str], pace: float) -> int:
        """Tell everything that has happened by now."""
        told = take_up_parked()
        for parcels in _on_their_way(waybills):
            told_of = _timelines(parcels)
            events = [event for parcel in parcels for event in _news(parcel, told_of[parcel.id], pace)]
            for first in range(0, len(events), MOST_EVENTS):
                answers = receive(SANDBOX, events[first : first + MOST_EVENTS])
                self._show(answers)
                told += Counter(answer.result for answer in answers)[DONE]
        return told

    def _show(self, answers: list[Answer]) -> None:
        for answer in answers:
            event = answer.event
            self.stdout.write(
                f"{event.occurred_at:%Y-%m-%d %H:%M} UTC  {event.waybill:<20} {event.word:<20} {answer.result}"
            )


def _on_their_way(waybills: list[str]) -> Iterator[list[Shipment]]:
    """In pages by id, the newest first; a parcel that is entered meanwhile comes in the next turn. What is certainly another
    carrier's is left to it."""
    recent = clock.now() - FORGOTTEN_AFTER
    found = Shipment.objects.filter(~of_another(SANDBOX), shipped_at__gte=recent).exclude(state__in=ENDED)
    found = found.select_related("order")
    if waybills:
        found = found.filter(waybill__in={form for text in waybills for form in (text, normal_waybill(text))})
    last = new_id()
    while page := list(found.filter(id__lt=last).order_by("-id")[:PARCELS_AT_ONCE]):
        yield page
        last = page[-1].id


def _timelines(parcels: list[Shipment]) -> dict[UUID, Counter[str]]:
    found: dict[UUID, Counter[str]] = {parcel.id: Counter() for parcel in parcels}
    orders = {parcel.order_id for parcel in parcels}
    for parcel, event in TrackingEvent.objects.filter(order_id__in=orders).values_list("shipment_id", "event"):
        if parcel in found:
            found[parcel][event] += 1
    return found


def _news(parcel: Shipment, told: Counter[str], pace: float) -> list[CarrierEvent]:
    """What the journey brings after what the parcel's timeline holds; nothing when another carrier has moved it."""
    adapter = SANDBOX.adapter
    assert isinstance(adapter, SandboxAdapter)
    scans = [SANDBOX.scan_of(step.word) for step in journey(parcel.waybill)]
    seen = 0
    while seen < len(scans) and told[str(scans[seen])]:
        told[str(scans[seen])] -= 1
        seen += 1
    if parcel.state not in (ShipmentState.HANDED_OVER, *scans[:seen]):
        return []
    since = (seen and parcel.last_scan_at) or parcel.shipped_at
    return adapter.played(parcel.waybill, since, clock.now(), seen=seen, pace=pace, country=parcel.order.country)
