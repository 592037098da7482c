"""The forms of a moderator's acts in a dispute: only outcomes that the case can have, each with what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from disputes.admin.case import CasePage
from disputes.admin.pointing import cap_of
from disputes.admin.wording import RULE
from disputes.models import Dispute
from disputes.states import CAUSED_ON_THE_WAY, DisputeState, Liable, Reason
from disputes.suggesting import Suggestion, min_of
from rulebook.actions import actions
from rulebook.articles import label
from rulebook.forms import form_for
from rulebook.money import Money
from rulebook.sentences import money_text

NOTHING_ARRIVED = frozenset({Reason.NOT_RECEIVED.value})


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
    ).format(most=money_text(order.refundable), limit=money_text(rules.four_eyes_above))
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
        Liable.SELLER.value: _(
            "Seller: pays from the order's money, then from his own; it counts against him ({rule})"
        ).format(rule=label("A45-2"))
    }
    if row["family"] == "logistics" or dispute.reason in CAUSED_ON_THE_WAY or dispute.worry_free:
        said[Liable.LOGISTICS.value] = _carrier(dispute, cap)
    if dispute.cover_pays:
        text = _(
            "Platform: the after-sale cover pays up to {cap}, the seller what is above; it does not count against him ({rule})"
        )
        said[Liable.PLATFORM.value] = text.format(
            cap=money_text(cap) if cap is not None else _("its cap"), rule=label("A47-1")
        )
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


def _carrier(dispute: Dispute, cap: Money | None) -> str:
    if dispute.worry_free:
        return _(
            "Carrier: worry-free logistics pay up to {cap}, the seller what is above; the indicators skip the order ({rule})"
        ).format(cap=money_text(cap) if cap is not None else "–", rule=label("A38-5"))
    if dispute.order.online:
        return _(
            "Carrier: the seller pays and may claim it from the carrier; the indicators skip the order ({first}, {second})"
        ).format(first=label("A38-1"), second=label("A38-2"))
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
    if dispute.cover_pays:
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
