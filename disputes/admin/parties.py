"""Who the parties are: what they lived through before, and the store's figures against their limits.

Counted over a bounded past; each list is one statement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from disputes.models import Dispute
from disputes.states import OPEN, Outcome
from orders.models import Order
from stores.health import figures_now, rules_of, standing

STORE_MEMORY, BUYER_MEMORY = 100, 200
"""How far back the histories are counted: the store's last disputes, the buyer's last orders."""

CODES = ("dispute_rate", "not_received_rate", "not_as_described_rate", "arbitration_rate", "seller_liable_rate")


def parties_of(dispute: Dispute, order: Order, at: datetime) -> list[dict[str, Any]]:
    """The store and the buyer; four statements."""
    others = Dispute.objects.exclude(id=dispute.id)
    of_store = others.filter(store_id=order.store_id).order_by("-opened_at", "-id").values_list("state", "outcome")
    orders = list(
        Order.objects.filter(buyer_id=order.buyer_id)
        .order_by("-placed_at", "-id")
        .values_list("id", "disputes_count", "chargebacks_count", "paid_at")[:BUYER_MEMORY]
    )
    disputed = [identity for identity, disputes, _chargebacks, _paid in orders if disputes]
    of_buyer = others.filter(order_id__in=disputed).values_list("state", "outcome") if disputed else []
    return [
        {
            "side": "store",
            "label": _("Store"),
            "name": order.store.name,
            "url": reverse("admin:store", args=[order.store.public_id]),
            "health_url": reverse("admin:health", args=[order.store.public_id]),
            "figures": figures_of(order.store, at),
            "points": _points(order.store),
            **_history(list(of_store[:STORE_MEMORY]), STORE_MEMORY),
        },
        {
            "side": "buyer",
            "label": _("Buyer"),
            "name": order.buyer_name or _("unnamed"),
            "url": "",
            "orders": f"{BUYER_MEMORY}+" if len(orders) >= BUYER_MEMORY else len(orders),
            "paid": sum(1 for *_rest, paid in orders if paid),
            "chargebacks": sum(count for _id, _disputes, count, _paid in orders),
            **_history(list(of_buyer), BUYER_MEMORY),
        },
    ]


def figures_of(store: Any, at: datetime) -> list[dict[str, Any]]:
    """The store's indicators of disputes, with how they stand; one statement."""
    rules = rules_of(store, at)
    found = []
    for code, figure in figures_now(store, at, CODES).items():
        stands = standing(code, figure.value, rules)
        found.append(
            {
                "title": _(figure.indicator.title),
                "value": "–" if figure.value is None else f"{figure.value} %",
                "of": f"{figure.above:,} / {figure.below:,}",
                "tone": stands.tone if stands else "",
                "word": stands.word if stands else "",
                "url": reverse("admin:indicator", args=[store.public_id, code]),
            }
        )
    return found


def _points(store: Any) -> list[tuple[str, int]]:
    rows = [
        (_("Points for trade"), store.points),
        (_("Points for quality"), store.points_quality),
        (_("Points for rights"), store.points_ip),
    ]
    return [row for row in rows if row[1]]


def _history(rows: Iterable[tuple[str, str]], most: int) -> dict[str, Any]:
    rows = list(rows)
    ended: Mapping[str, int] = Counter(outcome for _state, outcome in rows)
    won, lost = ended.get(Outcome.REFUND_RULED, 0), ended.get(Outcome.REFUND_REJECTED, 0)
    paid = won + ended.get(Outcome.REFUND_AS_CLAIMED, 0) + ended.get(Outcome.REFUND_AGREED, 0)
    over = sum(count for outcome, count in ended.items() if outcome)
    return {
        "disputes": f"{most}+" if len(rows) >= most else len(rows),
        "open": sum(1 for state, _outcome in rows if state in OPEN),
        "for_buyer": won,
        "for_seller": lost,
        "silence": ended.get(Outcome.REFUND_AS_CLAIMED, 0),
        "agreed": ended.get(Outcome.REFUND_AGREED, 0),
        "withdrawn": ended.get(Outcome.WITHDRAWN, 0),
        "paid_share": f"{round(100 * paid / over)} %" if over else "",
        "ended": over,
    }
