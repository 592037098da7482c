"""Disputes as the API gives them, with offers, evidence and rulings; the parties read a ruling once it is in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from disputes.models import Dispute, Evidence, Offer, Ruling
from disputes.states import RulingState
from rulebook.actors import BUYER, MODERATOR, SELLER, Actor
from rulebook.api.describing import describe_view, id_parameter
from rulebook.api.resources import (
    Nest,
    Resource,
    by_moments,
    by_reference,
    by_state,
    everything,
    held,
    hides,
    of_his_stores,
    register,
)
from rulebook.api.views import ResourceView
from rulebook.models import JournalEntry
from rulebook.refusals import NotFound
from rulebook.serving import file_response


def _of_his_orders(actor: Actor) -> Q:
    return Q(order__buyer_id=actor.id)


def _of_his_disputes(actor: Actor) -> Q:
    return Q(dispute__order__buyer_id=actor.id)


def _made_known(seen: Any) -> Any:
    """A ruling that waits for its second moderator is nobody else's to read."""
    return lambda actor: seen(actor) & ~Q(state=RulingState.PROPOSED)


def _rulings(disputes: Sequence[Any], actor: Actor) -> Mapping[UUID, Sequence[Any]]:
    found = held("rulings")(disputes, actor)
    if actor.kind == MODERATOR:
        return found
    return {
        identity: [ruling for ruling in rulings if ruling.state != RulingState.PROPOSED]
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
    )
)


@hides
def until_it_is_in_force(actor: Actor, entries: Sequence[JournalEntry]) -> set[UUID]:
    """Of a ruling that waits for its second moderator the parties read nothing."""
    if actor.kind == MODERATOR:
        return set()
    waiting = [
        entry.subject_id for entry in entries if entry.act == "dispute.decide" and entry.facts.get("waits_for_second")
    ]
    still = (
        set(Dispute.objects.filter(pk__in=waiting, proposed_ruling_id__isnull=False).values_list("pk", flat=True))
        if waiting
        else set()
    )
    return {
        entry.id
        for entry in entries
        if entry.act == "ruling.propose" or (entry.act == "dispute.decide" and entry.subject_id in still)
    }


class EvidenceFileView(ResourceView):
    """GET: the file of a piece of evidence, to be saved; no browser runs it."""

    resource = EVIDENCE

    def get(self, request: Any, public_id: str) -> HttpResponse:
        evidence = Evidence.objects.get(pk=self.identity(public_id))
        if not evidence.file_key:
            raise NotFound(_now("This piece of evidence is words only."))
        return file_response(evidence, inline_pictures=False)


urlpatterns = [path("evidence/<str:public_id>/file", EvidenceFileView.as_view(), name="evidence-file")]

describe_view(
    EvidenceFileView,
    operation="evidence_file",
    tag="evidence",
    summary="Download the file of a piece of evidence",
    text="The bytes that were checked and kept, under the media type of their content.",
    parameters=[id_parameter("evd")],
    answer={"type": "string", "format": "binary"},
    media="application/octet-stream",
    statuses=(401, 403, 404, 429),
)
