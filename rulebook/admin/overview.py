"""The console's first page: what waits for the reader, what is overdue in which lane, what is most urgent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from rulebook.actors import Actor
from rulebook.admin.base import actor_of
from rulebook.admin.cases import ESCALATED, LANES, VIEWS, allowed, capped, cases, counts, page_of, questions
from rulebook.admin.desk import asked_of
from rulebook.admin.worklist import COLUMNS, rows_of
from rulebook.clock import now
from rulebook.models import Deadline
from rulebook.models.case import FOR_A_MODERATOR
from rulebook.models.deadline import DeadlineStatus

MOST_URGENT = 8
"""Cases of the worklist that stand on the first page."""


def overview(request: HttpRequest) -> dict[str, Any]:
    """For `console/index.html`; a constant number of statements."""
    actor, moment = actor_of(request), now()
    mine = allowed(actor, cases("todo", "", actor, moment))
    late = Q(due_at__lte=moment)
    wanted: dict[str, QuerySet[Any]] = {
        "mine": cases("mine", "", actor, moment),
        "asked": questions(actor),
        "seniors": cases("seniors", "", actor, moment),
        "todo": cases("todo", "", actor, moment),
        "stuck": Deadline.objects.filter(status=DeadlineStatus.STUCK),
        **{f"open_{lane}": cases(lane, "", actor, moment) for lane in FOR_A_MODERATOR},
        **{f"late_{lane}": cases(lane, "", actor, moment).filter(late) for lane in FOR_A_MODERATOR},
    }
    every = counts(wanted)
    urgent, _earlier, _more = page_of(mine, None, None, MOST_URGENT)
    return {
        "figures": _figures(every, actor),
        "lanes": [
            {
                "label": LANES[lane],
                "url": _list_url(view="all", lane=lane),
                "open": capped(every[f"open_{lane}"]),
                "late": capped(every[f"late_{lane}"]),
                "late_url": _list_url(view="overdue", lane=lane),
            }
            for lane in FOR_A_MODERATOR
        ],
        "questions": asked_of(actor) if every["asked"] else [],
        "stuck": capped(every["stuck"]),
        "worklist": {
            "id": "urgent",
            "title": _("Most urgent"),
            "columns": [{"label": _(label), "num": num} for label, num in COLUMNS[:-1]],
            "rows": [{**row, "cells": row["cells"][:-1]} for row in rows_of(urgent, actor, moment)],
            "bare": True,
            "pager": None,
            "empty": {
                "title": _("Nothing waits for you"),
                "text": _("Cases that your role decides appear here, the most urgent first."),
                "url": _list_url(view="all"),
                "action": _("See all open cases"),
            },
        },
        "has_next": bool(urgent),
    }


def _figures(every: Mapping[str, int], actor: Actor) -> list[dict[str, Any]]:
    """What waits for the reader himself."""
    late = sum(every[f"late_{lane}"] for lane in FOR_A_MODERATOR)
    shown = [
        (VIEWS["mine"], every["mine"], _list_url(view="mine"), False),
        (VIEWS["asked"], every["asked"], "#questions" if every["asked"] else _list_url(view="asked"), False),
        (LANES["second"], every["open_second"], _list_url(view="all", lane="second"), False),
        (LANES["appeals"], every["open_appeals"], _list_url(view="all", lane="appeals"), False),
        (VIEWS["seniors"], every["seniors"], _list_url(view="seniors"), actor.may(ESCALATED)),
        (VIEWS["overdue"], late, _list_url(view="overdue"), True),
    ]
    return [
        {"label": label, "count": capped(count), "url": url, "bad": bad and bool(count)}
        for label, count, url, bad in shown
    ]


def _list_url(**said: str) -> str:
    query = "&".join(f"{name}={quote(value)}" for name, value in said.items())
    return f"{reverse('admin:worklist')}?{query}"
