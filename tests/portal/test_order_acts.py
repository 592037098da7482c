"""What a seller can do about an order beside shipping and cancelling, each with its button and its form."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from orders.models import CarrierClaim, Extension
from rulebook.actions import actions
from stores.portal import urls as store_urls
from tests.fair import Fair

pytestmark = pytest.mark.usefixtures("kept")


def html(client: Client, address: str, expected: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == expected, answer.status_code
    return answer.content.decode()


def send(client: Client, address: str, expected: int = 302, **fields: Any) -> str:
    answer = client.post(address, fields)
    assert answer.status_code == expected, answer.content.decode()[-3000:]
    return answer.content.decode()


def page_of(order: Any) -> str:
    return f"/portal/orders/{order.public_id}/"


def test_the_buyers_offer_of_more_time_is_taken(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp")
    asked = fair.do("buyer.request_handling_extension", on=order, days=3)
    grant = f"/portal/extensions/{asked.public_id}/grant/"

    assert grant in html(owner, page_of(order))
    assert f"Answer the offer of more time for order {order.name}" in html(owner, "/portal/")
    send(owner, grant, version=asked.version)

    order = fair.fresh(order)
    assert Extension.objects.get().state == "granted"
    assert order.extension_days == 3
    assert grant not in html(owner, page_of(order))
    assert "The buyer would wait 3 days longer" in html(owner, page_of(order))


def test_the_buyers_offer_of_more_time_is_declined(fair: Fair, owner: Client) -> None:
    asked = fair.do("buyer.request_handling_extension", on=fair.paid("lamp"), days=3)

    send(owner, f"/portal/extensions/{asked.public_id}/decline/")

    assert Extension.objects.get().state == "declined"


def test_a_new_address_is_checked_before_shipping(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp")
    address = f"{page_of(order)}check-address/"
    assert address not in html(owner, page_of(order))
    fair.do("buyer.request_address_change", on=order, country="NG", address={"street": "12 Palm Road"})

    page = html(owner, page_of(order))
    assert address in page
    assert "12 Palm Road" in page
    assert "Not checked yet" in page
    send(owner, address)

    assert "Unsafe" in html(owner, page_of(order))


def test_out_of_stock_is_told_to_the_buyer(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp")

    send(owner, f"{page_of(order)}out-of-stock/", text="The last one broke.")

    order = fair.fresh(order)
    assert order.shortage_at is not None
    assert "Reported to the buyer: out of stock" in html(owner, page_of(order))


def test_the_receipt_window_is_made_longer_and_only_so_much(fair: Fair, owner: Client) -> None:
    order = fair.shipped("lamp")
    before = order.receipt_due_at

    send(owner, f"{page_of(order)}extend-receipt/", days=2)
    page = send(owner, f"{page_of(order)}extend-receipt/", days=365, expected=409)

    order = fair.fresh(order)
    assert (order.receipt_due_at - before).days == 2
    assert 'value="365"' in page
    assert "A35-3" in page


def test_a_complaint_goes_to_the_carrier_and_needs_words(fair: Fair, owner: Client) -> None:
    order = fair.shipped("lamp")
    address = f"{page_of(order)}complain/"

    send(owner, address, expected=422)
    send(owner, address, text="It came wet.")

    assert CarrierClaim.objects.get().text == "It came wet."
    assert "It came wet." in html(owner, page_of(order))


def test_another_method_can_be_chosen_once_the_buyer_agreed(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp")
    assert 'name="method"' not in html(owner, f"{page_of(order)}ship/")
    fair.do("buyer.consent_method", on=order, method="express")

    page = html(owner, f"{page_of(order)}ship/")
    assert 'name="method"' in page
    send(owner, f"{page_of(order)}ship/", waybill="RR123456789CN", method="express")

    order = fair.fresh(order)
    assert (order.state, order.method) == ("shipped", "express")


def test_every_parcel_has_a_tracking_timeline_of_its_own(fair: Fair, owner: Client) -> None:
    order = fair.paid("lamp", quantity=2)
    for number in (1, 2):
        fair.do("seller.ship", on=order, waybill=f"RR10000000{number}CN", quantity=1)
    first, second = order.shipment_rows.order_by("id")
    fair.do("carrier.scan", on=first, event="accepted", place="Yiwu")
    fair.do("carrier.scan", on=second, event="awaiting_pickup", place="Berlin")

    parcels = owner.get(page_of(order)).context["parcels"]

    assert [[scan["place"] for scan in parcel["scans"]] for parcel in parcels] == [["Yiwu"], ["Berlin"]]


def test_a_doubt_about_a_parcel_is_told(fair: Fair, owner: Client) -> None:
    order = fair.shipped("lamp")
    parcel = order.shipment_rows.get()
    type(parcel).objects.filter(pk=parcel.pk).update(suspicion="used_before", suspected_at=fair.clock.now())

    assert "The waybill was used for another buyer" in html(owner, page_of(order))


@pytest.mark.parametrize("role", ["support", "finance", "read_only"])
def test_who_may_not_ship_sees_no_button_and_is_refused(fair: Fair, sign_in: Callable[..., Client], role: str) -> None:
    order = fair.shipped("lamp")
    asked = fair.do("buyer.request_handling_extension", on=fair.paid("lamp"), days=3)
    client = sign_in(role)

    assert "extend-receipt" not in html(client, page_of(order))
    for address in (f"{page_of(order)}extend-receipt/", f"/portal/extensions/{asked.public_id}/grant/"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"days": 1}).status_code == 403


def test_a_stranger_finds_none_of_it(fair: Fair, sign_in: Callable[..., Client]) -> None:
    order = fair.shipped("lamp")
    asked = fair.do("buyer.request_handling_extension", on=fair.paid("lamp"), days=3)
    stranger = sign_in(fair.stranger)

    for name in ("extend-receipt", "check-address", "out-of-stock", "complain"):
        assert stranger.get(f"{page_of(order)}{name}/").status_code == 404
    assert stranger.post(f"/portal/extensions/{asked.public_id}/grant/").status_code == 404


ELSEWHERE = {
    "seller.pay_deposit",
    "seller.request_withdrawal",
}


def test_every_act_of_sellers_on_orders_and_stores_has_a_page() -> None:
    """A new action without a form in the portal is noticed here."""
    import pathlib

    said = "".join(
        path.read_text() for app in ("orders", "stores") for path in pathlib.Path(app).glob("portal/**/*.py")
    )
    acts = [
        act.name
        for act in actions().values()
        if act.actor == "seller" and act.run.__module__.split(".")[0] in ("orders", "stores")
    ]

    assert len(acts) > 10
    assert [name for name in acts if f'"{name}"' not in said] == []
    assert store_urls.urlpatterns
