"""The door in a real browser: a seller's morning, and the pages under axe on a desk and on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from disputes.models import Dispute
from finance.models import Withdrawal
from orders.models import Order
from rulebook.clock import now, parse_duration
from rulebook.samples import sample
from tests.fair import PASSWORD, Fair, build_fair

pytestmark = pytest.mark.django_db(transaction=True)

GRAVE = {"serious", "critical"}


@pytest.fixture
def fair(transactional_db: Any, settings: Any, tmp_path: Any) -> Fair:
    settings.MEDIA_ROOT = tmp_path
    fair = build_fair(begin=now() - parse_duration("20d"))
    fair.completed("lantern")
    fair.advance("16d")
    fair.paid("lamp")
    dispute = fair.disputed(refund="40.00 USD")
    fair.do("buyer.add_evidence", on=dispute, text="Look at the colour.", file=sample("evidence.jpg"))
    return fair


def is_trouble(message: Any) -> bool:
    """An error on the console, other than the browser's word on a form that came back."""
    return message.type == "error" and "status of 422" not in message.text


@pytest.fixture
def page(fair: Fair, browser: Any, live_server: Any) -> Iterator[Any]:
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
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


def test_a_sellers_morning(page: Any, fair: Fair) -> None:
    """Sign in, look at what waits, answer a dispute, ship an order, withdraw what was earned."""
    todos = page.locator(".pp-todo h3").all_text_contents()
    assert todos[:2] == ["Answer the claim of dispute D1", "Ship order #2"]

    page.get_by_role("link", name="Read and answer").first.click()
    page.get_by_role("link", name="Reject the claim").click()
    page.get_by_role("button", name="Reject the claim").click()
    assert "This field is required" in page.locator(".pp-summary").inner_text()
    page.get_by_label("Your reasons").fill("It is what the page shows.")
    page.get_by_label("Offer a refund instead").fill("10")
    page.get_by_role("button", name="Reject the claim").click()
    page.get_by_text("The claim was rejected").wait_for()
    assert Dispute.objects.get().state == "negotiating"

    page.get_by_role("link", name="To do").click()
    page.get_by_role("link", name="Enter the shipment").click()
    page.get_by_label("Waybill number").fill("LP00123CN")
    page.get_by_role("button", name="Ship", exact=True).click()
    page.get_by_text("The shipment of order #2 was recorded").wait_for()
    assert Order.objects.get(number=2).state == "shipped"

    page.get_by_role("link", name="Balance").first.click()
    page.get_by_role("link", name="Withdraw USD").click()
    page.get_by_label("Amount").fill("50")
    page.get_by_role("button", name="See what arrives").click()
    page.get_by_text("35.00 USD arrive on your account").wait_for()
    page.get_by_role("button", name="Withdraw now").dblclick()
    page.get_by_text("The withdrawal was sent to the bank").wait_for()
    assert str(Withdrawal.objects.get().amount) == "50.00 USD"


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_pages_have_no_serious_fault_for_people_who_read_otherwise(
    page: Any, fair: Fair, width: int, scheme: str
) -> None:
    dispute, order = Dispute.objects.get(), Order.objects.get(number=2)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    addresses = [
        "/portal/",
        "/portal/orders/",
        f"/portal/orders/{order.public_id}/",
        f"/portal/orders/{order.public_id}/ship/",
        f"/portal/orders/{order.public_id}/packing-slip/",
        "/portal/disputes/",
        f"/portal/disputes/{dispute.public_id}/",
        f"/portal/disputes/{dispute.public_id}/reject/",
        "/portal/balance/",
        "/portal/statement/",
        "/portal/balance/deposit/",
        f"/portal/stores/{fair.store.public_id}/withdraw/USD/",
        "/portal/withdrawals/",
        "/portal/store/",
        "/portal/store/listings/",
        "/portal/notices/",
        "/portal/you/",
        "/portal/you/password/",
    ]
    for address in addresses:
        page.goto(address)
        found = Axe().run(page).response["violations"]
        grave = [
            (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3])
            for fault in found
            if fault["impact"] in GRAVE
        ]
        assert grave == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways"
