"""A confirmed work: each case gets an act of its own under the worker's name. Whatever interrupts it, it goes on where it
stood, and does nothing twice.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rulebook.actions import perform
from rulebook.actors import Actor
from rulebook.admin.acting import forbidden
from rulebook.admin.base import actor_of, page
from rulebook.admin.bulk.ahead import kept_from
from rulebook.admin.bulk.ways import Way, crumbs, identity_in, list_url, looked_at
from rulebook.admin.cases import CASE_KINDS
from rulebook.admin.texts import facts_of
from rulebook.clock import now
from rulebook.ids import new_id
from rulebook.models import BulkItem, BulkWork, Case
from rulebook.posting import posted_from
from rulebook.refusals import Busy, NotDone, Refused

log = logging.getLogger("piepowder.bulk")

BATCH = 20
"""So many are done by one request."""
SHOWN_WORKS = 20


def begin(request: HttpRequest, way: Way, code: str, found: list[Case], values: Mapping[str, Any]) -> HttpResponse:
    """Write the work down, once however often it is confirmed, and start it."""
    actor, identity = actor_of(request), identity_in(request.POST.get("work", "")) or new_id()
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
    """An item for each case; one that came into other hands since the preview stands there as refused."""
    actor = actor_of(request)
    docket, facts, kept = looked_at(found, actor), facts_of(found, actor), kept_from(found, actor)
    seen = dict(text.split(":", 1) for text in request.POST.getlist("seen") if ":" in text)
    items = [
        _item(work, case, way, docket.held[case.subject_id], values, facts.get(case.id, {}), seen)
        for case in found
        if case.subject_id in docket.held
    ]
    for item in items:
        if item.case_id in kept:
            item.state, item.said, item.done_at = BulkItem.State.REFUSED, kept[item.case_id][:600], work.made_at
    BulkItem.objects.bulk_create(items)


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


@posted_from("admin:bulk_work", "work_id")
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
    except Exception:  # one broken case stops neither the cases after it nor the work; the worker is told
        log.exception("item %s of bulk work %s failed", item.id, item.work_id)
        item.state = BulkItem.State.REFUSED
        item.said = _("An error of ours stopped this case. Look at it by itself before you decide it again.")
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
        "list_url": list_url(request),
        "crumbs": [
            *crumbs(),
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
    context = {"title": _("Done together"), "rows": rows, "crumbs": crumbs(_("Done together"))}
    return page(request, "console/bulk_works.html", context)
