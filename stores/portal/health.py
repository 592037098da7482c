"""Health at the sellers' door: every indicator, and the orders behind each."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rulebook.clock import now
from stores import health_pages
from stores.portal import desk
from stores.portal.doors import store_staff_required
from stores.portal.linking import subject_url

desk.place("health", gettext_lazy("Health"), "portal:health", position=50)


def _door() -> health_pages.Door:
    return health_pages.Door(
        here=reverse("portal:health"),
        page=lambda code: reverse("portal:indicator", args=[code]),
        table=lambda code, side: f"{reverse('portal:indicator_csv', args=[code])}?side={side}",
        link=subject_url,
    )


@store_staff_required
def health(request: Any) -> HttpResponse:
    """All indicators of the store."""
    context = {"nav_current": "health", **health_pages.overview(request.store, now(), _door())}
    return render(request, "stores/portal/health.html", context)


@store_staff_required
def indicator(request: Any, code: str) -> HttpResponse:
    """One indicator with its days and what lies behind it."""
    shown = health_pages.detail(request.store, code, now(), request.GET, _door())
    crumbs = [{"label": _("Health"), "url": reverse("portal:health")}, {"label": shown["figure"]["title"]}]
    return render(request, "stores/portal/indicator.html", {"nav_current": "health", "crumbs": crumbs, **shown})


@store_staff_required
def indicator_csv(request: Any, code: str) -> HttpResponseBase:
    """The same list, whole, for a spreadsheet."""
    return csv_answer(request.store, code, request.GET.get("side", "above"))


def csv_answer(store: Any, code: str, side: str) -> HttpResponseBase:
    """A file that is written while it is sent."""
    health_pages.find(code)
    lines = health_pages.table(store, code, now(), side)
    name = f"{store.subdomain}-{code}-{'below' if side == 'below' else 'above'}.csv"
    disposition = f'attachment; filename="{name}"'
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


@desk.panel(35)
def figures(request: Any) -> dict[str, Any]:
    """The few figures of every day, beside their limits."""
    rows = health_pages.card(request.store, now(), _door())
    return {"template": "stores/portal/_figures.html", "rows": rows}
