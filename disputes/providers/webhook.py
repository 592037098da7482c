"""Where providers tell of chargebacks and withdrawals: ``POST /webhooks/providers/<provider>/``, signed
(`rulebook.webhooks`).

    {"events": [{"id": "evt_1", "event": "chargeback.opened", "occurred_at": "2026-03-07T14:00:00+00:00", "case": "cb_77",
                 "order": "ord_…", "amount": "35.00 USD", "network": "visa", "code": "13.1"}, …]}

The answer has a result for each event, in their order: 200, or 202 while one of them waits. Whatever is sent again does no
harm.
"""

from __future__ import annotations

import logging
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response

from disputes.providers.port import Provider, provider_of
from disputes.providers.receiving import BUSY, WAITING, actor_of, receive
from disputes.providers.secrets import secrets_for
from rulebook.api.access import Caller
from rulebook.api.problems import TooLarge
from rulebook.api.reading import LARGEST_JSON, JsonParser, body_of
from rulebook.api.views import ApiView
from rulebook.clock import now
from rulebook.refusals import Busy, NotFound
from rulebook.webhooks import HEADER, BadSignature, verify
from rulebook.zones import platform_zone

log = logging.getLogger("piepowder.providers")


class ProviderSignature(BaseAuthentication):
    """Who knows the secret is the provider. Nothing of the body is read before that but its length."""

    def authenticate(self, request: Any) -> tuple[Caller, None]:
        code = request.parser_context["kwargs"]["provider"]
        provider, secrets = provider_of(code), secrets_for(code)
        if provider is None or not secrets:
            raise NotFound(_("There is no webhook for this provider."))
        body = request._request.body
        if len(body) > LARGEST_JSON:
            raise TooLarge(_("The body is larger than {most} KB.").format(most=LARGEST_JSON // 1024))
        try:
            verify(request.headers.get(HEADER), body, secrets, at=now())
        except BadSignature as fault:
            log.warning("a notice in the name of provider %s was not believed; signature: %s", code, fault)
            raise AuthenticationFailed(
                _("{header}: the signature is not good ({fault}).").format(header=HEADER, fault=fault)
            ) from None
        return Caller(actor_of(provider), platform_zone()), None

    def authenticate_header(self, request: Any) -> str:
        return 'Signature realm="piepowder"'


@extend_schema(exclude=True)  # another door with another key: docs/providers.md
class ProviderWebhookView(ApiView):
    """POST: a notice with up to a hundred events."""

    authentication_classes = (ProviderSignature,)
    parser_classes = (JsonParser,)

    def post(self, request: Any, provider: str) -> Response:
        known = provider_of(provider)
        assert isinstance(known, Provider)  # it has signed
        answers = receive(known, known.adapter.read(body_of(request)))
        if any(answer.result == BUSY for answer in answers):
            raise Busy(_("Some of these events are being worked on right now. Send the same notice again in a moment."))
        status = 202 if any(answer.result == WAITING for answer in answers) else 200
        return Response({"results": [answer.shown() for answer in answers]}, status=status)


urlpatterns = [path("providers/<str:provider>/", ProviderWebhookView.as_view(), name="provider-webhook")]
