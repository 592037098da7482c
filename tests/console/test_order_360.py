"""Everything that happened to an order on one screen, and the cases of the compliance lane."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order, Shipment
from rulebook.actors import PLATFORM_ROLES
from rulebook.models import Case
from stores.models import Store, Warehouse
from tests.console.conftest import ruling


def page_of(order):
    return reverse("admin:order", args=[order.public_id])


def rich(fair):
    """An order to which much happened."""
    order = fair.paid("lantern", quantity=2, remark="Please wrap it.")
    asked = fair.do("buyer.request_handling_extension", on=order, days=2)
    fair.do("seller.grant_extension", on=asked)
    fair.do("buyer.request_address_change", on=order, country="NG", address={"street": "12 Palm Road"})
    fair.do("seller.check_address", on=order)
    cancellation = fair.do("buyer.request_cancellation", on=order, reason="changed_mind")
    fair.do("seller.decline_cancellation", on=cancellation)
    for number in (1, 2):
        fair.do("seller.ship", on=order, waybill=f"RR10000000{number}CN", quantity=1)
    first, second = order.shipment_rows.order_by("id")
    fair.do("carrier.scan", on=first, event="accepted", place="Yiwu")
    fair.do("carrier.scan", on=second, event="delivered", place="Lagos", country="NG")
    fair.do("seller.complain_carrier", on=order, text="One is lost.")
    fair.do("buyer.message", on=order, text="Where is the first one?")
    dispute = fair.do(
        "buyer.open_dispute", on=order, refund="40.00 USD", reason="not_received", text="One did not come."
    )
    fair.do("seller.accept_dispute", on=dispute)
    fair.do("buyer.review", on=order, stars=2, text="Half of it came.")
    return fair.fresh(order)


def test_everything_that_happened_is_on_one_screen(fair, arbitrator):
    order = rich(fair)

    page = arbitrator.get(page_of(order)).content.decode()

    for said in (
        "RR100000001CN",
        "Yiwu",
        "RR100000002CN",
        "Lagos",
        "The buyer would wait 2 days longer",
        "12 Palm Road",
        "Unsafe",
        "The buyer asked to cancel: Changed mind",
        "One is lost.",
        "Where is the first one?",
        "Please wrap it.",
        "Half of it came.",
        "Held in escrow",
        "Money by account",
        "Handling",
        "To the seller",
    ):
        assert said in page, said


def test_each_parcel_shows_its_own_scans(fair, arbitrator):
    parcels = arbitrator.get(page_of(rich(fair))).context["whole_parcels"]

    assert [[scan["place"] for scan in parcel["scans"]] for parcel in parcels] == [["Yiwu"], ["Lagos NG"]]


def test_what_it_counts_for_is_told_with_each_rule(fair, arbitrator):
    order = rich(fair)

    counted = {one["title"]: one for one in arbitrator.get(page_of(order)).context["counted"]}

    assert (counted["Order defect rate"]["above"], counted["Order defect rate"]["below"]) == ("1", "1")
    assert counted["Not received"]["above"] == "1"
    assert counted["Order defect rate"]["rule"] == "PRE-2"
    assert "Orders paid" in counted


def test_what_leaves_it_out_is_told_with_each_rule(fair, arbitrator):
    order = rich(fair)
    Order.objects.filter(pk=order.pk).update(
        exemptions=["dispute_rate", "shipping_score"], excluded_at=order.paid_at, excluded_ground="A58-2"
    )

    skipped = arbitrator.get(page_of(order)).context["skipped"]

    assert {one["rule"] for one in skipped} == {"A38-1", "A53-2", "A58-1"}


def test_deadlines_say_whether_they_were_met_or_missed(fair, arbitrator):
    order = fair.paid("lantern")
    fair.clock.move_to(fair.clock.now() + timedelta(days=8))
    fair.advance("0")

    due = {one["name"]: str(one["label"]) for one in arbitrator.get(page_of(order)).context["due"]}

    assert due["Payment"] == "Met"
    assert due["Handling"] == "Passed; carried out"


def test_money_by_account_adds_up_to_nothing_strange(fair, arbitrator):
    order = rich(fair)

    table = arbitrator.get(page_of(order)).context["accounts"]

    amounts = {row["label"]: row["amounts"][0] for row in table["rows"]}
    assert amounts["Held in escrow"] == order.escrow


def test_the_number_of_statements_does_not_depend_on_what_happened(fair, arbitrator):
    def statements(order):
        with CaptureQueriesContext(connection) as seen:
            assert arbitrator.get(page_of(order)).status_code == 200
        return len(seen)

    once, order = statements(rich(fair)), rich(fair)
    for number in range(4):
        fair.do("buyer.message", on=order, text=f"Message {number}.")
        fair.do("carrier.scan", on=order.shipment_rows.order_by("id").first(), event="in_transit")

    assert statements(order) == once
    assert once <= 30


def test_an_order_that_nothing_happened_to_has_a_page(fair, arbitrator):
    answer = arbitrator.get(page_of(fair.placed("lamp")))

    assert answer.status_code == 200
    assert answer.context["counted"] == []


# ------------------------------------------------------------------ doubted parcels


@pytest.fixture
def doubted(fair):
    """A waybill that another buyer's parcel bore."""
    fair.do("seller.ship", on=fair.paid("lantern"), waybill="RR100000001CN")
    order = fair.paid("lantern", buyer=fair.other_buyer)
    fair.do("seller.ship", on=order, waybill="RR100000001CN")
    return fair.do("carrier.scan", on=order.shipment_rows.get(), event="accepted")  # or its silence is due meanwhile


@pytest.fixture
def watcher(fair, enter):
    return enter(fair.moderators["senior_arbitrator"])


def parcel_page(parcel, verb=""):
    return (
        reverse("admin:parcel_act", args=[parcel.public_id, verb])
        if verb
        else reverse("admin:parcel", args=[parcel.public_id])
    )


def test_a_doubted_parcel_waits_in_the_compliance_lane(fair, watcher, doubted):
    page = watcher.get(reverse("admin:worklist", query={"view": "compliance"})).content.decode()

    assert Case.objects.get(kind="shipment").lane == "compliance"
    assert parcel_page(doubted) in page
    assert "The waybill was used for another buyer" in page


def test_its_page_shows_the_doubt_and_the_other_parcels_of_the_waybill(fair, watcher, doubted):
    answer = watcher.get(parcel_page(doubted))

    assert "The waybill was used for another buyer" in answer.content.decode()
    assert [one["buyer"] for one in answer.context["same_waybill"]] == ["Ada Buyer"]
    assert len(answer.context["acts"]) == 2


def test_it_is_cleared_after_a_preview(fair, watcher, doubted):
    address, fields = (
        parcel_page(doubted, "clear_shipment"),
        {"reason": "The carrier confirms it.", "version": doubted.version},
    )

    preview = watcher.post(address, fields)
    assert "Clear parcel" in preview.content.decode()
    assert Shipment.objects.get(pk=doubted.pk).suspicion
    answer = watcher.post(address, {**fields, "confirmed": "yes"})

    assert answer.status_code == 302
    assert Shipment.objects.get(pk=doubted.pk).suspicion == ""
    assert Case.objects.get(kind="shipment").open is False
    assert "Nothing is doubted" in watcher.get(parcel_page(doubted)).content.decode()


def test_found_false_closes_the_order_and_pays_back(fair, watcher, doubted):
    address = parcel_page(doubted, "find_false_shipping")
    fields = {"reason": "No parcel was ever handed over.", "version": doubted.version}

    assert "pp-preview" in watcher.post(address, fields).content.decode()
    assert watcher.post(address, {**fields, "confirmed": "yes"}).status_code == 302

    order = Order.objects.get(pk=doubted.order_id)
    assert (order.state, order.close_reason, order.escrow_minor) == ("closed", "not_shipped", 0)


def test_without_reasons_the_form_comes_back(fair, watcher, doubted):
    answer = watcher.post(parcel_page(doubted, "clear_shipment"), {"reason": "", "version": doubted.version})

    assert answer.status_code == 422
    assert "pp-field__error" in answer.content.decode()


def test_a_page_out_of_date_is_told_and_nothing_typed_is_lost(fair, watcher, doubted):
    stale = {"reason": "The carrier confirms it.", "version": doubted.version}
    fair.do("carrier.scan", on=doubted, event="in_transit")

    answer = watcher.post(parcel_page(doubted, "clear_shipment"), stale)

    assert answer.status_code == 412
    assert "The carrier confirms it." in answer.content.decode()


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_who_may_not_watch_stores_reads_and_is_refused(fair, enter, doubted, role):
    client, actor = enter(fair.moderators[role]), fair.moderator_actor(role)
    may = actor.may("watch_stores")

    page = client.get(parcel_page(doubted))
    answer = client.post(parcel_page(doubted, "clear_shipment"), {"reason": "x", "version": doubted.version})

    assert bool(page.context["acts"]) is may
    assert answer.status_code == (200 if may else 403)


@pytest.mark.parametrize("verb", ["glory", "exclude_order", "clear"])
def test_an_act_that_is_none_of_its_own_is_not_found(watcher, doubted, verb):
    assert watcher.post(parcel_page(doubted, verb), {"reason": "x"}).status_code == 404


# ------------------------------------------------------------------ warehouses


@pytest.fixture
def late(fair):
    return fair.do("seller.declare_warehouse", on=fair.store, country="DE", established=fair.store.opened_at)


def warehouse_page(found, verb=""):
    if verb:
        return reverse("admin:warehouse_act", args=[found.public_id, verb])
    return reverse("admin:warehouse", args=[found.public_id])


def test_a_late_warehouse_waits_in_the_compliance_lane(watcher, late):
    page = watcher.get(reverse("admin:worklist", query={"view": "compliance"})).content.decode()

    assert warehouse_page(late) in page
    assert watcher.get(warehouse_page(late)).status_code == 200


def test_its_products_are_blocked_for_the_countries_named(fair, watcher, late):
    fields = {"countries": "de, fr", "reason": "Eight months late.", "version": late.version}
    address = warehouse_page(late, "block_for_warehouse")

    assert watcher.post(address, fields).status_code == 200
    assert watcher.post(address, {**fields, "confirmed": "yes"}).status_code == 302

    assert Store.objects.get(pk=fair.store.pk).blocked_countries == ["DE", "FR"]
    assert Warehouse.objects.get().decision == "blocked"
    assert "Nothing is left to decide." in watcher.get(warehouse_page(late)).content.decode()


@pytest.mark.parametrize(("verb", "decision"), [("excuse_warehouse", "excused"), ("refer_warehouse", "referred")])
def test_or_nothing_follows_or_more_is_kept_open(watcher, late, verb, decision):
    fields = {"reason": "As it was.", "version": late.version, "confirmed": "yes"}

    assert watcher.post(warehouse_page(late, verb), fields).status_code == 302

    assert Warehouse.objects.get().decision == decision
    assert Case.objects.get(kind="warehouse").open is False


def test_an_order_page_and_a_ruling_go_on_as_before(fair, arbitrator):
    """The case page draws on the same parts."""
    dispute = fair.escalated()

    assert arbitrator.get(reverse("admin:case", args=[dispute.public_id])).status_code == 200
    answer = arbitrator.post(reverse("admin:case_rule", args=[dispute.public_id]), ruling(dispute))
    assert answer.status_code == 200


# ------------------------------------------------------------------ blocked countries


def test_countries_are_blocked_and_opened_again_for_a_store(fair, watcher):
    here = reverse("admin:countries", args=["store", fair.store.public_id])
    for verb, left in (("block_countries", ["DE"]), ("unblock_countries", [])):
        act = reverse("admin:countries_act", args=["store", fair.store.public_id, verb])
        fields = {"countries": "DE", "reason": "For now.", "version": Store.objects.get(pk=fair.store.pk).version}

        assert watcher.post(act, fields).status_code == 200
        assert watcher.post(act, {**fields, "confirmed": "yes"}).status_code == 302

        assert Store.objects.get(pk=fair.store.pk).blocked_countries == left
    assert len(watcher.get(here).context["timeline"]) == 2


def test_a_country_is_blocked_for_one_listing(fair, watcher):
    listing = fair.listings["lamp"]
    act = reverse("admin:countries_act", args=["listing", listing.public_id, "block_listing_countries"])
    fields = {"countries": "DE", "reason": "For now.", "version": listing.version, "confirmed": "yes"}

    assert watcher.post(act, fields).status_code == 302

    assert type(listing).objects.get(pk=listing.pk).blocked_countries == ["DE"]
    page = watcher.get(reverse("admin:countries", args=["listing", listing.public_id]))
    assert page.status_code == 200
    assert watcher.get(reverse("admin:countries", args=["order", listing.public_id])).status_code == 404
