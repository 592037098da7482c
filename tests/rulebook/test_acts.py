"""What an act leaves behind, and what it takes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django_fsm.signals import post_transition

from rulebook.actors import SYSTEM
from rulebook.clock import VirtualClock
from rulebook.docket import Docket
from rulebook.docket.memory import MemorySource
from rulebook.refusals import NotFound
from rulebook.rules import Rulebook
from stores.enrolment import enrol_seller
from stores.models import Seller, Store

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def docket() -> Docket:
    return Docket(MemorySource(), SYSTEM, VirtualClock(AT), Rulebook())


@pytest.fixture
def seller(docket: Docket) -> Seller:
    return enrol_seller(docket, name="Acme", registered_at=AT)


def test_a_failed_act_gives_back_the_deadlines_that_it_ended_moved_and_set(docket: Docket, seller: Seller) -> None:
    ended = docket.set_deadline(seller, "answer", AT + timedelta(days=3), "A14-1", remind=timedelta(days=1))
    moved = docket.set_deadline(seller, "appeal", AT + timedelta(days=5), "A14-1")
    before = dict(docket.pending[seller.id])

    with pytest.raises(ZeroDivisionError), docket.act():
        docket.meet(seller, "answer")
        docket.set_deadline(seller, "appeal", AT + timedelta(days=9), "A14-1")
        docket.set_deadline(seller, "answer", AT + timedelta(days=7), "A14-1")
        raise ZeroDivisionError

    assert docket.pending[seller.id] == before
    assert {row.status for row in before.values()} == {"pending"}
    assert ended.settled_at is None and moved.settled_at is None
    assert not docket.settled


def test_an_act_inside_an_act_is_taken_back_with_it(docket: Docket, seller: Seller) -> None:
    row = docket.set_deadline(seller, "answer", AT + timedelta(days=3), "A14-1")

    with pytest.raises(ZeroDivisionError), docket.act():
        with docket.act():
            docket.cancel(seller, "answer")
            seller.name = "Other"
        raise ZeroDivisionError

    assert (row.status, seller.name) == ("pending", "Acme")


def test_who_listens_to_django_fsm_hears_of_every_transition(docket: Docket) -> None:
    heard: list[tuple[str, Any]] = []

    def hear(sender: type, name: str, target: Any, **_: Any) -> None:
        heard.append((name, target))

    alone = enrol_seller(docket, name="Acme", registered_at=AT)
    post_transition.connect(hear)
    try:
        listened_to = enrol_seller(docket, name="Acme", registered_at=AT)
    finally:
        post_transition.disconnect(hear)

    assert [name for name, _target in heard] == ["enrol"]
    assert listened_to.state == alone.state


def test_what_is_held_under_an_id_is_not_taken_for_another_kind(docket: Docket, seller: Seller) -> None:
    with pytest.raises(NotFound, match="There is no store sto_"):
        docket.lock_all(Store, [seller.id])
