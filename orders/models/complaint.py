"""Complaints to the administration: always answered (FB-17, FB-18). They are no disputes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from orders.states import ComplaintState
from rulebook.models import Aggregate
from rulebook.rule import BUYER, MODERATOR, rule


class Complaint(Aggregate):
    """A buyer finds that a seller or the site treated him unfairly."""

    KIND, PREFIX = "complaint", "cpl"
    PUBLIC = ("state", "about", "topic=kind", "text", "answer", "filed_at", "answered_at", "overdue", "decided_under")
    State = ComplaintState

    store_id = models.UUIDField(help_text="The platform's fixed id when it is about the site.")
    state = FSMField(choices=State.choices, default=State.OPEN, protected=True)
    buyer_id = models.UUIDField()
    buyer_name = models.CharField(max_length=120, blank=True)
    order_id = models.UUIDField(null=True, blank=True)
    store_name = models.CharField(max_length=120, blank=True)
    about = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    answer = models.TextField(blank=True)
    filed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=120, blank=True)
    overdue = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="complaint_state_known", condition=Q(state__in=ComplaintState.values))
        ]
        indexes = [models.Index(name="complaint_of_buyer", fields=["buyer_id", "-filed_at", "-id"])]

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return bool(self.buyer_id == actor.id)

    @property
    def decided_under(self) -> str:
        """Answered, in time or late: the rule is one."""
        return "FB-18" if self.state == ComplaintState.ANSWERED else ""

    @rule("FB-17", source=State.OPEN, by=BUYER, creates=True, says=_("Filed about {about}; answered by {due}."))
    def file(self, docket: Any) -> None:
        """The administration has some working days to answer (FB-18)."""
        rules = docket.rules_for(self)
        docket.also_under("FB-18")
        due = docket.working_days(rules.complaint.answer_days)
        docket.because(about=self.about or self.kind, due=due)
        docket.set_deadline(self, "answer", due, "FB-18", remind=timedelta(hours=rules.complaint.reminder_hours))
        docket.notify("moderator", None, "complaint_filed", self, about=self.about or self.kind, due=due)

    @rule(
        "FB-18",
        source=State.OPEN,
        target=State.ANSWERED,
        by=MODERATOR,
        otherwise="FB-18",
        meets="answer",
        says=_("Answered by the administration."),
    )
    def give_answer(self, docket: Any, *, text: str) -> None:
        """The administration always answers."""
        self.answer, self.answered_at, self.answered_by = text, docket.at, docket.actor.name
        docket.notify("buyer", self.buyer_id, "complaint_answered", self, text=text)

    @rule("FB-18", source=State.OPEN, deadline="answer", says=_("Not answered until {due}; it comes first now."))
    def become_overdue(self, docket: Any) -> None:
        """Out of time, and still to be answered: it goes to the top of the list and to the senior staff."""
        self.overdue = True
        docket.because(due=docket.at)
        docket.notify("moderator", None, "complaint_overdue", self)

    @rule("FB-18", source=State.OPEN, deadline="answer_reminder", quiet=True)
    def remind(self, docket: Any) -> None:
        """The time to answer ends soon."""
        due = docket.deadline(self, "answer")
        docket.notify("moderator", None, "complaint_reminder", self, due=due.due_at)

    def case_row(self, docket: Any) -> dict[str, Any]:
        """Its row of the moderators' worklists."""
        due = docket.deadline(self, "answer")
        return {
            "store_id": self.store_id,
            "kind": "complaint",
            "subject_id": self.id,
            "number": 0,
            "store_name": self.store_name,
            "party": self.buyer_name,
            "topic": (self.kind or "complaint")[:40],
            "state": str(self.state),
            "lane": "complaints" if self.state == ComplaintState.OPEN else "done",
            "open": self.state == ComplaintState.OPEN,
            "value_minor": 0,
            "currency": "USD",
            "value_usd_minor": 0,
            "opened_at": self.filed_at,
            "due_at": due.due_at if due else (self.filed_at if self.overdue else None),
            "closed_at": self.answered_at,
        }
