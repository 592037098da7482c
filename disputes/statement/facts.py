"""What lay before whoever decided: facts, evidence, and the rules as they stood then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.models import Dispute, Evidence
from disputes.statement.shape import Fact, Law, Shown
from disputes.states import EvidenceKind, PlatformFirst, Reason
from rulebook.articles import article, is_known, label
from rulebook.models import JournalEntry
from rulebook.parameters import describe, parameter
from rulebook.sentences import money_text

SIDES: dict[str, Any] = {"buyer": gettext_lazy("Buyer"), "seller": gettext_lazy("Seller")}


def facts_until(at: datetime, dispute: Dispute, entries: Sequence[JournalEntry]) -> list[Fact]:
    """What was known, in the order in which it happened; nothing of it later than the decision. entries: of the order."""
    own = [entry for entry in entries if entry.subject_id == dispute.id]
    found = [fact for fact in _all_facts(dispute, own, at) if fact.at is None or fact.at <= at]
    return sorted(found, key=lambda fact: (fact.at is not None, fact.at or at))


def _all_facts(dispute: Dispute, entries: Sequence[JournalEntry], decided_at: datetime) -> Iterable[Fact]:
    order = dispute.order
    if order.paid_at:
        yield Fact(_("{paid} were paid.").format(paid=money_text(order.paid)), order.paid_at)
    if order.shipped_at:
        yield Fact(
            _("Shipped in full by {method}; delivery was promised in {days} days.").format(
                method=order.method, days=order.promised_days
            ),
            order.shipped_at,
        )
        yield Fact(_("The promised time ended."), order.promised_at, "AS-3")
    for parcel in order.__dict__.get("shipments", ()):
        if parcel.delivered_at:
            yield Fact(
                _("The carrier's scan of {waybill} says delivered.").format(waybill=parcel.waybill),
                parcel.delivered_at,
            )
    if order.completed_at and order.completed_at < decided_at:  # not what the decision itself brought
        yield Fact(_("The order was completed."), order.completed_at)
    yield Fact(
        _("The dispute was filed: {reason}.").format(reason=Reason(dispute.reason).label),
        dispute.opened_at,
        "A39-4",
    )
    yield from _facts_of_the_dispute(dispute, entries)


def _since(entries: Sequence[JournalEntry], dispute: Dispute, *, act: str = "", rule: str = "") -> datetime:
    """When it was so for the first time, by the journal; else from the filing on."""
    found = (entry.effective_at for entry in entries if entry.act == act or rule in entry.rules)
    return next(found, dispute.opened_at)


def _facts_of_the_dispute(dispute: Dispute, entries: Sequence[JournalEntry]) -> Iterable[Fact]:
    if dispute.answered_at:
        yield Fact(_("The seller answered and rejected the claim."), dispute.answered_at, "A40-1")
    for offer in dispute.__dict__.get("offers", ()):
        who = (
            _("The platform")
            if offer.side == "moderator"
            else _("The {side}").format(side=str(SIDES.get(offer.side, offer.side)).lower())
        )
        yield Fact(
            _("{who} proposed {refund}.").format(who=who, refund=money_text(offer.refund)),
            offer.made_at,
            "A41-1" if offer.side != "moderator" else "A43-2",
        )
    if dispute.platform_first:
        yield Fact(
            _("The platform decides it first: {lane}.").format(lane=PlatformFirst(dispute.platform_first).label),
            _since(entries, dispute, act="dispute.take_over")
            if dispute.platform_first == PlatformFirst.CONTRACT
            else dispute.opened_at,
            "A45-1",
        )
    if dispute.not_covered_under and is_known(dispute.not_covered_under):
        yield Fact(
            _("Outside the after-sale cover: {rule}.").format(rule=article(dispute.not_covered_under).title.lower()),
            _since(entries, dispute, rule=dispute.not_covered_under),
            dispute.not_covered_under,
        )
    if dispute.help_asked_at:
        yield Fact(_("The seller was asked for help."), dispute.help_asked_at, "A48-4")
    if dispute.arbitrated_at:
        yield Fact(_("It came before an arbitrator."), dispute.arbitrated_at, "A41-2")
    if dispute.return_shipped_at:
        yield Fact(
            _("The goods were sent back under {waybill}.").format(waybill=dispute.return_waybill),
            dispute.return_shipped_at,
            "A44-1",
        )


def evidence_until(at: datetime, pieces: Sequence[Evidence]) -> Iterable[Shown]:
    for piece in pieces:
        if piece.added_at <= at:
            yield Shown(
                str(SIDES.get(piece.side, piece.side)),
                str(EvidenceKind(piece.kind_code).label) if piece.kind_code != EvidenceKind.OTHER else "",
                piece.file_name or piece.text[:120],
                piece.sha256,
                piece.added_at,
                piece.late,
            )


def laws_of(entries: Sequence[JournalEntry], at: datetime) -> list[Law]:
    """Every rule that the decision rests on, worded as it was then, with the values that were read."""
    read: dict[str, Any] = {}
    ids: dict[str, None] = {}
    for entry in entries:
        read |= entry.parameters
        ids |= dict.fromkeys(rule for rule in entry.rules if is_known(rule))
    values = _by_rule(read)
    ids |= dict.fromkeys(rule for rule in values if is_known(rule) and rule in LAW_OF_VALUES)
    return [
        Law(one, label(one), article(one).title, article(one).text_at(at), tuple(values.get(one, ()))) for one in ids
    ]


LAW_OF_VALUES = frozenset({"V-22", "A38-5", "A47-1", "AS-5", "A44-1", "A44-4", "AS-6"})
"""Rules that come with their value though no transition names them: caps, multiples, periods of a ruling."""


def _by_rule(read: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for key, value in sorted(read.items()):
        try:
            known = parameter(key.split("[")[0])
        except LookupError:
            continue
        if known.staff or known.is_table or isinstance(value, dict | list):
            continue
        found.setdefault(known.rule, []).append((known.help.rstrip("."), _said(known, value)))
    return found


def _said(known: Any, value: Any) -> str:
    try:
        return str(describe(known, value))
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        return str(value)
