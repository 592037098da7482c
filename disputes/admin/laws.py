"""The rules that can decide a case where it stands, with their text and the values in force for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disputes.models import Dispute
from disputes.states import ABOUT_THE_GOODS, CAUSED_ON_THE_WAY, DisputeState, Reason
from rulebook.articles import article, is_known
from rulebook.pages import figures_of

KINDS: dict[str, Any] = {
    "hard": gettext_lazy("hard rule"),
    "discretionary": gettext_lazy("the moderator weighs"),
    "guidance": gettext_lazy("guidance"),
    "formula": gettext_lazy("formula"),
}

BY_LANE: dict[str, tuple[str, ...]] = {
    "seller": ("A40-1", "A40-2", "A41-1"),
    "parties": ("A41-1", "A41-2", "A43-1"),
    "arbitration": ("A45-2", "A41-2", "A43-2"),
    "second": ("A45-2",),
    "platform": ("A45-1", "A42-1", "A45-2"),
    "buyer": ("A44-1", "A44-2"),
}
"""By who must move."""

BY_REASON: dict[str, tuple[str, ...]] = {
    Reason.NOT_RECEIVED: ("AS-3", "AS-6"),
    Reason.LATE_DELIVERY: ("AS-3", "AS-4"),
    Reason.DAMAGED: ("AS-6", "A38-2"),
    Reason.COUNTERFEIT: ("AS-5", "A48-7"),
    Reason.CUSTOMS: ("A37-5", "AS-6"),
    Reason.UNDISCLOSED_FEE: ("A37-3", "A37-4", "A37-5"),
    Reason.NO_REASON_RETURN: ("PLUS-7", "PLUS-8"),
}

ALWAYS = ("V-22", "A39-4")


def law_of(rule_id: str, in_force: Any, earlier: Any = None) -> dict[str, Any]:
    """A rule as `base/_rule_text.html` shows it, with the values in force for this case. earlier: those when it was filed,
    told where they were others: a period that runs keeps the value that it was given."""
    entry = article(rule_id)
    figures = figures_of(rule_id, in_force)
    if earlier is not None:
        before = {item["name"]: item["value"] for item in figures_of(rule_id, earlier)}
        for item in figures:
            if before.get(item["name"], item["value"]) != item["value"]:
                item["value"] = _("{value} (when it was filed: {before})").format(
                    value=item["value"], before=before[item["name"]]
                )
    return {
        "id": rule_id,
        "title": entry.title,
        "text": entry.summary,
        "kind": KINDS.get(entry.kind, entry.kind),
        "figures": figures,
    }


def laws(ids: Iterable[str], in_force: Any, earlier: Any = None) -> list[dict[str, Any]]:
    return [law_of(one, in_force, earlier) for one in dict.fromkeys(ids) if is_known(one)]


def laws_of(dispute: Dispute, in_force: Any, earlier: Any = None) -> list[dict[str, Any]]:
    """Those of the lane, of the reason, and of what the case is under."""
    of_reason = BY_REASON.get(dispute.reason, ("AS-6",))
    return laws([*BY_LANE.get(dispute.lane, ()), *of_reason, *_special(dispute), *ALWAYS], in_force, earlier)


def _special(dispute: Dispute) -> list[str]:
    order, found = dispute.order, []
    if dispute.worry_free and dispute.reason in CAUSED_ON_THE_WAY:
        found += ["A38-4", "A38-5", "A38-3"]
    elif order.online and dispute.reason in CAUSED_ON_THE_WAY:
        found += ["A38-1"]
    if dispute.covered and dispute.reason in ABOUT_THE_GOODS:
        found += ["A47-1", "A48-4", "A48-5", "A49-1"] if dispute.cover_pays else ["A50-5", "A42-1"]
    if dispute.not_covered_under:
        found += [dispute.not_covered_under, "A50-1"]
    if dispute.state in (DisputeState.AWAITING_RETURN, DisputeState.RETURN_IN_TRANSIT, DisputeState.RETURN_CONTESTED):
        found += ["PLUS-25", "PLUS-26", "PLUS-27"] if order.plus else ["A44-3", "A44-4", "A44-5"]
        found += ["PLUS-28"]
    if order.open_chargebacks:
        found += ["A70-18", "A69-2"]
    return found
