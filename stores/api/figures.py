"""A store's indicators through the API: each with its formula and rule, and the orders behind it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework.response import Response

from rulebook.api.describing import describe_view, id_parameter, page_schema, query_parameters
from rulebook.api.pages import PAGING, query_of
from rulebook.api.schema import component
from rulebook.api.views import ResourceView
from rulebook.articles import label
from rulebook.clock import now
from rulebook.ids import public_id as public
from rulebook.inputs import Choice, Text
from rulebook.models.base import KINDS
from rulebook.money import Money
from rulebook.refusals import Invalid, NotFound
from rulebook.rules import Rules
from stores import health
from stores.api.resources import STORES
from stores.indicators import Figure, indicators
from stores.models import Store

SIDES = {"above": gettext_noop("What counts."), "below": gettext_noop("What it is divided by.")}
CODE = Text(help=gettext_noop("Only this indicator."), longest=40, default="")
SIDE = Choice(help=gettext_noop("Which side of the line."), options=SIDES, default="above")


def _known(code: str) -> None:
    if code not in indicators():
        raise NotFound(_("There is no indicator {code}.").format(code=code))


class FiguresView(ResourceView):
    """GET: the store's indicators as of now."""

    resource = STORES

    def get(self, request: Any, public_id: str) -> Response:
        store = Store.objects.get(pk=self.identity(public_id, "figures"))
        wanted = query_of(request, {"code": CODE})["code"]
        if wanted and wanted not in indicators():
            raise Invalid({"code": [_("There is no indicator {code}.").format(code=wanted)]})
        at = now()
        rules = health.rules_of(store, at)
        found = health.figures_now(store, at, [wanted] if wanted else None)
        return Response({"at": at.isoformat(), "results": [_figure(one, rules) for one in found.values()]})


class FigureOrdersView(ResourceView):
    """GET: what lies behind one side of an indicator, newest first."""

    resource = STORES

    def get(self, request: Any, public_id: str, code: str) -> Response:
        identity = self.identity(public_id, "figures")
        _known(code)
        wanted = query_of(request, {"side": SIDE})
        if wanted["cursor"] and health.read(wanted["cursor"]) is None:
            raise Invalid({"cursor": [_("This is no cursor of this list. Begin with the first page.")]})
        store, at = Store.objects.get(pk=identity), now()
        one, rules = indicators()[code], health.rules_of(store, at)
        spans = health.spans_of(one, store.id, at, rules)
        if wanted["side"] not in spans:
            return Response({"results": [], "next_cursor": None})
        page = health.page_of(spans[wanted["side"]], after=wanted["cursor"], limit=wanted["limit"])
        shift = health.shift_of(one, rules)
        rows = [
            {
                "kind": one.roots,
                "id": _id(one.roots, event.root_id),
                "at": (event.at + shift).isoformat(),
                "value": event.value,
            }
            for event in page.events
        ]
        return Response({"results": rows, "next_cursor": page.older or None})


def _id(kind: str, identity: UUID) -> str:
    return public(KINDS[kind].PREFIX, identity)


def _figure(figure: Figure, rules: Rules) -> dict[str, Any]:
    one = figure.indicator
    stands = health.standing(one.code, figure.value, rules)
    return {
        "code": one.code,
        "title": _(one.title),
        "formula": _(one.formula),
        "rule": one.rule,
        "rule_label": label(one.rule),
        "unit": one.unit,
        "value": _value(figure.value),
        "above": figure.above,
        "below": figure.below if one.below else None,
        "since": figure.since.isoformat() if figure.since else None,
        "higher_is_better": one.higher_is_better,
        "standing": stands.level or None if stands else None,
        "limits": [{"level": name, "limit": f"{limit.normalize():f}"} for name, limit, _high in stands.limits]
        if stands
        else [],
    }


def _value(value: Decimal | int | Money | None) -> str | None:
    if value is None:
        return None
    return value.amount if isinstance(value, Money) else str(value)


urlpatterns = [
    path("stores/<str:public_id>/figures", FiguresView.as_view(), name="store-figures"),
    path("stores/<str:public_id>/figures/<str:code>/orders", FigureOrdersView.as_view(), name="store-figure-orders"),
]


def _describe() -> None:
    text: dict[str, Any] = {"type": "string"}
    nothing: dict[str, Any] = {"type": ["string", "null"]}
    moment = {**text, "format": "date-time"}
    limit = {"type": "object", "properties": {"level": text, "limit": text}, "required": ["level", "limit"]}
    fields = {
        "code": text,
        "title": text,
        "formula": text,
        "rule": text,
        "rule_label": text,
        "unit": {**text, "enum": ["percent", "average", "count", "money"]},
        "value": nothing,
        "above": {"type": "integer"},
        "below": {"type": ["integer", "null"]},
        "since": {**nothing, "format": "date-time"},
        "higher_is_better": {"type": "boolean"},
        "standing": nothing,
        "limits": {"type": "array", "items": limit},
    }
    figure = component("Figure", {"type": "object", "properties": fields, "required": list(fields)})
    several = {
        "type": "object",
        "properties": {"at": moment, "results": {"type": "array", "items": figure}},
        "required": ["at", "results"],
    }
    event = {"kind": text, "id": text, "at": moment, "value": {"type": "integer"}}
    behind = component("FigureOrder", {"type": "object", "properties": event, "required": list(event)})
    describe_view(
        FiguresView,
        operation="stores_figures",
        tag="stores",
        summary=gettext_noop("Read a store's indicators"),
        answer=component("Figures", several),
        parameters=[id_parameter("sto"), *query_parameters({"code": CODE})],
        text=gettext_noop(
            "Each with its formula, its rule, what is above and below the line, and how it stands against the limits. "
            "`since` is where the window begins; what happened exactly then is out. Money is in USD."
        ),
    )
    describe_view(
        FigureOrdersView,
        operation="stores_figure_orders",
        tag="stores",
        summary=gettext_noop("Read the orders behind an indicator"),
        answer=component("FigureOrderPage", page_schema(behind)),
        parameters=[id_parameter("sto"), *query_parameters({"side": SIDE, **PAGING})],
        text=gettext_noop(
            "What makes the sum above (or below) the line, newest first: the order (or listing), the moment that "
            "counts, and how much it adds. What was taken back or is exempt is not there."
        ),
    )


_describe()

__all__ = ["FigureOrdersView", "FiguresView", "urlpatterns"]
