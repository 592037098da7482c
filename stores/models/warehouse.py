"""Warehouses abroad that a seller has to declare (A38E)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import RETURN_VALUE, FSMField

from rulebook.docket import Ref, brings
from rulebook.models import Aggregate
from rulebook.refusals import Refused
from rulebook.rule import MODERATOR, SELLER, rule
from stores.conditions import undecided
from stores.models.store import Store
from stores.states import WarehouseState


class Warehouse(Aggregate):
    """Goods sold here lie in it. A late declaration is taken, and opens a case for the platform."""

    KIND, PREFIX, ROOT = "warehouse", "whs", ("store", "store_id")
    PUBLIC = ("state", "country", "established_at", "declared_at", "decision", "decided_at")
    State = WarehouseState

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="warehouses", db_index=False)
    state = FSMField(choices=State.choices, default=State.DECLARED, protected=True)
    country = models.CharField(max_length=2)
    established_at = models.DateTimeField()
    declared_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Until when it had to be declared.")
    decision = models.CharField(max_length=24, blank=True, help_text="What the platform made of a late declaration.")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="warehouse_state_known", condition=Q(state__in=WarehouseState.values)),
            models.UniqueConstraint(name="warehouse_of_its_store", fields=["store", "id"]),
        ]
        indexes = [models.Index(name="warehouse_in_store", fields=["store", "id"])]

    def __str__(self) -> str:
        return f"{self.country}"

    @rule(
        "A38E-1",
        source=[WarehouseState.DECLARED],
        target=RETURN_VALUE(*WarehouseState.values),
        by=SELLER,
        creates=True,
        also=["A38E-2"],
        says=_("A warehouse in {country}, set up {established}; it had to be declared by {due}."),
    )
    def declare(self, docket: Any) -> str:
        """The seller tells of a warehouse in a listed country, within some working days of its setting up."""
        rules = docket.rules_for(self)
        docket.also_under("A38E-2")
        if self.country not in rules.eu_warehouse.countries:
            raise Refused("A38E-2", _("Warehouses in {country} need no declaration."), country=self.country)
        days = docket.rules_for(self, self.established_at).eu_warehouse.declare_days
        self.due_at = docket.working_days(days, self.established_at)
        docket.because(country=self.country, established=self.established_at, due=self.due_at)
        if docket.at < self.due_at:
            return str(WarehouseState.DECLARED)
        docket.notify("moderator", None, "warehouse_declared_late", self, country=self.country)
        return str(WarehouseState.DECLARED_LATE)

    @rule(
        "A38E-3",
        source=[WarehouseState.DECLARED_LATE],
        by=MODERATOR,
        otherwise="A38E-3",
        conditions=[undecided],
        says=_("Decided: the products are blocked for {countries}: {reason}."),
    )
    def answer_with_block(self, docket: Any, *, countries: list[str], reason: str) -> None:
        """The platform answers the violation: some or all products are blocked for given countries."""
        docket.because(countries=", ".join(countries), reason=reason)
        self.decision, self.decided_at = "blocked", docket.at
        self.store.block_countries(docket, countries=countries, reason=reason)

    @rule(
        "A38E-4",
        source=[WarehouseState.DECLARED_LATE],
        by=MODERATOR,
        otherwise="A38E-4",
        conditions=[undecided],
        says=_("Decided: further consequences are kept open: {reason}."),
    )
    def refer(self, docket: Any, *, reason: str) -> None:
        """The breach did other harm: the case goes to penalties and claims (A72-3), the platform's remedies stay open."""
        docket.because(reason=reason)
        self.decision, self.decided_at = "referred", docket.at
        docket.notify("seller", self.store_id, "warehouse_case_referred", self, country=self.country, reason=reason)

    @rule(
        "A38E-3",
        source=[WarehouseState.DECLARED_LATE],
        by=MODERATOR,
        otherwise="A38E-3",
        conditions=[undecided],
        says=_("Decided: nothing follows: {reason}."),
    )
    def excuse(self, docket: Any, *, reason: str) -> None:
        """Late, and without consequence."""
        docket.because(reason=reason)
        self.decision, self.decided_at = "excused", docket.at

    def case_row(self, docket: Any) -> dict[str, Any] | None:
        """Its row of the moderators' worklists, when it was declared too late."""
        if self.state != WarehouseState.DECLARED_LATE:
            return None
        waits = not self.decision
        return {
            "store_id": self.store_id,
            "kind": "warehouse",
            "subject_id": self.id,
            "number": 0,
            "store_name": self.store.name,
            "party": self.country,
            "topic": "declared_late",
            "state": str(self.state),
            "lane": "compliance" if waits else "done",
            "open": waits,
            "value_minor": 0,
            "currency": "USD",
            "value_usd_minor": 0,
            "opened_at": self.declared_at,
            "due_at": None,
            "closed_at": self.decided_at,
        }


brings(Warehouse, store=Ref(Store, at="store_id", lock="update"))
