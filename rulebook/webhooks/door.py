"""Where notices come in: whoever has signed is the sender, and the answer has a result for each event, in their order."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response

from rulebook.actors import Actor
from rulebook.api.access import Caller
from rulebook.api.problems import TooLarge
from rulebook.api.reading import LARGEST_JSON, JsonParser, body_of
from rulebook.api.views import ApiView
from rulebook.clock import now
from rulebook.refusals import Busy, NotFound
from rulebook.webhooks.reading import BUSY
from rulebook.webhooks.signing import HEADER, BadSignature, verify
from rulebook.zones import platform_zone

log = logging.getLogger("piepowder.webhooks")


class Signed(BaseAuthentication):
    """Who knows the secret is the sender. Nothing of the body is read before that but its length."""

    kind: ClassVar[str]
    """As logs and the address call it: carrier, provider."""

    def sender(self, code: str) -> tuple[Actor, Sequence[str]] | None:
        """Who speaks under this code, and the secrets that are good for it."""
        raise NotImplementedError

    def authenticate(self, request: Any) -> tuple[Caller, None]:
        code = request.parser_context["kwargs"]["code"]
        known = self.sender(code)
        if known is None or not known[1]:
            raise NotFound(_("There is no webhook under this address."))
        body = request._request.body
        if len(body) > LARGEST_JSON:
            raise TooLarge(_("The body is larger than {most} KB.").format(most=LARGEST_JSON // 1024))
        try:
            verify(request.headers.get(HEADER), body, known[1], at=now())
        except BadSignature as fault:
            log.warning("a notice in the name of %s %s was not believed; signature: %s", self.kind, code, fault)
            raise AuthenticationFailed(
                _("{header}: the signature is not good ({fault}).").format(header=HEADER, fault=fault)
            ) from None
        return Caller(known[0], platform_zone()), None

    def authenticate_header(self, request: Any) -> str:
        return 'Signature realm="piepowder"'


class NoticeView(ApiView):
    """POST: a notice with its events."""

    parser_classes = (JsonParser,)

    def receive(self, code: str, body: Any) -> Sequence[Any]:
        """Carry the events out; each answer has a `result` and can be `shown`."""
        raise NotImplementedError

    def status_of(self, answers: Sequence[Any]) -> int:
        return 200

    def post(self, request: Any, code: str) -> Response:
        answers = self.receive(code, body_of(request))
        if any(answer.result == BUSY for answer in answers):
            raise Busy(_("Some of these events are being worked on right now. Send the same notice again in a moment."))
        return Response({"results": [answer.shown() for answer in answers]}, status=self.status_of(answers))
