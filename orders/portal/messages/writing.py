"""Writing to the buyer: words of advice that can be taken over, pictures, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from orders import advice
from orders.models import Order
from orders.portal.words import SCANS
from orders.states import ThreadKind
from rulebook.docket import Docket
from rulebook.refusals import NotDone, Refused
from stores.portal.doors import ActPage, forbidden, new_key
from stores.portal.words import METHODS

PICTURES = "image/jpeg,image/png,image/webp,image/gif"
PAPERS = f"{PICTURES},application/pdf"


@dataclass
class MessagePage(ActPage):
    """The page of a message to the buyer: with advice whose words can be taken over, and pictures.

    known: facts for the words of advice.
    """

    known: Mapping[str, Any] = field(default_factory=dict)
    advised: list[advice.Advice] = field(default_factory=list)
    facts: advice.Facts | None = None

    def respond(self) -> HttpResponse:
        chosen = advice.advice(self.request.POST.get("use", "")) if self.request.method == "POST" else None
        if chosen is None or not chosen.words:
            return super().respond()
        if not self.request.actor.may("answer_buyers"):
            return forbidden(self.request)
        typed = self.request.POST.dict()
        words = chosen.words_for(dict(self.known))
        typed["text"] = "\n\n".join(part for part in (typed.get("text", "").strip(), words) if part)
        return self._page(self.form(initial=typed))

    def first_form(self) -> forms.Form:
        """The empty form, or the one that `?use=` asks for."""
        chosen = advice.advice(self.request.GET.get("use", ""))
        text = chosen.words_for(dict(self.known)) if chosen is not None and chosen.words else ""
        return self.form(initial={"key": new_key(), "text": text})

    def form(self, *args: Any, **kwargs: Any) -> forms.Form:
        made = super().form(*args, **kwargs)
        text, files = made.fields["text"], made.fields["files"]
        text.required = not self.request.FILES  # pictures alone are a message
        text.error_messages["required"] = _("Write something, or add a picture.")
        text.help_text = _(
            "The buyer reads it in the storefront. It is kept and cannot be taken back. Write in English."
        )
        text.widget.attrs["rows"] = 5
        papers = self.facts is not None and self.facts.kind == ThreadKind.DISPUTE
        files.widget.attrs["accept"] = PAPERS if papers else PICTURES
        files.label = _("Pictures and PDFs") if papers else _("Pictures")
        files.help_text = _("Up to five, 5 MB each.")
        if self.request.FILES:
            again = _("Choose them again: browsers do not keep chosen files.")
            files.help_text = f"{again} {files.help_text}"
        return made

    def shown_advice(self) -> list[dict[str, Any]]:
        return [advice.shown(found, self.facts) for found in self.advised] if self.facts else []

    def _refused(self, form: forms.Form, problem: NotDone, *, status: int = 0, closed: bool = False) -> HttpResponse:
        """What is wrong with a picture stands beside the pictures."""
        if not isinstance(problem, Refused) or problem.rule != "FB-5":
            return super()._refused(form, problem, status=status, closed=closed)
        form.add_error("files", _picture_refused(problem))
        return self._page(form, problem.status)


def _picture_refused(problem: Refused) -> str:
    if "name" in problem.facts:
        return _("{name} is larger than {most} MB. Save it smaller, then choose it again (FB-5).").format(
            name=problem.facts["name"], most=int(problem.facts["most"]) // (1024 * 1024)
        )
    return _("A message carries {most} pictures at most. Send the others with the next one (FB-5).").format(
        most=problem.facts["most"]
    )


def known_of(order: Order | None, book: Docket | None, *, store: str, buyer: str, about: str) -> dict[str, Any]:
    """Facts for the words of advice, as far as there are any. book: holds the order."""
    known: dict[str, Any] = {"hello": advice.greeting(buyer), "store": store, "about": about}
    if order is None or book is None:
        return known
    parcel = next((parcel for parcel in reversed(order.shipments) if parcel.delivered_at is None), None)
    payment = book.deadline(order, "payment")
    return {
        **known,
        "order": order.name,
        "total": order.total,
        "method": str(METHODS.get(order.method, order.method)).lower(),
        "promised": order.promised_days,
        "receipt_due": order.receipt_due_at,
        "payment_due": payment.due_at if payment else None,
        "waybill": parcel.waybill if parcel else None,
        "last_scan": _last_scan(parcel) if parcel else None,
    }


def _last_scan(parcel: Any) -> str | None:
    if parcel.last_scan_at is None:
        return None
    where = f", {parcel.last_place}" if parcel.last_place else ""
    return f"{str(SCANS.get(parcel.state, parcel.state)).lower()}{where}"


def letter_page(
    request: Any, order: Order, docket: Docket, template: str, context: dict[str, Any], **more: Any
) -> MessagePage:
    """Writing to the buyer from an order's own page."""
    facts = advice.Facts(docket.at, docket.rules_for(order), order, ThreadKind.ORDER)
    page = MessagePage(
        request,
        order,
        docket,
        "seller.message",
        template,
        context,
        submit=_("Send to the buyer"),
        done=_("Your message was sent."),
        watch=False,
        known=known_of(order, docket, store=request.store.name, buyer=order.buyer_name, about=order.name),
        advised=advice.fitting(advice.THREAD, facts),
        facts=facts,
        **more,
    )
    page.context = {**context, "advice": page.shown_advice()}
    return page
