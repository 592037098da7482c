"""What a moderator may do on a case page: a form for each act that is open, a preview with all that it would do, one press.

Only outcomes that the case can have are offered, each with what it means; the door itself is the action, as for everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from disputes.admin.case import CasePage
from disputes.admin.outcomes import form_class, initial_of
from disputes.admin.wording import APPROVE, RULE, SEND_BACK, WAYS
from disputes.states import OPEN
from disputes.suggesting import Suggestion
from finance.accounts import shown
from orders.admin.page import account_label
from rulebook.actions import offers
from rulebook.admin.acting import Asked, answer, notices_of
from rulebook.forms import typed_in
from rulebook.money import Money
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text
from stores.foreseeing import Foreseen, foreseen
from stores.health import rules_of

OF_DISPUTE = (
    RULE,
    "moderator.intervene",
    "moderator.take_over",
    "moderator.request_cooperation",
    "moderator.declare_not_covered",
    "moderator.report_abuse",
)
OF_RULING = (APPROVE, SEND_BACK)
ADDRESSES = {RULE: "case_rule", APPROVE: "case_approve"}

# ------------------------------------------------------------------ what is open


def decision(
    found: CasePage, *, name: str = "", form: forms.Form | None = None, filled: Suggestion | None = None
) -> dict[str, Any]:
    """Forms of what is open, and why the rest is not. name, form: the one that was just sent; it is shown again with all
    that was typed, even when it was closed meanwhile. Of a case that has ended only the words are kept, to be copied."""
    offered = _offered(found)
    sent = name if form is not None and found.dispute.state in OPEN else ""
    shown_acts = [(offer.action, subject) for offer, subject in offered if offer.open or offer.action.name == sent]
    names = [act.name for act, _subject in shown_acts]
    first = sent if sent in names else next(iter([act.name for act, _s in shown_acts if act.primary] or names), "")
    return {
        "acts": [
            {
                "name": act.name,
                "label": _(act.label),
                "url": address(found, act.name),
                "form": form
                if act.name == sent
                else form_class(found, act.name)(
                    initial=initial_of(found, act.name, subject, filled=filled),
                    auto_id="id_%s" if act.name == first else f"{act.verb}_%s",
                ),
                "submit": _("See what this would do"),
                "opened": act.name == first,
                "sent": act.name == sent,
            }
            for act, subject in shown_acts
        ],
        "sent": sent in names,
        "closed": [
            {"label": _(offer.action.label), "reason": offer.sentence, "opens_at": offer.not_before}
            for offer, _subject in offered
            if not offer.open and offer.action.name in (RULE, APPROVE) and offer.action.name != sent
        ],
        "form_lost": form if form and form.errors and sent not in names else None,
        "typed": typed_in(form) if form is not None and sent not in names else [],
        "has_role": bool(offered),
        "may_rule": RULE in {offer.action.name for offer, _subject in offered if offer.open},
    }


def _offered(found: CasePage) -> list[tuple[Any, Any]]:
    """What the reader's role has, on the dispute and on the ruling that waits, open or closed; what decides comes first."""
    rows: list[tuple[Any, Any]] = [
        (offer, subject)
        for subject, names in ((found.waiting, OF_RULING), (found.dispute, OF_DISPUTE))
        if subject is not None
        for offer in offers(subject, found.actor, found.docket)
        if offer.action.name in names
    ]
    order = {name: place for place, name in enumerate((*OF_RULING, *OF_DISPUTE))}
    return sorted(rows, key=lambda row: order[row[0].action.name])


def address(found: CasePage, name: str) -> str:
    if name in ADDRESSES:
        return reverse(f"admin:{ADDRESSES[name]}", args=[found.dispute.public_id]) + "#decide"
    return reverse("admin:case_act", args=[found.dispute.public_id, name.partition(".")[2]]) + "#decide"


def take(request: HttpRequest, found: CasePage, name: str, on: UUID, show: Callable[..., HttpResponse]) -> HttpResponse:
    """Form, preview or act, whichever the request is at."""
    here = reverse("admin:case", args=[found.dispute.public_id])
    way = WAYS[name]
    asked = Asked(
        name=name,
        on=on,
        form_class=form_class(found, name),
        show=partial(show, request, found, name=name),
        words=way.words,
        done=way.done,
        back_to=here,
        label_of=account_label,
        shown=shown,
        crumbs=[
            {"label": _("Worklist"), "url": reverse("admin:worklist")},
            {"label": found.dispute.name, "url": here},
        ],
        danger=way.danger,
        more=partial(effects_of, found.order.store),
        case=found.dispute.id,
    )
    return answer(request, asked)


# ------------------------------------------------------------------ the preview's further parts


def effects_of(store: Any, rehearsal: Rehearsal) -> dict[str, Any]:
    """The store's figures before and after, and what each side is told; one statement at most."""
    docket = rehearsal.docket
    changes = foreseen(store, rehearsal.counts(), docket.at, rules_of(store, docket.at))
    return {
        "figures": [figure_row(change) for change in changes],
        "notices": notices_of(rehearsal),
    }


def figure_row(change: Foreseen) -> dict[str, Any]:
    """An indicator before and after. turn: whether it gets better; nothing where there is no value on one side."""
    unit = " %" if change.indicator.unit == "percent" else ""
    stands = change.stands
    turn = "" if change.before is None or change.after is None else _("better") if change.better else _("worse")
    return {
        "title": _(change.indicator.title),
        "before": _number(change.before, unit),
        "after": _number(change.after, unit),
        "turn": turn,
        "word": stands.word if stands else "",
        "tone": stands.tone if stands else "",
        "crossed": bool(stands and change.stood and stands.level != change.stood.level),
    }


def _number(value: Any, unit: str) -> str:
    if value is None:
        return "–"
    return money_text(value) if isinstance(value, Money) else f"{value}{unit}"


__all__ = ["APPROVE", "OF_DISPUTE", "OF_RULING", "RULE", "SEND_BACK", "WAYS", "decision", "effects_of", "take"]
