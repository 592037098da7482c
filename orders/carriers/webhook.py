"""Where carriers tell of parcels: ``POST /webhooks/carriers/<carrier>/``, signed (`rulebook.webhooks`).

    {"events": [{"id": "9001", "waybill": "RR473124829CN", "event": "EMD", "occurred_at": "2026-03-07T14:00:00+08:00",
                 "place": "Leipzig", "country": "DE"}, …]}

The answer has a result for each event, in their order. Whatever is sent again does no harm.
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

from orders.carriers.port import Carrier, carrier_of
from orders.carriers.receiving import BUSY, actor_of, receive
from orders.carriers.secrets import secrets_for
from rulebook.api.access import Caller
from rulebook.api.problems import TooLarge
from rulebook.api.reading import LARGEST_JSON, JsonParser, body_of
from rulebook.api.views import ApiView
from rulebook.clock import now
from rulebook.refusals import Busy, NotFound
from rulebook.webhooks import HEADER, BadSignature, verify
from rulebook.zones import platform_zone

log = logging.getLogger("piepowder.carriers")


class CarrierSignature(BaseAuthentication):
    """Who knows the secret is the carrier. Nothing of the body is read before that but its length."""

    def authenticate(self, request: Any) -> tuple[Caller, None]:
        code = request.parser_context["kwargs"]["carrier"]
        carrier, secrets = carrier_of(code), secrets_for(code)
        if carrier is None or not secrets:
            raise NotFound(_("There is no webhook for this carrier."))
        body = request._request.body
        if len(body) > LARGEST_JSON:
            raise TooLarge(_("The body is larger than {most} KB.").format(most=LARGEST_JSON // 1024))
        try:
            verify(request.headers.get(HEADER), body, secrets, at=now())
        except BadSignature as fault:
            log.warning("a notice in the name of carrier %s was not believed; signature: %s", code, fault)
            raise AuthenticationFailed(
                _("{header}: the signature is not good ({fault}).").format(header=HEADER, fault=fault)
            ) from None
        return Caller(actor_of(carrier), platform_zone()), None

    def authenticate_header(self, request: Any) -> str:
        return 'Signature realm="piepowder"'


@extend_schema(exclude=True)  # another door with another key: docs/carriers.md
class CarrierWebhookView(ApiView):
    """POST: a notice with up to two hundred events."""

    authentication_classes = (CarrierSignature,)
    parser_classes = (JsonParser,)

    def post(self, request: Any, carrier: str) -> Response:
        known = carrier_of(carrier)
        assert isinstance(known, Carrier)  # it has signed
        answers = receive(known, known.adapter.read(body_of(request)))
        if any(answer.result == BUSY for answer in answers):
            raise Busy(_("Some of these events are being worked on right now. Send the same notice again in a moment."))
        return Response({"results": [answer.shown() for answer in answers]})


urlpatterns = [path("carriers/<str:carrier>/", CarrierWebhookView.as_view(), name="carrier-webhook")]
