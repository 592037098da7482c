"""Work of the day about orders and what belongs to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from orders.models import Message, Order, Thread
from rulebook.amending import current_rulebook
from rulebook.calendars import calendar_months
from rulebook.citations import cite
from rulebook.daily import daily
from rulebook.zones import platform_zone

# ------------------------------------------------------------------ messages

AT_ONCE, MOST = 500, 100_000
"""Messages of one statement, and of one day; the rest has time until tomorrow."""

cite("FB-3", "dailies.forget_old_messages")


@daily("forget_old_messages")
def forget_old_messages(moment: datetime) -> dict[str, Any]:
    """FB-3: after some years words and pictures go; that a message was sent, when and by whom, stays.

    What an open dispute may need is kept until it has ended. The parties themselves can delete nothing.
    """
    years = current_rulebook().at(moment).message.retention_years
    before = calendar_months(moment, -12 * years, zone=platform_zone())
    forgotten = 0
    while forgotten < MOST:
        found = list(_old(before).order_by("sent_at", "id").values_list("id", "thread_id")[:AT_ONCE])
        if not found:
            break
        ids, threads = [row[0] for row in found], {row[1] for row in found}
        Message.objects.filter(id__in=ids).update(text="", files=[], steers="", forgotten_at=moment)
        Thread.objects.filter(id__in=threads, last_at__lt=before).update(last_text="")
        forgotten += len(found)
    return {"forgotten": forgotten}


def _old(before: datetime) -> QuerySet[Message]:
    disputed = Order.objects.filter(pk=OuterRef("order_id"), open_dispute_id__isnull=False)
    return Message.objects.filter(~Exists(disputed), forgotten_at__isnull=True, sent_at__lt=before)
