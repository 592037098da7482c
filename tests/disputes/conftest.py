"""The court's fair: a story that ends now, with files in memory."""

from __future__ import annotations

import pytest

from rulebook.clock import now, parse_duration
from rulebook.files import memory_files
from tests.fair import Fair, build_fair


@pytest.fixture
def fair(db) -> Fair:
    """It begins thirty days ago, so that a case can be escalated, ruled and appealed against in the past."""
    with memory_files():
        yield build_fair(begin=now() - parse_duration("30d"))
