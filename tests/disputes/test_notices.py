"""What the parties are told of a dispute."""

from __future__ import annotations

from rulebook.mailing import Reader, letter
from rulebook.models import Notice


def test_letters_name_cases_by_their_numbers(fair):
    dispute = fair.escalated()
    fair.do("moderator.rule", on=dispute, refund="20.00 USD", liable="seller", reason="The pictures show it.")
    notices = Notice.objects.filter(root_id=dispute.order_id).order_by("id")
    letters = {notice.code: letter(notice, Reader())[1] for notice in notices}

    assert f"D{dispute.number}" in letters["dispute_resolved"]
    assert "Concerns: #" in letters["order_paid"]
    for code, text in letters.items():
        assert "dsp_" not in text and "ord_" not in text, (code, text)
