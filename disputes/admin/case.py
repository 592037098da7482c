"""What the case page shows: one bundle and a handful of lists, read in a constant number of statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from disputes.models import Dispute, Evidence, Ruling
from disputes.states import FOR_A_RULING, OPEN, Liable, OfferState, Outcome, Reason, RulingState
from orders.admin.page import in_words, lanes_of, money_of, parcels_of
from orders.admin.talking import talk_of
from orders.models import Order
from rulebook.actions import Offer as Offered
from rulebook.actions import offers
from rulebook.actors import Actor
from rulebook.admin.cases import holder_of, names_of
from rulebook.articles import article
from rulebook.filetypes import PICTURES
from rulebook.models import Case, JournalEntry
from rulebook.pages import figures_of
from rulebook.refusals import NotFound
from rulebook.rehearsal import look
from rulebook.timeline import timeline, why_of

STORE_MEMORY, BUYER_MEMORY = 100, 200
"""How far back the parties' histories are counted: the store's last disputes, the buyer's last orders."""

LAW: dict[str, tuple[str, ...]] = {
    "seller": ("A40-1", "A40-2", "A41-1"),
    "parties": ("A41-1", "A41-2", "A43-1"),
    "arbitration": ("A41-2", "A45-2", "AS-4", "A43-3"),
    "second": ("A45-2", "AS-4"),
    "platform": ("A38-4", "A38-5", "A45-2", "AS-4"),
}
ALWAYS = ("A39-1", "A39-4")
"""Rules to have at hand, by lane and in any."""

THEN: dict[str, tuple[str, str]] = {
    "seller_response": (gettext_noop("Seller's answer"), gettext_noop("then the claim is paid in full")),
    "negotiation": (gettext_noop("Negotiation"), gettext_noop("then the platform decides")),
}


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
        self.case = Case.objects.filter(subject_id=dispute_id).first()
        self.rows = [in_words(row) for row in timeline(self.order.id)]
        self.evidence = list(Evidence.objects.filter(dispute_id=dispute_id).order_by("id"))

    # ------------------------------------------------------------------ what can be done

    @property
    def waiting(self) -> Ruling | None:
        """The ruling that waits for its second person."""
        wanted = self.dispute.proposed_ruling_id
        return (
            next((ruling for ruling in self.dispute.__dict__.get("rulings", ()) if ruling.id == wanted), None)
            if wanted
            else None
        )

    def offered(self) -> list[tuple[Offered, Any]]:
        """What the reader's role has, on the dispute and on the ruling that waits, open or closed."""
        subjects: list[Any] = [self.dispute, *([self.waiting] if self.waiting else [])]
        return [(offer, subject) for subject in subjects for offer in offers(subject, self.actor, self.docket)]

    # ------------------------------------------------------------------ what is shown

    def context(self) -> dict[str, Any]:
        dispute, order = self.dispute, self.order
        return {
            "title": _("Case {name}").format(name=dispute.name),
            "case": self._head(),
            "dispute": dispute,
            "order": order,
            "claim": {"reason": Reason(dispute.reason).label, "text": dispute.text, "revisions": dispute.revisions},
            "buyer": self._side("buyer"),
            "seller": self._side("seller"),
            "seller_offer": dispute.seller_offer,
            "past_offers": [offer for offer in dispute.__dict__.get("offers", ()) if offer.state != OfferState.CURRENT],
            "order_url": reverse("admin:order", args=[order.public_id]),
            "store_url": reverse("admin:store", args=[order.store.public_id]),
            "parcels": parcels_of(order),
            "deadlines": lanes_of(order, self.docket),
            "table": money_of(order),
            "parties": self._parties(),
            "thread": self._thread(),
            "timeline": self.rows,
            "rules": self._rules(),
            "rulings": self.context_rulings(),
            "outcome": Outcome(dispute.outcome).label if dispute.outcome else "",
            "next_skip": dispute.public_id,
            "is_open": dispute.state in OPEN,
            "for_a_ruling": dispute.state in FOR_A_RULING,
        }

    def context_rulings(self) -> list[dict[str, Any]]:
        """Every ruling on this dispute, oldest first."""
        return [_ruling(ruling) for ruling in self.dispute.__dict__.get("rulings", ())]

    def _head(self) -> dict[str, Any]:
        dispute = self.dispute
        second = dispute.proposed_ruling_id is not None
        names = names_of([self.case.holder_id if self.case else None])
        holder = holder_of(self.case, self.actor, names, self.docket.at) if self.case else ""
        return {
            "title": _("Dispute {name}").format(name=dispute.name),
            "id": dispute.public_id,
            "row": self.case,
            "holder": holder,
            "held_by_me": bool(holder) and self.case is not None and self.case.holder_id == self.actor.id,
            "line": [Reason(dispute.reason).label, self.order.store.name, self.order.buyer_name],
            "claimed": dispute.refund,
            "state": dispute.state,
            "state_tone": "turn" if dispute.lane in ("arbitration", "platform") else "",
            "waits_for_second": second,
            "why": self._why(),
            "deadline": self._deadline(),
        }

    def _why(self) -> dict[str, Any] | None:
        """The last act that brought the dispute to where it stands; the person's name says who decided."""
        entries = [row["entry"] for row in self.rows if row["entry"].subject_id == self.dispute.id]
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
                "then": _("then it is escalated"),
                "rule": "A41-2",
            }
        return None

    def _side(self, side: str) -> dict[str, Any]:
        shown_by = [piece for piece in self.evidence if piece.side == side]
        return {
            "files": [_file(piece) for piece in shown_by if piece.file_key],
            "texts": [piece for piece in shown_by if piece.text and not piece.file_key],
        }

    def _thread(self) -> list[dict[str, Any]]:
        return talk_of(self.order)

    def _parties(self) -> list[dict[str, Any]]:
        """What both sides lived through before, counted over a bounded past in one statement each."""
        others = Dispute.objects.exclude(id=self.dispute.id)
        of_store = (
            others.filter(store_id=self.dispute.store_id).order_by("-opened_at", "-id").values_list("state", "outcome")
        )
        orders = (
            Order.objects.filter(buyer_id=self.order.buyer_id).order_by("-placed_at", "-id").values("id")[:BUYER_MEMORY]
        )
        of_buyer = others.filter(order_id__in=orders).values_list("state", "outcome")
        store, buyer = list(of_store[:STORE_MEMORY]), list(of_buyer[:STORE_MEMORY])
        return [
            {
                "label": _("Store"),
                "name": self.order.store.name,
                "url": reverse("admin:store", args=[self.order.store.public_id]),
                **_history(store, STORE_MEMORY),
            },
            {
                "label": _("Buyer"),
                "name": self.order.buyer_name or _("unnamed"),
                "url": "",
                **_history(buyer, STORE_MEMORY),
            },
        ]

    def _rules(self) -> list[dict[str, Any]]:
        in_force = self.docket.rules_for(self.order)
        ids = (*LAW.get(self.dispute.lane, ()), *ALWAYS)
        return [law_of(rule_id, in_force) for rule_id in dict.fromkeys(ids)]


KIND_WORDS = {
    "hard": gettext_lazy("hard rule"),
    "discretionary": gettext_lazy("the moderator weighs"),
    "guidance": gettext_lazy("guidance"),
    "formula": gettext_lazy("formula"),
}


def law_of(rule_id: str, in_force: Any) -> dict[str, Any]:
    """A rule as `base/_rule_text.html` shows it, with the values in force for this case."""
    entry = article(rule_id)
    return {
        "id": rule_id,
        "title": entry.title,
        "text": entry.summary,
        "kind": KIND_WORDS.get(entry.kind, entry.kind),
        "figures": figures_of(rule_id, in_force),
    }


def _file(piece: Evidence) -> dict[str, Any]:
    address = reverse("admin:evidence", args=[piece.public_id])
    return {
        "id": piece.public_id,
        "name": piece.file_name,
        "by": piece.added_by or _(piece.side),
        "at": piece.added_at,
        "size": piece.size,
        "url": address,
        "is_picture": piece.media_type in PICTURES,
        "thumbnail": address,
        "alt": piece.text or piece.file_name,
        "text": piece.text,
    }


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "state": ruling.state,
        "refund": ruling.refund,
        "liable": Liable(ruling.liable).label,
        "reason": ruling.reason,
        "at": ruling.made_at,
        "by": ruling.made_by_name,
        "approved_by": ruling.approved_by_name,
        "waits": ruling.state == RulingState.PROPOSED,
    }


def _history(rows: Iterable[tuple[str, str]], most: int) -> dict[str, Any]:
    rows = list(rows)
    ended: Mapping[str, int] = Counter(outcome for _state, outcome in rows)
    ruled = ended.get(Outcome.REFUND_RULED, 0), ended.get(Outcome.REFUND_REJECTED, 0)
    return {
        "disputes": f"{most}+" if len(rows) >= most else len(rows),
        "open": sum(1 for state, _outcome in rows if state in OPEN),
        "for_buyer": ruled[0],
        "for_seller": ruled[1],
        "silence": ended.get(Outcome.REFUND_AS_CLAIMED, 0),
        "agreed": ended.get(Outcome.REFUND_AGREED, 0),
        "withdrawn": ended.get(Outcome.WITHDRAWN, 0),
    }
