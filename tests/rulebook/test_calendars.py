"""Counting periods. All of it at the edge: the second before, the instant, the second after."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rulebook.calendars import (
    CalendarMissing,
    calendar_months,
    day_end,
    day_start,
    hours,
    is_estimated,
    is_working_day,
    minutes,
    natural_days,
    platform_midnights,
    working_days,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_natural_days_are_multiples_of_24_hours_when_the_clocks_change():
    """A36."""
    start = at("2026-03-28 12:00", BERLIN)  # the clocks go forward on the 29th

    assert natural_days(start, 2) == start.astimezone(UTC) + timedelta(hours=48)
    assert natural_days(start, 2).astimezone(BERLIN).hour == 13


def test_hours_and_minutes_are_counted_to_the_second():
    start = at("2026-03-02 08:00:01")

    assert hours(start, 48) == at("2026-03-04 08:00:01")
    assert minutes(start, 30) == at("2026-03-02 08:30:01")


def test_what_is_counted_is_returned_in_utc():
    for end in (natural_days(at("2026-03-02"), 1), calendar_months(at("2026-03-02"), 1, zone=SHANGHAI)):
        assert end.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        natural_days(datetime(2026, 3, 2), 1)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-03-09 08:00", 3, "2026-03-13 00:00"),  # Monday: Tuesday, Wednesday, Thursday
        ("2026-03-09 00:00", 3, "2026-03-13 00:00"),
        ("2026-03-09 23:59:59", 3, "2026-03-13 00:00"),
        ("2026-03-10 00:00", 3, "2026-03-14 00:00"),
        ("2026-03-13 12:00", 1, "2026-03-17 00:00"),  # a Friday: Monday is the first day
        ("2026-03-14 12:00", 1, "2026-03-17 00:00"),  # a Saturday likewise
        ("2026-09-30 12:00", 1, "2026-10-09 00:00"),  # the week of the national holiday
        ("2026-02-13 12:00", 1, "2026-02-25 00:00"),  # the new year; Saturdays worked in lieu do not count
        ("2026-03-09 08:00", 0, "2026-03-10 00:00"),
    ],
)
def test_working_days_end_with_the_last_of_them(start, days, end):
    assert working_days(at(start), days, zone=SHANGHAI) == at(end)


def test_evidence_asked_for_on_a_monday_is_due_when_thursday_ends():
    due = working_days(at("2026-03-09 08:00"), 3, zone="Asia/Shanghai")

    assert due == datetime(2026, 3, 12, 16, tzinfo=UTC)


def test_the_start_day_is_that_of_the_platform_not_of_utc():
    late_on_monday_in_utc = datetime(2026, 3, 9, 20, tzinfo=UTC)  # already Tuesday in Shanghai

    assert working_days(late_on_monday_in_utc, 1, zone=SHANGHAI) == at("2026-03-12")


def test_a_saturday_worked_in_lieu_is_no_working_day():
    assert not is_working_day(date(2026, 2, 14))
    assert not is_working_day(date(2026, 2, 28))


def test_a_year_that_nobody_has_announced_yet_goes_by_standing_law(caplog):
    assert not is_working_day(date(2099, 1, 1))
    assert is_working_day(date(2099, 1, 6))
    assert is_estimated("CN", 2099)
    assert not is_estimated("CN", 2026)
    assert not is_estimated("DE", 2099)


def test_a_past_year_without_a_calendar_is_not_guessed():
    with pytest.raises(CalendarMissing, match="1990"):
        is_working_day(date(1990, 5, 2))


def test_a_year_that_the_package_lacks_can_be_declared():
    declared = {2098: [date(2098, 1, 1)], 2099: [date(2099, 1, 1)]}
    start = at("2098-12-31 12:00")  # a Wednesday

    assert working_days(start, 1, zone=SHANGHAI, declared=declared) == at("2099-01-03")


def test_a_country_without_a_calendar_is_not_guessed():
    with pytest.raises(CalendarMissing, match="'XX'"):
        is_working_day(date(2026, 3, 9), country="XX")


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31 10:00", 1, "2026-02-28 10:00"),
        ("2024-01-31 10:00", 1, "2024-02-29 10:00"),
        ("2026-08-31 10:00", 6, "2027-02-28 10:00"),
        ("2026-03-02 08:00", 3, "2026-06-02 08:00"),
        ("2026-12-15 00:00", 1, "2027-01-15 00:00"),
        ("2026-03-31 00:00", -1, "2026-02-28 00:00"),
        ("2026-03-31 00:00", 0, "2026-03-31 00:00"),
        ("2026-03-01 07:59:59", 1, "2026-04-01 07:59:59"),  # still February in UTC
    ],
)
def test_calendar_months_are_counted_in_platform_time_and_clamped(start, months, end):
    assert calendar_months(at(start), months, zone=SHANGHAI) == at(end)


def test_midnights_lie_after_the_first_moment_and_up_to_the_last():
    midnight = at("2026-03-03")

    found = list(platform_midnights(midnight, midnight + timedelta(days=2), SHANGHAI))
    assert found == [at("2026-03-04"), at("2026-03-05")]
    assert list(platform_midnights(midnight - timedelta(seconds=1), midnight, SHANGHAI)) == [midnight]
    assert list(platform_midnights(midnight, midnight + timedelta(hours=23, minutes=59), SHANGHAI)) == []


def test_a_day_goes_from_its_midnight_to_the_next():
    assert day_start(date(2026, 3, 3), SHANGHAI) == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert day_end(date(2026, 3, 3), SHANGHAI) == day_start(date(2026, 3, 4), SHANGHAI)
