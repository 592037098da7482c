"""A store's health for moderators: the same indicators as its staff read, and the orders behind them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rulebook.admin.base import page
from rulebook.clock import now
from rulebook.ids import parse_id, public_id
from rulebook.models.base import KINDS
from stores import health_pages
from stores.models import Store
from stores.portal.health import csv_answer


def find(store_id: str) -> Store:
    try:
        found = Store.objects.filter(pk=parse_id(store_id, Store.PREFIX)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _door(store: Store) -> health_pages.Door:
    return health_pages.Door(
        here=reverse("admin:health", args=[store.public_id]),
        page=lambda code: reverse("admin:indicator", args=[store.public_id, code]),
        table=lambda code, side: f"{reverse('admin:indicator_csv', args=[store.public_id, code])}?side={side}",
        link=link,
    )


def link(kind: str, identity: Any) -> str:
    """The console's page of a thing: our own, else its register's entry."""
    for name, args in ((f"admin:{kind}", [public_id(KINDS[kind].PREFIX, identity)]), (_register(kind), [identity])):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    return ""


def _register(kind: str) -> str:
    meta = KINDS[kind]._meta
    return f"admin:{meta.app_label}_{meta.model_name}_change"


def _crumbs(store: Store, *last: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"label": _("Stores"), "url": reverse("admin:stores_store_changelist")},
        {"label": store.name, "url": reverse("admin:store", args=[store.public_id])},
        *last,
    ]


@require_GET
def health(request: HttpRequest, store_id: str) -> HttpResponse:
    """All indicators of a store."""
    store = find(store_id)
    title = _("Health of {store}").format(store=store.name)
    context = {"title": title, "store": store, "crumbs": _crumbs(store, {"label": _("Health")})}
    return page(request, "stores/admin/health.html", {**context, **health_pages.overview(store, now(), _door(store))})


@require_GET
def indicator(request: HttpRequest, store_id: str, code: str) -> HttpResponse:
    """One indicator with its days and what lies behind it."""
    store = find(store_id)
    door = _door(store)
    shown = health_pages.detail(store, code, now(), request.GET, door)
    name = shown["figure"]["title"]
    crumbs = _crumbs(store, {"label": _("Health"), "url": door.here}, {"label": name})
    context = {"title": f"{name} · {store.name}", "store": store, "crumbs": crumbs}
    return page(request, "stores/admin/indicator.html", {**context, **shown})


@require_GET
def indicator_csv(request: HttpRequest, store_id: str, code: str) -> HttpResponseBase:
    """The same list, whole, for a spreadsheet."""
    return csv_answer(find(store_id), code, request.GET.get("side", "above"))
