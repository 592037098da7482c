"""The console as a moderator uses it: by keyboard, in a browser, with nothing that keeps anybody out."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from disputes.models import Dispute
from rulebook.clock import now, parse_duration
from rulebook.samples import sample
from tests.fair import PASSWORD, build_fair

SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
SERIOUS = {"serious", "critical"}


def findings(page) -> list[str]:
    """What axe calls serious or worse, as rule and place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found if one["impact"] in SERIOUS for node in one["nodes"]]


@pytest.fixture
def fair(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path  # the server's thread reads the evidence as well
    made = build_fair(begin=now() - parse_duration("8d"))
    dispute = made.disputed("20.00 USD")
    made.do("buyer.add_evidence", on=dispute, file=sample("dust.jpg"), text="Dust.")
    made.do("buyer.message", on=dispute.order, text="Are you there?")
    made.do("seller.reject_dispute", on=dispute, text="It was clean.", offer_refund="5.00 USD")
    made.advance("7d")
    return made


@pytest.fixture
def page(browser, live_server):
    context = browser.new_context(base_url=live_server.url, viewport=SIZES["desk"])
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def sign_in(page) -> None:
    page.goto("/console/login/")
    page.get_by_label("E-mail").fill("arbitrator@platform.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/worklist/")


def test_a_moderator_signs_in_opens_a_case_by_keyboard_and_rules(fair, page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page)

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/cases/**")
    page.get_by_label("Refund, in USD").fill("15.00")
    page.get_by_label("Reasons").fill("The picture shows dust, the claim asks too much.")
    page.get_by_role("button", name="See what this would do").click()
    page.get_by_role("heading", name="Refund 15.00 USD to the buyer?").wait_for()
    page.get_by_role("button", name="Rule: refund 15.00 USD").click()
    page.get_by_text("The ruling is in force: 15.00 USD to the buyer.").wait_for()

    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.outcome, dispute.ruled_refund_minor) == ("resolved", "refund_ruled", 15_00)
    assert complaints == []


def test_n_deals_the_next_case(fair, page):
    sign_in(page)

    page.keyboard.press("n")
    page.wait_for_url("**/console/cases/**")

    page.get_by_text("Held by you").first.wait_for()


@pytest.mark.parametrize("size", SIZES)
def test_no_page_of_the_console_keeps_anybody_out(size, fair, page):
    """axe at both sizes, and nothing to scroll sideways."""
    dispute = Dispute.objects.get()
    page.set_viewport_size(SIZES[size])
    page.goto("/console/login/")
    problems = {"sign-in": findings(page)}
    sign_in(page)
    addresses = {
        "overview": "/console/",
        "worklist": "/console/worklist/",
        "empty view": "/console/worklist/?view=mine",
        "case": f"/console/cases/{dispute.public_id}/",
        "order": f"/console/order/{dispute.order.public_id}/",
        "store": f"/console/store/{fair.store.public_id}/",
        "deadlines": "/console/deadlines/",
        "amendments": "/console/amendments/",
        "register": "/console/disputes/dispute/",
        "journal": "/console/rulebook/journalentry/",
        "rule": "/rules/A40-1/",
    }
    for name, address in addresses.items():
        page.goto(address)
        problems[name] = findings(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            problems[name].append(f"{wide} px to scroll sideways")
    page.goto(addresses["case"])
    page.get_by_label("Reasons").fill("Dust.")
    page.get_by_role("button", name="See what this would do").click()
    page.get_by_role("heading", name="to the buyer?").wait_for()
    problems["preview"] = findings(page)

    assert {name: found for name, found in problems.items() if found} == {}
