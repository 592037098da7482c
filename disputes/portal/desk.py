"""What of disputes waits for the store."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.models import Dispute
from rulebook.models import Deadline
from rulebook.sentences import money_text
from stores.portal import desk

desk.place("disputes", gettext_lazy("Disputes"), "portal:disputes", position=30)
desk.deadline(
    "seller_response",
    label=gettext_lazy("Answer the claim"),
    then=gettext_lazy("then the claim is paid in full"),
    todo="disputes",
)
desk.deadline("negotiation", label=gettext_lazy("Agree with the buyer"), then=gettext_lazy("then the platform decides"))


@desk.todos("seller_response")
def to_answer(request: HttpRequest, rows: list[Deadline]) -> Iterable[desk.Todo]:
    """Claims without an answer: silence pays them."""
    found = Dispute.objects.in_bulk([row.subject_id for row in rows])
    for row in rows:
        dispute = found.get(row.subject_id)
        if dispute is not None:
            page = reverse("portal:dispute", args=[dispute.public_id])
            then = _("then {refund} go back to the buyer").format(refund=money_text(dispute.refund))
            yield desk.Todo(
                title=_("Answer the claim of dispute {name}").format(name=dispute.name),
                detail=f"{dispute.get_reason_display()} · "
                + _("{refund} claimed").format(refund=money_text(dispute.refund)),
                url=page,
                act=_("Read and answer"),
                look_url=page,
                may="answer_disputes",
                deadline=desk.chip(row, then=then),
                due_at=row.due_at,
            )
