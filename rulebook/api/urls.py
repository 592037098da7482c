"""Addresses of the API, all made from the registries of actions and resources."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from rulebook.api.actions import CreateView, routes
from rulebook.api.describing import describe_act, describe_resource
from rulebook.api.resources import Resource, resources
from rulebook.api.rules import RuleListView, RuleView
from rulebook.api.views import DetailView, JournalView, ListView


def urlpatterns() -> list[URLPattern]:
    """Below the version. A collection is one address: listing is its GET, making its POST."""
    acts = routes()
    found = []
    for resource in resources().values():
        found += _reading(resource, acts.pop(resource.collection, None))
    for pattern, view in acts.items():
        describe_act(view, pattern, creating=issubclass(view, CreateView))
        found.append(path(pattern, view.as_view(), name=pattern.replace("/<str:public_id>/", "-")))
    return [
        *found,
        path("rules", RuleListView.as_view(), name="rules"),
        path("rules/<str:rule_id>", RuleView.as_view(), name="rule"),
    ]


def _reading(resource: Resource, creating: Any) -> list[URLPattern]:
    own = {"resource": resource}
    bases: tuple[type, ...] = (ListView,) if creating is None else (ListView, creating)
    listing = type(f"{resource.collection}ListView", bases, dict(own))
    detail = type(f"{resource.collection}DetailView", (DetailView,), dict(own))
    journal = type(f"{resource.collection}JournalView", (JournalView,), dict(own))
    describe_resource(resource, listing, detail, journal)
    if creating is not None:
        describe_act(listing, resource.collection, creating=True)
    word = resource.collection
    return [
        path(word, listing.as_view(), name=f"{word}-list"),  # type: ignore[attr-defined]
        path(f"{word}/<str:public_id>", detail.as_view(), name=f"{word}-detail"),  # type: ignore[attr-defined]
        path(f"{word}/<str:public_id>/journal", journal.as_view(), name=f"{word}-journal"),  # type: ignore[attr-defined]
    ]
