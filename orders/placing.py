"""Making an order out of listings: prices, promises and rates as they stand when it is placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from orders.models import Order, OrderLine
from orders.states import Scene
from rulebook.citations import formula
from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money, convert, has_rate
from rulebook.refusals import Invalid, Refused
from rulebook.rules import Rules
from stores.models import Listing, Store
from stores.models.delivery import CHARGES
from stores.states import Hall, SpecialKind


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order is placed for: an item's price by line, freight of the whole, handling and delivery promised, in days.

    They are the listings' offer; an import, whose orders were agreed elsewhere and long ago, brings its own.
    """

    prices_minor: Sequence[int]
    freight_minor: int
    handling_days: int
    promised_days: int


def draft_order(
    docket: Docket,
    wanted: Sequence[tuple[Listing, int]],
    *,
    buyer_id: Any,
    buyer_name: str,
    country: str,
    method: str | None,
    address: dict[str, Any] | None = None,
    external_id: str = "",
    remark: str = "",
    terms: Terms | None = None,
) -> Order:
    """An order of one store with its lines, on the docket and not yet placed. Nothing is judged but what an order needs to exist."""
    first = wanted[0][0]
    if any(listing.store_id != first.store_id or listing.currency != first.currency for listing, _quantity in wanted):
        raise Invalid({"lines": [_now("An order is for listings of one store, in one currency.")]})
    # the order goes one way: what a line would cost or take by another one is not asked
    chosen = method or _promise(first, None, country)["method"]
    promises = [_promise(listing, chosen, country) for listing, _quantity in wanted]
    rules = _rules_for(docket, first, country)
    if not has_rate(first.currency, rules.exchange.usd):
        said = _now("The rulebook has no rate for {currency}: limits and caps could not be reckoned.")
        raise Invalid({"lines": [said.format(currency=first.currency)]})
    terms = terms or _offered(wanted, promises, rules)
    order = make(
        Order,
        id=new_id(),
        store_id=first.store_id,
        buyer_id=buyer_id,
        buyer_name=buyer_name,
        country=country,
        address=address or {},
        external_id=external_id,
        currency=first.currency,
        goods_minor=sum(
            price * quantity for price, (_listing, quantity) in zip(terms.prices_minor, wanted, strict=True)
        ),
        freight_minor=terms.freight_minor,
        method=chosen,
        promised_days=terms.promised_days,
        handling_days=terms.handling_days,
        scene=_scene([listing for listing, _quantity in wanted], country),
        warehouse_country=_abroad(first.store, wanted),
        worry_free=all(promise.get("worry_free", False) for promise in promises),
        online=all(promise.get("online", True) for promise in promises),
        plus=all("plus" in listing.badges for listing, _quantity in wanted),
        returnable=all(listing.returnable for listing, _quantity in wanted),
        covered=_is_covered(first.store, wanted, rules),
        special=all(listing.special_kind != SpecialKind.NONE for listing, _quantity in wanted),
        charges=_charges(promises),
        remark=remark,
        flash_minutes=min(
            (listing.flash_sale_minutes for listing, _q in wanted if listing.flash_sale_minutes), default=None
        ),
        units=sum(quantity for _listing, quantity in wanted),
        placed_at=docket.at,
    )
    tie(order, store=first.store)
    order.lines, order.shipments, order.cancellations = [], [], []
    order.extensions, order.reviews, order.claims = [], [], []
    docket.add(order)
    for price, (listing, quantity) in zip(terms.prices_minor, wanted, strict=True):
        line = make(
            OrderLine,
            id=new_id(),
            store_id=order.store_id,
            order_id=order.id,
            listing_id=listing.id,
            title=listing.title,
            category=listing.category,
            quantity=quantity,
            price_minor=price,
            currency=listing.currency,
            commission_bps=_rules_for(docket, listing, country).commission.rate[listing.category],
        )
        tie(line, order=order, listing=listing)
        order.rate_weight += line.goods_minor * line.commission_bps
        docket.add(line, order.lines)
    return order


@formula("A47-1", "A47-2", "A45-3")
def _is_covered(store: Any, wanted: Sequence[tuple[Listing, int]], rules: Any) -> bool:
    """A47-1: the store is a member in good standing and every item is of a covered category, as of the day of the order."""
    return bool(
        rules.ppas.enabled
        and store.aftersale_cover
        and store.points < rules.ppas.max_trade_points
        and all(_category_in(listing.category, rules.ppas.categories) for listing, _quantity in wanted)
    )


def _category_in(category: str, categories: Sequence[str]) -> bool:
    return category in categories or category.split("/")[0] in categories


def _scene(listings: Sequence[Listing], country: str) -> Scene:
    """A39-3: of the order as a whole; goods that already lie in the buyer's country come before the hall that offers them."""
    if all(listing.local_warehouse == country for listing in listings):
        return Scene.LOCAL_WAREHOUSE
    return Scene.RU_HALL if all(listing.hall == Hall.RU for listing in listings) else Scene.NORMAL


def _abroad(store: Store, wanted: Sequence[tuple[Listing, int]]) -> str:
    """The country abroad that all of it ships from, if it does (A37-9); the seller's own is not abroad."""
    countries = {listing.local_warehouse for listing, _quantity in wanted}
    country = countries.pop() if len(countries) == 1 else ""
    return "" if country == store.country else country


def _charges(promises: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What the buyer was told beside the fee (A37-3): where items differ, the least favourable word holds."""
    rank = ("none", "included", "buyer")
    told = {}
    for name in CHARGES:
        words = [promise.get(name) or "included" for promise in promises]
        told[name] = max(words, key=lambda word: rank.index(word) if word in rank else len(rank))
    return told


def _rules_for(docket: Docket, listing: Listing, country: str) -> Rules:
    """Those in force for a line: an amendment may be for its category alone."""
    return docket.rulebook.at(docket.at, store=listing.store_id, category=listing.category, country=country)


def _offered(wanted: Sequence[tuple[Listing, int]], promises: Sequence[dict[str, Any]], rules: Rules) -> Terms:
    currency = wanted[0][0].currency
    fees = [Money.parse(promise.get("fee", f"0 {currency}")) for promise in promises]
    return Terms(
        prices_minor=[listing.price_minor for listing, _quantity in wanted],
        freight_minor=sum(convert(fee, currency, rules.exchange.usd).minor for fee in fees),
        handling_days=max(listing.handling_days or rules.order.stocking_days for listing, _quantity in wanted),
        promised_days=max(promise["days"] for promise in promises),
    )


def _promise(listing: Listing, method: str | None, country: str) -> dict[str, Any]:
    promise = listing.promise(method, country)
    if promise is None:
        raise Refused(
            "A37-3", _("{title} is not delivered to {country} that way."), title=listing.title, country=country
        )
    return promise
