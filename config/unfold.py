"""The moderators' console: how the theme looks and what its sidebar shows.

The colours are the tokens' own (piepowder/tokens.css), so that portal and console change together.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
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
    from rulebook.actors import Actor

    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return []
    groups = [_work(request, actor), _records(actor), _clerk(), _rulebook()]
    return [*groups, _house()] if request.user.is_superuser or "auditor" in actor.roles else groups


def _item(title: Any, icon: str, name: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(name if ":" in name else f"admin:{name}"), **more}


def _group(title: Any, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "items": list(items)}


def _work(request: HttpRequest, actor: Any) -> dict[str, Any]:
    """With how much waits for moderators, and what is stuck: one statement, and it stops counting at a hundred."""
    from rulebook.admin.cases import capped, cases, counts, questions
    from rulebook.clock import now
    from rulebook.models import Deadline

    waiting = counts(
        {
            "todo": cases("todo", "", actor, now()),
            "asked": questions(actor),
            "stuck": Deadline.objects.filter(status="stuck"),
        }
    )
    todo = {"badge": str(capped(waiting["todo"])), "badge_variant": "info"} if waiting["todo"] else {}
    stuck = {"badge": str(capped(waiting["stuck"])), "badge_variant": "danger"} if waiting["stuck"] else {}
    asked = {"badge": str(capped(waiting["asked"])), "badge_variant": "warning"} if waiting["asked"] else {}
    return _group(
        _("Work"),
        _item(_("Overview"), "space_dashboard", "index", **asked),
        _item(_("Worklist"), "inbox", "worklist", **todo),
        _item(_("Support"), "support_agent", "support"),
        _item(_("Reported reviews"), "rate_review", "reviews"),
        _item(_("Deadlines"), "alarm", "deadlines", **stuck),
        _item(_("Done together"), "library_add_check", "bulk_works"),
        _item(_("Prepared texts"), "text_snippet", "texts"),
    )


def _records(actor: Any) -> dict[str, Any]:
    alike = [_item(_("Decided alike"), "balance", "alike")] if actor.may("compare_rulings") else []
    return _group(
        _("Records"),
        _item(_("Disputes"), "gavel", "disputes_dispute_changelist"),
        _item(_("Chargebacks"), "credit_card_off", "disputes_chargeback_changelist"),
        _item(_("Penalties"), "front_hand", "stores_penalty_changelist"),
        _item(_("Events of providers"), "sync_alt", "disputes_providernotice_changelist"),
        *alike,
        _item(_("Orders"), "package_2", "orders"),
        _item(_("Conversations"), "forum", "orders_thread_changelist"),
        _item(_("Words that steer"), "flag", "steering"),
        _item(_("Complaints"), "report", "orders_complaint_changelist"),
        _item(_("Reviews"), "reviews", "orders_review_changelist"),
        _item(_("Stores"), "storefront", "stores_store_changelist"),
        _item(_("Sellers"), "badge", "stores_seller_changelist"),
        _item(_("Listings"), "sell", "stores_listing_changelist"),
        _item(_("Search and ranking"), "manage_search", "listing_search"),
        _item(_("Withdrawals"), "account_balance", "finance_withdrawal_changelist"),
    )


def _clerk() -> dict[str, Any]:
    return _group(
        _("Books"),
        _item(_("Ledger"), "receipt_long", "finance_transaction_changelist"),
        _item(_("Journal"), "history_edu", "rulebook_journalentry_changelist"),
        _item(_("Notices"), "mail", "rulebook_notice_changelist"),
    )


def _rulebook() -> dict[str, Any]:
    return _group(
        _("Rulebook"),
        _item(_("Rules"), "menu_book", "rulebook:rules"),
        _item(_("Values"), "tune", "rulebook:parameters"),
        _item(_("Amendments"), "edit_note", "amendments"),
    )


def _house() -> dict[str, Any]:
    """For administrators and auditors."""
    return _group(
        _("House"),
        _item(_("People"), "group", "stores_user_changelist"),
        _item(_("Keys"), "key", "stores_apikey_changelist"),
        _item(_("Storefronts"), "web", "stores_storefront_changelist"),
        _item(_("Deliveries"), "send", "rulebook_delivery_changelist"),
        _item(_("Queue: schedules"), "schedule", "django_q_schedule_changelist"),
        _item(_("Queue: failures"), "error", "django_q_failure_changelist"),
        _item(_("Queue: done"), "task_alt", "django_q_success_changelist"),
        _item(_("Queue: waiting"), "hourglass", "django_q_ormq_changelist"),
    )


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the console's first page needs, added to the admin's own context."""
    from rulebook.admin.overview import overview
    from rulebook.clock import now

    return {**context, **overview(request), "title": _("Overview"), "now": now(), "is_fullwidth": "1"}


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
