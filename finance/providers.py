"""Payment providers: a port, and the sandbox that captures at once. What a provider tells comes in as an action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from rulebook.ids import public_id
from rulebook.money import Money


@dataclass(frozen=True, slots=True)
class Capture:
    """What a provider says about an attempt to pay: its reference, and whether the money is there."""

    provider: str
    reference: str
    captured: bool


class PaymentProvider(Protocol):
    """Takes a buyer's money. Called inside no docket: real ones answer later, by their signed notice."""

    name: str

    def start(self, payment_id: UUID, amount: Money, method: str, network: str) -> Capture: ...


class SandboxProvider:
    """Captures at once, and calls nobody: its answer is made here."""

    name = "sandbox"

    def start(self, payment_id: UUID, amount: Money, method: str, network: str) -> Capture:
        return Capture(self.name, public_id("sbx", payment_id), captured=True)


provider: PaymentProvider = SandboxProvider()
