"""What the platform wants of a carrier: a name, services, its words in ours, and an adapter that reads what it tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from orders.states import SCANS, ShipmentState
from rulebook.inputs import Input, Moment, Text
from rulebook.webhooks.reading import Code, Words, events_in, folded, said_in
from stores.states import METHODS

MOST_EVENTS = 200
"""In one notice; who has more sends another one."""

KINDS = ("national_post", "courier", "delivery_network", "platform_logistics")
"""As the rules about Plus name them (PLUS-5, PLUS-6)."""


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """One thing that a carrier tells. id: the carrier's, its own for ever. word: in the carrier's language, see
    `Carrier.scan_of`. occurred_at: when it happened, which is not when it is told."""

    id: str
    waybill: str
    word: str
    occurred_at: datetime
    place: str = ""
    country: str = ""


@dataclass(frozen=True, kw_only=True)
class Country(Text):
    def clean(self, raw: Any) -> str:
        if not isinstance(raw, str) or not re.fullmatch(r"([A-Za-z]{2})?", raw.strip()):
            raise ValueError(_("Send a country's two letters, such as US."))
        return raw.strip().upper()


FIELDS: Mapping[str, Input] = {
    "id": Code(longest=80, help=gettext_noop("The carrier's own number of the event; the same whenever it is sent.")),
    "waybill": Words(longest=60),
    "event": Words(longest=60, help=gettext_noop("In the carrier's words.")),
    "occurred_at": Moment(),
    "place": Words(longest=90, default=""),
    "country": Country(longest=2, default=""),
}
"""Of one event in a notice. What else a carrier sends is not read."""


class Adapter:
    """How a carrier is understood. This one reads our own form of notice, ``{"events": [{…}, …]}``; a carrier that
    speaks otherwise has one that translates."""

    def read(self, body: Mapping[str, Any]) -> list[CarrierEvent]:
        """The events of a notice. `Invalid` names every field that is wrong: ``events[3].waybill``."""
        return events_in(body, self.event, most=MOST_EVENTS)

    def event(self, row: Any) -> CarrierEvent:
        said = said_in(row, FIELDS)
        return CarrierEvent(word=said.pop("event"), **said)

    def tracked(self, waybill: str, since: datetime, until: datetime) -> list[CarrierEvent]:
        """What the carrier answers when it is asked about a parcel, in order. Most tell by themselves only."""
        return []


@dataclass(frozen=True)
class Carrier:
    """code: as in the parameters and addresses. services: the delivery methods that it offers. words: its event words
    to ours. numbers: what its waybill numbers must fulfil beyond their pattern (a check digit)."""

    code: str
    name: str
    kind: str
    services: tuple[str, ...]
    words: Mapping[str, str]
    tracking_url: str = ""
    numbers: Callable[[str], bool] | None = None
    adapter: Adapter = field(default_factory=Adapter)
    _folded: Mapping[str, str] = field(init=False, repr=False, default_factory=dict)

    def scan_of(self, word: str) -> str | None:
        """The event in our words; None for one that nobody has translated yet."""
        return self._folded.get(folded(word))

    def tracking_link(self, waybill: str) -> str:
        """Where a person follows the parcel; empty where the carrier has no such page."""
        return self.tracking_url.replace("{waybill}", quote(waybill, safe="")) if waybill else ""

    @property
    def vocabulary(self) -> list[str]:
        """Its words in the form that `folded` gives them."""
        return list(self._folded)

    def __post_init__(self) -> None:
        translated = {folded(word): scan for word, scan in self.words.items()}
        object.__setattr__(self, "_folded", translated)
        _insist(self, self.kind in KINDS, f"is no {self.kind}")
        _insist(self, bool(self.services) and set(self.services) <= set(METHODS), "offers methods that there are not")
        _insist(self, len(translated) == len(self.words), "has a word twice")
        for word, scan in translated.items():
            _insist(self, scan in SCANS, f"translates {word!r} to {scan!r}, which is no event of ours")
            waits = "pick up" in word or "pickup" in word
            _insist(self, not (waits and scan == ShipmentState.DELIVERED), f"calls {word!r} delivered (PRE-13)")


def _insist(carrier: Carrier, fine: bool, fault: str) -> None:
    if not fine:
        raise ValueError(f"carrier {carrier.code} {fault}")


_CARRIERS: dict[str, Carrier] = {}


def register(carrier: Carrier) -> Carrier:
    """Make a carrier known. An installation adds its own in the `ready` of an app."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,19}", carrier.code):
        raise ValueError(f"{carrier.code!r} is no code: 2 to 20 small letters, digits and _")
    _CARRIERS[carrier.code] = carrier
    return carrier


def carriers() -> Iterable[Carrier]:
    return _CARRIERS.values()


def carrier_of(code: str) -> Carrier | None:
    return _CARRIERS.get(code)
