"""Delivery templates: what a store promises and charges for delivery, by country and method (A37-3)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from rulebook.citations import formula
from rulebook.docket import Ref, brings
from rulebook.models import Aggregate
from rulebook.refusals import Refused
from rulebook.rule import SELLER, rule
from stores.models.store import Store
from stores.states import TemplateState

CHARGES = ("carrier_charges", "duties", "vat")
"""What must be told beside the fee: paid by the seller (``included``), by the buyer on arrival, or none at all."""


class DeliveryTemplate(Aggregate):
    """Named promises that many listings share. `entries`: list of {method, country, days, fee, worry_free, online,
    carrier_charges, duties, vat}."""

    KIND, PREFIX = "delivery_template", "dlt"
    PUBLIC = ("state", "name", "entries", "made_at")
    State = TemplateState

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="delivery_templates", db_index=False)
    state = FSMField(choices=State.choices, default=State.IN_USE, protected=True)
    name = models.CharField(max_length=80)
    entries = models.JSONField(default=list)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="template_state_known", condition=Q(state__in=TemplateState.values)),
            models.UniqueConstraint(name="template_name_once_per_store", fields=["store", "name"]),
            models.UniqueConstraint(name="template_of_its_store", fields=["store", "id"]),
        ]

    def __str__(self) -> str:
        return self.name

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return False

    @rule(
        "A37-3",
        source=list(TemplateState.values),
        by=SELLER,
        creates=True,
        also=["AS-1"],
        says=_("Written with {count} promises."),
    )
    def write(self, docket: Any) -> None:
        """What buyers are told before they order: fee, the carrier's further charges, duties and VAT, and the time."""
        docket.because(count=len(self.entries))
        self._judge(docket)

    @rule(
        "A37-3",
        source=TemplateState.IN_USE,
        by=SELLER,
        otherwise="A37-3",
        also=["AS-1"],
        says=_("Changed to {count} promises."),
    )
    def change(self, docket: Any, *, entries: list[dict[str, Any]]) -> None:
        """From now on; orders that were placed keep what they were promised (PLUS-20)."""
        self.entries = entries
        docket.because(count=len(entries))
        self._judge(docket)

    @rule("A37-3", source=TemplateState.IN_USE, target=TemplateState.RETIRED, by=SELLER, otherwise="A37-3")
    def retire(self, docket: Any) -> None:
        """No listing takes it any more; those that use it keep it."""

    def _judge(self, docket: Any) -> None:
        """AS-1: the seller sets the times, up to the longest that may be promised; A37-3: every charge is told."""
        docket.also_under("AS-1")
        longest = docket.rules_for(self).delivery.max_promise_days
        for entry in self.entries:
            most = longest[entry["country"]]
            if entry["days"] > most:
                raise Refused(
                    "A35-1",
                    _("{days} days to {country} are promised; {most} are the most."),
                    days=entry["days"],
                    country=entry["country"],
                    most=most,
                )
            untold = [name for name in CHARGES if not entry.get(name)]
            if untold:
                raise Refused(
                    "A37-3",
                    _("Delivery to {country} by {method} does not say: {untold}."),
                    country=entry["country"],
                    method=entry["method"],
                    untold=", ".join(untold),
                )


@formula("AS-2")
def example_promises(rules: Any) -> list[tuple[str, str, int]]:
    """AS-2: times that a seller may start from, by method and country; his own ability decides (AS-1)."""
    table = rules.delivery.promise
    return sorted((method, country, int(table[method, country])) for method, country in table)


brings(DeliveryTemplate, store=Ref(Store, at="store_id"))
