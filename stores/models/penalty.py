"""Penalties: a violation that one moderator finds and another confirms, its points, its sanction, its appeal (V-1 … V-22)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from rulebook.calendars import natural_days
from rulebook.citations import formula
from rulebook.docket import Many, Ref, brings
from rulebook.models import Aggregate
from rulebook.rule import MODERATOR, SELLER, rule
from stores import conditions as c
from stores.models.store import Store
from stores.states import RESTRICTIONS, PenaltyKind, PenaltyState, Severity, StoreState

State = PenaltyState
STANDING = [State.IN_FORCE, State.APPEALED, State.UPHELD]


class Penalty(Aggregate):
    """One sanction for one violation. `kind` is the sanction; the severity gives the points; the article chooses the account."""

    KIND, PREFIX, ROOT = "penalty", "pen", ("store", "store_id")
    NUMBERED = True
    PUBLIC = (
        "state",
        "number",
        "sanction=kind_code",
        "severity",
        "article",
        "reason",
        "points",
        "days",
        "decided_under",
        "proposed_at",
        "in_force_at",
        "appeal_text",
        "appealed_at",
        "appeal_answer",
        "ended_at",
    )
    State = PenaltyState

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="penalties", db_index=False)
    number = models.PositiveIntegerField(null=True)
    state = FSMField(choices=State.choices, default=State.PROPOSED, protected=True)
    kind_code = models.CharField(max_length=24, choices=PenaltyKind.choices)
    severity = models.CharField(max_length=20, choices=Severity.choices, blank=True)
    article = models.CharField(max_length=12)
    reason = models.TextField()
    points = models.PositiveSmallIntegerField(default=0)
    days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How long; empty: until it is lifted.")
    decided_under = models.CharField(max_length=24, blank=True)
    proposed_by = models.UUIDField(null=True)
    proposed_by_name = models.CharField(max_length=120, blank=True)
    proposed_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True, blank=True)
    confirmed_by_name = models.CharField(max_length=120, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True)
    appeal_text = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    appeal_answer = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "penalties"
        constraints = [
            models.CheckConstraint(name="penalty_state_known", condition=Q(state__in=PenaltyState.values)),
            models.CheckConstraint(name="penalty_kind_known", condition=Q(kind_code__in=PenaltyKind.values)),
            models.CheckConstraint(name="penalty_severity_known", condition=Q(severity__in=["", *Severity.values])),
            models.CheckConstraint(name="penalty_gives_its_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="penalty_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
            ),
            models.UniqueConstraint(name="penalty_number_once_per_store", fields=["store", "number"]),
        ]
        indexes = [models.Index(name="penalty_of_store", fields=["store", "-proposed_at", "-id"])]

    @property
    def name(self) -> str:
        return f"P{self.number}" if self.number else self.public_id

    @property
    @formula("V-1")
    def account(self) -> str:
        """The column of the point account that the article chooses (V-1): each counts on its own."""
        head = self.article.split("-")[0]
        if head in ("A25", "A26") or (head == "V" and 9 <= int(self.article.split("-")[1]) <= 14):
            return "points_ip"
        return "points_quality" if head in ("A27", "A28") else "points"

    @rule(
        "V-6", source=State.PROPOSED, by=MODERATOR, creates=True, says=_("Proposed: {sanction} for {article}. {reason}")
    )
    def propose(self, docket: Any) -> None:
        """A moderator finds a violation; another one confirms it before anything follows."""
        if self.severity:
            self.points = docket.rules_for(self.store).penalty.points[self.severity]
        docket.because(sanction=self.kind_code, article=self.article, reason=self.reason, points=self.points)
        docket.notify("moderator", None, "penalty_to_confirm", self, reason=self.reason)

    @rule(
        "V-7",
        source=State.PROPOSED,
        target=State.IN_FORCE,
        by=MODERATOR,
        otherwise="V-22",
        conditions=[c.confirmed_by_another],
        also=["V-2"],
        says=_("Confirmed: {sanction}, {points} points."),
    )
    def confirm(self, docket: Any) -> None:
        """Somebody else than the one who proposed it: from here everything runs."""
        rules = docket.rules_for(self.store).penalty
        docket.also_under(self.article)
        docket.because(sanction=self.kind_code, points=self.points)
        self.confirmed_by, self.confirmed_by_name = docket.actor.id, docket.actor.name
        self.in_force_at = docket.at
        docket.set_deadline(self, "appeal", natural_days(docket.at, rules.appeal_days), "V-22")
        docket.set_deadline(self, "expiry", natural_days(docket.at, rules.points_live_days), "V-2")
        self._apply(docket)
        docket.notify("seller", self.store_id, "penalty_in_force", self, sanction=self.kind_code, reason=self.reason)

    def _apply(self, docket: Any) -> None:
        store = self.store
        self._count(1)
        until = self.acts_until(docket)
        if self.kind_code in RESTRICTIONS:
            store.restrict(self.kind_code)
            if until is not None:
                docket.set_deadline(self, "sanction", until, "V-7")
        elif self.kind_code == PenaltyKind.STORE_FROZEN and store.state in (StoreState.OPEN, StoreState.SUSPENDED):
            assert until is not None
            store.freeze(docket, until=until)
        elif self.kind_code == PenaltyKind.ACCOUNT_CLOSED:
            store.close_account(docket, reason="serious_violation", article=self.article)

    def _freeze_days(self, docket: Any) -> int:
        """As the moderator said; else those of the ladder's first freeze, as the ladder was when it was confirmed."""
        ladder = docket.rules_for(self.store, self.in_force_at).penalty.ladder_trade
        return self.days or next(int(rung["days"]) for _points, rung in sorted(ladder.items()) if "days" in rung)

    def acts_until(self, docket: Any) -> datetime | None:
        """When the sanction itself ends; None: with the penalty."""
        assert self.in_force_at is not None
        if self.kind_code == PenaltyKind.STORE_FROZEN:
            return natural_days(self.in_force_at, self._freeze_days(docket))
        return natural_days(self.in_force_at, self.days) if self.days else None

    def acts(self, docket: Any) -> bool:
        """Whether its sanction is on the store now."""
        if self.state not in STANDING or (self.state == State.APPEALED and self._rests(docket)):
            return False
        until = self.acts_until(docket)
        return until is None or docket.at < until

    def _rests(self, docket: Any) -> bool:
        return self.kind_code in docket.rules_for(self.store).penalty.resting_kinds

    def _count(self, sign: int) -> None:
        store = self.store
        setattr(store, self.account, max(0, getattr(store, self.account) + sign * self.points))
        others = list(store.grave)
        if self.severity in (Severity.SERIOUS, Severity.ESPECIALLY_SERIOUS):
            if sign > 0:
                others.append(self.article)
            elif self.article in others:
                others.remove(self.article)
        store.grave = sorted(others)

    @rule(
        "V-22",
        source=State.IN_FORCE,
        target=State.APPEALED,
        by=SELLER,
        otherwise="V-22",
        conditions=[c.in_time_to_appeal],
        meets="appeal",
        says=_("The seller appealed: {text}"),
    )
    def appeal(self, docket: Any, *, text: str) -> None:
        """Once, within a week; only warnings and ranking measures rest meanwhile."""
        docket.because(text=text)
        self.appeal_text, self.appealed_at = text, docket.at
        if self._rests(docket) and self.acts(docket):
            self._take_off(docket)
        docket.notify("moderator", None, "penalty_appealed", self)

    @rule(
        "V-22",
        source=State.APPEALED,
        target=State.UPHELD,
        by=MODERATOR,
        otherwise="V-22",
        conditions=[c.decided_by_another],
        says=_("The appeal failed: the penalty stands. {reason}"),
    )
    def uphold(self, docket: Any, *, reason: str) -> None:
        """Somebody else looked again: it stands."""
        docket.because(reason=reason)
        self.appeal_answer, self.decided_under = reason, docket.rule
        until = self.acts_until(docket)
        if self._rests(docket) and self.kind_code in RESTRICTIONS and (until is None or docket.at < until):
            self.store.restrict(self.kind_code)
        docket.notify("seller", self.store_id, "penalty_upheld", self, reason=reason)

    @rule(
        "V-22",
        source=State.APPEALED,
        target=State.OVERTURNED,
        by=MODERATOR,
        otherwise="V-22",
        conditions=[c.decided_by_another],
        cancels=["expiry", "sanction"],
        says=_("The appeal succeeded: the penalty is lifted. {reason}"),
    )
    def overturn(self, docket: Any, *, reason: str) -> None:
        """It was wrong: points and sanction go."""
        docket.because(reason=reason)
        self.appeal_answer, self.decided_under, self.ended_at = reason, docket.rule, docket.at
        self._undo(docket)
        if self.kind_code == PenaltyKind.ACCOUNT_CLOSED:
            self._reopen(docket)
        docket.notify("seller", self.store_id, "penalty_overturned", self, reason=reason)

    @rule("V-2", source=STANDING, target=State.EXPIRED, deadline="expiry", says=_("Expired after {days} days."))
    def expire(self, docket: Any) -> None:
        """Points live a year."""
        docket.because(days=docket.rules_for(self.store, self.in_force_at).penalty.points_live_days)
        self.decided_under, self.ended_at = docket.rule, docket.at
        self._undo(docket)

    @rule(
        "V-7", source=STANDING, deadline="sanction", says=_("{sanction} ended after {days} days; the points live on.")
    )
    def end_sanction(self, docket: Any) -> None:
        """A sanction for some days only is over."""
        docket.because(sanction=self.kind_code, days=self.days)
        self._take_off(docket)

    def _undo(self, docket: Any) -> None:
        self._count(-1)
        if self.acts(docket):
            self._take_off(docket)

    def _take_off(self, docket: Any) -> None:
        """V-8: unless another penalty keeps it on; of freezes the later end counts."""
        store = self.store
        same = [
            other
            for other in store.penalties_held
            if other.id != self.id and other.kind_code == self.kind_code and other.acts(docket)
        ]
        if self.kind_code in RESTRICTIONS and not same:
            store.lift(self.kind_code)
        elif self.kind_code == PenaltyKind.STORE_FROZEN and store.state == StoreState.SUSPENDED:
            ends = [until for other in same if (until := other.acts_until(docket)) is not None]
            store.freeze_until(docket, max(ends)) if ends else store.be_thawed(docket)

    def _reopen(self, docket: Any) -> None:
        """The account is given back; a freeze that was put on before and still runs stays on."""
        store = self.store
        store.reopen(docket)
        ends = [
            until
            for other in store.penalties_held
            if other.kind_code == PenaltyKind.STORE_FROZEN
            and other.acts(docket)
            and (until := other.acts_until(docket)) is not None
        ]
        if ends:
            store.freeze(docket, until=max(ends))

    def case_row(self, docket: Any) -> dict[str, Any]:
        """Its row of the moderators' worklists: to be confirmed, or its appeal decided."""
        waits = self.state in (State.PROPOSED, State.APPEALED)
        due = self.appealed_at or self.proposed_at
        return {
            "store_id": self.store_id,
            "kind": "penalty",
            "subject_id": self.id,
            "number": self.number or 0,
            "store_name": self.store.name,
            "party": "",
            "topic": self.kind_code,
            "state": str(self.state),
            "lane": "second" if self.state == State.PROPOSED else "appeals" if waits else "done",
            "open": waits,
            "value_minor": 0,
            "currency": "USD",
            "value_usd_minor": 0,
            "opened_at": self.proposed_at,
            "due_at": natural_days(due, docket.rules_for(self.store).penalty.appeal_days) if waits else None,
            "closed_at": None if waits else self.in_force_at,
        }


brings(Penalty, store=Ref(Store, at="store_id", lock="update"))
brings(Store, penalties_held=Many(Penalty, by="store_id", when=lambda store: store.penalties_count > 0))
