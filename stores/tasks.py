"""What the task queue runs for stores; a lost run is caught up by the next."""

from __future__ import annotations

from stores import ranking_run


def rank_listings() -> int:
    """Count the listings that wait for it; every minute."""
    return ranking_run.count_due(seconds=10.0)
