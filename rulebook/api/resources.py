"""What may be read through the API: each app registers its kinds, who sees which rows, how they are sorted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.module_loading import autodiscover_modules

from rulebook.actors import MODERATOR, Actor
from rulebook.inputs import Choice, Input, Moment, Reference
from rulebook.models.base import Aggregate
from rulebook.models.journal import JournalEntry

Seen = Callable[[Actor], Q]
Finder = Callable[[Actor, Mapping[str, Any]], tuple[list[UUID], str | None]]
Veil = Callable[[Any, Actor], Mapping[str, Any]]
Children = Callable[[Sequence[Any], Actor], Mapping[UUID, Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter: how it is read, and the lookup that it becomes, or the condition where that depends on who asks."""

    spec: Input
    lookup: str | Callable[[Actor, Any], Q]


@dataclass(frozen=True, slots=True)
class Nest:
    """Objects shown inside another. `children` gets a page's objects; at most one statement for all of them."""

    model: type[Aggregate]
    children: Children


@dataclass(frozen=True, slots=True)
class Own:
    """A field whose value is the reader's own; reading it needs no statement. schema: of the API's description."""

    schema: Mapping[str, Any]
    value: Callable[[Any, Actor], Any]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A kind that can be read.

    seen: by kind of actor, the rows that he may see; other kinds may not read it at all. private: kinds of actors that
    see the rows, but not what happened to them. order: columns of an index, the last unique, all descending. narrowed:
    by kind of actor, the filters of which a list needs one, because no index serves the whole. links: public ids of
    neighbours, as name to (column, prefix). finds: the kind's own search, in place of lookups and order: from what was asked
    (`filters`, `limit`, `cursor`) to the ids of a page and the cursor of the page after it, nothing but what the actor sees. veils: fields
    of one object that this reader may not read, with what stands in their place.
    """

    model: type[Aggregate]
    collection: str
    about: str
    seen: Mapping[str, Seen]
    order: tuple[str, ...] = ("id",)
    private: frozenset[str] = frozenset()
    filters: Mapping[str, Filter] = field(default_factory=dict)
    narrowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    finds: Finder | None = None
    nests: Mapping[str, Nest] = field(default_factory=dict)
    own: Mapping[str, Own] = field(default_factory=dict)
    veils: Veil | None = None


_RESOURCES: dict[type[Aggregate], Resource] = {}
_HIDERS: list[Callable[[Actor, Sequence[JournalEntry]], set[UUID]]] = []
_KEPT_BACK: dict[str, frozenset[str]] = {}
_read: list[bool] = []


def register(resource: Resource) -> Resource:
    _RESOURCES[resource.model] = resource
    return resource


def hides(function: Callable[[Actor, Sequence[JournalEntry]], set[UUID]]) -> Any:
    """Register a function that names the journal entries which the actor may not read yet; at most one statement."""
    _HIDERS.append(function)
    return function


def hidden_from(actor: Actor, entries: Sequence[JournalEntry]) -> set[UUID]:
    return set().union(*(hider(actor, entries) for hider in _HIDERS))


def keeps_back(act: str, *names: str) -> None:
    """Register facts, or further rules, of an act's journal entry that nobody but moderators reads."""
    _KEPT_BACK[act] = frozenset(names)


def kept_back(actor: Actor, act: str) -> frozenset[str]:
    return frozenset() if actor.kind == MODERATOR else _KEPT_BACK.get(act, frozenset())


def resources() -> Mapping[type[Aggregate], Resource]:
    """All of them; the apps' `api` modules are read at the first call."""
    if not _read:
        autodiscover_modules("api")
        _read.append(True)
    return _RESOURCES


def collection_of(model: type[Aggregate]) -> str:
    """The word for its kind in addresses and scopes."""
    found = resources().get(model)
    return found.collection if found is not None else f"{model.KIND}s"


# ------------------------------------------------------------------ words of which resources are made


def everything(actor: Actor) -> Q:
    return Q()


def of_his_stores(column: str = "store_id") -> Seen:
    return lambda actor: Q(**{f"{column}__in": actor.stores})


def held(attribute: str) -> Children:
    """What came along with each object's bundle; no statement."""
    return lambda objects, actor: {obj.id: obj.__dict__.get(attribute) or () for obj in objects}


def by_state(model: Any) -> Filter:
    states = [code for code, _label in model._meta.get_field("state").flatchoices]
    return Filter(Choice(help="Its state.", options=states, default=None), "state")


def by_reference(prefix: str, lookup: str, help: str) -> Filter:
    return Filter(Reference(prefix=prefix, help=help, default=None), lookup)


def by_moments(column: str, word: str) -> dict[str, Filter]:
    """`…_from` (included) and `…_before` (not included)."""
    return {
        f"{word}_from": Filter(Moment(help="At or after this moment.", default=None), f"{column}__gte"),
        f"{word}_before": Filter(Moment(help="Before this moment.", default=None), f"{column}__lt"),
    }
