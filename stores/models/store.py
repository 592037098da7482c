"""Stores: where a seller sells, with its deposit and its standing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_noop as _
from django_fsm import RETURN_VALUE, FSMField

from rulebook.docket import Ref, brings
from rulebook.models import Aggregate
from rulebook.money import Money
from rulebook.rule import SELLER, rule
from stores.models.seller import Seller
from stores.models.user import User
from stores.states import DepositStatus, Guarantee, StoreState


class Store(Aggregate):
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
        "restrictions",
        "early_release",
        "plus",
        "aftersale_cover",
    )
    State = StoreState

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="stores")
    state = FSMField(choices=State.choices, default=State.PREPARING, protected=True)
    deposit_status = FSMField(choices=DepositStatus.choices, default=DepositStatus.EXHAUSTED, protected=True)
    name = models.CharField(max_length=120)
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
    aftersale_cover = models.BooleanField(default=False)
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
        meets="deposit_top_up",
        source=[DepositStatus.SHORT, DepositStatus.BELOW_HALF, DepositStatus.EXHAUSTED],
        target=RETURN_VALUE(*(status.value for status in DepositStatus)),
        says=_("Paid {paid}; {held} of {required} are held."),
    )
    def top_up(self, docket: Any, *, paid: Money) -> str:
        """The seller pays what is missing of the deposit, or a part of it."""
        self.lodge(docket, paid)
        docket.because(paid=paid, held=self.deposit_paid, required=self.deposit_required)
        return self.status_for(docket)

    def lodge(self, docket: Any, paid: Money) -> None:
        """Put money into the deposit; the ledger and the mirror here move together."""
        self.deposit_paid_minor += paid.minor
        docket.post("deposit_paid", self.id, {"clearing": -paid, "deposit": paid})

    def status_for(self, docket: Any) -> str:
        """The deposit's status by its amount (A73): below half is strictly below."""
        held, required = self.deposit_paid_minor, self.deposit_required_minor
        if held >= required:
            return str(DepositStatus.SUFFICIENT)
        if held == 0:
            return str(DepositStatus.EXHAUSTED)
        return str(
            DepositStatus.BELOW_HALF if held < required * docket.rules.deposit.freeze_ratio else DepositStatus.SHORT
        )


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
