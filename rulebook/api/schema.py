"""The shapes of the API's description (OpenAPI 3.1), made from the same inputs and fields that the views work with."""

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
from django.utils.translation import gettext_noop

from rulebook.api.problems import TITLES
from rulebook.api.resources import resources
from rulebook.inputs import (
    Amount,
    Choice,
    Codes,
    Flag,
    Input,
    Moment,
    Reference,
    Rows,
    Text,
    Upload,
    Uploads,
    Whole,
)
from rulebook.models.base import Aggregate
from rulebook.money import Money

Schema = dict[str, Any]

ID = "[0-9a-hjkmnp-tv-z]{26}"
MONEY_TEXT = r"^-?\d+(\.\d+)? [A-Z]{3}$"
MOMENT: Schema = {"type": "string", "format": "date-time"}
TEXT: Schema = {"type": "string"}

INTRODUCTION = gettext_noop("""\
Court and clerk of an online marketplace: every change of state cites its article.

- **Key.** `Authorization: Bearer pp_…`. A store's key speaks for the store, a storefront's for the buyer that it
  names in `Piepowder-Buyer`, its own reference; he is recorded at first mention.
- **Doing.** `POST /orders/{id}/ship`: the object's address and the verb. What makes a new object can also be posted
  to its collection, with the object acted on named in the body: `POST /disputes {"order": "ord_…", …}`.
- **What may be done.** Each object has `actions`: the verbs open to the caller now, and for the closed ones the
  rule in the way and the moment from when on it will be allowed; and `deadlines`, each with the first instant that
  is too late.
- **Once.** With an `Idempotency-Key` a repeated request gets the first answer again, marked `Idempotent-Replayed:
  true`.
- **Unchanged.** Send the version that you saw as `If-Match`; if the object was changed since, nothing is done
  (412).
- **Not done.** Whatever is not done is a problem (`application/problem+json`): its `code`, one sentence, the rule,
  the errors by input, and the request's id.
- **Pages.** Newest first; `next_cursor` leads to the page after, and stays right while rows come and go.
- **Money** is an amount as text with its currency: `{"amount": "12.34", "currency": "USD"}`. **Moments** are UTC.
""")

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
    shown = {name: spec for name, spec in fields.items() if form or not isinstance(spec, Upload | Uploads)}
    schema: Schema = {
        "type": "object",
        "properties": {name: input_schema(spec, form=form) for name, spec in shown.items()},
        "additionalProperties": False,
    }
    needed = [name for name, spec in shown.items() if spec.required]
    return {**schema, "required": needed} if needed else schema


def input_schema(spec: Input, *, form: bool = False) -> Schema:
    """One input: its form, its bounds, its words."""
    schema = form_of(spec, form)
    if not spec.required and not form:
        schema = _or_null(schema)
    if spec.default is not None and not spec.required and isinstance(spec.default, str | int | bool):
        schema["default"] = spec.default
    words = [_(str(word)) for word in (spec.label, spec.help) if word]
    if words:
        schema["description"] = ". ".join(word.rstrip(".") for word in words) + "."
    return schema


def form_of(spec: Input, form: bool) -> Schema:
    match spec:
        case Text():
            return {**TEXT, "maxLength": spec.longest, **({"minLength": 1} if spec.required else {})}
        case Amount():
            return {**TEXT, "pattern": MONEY_TEXT, "examples": ["12.34 USD"]} if form else ref("Money")
        case Whole():
            return {"type": "integer", "minimum": spec.least, "maximum": spec.most}
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
        case Uploads():
            return {"type": "array", "items": {**TEXT, "format": "binary"}, "maxItems": spec.most}
        case Codes():
            code = {**TEXT, "pattern": rf"^\s*[A-Za-z0-9]{{1,{spec.longest}}}\s*$"}
            return {"type": "array", "items": code, "minItems": 1, "maxItems": spec.most, "examples": [["DE", "FR"]]}
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
        properties |= {name: link_schema(model, column, prefix) for name, (column, prefix) in resource.links.items()}
        for name, nest in resource.nests.items():
            inside = component(title_of(nest.model.KIND, "part"), plain_schema(nest.model))
            properties[name] = {"type": "array", "items": inside}
        properties |= {name: dict(own.schema) for name, own in resource.own.items()}
        properties |= {"deadlines": {"type": "array", "items": ref("Deadline")}, "actions": ref("Actions")}
    return {"type": "object", "properties": properties, "required": list(properties)}


def plain_schema(model: type[Aggregate]) -> Schema:
    """The same without what is inside and what may be done: how it looks inside another."""
    whole = object_schema_of_fields(model)
    return {"type": "object", "properties": whole, "required": list(whole)}


def object_schema_of_fields(model: type[Aggregate]) -> dict[str, Schema]:
    left_out = {"deadlines", "actions"}
    if (resource := resources().get(model)) is not None:
        left_out |= {*resource.nests, *resource.own}
    schema = object_schema(model)
    return {name: value for name, value in schema["properties"].items() if name not in left_out}


def id_schema(prefix: str) -> Schema:
    return {**TEXT, "pattern": f"^{prefix}_{ID}$"}


def link_schema(model: type[Aggregate], column: str, prefix: str) -> Schema:
    null = any(field.attname == column and field.null for field in model._meta.concrete_fields)
    return _or_null(id_schema(prefix)) if null else id_schema(prefix)


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
    parts = (
        typing.get_args(hint)
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
        else (hint,)
    )
    known: dict[Any, Schema] = {
        Money: ref("Money"),
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        datetime: MOMENT,
        UUID: {**TEXT, "format": "uuid"},
    }
    lists = [part for part in parts if typing.get_origin(part) is list]
    if lists:
        schema: Schema = {"type": "array", "items": _hinted(*typing.get_args(lists[0]))}
    elif any(typing.get_origin(part) is dict for part in parts):
        schema = {"type": "object"}
    else:
        schema = dict(next((known[part] for part in parts if part in known), TEXT))
    return _or_null(schema) if type(None) in parts else schema


# ------------------------------------------------------------------ parts that everything refers to


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def object_of(required: list[str] | None = None, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties) if required is None else required}


def common_components() -> dict[str, Schema]:
    null_moment = {"type": ["string", "null"], "format": "date-time"}
    return {
        "Money": {
            **object_of(amount={**TEXT, "examples": ["12.34"]}, currency={**TEXT, "pattern": "^[A-Z]{3}$"}),
            "additionalProperties": False,
            "description": _("An amount as text, with the currency's own number of decimals, and its ISO 4217 code."),
        },
        "Deadline": {
            **object_of(name=TEXT, due_at=MOMENT, rule=TEXT, rule_label=TEXT),
            "description": _("`due_at` is the first instant that is too late."),
        },
        "Actions": {
            **object_of(
                open=list_of(TEXT),
                closed=list_of(object_of(verb=TEXT, rule=TEXT, rule_label=TEXT, sentence=TEXT, not_before=null_moment)),
            ),
            "description": _(
                "What the caller may do to the object now, and what stands in the way of the rest, until when."
            ),
        },
        "Entry": object_of(
            number={"type": "integer"},
            at=MOMENT,
            recorded_at=MOMENT,
            subject=object_of(kind=TEXT, id=TEXT),
            act=TEXT,
            from_state={"type": ["string", "null"]},
            to_state={"type": ["string", "null"]},
            sentence=TEXT,
            rule=TEXT,
            rule_label=TEXT,
            rules=list_of(TEXT),
            parameters={"type": "object"},
            facts={"type": "object"},
            reason=TEXT,
            actor=object_of(kind=TEXT, name=TEXT),
            hash=TEXT,
            previous_hash=TEXT,
        ),
        "Problem": {
            **object_of(
                ["type", "title", "status", "detail", "code", "request_id"],
                type={**TEXT, "format": "uri"},
                title=TEXT,
                status={"type": "integer"},
                detail={**TEXT, "description": _("One sentence for people.")},
                code={**TEXT, "enum": list(TITLES)},
                rule={**TEXT, "description": _("The rule that stands in the way.")},
                rule_label=TEXT,
                not_before=MOMENT,
                errors={
                    "type": "object",
                    "additionalProperties": list_of(TEXT),
                    "description": _("Sentences by input."),
                },
                version={
                    "type": "integer",
                    "description": _("The present version of an object that was changed meanwhile."),
                },
                request_id=TEXT,
            ),
            "description": _("What was asked and not done (RFC 9457). Nothing changed."),
        },
    }


def add_components(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """For the generator: put in what the operations refer to, and a tag for each kind."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(common_components())
    schemas.update(_COMPONENTS)
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    result["info"]["description"] = _(INTRODUCTION)
    abouts = {resource.collection: resource.about for resource in resources().values()}
    used = {
        tag for path in result["paths"].values() for operation in path.values() for tag in operation.get("tags", ())
    }
    result["tags"] = [
        {"name": tag, **({"description": _(abouts[tag])} if tag in abouts else {})} for tag in sorted(used)
    ]
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
