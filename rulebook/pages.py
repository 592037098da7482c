"""The rulebook's own pages, the same for every reader: a rule's text, its values with their history, its citations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from rulebook.amending import current_rulebook
from rulebook.articles import UnknownRule, all_articles, article, label, matches
from rulebook.citations import citations
from rulebook.clock import now
from rulebook.models import Amendment
from rulebook.parameters import REPEALED, NoValueThen, Parameter, Table, all_parameters, describe
from rulebook.rules import ALWAYS, Rules

KINDS = {
    "hard": gettext_lazy("Hard rule: carried out as it stands."),
    "discretionary": gettext_lazy("A moderator weighs: the rule gives the frame, a person decides and says why."),
    "guidance": gettext_lazy("Guidance: good practice, nothing follows from it by itself."),
    "formula": gettext_lazy("Formula: how something is counted or named."),
    "article": gettext_lazy("A whole article; its rules are below."),
}
FIGURES = frozenset(
    {"natural days", "working days", "hours", "minutes", "calendar months", "money", "percent", "ratio"}
)
"""Units that a reader of a case wants beside the rule's text."""
WIDE = 6
"""Tables with more rows than this are shown as tables, not in a line."""


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """All rules by chapter."""
    chapters: dict[str, list[dict[str, Any]]] = {}
    for entry in all_articles().values():
        if entry.is_rule:
            chapters.setdefault(entry.chapter, []).append(
                {"id": entry.id, "title": entry.title, "summary": entry.summary}
            )
    shown = [
        {"name": name, "slug": f"c{number}", "rules": found} for number, (name, found) in enumerate(chapters.items())
    ]
    return _page(request, "rulebook/rules.html", {"chapters": shown})


@require_GET
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule or one whole article."""
    try:
        entry = article(rule_id)
    except UnknownRule as unknown:
        raise Http404(str(unknown)) from unknown
    if entry.id != rule_id:
        return redirect("rulebook:rule", entry.id)
    inside = (
        []
        if entry.is_rule
        else [other for other in all_articles().values() if other.is_rule and matches(other.id, entry.id)]
    )
    ids = {entry.id, *(other.id for other in inside)}
    found = [known for known in _open_to(request) if ids & {known.rule, *known.also}]
    context = {
        "entry": entry,
        "label": label(entry.id),
        "kind": KINDS[entry.kind],
        "inside": inside,
        "whole": _whole(entry.id) if entry.is_rule else None,
        "parameters": [shown(known) for known in found],
        "places": sorted({place for one in ids for place in citations().get(one, ())}),
        "crumbs": [{"label": _("The rulebook"), "url": reverse("rulebook:rules")}, {"label": label(entry.id)}],
    }
    return _page(request, "rulebook/rule.html", context)


@require_GET
def parameters(request: HttpRequest) -> HttpResponse:
    """Every value in force, by group; `?group=dispute` shows one group."""
    groups: dict[str, list[dict[str, Any]]] = {}
    wanted = request.GET.get("group", "")
    for known in _open_to(request):
        groups.setdefault(known.group, [])
        if known.group == wanted:
            groups[wanted].append(shown(known))
    if wanted and wanted not in groups:
        raise Http404
    crumbs = [{"label": _("The rulebook"), "url": reverse("rulebook:rules")}, {"label": _("Values")}]
    return _page(
        request,
        "rulebook/parameters.html",
        {"groups": groups, "group": wanted, "shown": groups.get(wanted, []), "crumbs": crumbs},
    )


def _open_to(request: HttpRequest) -> list[Parameter]:
    """The values that this reader may see: some are for staff only (A31-1)."""
    return [known for known in all_parameters().values() if not known.staff or _is_staff(request)]


def _is_staff(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False) and getattr(request.user, "is_active", False))


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    staff = _is_staff(request)
    home = reverse("admin:worklist") if staff else "/"
    urls = {"home": home, "rules": reverse("rulebook:rules")}
    proposes = staff and (request.user.is_superuser or "policy_manager" in getattr(request.user, "platform_roles", ()))
    return render(request, template, {"now": now(), "urls": urls, "staff": staff, "may_propose": proposes, **context})


def _whole(rule_id: str) -> str | None:
    code = rule_id.partition("-")[0]
    return code if code in all_articles() else None


# ------------------------------------------------------------------ values


def shown(known: Parameter, in_force: Rules | None = None) -> dict[str, Any]:
    """A parameter with its value now and how it came to it."""
    rules_now = in_force or current_rulebook().at(now())
    value = _value(known, rules_now)
    wide = isinstance(value, Table) and len(value) > WIDE
    return {
        "key": known.key,
        "help": known.help,
        "rule": known.rule,
        "ours": known.origin == "ours",
        "unit": known.unit,
        "wide": wide,
        "value": _("a table of {count} rows").format(count=len(value)) if wide else said(known, value),
        "rows": _rows(known, value) if wide else [],
        "history": _history(known),
    }


def _value(known: Parameter, rules_now: Rules) -> Any:
    try:
        return rules_now.value(known.key)
    except NoValueThen:
        return REPEALED


def said(known: Parameter, value: Any) -> str:
    return _("none: repealed, or not begun yet") if value is REPEALED else describe(known, value)


def _rows(known: Parameter, table: Table) -> list[dict[str, str]]:
    return [
        {"name": ", ".join(_("any other") if part == "*" else part for part in row), "value": describe(known, cell)}
        for row, cell in table.rows.items()
    ]


def _history(known: Parameter) -> list[dict[str, Any]]:
    """Since when which value held or will hold: the rulebook's own versions, and amendments; those of a single store are its own
    affair."""
    own = [
        {"since": None if at == ALWAYS or at.year < 2011 else at, "value": _short(known, value), "by": ""}
        for at, value in known.versions
    ]
    added = [
        {"since": change.in_force_from, "value": f"{_cell(change.parameter)}{change.value}", "by": _bound_by(change)}
        for change in amendments_of(known.key)
        if not (change.scope or {}).get("store")
    ]
    return own + added if len(own) + len(added) > 1 else []


def _bound_by(change: Amendment) -> str:
    """Says for whom it holds, where that is not everybody."""
    narrowed = ", ".join(str(value) for value in (change.scope or {}).values())
    return _("amendment for {scope} only").format(scope=narrowed) if narrowed else _("amendment")


def amendments_of(key: str) -> list[Amendment]:
    """Approved ones of a parameter, its cells included, in order of their day."""
    rows = Amendment.objects.filter(state__in=["approved", "in_force"], parameter__startswith=key).order_by(
        "in_force_from", "id"
    )
    return [row for row in rows if row.parameter.partition("[")[0] == key]


def _cell(text: str) -> str:
    _key, bracket, rest = text.partition("[")
    return f"{rest.removesuffix(']')}: " if bracket else ""


def _short(known: Parameter, value: Any) -> str:
    if isinstance(value, Table) and len(value) > WIDE:
        return _("a table of {count} rows").format(count=len(value))
    return said(known, value)


def figures_of(rule_id: str, in_force: Rules) -> list[dict[str, Any]]:
    """The values that belong to a rule, for `base/_rule_text.html`; tables stay on the rule's page."""
    found = []
    for known in all_parameters().values():
        if known.rule == rule_id and known.unit in FIGURES and not known.is_table:
            found.append(
                {
                    "name": known.help.rstrip("."),
                    "value": said(known, _value(known, in_force)),
                    "since": _since(known.key),
                }
            )
    return found


def _since(key: str) -> datetime | None:
    """The last change of a value that changed at all."""
    moment = now()
    changes = [at for at in current_rulebook().key_changes(key) if at <= moment]
    return changes[-1] if len(changes) > 1 else None
