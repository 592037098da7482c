"""How objects look to their reader: fields, neighbours, what is inside, what is due, what he may do and what not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from rulebook.actions import offers, represent
from rulebook.actors import Actor
from rulebook.api.access import reaches
from rulebook.api.resources import Resource, resources
from rulebook.articles import label
from rulebook.clock import system
from rulebook.docket import Docket
from rulebook.docket.postgres import PostgresSource
from rulebook.ids import public_id


def reading_docket(actor: Actor) -> Docket:
    """A docket that only looks: nothing is locked, nothing is written."""
    source = PostgresSource()
    return Docket(source, actor, system, source.rulebook(system.now()))


def bring(docket: Docket, resource: Resource, ids: Sequence[UUID]) -> list[Any]:
    """The objects with all that their offers read, in the order asked for. One that vanished meanwhile is left out."""
    if ids:
        docket.source.bring(docket, resource.model, ids, lock=False)
    return [docket.held[identity] for identity in ids if identity in docket.held]


def show_all(resource: Resource, objects: Sequence[Any], actor: Actor, docket: Docket) -> list[dict[str, Any]]:
    """A page of objects; the number of statements does not depend on how many they are."""
    inside = {name: nest.children(objects, actor) for name, nest in resource.nests.items()}
    return [_show(resource, obj, actor, docket, inside) for obj in objects]


def show(obj: Any, actor: Actor, docket: Docket) -> dict[str, Any]:
    """One object, just read or just changed."""
    resource = resources().get(type(obj))
    return represent(obj) if resource is None else show_all(resource, [obj], actor, docket)[0]


def _show(
    resource: Resource, obj: Any, actor: Actor, docket: Docket, inside: Mapping[str, Mapping[UUID, Sequence[Any]]]
) -> dict[str, Any]:
    shown = represented(obj, actor)
    shown |= {name: own.value(obj, actor) for name, own in resource.own.items()}
    for name, children in inside.items():
        shown[name] = [represented(child, actor) for child in children.get(obj.id, ())]
    shown["deadlines"] = _deadlines(obj, docket)
    shown["actions"] = _actions(obj, actor, docket)
    return shown


def represented(obj: Any, actor: Actor) -> dict[str, Any]:
    """Public fields, as far as the reader may read them, and the ids of neighbours."""
    shown = represent(obj)
    resource = resources().get(type(obj))
    for name, (column, prefix) in (resource.links if resource else {}).items():
        identity = getattr(obj, column)
        shown[name] = None if identity is None else public_id(prefix, identity)
    if resource is not None and resource.veils is not None:
        shown |= resource.veils(obj, actor)
    return shown


def _deadlines(obj: Any, docket: Docket) -> list[dict[str, Any]]:
    rows = docket.waiting_for(obj)
    return [
        {"name": row.name, "due_at": row.due_at.isoformat(), "rule": row.rule, "rule_label": label(row.rule)}
        for row in sorted(rows, key=lambda row: (row.due_at, row.name))
    ]


def _actions(obj: Any, actor: Actor, docket: Docket) -> dict[str, Any]:
    found = [offer for offer in offers(obj, actor, docket) if reaches(actor, offer.action)]
    return {
        "open": [offer.action.verb for offer in found if offer.open],
        "closed": [
            {
                "verb": offer.action.verb,
                "rule": offer.rule,
                "rule_label": label(offer.rule),
                "sentence": offer.sentence,
                "not_before": offer.not_before.isoformat() if offer.not_before else None,
            }
            for offer in found
            if not offer.open
        ],
    }
