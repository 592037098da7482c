"""What every page of the portal knows: the moment, the reader's zone, his stores, and the way about with its counts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from rulebook.clock import now
from rulebook.zones import platform_zone
from stores.portal import desk
from stores.portal.words import ROLES


def portal(request: HttpRequest) -> dict[str, Any]:
    """For pages of other doors the moment and the zone alone."""
    shared: dict[str, Any] = {"now": now(), "reader_zone": getattr(request, "reader_zone", None) or platform_zone()}
    if request.path.startswith("/console/"):
        return shared
    shared["urls"] = {"rules": _address("rulebook:rules"), "sign_out": _address("portal:sign_out")}
    if not hasattr(request, "store"):
        return shared
    nav = desk.navigation(request)
    return {
        **shared,
        "store": request.store,
        "stores": _stores(request),
        "role": ROLES.get(request.member.role, request.member.role),  # type: ignore[attr-defined]
        "nav": nav,
        "nav_more": desk.folded(nav),
        "urls": {**shared["urls"], "home": reverse("portal:home"), "profile": reverse("portal:you")},
    }


def _stores(request: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": member.store.name,
            "url": reverse("portal:switch", args=[member.store.public_id]),
            "current": member is request.member,
        }
        for member in request.memberships
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
