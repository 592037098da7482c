"""Platform time: the zone in which days begin, dates are meant and readers without a setting read."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from rulebook.clock import now
from rulebook.rules import Rulebook


@lru_cache(maxsize=1)
def platform_zone() -> ZoneInfo:
    """The present value of the parameter `platform.tz`."""
    return ZoneInfo(str(Rulebook().at(now()).platform.tz))
