"""Who among a store's people and its buyers is written to, how they read, and what the notices about stores say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext_noop as _

from rulebook.mailing import Reader, reader
from rulebook.models import Notice
from rulebook.outbox import recipients
from rulebook.telling import roles_told, tell
from stores.models import Buyer, StaffMember, User

SHIPPING = ("fulfilment",)

tell(
    "plus_badge_lost",
    says=_("{title} left Plus: an order of it was not shipped in Plus's time."),
    roles=SHIPPING,
    then=_("It is on sale as before, without the badge."),
)
tell(
    "plus_ended",
    says=_("Your store was taken out of Plus: too many orders arrived later than Plus promises."),
    roles=SHIPPING,
    then=_("Its products are on sale as before, without the badge."),
)
tell(
    "delivery_badge_lost",
    says=_("Your store's delivery badge is not shown any more: {share} % of its orders were on time."),
    roles=SHIPPING,
    then=_("It comes back with the share."),
)
tell(
    "countries_blocked",
    says=_("The platform stops sales to {countries}: {reason}"),
    roles=SHIPPING,
)
tell("warehouse_declared_late", says=_("The warehouse {subject} in {country} was declared too late."))
tell(
    "warehouse_case_referred",
    says=_("The late declaration of your warehouse in {country} goes on to penalties and claims: {reason}"),
    roles=SHIPPING,
)
tell(
    "listing_demoted",
    says=_("{title} stands lower in searches now, or is not found ({degree}): {reason}"),
    then=_("Mend what is named; then ask the platform to look again."),
)
tell(
    "deposit_short",
    says=_("Money was taken from your deposit: {held} of {required} are left."),
    roles=("finance",),
    then=_("Pay what is missing; below half nothing is paid out, at zero nothing is sold."),
    waits_for=["deposit_top_up"],
)
tell(
    "deposit_reminder",
    says=_("{missing} of your deposit are still missing, to be paid until {due}."),
    roles=("finance",),
    then=_("Pay what is missing."),
    waits_for=["deposit_top_up"],
)
tell(
    "deposit_overdue",
    says=_("{missing} of the deposit were not paid in time."),
    roles=("finance",),
    then=_("Pay it now; until then the platform may go further than the limits that hold already."),
)
tell(
    "shortfall_overdue",
    says=_("{subject} lacks {missing} of its deposit, and the time to pay it is over."),
    then=_("Look at the store, and decide what follows."),
)
tell(
    "cover_ended",
    says=_("The platform's after-sale cover of your store has ended."),
    then=_("Disputes about the goods come to you from now on; you can read why in the store's journal."),
)
tell(
    "account_closed",
    says=_("Your store's account was closed: {reason}."),
    then=_("Open orders still run to their end."),
)
tell(
    "penalty_to_confirm",
    says=_("The penalty {subject} waits for a second moderator: {reason}"),
    then=_("Read the case, then confirm it or leave it."),
)
tell(
    "penalty_in_force",
    says=_("A penalty is in force against your store: {sanction}. {reason}"),
    then=_("You may appeal once."),
    waits_for=["appeal"],
)
tell("penalty_appealed", says=_("The seller appealed against {subject}."), then=_("Decide the appeal."))
tell("penalty_upheld", says=_("Your appeal against {subject} failed: {reason}"))
tell("penalty_overturned", says=_("Your appeal against {subject} succeeded: {reason}"))
tell("listing_ranking_restored", says=_("{title} is ranked as all others again: {reason}"))


@recipients
def staff_by_email(notices: list[Notice]) -> Iterator[tuple[Notice, str, str]]:
    """A store's staff whose role the notice concerns: owner and manager always, the others by subject."""
    told = [notice for notice in notices if notice.audience_kind == "seller"]
    staff = _staff({notice.audience_id for notice in told if notice.audience_id})
    for notice in told:
        for role, address in staff.get(notice.audience_id, ()):
            if role in roles_told(notice.code):
                yield notice, "email", address


def _staff(stores: set[UUID]) -> dict[UUID | None, list[tuple[str, str]]]:
    rows = StaffMember.objects.filter(store_id__in=stores, user__is_active=True).order_by("id")
    found: dict[UUID | None, list[tuple[str, str]]] = defaultdict(list)
    for store_id, role, address in rows.values_list("store_id", "role", "user__email"):
        found[store_id].append((role, address))
    return found


@recipients
def buyers_by_email(notices: list[Notice]) -> Iterator[tuple[Notice, str, str]]:
    """A buyer whose address the storefront has given; the others hear of it from their storefront."""
    told = [notice for notice in notices if notice.audience_kind == "buyer"]
    ids = {notice.audience_id for notice in told if notice.audience_id}
    addresses = dict(Buyer.objects.filter(id__in=ids).exclude(email="").values_list("id", "email"))
    for notice in told:
        if notice.audience_id in addresses:
            yield notice, "email", addresses[notice.audience_id]


@reader
def user_behind(address: str) -> Reader | None:
    user = User.objects.filter(email__iexact=address).only("language", "zone", "name").first()
    return Reader(user.language, user.zone, user.name) if user else None


@reader
def buyer_behind(address: str) -> Reader | None:
    name = Buyer.objects.filter(email__iexact=address).order_by("id").values_list("name", flat=True).first()
    return Reader(name=name) if name is not None else None
