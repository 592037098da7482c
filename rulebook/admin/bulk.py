"""Many cases, one decision: choose, look ahead, confirm; then every case gets an act of its own, with its own entry in
the journal. Whatever interrupts the work, it goes on where it stood, and does nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from rulebook.actions import Action, actions, offer, perform
from rulebook.actors import Actor
from rulebook.admin.acting import forbidden
from rulebook.admin.base import LIST_COOKIE, actor_of, page
from rulebook.admin.cases import (
    CASE_KINDS,
    ESCALATED,
    PER_PAGE,
    allowed,
    escalated,
    give_back,
    hold,
    is_held,
    may_decide,
    names_of,
    page_of,
)
from rulebook.admin.desk import NotNow, assign, colleague_in, colleagues, escalate
from rulebook.admin.texts import facts_of, filled, left_open
from rulebook.admin.wanted import wanted_of
from rulebook.clock import now
from rulebook.docket import Docket
from rulebook.docket.driving import bring_missing, run_followers, settle
from rulebook.forms import form_for
from rulebook.ids import new_id
from rulebook.inputs import clean
from rulebook.models import BulkItem, BulkWork, Case
from rulebook.models.base import KINDS
from rulebook.money import Money
from rulebook.refusals import Busy, Invalid, Missing, NotDone, Refused
from rulebook.rehearsal import look

MOST = 200
"""Cases of one work."""
BATCH = 20
"""So many are done by one request."""
SHOWN_WORKS = 20


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
        said = {
            name: filled(value, facts) if isinstance(value, str) else value
            for name, value in values.items()
            if name not in self.fields and value not in (None, "")
        }
        return {**said, **self.fixed, **self.made(obj, values)}


# ------------------------------------------------------------------ what was selected


def _selected(request: HttpRequest) -> list[Case]:
    """The open cases that were picked, in the list's order; or, with ``whole``, the first of the whole list."""
    if request.POST.get("whole") == "yes":
        query = QueryDict(request.POST.get("query", "")[:2000])
        wanted = wanted_of(query, actor_of(request), now(), timezone.get_current_timezone())
        return page_of(wanted.rows(), None, None, MOST, sort=wanted.order)[0]
    picked = []
    for text in request.POST.getlist("picked")[:MOST]:
        try:
            picked.append(UUID(text))
        except ValueError:
            continue
    found = Case.objects.filter(id__in=picked, open=True, kind__in=list(CASE_KINDS)).in_bulk()
    return [found[one] for one in dict.fromkeys(picked) if one in found]


def _list_url(request: HttpRequest) -> str:
    """Back to the list as it was left."""
    said = request.COOKIES.get(LIST_COOKIE, "")
    return reverse("admin:worklist") + (f"?{said}" if said else "")


def _kind_of(found: Iterable[Case]) -> str:
    kinds = {case.kind for case in found}
    return kinds.pop() if len(kinds) == 1 else ""


def ways_of(kind: str, actor: Actor) -> dict[str, Way]:
    """What the actor's role may do to many cases of a kind."""
    known = CASE_KINDS[kind].bulk if kind in CASE_KINDS else {}
    return {code: way for code, way in known.items() if actor.may(actions()[way.action].may)}


# ------------------------------------------------------------------ choosing


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """What the bar below a selection asks for: hold or give back at once, or the page of what is done together."""
    found, actor, what = _selected(request), actor_of(request), request.POST.get("do", "decide")
    if not found:
        messages.warning(request, _("Nothing is selected that is still open."))
        return HttpResponseRedirect(_list_url(request))
    if what in ("take", "give_back"):
        _hold_all(request, found, what)
        return HttpResponseRedirect(_list_url(request))
    if what in ("give_them", "escalate_them"):
        return _desk_act(request, found, what, actor)
    return _choose(request, found, opened=what if what in ("assign", "escalate") else "")


def _hold_all(request: HttpRequest, found: list[Case], what: str) -> None:
    actor, moment = actor_of(request), now()
    if what == "give_back":
        done = sum(give_back(case.id, actor, moment) for case in found)
        messages.success(
            request,
            ngettext("{n} case given back.", "{n} cases given back.", done).format(n=done)
            if done
            else _("You hold none of them."),
        )
        return
    mine = {case.id for case in allowed(actor, Case.objects.filter(id__in=[case.id for case in found]))}
    done = sum(hold(case.id, actor, moment) for case in found if case.id in mine)
    if done:
        messages.success(request, ngettext("{n} case is yours.", "{n} cases are yours.", done).format(n=done))
    if done < len(found):
        left = len(found) - done
        messages.warning(
            request,
            ngettext(
                "{n} was not taken: a colleague works on it, or your role does not decide it.",
                "{n} were not taken: colleagues work on them, or your role does not decide them.",
                left,
            ).format(n=left),
        )


def _desk_act(request: HttpRequest, found: list[Case], what: str, actor: Actor) -> HttpResponse:
    """Give all to a colleague, or escalate all; each that cannot be is told by name."""
    text = request.POST.get("text", "").replace("\x00", "").strip()[:4000]
    opened = "assign" if what == "give_them" else "escalate"
    mine = {case.id for case in allowed(actor, Case.objects.filter(id__in=[case.id for case in found]))}
    try:
        to = colleague_in(actor, _uuid(request.POST.get("to", ""))) if what == "give_them" else None
        if to is None and not text:
            raise NotNow(_("Say what a senior arbitrator is to look at."))
    except NotNow as problem:
        return _choose(request, found, opened=opened, problem=str(problem), status=422)
    done = 0
    for case in found:
        try:
            if case.id not in mine:
                raise NotNow(_("Your role does not decide it."))
            if to is not None:
                assign(case.id, actor, to, text, now())
            else:
                escalate(case.id, actor, text, now())
            done += 1
        except NotNow as problem:
            messages.warning(request, f"{CASE_KINDS[case.kind].title(case)}: {problem}")
    if done:
        said = ngettext("Done for {n} case.", "Done for {n} cases.", done).format(n=done)
        messages.success(request, said)
    return HttpResponseRedirect(_list_url(request))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _choose(
    request: HttpRequest,
    found: list[Case],
    *,
    opened: str = "",
    form: forms.Form | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The selected cases and everything that may be done to them together."""
    actor, kind = actor_of(request), _kind_of(found)
    ways = ways_of(kind, actor)
    docket = _look(found, actor) if ways else None
    context = {
        "title": ngettext("{n} case together", "{n} cases together", len(found)).format(n=len(found)),
        "cases": _listed(found),
        "mixed": not kind,
        "ways": [_way_shown(code, way, found, docket, opened, form) for code, way in ways.items() if docket],
        "takers": [one for one in colleagues(actor) if all(one.may(CASE_KINDS[case.kind].may) for case in found)],
        "opened": opened,
        "problem": problem,
        "tried": {"to": request.POST.get("to", ""), "text": request.POST.get("text", "")},
        "crumbs": _crumbs(_("Together")),
        "list_url": _list_url(request),
        "one_page": len(found) <= PER_PAGE,
    }
    return page(request, "console/bulk.html", context, status=status)


def _crumbs(*labels: str) -> list[dict[str, Any]]:
    return [{"label": _("Worklist"), "url": reverse("admin:worklist")}, *({"label": label} for label in labels)]


def _listed(found: Iterable[Case]) -> list[dict[str, Any]]:
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


def _look(found: list[Case], actor: Actor) -> Docket:
    return look(KINDS[found[0].kind], [case.subject_id for case in found], actor)


def _way_shown(
    code: str, way: Way, found: list[Case], docket: Docket, opened: str, form: forms.Form | None
) -> dict[str, Any]:
    act = actions()[way.action]
    held = [docket.held[case.subject_id] for case in found if case.subject_id in docket.held]
    closed = [one for one in (offer(obj, act, docket) for obj in held) if not one.open]
    return {
        "code": code,
        "label": way.label,
        "sentence": way.sentence,
        "open": len(held) - len(closed),
        "all": len(found),
        "closed": closed[0].sentence if closed and len(closed) == len(held) else "",
        "opened": opened == code,
        "danger": way.danger,
        "form": form if form is not None and opened == code else way.form_class()(auto_id=f"{code}_%s"),
        "url": reverse("admin:bulk_preview", args=[code]),
    }


# ------------------------------------------------------------------ looking ahead


@dataclass
class Ahead:
    """What would become of one case."""

    case: Case
    inputs: dict[str, Any]
    version: int | None = None
    refused: str = ""
    rule: str = ""
    before: str = ""
    after: str = ""


@require_POST
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """Case by case what would be done or refused, and the money of all; or, confirmed, the start of the work."""
    found, actor = _selected(request), actor_of(request)
    kind = _kind_of(found)
    if kind and code in CASE_KINDS[kind].bulk and code not in ways_of(kind, actor):
        return forbidden(request, _("Your role may not do this."))
    way = ways_of(kind, actor).get(code) if kind else None
    if way is None:
        messages.warning(request, _("Select cases of one kind that are still open."))
        return HttpResponseRedirect(_list_url(request))
    form = way.form_class()(request.POST, auto_id=f"{code}_%s")
    if not form.is_valid() or "back" in request.POST:
        return _choose(request, found, opened=code, form=form, status=200 if form.is_valid() else Invalid.status)
    if request.POST.get("confirmed") == "yes":
        return _begin(request, way, code, found, form.cleaned_data)
    ahead, money = look_ahead(way, found, form.cleaned_data, actor)
    return _preview_page(request, way, code, ahead, money)


def look_ahead(
    way: Way, found: list[Case], values: Mapping[str, Any], actor: Actor
) -> tuple[list[Ahead], dict[tuple[str, str], int]]:
    """Each act done in turn on one docket that nobody writes: what is refused, and what money moves by account."""
    docket, facts = _look(found, actor), facts_of(found, actor)
    act = actions()[way.action]
    stores = {obj.book for obj in docket.held.values() if hasattr(obj, "book") and obj.book is not None}
    docket.source.bring_balances(docket, stores)
    kept = _kept_from(found, actor)
    rows = [
        Ahead(case, {}, refused=kept[case.id])
        if case.id in kept
        else _one_ahead(way, act, docket, case, values, facts.get(case.id, {}))
        for case in found
    ]
    moved: Counter[tuple[str, str]] = Counter()
    for posting in docket.postings:
        for account, minor, currency in posting.legs:
            moved[account, currency] += minor
    return rows, {account: minor for account, minor in sorted(moved.items()) if minor}


def _kept_from(found: list[Case], actor: Actor) -> dict[UUID, str]:
    """Cases that nobody decides in passing: a colleague works on them, they wait for a senior arbitrator, or the actor
    had a part in them. Opened one by one they can still be decided, where a rule allows it."""
    moment = now()
    held = {case.id: case.holder_id for case in found if is_held(case, moment) and case.holder_id != actor.id}
    names = names_of(held.values())
    kept = {
        case: _("{name} works on it.").format(name=names.get(holder, _("A colleague")) if holder else "")
        for case, holder in held.items()
    }
    if not actor.may(ESCALATED):
        up = escalated().filter(case_id__in=[case.id for case in found])
        kept |= dict.fromkeys(up, _("It waits for a senior arbitrator."))
    mine = {case.id for case in found} - {case.id for case in may_decide(actor, found)}
    return kept | dict.fromkeys(mine, _("You had a part in it; somebody else looks again."))


def _one_ahead(
    way: Way, act: Action, docket: Docket, case: Case, values: Mapping[str, Any], facts: Mapping[str, str]
) -> Ahead:
    obj: Any = docket.held.get(case.subject_id)
    if obj is None:
        return Ahead(case, {}, refused=_("It is gone."))
    ahead = Ahead(case, way.inputs(obj, values, facts), version=obj.version, before=str(obj.state))
    open_words = [name for value in ahead.inputs.values() if isinstance(value, str) for name in left_open(value)]
    if open_words:
        ahead.refused = _("The text names what this case does not have: {names}.").format(
            names=", ".join(f"{{{name}}}" for name in open_words)
        )
        return ahead
    marks = len(docket.postings)
    try:
        settle(docket, [obj.root_id], docket.at)
        del docket.postings[marks:]
        cleaned = clean(act.inputs, ahead.inputs)
        _rehearse(docket, act, obj, cleaned)
    except Refused as refusal:
        ahead.refused, ahead.rule = refusal.sentence, refusal.rule
    except NotDone as problem:
        ahead.refused = problem.sentence
    ahead.after = str(obj.state)
    return ahead


def _rehearse(docket: Docket, act: Action, obj: Any, values: dict[str, Any]) -> None:
    while True:
        try:
            with docket.act([obj.root_id]):
                act.run(docket, obj, **values)
                run_followers(docket)
            return
        except Missing as need:
            bring_missing(docket, need)


def _preview_page(
    request: HttpRequest, way: Way, code: str, ahead: list[Ahead], money: Mapping[tuple[str, str], int]
) -> HttpResponse:
    will = sum(1 for row in ahead if not row.refused)
    context = {
        "title": str(way.label),
        "crumbs": _crumbs(_("Together"), str(way.label)),
        "rows": [
            {**shown, "refused": row.refused, "rule": row.rule, "before": row.before, "after": row.after}
            for shown, row in zip(_listed(row.case for row in ahead), ahead, strict=True)
        ],
        "will": will,
        "refused": len(ahead) - will,
        "money": _money_shown(money),
        "fields": _carried(request, ahead),
        "action": reverse("admin:bulk_preview", args=[code]),
        "confirm": ngettext("Do it for {n} case", "Do it for {n} cases", will).format(n=will),
        "final": actions()[way.action].irreversible,
        "danger": way.danger,
        "batch": BATCH,
        "words": _words(ahead),
    }
    return page(request, "console/bulk_preview.html", context)


def _words(ahead: list[Ahead]) -> str:
    """The text as the first case gets it."""
    first = next((row for row in ahead if not row.refused), None)
    return str(first.inputs.get("reason") or first.inputs.get("text") or "") if first else ""


_LABELS: dict[str, Callable[[str], str]] = {}
SHOWN: dict[str, Callable[[str, int, str], Money]] = {}


def name_accounts(label_of: Callable[[str], str], shown: Callable[[str, int, str], Money]) -> None:
    """How accounts are called and their balances read; the app that keeps the books says so."""
    _LABELS["of"], SHOWN["as"] = label_of, shown


def _money_shown(money: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    label, shown = _LABELS.get("of", str), SHOWN.get("as", lambda _kind, minor, currency: Money(minor, currency))
    return [
        {"account": label(account), "change": shown(account, minor, currency)}
        for (account, currency), minor in money.items()
        if account != "clearing"
    ]


NOT_CARRIED = ("csrfmiddlewaretoken", "confirmed", "back", "picked", "whole", "do", "seen", "work")


def _carried(request: HttpRequest, ahead: list[Ahead]) -> list[dict[str, Any]]:
    """All that was typed, the cases that would be done with the versions that are shown, and the work's id."""
    typed = [
        {"name": name, "value": value}
        for name in request.POST
        if name not in NOT_CARRIED
        for value in request.POST.getlist(name)
    ]
    for row in ahead:
        if not row.refused:
            typed.append({"name": "picked", "value": str(row.case.id)})
            typed.append({"name": "seen", "value": f"{row.case.id}:{row.version}"})
    return [*typed, {"name": "work", "value": str(new_id())}]


# ------------------------------------------------------------------ doing


def _begin(request: HttpRequest, way: Way, code: str, found: list[Case], values: Mapping[str, Any]) -> HttpResponse:
    """Write the work down, once however often it is confirmed, and start it."""
    actor, identity = actor_of(request), _uuid(request.POST.get("work", "")) or new_id()
    assert actor.id is not None
    with transaction.atomic():
        work, new = BulkWork.objects.get_or_create(
            id=identity,
            defaults={
                "made_by": actor.id,
                "made_by_name": actor.name[:120],
                "made_at": now(),
                "kind": found[0].kind,
                "act": code,
                "label": str(way.label)[:120],
            },
        )
        if new:
            _write_down(request, work, way, found, values)
    return go_on(request, identity)


def _write_down(request: HttpRequest, work: BulkWork, way: Way, found: list[Case], values: Mapping[str, Any]) -> None:
    docket, facts = _look(found, actor_of(request)), facts_of(found, actor_of(request))
    seen = dict(text.split(":", 1) for text in request.POST.getlist("seen") if ":" in text)
    BulkItem.objects.bulk_create(
        _item(work, case, way, docket.held[case.subject_id], values, facts.get(case.id, {}), seen)
        for case in found
        if case.subject_id in docket.held
    )


def _item(
    work: BulkWork,
    case: Case,
    way: Way,
    obj: Any,
    values: Mapping[str, Any],
    facts: Mapping[str, str],
    seen: Mapping[str, str],
) -> BulkItem:
    kind = CASE_KINDS[case.kind]
    version = seen.get(str(case.id), "")
    return BulkItem(
        work=work,
        case_id=case.id,
        subject_id=case.subject_id,
        title=str(kind.title(case))[:160],
        url=kind.url(case)[:200],
        inputs={name: _plain(value) for name, value in way.inputs(obj, values, facts).items()},
        version=int(version) if version.isdigit() else None,
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | list) or value is None else str(value)


@require_POST
def go_on(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Do the next few. Only who began the work goes on with it: each act is his."""
    work, actor = _work(work_id), actor_of(request)
    if work.made_by != actor.id:
        return forbidden(request, _("Whoever began this work goes on with it."))
    way = CASE_KINDS[work.kind].bulk.get(work.act) if work.kind in CASE_KINDS else None
    if way is None:
        raise Http404
    for item in BulkItem.objects.filter(work=work, state=BulkItem.State.WAITING).order_by("id")[:BATCH]:
        _one(item, way, actor)
    if not BulkItem.objects.filter(work=work, state=BulkItem.State.WAITING).exists():
        BulkWork.objects.filter(id=work.id, finished_at__isnull=True).update(finished_at=now())
    return redirect("admin:bulk_work", work.id)


def _one(item: BulkItem, way: Way, actor: Actor) -> None:
    """One act; its key is the item's own, so that an act whose answer was lost is recognised and not done again."""
    try:
        perform(
            way.action,
            actor=actor,
            on=item.subject_id,
            inputs=item.inputs,
            key=f"bulk-{item.id}",
            version=item.version,
        )
    except Busy:
        return
    except NotDone as problem:
        item.state, item.said = BulkItem.State.REFUSED, problem.sentence[:600]
        item.rule = problem.rule if isinstance(problem, Refused) else ""
    else:
        item.state = BulkItem.State.DONE
    item.done_at = now()
    item.save(update_fields=["state", "said", "rule", "done_at"])


# ------------------------------------------------------------------ what became of it


def _work(work_id: UUID) -> BulkWork:
    found = BulkWork.objects.filter(id=work_id).first()
    if found is None:
        raise Http404
    return found


@require_GET
def bulk_work(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """How far it is, and case by case what was done and what was refused."""
    work = _work(work_id)
    rows = list(BulkItem.objects.filter(work=work).order_by("id"))
    states = Counter(row.state for row in rows)
    waiting = states[BulkItem.State.WAITING]
    context = {
        "title": work.label,
        "work": work,
        "rows": rows,
        "done": states[BulkItem.State.DONE],
        "refused": states[BulkItem.State.REFUSED],
        "waiting": waiting,
        "all": len(rows),
        "over": len(rows) - waiting,
        "mine": work.made_by == actor_of(request).id,
        "batch": BATCH,
        "list_url": _list_url(request),
        "crumbs": [
            *_crumbs(),
            {"label": _("Done together"), "url": reverse("admin:bulk_works")},
            {"label": work.label},
        ],
    }
    return page(request, "console/bulk_work.html", context)


@require_GET
def bulk_works(request: HttpRequest) -> HttpResponse:
    """The reader's works, latest first: one that was interrupted is found and finished here."""
    reader = actor_of(request).id
    assert reader is not None
    rows = BulkWork.objects.filter(made_by=reader).order_by("-id")[:SHOWN_WORKS]
    context = {"title": _("Done together"), "rows": rows, "crumbs": _crumbs(_("Done together"))}
    return page(request, "console/bulk_works.html", context)
