"""What the case page shows: one bundle and a handful of lists, read in a constant number of statements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from disputes.admin.gallery import side_of
from disputes.admin.laws import laws_of
from disputes.admin.parties import parties_of
from disputes.admin.pointing import suggestion_of
from disputes.likeness import alike, summed_up
from disputes.models import Dispute, Evidence, Ruling
from disputes.models.covered import GROUNDS
from disputes.statement import is_decided
from disputes.states import FOR_A_RULING, OPEN, Liable, OfferState, Outcome, PlatformFirst, Reason, RulingState
from disputes.suggesting import Suggestion
from orders.admin.page import in_words, lanes_of, money_of, parcels_of, told_once
from orders.admin.talking import talk_of
from orders.admin.whole import accounts
from orders.models import Order
from rulebook.actors import Actor
from rulebook.admin.cases import LANES, holder_of, names_of
from rulebook.articles import article, is_known
from rulebook.models import Case, JournalEntry
from rulebook.money import convert
from rulebook.refusals import NotFound
from rulebook.rehearsal import look
from rulebook.sentences import money_text
from rulebook.timeline import timeline, why_of

THEN: dict[str, tuple[str, str]] = {
    "seller_response": (gettext_noop("Seller's answer"), gettext_noop("then the claim is paid in full")),
    "negotiation": (gettext_noop("Negotiation"), gettext_noop("then the platform decides")),
    "cooperation": (
        gettext_noop("Seller's help"),
        gettext_noop("then the cover ends here and the cost is the seller's"),
    ),
    "return_shipment": (gettext_noop("Sending back"), gettext_noop("then the refund lapses")),
    "return_receipt": (
        gettext_noop("Receipt of the return"),
        gettext_noop("then it counts as received and is refunded"),
    ),
}
FREIGHT = {
    "seller": gettext_noop("paid by the seller"),
    "buyer": gettext_noop("paid by the buyer"),
    "platform": gettext_noop("paid by the platform"),
    "none": gettext_noop("not settled by the rules: the parties agree"),
}
"""Who pays the goods' way back, by the code of the table of reasons."""


class CasePage:
    """A dispute with everything that an arbitrator reads, for one reader."""

    def __init__(self, dispute_id: UUID, actor: Actor) -> None:
        self.actor = actor
        self.docket = look(Dispute, [dispute_id], actor)
        found = self.docket.held.get(dispute_id)
        if not isinstance(found, Dispute):
            raise NotFound(_("There is no such case."))
        self.dispute: Dispute = found
        self.order: Order = found.order

    @cached_property
    def case(self) -> Case | None:
        return Case.objects.filter(subject_id=self.dispute.id).first()

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The order's whole story: acts, scans, money, and what the parties wrote."""
        return told_once(in_words(row) for row in timeline(self.order.id, extra=map(_message, talk_of(self.order))))

    @cached_property
    def evidence(self) -> list[Evidence]:
        if not self.dispute.evidence_count:
            return []
        return list(Evidence.objects.filter(dispute_id=self.dispute.id).order_by("id"))

    @cached_property
    def suggestion(self) -> Suggestion | None:
        """None where no ruling is asked for any more."""
        return suggestion_of(self.dispute, self.docket, self.evidence) if self.dispute.state in OPEN else None

    @property
    def rulings(self) -> list[Ruling]:
        found: list[Ruling] = list(self.dispute.__dict__.get("rulings", ()))
        return found

    @property
    def waiting(self) -> Ruling | None:
        """The ruling that waits for its second person."""
        wanted = self.dispute.proposed_ruling_id
        return next((ruling for ruling in self.rulings if ruling.id == wanted), None) if wanted else None

    # ------------------------------------------------------------------ what is shown

    def context(self) -> dict[str, Any]:
        dispute, order = self.dispute, self.order
        return {
            "title": _("Case {name}").format(name=dispute.name),
            "case": self._head(),
            "dispute": dispute,
            "order": order,
            "claim": {"reason": Reason(dispute.reason).label, "text": dispute.text, "revisions": dispute.revisions},
            "buyer": side_of(self.evidence, "buyer"),
            "seller": side_of(self.evidence, "seller"),
            "offers": {side: dispute.current_offer(side) for side in ("buyer", "seller")},
            "past_offers": {
                side: [
                    offer
                    for offer in dispute.__dict__.get("offers", ())
                    if offer.side == side and offer.state != OfferState.CURRENT
                ]
                for side in ("buyer", "seller")
            },
            "proposal": self._proposal(),
            "goods_back": self._return(),
            "lane": self._lane(),
            "order_url": reverse("admin:order", args=[order.public_id]),
            "store_url": reverse("admin:store", args=[order.store.public_id]),
            "parcels": parcels_of(order),
            "deadlines": lanes_of(order, self.docket),
            "table": money_of(order),
            "accounts": accounts(order),
            "chargebacks": [_chargeback(one) for one in order.__dict__.get("chargebacks", ())],
            "parties": parties_of(dispute, order, self.docket.at),
            "timeline": self.rows,
            "rules": self._rules(),
            "rulings": [ruling_row(ruling) for ruling in self.rulings],
            "suggestion": self.suggestion,
            "suggested_freight": _freight(self.suggestion.freight) if self.suggestion is not None else "",
            **self._alike(),
            "outcome": str(Outcome(dispute.outcome).label).capitalize() if dispute.outcome else "",
            "statement_url": reverse("admin:case_statement", args=[dispute.public_id]) if is_decided(dispute) else "",
            "next_skip": dispute.public_id,
            "is_open": dispute.state in OPEN,
            "for_a_ruling": dispute.state in FOR_A_RULING,
        }

    def _head(self) -> dict[str, Any]:
        dispute = self.dispute
        second = dispute.proposed_ruling_id is not None
        names = names_of([self.case.holder_id if self.case else None])
        holder = holder_of(self.case, self.actor, names, self.docket.at) if self.case else ""
        lane = _("Lane: {lane}").format(lane=str(LANES[dispute.lane]).lower()) if dispute.lane in LANES else ""
        return {
            "title": _("Dispute {name}").format(name=dispute.name),
            "id": dispute.public_id,
            "row": self.case,
            "holder": holder,
            "held_by_me": bool(holder) and self.case is not None and self.case.holder_id == self.actor.id,
            "line": [
                Reason(dispute.reason).label,
                _("{amount} claimed").format(amount=money_text(dispute.refund)),
                *([lane] if lane else []),
                self.order.store.name,
                self.order.buyer_name or _("unnamed buyer"),
            ],
            "claimed": dispute.refund,
            "state": dispute.state,
            "state_tone": "turn" if dispute.lane in ("arbitration", "platform") else "",
            "waits_for_second": second,
            "why": self._why(),
            "deadline": self._deadline(),
        }

    def _why(self) -> dict[str, Any] | None:
        """The last act that brought the dispute to where it stands; the person's name says who decided."""
        entries = [row["entry"] for row in self.rows if "entry" in row and row["entry"].subject_id == self.dispute.id]
        moved: JournalEntry | None = next(
            (entry for entry in reversed(entries) if entry.from_state != entry.to_state), None
        )
        return why_of(moved) if moved is not None else None

    def _deadline(self) -> dict[str, Any] | None:
        pending = [row for name in THEN if (row := self.docket.deadline(self.dispute, name)) is not None]
        if pending:
            row = min(pending, key=lambda one: one.due_at)
            name, then = THEN[row.name]
            return {"name": _(name), "due_at": row.due_at, "then": _(then), "rule": row.rule, "standing": row.status}
        if self.dispute.state in OPEN and self.dispute.decide_by_at:
            return {
                "name": _("Ruling"),
                "due_at": self.dispute.decide_by_at,
                "then": _("the platform's own target"),
                "rule": "A41-2",
            }
        return None

    def _proposal(self) -> dict[str, Any] | None:
        """The platform's own proposal, the last one, and who has taken it."""
        own = [offer for offer in self.dispute.__dict__.get("offers", ()) if offer.side == "moderator"]
        if not own:
            return None
        last = own[-1]
        taken = self.dispute.suggestion_accepted_by
        return {
            "offer": last,
            "taken_by": {"buyer": _("The buyer has taken it."), "seller": _("The seller has taken it.")}.get(taken, "")
            if last.state == OfferState.CURRENT
            else "",
            "before": len(own) - 1,
        }

    def _return(self) -> dict[str, Any] | None:
        """The goods' way back, once it was agreed or ruled."""
        dispute = self.dispute
        if dispute.agreed_refund is None:
            return None
        return {
            "refund": dispute.agreed_refund,
            "address": ", ".join(str(part) for part in dispute.return_address.values() if part),
            "freight": _freight(dispute.return_freight_by),
            "waybill": dispute.return_waybill,
            "shipped_at": dispute.return_shipped_at,
            "contest": dispute.return_contest,
        }

    def _lane(self) -> dict[str, Any] | None:
        """Why the platform decides first, or why the cover has no part in it; and the seller's help."""
        dispute = self.dispute
        rule = dispute.not_covered_under
        if not (dispute.platform_first or rule or self.order.covered):
            return None
        return {
            "first": PlatformFirst(dispute.platform_first).label if dispute.platform_first else "",
            "covered": dispute.covered,
            "not_covered": {
                "rule": rule,
                "text": _(GROUNDS[rule]) if rule in GROUNDS else article(rule).title if is_known(rule) else "",
            }
            if rule
            else None,
            "asked_at": dispute.help_asked_at,
            "question": dispute.help_question,
            "help": dispute.help_answer,
            "abused_at": dispute.abused_at,
            "authority": dispute.told_authority,
        }

    def _rules(self) -> list[dict[str, Any]]:
        order = self.order
        earlier = self.docket.rulebook.at(self.dispute.opened_at, store=order.store_id, country=order.country)
        return laws_of(self.dispute, self.docket.rules_for(order), earlier)

    def _alike(self) -> dict[str, Any]:
        rates = self.docket.rules.exchange.usd
        found = alike(
            self.dispute,
            value_usd_minor=convert(self.dispute.refund, "USD", rates).minor,
            category=self.order.lines[0].category,
            until=self.docket.at,
        )
        return {"alike": found, "alike_sum": summed_up(found)}


def _freight(payer: str) -> str:
    return _(FREIGHT.get(payer, payer)) if payer else ""


def _message(said: dict[str, Any]) -> dict[str, Any]:
    """What the parties wrote, as a row of the timeline."""
    return {
        "at": said["at"],
        "actor": {"kind": said["side"], "name": said["by"]},
        "text": _("writes"),
        "quote": said["text"],
        "icon": "message",
        "files": said["files"],
        "rule": "",
        "money": [],
        "params": [],
    }


def _chargeback(one: Any) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state,
        "amount": one.amount,
        "url": reverse("admin:chargeback", args=[one.public_id]),
    }


def ruling_row(ruling: Ruling) -> dict[str, Any]:
    """A ruling with its appeals, as the pages show it."""
    return {
        "state": ruling.state,
        "refund": ruling.refund,
        "return_goods": ruling.return_goods,
        "compensation": ruling.compensation if ruling.compensation_minor else None,
        "counterfeit": ruling.counterfeit,
        "cause": ruling.cause,
        "liable": Liable(ruling.liable).label,
        "reason": ruling.reason,
        "at": ruling.made_at,
        "by": ruling.made_by_name,
        "approved_by": ruling.approved_by_name,
        "appeal_until": ruling.appeal_until,
        "waits": ruling.state == RulingState.PROPOSED,
        "appeals": [
            {
                "side": _("Appeal of the buyer") if appeal.side == "buyer" else _("Appeal of the seller"),
                "state": appeal.state,
                "text": appeal.text,
                "at": appeal.filed_at,
                "url": reverse("admin:appeal", args=[appeal.public_id]),
            }
            for appeal in ruling.__dict__.get("appeals", ())
        ],
    }
