"""A statement as plain text, for letters and the API: the same as the page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from disputes.statement.shape import Decision, Statement
from rulebook.sentences import moment_text, money_text


def text_of(found: Statement) -> str:
    """The whole statement, in lines; ends in a line break."""
    lines = [
        _("Statement of reasons: dispute {name}, order {order}, {store}").format(
            name=found.name, order=found.order_name, store=found.store
        ),
        "",
        _("Claimed on {at}: {amount}, {reason}").format(
            at=moment_text(found.filed_at), amount=money_text(found.claimed), reason=found.reason
        ),
    ]
    lines += [found.claim] if found.claim else []
    lines += [_("The seller's answer: {answer}").format(answer=found.answer)] if found.answer else []
    for decision in found.decisions:
        lines += ["", *_decision_lines(decision)]
    return "\n".join(lines) + "\n"


def _decision_lines(one: Decision) -> list[str]:
    lines = [f"{one.title}, {moment_text(one.at)}", one.outcome, one.by + "."]
    if one.liable:
        lines.append(_("Liable: {liable}").format(liable=one.liable))
    if not one.stands:
        lines.append(_("Overturned later; see below."))
    if one.reasons:
        lines += [_("Reasons:"), one.reasons]
    lines.append(_("Facts:"))
    lines += [
        f"- {fact.text}" + (f" {moment_text(fact.at)}" if fact.at else "") + (f" ({fact.rule})" if fact.rule else "")
        for fact in one.facts
    ]
    if one.evidence:
        lines.append(_("Evidence:"))
        lines += [
            f"- {piece.side}: {piece.kind}{', ' if piece.kind else ''}{piece.name}"
            + (f" (SHA-256 {piece.sha256})" if piece.sha256 else "")
            + (f" {_('late')}" if piece.late else "")
            for piece in one.evidence
        ]
    lines.append(_("Rules, as in force then:"))
    for law in one.rules:
        lines.append(f"- {law.label} ({law.id}), {law.title}: {law.text}")
        lines += [f"  {name}: {value}" for name, value in law.values_read]
    if one.money:
        lines.append(_("Money:"))
        lines += [f"- {move.text}: {money_text(move.amount)}" for move in one.money]
    return [*lines, _("Appeal: {how}").format(how=one.appeal)]
