"""After the sale: the platform's cover with its terms in words, and where returns go."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rulebook.actions import actions, offer
from rulebook.citations import formula
from rulebook.clock import now
from rulebook.forms import show_not_done
from rulebook.models import JournalEntry
from rulebook.refusals import NotDone, Refused
from rulebook.rehearsal import look
from rulebook.sentences import money_text, refusal_text
from stores.health import rules_of
from stores.models import Store
from stores.portal.doors import ActPage, Way, action_bar, carry_out, find, forbidden, new_key, store_staff_required
from stores.states import COVER_ENDED


@store_staff_required
def aftersale(request: Any) -> HttpResponse:
    """Whether the store is covered, on which terms, and where its returns go."""
    store = request.store
    docket = look(Store, [store.id], request.actor)
    found = docket.held[store.id]
    ways = {
        "seller.leave_cover": Way(reverse("portal:leave_cover"), _("Leave the cover"), danger=True)
        if found.aftersale_cover
        else None,
        "seller.join_cover": None
        if found.aftersale_cover
        else Way(reverse("portal:join_cover"), _("Read the terms and join")),
    }
    context = {
        **_top(_("After the sale")),
        "cover": cover_of(found),
        "terms": terms_of(found),
        "actions": action_bar(request, found, docket, {name: way for name, way in ways.items() if way is not None}),
        "return_address": lines_of(found.return_address),
        "registered_address": lines_of(found.registered_address),
        "may_set": request.actor.may("manage_store"),
    }
    return render(request, "stores/portal/aftersale.html", context)


def _top(here: str, *, inside: bool = False) -> dict[str, Any]:
    crumbs = [{"label": _("Store"), "url": reverse("portal:store")}]
    if inside:
        crumbs.append({"label": _("After the sale"), "url": reverse("portal:aftersale")})
    return {"nav_current": "store", "crumbs": [*crumbs, {"label": here}]}


def cover_of(store: Store) -> dict[str, Any]:
    """How the store stands to the cover; ended by the platform: when and why."""
    ended = COVER_ENDED in store.restrictions
    why = ""
    if ended:
        acts = ("store.stop_cover", "store.lose_cover")
        entry = JournalEntry.objects.filter(subject_id=store.id, act__in=acts).order_by("-number").first()
        why = entry.sentence() if entry is not None else ""
    return {
        "in": store.aftersale_cover,
        "ended": ended,
        "why": why,
        "since": store.cover_accepted_at if store.aftersale_cover else None,
        "ended_at": store.cover_ended_at if ended else None,
    }


@formula("A51-2")
def terms_of(store: Store) -> list[dict[str, Any]]:
    """The terms in words, with the figures in force now (A46 to A51)."""
    rules = rules_of(store, now()).ppas
    categories = ", ".join(code.replace("-", " ") for code in rules.categories)
    return [
        {
            "text": _(
                "In disputes about goods that are not as listed, of another version or of poor quality, the platform "
                "deals with the buyer and pays: up to {cap} for an order and {month} for a store in a month."
            ).format(cap=money_text(rules.cap_usd), month=money_text(rules.monthly_cap)),
            "rules": ["A46-1", "A47-1"],
        },
        {"text": _("It costs you nothing."), "rules": ["A46-2"]},
        {
            "text": _(
                "It is open to these categories: {categories}. An order is covered if it was when placed."
            ).format(categories=categories),
            "rules": ["A47-1", "A47-2"],
        },
        {
            "text": _(
                "You stay bound by the rules, by your contracts with buyers and by law; what is beyond the cap is yours."
            ),
            "rules": ["A46-3"],
        },
        {
            "text": _(
                "When the platform asks for help, with product data or what went wrong, you answer within {days} working "
                "days. Silence ends the cover of that dispute, and its cost is yours."
            ).format(days=rules.coop_days),
            "rules": ["A48-4", "A48-5"],
        },
        {
            "text": _(
                "Not covered: trouble on the way, missing items and empty boxes, returns without a reason, fake or "
                "prohibited goods, goods not shipped as agreed, misleading listings, what you settle with the buyer "
                "yourself, and disputes that you urge a buyer to open. You answer those in time and in good faith."
            ),
            "rules": ["A48-3", "A48-7", "A48-12", "A48-13", "A50-1", "A50-2", "A50-3", "A50-4"],
        },
        {
            "text": _(
                "From {count} parcels within {days} days that came short or empty, such claims are not covered either."
            ).format(count=rules.short_count, days=rules.short_window_days),
            "rules": ["A48-9"],
        },
        {
            "text": _("Abuse ends the cover for the store, and what was paid on those orders is taken back."),
            "rules": ["A48-1", "A48-2", "A48-6", "A49-1"],
        },
        {"text": _("With the account, the cover ends for all its trades."), "rules": ["A50-5"]},
    ]


# ------------------------------------------------------------------ joining and leaving


def _act(request: Any, name: str, title: str, lead: str, **words: Any) -> HttpResponse:
    found, docket = find(request, Store, request.store.public_id)
    context = {
        **_top(title, inside=True),
        "act_title": title,
        "act_lead": lead,
        "back_url": reverse("portal:aftersale"),
        "terms": words.pop("terms", []),
    }
    page = ActPage(
        request,
        found,
        docket,
        name,
        "stores/portal/cover_act.html",
        context,
        then=reverse("portal:aftersale"),
        watch=False,
        **words,
    )
    return page.respond()


@store_staff_required
def join_cover(request: Any) -> HttpResponse:
    """With joining the terms count as known and accepted."""
    return _act(
        request,
        "seller.join_cover",
        _("Join the after-sale cover?"),
        _("These are its terms; by joining you accept them (A51-1). The moment is kept as your consent."),
        terms=terms_of(request.store),
        submit=_("Accept the terms and join"),
        done=_("Your store is in the after-sale cover."),
    )


@store_staff_required
def leave_cover(request: Any) -> HttpResponse:
    """From now on disputes about the goods are the store's own."""
    return _act(
        request,
        "seller.leave_cover",
        _("Leave the after-sale cover?"),
        _("Disputes that are opened from now on come to you to answer, also about orders placed before."),
        submit=_("Leave the cover"),
        done=_("Your store left the after-sale cover."),
    )


# ------------------------------------------------------------------ the return address


class AddressForm(forms.Form):
    """An address with named parts, as a parcel needs it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("A person or a company."))
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=200)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=20)
    city = forms.CharField(label=gettext_lazy("City"), max_length=120)
    region = forms.CharField(label=gettext_lazy("Province or state"), max_length=120, required=False)
    country = forms.CharField(
        label=gettext_lazy("Country"), max_length=60, help_text=gettext_lazy("As the post office writes it.")
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=40, required=False, help_text=gettext_lazy("Carriers ask for it.")
    )
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


PARTS = ("name", "street", "postcode", "city", "region", "country", "phone")


def lines_of(address: dict[str, Any]) -> list[str]:
    return [str(address[part]) for part in PARTS if address.get(part)] + [
        str(text) for part, text in address.items() if part not in PARTS and text
    ]


@store_staff_required
def return_address(request: Any) -> HttpResponse:
    """Where buyers send goods back to from now on; without one, the address of the registration is taken."""
    found, docket = find(request, Store, request.store.public_id)
    act = actions()["seller.set_return_address"]
    if not request.actor.may(act.may):
        return forbidden(request, _("Your role in this store does not include this: {act}.").format(act=_(act.label)))
    now_open = offer(found, act, docket)
    refusal = None
    if not now_open.open:
        refusal = {"sentence": now_open.reason, "rule": now_open.rule, "not_before": now_open.not_before}
    if request.method != "POST":
        form = AddressForm(initial={**found.return_address, "key": new_key()})
        return _address_page(request, found, form, refusal=refusal, closed=refusal is not None)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _address_page(request, found, form, 422)
    address = {part: form.cleaned_data[part] for part in PARTS if form.cleaned_data[part]}
    try:
        carry_out(
            act.name, actor=request.actor, on=found, inputs={"address": address}, key=form.cleaned_data["key"] or None
        )
    except Refused as problem:
        shown = {"sentence": refusal_text(problem), "rule": problem.rule, "not_before": problem.not_before}
        return _address_page(request, found, form, problem.status, refusal=shown)
    except NotDone as problem:
        show_not_done(form, problem)
        return _address_page(request, found, form, problem.status)
    messages.success(request, _("Returns that are agreed from now on go to the new address."))
    return redirect("portal:aftersale")


def _address_page(request: Any, store: Store, form: Any, status: int = 200, **shown: Any) -> HttpResponse:
    context = {
        **_top(_("Return address"), inside=True),
        "act_title": _("Where returns go"),
        "act_lead": _(
            "Returns that are agreed from now on go there; those on their way keep the address that the buyer was given. "
            "It must be right: a parcel is not sent twice."
        ),
        "registered_address": lines_of(store.registered_address),
        "back_url": reverse("portal:aftersale"),
        "form": form,
        "submit": _("Save the address"),
        **shown,
    }
    return render(request, "stores/portal/return_address.html", context, status=status)
