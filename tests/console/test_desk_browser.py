"""The desk by keyboard in a browser, and without any script."""

from __future__ import annotations

import pytest

from disputes.models import Dispute, Ruling
from rulebook.clock import now, parse_duration
from rulebook.models import CannedText, Case, CaseNote
from tests.console.test_browser import SIZES, findings, sign_in
from tests.fair import build_fair


@pytest.fixture
def fair(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = build_fair(begin=now() - parse_duration("8d"))
    for refund in ("20.00 USD", "30.00 USD", "40.00 USD"):
        dispute = made.disputed(refund)
        made.do("seller.reject_dispute", on=dispute, text="It was clean.")
    made.advance("7d")
    CannedText.objects.create(
        title="No proof", text="{buyer}, nothing shows that {claim} are due; {refund} is fair.", changed_at=now()
    )
    return made


def open_page(browser, live_server, **options):
    context = browser.new_context(base_url=live_server.url, viewport=SIZES["desk"], **options)
    context.set_default_timeout(60_000)
    return context.new_page()


@pytest.fixture
def page(browser, live_server):
    page = open_page(browser, live_server)
    yield page
    page.context.close()


def test_cases_are_searched_selected_and_decided_together_by_keyboard(fair, page):
    sign_in(page)
    page.keyboard.press("/")
    page.keyboard.type("jkxn? lin")  # keys that are typed are words
    assert page.locator("#q").input_value() == "jkxn? lin"
    page.locator("#q").fill("lin")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=lin**")
    for _row in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.keyboard.press("d")
    page.get_by_role("heading", name="What is done to all of them").wait_for()
    assert page.locator(".pp-chosen li").count() == 2

    page.get_by_text("Reject the claims").click()
    page.locator("#reject_reason").fill("Nothing shows it, {buyer}.")
    page.locator("form:has(#reject_reason) button[type=submit]:not([name])").click()
    page.get_by_text("It will be done for 2 cases").wait_for()
    page.get_by_role("button", name="Do it for 2 cases").click()
    page.get_by_text("2 done, 0 refused").wait_for()

    assert set(Ruling.objects.values_list("reason", flat=True)) == {"Nothing shows it, Ada Buyer."}


def test_work_goes_on_by_itself_until_it_is_finished(fair, page, monkeypatch):
    monkeypatch.setattr("rulebook.admin.bulk.doing.BATCH", 1)
    sign_in(page)
    for _row in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.keyboard.press("d")
    page.get_by_text("Reject the claims").click()
    page.locator("#reject_reason").fill("No.")
    page.locator("form:has(#reject_reason) button[type=submit]:not([name])").click()
    page.get_by_role("button", name="Do it for 3 cases").click()

    page.get_by_text("3 done, 0 refused").wait_for()


def test_the_help_lists_the_keys_and_escape_leaves_a_field(fair, page):
    sign_in(page)
    page.keyboard.press("?")
    page.get_by_text("Keys of this list").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.className") == "pp-worklist__open"


def test_on_a_case_keys_take_note_and_escalate(fair, page):
    sign_in(page)
    page.keyboard.press("n")
    page.wait_for_url("**/console/cases/**")
    page.keyboard.press("m")
    page.keyboard.type("t is typed, not taken")
    page.get_by_role("button", name="Keep the note").click()
    page.get_by_text("Noted.").wait_for()
    page.keyboard.press("e")
    page.keyboard.type("Who decides this?")
    page.get_by_role("button", name="Escalate", exact=True).click()
    page.get_by_text("a senior arbitrator decides it").wait_for()
    page.keyboard.press("u")
    page.wait_for_url("**/console/worklist/**")

    assert CaseNote.objects.filter(text="t is typed, not taken").exists()
    assert CaseNote.objects.filter(text="Who decides this?", answered_at=None).exists()


def test_coming_back_the_row_that_was_left_is_marked(fair, page):
    sign_in(page)
    page.goto("/console/worklist/?sort=value")
    page.keyboard.press("j")
    page.keyboard.press("j")
    marked = page.locator("tr[data-current]").get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "worklist" not in address)
    page.keyboard.press("u")
    page.wait_for_url("**sort=value**")

    assert page.locator("tr[data-current]").get_attribute("id") == marked


def test_a_prepared_text_goes_where_the_cursor_stands(fair, page):
    sign_in(page)
    page.keyboard.press("n")
    page.wait_for_url("**/console/cases/**")
    page.locator("#decide [name=refund]").first.fill("7.50")
    area = page.locator("#decide textarea[name=reason]").first
    area.fill("Before. After.")
    area.evaluate("area => area.setSelectionRange(8, 8)")
    page.locator("#decide [name=text_for_reason]").first.select_option(label="No proof")
    page.locator("#decide [data-pp-texts] button").first.click()

    claim = Dispute.objects.get(pk=Case.objects.get(holder_id__isnull=False).subject_id).refund
    assert area.input_value() == f"Before. Ada Buyer, nothing shows that {claim} are due; 7.50 USD is fair.After."


def test_without_a_script_a_case_is_found_taken_filled_in_and_decided(fair, browser, live_server):
    page = open_page(browser, live_server, java_script_enabled=False)
    sign_in(page)
    page.locator("#q").fill("lin")
    page.get_by_role("button", name="Show").click()
    page.locator("#cases .pp-worklist__open").first.click()
    page.get_by_role("button", name="Take this case").first.click()
    page.get_by_text("Held by you").first.wait_for()
    page.locator("#decide [name=refund]").first.fill("7.50")
    page.locator("#decide [name=text_for_reason]").first.select_option(label="No proof")
    page.locator("#decide [data-pp-texts] button").first.click()
    assert "7.50 USD is fair." in page.locator("#decide textarea[name=reason]").first.input_value()
    page.get_by_role("button", name="See what this would do").first.click()
    page.get_by_role("button", name="The same, then the next case").click()
    page.wait_for_url("**/console/cases/**")
    page.get_by_text("Held by you").first.wait_for()
    page.context.close()

    assert Ruling.objects.get().refund_minor == 7_50
    assert Case.objects.filter(open=True, holder_id__isnull=False).count() == 1


@pytest.mark.parametrize("size", SIZES)
def test_no_page_of_the_desk_keeps_anybody_out(size, fair, page):
    page.set_viewport_size(SIZES[size])
    sign_in(page)
    row = Case.objects.first()
    CaseNote.objects.create(
        case_id=row.id,
        text="Seen before?",
        made_by=fair.second.pk,
        made_by_name="Second",
        made_at=now(),
        asked_id=fair.moderators["arbitrator"].pk,
        asked_name="Arbitrator",
    )
    problems = {}
    for address in (
        "/console/",
        "/console/worklist/?topic=not_as_described&least=1&until=2100-01-01",
        f"/console/worklist/{row.id}/desk/",
        "/console/texts/",
        "/console/texts/new/",
        "/console/worklist/together/done/",
    ):
        page.goto(address)
        problems[address] = findings(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            problems[address].append(f"{wide} px to scroll sideways")

    assert {name: found for name, found in problems.items() if found} == {}
