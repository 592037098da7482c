"""A fair with parcels, and carriers that sign what they tell."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from orders.models import Order, Shipment, TrackingEvent
from rulebook.clock import now
from rulebook.webhooks import sign
from tests.fair import Fair, build_fair

SECRET = "what the clerk and the sandbox know"
NEWER = "what they will know from Monday on"
OF_POST = "known to the post and to the clerk"


class Notices:
    """Speaks as a carrier. `tell` says what is true of most events; answers come as status and body."""

    def __init__(self, carrier: str = "sandbox", *secrets: str) -> None:
        self.carrier, self.secrets = carrier, secrets or (SECRET,)
        self.client = Client()
        self.sent = 0

    def event(self, waybill: str, word: str, **more: Any) -> dict[str, Any]:
        self.sent += 1
        moment = more.pop("occurred_at", now() - timedelta(minutes=30) + timedelta(seconds=self.sent))
        told = moment.isoformat() if isinstance(moment, datetime) else moment
        return {"id": f"{self.carrier}-{self.sent}", "waybill": waybill, "event": word, "occurred_at": told, **more}

    def tell(self, waybill: str, *words: str, **more: Any) -> list[dict[str, Any]]:
        """A notice of one event or several that must be taken; their results."""
        status, answer = self.post([self.event(waybill, word, **more) for word in words])
        assert status == 200, answer
        return answer["results"]

    def post(self, events: Any, **how: Any) -> tuple[int, Any]:
        return self.send(json.dumps({"events": events}).encode(), **how)

    def send(self, body: bytes, *, at: datetime | None = None, signature: str | None = None) -> tuple[int, Any]:
        header = sign(body, *self.secrets, at=at or now()) if signature is None else signature
        headers = {"X-Signature": header} if header else {}
        self.last = self.client.post(
            f"/webhooks/carriers/{self.carrier}/", body, content_type="application/json", headers=headers
        )
        return self.last.status_code, json.loads(self.last.content)


@pytest.fixture(autouse=True)
def secrets(settings: LazySettings) -> None:
    settings.CARRIER_SECRETS = {"sandbox": (SECRET,), "post": (OF_POST,)}


@pytest.fixture
def fair(db: None) -> Fair:
    """Its clock stands a day back: what is ordered and shipped there was so before carriers tell of it."""
    return build_fair(begin=now() - timedelta(days=1))


@pytest.fixture
def sandbox() -> Notices:
    return Notices()


def parcel(fair: Fair, waybill: str, **inputs: Any) -> Shipment:
    """A parcel under way, of an order of its own."""
    return fair.do("seller.ship", on=fair.paid(**inputs), waybill=waybill)


def timeline(shipment: Shipment) -> list[str]:
    """In the order in which it happened."""
    return list(
        TrackingEvent.objects.filter(shipment_id=shipment.id).order_by("at", "id").values_list("event", flat=True)
    )


def order_of(shipment: Shipment) -> Order:
    return Order.objects.get(pk=shipment.order_id)


def result(results: list[dict[str, Any]]) -> list[str]:
    return [row["result"] for row in results]
