"""Abnormal orders (A58): taking an order out of sales and reviews, with ground and reason, and taking it back in."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from orders.admin.reviews import of_order
from orders.models import Order
from rulebook.actions import actions, offers
from rulebook.admin.acting import Asked, answer
from rulebook.admin.base import actor_of, page
from rulebook.admin.finding import held
from rulebook.articles import article
from rulebook.citations import formula
from rulebook.docket import Docket
from rulebook.forms import form_for
from rulebook.ids import new_id

EXCLUDE, INCLUDE = "moderator.exclude_order", "moderator.include_order"


@formula("A58-2", "A58-3", "A58-4")
def grounds() -> dict[str, str]:
    """In which three ways an order is abnormal, by the rule that says it: a moderator names one."""
    return {code: f"{article(code).title}. {article(code).summary}" for code in ("A58-2", "A58-3", "A58-4")}


@require_GET
def abnormal(request: HttpRequest, order_id: str) -> HttpResponse:
    return _show(request, *held(request, Order, order_id))


def _show(
    request: HttpRequest,
    order: Order,
    docket: Docket,
    *,
    form: forms.Form | None = None,
    refusal: Any = None,
    stale: Any = None,
    status: int = 200,
) -> HttpResponse:
    name = EXCLUDE if order.excluded_at is None else INCLUDE
    offered = [offer for offer in offers(order, actor_of(request), docket) if offer.action.name == name]
    context = {
        "title": _("Is order {order} abnormal?").format(order=order.name),
        "crumbs": _crumbs(order),
        "order": order,
        "ground": article(order.excluded_ground) if order.excluded_at else None,
        "rows": of_order(order),
        "form": form if form is not None else form_class(name)(initial={"version": order.version}),
        "act_url": reverse("admin:order_abnormal_act", args=[order.public_id]),
        "key": str(new_id()),
        "may": any(offer.open for offer in offered),
        "refusal": refusal,
        "stale": stale,
    }
    return page(request, "orders/admin/abnormal.html", context, status=status)


def _crumbs(order: Order) -> list[dict[str, Any]]:
    return [
        {"label": _("Orders"), "url": reverse("admin:orders_order_changelist")},
        {"label": order.name, "url": reverse("admin:order", args=[order.public_id])},
        {"label": _("Abnormal?")},
    ]


def form_class(name: str) -> type[forms.Form]:
    """The act's form; each ground stands there with the words of its rule."""
    made = form_for(actions()[name])
    fields: dict[str, Any] = made.base_fields
    if "ground" in fields:
        fields["ground"] = forms.ChoiceField(
            choices=list(grounds().items()), widget=forms.RadioSelect, label=_("Ground")
        )
    fields["reason"].help_text = _("The seller reads them.")
    return made


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, order_id: str) -> HttpResponse:
    """Exclude, or take back in: whichever the order's standing leaves open. Both can be undone by the other."""
    order, docket = held(request, Order, order_id)
    here = reverse("admin:order_abnormal", args=[order.public_id])
    if request.method == "GET":
        return HttpResponseRedirect(here)
    name = EXCLUDE if request.POST.get("act") == "exclude" else INCLUDE
    said = {
        EXCLUDE: _("The order counts no more; its sale and its reviews left the figures."),
        INCLUDE: _("The order counts again, on its own days."),
    }[name]
    asked = Asked(
        name=name,
        on=order.id,
        form_class=form_class(name),
        show=partial(_show, request, order, docket),
        words=lambda _rehearsal, _values: (_("Abnormal?"), said, _("Do it")),
        done=lambda _order: said,
        back_to=reverse("admin:order", args=[order.public_id]),
        crumbs=_crumbs(order),
    )
    return answer(request, asked)
