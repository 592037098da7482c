"""What the desk knows about matters of orders: facts for prepared texts, and what may be decided for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from orders.models import Complaint, Order, OrderLine, Review, Shipment
from rulebook.admin.bulk import Way
from rulebook.models import Case

Facts = dict[UUID, dict[str, str]]


def facts_by(model: Any) -> Callable[[Iterable[Case]], Facts]:
    """For rows about objects with an `order_id`: the order's number and what was ordered; three statements."""

    def facts(rows: Iterable[Case]) -> Facts:
        of_case = {row.subject_id: row.id for row in rows}
        about = model.objects.filter(id__in=list(of_case), order_id__isnull=False).values_list("id", "order_id")
        order_of = {of_case[subject]: order for subject, order in about}
        orders = Order.objects.in_bulk(set(order_of.values()))
        items: dict[UUID, list[str]] = defaultdict(list)
        lines = OrderLine.objects.filter(order_id__in=list(orders)).order_by("id")
        for order_id, title in lines.values_list("order_id", "title"):
            items[order_id].append(title)
        return {
            case: {"order": orders[order].name, "item": ", ".join(items[order])}
            for case, order in order_of.items()
            if order in orders
        }

    return facts


facts_of_reviews, facts_of_complaints, facts_of_parcels = map(facts_by, (Review, Complaint, Shipment))

REVIEWS: dict[str, Way] = {
    "keep": Way(
        action="moderator.keep_review",
        label=_("Keep the reviews"),
        sentence=_("The reports are answered, the reviews stand. Author and store read the reasons."),
    ),
    "hide": Way(
        action="moderator.hide_review",
        label=_("Hide the reviews"),
        sentence=_("They are shown to nobody and count no more, until somebody shows them again."),
    ),
}
COMPLAINTS: dict[str, Way] = {
    "answer": Way(
        action="moderator.answer_complaint",
        label=_("Answer the complaints"),
        sentence=_("The same words to all, filled in for each. An answer ends its complaint."),
    )
}
PARCELS: dict[str, Way] = {
    "clear": Way(
        action="moderator.clear_shipment",
        label=_("They were shipped"),
        sentence=_("The doubts are taken back; the orders go on as if none had been raised."),
    )
}
