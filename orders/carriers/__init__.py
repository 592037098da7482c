"""Carriers behind a port: what they are called, how their words and numbers read, and what becomes of what they tell.

`receiving` (what becomes of events) and `webhook` (the door) are imported from where they lie.
"""

from orders.carriers.known import POST, SANDBOX
from orders.carriers.port import Adapter, Carrier, CarrierEvent, carrier_of, carriers, register
from orders.carriers.waybills import (
    carriers_for,
    normal_waybill,
    s10_check_digit,
    s10_is_valid,
    waybill_matches,
    written_waybill,
)

__all__ = [
    "POST",
    "SANDBOX",
    "Adapter",
    "Carrier",
    "CarrierEvent",
    "carrier_of",
    "carriers",
    "carriers_for",
    "normal_waybill",
    "register",
    "s10_check_digit",
    "s10_is_valid",
    "waybill_matches",
    "written_waybill",
]
