"""The case page: everything an arbitrator reads, the suggestion, the outcomes on offer, and what a preview tells."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from disputes.admin.case import CasePage
from disputes.admin.deciding import figure_row
from disputes.models import Evidence, Ruling
from rulebook.clock import now, parse_duration
from rulebook.files import memory_files
from rulebook.samples import sample
from stores.foreseeing import Foreseen
from stores.indicators import indicators
from stores.models import Store
from tests.console.conftest import ruling
from tests.fair import build_fair


def page_of(dispute):
    return reverse("admin:case", args=[dispute.public_id])


def act_at(dispute, verb):
    return reverse("admin:case_act", args=[dispute.public_id, verb])


def rule_at(dispute):
    return reverse("admin:case_rule", args=[dispute.public_id])


def words(page) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))
    return unescape(text).replace("\N{NO-BREAK SPACE}", " ")


def hidden_fields(page) -> dict[str, str]:
    form = re.search(r'<form class="pp-card__foot.*?</form>', page.content.decode(), re.S)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def decided(fair, refund="20.00 USD", **inputs) -> Ruling:
    """A dispute ruled at once."""
    dispute = fair.escalated()
    return fair.do("moderator.rule", on=dispute, refund=refund, **{"liable": "seller", "reason": "Seen.", **inputs})


# ------------------------------------------------------------------ reading


def test_the_page_costs_the_same_whatever_is_in_the_case(fair, arbitrator):
    empty = fair.disputed()
    full = fair.disputed()
    for number in range(6):
        fair.do("buyer.add_evidence", on=full, text=f"Piece {number}")
        fair.do("buyer.message", on=full.order, text=f"Word {number}")
        fair.do("buyer.open_dispute", on=fair.shipped("lantern"), refund="5.00 USD", reason="quality", text="Again.")
    arbitrator.get(page_of(empty))
    counts = []
    for dispute in (empty, full):
        with CaptureQueriesContext(connection) as seen:
            arbitrator.get(page_of(dispute))
        counts.append(len(seen))

    assert counts[1] - counts[0] <= 2, "evidence and messages are one statement each"
    assert counts[1] <= 27


def test_messages_stand_in_the_story_between_acts_and_scans(fair, arbitrator):
    dispute = fair.disputed()
    fair.do("buyer.message", on=dispute.order, text="Did you see the photos?")

    shown = words(arbitrator.get(page_of(dispute)))

    assert shown.index("Opened: 20.00 USD") < shown.index("Did you see the photos?")


def test_evidence_says_what_it_is_whether_it_came_late_and_its_fingerprint(fair, arbitrator):
    dispute = fair.escalated()
    fair.do("buyer.add_evidence", on=dispute, file=sample("dust.jpg"), shows="unboxing_video")
    fair.advance("3d")
    fair.do("seller.add_evidence", on=dispute, file=sample("late.jpg"), text="Found it.")

    page = arbitrator.get(page_of(dispute))

    shown = words(page)
    assert "Film of the opening" in shown
    assert shown.count("late Found it.") == 1
    assert Evidence.objects.first().sha256 in shown


def test_a_film_plays_in_the_page_and_a_pdf_is_saved(fair, arbitrator):
    dispute = fair.disputed()
    fair.do("buyer.add_evidence", on=dispute, file=sample("opening.mp4"))
    fair.do("buyer.add_evidence", on=dispute, file=sample("paper.pdf"))

    html = arbitrator.get(page_of(dispute)).content.decode()

    assert re.search(r"<video[^>]*controls", html) and "video/mp4" in html
    assert "PDF: save and open" in html


def test_a_player_gets_the_part_that_it_asks_for_and_the_whole_is_never_run(fair, arbitrator):
    dispute = fair.disputed()
    fair.do("buyer.add_evidence", on=dispute, file=sample("opening.mp4"))
    address = reverse("admin:evidence", args=[Evidence.objects.get().public_id])
    whole = arbitrator.get(address).content

    part = arbitrator.get(address, headers={"Range": "bytes=4-9"})
    tail = arbitrator.get(address, headers={"Range": "bytes=-3"})
    beyond = arbitrator.get(address, headers={"Range": f"bytes={len(whole)}-"})

    assert (part.status_code, part.content) == (206, whole[4:10])
    assert part["Content-Range"] == f"bytes 4-9/{len(whole)}"
    assert tail.content == whole[-3:]
    assert beyond.status_code == 416
    assert all("sandbox" in answer["Content-Security-Policy"] for answer in (part, tail, beyond))


def test_the_parties_stand_with_their_figures_and_their_past(fair, arbitrator):
    decided(fair)
    dispute = fair.disputed()

    page = arbitrator.get(page_of(dispute))

    shown, store = words(page), page.context["parties"][0]
    assert [row["of"] for row in store["figures"] if row["title"] == "Rulings against the seller"] == ["1 / 1"]
    assert "1 for the buyer, 0 for the seller" in shown
    assert "Orders 2, 2 paid" in shown


def test_the_rules_are_those_that_can_decide_with_their_values(fair, arbitrator):
    shown = words(arbitrator.get(page_of(fair.escalated())))

    for part in ("Sellers at fault carry out the ruling", "500.00 USD", "One appeal each", "7 natural days"):
        assert part in shown, part


def test_a_covered_case_says_so_and_what_the_seller_was_asked(db, enter):
    with memory_files():
        fair = build_fair()
        Store.objects.filter(pk=fair.store.pk).update(aftersale_cover=True)
        arbitrator = enter(fair.moderators["arbitrator"])
        dispute = fair.disputed()
        fair.do("moderator.request_cooperation", on=dispute, text="Send the test record.")

        page = arbitrator.get(page_of(dispute))

    shown = words(page)
    for part in (
        "covered: the platform pays up to the cap",
        "Send the test record.",
        "no answer yet",
        "Seller's help",
        "Platform: the after-sale cover pays up to 50.00 USD",
        "Not a case of the platform's",
        "Report abuse of the cover",
    ):
        assert part in shown, part


def test_a_contested_return_stands_with_its_waybill_and_what_was_agreed(fair, arbitrator):
    dispute = fair.disputed("50.00 USD")
    fair.do("seller.make_offer", on=dispute, refund="40.00 USD", return_goods=True)
    fair.do("buyer.accept_offer", on=dispute)
    fair.do("buyer.ship_return", on=dispute, waybill="BACK1234")
    fair.do("seller.contest_return", on=dispute, text="Stones in the box.")

    page = arbitrator.get(page_of(fair.fresh(dispute)))

    shown = words(page)
    for part in ("BACK1234", "Against them 40.00 USD", "Stones in the box.", "shows no film of its opening"):
        assert part in shown, part
    assert page.context["form"].initial["refund"] == "40.00"


# ------------------------------------------------------------------ suggested outcome and like cases


def test_the_suggestion_is_shown_with_its_grounds_and_fills_the_form_on_demand_only(fair, arbitrator):
    dispute = fair.escalated("100.00 USD")
    fair.do("buyer.add_evidence", on=dispute, file=sample("dust.jpg"))

    plain = arbitrator.get(page_of(dispute))
    filled = arbitrator.get(page_of(dispute), {"fill": "suggestion"})

    assert "The buyer has shown what this reason asks for" in words(plain)
    assert "Fill the form with it" in words(plain)
    assert plain.context["form"].initial.get("reason") is None
    assert "The buyer has shown what this reason asks for" in filled.context["form"].initial["reason"]
    assert filled.context["form"].initial["cause"] == "SD-DESC"
    assert not Ruling.objects.exists()


@pytest.mark.parametrize(
    ("payer", "says"),
    [("seller", "paid by the seller"), ("none", "not settled by the rules: the parties agree"), ("", "")],
)
def test_the_suggestion_says_who_pays_the_way_back_where_the_rules_say_it(payer, says, fair):
    """Of a late delivery they name nobody."""
    found = CasePage(fair.escalated().pk, fair.moderator_actor())
    found.__dict__["suggestion"] = replace(found.suggestion, freight=payer)

    assert found.context()["suggested_freight"] == says


def test_like_rulings_are_listed_with_their_end_and_the_case_itself_is_not(fair, arbitrator):
    past = decided(fair)
    dispute = fair.escalated()

    shown = words(arbitrator.get(page_of(dispute)))
    own = words(arbitrator.get(page_of(past.dispute)))

    assert "20.00 USD refunded" in shown and "same reason, same category, like value, words alike: 100 %" in shown
    assert "Nobody has ruled on a case with this reason yet." in own


def test_an_overturned_ruling_is_marked_among_the_like_ones(fair, arbitrator):
    past = decided(fair)
    appeal = fair.do("seller.appeal", on=past, text="Look again.")
    fair.do(
        "moderator.decide_appeal_itself",
        on=appeal,
        as_=fair.moderator_actor(fair.second),
        uphold=False,
        reason="It was wrong.",
    )

    shown = words(arbitrator.get(page_of(fair.escalated())))

    assert "Overturned on appeal" in shown


# ------------------------------------------------------------------ outcomes on offer


def test_only_outcomes_that_the_case_can_have_are_offered(fair, arbitrator):
    goods = fair.escalated()
    lost = fair.disputed(reason="not_received")
    fair.do("seller.reject_dispute", on=lost, text="Wait.")
    fair.advance("7d")

    about_goods = arbitrator.get(page_of(goods)).context["form"].fields
    about_the_way = arbitrator.get(page_of(lost)).context["form"].fields

    assert {"counterfeit", "return_goods"} <= set(about_goods)
    assert [code for code, _words in about_goods["liable"].choices] == ["seller", "platform", "buyer"]
    assert not {"counterfeit", "return_goods"} & set(about_the_way)
    assert [code for code, _words in about_the_way["liable"].choices] == ["seller", "logistics", "platform", "buyer"]


def test_what_a_case_cannot_have_is_not_taken_either(fair, arbitrator):
    lost = fair.disputed(reason="not_received")
    fair.do("seller.reject_dispute", on=lost, text="Wait.")
    fair.advance("7d")

    arbitrator.post(
        rule_at(lost), {**ruling(fair.fresh(lost)), "return_goods": "on", "counterfeit": "on", "confirmed": "yes"}
    )

    made = Ruling.objects.get()
    assert (made.return_goods, made.counterfeit) == (False, False)


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({}, ["Refund 20.00 USD to the buyer?", "Rulings against the seller", "To the buyer", "To the seller"]),
        (
            {"return_goods": "on"},
            ["Refund 20.00 USD against the goods?", "Buyer to send back", "The buyer posts the goods until"],
        ),
        ({"counterfeit": "on"}, ["Rule that the goods are counterfeit?", "200.00 USD on top", "Deposit (CNY)"]),
        ({"refund": "0"}, ["Reject the claim?"]),
        ({"liable": "platform"}, ["Borne by the platform"]),
    ],
)
def test_a_preview_tells_money_states_figures_and_who_is_told(fields, parts, fair, arbitrator):
    dispute = fair.escalated()

    shown = words(arbitrator.post(rule_at(dispute), ruling(dispute, **fields)))

    for part in parts:
        assert part in shown, part
    assert not Ruling.objects.exists()


def test_the_figures_of_the_preview_are_those_that_stand_afterwards(fair, arbitrator):
    dispute = fair.escalated()
    preview = arbitrator.post(rule_at(dispute), ruling(dispute))
    told = {row["title"]: row["after"] for row in preview.context["preview"]["figures"]}

    arbitrator.post(rule_at(dispute), {**hidden_fields(preview), "confirmed": "yes"})
    after = {row["title"]: row["value"] for row in arbitrator.get(page_of(dispute)).context["parties"][0]["figures"]}

    assert told["Rulings against the seller"] == after["Rulings against the seller"] == "100.0 %"


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [
        (Decimal(0), Decimal(5), "worse"),
        (Decimal(5), Decimal(2), "better"),
        (None, Decimal(0), ""),
        (Decimal(5), None, ""),
    ],
)
def test_a_figure_that_begins_or_ends_is_neither_better_nor_worse(before, after, turn):
    change = Foreseen(indicators()["dispute_rate"], before, after, None, None)

    assert figure_row(change)["turn"] == turn


def test_a_refund_above_the_limit_counts_nothing_until_it_is_approved(fair, arbitrator):
    dispute = fair.escalated("800.00 USD", "palace")

    preview = arbitrator.post(rule_at(dispute), ruling(dispute, refund="800.00"))

    assert "nothing moves until another moderator approves" in words(preview)
    assert preview.context["preview"]["figures"] == []


# ------------------------------------------------------------------ other acts


def test_a_proposal_is_previewed_made_and_shown_with_who_has_taken_it(fair, arbitrator):
    dispute = fair.escalated()
    sent = {"suggest_refund": "12.00", "text": "Meet halfway.", "version": str(dispute.version)}

    preview = arbitrator.post(act_at(dispute, "intervene"), sent)
    arbitrator.post(act_at(dispute, "intervene"), {**hidden_fields(preview), "confirmed": "yes"})
    fair.do("buyer.accept_suggestion", on=dispute)

    shown = words(arbitrator.get(page_of(dispute)))
    assert "Propose 12.00 USD to both sides?" in words(preview)
    assert "The buyer has taken it. The other side's word is missing." in shown


def test_a_second_person_sends_a_ruling_back_and_the_case_is_open_again(fair, second):
    dispute = fair.escalated("800.00 USD", "palace")
    made = fair.do("moderator.rule", on=dispute, refund="800.00 USD", liable="seller", reason="All of it.")
    sent = {"reason": "The film shows less.", "version": str(made.version)}

    preview = second.post(act_at(dispute, "send_back_ruling"), sent)
    second.post(act_at(dispute, "send_back_ruling"), {**hidden_fields(preview), "confirmed": "yes"})

    assert "Nothing moves" in words(preview)
    assert fair.fresh(made).state == "overturned"
    assert fair.fresh(dispute).proposed_ruling_id is None


def test_an_act_that_does_not_exist_is_a_404(fair, arbitrator):
    dispute = fair.escalated()

    assert arbitrator.post(act_at(dispute, "pardon"), {}).status_code == 404
    assert arbitrator.post(act_at(dispute, "hold_order"), {}).status_code == 404


def test_who_may_not_decide_reads_the_case_and_is_told_so(fair, enter):
    dispute = fair.escalated()
    auditor = enter(fair.moderators["auditor"])

    page = auditor.get(page_of(dispute))
    answer = auditor.post(rule_at(dispute), ruling(dispute))

    assert "Your role reads this case." in words(page)
    assert "Fill the form with it" not in words(page)
    assert answer.status_code == 403


# ------------------------------------------------------------------ the statement of reasons


def test_the_statement_is_linked_once_something_is_decided(fair, arbitrator):
    dispute = fair.escalated()
    address = reverse("admin:case_statement", args=[dispute.public_id])

    before = arbitrator.get(address)
    fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="The pictures show it.")
    page, after = arbitrator.get(page_of(dispute)), arbitrator.get(address)

    assert before.status_code == 404
    assert address in page.content.decode()
    assert "The pictures show it." in words(after) and "Each side may appeal once, until" in words(after)


def test_a_long_past_case_still_opens(db, enter):
    fair = build_fair(begin=now() - parse_duration("60d"))
    arbitrator = enter(fair.moderators["arbitrator"])
    dispute = fair.disputed()
    fair.advance("30d")

    page = arbitrator.get(page_of(dispute))

    assert page.status_code == 200
    assert "The case has ended; nothing is left to decide." in words(page)
    assert page.context["suggestion"] is None
