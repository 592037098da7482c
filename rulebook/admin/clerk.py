"""The deadlines page: first what could not be carried out, with its error, then what is overdue or due next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rulebook import sweeper
from rulebook.actors import Actor
from rulebook.admin.acting import forbidden
from rulebook.admin.base import actor_of, page
from rulebook.clock import now
from rulebook.ids import public_id
from rulebook.models import Deadline
from rulebook.models.base import KINDS
from rulebook.models.deadline import DeadlineStatus
from rulebook.posting import posted_from

SHOWN = 50


def may_retry(actor: Actor) -> bool:
    """Whoever does more than look: the retry decides nothing that the rules have not decided."""
    return bool(actor.roles - {"auditor"})


@require_GET
def deadlines(request: HttpRequest) -> HttpResponse:
    stuck = Deadline.objects.filter(status=DeadlineStatus.STUCK).order_by("retry_at", "id")[: SHOWN + 1]
    due = Deadline.objects.filter(status=DeadlineStatus.PENDING).order_by("due_at", "id")[:SHOWN]
    rows = list(stuck)
    context = {
        "title": _("Deadlines"),
        "stuck": [_shown(row) for row in rows[:SHOWN]],
        "more_stuck": len(rows) > SHOWN,
        "due": [_shown(row) for row in due],
        "may_retry": may_retry(actor_of(request)),
    }
    return page(request, "rulebook/admin/deadlines.html", context)


def _shown(row: Deadline) -> dict[str, Any]:
    kind = KINDS.get(row.subject_kind)
    subject = public_id(kind.PREFIX, row.subject_id) if kind else str(row.subject_id)
    return {
        "id": row.pk,
        "what": f"{row.subject_kind} · {row.name.replace('_', ' ')}",
        "subject": subject,
        "url": _page_of(row, subject),
        "rule": row.rule,
        "attempts": row.attempts,
        "retry_at": row.retry_at,
        "error": row.error,
        "due_at": row.due_at,
        "chip": {
            "name": row.name.replace("_", " ").capitalize(),
            "due_at": row.due_at,
            "standing": row.status,
            "rule": row.rule,
        },
    }


PAGES = {"order": "order", "dispute": "case", "store": "store", "amendment": "amendment"}


def _page_of(row: Deadline, subject: str) -> str:
    try:
        return reverse(f"admin:{PAGES[row.subject_kind]}", args=[subject])
    except (KeyError, NoReverseMatch):
        return ""


@posted_from("admin:deadlines")
def retry(request: HttpRequest, deadline_id: UUID) -> HttpResponse:
    """Run a stuck deadline at once, instead of when its waiting time is over."""
    if not may_retry(actor_of(request)):
        return forbidden(request, _("Auditors look; they carry nothing out."))
    row = Deadline.objects.filter(pk=deadline_id).first()
    if row is None:
        raise Http404
    if not Deadline.objects.filter(pk=row.pk, status=DeadlineStatus.STUCK).update(status=DeadlineStatus.PENDING):
        messages.info(request, _("This deadline is not stuck any more."))
        return redirect("admin:deadlines")
    sweeper.sweep_root(row)
    row.refresh_from_db()
    if row.status == DeadlineStatus.STUCK:
        messages.error(request, _("Tried again, and it is still stuck: {error}").format(error=row.error))
    elif row.due_at > now():
        messages.success(request, _("It is pending again and will run when it is due."))
    else:
        messages.success(request, _("Tried again, and carried out."))
    return redirect("admin:deadlines")
