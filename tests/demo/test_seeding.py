"""The demonstration's past: every state is there, and everything in it came about by the rules."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from config.demo import seeding
from config.demo.pictures import SCENES, photograph
from disputes.models import Dispute, Evidence, Ruling
from finance.models import Withdrawal
from orders.importing.runs import books_hold
from orders.models import Cancellation, Message, Order
from rulebook.clock import now
from rulebook.docket.effects import GENESIS, entry_hash
from rulebook.files import memory_files, open_kept
from rulebook.models import Case, Deadline, JournalEntry
from stores.keys import key_of
from stores.models import StaffMember, Store, User


@pytest.fixture(scope="module")
def fair(django_db_setup, django_db_blocker):
    """Seeded once for all tests of this file, in a transaction that is rolled back."""
    with django_db_blocker.unblock(), memory_files() as files, transaction.atomic():
        present = now()
        seeded = seeding.seed(present, scale=0.1)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield present, seeded, files
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def in_the_fair(fair):
    return fair


def counted(model, *fields):
    return set(model.objects.values_list(*fields))


def test_orders_are_in_every_state_and_closed_for_every_reason():
    assert counted(Order, "state", "close_reason") == {
        ("awaiting_payment", ""),
        ("awaiting_shipment", ""),
        ("partially_shipped", ""),
        ("shipped", ""),
        ("completed", ""),
        ("closed", "unpaid"),
        ("closed", "not_shipped"),
        ("closed", "cancelled_by_agreement"),
        ("closed", "cancelled_by_silence"),
        ("closed", "refunded"),
    }
    assert {release for (release,) in counted(Order, "release")} == {"held", "released", "refunded"}
    assert Cancellation.objects.filter(state="requested").exists()


def test_disputes_are_in_every_state_and_came_to_every_outcome():
    assert counted(Dispute, "state", "outcome") == {
        ("awaiting_seller", ""),
        ("negotiating", ""),
        ("arbitration", ""),
        ("platform_review", ""),
        ("withdrawn", "withdrawn"),
        ("resolved", "refund_agreed"),
        ("resolved", "refund_as_claimed"),
        ("resolved", "refund_ruled"),
        ("resolved", "refund_rejected"),
    }
    assert Case.objects.filter(open=True, lane="second").count() == 1
    assert Ruling.objects.filter(approved_by__isnull=False).count() == 1


def test_what_waits_for_a_moderator_has_words_and_evidence_of_both_sides(fair):
    _present, _seeded, files = fair
    waiting = Dispute.objects.filter(state="arbitration")

    assert waiting.count() >= 8
    for dispute in waiting:
        evidence = Evidence.objects.filter(dispute=dispute)
        assert dispute.text and dispute.answer
        assert {row.side for row in evidence} == {"buyer", "seller"}
        pictures = [row for row in evidence if row.file_key]
        assert len(pictures) >= 3
        assert all(
            row.media_type == "image/jpeg" and open_kept(row.file_key) == files.kept[row.file_key] for row in pictures
        )
        assert Message.objects.filter(order_id=dispute.order_id).exists()


def test_deadlines_are_near_and_none_is_overdue(fair):
    present, _seeded, _files = fair
    pending = Deadline.objects.filter(status="pending")

    assert not pending.filter(due_at__lte=present).exists()
    assert not Deadline.objects.filter(status="stuck").exists()
    within_the_hour = {
        name for (name,) in pending.filter(due_at__lte=present + timedelta(hours=1)).values_list("name").distinct()
    }
    assert {"seller_response", "negotiation"} <= within_the_hour


def test_the_books_balance_and_the_chains_hold():
    stores = list(Store.objects.values_list("id", flat=True))

    assert books_hold(stores) == []
    for store in stores:
        previous = GENESIS
        for number, entry in enumerate(JournalEntry.objects.filter(store_id=store).order_by("number"), 1):
            assert (entry.number, entry.previous_hash, entry.hash) == (number, previous, entry_hash(entry))
            previous = entry.hash


def test_withdrawals_are_under_way_paid_and_failed():
    assert {state for (state,) in counted(Withdrawal, "state")} >= {"requested", "paid"}


def test_people_can_sign_in_and_one_serves_two_stores():
    for email in (
        "moderator@piepowder.example",
        "second@piepowder.example",
        "finance@piepowder.example",
        "mei@kilnandclay.example",
    ):
        assert authenticate(username=email, password=seeding.PASSWORD) is not None
    aisha = User.objects.get(email="aisha@fairhands.example")
    assert sorted(StaffMember.objects.filter(user=aisha).values_list("role", flat=True)) == ["manager", "support"]
    assert Store.objects.get(name="Copper & Wick").deposit_status == "short"


def test_keys_open_what_they_are_for(fair):
    _present, seeded, _files = fair

    assert {name: key_of(text).kind for name, text in seeded.keys.items()} == {
        "storefront": "storefront",
        "store": "store",
        "carrier": "carrier",
        "bank": "bank",
    }


def test_it_is_known_to_be_there():
    assert seeding.is_seeded()


@pytest.mark.parametrize("what", [*sorted(SCENES), "marked"])
def test_every_picture_is_a_photograph_of_its_own(what):
    first, same, other = photograph(what, 1), photograph(what, 1), photograph(what, 2)

    assert first.name == same.name
    assert first.getvalue()[:2] == b"\xff\xd8"
    assert first.getvalue() != other.getvalue()


@override_settings(PRODUCTION=True)
def test_it_does_not_run_in_production():
    with pytest.raises(CommandError, match="known passwords"):
        call_command("demo", "--no-serve")
