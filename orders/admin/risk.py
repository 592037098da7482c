"""What moderators do about an order whose card may be stolen (A62-6, A70-2): hold its money, let it go, close the order."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rulebook.admin.acting import notices_of
from rulebook.admin.deciding import Way
from rulebook.rehearsal import Rehearsal


def told(rehearsal: Rehearsal) -> dict[str, object]:
    return {"notices": notices_of(rehearsal)}


def ways() -> dict[str, Way]:
    """The three acts in words."""
    return {
        "moderator.hold_order": Way(
            title=_("Hold the order's money?"),
            sentence=_("Nothing of this order is released until a moderator lifts the hold. The seller is told."),
            confirm=_("Hold the money"),
            done=_("The order's money is held; the seller was told, with your reasons."),
            more=told,
        ),
        "moderator.clear_order": Way(
            title=_("Lift the hold?"),
            sentence=_("The order goes its way again; what is due to be released is released at once."),
            confirm=_("Lift the hold"),
            done=_("The hold is lifted; the seller was told."),
            more=told,
        ),
        "moderator.confirm_stolen_card": Way(
            title=_("Close the order for a stolen card?"),
            sentence=_("Nothing was shipped: the order is closed, and all that was paid returns to the cardholder."),
            confirm=_("Close and return the money"),
            done=_("The order is closed; the money returns to the cardholder."),
            danger=True,
            more=told,
        ),
    }


__all__ = ["told", "ways"]
