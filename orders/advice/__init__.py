"""Advice: what the guidance rules recommend, shown where it fits, with words that can be sent as they are or changed.

Nothing follows from advice: no rule reads it, and what it says is left to the reader. `text` speaks to the reader in his
language; `words` are a message to the other side, in the language of the talk (FB-4).
"""

from orders.advice import of_orders, of_talks
from orders.advice.registry import (
    BUYER,
    CANCELLATION,
    COMPLAINT,
    ORDER,
    SUPPORT,
    THREAD,
    Advice,
    Facts,
    advice,
    all_advice,
    fitting,
    greeting,
    shown,
)

__all__ = [
    "BUYER",
    "CANCELLATION",
    "COMPLAINT",
    "ORDER",
    "SUPPORT",
    "THREAD",
    "Advice",
    "Facts",
    "advice",
    "all_advice",
    "fitting",
    "greeting",
    "of_orders",
    "of_talks",
    "shown",
]
