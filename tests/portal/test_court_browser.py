"""Disputes, returns and chargebacks on a phone: answered, contested with a film, fought with papers; and under axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from disputes.models import Chargeback, Dispute, Evidence
from rulebook.clock import now, parse_duration
from rulebook.samples import sample
from tests.fair import PASSWORD, Fair, build_fair
from tests.portal.test_aftersale import penalized
from tests.portal.test_browser import GRAVE, is_trouble

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fair(transactional_db: Any, settings: Any, tmp_path: Any) -> Fair:
    settings.MEDIA_ROOT = tmp_path
    return build_fair(begin=now() - parse_duration("20d"))


@pytest.fixture
def phone(fair: Fair, browser: Any, live_server: Any) -> Iterator[Any]:
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if is_trouble(message) else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto("/portal/")
    page.get_by_label("E-mail").fill("owner@lin.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")
    yield page
    context.close()
    assert troubles == [], "no script of ours fails, and the policy on scripts and styles is kept"


def file(name: str) -> dict[str, Any]:
    found = sample(name)
    return {"name": name, "mimeType": "application/octet-stream", "buffer": found.read()}


def test_a_dispute_is_answered_with_an_offer_against_the_goods(phone: Any, fair: Fair) -> None:
    fair.advance("20d")
    dispute = fair.disputed(refund="40.00 USD")

    phone.goto("/portal/")
    phone.get_by_role("link", name="Read and answer").click()
    phone.get_by_role("link", name="Reject the claim").click()
    phone.get_by_label("Your reasons").fill("It is what the page shows.")
    phone.get_by_label("Offer a refund instead").fill("10")
    phone.get_by_label("Against the goods").check()
    phone.get_by_role("button", name="Reject the claim").click()
    phone.get_by_text("The claim was rejected").wait_for()

    assert fair.fresh(dispute).state == "negotiating"
    assert "against the goods back" in phone.locator("#offers").inner_text()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_return_is_contested_and_its_film_shown(phone: Any, fair: Fair) -> None:
    fair.advance("20d")
    dispute = fair.do("seller.accept_dispute", on=fair.disputed(return_goods=True))
    fair.do("buyer.ship_return", on=dispute, waybill="RT1")

    phone.goto("/portal/")
    phone.get_by_role("link", name="Confirm or contest").click()
    assert "Film the opening" in phone.locator("main").inner_text()
    phone.get_by_role("link", name="Contest the return").click()
    phone.get_by_label("What is wrong with the return").fill("A brick came.")
    phone.get_by_role("button", name="Contest the return").click()
    phone.get_by_text("Now show the film").wait_for()
    phone.locator("input[type=file]").set_input_files([file("opening.mp4"), file("scales.jpg")])
    phone.get_by_role("button", name="Add the evidence").click()
    phone.get_by_text("Your evidence was added").wait_for()

    assert Dispute.objects.get().state == "return_contested"
    assert list(Evidence.objects.order_by("id").values_list("media_type", "kind_code")) == [
        ("video/mp4", "unboxing_video"),
        ("image/jpeg", "unboxing_video"),
    ]


def test_a_chargeback_is_answered_with_a_paper(phone: Any, fair: Fair) -> None:
    fair.advance("20d")
    fair.do("bank.chargeback", on=fair.shipped("lantern"), reason="not_received", network="visa", code="13.1")

    phone.goto("/portal/")
    phone.get_by_role("link", name="Read and answer").click()
    assert "The cardholder says that the goods never came." in phone.locator("#main").inner_text()
    phone.get_by_role("link", name="Answer the chargeback").click()
    phone.get_by_label("Your answer").fill("Delivered on 3 March, signed by the neighbour.")
    phone.locator("input[type=file]").set_input_files([file("delivery.pdf")])
    phone.get_by_role("button", name="Send the answer to the bank").click()
    phone.get_by_text("Your answer was sent to the bank").wait_for()

    found = Chargeback.objects.get()
    assert (found.state, found.papers[0]["media_type"]) == ("represented", "application/pdf")


def story(fair: Fair) -> list[str]:
    """Every page of this kind with something on it; the addresses."""
    fair.do(
        "seller.set_return_address",
        on=fair.store,
        address={"name": "Lin Lighting", "street": "Lamp Lane 3", "postcode": "528400", "city": "Zhongshan"},
    )
    ruled = fair.escalated()
    fair.do("seller.add_evidence", on=ruled, file=sample("packed.jpg"), text="How it was packed.")
    ruling = fair.do("moderator.rule", on=ruled, refund="20.00 USD", liable="seller", reason="Another colour.")
    fair.advance(str((now() - fair.clock.now()).total_seconds() // 1 - 60).split(".")[0] + "s")
    open_one = fair.disputed(refund="40.00 USD", return_goods=True)
    fair.do("buyer.make_offer", on=open_one, refund="25.00 USD", text="Keep the box.")
    fair.do("seller.make_offer", on=open_one, refund="5.00 USD", return_goods=True, text="For the trouble.")
    fair.do("moderator.intervene", on=open_one, suggest_refund="15.00 USD", text="In the middle.")
    back = fair.do("seller.accept_dispute", on=fair.disputed(return_goods=True))
    fair.do("buyer.ship_return", on=back, waybill="RT1")
    fair.do("seller.join_cover", on=fair.store)
    covered = fair.disputed()
    fair.do("moderator.request_cooperation", on=covered, text="Which batch was it?")
    charged = fair.do("bank.chargeback", on=fair.shipped("lantern"), reason="not_received", network="visa", code="13.1")
    fought = fair.do("bank.chargeback", on=fair.shipped("lantern"), reason="not_received", network="visa", code="13.1")
    fair.do("seller.submit_chargeback_evidence", on=fought, text="Delivered.", files=[sample("a.jpg"), sample("b.pdf")])
    fair.do("bank.decide", on=fought, winner="seller")
    fair.do("bank.reopen", on=fought)
    penalty = penalized(fair)
    return [
        "/portal/",
        "/portal/disputes/",
        f"/portal/disputes/{open_one.public_id}/",
        f"/portal/disputes/{open_one.public_id}/accept/",
        f"/portal/disputes/{open_one.public_id}/offer/take/",
        f"/portal/disputes/{covered.public_id}/",
        f"/portal/disputes/{covered.public_id}/help/",
        f"/portal/disputes/{covered.public_id}/offer/",
        f"/portal/disputes/{back.public_id}/",
        f"/portal/disputes/{back.public_id}/return/confirm/",
        f"/portal/disputes/{back.public_id}/return/contest/",
        f"/portal/disputes/{ruled.public_id}/",
        f"/portal/disputes/{ruled.public_id}/evidence/",
        f"/portal/rulings/{ruling.public_id}/appeal/",
        "/portal/returns/",
        "/portal/chargebacks/",
        f"/portal/chargebacks/{charged.public_id}/",
        f"/portal/chargebacks/{charged.public_id}/answer/",
        f"/portal/chargebacks/{fought.public_id}/",
        f"/portal/chargebacks/{fought.public_id}/fee/",
        "/portal/store/aftersale/",
        "/portal/store/aftersale/leave/",
        "/portal/store/aftersale/address/",
        "/portal/store/penalties/",
        f"/portal/store/penalties/{penalty.public_id}/",
        f"/portal/store/penalties/{penalty.public_id}/appeal/",
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_pages_have_no_serious_fault_for_people_who_read_otherwise(
    phone: Any, fair: Fair, width: int, scheme: str
) -> None:
    addresses = story(fair)
    phone.set_viewport_size({"width": width, "height": 900})
    phone.emulate_media(color_scheme=scheme)
    for address in addresses:
        answer = phone.goto(address)
        assert answer.status == 200, address
        found = Axe().run(phone).response["violations"]
        grave = [
            (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3])
            for fault in found
            if fault["impact"] in GRAVE
        ]
        assert grave == [], address
        assert phone.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways"
