"""Waybill numbers: their one form, what a carrier's look like, and whose a number may be."""

from __future__ import annotations

import re
from typing import Any

from orders.carriers.port import Carrier, carrier_of, carriers

_S10 = re.compile(r"[A-Z]{2}([0-9]{8})([0-9])[A-Z]{2}")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def normal_waybill(waybill: str) -> str:
    """As carriers write it: without the blanks and hyphens of labels, in capitals."""
    return re.sub(r"[\s-]+", "", waybill).upper()


def written_waybill(waybill: str) -> str:
    """As it is kept and shown: in capitals, without the blanks that labels have; hyphens stay."""
    return "".join(waybill.split()).upper()


def s10_check_digit(serial: str) -> int:
    """Of eight digits, by the standard S10 of the Universal Postal Union."""
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, serial, strict=True)) % 11
    return {0: 5, 1: 0}.get(rest, 11 - rest)


def s10_is_valid(waybill: str) -> bool:
    """Whether it is a number of the world's post: service, eight digits, their check digit, country."""
    found = _S10.fullmatch(normal_waybill(waybill))
    return found is not None and s10_check_digit(found[1]) == int(found[2])


def waybill_matches(rules: Any, carrier: str, waybill: str) -> bool:
    """Whether the number can be the carrier's (A37-7). rules: in force at the moment. carrier: its code; one that is
    not known, or empty, has the form that holds for all."""
    pattern = re.compile(rules.waybill.pattern[carrier or "*"])
    if not (pattern.fullmatch(waybill.strip()) or pattern.fullmatch(normal_waybill(waybill))):
        return False
    known = carrier_of(carrier)
    return known is None or known.numbers is None or known.numbers(waybill)


def carriers_for(waybill: str, rules: Any) -> list[Carrier]:
    """Whose number it may be, by a form of the carrier's own; empty when nothing speaks for anybody."""
    table = rules.waybill.pattern
    own = {row[0].casefold() for row in table}
    return [carrier for carrier in carriers() if carrier.code in own and waybill_matches(rules, carrier.code, waybill)]
