"""The page of a matter that a moderator may settle in several ways: a form for each, a preview, one confirmation.

deciding = Deciding(request, found, docket, here=…, ways={"moderator.clear_shipment": Way(…), …}, show=show)
deciding.context()             # for `console/_decide.html`
deciding.answer("clear_shipment")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from rulebook.actions import actions, offers
from rulebook.admin.acting import Asked, answer
from rulebook.admin.base import actor_of
from rulebook.admin.cases import holder_of, names_of
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.forms import form_for
from rulebook.models import Case
from rulebook.money import Money
from rulebook.rehearsal import Rehearsal


@dataclass(frozen=True)
class Way:
    """One way to settle it. title, sentence, confirm: of the preview; done: what is said afterwards. ask: gives the three
    where they depend on what was chosen. dress: changes the form's fields. more: what the preview shows beside."""

    title: str
    sentence: str
    confirm: str
    done: str
    danger: bool = False
    ask: Callable[[Rehearsal, Mapping[str, Any]], tuple[str, str, str]] | None = None
    dress: Callable[[dict[str, Any]], None] | None = None
    more: Callable[[Rehearsal], Mapping[str, Any]] = lambda _rehearsal: {}


Show = Callable[..., HttpResponse]


@dataclass
class Deciding:
    """here: the page's address; acts_at: that of its acts, when it is another. show: renders it, with `deciding`'s context
    and `status`. helps: by action and input. folded: no form stands open until it was sent."""

    request: HttpRequest
    obj: Any
    docket: Docket
    here: str
    ways: Mapping[str, Way]
    show: Show
    crumbs: list[dict[str, Any]] = field(default_factory=list)
    helps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    label_of: Callable[[str], str] = str
    shown: Callable[[str, int, str], Money] = lambda _kind, minor, currency: Money(minor, currency)
    acts_at: str = ""
    folded: bool = False

    def context(self, *, name: str = "", form: forms.Form | None = None) -> dict[str, Any]:
        """Forms of what is open, why the rest is not. name, form: the one that was just sent; it is shown again with all
        that was typed, even when it was closed meanwhile."""
        actor = actor_of(self.request)
        found = [one for one in offers(self.obj, actor, self.docket) if one.action.name in self.ways]
        sent = name if form is not None else ""
        acts = [one.action for one in found if one.open or one.action.name == sent]
        first = sent or ("" if self.folded or not acts else acts[0].name)
        return {
            "acts": [self._act(act, form if act.name == sent else None, act.name == first) for act in acts],
            "closed": [
                {"label": _(one.action.label), "reason": one.sentence, "opens_at": one.not_before}
                for one in found
                if not one.open and one.action.name != sent
            ],
            "sent": sent in {act.name for act in acts},
            "form_lost": form if sent and form and form.errors and sent not in {act.name for act in acts} else None,
            "has_role": bool(found),
        }

    def _act(self, act: Any, form: forms.Form | None, opened: bool) -> dict[str, Any]:
        blank: dict[str, Any] = {"initial": self._version(), "auto_id": "id_%s" if opened else f"{act.verb}_%s"}
        return {
            "name": act.name,
            "label": _(act.label),
            "url": f"{self.acts_at or self.here}{act.verb}/#decide",
            "form": form if form is not None else self._class(act.name)(**blank),
            "submit": _("See what this would do"),
            "opened": opened,
            "sent": form is not None,
        }

    def answer(self, verb: str) -> HttpResponse:
        """Form, preview or act, whichever the request is at."""
        name = next((name for name in self.ways if name.endswith(f".{verb}")), "")
        if not name:
            raise Http404
        if self.request.method != "POST":
            return HttpResponseRedirect(self.here)
        way = self.ways[name]

        def words(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
            return way.ask(rehearsal, values) if way.ask else (way.title, way.sentence, way.confirm)

        def show(*, form: Any = None, refusal: Any = None, stale: Any = None, status: int = 200) -> HttpResponse:
            context = {**self.context(name=name, form=form), "refusal": refusal, "stale": stale}
            return self.show(context, status)

        return answer(
            self.request,
            Asked(
                name=name,
                on=self.obj.id,
                form_class=self._class(name),
                show=show,
                words=words,
                done=lambda _done: way.done,
                back_to=self.here,
                crumbs=self.crumbs,
                label_of=self.label_of,
                shown=self.shown,
                danger=way.danger,
                more=way.more,
            ),
        )

    def _version(self) -> dict[str, Any]:
        return {"version": self.obj.version}

    def _class(self, name: str) -> type[forms.Form]:
        made = form_for(actions()[name])
        fields: dict[str, Any] = made.base_fields
        for field_name, text in self.helps.get(name, {}).items():
            fields[field_name].help_text = text
        if dress := self.ways[name].dress:
            dress(fields)
        return made


def head(request: HttpRequest, obj: Any) -> dict[str, Any]:
    """The worklist's row of a matter and who has it in hand; at most two statements."""
    actor, moment = actor_of(request), now()
    row = Case.objects.filter(subject_id=obj.id).first()
    holder = holder_of(row, actor, names_of([row.holder_id]), moment) if row else ""
    return {"row": row, "holder": holder, "held_by_me": bool(row and holder and row.holder_id == actor.id)}
