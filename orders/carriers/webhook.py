"""Where carriers tell of parcels: ``POST /webhooks/carriers/<carrier>/``, signed (`rulebook.webhooks`).

    {"events": [{"id": "9001", "waybill": "RR473124829CN", "event": "EMD", "occurred_at": "2026-03-07T14:00:00+08:00",
                 "place": "Leipzig", "country": "DE"}, …]}

The answer has a result for each event, in their order. Whatever is sent again does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema

from orders.carriers.port import Carrier, carrier_of
from orders.carriers.receiving import actor_of, receive
from orders.carriers.secrets import secrets_for
from rulebook.actors import Actor
from rulebook.webhooks.door import NoticeView, Signed


class CarrierSignature(Signed):
    kind = "carrier"

    def sender(self, code: str) -> tuple[Actor, Sequence[str]] | None:
        carrier = carrier_of(code)
        return None if carrier is None else (actor_of(carrier), secrets_for(code))


@extend_schema(exclude=True)  # another door with another key: docs/carriers.md
class CarrierWebhookView(NoticeView):
    authentication_classes = (CarrierSignature,)

    def receive(self, code: str, body: Any) -> Sequence[Any]:
        carrier = carrier_of(code)
        assert isinstance(carrier, Carrier)  # it has signed
        return receive(carrier, carrier.adapter.read(body))


urlpatterns = [path("carriers/<str:code>/", CarrierWebhookView.as_view(), name="carrier-webhook")]
