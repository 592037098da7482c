"""Reviews at the sellers' door: the list with its figures, replying, reporting, reviewing the buyer, what buyers see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import profiles
from orders.models import Order, Review
from orders.models.review import SCORES
from orders.showing import figures_shown, profile_shown, review_row
from orders.states import ReviewState
from rulebook.actions import actions, offer
from rulebook.actors import BUYER, SELLER
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.files import Damaged
from rulebook.rehearsal import look
from rulebook.rules import Rules
from rulebook.serving import file_response
from stores.health import rules_of
from stores.models import Store
from stores.portal import desk
from stores.portal.doors import ActPage, find, identity_of, new_key, store_staff_required
from stores.portal.linking import names
from stores.portal.paging import page_of

desk.place("reviews", gettext_lazy("Reviews"), "portal:reviews", position=45)

PER_PAGE = 20
REPLY, REPORT, REVIEW = "seller.reply_to_review", "seller.report_review", "seller.review_buyer"

VIEWS: dict[str, Any] = {
    "received": gettext_lazy("Received"),
    "unanswered": gettext_lazy("Not replied to"),
    "moderated": gettext_lazy("Hidden or deleted"),
    "given": gettext_lazy("Given to buyers"),
}


@names("review")
def review_names(identities: Iterable[UUID]) -> dict[UUID, str]:
    rows = Review.objects.filter(id__in=list(identities)).select_related("order")
    return {row.id: _("the review of order {order}").format(order=row.order.name) for row in rows}


# ------------------------------------------------------------------ the list


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader filters by; what makes no sense is left out."""

    view: str
    stars: int | None
    period: str

    @classmethod
    def of(cls, query: QueryDict, rules: Rules) -> Asked:
        view, stars, period = (query.get(name, "") for name in ("view", "stars", "period"))
        return cls(
            view if view in VIEWS else "received",
            int(stars) if stars in {"1", "2", "3", "4", "5"} else None,
            period if period in profiles.period_codes(rules) else profiles.EVER,
        )

    def query(self, **changed: Any) -> str:
        values = {"view": self.view, "stars": self.stars, "period": self.period, **changed}
        found = QueryDict(mutable=True)
        found.update({name: str(value) for name, value in values.items() if value not in (None, "", profiles.EVER)})
        return found.urlencode()


@store_staff_required
def reviews(request: Any) -> HttpResponse:
    """What buyers wrote, newest first, with the figures that it makes; replies in place."""
    at = now()
    rules = rules_of(request.store, at)
    asked = Asked.of(request.GET, rules)
    page = page_of(_rows(request.store, asked, at, rules), request.GET, "-published_at", "-id", per_page=PER_PAGE)
    docket = look(Review, [review.id for review in page.rows], request.actor)
    found = [docket.held[review.id] for review in page.rows if review.id in docket.held]
    store = Store.objects.select_related("seller").get(pk=request.store.pk)
    context = {
        "nav_current": "reviews",
        "heading": _("Reviews"),
        "summary": figures_shown(profiles.profile_of(store, at)),
        "rows": [{**_row(request, review, docket, asked.query()), "direction": ""} for review in found],
        "pager": page.pager,
        "views": [
            {"label": label, "url": f"?{asked.query(view=code)}", "active": code == asked.view}
            for code, label in VIEWS.items()
        ],
        "asked": asked,
        "filtered": asked.stars is not None or asked.period != profiles.EVER,
        "clear_url": f"?{Asked(asked.view, None, profiles.EVER).query()}",
        "stars": [{"code": stars, "label": profiles.star_text(stars)} for stars in profiles.STARS],
        "periods": [{"code": code, "label": profiles.period_label(code)} for code in profiles.period_codes(rules)],
        "empty": _empty(asked),
    }
    return render(request, "orders/portal/reviews.html", context)


def _rows(store: Any, asked: Asked, at: Any, rules: Rules) -> QuerySet[Review]:
    rows = Review.objects.filter(store_id=store.id, side=SELLER if asked.view == "given" else BUYER)
    if asked.view == "moderated":
        rows = rows.exclude(state=ReviewState.PUBLISHED)
    elif asked.view == "unanswered":
        rows = rows.filter(state=ReviewState.PUBLISHED, points__lte=0, replied_at__isnull=True)
    if asked.stars is not None:
        rows = rows.filter(stars=asked.stars)
    since = profiles.begin_of(asked.period, at, rules)
    return rows if since is None else rows.filter(published_at__gt=since)


def _empty(asked: Asked) -> dict[str, str]:
    if asked.stars is not None or asked.period != profiles.EVER:
        return {"title": _("No review fits"), "text": _("Other stars or a longer period may have some.")}
    return {
        "received": {
            "title": _("No reviews yet"),
            "text": _(
                "Buyers may review an order when it has ended. A store without reviews is not taken for a bad one."
            ),
        },
        "unanswered": {
            "title": _("Every critical review has its reply"),
            "text": _("Reviews of 1 to 3 stars to which nobody has replied appear here."),
        },
        "moderated": {
            "title": _("Nothing was hidden or deleted"),
            "text": _("What moderators take out of sight appears here with their reasons."),
        },
        "given": {
            "title": _("You have not reviewed a buyer yet"),
            "text": _("The page of an order that has ended has the form for it."),
        },
    }[asked.view]


def _row(request: Any, review: Review, docket: Docket, query: str) -> dict[str, Any]:
    """A review with what may be done about it."""
    row = review_row(review, picture=_picture)
    row["order_url"] = reverse("portal:order", args=[review.order.public_id])
    if review.side == SELLER or not request.actor.may(actions()[REPLY].may):
        return row
    reply, report = (offer(review, actions()[name], docket) for name in (REPLY, REPORT))
    address = f"?{query}" if query else ""
    if reply.open:
        page = _reply_page(request, review, docket, query)
        row["reply_form"] = page.form(
            initial={"version": review.version, "key": new_key()}, auto_id=f"id_{review.public_id}_%s"
        )
        row["reply_url"] = reverse("portal:reply_review", args=[review.public_id]) + address
    if report.open:
        row["report_url"] = reverse("portal:report_review", args=[review.public_id]) + address
    return row


def _picture(review: Review, sha256: str) -> str:
    return reverse("portal:review_photo", args=[review.public_id, sha256])


@store_staff_required
def review(request: Any, review: str) -> HttpResponse:
    """One review, as notices lead to it."""
    found, docket = find(request, Review, review)
    context = {
        "nav_current": "reviews",
        "heading": _("Review of order {order}").format(order=found.order.name),
        "crumbs": [{"label": _("Reviews"), "url": reverse("portal:reviews")}, {"label": found.order.name}],
        "rows": [_row(request, found, docket, "")],
    }
    return render(request, "orders/portal/review.html", context)


@store_staff_required
def review_photo(request: Any, review: str, sha256: str) -> HttpResponse:
    """A picture of a published review about one of the person's stores."""
    stores = [member.store_id for member in request.memberships]
    rows = Review.objects.filter(pk=identity_of(Review, review), store_id__in=stores)
    found = rows.filter(profiles.may_see_photos(request.actor)).first()
    photo = profiles.photo_of(found, sha256) if found is not None else None
    if photo is None:
        raise Http404
    try:
        return file_response(photo)
    except Damaged:
        sentence = _("This picture is gone, or is no longer what was sent.")
        return render(request, "409.html", {"refusal": {"sentence": sentence}}, status=410)


# ------------------------------------------------------------------ acts


class ReplyPage(ActPage):
    """The one field of a reply knows how long it may be, and counts what is left."""

    def form(self, *args: Any, **kwargs: Any) -> forms.Form:
        form = super().form(*args, **kwargs)
        longest = self.docket.rules_for(self.obj.order).review.reply_max_chars
        form.fields["text"].widget.attrs.update({"maxlength": longest, "rows": 4, "data-pp-count": ""})
        form.fields["text"].help_text = _(
            "One reply, at most {longest} characters; everybody can read it, and it cannot be changed."
        ).format(longest=f"{longest:,}")
        return form


def _reply_page(request: Any, review: Review, docket: Docket, query: str) -> ReplyPage:
    back = _back(review, query)
    return ReplyPage(
        request,
        review,
        docket,
        REPLY,
        "orders/portal/review_act.html",
        {
            **_context(review, docket, _("Reply")),
            "back_url": back,
            "act_title": _("Reply to the review of order {order}").format(order=review.order.name),
        },
        submit=_("Publish the reply"),
        done=_("Your reply is published under the review; the buyer was told."),
        then=back,
    )


@store_staff_required
def reply(request: Any, review: str) -> HttpResponse:
    """Explain yourself under a review of 1 to 3 stars, once."""
    found, docket = find(request, Review, review)
    return _reply_page(request, found, docket, _query(request, docket, found)).respond()


@store_staff_required
def report(request: Any, review: str) -> HttpResponse:
    """Ask the platform to look at words that should not stand."""
    found, docket = find(request, Review, review)
    back = _back(found, _query(request, docket, found))
    return ActPage(
        request,
        found,
        docket,
        REPORT,
        "orders/portal/review_act.html",
        {
            **_context(found, docket, _("Report")),
            "back_url": back,
            "act_title": _("Report the review of order {order}").format(order=found.order.name),
            "act_lead": _(
                "For personal attacks and unfit words. A bad experience told plainly stands: reply to it instead. "
                "A moderator reads the review, your reasons and the order; what came of it stands under the review."
            ),
        },
        submit=_("Report to the platform"),
        done=_("The platform will look at the review; until then it stays as it is."),
        then=back,
        labels={"reason": _("Which words should not stand, and why")},
    ).respond()


def _context(review: Review, docket: Docket, here: str) -> dict[str, Any]:
    crumbs = [
        {"label": _("Reviews"), "url": reverse("portal:reviews")},
        {"label": review.order.name, "url": reverse("portal:review", args=[review.public_id])},
        {"label": here},
    ]
    return {"nav_current": "reviews", "crumbs": crumbs, "row": review_row(review, picture=_picture)}


def _query(request: Any, docket: Docket, review: Review) -> str:
    """The list's filters, as the address carries them through the act and back."""
    if not request.GET:
        return ""
    return Asked.of(request.GET, docket.rules_for(review.order)).query()


def _back(review: Review, query: str) -> str:
    address = f"{reverse('portal:reviews')}?{query}" if query else reverse("portal:review", args=[review.public_id])
    return f"{address}#{review.public_id}"


# ------------------------------------------------------------------ on an order's page


class BuyerReviewPage(ActPage):
    """Stars are chosen by their words; the store's three scores are the buyers' alone (A52-4)."""

    def form(self, *args: Any, **kwargs: Any) -> forms.Form:
        form = super().form(*args, **kwargs)
        form.fields["stars"] = forms.TypedChoiceField(
            choices=[(stars, profiles.star_text(stars)) for stars in profiles.STARS],
            coerce=int,
            widget=forms.RadioSelect,
            label=_("Stars"),
        )
        form.fields["text"].widget.attrs["rows"] = 4
        form.fields["text"].help_text = _("Everybody can read it; the buyer is told.")
        return form


@store_staff_required
def review_buyer(request: Any, order: str) -> HttpResponse:
    """The seller's word about the buyer of an order that has ended."""
    found, docket = find(request, Order, order)
    return _buyer_page(request, found, docket).respond()


def _buyer_page(request: Any, order: Order, docket: Docket) -> BuyerReviewPage:
    page = reverse("portal:order", args=[order.public_id])
    crumbs = [
        {"label": _("Orders"), "url": reverse("portal:orders")},
        {"label": order.name, "url": page},
        {"label": _("Review the buyer")},
    ]
    return BuyerReviewPage(
        request,
        order,
        docket,
        REVIEW,
        "orders/portal/review_act.html",
        {
            "nav_current": "orders",
            "crumbs": crumbs,
            "back_url": f"{page}#reviews",
            "act_title": _("Review the buyer of order {order}").format(order=order.name),
        },
        submit=_("Publish the review"),
        done=_("Your review of the buyer is published."),
        then=f"{page}#reviews",
        hide=SCORES,
        watch=False,
    )


def of_order(request: Any, order: Order, docket: Docket) -> dict[str, Any] | None:
    """For the order's page: the reviews of both sides, and the form for the store's own; None before the trade has ended."""
    if order.review_until is None and not order.reviews:
        return None
    given = next((review for review in order.reviews if review.side == SELLER), None)
    now_open = offer(order, actions()[REVIEW], docket)
    may = request.actor.may(actions()[REVIEW].may) and given is None
    shown: dict[str, Any] = {
        "rows": [_row(request, review, docket, "") for review in sorted(order.reviews, key=_by_time)],
        "until": order.review_until if given is None else None,
        "open": now_open.open,
        "rule": "A53-1",
    }
    if may and now_open.open:
        page = _buyer_page(request, order, docket)
        shown["form"] = page.form(initial={"key": new_key()}, auto_id="id_review_%s")
        shown["url"] = reverse("portal:review_buyer", args=[order.public_id])
    return shown


def _by_time(review: Review) -> Any:
    return review.published_at, review.id


# ------------------------------------------------------------------ what buyers see


@store_staff_required
def profile(request: Any) -> HttpResponse:
    """The store's profile as anybody reads it: nothing here can be changed by the store."""
    store = Store.objects.select_related("seller").get(pk=request.store.pk)
    context = {
        "nav_current": "reviews",
        "crumbs": [{"label": _("Reviews"), "url": reverse("portal:reviews")}, {"label": _("What buyers see")}],
        **profile_shown(store, now(), request.GET, picture=_picture),
    }
    return render(request, "orders/portal/profile.html", context)
