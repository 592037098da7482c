"""Talks and complaints for the console's tests."""

from __future__ import annotations

from typing import Any

from orders.models.thread import chat_opens
from rulebook.amending import current_rulebook
from rulebook.clock import now
from tests.fair import Fair


def open_hours(fair: Fair) -> None:
    """Move the fair's clock to when the chat is open."""
    hours = current_rulebook().at(fair.clock.now()).support.hours
    fair.clock.move_to(chat_opens(fair.clock.now(), hours))


def talk(fair: Fair, text: str = "How do I pay?", topic: str = "Payment") -> Any:
    open_hours(fair)
    return fair.do("buyer.open_chat", on=None, topic=topic, text=text)


def complaint(fair: Fair, **fields: Any) -> Any:
    """Filed now, or later: its time to answer lies ahead of the pages' clock."""
    fair.clock.move_to(max(now(), fair.clock.now()))
    return fair.do("buyer.complain", on=None, about="Lin's lights", kind="rude", text="They shouted.", **fields)
