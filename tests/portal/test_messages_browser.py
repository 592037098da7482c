"""Conversations in a browser: a message with a picture sent and seen, and pages that everybody can read."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from orders.models import Message, Thread
from rulebook.samples import sample
from tests.fair import PASSWORD, Fair, build_fair

GRAVE = {"serious", "critical"}
SHOTS = os.environ.get("PIEPOWDER_SHOTS", "")
"""A folder for pictures of the pages, for who wants to look at them."""

pytestmark = pytest.mark.django_db(transaction=True)


def picture(colour: str) -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.fixture
def fair(transactional_db: Any, settings: Any, tmp_path: Any) -> Fair:
    settings.MEDIA_ROOT = tmp_path
    return build_fair()


@pytest.fixture
def page(browser: Any, live_server: Any, fair: Fair) -> Any:
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    shown = context.new_page()
    shown.goto("/portal/sign-in/")
    shown.get_by_label("E-mail").fill(fair.staff["owner"].email)
    shown.get_by_label("Password").fill(PASSWORD)
    shown.get_by_role("button", name="Sign in").click()
    shown.wait_for_url("**/portal/")
    yield shown
    context.close()


@pytest.fixture
def talks(fair: Fair) -> list[Thread]:
    """A talk about an order, one in a dispute, one about a product with a long name."""
    order = fair.shipped()
    fair.do("buyer.message", on=order, text="Hello, where is my parcel? I need it for Saturday.")
    fair.do("seller.message", on=order, as_=fair.seller_actor("support"), text="It left our house yesterday.")
    fair.do("buyer.message", on=order, text="Где я могу посмотреть номер?", files=[sample("label.jpg")])
    fair.do("buyer.message_in_dispute", on=fair.disputed(), text="It looks different from the picture.")
    fair.do("buyer.ask", on=fair.listings["palace"], text="Is the roof of wood? " * 12)
    return list(Thread.objects.order_by("id"))


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def test_a_message_with_a_picture_is_sent_and_seen(page: Any, talks: list[Thread]) -> None:
    page.get_by_role("link", name="Messages").first.click()
    page.get_by_role("link", name="Order #1").first.click()
    page.locator("#talk-title").wait_for()
    page.get_by_role("button", name="Take over Where is it?").click()
    expect(page.locator("#id_text")).to_have_value(re.compile("on its way under the number"))
    page.locator("#id_text").fill("Here is the slip.")
    page.locator("#id_files").set_input_files([picture("teal"), picture("orange")])
    page.get_by_role("button", name="Send to the buyer").click()

    page.get_by_text("Your message was sent.").wait_for()
    sent = Message.objects.get(sender="seller", text="Here is the slip.")
    assert [file["file_name"] for file in sent.files] == ["teal.jpg", "orange.jpg"]
    shown = page.locator(f"#{sent.public_id} img").first
    shown.scroll_into_view_if_needed()
    assert shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 640
    page.locator(f"#{sent.public_id} .pp-evidence__open").first.click()
    page.locator(".pp-zoom:target img").wait_for()
    page.get_by_role("link", name="Back", exact=True).first.click()


def test_without_scripts_everything_works_as_well(browser: Any, live_server: Any, fair: Fair, talks: Any) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/portal/sign-in/")
    page.get_by_label("E-mail").fill(fair.staff["owner"].email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.goto("/portal/messages/")
    page.get_by_role("link", name="Order #1").first.click()
    page.locator("#id_text").fill("Good day.")
    page.get_by_role("button", name="Take over Where is it?").click()
    assert page.locator("#id_text").input_value().startswith("Good day.\n\nHello Ada Buyer,")
    page.get_by_role("button", name="Send to the buyer").click()

    page.get_by_text("Your message was sent.").wait_for()
    assert Message.objects.filter(sender="seller", text__startswith="Good day.").exists()
    context.close()


def test_what_is_wrong_stands_beside_the_pictures_and_the_words_stay(page: Any, talks: list[Thread]) -> None:
    page.goto(f"/portal/messages/{talks[0].public_id}/")
    page.locator("#id_text").fill("My words.")
    page.locator("#id_files").set_input_files(
        [{"name": "a.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}]
    )
    page.get_by_role("button", name="Send to the buyer").click()

    assert "SVG and XML are not taken" in page.locator(".pp-field--bad").inner_text()
    assert page.locator("#id_text").input_value() == "My words."
    shot(page, "messages-refused")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1024, "light"), (390, "dark"), (390, "light")])
def test_the_pages_have_no_serious_fault_for_people_who_read_otherwise(
    page: Any, talks: list[Thread], width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    addresses = {
        "list": "/portal/messages/",
        "none": "/portal/messages/?q=nobody",
        "order": f"/portal/messages/{talks[0].public_id}/",
        "dispute": f"/portal/messages/{talks[1].public_id}/",
        "product": f"/portal/messages/{talks[2].public_id}/",
    }
    for name, address in addresses.items():
        page.goto(address)
        shot(page, f"messages-{name}-{width}-{scheme}")
        found = Axe().run(page).response["violations"]
        grave = [
            (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3])
            for fault in found
            if fault["impact"] in GRAVE
        ]
        assert grave == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways"
