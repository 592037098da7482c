"""What the worker does for orders. No fact lives in the queue: a shipping list's rows say what is left to do."""

from __future__ import annotations

from uuid import UUID

from orders.models.batch import BatchState, ShippingBatch
from orders.portal.bulk.doing import hand_over, rests, turn

LISTS_LOOKED_AT = 20


def ship_list(batch_id: str) -> bool:
    """One turn of a confirmed shipping list; asks for the next one when rows are left."""
    left = turn(UUID(batch_id))
    if left:
        hand_over(UUID(batch_id))
    return left


def go_on_with_lists() -> int:
    """Lists that rest although they are not done: ask for a turn of each."""
    running = ShippingBatch.objects.filter(state=BatchState.RUNNING).order_by("confirmed_at")[:LISTS_LOOKED_AT]
    resting = [batch for batch in running if rests(batch)]
    for batch in resting:
        hand_over(batch.id)
    return len(resting)
