"""Every page, for every kind of person."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from rulebook.actors import STAFF_ROLES
from rulebook.samples import sample
from tests.fair import Fair

pytestmark = pytest.mark.usefixtures("kept")


def story(fair: Fair) -> dict[str, Any]:
    """One of everything that has a page."""
    to_ship = fair.paid("lamp", quantity=3)
    asked = fair.paid("lantern")
    cancellation = fair.do("buyer.request_cancellation", on=asked, reason="changed_mind")
    dispute = fair.disputed()
    fair.do("buyer.add_evidence", on=dispute, text="Look at the colour.", file=sample("evidence.jpg"))
    shipped = fair.shipped()
    fair.do("buyer.message", on=shipped, text="Where is it?")
    parcel = shipped.shipment_rows.get()
    fair.do("carrier.scan", on=parcel, event="in_transit")
    earned = fair.completed("lantern")
    fair.advance("1m")
    return {"to_ship": to_ship, "cancellation": cancellation, "dispute": dispute, "shipped": shipped, "earned": earned}


def addresses(things: dict[str, Any], fair: Fair) -> dict[str, str]:
    """Address of each page by the permission that it asks for (``""``: a look)."""
    order, dispute, asked = things["to_ship"].public_id, things["dispute"].public_id, things["cancellation"].public_id
    piece = things["dispute"].evidence_rows.exclude(file_key="").get().public_id
    store, listing = fair.store.public_id, fair.listings["lamp"].public_id
    return {
        "/portal/": "",
        "/portal/you/": "",
        "/portal/notices/": "",
        "/portal/notices/?show=unread": "",
        "/portal/store/": "",
        "/portal/store/listings/": "",
        f"/portal/store/listings/{listing}/": "",
        "/portal/balance/": "",
        "/portal/balance/deposit/": "",
        "/portal/statement/": "",
        "/portal/withdrawals/": "",
        "/portal/orders/": "",
        f"/portal/orders/{order}/": "",
        f"/portal/orders/{things['shipped'].public_id}/": "",
        f"/portal/orders/{things['earned'].public_id}/": "",
        f"/portal/orders/{order}/packing-slip/": "",
        f"/portal/orders/{order}/ship/": "ship_orders",
        f"/portal/orders/{order}/message/": "answer_buyers",
        f"/portal/cancellations/{asked}/agree/": "answer_buyers",
        f"/portal/cancellations/{asked}/decline/": "answer_buyers",
        "/portal/disputes/": "",
        "/portal/disputes/?view=open": "",
        "/portal/disputes/?view=all": "",
        f"/portal/disputes/{dispute}/": "",
        f"/portal/disputes/{dispute}/evidence/{piece}/": "",
        f"/portal/disputes/{dispute}/accept/": "answer_disputes",
        f"/portal/disputes/{dispute}/reject/": "answer_disputes",
        f"/portal/disputes/{dispute}/offer/": "answer_disputes",
        f"/portal/disputes/{dispute}/evidence/": "answer_disputes",
        f"/portal/disputes/{dispute}/escalate/": "answer_disputes",
        f"/portal/stores/{store}/withdraw/USD/": "move_money",
        f"/portal/stores/{store}/deposit/": "",
    }


def test_every_page_shows_itself_to_each_role_that_may_see_it(fair: Fair, sign_in: Callable[..., Client]) -> None:
    pages = addresses(story(fair), fair)
    for role in STAFF_ROLES:
        client, actor = sign_in(role), fair.seller_actor(role)
        for address, permission in pages.items():
            expected = 200 if not permission or actor.may(permission) else 403
            assert client.get(address).status_code == expected, (role, address)


def test_a_stranger_finds_nothing_and_another_stores_things_are_not_told_apart_from_none(
    fair: Fair, sign_in: Callable[..., Client]
) -> None:
    pages = [address for address in addresses(story(fair), fair) if "_" in address]
    stranger = sign_in(fair.stranger)
    for address in pages:
        assert stranger.get(address).status_code == 404, address
        assert stranger.post(address, {"text": "x", "amount": "1", "waybill": "x", "refund": "1"}).status_code in (
            404,
            405,
        ), address


def test_who_is_not_signed_in_is_sent_to_the_door_and_back(fair: Fair) -> None:
    pages = addresses(story(fair), fair)
    for address in pages:
        answer = Client().get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/portal/sign-in/?next="), address


def test_what_is_no_id_is_found_nowhere(owner: Client) -> None:
    for text in ("1", "ord_", "ord_zzzzzzzzzzzzzzzzzzzzzzzzzz", "dsp_01kaxqe8wg0000000000000000", "%00", "x" * 3000):
        assert owner.get(f"/portal/orders/{text}/").status_code == 404, text
