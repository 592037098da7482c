"""Amendments: a parameter's value from a date on, proposed by one policy manager, approved by another, announced in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from rulebook.calendars import natural_days
from rulebook.models.base import Aggregate
from rulebook.refusals import Refused
from rulebook.rule import MODERATOR, SYSTEM, rule


class AmendmentState(models.TextChoices):
    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"


def not_by_its_proposer(amendment: Any, docket: Any) -> None:
    """A67-2: two people stand behind a new value."""
    if docket.actor.id is not None and docket.actor.id == amendment.proposed_by:
        raise Refused("A67-2", _("An amendment is approved by another person than the one who proposed it."))


class Amendment(Aggregate):
    """A dated override of one parameter (A67-2). `scope`: {} or one of category, country, store."""

    KIND, PREFIX = "amendment", "amd"
    PUBLIC = ("state", "parameter", "value", "scope", "in_force_from", "reason", "decided_under")
    State = AmendmentState

    state = FSMField(choices=State.choices, default=State.PROPOSED, protected=True)
    parameter = models.CharField(max_length=120, help_text="Key of the catalogue; a table's key in brackets.")
    value = models.JSONField()
    scope = models.JSONField(default=dict, blank=True)
    in_force_from = models.DateTimeField()
    reason = models.TextField(blank=True)
    proposed_by = models.UUIDField(null=True)
    proposed_at = models.DateTimeField()
    approved_by = models.UUIDField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    decided_under = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="amendment_state_known", condition=Q(state__in=AmendmentState.values)),
            models.CheckConstraint(
                name="amendment_approved_by_another",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("proposed_by")),
            ),
        ]

    @rule(
        "A67-2",
        source=State.PROPOSED,
        by=MODERATOR,
        creates=True,
        says=_("Proposed: {parameter} becomes {value} from {in_force_from}."),
    )
    def propose(self, docket: Any) -> None:
        """A policy manager writes down what a value shall be, and from when on."""
        docket.because(parameter=self.parameter, value=str(self.value), in_force_from=self.in_force_from)

    @rule(
        "A67-2",
        source=State.PROPOSED,
        target=State.APPROVED,
        by=MODERATOR,
        otherwise="A67-2",
        conditions=[not_by_its_proposer],
        says=_("Approved by a second person; in force from {in_force_from}."),
    )
    def approve(self, docket: Any) -> None:
        """Another policy manager agrees; the announcement period must end before the value comes into force."""
        earliest: datetime = natural_days(docket.at, docket.rules.commission.announce_days)
        if self.in_force_from < earliest:
            raise Refused(
                "A67-2",
                _("An amendment is announced before it comes into force: from {earliest} at the earliest."),
                earliest=earliest,
            )
        docket.because(in_force_from=self.in_force_from)
        self.approved_by, self.approved_at = docket.actor.id, docket.at
        docket.set_deadline(self, "announcement", self.in_force_from)
        docket.amended = True

    @rule(
        "A67-2",
        source=State.APPROVED,
        target=State.IN_FORCE,
        by=SYSTEM,
        deadline="announcement",
        says=_("In force: the announcement period is over."),
    )
    def come_into_force(self, docket: Any) -> None:
        """The announced day has come; periods that run keep the value they were given."""

    @rule(
        "A67-2",
        source=[State.PROPOSED, State.APPROVED],
        target=State.WITHDRAWN,
        by=MODERATOR,
        otherwise="A67-2",
        cancels=["announcement"],
        says=_("Withdrawn before it came into force."),
    )
    def withdraw(self, docket: Any) -> None:
        """Taken back before the day."""
        docket.amended = True
