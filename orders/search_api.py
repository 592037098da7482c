"""`GET /orders`: the search and the filters of `orders.queries` as the API takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _later

from orders.queries import DUE, NEWEST, Filters, Page, Place, Scope, find_orders, of_stores
from rulebook.actors import BUYER, MODERATOR, Actor
from rulebook.api.resources import Filter, by_moments, by_reference
from rulebook.clock import now
from rulebook.inputs import Amount, Choice, Flag, Text
from rulebook.refusals import Invalid


def _scope(actor: Actor) -> Scope:
    """What `orders.api.ORDERS` lets the actor see, for the search."""
    if actor.kind == MODERATOR:
        return Scope()
    if actor.kind == BUYER:
        assert actor.id is not None, "a scope without a buyer is everybody's"
        return Scope(buyer=actor.id)
    return of_stores(frozenset(actor.stores))


def find(actor: Actor, wanted: Mapping[str, Any]) -> tuple[list[UUID], str | None]:
    """A page of orders. A search may end a page early, where it has looked far enough: the cursor goes on from there."""
    after = Place.read(wanted["cursor"])
    if wanted["cursor"] and after is None:
        raise Invalid({"cursor": [_("This is no cursor of this list. Begin with the first page.")]})
    sort = wanted["sort"] or NEWEST
    found = find_orders(
        _scope(actor),
        wanted["search"] or "",
        _filters(wanted),
        sort=sort,
        page=Page(after=after, limit=wanted["limit"]),
    )
    return [row.id for row in found.rows], str(found.older) if found.older is not None else None


def _filters(wanted: Mapping[str, Any]) -> Filters:
    given = {field.name: wanted[field.name] for field in fields(Filters) if wanted.get(field.name) not in (None, "")}
    least, most = wanted["total_from"], wanted["total_to"]
    if least is not None and most is not None and least.currency != most.currency:
        raise Invalid({"total_to": [_("Send both amounts in one currency.")]})
    for name, amount in (("least_minor", least), ("most_minor", most)):
        if amount is not None:
            given |= {name: amount.minor, "currency": amount.currency}
    if wanted["overdue"]:
        given["due_before"] = now() + timedelta(microseconds=1)
    return Filters(**given)


def _flag(help: str) -> Filter:
    return Filter(Flag(help=help, default=None), "")


def _reference(prefix: str, help: str) -> Filter:
    return by_reference(prefix, "", help)


SEARCH = {
    "search": Filter(
        Text(
            help=_later(
                "A whole code (any id, the store's number, the storefront's, a waybill, the buyer's reference), or words "
                "of the buyer's name and the items, the last of which may be a beginning."
            ),
            longest=120,
            default=None,
        ),
        "",
    ),
    "sort": Filter(
        Choice(
            help=_later("By the moment of placing, or, of what is to be shipped, what is due first."),
            options=[NEWEST, DUE],
            default=None,
        ),
        "",
    ),
    **by_moments("", "placed"),
    **by_moments("", "paid"),
    **by_moments("", "shipped"),
    **by_moments("", "due"),
    "overdue": _flag(_later("Its handling period is over.")),
    "dispute": _flag(_later("A dispute is open.")),
    "cancellation": _flag(_later("A request to cancel is open.")),
    "unread": _flag(_later("The store has not read the buyer's last message.")),
    "country": Filter(Text(help=_later("Where it goes: two letters."), longest=2, default=None), ""),
    "method": Filter(Text(help=_later("Its delivery method."), longest=12, default=None), ""),
    "total_from": Filter(Amount(help=_later("Its total is at least this; of this currency."), default=None), ""),
    "total_to": Filter(Amount(help=_later("Its total is at most this; of this currency."), default=None), ""),
    "item": _reference("lst", _later("It has this listing.")),
}
"""Read by `find` as fields of `orders.queries.Filters`; none is a lookup."""
