"""The moderators' console: how the theme looks and what its sidebar shows.

The colours are the tokens' own (piepowder/tokens.css), so that portal and console change together.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

STEPS = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")


def _asset(name: str) -> Any:
    """The address of a static file, found when a page asks: the storage is not ready while settings are read."""
    return lambda request: static(f"piepowder/{name}")


def _scale(name: str) -> dict[str, str]:
    return {step: f"var(--pp-{name}-{step})" for step in STEPS}


def environment(request: HttpRequest) -> list[str] | None:
    """The badge beside the title: nothing in production, so that a badge always means "not the real one"."""
    name = getattr(settings, "ENVIRONMENT_NAME", "development" if settings.DEBUG else "production")
    if name == "production":
        return None
    return [name.capitalize(), "warning" if name == "staging" else "info"]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar, by the person's role.

    Groups of ``{"title", "items": [{"title", "icon", "link", "badge", "permission"}]}``.
    """
    return []


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the console's first page needs, added to the admin's own context."""
    return context


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Piepowder",
    "SITE_HEADER": "Piepowder",
    "SITE_SUBHEADER": _("Arbitration and compliance"),
    "SITE_SYMBOL": "balance",
    "SITE_ICON": {"light": _asset("mark.svg"), "dark": _asset("mark.svg")},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _asset("favicon.svg")}],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "base": _scale("dust"),
        "primary": _scale("brand"),
        "font": {
            "subtle-light": "var(--pp-dust-500)",
            "subtle-dark": "var(--pp-dust-400)",
            "default-light": "var(--pp-dust-600)",
            "default-dark": "var(--pp-dust-300)",
            "important-light": "var(--pp-dust-900)",
            "important-dark": "var(--pp-dust-100)",
        },
    },
    "STYLES": [_asset("tokens.css"), _asset("piepowder.css")],
    "SCRIPTS": [_asset("piepowder.js")],
    "ENVIRONMENT": "config.unfold.environment",
    "DASHBOARD_CALLBACK": "config.unfold.dashboard",
    "SIDEBAR": {"show_search": False, "command_search": True, "show_all_applications": False, "navigation": navigation},
}
