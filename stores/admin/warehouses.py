"""Warehouses that were declared too late: the case page and the platform's answer (A38E-3, A38E-4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from rulebook.admin.base import page
from rulebook.admin.bulk import Way as Together
from rulebook.admin.cases import CASE_KINDS, CaseKind
from rulebook.admin.deciding import Deciding, Way, head
from rulebook.admin.finding import held
from rulebook.articles import article
from rulebook.docket import Docket
from rulebook.pages import figures_of
from rulebook.templatetags.piepowder import in_words
from rulebook.timeline import subject_timeline, why_it_stands
from stores.models import Warehouse
from stores.states import WarehouseState

LAW = ("A38E-1", "A38E-2", "A38E-3", "A38E-4")
REMEMBERED = 20

CASE_KINDS["warehouse"] = CaseKind(
    label=gettext_lazy("Warehouses declared late"),
    prefix=Warehouse.PREFIX,
    page="warehouse",
    title=lambda case: _("Warehouse in {country}").format(country=case.party),
    topic=lambda case: _("Declared late"),
    may="watch_stores",
    bulk={
        "excuse": Together(
            action="moderator.excuse_warehouse",
            label=gettext_lazy("Excuse the delays"),
            sentence=gettext_lazy("Nothing follows from the late declarations; the sellers read the reasons."),
        )
    },
)


def _deciding(request: HttpRequest, found: Warehouse, docket: Docket) -> Deciding:
    here = reverse("admin:warehouse", args=[found.public_id])
    place = found.country

    def show(context: dict[str, Any], status: int = 200) -> HttpResponse:
        return _show(request, found, docket, context, status)

    ways = {
        "moderator.block_for_warehouse": Way(
            title=_("Block the store's products?"),
            sentence=_("Nothing of {store} is sold to the countries that you named until they are unblocked.").format(
                store=found.store.name
            ),
            confirm=_("Block the products"),
            done=_("The products are blocked; the seller was told, with your reasons."),
            danger=True,
        ),
        "moderator.refer_warehouse": Way(
            title=_("Keep further consequences open?"),
            sentence=_("The breach did other harm: penalties and claims may follow under their own rules."),
            confirm=_("Keep them open"),
            done=_("The case is closed here; further consequences are kept open."),
        ),
        "moderator.excuse_warehouse": Way(
            title=_("Excuse the delay?"),
            sentence=_("Nothing follows from the late declaration of the warehouse in {country}.").format(
                country=place
            ),
            confirm=_("Excuse it"),
            done=_("The delay was excused."),
        ),
    }
    crumbs = [{"label": _("Worklist"), "url": reverse("admin:worklist")}, {"label": place, "url": here}]
    return Deciding(request, found, docket, here=here, ways=ways, show=show, crumbs=crumbs)


@require_GET
def warehouse(request: HttpRequest, warehouse_id: str) -> HttpResponse:
    """One warehouse: when it was set up, when it was declared, and what the platform makes of it."""
    found, docket = held(request, Warehouse, warehouse_id)
    return _show(request, found, docket, _deciding(request, found, docket).context())


@require_http_methods(["GET", "POST"])
def warehouse_act(request: HttpRequest, warehouse_id: str, verb: str) -> HttpResponse:
    """Block, refer or excuse: form, preview, confirmation."""
    found, docket = held(request, Warehouse, warehouse_id)
    return _deciding(request, found, docket).answer(verb)


def _show(
    request: HttpRequest, found: Warehouse, docket: Docket, decide: dict[str, Any], status: int = 200
) -> HttpResponse:
    late = found.state == WarehouseState.DECLARED_LATE
    waits = late and not found.decision
    title = _("Warehouse in {country}").format(country=found.country)
    words = {
        "blocked": _("Products were blocked"),
        "referred": _("Consequences are kept open"),
        "excused": _("Excused"),
    }
    context: dict[str, Any] = {
        "title": title,
        "warehouse": found,
        "store": found.store,
        "store_url": reverse("admin:store", args=[found.store.public_id]),
        "late_by": in_words(found.declared_at - found.due_at) if late else "",
        "decision": words.get(found.decision, ""),
        "others": _others(found),
        "timeline": subject_timeline(found.id),
        "rules": _laws(docket, found),
        "is_open": waits,
        "settled": "" if waits else _("Nothing is left to decide."),
        "next_skip": found.public_id,
        "case": {
            "title": title,
            "id": found.public_id,
            "line": [found.store.name],
            "state": "declared_late" if late else "declared",
            "state_tone": "turn" if waits else "wait" if late else "done",
            "why": why_it_stands(found.id),
            "deadline": None,
            **head(request, found),
        },
        "crumbs": [{"label": _("Worklist"), "url": f"{reverse('admin:worklist')}?view=compliance"}, {"label": title}],
        **decide,
    }
    return page(request, "stores/admin/warehouse.html", context, status=status)


def _laws(docket: Docket, found: Warehouse) -> list[dict[str, Any]]:
    in_force = docket.rules_for(found)
    entries = [article(rule_id) for rule_id in LAW]
    return [
        {"id": one.id, "title": one.title, "text": one.summary, "kind": "", "figures": figures_of(one.id, in_force)}
        for one in entries
    ]


def _others(found: Warehouse) -> list[dict[str, Any]]:
    """The store's other declarations, newest first."""
    rows = Warehouse.objects.filter(store=found.store).exclude(pk=found.pk).order_by("-id")[:REMEMBERED]
    return [
        {
            "country": row.country,
            "declared_at": row.declared_at,
            "late": row.state == WarehouseState.DECLARED_LATE,
            "url": reverse("admin:warehouse", args=[row.public_id]),
        }
        for row in rows
    ]
