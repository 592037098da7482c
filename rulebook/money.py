"""Money: whole minor units and an ISO 4217 currency. No floats, no arithmetic across currencies, one rounding function."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_currency_precision

_TEXT = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,4}))?\s*([A-Za-z]{3})")


@lru_cache(maxsize=256)
def digits(currency: str) -> int:
    """Decimals of a currency: 2 for USD, 0 for JPY, 3 for KWD. ValueError for a code that does not exist."""
    if currency not in get_global("all_currencies"):
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code")
    return int(get_currency_precision(currency))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount: ``Money(1234, "USD")`` is 12.34 USD. Text form ``12.34 USD``."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: object) -> Money:
        """From ``12.34 USD``. ValueError for anything else: commas, more decimals than the currency has, no currency."""
        if isinstance(text, Money):
            return text
        found = _TEXT.fullmatch(str(text).strip())
        if not found:
            raise ValueError(f"{str(text)[:40]!r} is not an amount of money: write it like 12.34 USD")
        sign, whole, fraction, currency = found.groups()
        currency = currency.upper()
        places = digits(currency)
        if len((fraction or "").rstrip("0")) > places:
            raise ValueError(f"{text!r} has more decimals than {currency} allows ({places})")
        minor = int(whole) * 10**places + int((fraction or "").ljust(places, "0")[:places] or 0)
        return cls(-minor if sign else minor, currency)

    @property
    def amount(self) -> str:
        """The number alone, as text: ``12.34``."""
        places = digits(self.currency)
        whole, rest = divmod(abs(self.minor), 10**places)
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self} and {other} are in different currencies")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0


def half_up(numerator: int, denominator: int) -> int:
    """The one rounding of the house: to the nearest whole, halves away from zero. Both whole, denominator above 0."""
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of `total` in proportion to `weights` that sum to it exactly; the largest remainders get what is over.

    All weights zero: everything goes to the first part. A negative total is the mirror of its positive twin.
    """
    if total < 0:
        return [-part for part in spread(-total, weights)]
    whole = sum(weights)
    if whole == 0:
        return [total, *([0] * (len(weights) - 1))] if weights else []
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def convert(amount: Money, currency: str, per_usd: dict[str, object] | object) -> Money:
    """The amount in another currency at dated rates (`per_usd[code]` = units of the currency for one USD), half-up."""
    if amount.currency == currency:
        return amount
    from_rate, to_rate = _rate(per_usd, amount.currency), _rate(per_usd, currency)
    numerator = amount.minor * to_rate[0] * from_rate[1] * 10 ** digits(currency)
    return Money(half_up(numerator, to_rate[1] * from_rate[0] * 10 ** digits(amount.currency)), currency)


def has_rate(currency: str, per_usd: object) -> bool:
    """Whether amounts of the currency can be converted at these rates."""
    try:
        _rate(per_usd, currency)
    except KeyError:
        return False
    return True


def _rate(per_usd: object, currency: str) -> tuple[int, int]:
    if currency == "USD":
        return 1, 1
    return _ratio(str(per_usd[currency]))  # type: ignore[index]


@lru_cache(maxsize=1024)
def _ratio(rate: str) -> tuple[int, int]:
    return Decimal(rate).as_integer_ratio()
