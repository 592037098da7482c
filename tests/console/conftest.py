"""The console's visitors: a fair whose story ends now, and clients that are signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from rulebook.clock import now, parse_duration
from rulebook.files import memory_files
from tests.fair import Fair, build_fair


@pytest.fixture
def fair(db) -> Fair:
    """It begins eight days ago, so that a case can be escalated and still lie in the past of the pages' clock."""
    with memory_files():
        yield build_fair(begin=now() - parse_duration("8d"))


@pytest.fixture
def enter():
    """Sign a person in: enter(user) gives a client."""

    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def arbitrator(fair, enter) -> Client:
    return enter(fair.moderators["arbitrator"])


@pytest.fixture
def second(fair, enter) -> Client:
    return enter(fair.second)


def ruling(dispute, **fields) -> dict[str, str]:
    """What the ruling's form sends."""
    return {
        "refund": "20.00",
        "liable": "seller",
        "reason": "The pictures show it.",
        "version": str(dispute.version),
        **fields,
    }
