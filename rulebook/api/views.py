"""What all views of the API share, and the reading ones: lists, single objects, their journal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.views import APIView

from rulebook.actors import MODERATOR, Actor
from rulebook.api.access import insist_on_scope
from rulebook.api.pages import page_of, query_of
from rulebook.api.resources import Resource, hidden_from, kept_back
from rulebook.api.showing import bring, reading_docket, show_all
from rulebook.articles import label
from rulebook.ids import parse_id, public_id
from rulebook.models import JournalEntry
from rulebook.models.base import KINDS
from rulebook.refusals import Forbidden, Invalid, NotFound


class ApiView(APIView):
    """Sentences are written in the caller's zone; no answer is kept by anybody on the way."""

    @property
    def actor(self) -> Actor:
        caller: Any = self.request.user  # stores.api.authentication hands over a `Caller`
        actor: Actor = caller.actor
        return actor

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with timezone.override(None):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        timezone.activate(request.user.zone)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.setdefault("Cache-Control", "private, no-store")
        patch_vary_headers(response, ["Authorization", "Piepowder-Buyer"])
        return super().finalize_response(request, response, *args, **kwargs)


class ResourceView(ApiView):
    """Of one resource; what the caller may not see is not there."""

    resource: Resource

    def visible(self, *scopes: str) -> Any:
        resource, actor = self.resource, self.actor
        seen = resource.seen.get(actor.kind)
        if seen is None:
            raise Forbidden(
                _("A {kind} does not read {things} here.").format(kind=actor.kind, things=resource.collection)
            )
        insist_on_scope(actor, resource.collection, *scopes)
        return resource.model.objects.filter(seen(actor))  # type: ignore[attr-defined]

    def identity(self, given: str, *scopes: str) -> UUID:
        """The id of an object that the caller may see. NotFound for a stranger's as for none."""
        model = self.resource.model
        try:
            identity = parse_id(given, model.PREFIX)
        except ValueError:
            identity = None
        if identity is None or not self.visible(*scopes).filter(pk=identity).exists():
            raise NotFound(_("There is no {kind} with this id.").format(kind=model.KIND))
        return identity


class ListView(ResourceView):
    """GET: a page, newest first."""

    def get(self, request: Any) -> Response:
        resource = self.resource
        rows = self.visible()
        wanted = query_of(request, {name: found.spec for name, found in resource.filters.items()})
        self._narrowed(wanted)
        if resource.finds is not None:
            ids, following = resource.finds(self.actor, wanted)
        else:
            ids, following = self._looked_up(rows, wanted)
        docket = reading_docket(self.actor)
        objects = bring(docket, resource, ids)
        return Response({"results": show_all(resource, objects, self.actor, docket), "next_cursor": following})

    def _looked_up(self, rows: Any, wanted: dict[str, Any]) -> tuple[list[UUID], str | None]:
        resource = self.resource
        for name, found in resource.filters.items():
            if wanted[name] is not None:
                by = found.lookup
                rows = rows.filter(by(self.actor, wanted[name]) if callable(by) else Q(**{by: wanted[name]}))
        page, following = page_of(rows, resource.order, wanted["cursor"], wanted["limit"])
        return [row[-1] for row in page], following

    def _narrowed(self, wanted: dict[str, Any]) -> None:
        needed = self.resource.narrowed.get(self.actor.kind, ())
        if needed and all(wanted[name] is None for name in needed):
            raise Invalid({name: [_("Say one of: {names}.").format(names=", ".join(needed))] for name in needed})


class DetailView(ResourceView):
    """GET: one object."""

    def get(self, request: Any, public_id: str) -> Response:
        identity = self.identity(public_id)
        query_of(request, {})
        docket = reading_docket(self.actor)
        objects = bring(docket, self.resource, [identity])
        if not objects:
            raise NotFound(_("There is no {kind} with this id.").format(kind=self.resource.model.KIND))
        shown = show_all(self.resource, objects, self.actor, docket)[0]
        return Response(shown, headers={"ETag": f'"{shown["version"]}"'})


class JournalView(ResourceView):
    """GET: everything that happened to the object, newest first; for an order also to what belongs to it."""

    def get(self, request: Any, public_id: str) -> Response:
        identity = self.identity(public_id, "journal")
        if self.actor.kind in self.resource.private:
            raise Forbidden(_("A {kind} does not read this journal.").format(kind=self.actor.kind))
        wanted = query_of(request, {})
        column = "root_id" if self.resource.model.ROOT is None else "subject_id"
        page, following = page_of(
            JournalEntry.objects.filter(**{column: identity}), ("number", "id"), wanted["cursor"], wanted["limit"]
        )
        found = {entry.id: entry for entry in JournalEntry.objects.filter(id__in=[row[-1] for row in page])}
        entries = [found[row[-1]] for row in page]
        hidden = hidden_from(self.actor, entries)
        shown = [entry_shown(entry, self.actor) for entry in entries if entry.id not in hidden]
        return Response({"results": shown, "next_cursor": following})


def entry_shown(entry: JournalEntry, reader: Actor) -> dict[str, Any]:
    """An entry as its reader may see it: which of the platform's people decided is the platform's own knowledge."""
    named = entry.actor_kind != MODERATOR or reader.kind == MODERATOR
    kept = kept_back(reader, entry.act)
    return {
        "number": entry.number,
        "at": entry.effective_at.isoformat(),
        "recorded_at": entry.recorded_at.isoformat(),
        "subject": {"kind": entry.subject_kind, "id": public_id(KINDS[entry.subject_kind].PREFIX, entry.subject_id)},
        "act": entry.act,
        "from_state": entry.from_state or None,
        "to_state": entry.to_state or None,
        "sentence": entry.sentence(),
        "rule": entry.rule,
        "rule_label": label(entry.rule),
        "rules": [rule for rule in entry.rules if rule not in kept],
        "parameters": entry.parameters,
        "facts": {name: value for name, value in entry.facts.items() if name not in kept},
        "reason": entry.reason,
        "actor": {"kind": entry.actor_kind, "name": entry.actor_name if named else ""},
        "hash": entry.hash,
        "previous_hash": entry.previous_hash,
    }
