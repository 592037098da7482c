"""What a store's standing is: violations, freezes, the after-sale cover, the end of its account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_noop as _
from django_fsm import RETURN_VALUE

from rulebook.calendars import lasting, natural_days
from rulebook.docket.effects import PLATFORM
from rulebook.models import Aggregate
from rulebook.rule import CAUSE, MODERATOR, SELLER, rule
from stores import conditions as c
from stores.models.seller import Seller
from stores.states import ALIVE, COVER_ENDED, TRADING, ClosingReason, DepositStatus, StoreState

SHORTFALL = [DepositStatus.SHORT, DepositStatus.BELOW_HALF, DepositStatus.EXHAUSTED]
"""Something of the deposit, or the bond in its place, is missing."""


class Standing(Aggregate):
    """Laws about a store that follow from what it did. Facts that other rules read are columns."""

    points = models.IntegerField(default=0, help_text="Trade and other violations, live ones (V-1, V-2).")
    points_ip = models.IntegerField(default=0, help_text="Rights of others and prohibited goods.")
    points_quality = models.IntegerField(default=0, help_text="Listing quality.")
    penalties_count = models.PositiveIntegerField(default=0)
    grave = models.JSONField(
        default=list, blank=True, help_text="Articles of serious or graver penalties in force (A70-10)."
    )
    frozen_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = models.CharField(max_length=20, choices=ClosingReason.choices, blank=True)
    aftersale_cover = models.BooleanField(default=False)
    cover_accepted_at = models.DateTimeField(null=True, blank=True, help_text="The terms of the cover (A51-1).")
    cover_ended_at = models.DateTimeField(null=True, blank=True, help_text="By the platform's notice (A48-1).")
    return_address = models.JSONField(default=dict, blank=True, help_text="Where returns go (PLUS-27).")
    registered_address = models.JSONField(
        default=dict, blank=True, help_text="For letters; returns go there when no other address is set (PLUS-27)."
    )

    class Meta:
        abstract = True

    # ------------------------------------------------------------------ restrictions

    def restrict(self, name: str) -> None:
        """Put a restriction on; twice is once."""
        if name not in self.restrictions:
            self.restrictions = sorted([*self.restrictions, name])

    def lift(self, name: str) -> None:
        self.restrictions = [restriction for restriction in self.restrictions if restriction != name]

    # ------------------------------------------------------------------ the security

    @rule(
        "A73-2",
        field="deposit_status",
        source=[DepositStatus.SUFFICIENT, *SHORTFALL],
        target=RETURN_VALUE(*(status.value for status in DepositStatus)),
        deadline="security_taken",
        needs=["balances"],
        also=["A73-1", "A77-1", "A77-2"],
        says=_("{held} of {required} are left; the rest is to be paid until {due}."),
    )
    def fall_short(self, docket: Any) -> str:
        """Something was taken from the deposit or the bond: its status, and the limits that hang on it, follow at once."""
        bond = self.is_guaranteed
        account = "bond" if bond else "deposit"
        docket.also_under(self.on_security("A73-1"))
        docket.also_under(self.on_security("A73-2"))
        self.deposit_paid_minor = docket.balance(self.id, account, self.deposit_currency)
        rules = docket.rules_for(self).bond if bond else docket.rules_for(self).deposit
        if self.deposit_missing.minor and docket.deadline(self, "deposit_top_up") is None:
            due, lead = natural_days(docket.at, rules.topup_days), lasting(rules.topup_reminder_days)
            docket.set_deadline(self, "deposit_top_up", due, self.on_security("A73-2"), remind=lead)
        row = docket.deadline(self, "deposit_top_up")
        docket.because(held=self.deposit_paid, required=self.deposit_required, due=row.due_at if row else None)
        docket.notify("seller", self.id, "deposit_short", self, held=self.deposit_paid, required=self.deposit_required)
        return str(self.status_for(docket))

    @rule("A73-2", field="deposit_status", source=SHORTFALL, deadline="deposit_top_up_reminder", quiet=True)
    def remind_of_top_up(self, docket: Any) -> None:
        """The time to pay what is missing ends soon."""
        due = docket.deadline(self, "deposit_top_up").due_at
        docket.notify("seller", self.id, "deposit_reminder", self, missing=self.deposit_missing, due=due)

    @rule(
        "A73-2",
        field="deposit_status",
        source=SHORTFALL,
        deadline="deposit_top_up",
        also=["A77-2"],
        says=_("{missing} of {required} were not paid until {due}."),
    )
    def be_overdue(self, docket: Any) -> None:
        """The shortfall was not made up in time: the limits stay, and moderators look at the store."""
        docket.also_under(self.on_security("A73-2"))
        docket.because(missing=self.deposit_missing, required=self.deposit_required, due=docket.at)
        docket.notify("seller", self.id, "deposit_overdue", self, missing=self.deposit_missing)
        docket.notify("moderator", None, "shortfall_overdue", self, missing=self.deposit_missing)

    # ------------------------------------------------------------------ the after-sale cover

    @rule(
        "A51-1", source=TRADING, by=SELLER, otherwise="A51-1", conditions=[c.not_covered], says=_("Joined the cover.")
    )
    def join_cover(self, docket: Any) -> None:
        """The seller joins, and is taken to know and accept the terms."""
        self.aftersale_cover, self.cover_accepted_at = True, docket.at

    @rule("A51-1", source=TRADING, by=SELLER, otherwise="A51-1", conditions=[c.covered], says=_("Left the cover."))
    def leave_cover(self, docket: Any) -> None:
        """The seller leaves; orders placed so far keep what they were promised only while he is a member (A47-1)."""
        self.aftersale_cover = False

    @rule(
        "A48-1",
        source=list(StoreState.values),
        by=MODERATOR,
        otherwise="A48-1",
        conditions=[c.covered],
        says=_("The after-sale cover ended with this notice: {reason}."),
    )
    def stop_cover(self, docket: Any, *, reason: str) -> None:
        """The terms were broken: from the notice's date the store has no cover."""
        docket.because(reason=reason)
        self._end_cover(docket)

    @rule(
        "A48-1",
        source=list(StoreState.values),
        deadline="cover_abused",
        conditions=[c.is_covered],
        says=_("The after-sale cover ended: it was abused."),
    )
    def lose_cover(self, docket: Any) -> None:
        """An abuse of the cover was found in a dispute."""
        self._end_cover(docket)

    def _end_cover(self, docket: Any) -> None:
        self.aftersale_cover, self.cover_ended_at = False, docket.at
        self.restrict(COVER_ENDED)
        docket.notify("seller", self.id, "cover_ended", self)

    @rule(
        "PLUS-27", source=TRADING, by=SELLER, otherwise="PLUS-27", says=_("Returns go to another address from now on.")
    )
    def set_return_address(self, docket: Any, *, address: dict[str, Any]) -> None:
        """Returns that are agreed from now on go there; it must be right, for parcels are not sent twice."""
        self.return_address = address

    # ------------------------------------------------------------------ freezes and the end

    @rule(
        CAUSE,
        source=[StoreState.OPEN, StoreState.SUSPENDED],
        target=StoreState.SUSPENDED,
        says=_("Frozen until {until}."),
    )
    def freeze(self, docket: Any, *, until: datetime) -> None:
        """V-8: freezes do not add up; the later end wins."""
        self.freeze_until(docket, max(until, self.frozen_until or until))

    def freeze_until(self, docket: Any, until: datetime) -> None:
        self.frozen_until = until
        docket.because(until=until)
        docket.set_deadline(self, "freeze", until, "V-8")

    @rule("V-8", source=StoreState.SUSPENDED, target=StoreState.OPEN, deadline="freeze", says=_("Open again."))
    def thaw(self, docket: Any) -> None:
        """The freeze has ended."""
        self.frozen_until = None

    @rule(CAUSE, source=StoreState.SUSPENDED, target=StoreState.OPEN, cancels="freeze", says=_("Open again."))
    def be_thawed(self, docket: Any) -> None:
        """The penalty was overturned, and no other keeps the store frozen."""
        self.frozen_until = None

    @rule(
        "A50-5",
        source=ALIVE,
        target=StoreState.CLOSED,
        by=MODERATOR,
        otherwise="A22-2",
        cancels=["freeze", "deposit_top_up"],
        says=_("The account was closed under {article}: {reason}."),
    )
    def close_account(self, docket: Any, *, reason: str, article: str) -> None:
        """The platform ends the store's account; none of its trades has the after-sale cover from then on."""
        docket.also_under(article)
        docket.because(article=article, reason=reason)
        self.closed_at, self.closing_reason, self.frozen_until = docket.at, reason, None
        self.aftersale_cover = False
        if reason == ClosingReason.SERIOUS_VIOLATION:
            docket.call(Seller, self.seller_id, PLATFORM, "account_closed")
        docket.notify("seller", self.id, "account_closed", self, reason=reason)

    @rule(CAUSE, source=StoreState.CLOSED, target=StoreState.OPEN, says=_("The account is open again."))
    def reopen(self, docket: Any) -> None:
        """The penalty that closed the account was overturned. What the deposit lacks is due anew."""
        self.closed_at, self.closing_reason = None, ""
        docket.call(Seller, self.seller_id, PLATFORM, "account_reopened")
        if self.deposit_status != DepositStatus.SUFFICIENT:
            docket.call(type(self), self.id, self.id, "security_taken")
