"""The console: the one admin site, its doorkeeper, and the pages of all apps in one place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from stores.acting import moderator_of


class ConsoleSite(UnfoldAdminSite):
    """Open to staff of the platform who have a role. Every page finds the person, as an actor, on its request."""

    site_url = None
    index_template = "console/index.html"
    index_title = "Overview"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        request.actor = moderator_of(user, door="console") if user.is_authenticated else None
        return request.actor is not None

    def get_urls(self) -> list[URLPattern]:
        return [path(route, self.admin_view(view), name=name) for route, view, name in pages()] + super().get_urls()


def pages() -> list[tuple[str, Any, str]]:
    """Our own pages: address, view, name (under ``admin:``)."""
    from disputes.admin import views as cases
    from finance.admin.store import store
    from orders.admin.page import order
    from rulebook.admin import clerk, policy, worklist

    return [
        ("worklist/", worklist.worklist, "worklist"),
        ("worklist/next/", worklist.next_case, "next_case"),
        ("worklist/<uuid:case_id>/hold/", worklist.take, "take_case"),
        ("cases/<str:case_id>/", cases.case, "case"),
        ("cases/<str:case_id>/rule/", cases.rule, "case_rule"),
        ("cases/<str:case_id>/approve/", cases.approve, "case_approve"),
        ("evidence/<str:evidence_id>/", cases.evidence, "evidence"),
        ("order/<str:order_id>/", order, "order"),
        ("store/<str:store_id>/", store, "store"),
        ("deadlines/", clerk.deadlines, "deadlines"),
        ("deadlines/<uuid:deadline_id>/retry/", clerk.retry, "retry_deadline"),
        ("amendments/", policy.amendments, "amendments"),
        ("amendments/propose/", policy.propose, "propose_amendment"),
        ("amendments/<str:amendment_id>/", policy.amendment, "amendment"),
        ("amendments/<str:amendment_id>/<str:verb>/", policy.amendment_act, "amendment_act"),
    ]
