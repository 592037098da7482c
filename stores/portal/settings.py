"""How a store delivers and where: delivery templates, warehouses abroad, Plus. Each act has its form here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rulebook.actions import actions, offer
from rulebook.clock import now
from rulebook.forms import form_for, show_not_done
from rulebook.refusals import Invalid, NotDone, Refused
from rulebook.rehearsal import look
from rulebook.sentences import refusal_text
from stores.actions.offering import ENTRIES
from stores.health import rules_of
from stores.models import DeliveryTemplate, Listing, Store, Warehouse
from stores.models.delivery import example_promises
from stores.portal.doors import ActPage, Way, action_bar, carry_out, find, forbidden, new_key, store_staff_required
from stores.portal.words import METHODS, TOLD, word
from stores.states import TemplateState, WarehouseState

SHOWN = 100
BLANK = 2
"""Empty rows at the end of the editor."""
MOST_ROWS = 100


# ------------------------------------------------------------------ the page


@store_staff_required
def settings(request: Any) -> HttpResponse:
    """Templates, warehouses and Plus, with what may be done about each."""
    store = request.store
    docket = look(Store, [store.id], request.actor)
    found = docket.held[store.id]
    ways = {
        "seller.join_plus": Way(
            reverse("portal:join_plus"), _("Bring the badges back") if found.in_plus else _("Join Plus")
        ),
        "seller.leave_plus": Way(reverse("portal:leave_plus"), _("Leave Plus"), danger=True),
    }
    if found.in_plus and not _has_lost_badges(found):
        del ways["seller.join_plus"]
    templates = DeliveryTemplate.objects.filter(store=store).order_by("state", "name")[:SHOWN]
    context = {
        **_top(_("Delivery and warehouses")),
        "plus": {"in": found.in_plus, "member": found.plus, "since": found.plus_since, "badge": found.delivery_badge},
        "actions": action_bar(request, found, docket, ways),
        "templates": [_template(row) for row in templates],
        "may_write": request.actor.may("manage_listings"),
        "may_declare": request.actor.may("manage_store"),
        "warehouses": [_warehouse(row) for row in Warehouse.objects.filter(store=store).order_by("-id")[:SHOWN]],
        "countries": rules_of(store, now()).eu_warehouse.countries,
        "blocked": found.blocked_countries,
    }
    return render(request, "stores/portal/settings.html", context)


def _has_lost_badges(store: Store) -> bool:
    """Whether a product was late since the store joined; one that was a member from its beginning has no such moment."""
    late = Listing.objects.filter(store=store, plus_late_at__isnull=False)
    return (late.filter(plus_late_at__gt=store.plus_since) if store.plus_since else late).exists()


def _top(here: str, *, inside: bool = False) -> dict[str, Any]:
    crumbs = [{"label": _("Store"), "url": reverse("portal:store")}]
    if inside:
        crumbs.append({"label": _("Delivery and warehouses"), "url": reverse("portal:settings")})
    return {"nav_current": "store", "crumbs": [*crumbs, {"label": here}]}


def _template(row: DeliveryTemplate) -> dict[str, Any]:
    count = len(row.entries)
    in_use = row.state == TemplateState.IN_USE
    return {
        "name": row.name,
        "state": str(row.state),
        "tone": "done" if in_use else "wait",
        "label": _("In use") if in_use else _("Retired"),
        "promises": ngettext("{n} promise", "{n} promises", count).format(n=count),
        "url": reverse("portal:delivery_template", args=[row.public_id]),
    }


def _warehouse(row: Warehouse) -> dict[str, Any]:
    late = row.state == WarehouseState.DECLARED_LATE
    words = {
        "blocked": _("Products were blocked"),
        "referred": _("Consequences are kept open"),
        "excused": _("Excused"),
    }
    return {
        "country": row.country,
        "established_at": row.established_at,
        "declared_at": row.declared_at,
        "late": late,
        "tone": "due" if late and not row.decision else "wait" if late else "done",
        "label": (words.get(row.decision) or _("Declared late; the platform looks at it")) if late else _("Declared"),
    }


# ------------------------------------------------------------------ Plus and warehouses


def _store_act(request: Any, name: str, title: str, lead: str, **words: Any) -> HttpResponse:
    found, docket = find(request, Store, request.store.public_id)
    context = {**_top(title, inside=True), "act_title": title, "act_lead": lead, "back_url": reverse("portal:settings")}
    page = ActPage(
        request,
        found,
        docket,
        name,
        "stores/portal/act.html",
        context,
        then=reverse("portal:settings"),
        watch=False,
        **words,
    )
    return page.respond()


@store_staff_required
def join_plus(request: Any) -> HttpResponse:
    """Ask for the badge of quick and safe delivery."""
    days = rules_of(request.store, now()).plus.delivery_max
    return _store_act(
        request,
        "seller.join_plus",
        _("Join Plus?"),
        _("Your products show the Plus badge. Orders are to be delivered within {days} days after payment.").format(
            days=days
        ),
        submit=_("Join Plus"),
        done=_("Your store is in Plus."),
    )


@store_staff_required
def leave_plus(request: Any) -> HttpResponse:
    """Give the badge up."""
    return _store_act(
        request,
        "seller.leave_plus",
        _("Leave Plus?"),
        _("The badges go at once; everything stays on sale. You can join again."),
        submit=_("Leave Plus"),
        done=_("Your store left Plus."),
    )


@store_staff_required
def declare_warehouse(request: Any) -> HttpResponse:
    """Tell of a warehouse abroad with goods that are sold here."""
    rules = rules_of(request.store, now()).eu_warehouse
    return _store_act(
        request,
        "seller.declare_warehouse",
        _("Declare a warehouse"),
        _("To be declared within {days} working days after it was set up, in: {countries}.").format(
            days=rules.declare_days, countries=", ".join(rules.countries)
        ),
        submit=_("Declare the warehouse"),
        done=_("The warehouse was declared."),
        helps={"established": _("A date like 2026-03-07. Left out: today.")},
    )


# ------------------------------------------------------------------ delivery templates


class PromiseForm(forms.Form):
    """One promise of a template; an empty row is none."""

    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=lambda: [("", "–"), *METHODS.items()])
    country = forms.CharField(label=gettext_lazy("Country"), max_length=2, initial="*")
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=365)
    fee = forms.CharField(label=gettext_lazy("Fee"), max_length=30, initial="0.00 USD")
    carrier_charges = forms.ChoiceField(label=gettext_lazy("Carrier's further charges"), choices=lambda: told())
    duties = forms.ChoiceField(label=gettext_lazy("Customs duties"), choices=lambda: told())
    vat = forms.ChoiceField(label=gettext_lazy("VAT"), choices=lambda: told())
    online = forms.BooleanField(label=gettext_lazy("Online logistics"), required=False, initial=True)
    worry_free = forms.BooleanField(label=gettext_lazy("Worry-free logistics"), required=False)

    def has_changed(self) -> bool:
        """A row counts from its method on; what stands in it from the beginning is no promise."""
        return bool(self.data.get(self.add_prefix("method"))) if self.is_bound else bool(self.initial)


def told() -> list[tuple[str, Any]]:
    return [("", _("choose")), *TOLD.items()]


def _formset(data: Any = None, *, entries: list[dict[str, Any]] | None = None, extra: int = BLANK) -> Any:
    made = forms.formset_factory(PromiseForm, extra=extra, max_num=MOST_ROWS, absolute_max=MOST_ROWS + BLANK)
    return made(data, prefix="row") if data is not None else made(initial=entries or [], prefix="row")


@store_staff_required
def new_template(request: Any) -> HttpResponse:
    """Write a template: a name, and a row for each promise."""
    found, docket = find(request, Store, request.store.public_id)
    return _edit(request, found, docket, "seller.create_delivery_template", _("Write a delivery template"))


@store_staff_required
def delivery_template(request: Any, template: str) -> HttpResponse:
    """One template with its promises, to be changed while it is in use."""
    found, docket = find(request, DeliveryTemplate, template)
    return _edit(request, found, docket, "seller.change_delivery_template", found.name)


def _edit(request: Any, found: Any, docket: Any, name: str, title: str) -> HttpResponse:
    act = actions()[name]
    entries = getattr(found, "entries", [])
    may, is_open = request.actor.may(act.may), offer(found, act, docket)
    context: dict[str, Any] = {
        **_top(title, inside=True),
        "title": title,
        "template": found if isinstance(found, DeliveryTemplate) else None,
        "editable": may and is_open.open,
        "closed": is_open if may and not is_open.open else None,
        "promises": [_promise(entry) for entry in entries],
        "examples": _examples(request.store),
        "methods": METHODS,
        "form": _name_form(act)(initial={"version": found.version, "key": new_key()}),
        "rows": _formset(entries=[_initial(entry) for entry in entries], extra=BLANK if entries else BLANK + 1),
        "retire": _retire(request, found, docket),
    }
    if request.method != "POST":
        if not entries and not may:
            return forbidden(
                request, _("Your role in this store does not include this: {act}.").format(act=_(act.label))
            )
        return render(request, "stores/portal/delivery_template.html", context)
    if not may:
        return forbidden(request, _("Your role in this store does not include this: {act}.").format(act=_(act.label)))
    return _save(request, found, name, context)


def _examples(store: Store) -> list[str]:
    """Times that others promise, for a start."""
    return [
        _("{method} to {country}: {days} days").format(method=word(METHODS, method), country=country.upper(), days=days)
        for method, country, days in example_promises(rules_of(store, now()))
    ]


def _name_form(act: Any) -> type[forms.Form]:
    made = form_for(act, hide=frozenset({"entries"}))
    made.base_fields["key"] = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    return made


def _save(request: Any, found: Any, name: str, context: dict[str, Any]) -> HttpResponse:
    rows = _formset(request.POST)
    form = type(context["form"])(request.POST)
    context |= {"form": form, "rows": rows, "editable": True}
    if "more" in request.POST:
        context |= _with_more_rows(request.POST)
        return render(request, "stores/portal/delivery_template.html", context)
    if not form.is_valid() or not rows.is_valid():
        return render(request, "stores/portal/delivery_template.html", context, status=422)
    values = form.cleaned_data
    inputs: dict[str, Any] = {"entries": [_entry(row.cleaned_data) for row in rows if row.has_changed()]}
    if "name" in values:
        inputs["name"] = values["name"]
    version = values.get("version") if isinstance(found, DeliveryTemplate) else None
    try:
        done = carry_out(name, actor=request.actor, on=found, inputs=inputs, key=values.get("key"), version=version)
    except Refused as problem:
        context["refusal"] = {"sentence": refusal_text(problem), "rule": problem.rule, "not_before": problem.not_before}
        return render(request, "stores/portal/delivery_template.html", context, status=problem.status)
    except NotDone as problem:
        show_not_done(form, problem) if isinstance(problem, Invalid) else form.add_error(None, problem.sentence)
        return render(request, "stores/portal/delivery_template.html", context, status=problem.status)
    messages.success(request, _("The promises were saved. They hold for orders from now on."))
    made = done.answer["id"]
    return redirect(reverse("portal:delivery_template", args=[made]))


def _with_more_rows(posted: Any) -> dict[str, Any]:
    """The same words with more empty rows below."""
    data = posted.copy()
    count = int(data.get("row-TOTAL_FORMS") or 0) if str(data.get("row-TOTAL_FORMS", "")).isdecimal() else 0
    initial = [
        {name: data.get(f"row-{number}-{name}", "") for name in PromiseForm.base_fields}
        for number in range(min(count, MOST_ROWS))
        if data.get(f"row-{number}-method")
    ]
    return {"rows": _formset(entries=initial, extra=BLANK + 1), "form": _refilled(data)}


def _refilled(data: Any) -> forms.Form:
    name = "seller.create_delivery_template" if "name" in data else "seller.change_delivery_template"
    return _name_form(actions()[name])(initial=data.dict())


def _initial(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry.get(name) if entry.get(name) is not None else "" for name in PromiseForm.base_fields}


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    known = ENTRIES.fields
    return {name: value for name, value in row.items() if name in known and value not in (None, "")}


def _promise(entry: dict[str, Any]) -> dict[str, Any]:
    """A promise to be read, where it cannot be changed."""
    return {
        "method": word(METHODS, entry.get("method", "")),
        "country": _("anywhere") if entry.get("country") == "*" else entry.get("country", ""),
        "days": entry.get("days", 0),
        "fee": entry.get("fee", ""),
        "charges": [
            {"name": name, "told": word(TOLD, entry.get(code) or "") if entry.get(code) else "–"}
            for code, name in (
                ("carrier_charges", _("Carrier's further charges")),
                ("duties", _("Customs duties")),
                ("vat", _("VAT")),
            )
        ],
        "online": entry.get("online"),
        "worry_free": entry.get("worry_free"),
    }


def _retire(request: Any, found: Any, docket: Any) -> dict[str, Any] | None:
    if not isinstance(found, DeliveryTemplate):
        return None
    way = Way(reverse("portal:retire_template", args=[found.public_id]), _("Retire this template"), danger=True)
    return action_bar(request, found, docket, {"seller.retire_delivery_template": way}, closed=False)


@store_staff_required
def retire_template(request: Any, template: str) -> HttpResponse:
    """No further listing takes it."""
    found, docket = find(request, DeliveryTemplate, template)
    title = _("Retire the template {name}?").format(name=found.name)
    context = {
        **_top(title, inside=True),
        "act_title": title,
        "act_lead": _("No further listing takes it. Listings that use it keep its promises."),
        "back_url": reverse("portal:delivery_template", args=[found.public_id]),
    }
    return ActPage(
        request,
        found,
        docket,
        "seller.retire_delivery_template",
        "stores/portal/act.html",
        context,
        submit=_("Retire it"),
        done=_("The template {name} was retired.").format(name=found.name),
        then=reverse("portal:settings"),
    ).respond()


@store_staff_required
def use_template(request: Any, listing: str) -> HttpResponse:
    """Let a listing promise what a template says."""
    found, docket = find(request, Listing, listing)
    rows = DeliveryTemplate.objects.filter(store=request.store, state=TemplateState.IN_USE).order_by("name")[:SHOWN]
    title = _("Take a delivery template for {title}").format(title=found.title)
    back = reverse("portal:listing", args=[found.public_id])
    crumbs = [
        {"label": _("Store"), "url": reverse("portal:store")},
        {"label": _("Listings"), "url": reverse("portal:listings")},
        {"label": found.title, "url": back},
        {"label": _("Delivery template")},
    ]
    page = TemplatePage(
        request,
        found,
        docket,
        "seller.use_delivery_template",
        "stores/portal/act.html",
        {"nav_current": "store", "crumbs": crumbs, "act_title": title, "act_lead": "", "back_url": back},
        submit=_("Take this template"),
        done=_("The listing promises what the template says."),
        then=back,
    )
    page.choices = [(row.public_id, row.name) for row in rows]
    if not page.choices and request.actor.may("manage_listings"):
        messages.info(request, _("Write a delivery template first."))
        return redirect("portal:settings")
    return page.respond()


class TemplatePage(ActPage):
    """An act whose form offers the store's templates."""

    choices: list[tuple[str, str]]

    def form(self, *args: Any, **kwargs: Any) -> forms.Form:
        form = super().form(*args, **kwargs)
        form.fields["template"] = forms.ChoiceField(label=_("Template"), choices=self.choices)
        return form
