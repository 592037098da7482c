"""What becomes of what carriers tell. Every event goes through the action `carrier.scan`, once for each parcel.

An event may come twice, late, or in the wrong order, and before the seller has entered the parcel. Twice: the event's
id is the idempotency key, and what the parcel's timeline holds already is not written again. Late: a notice's events are
carried out in the order in which they happened, and the parcel knows its last one. Too early: it is parked, and taken
up when the parcel is there.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from orders.carriers.port import Carrier, CarrierEvent, carriers
from orders.carriers.waybills import normal_waybill
from orders.models import Shipment, TrackingEvent
from orders.models.parked import ParkedScan
from rulebook.actions import perform
from rulebook.actors import CARRIER, Actor
from rulebook.amending import current_rulebook
from rulebook.calendars import natural_days
from rulebook.clock import Clock, system
from rulebook.ids import new_id, public_id
from rulebook.refusals import Busy, Invalid, Refused
from rulebook.webhooks import TOLERANCE
from rulebook.webhooks.reading import BUSY, DONE, DUPLICATE, INVALID, REFUSED, folded

log = logging.getLogger("piepowder.carriers")

AT_ONCE = 500

_TOLD = ("shipment_id", "event", "at")
"""What makes two events of a timeline the same one, whatever numbers the carrier gave them."""

UNKNOWN_WAYBILL, UNKNOWN_EVENT = "unknown_waybill", "unknown_event"


@dataclass(slots=True)
class Outcome:
    """What came of an event for one parcel."""

    parcel: UUID
    result: str
    rule: str = ""
    sentence: str = ""

    def shown(self) -> dict[str, Any]:
        more = {"rule": self.rule, "sentence": self.sentence}
        return {"id": public_id(Shipment.PREFIX, self.parcel), "result": self.result} | _filled(more)


@dataclass(slots=True)
class Answer:
    """What came of an event. result: done if it was for one parcel at least, else what came of the first."""

    event: CarrierEvent
    result: str = ""
    sentence: str = ""
    parcels: list[Outcome] = field(default_factory=list)

    def conclude(self) -> Answer:
        results = [outcome.result for outcome in self.parcels]
        if results:
            self.result = next((result for result in (BUSY, DONE) if result in results), results[0])
        return self

    def shown(self) -> dict[str, Any]:
        leading = next((outcome for outcome in self.parcels if outcome.result == self.result), None)
        more = {
            "rule": leading.rule if leading else "",
            "sentence": self.sentence or (leading.sentence if leading else ""),
            "parcels": [outcome.shown() for outcome in self.parcels],
        }
        return {"id": self.event.id, "waybill": self.event.waybill, "result": self.result} | _filled(more)


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}


def actor_of(carrier: Carrier) -> Actor:
    """Who speaks: the carrier itself, known by its code however it is called."""
    identity = uuid5(NAMESPACE_URL, f"piepowder:carrier:{carrier.code}")
    roles = frozenset({CARRIER})
    return Actor(kind=CARRIER, id=identity, name=carrier.name, roles=roles, door="webhook", key=carrier.code)


def receive(carrier: Carrier, events: Sequence[CarrierEvent], *, clock: Clock = system) -> list[Answer]:
    """Carry out what a carrier tells; the answers stand in the order of the events."""
    desk = Desk(carrier, clock)
    desk.look_up(event.waybill for event in events)
    desk.take_up()
    answers = {
        place: desk.carry_out(event) for place, event in sorted(enumerate(events), key=lambda pair: pair[1].occurred_at)
    }
    desk.park()
    return [answers[place] for place in range(len(events))]


def take_up_parked(clock: Clock = system) -> int:
    """Carry out parked events whose parcels have been entered since (and whose words have been translated); forget those
    that waited in vain. Returns how many were taken. Harmless at any time and in several processes at once."""
    taken = sum(_take_up(carrier, clock) for carrier in carriers())
    moment = clock.now()
    kept_since = natural_days(moment, -_rules(moment).parked_event_days)
    ParkedScan.objects.filter(received_at__lt=kept_since).delete()
    return taken


def _rules(moment: datetime) -> Any:
    return current_rulebook().at(moment).logistics


def _take_up(carrier: Carrier, clock: Clock) -> int:
    entered = Exists(Shipment.objects.filter(~of_another(carrier), waybill=OuterRef("waybill")))
    waiting = _waiting(carrier).filter(entered).order_by("id").values_list("waybill", flat=True)
    desk = Desk(carrier, clock)
    desk.look_up(set(waiting[:AT_ONCE]))
    return desk.take_up()


def _waiting(carrier: Carrier) -> Any:
    return ParkedScan.objects.filter(carrier=carrier.code, taken_at__isnull=True, word__in=carrier.vocabulary)


class Desk:
    """One carrier's events being carried out. However many they are, they are looked up and parked in one statement each."""

    def __init__(self, carrier: Carrier, clock: Clock) -> None:
        self.carrier, self.clock, self.actor = carrier, clock, actor_of(carrier)
        self.parcels: dict[str, list[tuple[UUID, UUID]]] = {}
        self.told: set[tuple[Any, ...]] = set()
        self.early: list[CarrierEvent] = []

    def look_up(self, waybills: Iterable[str]) -> None:
        """The parcels with these waybills, unless they are another carrier's, and what is in their timelines."""
        wanted = {form for waybill in waybills for form in (waybill, normal_waybill(waybill))}
        found: dict[str, list[tuple[UUID, UUID]]] = defaultdict(list)
        mine = Shipment.objects.filter(~of_another(self.carrier), waybill__in=wanted)
        rows = mine.order_by("id").values_list("waybill", "id", "order_id") if wanted else ()
        for waybill, parcel, order in rows:
            found[normal_waybill(waybill)].append((parcel, order))
        self.parcels = dict(found)
        orders = {order for parcels in found.values() for _parcel, order in parcels}
        if orders:
            self.told = set(TrackingEvent.objects.filter(order_id__in=orders).values_list(*_TOLD))

    def take_up(self) -> int:
        """What was told of these parcels before they were entered, oldest first."""
        if not self.parcels:
            return 0
        rows = _waiting(self.carrier).filter(waybill__in=list(self.parcels)).values_list("pk", "payload")
        parked = [(pk, _event(payload)) for pk, payload in rows]
        taken = 0
        for pk, event in sorted(parked, key=lambda pair: pair[1].occurred_at):
            answer = self.carry_out(event, late=True)
            if answer.result != BUSY:
                waiting = ParkedScan.objects.filter(pk=pk, taken_at__isnull=True)
                taken += waiting.update(taken_at=self.clock.now(), outcome=answer.result)
        return taken

    def carry_out(self, event: CarrierEvent, *, late: bool = False) -> Answer:
        """late: it was believed when it came, and is not measured against the present any more."""
        answer = Answer(event)
        if not self._is_credible(event.occurred_at, late=late):
            answer.result = INVALID
            answer.sentence = _("This cannot have happened then: look at the date and its offset.")
            return answer
        scan, parcels = self.carrier.scan_of(event.word), self.parcels.get(normal_waybill(event.waybill), ())
        if scan is None or not parcels:
            self.early.append(event)
            answer.result = UNKNOWN_EVENT if scan is None else UNKNOWN_WAYBILL
            return answer
        answer.parcels = [self._tell(parcel, scan, event) for parcel, _order in parcels]
        return answer.conclude()

    def _is_credible(self, at: datetime, *, late: bool) -> bool:
        """An event of the future, or from long ago, is a mistake of the carrier's, and figures would be wrong."""
        moment = self.clock.now()
        oldest = natural_days(moment, -_rules(moment).oldest_event_days)
        return at <= moment + TOLERANCE and (late or at >= oldest)

    def _tell(self, parcel: UUID, scan: str, event: CarrierEvent) -> Outcome:
        mark = (parcel, scan, event.occurred_at)
        if mark in self.told:
            return Outcome(parcel, DUPLICATE)
        try:
            done = perform(
                "carrier.scan",
                actor=self.actor,
                on=parcel,
                inputs=_inputs(scan, event),
                key=f"carrier:{event.id}:{public_id(Shipment.PREFIX, parcel)}",
                clock=self.clock,
            )
        except Refused as refusal:
            return Outcome(parcel, REFUSED, refusal.rule, refusal.sentence)
        except Invalid as fault:
            return Outcome(parcel, INVALID, sentence=fault.sentence)
        except Busy as twin:
            return Outcome(parcel, BUSY, sentence=twin.sentence)
        self.told.add(mark)
        return Outcome(parcel, DUPLICATE if done.replayed else DONE)

    def park(self) -> None:
        """Keep what found no parcel or no translation. Sent again, it is kept once."""
        if not self.early:
            return
        moment = self.clock.now()
        rows = [
            ParkedScan(
                id=new_id(),
                carrier=self.carrier.code,
                event_id=event.id,
                waybill=normal_waybill(event.waybill),
                word=folded(event.word),
                payload=_payload(event),
                received_at=moment,
            )
            for event in self.early
        ]
        ParkedScan.objects.bulk_create(rows, ignore_conflicts=True)
        self.early = []


def _payload(event: CarrierEvent) -> dict[str, str]:
    return {
        "id": event.id,
        "waybill": event.waybill,
        "event": event.word,
        "occurred_at": event.occurred_at.isoformat(),
        "place": event.place,
        "country": event.country,
    }


def _event(payload: dict[str, str]) -> CarrierEvent:
    moment = datetime.fromisoformat(payload["occurred_at"])
    where = {name: payload[name] for name in ("id", "waybill", "place", "country")}
    return CarrierEvent(word=payload["event"], occurred_at=moment, **where)


def _inputs(scan: str, event: CarrierEvent) -> dict[str, str]:
    moment = event.occurred_at.isoformat()
    return {"event": scan, "occurred_at": moment, "place": event.place, "country": event.country}


def of_another(carrier: Carrier) -> Q:
    """Parcels that are certainly another carrier's; a name that a seller made up is nobody's."""
    return Q(carrier__in=[other.code for other in carriers() if other.code != carrier.code])
