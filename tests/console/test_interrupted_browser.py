"""What interrupts a moderator in the browser: a session that ends, the way back, a press too many, no script at all."""

from __future__ import annotations

import pytest

from disputes.models import Offer, Ruling
from rulebook.clock import now, parse_duration
from rulebook.models import Case, CaseNote
from tests.console.test_browser import SIZES
from tests.console.test_hour_browser import contested, sign_in
from tests.fair import PASSWORD, build_fair


@pytest.fixture
def fair(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = build_fair(begin=now() - parse_duration("8d"))
    for refund in ("30.00 USD", "20.00 USD"):
        contested(made, refund)
    made.advance("7d")
    return made


@pytest.fixture
def page(browser, live_server):
    context = browser.new_context(base_url=live_server.url, viewport=SIZES["desk"])
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def open_case(page) -> None:
    sign_in(page, "arbitrator")
    page.keyboard.press("n")
    page.wait_for_url("**/console/cases/**")


def fill_in(page) -> None:
    page.keyboard.press("d")
    page.locator("#decide [name=refund]").fill("7.50")
    page.locator("#decide textarea[name=reason]").first.fill("The film shows half of it.")


def look_ahead(page) -> None:
    page.keyboard.press("Control+Enter")
    page.locator(".pp-preview").wait_for()


def test_what_was_written_is_there_again_after_the_session_ended(fair, page):
    open_case(page)
    fill_in(page)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/login/**")
    page.get_by_label("E-mail").fill("arbitrator@platform.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("This was not sent; here is what you had written.").wait_for()

    assert page.locator("#decide textarea[name=reason]").first.input_value() == "The film shows half of it."
    assert page.locator("#decide [name=refund]").input_value() == "7.50"
    look_ahead(page)
    page.get_by_role("button", name="Rule: refund 7.50 USD").click()
    page.get_by_text("The ruling is in force").wait_for()
    assert Ruling.objects.count() == 1


def test_somebody_else_who_signs_in_reads_nothing_of_it(fair, page):
    open_case(page)
    fill_in(page)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/login/**")
    page.get_by_label("E-mail").fill("senior_arbitrator@platform.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/cases/**")

    assert page.locator("#decide textarea[name=reason]").first.input_value() == ""


def test_back_from_the_preview_finds_the_form_as_it_was_and_back_from_the_decision_the_case(fair, page):
    open_case(page)
    page.keyboard.press("d")
    page.keyboard.press("Control+Enter")  # without reasons: an answer to a form stands between case and preview
    page.get_by_text("One thing needs your attention").wait_for()
    fill_in(page)
    look_ahead(page)
    page.go_back()
    page.get_by_text("This was not sent; here is what you had written.").wait_for()
    assert page.locator("#decide textarea[name=reason]").first.input_value() == "The film shows half of it."

    page.locator("#decide textarea[name=reason]").first.focus()
    look_ahead(page)
    page.get_by_role("button", name="Rule: refund 7.50 USD").click()
    page.get_by_text("The ruling is in force").wait_for()
    page.go_back()
    page.get_by_text("The case has ended; nothing is left to decide.").wait_for()
    assert Ruling.objects.count() == 1


def test_pressed_twice_in_haste_a_note_is_kept_once(fair, page):
    open_case(page)
    page.keyboard.press("m")
    page.keyboard.type("Asked the carrier.")
    page.get_by_role("button", name="Keep the note").dblclick()
    page.get_by_text("Noted.").wait_for()

    assert CaseNote.objects.filter(text="Asked the carrier.").count() == 1


def test_the_suggestion_fills_the_form_and_leaves_the_hand_in_it(fair, page):
    open_case(page)
    page.keyboard.press("f")
    page.wait_for_url("**fill=suggestion**")
    page.locator("[name=refund]:focus").wait_for()


def test_whoever_decides_what_a_colleague_works_on_reads_so_first(fair, page):
    row = Case.objects.order_by("id").first()
    Case.objects.filter(pk=row.pk).update(holder_id=fair.second.pk, held_until=now() + parse_duration("1h"))
    sign_in(page, "arbitrator")
    page.goto(f"/console/worklist/?q={row.number}")
    page.locator(".pp-worklist__open").first.click()

    page.locator("#decide").get_by_text("works on this case. Deciding is possible").wait_for()
    assert not Offer.objects.filter(side="moderator").exists()


@pytest.mark.parametrize("size", SIZES)
def test_without_a_script_one_finds_the_way_around_and_out(size, fair, browser, live_server):
    context = browser.new_context(base_url=live_server.url, viewport=SIZES[size], java_script_enabled=False)
    context.set_default_timeout(60_000)
    page = context.new_page()
    sign_in(page, "arbitrator")
    page.get_by_role("link", name="Prepared texts").first.click()
    page.wait_for_url("**/texts/")
    page.locator(".pp-user > summary").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/logout/")
    page.goto("/console/worklist/")
    assert "/login/" in page.url
    context.close()
