"""The rulebook through the API: every rule in our words, with the values in force now."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.response import Response

from rulebook.actors import MODERATOR, Actor
from rulebook.api.describing import describe_view, page_schema, query_parameters
from rulebook.api.pages import PAGING, query_of
from rulebook.api.schema import component
from rulebook.api.views import ApiView
from rulebook.articles import KINDS, Article, all_articles, all_rules, article, is_known, label, matches
from rulebook.clock import now
from rulebook.inputs import Choice, Input, Text
from rulebook.parameters import NoValueThen, all_parameters, describe, to_json
from rulebook.refusals import Invalid, NotFound

FILTERS: dict[str, Input] = {
    "article": Text(help="Only the rules of this article, such as A40.", longest=24, default=""),
    "kind": Choice(help="How binding it is.", options=KINDS, default=None),
}


class RuleListView(ApiView):
    """GET: rules in the order of the rulebook."""

    def get(self, request: Any) -> Response:
        wanted = query_of(request, FILTERS)
        found = [
            rule
            for rule in all_rules().values()
            if (not wanted["article"] or matches(rule.id, wanted["article"])) and wanted["kind"] in (None, rule.kind)
        ]
        begin = _place(found, wanted["cursor"])
        page = found[begin : begin + wanted["limit"]]
        more = begin + wanted["limit"] < len(found)
        return Response({"results": [_shown(rule) for rule in page], "next_cursor": page[-1].id if more else None})


def _place(found: list[Article], cursor: str) -> int:
    """Behind the rule that the cursor names."""
    if not cursor:
        return 0
    ids = [rule.id for rule in found]
    if cursor not in ids:
        raise Invalid({"cursor": [_("This is no cursor of this list. Begin with the first page.")]})
    return ids.index(cursor) + 1


class RuleView(ApiView):
    """GET: one rule or article, with its parameters as they stand now."""

    def get(self, request: Any, rule_id: str) -> Response:
        query_of(request, {})
        if not is_known(rule_id.upper()):
            raise NotFound(_("The rulebook has no rule {rule}.").format(rule=rule_id[:24]))
        rule = article(rule_id.upper())
        held = [other for other in all_articles().values() if matches(other.id, rule.id) and other.id != rule.id]
        return Response(
            {**_shown(rule), "rules": [other.id for other in held], "parameters": _parameters(rule.id, self.actor)}
        )


def _shown(rule: Article) -> dict[str, Any]:
    return {
        "id": rule.id,
        "label": label(rule.id),
        "title": _(rule.title),
        "kind": rule.kind,
        "summary": _(rule.summary),
        "chapter": rule.chapter,
    }


def _parameters(rule_id: str, reader: Actor) -> list[dict[str, Any]]:
    """Values in force for everybody; amendments for a store, a category or a country alone are not among them, and some are
    for staff only (A31-1)."""
    from rulebook.amending import current_rulebook

    rules, found = current_rulebook().at(now()), []
    for known in all_parameters().values():
        if not any(matches(cited, rule_id) for cited in (known.rule, *known.also)):
            continue
        if known.staff and reader.kind != MODERATOR:
            continue
        try:
            value = rules.value(known.key)
        except NoValueThen:
            continue
        found.append(
            {
                "key": known.key,
                "rule": known.rule,
                "unit": known.unit,
                "value": to_json(value),
                "text": describe(known, value),
                "help": _(known.help),
                "origin": known.origin,
            }
        )
    return found


_TEXT = {"type": "string"}
_RULE = dict.fromkeys(("id", "label", "title", "kind", "summary", "chapter"), _TEXT)
_PARAMETER = {**dict.fromkeys(("key", "rule", "unit", "text", "help", "origin"), _TEXT), "value": {}}


def _describe() -> None:
    plain = component("Rule", {"type": "object", "properties": _RULE, "required": list(_RULE)})
    inside = {"type": "object", "properties": _PARAMETER, "required": list(_PARAMETER)}
    whole = {**_RULE, "rules": {"type": "array", "items": _TEXT}, "parameters": {"type": "array", "items": inside}}
    detail = component("RuleInForce", {"type": "object", "properties": whole, "required": list(whole)})
    describe_view(
        RuleListView,
        operation="rules_list",
        tag="rules",
        summary=_("List the rules"),
        statuses=(401, 422, 429),
        parameters=query_parameters({**FILTERS, **PAGING}),
        answer=component("RulesPage", page_schema(plain)),
    )
    describe_view(
        RuleView,
        operation="rules_get",
        tag="rules",
        summary=_("Get one rule with its values in force"),
        statuses=(401, 404, 429),
        answer=detail,
    )


_describe()
