"""What only this app can prove: its plain references, and that evidence still is what was sent."""

from __future__ import annotations

from collections.abc import Iterator

from disputes.models import Evidence
from finance.verifying import check, dangling
from rulebook.files import Damaged, open_kept

REFERENCES = (
    ("orders_order", "open_dispute_id", "disputes_dispute"),
    ("disputes_dispute", "proposed_ruling_id", "disputes_ruling"),
    ("orders_message", "dispute_id", "disputes_dispute"),
    ("disputes_evidence", "order_id", "orders_order"),
    ("disputes_offer", "order_id", "orders_order"),
    ("disputes_ruling", "order_id", "orders_order"),
    ("disputes_appeal", "order_id", "orders_order"),
)


@check("disputes' references exist")
def references_exist() -> Iterator[str]:
    yield from dangling(REFERENCES)


@check("evidence is what was kept")
def evidence_is_whole() -> Iterator[str]:
    """Every file is read and compared with its key."""
    seen = Evidence.objects.exclude(file_key="").order_by("id").values_list("id", "file_key")
    for evidence, key in seen.iterator(chunk_size=1000):
        try:
            open_kept(key)
        except Damaged as damage:
            yield f"evidence {evidence}: {damage}"
