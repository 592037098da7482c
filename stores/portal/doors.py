"""Who may come in, whose things he sees, and how an act is asked for, tried and answered; shared by all views."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from rulebook.actions import Done, Offer, actions, offer, offers, perform
from rulebook.actors import MODERATOR, Actor
from rulebook.api.resources import hidden_from
from rulebook.docket import Docket
from rulebook.docket.waiting import REMINDER
from rulebook.forms import form_for, inputs_of, show_not_done
from rulebook.ids import parse_id
from rulebook.models import JournalEntry
from rulebook.refusals import Busy, Forbidden, Invalid, NotDone, NotFound, Refused, Stale
from rulebook.rehearsal import Rehearsal, look, rehearse
from rulebook.sentences import moment_text, refusal_text
from stores.acting import staff_actor
from stores.models import StaffMember

View = Callable[..., HttpResponseBase]
Preview = Callable[[Rehearsal], dict[str, Any]]

BUSY_WAITS, BUSY_WAIT_SECONDS = 20, 0.1
"""A second press of the same button waits this often, this long, for the answer to the first."""


def store_staff_required(view: View) -> View:
    """Only for a store's staff: puts `store`, `member`, `actor` and all `memberships` on the request."""

    @wraps(view)
    @never_cache
    def door(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("portal:sign_in"))
        members = list(StaffMember.objects.filter(user=request.user).select_related("store"))
        if not members:
            return render(request, "stores/portal/no_store.html", status=403)
        request.memberships = members
        chosen = request.session.get("store")
        serve(request, next((member for member in members if str(member.store_id) == chosen), members[0]))
        return view(request, *args, **kwargs)

    return door


def serve(request: Any, member: StaffMember) -> None:
    """From here on the request is about this store, with the person's role in it."""
    request.member, request.store = member, member.store
    request.actor = staff_actor(member, request.user, member.store, door="portal")


def remember(request: Any) -> None:
    """Stay in this store for the pages that name none."""
    if request.session.get("store") != str(request.store.id):
        request.session["store"] = str(request.store.id)


def find(request: Any, model: Any, text: str) -> tuple[Any, Docket]:
    """The object with all that its rules read, from whichever of the person's stores has it; a stranger's is a 404.

    The request goes over to that store: a page opened for one store never acts for another.
    """
    identity = identity_of(model, text)
    docket = look(model, [identity], request.actor)
    obj = docket.held.get(identity)
    member = next((member for member in request.memberships if obj is not None and member.store_id == obj.book), None)
    if obj is None or member is None:
        raise Http404
    if member is not request.member:
        serve(request, member)
        docket.actor = request.actor
    remember(request)
    return obj, docket


def identity_of(model: Any, text: str) -> Any:
    """The UUID behind a public id in an address."""
    if not text.startswith(f"{model.PREFIX}_"):
        raise Http404
    try:
        return parse_id(text, model.PREFIX)
    except ValueError:
        raise Http404 from None


def forbidden(request: HttpRequest, sentence: str = "") -> HttpResponse:
    return render(request, "403.html", {"sentence": sentence}, status=403)


# ------------------------------------------------------------------ what may be done


@dataclass(frozen=True)
class Way:
    """Where an act's page is and what its button says."""

    url: str
    label: str
    hint: str = ""
    danger: bool = False


def action_bar(
    request: Any, obj: Any, docket: Docket, ways: Mapping[str, Way], *, closed: bool = True
) -> dict[str, Any]:
    """For `base/_action_bar.html`: what the person may do now, the primary act first, and what the rules hold closed.

    While a period is over and the clerk has not yet carried out what follows from it, nothing is offered.
    """
    if overdue(docket, obj):
        return {"open": [], "closed": []}
    found = [one for one in offers(obj, request.actor, docket) if one.action.name in ways]
    opened = sorted((one for one in found if one.open), key=lambda one: not one.action.primary)
    return {
        "open": [_open(one, ways[one.action.name], first=one is opened[0] and one.action.primary) for one in opened],
        "closed": [_closed(one, ways[one.action.name]) for one in found if not one.open] if closed else [],
    }


def _open(one: Offer, way: Way, *, first: bool) -> dict[str, Any]:
    return {"label": way.label, "url": way.url, "primary": first, "danger": way.danger, "hint": way.hint}


def _closed(one: Offer, way: Way) -> dict[str, Any]:
    return {"label": way.label, "reason": one.reason.rstrip("."), "rule": one.rule, "opens_at": one.not_before}


def overdue(docket: Docket, obj: Any) -> list[Any]:
    """Pending deadlines of the object's root that are over: the sweeper is about to carry out what follows."""
    return [
        row
        for row in docket.pending.get(obj.root_id, {}).values()
        if row.status == "pending" and row.due_at <= docket.at and not row.name.endswith(REMINDER)
    ]


# ------------------------------------------------------------------ acts


@dataclass
class ActPage:
    """The page of one act on one object: its form, the preview where it cannot be undone, and what came of it.

    A stale page shows what was done since; a refusal stands beside the form with all that was typed. A second press of
    the button has the same idempotency key and does nothing more.
    """

    request: Any
    obj: Any
    docket: Docket
    name: str
    template: str
    context: dict[str, Any]
    submit: str
    done: str
    then: str | Callable[[Done], str]
    preview: Preview | None = None
    confirm: str = ""
    currency: str = "USD"
    hide: Iterable[str] = ()
    require: Iterable[str] = ()
    helps: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    watch: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    after: Callable[[Done], None] | None = None

    def respond(self) -> HttpResponse:
        act = actions()[self.name]
        if not self.request.actor.may(act.may):
            return forbidden(
                self.request, _("Your role in this store does not include this: {act}.").format(act=_(act.label))
            )
        if self.request.method != "POST":
            return self._ask()
        form = self.form(self.request.POST, self.request.FILES)
        if "back" in self.request.POST:
            return self._page(self.form(initial=self.request.POST.dict()))
        if not form.is_valid():
            return self._page(form, 422)
        try:
            return self._try(form)
        except Forbidden as problem:
            return forbidden(self.request, problem.sentence)
        except NotFound:
            raise Http404 from None
        except NotDone as problem:
            return self._refused(form, problem)

    def _ask(self) -> HttpResponse:
        """The empty form; nothing to fill in: the preview at once; closed: why, instead of a form."""
        now_open = offer(self.obj, actions()[self.name], self.docket)
        version = self.obj.version if self.watch else None
        form = self.form(initial={**self.initial, "version": version, "key": new_key()})
        if not now_open.open:
            refusal = {"sentence": now_open.reason, "rule": now_open.rule, "not_before": now_open.not_before}
            return self._page(form, closed=True, refusal=refusal)
        if self.preview is not None and not form.visible_fields():
            try:
                return self._look_ahead(form, {**self.extra}, self.obj.version)
            except NotDone as problem:
                return self._refused(form, problem, status=200, closed=True)
        return self._page(form)

    def _try(self, form: forms.Form) -> HttpResponse:
        inputs = {**inputs_of(form), **self.extra}
        key, version = inputs.pop("key", None), form.cleaned_data.get("version")
        if self.preview is not None and "confirmed" not in self.request.POST:
            return self._look_ahead(form, inputs, version)
        done = carry_out(self.name, actor=self.request.actor, on=self.obj, inputs=inputs, key=key, version=version)
        if self.after is not None:
            self.after(done)
        messages.success(self.request, self.done)
        return redirect(self.then if isinstance(self.then, str) else self.then(done))

    def _look_ahead(self, form: forms.Form, inputs: dict[str, Any], version: int | None) -> HttpResponse:
        assert self.preview is not None
        shown = self.preview(
            rehearse(self.name, actor=self.request.actor, on=self.obj.id, inputs=inputs, version=version)
        )
        typed = [
            {"name": name, "value": value} for name in form.fields if (value := form[name].value()) not in (None, "")
        ]
        back = _("Change what I typed") if form.visible_fields() else ""
        return self._page(form, preview=shown, fields=typed, back=back)

    def _refused(self, form: forms.Form, problem: NotDone, *, status: int = 0, closed: bool = False) -> HttpResponse:
        shown: dict[str, Any] = {"closed": closed}
        if isinstance(problem, Invalid):
            show_not_done(form, problem)
        elif isinstance(problem, Refused):
            shown["refusal"] = {
                "sentence": refusal_text(problem),
                "rule": problem.rule,
                "not_before": problem.not_before,
            }
        elif isinstance(problem, Stale):
            form, shown["stale"], shown["since"] = self._caught_up(problem)
        else:
            shown["refusal"] = {"sentence": problem.sentence}
        return self._page(form, status or problem.status, **shown)

    def _caught_up(self, problem: Stale) -> tuple[forms.Form, dict[str, Any], list[dict[str, Any]]]:
        """The same words in a form of the present version, and what was done since the page was shown."""
        typed = self.request.POST.copy()
        shown = int(typed.get("version") or 0)
        typed["version"] = str(problem.version)
        since = done_since(self.obj, (problem.version or shown) - shown, self.request.actor)
        return self.form(typed, self.request.FILES), {"sentence": problem.sentence}, since

    def form(self, *args: Any, **kwargs: Any) -> forms.Form:
        hide = frozenset(self.hide) | frozenset(self.extra)
        form = form_for(actions()[self.name], currency=self.currency, hide=hide)(*args, **kwargs)
        form.fields["key"] = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
        if not self.watch:
            del form.fields["version"]
        for name in self.require:
            form.fields[name].required = True
        for name, text in self.helps.items():
            form.fields[name].help_text = text
        for name, text in self.labels.items():
            form.fields[name].label = text
        return form

    def _page(self, form: forms.Form, status: int = 200, **shown: Any) -> HttpResponse:
        context = {**self.context, "form": form, "submit": self.submit, "confirm": self.confirm or self.submit, **shown}
        return render(self.request, self.template, context, status=status)


def carry_out(
    name: str, *, actor: Any, on: Any, inputs: Mapping[str, Any], key: str | None = None, version: int | None = None
) -> Done:
    """`perform`; while the first press of the same button is still at work, the second waits for its answer."""
    for _wait in range(BUSY_WAITS):
        try:
            return perform(name, actor=actor, on=on, inputs=inputs, key=key or None, version=version)
        except Busy:
            time.sleep(BUSY_WAIT_SECONDS)
    return perform(name, actor=actor, on=on, inputs=inputs, key=key or None, version=version)


def done_since(obj: Any, count: int, reader: Actor) -> list[dict[str, Any]]:
    """The latest entries about the object that the reader may see, oldest first: its version rises by one with each."""
    if count <= 0:
        return []
    rows = list(JournalEntry.objects.filter(subject_id=obj.id).order_by("-number")[: min(count, 20)])
    hidden = hidden_from(reader, rows)
    return [
        {
            "at": moment_text(row.effective_at),
            "sentence": row.sentence(),
            "rule": row.rule,
            "by": _("the platform") if row.actor_kind == MODERATOR else row.actor_name or row.actor_kind,
        }
        for row in reversed(rows)
        if row.id not in hidden
    ]


def new_key() -> str:
    """An idempotency key for a form that is about to be shown."""
    return uuid4().hex


def changes(rehearsal: Rehearsal, names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """State changes for `base/_preview.html`; names: what each kind is called."""
    return [
        {"what": names[kind], "before": before, "after": after}
        for kind, before, after in rehearsal.states
        if kind in names
    ]
