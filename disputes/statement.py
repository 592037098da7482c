"""The statement of reasons: what was claimed, what was found, which rules decided, and what can be done about it.

Made from journal, rulings and rulebook whenever it is read, and always the same: nothing in it depends on the moment of reading.
Both sides get the same, but for accounts that are the seller's own. Whoever decided is named by role.

    found = statement_of(dispute, docket.rulebook, reader="seller")
    found.as_json(), found.as_text(), `disputes/_statement.html`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.models import Dispute, Evidence
from disputes.states import (
    AppealState,
    DisputeState,
    EvidenceKind,
    Liable,
    Outcome,
    PlatformFirst,
    Reason,
)
from finance.models import Leg, Transaction
from rulebook.articles import article, is_known, label
from rulebook.models import JournalEntry
from rulebook.money import Money
from rulebook.parameters import describe, parameter
from rulebook.rules import Rulebook
from rulebook.sentences import moment_text, money_text

SIDES: dict[str, Any] = {"buyer": gettext_lazy("Buyer"), "seller": gettext_lazy("Seller")}

OUTCOMES: dict[str, Any] = {
    Outcome.REFUND_AS_CLAIMED: gettext_lazy("The claim is carried out in full"),
    Outcome.REFUND_AGREED: gettext_lazy("Settled as the parties agreed"),
    Outcome.REFUND_RULED: gettext_lazy("A refund was ruled"),
    Outcome.REFUND_REJECTED: gettext_lazy("No refund"),
    Outcome.WITHDRAWN: gettext_lazy("Withdrawn by the buyer"),
    Outcome.RETURN_NOT_SENT: gettext_lazy("Ended: the goods were not sent back"),
}

BY: dict[str, Any] = {
    "system": gettext_lazy("Automatic: the time ran out and the rules decided"),
    "buyer": gettext_lazy("The buyer's own act"),
    "seller": gettext_lazy("The seller's own act"),
    "bank": gettext_lazy("Follows from the decision of the bank"),
    "moderator": gettext_lazy("A person: an arbitrator of the platform"),
}
SECOND = gettext_lazy("A person: an arbitrator of the platform; a second one looked at it and approved it")
ANOTHER = gettext_lazy("A person: an arbitrator of the platform who had no part in the ruling")

BEARERS: dict[str, Any] = {
    "refund": gettext_lazy("Seller, from the order's money"),
    "refund_after_release": gettext_lazy("Seller, from what had been released"),
    "counterfeit": gettext_lazy("Seller, on top of the refund"),
    "refund_by_platform": gettext_lazy("Platform"),
    "logistics": gettext_lazy("Platform, for its logistics"),
    "appeal_won": gettext_lazy("Platform, back to the seller"),
    "reclaim": gettext_lazy("Seller, back to the platform"),
}
TO_THE_BUYER = ("refund", "refund_after_release", "refund_by_platform", "counterfeit")


@dataclass(frozen=True, slots=True)
class Fact:
    text: str
    at: datetime | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence that lay before whoever decided. sha256: of the file as it was sent."""

    side: str
    kind: str
    name: str
    sha256: str
    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Law:
    """A rule that decided, with its text and the values that were read, as they stood then."""

    id: str
    label: str
    title: str
    text: str
    values_read: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Money that moved by the decision, and who bore it."""

    text: str
    amount: Money
    to_buyer: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """kind: ruling, appeal or end. automatic: no person weighed anything. until: of the time to appeal."""

    kind: str
    at: datetime
    title: str
    outcome: str
    automatic: bool
    by: str
    reasons: str
    facts: tuple[Fact, ...]
    evidence: tuple[Shown, ...]
    rules: tuple[Law, ...]
    money: tuple[Move, ...]
    appeal: str
    until: datetime | None
    stands: bool
    liable: str = ""
    refund: Money | None = None
    compensation: Money | None = None
    return_goods: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    dispute: str
    name: str
    order: str
    order_name: str
    store: str
    reason: str
    claim: str
    claimed: Money
    wants_return: bool
    filed_at: datetime
    revisions: int
    answer: str
    decisions: tuple[Decision, ...] = field(default=())

    @property
    def decided_at(self) -> datetime:
        return self.decisions[-1].at

    def as_json(self) -> dict[str, Any]:
        """For the API: moments and money as text."""
        found: dict[str, Any] = _plain(asdict(self))
        return found

    def as_text(self) -> str:
        return text_of(self)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.keys() == {"minor", "currency"}:
            return str(Money(value["minor"], value["currency"]))
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


NO_REASONS = frozenset({"ruling.propose", "dispute.report_abuse", "dispute.report_abuse_early"})
"""Acts that decide nothing between the parties, though they may come at the moment of a decision."""

# ------------------------------------------------------------------ made from what is written


def statement_of(dispute: Dispute, rulebook: Rulebook, *, reader: str) -> Statement | None:
    """None while nothing is decided. dispute: with its bundle. reader: buyer, seller or moderator. Four statements."""
    moments = _decided(dispute)
    if not moments:
        return None
    entries = list(JournalEntry.objects.filter(root_id=dispute.order_id).order_by("number"))
    pieces = list(Evidence.objects.filter(dispute_id=dispute.id).order_by("added_at", "id"))
    moves = _moves(dispute, reader)
    source = _Source(dispute, rulebook, entries, pieces, moves, reader)
    return Statement(
        dispute=dispute.public_id,
        name=dispute.name,
        order=dispute.order.public_id,
        order_name=dispute.order.name,
        store=dispute.order.store.name,
        reason=str(Reason(dispute.reason).label),
        claim=dispute.text,
        claimed=dispute.refund,
        wants_return=dispute.return_goods,
        filed_at=dispute.opened_at,
        revisions=dispute.revisions,
        answer=dispute.answer,
        decisions=tuple(source.decision(kind, at, subject) for kind, at, subject in moments),
    )


def _decided(dispute: Dispute) -> list[tuple[str, datetime, Any]]:
    """Each decision: a ruling when it came into force, an appeal, and an end that no ruling or appeal brought."""
    found: list[tuple[str, datetime, Any]] = []
    for ruling in dispute.__dict__.get("rulings", ()):
        if ruling.in_force_at is not None:
            found.append(("ruling", ruling.in_force_at, ruling))
        for appeal in ruling.__dict__.get("appeals", ()):
            if appeal.decided_at is not None:
                found.append(("appeal", appeal.decided_at, appeal))
    if dispute.ended_at is not None and dispute.ended_at not in {at for _kind, at, _subject in found}:
        found.append(("end", dispute.ended_at, dispute))
    order = {"ruling": 0, "appeal": 1, "end": 2}
    return sorted(found, key=lambda one: (one[1], order[one[0]]))


def is_decided(dispute: Dispute) -> bool:
    """Whether there is a statement to read."""
    return bool(_decided(dispute))


def _moves(dispute: Dispute, reader: str) -> dict[datetime, list[Move]]:
    """What the order's transactions moved for this dispute, by moment; two statements."""
    rows = list(Transaction.objects.filter(order_id=dispute.order_id, kind__in=BEARERS).order_by("effective_at", "id"))
    legs: dict[Any, list[Leg]] = {}
    for leg in Leg.objects.filter(transaction_id__in=[row.id for row in rows]).order_by("id"):
        legs.setdefault(leg.transaction_id, []).append(leg)
    found: dict[datetime, list[Move]] = {}
    for row in rows:
        amount = _amount(row, legs.get(row.id, []), dispute.currency)
        to_buyer = row.kind in TO_THE_BUYER
        if amount.minor and (to_buyer or reader != "buyer"):
            kind = row.kind
            if any(leg.kind == "logistics" for leg in legs.get(row.id, [])):
                kind = "logistics" if to_buyer else kind
            found.setdefault(row.effective_at, []).append(Move(str(BEARERS[kind]), amount, to_buyer))
    return found


def _amount(row: Transaction, legs: Sequence[Leg], currency: str) -> Money:
    """The whole that moved: to the buyer, or between seller and platform."""
    account = {"appeal_won": "compensation", "reclaim": ""}.get(row.kind, "clearing")
    if account:
        amounts = [abs(leg.amount_minor) for leg in legs if leg.kind == account and leg.currency == currency]
    else:
        amounts = [
            leg.amount_minor
            for leg in legs
            if leg.kind in ("compensation", "logistics") and leg.currency == currency and leg.amount_minor > 0
        ]
    return Money(max(amounts, default=0), currency)


class _Source:
    """What all decisions of one dispute are told from."""

    def __init__(
        self,
        dispute: Dispute,
        rulebook: Rulebook,
        entries: Sequence[JournalEntry],
        pieces: Sequence[Evidence],
        moves: Mapping[datetime, Sequence[Move]],
        reader: str,
    ) -> None:
        self.dispute, self.rulebook, self.entries, self.pieces = dispute, rulebook, entries, pieces
        self.moves, self.reader = moves, reader

    def decision(self, kind: str, at: datetime, subject: Any) -> Decision:
        entries = self._entries(kind, at, subject)
        lead = entries[0] if entries else None
        told = getattr(self, f"_{kind}")(subject, lead)
        return Decision(
            kind=kind,
            at=at,
            facts=tuple(self._facts(at)),
            evidence=tuple(self._evidence(at)),
            rules=tuple(self._rules(entries)),
            money=tuple(self.moves.get(at, ())),
            **told,
        )

    def _entries(self, kind: str, at: datetime, subject: Any) -> list[JournalEntry]:
        """Those of the moment, the one that decided first: what it caused came with it."""
        found = [entry for entry in self.entries if entry.effective_at == at and entry.act not in NO_REASONS]
        ours = [entry for entry in found if entry.subject_id in (subject.id, self.dispute.id)]
        if kind == "end":
            rest = [entry for entry in found if entry not in ours]
            return [*ours, *rest]
        own = [entry for entry in ours if entry.subject_id == subject.id]
        others = [entry for entry in found if entry not in own]
        return [*own, *others]

    # ------------------------------------------------------------------ what was decided

    def _ruling(self, ruling: Any, lead: JournalEntry | None) -> dict[str, Any]:
        stands = ruling.state == "in_force"
        return {
            "title": _("Ruling"),
            "outcome": self._said(
                ruling.refund, ruling.return_goods, ruling.compensation if ruling.counterfeit else None
            ),
            "automatic": False,
            "by": str(SECOND if ruling.approved_by else BY["moderator"]),
            "reasons": ruling.reason,
            "liable": str(Liable(ruling.liable).label),
            "refund": ruling.refund,
            "compensation": ruling.compensation if ruling.compensation_minor else None,
            "return_goods": ruling.return_goods,
            "appeal": self._how_to_appeal(ruling),
            "until": ruling.appeal_until,
            "stands": stands,
        }

    def _said(self, refund: Money, return_goods: bool, compensation: Money | None) -> str:
        if not refund.minor:
            said = _("The claim is rejected: nothing goes back to the buyer.")
        elif return_goods:
            said = _("{refund} go back to the buyer when the goods are back.").format(refund=money_text(refund))
        else:
            said = _("{refund} go back to the buyer.").format(refund=money_text(refund))
        if compensation is not None and compensation.minor:
            said += " " + _("The goods are counterfeit: {more} on top.").format(more=money_text(compensation))
        return said

    def _how_to_appeal(self, ruling: Any) -> str:
        if ruling.appeal_until is None:
            return _("This ruling cannot be appealed against.")
        return _(
            "Each side may appeal once, until {until}: on the dispute's page, or with the action appeal on the ruling {ruling}. "
            "Another arbitrator decides; the ruling stands meanwhile."
        ).format(until=moment_text(ruling.appeal_until), ruling=ruling.public_id)

    def _appeal(self, appeal: Any, lead: JournalEntry | None) -> dict[str, Any]:
        upheld = appeal.state == AppealState.UPHELD
        side = str(SIDES.get(appeal.side, appeal.side)).lower()
        outcome = (
            _("The appeal of the {side} failed: the ruling stands.").format(side=side)
            if upheld
            else _("The appeal of the {side} succeeded: {refund} is what the buyer gets.").format(
                side=side, refund=money_text(appeal.refund)
            )
        )
        return {
            "title": _("Appeal of the {side}").format(side=side),
            "outcome": outcome,
            "automatic": False,
            "by": str(ANOTHER),
            "reasons": appeal.answer,
            "refund": appeal.refund,
            "appeal": _("The platform has decided for the last time; no second appeal of this side is possible."),
            "until": None,
            "stands": True,
        }

    def _end(self, dispute: Dispute, lead: JournalEntry | None) -> dict[str, Any]:
        kind = lead.actor_kind if lead is not None else "system"
        outcome = str(OUTCOMES.get(dispute.outcome, dispute.outcome))
        refund = dispute.ruled_refund
        if refund is not None and refund.minor:
            outcome = _("{outcome}: {refund} go back to the buyer.").format(outcome=outcome, refund=money_text(refund))
        return {
            "title": _("End of the dispute"),
            "outcome": outcome,
            "automatic": kind == "system",
            "by": str(BY.get(kind, BY["system"])),
            "reasons": lead.sentence() if lead is not None else "",
            "refund": refund,
            "appeal": self._after_the_end(dispute),
            "until": None,
            "stands": True,
        }

    def _after_the_end(self, dispute: Dispute) -> str:
        if dispute.outcome == Outcome.WITHDRAWN:
            return _("A new dispute about the order is possible while the time to open one runs (A39-1).")
        return _(
            "Nobody ruled here, so there is no ruling to appeal against; write to the platform's support if facts are wrong."
        )

    # ------------------------------------------------------------------ facts, evidence, rules

    def _facts(self, at: datetime) -> list[Fact]:
        """What was known, in the order in which it happened; nothing of it later than the decision."""
        found = [fact for fact in self._all_facts(at) if fact.at is None or fact.at <= at]
        return sorted(found, key=lambda fact: (fact.at is not None, fact.at or at))

    def _all_facts(self, decided_at: datetime) -> Iterable[Fact]:
        dispute, order = self.dispute, self.dispute.order
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
        yield from self._facts_of_the_dispute()

    def _facts_of_the_dispute(self) -> Iterable[Fact]:
        dispute = self.dispute
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
                _("The platform decided first: {lane}.").format(lane=PlatformFirst(dispute.platform_first).label),
                dispute.opened_at,
                "A45-1",
            )
        if dispute.not_covered_under and is_known(dispute.not_covered_under):
            yield Fact(
                _("Outside the after-sale cover: {rule}.").format(
                    rule=article(dispute.not_covered_under).title.lower()
                ),
                dispute.arbitrated_at or dispute.opened_at,
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

    def _evidence(self, at: datetime) -> Iterable[Shown]:
        for piece in self.pieces:
            if piece.added_at <= at:
                yield Shown(
                    str(SIDES.get(piece.side, piece.side)),
                    str(EvidenceKind(piece.kind_code).label) if piece.kind_code != EvidenceKind.OTHER else "",
                    piece.file_name or piece.text[:120],
                    piece.sha256,
                    piece.added_at,
                    piece.late,
                )

    def _rules(self, entries: Sequence[JournalEntry]) -> list[Law]:
        """Every rule that the decision rests on, with the values that it read. Texts are those of the rulebook."""
        read: dict[str, Any] = {}
        ids: dict[str, None] = {}
        for entry in entries:
            read |= entry.parameters
            ids |= dict.fromkeys(rule for rule in entry.rules if is_known(rule))
        values = _by_rule(read)
        ids |= dict.fromkeys(rule for rule in values if is_known(rule) and rule in LAW_OF_VALUES)
        return [
            Law(one, label(one), article(one).title, article(one).summary, tuple(values.get(one, ()))) for one in ids
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


# ------------------------------------------------------------------ as plain text


def text_of(found: Statement) -> str:
    """The same as the page, for mail and for the API."""
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


__all__ = ["Decision", "DisputeState", "Statement", "is_decided", "statement_of", "text_of"]
