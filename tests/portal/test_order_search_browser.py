"""Finding orders in a real browser, with and without scripts, on a desk and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from rulebook.clock import now, parse_duration
from tests.fair import PASSWORD, Fair, build_fair

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = "?q=lamp&country=US&since=2020-01-01&least=1&currency=USD&dispute=1"


@pytest.fixture
def fair(transactional_db: Any, settings: Any, tmp_path: Any) -> Fair:
    settings.MEDIA_ROOT = tmp_path
    fair = build_fair(begin=now() - parse_duration("2h"))
    fair.paid("lamp", reference="SF-2041")
    fair.disputed()
    fair.placed("palace")
    return fair


def open_door(fair: Fair, browser: Any, live_server: Any, user: Any, door: str = "/portal/", **how: Any) -> Any:
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900}, **how)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.troubles = []
    page.on("console", lambda message: page.troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.goto(door)
    page.get_by_label("E-mail").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "login" not in address and "sign-in" not in address)
    return page


def titles(page: Any) -> list[str]:
    return page.locator(".pp-worklist__open").all_text_contents()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_seller_finds_filters_and_saves_a_view(scripts: bool, fair: Fair, browser: Any, live_server: Any) -> None:
    page = open_door(fair, browser, live_server, fair.staff["owner"], java_script_enabled=scripts)
    page.goto("/portal/orders/")
    assert titles(page) == ["#3", "#2", "#1"]

    page.get_by_label("Find an order").fill("paper lamp")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**q=paper*")
    page.get_by_text("#2", exact=True).wait_for(state="detached")
    assert titles(page) == ["#1"]
    page.get_by_label("Save this list as a view of yours").fill("Lamps")
    page.get_by_role("button", name="Save the view").click()
    page.get_by_text("Saved as").wait_for()
    page.get_by_role("link", name="With dispute").click()
    page.wait_for_url("**?dispute=1")
    assert titles(page) == ["#2"]
    page.get_by_role("link", name="Lamps").click()
    page.wait_for_url("**?q=paper+lamp")
    assert titles(page) == ["#1"]
    page.get_by_role("button", name="Remove this view").click()
    page.get_by_role("link", name="Lamps").wait_for(state="detached")
    assert page.troubles == []
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_lists_have_no_serious_fault_and_nothing_to_scroll_sideways(
    width: int, scheme: str, fair: Fair, browser: Any, live_server: Any
) -> None:
    for user, door, address in (
        (fair.staff["owner"], "/portal/", "/portal/orders/"),
        (fair.moderators["arbitrator"], "/console/", "/console/orders/list/"),
    ):
        page = open_door(fair, browser, live_server, user, door)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        for query in ("", "?q=lamp", EVERYTHING):
            page.goto(f"{address}{query}")
            found = Axe().run(page).response["violations"]
            grave = [
                f"{one['id']}: {one['nodes'][0]['html'][:160]}"
                for one in found
                if one["impact"] in {"serious", "critical"}
            ]
            assert grave == [], address + query
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address + query
        assert page.troubles == []
        page.context.close()
