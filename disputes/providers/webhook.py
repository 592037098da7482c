"""Where providers tell of chargebacks and withdrawals: ``POST /webhooks/providers/<provider>/``, signed
(`rulebook.webhooks`).

    {"events": [{"id": "evt_1", "event": "chargeback.opened", "occurred_at": "2026-03-07T14:00:00+00:00",
                 "case": "cb_77", "order": "ord_…", "amount": "35.00 USD", "network": "visa", "code": "13.1"}, …]}

The answer has a result for each event, in their order: 200, or 202 while one of them waits. Whatever is sent again
does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema

from disputes.providers.port import Provider, provider_of
from disputes.providers.receiving import WAITING, actor_of, receive
from disputes.providers.secrets import secrets_for
from rulebook.actors import Actor
from rulebook.webhooks.door import NoticeView, Signed


class ProviderSignature(Signed):
    kind = "provider"

    def sender(self, code: str) -> tuple[Actor, Sequence[str]] | None:
        provider = provider_of(code)
        return None if provider is None else (actor_of(provider), secrets_for(code))


@extend_schema(exclude=True)  # another door with another key: docs/providers.md
class ProviderWebhookView(NoticeView):
    authentication_classes = (ProviderSignature,)

    def receive(self, code: str, body: Any) -> Sequence[Any]:
        provider = provider_of(code)
        assert isinstance(provider, Provider)  # it has signed
        return receive(provider, provider.adapter.read(body))

    def status_of(self, answers: Sequence[Any]) -> int:
        """202 while an event waits for what must come before it."""
        return 202 if any(answer.result == WAITING for answer in answers) else 200


urlpatterns = [path("providers/<str:code>/", ProviderWebhookView.as_view(), name="provider-webhook")]
