"""How many requests a key may make in a minute.

Counted in Django's cache with its atomic increment: with the default cache, which lives in the process, each process
grants the limit for itself; a shared cache (`CACHES`) makes it one limit.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

from rulebook.clock import now


class KeyThrottle(BaseThrottle):
    """A window is a minute of the clock; `API_REQUESTS_PER_MINUTE` is the limit, 0 for none."""

    def allow_request(self, request: Any, view: Any) -> bool:
        limit = settings.API_REQUESTS_PER_MINUTE
        key = getattr(request.auth, "prefix", None)
        if not limit or key is None:
            return True
        moment = now()
        self.left = 60 - moment.second
        name = f"api:{key}:{moment:%Y%m%d%H%M}"
        cache.add(name, 0, timeout=120)
        try:
            return bool(cache.incr(name) <= limit)
        except ValueError:  # dropped between the two by a full cache
            return True

    def wait(self) -> float:
        return float(self.left)
