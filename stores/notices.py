"""Who among a store's people and its buyers is written to, and how they read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from rulebook.mailing import Reader, reader
from rulebook.models import Notice
from rulebook.outbox import recipients
from rulebook.telling import roles_told
from stores.models import Buyer, StaffMember, User


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
