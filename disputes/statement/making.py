"""Each decision of a dispute, told from journal, rulings and rulebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.models import Dispute, Evidence
from disputes.statement.facts import SIDES, evidence_until, facts_until, laws_of
from disputes.statement.money import moves_of
from disputes.statement.shape import Decision, Move, Statement
from disputes.states import AppealState, Liable, Outcome, Reason
from rulebook.models import JournalEntry
from rulebook.money import Money
from rulebook.sentences import moment_text, money_text

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

NO_REASONS = frozenset({"ruling.propose", "dispute.report_abuse", "dispute.report_abuse_early"})
"""Acts that decide nothing between the parties, though they may come at the moment of a decision."""


def statement_of(dispute: Dispute, *, reader: str) -> Statement | None:
    """None while nothing is decided. dispute: with its bundle. reader: buyer, seller or moderator. Four statements."""
    moments = _decided(dispute)
    if not moments:
        return None
    entries = list(JournalEntry.objects.filter(root_id=dispute.order_id).order_by("number"))
    pieces = list(Evidence.objects.filter(dispute_id=dispute.id).order_by("added_at", "id"))
    moves = moves_of(dispute, reader)
    source = _Source(dispute, entries, pieces, moves)
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


class _Source:
    """What all decisions of one dispute are told from."""

    def __init__(
        self,
        dispute: Dispute,
        entries: Sequence[JournalEntry],
        pieces: Sequence[Evidence],
        moves: Mapping[datetime, Sequence[Move]],
    ) -> None:
        self.dispute, self.entries, self.pieces, self.moves = dispute, entries, pieces, moves

    def decision(self, kind: str, at: datetime, subject: Any) -> Decision:
        entries = self._entries(kind, at, subject)
        lead = entries[0] if entries else None
        told = getattr(self, f"_{kind}")(subject, lead)
        return Decision(
            kind=kind,
            at=at,
            facts=tuple(facts_until(at, self.dispute, self.entries)),
            evidence=tuple(evidence_until(at, self.pieces)),
            rules=tuple(laws_of(entries, at)),
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
            "Each side may appeal once, until {until}: on the dispute's page, or with the action appeal on the ruling "
            "{ruling}. Another arbitrator decides; the ruling stands meanwhile."
        ).format(until=moment_text(ruling.appeal_until), ruling=ruling.public_id)

    def _after_an_appeal(self, appeal: Any, side: str, upheld: bool) -> str:
        """A ruling that stands can still be appealed against by the other side, in its time; one that fell cannot."""
        if not upheld:
            return _("The platform has decided for the last time; no further appeal is possible.")
        until = appeal.ruling.appeal_until
        return _("The {side} cannot appeal a second time; the other side may, if it has not, until {until}.").format(
            side=side, until=moment_text(until)
        )

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
            "appeal": self._after_an_appeal(appeal, side, upheld),
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
        if any(ruling.in_force_at is not None for ruling in dispute.__dict__.get("rulings", ())):
            return _(
                "It carries out the ruling before; how and until when that can be appealed against stands with it."
            )
        return _(
            "Nobody ruled here, so there is no ruling to appeal against; write to the platform's support if facts are "
            "wrong."
        )
