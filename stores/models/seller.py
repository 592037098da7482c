"""Sellers: the companies and sole traders behind the stores."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from django_fsm import FSMField

from rulebook.models import Aggregate
from rulebook.rule import rule
from stores.states import SellerState


class Seller(Aggregate):
    """One legal subject (A14); it may have several stores."""

    KIND, PREFIX = "seller", "sel"
    PUBLIC = ("state", "name", "type", "country", "email", "registration_number", "registered_at")
    State = SellerState

    state = FSMField(choices=State.choices, default=State.REGISTERED, protected=True)
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=24, default="company")
    country = models.CharField(max_length=2, default="CN")
    email = models.EmailField(blank=True)
    registration_number = models.CharField(max_length=60, blank=True)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="seller_state_known", condition=Q(state__in=SellerState.values))]
        indexes = [models.Index(name="seller_by_registration", fields=["registration_number"])]

    def __str__(self) -> str:
        return self.name

    def may_be_seen_by_buyer(self, actor: Any) -> bool:
        return False

    @rule(
        "A50-5",
        source=[SellerState.VERIFIED, SellerState.SUSPENDED, SellerState.REGISTERED, SellerState.SUBMITTED],
        target=SellerState.CLOSED,
        deadline="account_closed",
        says=_("Closed with the account of its store."),
    )
    def close(self, docket: Any) -> None:
        """A serious violation ended the account; the seller may not come back (A13-1)."""

    @rule(
        "V-22",
        source=SellerState.CLOSED,
        target=SellerState.VERIFIED,
        deadline="account_reopened",
        says=_("Open again with the account of its store."),
    )
    def reopen(self, docket: Any) -> None:
        """The penalty that closed it was overturned."""

    @rule("A14-1", source=list(SellerState.values), creates=True, says=_("Entered as {type} of {country}."))
    def enrol(self, docket: Any) -> None:
        """The system gives the seller its member id."""
        docket.because(type=self.type, country=self.country)
