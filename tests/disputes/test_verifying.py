"""What only disputes can prove of their plain references."""

from __future__ import annotations

from disputes.models import Appeal
from disputes.verifying import references_exist
from rulebook.ids import new_id


def test_an_appeal_about_an_order_that_does_not_exist_is_found(fair):
    dispute = fair.escalated()
    ruling = fair.do("moderator.rule", on=dispute, refund="10.00 USD", liable="seller", reason="The pictures show it.")
    fair.do("seller.appeal", on=ruling, text="They show another one.")
    assert list(references_exist()) == []

    Appeal.objects.update(order_id=new_id())

    (fault,) = references_exist()
    assert "order_id" in fault
