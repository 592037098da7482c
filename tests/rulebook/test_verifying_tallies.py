"""The figures of stores can be proved, and whatever is wrong with them is found."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from orders.models import Order, Review
from rulebook.models import DayCount, Tally
from rulebook.models.tally import Total
from rulebook.verifying_tallies import Counted, verify_tallies
from tests.fair import Fair, build_fair


@pytest.fixture
def fair(db: Any) -> Fair:
    fair = build_fair()
    fair.do("buyer.review", on=fair.completed("lantern"), stars=2, text="Hm.")
    fair.disputed()
    fair.paid("lamp", quantity=2)
    return fair


def faults(**options: Any) -> list[str]:
    return [str(fault) for fault in verify_tallies(**options)]


def test_a_fair_that_nobody_tampered_with_is_true(fair: Fair) -> None:
    counted = Counted()

    assert faults(counted=counted) == []
    assert counted.sums > 0
    assert counted.records == counted.asked > 5


@pytest.mark.parametrize("model", [DayCount, Total])
def test_a_sum_that_was_changed_or_removed_is_found(fair: Fair, model: Any) -> None:
    row = model.objects.filter(name="orders").first()
    model.objects.filter(pk=row.pk).update(value=row.value + 1)
    assert len(faults()) == 1

    model.objects.filter(pk=row.pk).delete()
    assert "orders" in faults()[0]


def test_a_tally_that_no_record_knows_is_found(fair: Fair) -> None:
    row = Tally.objects.filter(name="orders").first()
    Tally.objects.create(store_id=row.store_id, name="orders", at=row.at, value=1, root_id=row.root_id)

    found = faults()

    assert any("its records say" in fault for fault in found)
    assert any("the day says" in fault for fault in found)
    assert any("the total says" in fault for fault in found)


def test_a_record_whose_facts_give_something_else_is_found(fair: Fair) -> None:
    """A column changed behind the rules' back."""
    review = Review.objects.get()
    Review.objects.filter(pk=review.pk).update(stars=5, points=1)

    found = faults()

    assert any(fault.startswith(f"review {review.public_id}") for fault in found)


def test_a_sample_asks_the_newest_of_each_kind_only(fair: Fair) -> None:
    counted = Counted()
    oldest = Order.objects.order_by("id").first()
    Order.objects.filter(pk=oldest.pk).update(units=99)

    assert faults(sample=1, counted=counted) == []
    assert counted.asked < counted.records
    assert any(oldest.public_id in fault for fault in faults())


def test_the_command_says_what_it_looked_at_and_fails_on_a_fault(fair: Fair) -> None:
    out = StringIO()
    call_command("verify_tallies", stdout=out)
    assert out.getvalue().startswith("What is counted is true: ")

    with connection.cursor() as cursor:
        cursor.execute("UPDATE rulebook_total SET value = value + 1 WHERE name = 'orders'")
    with pytest.raises(CommandError, match="1 faults in"):
        call_command("verify_tallies", "--sample", "3", stdout=StringIO())
