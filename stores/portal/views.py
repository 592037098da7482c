"""Home, the store's own page, notices, and the person's settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import activate, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from rulebook.actors import PERMISSIONS
from rulebook.amending import current_rulebook
from rulebook.clock import now
from rulebook.models import Counter, Notice
from rulebook.posting import posted_from
from rulebook.telling import next_step, notice_sentence
from rulebook.templatetags.piepowder import state_label
from rulebook.timeline import why_it_stands
from stores.models import ApiKey, Listing, StaffMember, Store
from stores.portal import desk
from stores.portal.doors import identity_of, remember, serve, store_staff_required
from stores.portal.forms import ProfileForm
from stores.portal.linking import notice_url
from stores.portal.paging import page_of
from stores.portal.words import MAY, METHODS, RESTRICTIONS, ROLES, word
from stores.states import DepositStatus, ListingState, SellerState, StoreState

SHOWN_TODOS = 8
"""More would push the money out of sight; the lists have the rest."""

desk.place("todo", gettext_lazy("To do"), "portal:home", position=10)
desk.place("store", gettext_lazy("Store"), "portal:store", position=60)


# ------------------------------------------------------------------ home


@store_staff_required
def home(request: Any) -> HttpResponse:
    """What must I do, by when, and where is my money?"""
    found = desk.all_todos(request)
    dated = [todo for todo in found if todo.due_at is not None][:SHOWN_TODOS]
    others = [todo for todo in found if todo.due_at is None][:SHOWN_TODOS]
    todos = [_todo(request, todo) for todo in (*dated, *others)]
    steps = _opening_steps(request.store)
    context = {
        "nav_current": "todo",
        "todos": todos,
        "more": desk.more_of(request, SHOWN_TODOS) if len(found) > len(todos) else [],
        "steps": steps,
        "panels": desk.panels(request),
        "unread": len(desk.unread(request)),
        "unread_shown": desk.counted(len(desk.unread(request))),
    }
    return render(request, "stores/portal/home.html", context)


def _todo(request: Any, todo: desk.Todo) -> dict[str, Any]:
    mine = request.actor.may(todo.may)
    return {
        "title": todo.title,
        "detail": todo.detail,
        "deadline": todo.deadline,
        "mine": mine,
        "url": todo.url if mine else todo.look_url,
        "act": todo.act if mine else _("Look at it"),
    }


def _opening_steps(store: Store) -> list[dict[str, Any]] | None:
    """What a store goes through before its first order, done or not; None once it has had one."""
    if Counter.objects.filter(store_id=store.id, name="order", value__gt=0).exists():
        return None
    seller = Store.objects.select_related("seller").get(pk=store.pk).seller
    live = Listing.objects.filter(store=store, state=ListingState.LIVE).exists()
    return [
        {
            "text": _("The platform verifies your company"),
            "done": seller.state == SellerState.VERIFIED,
            "waits": _("The platform is at it."),
        },
        {
            "text": _("You pay the deposit"),
            "done": store.deposit_status == DepositStatus.SUFFICIENT,
            "url": reverse("portal:deposit"),
        },
        {"text": _("Your store opens"), "done": store.state == StoreState.OPEN, "waits": _("The platform opens it.")},
        {
            "text": _("Your first listing goes live"),
            "done": live,
            "waits": _("Listings are sent in by your own system."),
        },
        {
            "text": _("A buyer places the first order"),
            "done": False,
            "waits": _("It appears here with the day by which it must be shipped."),
        },
    ]


@desk.panel(30)
def health(request: Any) -> dict[str, Any]:
    """How the store stands: its state, the deposit, and what it may not do for now."""
    store = request.store
    return {
        "template": "stores/portal/_health.html",
        "store": store,
        "restrictions": [word(RESTRICTIONS, code) for code in store.shown_restrictions],
        "why": why_it_stands(store.id, named=False),
    }


@store_staff_required
def switch(request: Any, store: str) -> HttpResponse:
    """Look at another of one's stores; a link of the menu, since nothing changes but what this person looks at."""
    identity = identity_of(Store, store)
    member = next((member for member in request.memberships if member.store_id == identity), None)
    if member is None:
        raise Http404
    serve(request, member)
    remember(request)
    return redirect("portal:home")


# ------------------------------------------------------------------ the store


@store_staff_required
def store_page(request: Any) -> HttpResponse:
    """What the platform knows of the store, who serves it, and which systems may act for it."""
    store = request.store
    keys = (
        ApiKey.objects.filter(store=store).order_by("-created_at", "id")[:50]
        if request.actor.may("manage_store")
        else None
    )
    context = {
        "nav_current": "store",
        "seller": Store.objects.select_related("seller").get(pk=store.pk).seller,
        "categories": [_category(code, store) for code in store.categories],
        "staff": [
            _member(member, request)
            for member in StaffMember.objects.filter(store=store).select_related("user").order_by("id")[:200]
        ],
        "keys": keys if keys is None else [_key(key) for key in keys],
        "restrictions": [word(RESTRICTIONS, code) for code in store.shown_restrictions],
        "why": why_it_stands(store.id, named=False),
    }
    return render(request, "stores/portal/store.html", context)


def _category(code: str, store: Store) -> dict[str, Any]:
    return {"code": code, "name": code.replace("-", " ").capitalize()}


def _member(member: StaffMember, request: Any) -> dict[str, Any]:
    may = [str(MAY[code]) for code, roles in PERMISSIONS.items() if code in MAY and member.role in roles]
    return {
        "name": str(member.user),
        "email": member.user.email,
        "role": word(ROLES, member.role),
        "since": member.since,
        "may": ", ".join(may) or _("look at everything, change nothing"),
        "you": member.user_id == request.user.id,
        "active": member.user.is_active,
    }


def _key(key: ApiKey) -> dict[str, Any]:
    over = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now())
    return {
        "name": key.name,
        "prefix": f"pp_{key.prefix}_…",
        "role": word(ROLES, key.role),
        "scopes": ", ".join(key.scopes),
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "expires_at": key.expires_at,
        "over": over,
    }


@store_staff_required
def listings(request: Any) -> HttpResponse:
    """What the store offers, with its promises; read-only here."""
    state = request.GET.get("state", ListingState.LIVE)
    if state not in ListingState.values:
        state = ListingState.LIVE
    page = page_of(
        Listing.objects.select_related("template").filter(store=request.store, state=state), request.GET, "-id"
    )
    worklist = {
        "id": "listings",
        "title": _("Listings"),
        "filters": [
            {"label": state_label(code), "url": f"?state={code}", "active": code == state, "count": None}
            for code in ListingState.values
        ],
        "columns": [
            {"label": _("Listing")},
            {"label": _("Price"), "num": True},
            {"label": _("In stock"), "num": True},
            {"label": _("Shipped within")},
            {"label": _("Delivery promised")},
        ],
        "rows": [_listing_row(listing) for listing in page.rows],
        "pager": page.pager,
        "empty": {
            "title": _("No listings in this state"),
            "text": _(
                "Listings are made and changed by your own system through the API; "
                "here you see what buyers are promised."
            ),
        },
    }
    crumbs = [{"label": _("Store"), "url": reverse("portal:store")}, {"label": _("Listings")}]
    return render(
        request,
        "stores/portal/list.html",
        {"nav_current": "store", "worklist": worklist, "heading": _("Listings"), "crumbs": crumbs},
    )


def _listing_row(listing: Listing) -> dict[str, Any]:
    days = (
        listing.handling_days
        or current_rulebook().at(now(), store=listing.store_id, category=listing.category).order.stocking_days
    )
    return {
        "id": listing.public_id,
        "title": listing.title,
        "subtitle": f"{listing.category.replace('-', ' ').capitalize()} · {listing.public_id}",
        "url": reverse("portal:listing", args=[listing.public_id]),
        "cells": [
            {"kind": "money", "value": listing.price},
            {"kind": "text", "value": f"{listing.stock:,}" if listing.stock else _("none")},
            {"kind": "text", "value": ngettext("{n} day", "{n} days", days).format(n=days)},
            {"kind": "text", "value": "; ".join(promise_text(entry) for entry in listing.promises[:3])},
        ],
    }


def promise_text(entry: dict[str, Any]) -> str:
    """``Standard to US within 20 days``."""
    where = _("anywhere") if entry.get("country") == "*" else entry.get("country", "")
    return ngettext(
        "{method} to {where} within {n} day", "{method} to {where} within {n} days", entry.get("days", 0)
    ).format(method=word(METHODS, entry.get("method", "")), where=where, n=entry.get("days", 0))


@store_staff_required
def listing(request: Any, listing: str) -> HttpResponse:
    """One offer with every promise."""
    stores = [member.store_id for member in request.memberships]
    rows = Listing.objects.select_related("template")
    found = rows.filter(pk=identity_of(Listing, listing), store__in=stores).first()
    if found is None:
        raise Http404
    member = next(member for member in request.memberships if member.store_id == found.store_id)
    serve(request, member)
    promises = [
        {
            "text": promise_text(entry),
            "fee": entry.get("fee", ""),
            "worry_free": entry.get("worry_free"),
            "online": entry.get("online"),
        }
        for entry in found.promises
    ]
    crumbs = [
        {"label": _("Store"), "url": reverse("portal:store")},
        {"label": _("Listings"), "url": reverse("portal:listings")},
        {"label": found.title},
    ]
    context = {
        "nav_current": "store",
        "listing": found,
        "promises": promises,
        "template": found.template if found.template_id and not found.delivery else None,
        "may_promise": request.actor.may("manage_listings"),
        "crumbs": crumbs,
        "why": why_it_stands(found.id, named=False),
    }
    return render(request, "stores/portal/listing.html", context)


# ------------------------------------------------------------------ notices


@store_staff_required
def notices(request: Any) -> HttpResponse:
    """What the store was told, newest first."""
    rows = Notice.objects.filter(audience_id=request.store.id, audience_kind="seller")
    only_unread = request.GET.get("show") == "unread"
    page = page_of(rows.filter(read_at__isnull=True) if only_unread else rows, request.GET, "-id")
    context = {
        "nav_current": "",
        "crumbs": [{"label": _("You and your notices"), "url": reverse("portal:you")}, {"label": _("Notices")}],
        "notices": [notice_row(notice) for notice in page.rows],
        "pager": page.pager,
        "only_unread": only_unread,
        "unread": desk.counted(len(desk.unread(request))),
    }
    return render(request, "stores/portal/notices.html", context)


def notice_row(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "at": notice.effective_at,
        "sentence": notice_sentence(notice),
        "next": next_step(notice),
        "rule": notice.rule,
        "unread": notice.read_at is None,
        "url": notice_url(notice),
    }


@posted_from("portal:notices")
@store_staff_required
def read_notices(request: Any) -> HttpResponse:
    """Mark one notice as read, or all that the reader saw: none that arrived since. Shared by the store's staff."""
    asked, last = request.POST.get("notice", ""), request.POST.get("last", "")
    rows = Notice.objects.filter(audience_id=request.store.id, audience_kind="seller", read_at__isnull=True)
    try:
        which = Q(id=asked) if asked else Q(id__lte=last)
        count = rows.filter(which).update(read_at=now())
    except (ValueError, ValidationError):
        raise Http404 from None
    messages.success(
        request, ngettext("{n} notice marked as read.", "{n} notices marked as read.", count).format(n=count)
    )
    return redirect("portal:notices")


# ------------------------------------------------------------------ the person


@store_staff_required
def you(request: Any) -> HttpResponse:
    """Name, zone and language; the way to the notices."""
    form = ProfileForm(request.POST or None, instance=request.user)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            form.save()
            activate(request.user.language)
            messages.success(request, _("Your settings were saved."))
            return redirect("portal:you")
        status = 422
        request.user.refresh_from_db()
    context = {"nav_current": "", "form": form, "unread": len(desk.unread(request)), "latest": _latest(request)}
    return render(request, "stores/portal/you.html", context, status=status)


def _latest(request: HttpRequest) -> list[dict[str, Any]]:
    ids = [row.id for row in desk.unread(request)[:5]]
    return [notice_row(notice) for notice in Notice.objects.filter(id__in=ids).order_by("-id")]
