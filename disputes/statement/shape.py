"""What a statement of reasons holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from rulebook.money import Money


@dataclass(frozen=True, slots=True)
class Fact:
    text: str
    at: datetime | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence that lay before whoever decided. sha256: of the file as it was sent."""

    side: str
    kind: str
    name: str
    sha256: str
    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Law:
    """A rule that decided, with its text and the values that were read, as they stood then."""

    id: str
    label: str
    title: str
    text: str
    values_read: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Money that moved by the decision, and who bore it."""

    text: str
    amount: Money
    to_buyer: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """kind: ruling, appeal or end. automatic: no person weighed anything. until: of the time to appeal."""

    kind: str
    at: datetime
    title: str
    outcome: str
    automatic: bool
    by: str
    reasons: str
    facts: tuple[Fact, ...]
    evidence: tuple[Shown, ...]
    rules: tuple[Law, ...]
    money: tuple[Move, ...]
    appeal: str
    until: datetime | None
    stands: bool
    liable: str = ""
    refund: Money | None = None
    compensation: Money | None = None
    return_goods: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    dispute: str
    name: str
    order: str
    order_name: str
    store: str
    reason: str
    claim: str
    claimed: Money
    wants_return: bool
    filed_at: datetime
    revisions: int
    answer: str
    decisions: tuple[Decision, ...] = field(default=())

    @property
    def decided_at(self) -> datetime:
        return self.decisions[-1].at

    def as_json(self) -> dict[str, Any]:
        """For the API: moments as text, money as everywhere there."""
        found: dict[str, Any] = _plain(asdict(self))
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.keys() == {"minor", "currency"}:
            return _money(Money(value["minor"], value["currency"]))
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Money):
        return _money(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _money(amount: Money) -> dict[str, str]:
    return {"amount": amount.amount, "currency": amount.currency}
