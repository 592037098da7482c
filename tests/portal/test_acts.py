"""What sellers do at their door: what works, what is refused and how, and what a second press does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from disputes.models import Dispute
from finance.models import Balance, Transaction, Withdrawal
from orders.models import Cancellation, Message, Order, Shipment
from rulebook.actions import perform
from rulebook.actors import SYSTEM
from rulebook.clock import now, parse_duration
from rulebook.docket import Docket
from rulebook.models import JournalEntry, Notice
from rulebook.money import Money
from rulebook.refusals import Busy
from rulebook.samples import sample
from stores.enrolment import enrol_seller, enrol_store
from stores.models import StaffMember, Store
from stores.portal import doors
from tests.fair import Fair, build_fair

pytestmark = pytest.mark.usefixtures("kept")


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("&#x27;", "'").split())


def nothing_new() -> tuple[int, ...]:
    """Everything that an act would write; equal before and after means that nothing changed."""
    return tuple(model.objects.count() for model in (JournalEntry, Notice, Transaction, Shipment, Message, Withdrawal))


def funded(fair: Fair, listing: str = "lantern", count: int = 1) -> None:
    """Money of completed orders in `available`."""
    for _time in range(count):
        fair.completed(listing)
    fair.advance("15d")


@pytest.fixture
def earlier(db: Any) -> Fair:
    """A fair that began some weeks ago, so that money can have been released by now."""
    return build_fair(begin=now() - parse_duration("20d"))


@pytest.fixture
def finance(earlier: Fair) -> Client:
    client = Client()
    client.force_login(earlier.staff["finance"])
    return client


# ------------------------------------------------------------------ shipping


def test_an_order_is_shipped_in_parts_and_then_whole(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp", quantity=3)
    address = f"/portal/orders/{order.public_id}/ship/"

    first = owner.post(address, {"waybill": "LP1", "quantity": "1", "version": order.version})
    assert (first.status_code, first["Location"]) == (302, f"/portal/orders/{order.public_id}/")
    assert fair.fresh(order).state == "partially_shipped"

    owner.post(address, {"waybill": "LP2", "version": fair.fresh(order).version})
    assert fair.fresh(order).state == "shipped"
    assert [parcel.quantity for parcel in Shipment.objects.filter(order=order).order_by("id")] == [1, 2]


def test_the_same_press_twice_ships_once(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp", quantity=3)
    typed = {"waybill": "LP1", "quantity": "1", "version": order.version, "key": "a" * 32}

    answers = [owner.post(f"/portal/orders/{order.public_id}/ship/", typed) for _press in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Shipment.objects.filter(order=order).count() == 1


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({}, 422, "This field is required"),
        ({"waybill": "x" * 61}, 422, "at most 60 characters"),
        ({"waybill": "x" * 1_000_000}, 422, "at most 60 characters"),
        ({"waybill": "a\x00b"}, 422, "Null characters are not allowed"),
        ({"waybill": "LP1", "quantity": "many"}, 422, "Enter a whole number"),
        ({"waybill": "LP1", "quantity": "0"}, 422, "greater than or equal to 1"),
        ({"waybill": "LP1", "quantity": "4"}, 409, "3 items are left to ship, 4 were declared"),
        ({"waybill": "LP1", "quantity": "99999999999999999999"}, 422, "less than or equal to"),
        ({"waybill": "LP1", "version": "x"}, 422, "whole number"),
        ({"waybill": "LP1", "key": "k" * 65}, 422, "at most 64 characters"),
    ],
)
def test_a_bad_shipment_is_told_beside_its_form_and_changes_nothing(
    typed: dict[str, str], status: int, says: str, fair: Fair, owner: Client
) -> None:
    order = fair.paid("lamp", quantity=3)
    before = nothing_new()

    answer = owner.post(f"/portal/orders/{order.public_id}/ship/", {"version": str(order.version), **typed})

    assert answer.status_code == status
    assert says in text_of(answer)
    assert nothing_new() == before


def test_what_was_done_meanwhile_is_shown_and_what_was_typed_is_kept(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp", quantity=3)
    fair.do("buyer.request_cancellation", on=order, reason="changed_mind")
    before = nothing_new()

    answer = owner.post(f"/portal/orders/{order.public_id}/ship/", {"waybill": "LP-TYPED-1", "version": order.version})

    assert answer.status_code == 412
    assert "The buyer asked to cancel" in text_of(answer)
    assert 'value="LP-TYPED-1"' in text_of(answer)
    assert nothing_new() == before
    shown = answer.context["form"]["version"].value()
    assert (
        owner.post(f"/portal/orders/{order.public_id}/ship/", {"waybill": "LP-TYPED-1", "version": shown}).status_code
        == 302
    )


def test_an_order_in_the_wrong_state_offers_no_form_and_takes_none(fair: Fair, owner: Client) -> None:
    order = fair.shipped()
    before = nothing_new()

    page = owner.get(f"/portal/orders/{order.public_id}/ship/")
    answer = owner.post(f"/portal/orders/{order.public_id}/ship/", {"waybill": "LP1"})

    assert "This is not possible while the order is shipped" in text_of(page)
    assert 'name="waybill"' not in text_of(page)
    assert answer.status_code == 409
    assert nothing_new() == before


# ------------------------------------------------------------------ cancelling


def test_agreeing_to_cancel_shows_its_effects_first_and_then_refunds(fair: Fair, owner: Client) -> None:
    order = fair.paid("lantern")
    asked = fair.do("buyer.request_cancellation", on=order, reason="changed_mind")
    address = f"/portal/cancellations/{asked.public_id}/agree/"

    page = owner.get(address)
    assert "refund 100.00 USD" in text_of(page).replace("\xa0", " ")
    assert fair.fresh(order).state == "awaiting_shipment"

    hidden = {field["name"]: field["value"] for field in page.context["fields"]}
    assert owner.post(address, hidden).status_code == 200, "without the confirmation it is shown once more"
    assert owner.post(address, {**hidden, "confirmed": "yes"}).status_code == 302
    closed = fair.fresh(order)
    assert (closed.state, closed.close_reason, closed.refunded) == (
        "closed",
        "cancelled_by_agreement",
        Money(100_00, "USD"),
    )


def test_a_declined_request_leaves_the_order_running(fair: Fair, owner: Client) -> None:
    asked = fair.do("buyer.request_cancellation", on=fair.paid("lantern"), reason="changed_mind")

    answer = owner.post(f"/portal/cancellations/{asked.public_id}/decline/", {"version": asked.version})

    assert answer.status_code == 302
    assert Cancellation.objects.get(pk=asked.pk).state == "declined"


# ------------------------------------------------------------------ messages and notices


def test_a_reply_goes_to_the_buyer_and_takes_the_message_off_the_list(fair: Fair, owner: Client) -> None:
    order = fair.shipped()
    fair.do("buyer.message", on=order, text="Where is it?")
    assert f"Read 1 message: Order {order.name}" in text_of(owner.get("/portal/"))

    answer = owner.post(f"/portal/orders/{order.public_id}/message/", {"text": "It left today."})

    assert answer.status_code == 302
    assert Message.objects.get(sender="seller").text == "It left today."
    assert f"Read 1 message: Order {order.name}" not in text_of(owner.get("/portal/"))


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001, "nul\x00"])
def test_a_bad_message_is_not_sent(text: str, fair: Fair, owner: Client) -> None:
    order = fair.shipped()
    before = nothing_new()

    answer = owner.post(f"/portal/orders/{order.public_id}/message/", {"text": text})

    assert answer.status_code == 422
    assert nothing_new() == before


def test_messages_are_marked_as_read_without_an_answer(
    fair: Fair, owner: Client, sign_in: Callable[..., Client]
) -> None:
    order = fair.shipped()
    fair.do("buyer.message", on=order, text="Thank you!")
    address = f"/portal/orders/{order.public_id}/messages/read/"

    assert sign_in("fulfilment").post(address).status_code == 403
    assert owner.get(address)["Location"] == f"/portal/orders/{order.public_id}/"
    assert Notice.objects.filter(code="message_received", read_at__isnull=True).exists()
    assert owner.put(address).status_code == 405
    assert owner.post(address).status_code == 302
    assert not Notice.objects.filter(code="message_received", read_at__isnull=True).exists()


def test_notices_are_read_one_by_one_or_all_that_were_seen(fair: Fair, owner: Client) -> None:
    fair.paid()
    seen = owner.get("/portal/notices/").context["notices"]
    fair.paid()

    owner.post("/portal/notices/read/", {"last": str(seen[0]["id"])})

    unread = Notice.objects.filter(audience_kind="seller", read_at__isnull=True)
    assert unread.count() == 2, "those of the second order, which were not seen yet"
    owner.post("/portal/notices/read/", {"notice": str(unread.first().id)})  # type: ignore[union-attr]
    assert unread.count() == 1
    for bad in ({}, {"notice": "x"}, {"last": "\x00"}):
        assert owner.post("/portal/notices/read/", bad).status_code == 404


# ------------------------------------------------------------------ disputes


def test_a_claim_is_accepted_after_its_effects_were_shown(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed(refund="100.00 USD")
    address = f"/portal/disputes/{dispute.public_id}/accept/"

    preview = owner.post(address, {"text": "You are right.", "version": dispute.version, "key": "k1"})
    assert preview.status_code == 200
    assert preview.context["preview"]["states"] == [
        {"what": "Order", "before": "shipped", "after": "closed"},
        {"what": "Its money", "before": "held", "after": "refunded"},
        {"what": "Dispute", "before": "awaiting_seller", "after": "resolved"},
    ]
    assert fair.fresh(dispute).state == "awaiting_seller"

    hidden = {field["name"]: field["value"] for field in preview.context["fields"]}
    assert hidden["text"] == "You are right."
    assert owner.post(address, {**hidden, "confirmed": "yes"}).status_code == 302
    assert owner.post(address, {**hidden, "confirmed": "yes"}).status_code == 302, "the second press of the same button"
    settled = fair.fresh(dispute)
    assert (settled.state, settled.outcome, settled.ruled_refund) == ("resolved", "refund_agreed", Money(100_00, "USD"))


def test_going_back_from_the_preview_keeps_what_was_typed(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()

    answer = owner.post(
        f"/portal/disputes/{dispute.public_id}/accept/", {"text": "You are right.", "version": "2", "back": "yes"}
    )

    assert "You are right." in text_of(answer)
    assert fair.fresh(dispute).state == "awaiting_seller"


def test_a_claim_is_rejected_with_reasons_and_an_offer(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed(refund="50.00 USD")

    answer = owner.post(
        f"/portal/disputes/{dispute.public_id}/reject/",
        {"text": "It is what the page shows.", "offer_refund": "12.50", "version": dispute.version},
    )

    assert answer.status_code == 302
    rejected = Dispute.objects.get(pk=dispute.pk)
    assert (rejected.state, rejected.answer) == ("negotiating", "It is what the page shows.")
    assert rejected.offer_rows.get().refund == Money(12_50, "USD")


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({"text": ""}, 422, "This field is required"),
        ({"text": "x" * 4001}, 422, "at most 4000 characters"),
        ({"text": "no\x00"}, 422, "Null characters"),
        ({"text": "No.", "offer_refund": "12.345"}, 422, "Write an amount like"),
        ({"text": "No.", "offer_refund": "-1"}, 422, "too small"),
        ({"text": "No.", "offer_refund": "10 EUR"}, 422, "The order was paid in USD"),
        ({"text": "No.", "offer_refund": "1,5"}, 422, "Write an amount like"),
        ({"text": "No.", "offer_refund": "9" * 400}, 422, "Write an amount like"),
        ({"text": "No.", "offer_refund": "100.01"}, 409, "is more than the"),
    ],
)
def test_a_bad_answer_is_told_beside_its_form_and_changes_nothing(
    typed: dict[str, str], status: int, says: str, fair: Fair, owner: Client
) -> None:
    dispute = fair.disputed()
    before = nothing_new()

    answer = owner.post(f"/portal/disputes/{dispute.public_id}/reject/", {"version": dispute.version, **typed})

    assert answer.status_code == status
    assert says in text_of(answer)
    assert nothing_new() == before


def test_a_claim_revised_meanwhile_is_not_answered_unseen(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed(refund="20.00 USD")
    fair.do("buyer.revise_dispute", on=dispute, refund="90.00 USD", text="Worse than I thought.")
    before = nothing_new()

    answer = owner.post(
        f"/portal/disputes/{dispute.public_id}/accept/",
        {"text": "Sorry", "version": dispute.version, "confirmed": "yes"},
    )

    assert answer.status_code == 412
    assert "Revised to 90.00 USD" in text_of(answer).replace("\xa0", " ")
    assert "Sorry" in text_of(answer)
    assert nothing_new() == before


def test_evidence_is_added_and_a_hostile_file_is_not(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()
    address = f"/portal/disputes/{dispute.public_id}/evidence/"

    bad = owner.post(address, {"files": SimpleUploadedFile("x.jpg", b"<html><script>alert(1)</script>", "image/jpeg")})
    assert bad.status_code == 422
    assert owner.post(address, {}).status_code == 422
    assert fair.fresh(dispute).evidence_count == 0

    picture = sample("evidence.jpg")
    good = owner.post(
        address, {"text": "As it left us.", "files": SimpleUploadedFile("left.jpg", picture.read(), "image/jpeg")}
    )
    assert good.status_code == 302
    piece = fair.fresh(dispute).evidence_rows.get()
    shown = owner.get(f"{address}{piece.public_id}/")
    assert (shown.status_code, shown["Content-Type"], piece.side) == (200, "image/jpeg", "seller")


def test_what_is_closed_for_now_is_shown_with_its_rule_and_the_moment_it_opens(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed()

    page = owner.get(f"/portal/disputes/{dispute.public_id}/")
    closed = page.context["actions"]["closed"]

    assert [(item["label"], item["rule"], item["opens_at"] is not None) for item in closed] == [
        ("Ask the platform to decide", "A41-2", True)
    ]
    assert owner.post(f"/portal/disputes/{dispute.public_id}/escalate/", {}).status_code == 409


def test_an_answer_after_its_time_is_late_although_the_sweeper_has_not_come_by(fair: Fair, owner: Client) -> None:
    dispute = fair.disputed(refund="20.00 USD")
    with time_machine.travel(fair.clock.now() + timedelta(days=5), tick=False):
        client = Client()
        client.force_login(fair.staff["owner"])
        page = client.get(f"/portal/disputes/{dispute.public_id}/")
        answer = client.post(
            f"/portal/disputes/{dispute.public_id}/reject/", {"text": "No.", "version": dispute.version}
        )

    assert page.context["actions"]["open"] == [], "nothing is offered that would be refused"
    assert answer.status_code in (409, 412)
    assert fair.fresh(dispute).outcome == "refund_as_claimed"


# ------------------------------------------------------------------ money


def test_a_withdrawal_shows_what_arrives_and_goes_out_once(earlier: Fair, finance: Client) -> None:
    funded(earlier)
    address = f"/portal/stores/{earlier.store.public_id}/withdraw/USD/"

    preview = finance.post(address, {"amount": "50", "key": "k1"})
    text = text_of(preview).replace("\xa0", " ")
    assert "The bank keeps 15.00 USD; 35.00 USD arrive on your account" in text
    assert not Withdrawal.objects.exists()

    hidden = {field["name"]: field["value"] for field in preview.context["fields"]}
    for _press in range(2):
        assert finance.post(address, {**hidden, "confirmed": "yes"}).status_code == 302
    assert Withdrawal.objects.get().amount == Money(50_00, "USD")
    assert Balance.objects.get(store_id=earlier.store.id, kind="in_transit").amount_minor == 50_00


@pytest.mark.parametrize(
    ("amount", "status", "says"),
    [
        ("", 422, "This field is required"),
        ("0", 422, "too small"),
        ("-5", 422, "too small"),
        ("1.999", 422, "Write an amount like"),
        ("ten", 422, "Write an amount like"),
        ("1" * 5000, 422, "Write an amount like"),
        ("50\x00", 422, "Null characters"),
        ("10", 409, "below the bank's fee"),
        ("92.01", 409, "was asked for and"),
        ("50 EUR", 409, "was asked for and"),
        ("=1+1", 422, "Write an amount like"),
    ],
)
def test_a_bad_amount_is_told_beside_the_form_and_nothing_moves(
    amount: str, status: int, says: str, earlier: Fair, finance: Client
) -> None:
    funded(earlier)
    before = nothing_new()

    for confirmed in ({}, {"confirmed": "yes"}):
        answer = finance.post(
            f"/portal/stores/{earlier.store.public_id}/withdraw/USD/", {"amount": amount, **confirmed}
        )
        assert answer.status_code == status
        assert says in text_of(answer)
    assert nothing_new() == before


def test_a_currency_that_does_not_exist_has_no_page(finance: Client, earlier: Fair) -> None:
    for currency in ("XXXX", "usd", "ZZZ", "12"):
        assert finance.get(f"/portal/stores/{earlier.store.public_id}/withdraw/{currency}/").status_code == 404, (
            currency
        )


def test_the_deposit_is_paid_in_full_or_in_part(db: Any) -> None:
    fair = build_fair()
    with Docket.open(actor=SYSTEM, clock=fair.clock) as docket:
        seller = enrol_seller(docket, name="New Ltd", registered_at=fair.clock.now())
        new = enrol_store(
            docket, seller, name="New", categories=["home-garden"], opened_at=None, deposit=Money(0, "CNY")
        )
    StaffMember.objects.create(store=new, user=fair.stranger, role="finance")
    client = Client()
    client.force_login(fair.stranger)
    address = f"/portal/stores/{new.public_id}/deposit/"

    preview = client.post(address, {"amount": "4000", "key": "d1"})
    assert preview.context["preview"]["states"] == [{"what": "Deposit", "before": "exhausted", "after": "below_half"}]
    client.post(address, {"amount": "4000", "key": "d1", "confirmed": "yes"})
    assert Store.objects.get(pk=new.pk).deposit_paid == Money(4000_00, "CNY")

    assert client.post(address, {"amount": "6000.01", "confirmed": "yes"}).status_code == 409
    assert client.post(address, {"amount": "10 USD", "confirmed": "yes"}).status_code == 422
    assert client.post(address, {"confirmed": "yes"}).status_code == 302
    assert Store.objects.get(pk=new.pk).deposit_status == "sufficient"


# ------------------------------------------------------------------ roles and strangers


ACTS = {
    "ship": ("ship_orders", {"waybill": "LP1"}),
    "message": ("answer_buyers", {"text": "Hello"}),
    "reject": ("answer_disputes", {"text": "No."}),
    "offer": ("answer_disputes", {"refund": "1.00"}),
    "accept": ("answer_disputes", {"confirmed": "yes"}),
    "evidence": ("answer_disputes", {"text": "See."}),
    "withdraw": ("move_money", {"amount": "20", "confirmed": "yes"}),
}


@pytest.mark.parametrize("role", ["fulfilment", "support", "finance", "read_only"])
def test_a_role_without_the_permission_is_offered_nothing_and_gets_a_403(
    role: str, fair: Fair, sign_in: Callable[..., Client]
) -> None:
    order, dispute = fair.paid(), fair.disputed()
    client, actor = sign_in(role), fair.seller_actor(role)
    pages = {
        "ship": order,
        "message": order,
        "reject": dispute,
        "offer": dispute,
        "accept": dispute,
        "evidence": dispute,
    }
    before = nothing_new()

    for name, (permission, typed) in ACTS.items():
        if actor.may(permission):
            continue
        thing = pages.get(name)
        folder = "orders" if isinstance(thing, Order) else "disputes"
        address = (
            f"/portal/{folder}/{thing.public_id}/{name}/"
            if thing
            else f"/portal/stores/{fair.store.public_id}/withdraw/USD/"
        )
        assert client.post(address, typed).status_code == 403, (role, name)
        page = client.get(f"/portal/{folder}/{thing.public_id}/" if thing else "/portal/balance/")
        assert f"/{name}/" not in text_of(page), (role, name)
    assert nothing_new() == before


def test_somebody_of_two_stores_acts_for_the_store_that_the_thing_belongs_to(fair: Fair) -> None:
    StaffMember.objects.create(store=fair.other_store, user=fair.staff["owner"], role="read_only")
    client = Client()
    client.force_login(fair.staff["owner"])
    order = fair.paid()
    client.get(f"/portal/switch/{fair.other_store.public_id}/")
    assert client.get("/portal/").context["store"] == fair.other_store

    page = client.get(f"/portal/orders/{order.public_id}/")

    assert (page.context["store"], page.context["role"]) == (fair.store, "Owner")
    assert client.post(f"/portal/orders/{order.public_id}/ship/", {"waybill": "LP1"}).status_code == 302
    assert client.get(f"/portal/switch/{fair.store.public_id.replace('sto', 'ord')}/").status_code == 404


def test_a_form_without_its_token_is_not_taken(fair: Fair) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(fair.staff["owner"])

    answer = client.post(f"/portal/orders/{fair.paid().public_id}/ship/", {"waybill": "LP1"})

    assert answer.status_code == 403
    assert "This form is too old" in text_of(answer)
    assert not Shipment.objects.exists()


def test_a_second_press_waits_for_the_answer_to_the_first(
    fair: Fair, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def busy_at_first(name: str, **asked: Any) -> Any:
        tries.append(name)
        if len(tries) < 3:
            raise Busy("still at work")
        return perform(name, **asked)

    monkeypatch.setattr(doors, "perform", busy_at_first)
    monkeypatch.setattr(doors, "BUSY_WAIT_SECONDS", 0)

    answer = owner.post(f"/portal/orders/{fair.paid().public_id}/ship/", {"waybill": "LP1", "key": "k1"})

    assert (answer.status_code, len(tries)) == (302, 3)
