"""Rulings: what a moderator decides, and, above the rulebook's limit, what a second one lets through."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from disputes import conditions as c
from disputes.states import Liable, RulingState
from rulebook.models import Aggregate
from rulebook.money import Money
from rulebook.rule import MODERATOR, rule


class Ruling(Aggregate):
    """Refund, who is liable, and why. Never edited: another decision needs another record."""

    KIND, PREFIX, ROOT = "ruling", "rul", ("order", "order_id")
    PUBLIC = ("state", "refund", "return_goods", "liable", "counterfeit", "reason", "made_at", "in_force_at")
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
        ]
        indexes = [models.Index(name="ruling_of_dispute", fields=["dispute", "id"])]

    @property
    def refund(self) -> Money:
        return Money(self.refund_minor, self.currency)

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
        self.in_force_at = docket.at
        self.dispute.carry_out(docket, self)

    @rule(
        "A45-2",
        source=State.PROPOSED,
        target=State.IN_FORCE,
        by=MODERATOR,
        conditions=[c.approved_by_another],
        says=_("Approved by a second moderator; carried out."),
    )
    def approve(self, docket: Any) -> None:
        """Somebody else than the one who ruled lets it through."""
        self.approved_by, self.approved_by_name, self.in_force_at = docket.actor.id, docket.actor.name, docket.at
        self.dispute.carry_out(docket, self)
