"""Headers that every answer carries."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.logging import request_id

Handler = Callable[[HttpRequest], HttpResponse]
HEADER = "Content-Security-Policy"
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Give each request an id, or keep the one of a proxy: log lines carry it and the answer repeats it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex
        request_id.set(request.id)  # until the thread's next request: Django and gunicorn log after we have returned
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


class ContentSecurityPolicyMiddleware:
    """SECURE_CSP, or what SECURE_CSP_FOR has for the path's prefix; a view that set its own policy keeps it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.usual = policy(settings.SECURE_CSP)
        self.special = [(prefix, policy(rules)) for prefix, rules in settings.SECURE_CSP_FOR.items()]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if HEADER not in response:
            response[HEADER] = next((p for prefix, p in self.special if request.path.startswith(prefix)), self.usual)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return response


def policy(rules: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in rules.items())
