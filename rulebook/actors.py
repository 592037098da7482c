"""Who acts: six kinds of actor, and the one table of which role may take which kind of act."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

BUYER, SELLER, MODERATOR, CARRIER, BANK, SYSTEM_KIND = "buyer", "seller", "moderator", "carrier", "bank", "system"
NOBODY = "nobody"

STAFF_ROLES = ("owner", "manager", "fulfilment", "support", "finance", "read_only")
PLATFORM_ROLES = (
    "kyc_reviewer",
    "listing_reviewer",
    "arbitrator",
    "senior_arbitrator",
    "finance_officer",
    "policy_manager",
    "auditor",
)

# What somebody may do (the `may` of an action) and the roles that may. A test walks this table for every action and role.
PERMISSIONS: dict[str, frozenset[str]] = {
    "ship_orders": frozenset({"owner", "manager", "fulfilment"}),
    "answer_buyers": frozenset({"owner", "manager", "support"}),
    "answer_disputes": frozenset({"owner", "manager", "support"}),
    "move_money": frozenset({"owner", "finance"}),
    "manage_listings": frozenset({"owner", "manager"}),
    "manage_store": frozenset({"owner"}),
    "decide_disputes": frozenset({"arbitrator", "senior_arbitrator"}),
    "approve_rulings": frozenset({"arbitrator", "senior_arbitrator"}),
    "decide_escalated": frozenset({"senior_arbitrator"}),
    "write_texts": frozenset({"arbitrator", "senior_arbitrator"}),
    "manage_money": frozenset({"finance_officer"}),
    "manage_policy": frozenset({"policy_manager"}),
    "review_sellers": frozenset({"kyc_reviewer"}),
    "review_listings": frozenset({"listing_reviewer"}),
    "watch_stores": frozenset({"kyc_reviewer", "listing_reviewer", "senior_arbitrator"}),
    "penalize": frozenset({"senior_arbitrator", "listing_reviewer", "policy_manager"}),
    "decide_appeals": frozenset({"arbitrator", "senior_arbitrator"}),
    "compare_rulings": frozenset({"senior_arbitrator", "auditor"}),
    "watch_cards": frozenset({"finance_officer", "arbitrator", "senior_arbitrator"}),
    "moderate_reviews": frozenset({"arbitrator", "senior_arbitrator", "listing_reviewer"}),
    "answer_complaints": frozenset({"arbitrator", "senior_arbitrator"}),
    "answer_support": frozenset({"arbitrator", "senior_arbitrator", "kyc_reviewer", "listing_reviewer"}),
    # kinds of actor without roles of their own
    "be_buyer": frozenset({"buyer"}),
    "be_carrier": frozenset({"carrier"}),
    "be_bank": frozenset({"bank"}),
    "be_anybody": frozenset({"nobody"}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody at a door.

    kind: of the table in the design. id: of the person or provider. roles: role codes (a buyer, carrier or bank has its
    kind as its one role; ``all`` opens everything of its kind). stores: the stores a seller's staff may act for.
    storefront: a buyer's. door: ``api``, ``portal``, ``console``, ``scenario``, ``import``, ``sweeper``; key: the API
    key's public prefix when he came by one.
    """

    kind: str
    id: UUID | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    stores: frozenset[UUID] = frozenset()
    storefront: UUID | None = None
    country: str = ""
    door: str = ""
    key: str = ""
    scopes: frozenset[str] | None = None

    def may(self, permission: str) -> bool:
        """Whether one of his roles is in the permission's row of the table."""
        return "all" in self.roles or not self.roles.isdisjoint(PERMISSIONS[permission])


SYSTEM = Actor(kind=SYSTEM_KIND, name="system", door="sweeper")
