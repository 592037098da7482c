"""Sellers, stores, listings and people of stories."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import TextChoices

from rulebook.actors import BUYER, MODERATOR, PLATFORM_ROLES, SELLER, STAFF_ROLES, SYSTEM, Actor
from rulebook.clock import parse_duration
from rulebook.ids import new_id
from rulebook.models.base import make
from rulebook.money import Money
from rulebook.scenarios.grammar import nearest
from rulebook.scenarios.stage import DAILY, Stage, by_default, given, reads_of
from stores.dailies import judge_badges, wrong_badges
from stores.enrolment import enrol_listing, enrol_seller, enrol_store, promise_of
from stores.indicators import figures, indicators
from stores.models import Buyer, Seller, Store
from stores.states import METHODS, Guarantee, Hall, ListingState, SellerState, StoreState

by_default("seller.declare_warehouse", established=lambda stage: stage.clock.now() - timedelta(days=1))


@cache
def _codes(choices: type[TextChoices]) -> tuple[str, ...]:
    return tuple(choices.values)


def _one_of(value: Any, choices: Any, what: str) -> str:
    code = str(value).lower()
    choices = _codes(choices) if isinstance(choices, type) else choices
    if code not in choices:
        raise ValueError(f"{what} is one of {', '.join(choices)}; not {value!r}")
    return code


@given("rates", default={}, fields="")
def rates(stage: Stage, currency: str, rate: Any) -> None:
    """Units of a currency for one USD."""
    overrides = dict(stage.overrides)
    overrides["exchange.usd"] = {**(overrides.get("exchange.usd") or {}), str(currency).upper(): str(rate)}
    stage.overrides = overrides
    stage.amend()


@given("sellers", default={"seller": {}}, fields="type country state registered email registration_number")
def seller(stage: Stage, name: str, fields: dict[str, Any]) -> None:
    registered = stage.start + parse_duration(fields.get("registered", "-400d"))
    with stage.docket(at=registered) as docket:
        found = enrol_seller(
            docket,
            name=name,
            registered_at=registered,
            type=str(fields.get("type", "company")),
            country=str(fields.get("country", "CN")).upper(),
            state=_one_of(fields.get("state", "verified"), SellerState, "a seller's state"),
            email=str(fields.get("email") or ""),
            registration_number=str(fields.get("registration_number") or ""),
        )
    stage.name("seller", found.id, name)
    stage.actors[SELLER][name] = Actor(kind=SELLER, id=found.id, name=name, roles=frozenset({"owner"}), door="scenario")


STORE_FIELDS = (
    "seller state plan categories opened deposit guarantee early_release plus aftersale_cover items_sold staff"
)


@given("stores", default={"shop": {}}, fields=STORE_FIELDS)
def store(stage: Stage, name: str, fields: dict[str, Any]) -> None:
    opened = stage.start + parse_duration(fields.get("opened", "-400d"))
    owner = str(fields.get("seller") or next(iter(stage.made["seller"])))
    categories = [str(category) for category in fields.get("categories", ["home-garden"])]
    guarantee = str(fields.get("guarantee", "none")).lower()
    deposit = fields.get("deposit", "full") if guarantee == "none" else fields["guarantee"]
    with stage.docket(at=min(opened, stage.start)) as docket:
        seller_row = docket.lock(Seller, stage.identity(owner, "seller"))
        found = enrol_store(
            docket,
            seller_row,
            name=name,
            categories=categories,
            opened_at=opened,
            plan=str(fields.get("plan", "standard")),
            state=_one_of(fields.get("state", "open"), StoreState, "a store's state"),
            deposit=None if str(deposit).lower() in ("full", "true") else Money.parse(deposit),
            guarantee=Guarantee.NONE if guarantee == "none" else Guarantee.BANK,
            early_release=fields.get("early_release", False) is True,
            plus=fields.get("plus", False) is True,
            aftersale_cover=fields.get("aftersale_cover", False) is True,
            items_sold=int(fields.get("items_sold", 1000)),
        )
    stage.stores.add(found.id)
    stage.name("store", found.id, name)
    _may_act_for(stage, owner, found)
    for person, role in (fields.get("staff") or {}).items():
        _one_of(role, STAFF_ROLES, "a role")
        stage.actors[SELLER][str(person)] = Actor(
            kind=SELLER,
            id=new_id(),
            name=str(person),
            roles=frozenset({str(role)}),
            stores=frozenset({found.id}),
            door="scenario",
        )


def _may_act_for(stage: Stage, owner: str, found: Store) -> None:
    before = stage.actors[SELLER][owner]
    stage.actors[SELLER][owner] = Actor(
        kind=SELLER,
        id=before.id,
        name=before.name,
        roles=before.roles,
        stores=before.stores | {found.id},
        door="scenario",
    )


LISTING_FIELDS = (
    "store state title category price stock handling delivery brand flash_sale local_warehouse hall published attributes "
    "special_kind returnable"
)


PROMISE_FIELDS = tuple(promise_of({}, "USD"))


@given("listings", default={"item": {}}, fields=LISTING_FIELDS)
def listing(stage: Stage, name: str, fields: dict[str, Any]) -> None:
    published = stage.start + parse_duration(fields.get("published", "-100d"))
    of_store = stage.identity(str(fields.get("store") or next(iter(stage.made["store"]))), "store")
    flash = fields.get("flash_sale")
    with stage.docket(at=min(published, stage.start)) as docket:
        found = enrol_listing(
            docket,
            docket.lock(Store, of_store),
            title=str(fields.get("title", name)),
            price=Money.parse(fields.get("price", "100.00 USD")),
            category=str(fields["category"]) if fields.get("category") else None,
            state=_one_of(fields.get("state", "live"), ListingState, "a listing's state"),
            stock=int(fields.get("stock", 1000)),
            handling_days=parse_duration(fields.get("handling", "7d")).days,
            delivery=[_promised(entry) for entry in fields.get("delivery") or [{}]],
            brand=str(fields.get("brand") or ""),
            attributes=dict(fields.get("attributes") or {}),
            special_kind=str(fields.get("special_kind") or "none"),
            returnable=fields.get("returnable", True) is not False,
            local_warehouse=str(fields.get("local_warehouse") or "").upper(),
            hall=_one_of(fields.get("hall") or "none", Hall, "a listing's hall"),
            flash_sale_minutes=None if flash is None else max(1, parse_duration(flash) // timedelta(minutes=1)),
            published_at=published,
        )
    stage.name("listing", found.id, name)


def _promised(entry: dict[str, Any]) -> dict[str, Any]:
    """One entry of a listing's delivery; its codes compare without case, as all do."""
    for field in entry:
        if field not in PROMISE_FIELDS:
            raise ValueError(f"delivery has no field {field!r}{nearest(field, PROMISE_FIELDS)}")
    written = dict(entry)
    if "method" in written:
        written["method"] = _one_of(written["method"], METHODS, "a method of delivery")
    if "country" in written:
        written["country"] = str(written["country"]).upper()
    return written


@given("buyers", default={"buyer": {}}, fields="country")
def buyer(stage: Stage, name: str, fields: dict[str, Any]) -> None:
    front = stage.__dict__.setdefault("storefront", new_id())
    country = str(fields.get("country", "US")).upper()
    found = make(Buyer, id=new_id(), storefront_id=front, reference=name, name=name, country=country)
    with stage.docket() as docket:
        docket.add(found)
    stage.actors[BUYER][name] = Actor(
        kind=BUYER,
        id=found.id,
        name=name,
        roles=frozenset({"buyer"}),
        storefront=front,
        country=found.country,
        door="scenario",
    )


@given("moderators", default={"moderator": {}, "second": {}}, fields="roles")
def moderator(stage: Stage, name: str, fields: dict[str, Any]) -> None:
    roles = [str(role) for role in fields.get("roles", ["all"])]
    for role in roles:
        _one_of(role, ("all", *PLATFORM_ROLES), "a moderator's role")
    stage.actors[MODERATOR][name] = Actor(
        kind=MODERATOR, id=new_id(), name=name, roles=frozenset(roles), door="scenario"
    )


@reads_of("store", "restrictions")
def restrictions(stage: Stage, path: list[str], expected: Any) -> Any:
    return list(stage.look("store", stage.identity(path[0]))[0].shown_restrictions)


@reads_of("store", "metric")
def metric(stage: Stage, path: list[str], expected: Any) -> Any:
    """``STORE.metric.NAME``, as of the check."""
    known = {**indicators(), "points": None, "points_ip": None, "points_quality": None}
    if len(path) != 2 or path[1] not in known:
        raise KeyError(f"there is no metric {'.'.join(path[1:])!r}{nearest('.'.join(path[1:]), known)}")
    store = stage.look("store", stage.identity(path[0]))[0]
    if path[1].startswith("points"):
        return getattr(store, path[1])
    rules = stage.rulebook.at(stage.clock.now(), store=store.id, category=store.category)
    return figures(stage.source(), store, stage.clock.now(), rules, [path[1]])[path[1]].value


@reads_of("penalty", "kind")
def sanction(stage: Stage, path: list[str], expected: Any) -> Any:
    """As stories propose it; the API calls every object's own kind so, and this field the sanction."""
    return stage.look("penalty", stage.identity(path[0]))[0].kind_code


def judge_badges_on_stage(stage: Stage, moment: datetime) -> None:
    """PLUS-21, each midnight, for the story's stores, once one of them has an order whose promise ended."""
    if stage.memory is not None and not stage.memory.has_counted("promise_due"):
        return
    stores = stage.find(Store, id__in=stage.stores)
    if wrong_badges(stage.source(), stage.rulebook, stores, moment):
        with stage.docket(SYSTEM, at=moment) as docket:
            judge_badges(docket, stores, moment)


DAILY.append(judge_badges_on_stage)
