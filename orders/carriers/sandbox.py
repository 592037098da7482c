"""A carrier that is none: it plays the journey of any parcel, the same one whenever it is asked.

The last digit of the waybill decides how it ends: 0 to 5 delivered; 6 collected at a counter after some days; 7 waits
at the counter for good; 8 cannot be delivered and goes back; 9 is lost on the way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from orders.carriers.port import Adapter, CarrierEvent
from orders.carriers.waybills import normal_waybill


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a journey, so long after the parcel was handed over."""

    word: str
    after: timedelta
    place: str


Leg = tuple[str, str, float, float]
"""Word, place, and between which numbers of hours after the event before it happens."""

_ON_ITS_WAY: Sequence[Leg] = (("ACCEPTED", "Depot", 2, 20), ("DEPARTED", "Export hub", 8, 36))
_IN_THE_COUNTRY: Sequence[Leg] = (
    *_ON_ITS_WAY,
    ("CUSTOMS", "Import hub", 24, 80),
    ("ARRIVED", "Delivery office", 6, 40),
)
_AT_THE_COUNTER: Sequence[Leg] = (*_IN_THE_COUNTRY, ("PICK UP", "Parcel shop", 4, 24))

_DELIVERED: Sequence[Leg] = (*_IN_THE_COUNTRY, ("OUT FOR DELIVERY", "Van", 4, 20), ("DELIVERED", "Front door", 1, 8))
_COLLECTED: Sequence[Leg] = (*_AT_THE_COUNTER, ("COLLECTED", "Parcel shop", 10, 90))
_RETURNED: Sequence[Leg] = (
    *_IN_THE_COUNTRY,
    ("ATTEMPTED", "Front door", 4, 24),
    ("RETURNED TO SENDER", "Depot", 120, 240),
)

ENDS: dict[str, Sequence[Leg]] = {"6": _COLLECTED, "7": _AT_THE_COUNTER, "8": _RETURNED, "9": _ON_ITS_WAY}


def journey(waybill: str) -> list[Step]:
    """All that happens to the parcel; the waybill alone decides it."""
    number = normal_waybill(waybill)
    digits = re.findall(r"[0-9]", number)
    random, after, steps = Random(number), timedelta(), []
    for word, place, least, most in ENDS.get(digits[-1] if digits else "", _DELIVERED):
        after += timedelta(minutes=round(random.uniform(least, most) * 60))
        steps.append(Step(word, after, place))
    return steps


class SandboxAdapter(Adapter):
    """Reads our own form of notice; asked about a parcel, it knows everything up to the present."""

    def tracked(self, waybill: str, since: datetime, until: datetime) -> list[CarrierEvent]:
        return self.played(waybill, since, until)

    def played(
        self, waybill: str, since: datetime, until: datetime, *, seen: int = 0, pace: float = 1.0, country: str = ""
    ) -> list[CarrierEvent]:
        """The events after the first `seen`, up to `until`. since: when the last seen one happened, or the parcel was
        handed over. pace: how many times faster than life. country: where it goes."""
        number, steps = normal_waybill(waybill), journey(waybill)
        before = steps[seen - 1].after if seen else timedelta()
        events = []
        for place, step in enumerate(steps[seen:], seen):
            moment = since + (step.after - before) / pace
            if moment > until:
                break
            where = country if place >= len(_ON_ITS_WAY) and step.word != "RETURNED TO SENDER" else ""
            events.append(CarrierEvent(f"sbx-{number}-{place + 1}", waybill, step.word, moment, step.place, where))
        assert all(one.occurred_at <= other.occurred_at for one, other in pairwise(events))
        return events
