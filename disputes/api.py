"""Disputes, rulings, appeals and chargebacks as the API gives them.

The parties read a ruling once it is in force; of a chargeback the buyer reads nothing, and a bank reads nothing but
chargebacks.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _
from rest_framework.response import Response

from disputes.models import Appeal, Chargeback, Dispute, Evidence, Offer, Ruling
from disputes.statement import Statement, is_decided, statement_of, text_of
from disputes.states import Network
from rulebook.actors import BANK, BUYER, MODERATOR, SELLER, Actor
from rulebook.api.describing import describe_view, id_parameter
from rulebook.api.resources import (
    Filter,
    Nest,
    Own,
    Resource,
    by_moments,
    by_reference,
    by_state,
    everything,
    held,
    hides,
    keeps_back,
    of_his_stores,
    register,
)
from rulebook.api.schema import MOMENT, TEXT, component, list_of, ref
from rulebook.api.showing import bring, reading_docket
from rulebook.api.views import ResourceView
from rulebook.files import StoredFile
from rulebook.ids import public_id
from rulebook.inputs import Choice, Text
from rulebook.models import JournalEntry
from rulebook.money import Money
from rulebook.refusals import NotFound
from rulebook.serving import file_response


def _of_his_orders(actor: Actor) -> Q:
    return Q(order__buyer_id=actor.id)


def _of_his_disputes(actor: Actor) -> Q:
    return Q(dispute__order__buyer_id=actor.id)


def _of_his_rulings(actor: Actor) -> Q:
    return Q(ruling__dispute__order__buyer_id=actor.id)


def _statement_of_dispute(dispute: Dispute, actor: Actor) -> str | None:
    return f"/api/v1/disputes/{dispute.public_id}/statement" if is_decided(dispute) else None


def _statement_of_ruling(ruling: Ruling, actor: Actor) -> str | None:
    dispute = public_id(Dispute.PREFIX, ruling.dispute_id)
    return f"/api/v1/disputes/{dispute}/statement" if ruling.in_force_at is not None else None


STATEMENT = {
    "type": ["string", "null"],
    "description": _("Where the statement of reasons is; null while nothing is decided."),
}


def _made_known(seen: Any) -> Any:
    """A ruling that waits for its second moderator, or was never let through, is nobody else's to read."""
    return lambda actor: seen(actor) & Q(in_force_at__isnull=False)


def _rulings(disputes: Sequence[Any], actor: Actor) -> Mapping[UUID, Sequence[Any]]:
    found = held("rulings")(disputes, actor)
    if actor.kind == MODERATOR:
        return found
    return {
        identity: [ruling for ruling in rulings if ruling.in_force_at is not None]
        for identity, rulings in found.items()
    }


def _evidence(disputes: Sequence[Any], actor: Actor) -> Mapping[UUID, Sequence[Any]]:
    found: dict[UUID, list[Evidence]] = defaultdict(list)
    for row in Evidence.objects.filter(dispute_id__in=[dispute.id for dispute in disputes]).order_by("added_at", "id"):
        found[row.dispute_id].append(row)
    return found


BY_DISPUTE = by_reference("dsp", "dispute_id", _("Of this dispute."))
BY_STORE = by_reference("sto", "store_id", _("Of this store."))
BY_ORDER = by_reference("ord", "order_id", _("Of this order."))
OF_DISPUTE = {"dispute": ("dispute_id", "dsp"), "order": ("order_id", "ord"), "store": ("store_id", "sto")}

DISPUTES = register(
    Resource(
        model=Dispute,
        collection="disputes",
        about=_("Buyers' claims, with offers, evidence and rulings."),
        seen={BUYER: _of_his_orders, SELLER: of_his_stores(), MODERATOR: everything},
        order=("opened_at", "id"),
        narrowed={MODERATOR: ("store", "order")},
        filters={"state": by_state(Dispute), "order": BY_ORDER, "store": BY_STORE, **by_moments("opened_at", "opened")},
        links={"order": ("order_id", "ord"), "store": ("store_id", "sto")},
        nests={
            "offers": Nest(Offer, held("offers")),
            "evidence": Nest(Evidence, _evidence),
            "rulings": Nest(Ruling, _rulings),
        },
        own={"statement": Own(STATEMENT, _statement_of_dispute)},
    )
)

EVIDENCE = register(
    Resource(
        model=Evidence,
        collection="evidence",
        about=_("What the sides of a dispute show."),
        seen={BUYER: _of_his_disputes, SELLER: of_his_stores(), MODERATOR: everything},
        order=("added_at", "id"),
        narrowed={SELLER: ("dispute",), MODERATOR: ("dispute",)},
        filters={"dispute": BY_DISPUTE},
        links=OF_DISPUTE,
    )
)

RULINGS = register(
    Resource(
        model=Ruling,
        collection="rulings",
        about=_("What moderators decided."),
        seen={BUYER: _made_known(_of_his_disputes), SELLER: _made_known(of_his_stores()), MODERATOR: everything},
        order=("made_at", "id"),
        narrowed={SELLER: ("dispute",), MODERATOR: ("dispute",)},
        filters={"dispute": BY_DISPUTE, "state": by_state(Ruling)},
        links=OF_DISPUTE,
        nests={"appeals": Nest(Appeal, held("appeals"))},
        own={"statement": Own(STATEMENT, _statement_of_ruling)},
    )
)

APPEALS = register(
    Resource(
        model=Appeal,
        collection="appeals",
        about=_("Appeals against rulings, one for each side, and how they were decided."),
        seen={BUYER: _of_his_rulings, SELLER: of_his_stores(), MODERATOR: everything},
        order=("filed_at", "id"),
        narrowed={SELLER: ("ruling",), MODERATOR: ("ruling",)},
        filters={"ruling": by_reference("rul", "ruling_id", _("Against this ruling.")), "state": by_state(Appeal)},
        links={"ruling": ("ruling_id", "rul"), "order": ("order_id", "ord"), "store": ("store_id", "sto")},
    )
)

CHARGEBACKS = register(
    Resource(
        model=Chargeback,
        collection="chargebacks",
        about=_(
            "What banks and wallets take back for their cardholders, and how it is fought. Buyers read none of it."
        ),
        seen={SELLER: of_his_stores(), MODERATOR: everything, BANK: everything},
        order=("received_at", "id"),
        narrowed={MODERATOR: ("store", "order"), BANK: ("order", "reference")},
        filters={
            "state": by_state(Chargeback),
            "order": BY_ORDER,
            "store": BY_STORE,
            "network": Filter(
                Choice(help=_("The card scheme or wallet."), options=Network.values, default=None), "network"
            ),
            "reference": Filter(Text(help=_("The provider's own id of it."), longest=80, default=None), "reference"),
            **by_moments("received_at", "received"),
        },
        links={"order": ("order_id", "ord"), "store": ("store_id", "sto")},
    )
)


@hides
def of_chargebacks_from_buyers(actor: Actor, entries: Sequence[JournalEntry]) -> set[UUID]:
    """What a bank takes back is between it, the store and the platform; an order's journal does not tell the buyer."""
    if actor.kind != BUYER:
        return set()
    return {entry.id for entry in entries if entry.subject_kind == Chargeback.KIND}


ABUSE = ("dispute.report_abuse", "dispute.report_abuse_early")
for _act in ABUSE:
    keeps_back(_act, "authority", "A49-2")  # whom a crime was reported to, and that it was


@hides
def of_abuse_from_buyers(actor: Actor, entries: Sequence[JournalEntry]) -> set[UUID]:
    """That a store abused the after-sale cover is between it and the platform: the buyer keeps his refund anyway."""
    if actor.kind in (SELLER, MODERATOR):
        return set()
    return {entry.id for entry in entries if entry.act in ABUSE}


BETWEEN_MODERATORS = frozenset({"ruling.propose", "ruling.send_back", "ruling.fall", "dispute.wait_for_another_ruling"})


@hides
def until_it_is_in_force(actor: Actor, entries: Sequence[JournalEntry]) -> set[UUID]:
    """Of a ruling that waits for its second moderator, or was never let through, the parties read nothing."""
    if actor.kind == MODERATOR:
        return set()
    waited = [entry for entry in entries if entry.act == "dispute.decide" and entry.facts.get("waits_for_second")]
    rulings = Ruling.objects.filter(dispute_id__in=[entry.subject_id for entry in waited], in_force_at__isnull=False)
    known = set(rulings.values_list("dispute_id", "made_at")) if waited else set()
    hidden = {entry.id for entry in waited if (entry.subject_id, entry.effective_at) not in known}
    return hidden | {entry.id for entry in entries if entry.act in BETWEEN_MODERATORS}


class StatementView(ResourceView):
    """GET: why it was decided so, for either side, to be shown and printed."""

    resource = DISPUTES

    def get(self, request: Any, public_id: str) -> Response:
        identity = self.identity(public_id)
        docket = reading_docket(self.actor)
        found = bring(docket, DISPUTES, [identity])
        statement = statement_of(found[0], reader=self.actor.kind) if found else None
        if statement is None:
            raise NotFound(_now("Nothing is decided in this dispute yet, so there are no reasons to state."))
        return Response({**statement.as_json(), "text": text_of(statement)})


class PaperFileView(ResourceView):
    """GET: a file that the seller showed the bank."""

    resource = CHARGEBACKS

    def get(self, request: Any, public_id: str, number: int) -> HttpResponse:
        papers = Chargeback.objects.values_list("papers", flat=True).get(pk=self.identity(public_id))
        if not 1 <= number <= len(papers) or not papers[number - 1].get("file_key"):
            raise NotFound(_now("This chargeback has no paper with a file under this number."))
        return file_response(
            StoredFile.of(papers[number - 1]), inline_pictures=False, wanted=request.headers.get("Range", "")
        )


class EvidenceFileView(ResourceView):
    """GET: the file of a piece of evidence, to be saved; no browser runs it."""

    resource = EVIDENCE

    def get(self, request: Any, public_id: str) -> HttpResponse:
        evidence = Evidence.objects.get(pk=self.identity(public_id))
        if not evidence.file_key:
            raise NotFound(_now("This piece of evidence is words only."))
        return file_response(evidence, inline_pictures=False, wanted=request.headers.get("Range", ""))


urlpatterns = [
    path("evidence/<str:public_id>/file", EvidenceFileView.as_view(), name="evidence-file"),
    path("disputes/<str:public_id>/statement", StatementView.as_view(), name="dispute-statement"),
    path("chargebacks/<str:public_id>/papers/<int:number>", PaperFileView.as_view(), name="chargeback-paper"),
]

FILE = {"type": "string", "format": "binary"}


def _schema(hint: Any) -> dict[str, Any]:
    """Of a part of the statement, from its types."""
    if hint is Money:
        return ref("Money")
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        parts_of_it = {field.name: _schema(hints[field.name]) for field in dataclasses.fields(hint)}
        return {"type": "object", "properties": parts_of_it, "required": list(parts_of_it)}
    parts = get_args(hint)
    if type(None) in parts:
        return {"anyOf": [_schema(parts[0]), {"type": "null"}]}
    if get_origin(hint) is tuple:
        return list_of(_schema(parts[0]))
    plain: dict[Any, dict[str, Any]] = {datetime: MOMENT, bool: {"type": "boolean"}, int: {"type": "integer"}}
    return plain.get(hint, TEXT)


def _statement_schema() -> dict[str, Any]:
    found = _schema(Statement)
    found["properties"]["text"] = TEXT
    return {**found, "required": [*found["required"], "text"]}


describe_view(
    EvidenceFileView,
    operation="evidence_file",
    tag="evidence",
    summary="Download the file of a piece of evidence",
    text="The bytes that were checked and kept, under the media type of their content. One `Range` is answered with 206.",
    parameters=[id_parameter("evd")],
    answer=FILE,
    media="application/octet-stream",
    statuses=(401, 403, 404, 416, 429),
)
describe_view(
    PaperFileView,
    operation="chargebacks_paper",
    tag="chargebacks",
    summary="Download a paper that the seller showed the bank",
    text="The bytes that were checked and kept. `number` counts the `papers` of the chargeback from 1.",
    parameters=[id_parameter("cbk")],
    answer=FILE,
    media="application/octet-stream",
    statuses=(401, 403, 404, 416, 429),
)
describe_view(
    StatementView,
    operation="disputes_statement",
    tag="disputes",
    summary="Read the statement of reasons",
    text=(
        "What was claimed, shown and found, the rules with their text and values as in force then, who bears what, "
        "whether a person decided, and how to appeal. `text` is the whole as plain text, to be shown or sent."
    ),
    parameters=[id_parameter("dsp")],
    answer=component("Statement", _statement_schema()),
)
