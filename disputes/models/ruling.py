"""Rulings: what a moderator decides, and, above the rulebook's limit, what a second one lets through."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from disputes import conditions as c
from disputes.models.appeal import Appeal
from disputes.states import AppealState, Liable, RulingState
from rulebook.calendars import natural_days
from rulebook.docket import Many, Ref, brings, tie
from rulebook.ids import new_id
from rulebook.models import Aggregate
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.rule import BUYER, CAUSE, MODERATOR, SELLER, Opening, rule


class Ruling(Aggregate):
    """Refund, who is liable, and why. Never edited: another decision needs another record."""

    KIND, PREFIX, ROOT = "ruling", "rul", ("order", "order_id")
    PUBLIC = (
        "state",
        "refund",
        "return_goods",
        "liable",
        "counterfeit",
        "compensation",
        "cause",
        "reason",
        "made_at",
        "in_force_at",
        "appeal_until",
    )
    State = RulingState

    store_id = models.UUIDField()
    order_id = models.UUIDField()
    dispute = models.ForeignKey(
        "disputes.Dispute", on_delete=models.PROTECT, related_name="ruling_rows", db_index=False, db_constraint=False
    )
    state = FSMField(choices=State.choices, default=State.PROPOSED, protected=True)
    refund_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    return_goods = models.BooleanField(default=False)
    liable = models.CharField(max_length=12, choices=Liable.choices)
    counterfeit = models.BooleanField(default=False)
    cause = models.CharField(max_length=16, blank=True, help_text="A code of `dispute.causes`.")
    compensation_minor = models.BigIntegerField(default=0, help_text="Beside the refund, for a counterfeit (AS-5).")
    seller_bore_minor = models.BigIntegerField(default=0, help_text="Of the refund, what came from the seller.")
    commission_back_minor = models.BigIntegerField(default=0, help_text="Of that, the commission's share (A67-5).")
    appeals_count = models.PositiveSmallIntegerField(default=0)
    appeal_until = models.DateTimeField(null=True, blank=True)
    about = models.CharField(
        max_length=24, blank=True, help_text="The dispute's reason; these four find similar cases."
    )
    category = models.CharField(max_length=120, blank=True)
    claimed_usd_minor = models.BigIntegerField(default=0, help_text="At the rate of the ruling's day.")
    waited_seconds = models.PositiveBigIntegerField(default=0, help_text="From a moderator's turn to this ruling.")
    reason = models.TextField()
    made_by = models.UUIDField(null=True)
    made_by_name = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    approved_by = models.UUIDField(null=True, blank=True)
    approved_by_name = models.CharField(max_length=120, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="ruling_state_known", condition=Q(state__in=RulingState.values)),
            models.CheckConstraint(name="ruling_gives_its_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="ruling_not_negative", condition=Q(refund_minor__gte=0)),
            models.CheckConstraint(
                name="ruling_approved_by_another", condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by"))
            ),
            models.UniqueConstraint(name="ruling_of_its_store", fields=["store_id", "id"]),
        ]
        indexes = [
            models.Index(name="ruling_of_dispute", fields=["dispute", "id"]),
            models.Index(name="ruling_alike", fields=["about", "category", "-made_at", "-id"]),
            models.Index(name="ruling_by_moderator", fields=["made_by", "-made_at", "-id"]),
            models.Index(name="ruling_by_day", fields=["-made_at", "-id"]),
        ]

    @property
    def refund(self) -> Money:
        return Money(self.refund_minor, self.currency)

    @property
    def compensation(self) -> Money:
        return Money(self.compensation_minor, self.currency)

    @property
    def moves(self) -> Money:
        """All that it costs somebody: the refund and what comes on top."""
        return self.refund + self.compensation

    @rule(
        "A45-2",
        source=State.PROPOSED,
        by=MODERATOR,
        creates=True,
        says=_("Ruled: {refund} to the buyer, liable: {liable}."),
    )
    def propose(self, docket: Any) -> None:
        """A moderator decides and says why."""
        docket.because(refund=self.refund, liable=self.liable)

    @rule("A45-2", source=State.PROPOSED, target=State.IN_FORCE, by=MODERATOR, says=_("In force; carried out at once."))
    def come_into_force(self, docket: Any) -> None:
        """The ruling is carried out."""
        self._begin(docket)

    @rule(
        "A45-2",
        source=State.PROPOSED,
        target=State.IN_FORCE,
        by=MODERATOR,
        otherwise="A45-2",
        conditions=[c.approved_by_another],
        says=_("Approved by a second moderator; carried out."),
    )
    def approve(self, docket: Any) -> None:
        """Somebody else than the one who ruled lets it through."""
        self.approved_by, self.approved_by_name = docket.actor.id, docket.actor.name
        self._begin(docket)

    @rule(
        "A45-2",
        source=State.PROPOSED,
        target=State.OVERTURNED,
        by=MODERATOR,
        otherwise="A45-2",
        conditions=[c.approved_by_another],
        says=_("Sent back by a second moderator: {reason}"),
    )
    def send_back(self, docket: Any, *, reason: str) -> None:
        """Somebody else than the one who ruled does not let it through; the case is open for another ruling."""
        docket.because(reason=reason)
        self.dispute.wait_for_another_ruling(docket)
        docket.notify("moderator", None, "ruling_sent_back", self.dispute, reason=reason)

    @rule(CAUSE, source=State.PROPOSED, target=State.OVERTURNED, says=_("The dispute ended before it came into force."))
    def fall(self, docket: Any) -> None:
        """The parties settled, or a bank decided first."""

    def _begin(self, docket: Any) -> None:
        """Carried out, and open to an appeal for some days."""
        self.in_force_at = docket.at
        self.appeal_until = natural_days(docket.at, docket.rules_for(self.dispute.order).dispute.appeal_days)
        docket.set_deadline(self, "appeal", self.appeal_until, "V-22")
        self.dispute.carry_out(docket, self)

    # ------------------------------------------------------------------ appeals

    @rule(
        "V-22",
        source=State.IN_FORCE,
        by=[BUYER, SELLER],
        otherwise="V-22",
        conditions=[
            c.first_appeal_of_the_side,
            c.no_appeal_is_open,
            c.in_time_to_appeal,
            c.no_contested_return,
            c.not_replaced,
        ],
        says=_("The {side} appealed."),
    )
    def open_appeal(self, docket: Any, *, text: str) -> Appeal:
        """Either side, once, within the time to appeal. The ruling stands meanwhile."""
        appeal = make(
            Appeal,
            id=new_id(),
            store_id=self.store_id,
            order_id=self.order_id,
            ruling_id=self.id,
            side=docket.actor.kind,
            text=text,
            currency=self.currency,
            filed_at=docket.at,
            filed_by=docket.actor.name,
        )
        tie(appeal, ruling=self)
        self.appeals_count += 1
        docket.because(side=docket.actor.kind)
        docket.add(appeal, self.appeals)
        if self.both_appealed:
            docket.meet(self, "appeal")
        appeal.file(docket)
        return appeal

    def give_time_back(self, docket: Any, *, since: datetime) -> None:
        """An appeal that was open since then has failed: meanwhile the other side's time stood still (V-22)."""
        assert self.appeal_until is not None
        if not self.both_appealed:
            self.appeal_until += docket.at - since
            docket.set_deadline(self, "appeal", self.appeal_until, "V-22")

    @property
    def both_appealed(self) -> bool:
        return {SELLER, BUYER} <= {appeal.side for appeal in self.__dict__.get("appeals", ())}

    has_open_appeal = Opening(
        "V-22", name="decide_appeal", source=[RulingState.IN_FORCE], otherwise="V-22", conditions=[c.appeal_waits]
    )

    @rule(CAUSE, source=State.IN_FORCE, target=State.OVERTURNED, cancels="appeal", says=_("Overturned on appeal."))
    def be_overturned(self, docket: Any, *, refund: Money, side: str) -> None:
        """Another decision takes its place. refund: what the buyer should have got."""
        self.dispute.correct(docket, self, refund=refund, for_seller=side == SELLER)

    @property
    def open_appeal_now(self) -> Appeal | None:
        return next((one for one in self.__dict__.get("appeals", ()) if one.state == AppealState.OPEN), None)

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.dispute.order.buyer_id == actor.id)


brings(Ruling, appeals=Many(Appeal, by="ruling_id", when=lambda ruling: ruling.appeals_count > 0))
brings(Appeal, ruling=Ref(Ruling, at="ruling_id"))
