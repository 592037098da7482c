"""Stores that exist already are entered as they stand."""

from __future__ import annotations

import pytest

from tests.court import Court


@pytest.mark.parametrize(("ratio", "status"), [("0.5", "short"), ("0.9", "below_half")])
def test_the_status_of_a_bond_follows_the_bonds_own_limit(ratio, status):
    """A77-3: what is frozen below which share of the bond is the bond's parameter, not the deposit's."""
    court = Court(
        given={"stores": {"shop": {"guarantee": "6000.00 CNY"}}},
        rulebook={"bond.amount[home-garden]": "10000.00 CNY", "bond.freeze_ratio": ratio},
    )

    assert court.read("shop.deposit_status") == status
