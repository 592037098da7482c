"""The description of the API (OpenAPI 3.1), made from the same inputs, fields and registries that the views work with."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from rulebook.actions import Action
from rulebook.actors import BUYER
from rulebook.api.pages import PAGING
from rulebook.api.problems import MEDIA_TYPE, TITLES
from rulebook.api.resources import Resource, collection_of, resources
from rulebook.inputs import Amount, Choice, Flag, Fraction, Input, Moment, Reference, Rows, Text, Upload, Whole
from rulebook.models.base import Aggregate
from rulebook.money import Money

Schema = dict[str, Any]

ID = "[0-9a-hjkmnp-tv-z]{26}"
MONEY_TEXT = r"^-?\d+(\.\d+)? [A-Z]{3}$"
MOMENT: Schema = {"type": "string", "format": "date-time"}
TEXT: Schema = {"type": "string"}

_COMPONENTS: dict[str, Schema] = {}
"""What the operations refer to, by name; filled while the routes are described."""


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def component(name: str, schema: Schema) -> Schema:
    """Keep a schema under a name; the reference to it."""
    _COMPONENTS[name] = schema
    return ref(name)


def title_of(*words: str) -> str:
    """``Orders``, ``OrdersShipInput``: names of components."""
    return "".join(part.capitalize() for word in words for part in word.replace("-", "_").split("_"))


# ------------------------------------------------------------------ what goes in


def inputs_schema(fields: Mapping[str, Input], *, form: bool = False) -> Schema:
    """An object of inputs. form: as a form sends them, files among them, money as text."""
    shown = {name: spec for name, spec in fields.items() if form or not isinstance(spec, Upload)}
    schema: Schema = {
        "type": "object",
        "properties": {name: input_schema(spec, form=form) for name, spec in shown.items()},
        "additionalProperties": False,
    }
    needed = [name for name, spec in shown.items() if spec.required]
    return {**schema, "required": needed} if needed else schema


def input_schema(spec: Input, *, form: bool = False) -> Schema:
    """One input: its form, its bounds, its words."""
    schema = _form_of(spec, form)
    if not spec.required and not form:
        schema = _or_null(schema)
    if spec.default is not None and not spec.required and isinstance(spec.default, str | int | bool):
        schema["default"] = spec.default
    words = [_(str(word)) for word in (spec.label, spec.help) if word]
    if words:
        schema["description"] = ". ".join(word.rstrip(".") for word in words) + "."
    return schema


def _form_of(spec: Input, form: bool) -> Schema:
    match spec:
        case Text():
            return {**TEXT, "maxLength": spec.longest, **({"minLength": 1} if spec.required else {})}
        case Amount():
            return {**TEXT, "pattern": MONEY_TEXT, "examples": ["12.34 USD"]} if form else ref("Money")
        case Whole():
            return {"type": "integer", "minimum": spec.least, "maximum": spec.most}
        case Fraction():
            return {**TEXT, "pattern": r"^[01](\.\d+)?$", "examples": ["0.80"]}
        case Flag():
            return {"type": "boolean"}
        case Choice():
            return {**TEXT, "enum": spec.codes}
        case Moment():
            return {**TEXT, "examples": ["2026-03-07T14:00:00+08:00", "2026-03-07"]}
        case Reference():
            return {**TEXT, "pattern": f"^{spec.prefix}_{ID}$"}
        case Rows():
            return {"type": "array", "items": inputs_schema(spec.fields), "minItems": 1, "maxItems": spec.most}
        case Upload():
            return {**TEXT, "format": "binary"}
    return {}


def _or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if isinstance(schema.get("type"), str):
        schema = {**schema, "type": [schema["type"], "null"]}
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


# ------------------------------------------------------------------ what comes out


def object_schema(model: type[Aggregate]) -> Schema:
    """Public fields, neighbours, what is inside."""
    resource = resources().get(model)
    properties: dict[str, Schema] = {
        "kind": {**TEXT, "const": model.KIND},
        "id": id_schema(model.PREFIX),
        "version": {"type": "integer", "description": _("Raised by every change; send it back as If-Match.")},
        **{name: field_schema(model, attribute) for name, attribute in model.public_fields()},
    }
    if resource is not None:
        properties |= {name: id_schema(prefix) for name, (_column, prefix) in resource.links.items()}
        for name, nest in resource.nests.items():
            inside = component(title_of(nest.model.KIND, "part"), plain_schema(nest.model))
            properties[name] = {"type": "array", "items": inside}
        properties |= {"deadlines": {"type": "array", "items": ref("Deadline")}, "actions": ref("Actions")}
    return {"type": "object", "properties": properties, "required": list(properties)}


def plain_schema(model: type[Aggregate]) -> Schema:
    """The same without what is inside and what may be done: how it looks inside another."""
    whole = object_schema_of_fields(model)
    return {"type": "object", "properties": whole, "required": list(whole)}


def object_schema_of_fields(model: type[Aggregate]) -> dict[str, Schema]:
    left_out = {"deadlines", "actions", *(resource.nests if (resource := resources().get(model)) else ())}
    schema = object_schema(model)
    return {name: value for name, value in schema["properties"].items() if name not in left_out}


def id_schema(prefix: str) -> Schema:
    return {**TEXT, "pattern": f"^{prefix}_{ID}$"}


def field_schema(model: type[Aggregate], attribute: str) -> Schema:
    """Of a column or of a property, by its type."""
    found = inspect.getattr_static(model, attribute, None)
    if isinstance(found, property):
        schema = _hinted(typing.get_type_hints(found.fget).get("return", str))
        words = (found.fget.__doc__ or "").strip()
    else:
        column = model._meta.get_field(attribute)
        schema = _column(column)
        words = str(column.help_text)  # type: ignore[union-attr]
    if words and "$ref" not in schema:
        schema["description"] = words
    return schema


def _column(column: Any) -> Schema:
    schema = _kind_of(column)
    if column.choices:
        codes = [code for code, _label in column.flatchoices]
        schema["enum"] = [*codes, ""] if column.blank and "" not in codes else codes
    return _or_null(schema) if column.null else schema


def _kind_of(column: Any) -> Schema:
    kinds: list[tuple[type, Schema]] = [
        (models.BooleanField, {"type": "boolean"}),
        (models.DateTimeField, MOMENT),
        (models.UUIDField, {**TEXT, "format": "uuid"}),
        (models.JSONField, {}),
        (models.IntegerField, {"type": "integer"}),
    ]
    return dict(next((schema for kind, schema in kinds if isinstance(column, kind)), TEXT))


def _hinted(hint: Any) -> Schema:
    parts = typing.get_args(hint) if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union else (hint,)
    known: dict[Any, Schema] = {
        Money: ref("Money"), bool: {"type": "boolean"}, int: {"type": "integer"}, datetime: MOMENT, UUID: {**TEXT, "format": "uuid"},
    }  # fmt: skip
    schema = dict(next((known[part] for part in parts if part in known), TEXT))
    return _or_null(schema) if type(None) in parts else schema


# ------------------------------------------------------------------ parts that everything refers to


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(required: list[str] | None = None, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties) if required is None else required}


def common_components() -> dict[str, Schema]:
    null_moment = {"type": ["string", "null"], "format": "date-time"}
    return {
        "Money": {
            **_object(amount={**TEXT, "examples": ["12.34"]}, currency={**TEXT, "pattern": "^[A-Z]{3}$"}),
            "additionalProperties": False,
            "description": _("An amount as text, with the currency's own number of decimals, and its ISO 4217 code."),
        },
        "Deadline": {
            **_object(name=TEXT, due_at=MOMENT, rule=TEXT, rule_label=TEXT),
            "description": _("`due_at` is the first instant that is too late."),
        },
        "Actions": {
            **_object(
                open=_list(TEXT),
                closed=_list(_object(verb=TEXT, rule=TEXT, rule_label=TEXT, sentence=TEXT, not_before=null_moment)),
            ),
            "description": _("What the caller may do to the object now, and what stands in the way of the rest, until when."),
        },
        "Entry": _object(
            number={"type": "integer"}, at=MOMENT, recorded_at=MOMENT, subject=_object(kind=TEXT, id=TEXT), act=TEXT,
            from_state={"type": ["string", "null"]}, to_state={"type": ["string", "null"]}, sentence=TEXT, rule=TEXT, rule_label=TEXT,
            rules=_list(TEXT), parameters={"type": "object"}, facts={"type": "object"}, reason=TEXT, actor=_object(kind=TEXT, name=TEXT),
            hash=TEXT, previous_hash=TEXT,
        ),
        "Problem": {
            **_object(
                ["type", "title", "status", "detail", "code", "request_id"], type={**TEXT, "format": "uri"}, title=TEXT,
                status={"type": "integer"}, detail={**TEXT, "description": _("One sentence for people.")}, code={**TEXT, "enum": list(TITLES)},
                rule={**TEXT, "description": _("The rule that stands in the way.")}, rule_label=TEXT, not_before=MOMENT,
                errors={"type": "object", "additionalProperties": _list(TEXT), "description": _("Sentences by input.")},
                version={"type": "integer", "description": _("The present version of an object that was changed meanwhile.")},
                request_id=TEXT,
            ),
            "description": _("What was asked and not done (RFC 9457). Nothing changed."),
        },
    }  # fmt: skip


def add_components(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """For the generator: put in what the operations refer to, and a tag for each kind."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(common_components())
    schemas.update(_COMPONENTS)
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    abouts = {resource.collection: resource.about for resource in resources().values()}
    used = {tag for path in result["paths"].values() for operation in path.values() for tag in operation.get("tags", ())}
    result["tags"] = [{"name": tag, **({"description": _(abouts[tag])} if tag in abouts else {})} for tag in sorted(used)]
    for path in result["paths"].values():
        for operation in path.values():
            _insist_on_body(operation, schemas)
    return result


def _insist_on_body(operation: Schema, schemas: Mapping[str, Schema]) -> None:
    """A body is needed when one of its inputs is."""
    body = operation.get("requestBody")
    if body:
        names = [media["schema"].get("$ref", "").rpartition("/")[2] for media in body["content"].values()]
        body["required"] = any(schemas.get(name, {}).get("required") for name in names)


# ------------------------------------------------------------------ operations


def _header(name: str, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, TEXT, OpenApiParameter.HEADER, description=text)


def buyer_headers() -> list[OpenApiParameter]:
    return [
        _header("Piepowder-Buyer", _("With a storefront's key: the storefront's own reference of the buyer it acts for.")),
        _header("Piepowder-Buyer-Name", _("The buyer's name, recorded at the first mention.")),
        _header("Piepowder-Buyer-Country", _("Two letters; where orders go unless they say otherwise.")),
    ]


def id_parameter(prefix: str) -> OpenApiParameter:
    return OpenApiParameter("public_id", id_schema(prefix), OpenApiParameter.PATH, required=True)


def query_parameters(fields: Mapping[str, Input]) -> list[OpenApiParameter]:
    found = []
    for name, spec in fields.items():
        schema = _form_of(spec, False)
        if isinstance(spec, Whole) and isinstance(spec.default, int):
            schema["default"] = spec.default
        found.append(OpenApiParameter(name, schema, OpenApiParameter.QUERY, required=spec.required, description=_(str(spec.help))))
    return found


def problems(*statuses: int) -> dict[Any, Any]:
    texts = {
        400: _("The request cannot be read."), 401: _("No key, or none that is good."), 403: _("The key may not do this."),
        404: _("There is no such object, or it is somebody else's."),
        409: _("A rule stands in the way (`refused`), or the same key is being worked on (`busy`)."),
        412: _("The object was changed since the version in If-Match."), 413: _("Too large."), 415: _("Not this media type."),
        422: _("The inputs do not make sense (`errors` by input)."), 429: _("Too many requests."),
    }  # fmt: skip
    return {(status, MEDIA_TYPE): OpenApiResponse(ref("Problem"), description=texts[status]) for status in statuses}


def describe_view(view: Any, *, operation: str, tag: str, summary: str, text: str = "", answer: Schema, **more: Any) -> Any:
    """Describe a GET. more: `parameters`, `statuses`, `media`."""
    statuses = more.get("statuses", (401, 403, 404, 422, 429))
    media = more.get("media", "application/json")
    said = extend_schema(
        operation_id=operation, tags=[tag], summary=summary, description=text or summary,
        parameters=[*more.get("parameters", ()), *buyer_headers()],
        responses={(200, media): OpenApiResponse(answer, description=_("Found.")), **problems(*statuses)},
    )  # fmt: skip
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
    return _object(results=_list(items), next_cursor={"type": ["string", "null"], "description": _("None on the last page.")})


def describe_resource(resource: Resource, list_view: Any, detail_view: Any, journal_view: Any) -> None:
    """The three reading operations of a kind."""
    word, tag, model = title_of(resource.model.KIND), resource.collection, resource.model
    whole = component(word, object_schema(model))
    kind = model.KIND.replace("_", " ")
    filters = query_parameters({name: found.spec for name, found in resource.filters.items()})
    describe_view(
        list_view, operation=f"{tag}_list", tag=tag, summary=_("List {things}").format(things=tag.replace("_", " ")),
        text=_(resource.about) + _narrowing(resource), parameters=[*filters, *query_parameters(PAGING)], statuses=(401, 403, 422, 429),
        answer=component(title_of(tag, "page"), page_schema(whole)),
    )  # fmt: skip
    describe_view(
        detail_view, operation=f"{tag}_get", tag=tag, summary=_("Get one {kind}").format(kind=kind), answer=whole,
        parameters=[id_parameter(model.PREFIX)],
    )  # fmt: skip
    describe_view(
        journal_view, operation=f"{tag}_journal", tag=tag, summary=_("Read the journal of one {kind}").format(kind=kind),
        text=_("Everything that happened, newest first, each with its reason and rule."),
        parameters=[id_parameter(model.PREFIX), *query_parameters(PAGING)], answer=component("EntriesPage", page_schema(ref("Entry"))),
    )  # fmt: skip


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
        operation_id=name, tags=[tag], summary=_(first.label), description=_about(acts),
        parameters=_act_parameters(acts, first, creating), request=_bodies(view, name, creating),
        responses={
            (200 if first.creates is None else 201): OpenApiResponse(answer, description=_("Done; the object as it stands now.")),
            **problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 429),
        },
    )  # fmt: skip
    view.post = said(_own(view, "post"))


def _about(acts: Mapping[str, Action]) -> str:
    return "\n\n".join(f"`{act.name}`: {_(act.doc)}" for act in acts.values())


def _act_parameters(acts: Mapping[str, Action], first: Action, creating: bool) -> list[OpenApiParameter]:
    said = [
        _header("Idempotency-Key", _("Repeated with the same inputs, the first answer is given again; nothing is done twice.")),
        *([] if first.on is None else [_header("If-Match", _("The version you saw; another one by now is answered with 412."))]),
        *(buyer_headers() if BUYER in acts else []),
    ]
    return said if creating or first.on is None else [id_parameter(first.on.PREFIX), *said]


def _bodies(view: Any, name: str, creating: bool) -> dict[str, Schema]:
    """By media type. Actors with different inputs under one name: any of theirs."""
    forms = {"application/json": False}
    if any(isinstance(spec, Upload) for act in view.acts.values() for spec in act.inputs.values()):
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


__all__ = ["add_components", "collection_of", "component", "describe_act", "describe_resource", "describe_view", "ref"]
