"""What the API does not do is told as `application/problem+json` (RFC 9457), with the rule that stands in the way."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db.utils import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from rulebook.articles import label
from rulebook.files import Damaged
from rulebook.refusals import Busy, Forbidden, Invalid, NotDone, NotFound, Refused, Stale

log = logging.getLogger("piepowder.api")

MEDIA_TYPE = "application/problem+json"


class Malformed(NotDone):
    """The request cannot be read at all."""

    status = HTTPStatus.BAD_REQUEST
    code = "malformed"


class TooLarge(NotDone):
    """More than is taken in one request."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


TITLES = {
    "invalid": "The inputs do not make sense",
    "forbidden": "Not allowed",
    "not_found": "Not found",
    "refused": "A rule stands in the way",
    "stale": "Changed meanwhile",
    "busy": "Being worked on",
    "malformed": "Not readable",
    "too_large": "Too large",
    "not_authenticated": "Who are you?",
    "method_not_allowed": "Not this method",
    "not_acceptable": "Only JSON is spoken here",
    "unsupported_media_type": "Only JSON, and forms where a file is taken",
    "throttled": "Too many requests",
    "damaged": "The file is gone",
    "unavailable": "Try again shortly",
    "internal": "Our mistake",
}
"""By code; the title is the same for every problem of its kind, the detail is about this one."""

_OF_FRAMEWORK: dict[type[Exception], str] = {
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "not_authenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "throttled",
    exceptions.ParseError: "malformed",
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """For the framework: the answer to whatever was raised in a view of the API."""
    request = context.get("request")
    if isinstance(error, NotDone):
        return problem(request, error.status, error.code, error.sentence, **_more(error))
    if isinstance(error, exceptions.APIException):
        return _of_framework(request, error)
    if isinstance(error, Http404):
        return problem(request, 404, "not_found", NotFound(_("There is nothing here.")).sentence)
    if isinstance(error, PermissionDenied):
        return problem(request, 403, "forbidden", Forbidden(_("This is not allowed.")).sentence)
    if isinstance(error, RequestDataTooBig):
        return problem(request, TooLarge.status, TooLarge.code, _("The request is larger than what is taken at once."))
    if isinstance(error, SuspiciousOperation):
        return problem(request, Malformed.status, Malformed.code, _("The request cannot be read."))
    return _ours(request, error)


def _more(error: NotDone) -> dict[str, Any]:
    if isinstance(error, Invalid):
        return {
            "errors": {scrubbed(field): [scrubbed(text) for text in texts] for field, texts in error.errors.items()}
        }
    if isinstance(error, Refused):
        moment = error.not_before.isoformat() if error.not_before is not None else None
        return {"rule": error.rule, "rule_label": label(error.rule), "not_before": moment}
    if isinstance(error, Stale):
        return {"version": error.version}
    return {"retry_after": 1} if isinstance(error, Busy) else {}


def _of_framework(request: Any, error: exceptions.APIException) -> Response:
    code = next((code for kind, code in _OF_FRAMEWORK.items() if isinstance(error, kind)), "malformed")
    answer = problem(request, error.status_code, code, str(error.detail))
    if challenge := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        answer["Retry-After"] = str(ceil(wait))
    return answer


def _ours(request: Any, error: Exception) -> Response:
    """What nobody foresaw: logged with the request's id, told without its details."""
    log.exception("the API could not answer", exc_info=error)
    if isinstance(error, Damaged):
        return problem(
            request, HTTPStatus.GONE, "damaged", _("The file is not there as it was kept. The platform has been told.")
        )
    if isinstance(error, OperationalError | InterfaceError):
        return problem(
            request, 503, "unavailable", _("The database does not answer. Try again in a moment."), retry_after=5
        )
    got_request_exception.send(sender=exception_handler, request=request)
    return problem(
        request,
        500,
        "internal",
        _("Something went wrong on our side; nothing was done. Name the request id when you ask."),
    )


def problem(
    request: Any, status: int, code: str, sentence: str, *, retry_after: int | None = None, **more: Any
) -> Response:
    """One problem. more: members that only some have; those without a value are left out."""
    body: dict[str, Any] = {
        "type": f"urn:piepowder:problem:{code}",
        "title": _(TITLES[code]),
        "status": int(status),
        "detail": scrubbed(sentence),
        "code": code,
    }
    body.update({name: value for name, value in more.items() if value is not None})
    body["request_id"] = str(getattr(request, "id", ""))
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return Response(body, status=int(status), content_type=MEDIA_TYPE, headers=headers)


def scrubbed(text: str) -> str:
    """Text that can be sent: what was asked may be repeated in an answer, half characters and all."""
    return text.encode("utf-8", "replace").decode("utf-8")[:2000]


@csrf_exempt
def nothing_here(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """For addresses under the API's prefix that lead nowhere."""
    answer = problem(request, 404, "not_found", _("There is nothing at this address."))
    return HttpResponse(json.dumps(answer.data), status=404, content_type=MEDIA_TYPE)
