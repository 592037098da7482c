"""Conversations through the API beside their acts: marking one as read, the pictures of a message, advice for buyers."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.response import Response

from orders import advice
from orders.api import MESSAGES, THREADS
from orders.models import Message, Thread
from rulebook.actors import BUYER, MODERATOR, SELLER
from rulebook.amending import current_rulebook
from rulebook.api.access import insist_on_scope
from rulebook.api.describing import buyer_headers, describe_view, id_parameter, problems
from rulebook.api.reading import JsonParser, body_of
from rulebook.api.schema import TEXT, list_of, object_of, ref
from rulebook.api.showing import bring, reading_docket, show_all
from rulebook.api.views import ApiView, ResourceView
from rulebook.articles import label
from rulebook.clock import now
from rulebook.files import Damaged, StoredFile
from rulebook.inputs import clean
from rulebook.refusals import Forbidden, NotFound
from rulebook.serving import file_response

READS = {BUYER: "be_buyer", SELLER: "answer_buyers", MODERATOR: "answer_support"}
"""By kind of actor: the permission of who reads for his side."""


class ReadView(ResourceView):
    """POST: the caller's side has read the conversation as it stands; its next message counts as new again."""

    resource = THREADS
    parser_classes = (JsonParser,)

    def post(self, request: Any, public_id: str) -> Response:
        actor = self.actor
        identity = self.identity(public_id)
        if not actor.may(READS[actor.kind]):
            raise Forbidden(_("Your role does not read for its side; it looks on."))
        clean({}, body_of(request))
        Thread.objects.filter(pk=identity).update(**{f"{actor.kind}_unread": 0})
        docket = reading_docket(actor)
        shown = show_all(self.resource, bring(docket, self.resource, [identity]), actor, docket)[0]
        return Response(shown, headers={"ETag": f'"{shown["version"]}"'})


class MessageFileView(ResourceView):
    """GET: a picture of a message, by its place among the message's files, from 1."""

    resource = MESSAGES

    def get(self, request: Any, public_id: str, number: int) -> HttpResponse:
        message = Message.objects.get(pk=self.identity(public_id))
        if not 1 <= number <= len(message.files):
            raise NotFound(_("This message has no file of that number."))
        try:
            return file_response(StoredFile.of(message.files[number - 1]), inline_pictures=False)
        except Damaged:
            raise NotFound(_("This file is gone, or is no longer what was sent.")) from None


class AdviceView(ApiView):
    """GET: what the guidance rules say to buyers, for a storefront to show beside its own forms."""

    def get(self, request: Any) -> Response:
        insist_on_scope(self.actor, "threads", "messages")
        facts = advice.Facts(now(), current_rulebook().at(now()))
        found = advice.fitting(advice.BUYER, facts)
        return Response({"results": [_shown(one, facts) for one in found]})


def _shown(found: advice.Advice, facts: advice.Facts) -> dict[str, str]:
    said = advice.shown(found, facts)
    return {name: said[name] for name in ("code", "rule", "title", "text")} | {"rule_label": label(found.rule)}


ReadView.post = extend_schema(  # type: ignore[method-assign]
    operation_id="threads_read",
    tags=["threads"],
    summary=_("Mark one conversation as read"),
    description=_("For the caller's side. Nothing is journalled: who has read what decides nothing."),
    parameters=[id_parameter(Thread.PREFIX), *buyer_headers()],
    request=None,
    responses={
        200: OpenApiResponse(ref("Thread"), description=_("Read; the conversation as it stands now.")),
        **problems(400, 401, 403, 404, 422, 429),
    },
)(ReadView.post)
describe_view(
    MessageFileView,
    operation="message_file",
    tag="messages",
    summary=_("Download a picture of a message"),
    text=_("The bytes that were checked and kept, by the file's place in `files`, from 1."),
    parameters=[
        id_parameter(Message.PREFIX),
        OpenApiParameter("number", {"type": "integer", "minimum": 1}, OpenApiParameter.PATH, required=True),
    ],
    answer={"type": "string", "format": "binary"},
    media="application/octet-stream",
    statuses=(401, 403, 404, 429),
)
describe_view(
    AdviceView,
    operation="advice_list",
    tag="threads",
    summary=_("List advice for buyers"),
    text=_("Good practice that a storefront may show; nothing follows from it."),
    answer=object_of(results=list_of(object_of(code=TEXT, rule=TEXT, rule_label=TEXT, title=TEXT, text=TEXT))),
    statuses=(401, 403, 429),
)

urlpatterns = [
    path("threads/<str:public_id>/read", ReadView.as_view(), name="threads-read"),
    path("messages/<str:public_id>/files/<int:number>", MessageFileView.as_view(), name="message-file"),
    path("advice", AdviceView.as_view(), name="advice"),
]
