"""What the parties are told of a dispute."""

from __future__ import annotations

import pytest

from rulebook.mailing import Reader, letter
from rulebook.models import Notice
from rulebook.refusals import Refused
from rulebook.telling import next_step


def test_letters_name_cases_by_their_numbers(fair):
    dispute = fair.escalated()
    fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="The pictures show it.")
    notices = Notice.objects.filter(root_id=dispute.order_id).order_by("id")
    letters = {notice.code: letter(notice, Reader())[1] for notice in notices}

    assert f"D{dispute.number}" in letters["dispute_resolved"]
    assert "Concerns: #" in letters["order_paid"]
    for code, text in letters.items():
        assert "dsp_" not in text and "ord_" not in text, (code, text)


def test_the_statement_of_reasons_goes_with_the_letter_about_a_decision(fair):
    dispute = fair.escalated()
    fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="The pictures show it.")
    told = Notice.objects.filter(code="dispute_resolved").order_by("id")
    letters = {notice.audience_kind: letter(notice, Reader(zone="America/New_York"))[1] for notice in told}

    assert set(letters) == {"buyer", "seller"}
    for text in letters.values():
        assert f"Statement of reasons: dispute D{dispute.number}" in text
        assert "The pictures show it." in text and "(A45-2)" in text and "Each side may appeal once, until" in text
        assert "UTC−" in text and "UTC+8" not in text, "moments are in the reader's zone"


def test_no_statement_goes_along_while_nothing_is_decided(fair):
    dispute = fair.disputed(return_goods=True)
    fair.do("seller.accept_dispute", on=dispute)
    notice = Notice.objects.filter(code="return_agreed").first()

    assert "Statement of reasons" not in letter(notice, Reader())[1]


def test_who_failed_on_appeal_is_not_told_that_nobody_may_appeal_any_more(fair):
    """V-22: the other side still may, once."""
    dispute = fair.escalated()
    ruling = fair.do("moderator.rule", on=dispute, refund="10.00 USD", liable="seller", reason="The pictures show it.")
    fair.do("seller.appeal", on=ruling, text="They show another one.")
    fair.do(
        "moderator.decide_appeal",
        on=ruling,
        as_=fair.moderator_actor(fair.second),
        uphold=True,
        reason="They show this one.",
    )
    told = Notice.objects.filter(code="appeal_decided").order_by("id")

    steps = {notice.audience_kind: next_step(notice) for notice in told}

    assert set(steps) == {"buyer", "seller"}
    assert all("the other side may still appeal" in step for step in steps.values())


def test_an_order_closed_for_another_reason_ends_its_dispute_with_what_truly_went_back(fair):
    """V-17: everything paid, by the closing; the dispute itself pays nothing."""
    order = fair.shipped("lantern")
    fair.advance("12d")  # and no carrier has seen it
    dispute = fair.do("buyer.open_dispute", on=order, reason="not_received", refund="20.00 USD")
    fair.do("moderator.find_false_shipping", on=order.shipment_rows.get(), reason="Nothing was sent.")
    told = Notice.objects.filter(subject_id=dispute.id, code__startswith="dispute_").exclude(code="dispute_opened")

    letters = {notice.audience_kind: letter(notice, Reader())[1] for notice in told}

    assert set(letters) == {"buyer", "seller"}
    for text in letters.values():
        assert "everything paid went back" in text
        assert "0.00\N{NO-BREAK SPACE}USD go back" not in text


def test_moderators_get_no_statement_with_a_notice(fair):
    dispute = fair.escalated()
    fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="The pictures show it.")
    notice = Notice.objects.filter(code="dispute_resolved").first()
    notice.audience_kind = "moderator"

    assert "Statement of reasons" not in letter(notice, Reader())[1]


def test_a_refusal_says_in_words_how_a_dispute_stands(fair):
    dispute = fair.disputed()

    with pytest.raises(Refused) as refused:
        fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="Too early.")

    assert "while the dispute is waiting for the seller's answer" in refused.value.sentence
