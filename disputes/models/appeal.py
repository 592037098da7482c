"""Appeals against rulings: one for each side, within a week, decided by somebody else (V-22)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from disputes import conditions as c
from disputes.states import AppealState
from rulebook.calendars import natural_days
from rulebook.models import Aggregate
from rulebook.money import Money, convert
from rulebook.refusals import Refused
from rulebook.rule import BUYER, MODERATOR, SELLER, rule


class Appeal(Aggregate):
    """One side says why a ruling is wrong. While it is open the ruling stands."""

    KIND, PREFIX, ROOT = "appeal", "apl", ("order", "order_id")
    PUBLIC = ("state", "side", "text", "answer", "refund", "decided_under", "filed_at", "decided_at")
    State = AppealState

    store_id = models.UUIDField()
    order_id = models.UUIDField()
    ruling = models.ForeignKey(
        "disputes.Ruling", on_delete=models.PROTECT, related_name="appeal_rows", db_index=False, db_constraint=False
    )
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)
    side = models.CharField(max_length=12)
    text = models.TextField()
    answer = models.TextField(blank=True)
    refund_minor = models.BigIntegerField(null=True, blank=True, help_text="What the buyer gets by the new decision.")
    currency = models.CharField(max_length=3)
    filed_at = models.DateTimeField()
    filed_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.UUIDField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="appeal_state_known", condition=Q(state__in=AppealState.values)),
            models.CheckConstraint(name="appeal_gives_its_grounds", condition=~Q(text="")),
            models.UniqueConstraint(name="appeal_once_per_side", fields=["store_id", "ruling", "side"]),
        ]
        indexes = [models.Index(name="appeal_of_ruling", fields=["ruling", "id"])]

    @property
    def refund(self) -> Money | None:
        return None if self.refund_minor is None else Money(self.refund_minor, self.currency)

    @property
    def decided_under(self) -> str:
        """One rule decides every appeal."""
        return "V-22" if self.decided_at else ""

    @rule(
        "V-22",
        source=AppealState.OPEN,
        by=[BUYER, SELLER],
        creates=True,
        says=_("The appeal waits for somebody who had no part in the ruling."),
    )
    def file(self, docket: Any) -> None:
        """A side says what is wrong, and what is new."""
        dispute = self.ruling.dispute
        docket.because(side=self.side, text=self.text)
        docket.notify("moderator", None, "ruling_appealed", dispute, side=self.side)
        docket.notify(*dispute.other_side(self.side), "ruling_appealed", dispute, side=self.side)

    @rule(
        "V-22",
        source=AppealState.OPEN,
        target=AppealState.UPHELD,
        by=MODERATOR,
        otherwise="V-22",
        conditions=[c.appeal_goes_to_another],
        says=_("The appeal failed: the ruling stands. {reason}"),
    )
    def fail(self, docket: Any, *, reason: str) -> None:
        """Somebody who had no part in the ruling looked again: it stands."""
        self._decide(docket, reason, AppealState.UPHELD)
        self.ruling.give_time_back(docket, since=self.filed_at)

    @rule(
        "V-22",
        source=AppealState.OPEN,
        target=AppealState.OVERTURNED,
        by=MODERATOR,
        otherwise="V-22",
        conditions=[c.appeal_goes_to_another],
        needs=["balances"],
        says=_("The appeal succeeded: {refund} is what the buyer gets. {reason}"),
    )
    def succeed(self, docket: Any, *, reason: str, refund: Money) -> None:
        """The ruling was wrong: a new decision takes its place, and money and standing follow it.

        refund: what the buyer should have got.
        """
        self._judge(refund)
        self.refund_minor = refund.minor
        docket.because(refund=refund)
        self._decide(docket, reason, AppealState.OVERTURNED)
        self.ruling.be_overturned(docket, refund=refund, side=self.side)

    def _judge(self, refund: Money) -> None:
        """Not more than was paid, and nothing that is worse for the side that appealed."""
        ruling, most = self.ruling, self.most
        if refund.minor > most.minor:
            raise Refused(
                "A45-2",
                _("{refund} is more than the {most} that can go back of the payment."),
                refund=refund,
                most=most,
            )
        worse = refund.minor > ruling.refund_minor if self.side == SELLER else refund.minor < ruling.refund_minor
        if worse:
            raise Refused("V-22", _("An appeal makes it no worse for the side that appealed."))

    @property
    def most(self) -> Money:
        """What can be ruled instead: what is left of the payment, and what the ruling has paid of it."""
        dispute = self.ruling.dispute
        paid_by_it = 0 if dispute.is_open else (dispute.ruled_refund_minor or 0)
        return Money(dispute.order.refundable.minor + paid_by_it, self.currency)

    def _decide(self, docket: Any, reason: str, outcome: str) -> None:
        docket.because(reason=reason, side=self.side)
        self.answer, self.decided_at = reason, docket.at
        self.decided_by, self.decided_by_name = docket.actor.id, docket.actor.name
        dispute = self.ruling.dispute
        for audience in dispute.both_sides:
            docket.notify(*audience, "appeal_decided", dispute, outcome=outcome, reason=reason)

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.ruling.dispute.order.buyer_id == actor.id)

    def case_row(self, docket: Any) -> dict[str, Any]:
        """Its row of the moderators' worklists."""
        ruling, is_open = self.ruling, self.state == AppealState.OPEN
        dispute = ruling.dispute
        rates = docket.rulebook.at(docket.recorded_at).exchange.usd
        value = max(ruling.refund, dispute.refund, key=lambda amount: amount.minor)
        days = docket.rules_for(dispute.order, self.filed_at).dispute.appeal_answer_days
        return {
            "store_id": self.store_id,
            "kind": "appeal",
            "subject_id": self.id,
            "number": dispute.number or 0,
            "store_name": dispute.order.store.name,
            "party": dispute.order.buyer_name,
            "topic": dispute.reason,
            "state": str(self.state),
            "lane": "appeals" if is_open else "done",
            "open": is_open,
            "value_minor": value.minor,
            "currency": self.currency,
            "value_usd_minor": convert(value, "USD", rates).minor,
            "opened_at": self.filed_at,
            "due_at": natural_days(self.filed_at, days) if is_open else None,
            "closed_at": self.decided_at,
        }
