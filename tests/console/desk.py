"""Rows of the worklist for tests of the desk, and what its pages show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from rulebook.clock import now
from rulebook.ids import new_id
from rulebook.models import Case


def case(fair: Any, minutes: int | None = 60, **fields: Any) -> Case:
    """A row of the list alone; minutes: until it is due."""
    due = None if minutes is None else now() + timedelta(minutes=minutes)
    usual = {
        "state": "arbitration",
        "lane": "arbitration",
        "topic": "quality",
        "kind": "dispute",
        "value_minor": 10_00,
        "value_usd_minor": fields.get("value_minor", 10_00),
        "opened_at": now(),
        "store_name": "Lin's lights",
        "party": "Ada",
    }
    return Case.objects.create(store_id=fair.store.pk, subject_id=new_id(), due_at=due, **{**usual, **fields})


def shown(page: Any) -> list[str]:
    return [row["id"] for row in page.context["worklist"]["rows"]]


def statements(client: Any, address: str) -> int:
    client.get(address)  # what a first request fills once
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)
