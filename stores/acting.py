"""From a signed-in person or a key to an actor. One place, so that no door grants more than another."""

from __future__ import annotations

from typing import Any

from rulebook.actors import BANK, BUYER, CARRIER, MODERATOR, SELLER, Actor
from stores.models import ApiKey, Buyer, StaffMember, Store, User
from stores.models.access import KeyKind


def moderator_of(user: User, *, door: str, key: str = "") -> Actor | None:
    """A person of the platform's staff, with his roles; None when he has none. A superuser has all of them."""
    roles = frozenset(["all"] if user.is_superuser else user.platform_roles)
    if not user.is_active or not user.is_staff or not roles:
        return None
    return Actor(kind=MODERATOR, id=user.id, name=str(user), roles=roles, door=door, key=key)


def seller_of(user: User, store: Store, *, door: str) -> Actor | None:
    """A member of the store's staff, with his role there; None for anybody else."""
    member = StaffMember.objects.filter(user=user, store=store).first() if user.is_active else None
    return None if member is None else staff_actor(member, user, store, door=door)


def staff_actor(member: StaffMember, user: User, store: Store, *, door: str) -> Actor:
    return Actor(
        kind=SELLER, id=user.id, name=str(user), roles=frozenset({member.role}), stores=frozenset({store.id}), door=door
    )


def actor_of_key(key: ApiKey, buyer: Buyer | None = None) -> Actor | None:
    """Whom a key speaks for. A storefront's key speaks for one of its buyers, named in the call."""
    common: dict[str, Any] = {"door": "api", "key": key.prefix, "scopes": frozenset(key.scopes) or None}
    if key.kind == KeyKind.STOREFRONT and buyer is not None:
        return Actor(
            kind=BUYER,
            id=buyer.id,
            name=buyer.name or buyer.reference,
            roles=frozenset({"buyer"}),
            storefront=key.storefront_id,
            country=buyer.country,
            **common,
        )
    if key.kind == KeyKind.STORE and key.store_id:
        return Actor(
            kind=SELLER,
            id=key.id,
            name=key.name,
            roles=frozenset({key.role}),
            stores=frozenset({key.store_id}),
            **common,
        )
    if key.kind == KeyKind.MODERATOR and key.user is not None:
        person = moderator_of(key.user, door="api", key=key.prefix)
        return (
            None
            if person is None
            else Actor(kind=MODERATOR, id=person.id, name=person.name, roles=person.roles, **common)
        )
    if key.kind in (KeyKind.CARRIER, KeyKind.BANK):
        kind = CARRIER if key.kind == KeyKind.CARRIER else BANK
        return Actor(kind=kind, id=key.id, name=key.name, roles=frozenset({kind}), **common)
    return None
