"""The statement of reasons at the sellers' door, for reading and for paper."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from disputes.models import Dispute, Ruling
from disputes.statement import statement_of
from rulebook.docket import Docket
from rulebook.rule import SELLER
from stores.portal.doors import find, store_staff_required
from stores.portal.linking import leads

leads("dispute_resolved", "dispute_statement")
leads("dispute_ended_with_order", "dispute_statement")
leads("appeal_decided", "dispute_statement")


@store_staff_required
def of_ruling(request: Any, ruling: str) -> HttpResponse:
    """Of the ruling's dispute; a ruling that waits for its second person is not there yet."""
    found, docket = find(request, Ruling, ruling)
    if found.in_force_at is None:
        raise Http404
    return _show(request, found.dispute, docket)


@store_staff_required
def of_dispute(request: Any, dispute: str) -> HttpResponse:
    found, docket = find(request, Dispute, dispute)
    return _show(request, found, docket)


def _show(request: Any, dispute: Dispute, docket: Docket) -> HttpResponse:
    told = statement_of(dispute, reader=SELLER)
    if told is None:
        raise Http404
    context = {
        "nav_current": "disputes",
        "crumbs": [
            {"label": _("Disputes"), "url": reverse("portal:disputes")},
            {"label": dispute.name, "url": reverse("portal:dispute", args=[dispute.public_id])},
            {"label": _("Statement of reasons")},
        ],
        "statement": told,
    }
    return render(request, "disputes/portal/statement.html", context)
