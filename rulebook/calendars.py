"""Counting time as the rules do: natural days, working days, calendar months, midnights of the platform.

Pure functions on aware datetimes; what they return is in UTC and the first instant that is too late.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

log = logging.getLogger("piepowder.calendars")

SATURDAY = 5
YEARLY = "CN"
"""The country whose holidays are announced anew each autumn; other calendars follow from standing law."""


class CalendarMissing(LookupError):
    """The holidays of a year are not known, so its working days are not counted; the message says which year."""


def natural_days(start: datetime, n: int) -> datetime:
    """n times 24 hours after `start`, whatever the clocks do meanwhile (A36-3)."""
    return _utc(start) + lasting(n)


def lasting(n: int) -> timedelta:
    """n natural days as a length: how long before its end a period is called to mind."""
    return timedelta(days=n)


def hours(start: datetime, n: int) -> datetime:
    return _utc(start) + timedelta(hours=n)


def minutes(start: datetime, n: int) -> datetime:
    return _utc(start) + timedelta(minutes=n)


def working_days(
    start: datetime,
    n: int,
    *,
    zone: ZoneInfo | str,
    country: str = "CN",
    declared: Mapping[int, Collection[date]] | None = None,
) -> datetime:
    """The end (24:00 in `zone`) of the n-th working day after the day of `start`.

    Working days are Monday to Friday less the country's public holidays; a Saturday worked in lieu does not count.
    declared: holidays by year, for years that the calendar lacks. Raises `CalendarMissing` for any other such year.
    """
    day, left = local_day(start, zone), n
    while left > 0:
        day += timedelta(days=1)
        left -= is_working_day(day, country=country, declared=declared)
    return day_end(day, zone)


def is_working_day(day: date, *, country: str = "CN", declared: Mapping[int, Collection[date]] | None = None) -> bool:
    """Whether offices work on the day. Raises `CalendarMissing` for a weekday of a year without a calendar."""
    if day.weekday() >= SATURDAY:
        return False
    if declared and day.year in declared:
        return day not in declared[day.year]
    return day not in _holidays_of(country, day.year)


def calendar_months(start: datetime, n: int, *, zone: ZoneInfo | str) -> datetime:
    """The same day and time in `zone` n months later, or earlier; the last day of a month that is too short."""
    local = _utc(start).astimezone(_zone(zone))
    year, month = divmod(local.year * 12 + local.month - 1 + n, 12)
    month += 1
    return local.replace(year=year, month=month, day=min(local.day, _last_day(year, month))).astimezone(UTC)


def platform_midnights(after: datetime, until: datetime, zone: ZoneInfo | str) -> Iterator[datetime]:
    """Every 00:00 in `zone` later than `after` and not later than `until`, in order."""
    midnight = day_end(local_day(after, zone), zone)
    while midnight <= until:
        yield midnight
        midnight = day_end(local_day(midnight, zone), zone)


def local_day(moment: datetime, zone: ZoneInfo | str) -> date:
    """The calendar day of the moment in `zone`."""
    return _utc(moment).astimezone(_zone(zone)).date()


def day_start(day: date, zone: ZoneInfo | str) -> datetime:
    """00:00 of the day in `zone`."""
    return datetime.combine(day, time(), _zone(zone)).astimezone(UTC)


def day_end(day: date, zone: ZoneInfo | str) -> datetime:
    """24:00 of the day in `zone`, which is 00:00 of the next."""
    return day_start(day + timedelta(days=1), zone)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; periods are counted from instants")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _zone(zone: ZoneInfo | str) -> ZoneInfo:
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def _last_day(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


@lru_cache(maxsize=256)
def _holidays_of(country: str, year: int) -> frozenset[date]:
    """Each autumn China announces the days of the next year. Until the package knows them, the year goes by standing law alone
    (the festivals, without bridge days), which `is_estimated` tells; a past year without a calendar is not guessed."""
    try:
        calendar = holidays.country_holidays(country, years=year)
    except NotImplementedError as problem:
        raise CalendarMissing(f"There is no holiday calendar for {country!r}") from problem
    announced: Collection[int] = getattr(calendar, "special_public_holidays", {})
    if not calendar or (country == YEARLY and year not in announced and year < max(announced)):
        raise CalendarMissing(
            f"The public holidays of {year} for {country} are not in the installed calendar: "
            "update the holidays package or declare them in platform.holidays"
        )
    if country == YEARLY and year not in announced:
        log.warning(
            "the holidays of %s in %s are not announced in the installed calendar; standing law is taken", year, country
        )
    return frozenset(calendar)


def is_estimated(country: str, year: int) -> bool:
    """Whether the year's holidays are those of standing law, because nobody has announced them yet."""
    announced: Collection[int] = getattr(holidays.country_holidays(country, years=year), "special_public_holidays", {})
    return country == YEARLY and year not in announced
