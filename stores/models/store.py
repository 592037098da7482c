"""Stores: where a seller sells, with its deposit and its standing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_noop as _
from django_fsm import RETURN_VALUE, FSMField

from rulebook.docket import Ref, brings
from rulebook.money import Money
from rulebook.rule import MODERATOR, SELLER, rule
from stores.conditions import in_plus, too_many_late
from stores.models.seller import Seller
from stores.models.standing import SHORTFALL, Standing
from stores.models.user import User
from stores.states import (
    LISTINGS_REMOVED,
    NOT_IN_PLUS,
    TRADING,
    WITHDRAWALS_FROZEN,
    DepositStatus,
    Guarantee,
    StoreState,
)


class Store(Standing):
    """A store and what rules need to know of it. The deposit's money lies in the ledger; the amount is mirrored here so that
    status and limits need no balance."""

    KIND, PREFIX = "store", "sto"
    PUBLIC = (
        "state",
        "name",
        "subdomain",
        "plan",
        "categories",
        "opened_at",
        "deposit_status",
        "deposit_required",
        "deposit_paid",
        "restrictions=shown_restrictions",
        "early_release",
        "plus",
        "plus_since",
        "delivery_badge",
        "blocked_countries",
        "aftersale_cover",
        "points",
        "points_ip",
        "points_quality",
        "frozen_until",
        "closing_reason",
    )
    State = StoreState

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="stores")
    state = FSMField(choices=State.choices, default=State.PREPARING, protected=True)
    deposit_status = FSMField(choices=DepositStatus.choices, default=DepositStatus.EXHAUSTED, protected=True)
    name = models.CharField(max_length=120)
    country = models.CharField(
        max_length=2, blank=True, help_text="Its seller's: warehouses elsewhere are abroad (A37-9)."
    )
    subdomain = models.CharField(max_length=32)
    plan = models.CharField(max_length=12, default="standard")
    categories = models.JSONField(default=list)
    opened_at = models.DateTimeField(null=True, blank=True)
    guarantee = models.CharField(max_length=8, choices=Guarantee.choices, default=Guarantee.NONE)
    deposit_required_minor = models.BigIntegerField(default=0, help_text="In the deposit's currency.")
    deposit_paid_minor = models.BigIntegerField(default=0)
    deposit_currency = models.CharField(max_length=3, default="CNY")
    restrictions = models.JSONField(default=list, blank=True)
    early_release = models.BooleanField(default=False)
    plus = models.BooleanField(default=False)
    plus_since = models.DateTimeField(null=True, blank=True, help_text="When it last joined; ends what came before.")
    plus_late_before = models.BigIntegerField(default=0, help_text="Late Plus orders before it last joined.")
    delivery_badge = models.BooleanField(default=True, help_text="Shown while its orders arrive in time (PLUS-21).")
    blocked_countries = models.JSONField(default=list, blank=True, help_text="Where nothing of it is sold (A38E-3).")
    items_sold = models.BigIntegerField(default=0)
    imported_from = models.CharField(
        max_length=120, blank=True, help_text="Where its history was read from, and the source's id of it."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="store_state_known", condition=Q(state__in=StoreState.values)),
            models.CheckConstraint(
                name="store_deposit_status_known", condition=Q(deposit_status__in=DepositStatus.values)
            ),
            models.CheckConstraint(name="store_deposit_not_negative", condition=Q(deposit_paid_minor__gte=0)),
            models.UniqueConstraint(Lower("subdomain"), name="store_subdomain_once"),
            models.UniqueConstraint(
                fields=["imported_from"], name="store_imported_once", condition=~Q(imported_from="")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def book(self) -> UUID:
        return self.id

    @property
    def category(self) -> str:
        return self.categories[0] if self.categories else "*"

    @property
    def deposit_required(self) -> Money:
        return Money(self.deposit_required_minor, self.deposit_currency)

    @property
    def deposit_paid(self) -> Money:
        return Money(self.deposit_paid_minor, self.deposit_currency)

    @property
    def deposit_missing(self) -> Money:
        return Money(max(0, self.deposit_required_minor - self.deposit_paid_minor), self.deposit_currency)

    @property
    def shown_restrictions(self) -> list[str]:
        """What was put on the store, and what hangs on its deposit or bond (A73-3, A73-4, A77-3, A77-4)."""
        return sorted({*self.restrictions, *self.limits})

    @property
    def limits(self) -> list[str]:
        """Restrictions that come and go with the deposit: below half nothing is paid out, at zero nothing is sold."""
        if not self.deposit_required_minor:
            return []
        if self.deposit_status == DepositStatus.EXHAUSTED:
            return [LISTINGS_REMOVED, WITHDRAWALS_FROZEN]
        return [WITHDRAWALS_FROZEN] if self.deposit_status == DepositStatus.BELOW_HALF else []

    @property
    def is_guaranteed(self) -> bool:
        """Whether a bank's guarantee, with a bond behind it, stands in the deposit's place (A17-7)."""
        return self.guarantee != Guarantee.NONE

    def on_security(self, article: str) -> str:
        """The article as it is called for this store's security: rules about the bond (A77) mirror the deposit's (A73)."""
        return article.replace("A73", "A77") if self.is_guaranteed else article

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return False

    @rule(
        "A17-2",
        source=list(StoreState.values),
        creates=True,
        says=_("Opened with {categories}; the deposit due is {required}."),
    )
    def enrol(self, docket: Any, *, held: Money) -> None:
        """A store with its collection account and its deposit."""
        docket.because(categories=", ".join(self.categories), required=self.deposit_required)
        if held.minor:
            self.lodge(docket, held)

    @rule(
        "A73-2",
        field="deposit_status",
        by=SELLER,
        otherwise="A73-2",
        also=["A77-2"],
        source=SHORTFALL,
        target=RETURN_VALUE(*(status.value for status in DepositStatus)),
        says=_("Paid {paid}; {held} of {required} are held."),
    )
    def top_up(self, docket: Any, *, paid: Money) -> str:
        """The seller pays what is missing of the deposit, or a part of it."""
        docket.also_under(self.on_security("A73-2"))
        self.lodge(docket, paid)
        if not self.deposit_missing.minor:
            docket.meet(self, "deposit_top_up")
        docket.because(paid=paid, held=self.deposit_paid, required=self.deposit_required)
        return self.status_for(docket)

    def lodge(self, docket: Any, paid: Money) -> None:
        """Put money into the deposit, or the bond that stands in its place; the ledger and the mirror here move together."""
        self.deposit_paid_minor += paid.minor
        account = "bond" if self.is_guaranteed else "deposit"
        docket.post(f"{account}_paid", self.id, {"clearing": -paid, account: paid})

    def status_for(self, docket: Any) -> str:
        """The status of deposit or bond by its amount (A73, A77): below half is strictly below."""
        held, required = self.deposit_paid_minor, self.deposit_required_minor
        rules = docket.rules_for(self)
        ratio = (rules.bond if self.is_guaranteed else rules.deposit).freeze_ratio
        if held >= required:
            return str(DepositStatus.SUFFICIENT)
        if held == 0:
            return str(DepositStatus.EXHAUSTED)
        return str(DepositStatus.BELOW_HALF if held < required * ratio else DepositStatus.SHORT)

    # ------------------------------------------------------------------ Plus

    @rule(
        "PLUS-14",
        source=TRADING,
        by=SELLER,
        otherwise="PLUS-14",
        conditions=[in_plus],
        also=["PLUS-9"],
        says=_("Left Plus."),
    )
    def leave_plus(self, docket: Any) -> None:
        """The seller leaves Plus of its own accord: the badges go at once, everything stays on sale (PLUS-9)."""
        docket.also_under("PLUS-9")
        self.plus = False

    @rule(
        "PLUS-15",
        source=TRADING,
        by=SELLER,
        otherwise="PLUS-15",
        needs=["totals"],
        says=_("Joined Plus."),
    )
    def join_plus(self, docket: Any) -> None:
        """The seller joins, or comes back: after leaving, after being taken out, or with products that were taken out. What was
        late before counts no more."""
        self.plus, self.plus_since = True, docket.at
        self.plus_late_before = docket.total(self.id, "plus_late")
        self.lift(NOT_IN_PLUS)

    @rule(
        "PLUS-18",
        source=list(StoreState.values),
        deadline="plus_late",
        conditions=[too_many_late],
        needs=["totals"],
        says=_("Out of Plus: {late} orders arrived later than {days} days after payment."),
    )
    def be_taken_out_of_plus(self, docket: Any) -> None:
        """An order was neither delivered nor confirmed in time: the store leaves the Plus section, and sells on as before."""
        rules = docket.rules_for(self).plus
        docket.because(late=docket.total(self.id, "plus_late"), days=rules.delivery_max)
        self.restrict(NOT_IN_PLUS)
        docket.notify("seller", self.id, "plus_ended", self)

    @rule(
        "PLUS-21",
        source=list(StoreState.values),
        says=_("{share} % of the orders of {days} days were on time: the delivery badge is {badge}."),
    )
    def judge_delivery(self, docket: Any, *, share: Decimal, shown: bool) -> None:
        """The badge that promises delivery in time follows the share of orders that kept it."""
        days = docket.rules_for(self).plus.badge_window_days
        docket.because(share=share, days=days, badge="shown" if shown else "taken away")
        self.delivery_badge = shown
        if not shown:
            docket.notify("seller", self.id, "delivery_badge_lost", self, share=share)

    @property
    def in_plus(self) -> bool:
        """Whether its products may show the badge."""
        return self.plus and NOT_IN_PLUS not in self.restrictions

    # ------------------------------------------------------------------ countries

    @rule(
        "A38E-3",
        source=list(StoreState.values),
        by=MODERATOR,
        says=_("Nothing of the store is sold to {countries}: {reason}."),
    )
    def block_countries(self, docket: Any, *, countries: list[str], reason: str) -> None:
        """A warehouse was not declared in time: the platform blocks the products for given countries."""
        docket.because(countries=", ".join(countries), reason=reason)
        self.blocked_countries = sorted({*self.blocked_countries, *countries})
        docket.notify("seller", self.id, "countries_blocked", self, countries=", ".join(countries), reason=reason)

    @rule(
        "A38E-3",
        source=list(StoreState.values),
        by=MODERATOR,
        says=_("The store may sell to {countries} again: {reason}."),
    )
    def unblock_countries(self, docket: Any, *, countries: list[str], reason: str) -> None:
        """The matter is settled."""
        docket.because(countries=", ".join(countries), reason=reason)
        self.blocked_countries = [country for country in self.blocked_countries if country not in countries]


class StaffMember(models.Model):
    """A person's role in a store (A11-2: what staff do, the seller did)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="staff")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="staff_one_role_per_store", fields=["store", "user"])]
        ordering = [F("store__name").asc(), "id"]

    def __str__(self) -> str:
        return f"{self.user} ({self.role}) of {self.store}"


brings(Store, seller=Ref(Seller, at="seller_id"))
