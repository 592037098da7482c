"""The page "Decided alike": each moderator's rulings beside those of the others, as tables, charts and CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from disputes.consistency import Cell, Figures, consistency
from disputes.states import Reason
from rulebook.admin.acting import forbidden
from rulebook.admin.base import actor_of, page
from rulebook.calendars import day_start, local_day
from rulebook.clock import now
from rulebook.spreadsheets import safe
from rulebook.zones import platform_zone
from stores.charts import bars

PERIODS: dict[str, tuple[int, Any]] = {
    "30": (30, gettext_lazy("30 days")),
    "90": (90, gettext_lazy("90 days")),
    "365": (365, gettext_lazy("A year")),
}
USUAL = "90"
TONES = {"few": "wait", "alike": "done", "apart": "due", "far": "risk"}


def _period(request: HttpRequest) -> tuple[str, datetime, datetime]:
    """Whole platform days, today included."""
    code = request.GET.get("period", USUAL)
    code = code if code in PERIODS else USUAL
    zone = platform_zone()
    until = now()
    first = local_day(until, zone) - timedelta(days=PERIODS[code][0] - 1)
    return code, day_start(first, zone), until


@require_GET
def alike(request: HttpRequest) -> HttpResponse:
    """For those who compare rulings: each moderator beside the others, and all by reason and week."""
    if not actor_of(request).may("compare_rulings"):
        return forbidden(request, _("Senior arbitrators and auditors compare rulings."))
    code, since, until = _period(request)
    found = consistency(since, until)
    context = {
        "title": _("Decided alike"),
        "crumbs": [{"label": _("Decided alike")}],
        "since": since,
        "until": until,
        "periods": [
            {"label": label, "url": f"{reverse('admin:alike')}?period={name}", "active": name == code}
            for name, (_days, label) in PERIODS.items()
        ],
        "csv_url": f"{reverse('admin:alike_csv')}?period={code}",
        "total": _shown(found.total),
        "moderators": [
            {
                "name": one.name or _("not named"),
                "row": _shown(one.total),
                "reasons": [{"label": _reason(about), "row": _shown(cell)} for about, cell in one.by_reason.items()],
            }
            for one in found.moderators
        ],
        "reasons": [{"label": _reason(about), "row": _shown(cell)} for about, cell in found.reasons.items()],
        "weeks": [
            {"begins": week.begins, "rulings": week.rulings, "for_buyer": week.for_buyer} for week in found.weeks
        ],
        "chart": {
            "drawn": bars([week.for_buyer for week in found.weeks], [week.rulings for week in found.weeks]),
            "text": _("Rulings by week, and how many of them for the buyer"),
            "both": True,
        },
        "people_chart": {
            "drawn": bars(
                [one.total.for_buyer for one in found.moderators], [one.total.rulings for one in found.moderators]
            ),
            "text": _("Rulings by moderator, in the order of the table, and how many of them for the buyer"),
            "both": True,
        },
    }
    return page(request, "disputes/admin/alike.html", context)


def _reason(about: str) -> str:
    return str(Reason(about).label) if about in Reason.values else about


def _shown(cell: Cell) -> dict[str, Any]:
    return {
        "rulings": cell.rulings,
        "median": hours(cell.median_wait),
        "mean": hours(cell.mean_wait),
        "for_buyer": percent(cell.buyer_share),
        "share": percent(cell.share),
        "appealed": percent(cell.appeal_rate),
        "overturned": percent(cell.overturn_rate),
        "peers": percent(cell.peers),
        "difference": points(cell.difference),
        "says": cell.word if cell.peers is not None or cell.says != "few" else _("nobody to compare with"),
        "tone": TONES[cell.says],
    }


def hours(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    whole = seconds / 3600
    return _("{hours} h").format(hours=f"{whole:.1f}") if whole < 72 else _("{days} d").format(days=f"{whole / 24:.1f}")


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def points(difference: float | None) -> str:
    return "–" if difference is None else f"{100 * difference:+.0f}".replace("-", "−")


# ------------------------------------------------------------------ as a table for other programs

COLUMNS = (
    "moderator",
    "reason",
    "rulings",
    "median_hours",
    "mean_hours",
    "share_for_buyer",
    "share_of_claim_refunded",
    "appeal_rate",
    "overturn_rate",
    "peers_share_for_buyer",
    "difference",
    "says",
)


@require_GET
def alike_csv(request: HttpRequest) -> HttpResponse:
    """The same figures, a line for each moderator and reason; shares are fractions of one."""
    if not actor_of(request).may("compare_rulings"):
        return forbidden(request, _("Senior arbitrators and auditors compare rulings."))
    code, since, until = _period(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rulings-{code}-days.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows(_rows(consistency(since, until)))
    return response


def _rows(found: Figures) -> Iterator[list[Any]]:
    for one in found.moderators:
        for about, cell in one.by_reason.items():
            yield _row(one.name, about, cell)
        yield _row(one.name, "", one.total)
    for about, cell in found.reasons.items():
        yield _row("", about, cell)


def _row(name: str, about: str, cell: Cell) -> list[Any]:
    return [
        safe(name),
        about,
        cell.rulings,
        "" if cell.median_wait is None else f"{cell.median_wait / 3600:.2f}",
        f"{cell.mean_wait / 3600:.2f}",
        f"{cell.buyer_share:.4f}",
        f"{cell.share:.4f}",
        f"{cell.appeal_rate:.4f}",
        "" if cell.overturn_rate is None else f"{cell.overturn_rate:.4f}",
        "" if cell.peers is None else f"{cell.peers:.4f}",
        "" if cell.difference is None else f"{cell.difference:.4f}",
        cell.says,
    ]
