"""One sentence for every act and refusal, in the reader's zone and language."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from rulebook.money import Money
from rulebook.refusals import Refused
from rulebook.sentences import fact_text, moment_text, money_text, why
from tests.court import Court

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Shanghai", "7 March 2026, 14:00 UTC+8"),
        ("America/Sao_Paulo", "7 March 2026, 03:00 UTC−3"),
        ("Asia/Kolkata", "7 March 2026, 11:30 UTC+5:30"),
        ("UTC", "7 March 2026, 06:00 UTC"),
    ],
)
def test_a_moment_is_absolute_with_its_zone_written_out(zone: str, text: str) -> None:
    assert moment_text(datetime(2026, 3, 7, 6, tzinfo=UTC), ZoneInfo(zone)) == text


@pytest.mark.parametrize(
    ("money", "text"), [("138.00 USD", "138.00\xa0USD"), ("1500 JPY", "1,500\xa0JPY"), ("1.234 KWD", "1.234\xa0KWD")]
)
def test_money_has_the_decimals_of_its_currency(money: str, text: str) -> None:
    assert money_text(Money.parse(money)) == text


def test_facts_are_written_for_people() -> None:
    assert fact_text("not_as_described") == "not as described"
    assert fact_text("2026-03-07T06:00:00+00:00", SHANGHAI) == "7 March 2026, 14:00 UTC+8"
    assert fact_text("100.00 USD") == "100.00\xa0USD"
    assert fact_text(None) == "–"


@pytest.mark.parametrize("words", ["100 PCS", "1.2345 USD", "2026-99-99T99:99:99Z", "9999999999999999999 USD"])
def test_words_that_only_look_like_money_or_a_moment_stand_as_they_were_written(words: str) -> None:
    assert fact_text(words) == words


def test_a_closed_order_says_why() -> None:
    court = Court()
    court.do("buyer.place_order", quantity=2)
    court.do("buyer.pay")
    court.do("seller.ship", quantity=1)
    court.advance("7d")

    entry = next(entry for entry in court.memory.journal if entry.act == "order.close_unshipped")

    assert why(entry, zone=SHANGHAI) == (
        "Closed: the 7-day handling period ended on 9 March 2026, 08:00 UTC+8 with 1 of 2 items shipped; 200.00\xa0USD goes back."
    )


def test_a_refusal_says_what_stood_in_the_way_and_from_when_on_it_will_not() -> None:
    court = Court()
    court.do("buyer.place_order")
    court.do("buyer.pay")
    court.do("seller.ship")

    with pytest.raises(Refused) as refused, timezone.override(SHANGHAI):
        court.do("buyer.open_dispute", reason="not_received", refund="100.00 USD")

    with timezone.override(SHANGHAI):
        assert refused.value.sentence == (
            "A dispute can be opened 10 days after shipping (Article 39). It will be possible from 12 March 2026, 08:00 UTC+8."
        )


def test_the_readers_language_decides_the_form_of_dates() -> None:
    with translation.override("de"):
        assert moment_text(datetime(2026, 3, 7, 6, tzinfo=UTC), SHANGHAI) == "7 März 2026, 14:00 UTC+8"
