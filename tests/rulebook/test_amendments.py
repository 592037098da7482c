"""For whom an amendment holds: what is written down is what the rules compare."""

from __future__ import annotations

from typing import Any

import pytest

from rulebook.amending import amendment_value
from rulebook.ids import public_id
from rulebook.models import Amendment
from rulebook.refusals import Invalid
from rulebook.rules import Rulebook
from tests.court import Court

PROPOSAL = {"parameter": "dispute.response_days", "value": "9", "from": "2027-01-01"}


@pytest.fixture
def court() -> Court:
    return Court()


def propose(court: Court, scope: Any) -> Amendment:
    amendment: Amendment = court.do("moderator.propose_amendment", **PROPOSAL, scope=scope)
    return amendment


def test_a_store_is_named_as_people_and_api_know_it(court: Court) -> None:
    shop = court.row("store", "shop").id

    amendment = propose(court, {"store": public_id("sto", shop)})

    rulebook = Rulebook(amendments=[amendment_value(amendment)])
    assert amendment.scope == {"store": str(shop)}
    assert rulebook.at(amendment.in_force_from, store=shop).dispute.response_days == 9
    assert rulebook.at(amendment.in_force_from).dispute.response_days == 5


def test_a_country_is_kept_in_capitals(court: Court) -> None:
    assert propose(court, {"country": " us "}).scope == {"country": "US"}


@pytest.mark.parametrize(
    "scope",
    [
        {"country": ""},
        {"country": None},
        {"country": "USA"},
        {"category": " "},
        {"store": "shop"},
        {"store": 7},
        ["US"],
    ],
)
def test_a_scope_that_would_bind_everybody_or_nobody_is_refused(court: Court, scope: Any) -> None:
    with pytest.raises(Invalid) as problem:
        propose(court, scope)

    assert list(problem.value.errors) == ["scope"]
