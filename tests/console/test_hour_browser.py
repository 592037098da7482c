"""A moderator's work in a browser: one case by keyboard alone, and an hour of mixed cases, one after the other."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.db.models import Q

from disputes.models import Appeal, Chargeback, Dispute, Ruling
from rulebook.clock import now, parse_duration
from rulebook.models import Case, JournalEntry
from rulebook.models.case import FOR_A_MODERATOR
from stores.models import Penalty, Warehouse
from tests.console.test_browser import SIZES, findings
from tests.fair import PASSWORD, build_fair


@pytest.fixture
def fair(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return build_fair(begin=now() - parse_duration("8d"))


@pytest.fixture
def page(browser, live_server):
    context = browser.new_context(base_url=live_server.url, viewport=SIZES["desk"])
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def sign_in(page, who="senior_arbitrator") -> None:
    page.goto("/console/login/")
    page.get_by_label("E-mail").fill(f"{who}@platform.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/worklist/")


def contested(fair, refund: str, listing: str = "lantern"):
    """A dispute that nobody but a moderator ends; its parcel is seen by the carrier, and so is no case of its own."""
    dispute = fair.disputed(refund, listing)
    fair.do("carrier.scan", on=dispute.order.shipment_rows.get(), event="accepted")
    return fair.do("seller.reject_dispute", on=dispute, text="It was clean.")


# ------------------------------------------------------------------ by keyboard alone


def tab_to(page, wanted: str) -> None:
    """Press Tab until what has the focus fits the selector."""
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"Tab never came to {wanted}")


def test_a_case_is_dealt_read_decided_and_left_for_the_next_by_keyboard_alone(fair, page):
    first, then = (contested(fair, refund) for refund in ("30.00 USD", "20.00 USD"))
    fair.advance("7d")
    sign_in(page, "arbitrator")

    page.keyboard.press("n")
    page.wait_for_url(f"**/console/cases/{first.public_id}/")
    page.get_by_text("It looks different.").first.wait_for()
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.matches('#decide [name=refund]')")
    page.keyboard.press("Control+a")
    page.keyboard.type("12.50")
    tab_to(page, "#decide [name=liable]")
    page.keyboard.press("Space")
    tab_to(page, "#decide [name=reason]")
    page.keyboard.type("dnjkt? The pictures show half of it.")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Refund 12.50 USD to the buyer?").wait_for()
    page.keyboard.press("n")
    page.wait_for_url(f"**/console/cases/{then.public_id}/")
    page.get_by_text("The ruling is in force: 12.50 USD to the buyer.").wait_for()
    page.get_by_text("Held by you").first.wait_for()

    ruling = Ruling.objects.get()
    assert (ruling.refund_minor, ruling.reason) == (12_50, "dnjkt? The pictures show half of it.")


# ------------------------------------------------------------------ an hour


def court(fair) -> None:
    """Twenty cases of seven kinds that wait for a moderator who had no part in any of them."""
    first, manager = fair.moderator_actor("arbitrator"), fair.moderator_actor("policy_manager")
    for number in range(8):
        contested(fair, f"{10 + number}.00 USD")
    dear = [contested(fair, "800.00 USD", "palace") for _number in range(3)]
    ruled = [contested(fair, "40.00 USD") for _number in range(3)]
    fair.advance("7d")
    for dispute in dear:
        fair.do("moderator.rule", on=dispute, as_=first, refund="800.00 USD", liable="seller", reason="Broken.")
    for dispute in ruled:
        made = fair.do("moderator.rule", on=dispute, as_=first, refund="20.00 USD", liable="seller", reason="Half.")
        fair.do("seller.appeal", on=made, text="There is a film.")
    said = {"kind": "warning", "severity": "general", "article": "V-20", "reason": "It was so."}
    for _number in range(2):
        fair.do("moderator.propose_penalty", on=fair.store, as_=manager, **said)
    for _number in range(2):
        penalty = fair.do("moderator.propose_penalty", on=fair.store, as_=manager, **said)
        other = fair.moderator_actor("listing_reviewer")
        fair.do("seller.appeal_penalty", on=fair.do("moderator.confirm_penalty", on=penalty, as_=other), text="No.")
    fair.do("bank.chargeback", on=fair.shipped("lantern"), reason="stolen_card", network="visa")
    fair.do("seller.declare_warehouse", on=fair.store, country="DE", established=fair.store.opened_at)


def settle(page, number: int) -> str:
    """Fill in what the page of the case asks for; gives its kind."""
    kind = re.search(r"/console/(\w+)/", page.url)[1]
    decide = page.locator("#decide details[open]")
    if kind == "cases" and decide.locator("[name=refund]").count():
        decide.locator("[name=refund]").fill(["0", "5.00", "10.00"][number % 3])
        decide.locator("[name=liable]").first.check()
    if kind == "appeals":
        decide.locator(f"[name=uphold][value={'true' if number % 2 else 'false'}]").check()
    if kind == "penalties" and decide.locator("[name=uphold]").count():
        decide.locator(f"[name=uphold][value={'true' if number % 2 else 'false'}]").check()
    for name in ("reason", "text"):
        if decide.locator(f"textarea[name={name}]").count():
            decide.locator(f"textarea[name={name}]").fill(f"Looked at as number {number}.")
    if decide.locator("[name=countries]").count():
        decide.locator("[name=countries]").fill("DE")
    return kind


def test_an_hour_of_a_moderator_twenty_mixed_cases_one_after_the_other(fair, page):
    court(fair)
    waiting = Case.objects.filter(open=True, lane__in=FOR_A_MODERATOR)
    assert waiting.count() == 20
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page)

    page.keyboard.press("n")
    done: list[str] = []
    for number in range(20):
        page.wait_for_url(lambda address: not re.search(r"/worklist/|/$^", address))
        done.append(settle(page, number))
        page.locator("#decide details[open] button[type=submit]:not([name])").click()
        page.locator(".pp-preview").wait_for()
        page.keyboard.press("n")
        page.locator(".pp-preview").wait_for(state="detached")
    page.wait_for_url("**/console/worklist/")
    page.get_by_text("No other case waits for a moderator now.").wait_for()

    assert Counter(done) == {"cases": 11, "appeals": 3, "penalties": 4, "chargebacks": 1, "warehouses": 1}
    assert not waiting.exists()
    assert complaints == []
    assert_recorded()


def assert_recorded() -> None:
    """Each of the twenty is in the journal under the moderator's own name, with its reason where one was asked for."""
    mine = JournalEntry.objects.filter(actor_kind="moderator", actor_name="Senior arbitrator")
    acts = Counter(mine.values_list("subject_kind", flat=True).distinct().values_list("subject_kind", "subject_id"))
    kinds = Counter(kind for kind, _subject in acts)
    assert kinds["appeal"] == 3 and kinds["penalty"] == 4 and kinds["chargeback"] == 1 and kinds["warehouse"] == 1
    his = Ruling.objects.filter(Q(made_by_name="Senior arbitrator") | Q(approved_by_name="Senior arbitrator"))
    assert his.count() == 11
    assert {("ruling", identity) for identity in his.values_list("id", flat=True)} <= set(acts)
    assert set(Ruling.objects.values_list("state", flat=True)).isdisjoint({"proposed"})
    assert set(Dispute.objects.values_list("state", flat=True)) == {"resolved"}
    assert set(Appeal.objects.values_list("state", flat=True)) == {"upheld", "overturned"}
    assert Counter(Penalty.objects.values_list("state", flat=True)) == {"in_force": 2, "upheld": 1, "overturned": 1}
    assert Chargeback.objects.get().proof_asked_at is not None
    assert Warehouse.objects.get().decision


# ------------------------------------------------------------------ nobody is kept out


@pytest.mark.parametrize("size", SIZES)
def test_no_page_about_a_case_of_the_court_keeps_anybody_out(size, fair, page):
    """axe on case, appeal, chargeback, penalties, their previews, and on what is alike; nothing to scroll sideways."""
    court(fair)
    page.set_viewport_size(SIZES[size])
    sign_in(page)
    dispute = Dispute.objects.filter(state="arbitration").first()
    pages = {
        "case": f"/console/cases/{dispute.public_id}/",
        "statement": f"/console/cases/{Appeal.objects.first().ruling.dispute.public_id}/statement/",
        "approval": f"/console/cases/{Ruling.objects.filter(state='proposed').first().dispute.public_id}/",
        "appeal": f"/console/appeals/{Appeal.objects.first().public_id}/",
        "chargeback": f"/console/chargebacks/{Chargeback.objects.first().public_id}/",
        "proposed penalty": f"/console/penalties/{Penalty.objects.filter(state='proposed').first().public_id}/",
        "appealed penalty": f"/console/penalties/{Penalty.objects.filter(state='appealed').first().public_id}/",
        "penalties": "/console/stores/penalty/",
        "alike": "/console/alike/",
        "order": f"/console/order/{dispute.order.public_id}/",
        "store": f"/console/store/{fair.store.public_id}/",
    }
    problems = {}
    for name, address in pages.items():
        page.goto(address)
        page.evaluate("document.querySelectorAll('#decide details').forEach(one => { one.open = true; })")
        problems[name] = findings(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            problems[name].append(f"{wide} px to scroll sideways")
    for name in ("appeal", "proposed penalty"):
        page.goto(pages[name])
        settle(page, 0)
        page.locator("#decide details[open] button[type=submit]:not([name])").click()
        page.locator(".pp-preview").wait_for()
        problems[f"preview of {name}"] = findings(page)

    assert {name: found for name, found in problems.items() if found} == {}
