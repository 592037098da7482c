"""The operations of the API's description: what can be asked at which address, by whom, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from rulebook.actions import Action
from rulebook.actors import BUYER
from rulebook.api.pages import PAGING
from rulebook.api.problems import MEDIA_TYPE
from rulebook.api.resources import Resource
from rulebook.api.schema import (
    TEXT,
    Schema,
    component,
    form_of,
    id_schema,
    inputs_schema,
    list_of,
    object_of,
    object_schema,
    ref,
    title_of,
)
from rulebook.inputs import Input, Reference, Upload, Uploads, Whole


def _header(name: str, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, TEXT, OpenApiParameter.HEADER, description=text)


def buyer_headers() -> list[OpenApiParameter]:
    return [
        _header(
            "Piepowder-Buyer", _("With a storefront's key: the storefront's own reference of the buyer it acts for.")
        ),
        _header("Piepowder-Buyer-Name", _("The buyer's name, recorded at the first mention.")),
        _header("Piepowder-Buyer-Country", _("Two letters; where orders go unless they say otherwise.")),
    ]


def id_parameter(prefix: str) -> OpenApiParameter:
    return OpenApiParameter("public_id", id_schema(prefix), OpenApiParameter.PATH, required=True)


def query_parameters(fields: Mapping[str, Input]) -> list[OpenApiParameter]:
    found = []
    for name, spec in fields.items():
        schema = form_of(spec, False)
        if isinstance(spec, Whole) and isinstance(spec.default, int):
            schema["default"] = spec.default
        found.append(
            OpenApiParameter(
                name, schema, OpenApiParameter.QUERY, required=spec.required, description=_(str(spec.help))
            )
        )
    return found


def problems(*statuses: int) -> dict[Any, Any]:
    """One answer for all that is not done; its description tells which statuses there are."""
    texts = {
        400: _("The request cannot be read."),
        401: _("No key, or none that is good."),
        403: _("The key may not do this."),
        404: _("There is no such object, or it is somebody else's."),
        409: _("A rule stands in the way (`refused`), or the same key is being worked on (`busy`)."),
        412: _("The object was changed since the version in If-Match."),
        413: _("Too large."),
        415: _("Not this media type."),
        416: _("The file has no such part."),
        422: _("The inputs do not make sense (`errors` by input)."),
        429: _("Too many requests."),
    }
    lines = [f"- `{status}` {texts[status]}" for status in statuses]
    return {("4XX", MEDIA_TYPE): OpenApiResponse(ref("Problem"), description="\n".join(lines))}


def describe_view(
    view: Any, *, operation: str, tag: str, summary: str, text: str = "", answer: Schema, **more: Any
) -> Any:
    """Describe a GET. more: `parameters`, `statuses`, `media`."""
    statuses = more.get("statuses", (401, 403, 404, 422, 429))
    media = more.get("media", "application/json")
    said = extend_schema(
        operation_id=operation,
        tags=[tag],
        summary=summary,
        description=text or summary,
        parameters=[*more.get("parameters", ()), *buyer_headers()],
        responses={(200, media): OpenApiResponse(answer, description=_("Found.")), **problems(*statuses)},
    )
    view.get = said(_own(view, "get"))
    return view


def _own(view: Any, method: str) -> Any:
    """The inherited method as a function of this view's own, so that its description is."""
    inherited = getattr(view, method)

    def call(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        return inherited(self, request, *args, **kwargs)

    call.__doc__ = inherited.__doc__
    return call


def page_schema(items: Schema) -> Schema:
    return object_of(
        results=list_of(items), next_cursor={"type": ["string", "null"], "description": _("None on the last page.")}
    )


def describe_resource(resource: Resource, list_view: Any, detail_view: Any, journal_view: Any) -> None:
    """The three reading operations of a kind."""
    word, tag, model = title_of(resource.model.KIND), resource.collection, resource.model
    whole = component(word, object_schema(model))
    kind = model.KIND.replace("_", " ")
    filters = query_parameters({name: found.spec for name, found in resource.filters.items()})
    describe_view(
        list_view,
        operation=f"{tag}_list",
        tag=tag,
        summary=_("List {things}").format(things=tag.replace("_", " ")),
        text=_(resource.about) + _narrowing(resource),
        parameters=[*filters, *query_parameters(PAGING)],
        statuses=(401, 403, 422, 429),
        answer=component(title_of(tag, "page"), page_schema(whole)),
    )
    describe_view(
        detail_view,
        operation=f"{tag}_get",
        tag=tag,
        summary=_("Get one {kind}").format(kind=kind),
        answer=whole,
        parameters=[id_parameter(model.PREFIX)],
    )
    describe_view(
        journal_view,
        operation=f"{tag}_journal",
        tag=tag,
        summary=_("Read the journal of one {kind}").format(kind=kind),
        text=_("Everything that happened, newest first, each with its reason and rule."),
        parameters=[id_parameter(model.PREFIX), *query_parameters(PAGING)],
        answer=component("EntriesPage", page_schema(ref("Entry"))),
    )


def _narrowing(resource: Resource) -> str:
    lines = [
        _("A {kind} says one of: {names}.").format(kind=kind, names=", ".join(f"`{name}`" for name in needed))
        for kind, needed in resource.narrowed.items()
    ]
    return " ".join(["", *lines])


def describe_act(view: Any, pattern: str, *, creating: bool) -> None:
    """The operation of one action, or of the few that share its address."""
    acts: Mapping[str, Action] = view.acts
    first = next(iter(acts.values()))
    made = first.creates or first.on
    tag, _sign, verb = pattern.partition("/")
    name = f"{tag}_create" if creating else f"{tag}_{verb.rpartition('/')[2]}"
    answer = component(title_of(made.KIND), object_schema(made)) if made is not None else {}
    said = extend_schema(
        operation_id=name,
        tags=[tag],
        summary=_(first.label),
        description=_about(acts),
        parameters=_act_parameters(acts, first, creating),
        request=_bodies(view, name, creating),
        responses={
            (200 if first.creates is None else 201): OpenApiResponse(
                answer, description=_("Done; the object as it stands now.")
            ),
            **problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 429),
        },
    )
    view.post = said(_own(view, "post"))


def _about(acts: Mapping[str, Action]) -> str:
    return "\n\n".join(f"`{act.name}`: {_(act.doc)}" for act in acts.values())


def _act_parameters(acts: Mapping[str, Action], first: Action, creating: bool) -> list[OpenApiParameter]:
    said = [
        _header(
            "Idempotency-Key",
            _("Repeated with the same inputs, the first answer is given again; nothing is done twice."),
        ),
        *(
            []
            if first.on is None
            else [_header("If-Match", _("The version you saw; another one by now is answered with 412."))]
        ),
        *(buyer_headers() if BUYER in acts else []),
    ]
    return said if creating or first.on is None else [id_parameter(first.on.PREFIX), *said]


def _bodies(view: Any, name: str, creating: bool) -> dict[str, Schema]:
    """By media type. Actors with different inputs under one name: any of theirs."""
    forms = {"application/json": False}
    if any(isinstance(spec, Upload | Uploads) for act in view.acts.values() for spec in act.inputs.values()):
        forms["multipart/form-data"] = True
    bodies = {}
    for media, form in forms.items():
        found: list[Schema] = []
        for act in view.acts.values():
            schema = inputs_schema(_fields(act, creating), form=form)
            if schema not in found:
                found.append(schema)
        whole = found[0] if len(found) == 1 else {"anyOf": found}
        bodies[media] = component(title_of(name, "form" if form else "input"), whole)
    return bodies


def _fields(act: Action, creating: bool) -> Mapping[str, Input]:
    if not creating or act.on is None:
        return act.inputs
    implied: Any = {"default": None} if act.on.KIND == "store" else {}
    target = Reference(prefix=act.on.PREFIX, label=act.on.KIND.capitalize(), **implied)
    return {act.on.KIND: target, **act.inputs}
