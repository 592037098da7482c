"""The API's page as an integrator opens it: every operation is listed, one can be unfolded, nothing comes from outside.

The page is Swagger UI as it is packaged; its contrasts and labels are its authors' matter, so axe does not judge it here.
"""

from __future__ import annotations

import pytest


@pytest.fixture
def page(browser, live_server):
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.mark.django_db(transaction=True)
def test_an_integrator_finds_the_act_that_he_needs_with_its_inputs(page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/api/docs/")
    page.wait_for_selector(".opblock")
    seen: set[str] = set()
    ship = page.locator("#operations-orders-orders_ship")
    for _ in range(120):  # the page draws what comes into sight
        seen.update(page.locator(".opblock").evaluate_all("found => found.map(one => one.id)"))
        if ship.count():
            break
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(100)
    ship.locator("button.opblock-summary-control").click()
    ship.locator(".opblock-body").wait_for()

    assert len(seen) > 40
    assert "waybill" in ship.inner_text()
    assert complaints == []
    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {page.url.split("/")[2]}
