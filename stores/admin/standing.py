"""What moderators do about a store's standing from its page: propose a penalty, end the cover, close the account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rulebook.admin.acting import notices_of
from rulebook.admin.deciding import Way
from rulebook.articles import all_rules, article
from rulebook.citations import formula
from rulebook.docket import Docket
from rulebook.rehearsal import Rehearsal
from stores.models import Store
from stores.states import ClosingReason

SANCTIONS: dict[str, Any] = {
    "points": gettext_lazy("Points alone"),
    "warning": gettext_lazy("Warning"),
    "search_demoted": gettext_lazy("Lower in searches"),
    "no_new_listings": gettext_lazy("No new listings"),
    "withdrawals_frozen": gettext_lazy("Withdrawals frozen"),
    "listings_removed": gettext_lazy("Listings removed"),
    "category_barred": gettext_lazy("Barred from a category"),
    "store_frozen": gettext_lazy("Store frozen"),
    "account_closed": gettext_lazy("Account closed"),
    "damages": gettext_lazy("Damages"),
}
SEVERITIES: dict[str, Any] = {
    "general": gettext_lazy("General"),
    "serious": gettext_lazy("Serious"),
    "especially_serious": gettext_lazy("Especially serious"),
}
CLOSINGS: dict[str, Any] = {
    ClosingReason.SERIOUS_VIOLATION: gettext_lazy("Serious violation; the seller is closed as well"),
    ClosingReason.SUBJECT_BREACH: gettext_lazy("The seller may not run a store"),
    ClosingReason.CLEARED: gettext_lazy("Cleared"),
    ClosingReason.NO_OPERATION: gettext_lazy("No trade"),
    ClosingReason.DORMANT: gettext_lazy("Dormant"),
    ClosingReason.UNAUTHENTICATED: gettext_lazy("Not authenticated"),
}


class RuleInput(forms.TextInput):
    """Any rule of the rulebook may be typed; those of violations are offered, with their titles."""

    def __init__(self, offered: Iterable[str]) -> None:
        self.offered = tuple(offered)
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false"})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = f"{(attrs or {}).get('id', name)}-rules"
        field = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        rows = format_html_join(
            "", '<option value="{}">{}</option>', ((one, _(article(one).title)) for one in self.offered)
        )
        return format_html('{}<datalist id="{}">{}</datalist>', field, listed, rows)


@formula("V-6")
def violations() -> list[str]:
    """The rules that are broken by violations: those that name some, not those about points and appeals."""
    return [one for one in all_rules() if one.startswith("V-") and 9 <= int(one.split("-")[1]) <= 21]


def points_text(points: int) -> str:
    return ngettext("{n} point", "{n} points", points).format(n=points)


def ways(store: Store, docket: Docket) -> dict[str, Way]:
    """The acts in words, for this store."""
    points = docket.rules_for(store).penalty.points
    return {
        "moderator.propose_penalty": Way(
            title="",
            sentence="",
            confirm="",
            done=_("Proposed. It waits for another moderator, in the lane of second approval."),
            ask=_proposal,
            dress=partial(_dress_penalty, {code: points[code] for code in SEVERITIES}),
            more=told,
        ),
        "moderator.stop_cover": Way(
            title=_("End the after-sale cover of {store}?").format(store=store.name),
            sentence=_("From this notice on no dispute of the store is covered. It cannot join again by itself."),
            confirm=_("End the cover"),
            done=_("The cover ended; the seller was told, with your reasons."),
            danger=True,
            more=told,
        ),
        "moderator.close_account": Way(
            title=_("Close the account of {store}?").format(store=store.name),
            sentence=_(
                "The store trades no more and has no cover. Orders that run go on under their rules; after a serious "
                "violation the seller's account is closed as well."
            ),
            confirm=_("Close the account"),
            done=_("The account is closed; the seller was told."),
            danger=True,
            dress=_dress_closing,
            more=told,
        ),
    }


def told(rehearsal: Rehearsal) -> dict[str, Any]:
    return {"notices": notices_of(rehearsal)}


def _proposal(rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    kind, severity = values["kind"], values.get("severity")
    rule = article(values["article"])
    return (
        _("Propose: {sanction}, for {rule}?").format(sanction=SANCTIONS[kind], rule=rule.id),
        _("{title}. Nothing follows and the seller is not told until another moderator confirms it. {points}").format(
            title=_(rule.title),
            points=_("Severity: {severity}.").format(severity=SEVERITIES[severity]) if severity else _("No points."),
        ),
        _("Propose the penalty"),
    )


def _dress_penalty(points: Mapping[str, Any], fields: dict[str, Any]) -> None:
    fields["kind"].choices = list(SANCTIONS.items())
    fields["kind"].initial = "points"
    fields["severity"].choices = [
        ("", _("None: no points")),
        *((code, f"{word}: {points_text(points[code])}") for code, word in SEVERITIES.items()),
    ]
    fields["article"].widget = RuleInput(violations())
    fields["article"].help_text = _("It chooses the account of points. Such as V-16.")
    fields["reason"].help_text = _("The seller reads them once the penalty is confirmed.")
    fields["days"].label = _("Days")


def _dress_closing(fields: dict[str, Any]) -> None:
    fields["reason"].choices = list(CLOSINGS.items())
    fields["article"].widget = RuleInput(("A22-2", "V-3", "V-4", "V-10", "V-17", "V-18", "V-19", "A70-10"))
    fields["article"].required = False
    fields["article"].help_text = _("Left empty: A22-2.")
