"""Acts that may be done to many cases, and what is selected: the words all steps of such a work share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from rulebook.actions import actions
from rulebook.actors import Actor
from rulebook.admin.base import LIST_COOKIE
from rulebook.admin.cases import CASE_KINDS, page_of
from rulebook.admin.texts import FROM_THE_FORM, filled
from rulebook.admin.wanted import asked_for
from rulebook.docket import Docket
from rulebook.forms import form_for
from rulebook.models import Case
from rulebook.models.base import KINDS
from rulebook.money import Money
from rulebook.rehearsal import look
from rulebook.sentences import money_text

MOST = 200
"""Cases of one work."""


@dataclass(frozen=True)
class Way:
    """One act that may be done to many cases.

    action: its name. label, sentence: what it is. fixed: inputs that are the same for all and not asked for. fields: of
    the form, beyond the action's own; made: the inputs for one object, from the form's values; ours: inputs of the
    action that `made` gives, so that the form does not ask for them.
    """

    action: str
    label: Any
    sentence: Any = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()
    fields: Mapping[str, Callable[[], forms.Field]] = field(default_factory=dict)
    made: Callable[[Any, Mapping[str, Any]], Mapping[str, Any]] = lambda _obj, _values: {}
    danger: bool = False

    def form_class(self) -> type[forms.Form]:
        own = form_for(actions()[self.action], hide=frozenset(self.fixed) | self.ours)
        fields = {name: make() for name, make in self.fields.items()}
        made: type[forms.Form] = type("BulkForm", (own,), fields)
        del made.base_fields["version"]
        return made

    def inputs(self, obj: Any, values: Mapping[str, Any], facts: Mapping[str, str]) -> dict[str, Any]:
        """What one case's act gets: words with its own facts, everything else alike."""
        made = self.made(obj, values)
        refund = made.get("refund") or made.get("suggest_refund")
        facts = {**facts, FROM_THE_FORM: money_text(Money.parse(refund))} if refund else facts
        said = {
            name: filled(value, facts) if isinstance(value, str) else value
            for name, value in values.items()
            if name not in self.fields and value not in (None, "")
        }
        return {**said, **self.fixed, **made}


def ways_of(kind: str, actor: Actor) -> dict[str, Way]:
    """What the actor's role may do to many cases of a kind."""
    known = CASE_KINDS[kind].bulk if kind in CASE_KINDS else {}
    return {code: way for code, way in known.items() if actor.may(actions()[way.action].may)}


def selected(request: HttpRequest) -> list[Case]:
    """The open cases that were picked, in the list's order; or, with ``whole``, the first of the whole list."""
    if request.POST.get("whole") == "yes":
        wanted = asked_for(request, QueryDict(request.POST.get("query", "")[:2000]))
        return page_of(wanted.rows(), None, None, MOST, sort=wanted.order)[0]
    picked = []
    for text in request.POST.getlist("picked")[:MOST]:
        try:
            picked.append(UUID(text))
        except ValueError:
            continue
    found = Case.objects.filter(id__in=picked, open=True, kind__in=list(CASE_KINDS)).in_bulk()
    return [found[one] for one in dict.fromkeys(picked) if one in found]


def identity_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def list_url(request: HttpRequest) -> str:
    """Back to the list as it was left."""
    said = request.COOKIES.get(LIST_COOKIE, "")
    return reverse("admin:worklist") + (f"?{said}" if said else "")


def kind_of(found: Iterable[Case]) -> str:
    kinds = {case.kind for case in found}
    return kinds.pop() if len(kinds) == 1 else ""


def crumbs(*labels: str) -> list[dict[str, Any]]:
    return [{"label": _("Worklist"), "url": reverse("admin:worklist")}, *({"label": label} for label in labels)]


def listed(found: Iterable[Case]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(case.id),
            "title": CASE_KINDS[case.kind].title(case),
            "topic": CASE_KINDS[case.kind].topic(case),
            "store": case.store_name,
            "url": CASE_KINDS[case.kind].url(case),
            "value": Money(case.value_minor, case.currency) if case.value_minor else None,
        }
        for case in found
    ]


def looked_at(found: list[Case], actor: Actor) -> Docket:
    return look(KINDS[found[0].kind], [case.subject_id for case in found], actor)
