"""What a moderator may do on a case page: a form for each act that is open, a preview with all that it would do, one press.

Only outcomes that the case can have are offered, each with what it means; the door itself is the action, as for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from disputes.admin.case import CasePage
from disputes.admin.pointing import cap_of
from disputes.models import Dispute
from disputes.states import CAUSED_ON_THE_WAY, DisputeState, Liable, Reason
from disputes.suggesting import Suggestion, min_of
from finance.accounts import shown
from orders.admin.page import account_label
from rulebook.actions import actions, offers
from rulebook.admin.acting import Asked, answer, notices_of
from rulebook.forms import form_for
from rulebook.money import Money
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text
from stores.foreseeing import Foreseen, foreseen
from stores.health import rules_of

RULE, APPROVE, SEND_BACK = "moderator.rule", "moderator.approve_ruling", "moderator.send_back_ruling"

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
NOTHING_ARRIVED = frozenset({Reason.NOT_RECEIVED.value})

Words = tuple[str, str, str]


@dataclass(frozen=True)
class Way:
    """An act in words. words: title, sentence and button of the preview; done: what is said afterwards."""

    words: Callable[[Rehearsal, Mapping[str, Any]], Words]
    done: Callable[[Any], str]
    danger: bool = False


# ------------------------------------------------------------------ the forms


def form_class(found: CasePage, name: str) -> type[forms.Form]:
    if name == RULE:
        return _ruling_class(found)
    return form_for(actions()[name], currency=found.dispute.currency)


def _hidden(dispute: Dispute, row: Mapping[str, Any]) -> frozenset[str]:
    """Outcomes that this case cannot have: nothing that did not come goes back, and only goods can be fake."""
    hidden = set()
    if dispute.reason in NOTHING_ARRIVED:
        hidden.add("return_goods")
    if row["family"] not in ("product", "quantity") or dispute.reason in (Reason.UNDISCLOSED_FEE, Reason.OTHER):
        hidden.add("counterfeit")
    return frozenset(hidden)


def _ruling_class(found: CasePage) -> type[forms.Form]:
    dispute, order = found.dispute, found.order
    rules = found.docket.rules_for(order).dispute
    row = rules.reasons[dispute.reason]
    made = form_for(actions()[RULE], currency=dispute.currency, hide=_hidden(dispute, row))
    fields: dict[str, Any] = made.base_fields
    fields["refund"].label = _("Refund, in {currency}").format(currency=dispute.currency)
    fields["refund"].help_text = _(
        "0 rejects the claim. At most {most}: paid and not yet refunded. Above {limit} a second moderator approves."
    ).format(most=order.refundable, limit=rules.four_eyes_above)
    fields["liable"] = forms.ChoiceField(
        label=_("Liable"), choices=list(liabilities(found).items()), widget=forms.RadioSelect
    )
    if "return_goods" in fields:
        fields["return_goods"].help_text = _(
            "The refund waits until the goods are back; the buyer has {days} days to post them."
        ).format(days=found.docket.rules_for(order).return_.ship_days)
    if "counterfeit" in fields:
        fake = found.docket.rules_for(order).fake
        fields["counterfeit"].help_text = _("The seller pays {more} on top of the refund, and is reported.").format(
            more=money_text(Money(order.goods_minor * fake.multiplier, order.currency))
        )
    fields["cause"] = forms.ChoiceField(label=_("Cause"), choices=_causes(rules.causes, row["causes"]), required=False)
    fields["reason"].widget.attrs["rows"] = 6
    made.base_fields = {name: fields[name] for name in _ORDER if name in fields}
    return made


_ORDER = ("refund", "liable", "return_goods", "counterfeit", "cause", "reason", "version")


def _causes(causes: Mapping[str, Mapping[str, Any]], fitting: Any) -> list[Any]:
    own = [(code, _cause_word(code, causes[code])) for code in fitting if code in causes]
    others = [(code, _cause_word(code, row)) for code, row in causes.items() if code not in fitting]
    return [("", _("not named")), (_("Of this reason"), own), (_("Others"), others)]


def _cause_word(code: str, row: Mapping[str, Any]) -> str:
    return f"{code}: {_(row['says'])}"


def liabilities(found: CasePage) -> dict[str, str]:
    """The sides that can be liable here, each with what that means for money and standing."""
    dispute, order = found.dispute, found.order
    cap = cap_of(dispute, order, found.docket)
    row = found.docket.rules_for(order).dispute.reasons[dispute.reason]
    said = {
        Liable.SELLER.value: _("Seller: pays from the order's money, then from his own; it counts against him (A45-2)")
    }
    if row["family"] == "logistics" or dispute.reason in CAUSED_ON_THE_WAY or order.worry_free:
        said[Liable.LOGISTICS.value] = _carrier(order, cap)
    if dispute.covered:
        text = _(
            "Platform: the after-sale cover pays up to {cap}, the seller what is above; it does not count against him (A47-1)"
        )
        said[Liable.PLATFORM.value] = text.format(cap=money_text(cap)) if cap is not None else text
    else:
        said[Liable.PLATFORM.value] = _(
            "Platform: pays all of it; the order's money and the seller's standing stay as they are"
        )
    said[Liable.BUYER.value] = (
        _("Buyer: gets nothing, or only against the goods")
        if dispute.reason not in NOTHING_ARRIVED
        else _("Buyer: gets nothing")
    )
    return said


def _carrier(order: Any, cap: Money | None) -> str:
    if order.worry_free:
        return _(
            "Carrier: worry-free logistics pay up to {cap}, the seller what is above; the indicators skip the order (A38-5)"
        ).format(cap=money_text(cap) if cap is not None else "–")
    if order.online:
        return _(
            "Carrier: the seller pays and may claim it from the carrier; the indicators skip the order (A38-1, A38-2)"
        )
    return _("Carrier: the seller pays, for he chose the carrier; it does not count as his fault")


def initial_of(found: CasePage, name: str, subject: Any, *, filled: Suggestion | None = None) -> dict[str, Any]:
    """What a form starts with. filled: the suggestion, when the reader asked for it."""
    start: dict[str, Any] = {"version": subject.version}
    if name == RULE and filled is not None:
        start |= {**filled.initial(), "reason": draft_of(filled)}
    elif name == RULE:
        start |= _as_claimed(found)
    return start


def _as_claimed(found: CasePage) -> dict[str, Any]:
    """The claim (or what was agreed against the goods), and whose matter it usually is."""
    dispute, known = found.dispute, liabilities(found)
    usual = found.docket.rules_for(found.order).dispute.reasons[dispute.reason]["liable"]
    if dispute.covered:
        usual = Liable.PLATFORM.value
    liable = {"carrier": Liable.LOGISTICS.value}.get(usual, usual)
    contested = dispute.state == DisputeState.RETURN_CONTESTED
    wanted = dispute.agreed_refund if contested and dispute.agreed_refund is not None else dispute.refund
    return {
        "refund": min_of(wanted, found.order.refundable).amount,
        "liable": liable if liable in known else Liable.SELLER.value,
        "return_goods": dispute.return_goods and not contested,
    }


def draft_of(suggestion: Suggestion) -> str:
    """The grounds as a beginning of the reasons; the moderator makes them his own."""
    return "\n".join(ground.text for ground in suggestion.grounds if not ground.against)


# ------------------------------------------------------------------ what is open


def decision(
    found: CasePage, *, name: str = "", form: forms.Form | None = None, filled: Suggestion | None = None
) -> dict[str, Any]:
    """Forms of what is open, and why the rest is not. name, form: the one that was just sent."""
    offered = _offered(found)
    opened = [(offer.action, subject) for offer, subject in offered if offer.open]
    names = {act.name for act, _subject in opened}
    first = name if name in names else next(iter([act.name for act, _s in opened if act.primary] or names), "")
    return {
        "acts": [
            {
                "name": act.name,
                "label": _(act.label),
                "url": address(found, act.name),
                "form": form
                if form is not None and act.name == name
                else form_class(found, act.name)(
                    initial=initial_of(found, act.name, subject, filled=filled),
                    auto_id="id_%s" if act.name == first else f"{act.verb}_%s",
                ),
                "submit": _("See what this would do"),
                "danger": WAYS[act.name].danger,
                "opened": act.name == first,
            }
            for act, subject in opened
        ],
        "closed": [
            {"label": _(offer.action.label), "reason": offer.sentence, "opens_at": offer.not_before}
            for offer, _subject in offered
            if not offer.open and offer.action.name in (RULE, APPROVE)
        ],
        "form_lost": form if form is not None and form.errors and name not in names else None,
        "has_role": bool(offered),
        "may_rule": RULE in names,
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
        "figures": [_figure(change) for change in changes],
        "notices": notices_of(rehearsal),
    }


def _figure(change: Foreseen) -> dict[str, Any]:
    unit = " %" if change.indicator.unit == "percent" else ""
    stands = change.stands
    return {
        "title": _(change.indicator.title),
        "before": _number(change.before, unit),
        "after": _number(change.after, unit),
        "better": change.better,
        "word": stands.word if stands else "",
        "tone": stands.tone if stands else "",
        "crossed": bool(stands and change.stood and stands.level != change.stood.level),
    }


def _number(value: Any, unit: str) -> str:
    if value is None:
        return "–"
    return money_text(value) if isinstance(value, Money) else f"{value}{unit}"


# ------------------------------------------------------------------ words


def _words_of_ruling(rehearsal: Rehearsal, values: Mapping[str, Any]) -> Words:
    refund = Money.parse(values["refund"])
    dispute = rehearsal.target
    if dispute.proposed_ruling_id is not None:
        return (
            _("Propose a refund of {refund}?").format(refund=refund),
            _("The amount is above the limit: nothing moves until another moderator approves."),
            _("Propose the ruling"),
        )
    if values.get("counterfeit"):
        return (
            _("Rule that the goods are counterfeit?"),
            _(
                "{refund} go back to the buyer and {more} on top, both from the seller; he is reported. Both sides read your reasons."
            ).format(refund=money_text(refund), more=money_text(dispute.compensated)),
            _("Rule: counterfeit, refund {refund}").format(refund=refund),
        )
    if not refund.minor:
        return (
            _("Reject the claim?"),
            _("The buyer gets nothing back by this dispute; it ends at once."),
            _("Reject the claim"),
        )
    if values.get("return_goods"):
        return (
            _("Refund {refund} against the goods?").format(refund=refund),
            _("Nothing is paid yet: the buyer sends the goods back first. Both sides read your reasons."),
            _("Rule: {refund} against the goods").format(refund=refund),
        )
    return (
        _("Refund {refund} to the buyer?").format(refund=refund),
        _("The ruling comes into force at once and ends the dispute. Both sides read your reasons."),
        _("Rule: refund {refund}").format(refund=refund),
    )


def _words_of_approval(rehearsal: Rehearsal, values: Mapping[str, Any]) -> Words:
    refund = rehearsal.target.refund
    return (
        _("Approve a refund of {refund}?").format(refund=refund),
        _("Ruled by {name}. With your approval it is carried out at once and ends the dispute.").format(
            name=rehearsal.target.made_by_name
        ),
        _("Approve and refund {refund}").format(refund=refund),
    )


def _ruled(ruling: Any) -> str:
    """After a ruling or an approval: both give the ruling."""
    if ruling.state == "proposed":
        return _("Your ruling is recorded. Nothing moves until another moderator approves it.")
    return _("The ruling is in force: {refund} to the buyer.").format(refund=ruling.refund)


def _plain(title: str, sentence: str, confirm: str, done: str, *, danger: bool = False) -> Way:
    return Way(lambda _rehearsal, _values: (_(title), _(sentence), _(confirm)), lambda _object: _(done), danger)


def _words_of_proposal(rehearsal: Rehearsal, values: Mapping[str, Any]) -> Words:
    refund = Money.parse(values["suggest_refund"])
    return (
        _("Propose {refund} to both sides?").format(refund=money_text(refund)),
        _("It binds when both sides take it. The clocks go on, and a ruling stays possible."),
        _("Propose {refund}").format(refund=money_text(refund)),
    )


WAYS: dict[str, Way] = {
    RULE: Way(_words_of_ruling, _ruled),
    APPROVE: Way(_words_of_approval, _ruled),
    SEND_BACK: _plain(
        gettext_noop("Send the ruling back?"),
        gettext_noop("Nothing moves. The case is open for another ruling, and your colleague reads why."),
        gettext_noop("Send it back"),
        gettext_noop("Sent back. The case waits for another ruling."),
    ),
    "moderator.intervene": Way(_words_of_proposal, lambda _dispute: _("Proposed to both sides.")),
    "moderator.take_over": _plain(
        gettext_noop("Take the dispute over?"),
        gettext_noop("The platform decides first from here; the parties' clocks stop, and they may still agree."),
        gettext_noop("Take it over"),
        gettext_noop("The platform has it now."),
    ),
    "moderator.request_cooperation": _plain(
        gettext_noop("Ask the seller for help?"),
        gettext_noop("He has some working days. Silence is a refusal: the cover ends here, and the cost is his."),
        gettext_noop("Ask the seller"),
        gettext_noop("Asked. The deadline is set."),
    ),
    "moderator.declare_not_covered": _plain(
        gettext_noop("Take it out of the cover?"),
        gettext_noop("It goes to arbitration at once, and the seller answers for it as in any dispute."),
        gettext_noop("Send it to arbitration"),
        gettext_noop("It is in arbitration now."),
    ),
    "moderator.report_abuse": _plain(
        gettext_noop("Report abuse of the cover?"),
        gettext_noop("The store loses the cover, and what the platform paid on this order comes back from the seller."),
        gettext_noop("Report the abuse"),
        gettext_noop("Reported; the cover has ended for the store."),
        danger=True,
    ),
}

__all__ = ["APPROVE", "OF_DISPUTE", "OF_RULING", "RULE", "SEND_BACK", "WAYS", "decision", "take"]
