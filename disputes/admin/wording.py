"""A moderator's acts in a dispute in words: what the preview asks, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rulebook.money import Money
from rulebook.rehearsal import Rehearsal
from rulebook.sentences import money_text

RULE, APPROVE, SEND_BACK = "moderator.rule", "moderator.approve_ruling", "moderator.send_back_ruling"

Words = tuple[str, str, str]


@dataclass(frozen=True)
class Way:
    """An act in words. words: title, sentence and button of the preview; done: what is said afterwards."""

    words: Callable[[Rehearsal, Mapping[str, Any]], Words]
    done: Callable[[Any], str]
    danger: bool = False


def _words_of_ruling(rehearsal: Rehearsal, values: Mapping[str, Any]) -> Words:
    refund = Money.parse(values["refund"])
    amount = money_text(refund)
    dispute = rehearsal.target
    if dispute.proposed_ruling_id is not None:
        return (
            _("Propose a refund of {refund}?").format(refund=amount),
            _("The amount is above the limit: nothing moves until another moderator approves."),
            _("Propose the ruling"),
        )
    if values.get("counterfeit"):
        return (
            _("Rule that the goods are counterfeit?"),
            _(
                "{refund} go back to the buyer and {more} on top, both from the seller; he is reported. Both sides read your reasons."
            ).format(refund=amount, more=money_text(dispute.compensated)),
            _("Rule: counterfeit, refund {refund}").format(refund=amount),
        )
    if not refund.minor:
        return (
            _("Reject the claim?"),
            _("The buyer gets nothing back by this dispute; it ends at once."),
            _("Reject the claim"),
        )
    if values.get("return_goods"):
        return (
            _("Refund {refund} against the goods?").format(refund=amount),
            _("Nothing is paid yet: the buyer sends the goods back first. Both sides read your reasons."),
            _("Rule: {refund} against the goods").format(refund=amount),
        )
    return (
        _("Refund {refund} to the buyer?").format(refund=amount),
        _("The ruling comes into force at once and ends the dispute. Both sides read your reasons."),
        _("Rule: refund {refund}").format(refund=amount),
    )


def _words_of_approval(rehearsal: Rehearsal, values: Mapping[str, Any]) -> Words:
    refund = money_text(rehearsal.target.refund)
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
    if not ruling.refund.minor:
        return _("The ruling is in force: the claim is rejected.")
    if ruling.return_goods:
        return _("The ruling is in force: {refund} against the goods.").format(refund=money_text(ruling.refund))
    return _("The ruling is in force: {refund} to the buyer.").format(refund=money_text(ruling.refund))


def _plain(title: str, sentence: str, confirm: str, done: str, *, danger: bool = False) -> Way:
    return Way(lambda _rehearsal, _values: (_(title), _(sentence), _(confirm)), lambda _object: _(done), danger)


def _words_of_proposal(rehearsal: Rehearsal, values: Mapping[str, Any]) -> Words:
    refund = money_text(Money.parse(values["suggest_refund"]))
    return (
        _("Propose {refund} to both sides?").format(refund=refund),
        _("It binds when both sides take it. The clocks go on, and a ruling stays possible."),
        _("Propose {refund}").format(refund=refund),
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
