"""Doing something: a route for every registered action, and one for every kind that an action makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.response import Response

from rulebook.actions import Action, actions, perform
from rulebook.actors import BANK, BUYER, CARRIER, MODERATOR, SELLER
from rulebook.api.access import insist_on_scope, reaches
from rulebook.api.reading import FilesParser, FormParser, JsonParser, body_of, idempotency_key, wanted_version
from rulebook.api.resources import collection_of
from rulebook.api.showing import show
from rulebook.api.views import ApiView
from rulebook.ids import public_id as public
from rulebook.inputs import Codes, Reference, Upload, Uploads, clean
from rulebook.refusals import Forbidden

CALLERS = (BUYER, SELLER, MODERATOR, CARRIER, BANK)

Acts = dict[str, Action]
"""By kind of actor: who calls decides which of them is meant."""


def takes_files(acts: Mapping[str, Action]) -> bool:
    return any(isinstance(spec, Upload | Uploads) for act in acts.values() for spec in act.inputs.values())


def _several(act: Action) -> frozenset[str]:
    """Inputs that a form may send more than once."""
    return frozenset(name for name, spec in act.inputs.items() if isinstance(spec, Uploads | Codes))


class ActView(ApiView):
    """POST: take the action that the caller's kind has under this name."""

    acts: Acts
    parser_classes = (JsonParser,)

    def post(self, request: Any, public_id: str | None = None) -> Response:
        act = self._act()
        inputs = body_of(request, _several(act))
        self._no_stray_form(act)
        return self._answer(act, public_id, inputs)

    def _act(self) -> Action:
        actor = self.actor
        act = self.acts.get(actor.kind)
        if act is None:
            raise Forbidden(
                _("This is for: {kinds}. Your key speaks for a {kind}.").format(
                    kinds=", ".join(self.acts), kind=actor.kind
                )
            )
        if not reaches(actor, act):
            insist_on_scope(actor, act.name, *(collection_of(model) for model in (act.on, act.creates) if model))
        return act

    def _no_stray_form(self, act: Action) -> None:
        """Another kind of actor may take a file under the same name."""
        form = (self.request.content_type or "").startswith("multipart/")
        if form and not takes_files({act.actor: act}):
            raise UnsupportedMediaType(self.request.content_type)

    def _answer(self, act: Action, on: Any, inputs: dict[str, Any]) -> Response:
        actor, request = self.actor, self.request
        done = perform(
            act.name,
            actor=actor,
            on=on,
            inputs=inputs,
            key=idempotency_key(request),
            version=wanted_version(request),
            present=lambda obj, docket: show(obj, actor, docket),
        )
        headers = {"ETag": f'"{done.answer["version"]}"'}
        if done.replayed:
            headers["Idempotent-Replayed"] = "true"
        made = act.creates is not None and (done.answer.get("kind") == act.creates.KIND)
        if made and act.creates is not None:
            headers["Location"] = f"/api/v1/{collection_of(act.creates)}/{done.answer['id']}"
        return Response(done.answer, status=201 if made else 200, headers=headers)


class CreateView(ActView):
    """POST to a collection: the object acted on is named in the body, under the word for its kind."""

    def post(self, request: Any, public_id: str | None = None) -> Response:
        act = self._act()
        inputs = body_of(request, _several(act))
        self._no_stray_form(act)
        on = self._named(act, inputs) if act.on is not None else None
        return self._answer(act, on, inputs)

    def _named(self, act: Action, inputs: dict[str, Any]) -> Any:
        assert act.on is not None
        word, stores = act.on.KIND, self.actor.stores
        named = inputs.pop(word, None)
        if named is None and word == "store" and len(stores) == 1:
            return public(act.on.PREFIX, next(iter(stores)))
        return clean({word: Reference(prefix=act.on.PREFIX)}, {} if named is None else {word: named})[word]


def routes() -> dict[str, type[ActView]]:
    """Address pattern below the version to its view. What an action is called is what its address ends with."""
    by_verb: dict[str, Acts] = defaultdict(dict)
    makers: dict[tuple[str, str], list[Action]] = defaultdict(list)
    for act in actions().values():
        if act.actor not in CALLERS:
            continue
        if act.on is not None:
            by_verb[f"{collection_of(act.on)}/<str:public_id>/{act.verb}"][act.actor] = act
        elif act.creates is None:
            by_verb[f"acts/{act.verb}"][act.actor] = act
        if act.creates is not None and not act.stands_for:
            makers[collection_of(act.creates), act.actor].append(act)
    views = {pattern: _view(ActView, acts) for pattern, acts in by_verb.items()}
    views.update({collection: _view(CreateView, acts) for collection, acts in _natural(makers).items()})
    return views


def _natural(makers: Mapping[tuple[str, str], list[Action]]) -> dict[str, Acts]:
    """Who can make a thing in two ways takes the primary one here; where there is none, he says which by the action's own
    address."""
    found: dict[str, Acts] = defaultdict(dict)
    for (collection, kind), all_ways in makers.items():
        ways = all_ways if len(all_ways) == 1 else [act for act in all_ways if act.primary]
        if len(ways) == 1:
            found[collection][kind] = ways[0]
    return found


def _view(base: type[ActView], acts: Acts) -> type[ActView]:
    one, several = (
        takes_files(acts),
        any(isinstance(spec, Uploads) for act in acts.values() for spec in act.inputs.values()),
    )
    parsers = (JsonParser, FilesParser) if several else (JsonParser, FormParser) if one else (JsonParser,)
    return type(base.__name__, (base,), {"acts": acts, "parser_classes": parsers, "__doc__": base.__doc__})
