"""What the platform wants of a provider: a name, its words in ours, and an adapter that reads what it tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from disputes.states import ChargebackReason, Network
from rulebook.inputs import Amount, Choice, Input, Moment, Whole
from rulebook.money import Money
from rulebook.webhooks.reading import Code, Words, events_in, folded, said_in

MOST_EVENTS = 100
"""In one notice; who has more sends another one."""

OPENED, EVIDENCE_DUE, DECIDED, REOPENED = "opened", "evidence_due", "decided", "reopened"
SETTLED, FAILED = "withdrawal_settled", "withdrawal_failed"
EVENTS = (OPENED, EVIDENCE_DUE, DECIDED, REOPENED, SETTLED, FAILED)
"""Our words, in the order in which they may follow each other."""

FIELDS: Mapping[str, Input] = {
    "id": Code(longest=80, help=gettext_noop("The provider's own number of the event; the same whenever it is sent.")),
    "event": Words(longest=60, help=gettext_noop("In the provider's words.")),
    "occurred_at": Moment(),
    "case": Code(longest=80, default="", help=gettext_noop("The provider's own number of the chargeback.")),
    "order": Code(longest=80, default="", help=gettext_noop("Our order's id.")),
    "payment": Code(longest=80, default="", help=gettext_noop("Or the provider's reference of the payment.")),
    "amount": Amount(default=None, least=1, help=gettext_noop("Left out: all that was paid and has not gone back.")),
    "network": Words(longest=24, default=""),
    "code": Words(longest=24, default="", help=gettext_noop("The network's own code of the reason.")),
    "reason": Choice(options=tuple(ChargebackReason.values), default=None),
    "winner": Choice(options=("seller", "buyer"), default=None),
    "round": Whole(
        least=1, most=9, default=None, help=gettext_noop("1: the first decision; 2: after it was reopened.")
    ),
    "due_at": Moment(default=None),
    "withdrawal": Code(longest=80, default="", help=gettext_noop("Our withdrawal's id.")),
    "text": Words(longest=400, default=""),
}
"""Of one event. What else a provider sends is not read, and never card data."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a provider tells. occurred_at: when it happened, which is not when it is told. winner: seller or
    buyer. round: the decision that it belongs to, if the provider counts them."""

    id: str
    word: str
    occurred_at: datetime
    case: str = ""
    order: str = ""
    payment: str = ""
    amount: Money | None = None
    network: str = ""
    code: str = ""
    reason: str | None = None
    winner: str | None = None
    round: int | None = None
    due_at: datetime | None = None
    withdrawal: str = ""
    text: str = ""


class Adapter:
    """How a provider is understood. This one reads our own form of notice, ``{"events": [{…}, …]}``; a provider that
    speaks otherwise has one that translates."""

    def read(self, body: Mapping[str, Any]) -> list[Notice]:
        """The events of a notice. `Invalid` names every field that is wrong: ``events[3].case``."""
        return events_in(body, self.notice, most=MOST_EVENTS)

    def notice(self, row: Any) -> Notice:
        said = said_in(row, FIELDS)
        return Notice(word=said.pop("event"), **said)


@dataclass(frozen=True)
class Provider:
    """code: as in addresses and settings. words: its event words to ours. networks: its names of card schemes to ours.
    payments: the name that its payments bear in our books, if it takes payments as well."""

    code: str
    name: str
    words: Mapping[str, str]
    networks: Mapping[str, str] = field(default_factory=dict)
    payments: str = ""
    adapter: Adapter = field(default_factory=Adapter)
    _folded: Mapping[str, str] = field(init=False, repr=False, default_factory=dict)

    def event_of(self, word: str) -> str | None:
        """The event in our words; None for one that nobody has translated yet."""
        return self._folded.get(folded(word))

    def network_of(self, said: str) -> str | None:
        """The scheme in our words; None when the notice names none, and the order's own is taken."""
        if not said:
            return None
        known = {folded(name): ours for name, ours in self.networks.items()}
        ours = known.get(folded(said), folded(said))
        return ours if ours in Network.values else Network.OTHER.value

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folded", {folded(word): ours for word, ours in self.words.items()})
        for word, ours in self._folded.items():
            if ours not in EVENTS:
                raise ValueError(f"provider {self.code} translates {word!r} to {ours!r}, which is no event of ours")


_PROVIDERS: dict[str, Provider] = {}


def register(provider: Provider) -> Provider:
    """Make a provider known. An installation adds its own in the `ready` of an app."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,19}", provider.code):
        raise ValueError(f"{provider.code!r} is no code: 2 to 20 small letters, digits and _")
    _PROVIDERS[provider.code] = provider
    return provider


def providers() -> Iterable[Provider]:
    return _PROVIDERS.values()


def provider_of(code: str) -> Provider | None:
    return _PROVIDERS.get(code)
