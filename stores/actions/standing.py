"""What can be done about a store's standing: penalties and their appeals, the after-sale cover, the end of an account."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from rulebook.actions import action
from rulebook.articles import UnknownRule
from rulebook.articles import article as known_article
from rulebook.docket import Docket, tie
from rulebook.ids import new_id
from rulebook.inputs import Anything, Choice, Flag, Text, Whole
from rulebook.models.base import make
from rulebook.refusals import Invalid
from stores.models import Penalty, Store
from stores.states import ClosingReason, PenaltyKind, Severity

REASON = Text(label=_("Reasons"), help=_("The seller reads them."))


def _known(rule_id: str) -> str:
    try:
        return known_article(rule_id).id
    except UnknownRule as error:
        raise Invalid({"article": [str(error)]}) from None


@action(
    "moderator.propose_penalty",
    on=Store,
    may="penalize",
    creates=Penalty,
    label=_("Propose a penalty"),
    inputs={
        "kind": Choice(label=_("Sanction"), options=tuple(PenaltyKind.values), default="points"),
        "severity": Choice(
            label=_("Severity"), options=tuple(Severity.values), default=None, help=_("Gives the points.")
        ),
        "article": Text(label=_("Rule that was broken"), longest=12, lines=1),
        "reason": REASON,
        "days": Whole(
            label=_("Days"), default=None, most=3650, help=_("Of a freeze; left out: what the rulebook says.")
        ),
    },
)
def propose_penalty(
    docket: Docket, store: Store, *, kind: str, severity: str | None, article: str, reason: str, days: int | None
) -> Penalty:
    """Find a violation (V-6). Another moderator confirms it before anything follows."""
    penalty = make(
        Penalty,
        id=new_id(),
        store_id=store.id,
        kind_code=kind,
        severity=severity or "",
        article=_known(article),
        reason=reason,
        days=days,
        proposed_by=docket.actor.id,
        proposed_by_name=docket.actor.name,
        proposed_at=docket.at,
    )
    tie(penalty, store=store)
    store.penalties_count += 1
    docket.add(penalty, store.penalties_held)
    penalty.propose(docket)
    return penalty


@action(
    "moderator.confirm_penalty",
    on=Penalty,
    may="penalize",
    opens=Penalty.confirm,
    primary=True,
    irreversible=True,
    label=_("Confirm the penalty"),
)
def confirm_penalty(docket: Docket, penalty: Penalty) -> Penalty:
    """Let a colleague's penalty through (V-7); everything runs from here."""
    penalty.confirm(docket)
    return penalty


@action(
    "seller.appeal_penalty",
    on=Penalty,
    may="answer_disputes",
    opens=Penalty.appeal,
    stands_for="seller.appeal",
    label=_("Appeal"),
    inputs={"text": Text(label=_("Why it is wrong"), help=_("What is new: once is all."))},
)
def appeal_penalty(docket: Docket, penalty: Penalty, *, text: str) -> Penalty:
    """Appeal once, within a week (V-22)."""
    penalty.appeal(docket, text=text)
    return penalty


@action(
    "moderator.decide_penalty_appeal",
    on=Penalty,
    may="penalize",
    opens=(Penalty.uphold, Penalty.overturn),
    stands_for="moderator.decide_appeal",
    primary=True,
    irreversible=True,
    label=_("Decide the appeal"),
    inputs={"uphold": Flag(label=_("The penalty stands"), default=True), "reason": REASON},
)
def decide_penalty_appeal(docket: Docket, penalty: Penalty, *, uphold: bool, reason: str) -> Penalty:
    """Another moderator than the one who confirmed the penalty looks again (V-22)."""
    (penalty.uphold if uphold else penalty.overturn)(docket, reason=reason)
    return penalty


@action(
    "moderator.close_account",
    on=Store,
    may="penalize",
    opens=Store.close_account,
    irreversible=True,
    label=_("Close the account"),
    inputs={
        "reason": Choice(
            label=_("Reason"), options=tuple(value for value in ClosingReason.values if value != "voluntary")
        ),
        "article": Text(label=_("Rule"), longest=12, lines=1, default="A22-2"),
    },
)
def close_account(docket: Docket, store: Store, *, reason: str, article: str) -> Store:
    """End the account of a store (A22-2, A70-10, V-3)."""
    store.close_account(docket, reason=reason, article=_known(article))
    return store


# ------------------------------------------------------------------ the after-sale cover and returns


@action("seller.join_cover", on=Store, may="manage_store", opens=Store.join_cover, label=_("Join the after-sale cover"))
def join_cover(docket: Docket, store: Store) -> Store:
    """Join the cover and accept its terms (A51-1); it costs nothing (A46-2)."""
    store.join_cover(docket)
    return store


@action(
    "seller.leave_cover", on=Store, may="manage_store", opens=Store.leave_cover, label=_("Leave the after-sale cover")
)
def leave_cover(docket: Docket, store: Store) -> Store:
    """Leave the cover."""
    store.leave_cover(docket)
    return store


@action(
    "moderator.stop_cover",
    on=Store,
    may="decide_disputes",
    opens=Store.stop_cover,
    irreversible=True,
    label=_("End the after-sale cover"),
    inputs={"reason": REASON},
)
def stop_cover(docket: Docket, store: Store, *, reason: str) -> Store:
    """Its terms were broken (A48-1): no dispute of the store is covered from this notice on."""
    store.stop_cover(docket, reason=reason)
    return store


@action(
    "seller.set_return_address",
    on=Store,
    may="manage_store",
    opens=Store.set_return_address,
    label=_("Set the return address"),
    inputs={
        "address": Anything(label=_("Address"), help=_("An object of texts: name, street, city, postcode, country."))
    },
)
def set_return_address(docket: Docket, store: Store, *, address: Any) -> Store:
    """Where buyers send goods back to (PLUS-27). Without one, the address of the registration is taken."""
    if not isinstance(address, dict) or not all(isinstance(text, str) for text in address.values()):
        raise Invalid({"address": [_now("Send the address as an object of texts.")]})
    store.set_return_address(docket, address=address)
    return store
