"""The demonstration's past: every state is there, and everything in it came about by the rules."""

from datetime import timedelta
from io import StringIO

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
from orders.models import (
    Cancellation,
    CarrierClaim,
    Complaint,
    Extension,
    Message,
    Order,
    ParkedScan,
    Review,
    Shipment,
    Thread,
    TrackingEvent,
)
from rulebook.admin.texts import VARIABLES, uses, variables_in
from rulebook.clock import now
from rulebook.docket.effects import GENESIS, entry_hash
from rulebook.files import memory_files, open_kept
from rulebook.models import CannedText, Case, Deadline, JournalEntry
from stores.keys import key_of
from stores.models import DeliveryTemplate, Listing, SearchDue, SearchEntry, StaffMember, Store, User, Warehouse


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


def counted(rows, *fields):
    return set(getattr(rows, "objects", rows).values_list(*fields))


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
    assert Order.objects.filter(excluded_at__isnull=False, excluded_ground="A58-2").count() == 1
    assert {release for (release,) in counted(Order, "release")} == {"held", "released", "refunded"}
    assert Cancellation.objects.filter(state="requested").exists()


def test_disputes_are_in_every_state_and_came_to_every_outcome():
    assert counted(Dispute, "state", "outcome") == {
        ("awaiting_seller", ""),
        ("negotiating", ""),
        ("arbitration", ""),
        ("platform_review", ""),
        ("return_in_transit", ""),
        ("return_contested", ""),
        ("withdrawn", "withdrawn"),
        ("resolved", "refund_agreed"),
        ("resolved", "refund_as_claimed"),
        ("resolved", "refund_ruled"),
        ("resolved", "refund_rejected"),
    }
    assert Case.objects.filter(open=True, lane="second", kind="dispute").count() == 1
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


def test_the_first_search_finds_everything_on_sale_in_its_order():
    live = Listing.objects.filter(state="live")

    assert SearchEntry.objects.filter(listing_id__in=live.values("id")).count() == live.count() > 0
    assert not SearchDue.objects.exists()


def test_the_sandbox_carrier_leaves_the_seeded_parcels_to_their_stories():
    before = TrackingEvent.objects.count()

    call_command("sandbox_carrier", pace=1440, stdout=StringIO())

    assert (TrackingEvent.objects.count(), ParkedScan.objects.count()) == (before, 0)


def test_withdrawals_are_under_way_paid_and_failed():
    assert {state for (state,) in counted(Withdrawal, "state")} >= {"requested", "paid"}


def test_both_sides_review_reply_add_and_report():
    assert {side for (side,) in counted(Review, "side")} == {"buyer", "seller"}
    assert {state for (state,) in counted(Review, "state")} == {"published", "deleted"}
    assert {stars for (stars,) in counted(Review, "stars")} == {1, 2, 3, 4, 5}
    assert Review.objects.filter(side="buyer").exclude(reply="").exists()
    assert Review.objects.filter(side="seller").exclude(reply="").exists()
    assert Review.objects.exclude(supplement="").exclude(supplement_photos=[]).exists()
    assert Review.objects.exclude(photos=[]).filter(described__isnull=False).exists()
    assert list(Case.objects.filter(kind="review").order_by("open").values_list("lane", "open")) == [
        ("done", False),
        ("done", False),
        ("reviews", True),
    ]


def test_people_talk_about_products_and_orders_with_pictures_and_with_support():
    assert {kind for (kind,) in counted(Thread, "kind")} >= {"product", "order", "support"}
    for kind in ("product", "order"):
        with_picture = Message.objects.filter(thread__kind=kind).exclude(files=[])
        assert {sender for (sender,) in with_picture.values_list("sender").distinct()} == {"buyer"}
    assert Thread.objects.filter(kind="product", seller_unread__gt=0).exists()
    assert Message.objects.filter(advice="en").count() == 1
    assert counted(Thread.objects.filter(kind="support"), "state", "rating") == {("open", None), ("closed", 5)}


def test_what_is_agreed_on_the_way_is_there():
    assert {state for (state,) in counted(Extension, "state")} == {"requested", "granted", "declined"}
    assert {answer for (answer,) in counted(Order, "address_check")} == {"", "safe", "unsafe"}


def test_parcels_go_their_own_ways_and_some_are_doubted_or_complained_about():
    several = Order.objects.filter(parcels=3)
    assert several.count() == 2
    for order in several:
        parcels = Shipment.objects.filter(order_id=order.id)
        assert {parcel.state for parcel in parcels} == {"delivered", "awaiting_pickup", "in_transit"}
        events = TrackingEvent.objects.filter(order_id=order.id)
        assert events.count() == 10
        assert all(event.place for event in events)
        assert order.delivered_at is None  # the last one decides, and waiting to be fetched is not delivered
    assert {state for (state,) in counted(CarrierClaim, "state")} == {"open", "paid", "refused"}
    assert counted(Case.objects.filter(kind="shipment"), "lane", "topic") == {
        ("compliance", "no_first_event"),
        ("done", "no_first_event"),
        ("done", "cleared"),
    }
    assert Shipment.objects.filter(found_false=True).count() == 1


def test_the_platform_has_complaints_warehouses_templates_and_a_plus_store_to_look_at():
    assert counted(Complaint, "state", "overdue") == {("open", False), ("answered", False)}
    assert {state for (state,) in counted(Warehouse, "state")} == {"declared", "declared_late"}
    assert Case.objects.filter(kind="warehouse", open=True).count() == 1
    assert DeliveryTemplate.objects.count() == 2
    assert Listing.objects.filter(template__isnull=False, delivery=[]).count() == 1
    (store,) = Store.objects.filter(plus=True)
    badges = [listing.badges for listing in Listing.objects.filter(store=store).select_related("store")]
    assert any("plus" in shown for shown in badges)
    assert any("plus" not in shown for shown in badges)


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


def test_moderators_find_prepared_texts_for_their_acts_with_variables_that_are_known():
    found = list(CannedText.objects.all())

    assert len(found) >= 6
    assert {one.use for one in found} <= {"", *dict(uses())}
    assert {name for one in found for name in variables_in(one.text)} <= set(VARIABLES)
