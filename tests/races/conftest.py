"""A fair for each race; in a control arm the second nets are down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tests.fair import Fair, build_fair
from tests.races.meeting import without_nets


@pytest.fixture
def nets(request: pytest.FixtureRequest) -> Iterator[None]:
    """In a control arm the second nets are down, but for the withdrawals, which show a net that holds."""
    locked = getattr(request.node, "callspec", None) is None or request.node.callspec.params.get("locked", True)
    with nullcontext() if locked or "withdrawals" in request.node.name else without_nets():
        yield


@pytest.fixture
def fair(nets: None) -> Fair:
    """With money of other orders in escrow, so that a wrong refund does not stop at an empty account."""
    fair = build_fair()
    for _ in range(4):
        fair.paid("palace")
    return fair
