"""The way about in a browser: all of it beside the page on a desk, five entries under the thumb on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from stores.portal import desk
from tests.fair import PASSWORD, Fair, build_fair

GRAVE = {"serious", "critical"}
IN_THE_BAR = ["To do", "Orders", "Messages", "Disputes"]
BEHIND = ["Returns", "Chargebacks", "Balance", "Reviews", "Health", "Statement", "Store"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fair(transactional_db: Any) -> Fair:
    return build_fair()


def signed_in(context: Any, fair: Fair) -> Any:
    page = context.new_page()
    page.goto("/portal/sign-in/")
    page.get_by_label("E-mail").fill(fair.staff["owner"].email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")
    return page


@pytest.fixture
def page(browser: Any, live_server: Any, fair: Fair) -> Iterator[Any]:
    """Without scripts: the way about needs none."""
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    yield signed_in(context, fair)
    context.close()


def entries(page: Any) -> list[str]:
    """The words of what can be pressed in the way about, without the counts."""
    return [
        next(line for line in text.splitlines() if line.strip() and not line.strip().rstrip("+").isdigit())
        for text in page.locator("#nav a:visible, #nav summary:visible").all_inner_texts()
    ]


def test_on_a_phone_the_bar_holds_five_entries_and_the_last_opens_the_others(page: Any) -> None:
    assert entries(page) == [*IN_THE_BAR, "More"]
    boxes = [one.bounding_box() for one in page.locator("#nav .pp-nav__link:visible").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 40 for box in boxes)

    page.locator("#nav summary").click()

    assert entries(page) == [*IN_THE_BAR, "More", *BEHIND]
    sheet = page.locator(".pp-nav__sheet").bounding_box()
    assert sheet["x"] == 0 and sheet["width"] == 390 and sheet["y"] > 0
    assert sheet["y"] + sheet["height"] <= min(box["y"] for box in boxes) + 1
    page.locator("#nav").get_by_role("link", name="Store").click()
    page.wait_for_url("**/portal/store/")
    expect(page.locator("#nav details")).not_to_have_attribute("open", "")
    colours = page.locator("#nav .pp-nav__link:visible")
    here, elsewhere = (colours.nth(place).evaluate("node => getComputedStyle(node).color") for place in (4, 1))
    assert here != elsewhere, "the last entry says that the page is behind it"


def test_on_a_desk_everything_stands_beside_the_page(page: Any) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})

    assert entries(page) == [*IN_THE_BAR, *BEHIND]


def test_what_waits_behind_the_last_entry_shows_at_it() -> None:
    def place(key: str, waiting: int, tone: str = "turn") -> dict[str, Any]:
        return {"key": key, "waiting": waiting, "count": desk.counted(waiting), "tone": tone}

    first = [place(key, 7, "risk") for key in "abcd"]

    assert desk.folded([*first, place("e", 2)]) is None
    assert desk.folded([*first, place("e", 0), place("f", 0)]) == {
        "shown": 4,
        "rest": [place("e", 0), place("f", 0)],
        "count": 0,
        "tone": "turn",
    }
    late = desk.folded([*first, place("e", 60), place("f", 61, "risk")])
    assert late is not None and (late["count"], late["tone"]) == ("99+", "risk")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_sheet_has_no_serious_fault_for_people_who_read_otherwise(
    browser: Any, live_server: Any, fair: Fair, scheme: str
) -> None:
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = signed_in(context, fair)
    page.locator("#nav summary").click()

    found = Axe().run(page).response["violations"]

    assert [fault["id"] for fault in found if fault["impact"] in GRAVE] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Escape")
    expect(page.locator(".pp-nav__sheet")).to_be_hidden()
    context.close()
