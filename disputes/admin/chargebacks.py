"""The page of a chargeback: the bank's papers, who would bear it and why, what the seller was asked, and asking for proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from disputes import conditions as c
from disputes.admin.gallery import papers_of
from disputes.admin.laws import laws
from disputes.admin.parties import figures_of
from disputes.admin.views import served
from disputes.models import Chargeback
from disputes.models.chargeback import GRAVE
from disputes.states import Borne, ChargebackReason, ChargebackState, Network
from finance.accounts import shown
from orders.admin.page import account_label, in_words, lanes_of, money_of, parcels_of, told_once
from orders.admin.whole import accounts
from orders.models import Order
from rulebook.admin.base import page
from rulebook.admin.deciding import Deciding, Way, head
from rulebook.admin.finding import held, identity_of
from rulebook.docket import Docket
from rulebook.files import StoredFile
from rulebook.sentences import money_text
from rulebook.timeline import timeline, why_it_stands

WAYS = {
    "moderator.request_shipping_proof": Way(
        title=gettext_noop("Ask the seller for proof?"),
        sentence=gettext_noop(
            "He has some working days to prove shipping and delivery; without it the case is ruled on what is known."
        ),
        confirm=gettext_noop("Ask for proof"),
        done=gettext_noop("Asked. The deadline is set."),
    )
}

THEN: dict[str, tuple[str, str]] = {
    "chargeback_evidence": (gettext_noop("Seller's papers"), gettext_noop("then silence counts against him")),
    "pre_arbitration_fee": (gettext_noop("Fee of pre-arbitration"), gettext_noop("then the loss is accepted")),
}

INTAKE: dict[str, Any] = {
    "in_time": gettext_lazy("in time"),
    "special": gettext_lazy("late, as special cases may be"),
    "beyond": gettext_lazy("beyond all usual times; the card side decides"),
}

NEXT: dict[str, Any] = {
    ChargebackState.RECEIVED: gettext_lazy(
        "The platform answers the bank; the seller waits. Ask for proof when something is doubted."
    ),
    ChargebackState.AWAITING_EVIDENCE: gettext_lazy("The seller answers; the papers then go to the bank."),
    ChargebackState.REPRESENTED: gettext_lazy("The papers are with the bank; its decision comes by the provider."),
    ChargebackState.PRE_ARBITRATION: gettext_lazy(
        "The seller prepays the fee or accepts; the card body decides, the platform only passes papers on."
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One question on the way to who bears a lost chargeback. holds: answered yes; decides: the first that was."""

    text: str
    rule: str
    who: str
    holds: bool
    decides: bool = False


def steps_of(chargeback: Chargeback) -> list[Step]:
    """A70-3 to A70-10 in the order in which they are asked, for this one; nothing is decided by it."""
    order = chargeback.order
    if not c.stolen(chargeback, None):
        return [
            Step(
                _("About the goods, or something else: as a refund that the seller bears."),
                "A69-2",
                Borne.SELLER.value,
                True,
                True,
            )
        ]
    if c.nothing_went_out(chargeback, None) or chargeback.decided_under == "A70-2":
        return [
            Step(
                _("Nothing was shipped: the order is closed and the money returned."),
                "A70-2",
                Borne.NOBODY.value,
                True,
                True,
            )
        ]
    return _first(_questions(chargeback, order))


def _questions(chargeback: Chargeback, order: Order) -> list[Step]:
    grave = [article for article in order.store.grave if article in GRAVE]
    seller, platform = Borne.SELLER.value, Borne.PLATFORM.value
    asked = bool(order.requested_country)
    return [
        Step(
            _("A serious violation of the store is in force: false shipping, false trade, improper gain."),
            "A70-10",
            seller,
            bool(grave),
        ),
        Step(_("Proof was asked for and did not come."), "A70-9", seller, chargeback.proof_missing),
        Step(
            _("Another address was asked for, and it was not checked or not safe."),
            "A70-7",
            seller,
            asked and order.address_check != "safe",
        ),
        Step(_("Another address was asked for, checked, and safe."), "A70-8", platform, order.address_check == "safe"),
        Step(
            _("Shipped without the delivery notice, and no waybill was shown since."),
            "A70-5",
            seller,
            c.sent_untold(chargeback, None) and not any(paper.get("waybill") for paper in chargeback.papers),
        ),
        Step(_("Shipped to the order's address, with the waybill told."), "A70-3", platform, True),
    ]


def _first(steps: list[Step]) -> list[Step]:
    """Marked: the first that holds decides."""
    place = next(number for number, step in enumerate(steps) if step.holds)
    return [Step(step.text, step.rule, step.who, step.holds, number == place) for number, step in enumerate(steps)]


# ------------------------------------------------------------------ the page


@require_GET
def chargeback(request: HttpRequest, chargeback_id: str) -> HttpResponse:
    """The whole matter on one page, with what the reader may do about it."""
    found, docket = held(request, Chargeback, chargeback_id)
    deciding = _deciding(request, found, docket)
    return _show(request, found, docket, deciding.context(), 200)


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, chargeback_id: str, verb: str) -> HttpResponse:
    """Form, preview, act."""
    found, docket = held(request, Chargeback, chargeback_id)
    return _deciding(request, found, docket).answer(verb)


def _deciding(request: HttpRequest, found: Chargeback, docket: Docket) -> Deciding:
    here = reverse("admin:chargeback", args=[found.public_id])

    def show(context: dict[str, Any], status: int) -> HttpResponse:
        return _show(request, found, docket, context, status)

    return Deciding(
        request,
        found,
        docket,
        here=here,
        ways={name: Way(_(way.title), _(way.sentence), _(way.confirm), _(way.done)) for name, way in WAYS.items()},
        show=show,
        crumbs=[
            {"label": _("Worklist"), "url": reverse("admin:worklist")},
            {"label": _("Chargeback {name}").format(name=found.name), "url": here},
        ],
        label_of=account_label,
        shown=shown,
    )


def _show(
    request: HttpRequest, found: Chargeback, docket: Docket, context: dict[str, Any], status: int
) -> HttpResponse:
    order = found.order
    steps = steps_of(found)
    deciding = next((step for step in steps if step.decides), None)
    shown_here = {
        **context,
        "title": _("Chargeback {name}").format(name=found.name),
        "case": _head(request, found, docket),
        "chargeback": found,
        "reason": ChargebackReason(found.reason).label,
        "network": Network(found.network).label,
        "intake": INTAKE.get(found.intake, found.intake),
        "papers": papers_of(found),
        "steps": [{"step": step, "who": Borne(step.who).label} for step in steps],
        "who": Borne(deciding.who).label if deciding else "",
        "borne": Borne(found.borne_by).label if found.borne_by else "",
        "next_words": NEXT.get(found.state, ""),
        "order": order,
        "order_url": reverse("admin:order", args=[order.public_id]),
        "store_url": reverse("admin:store", args=[order.store.public_id]),
        "parcels": parcels_of(order),
        "deadlines": lanes_of(order, docket),
        "table": money_of(order),
        "accounts": accounts(order),
        "figures": figures_of(order.store, docket.at),
        "disputes": [
            {"name": one.name, "state": one.state, "url": reverse("admin:case", args=[one.public_id])}
            for one in order.__dict__.get("disputes", ())
        ],
        "others": [
            {"name": one.name, "state": one.state, "url": reverse("admin:chargeback", args=[one.public_id])}
            for one in order.__dict__.get("chargebacks", ())
            if one.id != found.id
        ],
        "timeline": told_once(in_words(row) for row in timeline(order.id)),
        "rules": laws(
            [*(step.rule for step in steps), "A69-1", "A70-9", "A70-11", "A70-13", "A70-18"], docket.rules_for(order)
        ),
        "is_open": found.is_open,
        "next_skip": found.public_id,
        "crumbs": [{"label": _("Worklist"), "url": reverse("admin:worklist")}, {"label": found.name}],
        "settled": "" if found.is_open else _("It is decided; nothing is left to do here."),
    }
    return page(request, "disputes/admin/chargeback.html", shown_here, status=status)


def _head(request: HttpRequest, found: Chargeback, docket: Docket) -> dict[str, Any]:
    rows = [row for row in docket.waiting_for(found) if row.name in THEN]
    row = min(rows, key=lambda one: one.due_at) if rows else None
    name, then = THEN[row.name] if row else ("", "")
    return {
        **head(request, found),
        "title": _("Chargeback {name}").format(name=found.name),
        "id": found.public_id,
        "line": [
            ChargebackReason(found.reason).label,
            _("{amount} taken back").format(amount=money_text(found.amount)),
            Network(found.network).label,
            found.order.store.name,
            found.order.buyer_name or _("unnamed buyer"),
        ],
        "state": found.state,
        "state_tone": "turn" if found.lane == "chargebacks" else "",
        "why": why_it_stands(found.id),
        "deadline": {"name": _(name), "due_at": row.due_at, "then": _(then), "rule": row.rule, "standing": row.status}
        if row
        else None,
    }


@require_GET
def paper(request: HttpRequest, chargeback_id: str, number: int) -> HttpResponse:
    """A file that the seller showed the bank."""
    found = Chargeback.objects.filter(pk=identity_of(Chargeback, chargeback_id)).first()
    papers = found.papers if found is not None else []
    if not 1 <= number <= len(papers) or not papers[number - 1].get("file_key"):
        raise Http404
    return served(request, StoredFile.of(papers[number - 1]))
