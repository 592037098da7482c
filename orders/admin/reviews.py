"""The moderators' pages about reviews: the queue of reported ones, one review with its context, a store's profile."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from orders import profiles
from orders.models import Review
from orders.showing import figures_shown, profile_shown, review_row
from rulebook.actions import Offer, actions, offers, perform
from rulebook.actors import BUYER, Actor
from rulebook.admin.acting import Asked, answer, forbidden
from rulebook.admin.base import actor_of, page
from rulebook.admin.cases import Position, cases, page_of
from rulebook.admin.deciding import head
from rulebook.admin.finding import held, identity_of
from rulebook.articles import article
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.files import Damaged
from rulebook.forms import form_for
from rulebook.ids import new_id
from rulebook.models import Case
from rulebook.posting import posted_from
from rulebook.refusals import NotDone, NotFound
from rulebook.rehearsal import Rehearsal, look
from rulebook.serving import file_response
from rulebook.timeline import subject_timeline
from stores.models import Store

PER_PAGE = 25
OTHERS = 10
"""So many other reviews of the same author are shown."""

VERBS = {
    "keep": "moderator.keep_review",
    "hide": "moderator.hide_review",
    "restore": "moderator.restore_review",
    "delete": "moderator.delete_review",
}
BULK = ("keep", "hide")
LAW = ("A59-1", "A59-2", "A58-1")

WORDS: dict[str, tuple[str, str]] = {
    "keep": (gettext_noop("Keep it"), gettext_noop("The review stands.")),
    "hide": (gettext_noop("Hide it"), gettext_noop("The review is hidden, and counts no more.")),
    "restore": (gettext_noop("Show it again"), gettext_noop("The review is shown and counted again.")),
    "delete": (gettext_noop("Delete it …"), gettext_noop("The review is deleted, with the scores of its order.")),
}
"""By verb: the button, and what is said afterwards."""


# ------------------------------------------------------------------ the queue


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Reported reviews that wait for a moderator, longest first."""
    return _queue(request)


def _queue(
    request: HttpRequest, *, form: forms.Form | None = None, picked: Any = (), status: int = 200
) -> HttpResponse:
    actor, moment = actor_of(request), now()
    after, before = (Position.read(request.GET.get(name, "")) for name in ("after", "before"))
    waiting = cases("reviews", "review", actor, moment)
    found, earlier, later = page_of(waiting, after, before, PER_PAGE)
    docket = look(Review, [case.subject_id for case in found], actor)
    reviews = [docket.held[case.subject_id] for case in found if case.subject_id in docket.held]
    context = {
        "title": _("Reported reviews"),
        "rows": [_queued(review) for review in reviews],
        "pager": _pager(found, earlier, later),
        "may": actor.may(actions()[VERBS["keep"]].may),
        "form": form if form is not None else ReasonForm(),
        "picked": set(picked),
        "all_url": reverse("admin:orders_review_changelist"),
    }
    return page(request, "orders/admin/reviews.html", context, status=status)


def _queued(review: Review) -> dict[str, Any]:
    row = review_row(review, picture=_picture, moderator=True)
    return {
        **row,
        "told": True,
        "url": reverse("admin:review", args=[review.public_id]),
        "order_url": reverse("admin:order", args=[review.order.public_id]),
        "store": review.order.store.name,
    }


def _pager(found: list[Case], earlier: bool, later: bool) -> dict[str, str]:
    if not found:
        return {}
    return {
        "newer": f"?before={Position.of(found[0])}" if earlier else "",
        "older": f"?after={Position.of(found[-1])}" if later else "",
        "newer_label": _("Waiting longer"),
        "older_label": _("Reported later"),
    }


class ReasonForm(forms.Form):
    """One reason for all that were picked."""

    reason = forms.CharField(
        max_length=4000,
        label=_("Reasons"),
        help_text=_("Author and store read them."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@posted_from("admin:reviews")
def bulk(request: HttpRequest) -> HttpResponse:
    """Keep or hide several with one reason; each is an act of its own, and what a rule refuses is told by name."""
    verb = request.POST.get("verb", "")
    if verb not in BULK:
        raise Http404
    actor = actor_of(request)
    if not actor.may(actions()[VERBS[verb]].may):
        return forbidden(request, _("Your role reads the reviews; it does not decide about them."))
    picked, form = request.POST.getlist("picked")[:PER_PAGE], ReasonForm(request.POST)
    if not form.is_valid():
        return _queue(request, form=form, picked=picked, status=422)
    done = [_one(request, actor, verb, chosen, form.cleaned_data["reason"]) for chosen in picked]
    if not picked:
        messages.warning(request, _("No review was selected."))
    elif any(done):
        word = {
            "keep": ngettext("{n} review stands.", "{n} reviews stand.", sum(done)),
            "hide": ngettext("{n} review is hidden.", "{n} reviews are hidden.", sum(done)),
        }[verb]
        messages.success(request, word.format(n=sum(done)))
    return redirect("admin:reviews")


def _one(request: HttpRequest, actor: Actor, verb: str, chosen: str, reason: str) -> bool:
    try:
        perform(VERBS[verb], actor=actor, on=chosen, inputs={"reason": reason})
    except NotDone as problem:
        messages.error(request, _("{review}: {problem}").format(review=chosen[:40], problem=problem.sentence))
        return False
    return True


# ------------------------------------------------------------------ one review


@require_GET
def review(request: HttpRequest, review_id: str) -> HttpResponse:
    return _show(request, *held(request, Review, review_id))


def _show(
    request: HttpRequest,
    found: Review,
    docket: Docket,
    *,
    form: forms.Form | None = None,
    refusal: Any = None,
    stale: Any = None,
    status: int = 200,
) -> HttpResponse:
    store = found.order.store
    row = _queued(found)
    offered = offers(found, actor_of(request), docket)
    context = {
        "title": _("Review of order {order}").format(order=found.order.name),
        "crumbs": [{"label": _("Reported reviews"), "url": reverse("admin:reviews")}, {"label": found.order.name}],
        "review": found,
        "case": head(request, found),
        "next_skip": found.public_id,
        "row": row,
        "order": found.order,
        "store_url": reverse("admin:store", args=[store.public_id]),
        "profile_url": reverse("admin:profile", args=[store.public_id]),
        "others": _others(found),
        "figures": figures_shown(profiles.profile_of(Store.objects.select_related("seller").get(pk=store.pk), now())),
        "timeline": subject_timeline(found.id),
        "acts": _acts(found, offered, row),
        "has_role": bool(offered),
        "form": form if form is not None else _form_class("keep")(initial={"version": found.version}),
        "key": str(new_id()),
        "refusal": refusal,
        "stale": stale,
        "rules": [_law(rule_id) for rule_id in LAW],
    }
    return page(request, "orders/admin/review.html", context, status=status)


def _law(rule_id: str) -> dict[str, str]:
    entry = article(rule_id)
    return {"id": rule_id, "title": entry.title, "text": entry.summary}


def _acts(found: Review, offered: list[Offer], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is open; to keep a review means something only while a report waits."""
    opened = {offer.action.name for offer in offered if offer.open}
    waits = bool(row["report"] and row["report"]["waits"])
    return [
        {
            "verb": verb,
            "label": _(WORDS[verb][0]),
            "url": reverse("admin:review_act", args=[found.public_id, verb]) + "#decide",
            "at_once": verb != "delete",
            "danger": verb == "delete",
        }
        for verb, name in VERBS.items()
        if name in opened and (verb != "keep" or waits)
    ]


def _others(found: Review) -> list[dict[str, Any]]:
    """What else the same author wrote, about any order."""
    rows = Review.objects.filter(side=found.side)
    mine = rows.filter(buyer_id=found.buyer_id) if found.side == BUYER else rows.filter(store_id=found.store_id)
    others = mine.exclude(pk=found.pk).select_related("order__store").order_by("-published_at", "-id")[:OTHERS]
    return [{**_queued(other), "order_url": ""} for other in others]


def _form_class(verb: str) -> type[forms.Form]:
    return form_for(actions()[VERBS[verb]])


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, review_id: str, verb: str) -> HttpResponse:
    """Keep, hide and show again at once; deleting cannot be undone and is looked at before."""
    if verb not in VERBS:
        raise Http404
    found, docket = held(request, Review, review_id)
    here = reverse("admin:review", args=[found.public_id])
    if request.method == "GET":
        return HttpResponseRedirect(here)
    try:
        return answer(request, _asked(request, found, docket, verb, here))
    except NotFound as missing:
        raise Http404 from missing


def _asked(request: HttpRequest, found: Review, docket: Docket, verb: str, here: str) -> Asked:
    return Asked(
        name=VERBS[verb],
        on=found.id,
        form_class=_form_class(verb),
        show=partial(_show, request, found, docket),
        words=_words_of_deletion,
        done=lambda _review: _(WORDS[verb][1]),
        back_to=f"{here}#main",
        crumbs=[
            {"label": _("Reported reviews"), "url": reverse("admin:reviews")},
            {"label": found.order.name, "url": here},
        ],
        danger=verb == "delete",
    )


def _words_of_deletion(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    sentence = _(
        "For a personal attack or unfit words. The review and the scores of its order leave every figure, and nobody "
        "reads them again but moderators."
    )
    return _("Delete this review?"), sentence, _("Delete the review")


@require_GET
def photo(request: HttpRequest, review_id: str, sha256: str) -> HttpResponse:
    """A picture of any review, hidden and deleted ones included."""
    found = Review.objects.filter(pk=identity_of(Review, review_id)).first()
    picture = profiles.photo_of(found, sha256) if found is not None else None
    if picture is None:
        raise Http404
    try:
        return file_response(picture)
    except Damaged:
        sentence = _("This picture is gone, or is no longer what was sent.")
        return render(request, "409.html", {"refusal": {"sentence": sentence}}, status=410)


def _picture(found: Review, sha256: str) -> str:
    return reverse("admin:review_photo", args=[found.public_id, sha256])


# ------------------------------------------------------------------ a store's profile


@require_GET
def profile(request: HttpRequest, store_id: str) -> HttpResponse:
    """Any store's profile as buyers read it."""
    found = Store.objects.select_related("seller").filter(pk=identity_of(Store, store_id)).first()
    if found is None:
        raise Http404
    context = {
        "title": _("Profile of {store}").format(store=found.name),
        "crumbs": [
            {"label": _("Stores"), "url": reverse("admin:stores_store_changelist")},
            {"label": found.name, "url": reverse("admin:store", args=[found.public_id])},
            {"label": _("Profile")},
        ],
        **profile_shown(found, now(), request.GET, picture=_picture),
    }
    return page(request, "orders/admin/profile.html", context)


def of_order(order: Any) -> list[dict[str, Any]]:
    """For the order's page: what both sides wrote, whatever became of it."""
    return [_queued(review) for review in order.__dict__.get("reviews", ())]
